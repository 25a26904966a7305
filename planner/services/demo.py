"""What would the demonstration patient's author plan? The built case as an ordinary job."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from planner.persistence.resources import atlas
from planner.planning.permission import findings_of
from planner.services.jobfile import (
    Job,
    JobAcknowledgement,
    JobProbe,
    JobProtocol,
    JobSeries,
    JobStructures,
    JobTarget,
    edits_of,
)
from planner.services.opening import empty_plan
from planner.services.session import utc_now

if TYPE_CHECKING:
    from planner.domain.plan import Plan
    from planner.domain.target import Target
    from planner.services.tasks import BuiltCase, FreshMasks, OpenedSeries

AUTHOR = "Phantom author"
NOBODY = "A phantom: nobody is in pain and nobody was blocked."


def demo_job(built: BuiltCase) -> Job:
    """Return the job that reproduces a built case's reference plan from its DICOM files.

    Structures come from the case's own SEG, which is the truth, so nothing is segmented automatically.
    """
    return Job(
        name=built.title,
        series=JobSeries(built.series_folder),
        targets=tuple(_job_target(target) for target in built.targets),
        probes=tuple(JobProbe(p.model_id, p.entry_lps_mm, p.tip_lps_mm) for p in built.probes),
        protocol=JobProtocol(built.protocol.phases, built.protocol.name, built.protocol.source),
        structures=JobStructures(
            automatic=False,
            import_files=(built.structures_file,),
            confirmed=built.structure_names,
            confirmed_by=AUTHOR,
        ),
        case_kind="demo",
    )


def demo_plan(built: BuiltCase, opened: OpenedSeries, fresh: FreshMasks, *, name: str) -> Plan:
    """Return the finished plan of a built case: the same edits as its job's, as one beginning without a past.

    The masks are the phantom's own truth, so its author stands for them.
    """
    plan = empty_plan(opened, name=name, case_kind="demo")
    for mask in fresh.masks:
        plan = plan.with_structure(replace(mask.as_structure(), confirmed_by=AUTHOR, confirmed_at=utc_now()))
    for edit in edits_of(demo_job(built), when=utc_now()):
        plan = edit.apply(plan)
    return plan


def _job_target(target: Target) -> JobTarget:
    """Return a phantom's target as a job says it, with its author's answer to what stands against freezing it."""
    entry = next((entry for entry in atlas() if entry.id == target.atlas_id), None)
    return JobTarget(
        target.atlas_id,
        target.side,
        target.course,
        target.level,
        target.diameter_mm,
        target.diameter_source,
        acknowledged=tuple(
            JobAcknowledgement(found.finding.code, AUTHOR, NOBODY) for found in findings_of(target, entry, ())
        ),
    )
