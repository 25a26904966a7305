"""Does the report say how far the ice may be off, which case decides, and what was never computed?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from planner.domain.errors import ReportRefused
from planner.domain.identity import Sha256
from planner.domain.model_card import ValidatedCase
from planner.domain.uncertainty import CaseOutcome, IceCase, IsothermSize, PredictionRange, RangeRow
from planner.persistence.uncertainty import model_card
from planner.report.ranging import COMMAND

if TYPE_CHECKING:
    from conftest import Case


def a_range(plan_hash):
    """Three cases with sizes that are easy to tell apart, one coverage and two margins."""
    cases = tuple(
        CaseOutcome(
            case, Sha256("0" * 64), (IsothermSize(0.0, 2.0 * n, 10.0 * n), IsothermSize(-20.0, 1.0 * n, 5.5 * n))
        )
        for n, case in enumerate(IceCase, start=1)
    )
    rows = (
        RangeRow("Nerve", "treated length at −20 °C", "mm", 8.0, 21.0, 30.0, IceCase.SMALLEST, "≥ 10 mm", "FAIL"),
        RangeRow("Skin", "0 °C edge", "mm", 14.0, 11.0, 7.25, IceCase.LARGEST, "≥ 10 mm", "CHECK"),
        RangeRow("Lung", "0 °C edge", "mm", 4.0, 2.0, None, IceCase.LARGEST, "no limit", "NOT ASSESSED", "Cut."),
    )
    return PredictionRange(plan_hash, Sha256("1" * 64), 2.0, cases, rows, ("k: × 0.7 [ITIS5].",), ("Density: known.",))


def test_without_a_range_the_section_reads_not_assessed_and_names_the_command(case: Case) -> None:
    printed = case.build().range
    assert printed.missing_verdict == "NOT ASSESSED"
    assert COMMAND in printed.missing
    assert printed.ice == ()


def test_the_three_cases_stand_side_by_side(case: Case) -> None:
    tables = replace(case.tables, uncertainty=a_range(case.plan.hash))
    printed = case.build(tables=tables).range
    assert printed.missing == ""
    assert printed.cells == "2.0 mm"
    assert [row.level for row in printed.ice] == ["0 °C", "−20 °C"]
    assert printed.ice[0].volumes == ("2.0 mL", "4.0 mL", "6.0 mL")
    assert printed.ice[1].widths == ("5.5 mm", "11.0 mm", "16.5 mm")


def test_coverage_is_decided_by_the_smallest_ice_and_margins_by_the_largest(case: Case) -> None:
    tables = replace(case.tables, uncertainty=a_range(case.plan.hash))
    printed = case.build(tables=tables).range
    (coverage,) = printed.coverage
    assert coverage.values[coverage.decisive] == "8.0 mm"
    skin, lung = printed.margins
    assert skin.values[skin.decisive] == "7.2 mm"
    assert lung.values[lung.decisive] == "—"
    assert (lung.verdict, lung.reason) == ("NOT ASSESSED", "Cut.")


def test_H_26_a_check_that_is_no_margin_stands_in_the_table_and_on_the_first_page(case: Case) -> None:
    found = a_range(case.plan.hash)
    plexus = RangeRow("Plexus", "coldest", "°C", 11.0, 4.0, -2.9, IceCase.LARGEST, "≥ 0 °C", "FAIL")
    lung = RangeRow("Lung", "volume ≤ 0 °C", "mL", 0.0, 0.0, 0.004, IceCase.LARGEST, "≤ 0 mL", "CHECK", pass_limit=0.0)
    model = case.build(tables=replace(case.tables, uncertainty=replace(found, rows=(*found.rows, plexus, lung))))
    assert [row.item for row in model.range.margins if row.verdict == "FAIL"] == ["Plexus"]
    notes = {(note.label, note.verdict): [(c.item, c.value) for c in note.checks] for note in model.range_notes}
    assert notes["With the largest ice", "FAIL"] == [("Plexus", "−3 °C")]
    assert ("Lung", "0.004 mL") in notes["With the largest ice", "CHECK"]


def test_sources_of_the_ranges_are_cited(case: Case) -> None:
    tables = replace(case.tables, uncertainty=a_range(case.plan.hash))
    assert any(line.startswith("ITIS5:") for line in case.build(tables=tables).sources)


def test_H_50_a_range_of_another_plan_is_refused(case: Case) -> None:
    tables = replace(case.tables, uncertainty=a_range(Sha256("ab" * 32)))
    with pytest.raises(ReportRefused) as refusal:
        case.build(tables=tables)
    assert refusal.value.code == "report-range-hash"


def test_the_card_says_where_its_range_ends_and_where_this_prediction_leaves_it(case: Case) -> None:
    tables = replace(case.tables, card=model_card(), outside=("X: too long.",))
    card = case.build(tables=tables).card
    assert card is not None
    assert card.outside == ("X: too long.",)
    limits = {fact.label: fact.text for fact in card.limits}
    assert limits["Probe surface temperature"] == "−160 to −80 °C"
    assert "project default" in limits["Active zone"]
    assert any("BOVINE2021-L" in line for line in card.not_modelled)
    assert card.validated_by == "frostline bench validate"


def test_validation_is_summed_up_by_kind_and_only_what_is_not_met_is_listed(case: Case) -> None:
    rows = (
        ValidatedCase("A wall", "closed form", "front", "10 mm", "10.1 mm", "± 0.2 mm", 5, 5),
        ValidatedCase("B line", "closed form", "front", "10 mm", "10.4 mm", "± 0.2 mm", 3, 4, "", "Too few cells."),
        ValidatedCase("C gel", "experiment", "width", "not known", "12 mm", "—", 0, 0),
    )
    tables = replace(case.tables, card=replace(model_card(), validated=rows))
    card = case.build(tables=tables).card
    assert card is not None
    assert card.validation == "Closed form: 8 of 9 figures of 2 cases within tolerance."
    assert [(row.case, row.verdict, row.note) for row in card.not_met] == [("B line", "3 of 4", "Too few cells.")]
