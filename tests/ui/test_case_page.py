"""Is a case one page with head, rail and four pages, worked by mouse and keyboard, and is the plan one click away?"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from planner.services.case_commands import NameCase
from planner.ui.case.case_steps import CaseStep
from planner.ui.preferences import RECORDED_BY
from tests.ui.case_bench import a_case, a_plan, add_case
from tests.ui.real_hands import CTRL, Keyboard, click, type_into


def test_an_opened_case_shows_its_name_state_and_four_pages(window):
    case = add_case(window, a_case())
    assert window.case.isVisible()
    assert window.case.head.problem.whole_text() == case.problem
    assert case.pseudonym in window.case.head.patient.whole_text()
    assert [window.case.rail.list.model().index(n, 0).data() for n in range(4)] == [
        "Intake",
        "Plans",
        "Procedure",
        "Follow-up",
    ]


def test_the_rail_is_walked_by_keyboard(window):
    add_case(window, a_case())
    window.case.rail.list.setFocus()
    for step in list(CaseStep)[1:]:
        QTest.keyClick(window.case.rail.list, Qt.Key.Key_Down)
        assert window.case.rail.current is step
        assert window.case.pages[step].isVisible()


def test_ctrl_z_takes_the_last_edit_of_the_case_back_and_says_so(window):
    case = add_case(window, a_case())
    window.case_desk.apply(NameCase("Another problem"))
    QTest.qWait(1)
    assert window.case.head.problem.whole_text() == "Another problem"
    Keyboard(window).press(Qt.Key.Key_Z, CTRL)
    QTest.qWait(1)
    assert window.case.head.problem.whole_text() == case.problem
    assert window.case_desk.library.read(case.id)[0].problem == case.problem


def test_a_page_is_made_when_it_is_looked_at_and_shows_the_case_that_is_open(window):
    add_case(window, a_case())
    assert list(window.case.pages) == [CaseStep.INTAKE]
    window.case.go_to(CaseStep.FOLLOW_UP)
    assert list(window.case.pages) == [CaseStep.INTAKE, CaseStep.FOLLOW_UP]
    second = add_case(window, a_case(2, plans=(a_plan(),)))
    window.case.go_to(CaseStep.PLANS)
    assert [plan.name for plan in second.plans] == [window.case.plans.list.model().index(0, 0).data()]
    assert CaseStep.PROCEDURE not in window.case.pages


def test_what_is_typed_into_a_page_made_late_outlives_an_edit_elsewhere(window):
    add_case(window, a_case())
    window.case_desk.set_who("A. Bell")
    QTest.qWait(1)
    keys = Keyboard(window)
    window.case.show_item("diagnosis")
    keys.write("neur")
    window.case_desk.apply(NameCase("Another problem"))
    QTest.qWait(1)
    assert window.case.intake.rows["diagnosis"].field.words == "neur"


def test_who_recorded_last_is_remembered_on_this_computer_and_forgotten_when_emptied(window):
    add_case(window, a_case())
    assert window.case_desk.desk.who == ""
    type_into(window.case.head.who, "A. Bell")
    assert window.desk.preferences.text(RECORDED_BY) == ""  # nothing carries it yet
    window.case_desk.apply(NameCase("Another problem"))
    assert window.desk.preferences.text(RECORDED_BY) == "A. Bell"
    window.desk.who = ""  # as at the next start
    second = add_case(window, a_case(2))
    assert window.desk.who == window.case.head.who.text() == "A. Bell"
    click(window.case.head.who)
    window.case.head.who.selectAll()
    Keyboard(window).press(Qt.Key.Key_Delete)
    Keyboard(window).press(Qt.Key.Key_Return)
    assert window.desk.preferences.text(RECORDED_BY) == ""
    window.desk.who = ""
    assert window.case_desk.open(second.id)
    assert window.desk.who == ""
