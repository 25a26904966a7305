"""How does a whole plan run without a window? The same use cases as every button, in order, into one folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from planner.domain.errors import InputRefused
from planner.domain.review import Severity
from planner.domain.simulation import RESULT_SPACING_MM
from planner.persistence.leaving import leaving_into, put_in_place
from planner.services.choice import chosen_series
from planner.services.dicom_tasks import JudgedPlan
from planner.services.grid_check import check_grid, grid_check_json, with_check
from planner.services.job_structures import confirm_edits, fact_edits, waiver_edits
from planner.services.jobfile import acknowledgements_of, edits_of
from planner.services.opening import empty_plan, new_session
from planner.services.robustness_shelf import kept_in_file
from planner.services.session import utc_now
from planner.services.structures import add_command
from planner.services.tasks import (
    BuildCase,
    ExportPlan,
    ImportStructures,
    OpenSeries,
    Predict,
    Prediction,
    PredictRange,
    ScanFolder,
    SegmentVolume,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from planner.domain.assessment import Assessment
    from planner.domain.case_print import CasePages
    from planner.domain.exchange import PlanForm
    from planner.domain.review import Finding
    from planner.domain.series import ScanReport, SeriesSummary
    from planner.persistence.blobs import BlobStore
    from planner.services.commands import Command
    from planner.services.jobfile import Job, JobAcknowledgement
    from planner.services.reopening import KeptPlan
    from planner.services.session import Session
    from planner.services.tasks import BuiltCase, FreshMasks, OpenedSeries, TaskRequest

    Call = Callable[[TaskRequest], Any]

PLAN_FILE = "plan.frostline"
GRID_CHECK_FILE = "grid_check.json"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a headless run made.

    ``grid_check`` is its sentence, empty when it was not asked for; ``notes`` are sentences on the files of structures:
    what was left out, what lies the wrong way round. ``judged`` is the plan as it was predicted, for further files.
    """

    folder: Path
    files: tuple[str, ...]
    assessment: Assessment
    grid_check: str = ""
    notes: tuple[str, ...] = ()
    judged: JudgedPlan | None = None


@dataclass(frozen=True, slots=True)
class Cells:
    """On cells of which size what is computed, mm.

    ``range_spacing_mm`` is that of the smallest and the largest ice; None leaves them out, and with them every
    pessimistic value of the report.
    ``check_spacing_mm`` also predicts on cells of that size and compares, into ``grid_check.json`` and the report.
    """

    spacing_mm: float = RESULT_SPACING_MM
    range_spacing_mm: float | None = RESULT_SPACING_MM
    check_spacing_mm: float | None = None


@dataclass(frozen=True, slots=True)
class Beside:
    """What is written beside the report; ``is_nobodys``: plan and CT have no identity, the site's is left out.

    ``case`` is what is printed of the case that the plan is in. ``paper`` is the report's own, a key of
    :data:`planner.report.pdf.PAPERS`; ``language`` one of :data:`planner.domain.site.LANGUAGES`.
    """

    forms: tuple[PlanForm, ...] = ()
    is_nobodys: bool = False
    paper: str = "a4"
    language: str = "en"
    case: CasePages | None = None


ONLY_REPORT = Beside()


def run_job(job: Job, out: Path, *, call: Call, blobs: BlobStore, cells: Cells, also: Beside = ONLY_REPORT) -> Outcome:
    """Do a whole job; ``call`` runs one task and waits for its reply.

    The files appear in ``out`` only when all of them are complete; nothing half-written stays behind on any error.
    """
    edits = edits_of(job, when=utc_now())  # before minutes of reading: what they refuse rests on the job alone
    with leaving_into(out, what="The files") as staging:
        series = choose_series(call(ScanFolder(job.series.folder)), job)
        opened: OpenedSeries = call(OpenSeries(series.slices))
        # Some findings need the pixels, and are accepted by name like those of the headers (H-09).
        _require_acknowledged(series.label, opened.findings, job.acknowledgements)
        accepted = acknowledgements_of(job, (*series.findings, *opened.findings), when=utc_now())
        plan = empty_plan(opened, name=job.name, case_kind=job.case_kind, acknowledgements=accepted)
        session = new_session(opened, plan, blobs=blobs)
        try:
            session.keep_in(staging / PLAN_FILE, source_folder=job.series.folder)
            notes = _add_structures(job, opened, session, call=call)
            for edit in edits:
                session.apply(edit, initiator="job")
            judged, sentence = _write_report(session, opened, staging, call=call, cells=cells, also=also)
        finally:
            session.close()
        names = tuple(put_in_place(file, out / file.name).name for file in sorted(staging.iterdir()))
        return Outcome(out, names, judged.assessment, grid_check=sentence, notes=notes, judged=judged)


