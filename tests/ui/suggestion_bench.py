"""What do tests of the suggestions share? A made-up answer for any plan with a probe: its numbers mean nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt

from planner.domain.geometry import point
from planner.domain.identity import Sha256
from planner.domain.robustness import Share
from planner.domain.rule import Verdict
from planner.domain.suggestion import (
    Exclusion,
    HardRow,
    SuggestCandidate,
    SuggestCounts,
    SuggestFigures,
    Suggestion,
    SuggestStage,
    SuggestWish,
    WorstMargin,
    with_placement,
)
from planner.services.suggest_tasks import SuggestPlacements
from planner.ui.steps import WorkStep
from tests.ui.real_hands import CTRL, Keyboard, button, click

if TYPE_CHECKING:
    from planner.domain.plan import Plan

# Treated %, margin to spare mm, longest mm, tilt °, freeze s, share of draws that hold %, rows of each verdict.
NUMBERS = (
    (99.7, 1.2, 62.0, 14.0, 480.0, 85.0, (48, 3, 0, 12)),
    (96.0, 3.4, 71.0, 2.0, 480.0, 90.0, (50, 1, 0, 12)),
    (91.0, 3.3, 48.0, 2.0, 360.0, None, (49, 2, 0, 12)),
)
SHIFTS_MM = ((0.0, 0.0, 12.0), (9.0, 0.0, 0.0), (-8.0, 0.0, 4.0))


def figures(numbers=NUMBERS[0], *, structure: str = "Vagus nerve, left") -> SuggestFigures:
    """Figures of one placement."""
    percent, spare_mm, longest_mm, tilt_deg, freeze_s, held, verdicts = numbers
    return SuggestFigures(
        covered_percent=percent,
        covered_low_percent=percent - 8,
        treated_mm=percent / 5,
        segment_mm=20.0,
        margin=WorstMargin("s1", structure, 5.0 + spare_mm, 6.5 + spare_mm, 5.0),
        coldest_c=-70.0,
        coldest_low_c=-78.0,
        longest_mm=longest_mm,
        tilt_deg=tilt_deg,
        probes=1,
        freeze_s=freeze_s,
        robust=None if held is None else Share(int(held / 5), 20, held, held - 10, held + 5),
        verdicts=verdicts,
    )


def suggestion(plan: Plan, wish: SuggestWish | None = None, *, count: int = 3) -> Suggestion:
    """An answer with up to three candidates: the plan's first probe with its entry elsewhere."""
    asked = wish or SuggestWish(plan.targets[0].id, (plan.probes[0].model_id,))
    candidates = tuple(_candidate(plan, at) for at in range(count))
    return Suggestion(
        plan_hash=plan.judged_hash,
        inputs_hash=Sha256("b" * 64),
        wish=asked,
        target_name=plan.targets[0].words,
        candidates=candidates,
        exclusions=(
            Exclusion(SuggestStage.SHAFTS, "crosses bone", 612_345, "Lower the margin in the rules, if that is meant."),
            Exclusion(SuggestStage.SHAFTS, "too near the carotid artery, left", 402_112),
            Exclusion(SuggestStage.COARSE, "0 °C edge too near the vagus nerve, left", 214, "Try a shorter freeze."),
            Exclusion(SuggestStage.FINE, "treats too little", 5),
        ),
        counts=SuggestCounts(1_204_000, 48_211, 320, 18, count, 1_245),
        reason="" if count else "Every open shaft brings the 0 °C edge too near the vagus nerve, left.",
        hints=() if count else ("Try a probe with a shorter active tip.", "Try a shorter freeze."),
        present=figures((92.0, -0.6, 66.0, 9.0, 480.0, 60.0, (47, 3, 1, 12))),
        present_broken=(_hard(Verdict.FAIL, is_broken=True),),
        notes=("Skin closure and patient movement are not part of the search.",),
    )


def _candidate(plan: Plan, at: int) -> SuggestCandidate:
    base = plan.probes[0]
    entry = point(np.asarray(base.entry_lps_mm) + SHIFTS_MM[at])
    probes = (replace(base, entry_lps_mm=entry),)
    return SuggestCandidate(
        name="ABC"[at],
        probes=probes,
        protocol=plan.protocol,
        figures=figures(NUMBERS[at]),
        plan_hash=with_placement(plan, probes, plan.protocol).judged_hash,
        hard_rows=(_hard(Verdict.PASS), _hard(Verdict.NOT_ASSESSED)),
        not_assessed=("the usable length of the probe is not known.",) if at == 2 else (),
        explanation=(
            "Enters left of the midline, 62 mm deep.",
            "Passes 6.2 mm lateral to the carotid artery, left.",
            "Leads the others." if at == 0 else "Against A: gains 2.2 mm of margin (vagus nerve, left); costs 4 %.",
        ),
    )


def _hard(verdict: Verdict, *, is_broken: bool = False) -> HardRow:
    value = None if verdict is Verdict.NOT_ASSESSED else 4.4
    reason = "Not segmented." if value is None else ""
    return HardRow("s1", "Vagus nerve, left", "0 °C edge", value, "mm", "≥ 5 mm", verdict, "largest", is_broken, reason)


def keyboard_at(planned, app, case) -> Keyboard:
    """The small plan with a prediction, and the keyboard."""
    prediction = case.prediction()
    case.session.show_prediction(prediction.result.open(case.blobs), prediction.assessment)
    app.processEvents()
    return Keyboard(planned)


def open_form(hand: Keyboard, planned):
    """Open the form by its key."""
    hand.press(Qt.Key.Key_G, CTRL)
    assert planned.plan.rail.current is WorkStep.PROBES
    return planned.plan.probes.suggestions


def answer(view, runner, plan: Plan, app):
    """Search, and have the made-up answer come."""
    click(button(view, "Search placements"))
    runner.requests(SuggestPlacements)[0].on_done(suggestion(plan))
    app.processEvents()
    return view
