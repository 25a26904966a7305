"""Are probes typed in place, kept at once, compared as a ruler would, and is nothing typed lost by a refusal?"""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from planner.domain.procedure import Frame
from planner.services.case_plans import as_planned
from tests.ui.procedure_bench import P1_ENTRY, P1_TIP, P2_TIP, a_record, opened_page


@pytest.fixture
def opened(app, no_leaks, tmp_path):
    del app, no_leaks
    with opened_page(tmp_path) as open_with:
        yield open_with


@pytest.fixture
def hands(opened):
    return opened(a_record())


def column(row, name):
    return row.fields[["label", "model", "tip", "entry", "depth", "frame", "note"].index(name)]


def test_planned_values_stand_under_the_fields_and_nothing_is_filled_in(hands):
    first, second = hands.form.probes.rows
    assert first.texts == ("P1", "", "", "", "", "", "")
    under = [shown.whole_text() for shown in first._under]
    assert under == [
        "Planned", "Probe A", "R 60.0  P 260.0  F 570.0", "R 60.0  P 200.0  F 570.0", "60.0", "planning CT", "",
    ]  # fmt: skip
    assert hands.kept.probes == ()
    assert second.texts[0] == "P2"


def test_a_typed_tip_is_kept_and_its_deviation_is_told_by_hand(hands):
    """3 mm to the patient's left of the planned tip and 4 mm deeper: 5 mm off, 3 lateral, 4 deeper."""
    row = hands.form.probes.rows[0]
    hands.type(column(row, "model"), "Probe A")
    assert not column(row, "frame").isEnabled()
    assert column(row, "frame").toolTip() == "Type the tip or entry first"
    hands.type(column(row, "tip"), "R57 P264 F570")
    hands.choose(column(row, "frame"), Frame.PLANNING_CT.value)
    (used,) = hands.kept.probes
    assert used.tip_lps_mm == (-57.0, 264.0, -570.0)
    assert (used.label, used.planned_label, used.source, used.entry_lps_mm) == ("P1", "P1", "typed", None)
    assert row.remark.text() == "Tip 5.0 mm off: 3.0 mm lateral, 4.0 mm deeper; no entry recorded."
    hands.type(column(row, "entry"), "R 57 P 200 F 570")
    assert "turned by 0.0°" in row.remark.text()
    assert (hands.kept.probes[0].depth_mm, column(row, "depth").text()) == (64.0, "64")
    hands.type(column(row, "depth"), "63,5")
    assert hands.kept.probes[0].depth_mm == 63.5
    assert hands.last_label == "record probe P1"
    rows = hands.rows_of_table()
    assert ("Tip distance", "", "", "5.0 mm") in rows
    assert ("Lateral", "", "", "3.0 mm") in rows
    assert ("Along the shaft", "", "", "+4.0 mm") in rows
    assert ("Angle", "", "", "0.0°") in rows
    assert ("Depth from the skin", "60.0 mm", "63.5 mm", "+3.5 mm") in rows


def test_a_place_without_its_scan_is_refused_in_words_and_stays_typed(hands):
    row = hands.form.probes.rows[0]
    hands.type(column(row, "tip"), "R57 P264 F570")
    hands.type(hands.form.facts.rows[0].fields[1], "Dr B")
    assert not row.error.isHidden()
    assert row.error.text() == "P1: choose in which scan’s coordinates the place is told."
    assert column(row, "tip").text() == "R57 P264 F570"
    assert hands.kept.probes == ()
    hands.choose(column(row, "frame"), Frame.PROCEDURE_CT.value)
    assert hands.kept.probes[0].frame is Frame.PROCEDURE_CT
    assert row.error.isHidden()
    assert "not compared" in row.remark.text()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("57 264 570", "needs a letter before each of three numbers"),
        ("R-57 P264 F570", "write L 57"),
        ("R57 R264 F570", "says left or right twice"),
    ],
)
def test_what_is_no_place_is_refused_and_stays(hands, typed, said):
    row = hands.form.probes.rows[0]
    hands.type(column(row, "tip"), typed, key=None)
    assert column(row, "frame").isEnabled()
    QTest.keyClick(column(row, "tip"), Qt.Key.Key_Return)
    assert said in row.error.text()
    assert column(row, "tip").text() == typed
    assert hands.kept.probes == ()


