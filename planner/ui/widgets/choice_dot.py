"""Which one of a few is it? A round button with a dot that reads in both themes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QRadioButton, QStyle, QStyleOptionButton

from planner.ui.theme.theme import theme

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

_ROUND_PX, _DOT_PX = 15, 7


class ChoiceDot(QRadioButton):
    """A radio button whose ring and dot are drawn in the theme's own colours."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        # Qt leaves the room and draws nothing in it.
        size = f"width: {_ROUND_PX}px; height: {_ROUND_PX}px"
        self.setStyleSheet(
            f"QRadioButton {{ spacing: 8px; min-height: 28px; }}"
            f"QRadioButton::indicator {{ {size}; border: 0; background: transparent; image: none; }}"
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the words as Qt does, then the ring and its dot."""
        super().paintEvent(event)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        place = QRectF(self.style().subElementRect(QStyle.SubElement.SE_RadioButtonIndicator, option, self))
        tokens = theme().tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = tokens.accent if self.isChecked() or self.hasFocus() else tokens.text_3
        painter.setPen(QPen(QColor(edge), 2 if self.hasFocus() else 1))
        painter.setBrush(QColor(tokens.field))
        ring = QRectF(0, 0, _ROUND_PX, _ROUND_PX)
        ring.moveCenter(place.center())
        painter.drawEllipse(ring.adjusted(1, 1, -1, -1))
        if self.isChecked():
            dot = QRectF(0, 0, _DOT_PX, _DOT_PX)
            dot.moveCenter(place.center())
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.accent))
            painter.drawEllipse(dot)
        painter.end()
