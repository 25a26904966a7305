"""Is a case one page with head, rail and four pages, worked by mouse and keyboard, and is the plan one click away?"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from planner.services.case_commands import NameCase
from planner.ui.case.case_steps import CaseStep
from tests.ui.case_bench import a_case, add_case
from tests.ui.real_hands import CTRL, Keyboard


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
