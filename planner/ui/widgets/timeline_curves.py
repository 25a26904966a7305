"""How are temperatures over time drawn? Grid, curves with their own colours and dashes, and their values at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from planner.planning.timeline import WATCHED
from planner.report.numbers import MISSING, celsius, millilitres, minutes
from planner.ui.theme.fonts import SECONDARY_PX, SMALL_PX, ui_font
from planner.ui.theme.theme import theme
from planner.ui.theme.tokens import contrast
from planner.ui.widgets.swatch import line_pen, style_of_subject
from planner.ui.widgets.timeline_axes import FOOT_PX, TOP_C

if TYPE_CHECKING:
    from planner.planning.timeline import CurveLine, Curves
    from planner.ui.widgets.timeline_axes import Axes

_CURVE_PX = 1.8
_PITCH_PX, _LOW_PITCH_PX, _LOW_PX = 20, 16, 130
_WATCHED_DASHES = ((), (6.0, 3.0), (2.0, 2.0), (7.0, 3.0, 2.0, 3.0))
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
OUTSIDE = "outside"
"""What is said of a watched point beyond the predicted box."""


def on_surface(colour: str, surface: str) -> str:
    """Return ``colour``, darkened until a line in it reads at 3:1 on ``surface``; unchanged on dark surfaces."""
    shade = QColor(colour)
    for _ in range(12):
        if contrast(shade.name(), surface) >= 3.0:
            break
        shade = shade.darker(115)
    return shade.name()


def value_c(curves: Curves, line: CurveLine, time_s: float | None) -> float | None:
    """Return a curve's value at a time, its lowest for None; None where nothing is predicted."""
    if not line.is_known:
        return None
    return float(line.values_c.min()) if time_s is None else curves.at(line.values_c, time_s)


def value_words(curves: Curves, line: CurveLine, time_s: float | None) -> str:
    """Return a curve's value in words."""
    value = value_c(curves, line, time_s)
    return OUTSIDE if value is None else celsius(value)


def volume_words(curves: Curves, time_s: float | None) -> tuple[str, str]:
    """Return what the treated volume is called, and how large it is at a time."""
    ml = float(curves.treated_ml.max()) if time_s is None else curves.at(curves.treated_ml, time_s)
    return f"{celsius(curves.isotherm_c)} volume", millilitres(ml)


def paint_grid(painter: QPainter, axes: Axes) -> None:
    """Draw the temperatures' lines, 0 and −20 °C emphasised."""
    tokens = theme().tokens
    painter.setFont(ui_font(SMALL_PX))
    last_y = -np.inf
    for level in sorted({TOP_C, 0.0, -20.0, -40.0, axes.low_c}, reverse=True):
        y = axes.y(level)
        painter.setPen(QPen(QColor(tokens.line_strong if level in (0.0, -20.0) else tokens.line), 1))
        painter.drawLine(QPointF(axes.left, y), QPointF(axes.left + axes.width, y))
        if y - last_y < 13:
            continue
        last_y = y
        painter.setPen(QColor(tokens.text_2 if level in (0.0, -20.0) else tokens.text_3))
        text = celsius(level) if level == TOP_C else celsius(level).removesuffix(" °C")
        painter.drawText(QRectF(0, y - 8, axes.left - 8, 16), _RIGHT, text)


def paint_curves(painter: QPainter, axes: Axes, curves: Curves, *, stale: bool) -> None:
    """Draw every curve; those of a prediction that no longer fits the plan faintly, with the word (H-13)."""
    tokens = theme().tokens
    painter.save()
    painter.setClipRect(QRectF(axes.left, axes.top - 2, axes.width, axes.height + 4))
    painter.setOpacity(0.4 if stale else 1.0)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for line in curves.lines:
        if not line.is_known:
            continue
        spots = [
            QPointF(axes.x(float(t)), axes.y(float(v))) for t, v in zip(curves.times_s, line.values_c, strict=True)
        ]
        path = QPainterPath(spots[0])
        for spot in spots[1:]:
            path.lineTo(spot)
        painter.setPen(_pen(line, tokens.surface))
        painter.drawPath(path)
        if line.subject_kind == WATCHED:
            _paint_name(painter, axes, line, spots)
    painter.restore()
    if stale:
        painter.setFont(ui_font(SECONDARY_PX, 600))
        painter.setPen(QColor(tokens.check))
        painter.drawText(QRectF(axes.left + 8, axes.top, 80, 18), Qt.AlignmentFlag.AlignLeft, "STALE")


