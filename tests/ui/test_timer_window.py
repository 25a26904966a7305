"""Is the timer opened from the procedure over everything of the case, and are its keys its own in the real window?"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from planner.domain.identity import ProcedureId
from planner.ui.case.case_steps import CaseStep
from planner.ui.case.timer_page import TimerPage
from tests.ui.case_bench import a_case, add_case
from tests.unit.casebook.freeze_case import FREEZE, TWO_FREEZES, procedure

PROCEDURE = ProcedureId("r1")


def timer_in(window) -> TimerPage:
    """Add a case with a procedure, and ask for its timer on the procedure's page."""
    add_case(window, a_case(procedures=(replace(procedure(TWO_FREEZES), id=PROCEDURE),)))
    window.case.go_to(CaseStep.PROCEDURE)
    QTest.mouseClick(window.case.procedure.head.timer, Qt.MouseButton.LeftButton)
    page = window.case.findChild(TimerPage)
    assert page.isVisible()
    return page


def kept(window):
    case = window.case_desk.case
    return window.case_desk.library.read(case.id)[0].procedure(PROCEDURE)


def press(window, key, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(window.focusWidget() or window, key, modifiers)


def test_the_timer_is_over_the_whole_case_and_leads_back(window):
    page = timer_in(window)
    assert page.width() == window.case.width()
    assert not window.case.rail.isVisible()
    assert not window.case.head.isVisible()
    QTest.mouseClick(page.keys.primary, Qt.MouseButton.LeftButton)
    assert kept(window).running.kind is FREEZE
    QTest.mouseClick(page.others.back, Qt.MouseButton.LeftButton)
    assert window.case.rail.isVisible()
    assert window.case.pages[CaseStep.PROCEDURE].isVisible()
    # The freeze goes on meanwhile, and is on the screen when the timer is asked for again.
    assert window.case.procedure.head.timer.text() == "Timer: freeze runs"
    QTest.mouseClick(window.case.procedure.head.timer, Qt.MouseButton.LeftButton)
    assert page.isVisible()
    assert page.faces.lanes[0].face.words.name == "Freeze 1 of 2"


def test_its_keys_are_not_taken_by_the_window_and_the_clock_of_the_computer_goes_on(window, qtbot):
    page = timer_in(window)
    press(window, Qt.Key.Key_Space)
    assert len(kept(window).phases) == 1
    qtbot.waitUntil(lambda: page.faces.lanes[0].face.words.figures[0].text != "0:00", timeout=20_000)
    press(window, Qt.Key.Key_S)
    assert kept(window).running is not None
    QTest.qWait(800)  # a second press sooner is a glove's
    press(window, Qt.Key.Key_S)
    assert kept(window).running is None
    press(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert kept(window).running is not None
    press(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert kept(window).phases == ()
    press(window, Qt.Key.Key_Escape)
    assert not page.isVisible()


def test_in_the_smallest_window_everything_of_it_is_in_sight(window):
    window.resize(1366, 768)
    page = timer_in(window)
    QTest.qWait(1)
    assert window.size().toTuple() == (1366, 768)
    for button in (page.keys.primary, page.others.correct, page.others.back):
        corner = button.mapTo(window, button.rect().bottomRight())
        assert window.rect().contains(corner)
        assert button.height() >= 72
    assert page.faces.lanes[0].face.digits_px >= 120
