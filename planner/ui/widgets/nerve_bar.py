"""How cold did the nerve get, along its length? An 8 px strip with the treatment segment in brackets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QAccessible, QColor, QPainter, QPen

from planner.planning.coverage import runs_below
from planner.rendering.palette import ICE_LEVELS
from planner.report.numbers import celsius, mm
from planner.ui.models.treated_part import moved_bracket
from planner.ui.theme.theme import theme
from planner.ui.widgets.accessible import PaintedWidget

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent, QPaintEvent

    from planner.domain.assessment import NerveProfile

_STRIP_PX = 8
_BRACKET_PX = 14
_CATCH_PX = 14.0


def treated_mm(profile: NerveProfile, level_c: float) -> float:
    """Return the longest unbroken length within the treatment segment whose whole cross-section is at a level, mm.

    The same measure as the judged treated length, so that one panel never tells two numbers for one thing.
    """
    warmer_by = np.asarray(profile.warmest_c) - level_c
    runs = runs_below(np.asarray(profile.arc_mm), warmer_by, profile.segment_mm)
    return max((end - start for start, end in runs), default=0.0)


def ice_colour(temperature_c: float) -> str | None:
    """Return the colour of the coldest level reached; None when it never froze."""
    reached = [level for level in ICE_LEVELS if temperature_c <= level.level_c]
    return reached[-1].colour if reached else None


class NerveBar(PaintedWidget):
    """The strip. Temperatures are the warmest of each cross-section, so a half-frozen nerve does not look treated.

    Its brackets can be dragged: ``segment_chosen((from, to))`` in mm along the nerve when the hand lets go, so that one
    drag is one edit; ``segment_dragged`` with the same on the way there.
    """

    role = QAccessible.Role.Chart
    segment_dragged = Signal(object)
    segment_chosen = Signal(object)

    def __init__(self, profile: NerveProfile, name: str, *, is_movable: bool = True) -> None:
        super().__init__()
        self._profile = profile
        self._is_movable = is_movable
        self._held: int | None = None
        self._dragged: tuple[float, float] | None = None
        self.setFixedHeight(_BRACKET_PX + 4)
        self.setMinimumWidth(120)
        self.setMouseTracking(is_movable)
        self.setAccessibleName(f"Temperature along {name}")
        self.show_profile(profile)

    def show_profile(self, profile: NerveProfile) -> None:
        """Show another nerve or other temperatures; without temperatures the strip stays grey."""
        self._profile = profile
        what = "Brackets: treated part, drag them." if self._is_movable else "Brackets: treated part."
        warmest = "Warmest point of each cross-section along the nerve. " if profile.warmest_c else ""
        self.setToolTip(warmest + what)
        self.value_changed()

    @property
    def segment_mm(self) -> tuple[float, float]:
        """The treated part as shown, mm along the nerve: where the hand has it, else as in the plan."""
        return self._dragged or self._profile.segment_mm

    def spoken_value(self) -> str:
        """Return lengths below each level and the coldest point; without temperatures the treated part."""
        if not self._profile.warmest_c:
            return f"treated from {mm(self.segment_mm[0])} to {mm(self.segment_mm[1])}"
        parts = [
            f"{mm(treated_mm(self._profile, level.level_c))} at or below {celsius(level.level_c)}"
            for level in ICE_LEVELS
        ]
        return f"{', '.join(parts)}, coldest {celsius(min(self._profile.coldest_c))}"

    # --- painting ----------------------------------------------------------------------------------------------------

    @property
    def _ends_mm(self) -> tuple[float, float]:
        arc = self._profile.arc_mm
        return (arc[0], max(arc[-1], arc[0] + 1e-6)) if arc else (0.0, 1e-6)

    def x_px(self, arc_mm: float) -> float:
        """Return where an arc length lies, px from the left edge; brackets stay within the widget."""
        begin, end = self._ends_mm
        return min(max((arc_mm - begin) / (end - begin) * self.width(), 1.0), self.width() - 1.0)

    def _arc_at(self, x_px: float) -> float:
        begin, end = self._ends_mm
        return begin + min(max(x_px / max(1, self.width()), 0.0), 1.0) * (end - begin)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw strip and brackets."""
        del event
        tokens = theme().tokens
        painter = QPainter(self)
        painter.fillRect(QRectF(0, self._top_px, self.width(), _STRIP_PX), QColor(tokens.line_strong))
        self._paint_temperatures(painter)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        y0, y1 = (self.height() - _BRACKET_PX) / 2, (self.height() + _BRACKET_PX) / 2
        for number, (position, inward) in enumerate(zip(self.segment_mm, (3, -3), strict=True)):
            colour = tokens.accent if number == self._held else tokens.text_1
            painter.setPen(QPen(QColor(colour), 2.0 if self._is_movable else 1.4))
            x = self.x_px(position)
            painter.drawPolyline([QPointF(x + inward, y0), QPointF(x, y0), QPointF(x, y1), QPointF(x + inward, y1)])

    @property
    def _top_px(self) -> float:
        return (self.height() - _STRIP_PX) / 2

    def _paint_temperatures(self, painter: QPainter) -> None:
        arc, (begin, end) = self._profile.arc_mm, self._ends_mm
        for at, warmest in enumerate(self._profile.warmest_c):
            colour = ice_colour(warmest)
            if colour is not None:
                left = arc[max(at - 1, 0)] / 2 + arc[at] / 2
                right = arc[min(at + 1, len(arc) - 1)] / 2 + arc[at] / 2
                x0, x1 = ((x - begin) / (end - begin) * self.width() for x in (left, right))
                painter.fillRect(QRectF(x0, self._top_px, max(1.0, x1 - x0 + 0.5), _STRIP_PX), QColor(colour))

    # --- hand --------------------------------------------------------------------------------------------------------

    def _bracket_at(self, x_px: float) -> int | None:
        """Return the bracket within reach: 0 the first, 1 the last; of two at one place the one that can move there."""
        if not self._is_movable or not self._profile.arc_mm:
            return None
        away = [abs(self.x_px(position) - x_px) for position in self.segment_mm]
        nearest = 0 if away[0] < away[1] or (away[0] == away[1] and x_px < self.x_px(self.segment_mm[0])) else 1
        return nearest if away[nearest] <= _CATCH_PX else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of a bracket."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._held = self._bracket_at(event.position().x())
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the bracket that is held; elsewhere show what can be held."""
        x = event.position().x()
        if self._held is None or not event.buttons() & Qt.MouseButton.LeftButton:
            is_over = self._bracket_at(x) is not None
            self.setCursor(Qt.CursorShape.SizeHorCursor if is_over else Qt.CursorShape.ArrowCursor)
            return
        self._dragged = moved_bracket(self.segment_mm, self._held, self._arc_at(x))
        self.segment_dragged.emit(self._dragged)
        self.value_changed()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go: the treated part is chosen."""
        del event
        dragged, self._held, self._dragged = self._dragged, None, None
        if dragged is not None:
            self.segment_chosen.emit(dragged)
        self.update()
