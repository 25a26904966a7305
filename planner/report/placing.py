"""What is printed of the patient, the scan and the protocol? The plan's facts, worded for the reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.digest import short_hash
from planner.domain.protocol import PhaseKind, ends_of
from planner.report import numbers
from planner.report.printed import Fact, PrintedPhase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain.identity import PatientIdentity
    from planner.domain.plan import Plan
    from planner.domain.probe import ProbePlacement
    from planner.domain.protocol import Protocol
    from planner.domain.volume import VolumeRef

NOT_SENT = "not stated by the scanner"


def case_facts(plan: Plan, identity: PatientIdentity, *, author: str) -> tuple[Fact, ...]:
    """Name the patient, the study and the plan; lines the scanner sent nothing for are left out."""
    lines = (
        ("Patient", identity.label),
        ("Born", identity.birth_date),
        ("Study", " · ".join(part for part in (identity.study_description, identity.study_date) if part)),
        ("Institution", identity.institution),
        ("Accession number", identity.accession_number),
        ("Plan", plan.name),
        ("Side", ", ".join(dict.fromkeys(target.side.value for target in plan.targets)) or numbers.MISSING),
        ("Made by", author),
    )
    return tuple(Fact(label, text) for label, text in lines if text)


def scan_facts(plan: Plan) -> tuple[Fact, ...]:
    """Describe the CT the plan is pinned to, and how the patient will lie where that is another way."""
    ref = plan.volume
    planned = (Fact("Planned position", f"{plan.position.words} (not as scanned)"),) if plan.planned_position else ()
    across, down, through = ref.grid.spacing_ijk_mm
    slices, rows, columns = ref.grid.shape_kji
    heights = ref.grid.corners_lps_mm()[:, 2]
    spacing = " × ".join(numbers.number(value, decimals=2) for value in (across, down, through))
    return (
        Fact("Series", ref.series_label or NOT_SENT),
        Fact("Patient position", ref.patient_position.words),
        *planned,
        Fact("Voxels", f"{columns} × {rows} × {slices}"),
        Fact("Spacing", f"{spacing} mm"),
        Fact("Covers", f"{numbers.head_feet(float(heights.min()))} to {numbers.head_feet(float(heights.max()))}"),
        Fact("Scanner", ref.scanner or NOT_SENT),
        Fact("Compression", ref.compression or "none"),
    )


def scan_ids(ref: VolumeRef) -> tuple[Fact, ...]:
    """Name the study, the series and the pixels so that a reader can find the same scan again."""
    return (
        Fact("Study UID", ref.study_instance_uid or "— none in the headers"),
        Fact("Series UID", ref.series_instance_uid or "— none in the headers"),
        Fact("Frame of reference", ref.frame_of_reference_uid or "— none that all slices share"),
        Fact("Pixel hash", short_hash(ref.pixel_hash)),
    )


def printed_phases(protocol: Protocol, probes: Sequence[ProbePlacement] = ()) -> tuple[PrintedPhase, ...]:
    """List the common phases and then those of probes with a schedule of their own, with durations and ends, m:ss."""
    labels = {probe.id: probe.label for probe in probes}
    schedules = [("", protocol.phases)]
    schedules += [(labels.get(s.probe_id, str(s.probe_id)), s.phases) for s in protocol.exceptions]
    return tuple(
        PrintedPhase(
            kind=phase.words,
            duration=numbers.minutes(phase.duration_s),
            end=numbers.minutes(end_s),
            whose=whose,
            share=phase.duration_s / total_s if total_s > 0 else 0.0,
            is_freeze=phase.kind is PhaseKind.FREEZE,
        )
        for whose, phases in schedules
        for total_s in (sum(phase.duration_s for phase in phases),)
        for phase, end_s in zip(phases, ends_of(phases), strict=True)
    )


def cover_facts(plan: Plan, identity: PatientIdentity, *, site_name: str = "") -> tuple[Fact, ...]:
    """Say of what study the plan is, on which side and how the patient lies: the first page carries it (H-16)."""
    position = plan.position.words
    if plan.planned_position:
        position += " (not as scanned)"
    lines = (
        ("Born", identity.birth_date),
        ("Study", " · ".join(part for part in (identity.study_description, identity.study_date) if part)),
        ("Series", plan.volume.series_label or NOT_SENT),
        ("Position", position),
        ("Side", ", ".join(dict.fromkeys(target.side.value for target in plan.targets)) or numbers.MISSING),
        ("Plan", plan.name),
        ("Site", site_name),
    )
    return tuple(Fact(label, text) for label, text in lines if text)
