"""How is work spread over the machines of a cluster? As over processes here: parts out, texts back, in any order.

Each member takes one part at a time. It is asked first what it computes with: one that would compute otherwise is
refused (H-32). It is sent the arrays that it lacks, by their hashes. A part whose member leaves goes to another, and
because a part is a function of its texts alone, the answer is the same whoever computed it.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections import deque
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar
from uuid import uuid4

from planner.domain import errors
from planner.domain.digest import canonical_json
from planner.domain.errors import Cancelled, InputRefused, NetworkFailed, PlannerError, WorkerFailed
from planner.domain.progress import silent
from planner.interop.cluster import ClusterLink, MemberGone
from planner.persistence import codec
from planner.services.cluster_build import Build, this_build
from planner.services.cluster_member import Asked, answer
from planner.services.cluster_work import Parcel, is_listed, work_named
from planner.services.local_processes import local_executor, usable_cores

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from planner.domain.cluster import ClusterPlace
    from planner.domain.progress import Progress
    from planner.persistence.blobs import BlobStore

FIRST_MEMBER_S = 30.0
EMPTY_S = 60.0
"""A cluster without members for so long is given up; one that is started again is back before."""
MOST_LOSSES = 3
MOST_ASKED = 4
_LOOK_EVERY_S = 0.5

_P = ParamSpec("_P")
_T = TypeVar("_T")


@dataclass(eq=False, slots=True)
class _Part:
    """A part of the work, on its way or waiting."""

    future: Future[Any]
    work: str
    parcel: Parcel
    text: str
    is_begun: bool = False
    losses: int = field(default=0)


class ClusterExecutor(Executor):
    """Runs the parts of known work (``cluster_work.WORKS``) on the members of a cluster.

    Parameters
    ----------
    blobs
        Where the arrays are that the work asks for.
    progress
        Told while the cluster is looked for; may raise Cancelled.

    Raises
    ------
    InputRefused
        When the library or a certificate is missing, or a member would compute otherwise than this machine.
    NetworkFailed
        When the scheduler cannot be reached or nobody works for it.
    """

    def __init__(self, place: ClusterPlace, *, blobs: BlobStore, progress: Progress = silent) -> None:
        progress(0, 1, "Looking for the cluster")
        self._place, self._blobs, self._session = place, blobs, uuid4().hex
        self._parcels: dict[tuple[str, str], Parcel] = {}
        self._waiting: deque[_Part] = deque()
        self._open: set[_Part] = set()
        self._serving: set[str] = set()
        self._left_alone: set[str] = set()
        self._has_ended = False
        self._changed = threading.Condition()
        self._local: Executor | None = None
        self._link = ClusterLink(place, answer=answer)
        try:
            self._kind = self._greet_all(progress)
        except BaseException:
            self.shutdown()
            raise
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        """Send a part of known work to whoever is free; members make themselves ready when they are first asked."""
        if self._has_ended:
            raise RuntimeError("cannot schedule new futures after shutdown")
        future: Future[Any] = Future()
        name = getattr(fn, "__name__", "")
        if name == "get_ready" and not args:
            future.set_result(None)
            return future
        if not is_listed(name, fn) or kwargs or len(args) != 3:
            raise WorkerFailed("This work cannot be sent to a cluster.", code="cluster-work")
        _, plan_text, text = (str(arg) for arg in args)
        parcel = self._parcel(name, plan_text)
        hidden = work_named(name).hide(text, parcel.tokens)
        if not hidden:
            return self._here().submit(partial(fn, *args, **kwargs))
        part = _Part(future, name, parcel, hidden)
        with self._changed:
            self._waiting.append(part)
            self._open.add(part)
            self._changed.notify()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - the base's
        """End; parts not yet begun are taken back, those under way are thrown away where they are computed."""
        del wait, cancel_futures
        with self._changed:
            if self._has_ended:
                return
            self._has_ended = True
            left = list(self._open)
            self._waiting.clear()
            self._changed.notify_all()
            members = set(self._serving)
        for part in left:
            if not part.future.cancel():
                self._settle(part, error=Cancelled())
        self._link.close(members, "forget", self._session.encode())
        if self._local is not None:
            self._local.shutdown(cancel_futures=True)

    # --- before ------------------------------------------------------------------------------------------------------

    def _greet_all(self, progress: Progress) -> str:
        """Ask those who are there what they compute with, take them on, and return the kind of their machines."""
        began_s = time.monotonic()
        while not (members := self._link.members()):
            progress(0, 1, "Waiting for a member of the cluster")
            if time.monotonic() - began_s > FIRST_MEMBER_S:
                raise NetworkFailed(
                    f"The scheduler at {self._place.uri} answers, but nobody works for it. Start workers there.",
                    code="cluster-empty",
                )
            time.sleep(_LOOK_EVERY_S / 5)
        progress(0, 1, "Asking the cluster what it computes with")
        builds = self._builds(sorted(members), progress)
        if not builds:
            raise NetworkFailed("Every member of the cluster left again. Try once more.", code="cluster-empty")
        for member, build in builds.items():
            _require_same(member, build)
        kinds = sorted({build.kind for build in builds.values()})
        if len(kinds) > 1:
            raise InputRefused(
                "The members of the cluster have different processors or systems, so that the last digits would depend "
                f"on who computes what: {'; '.join(kinds)}. Use a cluster of machines alike.",
                code="cluster-kinds",
            )
        for member in builds:
            self._take_on(member)
        return kinds[0]

    def _builds(self, members: Iterable[str], progress: Progress) -> dict[str, Build]:
        with ThreadPoolExecutor(max_workers=32) as asking:
            asked = {member: asking.submit(self._build_of, member) for member in members}
            try:
                while not all(one.done() for one in asked.values()):
                    self._link.members()
                    progress(0, 1, "Asking the cluster what it computes with")
                    time.sleep(_LOOK_EVERY_S / 5)
            except BaseException:
                self._link.give_up()
                raise
        found = {}
        for member, one in asked.items():
            with contextlib.suppress(MemberGone):
                found[member] = one.result()
        return found

    def _build_of(self, member: str) -> Build:
        told = self._told(member, "describe", b"", None)
        return codec.from_plain(told.get("build"), Build, where=member)

    # --- while it runs -----------------------------------------------------------------------------------------------

    def _watch(self) -> None:
        """Take on who joins; give everything up when nobody is there any more."""
        seen_s = time.monotonic()
        while not self._has_ended:
            try:
                members = self._link.members()
            except PlannerError as error:
                self._fail_all(error)
                return
            if members - self._left_alone or not self._open:
                seen_s = time.monotonic()
            elif time.monotonic() - seen_s > EMPTY_S:
                self._fail_all(
                    NetworkFailed(
                        "Every member of the cluster left. The plan is untouched; start workers, or compute here.",
                        code="cluster-empty",
                    )
                )
            self._left_alone &= members
            for member in members - self._serving - self._left_alone:
                self._take_on(member, is_late=True)
            time.sleep(_LOOK_EVERY_S)

    def _take_on(self, member: str, *, is_late: bool = False) -> None:
        with self._changed:
            self._serving.add(member)
        threading.Thread(target=self._serve, args=(member, is_late), daemon=True).start()

    def _serve(self, member: str, is_late: bool) -> None:  # noqa: FBT001 - a thread's target
        """Give one member part after part until it leaves or all is done."""
        try:
            if is_late:
                build = self._build_of(member)
                if this_build().difference(build) or build.kind != self._kind:
                    self._left_alone.add(member)
                    return
            while (part := self._next()) is not None:
                self._compute(member, part)
        except MemberGone:
            return
        except PlannerError as error:
            if is_late:
                self._left_alone.add(member)  # it never worked for us: the others go on
            else:
                self._fail_all(error)
        finally:
            with self._changed:
                self._serving.discard(member)

    def _next(self) -> _Part | None:
        """Wait for a part that nobody took back; None when all is over."""
        with self._changed:
            while True:
                while not self._waiting and not self._has_ended:
                    self._changed.wait()
                if self._has_ended:
                    return None
                part = self._waiting.popleft()
                if part.is_begun or part.future.set_running_or_notify_cancel():
                    part.is_begun = True
                    return part
                self._open.discard(part)

    def _compute(self, member: str, part: _Part) -> None:
        """Have one part judged; raises MemberGone after laying the part back for another member."""
        try:
            reply = self._judged(member, part)
        except MemberGone:
            self._lay_back(part)
            raise
        except PlannerError as error:
            self._settle(part, error=error)
        else:
            self._settle(part, reply=reply)

    def _judged(self, member: str, part: _Part) -> str:
        parcel = part.parcel
        asked = Asked(self._session, part.work, tuple(one.ref for one in parcel.parts), parcel.plan_text, part.text)
        payload = canonical_json(asked)
        for _ in range(MOST_ASKED):
            told = self._told(member, "judge", payload, parcel)
            if "reply" in told:
                return parcel.tokens.restored(str(told["reply"]))
            lacks = set(told.get("lacks", ()))
            for one in parcel.parts:
                if one.ref.sha256 in lacks:
                    self._told(member, "keep", self._session.encode() + b"\n" + one.message, parcel)
        raise NetworkFailed(f"The member {member} does not keep what it is sent.", code="cluster-member")

    def _told(self, member: str, word: str, payload: bytes, parcel: Parcel | None) -> dict[str, Any]:
        """Call a member and read its answer; a refusal that it met is raised here, with the plan's own names."""
        data = self._link.call(member, word, payload)
        try:
            told = json.loads(data)
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise NetworkFailed(f"The member {member} answers something unreadable.", code="cluster-member")
        if "error" in told:
            raise _error(told["error"], parcel)
        return told

    def _lay_back(self, part: _Part) -> None:
        part.losses += 1
        if part.losses >= MOST_LOSSES:
            error = WorkerFailed(
                f"{MOST_LOSSES} members of the cluster ended over the same part of the work. The plan is untouched; "
                "look at their memory, or compute here.",
                code="draws-lost",
            )
            self._settle(part, error=error)
            return
        with self._changed:
            if not self._has_ended:
                self._waiting.appendleft(part)
                self._changed.notify()

    def _settle(self, part: _Part, *, reply: str = "", error: PlannerError | None = None) -> None:
        with self._changed:
            if part not in self._open:
                return
            self._open.discard(part)
        if error is not None:
            part.future.set_exception(error)
        else:
            part.future.set_result(reply)

    def _fail_all(self, error: PlannerError) -> None:
        with self._changed:
            waiting, left = list(self._waiting), list(self._open)
            self._waiting.clear()
        for part in waiting:
            if not part.is_begun and not part.future.set_running_or_notify_cancel():
                with self._changed:
                    self._open.discard(part)
        for part in left:
            self._settle(part, error=error)

    def _here(self) -> Executor:
        """Return this machine's own processes, for parts that ask for more than travels."""
        if self._local is None:
            self._local = local_executor(usable_cores())
        return self._local

    def _parcel(self, name: str, plan_text: str) -> Parcel:
        """Return a plan packed for a kind of work, packed when it is first asked for."""
        key = (name, plan_text)
        if key not in self._parcels:
            self._parcels[key] = work_named(name).pack(plan_text, self._blobs)
        return self._parcels[key]


def _require_same(member: str, build: Build) -> None:
    difference = this_build().difference(build)
    if difference:
        raise InputRefused(
            f"The member {member} of the cluster would compute otherwise: {difference}. Install the same there.",
            code="cluster-build",
        )


def _error(plain: Any, parcel: Parcel | None) -> PlannerError:  # noqa: ANN401 - whatever a member sent
    """Return a refusal that a member met, under the nearest name that is known here."""
    told = {key: str(value) for key, value in plain.items()} if isinstance(plain, dict) else {}
    kind = getattr(errors, told.get("kind", ""), None)
    sentence = told.get("sentence", "A member of the cluster stopped without a word.")
    if parcel is not None:
        sentence = json.loads(f'"{parcel.tokens.restored(json.dumps(sentence, ensure_ascii=False)[1:-1])}"')
    if not isinstance(kind, type) or not issubclass(kind, PlannerError) or kind is errors.Cancelled:
        kind = WorkerFailed
    return kind(sentence, code=told.get("code", "cluster-member"), where=told.get("where", ""))
