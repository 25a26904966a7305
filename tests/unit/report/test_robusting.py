"""Does the report say in how many draws the plan holds, what fails first, and that nobody looked where nobody did?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from planner.domain.errors import ReportRefused
from planner.domain.identity import Sha256
from planner.domain.robustness import Share
from planner.domain.rule import Verdict
from planner.persistence.technique_table import robustness_table
from planner.report.catalogue import catalogue
from planner.report.figure import FigureKind
from planner.report.pdf import render_pdf
from planner.report.robusting import COMMAND, MOST_LIMITS, printed_robustness, robustness_notes
from planner.report.translated import translated_by
from planner.services.robustness_figures import robustness_figures
from tests.drawn_plan import drawn

if TYPE_CHECKING:
    from conftest import Case


def with_draws(case: Case, **changes: object):
    told = replace(drawn(case.plan), **changes)
    return replace(case.tables, robustness=told, robustness_table=robustness_table())


def test_without_draws_the_section_reads_not_assessed_and_names_the_command(case: Case) -> None:
    model = case.build()
    assert model.robustness.missing_verdict == "NOT ASSESSED"
    assert COMMAND in model.robustness.missing
    assert not any(note.label == "Robustness" for note in model.range_notes)


def test_share_interval_technique_source_and_limits_of_the_verdict_are_told(case: Case) -> None:
    printed = case.build(tables=with_draws(case)).robustness
    facts = {fact.label: fact.text for fact in printed.facts}
    assert printed.verdict == "FAIL"
    assert facts["All limits hold"] == "70.0 % of 10 draws (95 % interval 39.7 % to 89.2 %, Wilson)"
    assert facts["Judged"] == "PASS from 95 %, CHECK from 80 %, FAIL below (project default)"
    assert facts["Technique"] == "Freehand, in plane"
    assert facts["Error of placement"] == "6.2 ± 2.7 mm, across the planned axis at the tip (ROBOT-RCT)"
    assert facts["Not assessed"] == "none of the draws"
    assert "seed 7" in facts["Draws"]
    assert "project default" in facts["Along the shaft, and at the entry"]


def test_the_source_of_the_technique_is_in_the_list_of_sources(case: Case) -> None:
    assert any("ROBOT-RCT" in source for source in case.build(tables=with_draws(case)).sources)


def test_what_fails_first_and_each_limit_with_its_counts(case: Case) -> None:
    printed = case.build(tables=with_draws(case)).robustness
    first, most = printed.failing
    assert (first.item, first.quantity, first.text) == ("Skin", "0 °C edge", "from a tip error of 2.5 mm on")
    assert (most.item, most.text) == ("Skin", "in 20.0 % of the draws")
    skin, nerve = printed.limits
    assert (skin.share, skin.first, skin.planned, skin.worst, skin.verdict) == (
        "20.0 %",
        "2.5 mm",
        "12.0 mm",
        "4.0 mm",
        "FAIL",
    )
    assert nerve.item == "Intercostal nerve T8"
    assert printed.rest == "The other 1 limits pass in every draw."


def test_coverage_stands_at_every_percentile(case: Case) -> None:
    printed = case.build(tables=with_draws(case)).robustness
    (coverage,) = printed.coverages
    assert printed.percentiles == ("5 %", "25 %", "50 %", "75 %", "95 %")
    assert coverage.covered == ("12.0 %", "50.0 %", "90.0 %", "100.0 %", "100.0 %")
    assert coverage.treated[0] == "2.4 mm"


def test_a_coverage_that_no_draw_told_is_not_assessed(case: Case) -> None:
    told = drawn(case.plan)
    untold = replace(told.coverages[0], told=0, covered_percent=(), treated_mm=())
    (coverage,) = printed_robustness(replace(told, coverages=(untold,)), robustness_table()).coverages
    assert coverage.covered == ()
    assert coverage.reason.startswith("NOT ASSESSED")


@pytest.mark.parametrize(
    ("share", "words"),
    [(94.96, "94.96 %"), (79.97, "79.97 %"), (99.96, "99.96 %"), (95.0, "95.0 %"), (0.04, "0.04 %")],
)
def test_a_share_never_seems_to_reach_a_limit_that_it_does_not_reach(case: Case, share: float, words: str) -> None:
    told = replace(drawn(case.plan), held=Share(1, 10, share, 0.0, 100.0))
    (note,) = robustness_notes(told)
    assert f" {words} of 10 draws" in note.text


def test_more_limits_than_there_is_room_for_are_counted(case: Case) -> None:
    told = drawn(case.plan)
    printed = printed_robustness(replace(told, limits=told.limits[:1] * (MOST_LIMITS + 3)), robustness_table())
    assert len(printed.limits) == MOST_LIMITS
    assert printed.rest.startswith("3 more limits")


def test_draws_of_another_state_of_the_plan_are_refused(case: Case) -> None:
    with pytest.raises(ReportRefused, match="another state of the plan"):
        case.build(tables=with_draws(case, plan_hash=Sha256("d" * 64)))


def test_the_first_page_says_the_share_and_its_verdict(case: Case) -> None:
    note = next(n for n in case.build(tables=with_draws(case)).range_notes if n.label == "Robustness")
    assert note.verdict == "FAIL"
    assert "70.0 % of 10 draws" in note.text


def test_the_curve_along_the_nerve_has_its_section_and_the_page_can_be_set(case: Case) -> None:
    tables = with_draws(case)
    (figure,) = robustness_figures(tables.robustness)
    assert figure.kind is FigureKind.ROBUSTNESS
    assert "at least 50 %" in figure.caption
    assert robustness_figures(None) == ()
    pdf = render_pdf(case.build(tables=tables), (figure,))
    assert pdf.startswith(b"%PDF")


def test_all_of_it_has_its_german_for_every_technique(case: Case) -> None:
    german = catalogue("de")
    german.missing.clear()
    known = set()
    translated_by(german, case.build())
    known |= german.missing
    told = drawn(case.plan)
    for technique in robustness_table().techniques:
        for is_tissue in (False, True):
            changes = {"technique": technique, "is_tissue_drawn": is_tissue, "left_out": ()}
            model = translated_by(german, case.build(tables=with_draws(case, **changes)))
            german.text(robustness_figures(replace(told, **changes))[0].caption)
    assert sorted(german.missing - known) == []
    skin = next(row for row in model.robustness.limits if row.verdict == Verdict.FAIL.value)
    assert skin.item == "Skin"  # a name stays
    assert {fact.label for fact in model.robustness.facts} >= {"Technik", "Ziehungen"}
