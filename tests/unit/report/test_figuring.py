"""Are lengths, times, volumes and what vessels cost printed with the digits that tell them from nothing?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from planner.domain.heat_sink import HeatSink
from planner.domain.identity import Sha256, StructureId, TargetId
from planner.domain.structure_figures import LevelVolume, StructureFigures
from planner.domain.target_figures import LevelReach, TargetFigures
from planner.domain.uncertainty import BandRow, CaseOutcome, IceCase, IsothermSize, PredictionRange, RangeRow
from planner.report.printed import PrintedNoted

if TYPE_CHECKING:
    from conftest import Case

    from planner.report.model import ReportModel


def a_range(plan_hash: str) -> PredictionRange:
    """A coverage that fails with the smallest ice, and a margin that asks for attention with the largest."""
    cases = tuple(CaseOutcome(case, Sha256("0" * 64), (IsothermSize(0.0, 2.0, 10.0),)) for case in IceCase)
    rows = (
        RangeRow("Nerve", "treated length at −20 °C", "mm", 8.0, 21.0, 30.0, IceCase.SMALLEST, "≥ 10 mm", "FAIL"),
        RangeRow("Skin", "0 °C edge", "mm", 14.0, 11.0, 7.2, IceCase.LARGEST, "≥ 10 mm", "CHECK"),
    )
    return PredictionRange(Sha256(plan_hash), Sha256("1" * 64), 2.0, cases, rows, (), ())


def with_figures(case: Case, *figures: StructureFigures, band: tuple[BandRow, ...] = ()) -> ReportModel:
    assessment = replace(case.assessment, structures=figures)
    return case.build(assessment=assessment, tables=replace(case.tables, band=band))


def test_a_target_tells_lengths_times_circumference_and_pieces(case: Case) -> None:
    figures = TargetFigures(
        TargetId("t1"),
        (
            LevelReach(-20.0, length_mm=21.04, longest_mm=18.0, hold_s=83.0, core_s=205.0),
            LevelReach(-40.0, length_mm=0.0),
        ),
        coldest_c=-75.4,
        warmest_c=-3.0,
        around_percent=62.5,
        around_mean_percent=90.0,
        under_treated_mm=((5.0, 8.25),),
        caution_mm=((15.0, 16.5), (20.0, 21.0)),
        intent="Axonotmesis, Sunderland grade 2 (EVANS1981).",
    )
    model = case.build(assessment=replace(case.assessment, targets=(figures,)))
    first, second = model.targets[0].reaches
    assert (first.level, first.reached, first.longest, first.hold, first.core) == (
        "−20 °C", "21.0 mm", "18.0 mm", "1:23 min", "3:25 min",
    )  # fmt: skip
    assert (second.reached, second.longest, second.hold) == ("0.0 mm", "—", "—")
    facts = {fact.label: fact.text for fact in model.targets[0].facts}
    assert facts["Around"] == "at least 62.5 % of the circumference at the treatment isotherm, on average 90.0 %"
    assert facts["Neurapraxia band"] == "5.0 to 8.2 mm along the nerve"
    assert facts["Caution for cold"] == "15.0 to 16.5 mm, 20.0 to 21.0 mm along the nerve"
    assert facts["Intent"].startswith("Axonotmesis")
    assert "Sheaths at risk" not in facts
    assert model.targets[1].reaches == ()


@pytest.mark.parametrize(
    ("volume_ml", "percent", "printed"),
    [(0.0, 0.0, "0"), (0.13, 0.031, "0.13 mL · 0.03 %"), (2.345, 51.27, "2.3 mL · 51.3 %"), (0.0002, 0.0001, None)],
)
def test_a_little_is_told_from_nothing(case: Case, volume_ml: float, percent: float, printed: str | None) -> None:
    figures = StructureFigures(StructureId("s2"), -12.4, edge_mm=-2.44, volumes=(LevelVolume(0.0, volume_ml, percent),))
    (row,) = with_figures(case, figures).structure_figures
    assert row.volumes == (printed or "< 0.001 mL · < 0.001 %",)
    assert (row.coldest, row.edge, row.edge_pessimistic, row.treatment) == ("−12 °C", "−2.4 mm", "—", "—")


def test_structures_stand_nearest_first_and_far_ones_are_named(case: Case) -> None:
    near = StructureFigures(StructureId("s2"), 20.0, edge_mm=3.3, treatment_mm=5.2)
    far = StructureFigures(StructureId("s1"), 33.0, minimum_is_bound=True, edge_mm=33.6)
    band = (BandRow("s2", "Lung, right", "0 °C edge", "mm", -1.7, 3.3, 5.0),)
    model = with_figures(case, far, near, band=band)
    assert [(row.name, row.edge_pessimistic) for row in model.structure_figures] == [("Lung, right", "−1.7 mm")]
    assert model.far_structures == "Farther than 15 mm from the ice and not cold: Skin."
    close = with_figures(case, replace(far, edge_mm=9.0), near)
    assert [row.name for row in close.structure_figures] == ["Lung, right", "Skin"]
    assert close.structure_figures[1].coldest == "≥ 33 °C"
    assert close.far_structures == ""


def test_a_curve_of_next_to_nothing_is_not_drawn(case: Case) -> None:
    def drawn(percent: float) -> tuple[bool, str]:
        figures = StructureFigures(StructureId("s2"), 10.0, edge_mm=3.0, histogram=((10.0, 0.0), (20.0, percent)))
        (row,) = with_figures(case, figures).structure_figures
        return bool(row.histogram), row.histogram_top

    assert drawn(12.0) == (True, "12.0 % ≤ 20 °C")
    assert drawn(0.004) == (False, "")


def test_what_vessels_cost_stands_by_vessel_or_why_it_is_not_told(case: Case) -> None:
    sinks = (
        HeatSink(("s2",), "Lung, right", 1.72, 1.94, None, 0.92, 0.214, 0.0),
        HeatSink(("s1", "s2"), "All 2 together", 1.7, reason="thinner than 3 mm"),
    )
    model = case.build(tables=replace(case.tables, uncertainty=replace(a_range(case.plan.hash), heat_sinks=sinks)))
    one, both = model.heat_sinks
    assert (one.gap, one.edge_lost, one.treatment_lost, one.frozen_lost, one.treated_lost) == (
        "1.7 mm", "1.9 mm", "0.9 mm", "0.21 mL", "0",
    )  # fmt: skip
    assert one.swatch is not None
    assert (both.edge_lost, both.reason, both.swatch) == ("—", "thinner than 3 mm", None)
    assert model.heat_sinks_missing == ""


def test_without_a_range_heat_sinks_read_not_assessed_and_without_vessels_none(case: Case) -> None:
    assert case.build().heat_sinks_missing.startswith("NOT ASSESSED: ")
    ranged = case.build(tables=replace(case.tables, uncertainty=a_range(case.plan.hash)))
    assert ranged.heat_sinks_missing.startswith("No artery or vein")


def test_H_26_the_first_page_tells_what_the_range_does_to_the_verdicts(case: Case) -> None:
    model = case.build(tables=replace(case.tables, uncertainty=a_range(case.plan.hash)))
    told = [(note.label, note.verdict, *note.checks) for note in model.range_notes]
    assert told == [
        ("With the smallest ice", "FAIL", PrintedNoted("Nerve", "treated length at −20 °C", "8.0 mm")),
        ("With the largest ice", "CHECK", PrintedNoted("Skin", "0 °C edge", "7.2 mm")),
    ]
    assert case.build().range_notes[0].verdict == "NOT ASSESSED"
