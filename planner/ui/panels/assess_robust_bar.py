"""How often is each millimetre of a nerve treated? A strip of the share of draws, with the levels that it is judged by.

Height and a number under the pointer say it; colour only repeats it (H-18).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QAccessible, QColor, QPainter, QPen
from PySide6.QtWidgets import QToolTip

from planner.rendering.palette import share_class
from planner.ui.theme.fonts import SMALL_PX, ui_font
from planner.ui.theme.theme import theme
from planner.ui.widgets.accessible import PaintedWidget
from planner.ui.widgets.timeline_curves import on_surface

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent, QPaintEvent

    from planner.domain.robustness import TargetCoverage

_PLOT_PX, _AXIS_PX, _LEFT_PX = 40, 16, 42
_LEVELS = (0.5, 1.0)


class ShareBar(PaintedWidget):
    """The strip of one nerve."""

    role = QAccessible.Role.Chart

    def __init__(self, name: str) -> None:
        super().__init__()
        self._coverage: TargetCoverage | None = None
        self.setFixedHeight(_PLOT_PX + _AXIS_PX + 6)
        self.setMinimumWidth(120)
        self.setMouseTracking(True)
        self.setAccessibleName(f"Share of draws that treat {name}, along it")

    def show_coverage(self, coverage: TargetCoverage) -> None:
        """Show another nerve or other draws."""
        self._coverage = coverage
        self.value_changed()

    def spoken_value(self) -> str:
        """Return the least share and where it is."""
        coverage = self._coverage
        if coverage is None or not coverage.probability:
            return "not assessed"
        at = int(np.argmin(coverage.probability))
        along = coverage.arc_mm[at] - coverage.arc_mm[0]
        return (
            f"least {100 * coverage.probability[at]:.0f} % at {along:.0f} mm of the marked part, "
            f"most {100 * max(coverage.probability):.0f} %"
        )

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say the share under the pointer."""
        coverage = self._coverage
        if coverage is None or not coverage.probability:
            return
        span = max(1.0, self.width() - _LEFT_PX)
        share = min(max((event.position().x() - _LEFT_PX) / span, 0.0), 1.0)
        at = round(share * (len(coverage.arc_mm) - 1))
        along = coverage.arc_mm[at] - coverage.arc_mm[0]
        words = f"{along:.0f} mm: treated in {100 * coverage.probability[at]:.0f} % of {coverage.told} draws"
        QToolTip.showText(event.globalPosition().toPoint(), words, self)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw axis, levels and a column for each place."""
        del event
        coverage, tokens = self._coverage, theme().tokens
        painter = QPainter(self)
        painter.setFont(ui_font(SMALL_PX))
        for level in _LEVELS:
            y = self._y(level)
            painter.setPen(QPen(QColor(tokens.line), 1))
            painter.drawLine(QPointF(_LEFT_PX, y), QPointF(self.width(), y))
            painter.setPen(QColor(tokens.text_3))
            box = QRectF(0, y - 7, _LEFT_PX - 5, 14)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{100 * level:.0f} %")
        if coverage is not None and coverage.probability:
            self._paint_columns(painter, coverage)
            self._paint_axis(painter, coverage)
        painter.end()

    def _y(self, share: float) -> float:
        return 6.0 + _PLOT_PX * (1.0 - share)

    def _paint_columns(self, painter: QPainter, coverage: TargetCoverage) -> None:
        surface = theme().tokens.surface
        count = len(coverage.probability)
        step = (self.width() - _LEFT_PX) / count
        for at, share in enumerate(coverage.probability):
            colour = QColor(on_surface(share_class(share).colour, surface))
            top = self._y(share)
            left = _LEFT_PX + at * step
            painter.fillRect(QRectF(left, top, max(1.0, step - 0.6), self._y(0.0) - top), colour)

    def _paint_axis(self, painter: QPainter, coverage: TargetCoverage) -> None:
        tokens = theme().tokens
        painter.setPen(QPen(QColor(tokens.line_strong), 1))
        base = self._y(0.0)
        painter.drawLine(QPointF(_LEFT_PX, base), QPointF(self.width(), base))
        painter.setPen(QColor(tokens.text_3))
        box = QRectF(_LEFT_PX, base + 2, self.width() - _LEFT_PX, 14)
        length = coverage.arc_mm[-1] - coverage.arc_mm[0]
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft, "0 mm")
        painter.drawText(box, Qt.AlignmentFlag.AlignRight, f"{length:.0f} mm")
