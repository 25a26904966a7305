"""What of a procedure stands in the registry's tables? Planned, done and measured; places only as deviations.

Coordinates stay here: three numbers of a tip would find their plan again among many.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.casebook.planned_and_done import deviation
from planner.casebook.registry.case_rows import words
from planner.casebook.registry.moments import day_zero, seconds_into

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from planner.casebook.registry.case_rows import Values
    from planner.casebook.registry.dictionary import Dictionary
    from planner.casebook.registry.salted_ids import SaltedIds
    from planner.domain.case import Case
    from planner.domain.procedure import DonePhase, Procedure, UsedProbe
    from planner.domain.protocol import Phase

_PLACES = ("typed", "as planned")


def procedure_tables(case: Case, ids: SaltedIds, known: Dictionary) -> dict[str, list[Values]]:
    """Return the rows of every procedure by table; names of people are in none of them."""
    tables: dict[str, list[Values]] = {}
    for number, procedure in enumerate(case.procedures, start=1):
        whose: Values = {
            "case_id": ids.of("case", case.id),
            "procedure_id": ids.of("procedure", case.id, procedure.id),
        }
        own = whose | {"number": number} | _procedure(case, procedure)
        tables.setdefault("procedures", []).append(own)
        scans = [
            {"purpose": one.purpose.value, "scans": one.scans, "dlp_mgy_cm": one.dlp_mgy_cm} for one in procedure.scans
        ]
        tables.setdefault("scans", []).extend(whose | values for values in scans)
        for name, rows in _numbered(case, procedure, known).items():
            numbered = (whose | {"number": at} | values for at, values in enumerate(rows, start=1))
            tables.setdefault(name, []).extend(numbered)
    return tables


def _procedure(case: Case, procedure: Procedure) -> Values:
    planned, ice = procedure.planned, procedure.ice
    return {
        "day": day_zero(case).days_to(procedure.day),
        "is_planned": planned is not None,
        "is_finished": procedure.is_finished,
        "is_technical_success": procedure.is_technical_success,
        "complications": _complications_state(procedure),
        "protocol": None if planned is None else words(planned.protocol),
        "planned_ice_long_mm": None if planned is None else planned.ice_long_mm,
        "planned_ice_short_mm": None if planned is None else planned.ice_short_mm,
        "ice_long_mm": None if ice is None else ice.long_mm,
        "ice_short_mm": None if ice is None else ice.short_mm,
        "ice_source": None if ice is None else words(ice.source),
        "sedation": words(procedure.sedation),
        "note": words(procedure.note),
    }


def _complications_state(procedure: Procedure) -> str:
    if procedure.complications:
        return "recorded"
    return "stated that there was none" if procedure.no_complication_by else "not recorded"


def _numbered(case: Case, procedure: Procedure, known: Dictionary) -> dict[str, Iterable[Values]]:
    """Return the tables whose rows are counted from 1 in their order."""
    return {
        "planned_targets": _planned_targets(procedure, known),
        "planned_phases": _planned_phases(procedure),
        "planned_probes": _planned_probes(procedure, known),
        "probes": (_probe(procedure, probe, known) for probe in procedure.probes),
        "phases": (_phase(procedure, phase) for phase in procedure.phases),
        "moments": _moments(procedure),
        "dissections": _dissections(procedure),
        "temperatures": _temperatures(procedure),
        "monitoring": _monitoring(procedure),
        "complications": _complications(case, procedure, known),
    }


# --- planned ---------------------------------------------------------------------------------------------------------


def _planned_targets(procedure: Procedure, known: Dictionary) -> Iterator[Values]:
    for target in () if procedure.planned is None else procedure.planned.targets:
        yield {
            "target": known.choice("planned_targets", "target", target.atlas_id),
            "recovery_low_days": target.recovery_low_days,
            "recovery_high_days": target.recovery_high_days,
        }


def _planned_phases(procedure: Procedure) -> Iterator[Values]:
    """Give the plan's phases, then those of each probe that follows a schedule of its own."""
    planned = procedure.planned
    if planned is None:
        return
    schedules: list[tuple[int | None, tuple[Phase, ...]]] = [(None, planned.phases)]
    schedules += [(at, one.phases) for at, one in enumerate(planned.probes, start=1) if one.phases != planned.phases]
    for probe, phases in schedules:
        for phase in phases:
            yield {
                "probe": probe,
                "kind": phase.kind.value,
                "duration_s": phase.duration_s,
                "duty": phase.duty,
            }


