"""What happens when? Schedules, temperature curves and a time slider on one axis, painted; edges follow the hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QAccessible, QColor, QHelpEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QToolTip

from planner.domain.protocol import Protocol, ends_of
from planner.planning.phase_edits import ScheduleRow, schedule_rows
from planner.report.numbers import minutes
from planner.ui.theme.fonts import SMALL_PX, ui_font
from planner.ui.theme.theme import theme
from planner.ui.widgets.accessible import PaintedWidget
from planner.ui.widgets.labels import plain_tip
from planner.ui.widgets.timeline_axes import (
    FLAG_PX,
    FOOT_PX,
    LEGEND_FROM_PX,
    LEGEND_PX,
    MIN_CURVES_PX,
    Axes,
    axes_for,
    lowest_c,
    lowest_px,
)
from planner.ui.widgets.timeline_curves import (
    paint_curves,
    paint_grid,
    paint_times,
    paint_values,
    value_words,
    volume_words,
)
from planner.ui.widgets.timeline_rows import paint_rows, phase_at, phase_tip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QHideEvent, QKeyEvent, QMouseEvent, QPaintEvent

    from planner.domain.probe import ProbePlacement
    from planner.planning.phase_edits import Phases, Whose
    from planner.planning.timeline import Curves

_STEP_S, _BIG_STEP_S, _SNAP_S = 5.0, 30.0, 5.0
_LONGEST_S = 3600.0
_FLAG_TEXT_PX = 17


@dataclass(frozen=True, slots=True)
class _Held:
    """A phase's end in the hand: whose it is, as it was taken, and the scale of then, which stays under the hand."""

    whose: Whose
    phases: Phases
    at: int
    total_s: float


