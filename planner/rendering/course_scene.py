"""How do scores over the months look? Lines and bars on a page or on the screen, every one told apart without colour.

One source for both: the screen paints the primitives in its theme's ink, the report writes them as SVG on white. What
was scored before treatment stands in a column of its own at the left, because its day is no day of the course. A line
is told by its dash and by the shape and fill of its points; a repeat treatment is an upright line with its name.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from planner.rendering.chart_scene import HAIRLINE, INK, INK_2, INK_3, PAPER, STRONG_LINE, spread_px
from planner.rendering.primitives import Align, Label, Marker, Path, Pen, Primitive, Role, Shape, text_width_px

if TYPE_CHECKING:
    from planner.rendering.palette import Dash

_TEXT_PX, _SMALL_PX = 12.0, 11.0
# Names at the right have room for their words in another language, which may be half as long again.
_AXIS_PX, _NAMES_PX, _TOP_PX, _TITLE_PX, _TICKS_PX = 40.0, 190.0, 40.0, 16.0, 18.0
_SLOT_PX = 64.0
_STRIP_PX, _STRIP_GAP_PX = 40.0, 12.0
_SAMPLE_PX, _PITCH_PX = 26.0, 15.0
_POINT_PX, _BAR_PX = 7.0, 4.0
_LEAST_TICK_PX = 54.0
_EDGE_PX = 6.0
_STEPS_DAYS = (1, 2, 7, 14, 30, 60, 90, 180, 365, 730, 1825)
_MONTHS_FROM_DAYS, _MONTH_DAYS = 120.0, 30
_GOAL_DASH: Dash = (2.0, 3.0)
_BAND_DASH: Dash = (1.0, 3.0)


@dataclass(frozen=True, slots=True)
class CourseInk:
    """The colours of one surface: its own, text strong to faint, lines, the fill of a band, and what is selected."""

    paper: str
    text_1: str
    text_2: str
    text_3: str
    line: str
    line_strong: str
    band: str
    selected: str


PAPER_INK = CourseInk(PAPER, INK, INK_2, INK_3, HAIRLINE, STRONG_LINE, "#e9ecef", INK)


@dataclass(frozen=True, slots=True)
class CourseValue:
    """A value on a day; the day None stands for before treatment."""

    day: float | None
    value: float


@dataclass(frozen=True, slots=True)
class CourseLine:
    """One score over the days. A strong line is solid with filled circles, another dashed with open squares."""

    name: str
    values: tuple[CourseValue, ...]
    is_strong: bool = True


@dataclass(frozen=True, slots=True)
class CourseBand:
    """Days between which something is expected."""

    start_day: float
    end_day: float
    words: str


@dataclass(frozen=True, slots=True)
class CourseChart:
    """What is drawn.

    Parameters
    ----------
    size_px
        (width, height) in logical pixels.
    first_day, last_day
        Ends of the time axis; the last is above the first.
    has_before
        Whether a column for the values before treatment stands at the left.
    high
        Upper end of the scale of the lines, which begins at 0; ``unit`` stands above it.
    goal
        (value, words) of the goal line; None without.
    events
        (day, words) of the upright lines.
    bars, bars_title
        Amounts drawn as bars in a strip of their own below; no strip without any.
    """

    size_px: tuple[int, int]
    first_day: float
    last_day: float
    has_before: bool
    high: float
    unit: str
    x_title: str
    lines: tuple[CourseLine, ...]
    goal: tuple[float, str] | None = None
    bands: tuple[CourseBand, ...] = ()
    events: tuple[tuple[float, str], ...] = ()
    bars: tuple[CourseValue, ...] = ()
    bars_title: str = ""


def course_marks(
    chart: CourseChart, ink: CourseInk = PAPER_INK, *, selected_day: float | None = None
) -> list[Primitive]:
    """Draw the bands, the grid, the goal, the events, the lines with their points and names, and the bars.

    ``selected_day`` is marked under the lines.
    """
    frame = CourseFrame(chart)
    marks = _band_marks(frame, ink) + _grid_marks(frame, ink)
    if selected_day is not None:
        x = frame.x(selected_day)
        marks.append(_rule((x, frame.top), (x, frame.bottom), Pen(ink.selected, 2.0), "selected"))
    marks += _event_marks(frame, ink)
    if chart.goal is not None:
        goal_px = frame.y(chart.goal[0])
        marks.append(_rule((frame.left, goal_px), (frame.right, goal_px), Pen(ink.text_2, 1.4, _GOAL_DASH), "goal"))
    for line in chart.lines:
        marks += _line_marks(line, frame, ink)
    return marks + _name_marks(frame, ink) + _bar_marks(frame, ink)


class CourseFrame:
    """Where a chart's days and values lie, px."""

    def __init__(self, chart: CourseChart) -> None:
        self.chart = chart
        width, height = chart.size_px
        self.left, self.right, self.top = _AXIS_PX, width - _NAMES_PX, _TOP_PX
        self.foot = height - _TITLE_PX - _TICKS_PX
        self.bottom = self.foot - (_STRIP_PX + _STRIP_GAP_PX if chart.bars else 0.0)
        self.start = self.left + (_SLOT_PX if chart.has_before else 0.0)

    def x(self, day: float | None) -> float:
        """Return where a day lies; None stands for the column before treatment."""
        if day is None:
            return self.left + _SLOT_PX / 2
        chart = self.chart
        share = (day - chart.first_day) / (chart.last_day - chart.first_day)
        return self.start + share * (self.right - self.start)

    def y(self, value: float) -> float:
        """Return where a value of the lines lies."""
        return self.bottom - min(1.0, value / self.chart.high) * (self.bottom - self.top)

    def bar_top(self, value: float) -> float:
        """Return where a bar of this amount ends."""
        most = max((bar.value for bar in self.chart.bars), default=0.0)
        return self.foot - (value / most if most else 0.0) * (_STRIP_PX - 12.0)

    @cached_property
    def ticks(self) -> tuple[float, ...]:
        """Days that the axis names: multiples of the finest step for whose words there is room."""
        chart = self.chart
        span_days = chart.last_day - chart.first_day
        px_per_day = (self.right - self.start) / span_days
        fitting = (days for days in _STEPS_DAYS if days * px_per_day >= _LEAST_TICK_PX)
        step = next((days for days in fitting if span_days < _MONTHS_FROM_DAYS or days >= _MONTH_DAYS), _STEPS_DAYS[-1])
        first = int(np.ceil(chart.first_day / step)) * step
        return tuple(float(day) for day in range(first, int(chart.last_day) + 1, step))


