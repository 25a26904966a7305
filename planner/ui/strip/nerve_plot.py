"""How cold does the nerve get along its length? Two curves under the strip, on the same millimetres."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QAccessible, QColor, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen

from planner.rendering.palette import ICE_LEVELS, ICE_TREATMENT, PLANE_COLOUR, TARGET_COLOUR, share_class
from planner.rendering.plane import Orientation
from planner.report.numbers import celsius
from planner.ui.theme.fonts import SECONDARY_PX, SMALL_PX, ui_font
from planner.ui.theme.theme import theme
from planner.ui.widgets.accessible import PaintedWidget
from planner.ui.widgets.timeline_curves import on_surface

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.domain.robustness import TargetCoverage
    from planner.rendering.palette import IceLevel
    from planner.rendering.strip_scene import StripPlane
    from planner.ui.strip.segment_hand import SegmentHand
    from planner.ui.strip.temperatures import NerveTemperatures

_HEAD_PX, _FOOT_PX, _RIGHT_PX = 24, 20, 50
_SHARES_PX = 11.0
_TOP_C, _LEAST_LOW_C, _STEP_C = 40.0, -40.0, 20.0
_LEAST_TICK_PX = 64.0
_TICKS_MM = (1, 2, 5, 10, 20, 50, 100)
_LEAST_ROW_PX = 13.0
_LEVEL_OPACITY = 0.75
_BAND_OPACITY, _SPREAD_OPACITY = 0.13, 0.16


class NervePlot(PaintedWidget):
    """Temperature over arc length; ``arc_chosen`` (mm) while the left button is held."""

    role = QAccessible.Role.Chart
    arc_chosen = Signal(float)

    def __init__(self, segment: SegmentHand | None = None) -> None:
        super().__init__()
        self._segment = segment
        self._plane: StripPlane | None = None
        self._curves: NerveTemperatures | None = None
        self._sentence = ""
        self._segment_mm = (0.0, 0.0)
        self._arc_mm: float | None = None
        self._levels: tuple[IceLevel, ...] = ICE_LEVELS
        self._coverage: TargetCoverage | None = None
        self.setMinimumSize(240, 96)
        self.setMouseTracking(True)
        self.setAccessibleName("Temperature along the nerve")

    def show_plane(self, plane: StripPlane | None) -> None:
        """Take over the strip's scale along the nerve."""
        self._plane = plane
        self.update()

    def show_curves(
        self, curves: NerveTemperatures | None, *, segment_mm: tuple[float, float], sentence: str = ""
    ) -> None:
        """Show temperatures, or the sentence why there are none."""
        self._curves, self._segment_mm, self._sentence = curves, segment_mm, sentence
        self.value_changed()

    def show_levels(self, levels: tuple[IceLevel, ...]) -> None:
        """Draw these isotherms as lines, in their own colours; the treatment's is the heaviest."""
        if levels != self._levels:
            self._levels = levels
            self.update()

    def show_shares(self, coverage: TargetCoverage | None) -> None:
        """Show over many draws how often each place is treated, or nothing of it."""
        if coverage is not self._coverage:
            self._coverage = coverage
            self.value_changed()

    def show_place(self, arc_mm: float | None) -> None:
        """Mark the crosshair's place on the nerve."""
        if arc_mm != self._arc_mm:
            self._arc_mm = arc_mm
            self.value_changed()

    def spoken_value(self) -> str:
        """Say the temperatures at the place and how often it is treated, or why there are none."""
        words = self._place_words() or self._sentence
        return ", ".join(part for part in (words, self._share_words()) if part)

    def level_y(self, celsius_value: float) -> float:
        """Return where a temperature lies, px from the top."""
        top, height = _HEAD_PX + 14.0, max(1.0, self.height() - _HEAD_PX - 14.0 - _FOOT_PX)
        return top + (_TOP_C - celsius_value) / (_TOP_C - self._low_c()) * height

    def _low_c(self) -> float:
        """Return the lowest temperature of the axis: a multiple of 20 below the coldest shown."""
        coldest = _LEAST_LOW_C
        if self._curves is not None:
            coldest = float(min(self._curves.centre_c.min(), self._curves.coldest_c.min(), _LEAST_LOW_C))
        return -_STEP_C * float(np.ceil(-coldest / _STEP_C))

    def _place_words(self) -> str:
        if self._curves is None or self._arc_mm is None:
            return ""
        centre, warmest, coldest = self._curves.at(self._arc_mm)
        there = f"at {self._arc_mm:.1f} mm: centre {celsius(centre)}"
        return (
            f"{there}, warmest {celsius(warmest)}, coldest {celsius(coldest)}" if self._curves.has_diameter else there
        )

    def _short_words(self) -> str:
        """Return the same for the head, where room is short: centre, then coldest to warmest."""
        if self._curves is None or self._arc_mm is None:
            return ""
        centre, warmest, coldest = self._curves.at(self._arc_mm)
        there = f"{self._arc_mm:.1f} mm: {celsius(centre)}"
        return f"{there} ({celsius(coldest)} to {celsius(warmest)})" if self._curves.has_diameter else there

    # --- painting ----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw head, axis, treated part, curves and the place."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(theme().tokens.surface))
        plane = self._plane
        self._paint_head(painter)
        if plane is not None and self._curves is not None:
            self._paint_levels(painter)
            self._paint_segment(painter, plane)
            self._paint_curves(painter, plane, self._curves)
        elif plane is not None:
            painter.setPen(QColor(theme().tokens.text_2))
            painter.setFont(ui_font())
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._sentence)
        if plane is not None:
            self._paint_shares(painter, plane)
            self._paint_ticks(painter, plane)
            self._paint_place(painter, plane)
        painter.end()

    def _paint_head(self, painter: QPainter) -> None:
        tokens = theme().tokens
        row = QRectF(10, 3, self.width() - 20, 18)
        bold, plain = ui_font(SECONDARY_PX, 600), ui_font(SECONDARY_PX)
        title = "Temperature along the nerve" + (f", {self._curves.when}" if self._curves is not None else "")
        parts = [(title, tokens.text_1, bold)]
        if self._curves is not None:
            if self._curves.grade:
                parts.append((self._curves.grade, tokens.check, bold))
            legend = "solid centre · dashed warmest · band to coldest"
            if not self._curves.has_diameter:
                legend = "centre only: no diameter"
            parts.append((legend, tokens.text_3, plain))
        right = " · ".join(part for part in (self._share_words(), self._short_words()) if part)
        room = row.right()
        if right:
            painter.setFont(plain)
            room -= painter.fontMetrics().horizontalAdvance(right) + 16
            painter.setPen(QColor(tokens.text_1))
            painter.drawText(row, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, right)
        for text, colour, font in parts:
            painter.setFont(font)
            width = painter.fontMetrics().horizontalAdvance(text)
            if row.left() + width > room:
                break
            painter.setPen(QColor(colour))
            painter.drawText(row, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
            row.setLeft(row.left() + width + 14)

    def _paint_levels(self, painter: QPainter) -> None:
        tokens = theme().tokens
        painter.setFont(ui_font(SMALL_PX))
        last_y = -_LEAST_ROW_PX
        low = self._low_c()
        ice = {level.level_c: level for level in self._levels}
        for level in sorted({v for v in (*ice, _TOP_C, low) if v >= low}, reverse=True):
            y = self.level_y(level)
            strong = level in ice
            pen = QPen(QColor(tokens.line), 1)
            if strong:
                is_treatment = level == ICE_TREATMENT.level_c
                pen = QPen(QColor(on_surface(ice[level].colour, tokens.surface)), 1.6 if is_treatment else 1.0)
            painter.setPen(pen)
            painter.setOpacity(_LEVEL_OPACITY if strong else 1.0)
            painter.drawLine(QPointF(0, y), QPointF(self.width(), y))
            painter.setOpacity(1.0)
            if y - last_y >= _LEAST_ROW_PX:
                painter.setPen(QColor(tokens.text_2 if strong else tokens.text_3))
                box = QRectF(self.width() - _RIGHT_PX - 4, y - 14, _RIGHT_PX, 14)
                painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom, celsius(level))
                last_y = y

    def _paint_segment(self, painter: QPainter, plane: StripPlane) -> None:
        """Shade the treated part below −20 °C, and bound it as in the strip."""
        begin, end = (plane.x_px(mm) for mm in self._segment_mm)
        top, low = self.level_y(ICE_TREATMENT.level_c), self.level_y(self._low_c())
        band = QColor(ICE_TREATMENT.colour)
        band.setAlphaF(_BAND_OPACITY)
        painter.fillRect(QRectF(begin, top, end - begin, low - top), band)
        pen = QPen(QColor(on_surface(TARGET_COLOUR, theme().tokens.surface)), 1)
        pen.setDashPattern([3, 4])
        painter.setPen(pen)
        for x in (begin, end):
            painter.drawLine(QPointF(x, _HEAD_PX), QPointF(x, self.height() - _FOOT_PX))

    def _paint_curves(self, painter: QPainter, plane: StripPlane, curves: NerveTemperatures) -> None:
        colour = QColor(on_surface(TARGET_COLOUR, theme().tokens.surface))
        painter.save()
        painter.setOpacity(0.4 if curves.grade == "STALE" else 1.0)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        x = [plane.x_px(float(mm)) for mm in curves.arc_mm]
        if curves.has_diameter:
            self._paint_spread(painter, x, curves, colour)
        drawn: list[tuple[NDArray[np.float64], tuple[int, ...]]] = [(curves.centre_c, ())]
        if curves.has_diameter:
            drawn.insert(0, (curves.warmest_c, (4, 3)))
        for values, dashes in drawn:
            pen = QPen(colour, 1.8 if not dashes else 1.4)
            if dashes:
                pen.setDashPattern(list(dashes))
            painter.setPen(pen)
            painter.drawPath(self._path(x, values))
        painter.restore()

    def _paint_spread(self, painter: QPainter, x: Sequence[float], curves: NerveTemperatures, colour: QColor) -> None:
        """Shade from the warmest to the coldest of each cross-section."""
        band = self._path(x, curves.warmest_c)
        for at, value in zip(reversed(x), curves.coldest_c[::-1], strict=True):
            band.lineTo(QPointF(at, self.level_y(min(float(value), _TOP_C))))
        band.closeSubpath()
        fill = QColor(colour)
        fill.setAlphaF(_SPREAD_OPACITY)
        painter.fillPath(band, fill)

    def _path(self, x: Sequence[float], values_c: NDArray[np.float64]) -> QPainterPath:
        path = QPainterPath(QPointF(x[0], self.level_y(min(float(values_c[0]), _TOP_C))))
        for at, value in zip(x[1:], values_c[1:], strict=True):
            path.lineTo(QPointF(at, self.level_y(min(float(value), _TOP_C))))
        return path

    def _paint_shares(self, painter: QPainter, plane: StripPlane) -> None:
        """Draw under the head how often each place is treated: the higher and the greener, the more draws."""
        coverage = self._coverage
        if coverage is None or not coverage.probability:
            return
        surface, base = theme().tokens.surface, _HEAD_PX + _SHARES_PX
        painter.setPen(QPen(QColor(theme().tokens.line_strong), 1))
        painter.drawLine(
            QPointF(plane.x_px(coverage.arc_mm[0]), base + 0.5), QPointF(plane.x_px(coverage.arc_mm[-1]), base + 0.5)
        )
        edges = (np.array(coverage.arc_mm[1:]) + np.array(coverage.arc_mm[:-1])) / 2
        bounds = [coverage.arc_mm[0], *edges, coverage.arc_mm[-1]]
        for (left, right), share in zip(
            pairwise(plane.x_px(float(mm)) for mm in bounds), coverage.probability, strict=True
        ):
            height = _SHARES_PX * share
            box = QRectF(left, base - height, max(1.0, right - left), height)
            painter.fillRect(box, QColor(on_surface(share_class(share).colour, surface)))
        low, high = 100 * min(coverage.probability), 100 * max(coverage.probability)
        words = f"treated in {low:.0f} to {high:.0f} % of {coverage.told} draws"
        painter.setFont(ui_font(SMALL_PX))
        painter.setPen(QColor(theme().tokens.text_2))
        right = plane.x_px(coverage.arc_mm[-1]) + 8
        width = painter.fontMetrics().horizontalAdvance(words)
        if right + width > self.width() - _RIGHT_PX:  # where it does not fit behind the strip, before it
            right = plane.x_px(coverage.arc_mm[0]) - 8 - width
        painter.drawText(QPointF(right, base), words)

    def _share_words(self) -> str:
        """Say in how many draws the place is treated."""
        coverage = self._coverage
        if coverage is None or not coverage.probability or self._arc_mm is None:
            return ""
        if not coverage.arc_mm[0] <= self._arc_mm <= coverage.arc_mm[-1]:
            return ""
        share = float(np.interp(self._arc_mm, coverage.arc_mm, coverage.probability))
        return f"treated in {100 * share:.0f} % of draws"

    def _paint_ticks(self, painter: QPainter, plane: StripPlane) -> None:
        tokens = theme().tokens
        painter.setFont(ui_font(SMALL_PX))
        step = next((mm for mm in _TICKS_MM if mm / plane.mm_per_px >= _LEAST_TICK_PX), _TICKS_MM[-1])
        y = self.height() - _FOOT_PX
        for mm in np.arange(0.0, plane.course.length_mm + 0.01, step):
            x = plane.x_px(float(mm))
            painter.setPen(QPen(QColor(tokens.line_strong), 1))
            painter.drawLine(QPointF(x, y), QPointF(x, y + 4))
            painter.setPen(QColor(tokens.text_3))
            left = min(max(4.0, x - 30), self.width() - 64.0)
            align = Qt.AlignmentFlag.AlignLeft if x < 34 else Qt.AlignmentFlag.AlignHCenter
            if x > self.width() - 34:
                align = Qt.AlignmentFlag.AlignRight
            painter.drawText(QRectF(left, y + 4, 60, 14), align, f"{mm:.0f} mm")

    def _paint_place(self, painter: QPainter, plane: StripPlane) -> None:
        if self._arc_mm is None:
            return
        x = plane.x_px(self._arc_mm)
        painter.setPen(QPen(QColor(PLANE_COLOUR[Orientation.AXIAL]), 1))
        painter.drawLine(QPointF(x, _HEAD_PX), QPointF(x, self.height() - _FOOT_PX))
        if self._curves is not None:
            painter.setBrush(QColor(theme().tokens.surface))
            for value in self._curves.at(self._arc_mm)[: 2 if self._curves.has_diameter else 1]:
                painter.drawEllipse(QPointF(x, self.level_y(min(value, _TOP_C))), 3, 3)

    # --- hand --------------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Hold an end of the treated part, or go to that place of the nerve."""
        if event.button() != Qt.MouseButton.LeftButton or self._plane is None:
            return
        if self._segment is None or not self._segment.press(event.position().x(), self._plane):
            self.arc_chosen.emit(self._plane.arc_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the hand."""
        x, plane = event.position().x(), self._plane
        if plane is None:
            return
        if self._segment is not None and self._segment.is_holding:
            self._segment.drag(x, plane)
        elif event.buttons() & Qt.MouseButton.LeftButton:
            self.arc_chosen.emit(plane.arc_at(x))
        elif self._segment is not None:
            is_over = self._segment.bracket_at(x, plane) is not None
            self.setCursor(Qt.CursorShape.SizeHorCursor if is_over else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        del event
        if self._segment is not None:
            self._segment.release()
