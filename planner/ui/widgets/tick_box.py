"""How is something switched on, or accepted? A box with a tick that reads in both themes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QCheckBox, QStyle, QStyleOptionButton

from planner.ui.theme.icons import paint_icon
from planner.ui.theme.theme import theme

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

_BOX_PX = 15


class TickBox(QCheckBox):
    """A check box whose box and tick are drawn in the theme's own colours."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        # Qt leaves the room and draws nothing in it.
        size = f"width: {_BOX_PX}px; height: {_BOX_PX}px"
        self.setStyleSheet(f"QCheckBox::indicator {{ {size}; border: 0; background: transparent; image: none; }}")

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the words as Qt does, then the box over Qt's."""
        super().paintEvent(event)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        place = QRectF(self.style().subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, self))
        box = QRectF(0, 0, _BOX_PX, _BOX_PX)
        box.moveCenter(place.center())
        tokens = theme().tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        # What cannot be pressed has neither the accent nor a field to press.
        is_lit = self.isChecked() and self.isEnabled()
        edge = tokens.text_3 if self.isEnabled() else tokens.line_strong
        painter.setPen(QPen(QColor(tokens.accent if is_lit else edge), 1))
        painter.setBrush(QColor(tokens.accent if is_lit else tokens.field if self.isEnabled() else tokens.surface))
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        if self.isChecked():
            colour = tokens.on_accent if is_lit else tokens.text_3
            paint_icon(painter, "check", colour=colour, box=box.adjusted(2, 2, -2, -2))
        painter.end()
