"""How does a case come onto the desk? From a scanned folder, a kept plan or a demonstration patient, step by step."""

from __future__ import annotations

import contextlib
import re
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from planner.domain.errors import PlannerError
from planner.domain.review import Severity
from planner.persistence.planlook import open_or_look
from planner.services.demo import demo_plan
from planner.services.opening import empty_plan, new_session, resume_session
from planner.services.session import utc_now
from planner.services.tasks import (
    BuildCase,
    BuiltCase,
    FreshMasks,
    ImportStructures,
    OpenedSeries,
    OpenSeries,
    PreparedPlan,
    PreparePlan,
    ScanFolder,
)
from planner.ui.start.scanning import Scanning
from planner.ui.widgets.banner import Notice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from planner.domain.review import Acknowledgement, Finding
    from planner.domain.series import ScanReport, SeriesSummary
    from planner.services.session import Session
    from planner.services.shared import SharedVolume
    from planner.ui.desk import Desk
    from planner.ui.jobs import RunningJob

    Accepted = Callable[[tuple[Acknowledgement, ...]], None]
    Ask = Callable[[tuple[Finding, ...], Accepted], None]

PLAN_SUFFIX = ".frostline"
_CT_MISSING = "REFUSED"
_READ_ONLY = "READ-ONLY"


