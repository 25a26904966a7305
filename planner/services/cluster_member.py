"""What does a member of a cluster do? Say what it computes with, keep arrays for a while, judge parts, forget (H-43).

Every call is :func:`answer`: a word, and bytes in and out that are JSON or a part of an array. Nothing is raised across
the way: what goes wrong is part of the answer, in words, so no object of ours and no argument reaches a log elsewhere.
"""

from __future__ import annotations

import atexit
import contextlib
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from planner.domain.digest import canonical_json
from planner.domain.errors import PlannerError, WorkerFailed
from planner.domain.identity import BlobRef
from planner.persistence import codec
from planner.persistence.blob_parts import lay_out
from planner.persistence.blobs import BlobStore
from planner.services.cluster_build import this_build
from planner.services.cluster_work import work_named

if TYPE_CHECKING:
    from collections.abc import Iterator

IDLE_S = 900.0
"""A store of which nothing was heard for so long is dropped: its owner was killed."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Some parts of a work to judge: the arrays that they ask for, the plan and the parts as text."""

    session: str
    work: str
    blobs: tuple[BlobRef, ...]
    plan_text: str
    parts_text: str


@dataclass(slots=True)
class _Session:
    store: BlobStore
    heard_s: float
    in_use: int = 0


def answer(word: str, payload: bytes) -> bytes:
    """Answer one call; what any member of a cluster runs.

    Parameters
    ----------
    word
        ``"describe"``: nothing → the build, as JSON. ``"keep"``: session, line end, a part of an array → ``{}``.
        ``"judge"``: JSON of :class:`Asked` → ``{"reply": text}`` or ``{"lacks": [sha256, …]}``.
        ``"forget"``: session → ``{}``.

    Returns
    -------
    UTF-8 JSON; ``{"error": {kind, sentence, code, where}}`` when it was refused.
    """
    try:
        return canonical_json(_WORDS[word](payload))
    except PlannerError as error:
        return canonical_json({"error": error_to_plain(error)})
    except Exception as error:  # noqa: BLE001 - the border of the member: no traceback with data leaves it
        failure = WorkerFailed(
            f"A member of the cluster stopped with an unexpected {type(error).__name__}. The plan is untouched.",
            code="cluster-exception",
        )
        return canonical_json({"error": error_to_plain(failure)})


def error_to_plain(error: PlannerError) -> dict[str, str]:
    """Return a refusal as JSON-ready value."""
    return {"kind": type(error).__name__, "sentence": error.sentence, "code": error.code, "where": error.where}


def _describe(payload: bytes) -> Any:  # noqa: ANN401 - JSON-ready
    del payload
    return {"build": this_build()}


def _keep(payload: bytes) -> Any:  # noqa: ANN401
    session, _, message = payload.partition(b"\n")
    with _session(session.decode()) as store:
        lay_out(store, message)
    return {}


def _judge(payload: bytes) -> Any:  # noqa: ANN401
    asked = codec.decode(payload, Asked, where="parts")
    with _session(asked.session) as store:
        lacks = [ref.sha256 for ref in asked.blobs if not store.has(ref)]
        if lacks:
            return {"lacks": lacks}
        _one_thread()
        function = work_named(asked.work).function()
        return {"reply": function(str(store.folder), asked.plan_text, asked.parts_text)}


def _forget(payload: bytes) -> Any:  # noqa: ANN401
    with _LOCK:
        session = _SESSIONS.pop(payload.decode(), None)
    if session is not None:
        session.store.close()
    _forget_computed()
    return {}


_WORDS = {"describe": _describe, "keep": _keep, "judge": _judge, "forget": _forget}
_SESSIONS: dict[str, _Session] = {}
_LOCK = threading.Lock()


@contextlib.contextmanager
def _session(name: str) -> Iterator[BlobStore]:
    """Hold the store of a session, made when it is asked for first."""
    with _LOCK:
        session = _SESSIONS.get(name)
        if session is None:
            session = _SESSIONS[name] = _Session(BlobStore.temporary(), time.monotonic())
            atexit.register(session.store.close)
            _look_in(IDLE_S)
        session.in_use += 1
    try:
        yield session.store
    finally:
        with _LOCK:
            session.in_use -= 1
            session.heard_s = time.monotonic()


def _look_in(wait_s: float) -> None:
    timer = threading.Timer(wait_s, _drop_idle)
    timer.daemon = True
    timer.start()


def _drop_idle() -> None:
    """Remove the stores that nobody has asked for in a long time; while any is left, look again."""
    now_s = time.monotonic()
    with _LOCK:
        old = [name for name, one in _SESSIONS.items() if not one.in_use and now_s - one.heard_s >= IDLE_S]
        sessions = [_SESSIONS.pop(name) for name in old]
        if _SESSIONS:
            _look_in(IDLE_S / 10)
    for session in sessions:
        session.store.close()
    if sessions:
        _forget_computed()


def _forget_computed() -> None:
    """Drop what was computed from a plan's arrays and kept for its next parts."""
    from planner.services import prediction, robustness_draws, suggest_places

    prediction.BODIES.clear()
    robustness_draws.forget()
    suggest_places.forget()


def _one_thread() -> None:
    """Keep a member's loops to one core each: as many members as cores share a machine best, as they do here."""
    import numba

    numba.set_num_threads(1)
