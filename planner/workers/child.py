"""What does a child process do? Read requests, run tasks one at a time, report progress, answer, stop when asked.

Started as ``python -m planner.workers.child STORE_FOLDER``. Standard output is the message channel; anything a library
prints goes to standard error instead. The child ends when its input closes, so it never outlives the program.
"""

from __future__ import annotations

import math
import os
import queue
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from planner.domain.digest import to_plain
from planner.domain.errors import Cancelled, PlannerError, WorkerFailed
from planner.persistence import codec
from planner.persistence.blobs import BlobStore
from planner.services.live_margins import LIVE
from planner.services.tasks import REQUESTS, perform
from planner.workers.protocol import decode_line, encode_line, error_to_json

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROGRESS_EVERY_S = 0.1
# A child that is asked for something at once loads nothing else.
_IDLE_S = 0.4
_PARTIAL_EVERY_S = 0.1  # the bound for all tasks; those whose partials are large send fewer


class _Channel:
    """Writes whole lines; progress and answers never interleave."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def send(self, message: dict[str, Any]) -> None:
        with self._lock:
            self._stream.write(encode_line(message))
            self._stream.flush()


class _JobProgress:
    """Throttles progress to 10 Hz per phase and raises Cancelled once the job was asked to stop."""

    def __init__(self, job: int, channel: _Channel, cancelled: set[int]) -> None:
        self._job, self._channel, self._cancelled = job, channel, cancelled
        self._last_s, self._phase = 0.0, ""

    def __call__(self, done: int, total: int, phase: str) -> None:
        if self._job in self._cancelled:
            raise Cancelled
        now = time.monotonic()
        if phase != self._phase or now - self._last_s >= _PROGRESS_EVERY_S:
            self._last_s, self._phase = now, phase
            self._channel.send({"job": self._job, "progress": [int(done), int(total), phase]})


class _JobPartial:
    """Sends what a job has so far, at most 10 times a second, and raises Cancelled as progress does."""

    def __init__(self, job: int, channel: _Channel, cancelled: set[int]) -> None:
        self._job, self._channel, self._cancelled = job, channel, cancelled
        self._last_s = -math.inf

    def __call__(self, reply: object) -> None:
        if self._job in self._cancelled:
            raise Cancelled
        if time.monotonic() - self._last_s >= _PARTIAL_EVERY_S:
            self._channel.send({"job": self._job, "partial": to_plain(reply)})
            self._last_s = time.monotonic()  # after sending: a parent that is slow to take them is sent fewer


def main() -> int:
    """Serve until the input closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to hear; it cancels the job by message
    blobs = BlobStore(Path(sys.argv[1]))
    LIVE.prepare_beside()
    channel = _Channel(os.fdopen(os.dup(1), "wb"))
    os.dup2(2, 1)
    inbox: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
    cancelled: set[int] = set()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, inbox, cancelled), daemon=True).start()
    channel.send({"ready": True})
    ahead = _load_ahead()
    while (message := _next(inbox, ahead)) is not None:
        channel.send({"job": message["job"], **_answer(message, blobs, channel, cancelled)})
    return 0


def _next(inbox: queue.SimpleQueue[dict[str, Any] | None], ahead: Iterator[object]) -> dict[str, Any] | None:
    """Wait for a request; meanwhile load what reading scans needs, so that the first rows of a list come at once.

    Never beside a request: two threads that import at once can see each other's modules half made.
    """
    while True:
        try:
            return inbox.get(timeout=_IDLE_S)
        except queue.Empty:
            try:
                is_all = next(ahead, None) is None
            except Exception as error:  # noqa: BLE001 - nobody asked: whoever does gets the sentence
                sys.excepthook(type(error), error, error.__traceback__)
                is_all = True
            if is_all:
                return inbox.get()


def _load_ahead() -> Iterator[object]:
    """Load something more at each step, of about half a second but for the first time ever, which compiles."""
    from planner.imaging import header_reading

    for load in header_reading.LOADING:
        load()
        yield load


def _listen(stream: BinaryIO, inbox: queue.SimpleQueue[dict[str, Any] | None], cancelled: set[int]) -> None:
    for line in stream:
        message = decode_line(line)
        if "cancel" in message:
            cancelled.add(int(message["cancel"]))
        else:
            inbox.put(message)
    inbox.put(None)


def _answer(message: dict[str, Any], blobs: BlobStore, channel: _Channel, cancelled: set[int]) -> dict[str, Any]:
    job = int(message["job"])
    try:
        request: Any = codec.from_plain(message["request"], REQUESTS[message["task"]], where=message["task"])
        reply = perform(
            request,
            blobs=blobs,
            progress=_JobProgress(job, channel, cancelled),
            partial=_JobPartial(job, channel, cancelled),
        )
        return {"reply": to_plain(reply)}
    except PlannerError as error:
        return {"error": error_to_json(error)}
    except Exception as error:  # noqa: BLE001 - the border of the process: whatever it is, the user gets a sentence
        sys.excepthook(type(error), error, error.__traceback__)
        failure = WorkerFailed(
            f"The work stopped with an unexpected {type(error).__name__}. The plan is untouched.",
            code="worker-exception",
        )
        return {"error": error_to_json(failure)}


if __name__ == "__main__":
    sys.exit(main())