def test_as_planned_takes_one_click_and_says_that_it_is(hands):
    hands.click(hands.form.probes.rows[1].verb)
    (used,) = hands.kept.probes
    assert (used.label, used.tip_lps_mm, used.depth_mm, used.source) == ("P2", P2_TIP, 40.0, "as planned")
    assert hands.last_label == "record probe P2 as planned"
    assert hands.form.probes.rows[1].verb.text() == "Exchange"
    assert "Place: as planned." in hands.form.probes.rows[1].remark.text()
    hands.click(hands.form.probes.all_as_planned)
    assert [one.label for one in hands.kept.probes] == ["P2", "P1"]
    assert not hands.form.probes.all_as_planned.isEnabled()


def test_a_place_typed_over_as_planned_is_typed_and_an_untouched_one_keeps_its_digits(opened):
    exact = (-60.04, 200.04, -570.04)
    record = a_record()
    used = replace(as_planned(record.planned.probes[0]), entry_lps_mm=exact)
    hands = opened(replace(record, probes=(used,)))
    row = hands.form.probes.rows[0]
    hands.type(column(row, "note"), "Second pass")
    assert hands.kept.probes[0].entry_lps_mm == exact
    assert hands.kept.probes[0].source == "as planned"
    hands.type(column(row, "tip"), "R 60 P 261 F 570")
    assert (hands.kept.probes[0].source, hands.kept.probes[0].entry_lps_mm) == ("typed", exact)


def test_a_probe_that_was_not_planned_is_added_by_keyboard(hands):
    probes = hands.form.probes
    probes.add.setFocus()
    QTest.keyClick(probes.add, Qt.Key.Key_Space)
    QTest.qWait(1)
    draft = probes.drafts[0]
    assert column(draft, "label").hasFocus()
    QTest.keyClicks(column(draft, "label"), "P3")
    QTest.keyClick(column(draft, "label"), Qt.Key.Key_Tab)
    QTest.qWait(1)
    assert hands.kept.probes[-1].label == "P3"
    assert hands.kept.probes[-1].planned_label == ""
    assert column(probes.rows[2], "model").hasFocus()
    QTest.keyClicks(column(probes.rows[2], "model"), "Probe Z")
    QTest.keyClick(column(probes.rows[2], "model"), Qt.Key.Key_Tab)
    QTest.qWait(1)
    assert hands.kept.probes[-1].model_name == "Probe Z"
    assert "Not planned." in probes.rows[2].remark.text()


def test_a_second_probe_of_the_same_name_is_refused_and_stays_typed(hands):
    hands.click(hands.form.probes.rows[0].verb)
    hands.click(hands.form.probes.add)
    draft = hands.form.probes.drafts[0]
    hands.type(column(draft, "label"), "P1")
    assert "P1 is there twice" in draft.error.text()
    assert column(draft, "label").text() == "P1"
    assert len(hands.kept.probes) == 1


def test_undo_takes_back_what_was_recorded_and_the_form_follows(hands):
    hands.click(hands.form.probes.rows[0].verb)
    assert hands.form.probes.rows[0].texts[4] == "60"
    hands.case_desk.undo()
    QTest.qWait(1)
    assert hands.kept.probes == ()
    assert hands.form.probes.rows[0].texts == ("P1", "", "", "", "", "", "")


def test_what_is_typed_survives_an_undo_of_something_else(hands):
    hands.click(hands.form.probes.rows[1].verb)
    row = hands.form.probes.rows[0]
    hands.type(column(row, "tip"), "R57 P264", key=None)
    hands.case_desk.undo()
    QTest.qWait(1)
    assert hands.kept.probes == ()
    assert column(row, "tip").text() == "R57 P264"


def test_removing_a_recorded_probe_leaves_the_planned_row(hands):
    hands.click(hands.form.probes.rows[0].verb)
    hands.click(hands.form.probes.rows[0].delete)
    assert hands.kept.probes == ()
    assert hands.last_label == "remove what was recorded of probe P1"
    assert len(hands.form.probes.rows) == 2


