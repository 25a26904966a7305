"""What happens when? Phases, temperature curves and a time slider on one axis, painted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QAccessible, QColor, QPainter, QPainterPath, QPen

from planner.domain.protocol import PhaseKind, Protocol
from planner.report.numbers import celsius, minutes
from planner.ui.theme.fonts import SECONDARY_PX, SMALL_PX, ui_font
from planner.ui.theme.theme import theme
from planner.ui.theme.tokens import contrast
from planner.ui.widgets.accessible import PaintedWidget
from planner.ui.widgets.swatch import line_pen, style_of_subject

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent

    from planner.planning.timeline import CurveLine, Curves

_LEFT_PX, _RIGHT_PX, _LEGEND_PX = 44, 16, 224
_FLAG_PX, _PHASE_PX, _FOOT_PX = 22, 24, 22
_EDGE_REACH_PX = 5
_STEP_S, _BIG_STEP_S, _SNAP_S = 5.0, 30.0, 5.0
_TOP_C = 40.0
_MIN_CURVES_PX = 60
_PHASE_WORDS = {
    PhaseKind.FREEZE: "Freeze",
    PhaseKind.PASSIVE_THAW: "Passive thaw",
    PhaseKind.ACTIVE_THAW: "Active thaw",
}


def phase_names(protocol: Protocol) -> tuple[str, ...]:
    """Return a name for each phase, numbered where a kind occurs more than once."""
    names, seen = [], dict.fromkeys(PhaseKind, 0)
    for phase in protocol.phases:
        seen[phase.kind] += 1
        several = sum(other.kind is phase.kind for other in protocol.phases) > 1
        names.append(_PHASE_WORDS[phase.kind] + (f" {seen[phase.kind]}" if several else ""))
    return tuple(names)


def on_surface(colour: str, surface: str) -> str:
    """Return ``colour``, darkened until a line in it reads at 3:1 on ``surface``; unchanged on dark surfaces."""
    shade = QColor(colour)
    for _ in range(12):
        if contrast(shade.name(), surface) >= 3.0:
            break
        shade = shade.darker(115)
    return shade.name()


@dataclass(frozen=True, slots=True)
class _Axes:
    """Where time and temperature are on the widget, px."""

    left: float
    width: float
    top: float
    height: float
    total_s: float
    low_c: float

    def x(self, time_s: float) -> float:
        return self.left + self.width * time_s / max(self.total_s, 1e-9)

    def time_s(self, x: float) -> float:
        return min(self.total_s, max(0.0, (x - self.left) / max(self.width, 1e-9) * self.total_s))

    def y(self, celsius_value: float) -> float:
        return self.top + (_TOP_C - celsius_value) / (_TOP_C - self.low_c) * self.height


class TimelinePlot(PaintedWidget):
    """Slider over the protocol with curves. ``time_chosen`` s; ``phase_dragged(index, s)`` while an edge is dragged."""

    role = QAccessible.Role.Slider
    time_chosen = Signal(float)
    phase_dragged = Signal(int, float)
    drag_began = Signal()
    drag_ended = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._protocol = Protocol("", ())
        self._curves: Curves | None = None
        self._time_s: float | None = None
        self._stale = False
        self._is_waiting = False
        self._edge: int | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumHeight(_FLAG_PX + _PHASE_PX + 4)
        self.setAccessibleName("Time of the freeze")

    def show_protocol(self, protocol: Protocol) -> None:
        """Show phases."""
        self._protocol = protocol
        self.value_changed()

    def show_curves(self, curves: Curves | None, *, stale: bool, waiting: bool = False) -> None:
        """Show the curves of a prediction, or none; ``waiting`` while they are worked out."""
        self._curves, self._stale, self._is_waiting = curves, stale, waiting
        self.update()

    def show_time(self, time_s: float | None) -> None:
        """Move the slider; None stands for the coldest each point ever reached."""
        if time_s != self._time_s:
            self._time_s = time_s
            self.value_changed()

    def spoken_value(self) -> str:
        """Return the time and the values at it."""
        if not self._protocol.phases:
            return "no phases"
        when = "coldest reached" if self._time_s is None else minutes(self._time_s)
        values = [f"{line.name} {celsius(self._value(line))}" for line in (self._curves.lines if self._curves else ())]
        return ", ".join([when, *values])

    # --- painting ----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw phases, grid, curves, slider and the values at the slider."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens = theme().tokens
        if not self._protocol.phases:
            painter.setPen(QColor(tokens.text_2))
            painter.setFont(ui_font())
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "No protocol yet. Choose one in Freeze.")
            return
        axes = self._axes()
        self._paint_phases(painter, axes)
        if axes.height >= _MIN_CURVES_PX:
            self._paint_grid(painter, axes)
            self._paint_curves(painter, axes)
        self._paint_times(painter, axes)
        self._paint_slider(painter, axes)
        self._paint_values(painter, axes)
        if self.hasFocus():
            painter.setPen(QPen(QColor(tokens.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 3, 3)

    def _axes(self) -> _Axes:
        legend = _LEGEND_PX if self.width() >= 700 else 0
        top = _FLAG_PX + _PHASE_PX + 10
        coldest = (
            min((float(line.values_c.min()) for line in self._curves.lines), default=-40.0) if self._curves else -40.0
        )
        low = -20.0 * (int(-min(coldest, -40.0) // 20) + 1)
        width = max(10.0, self.width() - _LEFT_PX - _RIGHT_PX - legend)
        return _Axes(_LEFT_PX, width, top, self.height() - top - _FOOT_PX, self._protocol.total_s, low)

    def _paint_phases(self, painter: QPainter, axes: _Axes) -> None:
        tokens = theme().tokens
        start = 0.0
        for name, phase, end in zip(
            phase_names(self._protocol), self._protocol.phases, self._protocol.ends_s, strict=True
        ):
            box = QRectF(axes.x(start) + 0.5, _FLAG_PX + 0.5, axes.x(end) - axes.x(start) - 1, _PHASE_PX - 1)
            freezes = phase.kind is PhaseKind.FREEZE
            painter.setPen(QColor(tokens.line_strong))
            painter.setBrush(QColor(tokens.accent_bg if freezes else tokens.raised))
            painter.drawRoundedRect(box, 3, 3)
            inner = box.adjusted(8, 0, -8, 0)
            duration = minutes(phase.duration_s)
            painter.setFont(ui_font(SECONDARY_PX))
            painter.setPen(QColor(tokens.text_2))
            room = inner.width() - painter.fontMetrics().horizontalAdvance(duration) - 8
            if room > -8:
                painter.drawText(inner, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, duration)
            painter.setFont(ui_font(SECONDARY_PX, 600))
            painter.setPen(QColor(tokens.text_1))
            shown = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, int(max(0.0, room)))
            if len(shown) > 1:
                painter.drawText(inner, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
            start = end

    def _paint_grid(self, painter: QPainter, axes: _Axes) -> None:
        tokens = theme().tokens
        painter.setFont(ui_font(SMALL_PX))
        painter.setPen(QColor(tokens.text_3))
        painter.drawText(
            QRectF(0, _FLAG_PX, _LEFT_PX - 8, _PHASE_PX),
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
            "°C",
        )
        for level in sorted({_TOP_C, 0.0, -20.0, -40.0, axes.low_c}):
            y = axes.y(level)
            painter.setPen(QPen(QColor(tokens.line_strong if level in (0.0, -20.0) else tokens.line), 1))
            painter.drawLine(QPointF(axes.left, y), QPointF(axes.left + axes.width, y))
            if level == -20.0 and axes.y(-20) - axes.y(0) < 13:
                continue
            if level == -40.0 and axes.y(-40) - axes.y(-20) < 13:
                continue
            painter.setPen(QColor(tokens.text_2 if level in (0.0, -20.0) else tokens.text_3))
            text = celsius(level).removesuffix(" °C")
            painter.drawText(
                QRectF(0, y - 8, _LEFT_PX - 8, 16), Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text
            )

    def _paint_curves(self, painter: QPainter, axes: _Axes) -> None:
        tokens = theme().tokens
        if self._curves is None:
            return
        painter.save()
        painter.setClipRect(QRectF(axes.left, axes.top - 2, axes.width, axes.height + 4))
        painter.setOpacity(0.4 if self._stale else 1.0)
        for line in self._curves.lines:
            path = QPainterPath()
            for at, (time_s, value) in enumerate(zip(self._curves.times_s, line.values_c, strict=True)):
                spot = QPointF(axes.x(float(time_s)), axes.y(float(value)))
                path.lineTo(spot) if at else path.moveTo(spot)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(self._pen(line, tokens.surface))
            painter.drawPath(path)
        painter.restore()
        if self._stale:
            painter.setFont(ui_font(SECONDARY_PX, 600))
            painter.setPen(QColor(tokens.check))
            painter.drawText(QRectF(axes.left + 8, axes.top, 80, 18), Qt.AlignmentFlag.AlignLeft, "STALE")

    def _pen(self, line: CurveLine, surface: str) -> QPen:
        style = style_of_subject(line.subject_kind)
        pen = line_pen(style, width_px=1.8)
        pen.setColor(QColor(on_surface(style.colour, surface)))
        if line.dashed:
            pen.setDashPattern([5 / 1.8, 3 / 1.8])
        return pen

    def _paint_times(self, painter: QPainter, axes: _Axes) -> None:
        tokens = theme().tokens
        painter.setFont(ui_font(SMALL_PX))
        painter.setPen(QColor(tokens.text_3))
        y = self.height() - _FOOT_PX + 4
        step = next((s for s in (15, 30, 60, 120, 300, 600) if axes.total_s / s <= 10), 900)
        time_s = 0
        while time_s <= axes.total_s + 0.5:
            painter.drawText(QRectF(axes.x(time_s) - 30, y, 60, 16), Qt.AlignmentFlag.AlignCenter, minutes(time_s))
            time_s += step

    def _paint_slider(self, painter: QPainter, axes: _Axes) -> None:
        tokens = theme().tokens
        x = axes.x(self._protocol.freeze_end_s if self._time_s is None else self._time_s)
        text = "Coldest reached" if self._time_s is None else minutes(self._time_s)
        painter.setFont(ui_font(SMALL_PX, 600))
        width = painter.fontMetrics().horizontalAdvance(text) + 16
        left = min(max(0.0, x - width / 2), self.width() - width)
        pen = QPen(QColor(tokens.text_1), 1.5)
        if self._time_s is None:
            pen.setStyle(Qt.PenStyle.DotLine)
        painter.setPen(pen)
        painter.drawLine(QPointF(x, _FLAG_PX - 4), QPointF(x, self.height() - _FOOT_PX))
        flag = QRectF(left, 2, width, 17)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.text_1))
        painter.drawRoundedRect(flag, 3, 3)
        painter.setPen(QColor(tokens.bg if tokens.dark else tokens.raised))
        painter.drawText(flag, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_values(self, painter: QPainter, axes: _Axes) -> None:
        if self.width() < 700:
            return
        tokens = theme().tokens
        left = axes.left + axes.width + _RIGHT_PX
        row = QRectF(left, _FLAG_PX, self.width() - left - 12, 18)
        painter.setFont(ui_font(SECONDARY_PX))
        painter.setPen(QColor(tokens.text_3))
        painter.drawText(
            row, Qt.AlignmentFlag.AlignLeft, "Coldest" if self._time_s is None else f"At {minutes(self._time_s)}"
        )
        if self._curves is None or self._stale:
            missing = "Reading the curves" if self._is_waiting else "No prediction"
            painter.drawText(
                row.translated(0, 20), Qt.AlignmentFlag.AlignLeft, missing if self._curves is None else "STALE"
            )
            return
        for line in self._curves.lines:
            row.translate(0, 20)
            if row.bottom() > self.height() - 20:
                break
            painter.setPen(self._pen(line, tokens.surface))
            painter.drawLine(QPointF(row.left(), row.center().y()), QPointF(row.left() + 18, row.center().y()))
            self._paint_value(painter, row.adjusted(24, 0, 0, 0), line.name, celsius(self._value(line)))
        row.translate(0, 20)
        if row.bottom() <= self.height():
            self._paint_value(painter, row, f"{celsius(self._curves.isotherm_c)} volume", f"{self._volume():.1f} mL")

    def _paint_value(self, painter: QPainter, row: QRectF, name: str, value: str) -> None:
        tokens = theme().tokens
        painter.setFont(ui_font(SECONDARY_PX, 600))
        painter.setPen(QColor(tokens.text_1))
        painter.drawText(row, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, value)
        room = row.width() - painter.fontMetrics().horizontalAdvance(value) - 6
        painter.setFont(ui_font(SECONDARY_PX))
        painter.setPen(QColor(tokens.text_2))
        name = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, int(room))
        painter.drawText(row, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)

    def _value(self, line: CurveLine) -> float:
        if self._curves is None or self._time_s is None:
            return float(line.values_c.min())
        return self._curves.at(line.values_c, self._time_s)

    def _volume(self) -> float:
        if self._curves is None:
            return 0.0
        if self._time_s is None:
            return float(self._curves.treated_ml.max())
        return self._curves.at(self._curves.treated_ml, self._time_s)

    # --- hand --------------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take a phase edge, or move the slider."""
        if event.button() is not Qt.MouseButton.LeftButton or not self._protocol.phases:
            return
        self._edge = self._edge_at(event.position())
        if self._edge is None:
            self.time_chosen.emit(self._axes().time_s(event.position().x()))
        else:
            self.drag_began.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag what was taken; show which edges can be taken."""
        if not self._protocol.phases:
            return
        if event.buttons() & Qt.MouseButton.LeftButton:
            time_s = self._axes().time_s(event.position().x())
            if self._edge is None:
                self.time_chosen.emit(time_s)
            else:
                self._drag_edge(self._edge, time_s)
            return
        near = self._edge_at(event.position()) is not None
        self.setCursor(Qt.CursorShape.SplitHCursor if near else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        del event
        if self._edge is not None:
            self._edge = None
            self.drag_ended.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the slider by 5 s, by 30 s with Shift, to the ends with Home and End."""
        now = self._protocol.freeze_end_s if self._time_s is None else self._time_s
        step = _BIG_STEP_S if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else _STEP_S
        targets = {
            Qt.Key.Key_Left: now - step,
            Qt.Key.Key_Right: now + step,
            Qt.Key.Key_Home: 0.0,
            Qt.Key.Key_End: self._protocol.total_s,
        }
        if event.key() in targets and self._protocol.phases:
            self.time_chosen.emit(min(self._protocol.total_s, max(0.0, targets[Qt.Key(event.key())])))
        else:
            super().keyPressEvent(event)

    def _edge_at(self, position: QPointF) -> int | None:
        if not _FLAG_PX <= position.y() <= _FLAG_PX + _PHASE_PX:
            return None
        axes = self._axes()
        for at, end in enumerate(self._protocol.ends_s):
            if abs(axes.x(end) - position.x()) <= _EDGE_REACH_PX:
                return at
        return None

    def _drag_edge(self, index: int, time_s: float) -> None:
        start = self._protocol.ends_s[index] - self._protocol.phases[index].duration_s
        duration = max(_SNAP_S, round((time_s - start) / _SNAP_S) * _SNAP_S)
        if duration != self._protocol.phases[index].duration_s and duration <= 3600:
            self.phase_dragged.emit(index, duration)
