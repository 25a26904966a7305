"""Is a block, or the word for none, taken over between intake and plan by one press, and never by itself?"""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from planner.domain.intake import Answer, IntakeAnswer
from planner.domain.target import DiagnosticBlock
from planner.persistence import intake_template
from planner.services.case_commands import AnswerItem
from planner.ui.case.case_steps import CaseStep
from planner.ui.steps import WorkStep
from tests.ui.case_bench import a_case, a_plan, add_case
from tests.ui.conftest import SmallCase
from tests.ui.intake_bench import close_window, kept, page_window, said, without_block
from tests.ui.real_hands import CTRL, Keyboard, button, click, has_button, named, scroll_to, type_into

Key = Qt.Key


@pytest.fixture(autouse=True)
def site_file(tmp_path, monkeypatch):
    path = tmp_path / "intake.json"
    monkeypatch.setattr(intake_template, "site_intake_file", lambda: path)
    return path


@pytest.fixture
def window(app, no_leaks, runner, tmp_path):
    """A window with the page alone."""
    del app, no_leaks
    made = page_window(runner, tmp_path)
    yield made
    close_window(made)


@pytest.fixture
def both(window, case):
    """A case that the open plan is in, on show."""
    window.desk.open(case.session, case.shared)
    plan = case.session.plan
    add_case(window, a_case(plans=(a_plan(plan_id=plan.id, targets=(plan.targets[0].words,)),)))
    window.case_desk.set_who("Dr A")
    QApplication.processEvents()
    return window, window.page


def test_the_plans_block_is_taken_over_by_one_press(both):
    window, page = both
    row = page.rows["block"]
    assert "2025-11-03, lidocaine, 80 % relief, for 4 h" in said(row)
    scroll_to(row)
    click(button(row, "Take over"))
    assert kept(window)["block"]["block"] == {
        "day": "2025-11-03",
        "agent": "lidocaine",
        "relief_percent": 80.0,
        "lasted": "4 h",
    }
    assert not has_button(row, "Take over")


def test_the_intakes_block_is_put_into_the_plan_by_one_press(both):
    window, page = both
    without_block(window)
    row = page.rows["block"]
    scroll_to(row)
    click(button(row, "Yes"))
    QTest.qWait(1)
    type_into(named(row, "Day of the block", QLineEdit), "2026-02-02")
    assert window.desk.session.plan.targets[0].block is None
    scroll_to(row)
    click(button(row, "Put into the plan"))
    assert window.desk.session.plan.targets[0].block == DiagnosticBlock("2026-02-02")


def test_the_word_for_no_block_is_given_to_the_plan_by_one_press_with_its_name(both):
    window, page = both
    without_block(window)
    row = page.rows["block"]
    scroll_to(row)
    click(button(row, "No"))
    QTest.qWait(1)
    keys = Keyboard(window)
    keys.write("second session")
    keys.press(Key.Key_Return)
    assert window.desk.session.plan.acknowledgements == ()
    scroll_to(row)
    click(button(row, "Acknowledge in the plan"))
    (given,) = window.desk.session.plan.acknowledgements
    assert (given.who, given.reason, given.finding_code) == ("Dr A", "second session", "block-not-recorded")


def test_in_the_program_the_name_goes_to_the_head_and_ready_is_said_there(bench):
    """The one test here in the whole window: the page among its neighbours."""
    planned, small = bench, SmallCase(bench.desk.blobs)
    planned.desk.open(small.session, small.shared)
    plan = planned.desk.session.plan
    add_case(planned, a_case(plans=(a_plan(plan_id=plan.id),)))
    QTest.qWait(1)
    page, keys = planned.case.pages[CaseStep.INTAKE], Keyboard(planned)
    page.show_item("block")
    without_block(planned)
    QTest.qWait(80)
    assert "NOT READY" in said(planned.case.head)
    keys.press(Key.Key_N)
    QTest.qWait(1)
    keys.write("second session")
    keys.press(Key.Key_Return)
    QTest.qWait(1)
    keys.write("Dr B")
    keys.press(Key.Key_Return)
    QTest.qWait(80)
    assert kept(planned)["block"]["who"] == planned.case.head.who.text() == "Dr B"
    assert "NOT READY" not in said(planned.case.head)
    assert "READY" in said(planned.case.head)
    keys.press(Key.Key_Z, CTRL)
    assert kept(planned) == {}


def test_the_targets_form_takes_over_what_the_intake_says_by_one_press(bench):
    small = SmallCase(bench.desk.blobs)
    bench.desk.open(small.session, small.shared)
    plan = small.session.plan
    add_case(bench, a_case(plans=(a_plan(plan_id=plan.id),)))
    bench.case_desk.set_who("Dr A")
    page = bench.case.pages[CaseStep.INTAKE]
    without_block(bench)
    for answer, what in ((Answer.NO, "second session"), (Answer.YES, None)):
        item = page.rows["block"].item
        block = None if what else DiagnosticBlock("2026-02-02", "lidocaine")
        bench.case_desk.apply(
            AnswerItem(
                IntakeAnswer(
                    "block", item.question, item.kind, answer, "Dr A", bench.case_desk.now(), what or "", block=block
                ),
                "test",
            )
        )
        bench.show_plan()
        bench.go_to_step(WorkStep.TARGET)
        QTest.qWait(80)
        section = bench.plan.target.editor.block
        scroll_to(section)
        assert "Intake of FL-TEST-001: " in said(section)
        offered = button(section, "Acknowledge here too" if what else "Take over")
        if section.answers:  # it stands before the question, which it answers
            assert offered.mapTo(section, QPoint()).y() < section.answers[0].y()
        click(offered)
        QTest.qWait(80)
    (given,) = bench.desk.session.plan.acknowledgements
    assert (given.who, given.reason) == ("Dr A", "second session")
    assert bench.desk.session.plan.targets[0].block == DiagnosticBlock("2026-02-02", "lidocaine")
    assert "Intake of" not in said(bench.plan.target.editor.block)
