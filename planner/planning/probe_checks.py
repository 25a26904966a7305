"""Can each probe be placed as drawn? Entry on the skin, reach, table, hub, bore, and the other probes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.assessment import Check
from planner.domain.rule import Verdict
from planner.planning.crowding import closest_approach, shaft_radius_mm
from planner.planning.gantry import ROOM_MM, bore_clearance, hub_lps_mm, length_back_inside_mm
from planner.planning.rules import number
from planner.planning.table import LEVEL_DEG, below_horizontal_deg, position_words
from planner.planning.trajectory import ENTRY_TOLERANCE_MM, entry_above_skin_mm
from planner.planning.verdicts import Subject, also_says, if_unconfirmed, not_assessed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.domain.plan import Plan
    from planner.domain.probe import ProbeModel, ProbePlacement
    from planner.planning.evidence import PathEvidence


def probe_checks(evidence: PathEvidence, probe: ProbePlacement, models: Mapping[str, ProbeModel]) -> list[Check]:
    """Return the rows of one probe; ``models`` are the catalogue's entries by id."""
    model = models.get(probe.model_id)
    rows = [
        _entry_row(evidence, probe),
        _depth_row(probe, model),
        _table_row(evidence, probe),
        _hub_row(evidence, probe, model),
        _bore_row(evidence, probe, model),
        _apart_row(evidence.plan, probe, models),
    ]
    return [row for row in rows if row is not None]


def _subject(probe: ProbePlacement) -> Subject:
    return Subject(probe.id, probe.label, "probe")


def _entry_row(evidence: PathEvidence, probe: ProbePlacement) -> Check:
    """Return how far the entry is off the skin; within the tolerance is PASS, otherwise CHECK."""
    subject, words = _subject(probe), "entry off the skin"
    skin = evidence.skin()
    above = None if skin is None else entry_above_skin_mm(probe, evidence.masks[skin.id], evidence.ct_grid)
    if skin is None or above is None:
        return not_assessed(subject, "The skin is not segmented or not in the scan.", words=words)
    on_skin = abs(above) <= ENTRY_TOLERANCE_MM
    where = "outside" if above > 0 else "below"
    row = Check(
        subject_id=subject.id,
        subject_name=subject.name,
        subject_kind=subject.kind,
        quantity=words,
        verdict=Verdict.PASS if on_skin else Verdict.CHECK,
        value=abs(above),
        unit="mm",
        limit=f"≤ {number(ENTRY_TOLERANCE_MM)} mm (project default)",
        reason="" if on_skin else f"The entry lies {where} the skin: put it on the skin, or depth reads wrong.",
        worst_point_lps_mm=probe.entry_lps_mm,
        pass_limit=ENTRY_TOLERANCE_MM,
    )
    return row if skin.is_confirmed else if_unconfirmed(row, what="The skin")


def _no_usable_length(model: ProbeModel | None) -> str:
    name = "this probe" if model is None else model.label
    return f"The usable length of {name} is not known; whether it reaches, and where its hub ends, cannot be told."


def _hub_row(evidence: PathEvidence, probe: ProbePlacement, model: ProbeModel | None) -> Check | None:
    """Return how much of the shaft beyond the entry, and of the hub, is inside the body again."""
    subject, words = _subject(probe), "hub outside the body"
    gantry, skin = evidence.plan.gantry, evidence.skin()
    end = hub_lps_mm(probe, model, hub_mm=0.0 if gantry is None else gantry.hub_mm)
    if end is None:
        return None  # the row of the depth says that nobody knows where the shaft ends
    if skin is None:
        return not_assessed(subject, "The skin is not segmented.", words=words)
    inside_mm, is_seen = length_back_inside_mm(probe, end, body=evidence.masks[skin.id], grid=evidence.ct_grid)
    if not is_seen and inside_mm == 0:
        return not_assessed(subject, "The hub lies beyond the scan; what is there is not known.", words=words)
    row = Check(
        subject_id=subject.id,
        subject_name=subject.name,
        subject_kind=subject.kind,
        quantity=words,
        verdict=Verdict.PASS if inside_mm == 0 else Verdict.FAIL,
        value=inside_mm,
        unit="mm",
        limit="0 mm inside",
        reason="" if inside_mm == 0 else "Beyond the entry the shaft or its hub is inside the body.",
        worst_point_lps_mm=end,
        pass_limit=0.0,
        fail_limit=0.0,
    )
    row = also_says(row, _flag_words(model))
    return row if skin.is_confirmed else if_unconfirmed(row, what="The skin")


def _flag_words(model: ProbeModel | None) -> str:
    """Say what the usable length is worth, when it was not read in a source."""
    flag = "" if model is None else model.usable_length_mm.flag
    return f"Usable length: {flag}." if flag else ""


