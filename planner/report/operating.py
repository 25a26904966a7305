"""What does the operator read at the table? Each probe on one sheet: pose, reach, what the shaft meets, its checks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.domain.errors import ReportRefused
from planner.domain.geometry import operator_pose
from planner.report import numbers
from planner.report.anatomy import printed_swatch
from planner.report.judging import printed_check
from planner.report.placing import NOT_SENT
from planner.report.printed import PrintedApproach, PrintedCrossing, PrintedProbe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from planner.domain.assessment import Assessment
    from planner.domain.datum import Datum
    from planner.domain.identity import ProbeId, StructureId
    from planner.domain.plan import Plan
    from planner.domain.probe import ProbeModel, ProbePlacement
    from planner.planning.probe_facts import ProbeFacts
    from planner.report.judging import Pessimist
    from planner.report.printed import PrintedCheck, PrintedSwatch

MOST_CROSSINGS = 10
MOST_APPROACHES = 6
"""Rows of the two lists; what is left out is counted in words."""
NOT_MEASURED = "What the shaft meets was not measured for this report."
NOTHING_OUTLINED = "No structure is outlined: what the shaft meets is not known."


@dataclass(frozen=True, slots=True)
class _Path:
    """What one shaft meets, as printed."""

    missing: str = ""
    notes: tuple[str, ...] = ()
    crossings: tuple[PrintedCrossing, ...] = ()
    approaches: tuple[PrintedApproach, ...] = ()


def printed_probes(
    plan: Plan,
    models: Sequence[ProbeModel],
    *,
    assessment: Assessment,
    pessimist: Pessimist,
    facts: Mapping[ProbeId, ProbeFacts],
) -> tuple[PrintedProbe, ...]:
    """Express every probe in the operator's words.

    Parameters
    ----------
    facts
        What each shaft meets; a probe without an entry says that it was not measured.

    Raises
    ------
    ReportRefused
        When a probe's model is not among ``models`` (H-27).
    """
    return tuple(
        _printed_probe(
            plan,
            probe,
            model=_model_of(probe, models),
            path=_path(probe, facts.get(probe.id), plan),
            checks=tuple(
                printed_check(check, pessimist) for check in assessment.checks if check.subject_id == probe.id
            ),
        )
        for probe in plan.probes
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


def _printed_probe(
    plan: Plan, probe: ProbePlacement, *, model: ProbeModel, path: _Path, checks: tuple[PrintedCheck, ...]
) -> PrintedProbe:
    pose = operator_pose(probe.entry_lps_mm, probe.tip_lps_mm, plan.position)
    location_mm = plan.volume.slice_location_mm(pose.table_hf_mm)
    return PrintedProbe(
        id=probe.id,
        label=probe.label,
        model=_model_words(model),
        catalogue_status=catalogue_status(model),
        entry=numbers.patient_point(probe.entry_lps_mm),
        entry_words=numbers.point_words(probe.entry_lps_mm),
        entry_lps=numbers.signed_point(probe.entry_lps_mm),
        tip=numbers.patient_point(probe.tip_lps_mm),
        tip_lps=numbers.signed_point(probe.tip_lps_mm),
        depth=numbers.mm(pose.depth_mm),
        in_plane=numbers.degrees(pose.in_plane_deg, pose.hub_leans),
        tilt=numbers.degrees(pose.tilt_deg, pose.hub_toward),
        table_patient=numbers.head_feet(pose.table_hf_mm),
        table_scanner=numbers.mm(location_mm) if location_mm is not None else f"{numbers.MISSING} {NOT_SENT}",
        boundary=model.boundary_words,
        depth_mm=pose.depth_mm,
        active_zone=_active_zone(model, depth_mm=pose.depth_mm),
        usable=_usable_words(model, depth_mm=pose.depth_mm),
        path_missing=path.missing,
        path_notes=path.notes,
        crossings=path.crossings,
        approaches=path.approaches,
        checks=checks,
    )


def _active_zone(model: ProbeModel, *, depth_mm: float) -> tuple[float, float]:
    """Return where the active zone begins and ends, as shares of the depth; nothing drawn where it is not known."""
    length_mm, dead_mm = model.active_tip_mm.value, model.tip_to_active_mm.value or 0.0
    if length_mm is None:
        return (1.0, 1.0)
    return (max(0.0, 1 - (dead_mm + length_mm) / depth_mm), max(0.0, 1 - dead_mm / depth_mm))


def _usable_words(model: ProbeModel, *, depth_mm: float) -> str:
    """Say how long the shaft is and how much of it stays outside, ``"175.0 mm, of which 106.1 mm stay outside"``."""
    usable_mm, flag = model.usable_length_mm.value, model.usable_length_mm.flag
    if usable_mm is None:
        return f"{numbers.MISSING} not known: whether it reaches cannot be told"
    left_mm = usable_mm - depth_mm
    rest = f"of which {numbers.mm(left_mm)} stay outside" if left_mm >= 0 else f"too short by {numbers.mm(-left_mm)}"
    return f"{numbers.mm(usable_mm)}, {rest}{f' ({flag})' if flag else ''}"


def _path(probe: ProbePlacement, found: ProbeFacts | None, plan: Plan) -> _Path:
    if found is None:
        return _Path(missing=NOT_MEASURED)
    swatches: dict[StructureId, PrintedSwatch] = {s.id: printed_swatch(s.kind, s.colour) for s in plan.structures}
    notes = []
    if not found.has_structures:
        notes.append(NOTHING_OUTLINED)
    if found.leaves_scan:
        notes.append("A part of the shaft lies outside the scan: what it meets there is not known.")
    if found.unread:
        notes.append(f"Not looked at: {', '.join(found.unread)}.")
    for kept, every, words in (
        (MOST_CROSSINGS, found.crossings, "further crossings are in the assessment"),
        (MOST_APPROACHES, found.approaches, "further structures lie farther away"),
    ):
        if len(every) > kept:
            notes.append(f"{len(every) - kept} {words}.")
    crossings = tuple(
        PrintedCrossing(
            name=crossing.name,
            kind=crossing.kind.value,
            role=crossing.role.value,
            from_depth=numbers.mm(crossing.from_mm),
            to_depth=numbers.mm(crossing.to_mm),
            length=numbers.mm(crossing.length_mm),
            swatch=swatches[crossing.structure_id],
            start=crossing.from_mm / probe.depth_mm,
            end=min(1.0, crossing.to_mm / probe.depth_mm),
        )
        for crossing in found.crossings[:MOST_CROSSINGS]
    )
    approaches = tuple(
        PrintedApproach(
            name=near.name,
            kind=near.kind.value,
            distance=numbers.mm(near.distance_mm),
            at_depth=numbers.mm(near.depth_mm),
            swatch=swatches[near.structure_id],
        )
        for near in found.approaches[:MOST_APPROACHES]
    )
    return _Path(notes=tuple(notes), crossings=crossings, approaches=approaches)
