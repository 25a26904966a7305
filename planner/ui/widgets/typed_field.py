"""How are durations and shares typed? As people write them, and what cannot be read is refused in words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QLineEdit

from planner.domain.errors import PlanInvalid, PlannerError
from planner.report.numbers import minutes
from planner.ui.widgets.escape import asks_for_escape

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QKeyEvent

_CLOCK = re.compile(r"(\d{1,4}):([0-5]\d)(?:\s*min)?")
_PLAIN = re.compile(r"(\d{1,6}(?:[.,]\d{1,6})?)\s*(s|sec|min)?")
_NUMBER = re.compile(r"(-?\d{1,6}(?:[.,]\d{1,6})?)")
MOST_BARE_MIN = 30
"""A bare number up to this is minutes, as the fields show them; a larger one is seconds (project default)."""
_MINUS = "\N{MINUS SIGN}"


def seconds_of(text: str) -> float:
    """Read a duration in whole seconds: ``8:00``, ``480``, ``480 s``, ``8 min`` or ``8``: a small number is minutes."""
    asked = text.strip().lower()
    if clock := _CLOCK.fullmatch(asked):
        return 60.0 * int(clock[1]) + int(clock[2])
    plain = _PLAIN.fullmatch(asked)
    if plain is None:
        raise PlanInvalid(
            f"“{text.strip()}” is no duration. Type minutes and seconds as 8:00, or seconds as 480.",
            code="duration-unreadable",
        )
    number = float(plain[1].replace(",", "."))
    in_minutes = plain[2] == "min" or (plain[2] is None and number <= MOST_BARE_MIN)
    seconds = number * (60 if in_minutes else 1)
    if abs(seconds - round(seconds)) > 1e-6:
        raise PlanInvalid(f"Durations are whole seconds, not {seconds:g} s.", code="duration-fraction")
    return float(round(seconds))


def seconds_words(seconds: float) -> str:
    """Write a duration as m:ss; one that is not in whole seconds (from a file) in seconds, so that nothing is lost."""
    return minutes(seconds) if seconds == round(seconds) else f"{seconds:g} s"


def number_reader(unit: str, *, what: str) -> Callable[[str], float]:
    """Return a function that reads a number with or without its unit; ``what`` says in a refusal what is asked."""

    def read(text: str) -> float:
        asked = text.strip().replace(_MINUS, "-").removesuffix(unit).strip()
        number = _NUMBER.fullmatch(asked)
        if number is None:
            raise PlanInvalid(f"“{text.strip()}” is no number. Type {what} in {unit}.", code="number-unreadable")
        return float(number[1].replace(",", "."))

    return read


class TypedField(QLineEdit):
    """One value in words. ``typed`` when it was read on Enter or on leaving, ``refused(error)`` when it could not be.

    What is shown follows only :meth:`show_value`: a value that is not taken over gives way to the one that holds.

    Parameters
    ----------
    step
        What ↑ and ↓ add or take away; 0 leaves those keys to the panel.
    """

    typed = Signal(float)
    refused = Signal(object)

    def __init__(self, *, read: Callable[[str], float], write: Callable[[float], str], name: str, step: float) -> None:
        super().__init__()
        self._read, self._write, self._step = read, write, step
        self._value: float | None = None
        self.setAccessibleName(name)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.editingFinished.connect(self._commit)

    def show_value(self, value: float | None) -> None:
        """Show a value, or nothing; not while another is being typed."""
        if self.hasFocus() and self.isModified() and value == self._value:
            return
        self._value = value
        self._show()

    def event(self, event: QEvent) -> bool:
        """Keep Esc from the window's action of that key while something is typed."""
        if asks_for_escape(event) and self.isModified():
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step with ↑ and ↓, give up with Esc."""
        key = event.key()
        if key == Qt.Key.Key_Escape and self.isModified():
            self._show()
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and self._step and self._value is not None:
            self._take(lambda text: self._from(text) + (self._step if key == Qt.Key.Key_Up else -self._step))
        else:
            super().keyPressEvent(event)

    def _show(self) -> None:
        self.setText("" if self._value is None else self._write(self._value))
        self.setModified(False)
        self.setCursorPosition(0)

    def _commit(self) -> None:
        if not self.isModified():
            return
        if not self.text().strip() and self._value is None:
            self.setModified(False)
            return
        self._take(self._read)

    def _from(self, text: str) -> float:
        """Return what a step starts from: what is being typed, else the value that holds, to its last digit."""
        return self._read(text) if self.isModified() or self._value is None else self._value

    def _take(self, read: Callable[[str], float]) -> None:
        """Read the text and tell its value; what cannot be read is refused."""
        try:
            value = read(self.text())
        except PlannerError as error:
            self._show()
            self.refused.emit(error)
            return
        self.setModified(False)  # whoever is told may take the focus, and that tells it no second time
        self.typed.emit(value)
        self._show()


def duration_field(name: str, *, step_s: float = 5.0) -> TypedField:
    """Return a field for a duration, read as m:ss or seconds."""
    field = TypedField(read=seconds_of, write=seconds_words, name=name, step=step_s)
    field.setToolTip("Minutes and seconds as 8:00, or seconds as 480")
    return field


def percent_field(name: str) -> TypedField:
    """Return a field for a share of 100 %."""
    read = number_reader("%", what="the share of the time in which the gas flows")
    return TypedField(read=read, write=lambda value: f"{value:g} %", name=name, step=5.0)
