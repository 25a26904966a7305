"""What has been read of a folder so far? One scan at a time: reports as they come, counts, cancel, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from planner.domain.review import Finding, Severity
from planner.services.tasks import ScanFolder
from planner.ui.start.series_words import INCOMPLETE, STILL_READING, count, grouped

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from planner.domain.errors import PlannerError
    from planner.domain.series import ScanReport
    from planner.ui.desk import Desk
    from planner.ui.jobs import RunningJob


_HEADERS = "Reading headers"  # also the phase in which the task counts them


@dataclass(frozen=True, slots=True)
class ScanState:
    """How far a scan is. ``report`` is the newest one; ``stopped`` and ``refusal`` say how it ended early."""

    paths: tuple[str, ...] = ()
    report: ScanReport | None = None
    is_running: bool = False
    done: int = 0
    total: int = 0
    phase: str = ""
    stopped: bool = False
    refusal: str = ""

    @property
    def words(self) -> str:
        """The count in words: while it runs, when it was stopped, and at its end."""
        if self.is_running:
            if self.total > 1:
                doing = "" if self.phase in ("", _HEADERS) else f"{self.phase}: "
                return f"{doing}{grouped(self.done)} of {count(self.total, 'file')}"
            return f"{self.phase or 'Looking for files'} …"
        if self.stopped:
            told = f" at {grouped(self.done)} of {count(self.total, 'file')}" if self.total > 1 else ""
            return f"Stopped{told}: this list is incomplete"
        if self.report is None:
            return ""
        skipped = f", {count(self.report.skipped, 'link')} skipped" if self.report.skipped else ""
        return f"{count(self.report.files_read, 'file')} read{skipped}"


class Scanning(QObject):
    """Asks for scans. ``changed(ScanState)`` whenever there is something new to show."""

    changed = Signal(object)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self._job: RunningJob | None = None
        self.state = ScanState()
        desk.jobs.changed.connect(self._on_jobs)

    def start(self, paths: Sequence[Path]) -> None:
        """Read what was dropped or chosen, as one scan; the one before it is stopped."""
        old, self._job = self._job, None
        if old is not None:
            self._desk.jobs.cancel(old)
        names = tuple(str(path) for path in paths)
        self._show(ScanState(paths=names, is_running=True))
        request = ScanFolder(names[0], names[1:])

        def is_mine() -> bool:
            return self.state.paths is names and self.state.is_running

        def take(report: ScanReport) -> None:
            if is_mine():
                self._show(replace(self.state, report=report))

        def finish(report: ScanReport) -> None:
            if is_mine():
                self._job = None
                self._show(replace(self.state, report=report, is_running=False))

        def fail(error: PlannerError) -> None:
            if is_mine():
                self._job = None
                self._show(replace(self.state, is_running=False, refusal=str(error)))
                self._desk.refuse(error)

        job = self._desk.jobs.start(request, verb=_HEADERS, on_done=finish, on_failed=fail, on_partial=take)
        if is_mine():
            self._job = job

    def cancel(self) -> None:
        """Stop reading; what was found stays, and says that it is incomplete."""
        if self._job is not None:
            self._desk.jobs.cancel(self._job)

    def again(self) -> None:
        """Read the same once more."""
        from pathlib import Path

        if self.state.paths:
            self.start([Path(name) for name in self.state.paths])

    def _on_jobs(self) -> None:
        job = self._job
        if job is None:
            return
        if job.cancelled:  # here or in the status line
            self._job = None
            report = None if self.state.report is None else as_incomplete(self.state.report, self.state)
            self._show(replace(self.state, report=report, is_running=False, stopped=True))
        elif (job.done, job.total, job.phase) != (self.state.done, self.state.total, self.state.phase):
            self._show(replace(self.state, done=job.done, total=job.total, phase=job.phase))

    def _show(self, state: ScanState) -> None:
        self.state = state
        self.changed.emit(state)


def as_incomplete(report: ScanReport, state: ScanState) -> ScanReport:
    """Return the report of a scan that was stopped: its series can be looked at, but carry no plan.

    What is missing at the end of a stack cannot be seen in what is there (H-01).
    """
    read = f" at {grouped(state.done)} of {count(state.total, 'file')}" if state.total > 1 else ""
    finding = Finding(
        INCOMPLETE,
        Severity.REFUSE,
        f"Reading was stopped{read}, so slices may be missing. Press Read again and let it end.",
    )
    series = tuple(
        replace(one, findings=(finding, *(f for f in one.findings if f.code != STILL_READING))) for one in report.series
    )
    return replace(report, series=series, is_complete=False)
