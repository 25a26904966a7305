"""How far does what was looked at reach? The ice against the end of the predicted box and of the scan.

Beyond both nothing is known: ice that comes near an end is NOT ASSESSED there, and what the scan cuts is named (H-28).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.assessment import Check
from planner.domain.rule import Quantity, Verdict
from planner.planning.clearance import scan_end_mm
from planner.planning.rules import number
from planner.planning.verdicts import ICE_IS_CUT, Subject, not_assessed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from planner.planning.evidence import Evidence

PREDICTION = Subject("prediction", "Prediction", "prediction")
BOX_WORDS, SCAN_WORDS = "0 °C edge to the end of the predicted box", "0 °C edge to the end of the scan"
_MOST_NAMED = 6


def extent_checks(evidence: Evidence) -> list[Check]:
    """Return a row for the ice against the predicted box, and one against the scan."""
    if evidence.ice.is_empty:
        return [not_assessed(PREDICTION, "No ice is predicted.", words=words) for words in (BOX_WORDS, SCAN_WORDS)]
    return [_box_row(evidence), _scan_row(evidence)]


def _box_row(evidence: Evidence) -> Check:
    """Return whether the prediction shows all of the ice."""
    if evidence.ice_is_cut:
        return not_assessed(PREDICTION, ICE_IS_CUT, words=BOX_WORDS)
    return _row(BOX_WORDS, scan_end_mm(evidence.ice.points_lps_mm, evidence.box), limit_mm=0.0, reason="")


def _scan_row(evidence: Evidence) -> Check:
    """Return whether the scan shows all that lies as near to the ice as the widest margin asks about."""
    widest_mm = max(
        (
            *(rule.pass_limit or 0.0 for rule in evidence.rules.rules if rule.quantity is Quantity.EDGE_DISTANCE_MM),
            *(structure.margin_mm or 0.0 for structure in evidence.plan.structures),
        ),
        default=0.0,
    )
    ends_mm = evidence.ice_to_scan_end_mm
    beyond = "" if ends_mm >= widest_mm else "What lies beyond is not known. "
    return _row(SCAN_WORDS, ends_mm, limit_mm=widest_mm, reason=f"{beyond}{_cut_words(evidence)}".strip())


def _row(words: str, value_mm: float, *, limit_mm: float, reason: str) -> Check:
    return Check(
        subject_id=PREDICTION.id,
        subject_name=PREDICTION.name,
        subject_kind=PREDICTION.kind,
        quantity=words,
        verdict=Verdict.PASS if value_mm >= limit_mm else Verdict.NOT_ASSESSED,
        value=value_mm,
        unit="mm",
        limit=f"≥ {number(limit_mm)} mm (project default)",
        reason=reason,
        pass_limit=limit_mm,
    )


def _cut_words(evidence: Evidence) -> str:
    """Name the structures that go on beyond the scan, the first few of many."""
    names = [
        structure.name
        for structure in evidence.plan.structures
        if structure.id in evidence.masks and _is_cut(evidence.masks[structure.id])
    ]
    if not names:
        return ""
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"Cut by the end of the scan: {'; '.join(names[:_MOST_NAMED])}{more}."


def _is_cut(mask: NDArray[np.bool_]) -> bool:
    return any(bool(mask.take(index, axis=axis).any()) for axis in range(3) for index in (0, -1))
