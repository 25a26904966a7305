"""What would the demonstration patient's author plan? The built case as an ordinary job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.services.jobfile import Job, JobProbe, JobProtocol, JobSeries, JobStructures, JobTarget

if TYPE_CHECKING:
    from planner.services.tasks import BuiltCase


def demo_job(built: BuiltCase) -> Job:
    """Return the job that reproduces a built case's reference plan from its DICOM files.

    Structures come from the case's own SEG, which is the truth, so nothing is segmented automatically.
    """
    return Job(
        name=built.title,
        series=JobSeries(built.series_folder),
        targets=tuple(
            JobTarget(t.atlas_id, t.side, t.course, t.level, t.diameter_mm, t.diameter_source) for t in built.targets
        ),
        probes=tuple(JobProbe(p.model_id, p.entry_lps_mm, p.tip_lps_mm) for p in built.probes),
        protocol=JobProtocol(built.protocol.phases, built.protocol.name, built.protocol.source),
        structures=JobStructures(automatic=False, import_files=(built.structures_file,), confirmed_by="Phantom author"),
        case_kind="demo",
    )
