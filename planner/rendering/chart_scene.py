"""How are temperatures over time or along a nerve drawn on paper? As a chart, every curve named at its end.

White paper, no picture below. Colours are those of the views, darkened until a line reads on white; a name stands in
ink beside a piece of its own line, so that colour never stands alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.rendering.label_room import shortened
from planner.rendering.palette import rgb
from planner.rendering.primitives import Align, Label, Path, Pen, Primitive, Role, text_width_px

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.rendering.palette import Dash

PAPER = "#ffffff"
INK, INK_2, INK_3 = "#1a1f25", "#48525d", "#5e6873"
HAIRLINE, STRONG_LINE = "#d3d8de", "#8b949f"
FREEZE_TINT, THAW_TINT, TREATED_TINT = "#dce8f3", "#f7ecd3", "#fdf8c8"
LABEL_COLUMN_PX = 290.0
"""Kept at the right for the curves' names and values."""
_TEXT_PX = 12.0
_PITCH_PX = 15.0
_LEFT_PX, _FOOT_PX, _TOP_PX = 64.0, 36.0, 10.0
_ROW_PX, _ROW_GAP_PX = 20.0, 8.0
_SAMPLE_PX = 22.0
_CURVE_PX = 1.8
_LEAST_CONTRAST = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class ChartCurve:
    """One curve: its name, what stands after the name, its points (N,) and its look."""

    name: str
    value_words: str
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    colour: str
    dash_px: Dash = ()


@dataclass(frozen=True, slots=True)
class ChartBlock:
    """A stretch of the horizontal axis with its name and duration, drawn above the curves; ``tint`` fills it."""

    start: float
    end: float
    name: str
    value_words: str = ""
    tint: str = ""