def _band_marks(frame: CourseFrame, ink: CourseInk) -> list[Primitive]:
    marks: list[Primitive] = []
    for band in frame.chart.bands:
        left = frame.x(max(band.start_day, frame.chart.first_day))
        right = frame.x(min(band.end_day, frame.chart.last_day))
        if right <= left:
            continue
        corners = [(left, frame.top), (right, frame.top), (right, frame.bottom), (left, frame.bottom)]
        area = np.array([*corners, corners[0]])
        marks.append(Path(Role.TARGET, (area,), None, ink.band, 1.0, name=band.words))
        edge = Pen(ink.text_3, 1.0, _BAND_DASH)
        marks.extend(_rule((x, frame.top), (x, frame.bottom), edge) for x in (left, right))
        if text_width_px(band.words, _SMALL_PX) <= right - left + 60:
            # Over the band, in a row of its own under the names of the events.
            at = (min(left + 4, frame.right - text_width_px(band.words, _SMALL_PX)), frame.top - 6)
            marks.append(_text(band.words, at, colour=ink.text_2, size_px=_SMALL_PX))
    return marks


def _grid_marks(frame: CourseFrame, ink: CourseInk) -> list[Primitive]:
    chart = frame.chart
    marks: list[Primitive] = []
    for value in np.linspace(0.0, chart.high, 6 if frame.bottom - frame.top >= 100 else 3):
        y = frame.y(float(value))
        marks.append(_rule((frame.left, y), (frame.right, y), Pen(ink.line, 1.0)))
        marks.append(_text(f"{value:g}", (frame.left - 8, y + 4), Align.END, colour=ink.text_3, size_px=_SMALL_PX))
    marks.append(_text(chart.unit, (_EDGE_PX, frame.top - 22), colour=ink.text_3, size_px=_SMALL_PX))
    tick_y = frame.foot + _TICKS_PX - 4
    if chart.has_before:
        gap = frame.start - 8
        marks.append(_rule((gap, frame.top), (gap, frame.foot), Pen(ink.line_strong, 1.0, _BAND_DASH)))
        at = (frame.x(None), tick_y)
        marks.append(_text("before", at, Align.MIDDLE, colour=ink.text_2, size_px=_SMALL_PX))
    for day in frame.ticks:
        x = frame.x(day)
        marks.append(_rule((x, frame.foot), (x, frame.foot + 4), Pen(ink.line_strong, 1.0)))
        words = f"{day:g}".replace("-", "\N{MINUS SIGN}")
        marks.append(_text(words, (x, tick_y), Align.MIDDLE, colour=ink.text_2, size_px=_SMALL_PX))
    at = ((frame.start + frame.right) / 2, tick_y + _TITLE_PX)
    marks.append(_text(chart.x_title, at, Align.MIDDLE, colour=ink.text_3, size_px=_SMALL_PX))
    return marks


