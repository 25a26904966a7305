"""Which timer do its tests press? The page in a window of its own, on a real library, with a clock moved by hand.

Only the desk is a stand-in: it notes what is said and refused. The main window around the page has tests of its own.
"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest

from planner.casebook.freeze_clock import timer_state
from planner.casebook.freeze_presses import pressed
from planner.casebook.library import CaseLibrary
from planner.domain.errors import PlannerError
from planner.domain.identity import ProcedureId
from planner.ui.case.case_desk import CaseDesk
from planner.ui.case.timer_page import TimerPage
from planner.ui.preferences import Preferences
from tests.ui.case_bench import AT, a_case
from tests.unit.casebook.freeze_case import HandClock, procedure

PROCEDURE = ProcedureId("r1")


class NotingDesk:
    """Notes what a desk is told."""

    def __init__(self, settings) -> None:
        self.who, self.preferences = "A. Nurse", Preferences(settings)
        self.said, self.refused = [], []

    def say(self, sentence) -> None:
        self.said.append(sentence)

    def refuse(self, error) -> None:
        self.refused.append(str(error))

    def notice(self, notice) -> None:
        self.refused.append(notice.sentence)

    def unnotice(self, word) -> None:
        self.said.append(word)

    def attempt(self, act) -> bool:
        try:
            act()
        except PlannerError as error:
            self.refuse(error)
            return False
        return True


class TimerBench:
    """One case of one procedure in a library of its own, and its timer in a window."""

    def __init__(self, folder, *schedules, size=(1920, 1080), **facts) -> None:
        settings = QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)
        self.clock, self.desk = HandClock(), NotingDesk(settings)
        self.case_desk = CaseDesk(self.desk, CaseLibrary(folder / "cases"))
        made = replace(procedure(*schedules, **facts), id=PROCEDURE)
        self.case = a_case(procedures=(made,))
        self.case_desk.library.add(self.case, at=AT)
        assert self.case_desk.open(self.case.id)
        self.size = size
        self.page = self.opened()

    def opened(self) -> TimerPage:
        """Open a timer as the program does after it was started."""
        page = TimerPage(self.case_desk, clock=self.clock)
        page.resize(*self.size)
        page.show()
        page.show_procedure(PROCEDURE)
        page.activateWindow()
        assert QTest.qWaitForWindowActive(page, 10_000)
        return page

    def close(self) -> None:
        """Close the timer's window."""
        self.page.close()
        self.page.deleteLater()

    def click(self, button) -> None:
        """Press a button with the mouse, as a glove does on a touch screen."""
        QTest.mouseClick(button, Qt.MouseButton.LeftButton, pos=button.rect().center())

    def click_twice(self, button) -> None:
        """Press a button, and again a second later: what ends a planned phase before its time is meant."""
        self.click(button)
        self.clock.pass_s(1)
        self.click(button)

    def key_twice(self, key) -> None:
        """Press a key, and again a second later."""
        self.key(key)
        self.clock.pass_s(1)
        self.key(key)

    def key(self, key, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key on whatever has the focus."""
        QTest.keyClick(self.page.focusWidget() or self.page, key, modifiers)

    def passes(self, minutes: int, seconds: int = 0) -> None:
        """Let time pass, and the page look."""
        self.clock.pass_s(60 * minutes + seconds)
        self.page.look()

    @staticmethod
    def begun(made, at_s):
        """Return a procedure with the first press made, as another window makes it."""
        return pressed(made, timer_state(made, now_s=at_s).pressed, at_s=at_s)

    @property
    def words(self):
        """What the first lane shows."""
        return self.lane_words(0)

    def lane_words(self, number):
        """What a lane shows."""
        return self.page.faces.lanes[number].face.words

    def kept(self):
        """The procedure as the library has it on disk."""
        return self.case_desk.library.read(self.case.id)[0].procedure(PROCEDURE)

    def kept_rows(self):
        """Kinds and times of its phases."""
        return [(row.kind, row.started_at, row.ended_at) for row in self.kept().phases]
