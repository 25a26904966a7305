"""What are the large buttons for just now? The primary one, stop, extend and undo, from the timer's state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from planner.casebook.freeze_clock import Stage, press_words
from planner.ui.case.timer_button import BigButton
from planner.ui.case.timer_rows import GAP_PX
from planner.ui.theme.tokens import TIMER_KEY_PX, TIMER_KEY_TALL_PX

if TYPE_CHECKING:
    from planner.casebook.freeze_clock import LaneState, TimerState

EXTEND_S = 60.0


class TimerKeys(QWidget):
    """Signals carry nothing: the page knows the state of the moment at which it was pressed."""

    pressed = Signal()
    stop_asked = Signal()
    extend_asked = Signal()
    undo_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Timer buttons")
        self.primary = BigButton("Start freeze", primary=True)
        self.stop = BigButton("Stop")
        self.extend = BigButton("+1:00")
        self.undo = BigButton("Undo")
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

    def show_state(self, state: TimerState, *, undo_words: str) -> None:
        """Say what each button does now, or why it does nothing."""
        of_all = len(state.pressed) == len(state.lanes)
        if state.pressed:
            self.primary.show_words(press_words(state.pressed, of_all=of_all), ends_words(state.pressed))
        else:
            self.primary.show_words("Done", reason="Every planned phase is done")
        running = [lane for lane in state.lanes if lane.stage is Stage.RUNNING]
        self.stop.show_words(
            "Stop all" if len(running) > 1 else "Stop", "nothing follows", reason="" if running else "Nothing runs"
        )
        extended = extendable(state)
        whose = "" if len(extended) == len(state.lanes) else ", ".join(lane.lane.words for lane in extended)
        self.extend.show_words("Extend +1:00", whose, reason="" if extended else "Nothing runs")
        self.undo.show_words("Undo", undo_words, reason="" if undo_words else "Nothing to undo")


def extendable(state: TimerState) -> tuple[LaneState, ...]:
    """Return the lanes that an extension is for: those of the large button, or what else runs and is due first."""
    pressed = tuple(lane for lane in state.pressed if lane.stage is Stage.RUNNING)
    running = sorted((one for one in state.lanes if one.stage is Stage.RUNNING), key=lambda one: one.ends_at_s)
    return pressed or tuple(running[:1])


def ends_words(states: tuple[LaneState, ...]) -> str:
    """Say what a press ends: ``"ends freeze 1 of 2"``; empty when nothing runs or the press says so itself."""
    names = [lane.name for lane in states if lane.stage is Stage.RUNNING and lane.next_name]
    return f"ends {' and '.join(dict.fromkeys(name.lower() for name in names))}" if names else ""
