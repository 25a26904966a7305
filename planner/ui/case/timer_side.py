"""What is expected soon, and what was noted? The column beside the figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from planner.casebook.freeze_clock import Stage
from planner.casebook.record_time import seconds_of
from planner.ui.case.timer_rows import timer_label
from planner.ui.case.timer_words import local_clock, moment_words
from planner.ui.theme.fonts import ui_font
from planner.ui.theme.tokens import TIMER_LINE_PX, TIMER_TEXT_PX
from planner.ui.widgets.labels import label, set_tone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.casebook.freeze_clock import TimerState
    from planner.casebook.freeze_moments import ComingMoment
    from planner.domain.procedure import Procedure

_SHOWN = 3
_WIDE_PX, _NARROW_PX = 380, 280
_MORE_PX = 10
_BEYOND = "Past the planned end: nothing is predicted for it."
_FOR_PLAN = "Predicted for the planned times."
_NO_PLAN = "The record has no plan, so nothing is announced. Begin a record from a plan of the case to have it."
_NO_PREDICTION = (
    "The plan was not predicted when the record began, so nothing is announced. To have it: open the plan, predict it "
    "in the step Freeze, and begin a new record from it."
)
_NO_MOMENT = "The prediction names no moment to announce."
_NOTHING_AHEAD = "Nothing more is predicted."


class _Entry(QWidget):
    """A time in bold, and what belongs to it below."""

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.when = timer_label(size_px=TIMER_LINE_PX, weight=600)
        self.what = timer_label(size_px=TIMER_TEXT_PX, weight=400)
        self.what.setWordWrap(True)
        column.addWidget(self.when)
        column.addWidget(self.what)

    def set_large(self, *, large: bool) -> None:
        """Be read from farther away, where there is room."""
        more_px = _MORE_PX if large else 0
        self.when.setFont(ui_font(TIMER_LINE_PX + more_px, 600))
        self.what.setFont(ui_font(TIMER_TEXT_PX + more_px // 2, 400))

    def show_texts(self, texts: tuple[str, str] | None) -> None:
        """Show an entry, or nothing."""
        self.setVisible(texts is not None)
        if texts is not None and (self.when.text(), self.what.text()) != texts:
            self.when.setText(texts[0])
            self.what.setText(texts[1])


class TimerSide(QFrame):
    """Predicted moments that come next, and the last notes."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setAccessibleName("Predicted soon and noted")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        self._soon = [_Entry() for _ in range(_SHOWN)]
        self._noted = [_Entry() for _ in range(_SHOWN)]
        self.caveat = timer_label(size_px=TIMER_TEXT_PX - 2, weight=400)
        self.caveat.setWordWrap(True)
        self._noted_head = label("NOTED", "caption")
        column.addWidget(label("PREDICTED SOON", "caption"))
        for entry in self._soon:
            column.addWidget(entry)
        column.addWidget(self.caveat)
        column.addSpacing(8)
        column.addWidget(self._noted_head)
        for entry in self._noted:
            column.addWidget(entry)
        column.addStretch(1)

    def set_large(self, *, large: bool) -> None:
        """Have larger letters on a large screen: the operator reads them, too."""
        self.setFixedWidth(_WIDE_PX if large else _NARROW_PX)
        for entry in (*self._soon, *self._noted):
            entry.set_large(large=large)

    def spoken(self) -> str:
        """Return everything it shows, in order."""
        shown = (f"{one.when.text()} {one.what.text()}" for one in (*self._soon, *self._noted) if not one.isHidden())
        return ". ".join((*shown, self.caveat.text()))

    def show_state(
        self, procedure: Procedure, state: TimerState, coming: Sequence[ComingMoment], *, now_s: float
    ) -> None:
        """Show what comes and what was noted."""
        texts = [moment_words(moment, is_begun=state.has_begun) for moment in coming[:_SHOWN]]
        _fill(self._soon, texts)
        planned = procedure.planned
        is_beyond = any(lane.is_over and lane.stage is Stage.RUNNING for lane in state.lanes)
        sentence = _FOR_PLAN if texts else _NOTHING_AHEAD
        if planned is None:
            sentence = _NO_PLAN
        elif not planned.moments:
            sentence = _NO_PREDICTION if planned.ice_long_mm is None else _NO_MOMENT
        elif is_beyond:
            sentence = _BEYOND
        if sentence != self.caveat.text():
            self.caveat.setText(sentence)
            set_tone(self.caveat, "check" if sentence is _BEYOND else "")
        notes = [
            (local_clock(seconds_of(moment.at), now_s=now_s), moment.words)
            for moment in reversed(procedure.moments[-_SHOWN:])
        ]
        self._noted_head.setVisible(bool(notes))
        _fill(self._noted, notes)
        self.setAccessibleDescription(self.spoken())


def _fill(entries: Sequence[_Entry], texts: Sequence[tuple[str, str]]) -> None:
    for number, entry in enumerate(entries):
        entry.show_texts(texts[number] if number < len(texts) else None)
