"""How cold did the nerve get, along its length? An 8 px strip with the treatment segment in brackets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QAccessible, QColor, QPainter, QPen

from planner.planning.coverage import runs_below
from planner.rendering.palette import ICE_LEVELS
from planner.report.numbers import celsius, mm
from planner.ui.theme.theme import theme
from planner.ui.widgets.accessible import PaintedWidget

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from planner.domain.assessment import NerveProfile

_STRIP_PX = 8
_BRACKET_PX = 14


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
    """The strip. Temperatures are the warmest of each cross-section, so a half-frozen nerve does not look treated."""

    role = QAccessible.Role.Chart

    def __init__(self, profile: NerveProfile, name: str) -> None:
        super().__init__()
        self._profile = profile
        self.setFixedHeight(_BRACKET_PX + 4)
        self.setMinimumWidth(120)
        self.setAccessibleName(f"Temperature along {name}")
        self.setToolTip("Warmest point of each cross-section along the nerve; brackets: treatment segment.")

    def spoken_value(self) -> str:
        """Return lengths below each level and the coldest point."""
        parts = [
            f"{mm(treated_mm(self._profile, level.level_c))} at or below {celsius(level.level_c)}"
            for level in ICE_LEVELS
        ]
        return f"{', '.join(parts)}, coldest {celsius(min(self._profile.coldest_c))}"

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw strip and brackets."""
        del event
        tokens = theme().tokens
        painter = QPainter(self)
        arc = self._profile.arc_mm
        length = max(arc[-1] - arc[0], 1e-6) if arc else 1.0
        top = (self.height() - _STRIP_PX) / 2
        painter.fillRect(QRectF(0, top, self.width(), _STRIP_PX), QColor(tokens.line_strong))
        for at, warmest in enumerate(self._profile.warmest_c):
            colour = ice_colour(warmest)
            if colour is not None:
                left = arc[max(at - 1, 0)] / 2 + arc[at] / 2
                right = arc[min(at + 1, len(arc) - 1)] / 2 + arc[at] / 2
                x0, x1 = ((x - arc[0]) / length * self.width() for x in (left, right))
                painter.fillRect(QRectF(x0, top, max(1.0, x1 - x0 + 0.5), _STRIP_PX), QColor(colour))
        painter.setPen(QPen(QColor(tokens.text_1), 1.4))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        y0, y1 = (self.height() - _BRACKET_PX) / 2, (self.height() + _BRACKET_PX) / 2
        for position, inward in zip(self._profile.segment_mm, (3, -3), strict=True):
            x = min(max((position - arc[0]) / length * self.width(), 1.0), self.width() - 1.0) if arc else 0.0
            painter.drawPolyline([QPointF(x + inward, y0), QPointF(x, y0), QPointF(x, y1), QPointF(x + inward, y1)])
