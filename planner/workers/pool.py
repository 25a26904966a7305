"""Who runs the slow work? A few child processes, started early, replaced when they die, never waited for."""

from __future__ import annotations

import contextlib
import itertools
import os
import subprocess
import sys
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from planner.domain.digest import to_plain
from planner.domain.errors import Cancelled, PlannerError, WorkerFailed
from planner.domain.progress import Progress, silent
from planner.persistence import codec
from planner.services.tasks import REPLIES
from planner.workers.protocol import decode_line, encode_line, error_from_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.persistence.blobs import BlobStore
    from planner.services.tasks import TaskRequest

_ANSWER_WITHIN_S = 0.25  # a cancelled job is over for its caller after this, whatever its child does
_CHILD_PATIENCE_S = 2.0  # a child that has not stopped by then is ended: a new one costs as long to start
CHILDREN = 2


@dataclass(eq=False)
class Job:
    """One request under way; callbacks run wherever the pool's ``dispatch`` puts them."""

    number: int
    request: TaskRequest
    on_done: Callable[[Any], None]
    on_failed: Callable[[PlannerError], None]
    on_progress: Progress
    pool: ProcessPool
    ended: bool = False
    cancel_asked: bool = False

    def cancel(self) -> None:
        """Ask the job to stop; it is over within 250 ms, and its child is ended when it does not stop soon."""
        self.pool.cancel(self)


@dataclass(eq=False)
class _Child:
    process: subprocess.Popen[bytes]
    job: Job | None = None
    retired: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, message: dict[str, Any]) -> None:
        with self.lock:
            try:
                assert self.process.stdin is not None  # noqa: S101 - opened as a pipe below
                self.process.stdin.write(encode_line(message))
                self.process.stdin.flush()
            except (BrokenPipeError, ValueError, OSError):
                return  # the reader thread sees the end of the child and reports it

    def hang_up(self) -> None:
        """Close the child's input: it ends by itself, or has ended."""
        with self.lock, contextlib.suppress(BrokenPipeError):
            assert self.process.stdin is not None  # noqa: S101 - opened as a pipe below
            self.process.stdin.close()


class ProcessPool:
    """A :class:`planner.services.jobs.JobRunner` over child processes.

    Parameters
    ----------
    blobs
        The store that parent and children share.
    dispatch
        Puts a callable onto the thread where callbacks belong; the UI passes its event loop.
    """

    def __init__(self, blobs: BlobStore, *, dispatch: Callable[[Callable[[], None]], None]) -> None:
        self._blobs = blobs
        self._dispatch = dispatch
        self._numbers = itertools.count(1)
        self._waiting: deque[Job] = deque()
        self._lock = threading.RLock()
        self._closed = False
        self._children = [self._start() for _ in range(CHILDREN)]

    def submit(
        self,
        request: TaskRequest,
        *,
        on_done: Callable[[Any], None],
        on_failed: Callable[[PlannerError], None],
        on_progress: Progress = silent,
    ) -> Job:
        """Queue a request for the first free child."""
        job = Job(next(self._numbers), request, on_done, on_failed, on_progress, self)
        with self._lock:
            self._waiting.append(job)
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
            child.send({"cancel": job.number})
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

    def _start(self) -> _Child:
        command = [sys.executable, "-m", "planner.workers.child", str(self._blobs.folder)]
        log = (self._blobs.folder / f"child-{next(self._numbers)}.log").open("wb")
        with log:
            process = subprocess.Popen(  # noqa: S603 - our own module, our own interpreter
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=_child_environment()
            )
        child = _Child(process)
        threading.Thread(target=self._read, args=(child,), daemon=True).start()
        return child

    def _feed(self) -> None:
        with self._lock:
            if self._closed:
                return
            for child in self._children:
                if child.job is None and self._waiting:
                    job = child.job = self._waiting.popleft()
                    request = {"job": job.number, "task": type(job.request).__name__, "request": to_plain(job.request)}
                    child.send(request)

    def _read(self, child: _Child) -> None:
        stream = child.process.stdout
        assert stream is not None  # noqa: S101 - opened as a pipe above
        with stream:
            for line in stream:
                try:
                    self._hear(child, decode_line(line))
                except PlannerError as error:
                    self._finish(child, error=error)
        child.process.wait()
        child.hang_up()
        self._bury(child)

    def _hear(self, child: _Child, message: dict[str, Any]) -> None:
        job = child.job
        if job is None or message.get("job") != job.number:
            return
        if "progress" in message:
            done, total, phase = message["progress"]
            self._dispatch(lambda: None if job.ended or job.cancel_asked else job.on_progress(done, total, phase))
        elif "error" in message:
            self._finish(child, error=error_from_json(message["error"]))
        else:
            task = type(job.request).__name__
            reply: Any = codec.from_plain(message["reply"], REPLIES[task], where=task)
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
        if child.job is job:
            child.process.terminate()
            try:
                child.process.wait(timeout=_ANSWER_WITHIN_S)
            except subprocess.TimeoutExpired:
                child.process.kill()

    def _bury(self, child: _Child) -> None:
        """Report the job of a child that ended, and start another child in its place."""
        with self._lock:
            if child.retired or self._closed:
                self._finish(child, error=Cancelled())
                return
            child.retired = True
            self._children[self._children.index(child)] = self._start()
        died = WorkerFailed(
            "The background process ended unexpectedly and was started again. The plan is untouched; try once more.",
            code="worker-died",
        )
        self._finish(child, error=died)


def _later(delay_s: float, call: Callable[[], None]) -> None:
    timer = threading.Timer(delay_s, call)
    timer.daemon = True
    timer.start()


def _child_environment() -> dict[str, str]:
    """Children never open a window, and their waiting threads sleep: spinning ones take the window's cores."""
    return os.environ | {"PYTHONUNBUFFERED": "1", "QT_QPA_PLATFORM": "offscreen", "OMP_WAIT_POLICY": "passive"}
