"""How is the state of a case drawn? An icon, its words and a colour; green only where nothing is open (H-18)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.casebook.next_step import CaseStage
from planner.ui.theme.tokens import NOT_READY, READY, StateStyle

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.casebook.next_step import NextStep

_LOOK = ("warning", "check", "check_tint")
_STYLES: Mapping[CaseStage, StateStyle] = {
    CaseStage.READY: READY,
    CaseStage.NOT_READY: NOT_READY,
    CaseStage.RECORD_OPEN: StateStyle(CaseStage.RECORD_OPEN.value, *_LOOK),
    CaseStage.OVERDUE: StateStyle(CaseStage.OVERDUE.value, *_LOOK),
    CaseStage.DUE: StateStyle(CaseStage.DUE.value, *_LOOK),
    CaseStage.LATER: StateStyle(CaseStage.LATER.value, "clock-counter-clockwise", "text_2", "raised"),
    CaseStage.FOLLOWED_UP: StateStyle(CaseStage.FOLLOWED_UP.value, "check-circle", "good", "good_tint"),
}


def stage_style(step: NextStep) -> StateStyle:
    """Return how the state of a case is drawn; one with open questions is a half circle, never plain green."""
    if step.stage in (CaseStage.READY, CaseStage.FOLLOWED_UP) and not step.is_complete:
        return StateStyle(step.words, "circle-half", "check", "check_tint")
    return _STYLES[step.stage]