class CaseOpener(QObject):
    """Runs the chains of jobs that end in an open session.

    ``reading(SeriesSummary, RunningJob)`` while a series is read, ``arriving(SeriesSummary, OpeningVolume)`` while its
    slices come, and ``read()`` when that is over, however it ended. ``find_asked(path, folder)`` when the CT of a plan
    is not where it was.
    """

    reading = Signal(object, object)
    arriving = Signal(object, object)
    read = Signal()
    find_asked = Signal(object, str)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk
        self.scanning = Scanning(desk)
        self._reading: RunningJob | None = None
        self._read_series: SeriesSummary | None = None
        desk.jobs.changed.connect(self._on_jobs)
        desk.opened.connect(lambda: desk.unnotice(_READ_ONLY))

    def scan(self, *paths: Path) -> None:
        """List the series in a folder, a zip, a medium or files, as one scan."""
        self.scanning.start(paths)

    def start_plan(
        self, series: SeriesSummary, *, folder: str, acknowledgements: Sequence[Acknowledgement] = (), ask: Ask
    ) -> None:
        """Open a series and start an empty plan on it.

        What only its pixels show is put before the user by ``ask(findings, accepted)`` before the plan begins.
        """

        def begin(opened: OpenedSeries, accepted: tuple[Acknowledgement, ...]) -> None:
            plan = empty_plan(opened, name=self._free_name("Plan"), acknowledgements=accepted)
            self._keep_and_open(new_session(opened, plan, blobs=self._desk.blobs), opened, folder=folder)

        def check(opened: OpenedSeries) -> None:
            known = tuple(acknowledgements)
            new = findings_to_accept(opened.findings, known)
            if new:
                ask(new, lambda more: begin(opened, (*known, *more)))
            else:
                begin(opened, known)

        self._load(series, check)

    def cancel_reading(self) -> None:
        """Stop reading slices; nothing is opened."""
        if self._reading is not None:
            self._desk.jobs.cancel(self._reading)

    # --- kept plans --------------------------------------------------------------------------------------------------

    def open_plan(self, path: Path, *, look_in: Path | None = None) -> None:
        """Continue a kept plan: a worker checks its file, then its CT is found by series and opened.

        ``look_in`` is where the user says that the CT is now; its pixels still decide whether it is the plan's (H-12).
        """
        if self._is_on_desk(path):
            self._desk.opened.emit()
            return
        self._desk.unnotice(_CT_MISSING)

        def find(prepared: PreparedPlan, report: ScanReport) -> None:
            wanted = prepared.series_instance_uid
            parts = [series for series in report.series if series.series_instance_uid == wanted]
            if parts:
                self._resume(path, parts, look_in=look_in)
            else:
                self._ask_where(path, report.folder)

        def look(prepared: PreparedPlan) -> None:
            place = look_in if look_in is not None else Path(prepared.source_folder)
            if not prepared.source_folder or not place.exists():
                self._ask_where(path, prepared.source_folder)
                return
            request = ScanFolder(str(place))
            self._desk.jobs.start(request, verb="Finding the CT", on_done=lambda report: find(prepared, report))

        self._desk.jobs.start(PreparePlan(str(path)), verb="Checking the plan", on_done=look)

    def _resume(self, path: Path, parts: Sequence[SeriesSummary], *, look_in: Path | None) -> None:
        """Open the plan on the one of a series' volumes that it was made on; its pixel hash tells which."""

        def resume(opened: OpenedSeries) -> None:
            if self._is_on_desk(path):  # asked for twice: its own window would hold it against itself
                self._desk.opened.emit()
                return
            try:
                file = open_or_look(path, folder=self._desk.blobs.folder)
            except PlannerError as error:
                self._desk.refuse(error)
                return
            try:
                session = resume_session(file, opened, blobs=self._desk.blobs)
            except PlannerError as error:
                file.close()
                go_on(error)
            else:
                if look_in is not None and not file.is_read_only:
                    self._desk.attempt(lambda: file.move_source(str(look_in)))
                if not self._put_on_desk(session, opened.volume):
                    return
                if file.is_read_only:
                    self._say_read_only(session)

        def go_on(error: PlannerError) -> None:
            if len(parts) > 1:
                self._resume(path, parts[1:], look_in=look_in)
            else:
                self._desk.refuse(error)

        self._load(parts[0], resume, on_failed=go_on)

    def _is_on_desk(self, path: Path) -> bool:
        return self._desk.session is not None and self._desk.session.file_path == path

    def _say_read_only(self, session: Session) -> None:
        """Say while it is true that this is somebody else's plan just now, and offer a copy to work on."""

        def work_on_a_copy() -> None:
            copy = self._desk.services.plans_folder / f"{self._free_name(session.plan.name)}{PLAN_SUFFIX}"
            if self._desk.attempt(lambda: session.save_copy(copy)):
                self.open_plan(copy)

        sentence = "Open in another window, or kept where nothing can be written. Shown as it was; edits are off here."
        self._desk.notice(Notice(_READ_ONLY, sentence, "not_assessed", (("Open a copy", work_on_a_copy),)))

    def _ask_where(self, path: Path, folder: str) -> None:
        """Say that the CT is not there, and offer to look for it."""

        def find() -> None:
            self._desk.unnotice(_CT_MISSING)
            self.find_asked.emit(path, folder)

        def leave() -> None:
            self._desk.unnotice(_CT_MISSING)

        sentence = f"The CT of “{path.stem}” is not in {folder or 'any folder that is known'}. Show where it is now."
        self._desk.notice(Notice(_CT_MISSING, sentence, "fail", (("Find the CT…", find), ("Close", leave))))

    # --- demonstration -----------------------------------------------------------------------------------------------

    def open_demo(self, case: str, *, is_planned: bool = True) -> None:
        """Build a demonstration patient and open it with its author's plan, or with nothing planned for practice."""
        folder = self._desk.services.plans_folder / "demo" / (case if is_planned else f"{case}-practice")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        request = BuildCase(case, str(folder))
        self._desk.jobs.start(
            request, verb="Building the demo case", on_done=partial(self._open_built, is_planned=is_planned)
        )

    # --- inside ------------------------------------------------------------------------------------------------------

    def _load(
        self,
        series: SeriesSummary,
        then: Callable[[OpenedSeries], None],
        *,
        on_failed: Callable[[PlannerError], None] | None = None,
    ) -> None:
        def done(opened: OpenedSeries) -> None:
            self._end_reading()
            then(opened)

        def fail(error: PlannerError) -> None:
            self._end_reading()
            (on_failed or self._desk.refuse)(error)

        self.cancel_reading()
        before = set(self._desk.jobs.running)
        job = self._desk.jobs.start(
            OpenSeries(series.slices),
            verb="Reading slices",
            on_done=done,
            on_failed=fail,
            on_partial=lambda opening: self.arriving.emit(series, opening),
        )
        if job in set(self._desk.jobs.running) - before:
            self._reading, self._read_series = job, series
            self.reading.emit(series, job)

    def _end_reading(self) -> None:
        self._reading = None
        self.read.emit()

    def _on_jobs(self) -> None:
        if self._reading is None:
            return
        if self._reading.cancelled:
            self._end_reading()
        else:
            self.reading.emit(self._read_series, self._reading)

    def _open_built(self, built: BuiltCase, *, is_planned: bool) -> None:
        def begin(opened: OpenedSeries) -> None:
            request = ImportStructures(opened.volume, built.structures_file)
            self._desk.jobs.start(
                request,
                verb="Reading structures",
                on_done=lambda fresh: self._open_demo_plan(built, opened, fresh, is_planned=is_planned),
            )

        def pick(report: ScanReport) -> None:
            self._load(report.series[0], begin)

        self._desk.jobs.start(ScanFolder(built.series_folder), verb="Reading headers", on_done=pick)

    def _open_demo_plan(self, built: BuiltCase, opened: OpenedSeries, fresh: FreshMasks, *, is_planned: bool) -> None:
        title = built.title if is_planned else f"Practice, {built.title}"
        plan = demo_plan(built, opened, fresh, name=self._free_name(title))
        if not is_planned:
            beginning = empty_plan(opened, name=plan.name, case_kind=plan.case_kind)
            plan = replace(beginning, structures=plan.structures)
        self._keep_and_open(new_session(opened, plan, blobs=self._desk.blobs), opened, folder=built.series_folder)

    def _keep_and_open(self, session: Session, opened: OpenedSeries, *, folder: str) -> None:
        plans = self._desk.services.plans_folder
        with contextlib.suppress(OSError):  # what cannot be made is told by the file that finds no place there
            plans.mkdir(parents=True, exist_ok=True)
        try:
            session.keep_in(plans / f"{session.plan.name}{PLAN_SUFFIX}", source_folder=folder)
        except PlannerError as error:
            self._desk.say(str(error))  # a banner says it as long as it is true
        self._put_on_desk(session, opened.volume)

    def _put_on_desk(self, session: Session, volume: SharedVolume) -> bool:
        """Open a session in place of the one there, unless that has edits the disk refused (H-34)."""
        if not self._desk.is_all_kept():
            session.close()
            self._desk.not_kept.emit(None)
            self._desk.say("The open plan has edits that are not on the disk yet; nothing was opened in its place.")
            return False
        self._desk.open(session, volume)
        return True

    def _free_name(self, title: str) -> str:
        """Return a plan name whose file does not exist yet; made from a title and the date, never from the patient."""
        plain = " ".join(re.sub(r"[^\w ,-]", "", title).split()) or "Plan"
        stem = f"{plain} {utc_now()[:10]}"
        folder, number = self._desk.services.plans_folder, 1
        name = stem
        while (folder / f"{name}{PLAN_SUFFIX}").exists():
            number += 1
            name = f"{stem}, {number}"
        return name


def findings_to_accept(findings: Sequence[Finding], accepted: Sequence[Acknowledgement] = ()) -> tuple[Finding, ...]:
    """Return the findings that need a named acceptance and have none; another figure is another finding."""
    done = {(given.finding_code, given.sentence) for given in accepted}
    return tuple(
        finding
        for finding in findings
        if finding.severity is Severity.ACK and (finding.code, finding.sentence) not in done
    )
