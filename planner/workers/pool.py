"""Who runs the slow work? A few child processes, started early, replaced when they die, never waited for."""

from __future__ import annotations

import contextlib
import itertools
import os
import queue
import subprocess
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from planner.domain.digest import to_plain
from planner.domain.errors import Cancelled, PlannerError, WorkerFailed
from planner.domain.progress import Partial, Progress, ignore, silent
from planner.persistence import codec
from planner.persistence.drafts import drop_drafts_of
from planner.services.plan_notes import PlanNotes
from planner.services.preview_tasks import PreviewIce
from planner.services.tasks import PARTIALS, REPLIES
from planner.workers.protocol import decode_line, encode_line, error_from_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.persistence.blobs import BlobStore
    from planner.services.tasks import TaskRequest

_ANSWER_WITHIN_S = 0.25  # a cancelled job is over for its caller after this, whatever its child does
_CHILD_PATIENCE_S = 2.0  # a child that has not stopped by then is ended: a new one costs as long to start
# Decoders in C cannot be stopped from inside their process: one that is not heard of for so long is ended (H-38).
_LONGEST_SILENCE_S = 60.0
_UNTRUSTED = ("ScanFolder", "OpenSeries", "PeekSeries", "ListHeader", "ImportStructures")
# Nobody waits for a range, and the next drag needs its child, with the body at rest in its memory, within a frame.
_APART = dict.fromkeys(
    ("PredictRange", "AssessRobustness", "CompareWhatIf", "GhostIce", "SuggestPlacements"), "PreviewIce"
)
CHILDREN = 2
_MOST_EARLY_DEATHS = 4  # of children in a row that never said they were ready


@dataclass(eq=False)
class Job:
    """One request under way; callbacks run wherever the pool's ``dispatch`` puts them."""

    number: int
    task: str
    line: bytes
    on_done: Callable[[Any], None]
    on_failed: Callable[[PlannerError], None]
    on_progress: Progress
    on_partial: Partial
    pool: ProcessPool
    ended: bool = False
    cancel_asked: bool = False

    def cancel(self) -> None:
        """Ask the job to stop; it is over within 250 ms, and its child is ended when it does not stop soon."""
        self.pool.cancel(self)


@dataclass(eq=False)
class _Child:
    """A process, the job it has, and the lines on their way to it: a slow child never holds the caller.

    ``served`` names the kinds of work it has done: what they keep for the next time is in its memory. ``heard_s`` is
    when it last said something, or was given its job.
    """

    process: subprocess.Popen[bytes]
    job: Job | None = None
    is_ready: bool = False
    retired: bool = False
    heard_s: float = 0.0
    served: set[str] = field(default_factory=set)
    outbox: queue.SimpleQueue[bytes | None] = field(default_factory=queue.SimpleQueue)

    def write_out(self) -> None:
        """Write lines until hung up; run on a thread of its own."""
        assert self.process.stdin is not None  # noqa: S101 - opened as a pipe below
        with contextlib.suppress(OSError), self.process.stdin as stream:
            while (line := self.outbox.get()) is not None:
                stream.write(line)
                stream.flush()

    def hang_up(self) -> None:
        """Close the child's input: it ends by itself, or has ended."""
        self.outbox.put(None)


