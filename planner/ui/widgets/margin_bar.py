"""How far from the limits is this value? A 58 × 14 bar with 0, the fail and pass limits, and the value as a dot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from planner.ui.theme.theme import theme
from planner.ui.theme.tokens import VERDICT_STYLE

if TYPE_CHECKING:
    from planner.domain.assessment import Check

BAR_W_PX, BAR_H_PX = 58, 14
_ROOM = 0.35


@dataclass(frozen=True, slots=True)
class BarScale:
    """The value range of one bar. A value outside is drawn at the end it lies beyond."""

    low: float
    high: float

    def share(self, value: float) -> float:
        """Return where ``value`` lies, 0 at the left end to 1 at the right."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))


def bar_scale(check: Check) -> BarScale | None:
    """Return the range that shows 0 and both limits with room around; None without a limit to show."""
    limits = [limit for limit in (check.pass_limit, check.fail_limit) if limit is not None]
    if not limits:
        return None
    low, high = min(0.0, *limits), max(0.0, *limits)
    span = max(high - low, 1.0)
    return BarScale(low - _ROOM * span, high + _ROOM * span)


def paint_margin_bar(
    painter: QPainter, box: QRectF, check: Check, *, is_live: bool = False, pessimistic: float | None = None
) -> None:
    """Draw the bar of one check into ``box``; nothing when there is no limit, and no dot without a value.

    The value of a preview, ``is_live``, is a ring without a verdict's colour. A dashed tail leads to the unfavourable
    end of the band, ``pessimistic``.
    """
    scale = bar_scale(check)
    if scale is None:
        return
    tokens = theme().tokens
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    middle = box.center().y()
    painter.setPen(QPen(QColor(tokens.line_strong), 2))
    painter.drawLine(QPointF(box.left(), middle), QPointF(box.right(), middle))
    for value, half_px, width in ((0.0, 6.0, 1.4), (check.fail_limit, 3.5, 1.0), (check.pass_limit, 3.5, 1.0)):
        if value is not None:
            x = box.left() + scale.share(value) * box.width()
            painter.setPen(QPen(QColor(tokens.text_3), width))
            painter.drawLine(QPointF(x, middle - half_px), QPointF(x, middle + half_px))
    if check.value is not None:
        place = QPointF(box.left() + 3 + scale.share(check.value) * (box.width() - 6), middle)
        colour = QColor(tokens.text_2 if is_live else getattr(tokens, VERDICT_STYLE[check.verdict].colour))
        if pessimistic is not None:
            end = QPointF(box.left() + 3 + scale.share(pessimistic) * (box.width() - 6), middle)
            painter.setPen(QPen(colour, 1.6, Qt.PenStyle.DashLine))
            painter.drawLine(place, end)
        painter.setPen(QPen(colour, 1.6) if is_live else Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.surface) if is_live else colour)
        painter.drawEllipse(place, 3, 3)
    painter.restore()
