"""How does a list's row write its texts? In its tone, in its box, and ending in an ellipsis where they do not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from planner.ui.theme.theme import theme

if TYPE_CHECKING:
    from PySide6.QtCore import QRectF
    from PySide6.QtGui import QFont, QPainter

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
CUT_END, CUT_MIDDLE = Qt.TextElideMode.ElideRight, Qt.TextElideMode.ElideMiddle


def write(  # noqa: PLR0913 - what, where and how it looks
    painter: QPainter,
    text: str,
    box: QRectF,
    *,
    font: QFont,
    tone: str,
    align: Qt.AlignmentFlag = LEFT,
    cut: Qt.TextElideMode = CUT_END,
) -> float:
    """Write one line in a colour of the theme, named as its token; returns the width of what stands there, px."""
    painter.setFont(font)
    painter.setPen(QColor(getattr(theme().tokens, tone)))
    metrics = painter.fontMetrics()
    shown = metrics.elidedText(text, cut, int(box.width()))
    painter.drawText(box, align, shown)
    return float(metrics.horizontalAdvance(shown))