class ProcessPool:
    """A :class:`planner.services.jobs.JobRunner` over child processes.

    Parameters
    ----------
    blobs
        The store that parent and children share.
    dispatch
        Puts a callable onto the thread where callbacks belong, in the order given; the UI passes its event loop.
    """

    def __init__(self, blobs: BlobStore, *, dispatch: Callable[[Callable[[], None]], None]) -> None:
        self._blobs = blobs
        self._dispatch = dispatch
        self._notes = PlanNotes(blobs)
        self._numbers = itertools.count(1)
        self._waiting: deque[Job] = deque()
        self._lock = threading.RLock()
        self._closed = False
        self._early_deaths = 0
        self._children: list[_Child] = []
        for _ in range(CHILDREN):
            self._add_child()

    def submit(
        self,
        request: TaskRequest,
        *,
        on_done: Callable[[Any], None],
        on_failed: Callable[[PlannerError], None],
        on_progress: Progress = silent,
        on_partial: Partial = ignore,
    ) -> Job:
        """Queue a request for the first free child."""
        if isinstance(request, PreviewIce):
            with contextlib.suppress(PlannerError):  # where no note can be written, the whole plan travels
                request = request.compact(self._notes)
        number, task = next(self._numbers), type(request).__name__
        line = encode_line({"job": number, "task": task, "request": to_plain(request)})
        job = Job(number, task, line, on_done, on_failed, on_progress, on_partial, self)
        with self._lock:
            is_closed = self._closed
            if not is_closed:
                self._waiting.append(job)
        if is_closed:
            self._end(job, error=Cancelled())
        self._feed()
        return job

    def cancel(self, job: Job) -> None:
        """Stop a job: taken from the queue, asked in its child, or ended with its child."""
        with self._lock:
            if job.ended:
                return
            job.cancel_asked = True
            if job in self._waiting:
                self._waiting.remove(job)
                self._end(job, error=Cancelled())
                return
            child = next((child for child in self._children if child.job is job), None)
        if child is not None:
            child.outbox.put(encode_line({"cancel": job.number}))
            _later(_ANSWER_WITHIN_S, lambda: self._end(job, error=Cancelled()))
            _later(_CHILD_PATIENCE_S, lambda: self._stop_if_busy(child, job))

    def close(self) -> None:
        """End all children; jobs under way are reported as cancelled."""
        with self._lock:
            self._closed = True
            children, waiting = list(self._children), list(self._waiting)
            self._waiting.clear()
        for job in waiting:
            self._end(job, error=Cancelled())
        for child in children:
            child.retired = True
            child.hang_up()
            child.process.terminate()
        for child in children:
            try:
                child.process.wait(timeout=2)
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()

    # --- inside ------------------------------------------------------------------------------------------------------

    def _add_child(self) -> None:
        """Start a child and put it among the others before it can be heard."""
        command = [sys.executable, "-m", "planner.workers.child", str(self._blobs.folder)]
        log = (self._blobs.folder / f"child-{next(self._numbers)}.log").open("wb")
        with self._lock, log:
            if self._closed:
                return
            process = subprocess.Popen(  # noqa: S603 - our own module, our own interpreter
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=_child_environment(str(self._blobs.folder)),
            )
            child = _Child(process)
            self._children.append(child)
        threading.Thread(target=child.write_out, daemon=True).start()
        threading.Thread(target=self._read, args=(child,), daemon=True).start()

    def _feed(self) -> None:
        """Give waiting jobs to free children; with no child left, say so to every job."""
        with self._lock:
            if self._closed:
                return
            while self._waiting and (free := [child for child in self._children if child.job is None]):
                job = self._waiting.popleft()
                child = _best_of(free, job.task)
                child.job = job
                child.served.add(job.task)
                child.heard_s = time.monotonic()
                child.outbox.put(job.line)
                if job.task in _UNTRUSTED:
                    self._listen_for(child, job, _LONGEST_SILENCE_S)
            hopeless = list(self._waiting) if self._has_given_up else []
            if hopeless:
                self._waiting.clear()
        for job in hopeless:
            self._end(job, error=_cannot_start())

    @property
    def _has_given_up(self) -> bool:
        return not self._children and self._early_deaths >= _MOST_EARLY_DEATHS

    def _read(self, child: _Child) -> None:
        stream = child.process.stdout
        assert stream is not None  # noqa: S101 - opened as a pipe above
        with stream:
            for line in stream:
                try:
                    self._hear(child, decode_line(line))
                except Exception:  # noqa: BLE001 - the border of the process: whatever it sent, the job must end
                    child.process.kill()
                    self._finish(child, error=_garbled())
        child.process.wait()
        child.hang_up()
        self._bury(child)

    def _hear(self, child: _Child, message: dict[str, Any]) -> None:
        child.is_ready = True
        child.heard_s = time.monotonic()
        job = child.job
        if job is None or message.get("job") != job.number:
            return
        if "progress" in message:
            done, total, phase = message["progress"]
            self._dispatch(lambda: None if job.ended or job.cancel_asked else job.on_progress(done, total, phase))
        elif "partial" in message:
            partial: Any = codec.from_plain(message["partial"], PARTIALS[job.task], where=job.task)
            self._dispatch(lambda: None if job.ended or job.cancel_asked else job.on_partial(partial))
        elif "error" in message:
            self._finish(child, error=error_from_json(message["error"]))
        else:
            reply: Any = codec.from_plain(message["reply"], REPLIES[job.task], where=job.task)
            self._finish(child, reply=reply)

    def _finish(self, child: _Child, *, reply: object = None, error: PlannerError | None = None) -> None:
        with self._lock:
            job, child.job = child.job, None
        if job is not None:
            self._end(job, reply=reply, error=Cancelled() if job.cancel_asked else error)
        self._feed()

    def _end(self, job: Job, *, reply: object = None, error: PlannerError | None = None) -> None:
        with self._lock:
            if job.ended:
                return
            job.ended = True
        self._dispatch(lambda: job.on_failed(error) if error is not None else job.on_done(reply))

    def _stop_if_busy(self, child: _Child, job: Job) -> None:
        with self._lock:
            if child.job is not job:
                return
            child.process.terminate()
        try:
            child.process.wait(timeout=_ANSWER_WITHIN_S)
        except subprocess.TimeoutExpired:
            child.process.kill()

    def _listen_for(self, child: _Child, job: Job, wait_s: float) -> None:
        """Look after ``wait_s`` whether a child that reads files still speaks, again and again; end a silent one."""

        def look() -> None:
            with self._lock:
                if child.job is not job:
                    return
                silent_s = time.monotonic() - child.heard_s
                if silent_s >= _LONGEST_SILENCE_S:
                    # Under the lock: the next job of a child that answers just now is not to die for this one.
                    child.process.kill()
                    self._end(job, error=Cancelled() if job.cancel_asked else _silent())
                    return
            self._listen_for(child, job, _LONGEST_SILENCE_S - silent_s)

        _later(wait_s, look)

    def _bury(self, child: _Child) -> None:
        """Report the job of a child that ended, and start another in its place, unless none ever gets ready."""
        with self._lock:
            is_expected = child.retired or self._closed
            child.retired = True
            if not is_expected:
                self._children.remove(child)
                self._early_deaths = 0 if child.is_ready else self._early_deaths + 1
        drop_drafts_of(child.process.pid, self._blobs)
        self._finish(child, error=Cancelled() if is_expected else _died())
        if not is_expected and self._early_deaths < _MOST_EARLY_DEATHS:
            self._add_child()
        self._feed()