@dataclass(frozen=True, slots=True)
class ChartRow:
    """One row of blocks; ``label`` stands left of it."""

    label: str
    blocks: tuple[ChartBlock, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Chart:
    """What a chart shows.

    Parameters
    ----------
    size_px
        (width, height) in logical pixels.
    x_end
        The horizontal axis runs from ``x_start`` to here.
    x_ticks
        (place, words).
    low, high, unit
        Ends of the vertical axis, and what it counts.
    strong
        Values of the vertical axis drawn as stronger lines, such as 0 and the treatment isotherm.
    treated
        (from, to) on the horizontal axis tinted behind the curves; None where nothing is marked.
    span_px
        Where the horizontal axis begins and ends; the curves are then named in a row above. None leaves room for their
        names at the right.
    """

    size_px: tuple[int, int]
    x_end: float
    x_ticks: tuple[tuple[float, str], ...]
    x_title: str
    low: float
    high: float
    unit: str
    curves: tuple[ChartCurve, ...]
    strong: tuple[float, ...] = ()
    rows: tuple[ChartRow, ...] = ()
    x_start: float = 0.0
    treated: tuple[float, float] | None = None
    span_px: tuple[float, float] | None = None


def on_paper(colour: str) -> str:
    """Return a colour darkened until a line in it reads at 3:1 on white (WCAG 2.1)."""
    share = np.array(rgb(colour))
    while 1.05 / (_luminance(share) + 0.05) < _LEAST_CONTRAST:
        share = share * 0.92
    red, green, blue = (round(255 * value) for value in share)
    return f"#{red:02x}{green:02x}{blue:02x}"


def _luminance(share: NDArray[np.float64]) -> float:
    """Return the relative luminance of sRGB shares, shape (3,)."""
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def chart_marks(chart: Chart) -> list[Primitive]:
    """Draw a chart: rows of blocks, grid, curves, and the names of the curves at the right."""
    frame = _Frame(chart)
    marks: list[Primitive] = []
    if chart.treated is not None:
        left, right = (frame.x(value) for value in chart.treated)
        marks.append(_box((left, frame.top), (right, frame.bottom), fill=TREATED_TINT, name="treated part"))
    for number, row in enumerate(chart.rows):
        marks += _row_marks(row, frame, frame.row_top(number))
    marks += _grid_marks(frame)
    for curve in chart.curves:
        line = np.stack([frame.xs(curve.x), frame.ys(curve.y)], axis=1)
        pen = Pen(on_paper(curve.colour), _CURVE_PX, curve.dash_px)
        marks.append(Path(Role.TARGET, (line,), pen, name=curve.name))
    return marks + _name_marks(frame)


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where a chart's values lie, px."""

    chart: Chart

    @property
    def left(self) -> float:
        return _LEFT_PX if self.chart.span_px is None else self.chart.span_px[0]

    @property
    def right(self) -> float:
        return self.chart.size_px[0] - LABEL_COLUMN_PX if self.chart.span_px is None else self.chart.span_px[1]

    @property
    def top(self) -> float:
        rows = len(self.chart.rows)
        named = _ROW_PX if self.chart.span_px is not None else 0.0
        return _TOP_PX + rows * _ROW_PX + (_ROW_GAP_PX if rows else 0.0) + named

    @property
    def bottom(self) -> float:
        return self.chart.size_px[1] - _FOOT_PX

    def row_top(self, number: int) -> float:
        return _TOP_PX + number * _ROW_PX

    def x(self, value: float) -> float:
        share = (value - self.chart.x_start) / (self.chart.x_end - self.chart.x_start)
        return self.left + share * (self.right - self.left)

    def y(self, value: float) -> float:
        share = (self.chart.high - value) / (self.chart.high - self.chart.low)
        return self.top + share * (self.bottom - self.top)

    def xs(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.array([self.x(float(value)) for value in values])

    def ys(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.clip([self.y(float(value)) for value in values], self.top, self.bottom)


def _row_marks(row: ChartRow, frame: _Frame, top: float) -> list[Primitive]:
    """Draw a row of blocks; words that do not fit into their block are left out, the duration last."""
    marks: list[Primitive] = []
    base = top + _ROW_PX / 2 + _TEXT_PX * 0.36
    if row.label:
        marks.append(_text(row.label, (frame.left - 8, base), Align.END, weight=600))
    for block in row.blocks:
        left, right = frame.x(block.start), frame.x(block.end)
        marks.append(_box((left + 0.5, top), (right - 0.5, top + _ROW_PX - 2), fill=block.tint or PAPER, line=True))
        room = right - left - 12
        if text_width_px(block.value_words, _TEXT_PX) <= room:
            marks.append(_text(block.value_words, (right - 6, base), Align.END, colour=INK_2))
            room -= text_width_px(block.value_words, _TEXT_PX) + 6
        if text_width_px(block.name, _TEXT_PX) <= room:
            marks.append(_text(block.name, (left + 6, base), weight=600))
    return marks


def _grid_marks(frame: _Frame) -> list[Primitive]:
    """Draw the axes: a line at every step of the vertical one, stronger where the chart says so."""
    chart = frame.chart
    step = 20.0 if chart.high - chart.low <= 260 else 40.0
    marks: list[Primitive] = []
    for value in np.arange(np.ceil(chart.low / step) * step, chart.high + 1e-6, step):
        y, is_strong = frame.y(float(value)), float(value) in chart.strong
        line = np.array([(frame.left, y), (frame.right, y)])
        pen = Pen(STRONG_LINE if is_strong else HAIRLINE, 1.4 if is_strong else 0.8)
        marks.append(Path(Role.SCALE, (line,), pen, name=f"{value:g}"))
        words = f"{value:g}".replace("-", "−")
        if value + step > chart.high:  # the unit once, at the top
            words = f"{words} {chart.unit}"
        marks.append(_text(words, (frame.left - 8, y + 4.3), Align.END, weight=600 if is_strong else 400))
    foot = frame.bottom + 16
    for place, words in chart.x_ticks:
        x = frame.x(place)
        tick = np.array([(x, frame.bottom), (x, frame.bottom + 4)])
        marks.append(Path(Role.SCALE, (tick,), Pen(STRONG_LINE, 1.0)))
        marks.append(_text(words, (x, foot), Align.MIDDLE, colour=INK_2))
    marks.append(_text(chart.x_title, ((frame.left + frame.right) / 2, foot + 15), Align.MIDDLE, colour=INK_2))
    return marks


def _name_marks(frame: _Frame) -> list[Primitive]:
    """Write each curve's name at the height where the curve ends, moved apart, joined to it by a thin line."""
    chart = frame.chart
    if chart.span_px is not None:
        return _named_above(frame)
    ends = [frame.y(float(curve.y[-1])) for curve in chart.curves]
    places = spread_px(ends, pitch=_PITCH_PX, low=frame.row_top(0) + 6, high=chart.size_px[1] - 8.0)
    marks: list[Primitive] = []
    width = float(chart.size_px[0])
    for curve, end, y in zip(chart.curves, ends, places, strict=True):
        start = frame.right + 14
        leader = np.array([(frame.right + 1, min(max(end, frame.top), frame.bottom)), (start - 2, y)])
        marks.append(Path(Role.TARGET, (leader,), Pen(HAIRLINE, 0.8)))
        sample = np.array([(start, y), (start + _SAMPLE_PX, y)])
        marks.append(Path(Role.TARGET, (sample,), Pen(on_paper(curve.colour), _CURVE_PX, curve.dash_px)))
        room = width - start - _SAMPLE_PX - 12 - text_width_px(curve.value_words, _TEXT_PX)
        name = shortened(curve.name, room, size_px=_TEXT_PX)
        marks.append(_text(name, (start + _SAMPLE_PX + 6, y + 4.3)))
        marks.append(_text(curve.value_words, (width - 4, y + 4.3), Align.END, weight=600))
    return marks


def _named_above(frame: _Frame) -> list[Primitive]:
    """Write the curves' names in one row above the curves, each behind a piece of its line."""
    marks: list[Primitive] = []
    x, y = frame.left, frame.top - _ROW_PX / 2
    for curve in frame.chart.curves:
        sample = np.array([(x, y), (x + _SAMPLE_PX, y)])
        marks.append(Path(Role.TARGET, (sample,), Pen(on_paper(curve.colour), _CURVE_PX, curve.dash_px)))
        words = f"{curve.name} {curve.value_words}"
        marks.append(_text(words, (x + _SAMPLE_PX + 6, y + 4.3)))
        x += _SAMPLE_PX + text_width_px(words, _TEXT_PX) + 24
    return marks


def spread_px(wanted: Sequence[float], *, pitch: float, low: float, high: float) -> list[float]:
    """Return places at least ``pitch`` apart, in the order of those wanted and as near to them as that allows.

    Between ``low`` and ``high`` as far as there is room.
    """
    order = sorted(range(len(wanted)), key=lambda at: (wanted[at], at))
    places = [0.0] * len(wanted)
    under = low - pitch
    for at in order:
        under = places[at] = max(wanted[at], under + pitch)
    over = high + pitch
    for at in reversed(order):
        over = places[at] = min(places[at], over - pitch)
    if order and places[order[0]] < low:  # more names than room: from the top down
        for rank, at in enumerate(order):
            places[at] = low + rank * pitch
    return places


def _text(
    words: str, at: tuple[float, float], align: Align = Align.START, *, colour: str = INK, weight: int = 400
) -> Label:
    return Label(Role.CORNER, words, at, align, _TEXT_PX, weight, colour, halo_px=0.0)


def _box(low: tuple[float, float], high: tuple[float, float], *, fill: str, name: str = "", line: bool = False) -> Path:
    (left, top), (right, bottom) = low, high
    corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom), (left, top)])
    return Path(Role.CORNER, (corners,), Pen(HAIRLINE, 0.8) if line else None, fill, 1.0, name=name)
