"""How is a kept plan opened without a window? Its file is checked, its CT found by series and told by its pixels."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.domain.errors import GeometryRefused, InputRefused, PlannerError
from planner.persistence.planlook import open_or_look
from planner.services.opening import resume_session
from planner.services.tasks import OpenSeries, PreparePlan, ScanFolder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from planner.domain.series import ScanReport, SeriesSummary
    from planner.persistence.blobs import BlobStore
    from planner.services.session import Session
    from planner.services.tasks import OpenedSeries, PreparedPlan, TaskRequest

    Call = Callable[[TaskRequest], Any]


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """An open plan on its CT. ``ct_folder`` is where the CT was found."""

    session: Session
    opened: OpenedSeries
    ct_folder: Path


@contextmanager
def kept_plan(plan_file: Path, *, call: Call, blobs: BlobStore, dicom: Path | None = None) -> Iterator[KeptPlan]:
    """Open a plan file on its CT, and close it again.

    Parameters
    ----------
    dicom
        Where the CT is now; None where the plan says it was. Its pixels decide whether it is the plan's (H-12).
    """
    prepared: PreparedPlan = call(PreparePlan(str(plan_file.resolve())))
    folder = dicom if dicom is not None else Path(prepared.source_folder)
    if not (dicom or prepared.source_folder) or not folder.exists():
        raise InputRefused(
            "The CT of this plan is not where it was read from. Say where it is now with --dicom FOLDER.",
            code="plan-ct-missing",
            where=folder.name,
        )
    report: ScanReport = call(ScanFolder(str(folder.resolve())))
    parts = [series for series in report.series if series.series_instance_uid == prepared.series_instance_uid]
    if not parts:
        raise InputRefused(
            "The CT of this plan is not in this folder. Give the folder with its series, with --dicom FOLDER.",
            code="plan-ct-missing",
            where=folder.name,
        )
    session, opened = _resumed(plan_file, parts, call=call, blobs=blobs)
    try:
        yield KeptPlan(session, opened, folder)
    finally:
        session.close()


def _resumed(
    plan_file: Path, parts: list[SeriesSummary], *, call: Call, blobs: BlobStore
) -> tuple[Session, OpenedSeries]:
    """Open the plan on the one of a series' volumes that it was made on; the last refusal where it is none of them."""
    refusals: list[PlannerError] = []
    for part in parts:
        try:
            opened: OpenedSeries = call(OpenSeries(part.slices))
        except GeometryRefused as refusal:
            refusals.append(refusal)
            continue
        file = open_or_look(plan_file, folder=blobs.folder)
        try:
            return resume_session(file, opened, blobs=blobs), opened
        except PlannerError as refusal:
            file.close()
            refusals.append(refusal)
    raise refusals[-1]