def _best_of(free: list[_Child], task: str) -> _Child:
    """Return the child that has done this kind of work before, off those that others need at once (``_APART``)."""
    apart = _APART.get(task, "")
    roomy = [child for child in free if apart not in child.served] or free
    return next((child for child in roomy if task in child.served), roomy[0])


def _died() -> WorkerFailed:
    return WorkerFailed(
        "The background process ended unexpectedly and was started again. The plan is untouched; try once more.",
        code="worker-died",
    )


def _silent() -> WorkerFailed:
    return WorkerFailed(
        f"One of the files keeps its reader busy for more than {_LONGEST_SILENCE_S:.0f} s, so it was stopped. "
        "Export the series again.",
        code="worker-silent",
    )


def _garbled() -> WorkerFailed:
    return WorkerFailed("A background process sent something unreadable. Try once more.", code="worker-garbled")


def _cannot_start() -> WorkerFailed:
    return WorkerFailed(
        "The background processes do not start on this machine. The plan is untouched; set the program up again.",
        code="worker-cannot-start",
    )


def _later(delay_s: float, call: Callable[[], None]) -> None:
    timer = threading.Timer(delay_s, call)
    timer.daemon = True
    timer.start()


def _child_environment(store: str) -> dict[str, str]:
    """Children never open a window, and their waiting threads sleep: spinning ones take the window's cores.

    What they and their libraries write for a moment lies in the store, and goes with it if they are killed (H-43).
    """
    return os.environ | {
        "PYTHONUNBUFFERED": "1",
        "QT_QPA_PLATFORM": "offscreen",
        "OMP_WAIT_POLICY": "passive",
        **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), store),
    }
