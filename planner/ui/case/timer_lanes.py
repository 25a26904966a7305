"""How do probes with different schedules stand side by side? One face for each lane, with its own buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from planner.casebook.freeze_clock import Stage, press_words
from planner.ui.case.timer_button import BigButton
from planner.ui.case.timer_face import LaneFace
from planner.ui.case.timer_keys import NOTHING_LEFT, PRESS, STOP, again_words, ends_words, lane_deed
from planner.ui.case.timer_words import face_words
from planner.ui.theme.tokens import TIMER_KEY_PX

if TYPE_CHECKING:
    from planner.casebook.freeze_clock import LaneState, TimerState
    from planner.casebook.freeze_early import EarlyEnd

_GAP_PX, _FOOT_PX = 2, 4
MOST_IN_A_ROW = 4


class LaneFaces(QWidget):
    """All lanes. ``press_asked(number)`` and ``stop_asked(number)`` by a lane's own buttons, when there are several."""

    press_asked = Signal(int)
    stop_asked = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Lanes")
        self.lanes: list[LaneBox] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(_GAP_PX)

    def show_lanes(self, state: TimerState, *, now_s: float, early: EarlyEnd | None = None) -> None:
        """Show how far each lane is; ``early`` is a press that waits for a second one."""
        self._have(len(state.lanes))
        for number, (box, lane) in enumerate(zip(self.lanes, state.lanes, strict=True)):
            box.show_lane(lane, now_s=now_s)
            if early is not None and len(state.lanes) > 1:
                for button, deed in ((box.next, PRESS), (box.stop, STOP)):
                    if early.deed == lane_deed(deed, number, of=len(state.lanes)):
                        button.ask_again(*again_words(early))

    def _have(self, count: int) -> None:
        """Have so many faces: made anew only when another plan is timed."""
        if len(self.lanes) == count:
            return
        for box in self.lanes:
            self._grid.removeWidget(box)
            box.setParent(None)
            box.deleteLater()
        self.lanes = []
        for number in range(count):
            box = LaneBox(has_buttons=count > 1)
            box.next.clicked.connect(lambda _checked=False, number=number: self.press_asked.emit(number))
            box.stop.clicked.connect(lambda _checked=False, number=number: self.stop_asked.emit(number))
            self._grid.addWidget(box, number // MOST_IN_A_ROW, number % MOST_IN_A_ROW)
            self.lanes.append(box)
        for column in range(MOST_IN_A_ROW):
            self._grid.setColumnStretch(column, 1 if column < count else 0)


class LaneBox(QWidget):
    """One lane: its face, and with several lanes its own buttons."""

    def __init__(self, *, has_buttons: bool) -> None:
        super().__init__()
        self.face = LaneFace()
        self.next, self.stop = BigButton("Next"), BigButton("Stop")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.face, 1)
        buttons = QWidget()
        buttons.setFixedHeight(TIMER_KEY_PX + _FOOT_PX)
        row = QHBoxLayout(buttons)
        row.setContentsMargins(8, 0, 8, _FOOT_PX)
        row.setSpacing(8)
        row.addWidget(self.next, 3)
        row.addWidget(self.stop, 1)
        column.addWidget(buttons)
        buttons.setVisible(has_buttons)

    def show_lane(self, state: LaneState, *, now_s: float) -> None:
        """Show how far it is, and what its buttons do."""
        words = face_words(state, now_s=now_s)
        self.face.show_words(words)
        self.face.setAccessibleName(f"Timer of {words.whose}" if words.whose else "Timer")
        is_open = state.stage is not Stage.DONE
        self.next.show_words(
            press_words((state,), of_all=True) if is_open else "Done",
            ends_words((state,)),
            reason="" if is_open else NOTHING_LEFT,
        )
        self.stop.show_words("Stop", reason="" if state.stage is Stage.RUNNING else "idle")