def _paint_name(painter: QPainter, axes: Axes, line: CurveLine, spots: list[QPointF]) -> None:
    """Write a point's name on its curve, near the end of the time; each at a place of its own."""
    painter.setFont(ui_font(SMALL_PX, 600))
    painter.setPen(QColor(theme().tokens.text_1))
    place = axes.left + axes.width - 26.0 * int(line.name[1:])
    spot = min(spots, key=lambda spot: abs(spot.x() - place))
    y = spot.y() - 16 if spot.y() - 16 >= axes.top else spot.y() + 3
    painter.drawText(QRectF(place, y, 24, 14), Qt.AlignmentFlag.AlignRight, line.name)


def _pen(line: CurveLine, surface: str) -> QPen:
    if line.subject_kind == WATCHED:
        pen = QPen(QColor(theme().tokens.text_1), _CURVE_PX)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        dash = _WATCHED_DASHES[(int(line.name[1:]) - 1) % len(_WATCHED_DASHES)]
        if dash:
            pen.setDashPattern([length / _CURVE_PX for length in dash])
        return pen
    style = style_of_subject(line.subject_kind)
    pen = line_pen(style, width_px=_CURVE_PX)
    pen.setColor(QColor(on_surface(style.colour, surface)))
    if line.dashed:
        pen.setDashPattern([5 / _CURVE_PX, 3 / _CURVE_PX])
    return pen


def paint_times(painter: QPainter, axes: Axes, height_px: int) -> None:
    """Write times under the curves; the end of the schedule is always among them."""
    painter.setFont(ui_font(SMALL_PX))
    painter.setPen(QColor(theme().tokens.text_3))
    step_s = next((s for s in (15, 30, 60, 120, 300, 600) if axes.total_s / s <= 10), 900)
    times_s = [float(t) for t in range(0, int(axes.total_s), step_s)]
    room_s = 44 / max(axes.width, 1e-9) * axes.total_s
    y = height_px - FOOT_PX + 4
    for time_s in (t for t in times_s if axes.total_s - t >= room_s):
        painter.drawText(QRectF(axes.x(time_s) - 30, y, 60, 16), Qt.AlignmentFlag.AlignCenter, minutes(time_s))
    painter.drawText(QRectF(axes.x(axes.total_s) - 56, y, 60, 16), _RIGHT, minutes(axes.total_s))


def paint_values(
    painter: QPainter, box: QRectF, curves: Curves | None, *, time_s: float | None, missing: str = ""
) -> None:
    """Write the values at a time into ``box``, as many as there is room for, and the treated volume last.

    ``missing`` says why there are none.
    """
    pitch = _PITCH_PX if box.height() >= _LOW_PX else _LOW_PITCH_PX
    row = QRectF(box.left(), box.top(), box.width(), pitch - 2)
    painter.setFont(ui_font(SECONDARY_PX))
    painter.setPen(QColor(theme().tokens.text_3))
    painter.drawText(row, Qt.AlignmentFlag.AlignLeft, "Coldest" if time_s is None else f"At {minutes(time_s)}")
    if curves is None or missing:
        painter.drawText(row.translated(0, pitch), Qt.AlignmentFlag.AlignLeft, missing or MISSING)
        return
    room = max(0, int((box.height() - pitch) // pitch) - 1)
    shown = curves.lines if len(curves.lines) <= room else curves.lines[: max(0, room - 1)]
    for line in shown:
        row.translate(0, pitch)
        painter.setPen(_pen(line, theme().tokens.surface))
        painter.drawLine(QPointF(row.left(), row.center().y()), QPointF(row.left() + 18, row.center().y()))
        _paint_value(painter, row.adjusted(24, 0, 0, 0), line.name, value_words(curves, line, time_s))
    if len(shown) < len(curves.lines) and room:
        row.translate(0, pitch)
        _paint_value(painter, row.adjusted(24, 0, 0, 0), f"and {len(curves.lines) - len(shown)} more: point here", "")
    row.translate(0, pitch)
    _paint_value(painter, row, *volume_words(curves, time_s))


def _paint_value(painter: QPainter, row: QRectF, name: str, value: str) -> None:
    tokens = theme().tokens
    painter.setFont(ui_font(SECONDARY_PX, 600))
    painter.setPen(QColor(tokens.text_1))
    painter.drawText(row, _RIGHT, value)
    room = row.width() - painter.fontMetrics().horizontalAdvance(value) - 6
    painter.setFont(ui_font(SECONDARY_PX))
    painter.setPen(QColor(tokens.text_2))
    painter.drawText(row, _LEFT, painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, int(room)))
