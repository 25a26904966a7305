"""Which line on the picture is it? A 26 × 14 sample with the structure's colour and its pattern."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from planner.domain.structure import StructureKind
from planner.rendering.palette import TARGET_COLOUR, TARGET_WIDTH_PX, LineStyle, style_of

SWATCH_W_PX, SWATCH_H_PX = 26, 14
_TICK_STEP_PX = 5
_TARGET = LineStyle(TARGET_COLOUR, (), TARGET_WIDTH_PX)
_UNKNOWN = LineStyle("#e6e9ed", ())


def style_of_subject(subject_kind: str) -> LineStyle:
    """Return the line of a check's subject: a structure kind, a target, or a probe (white)."""
    if subject_kind.startswith("target"):
        return _TARGET
    try:
        return style_of(StructureKind(subject_kind))
    except ValueError:
        return _UNKNOWN


def line_pen(style: LineStyle, *, width_px: float | None = None) -> QPen:
    """Return a pen with a structure's colour and pattern; pattern lengths are px at any width."""
    width = width_px or style.width_px
    pen = QPen(QColor(style.colour), width)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    if style.dash_px:
        pen.setDashPattern([length / width for length in style.dash_px])
    return pen


def paint_swatch(painter: QPainter, box: QRectF, style: LineStyle) -> None:
    """Draw a swatch on black, as on the picture, filling ``box``."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor("#000000"))
    painter.drawRoundedRect(box, 2, 2)
    fill = QColor(style.colour)
    fill.setAlphaF(0.25)
    painter.setBrush(fill)
    painter.drawRoundedRect(box, 2, 2)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(line_pen(style))
    inner = box.adjusted(2, 2, -2, -2)
    painter.drawRect(inner)
    if style.has_ticks:
        painter.setPen(QPen(QColor(style.colour), 1.0))
        x = inner.left() + _TICK_STEP_PX
        while x < inner.right():
            painter.drawLine(QPointF(x, inner.top()), QPointF(x, inner.top() + 3))
            x += _TICK_STEP_PX
    painter.restore()
