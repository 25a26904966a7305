"""How is a longer text typed? In a few lines; kept once the keyboard leaves them, or they go out of sight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QPlainTextEdit

if TYPE_CHECKING:
    from PySide6.QtGui import QFocusEvent, QHideEvent

_HEIGHT_PX = 56


class NoteArea(QPlainTextEdit):
    """A text of a record. ``left(text)`` when something else was typed than was shown."""

    left = Signal(str)

    def __init__(self, name: str, *, hint: str = "", height_px: int = _HEIGHT_PX) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setPlaceholderText(hint)
        self.setTabChangesFocus(True)
        self.setFixedHeight(height_px)
        self._shown = ""

    def show_text(self, text: str) -> None:
        """Show a text; what is being typed stays."""
        is_typed = self.toPlainText() != self._shown
        self._shown = text
        if not is_typed and self.toPlainText() != text:
            self.setPlainText(text)

    def commit(self) -> None:
        """Tell what was typed."""
        text = self.toPlainText()
        if text != self._shown:
            self.left.emit(text)

    def event(self, event: QEvent) -> bool:
        """Leave undo to the case while nothing is typed."""
        if is_undo(event) and self.toPlainText() == self._shown:
            event.ignore()
            return True
        return super().event(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Tell what was typed."""
        super().focusOutEvent(event)
        self.commit()

    def hideEvent(self, event: QHideEvent) -> None:
        """Tell what was typed before it goes out of sight."""
        super().hideEvent(event)
        self.commit()


def is_undo(event: QEvent) -> bool:
    """Whether a field is asked if it wants the keys of undo or redo for itself."""
    if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
        return False
    return event.matches(QKeySequence.StandardKey.Undo) or event.matches(QKeySequence.StandardKey.Redo)
