"""How do slice primitives get onto the screen? With QPainter: the twin of the report's SVG painter."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPainterPath, QPen, QPolygonF

from planner.rendering.palette import HALO, HALO_OPACITY
from planner.rendering.primitives import Align, Hatch, Marker, Path, Pen, Primitive, Shape
from planner.ui.theme.fonts import ui_font

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray
    from PySide6.QtWidgets import QWidget

_HALO_UNDER_LINES = 0.75
_BEYOND_PX = 16.0
_LABEL_ROOM_PX = 4.0
# Contours turn by little at each point: there a round join takes twice the time of a bevelled one and looks the same.
_FINE_POINTS = 64
# Straight pieces of this length leave a smooth curve by less than a tenth of a pixel.
_FINEST_PX = 1.2


def grey_image(raster: NDArray[np.uint8], *, device_pixel_ratio: float) -> QImage:
    """Return a QImage that owns a copy of a grey raster, shape (H, W), uint8."""
    pixels = np.ascontiguousarray(raster)
    height, width = pixels.shape
    image = QImage(pixels.data, width, height, width, QImage.Format.Format_Grayscale8).copy()
    image.setDevicePixelRatio(device_pixel_ratio)
    return image


def tint_image(is_in: NDArray[np.bool_], colour: str, *, opacity: float, device_pixel_ratio: float) -> QImage:
    """Return a QImage of one translucent colour where a raster, shape (H, W), is True, and clear elsewhere."""
    pixels = np.ascontiguousarray(is_in).view(np.uint8)
    height, width = pixels.shape
    tint = QColor(colour)
    tint.setAlphaF(opacity)
    image = QImage(pixels.data, width, height, width, QImage.Format.Format_Indexed8)
    image.setColorTable([0, tint.rgba()])
    made = image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
    made.setDevicePixelRatio(device_pixel_ratio)
    return made


def paint_primitives(painter: QPainter, primitives: Iterable[Primitive]) -> None:
    """Paint primitives in order, in the painter's logical pixels."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    viewport = painter.viewport()
    ratio = painter.device().devicePixelRatio()
    reach = np.array([viewport.width(), viewport.height()]) + _BEYOND_PX
    for primitive in primitives:
        if isinstance(primitive, Path):
            _paint_path(painter, primitive, reach)
        elif isinstance(primitive, Hatch):
            _paint_hatch(painter, primitive)
        elif isinstance(primitive, Marker):
            _paint_marker(painter, primitive)
        else:
            x, y = primitive.anchor_px
            shift, image = _label_image(
                primitive.text, primitive.size_px, primitive.weight, primitive.colour, primitive.halo_px, ratio
            )
            start = {Align.START: 0.0, Align.MIDDLE: shift[0] / 2, Align.END: shift[0]}[primitive.align]
            # Whole device pixels keep letters crisp.
            left, top = (round(v * ratio) / ratio for v in (x - start - _LABEL_ROOM_PX, y - shift[1]))
            painter.drawImage(QPointF(left, top), image)


def paint_focus(painter: QPainter, widget: QWidget) -> None:
    """Draw the frame of the view that has the keyboard."""
    if widget.hasFocus():
        pen = QPen(widget.palette().highlight().color(), 2)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        painter.drawRect(widget.rect().adjusted(1, 1, -1, -1))


def _paint_path(painter: QPainter, path: Path, reach: NDArray[np.float64]) -> None:
    lines = [thinned(line) for line in path.lines]
    if path.fill is not None and path.fill_opacity > 0:
        painter.fillPath(_outline(lines), _colour(path.fill, path.fill_opacity))
    if path.pen is not None:
        seen = [part for line in lines for part in visible_parts(line, reach)]
        if seen:
            _stroke(painter, _outline(seen), path.pen)


def thinned(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a polyline without points that lie closer together than the screen can show; its ends always stay."""
    if len(line) <= _FINE_POINTS:
        return line
    step_px = float(np.hypot(*np.diff(line, axis=0).T).mean())
    every = min(int(_FINEST_PX / max(step_px, 1e-6)), len(line) // 8)
    if every < 2:
        return line
    return line[::every] if (len(line) - 1) % every == 0 else np.vstack([line[::every], line[-1:]])


def visible_parts(line: NDArray[np.float64], reach: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Return the runs of a polyline that come into view: dashing what nobody sees costs most of a frame.

    ``reach`` is the (width, height) of the view plus a margin; the margin applies at the upper left as well.
    """
    low, high = line.min(axis=0), line.max(axis=0)
    if (high < -_BEYOND_PX).any() or (low > reach).any():
        return []
    if (low >= -_BEYOND_PX).all() and (high <= reach).all():
        return [line]
    # A segment is kept unless both of its ends lie beyond the same edge.
    below, above = line < -_BEYOND_PX, line > reach
    is_hidden = (below[:-1] & below[1:]).any(axis=1) | (above[:-1] & above[1:]).any(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate([[True], is_hidden, [True]]).astype(np.int8)))
    return [line[start : stop + 1] for start, stop in zip(edges[::2], edges[1::2], strict=True)]


def _stroke(painter: QPainter, shape: QPainterPath, pen: Pen) -> None:
    for stroke in _strokes(pen, is_fine=shape.elementCount() > _FINE_POINTS):
        painter.strokePath(shape, stroke)


@lru_cache(maxsize=256)
def _strokes(pen: Pen, *, is_fine: bool) -> tuple[QPen, ...]:
    """Return the pens of a stroke, the halo's first; a slice uses the same few again and again."""
    pens = [_qpen(pen, pen.colour, pen.width_px, pen.opacity)]
    if pen.halo_px:
        pens.insert(0, _qpen(pen, HALO, pen.width_px + 2 * pen.halo_px, _HALO_UNDER_LINES * pen.opacity))
    for stroke in pens:
        if is_fine:
            stroke.setJoinStyle(Qt.PenJoinStyle.BevelJoin)
    return tuple(pens)


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


@lru_cache(maxsize=512)
def _label_image(
    text: str, size_px: float, weight: int, colour: str, halo_px: float, ratio: float
) -> tuple[tuple[float, float], QImage]:
    """Return ((advance width, ascent with room), picture) of a text with its halo; texts repeat from frame to frame."""
    font = ui_font(round(size_px), weight)
    metrics = QFontMetricsF(font)
    width, ascent = metrics.horizontalAdvance(text), metrics.ascent() + _LABEL_ROOM_PX
    height = ascent + metrics.descent() + _LABEL_ROOM_PX
    image = QImage(
        int(np.ceil((width + 2 * _LABEL_ROOM_PX) * ratio)),
        int(np.ceil(height * ratio)),
        QImage.Format.Format_ARGB32_Premultiplied,
    )
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    shape = QPainterPath()
    shape.addText(QPointF(_LABEL_ROOM_PX, ascent), font, text)
    if halo_px:
        pen = QPen(_colour(HALO, HALO_OPACITY), halo_px)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.strokePath(shape, pen)
    painter.fillPath(shape, _colour(colour, 1.0))
    painter.end()
    return (width, ascent), image


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
