"""Where is a remark written? A field that grows with its words: Enter keeps, Shift+Enter breaks, Esc leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QPlainTextEdit

from planner.ui.case.note_area import is_undo
from planner.ui.widgets.escape import asks_for_escape

if TYPE_CHECKING:
    from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent

_MOST_LINES = 8
_FRAME_PX = 20
_LINES = {Qt.Key.Key_Up: QTextCursor.MoveOperation.Up, Qt.Key.Key_Down: QTextCursor.MoveOperation.Down}


class RemarkField(QPlainTextEdit):
    """Words in place. ``kept`` on Enter, ``left`` on Esc, ``passed`` when the keyboard goes elsewhere.

    ``paused`` when it goes to a menu or another window, from where it comes back. ``step(±1)`` for ↑ in the first line
    and ↓ in the last.
    """

    kept = Signal()
    left = Signal()
    passed = Signal()
    paused = Signal()
    step = Signal(int)

    def __init__(self, *, name: str, hint: str, text: str = "") -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setPlaceholderText(hint)
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setPlainText(text)
        self.moveCursor(QTextCursor.MoveOperation.End)
        self.document().setModified(False)
        self.textChanged.connect(self._fit)
        self._fit()

    @property
    def words(self) -> str:
        """What is written, without the blanks round it."""
        return self.toPlainText().strip()

    @property
    def is_edited(self) -> bool:
        """Whether something was typed since it was opened."""
        return self.document().isModified()

    def event(self, event: QEvent) -> bool:
        """Keep Esc from the window's action of that key, and leave undo to the case while nothing is typed."""
        if is_undo(event) and not self.is_edited:
            event.ignore()
            return True
        if asks_for_escape(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keep on Enter, leave on Esc."""
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_enter and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.kept.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        elif event.key() in _LINES and not event.modifiers() and not self._can_move(_LINES[Qt.Key(event.key())]):
            self.step.emit(-1 if event.key() == Qt.Key.Key_Up else 1)
        else:
            super().keyPressEvent(event)

    def _can_move(self, operation: QTextCursor.MoveOperation) -> bool:
        """Whether there is a line above or below the cursor's."""
        return QTextCursor(self.textCursor()).movePosition(operation)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Be as high as the words are at this width."""
        super().resizeEvent(event)
        self._fit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Tell that the keyboard goes."""
        super().focusOutEvent(event)
        comes_back = event.reason() in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)
        (self.paused if comes_back else self.passed).emit()

    def _fit(self) -> None:
        lines = min(_MOST_LINES, max(1, int(self.document().size().height())))
        policy = Qt.ScrollBarPolicy
        is_longer = self.document().size().height() > _MOST_LINES
        self.setVerticalScrollBarPolicy(policy.ScrollBarAsNeeded if is_longer else policy.ScrollBarAlwaysOff)
        self.setFixedHeight(lines * self.fontMetrics().lineSpacing() + _FRAME_PX)
