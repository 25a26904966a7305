"""Which of a few answers is it, or none yet? Buttons of which at most one is pressed in; pressed again, it is open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from planner.ui.theme.theme import theme

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QFocusEvent, QKeyEvent, QPaintEvent

_Value = TypeVar("_Value", bound=str)
_RING_PX = 2
_BY_KEYBOARD = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
    Qt.FocusReason.OtherFocusReason,
)


class ChoiceBar(QWidget, Generic[_Value]):
    """``chosen(value or None)`` on a press. One stop of Tab: ← → choose, a letter answers, Delete opens it again.

    Parameters
    ----------
    options
        (value, words) of each button.
    letters
        Key that chooses each value; the first letter of its words where none is given.
    """

    chosen = Signal(object)

    def __init__(self, name: str, options: Sequence[tuple[_Value, str]], *, letters: str = "") -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._name, self._values = name, [value for value, _ in options]
        self._letters = [letter.upper() for letter in letters or [words[0] for _, words in options]]
        self._shown: _Value | None = None
        self._has_ring = False
        row = QHBoxLayout(self)
        row.setContentsMargins(_RING_PX + 1, _RING_PX + 1, _RING_PX + 1, _RING_PX + 1)
        row.setSpacing(4)
        self.buttons: dict[_Value, QPushButton] = {}
        for (value, words), letter in zip(options, self._letters, strict=True):
            button = QPushButton(words)
            button.setProperty("look", "segment")
            button.setCheckable(True)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.setMinimumWidth(62)
            button.setAccessibleName(f"{words}: {name}")
            button.setToolTip(f"{words} ({letter})")
            button.clicked.connect(lambda _on=False, value=value: self._press(value))
            self.buttons[value] = button
            row.addWidget(button, 1)

    @property
    def value(self) -> _Value | None:
        """What is pressed in; None while nothing is."""
        return self._shown

    def show_value(self, value: _Value | None) -> None:
        """Press in the button of a value; none for None."""
        self._shown = value
        for one, button in self.buttons.items():
            button.setChecked(one == value)
        self.setAccessibleDescription("not asked" if value is None else str(value))

    def _press(self, value: _Value) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._choose(None if value == self._shown else value)

    def _choose(self, value: _Value | None) -> None:
        self.show_value(value)
        self.chosen.emit(value)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose by arrow or letter, open again by Delete."""
        key = event.key()
        at = -1 if self._shown is None else self._values.index(self._shown)
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            step = 1 if key == Qt.Key.Key_Right else -1
            self._choose(self._values[min(len(self._values) - 1, max(0, at + step))])
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._choose(None)
        elif event.text().upper() in self._letters and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._choose(self._values[self._letters.index(event.text().upper())])
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring when the keyboard came by key."""
        self._has_ring = event.reason() in _BY_KEYBOARD
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the ring away."""
        self._has_ring = False
        self.update()
        super().focusOutEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the focus ring round the buttons."""
        super().paintEvent(event)
        if self._has_ring:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(theme().tokens.accent), _RING_PX))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)
