"""Where is a card taken hold of to be put elsewhere in the list? Six dots; the mouse drags, arrow keys move it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QColor, QPainter, QPen

from planner.ui.theme.theme import theme
from planner.ui.widgets.accessible import PaintedWidget
from planner.ui.widgets.escape import asks_for_escape
from planner.ui.widgets.labels import plain_tip

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent

_DOT_PX, _STEP_PX = 1.3, 4.5


class Grip(PaintedWidget):
    """The handle of a card. ``dragged`` with the place on the screen, ``dropped`` there; ``stepped`` by −1 or 1."""

    role = QAccessible.Role.Grip
    dragged = Signal(QPointF)
    dropped = Signal(QPointF)
    given_up = Signal()
    stepped = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(QSize(18, 28))
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._is_held = False

    def show_name(self, name: str) -> None:
        """Say whose handle this is."""
        self.setAccessibleName(f"Move {name} in the list")
        self.setToolTip(plain_tip(f"Drag to move {name} in the list, Alt+Up, Alt+Down"))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._is_held = True
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag."""
        if self._is_held:
            self.dragged.emit(event.globalPosition())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        if self._is_held:
            self._let_go()
            self.dropped.emit(event.globalPosition())

    def event(self, event: QEvent) -> bool:
        """Keep Esc from the window's action of that key while a card is held."""
        if asks_for_escape(event) and self._is_held:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move by keys; Esc lets a dragged card stay where it was."""
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        if event.key() == Qt.Key.Key_Escape and self._is_held:
            self._let_go()
            self.given_up.emit()
        elif event.key() in steps:
            self.stepped.emit(steps[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the dots, and the ring of the focus."""
        del event
        tokens, painter = theme().tokens, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.hasFocus():
            painter.setPen(QPen(QColor(tokens.accent), 2))
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 3, 3)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.text_3))
        centre = QPointF(self.width() / 2, self.height() / 2)
        for row in (-1, 0, 1):
            for column in (-0.5, 0.5):
                painter.drawEllipse(centre + QPointF(column, row) * _STEP_PX, _DOT_PX, _DOT_PX)

    def _let_go(self) -> None:
        self._is_held = False
        self.setCursor(Qt.CursorShape.OpenHandCursor)
