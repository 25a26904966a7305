"""What was planned and what was done, on one axis of time? A row pair for each lane, painted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QAccessible, QColor, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy

from planner.casebook.freeze_clock import row_name
from planner.casebook.record_time import seconds_of
from planner.domain.protocol import PhaseKind, ends_of
from planner.planning.phase_edits import delay_s
from planner.report.numbers import minutes
from planner.ui.theme.fonts import SECONDARY_PX, SMALL_PX, ui_font
from planner.ui.theme.theme import theme
from planner.ui.widgets.accessible import PaintedWidget
from planner.ui.widgets.row_text import RIGHT, write

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from planner.casebook.freeze_clock import LaneState, TimerState
    from planner.ui.theme.tokens import Tokens

_LEFT_PX, _RIGHT_PX, _TOP_PX, _FOOT_PX = 120, 24, 8, 20
_ROW_PX, _LANE_GAP_PX = 24, 10
_LOW_ROW_PX = 16
_MOST_APART = 3
_STEPS_S = (60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 43_200)
_MOST_TICKS = 12
_SHORTEST_S, _LONG_AFTER_S, _DAY_S = 300.0, 7200.0, 86_400


@dataclass(frozen=True, slots=True)
class Block:
    """One phase on the bar; times in s from the beginning. ``until_s`` is where a running one is to end."""

    name: str
    kind: PhaseKind
    from_s: float
    to_s: float
    until_s: float | None = None


@dataclass(frozen=True, slots=True)
class BarLane:
    """One lane: whose it is, what was planned and what was done."""

    words: str
    planned: tuple[Block, ...]
    done: tuple[Block, ...]


def bar_lanes(state: TimerState, *, now_s: float) -> tuple[BarLane, ...]:
    """Return what the bar shows; before the first press only what is planned."""
    began_s = now_s if state.began_s is None else state.began_s
    return tuple(BarLane(one.lane.words, _planned(one), _done(one, began_s, now_s)) for one in state.lanes)


def now_on_bar_s(state: TimerState, *, now_s: float) -> float | None:
    """Return where now is on the bar, s from the beginning; None before, after, and long after a stop.

    A record of which nothing runs is looked at weeks later, too: its axis ends with what was planned and done.
    """
    if state.began_s is None or not state.pressed:
        return None
    ends = (row.ended_at or row.started_at for one in state.lanes for row in one.rows)
    last_s = max((seconds_of(at) for at in ends), default=state.began_s)
    return now_s - state.began_s if state.is_running or now_s - last_s < _LONG_AFTER_S else None


def _planned(state: LaneState) -> tuple[Block, ...]:
    lane = state.lane
    first = lane.first_number
    # A wait that all probes share is over when the first press is made.
    shift_s = delay_s(lane.phases) - lane.wait_s if first == 2 else 0.0
    return tuple(
        Block(lane.name_of(number), phase.kind, end_s - phase.duration_s - shift_s, end_s - shift_s)
        for number, (phase, end_s) in enumerate(zip(lane.phases, ends_of(lane.phases), strict=True), start=1)
        if number >= first
    )


def _done(state: LaneState, began_s: float, now_s: float) -> tuple[Block, ...]:
    blocks = []
    for at, row in enumerate(state.rows):
        from_s = seconds_of(row.started_at) - began_s
        to_s = (seconds_of(row.ended_at) if row.ended_at else now_s) - began_s
        given_s = (row.planned_s or 0.0) + row.extended_s
        until_s = from_s + given_s if not row.ended_at and given_s else None
        blocks.append(Block(row_name(state.lane, state.rows, at), row.kind, from_s, max(from_s, to_s), until_s))
    return tuple(blocks)


class TimerBar(PaintedWidget):
    """The whole freeze on one axis."""

    role = QAccessible.Role.Graphic

    def __init__(self) -> None:
        super().__init__()
        self._lanes: tuple[BarLane, ...] = ()
        self._now_s: float | None = None
        self._row_px = _ROW_PX
        self.setAccessibleName("Planned and done")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_lanes(self, lanes: tuple[BarLane, ...], *, now_s: float | None) -> None:
        """Show lanes and where the time is, s from the beginning; None before."""
        if (lanes, now_s) != (self._lanes, self._now_s):
            is_other_height = len(lanes) != len(self._lanes)
            self._lanes, self._now_s = lanes, now_s
            if is_other_height:
                self.updateGeometry()
            self.value_changed()

    def set_low(self, *, low: bool) -> None:
        """Have lower rows on a small screen."""
        row_px = _LOW_ROW_PX if low else _ROW_PX
        if row_px != self._row_px:
            self._row_px = row_px
            self.updateGeometry()

    @property
    def _is_joined(self) -> bool:
        """Whether what was done is drawn over what was planned: there are too many lanes for two rows each."""
        return len(self._lanes) > _MOST_APART

    def spoken_value(self) -> str:
        """Return every lane's phases in words."""
        parts = []
        for lane in self._lanes:
            planned = ", ".join(f"{one.name} {minutes(one.to_s - one.from_s)}" for one in lane.planned)
            done = ", ".join(f"{one.name} {minutes(one.to_s - one.from_s)}" for one in lane.done)
            whose = f"{lane.words}: " if lane.words else ""
            parts.append(f"{whose}planned {planned or 'nothing'}; done {done or 'nothing'}")
        return ". ".join(parts)

    def sizeHint(self) -> QSize:
        """Ask for two rows a lane, and the axis."""
        lane_px = (1 if self._is_joined else 2) * (self._row_px + 2) + _LANE_GAP_PX - 4
        return QSize(400, _TOP_PX + max(1, len(self._lanes)) * lane_px + _FOOT_PX)

    def minimumSizeHint(self) -> QSize:
        """Allow a narrow one."""
        return QSize(200, self.sizeHint().height())

    # --- painting ----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw axis, blocks and now."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(theme().tokens.surface))
        total_s = self.axis_s
        self._paint_axis(painter, total_s)
        top = float(_TOP_PX)
        for lane in self._lanes:
            planned = "planned" if lane.planned else "no plan"
            rows = ((planned, lane.planned, False), ("done", lane.done, True))
            for word, blocks, is_done in rows:
                if not self._is_joined or not is_done:
                    self._paint_caption(painter, lane, word, top)
                for block in blocks:
                    self._paint_block(painter, block, top, total_s, is_done=is_done)
                top += 0 if self._is_joined and not is_done else self._row_px + 2
            top += _LANE_GAP_PX - 4
        if self._now_s is not None:
            x = self._x(self._now_s, total_s)
            painter.setPen(QPen(QColor(theme().tokens.text_1), 2))
            painter.drawLine(QPointF(x, 2), QPointF(x, self.height() - _FOOT_PX))

    def _paint_caption(self, painter: QPainter, lane: BarLane, word: str, top: float) -> None:
        caption = f"{lane.words} {word}" if lane.words else word.capitalize()
        if self._is_joined:
            caption = lane.words
        box = QRectF(12, top, _LEFT_PX - 24, self._row_px)
        write(painter, caption, box, font=ui_font(SECONDARY_PX, 500), tone="text_2", align=RIGHT)

    @property
    def axis_s(self) -> float:
        """How long the axis is, s."""
        ends = [_SHORTEST_S, self._now_s or 0.0]
        for lane in self._lanes:
            ends += [block.to_s for block in (*lane.planned, *lane.done)]
            ends += [block.until_s for block in lane.done if block.until_s is not None]
        return max(ends)

    def _x(self, time_s: float, total_s: float) -> float:
        return _LEFT_PX + (self.width() - _LEFT_PX - _RIGHT_PX) * time_s / total_s

    def _paint_axis(self, painter: QPainter, total_s: float) -> None:
        # A forgotten end may lie weeks back: whole days then, as many as leave room for their labels.
        days = math.ceil(total_s / _MOST_TICKS / _DAY_S)
        step_s = next((step for step in _STEPS_S if total_s / step <= _MOST_TICKS), days * _DAY_S)
        tokens = theme().tokens
        painter.setFont(ui_font(SMALL_PX))
        for tick in range(int(total_s // step_s) + 1):
            x = self._x(tick * step_s, total_s)
            painter.setPen(QPen(QColor(tokens.line), 1))
            painter.drawLine(QPointF(x, _TOP_PX), QPointF(x, self.height() - _FOOT_PX))
            painter.setPen(QColor(tokens.text_3))
            box = QRectF(x - 40, self.height() - _FOOT_PX, 80, _FOOT_PX - 2)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, minutes(tick * step_s))

    def _paint_block(self, painter: QPainter, block: Block, top: float, total_s: float, *, is_done: bool) -> None:
        tokens = theme().tokens
        left, right = self._x(block.from_s, total_s), self._x(block.to_s, total_s)
        box = QRectF(left + 0.5, top + 0.5, max(2.0, right - left - 1), self._row_px - 1)
        if self._is_joined and is_done:
            box.setTop(box.top() + self._row_px * 0.4)
        if block.until_s is not None and block.until_s > block.to_s:
            painter.setPen(QPen(QColor(tokens.line_strong), 1, Qt.PenStyle.DashLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            ahead = QRectF(box)
            ahead.setRight(self._x(block.until_s, total_s) - 0.5)
            painter.drawRoundedRect(ahead, 3, 3)
        painter.setPen(QPen(QColor(tokens.text_3 if is_done else tokens.line_strong), 1))
        painter.setBrush(QColor(_fill(block.kind, tokens, is_done=is_done)))
        painter.drawRoundedRect(box, 3, 3)
        self._paint_over(painter, block, box, total_s)
        name = f"{block.name} · {minutes(block.to_s - block.from_s)}"
        inner = box.adjusted(8, 0, -4, 0)
        font = ui_font(SECONDARY_PX if self._row_px > _LOW_ROW_PX else SMALL_PX, 600 if is_done else 500)
        painter.setFont(font)
        for text in () if self._is_joined else (name, minutes(block.to_s - block.from_s)):
            if painter.fontMetrics().horizontalAdvance(text) <= inner.width():
                write(painter, text, inner, font=font, tone="text_1")
                break

    def _paint_over(self, painter: QPainter, block: Block, box: QRectF, total_s: float) -> None:
        """Tint what a running phase is longer than it was to be."""
        if block.until_s is None or block.until_s >= block.to_s:
            return
        over = QRectF(box)
        over.setLeft(self._x(block.until_s, total_s))
        painter.setPen(QPen(QColor(theme().tokens.check), 1.5))
        painter.setBrush(QColor(theme().tokens.check_tint))
        painter.drawRect(over)


def _fill(kind: PhaseKind, tokens: Tokens, *, is_done: bool) -> str:
    if kind is PhaseKind.FREEZE:
        return tokens.accent_bg
    return tokens.raised if is_done else tokens.surface