def _planned_probes(procedure: Procedure, known: Dictionary) -> Iterator[Values]:
    for probe in () if procedure.planned is None else procedure.planned.probes:
        yield {"model": known.choice("planned_probes", "model", probe.model_id), "depth_mm": probe.depth_mm}


# --- done ------------------------------------------------------------------------------------------------------------


def _probe(procedure: Procedure, used: UsedProbe, known: Dictionary) -> Values:
    planned = () if procedure.planned is None else procedure.planned.probes
    number = next((at for at, one in enumerate(planned, start=1) if one.label == used.planned_label), None)
    off = None if number is None else deviation(planned[number - 1], used)
    has_place = used.tip_lps_mm is not None or used.entry_lps_mm is not None
    return {
        "model": known.choice("probes", "model", used.model_name) if used.model_name.strip() else None,
        "planned_probe": number,
        "depth_mm": used.depth_mm,
        "tip_mm": None if off is None else off.tip_mm,
        "lateral_mm": None if off is None else off.lateral_mm,
        "along_mm": None if off is None else off.along_mm,
        "angle_deg": None if off is None else off.angle_deg,
        "frame": used.frame.value if has_place else None,
        "place": (used.source if used.source in _PLACES else "other") if has_place else None,
        "note": words(used.note),
    }


def _phase(procedure: Procedure, phase: DonePhase) -> Values:
    whose = set(phase.probe_labels)
    numbers = [
        str(at)
        for at, probe in enumerate(procedure.probes, start=1)
        if probe.label in whose or (probe.planned_label and probe.planned_label in whose)
    ]
    return {
        "kind": phase.kind.value,
        "start_s": seconds_into(procedure, phase.started_at),
        "duration_s": phase.lasted_s,
        "planned_s": phase.planned_s,
        "extended_s": phase.extended_s,
        "planned_number": phase.planned_number,
        "is_for_all": not whose,
        "probes": " ".join(numbers) or None,
        "note": words(phase.note),
    }


def _moments(procedure: Procedure) -> Iterator[Values]:
    for moment in procedure.moments:
        yield {
            "at_s": seconds_into(procedure, moment.at),
            "clock_jump_s": moment.clock_jump_s,
            "words": words(moment.words),
        }


def _dissections(procedure: Procedure) -> Iterator[Values]:
    for one in procedure.dissections:
        yield {
            "spacer": one.spacer.value,
            "volume_ml": one.volume_ml,
            "is_scanned_after": one.is_scanned_after,
            "protects": words(one.protects),
            "note": words(one.note),
        }


def _temperatures(procedure: Procedure) -> Iterator[Values]:
    for one in procedure.temperatures:
        yield {
            "temperature_c": one.temperature_c,
            "at_s": seconds_into(procedure, one.at),
            "place": words(one.place),
            "note": words(one.note),
        }


def _monitoring(procedure: Procedure) -> Iterator[Values]:
    for one in procedure.monitoring:
        yield {
            "threshold_ma": one.threshold_ma,
            "at_s": seconds_into(procedure, one.at),
            "nerve": words(one.nerve),
            "method": words(one.method),
            "finding": words(one.finding),
        }


def _complications(case: Case, procedure: Procedure, known: Dictionary) -> Iterator[Values]:
    for one in procedure.complications:
        yield {
            "grading": known.choice("complications", "grading", one.grading),
            "grade": known.choice("complications", "grade", one.grade),
            "day": day_zero(case).days_to(one.day),
            "what": words(one.what),
            "outcome": words(one.outcome),
        }