def report_plan(kept: KeptPlan, out: Path, *, call: Call, cells: Cells, also: Beside = ONLY_REPORT) -> Outcome:
    """Predict and judge a kept plan anew and write its report; the plan file stays as it is."""
    with leaving_into(out, what="The report") as staging:
        judged, sentence = _write_report(kept.session, kept.opened, staging, call=call, cells=cells, also=also)
        names = tuple(put_in_place(file, out / file.name).name for file in sorted(staging.iterdir()))
        return Outcome(out, names, judged.assessment, grid_check=sentence, judged=judged)


def _write_report(
    session: Session, opened: OpenedSeries, folder: Path, *, call: Call, cells: Cells, also: Beside = ONLY_REPORT
) -> tuple[JudgedPlan, str]:
    """Predict, judge and print the plan as it stands; what was judged, and the sentence of the grid check."""
    volume, plan = opened.volume, session.plan
    prediction: Prediction = call(Predict(volume, plan, cells.spacing_mm))
    sentence = ""
    if cells.check_spacing_mm is not None:
        check = check_grid(
            plan, prediction, volume=volume, spacing_mm=cells.check_spacing_mm, call=call, blobs=session.blobs
        )
        prediction, sentence = with_check(prediction, check), check.sentence
        (folder / GRID_CHECK_FILE).write_bytes(grid_check_json(check))
    uncertainty = None
    if cells.range_spacing_mm is not None:
        uncertainty = call(PredictRange(volume, plan, cells.range_spacing_mm))
    call(
        ExportPlan(
            volume,
            session.identity,
            plan,
            prediction,
            str(folder),
            made_at=utc_now(),
            uncertainty=uncertainty,
            forms=also.forms,
            is_nobodys=also.is_nobodys,
            paper=also.paper,
            language=also.language,
            case=also.case,
            robustness=kept_in_file(session),
        )
    )
    return JudgedPlan(plan, prediction.result, prediction.assessment, uncertainty), sentence


def write_case(case: str, folder: Path, *, call: Call) -> BuiltCase:
    """Write a synthetic patient as DICOM into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    built: BuiltCase = call(BuildCase(case, str(folder.resolve())))
    return built


def choose_series(report: ScanReport, job: Job) -> SeriesSummary:
    """Pick the job's series; refuse in words when it is not there, not usable, ambiguous, or not acknowledged."""
    series = chosen_series(
        report,
        series_instance_uid=job.series.series_instance_uid,
        part=job.series.part,
        uid_field="Field “series.series_instance_uid”",
        part_field="Field “series.part”",
    )
    _require_acknowledged(series.label, series.findings, job.acknowledgements)
    return series


def _require_acknowledged(label: str, findings: Sequence[Finding], given: Sequence[JobAcknowledgement]) -> None:
    accepted = {ack.finding_code for ack in given}
    for finding in findings:
        if finding.severity is Severity.REFUSE:
            raise InputRefused(finding.sentence, code=finding.code, where=label)
        if finding.severity is Severity.ACK and finding.code not in accepted:
            raise InputRefused(
                f"{finding.sentence} To accept it, add the finding code “{finding.code}” with a name and a reason to "
                "the field “acknowledgements”.",
                code="job-not-acknowledged",
                where=label,
            )


def _add_structures(job: Job, opened: OpenedSeries, session: Session, *, call: Call) -> tuple[str, ...]:
    """Put the job's structures into the plan; returns what is to be said of the files they came from."""
    notes: list[str] = []
    requests: list[TaskRequest] = [ImportStructures(opened.volume, name) for name in job.structures.import_files]
    if job.structures.automatic:
        requests.append(SegmentVolume(opened.volume))
    for request in requests:
        fresh: FreshMasks = call(request)
        notes += fresh.notes
        session.apply(add_command(fresh), initiator="job")
    _describe_structures(job, session)
    return tuple(notes)


def _describe_structures(job: Job, session: Session) -> None:
    """Say what structures are and which are waived; then somebody's name goes under them, and stays."""
    from planner.persistence.resources import atlas

    targets = [target.atlas_id for target in job.targets]
    waivers = waiver_edits(job.structures.waived, atlas(), atlas_ids=targets, at=utc_now())
    edits: tuple[Command, ...] = (*fact_edits(job.structures.facts, session.plan.structures), *waivers)
    for edit in edits:
        session.apply(edit, initiator="job")
    said = job.structures
    for confirm in confirm_edits(said.confirmed, session.plan.structures, who=said.confirmed_by, at=utc_now()):
        session.apply(confirm, initiator="job")
