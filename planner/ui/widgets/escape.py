"""Whose is Esc? Of the widget that has something to give up, before it means anything to the window."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent


def asks_for_escape(event: QEvent) -> bool:
    """Whether Qt asks a widget if Esc is its own: one that accepts the event gets the key, and no action does."""
    is_question = event.type() == QEvent.Type.ShortcutOverride
    return is_question and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
