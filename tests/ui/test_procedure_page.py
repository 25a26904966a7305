"""Does a record begin from the right plan, is it laid beside it, and is nothing lost on the way to another record?"""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from planner.domain.identity import PatientIdentity
from planner.domain.procedure import Frame, MeasuredIce, UsedProbe
from planner.persistence.planfile import PlanFile, Step, StepKind
from planner.services.case_plans import as_planned, case_plan
from tests.ui.case_bench import AT, a_plan
from tests.ui.procedure_bench import P1_TIP, a_plan_record, a_record, opened_page
from tests.unit.services.figure_case import a_case as a_pictured_case

_CELL_PADDING_PX = 16


@pytest.fixture
def opened(app, no_leaks, tmp_path):
    del app, no_leaks
    with opened_page(tmp_path) as open_with:
        yield open_with


# --- beginning -------------------------------------------------------------------------------------------------------


def test_without_a_plan_one_button_begins_a_record_that_says_nothing_as_done(opened):
    hands = opened(plans=())
    assert hands.page.currentWidget() is hands.page.empty
    hands.click(hands.page.empty.button)
    assert hands.page.currentWidget() is not hands.page.empty
    record = hands.kept
    assert (record.planned, record.probes, record.phases, record.scans) == (None, (), (), ())
    assert hands.form._planned.text() == "Without a plan."
    assert hands.form.probes.rows == []


def test_a_record_begins_from_the_plan_of_a_file_without_a_prediction(opened, tmp_path, qtbot):
    plan = replace(a_pictured_case(count=2).plan, case_kind="training")
    path = tmp_path / "ball.frostline"
    step = Step(StepKind.START, "", "program", AT, plan)
    PlanFile.create(path, step, identity=PatientIdentity(), source_folder="").close()
    hands = opened(plans=(case_plan(plan, path, at=AT),))
    hands.click(hands.page.empty.button)
    qtbot.waitUntil(lambda: hands.page.procedure is not None)
    planned = hands.kept.planned
    assert (planned.plan_name, planned.case_kind, planned.ice_long_mm) == ("Ball of ice", "training", None)
    assert [one.label for one in planned.probes] == ["P1", "P2"]
    assert planned.probes[0].tip_lps_mm == plan.probes[0].tip_lps_mm
    assert hands.kept.probes == ()
    assert hands.form._predicted.text() == "No prediction when the record began."
    assert hands.raw["planned"]["plan_id"] == plan.id


def test_a_plan_whose_file_is_gone_is_refused_in_words_and_nothing_begins(opened, qtbot):
    hands = opened(plans=(a_plan(path="/nowhere/gone.frostline"),))
    notices = []
    hands.desk.noticed.connect(notices.append)
    hands.click(hands.page.empty.button)
    qtbot.waitUntil(lambda: bool(notices))
    assert "gone.frostline" in notices[0].sentence
    assert hands.page.procedure is None


def test_another_record_is_begun_from_the_menu_and_the_first_keeps_what_is_typed(opened):
    hands = opened(a_record())
    row = hands.form.probes.rows[0]
    hands.type(row.fields[2], "R57 P264 F570", key=None)
    first = hands.page.procedure.id
    hands.page.start.begin(None)
    QTest.qWait(1)
    assert hands.page.procedure.id != first
    assert hands.page.head.choice.count() == 2
    hands.page.show_procedure(first)
    assert hands.form.probes.rows[0].fields[2].text() == "R57 P264 F570"
    assert hands.form.probes.rows[0].error.text().startswith("P1: choose in which scan")


# --- beside the plan -------------------------------------------------------------------------------------------------


def test_planned_and_done_are_in_sight_together_on_a_wide_window_and_by_turns_on_a_narrow_one(opened):
    hands = opened(a_record())
    assert hands.page.table.isVisible()
    assert hands.form.isVisible()
    assert hands.page.head.table.isHidden()
    hands.window.resize(1158, 600)
    QTest.qWait(1)
    assert (hands.form.isVisible(), hands.page.table.isVisible()) == (True, False)
    hands.click(hands.page.head.table)
    assert (hands.form.isVisible(), hands.page.table.isVisible()) == (False, True)
    hands.click(hands.page.head.record)
    assert hands.form.isVisible()


