"""Can each probe be placed as drawn? Entry on the skin, depth against the usable length, table not in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.assessment import Check
from planner.domain.rule import Verdict
from planner.planning.rules import number
from planner.planning.table import LEVEL_DEG, below_horizontal_deg, position_words
from planner.planning.trajectory import ENTRY_TOLERANCE_MM, entry_above_skin_mm
from planner.planning.verdicts import Subject, if_unconfirmed, not_assessed

if TYPE_CHECKING:
    from planner.domain.plan import Plan
    from planner.domain.probe import ProbeModel, ProbePlacement
    from planner.planning.evidence import Evidence


def probe_checks(evidence: Evidence, probe: ProbePlacement, model: ProbeModel | None) -> list[Check]:
    """Return the rows of one probe."""
    return [_entry_row(evidence, probe), _depth_row(probe, model), _table_row(evidence, probe)]


def _subject(probe: ProbePlacement) -> Subject:
    return Subject(probe.id, probe.label, "probe")


def _entry_row(evidence: Evidence, probe: ProbePlacement) -> Check:
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


def position_checks(plan: Plan) -> list[Check]:
    """Return a row saying that nobody knows how the anatomy moves, when the patient will lie otherwise than scanned."""
    words = position_words(plan)
    subject = Subject("planned position", "Patient position", "probe")
    return [not_assessed(subject, words, words="movement when turned")] if words else []


def _table_row(evidence: Evidence, probe: ProbePlacement) -> Check:
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
        name = "this probe" if model is None else model.label
        return not_assessed(subject, f"The usable length of {name} is not known.", words=words)
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
