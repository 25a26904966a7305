"""What many draws of a plan said, made up by hand: every figure in it can be counted on one's fingers."""

from __future__ import annotations

from planner.domain.geometry import point
from planner.domain.identity import Sha256
from planner.domain.robustness import (
    CoverageValue,
    Draw,
    DrawOutcome,
    ErrorLaw,
    FineCheck,
    LawForm,
    LimitKey,
    LimitSummary,
    LimitValue,
    ProbeError,
    Robustness,
    Share,
    TargetCoverage,
)
from planner.domain.rule import Quantity, Verdict
from planner.domain.uncertainty import IceCase
from planner.persistence.technique_table import technique_named

EDGE = LimitKey("s1", "Skin", "skin", Quantity.EDGE_DISTANCE_MM, "0 °C edge", "mm", "≥ 10 mm; fail < 5 mm", 10.0, 5.0)
LENGTH = LimitKey(
    "t1",
    "Intercostal nerve T8",
    "target nerve",
    Quantity.TREATED_LENGTH_MM,
    "treated length at −20 °C",
    "mm",
    "≥ 4 mm; fail < 4 mm",
    4.0,
    4.0,
)
COLD = LimitKey(
    "l1", "Lung, left", "lung", Quantity.MINIMUM_TEMPERATURE_C, "coldest", "°C", "≥ 0 °C; fail < 0 °C", 0.0, 0.0
)
# Of ten draws: how far the tip is off, the skin's distance, the treated length.
ROWS = (
    (0.5, 12.0, 20.0),
    (1.0, 11.0, 18.0),
    (2.0, 9.0, 12.0),
    (2.5, 4.9, 12.0),
    (3.0, 12.0, 10.0),
    (4.0, 12.0, 3.0),
    (5.0, 4.0, 2.0),
    (0.8, 12.0, 20.0),
    (1.2, 11.0, 20.0),
    (0.2, 12.0, 20.0),
)


def a_draw(plan, number, off_mm):
    """The plan with every tip off by this much along +x, the entry as planned."""
    errors = tuple(
        ProbeError(
            probe.id,
            probe.entry_lps_mm,
            point((probe.tip_lps_mm[0] + off_mm, *probe.tip_lps_mm[1:])),
            off_mm,
            0.0,
            1.0,
        )
        for probe in plan.probes
    )
    return Draw(number, IceCase.NOMINAL, errors)


def an_outcome(plan, number, row):
    """A draw judged: skin CHECK below 10 mm and FAIL below 5 mm, nerve FAIL below 4 mm, the lung always PASS."""
    off_mm, edge_mm, length_mm = row
    edge = Verdict.PASS if edge_mm >= 10 else Verdict.CHECK if edge_mm >= 5 else Verdict.FAIL
    length = Verdict.PASS if length_mm >= 4 else Verdict.FAIL
    verdict = next(v for v in (Verdict.FAIL, Verdict.CHECK, Verdict.PASS) if v in (edge, length, Verdict.PASS))
    values = (LimitValue(edge, edge_mm), LimitValue(length, length_mm), LimitValue(Verdict.PASS, 20.0))
    coverage = CoverageValue(plan.targets[0].id, 100 * length_mm / 20, length_mm)
    return DrawOutcome(a_draw(plan, number, off_mm), verdict, values, (coverage,))


def drawn(plan, *, plan_hash=None, technique="freehand-in-plane"):
    """Ten draws: seven hold; the skin fails in two, from 2.5 mm on; the nerve in two, from 4 mm on; one fails both."""
    outcomes = tuple(an_outcome(plan, number, row) for number, row in enumerate(ROWS))
    planned = DrawOutcome(
        a_draw(plan, -1, 0.0),
        Verdict.PASS,
        (LimitValue(Verdict.PASS, 12.0), LimitValue(Verdict.PASS, 20.0), LimitValue(Verdict.PASS, 20.0)),
    )
    limits = (
        LimitSummary(EDGE, planned.values[0], 7, 1, 2, 0, 2.5, LimitValue(Verdict.FAIL, 4.0), 6),
        LimitSummary(LENGTH, planned.values[1], 8, 0, 2, 0, 4.0, LimitValue(Verdict.FAIL, 2.0), 6),
        LimitSummary(COLD, planned.values[2], 10, 0, 0, 0, None, LimitValue(Verdict.PASS, 20.0), 0),
    )
    target = plan.targets[0]
    coverage = TargetCoverage(
        target.id,
        target.words,
        10,
        (12.0, 50.0, 90.0, 100.0, 100.0),
        (2.4, 10.0, 18.0, 20.0, 20.0),
        20.0,
        (10.0, 15.0, 20.0, 25.0, 30.0),
        (0.5, 0.9, 1.0, 0.9, 0.7),
    )
    return Robustness(
        plan_hash=plan_hash or plan.judged_hash,
        inputs_hash=Sha256("c" * 64),
        seed=7,
        technique=technique_named(technique),
        law=ErrorLaw(LawForm.RICE, 2.0, 6.2, 2.7, 5.0),
        is_tissue_drawn=False,
        spacing_mm=2.0,
        verdict=Verdict.FAIL,
        verdict_words="All limits hold in 70.0 % of 10 draws (95 % interval 39.7 to 89.2 %, Wilson).",
        held=Share(7, 10, 70.0, 39.7, 89.2),
        all_passed=Share(6, 10, 60.0, 31.3, 83.2),
        not_assessed=Share(0, 10, 0.0, 0.0, 27.8),
        planned=planned,
        limits=limits,
        fails_most=0,
        fails_first=0,
        coverages=(coverage,),
        outcomes=outcomes,
        fine=FineCheck(1.0, (0, 1), 0, (), 60.0, 80.0),
        left_out=("Not drawn and not judged here: side.",),
    )
