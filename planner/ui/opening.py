"""How does a case come onto the desk? From a scanned folder, a kept plan or a demonstration patient, step by step."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from planner.domain.errors import InputRefused, PlannerError
from planner.domain.review import Acknowledgement
from planner.persistence.planfile import PlanFile
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

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from planner.domain.series import ScanReport, SeriesSummary
    from planner.services.session import Session
    from planner.ui.desk import Desk

PLAN_SUFFIX = ".frostline"
_RECENT = 6


class CaseOpener(QObject):
    """Runs the chains of jobs that end in an open session. ``scanned(ScanReport)`` answers :meth:`scan`."""

    scanned = Signal(object)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._desk = desk

    def scan(self, folder: Path) -> None:
        """List the series in a folder."""
        self._desk.jobs.start(ScanFolder(str(folder)), verb="Reading headers", on_done=self.scanned.emit)

    def start_plan(
        self, series: SeriesSummary, *, folder: str, acknowledgements: Sequence[Acknowledgement] = ()
    ) -> None:
        """Open a series and start an empty plan on it."""

        def begin(opened: OpenedSeries) -> None:
            plan = empty_plan(opened, name=self._free_name("Plan"), acknowledgements=acknowledgements)
            self._keep_and_open(new_session(opened, plan, blobs=self._desk.blobs), opened, folder=folder)

        self._load(series, begin)

    def open_plan(self, path: Path) -> None:
        """Continue a kept plan: a worker checks its file, then its CT is found by series and opened."""
        session = self._desk.session
        if session is not None and session.file_path == path:
            self._desk.opened.emit()
            return

        def resume(opened: OpenedSeries) -> None:
            try:
                file = PlanFile.open(path)
            except PlannerError as error:
                self._desk.refuse(error)
                return
            try:
                session = resume_session(file, opened, blobs=self._desk.blobs)
            except PlannerError as error:
                file.close()
                self._desk.refuse(error)
            else:
                self._desk.open(session, opened.volume)

        def find(prepared: PreparedPlan, report: ScanReport) -> None:
            wanted = prepared.series_instance_uid
            series = next((s for s in report.series if s.series_instance_uid == wanted), None)
            if series is None:
                self._desk.refuse(_ct_not_found(prepared.source_folder))
            else:
                self._load(series, resume)

        def look(prepared: PreparedPlan) -> None:
            folder = prepared.source_folder
            if not Path(folder).is_dir():
                self._desk.refuse(_ct_not_found(folder))
                return
            self._desk.jobs.start(
                ScanFolder(folder), verb="Finding the CT", on_done=lambda report: find(prepared, report)
            )

        self._desk.jobs.start(PreparePlan(str(path)), verb="Checking the plan", on_done=look)

    def open_demo(self, case: str) -> None:
        """Build a demonstration patient and open it with its author's plan."""
        folder = self._desk.services.plans_folder / "demo" / case
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        request = BuildCase(case, str(folder))
        self._desk.jobs.start(request, verb="Building the demo case", on_done=self._open_built)

    def recent_plans(self) -> tuple[Path, ...]:
        """Return the plan files used last, newest first."""
        folder = self._desk.services.plans_folder
        files = sorted(folder.glob(f"*{PLAN_SUFFIX}"), key=lambda path: path.stat().st_mtime, reverse=True)
        return tuple(files[:_RECENT])

    # --- inside ------------------------------------------------------------------------------------------------------

    def _load(
        self,
        series: SeriesSummary,
        then: Callable[[OpenedSeries], None],
        *,
        on_failed: Callable[[PlannerError], None] | None = None,
    ) -> None:
        self._desk.jobs.start(OpenSeries(series.slices), verb="Reading slices", on_done=then, on_failed=on_failed)

    def _open_built(self, built: BuiltCase) -> None:
        def begin(opened: OpenedSeries) -> None:
            request = ImportStructures(opened.volume, built.structures_file)
            self._desk.jobs.start(
                request, verb="Reading structures", on_done=lambda fresh: self._open_demo_plan(built, opened, fresh)
            )

        def pick(report: ScanReport) -> None:
            self._load(report.series[0], begin)

        self._desk.jobs.start(ScanFolder(built.series_folder), verb="Reading headers", on_done=pick)

    def _open_demo_plan(self, built: BuiltCase, opened: OpenedSeries, fresh: FreshMasks) -> None:
        plan = demo_plan(built, opened, fresh, name=self._free_name(built.title))
        self._keep_and_open(new_session(opened, plan, blobs=self._desk.blobs), opened, folder=built.series_folder)

    def _keep_and_open(self, session: Session, opened: OpenedSeries, *, folder: str) -> None:
        plans = self._desk.services.plans_folder
        try:
            plans.mkdir(parents=True, exist_ok=True)
            session.keep_in(plans / f"{session.plan.name}{PLAN_SUFFIX}", source_folder=folder)
        except (PlannerError, OSError) as error:
            self._desk.refuse(_not_kept(error))
        self._desk.open(session, opened.volume)

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


def acknowledgements_of(series: SeriesSummary, *, who: str, reason: str) -> tuple[Acknowledgement, ...]:
    """Return the named acceptance of every finding of a series that needs one."""
    from planner.domain.review import Severity

    return tuple(
        Acknowledgement(finding.code, finding.sentence, who, reason, utc_now())
        for finding in series.findings
        if finding.severity is Severity.ACK
    )


def _ct_not_found(folder: str) -> InputRefused:
    return InputRefused(
        f"The CT of this plan is not in {folder} any more. Put the folder back, then open the plan again.",
        code="plan-ct-missing",
    )


def _not_kept(error: Exception) -> PlannerError:
    if isinstance(error, PlannerError):
        return error
    return InputRefused(
        f"The plan cannot be kept on disk ({error}). It stays in memory; free the folder and save a copy.",
        code="plan-not-kept",
    )
