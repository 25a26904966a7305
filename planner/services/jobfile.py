"""What does a headless job say? The file behind ``frostline run``: schema, reading, and turning it into edits."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from planner.domain.digest import to_plain
from planner.domain.errors import InputRefused
from planner.domain.geometry import PointLps, Side
from planner.domain.identity import ProbeId, TargetId
from planner.domain.probe import ProbePlacement
from planner.domain.protocol import Phase, Protocol, SkinWarming
from planner.domain.review import Acknowledgement, Severity
from planner.domain.target import DiagnosticBlock, NerveCurve, Target, TargetBody
from planner.persistence import codec
from planner.persistence.schema import json_schema
from planner.planning.permission import findings_of
from planner.services.commands import SetProtocol
from planner.services.job_structures import JobFacts, JobWaiver
from planner.services.probe_commands import AddProbe
from planner.services.target_commands import Acknowledge, PutTarget

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from planner.domain.review import Finding
    from planner.planning.permission import TargetFinding
    from planner.services.commands import Command


@dataclass(frozen=True, slots=True)
class JobSeries:
    """Which CT. ``folder``, or a zip archive, is scanned; the UID is needed only when it holds several usable series.

    ``part`` is needed only when the series holds several volumes: the words that ``frostline scan`` lists it with.
    """

    folder: str
    series_instance_uid: str = ""
    part: str = ""


@dataclass(frozen=True, slots=True)
class JobStructures:
    """Which structures: found automatically, read from files, and which of them somebody looked at.

    ``import_files`` are files of any known form (DICOM SEG or RTSTRUCT, NIfTI, NRRD, seg.nrrd, MHA), or folders of one
    file per structure. ``facts`` say what a structure is and how it is judged, ``waived`` what is left out on purpose.
    ``confirmed`` names structures one by one; ``confirmed_by`` is who looked at them.
    """

    automatic: bool = True
    import_files: tuple[str, ...] = ()
    confirmed: tuple[str, ...] = ()
    confirmed_by: str = ""
    facts: tuple[JobFacts, ...] = ()
    waived: tuple[JobWaiver, ...] = ()


@dataclass(frozen=True, slots=True)
class JobAcknowledgement:
    """A finding accepted by name, with a reason: of the geometry gate, or of one target."""

    finding_code: str
    who: str
    reason: str


@dataclass(frozen=True, slots=True)
class JobTarget:
    """One target. ``atlas_id`` is an entry of the nerve atlas; exactly one of curve and body is given as ``course``.

    ``block`` is the recorded diagnostic block; ``acknowledged`` accepts what else stands against freezing this target.
    """

    atlas_id: str
    side: Side
    course: NerveCurve | TargetBody
    level: str = ""
    diameter_mm: float | None = None
    diameter_source: str = ""
    block: DiagnosticBlock | None = None
    end_organ_mm: float | None = None
    end_organ_source: str = ""
    acknowledged: tuple[JobAcknowledgement, ...] = ()


@dataclass(frozen=True, slots=True)
class JobProbe:
    """One probe: catalogue model, skin entry and tip in LPS mm."""

    model_id: str
    entry_lps_mm: PointLps
    tip_lps_mm: PointLps


@dataclass(frozen=True, slots=True)
class JobProtocol:
    """The freeze protocol: phases, with a name and where it comes from, and what warms the skin if anything does."""

    phases: tuple[Phase, ...]
    name: str = "Custom"
    source: str = ""
    skin_warming: SkinWarming | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """A whole plan as a file. Relative paths start at the job file's folder.

    ``spacing_mm``, the prediction's grid, is 0.5, 1 or 2. ``case_kind`` is ``"patient"``, ``"demo"`` or ``"training"``.
    """

    name: str
    series: JobSeries
    targets: tuple[JobTarget, ...]
    probes: tuple[JobProbe, ...]
    protocol: JobProtocol
    structures: JobStructures = JobStructures()
    acknowledgements: tuple[JobAcknowledgement, ...] = ()
    spacing_mm: float = 1.0
    case_kind: str = "patient"

    def __post_init__(self) -> None:
        if self.spacing_mm not in (0.5, 1.0, 2.0):
            raise InputRefused(f"spacing_mm is 0.5, 1 or 2, not {self.spacing_mm:g}", code="job-spacing")
        if self.case_kind not in ("patient", "demo", "training"):
            raise InputRefused(f"case_kind is patient, demo or training, not “{self.case_kind}”", code="job-kind")


def job_schema() -> dict[str, Any]:
    """Return the JSON Schema of a job file."""
    return json_schema(Job, title="Frostline job")


def read_job(path: Path) -> Job:
    """Read and check a job file; paths in it become absolute. Raises InputRefused naming the file and the field."""
    try:
        text = path.read_bytes()
    except OSError as error:
        raise InputRefused(
            f"The job file cannot be read ({error.strerror}).", code="job-unreadable", where=str(path)
        ) from error
    job = codec.decode(text, Job, where=path.name)
    base = path.resolve().parent
    files = tuple(str(base / name) for name in job.structures.import_files)
    return replace(
        job,
        series=replace(job.series, folder=str(base / job.series.folder)),
        structures=replace(job.structures, import_files=files),
    )


def job_text(job: Job, *, folder: Path) -> str:
    """Return a job as the JSON text of a file in ``folder``; paths below that folder become relative to it."""
    base = folder.resolve()

    def shown(name: str) -> str:
        path = Path(name)
        return path.relative_to(base).as_posix() if path.is_relative_to(base) else name

    files = tuple(shown(name) for name in job.structures.import_files)
    movable = replace(
        job,
        series=replace(job.series, folder=shown(job.series.folder)),
        structures=replace(job.structures, import_files=files),
    )
    return json.dumps(to_plain(movable), indent=2, ensure_ascii=False) + "\n"


def acknowledgements_of(job: Job, findings: Sequence[Finding], *, when: str) -> tuple[Acknowledgement, ...]:
    """Return the named acceptance of each finding that needs one, with the sentence that was accepted."""
    given = {ack.finding_code: ack for ack in job.acknowledgements}
    return tuple(
        Acknowledgement(f.code, f.sentence, given[f.code].who, given[f.code].reason, when)
        for f in findings
        if f.severity is Severity.ACK and f.code in given
    )


def edits_of(job: Job, *, when: str) -> tuple[Command, ...]:
    """Return the edits that a user would make by hand, in order; ``when`` is ISO 8601 UTC.

    Raises InputRefused when an atlas entry, probe model or finding is unknown, and when something stands against
    freezing a target that nobody has accepted; the sentence lists what is known or needed.
    """
    from planner.persistence.resources import atlas, probe_models

    entries = {entry.id: entry for entry in atlas()}
    models = {model.id for model in probe_models()}
    edits: list[Command] = []
    for number, said in enumerate(job.targets):
        _require(said.atlas_id, set(entries), f"targets[{number}].atlas_id")
        target = _target(said, entries[said.atlas_id].name)
        edits.append(PutTarget(target))
        findings = findings_of(target, entries[said.atlas_id], ())
        edits += answer_edits(said.acknowledged, findings, field=f"targets[{number}].acknowledged", when=when)
    for number, probe in enumerate(job.probes):
        _require(probe.model_id, models, f"probes[{number}].model_id")
        edits.append(AddProbe(_placement(probe, f"P{number + 1}")))
    asked = job.protocol
    edits.append(SetProtocol(Protocol(asked.name, asked.phases, source=asked.source, skin_warming=asked.skin_warming)))
    return tuple(edits)


def _target(target: JobTarget, name: str) -> Target:
    return Target(
        id=TargetId(uuid4().hex),
        name=name,
        atlas_id=target.atlas_id,
        side=target.side,
        course=target.course,
        level=target.level,
        diameter_mm=target.diameter_mm,
        diameter_source=target.diameter_source,
        block=target.block,
        end_organ_mm=target.end_organ_mm,
        end_organ_source=target.end_organ_source,
    )


def answer_edits(
    given: Sequence[JobAcknowledgement], findings: Sequence[TargetFinding], *, field: str, when: str
) -> list[Acknowledge]:
    """Return the named acceptances of one target's findings.

    Raises InputRefused when one of the findings is not accepted, or what is accepted is none of them.
    """
    answers = {ack.finding_code: ack for ack in given}
    codes = [found.finding.code for found in findings]
    strange = [code for code in answers if code not in codes]
    if strange or len(answers) < len(given):
        wanted = f"it needs {' and '.join(codes)}, once" if codes else "it needs none"
        raise InputRefused(
            f"Field “{field}” accepts {', '.join(ack.finding_code for ack in given)}; {wanted}.", code="job-unknown"
        )
    for found in findings:
        if found.finding.code not in answers:
            raise InputRefused(
                f"{found.finding.sentence} To accept it, add the finding code “{found.finding.code}” with a name and a "
                f"reason to the field “{field}”.",
                code="job-not-acknowledged",
            )
    return [
        Acknowledge(found.accepted(who=answer.who, reason=answer.reason, when=when))
        for found in findings
        for answer in (answers[found.finding.code],)
    ]


def _placement(probe: JobProbe, label: str) -> ProbePlacement:
    return ProbePlacement(ProbeId(uuid4().hex), label, probe.model_id, probe.entry_lps_mm, probe.tip_lps_mm)


def _require(name: str, known: set[str], field: str) -> None:
    if name not in known:
        raise InputRefused(f"Field “{field}” is “{name}”; known are {', '.join(sorted(known))}.", code="job-unknown")
