"""What is being worked on? Jobs under way with progress and cancel; each ends as a sentence."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from planner.domain.errors import Cancelled, PlannerError

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.services.jobs import JobHandle, JobRunner
    from planner.services.tasks import TaskRequest


@dataclass(eq=False)
class RunningJob:
    """One job as the status line shows it. ``phase`` is a verb phrase; ``total`` 0 while unknown.

    ``is_quiet`` jobs are not shown; ``is_of_plan`` ones end with the plan they were asked for.
    """

    verb: str
    began_s: float
    is_quiet: bool = False
    is_of_plan: bool = False
    done: int = 0
    total: int = 0
    phase: str = ""
    handle: JobHandle | None = None
    cancelled: bool = False

    @property
    def age_s(self) -> float:
        """Time since it was asked for."""
        return time.monotonic() - self.began_s

    @property
    def words(self) -> str:
        """The phase with its count, such as ``"Reading slices 120 of 275"``."""
        name = self.phase or self.verb
        return f"{name} {self.done} of {self.total}" if self.total > 1 else name


class Jobs(QObject):
    """Asks the runner and keeps the list of what is under way. The runner starts with the first job, after the window.

    ``changed`` is sent when a job starts, moves or ends; ``refused`` carries the error of a job nobody answers for.
    """

    changed = Signal()
    refused = Signal(object)

    def __init__(self, start_runner: Callable[[], JobRunner]) -> None:
        super().__init__()
        self._start_runner = start_runner
        self._runner: JobRunner | None = None
        self.running: list[RunningJob] = []

    def start(  # noqa: PLR0913 - what a job is, and one callback for each way it speaks
        self,
        request: TaskRequest,
        *,
        verb: str,
        on_done: Callable[[Any], None],
        on_failed: Callable[[PlannerError], None] | None = None,
        on_partial: Callable[[Any], None] | None = None,
        is_quiet: bool = False,
        is_of_plan: bool = False,
    ) -> RunningJob:
        """Start work named by ``verb``. Cancelling ends it silently; refusals go to ``on_failed`` or ``refused``.

        ``on_partial`` gets what the job has so far, as often as the task shows it, and never after its end.
        """
        job = RunningJob(verb, time.monotonic(), is_quiet, is_of_plan)
        self.running.append(job)

        def finish(reply: object) -> None:
            self._forget(job)
            if not job.cancelled:
                on_done(reply)

        def fail(error: PlannerError) -> None:
            self._forget(job)
            if not job.cancelled and not isinstance(error, Cancelled):
                (on_failed or self.refused.emit)(error)

        def progress(done: int, total: int, phase: str) -> None:
            job.done, job.total, job.phase = done, total, phase
            self.changed.emit()

        def show(partial: object) -> None:
            if on_partial is not None and not job.cancelled:
                on_partial(partial)

        self.changed.emit()
        if self._runner is None:
            self._runner = self._start_runner()
        job.handle = self._runner.submit(request, on_done=finish, on_failed=fail, on_progress=progress, on_partial=show)
        return job

    def cancel(self, job: RunningJob) -> None:
        """Stop one job; what it would have brought is dropped."""
        job.cancelled = True
        if job.handle is not None:
            job.handle.cancel()
        self.changed.emit()

    def cancel_of_plan(self) -> None:
        """Stop what was asked for the plan on the desk; its answers must not reach another plan."""
        for job in tuple(self.running):
            if job.is_of_plan:
                self.cancel(job)

    def cancel_all(self) -> None:
        """Stop everything that is under way."""
        for job in tuple(self.running):
            self.cancel(job)

    def close(self) -> None:
        """Stop everything and end the runner's processes; late callbacks find nobody."""
        self.cancel_all()
        close = getattr(self._runner, "close", None)
        if close is not None:
            close()

    def _forget(self, job: RunningJob) -> None:
        if job in self.running:
            self.running.remove(job)
        self.changed.emit()