def _event_marks(frame: CourseFrame, ink: CourseInk) -> list[Primitive]:
    marks: list[Primitive] = []
    free_from = _EDGE_PX + 1.3 * text_width_px(frame.chart.unit, _SMALL_PX)  # behind the name of the axis
    for day, words in frame.chart.events:
        x = frame.x(day)
        marks.append(_rule((x, frame.top - 18), (x, frame.bottom), Pen(ink.text_1, 1.6), words))
        marks.append(_rule((x, frame.bottom), (x, frame.foot), Pen(ink.text_3, 1.0, _BAND_DASH)))
        width = text_width_px(words, _SMALL_PX)
        at = min(max(x - 3, free_from), frame.right + _NAMES_PX - width)
        marks.append(_text(words, (at, frame.top - 22), colour=ink.text_1, size_px=_SMALL_PX))
        free_from = at + width + 8
    return marks


def _line_marks(line: CourseLine, frame: CourseFrame, ink: CourseInk) -> list[Primitive]:
    places = [(frame.x(one.day), frame.y(one.value)) for one in line.values]
    marks: list[Primitive] = []
    if len(places) > 1:
        marks.append(Path(Role.TARGET, (np.array(places),), _pen(line, ink), name=line.name))
    return marks + [_point(line, place, ink) for place in places]


def _pen(line: CourseLine, ink: CourseInk) -> Pen:
    return Pen(ink.text_1, 2.0) if line.is_strong else Pen(ink.text_2, 1.3, (5.0, 3.0))


def _point(line: CourseLine, place: tuple[float, float], ink: CourseInk) -> Marker:
    if line.is_strong:
        return Marker(Role.TARGET, place, Shape.CIRCLE, _POINT_PX, Pen(ink.text_1, 1.0), ink.text_1, name=line.name)
    return Marker(Role.TARGET, place, Shape.SQUARE, _POINT_PX, Pen(ink.text_2, 1.4), ink.paper, name=line.name)


def _name_marks(frame: CourseFrame, ink: CourseInk) -> list[Primitive]:
    """Write what each line is at the right, at the height of its last value, behind a piece of it."""
    chart = frame.chart
    named = [(line, f"{line.name} {line.values[-1].value:g}") for line in chart.lines if line.values]
    wanted = [frame.y(line.values[-1].value) for line, _ in named]
    if chart.goal is not None:
        wanted.append(frame.y(chart.goal[0]))
    places = spread_px(wanted, pitch=_PITCH_PX, low=frame.top, high=frame.bottom)
    marks: list[Primitive] = []
    start = frame.right + 10
    for (line, words), y in zip(named, places, strict=False):
        marks.append(_rule((start, y), (start + _SAMPLE_PX, y), _pen(line, ink)))
        marks.append(_point(line, (start + _SAMPLE_PX / 2, y), ink))
        marks.append(_text(words, (start + _SAMPLE_PX + 6, y + 4), colour=ink.text_1))
    if chart.goal is not None:
        y = places[-1]
        marks.append(_rule((start, y), (start + _SAMPLE_PX, y), Pen(ink.text_2, 1.4, _GOAL_DASH)))
        marks.append(_text(chart.goal[1], (start + _SAMPLE_PX + 6, y + 4), colour=ink.text_2))
    return marks


def _bar_marks(frame: CourseFrame, ink: CourseInk) -> list[Primitive]:
    chart = frame.chart
    if not chart.bars:
        return []
    marks: list[Primitive] = [_rule((frame.left, frame.foot), (frame.right, frame.foot), Pen(ink.line_strong, 1.0))]
    free_from = frame.left
    for bar in chart.bars:
        x, top = frame.x(bar.day), frame.bar_top(bar.value)
        corners = [(x - _BAR_PX, frame.foot), (x - _BAR_PX, top), (x + _BAR_PX, top), (x + _BAR_PX, frame.foot)]
        area = np.array([*corners, corners[0]])
        marks.append(Path(Role.TARGET, (area,), Pen(ink.text_2, 1.0), ink.text_3, 1.0, name=chart.bars_title))
        words = f"{bar.value:g}"
        half = text_width_px(words, _SMALL_PX) / 2
        if x - half >= free_from:
            marks.append(_text(words, (x, top - 3), Align.MIDDLE, colour=ink.text_2, size_px=_SMALL_PX))
            free_from = x + half + 4
    at = (frame.right + 10, frame.foot - 4)
    marks.append(_text(chart.bars_title, at, colour=ink.text_2, size_px=_SMALL_PX))
    return marks


def _text(
    words: str, at: tuple[float, float], align: Align = Align.START, *, colour: str, size_px: float = _TEXT_PX
) -> Label:
    return Label(Role.CORNER, words, at, align, size_px, 400, colour, halo_px=0.0)


def _rule(start: tuple[float, float], end: tuple[float, float], pen: Pen, name: str = "") -> Path:
    return Path(Role.TARGET, (np.array([start, end]),), pen, name=name)
