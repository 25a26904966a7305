"""Where on the timeline is which time, temperature and schedule? Geometry alone, for painting and for the hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.planning.timeline import Curves

FLAG_PX, FOOT_PX = 22, 22
TOP_C = 40.0
MIN_CURVES_PX = 60
LEGEND_PX, LEGEND_FROM_PX = 224, 700
ROW_PX, LOWEST_ROW_PX = 24, 15
_LEFT_PX, _LEFT_LABELLED_PX, _RIGHT_PX = 44, 76, 16
_GAP_PX = 10
_EDGE_REACH_PX = 5.0


@dataclass(frozen=True, slots=True)
class Axes:
    """One layout of the timeline, px.

    Parameters
    ----------
    left, width
        Of the time from 0 to ``total_s``.
    row_px
        Height of the row of one schedule; the first begins at ``FLAG_PX``.
    top, height
        Of the curves, from 40 °C down to ``low_c``.
    """

    left: float
    width: float
    row_px: float
    rows: int
    top: float
    height: float
    total_s: float
    low_c: float

    def x(self, time_s: float) -> float:
        """Return where a time is; beyond the end it goes on to the right."""
        return self.left + self.width * time_s / max(self.total_s, 1e-9)

    def time_at(self, x: float) -> float:
        """Return the time at a place, beyond the end as well, but never before the start."""
        return max(0.0, (x - self.left) / max(self.width, 1e-9) * self.total_s)

    def time_s(self, x: float) -> float:
        """Return the time at a place, from 0 to the end."""
        return min(self.total_s, self.time_at(x))

    def y(self, temperature_c: float) -> float:
        """Return where a temperature is."""
        return self.top + (TOP_C - temperature_c) / (TOP_C - self.low_c) * self.height

    def row_top(self, row: int) -> float:
        """Return the upper end of a schedule's row."""
        return FLAG_PX + row * self.row_px

    def row_at(self, y: float) -> int | None:
        """Return the schedule's row at a height; None above and below."""
        row = int((y - FLAG_PX) // self.row_px)
        return row if y >= FLAG_PX and 0 <= row < self.rows else None

    def edge_at(self, x: float, ends_s: tuple[float, ...]) -> int | None:
        """Return the end of a phase that a hand at ``x`` can take: the nearest within reach, of two the later."""
        reach = [(abs(self.x(end_s) - x), -at) for at, end_s in enumerate(ends_s)]
        near = min(reach, default=(_EDGE_REACH_PX + 1, 0))
        return -near[1] if near[0] <= _EDGE_REACH_PX else None


def axes_for(size_px: tuple[int, int], *, rows: int, total_s: float, low_c: float) -> Axes:
    """Lay a timeline of so many schedules out: rows as high as there is room, curves below them."""
    width_px, height_px = size_px
    left = _LEFT_PX if rows == 1 else _LEFT_LABELLED_PX
    legend = LEGEND_PX if width_px >= LEGEND_FROM_PX else 0
    rest = height_px - FLAG_PX - FOOT_PX
    for_curves = _GAP_PX + MIN_CURVES_PX if rest >= rows * LOWEST_ROW_PX + _GAP_PX + MIN_CURVES_PX else 4
    row_px = float(min(ROW_PX, max(LOWEST_ROW_PX, (rest - for_curves) / max(rows, 1))))
    top = FLAG_PX + rows * row_px + _GAP_PX
    width = max(10.0, width_px - left - _RIGHT_PX - legend)
    return Axes(left, width, row_px, rows, top, height_px - top - FOOT_PX, total_s, low_c)


def lowest_c(curves: Curves | None) -> float:
    """Return the lower end of the temperature axis: below everything drawn, a multiple of 20, at most −60 °C."""
    known = [float(line.values_c.min()) for line in (curves.lines if curves else ()) if line.is_known]
    coldest = min([*known, -40.0])
    return -20.0 * (int(-coldest // 20) + 1)


def lowest_px(rows: int) -> int:
    """Return the height below which the rows of so many schedules cannot be read."""
    return FLAG_PX + max(ROW_PX, rows * LOWEST_ROW_PX) + FOOT_PX
