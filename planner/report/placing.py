"""What is printed of the scan, the probes and the protocol? The plan's facts, worded for the operator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.digest import short_hash
from planner.domain.errors import ReportRefused
from planner.domain.geometry import operator_pose
from planner.domain.protocol import ends_of
from planner.report import numbers
from planner.report.printed import Fact, PrintedPhase, PrintedProbe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain.datum import Datum
    from planner.domain.identity import PatientIdentity
    from planner.domain.plan import Plan
    from planner.domain.probe import ProbeModel, ProbePlacement
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


def printed_probes(plan: Plan, models: Sequence[ProbeModel]) -> tuple[PrintedProbe, ...]:
    """Express every probe in the operator's words.

    Raises
    ------
    ReportRefused
        When a probe's model is not among ``models``.
    """
    return tuple(_printed_probe(probe, _model_of(probe, models), plan) for probe in plan.probes)


def printed_phases(protocol: Protocol, probes: Sequence[ProbePlacement] = ()) -> tuple[PrintedPhase, ...]:
    """List the common phases and then those of probes with a schedule of their own, with durations and ends, m:ss."""
    schedules = [("", protocol.phases)]
    labels = {probe.id: probe.label for probe in probes}
    schedules += [(f"{labels.get(s.probe_id, s.probe_id)} alone: ", s.phases) for s in protocol.exceptions]
    return tuple(
        PrintedPhase(f"{whose}{phase.words}", numbers.minutes(phase.duration_s), numbers.minutes(end_s))
        for whose, phases in schedules
        for phase, end_s in zip(phases, ends_of(phases), strict=True)
    )


def catalogue_status(model: ProbeModel) -> str:
    """Say how far a catalogue entry can be trusted; missing stays missing and unverified says so."""
    values: dict[str, Datum] = {
        "shaft diameter": model.shaft_diameter_mm,
        "active tip length": model.active_tip_mm,
        "tip to active zone": model.tip_to_active_mm,
        "surface temperature": model.surface_temperature_c,
        "usable length": model.usable_length_mm,
    }
    flagged: dict[str, list[str]] = {}
    for words, datum in values.items():
        if datum.flag:
            flagged.setdefault(datum.flag, []).append(words)
    parts = [f"{flag}: {', '.join(names)}" for flag, names in flagged.items()]
    if model.is_generic:
        parts.insert(0, "generic, no product")
    return "; ".join(parts) or "every value read in its source"


def _model_of(probe: ProbePlacement, models: Sequence[ProbeModel]) -> ProbeModel:
    for model in models:
        if model.id == probe.model_id:
            return model
    raise ReportRefused(
        f"{probe.label} uses the probe “{probe.model_id}”, which is not in the catalogue. Choose a listed model.",
        code="report-probe-unknown",
    )


def _model_words(model: ProbeModel) -> str:
    """Name a probe with what its label does not say already; a generic one has no maker."""
    gauge = model.gauge if not model.gauge or "G" in model.gauge else f"{model.gauge}G"
    maker = "" if model.is_generic else model.manufacturer
    return ", ".join((model.label, *(part for part in (gauge, maker) if part and part not in model.label)))


def _printed_probe(probe: ProbePlacement, model: ProbeModel, plan: Plan) -> PrintedProbe:
    pose = operator_pose(probe.entry_lps_mm, probe.tip_lps_mm, plan.position)
    location_mm = plan.volume.slice_location_mm(pose.table_hf_mm)
    return PrintedProbe(
        label=probe.label,
        model=_model_words(model),
        catalogue_status=catalogue_status(model),
        entry=numbers.patient_point(probe.entry_lps_mm),
        tip=numbers.patient_point(probe.tip_lps_mm),
        depth=numbers.mm(pose.depth_mm),
        in_plane=numbers.degrees(pose.in_plane_deg, pose.hub_leans),
        tilt=numbers.degrees(pose.tilt_deg, pose.hub_toward),
        table_patient=numbers.head_feet(pose.table_hf_mm),
        table_scanner=numbers.mm(location_mm) if location_mm is not None else f"{numbers.MISSING} {NOT_SENT}",
        boundary=model.boundary_words,
    )
