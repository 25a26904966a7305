"""Can each probe be placed as drawn? Entry on the skin, depth against the usable length."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.assessment import Check
from planner.domain.rule import Verdict
from planner.planning.rules import number
from planner.planning.trajectory import ENTRY_TOLERANCE_MM, entry_above_skin_mm
from planner.planning.verdicts import Subject, if_unconfirmed, not_assessed

if TYPE_CHECKING:
    from planner.domain.probe import ProbeModel, ProbePlacement
    from planner.planning.evidence import Evidence


def probe_checks(evidence: Evidence, probe: ProbePlacement, model: ProbeModel | None) -> list[Check]:
    """Return the rows of one probe."""
    return [_entry_row(evidence, probe), _depth_row(probe, model)]


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
