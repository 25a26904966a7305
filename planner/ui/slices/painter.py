"""How do slice primitives get onto the screen? With QPainter: the twin of the report's SVG painter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPainterPath, QPen, QPolygonF

from planner.rendering.palette import HALO, HALO_OPACITY
from planner.rendering.primitives import Align, Hatch, Label, Marker, Path, Pen, Primitive, Shape
from planner.ui.theme.fonts import ui_font

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

_HALO_UNDER_LINES = 0.75


def grey_image(raster: NDArray[np.uint8], *, device_pixel_ratio: float) -> QImage:
    """Return a QImage that owns a copy of a grey raster, shape (H, W), uint8."""
    pixels = np.ascontiguousarray(raster)
    height, width = pixels.shape
    image = QImage(pixels.data, width, height, width, QImage.Format.Format_Grayscale8).copy()
    image.setDevicePixelRatio(device_pixel_ratio)
    return image


def paint_primitives(painter: QPainter, primitives: Iterable[Primitive]) -> None:
    """Paint primitives in order, in the painter's logical pixels."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for primitive in primitives:
        if isinstance(primitive, Path):
            _paint_path(painter, primitive)
        elif isinstance(primitive, Hatch):
            _paint_hatch(painter, primitive)
        elif isinstance(primitive, Marker):
            _paint_marker(painter, primitive)
        else:
            _paint_label(painter, primitive)


def _paint_path(painter: QPainter, path: Path) -> None:
    shape = _outline(path.lines)
    if path.fill is not None and path.fill_opacity > 0:
        painter.fillPath(shape, _colour(path.fill, path.fill_opacity))
    if path.pen is not None:
        _stroke(painter, shape, path.pen)


def _stroke(painter: QPainter, shape: QPainterPath, pen: Pen) -> None:
    if pen.halo_px:
        halo = _qpen(pen, HALO, pen.width_px + 2 * pen.halo_px, _HALO_UNDER_LINES * pen.opacity)
        painter.strokePath(shape, halo)
    painter.strokePath(shape, _qpen(pen, pen.colour, pen.width_px, pen.opacity))


def _paint_hatch(painter: QPainter, hatch: Hatch) -> None:
    shape = _outline(hatch.lines)
    box = shape.boundingRect()
    painter.save()
    painter.setClipPath(shape, Qt.ClipOperation.IntersectClip)
    painter.setPen(_qpen(hatch.pen, hatch.pen.colour, hatch.pen.width_px, hatch.pen.opacity))
    # Lines x + y = constant, a spacing apart measured across them.
    step = hatch.spacing_px * np.sqrt(2.0)
    for total in np.arange(box.left() + box.top(), box.right() + box.bottom(), step):
        painter.drawLine(
            QPointF(total - box.bottom(), box.bottom()),
            QPointF(total - box.top(), box.top()),
        )
    painter.restore()


def _paint_marker(painter: QPainter, marker: Marker) -> None:
    half = marker.size_px / 2
    box = QRectF(marker.centre_px[0] - half, marker.centre_px[1] - half, marker.size_px, marker.size_px)
    shape = QPainterPath()
    if marker.shape is Shape.CIRCLE:
        shape.addEllipse(box)
    else:
        shape.addRect(box)
    if marker.fill is not None:
        painter.fillPath(shape, _colour(marker.fill, marker.fill_opacity))
    if marker.pen is not None:
        _stroke(painter, shape, marker.pen)


def _paint_label(painter: QPainter, label: Label) -> None:
    font = ui_font(round(label.size_px), label.weight)
    width = QFontMetricsF(font).horizontalAdvance(label.text)
    shift = {Align.START: 0.0, Align.MIDDLE: width / 2, Align.END: width}[label.align]
    text = QPainterPath()
    text.addText(QPointF(label.anchor_px[0] - shift, label.anchor_px[1]), font, label.text)
    if label.halo_px:
        pen = QPen(_colour(HALO, HALO_OPACITY), label.halo_px)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.strokePath(text, pen)
    painter.fillPath(text, _colour(label.colour, 1.0))


def _outline(lines: Iterable[NDArray[np.float64]]) -> QPainterPath:
    """Join polylines into one path; even-odd, so holes stay open."""
    shape = QPainterPath()
    shape.setFillRule(Qt.FillRule.OddEvenFill)
    for line in lines:
        if len(line) > 1:
            shape.addPolygon(QPolygonF([QPointF(x, y) for x, y in line.tolist()]))
    return shape


def _qpen(pen: Pen, colour: str, width_px: float, opacity: float) -> QPen:
    made = QPen(_colour(colour, opacity), width_px)
    made.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    made.setCapStyle(Qt.PenCapStyle.FlatCap)
    if pen.dash_px:
        # Qt counts dashes in pen widths, we count in pixels.
        made.setDashPattern([dash / width_px for dash in pen.dash_px])
    return made


def _colour(colour: str, opacity: float) -> QColor:
    made = QColor(colour)
    made.setAlphaF(opacity)
    return made
