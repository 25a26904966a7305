"""Does the card condense a case to its worst figure, and is the shipped page the one its tables make?"""

from __future__ import annotations

from planner.bench.model_card import PAGE, card_markdown, condensed, sensitivity_row
from planner.persistence.resources import resources_dir
from planner.persistence.uncertainty import model_card, uncertainty_ranges


def figure(case, quantity, expected, got, *, tolerance=0.15, verdict="MET", unit="mm"):
    return {
        "case": case,
        "quantity": quantity,
        "expected": expected,
        "got": got,
        "unit": unit,
        "tolerance": tolerance,
        "verdict": verdict,
        "note": "",
    }


def test_a_case_is_told_by_the_figure_farthest_off_for_its_tolerance():
    (row,) = condensed(
        [
            figure("AN-08", "front", 10.0, 10.1, tolerance=0.5),
            figure("AN-08", "−20 °C", 7.0, 7.14),
            figure("AN-08", "early", 5.0, 9.0, tolerance=None, verdict="INFORMATION"),
        ]
    )
    assert (row["quantity"], row["expected"], row["got"], row["tolerance"]) == (
        "−20 °C",
        "7 mm",
        "7.14 mm",
        "± 0.15 mm",
    )
    assert (row["met"], row["judged"]) == (2, 2)
    assert row["case"].startswith("AN-08 ")


def test_an_order_that_does_not_hold_is_never_hidden_behind_numbers():
    (row,) = condensed(
        [
            figure("EX-03", "width", 10.0, 10.1),
            figure("EX-03", "order", "a > b", "b > a", tolerance=None, verdict="NOT MET", unit=""),
        ]
    )
    assert (row["quantity"], row["met"], row["judged"]) == ("order", 1, 2)


def test_a_case_that_nothing_judges_says_so():
    (row,) = condensed([figure("BM-01", "width", 10.0, 10.4, tolerance=None, verdict="INFORMATION")])
    assert (row["judged"], row["tolerance"]) == (0, "—")


def test_what_is_not_met_says_why_and_words_carry_no_unit():
    missed = figure("EX-08", "width", "not known", 12.0, tolerance=None, verdict="NOT MET") | {
        "note": "No probe power."
    }
    (row,) = condensed([missed, figure("EX-08", "order", 1.0, 1.0)])
    assert (row["expected"], row["got"], row["note"]) == ("not known", "12 mm", "No probe power.")
    (met,) = condensed([figure("AN-08", "front", 10.0, 10.1, tolerance=0.5)])
    assert met["note"] == ""


def test_single_changes_are_told_by_the_one_farthest_off():
    row = sensitivity_row(
        [
            {"name": "base", "published": 12.6, "got": 12.5, "unit": "mm"},
            {"name": "a", "published": 10.0, "got": 9.5, "unit": "%"},
            {"name": "b", "published": -2.0, "got": 1.0, "unit": "%"},
        ]
    )
    assert (row["quantity"], row["met"], row["judged"], row["got"]) == ("b", 1, 2, "1 %")


def test_the_shipped_page_is_what_its_tables_make():
    page = (resources_dir() / PAGE).read_text(encoding="utf-8")
    assert page == card_markdown(model_card(), uncertainty_ranges())
