"""What are the large buttons for just now? The primary one, stop, extend and undo, from the timer's state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from planner.casebook.freeze_clock import Stage, press_words
from planner.report.numbers import minutes
from planner.ui.case.timer_button import BigButton
from planner.ui.case.timer_rows import GAP_PX
from planner.ui.theme.tokens import TIMER_KEY_PX, TIMER_KEY_TALL_PX

if TYPE_CHECKING:
    from planner.casebook.freeze_clock import LaneState, TimerState
    from planner.casebook.freeze_early import EarlyEnd

EXTEND_S = 60.0
PRESS, STOP = "go on", "stop"
"""The deeds of the large button and of the stop, by which a second press is told from another one."""
NOTHING_LEFT = "Nothing more is planned"


class TimerKeys(QWidget):
    """Signals carry nothing: the page knows the state of the moment at which it was pressed."""

    pressed = Signal()
    stop_asked = Signal()
    extend_asked = Signal()
    undo_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Timer buttons")
        self.primary = BigButton("Start freeze", primary=True, key="Space")
        self.stop = BigButton("Stop", key="S")
        self.extend = BigButton("+1:00", key="E")
        self.undo = BigButton("Undo", key="Ctrl+Z")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP_PX)
        for button, signal, share in (
            (self.primary, self.pressed, 5),
            (self.stop, self.stop_asked, 2),
            (self.extend, self.extend_asked, 2),
            (self.undo, self.undo_asked, 2),
        ):
            button.clicked.connect(signal)
            row.addWidget(button, share)

    def set_low(self, *, low: bool) -> None:
        """Have lower buttons on a small screen."""
        self.setFixedHeight(TIMER_KEY_PX if low else TIMER_KEY_TALL_PX)

    def show_state(self, state: TimerState, *, undo_words: str, early: EarlyEnd | None = None) -> None:
        """Say what each button does now, or why it does nothing; ``early`` is a press that waits for a second one."""
        of_all = len(state.pressed) == len(state.lanes)
        if early is not None and early.deed == PRESS:
            self.primary.ask_again(*again_words(early))
        elif state.pressed:
            self.primary.show_words(press_words(state.pressed, of_all=of_all), ends_words(state.pressed))
        else:
            self.primary.show_words("Done", reason=NOTHING_LEFT)
        running = [lane for lane in state.lanes if lane.stage is Stage.RUNNING]
        if early is not None and early.deed == STOP:
            self.stop.ask_again(*again_words(early))
        else:
            words = "Stop all" if len(running) > 1 else "Stop"
            self.stop.show_words(words, "nothing follows", reason="" if running else "Nothing runs")
        extended = extendable(state)
        whose = "" if len(extended) == len(state.lanes) else ", ".join(lane.lane.words for lane in extended)
        self.extend.show_words("Extend +1:00", whose, reason="" if extended else "Nothing runs")
        self.undo.show_words("Undo", undo_words, reason="" if undo_words else "Nothing to undo")


def extendable(state: TimerState) -> tuple[LaneState, ...]:
    """Return the lanes that an extension is for: those of the large button, or what else runs and is due first."""
    pressed = tuple(lane for lane in state.pressed if lane.stage is Stage.RUNNING)
    running = sorted((one for one in state.lanes if one.stage is Stage.RUNNING), key=lambda one: one.ends_at_s)
    return pressed or tuple(running[:1])


def lane_deed(deed: str, number: int, *, of: int) -> str:
    """Return which button of a lane was pressed; a lone lane has none of its own."""
    return deed if of == 1 else f"{deed} {number}"


def again_words(early: EarlyEnd) -> tuple[str, str]:
    """Say what a second press does: ``("Press again", "7:53 early")``; what it ends stands above the buttons."""
    return "Press again", f"{minutes(early.left_s)} early"


def ends_words(states: tuple[LaneState, ...]) -> str:
    """Say what a press ends: ``"ends freeze 1 of 2"``; empty when nothing runs or the press says so itself."""
    names = [lane.name for lane in states if lane.stage is Stage.RUNNING and lane.next_name]
    return f"ends {' and '.join(dict.fromkeys(name.lower() for name in names))}" if names else ""