class TimelinePlot(PaintedWidget):
    """Slider over the schedules with curves.

    ``time_chosen`` s; ``phase_dragged(whose, at, s)`` while a phase's end is dragged, between ``drag_began`` and
    ``drag_ended``, or ``drag_given_up``.
    """

    role = QAccessible.Role.Slider
    time_chosen = Signal(float)
    phase_dragged = Signal(object, int, float)
    drag_began = Signal()
    drag_ended = Signal()
    drag_given_up = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._protocol = Protocol("", ())
        self._rows: tuple[ScheduleRow, ...] = ()
        self._curves: Curves | None = None
        self._time_s: float | None = None
        self._stale = False
        self._is_waiting = False
        self._held: _Held | None = None
        self._kept: tuple[object, QPixmap] | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumHeight(lowest_px(1))
        self.setAccessibleName("Time of the freeze")

    def show_protocol(self, protocol: Protocol, probes: Sequence[ProbePlacement]) -> None:
        """Show every schedule that some probe follows."""
        rows = schedule_rows(protocol, probes)
        if protocol == self._protocol and rows == self._rows:
            return
        self._protocol, self._rows = protocol, rows
        self.setMinimumHeight(lowest_px(len(rows)))
        self.value_changed()

    def show_curves(self, curves: Curves | None, *, stale: bool, waiting: bool = False) -> None:
        """Show the curves of a prediction, or none; ``waiting`` while they are worked out."""
        shown = (curves, stale, waiting)
        if shown != (self._curves, self._stale, self._is_waiting):
            self._curves, self._stale, self._is_waiting = shown
            self.value_changed()

    def show_time(self, time_s: float | None) -> None:
        """Move the slider; None stands for the coldest each point ever reached."""
        if time_s != self._time_s:
            self._time_s = time_s
            self.value_changed()

    def spoken_value(self) -> str:
        """Return the time, what runs then, and the values at it."""
        if not self._has_phases:
            return "no phases"
        if self._time_s is None:
            when = ["coldest reached"]
        else:
            when = [f"{minutes(self._time_s)} of {minutes(self._protocol.total_s)} min"]
            when += [f"{row.label} {phase_at(row, self._time_s)}".strip() for row in self._rows]
        if self._curves is None:
            return ", ".join(when)
        if self._stale:
            return ", ".join([*when, "prediction is stale"])
        values = [f"{line.name} {value_words(self._curves, line, self._time_s)}" for line in self._curves.lines]
        return ", ".join([*when, *values, " ".join(volume_words(self._curves, self._time_s))])

    @property
    def _has_phases(self) -> bool:
        return any(row.phases for row in self._rows)

    # --- painting ----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw schedules, grid, curves, slider and the values at the slider."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens = theme().tokens
        if not self._has_phases:
            painter.setPen(QColor(tokens.text_2))
            painter.setFont(ui_font())
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "No protocol yet. Choose one in Freeze.")
            return
        axes = self._axes()
        if axes.height >= MIN_CURVES_PX:
            painter.drawPixmap(0, 0, self._resting(axes))
        paint_rows(painter, axes, self._rows)
        paint_times(painter, axes, self.height())
        self._paint_slider(painter, axes)
        if self._held is None:
            self._paint_values(painter)
        if self.hasFocus():
            painter.setPen(QPen(QColor(tokens.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 3, 3)

    def _resting(self, axes: Axes) -> QPixmap:
        """Return grid and curves as a picture: drawn again only when they, the size or the theme are others."""
        ratio = self.devicePixelRatioF()
        key = (axes, self.width(), self.height(), ratio, theme().tokens.name, self._curves, self._stale)
        if self._kept is None or self._kept[0] != key:
            picture = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
            picture.setDevicePixelRatio(ratio)
            picture.fill(Qt.GlobalColor.transparent)
            painter = QPainter(picture)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            paint_grid(painter, axes)
            if self._curves is not None:
                paint_curves(painter, axes, self._curves, stale=self._stale)
            painter.end()
            self._kept = (key, picture)
        return self._kept[1]

    def _axes(self) -> Axes:
        total_s = self._protocol.total_s if self._held is None else self._held.total_s
        size = (self.width(), self.height())
        return axes_for(size, rows=max(1, len(self._rows)), total_s=total_s, low_c=lowest_c(self._curves))

    def _paint_slider(self, painter: QPainter, axes: Axes) -> None:
        tokens = theme().tokens
        x = axes.x(self._shown_s)
        text = "Coldest reached" if self._time_s is None else minutes(self._time_s)
        painter.setFont(ui_font(SMALL_PX, 600))
        width = painter.fontMetrics().horizontalAdvance(text) + 16
        left = min(max(0.0, x - width / 2), self.width() - width)
        pen = QPen(QColor(tokens.text_1), 1.5)
        if self._time_s is None:
            pen.setStyle(Qt.PenStyle.DotLine)
        painter.setPen(pen)
        painter.drawLine(QPointF(x, FLAG_PX - 4), QPointF(x, self.height() - FOOT_PX))
        flag = QRectF(left, 2, width, _FLAG_TEXT_PX)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.text_1))
        painter.drawRoundedRect(flag, 3, 3)
        painter.setPen(QColor(tokens.bg if tokens.dark else tokens.raised))
        painter.drawText(flag, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_values(self, painter: QPainter) -> None:
        if self.width() < LEGEND_FROM_PX:
            return
        missing = "STALE" if self._curves is not None and self._stale else ""
        if self._curves is None:
            missing = "Reading the curves" if self._is_waiting else "No prediction"
        paint_values(painter, self._legend(), self._curves, time_s=self._time_s, missing=missing)

    def _legend(self) -> QRectF:
        """Return the room for the values: beside the curves, and on a low timeline down to its end."""
        foot = FOOT_PX if self._axes().height >= MIN_CURVES_PX else 0
        return QRectF(self.width() - LEGEND_PX, FLAG_PX, LEGEND_PX - 12, self.height() - FLAG_PX - foot)

    @property
    def _shown_s(self) -> float:
        """Where the slider stands; at the end of the last freeze for the coldest ever."""
        return self._protocol.freeze_end_s if self._time_s is None else self._time_s

    # --- hand --------------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take a phase's end, or move the slider."""
        if event.button() is not Qt.MouseButton.LeftButton or not self._has_phases or self._is_legend(event.position()):
            return
        edge = self._edge_at(event.position())
        if edge is None:
            self.time_chosen.emit(self._axes().time_s(event.position().x()))
            return
        row, at = edge
        self._held = _Held(row.whose, row.phases, at, self._protocol.total_s)
        self.drag_began.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag what was taken; show which ends can be taken."""
        if not self._has_phases:
            return
        if event.buttons() & Qt.MouseButton.LeftButton:
            if self._held is not None:
                self._drag_edge(self._held, self._axes().time_at(event.position().x()))
            else:
                self.time_chosen.emit(self._axes().time_s(event.position().x()))
            return
        near = self._edge_at(event.position()) is not None
        self.setCursor(Qt.CursorShape.SplitHCursor if near else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go; the scale fits the schedules again."""
        del event
        self._let_go()

    def hideEvent(self, event: QHideEvent) -> None:
        """End a drag that was under way when the timeline was folded."""
        self._let_go()
        super().hideEvent(event)

    def _let_go(self) -> None:
        if self._held is not None:
            self._held = None
            self.drag_ended.emit()
            self.update()

    def give_up(self) -> bool:
        """Let the phase that is dragged be as it was taken; False when none is."""
        if self._held is None:
            return False
        self._held = None
        self.drag_given_up.emit()
        self.update()
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the slider by 5 s, by 30 s with Shift, to phase ends with Page keys, to the ends with Home and End."""
        now = self._shown_s
        step = _BIG_STEP_S if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else _STEP_S
        breaks = (0.0, *self._protocol.breaks_s)
        targets = {
            Qt.Key.Key_Left: now - step,
            Qt.Key.Key_Right: now + step,
            Qt.Key.Key_PageUp: max((b for b in breaks if b < now), default=0.0),
            Qt.Key.Key_PageDown: min((b for b in breaks if b > now), default=self._protocol.total_s),
            Qt.Key.Key_Home: 0.0,
            Qt.Key.Key_End: self._protocol.total_s,
        }
        if event.key() in targets and self._has_phases:
            self.time_chosen.emit(min(self._protocol.total_s, max(0.0, targets[Qt.Key(event.key())])))
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Tell what a phase is, and all values at the slider's time, when the mouse rests."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and self._has_phases:
            QToolTip.showText(event.globalPos(), plain_tip(self.tip_at(QPointF(event.pos()))), self)
            return True
        return super().event(event)

    def tip_at(self, position: QPointF) -> str:
        """Return what is said when the mouse rests at a place."""
        axes = self._axes()
        if self._is_legend(position):
            curves = self._curves
            lines = curves.lines if curves is not None and not self._stale else ()
            return "\n".join(f"{line.name} {value_words(curves, line, self._time_s)}" for line in lines if curves)
        row = axes.row_at(position.y())
        if row is None:
            return ""
        return phase_tip(self._rows[row], axes.time_s(position.x()))

    def _is_legend(self, position: QPointF) -> bool:
        return self.width() >= LEGEND_FROM_PX and self._legend().contains(position)

    def _edge_at(self, position: QPointF) -> tuple[ScheduleRow, int] | None:
        axes = self._axes()
        number = axes.row_at(position.y())
        if number is None or number >= len(self._rows):
            return None
        row = self._rows[number]
        at = axes.edge_at(position.x(), ends_of(row.phases))
        return None if at is None else (row, at)

    def _drag_edge(self, held: _Held, time_s: float) -> None:
        """Give the held phase the length under the hand, in steps of 5 s, 5 s at least and an hour at most."""
        start_s = ends_of(held.phases)[held.at] - held.phases[held.at].duration_s
        duration_s = min(_LONGEST_S, max(_SNAP_S, round((time_s - start_s) / _SNAP_S) * _SNAP_S))
        self.phase_dragged.emit(held.whose, held.at, duration_s)