def _bore_row(evidence: PathEvidence, probe: ProbePlacement, model: ProbeModel | None) -> Check | None:
    """Return how far the hub's end stays from the bore's wall; nothing when the bore is not in the plan."""
    plan, skin = evidence.plan, evidence.skin()
    if plan.gantry is None:
        return None  # one row for the plan says so
    subject, words = _subject(probe), "hub to the bore"
    body = None if skin is None else (evidence.masks[skin.id], evidence.ct_grid)
    answer = bore_clearance(probe, model, plan.gantry, position=plan.position, body=body)
    if answer.hub_lps_mm is None:
        return None  # as for the hub
    if skin is None or answer.clearance_mm is None:
        return not_assessed(subject, answer.reason, words=words)
    verdict = Verdict.FAIL if answer.clearance_mm < 0 else Verdict.CHECK
    row = Check(
        subject_id=subject.id,
        subject_name=subject.name,
        subject_kind=subject.kind,
        quantity=words,
        verdict=Verdict.PASS if answer.clearance_mm >= ROOM_MM else verdict,
        value=answer.clearance_mm,
        unit="mm",
        limit=f"≥ {number(ROOM_MM)} mm (project default); fail < 0 mm",
        reason=answer.reason,
        worst_point_lps_mm=answer.hub_lps_mm,
        pass_limit=ROOM_MM,
        fail_limit=0.0,
    )
    row = also_says(row, _flag_words(model))
    return row if skin.is_confirmed else if_unconfirmed(row, what="The skin")


def _apart_row(plan: Plan, probe: ProbePlacement, models: Mapping[str, ProbeModel]) -> Check | None:
    """Return how near the shaft comes to the nearest other one; nothing for a probe alone."""
    others = [other for other in plan.probes if other.id != probe.id]
    if not others:
        return None
    gaps = {other.id: closest_approach(probe, other) for other in others}
    # Judged by what is left between the surfaces, which a thicker probe farther away may have less of.
    radii = {other.id: shaft_radius_mm(other, models) for other in (probe, *others)}
    other = min(others, key=lambda one: gaps[one.id].distance_mm - (radii[one.id] or 0.0))
    subject, words = _subject(probe), f"axis to {other.label}"
    one_mm, other_mm = radii[probe.id], radii[other.id]
    apart_mm, touching_mm = gaps[other.id].distance_mm, (one_mm or 0.0) + (other_mm or 0.0)
    collides = apart_mm < touching_mm
    if (one_mm is None or other_mm is None) and not collides:
        return not_assessed(subject, "The diameter of a shaft is not known.", words=words)
    return Check(
        subject_id=subject.id,
        subject_name=subject.name,
        subject_kind=subject.kind,
        quantity=words,
        verdict=Verdict.FAIL if collides else Verdict.PASS,
        value=apart_mm,
        unit="mm",
        limit=f"≥ {number(touching_mm)} mm, where the shafts touch",
        reason="The two shafts would be in each other’s place." if collides else "",
        worst_point_lps_mm=gaps[other.id].on_first_lps_mm,
        pass_limit=touching_mm,
        fail_limit=touching_mm,
    )


def bore_checks(plan: Plan) -> list[Check]:
    """Return a row saying that the bore was not looked at, when the plan has probes and does not know it."""
    if plan.gantry is not None or not plan.probes:
        return []
    reason = "The scanner’s bore is not in the plan: enter its width and the table’s height in the Probes step."
    return [not_assessed(Subject("bore", "Scanner’s bore", "probe"), reason, words="hub to the bore")]


def position_checks(plan: Plan) -> list[Check]:
    """Return a row saying that nobody knows how the anatomy moves, when the patient will lie otherwise than scanned."""
    words = position_words(plan)
    subject = Subject("planned position", "Patient position", "probe")
    return [not_assessed(subject, words, words="movement when turned")] if words else []


def _table_row(evidence: PathEvidence, probe: ProbePlacement) -> Check:
    """Return how far the hub points below the horizontal, as the patient will lie; CHECK where it does."""
    subject, position = _subject(probe), evidence.plan.position
    below = below_horizontal_deg(probe, position)
    is_clear = below <= LEVEL_DEG
    return Check(
        subject_id=subject.id,
        subject_name=subject.name,
        subject_kind=subject.kind,
        quantity="hub below the horizontal",
        verdict=Verdict.PASS if is_clear else Verdict.CHECK,
        value=max(below, 0.0),
        unit="°",
        limit=f"≤ {number(LEVEL_DEG)}° (project default)",
        reason="" if is_clear else f"The table is there with the patient {position.words}.",
        worst_point_lps_mm=probe.entry_lps_mm,
        pass_limit=LEVEL_DEG,
    )


def _depth_row(probe: ProbePlacement, model: ProbeModel | None) -> Check:
    """Return the depth against the shaft's usable length; the shorter end where the maker gives a range."""
    subject, words = _subject(probe), "depth"
    usable = None if model is None else model.usable_length_mm
    if usable is None or usable.value is None:
        return not_assessed(subject, _no_usable_length(model), words=words)
    origin = "; ".join(part for part in (usable.source, usable.flag) if part)
    fits = probe.depth_mm <= usable.value
    return Check(
        subject_id=subject.id,
        subject_name=subject.name,
        subject_kind=subject.kind,
        quantity=words,
        verdict=Verdict.PASS if fits else Verdict.FAIL,
        value=probe.depth_mm,
        unit="mm",
        limit=f"≤ {number(usable.value)} mm usable" + (f" ({origin})" if origin else ""),
        reason="" if fits else "The shaft is too short: choose a longer probe or another entry.",
        worst_point_lps_mm=probe.tip_lps_mm,
        pass_limit=usable.value,
        fail_limit=usable.value,
    )