def test_a_depth_that_does_not_fit_entry_and_tip_is_told(hands):
    row = hands.form.probes.rows[0]
    hands.click(row.verb)
    hands.type(column(row, "depth"), "65")
    assert hands.kept.probes[0].depth_mm == 65
    assert "Depth as read 65.0 mm: 5.0 mm more than entry to tip, 60.0 mm." in row.remark.text()
    assert hands.kept.probes[0].entry_lps_mm == P1_ENTRY
    assert hands.kept.probes[0].tip_lps_mm == P1_TIP


def test_the_depth_of_a_probe_as_planned_goes_with_a_tip_typed_over_it(hands):
    """Entry at P 200; the tip typed 6 mm behind the planned P 260: 66 mm from entry to tip, not 60."""
    row = hands.form.probes.rows[0]
    hands.click(row.verb)
    assert column(row, "depth").text() == "60"
    hands.type(column(row, "tip"), "R 60 P 266 F 570")
    (used,) = hands.kept.probes
    assert (used.depth_mm, used.source, used.is_depth_of_place) == (66.0, "typed", True)
    assert column(row, "depth").text() == "66"
    assert "Depth: entry to tip." in row.remark.text()
    assert ("Depth from the skin", "60.0 mm", "66.0 mm", "+6.0 mm") in hands.rows_of_table()
    hands.type(column(row, "entry"), "")
    assert (hands.kept.probes[0].depth_mm, column(row, "depth").text()) == (None, "")


def test_a_depth_that_was_read_stays_when_the_place_is_typed_anew_and_the_difference_is_told(hands):
    """Read 65 mm; entry to tip then 66 mm: 1 mm less. Its field emptied, the depth goes with the place again."""
    row = hands.form.probes.rows[0]
    hands.type(column(row, "depth"), "65")
    hands.type(column(row, "entry"), "R 60 P 200 F 570")
    hands.choose(column(row, "frame"), Frame.PLANNING_CT.value)
    hands.type(column(row, "tip"), "R 60 P 266 F 570")
    (used,) = hands.kept.probes
    assert (used.depth_mm, used.is_depth_of_place) == (65.0, False)
    assert "Depth as read 65.0 mm: 1.0 mm less than entry to tip, 66.0 mm." in row.remark.text()
    hands.type(column(row, "depth"), "")
    assert (hands.kept.probes[0].depth_mm, column(row, "depth").text()) == (66.0, "66")


def test_a_probe_exchanged_for_another_is_recorded_beside_it(hands):
    """P1 as planned, then another in its place 5 mm off: both are in the table, the record and the library's file."""
    first = hands.form.probes.rows[0]
    hands.type(column(hands.form.probes.rows[1], "tip"), "R57 P264", key=None)
    hands.click(first.verb)
    assert (first.verb.text(), first.verb.isVisible()) == ("Exchange", True)
    hands.click(first.verb)
    assert hands.last_label == "exchange probe P1"
    other = hands.form.probes.rows[2]
    assert column(other, "model").hasFocus()
    assert column(hands.form.probes.rows[1], "tip").text() == "R57 P264"
    assert other._under[2].whole_text() == "R 60.0  P 260.0  F 570.0"
    hands.type(column(other, "model"), "Probe B")
    hands.type(column(other, "tip"), "R57 P264 F570")
    hands.choose(column(other, "frame"), Frame.PLANNING_CT.value)
    kept = [(one["label"], one["planned_label"], one["model_name"]) for one in hands.raw["probes"]]
    assert kept == [("P1", "P1", "Probe A"), ("P1b", "P1", "Probe B")]
    assert other.remark.text().startswith("Probe 2 used for P1. Tip 5.0 mm off: 3.0 mm lateral, 4.0 mm deeper;")
    assert not first.verb.isVisible()
    assert other.verb.isVisible()
    rows = hands.rows_of_table()
    assert ("P1b for P1", "", "", "") in rows
    assert ("Tip distance", "", "", "0.0 mm") in rows
    assert ("Tip distance", "", "", "5.0 mm") in rows
    hands.click(other.delete)
    assert [one.label for one in hands.kept.probes] == ["P1"]