def test_the_table_is_walked_by_keys_and_says_why_something_is_missing(opened):
    hands = opened(a_record())
    table = hands.page.table
    rows = hands.rows_of_table()
    assert rows[0] == ("Probes", "", "", "")
    assert rows[1] == ("Probes", "2", "Not recorded.", "Not recorded.")
    assert rows[2] == ("P1", "", "", "")
    assert rows[3][3] == "Not recorded."
    table.setFocus()
    table.selectRow(0)
    for _ in range(3):
        QTest.keyClick(table, Qt.Key.Key_Down)
    assert table.currentIndex().row() == 3
    assert hands.page.reason.text() == "Not recorded."
    spoken = table.model().index(3, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "P1, Model: planned Probe A, done —, difference —. Not recorded."


def test_what_is_not_recorded_is_named(opened):
    hands = opened(a_record())
    assert hands.page.gaps.text() == (
        "Not recorded yet: Probe P1: whether and where it was used; Probe P2: whether and where it was used; Freeze "
        "and thaw times; Scans and dose; Sedation; Complications, or that there were none; Ice as measured; Technical "
        "success."
    )
    hands.click(hands.form.probes.all_as_planned)
    hands.click(hands.form.complications.none)
    assert "Probe" not in hands.page.gaps.text()
    assert "Complications" not in hands.page.gaps.text()


def test_a_plan_edited_afterwards_is_told_and_what_was_planned_stays(opened):
    hands = opened(a_record(), plans=(a_plan(plan_hash="1" * 64),))
    assert "The plan was edited after this record began" in hands.form._planned.text()
    assert hands.kept.planned == a_plan_record()


# --- deeds -----------------------------------------------------------------------------------------------------------


def test_the_timer_is_asked_for_its_record_and_what_is_typed_is_kept_first(opened):
    hands = opened(a_record())
    asked = []
    hands.page.timer_asked.connect(asked.append)
    hands.type(hands.form.facts.rows[0].fields[1], "Dr B", key=None)
    hands.page.head.timer.setFocus()
    QTest.keyClick(hands.page.head.timer, Qt.Key.Key_Space)
    assert asked == [hands.page.procedure.id]
    assert hands.kept.operator == "Dr B"


def test_a_record_is_removed_and_undo_brings_it_back_whole(opened):
    record = a_record()
    record = replace(record, probes=(as_planned(record.planned.probes[0]),))
    hands = opened(record)
    hands.page.head.menu.actions()[0].trigger()
    QTest.qWait(1)
    assert hands.page.currentWidget() is hands.page.empty
    hands.case_desk.undo()
    QTest.qWait(1)
    assert hands.kept == record
    assert hands.kept.probes[0].tip_lps_mm == P1_TIP


def test_another_window_edited_the_case_and_what_is_typed_here_stays(opened):
    """The library holds a newer case: the edit is refused, and the text is still in the field (H-37)."""
    hands = opened(a_record())
    library = hands.case_desk.library
    case, number = library.read(hands.case_id)
    library.keep(replace(case, note="elsewhere"), after=number, label="name the case", at=AT)
    row = hands.form.facts.rows[0]
    hands.type(row.fields[1], "Dr B", key=Qt.Key.Key_Return)
    assert row.fields[1].text() == "Dr B"
    assert not row.error.isHidden()
    assert hands.kept.operator == ""
    hands.case_desk.open_case.read_anew()
    QTest.qWait(1)
    assert row.fields[1].text() == "Dr B"
    QTest.keyClick(row.fields[1], Qt.Key.Key_Return)
    QTest.qWait(1)
    assert hands.kept.operator == "Dr B"


def test_nothing_in_the_table_is_cut_off_where_it_stands_beside_the_record(opened):
    """A tip told in another scan, ice measured without a prediction, long names: each is read whole, by its width."""
    planned = replace(a_plan_record(ice_long_mm=None, ice_short_mm=None))
    first = replace(planned.probes[0], model_name="ProSense 10G cryoprobe (elliptical/spherical ice)")
    planned = replace(planned, probes=(first, planned.probes[1]))
    elsewhere = UsedProbe("P1", "2.4 mm percutaneous (PERC-24 / PCS-24 class)", "P1", P1_TIP, frame=Frame.PROCEDURE_CT)
    hands = opened(a_record(planned=planned, probes=(elsewhere,), ice=MeasuredIce(31, 22, "series 5")))
    hands.window.resize(1712, 900)
    QTest.qWait(1)
    table = hands.page.table
    rows = hands.rows_of_table()
    assert ("Longest axis", "—", "31.0 mm", "No prediction") in rows
    assert rows[3:5] == [
        ("Planned: ProSense 10G cryoprobe (elliptical/spherical ice)", "", "", ""),
        ("Used: 2.4 mm percutaneous (PERC-24 / PCS-24 class)", "", "", "other"),
    ]
    model, metrics = table.model(), table.fontMetrics()
    for row in range(model.rowCount()):
        for column in range(4):
            at = model.index(row, column)
            is_covered = any(
                table.columnSpan(row, before) > column - before and before < column for before in range(column)
            )
            if not is_covered and at.data():
                assert metrics.horizontalAdvance(at.data()) + _CELL_PADDING_PX <= table.visualRect(at).width(), (
                    at.data()
                )
