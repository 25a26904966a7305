"""When was it really? One time of the record after the other, moved by large buttons or typed."""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit

from planner.casebook.freeze_presses import boundaries
from planner.casebook.record_time import seconds_of
from planner.ui.case.timer_button import BigButton
from planner.ui.case.timer_rows import TimerRow

if TYPE_CHECKING:
    from planner.casebook.freeze_presses import Boundary
    from planner.domain.procedure import Procedure

_STEPS_S = (-60, -10, -1, 1, 10, 60)
_STEP_KEY_PX, _TURN_KEY_PX, _KEY_PX = 76, 60, 110
_FIELD_PX = 150
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d):([0-5]\d)")


class CorrectRow(TimerRow):
    """The correction of one time. ``kept(Boundary, s since 1970-01-01 UTC)``."""

    kept = Signal(object, float)
    given_up = Signal()

    def __init__(self) -> None:
        super().__init__("Correct a time")
        self._found: tuple[Boundary, ...] = ()
        self._procedure: Procedure | None = None
        self._at = 0
        self._to_s = self._now_s = 0.0
        self.which = BigButton("")
        self.which.clicked.connect(lambda: self._turn(1))
        self.earlier = BigButton("‹", width_px=_TURN_KEY_PX)
        self.earlier.setAccessibleName("Earlier time")
        self.earlier.clicked.connect(lambda: self._turn(-1))
        self.field = QLineEdit()
        self.field.setProperty("look", "timer")
        self.field.setFixedWidth(_FIELD_PX)
        self.field.setAccessibleName("Time of day, hours, minutes and seconds")
        self.field.returnPressed.connect(self._keep)
        self.field.textEdited.connect(lambda _text: self._show_day())
        self.steps = {step_s: BigButton(_step_words(step_s), width_px=_STEP_KEY_PX) for step_s in _STEPS_S}
        self.keep = BigButton("Keep", width_px=_KEY_PX)
        self.keep.clicked.connect(self._keep)
        cancel = BigButton("Cancel", width_px=_KEY_PX)
        cancel.clicked.connect(self.given_up)
        self.row.addWidget(self.earlier)
        self.row.addWidget(self.which, 4)
        self.row.addWidget(self.field)
        for step_s, button in self.steps.items():
            button.clicked.connect(lambda _checked=False, step_s=step_s: self._step(step_s))
            self.row.addWidget(button, 1)
        self.put(self.keep, cancel)

    def begin(self, procedure: Procedure, *, now_s: float) -> None:
        """Begin with the time of the last press."""
        self._now_s, self._procedure = now_s, procedure
        self._found = boundaries(procedure)
        self._at = len(self._found) - 1
        self._show()
        self.field.setFocus()
        self.field.selectAll()

    @property
    def boundary(self) -> Boundary | None:
        """The time that is corrected."""
        return self._found[self._at] if self._found else None

    def _turn(self, by: int) -> None:
        if self._found:
            self._at = (self._at + by) % len(self._found)
            self._show()

    def _show(self) -> None:
        boundary = self.boundary
        if boundary is not None:
            self._put(boundary.at_s)

    def _put(self, to_s: float) -> None:
        self._to_s = to_s
        self.field.setText(f"{datetime.fromtimestamp(int(to_s)).astimezone():%H:%M:%S}")
        self._show_day()

    def _show_day(self) -> None:
        """Say which time it is, and on which day where that is not today."""
        boundary = self.boundary
        if boundary is not None:
            then, today = (datetime.fromtimestamp(int(at_s)).astimezone() for at_s in (self._typed_s(), self._now_s))
            day = f"on {then:%Y-%m-%d}" if then.date() != today.date() else "press for another"
            self.which.show_words(_first_large(boundary.words), day)

    def _step(self, by_s: int) -> None:
        self._put(self._typed_s() + by_s)

    def _typed_s(self) -> float:
        """Return what is in the field, on the day of the time it corrects; what cannot be read is as it was.

        An end that was forgotten overnight, and would lie ahead of now, is on the day before.
        """
        found = self._found_time()
        if found is None:
            return self._to_s
        hour, minute, second = (int(text) for text in found.groups())
        then = datetime.fromtimestamp(int(self._to_s)).astimezone()
        typed = then.replace(hour=hour, minute=minute, second=second)
        before_s = (typed - timedelta(days=1)).timestamp()
        is_ahead = typed.timestamp() > self._now_s + 1 and typed > then
        return before_s if is_ahead and before_s > self._began_s() else typed.timestamp()

    def _found_time(self) -> re.Match[str] | None:
        return _TIME.fullmatch(self.field.text().strip())

    def _began_s(self) -> float:
        """Return when the phase began whose end is corrected; a beginning is never put on another day."""
        boundary = self.boundary
        if boundary is None or boundary.is_start or self._procedure is None:
            return math.inf
        return seconds_of(self._procedure.phases[boundary.at].started_at)

    def _keep(self) -> None:
        boundary = self.boundary
        if boundary is not None:
            self.kept.emit(boundary, self._typed_s() if self._found_time() else math.nan)


def _step_words(step_s: int) -> str:
    sign = "+" if step_s > 0 else "−"
    return f"{sign}{abs(step_s) // 60}:{abs(step_s) % 60:02d}"


def _first_large(words: str) -> str:
    whose, colon, rest = words.rpartition(": ")
    return f"{whose}{colon}{rest[:1].upper()}{rest[1:]}"
