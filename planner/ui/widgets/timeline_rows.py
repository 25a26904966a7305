"""How are the schedules drawn? One row of blocks each, with its probes' names, durations and duties."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from planner.domain.protocol import PhaseKind, ends_of
from planner.planning.phase_edits import phase_names, phase_words
from planner.report.numbers import minutes
from planner.ui.theme.fonts import SECONDARY_PX, SMALL_PX, ui_font
from planner.ui.theme.theme import theme
from planner.ui.widgets.row_text import RIGHT, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain.protocol import Phase
    from planner.planning.phase_edits import ScheduleRow
    from planner.ui.widgets.timeline_axes import Axes

_SHORT_WORDS = {PhaseKind.FREEZE: "Freeze", PhaseKind.PASSIVE_THAW: "Thaw", PhaseKind.ACTIVE_THAW: "Active"}
_LOW_ROW_PX = 19


def phase_tip(row: ScheduleRow, time_s: float) -> str:
    """Say whose phase runs at a time, what it is, how long and from when; empty after the last."""
    start_s = 0.0
    for phase, end_s in zip(row.phases, ends_of(row.phases), strict=True):
        if time_s <= end_s:
            whose = f"{row.label}: " if row.label else ""
            span = f"{minutes(start_s)} to {minutes(end_s)}"
            return f"{whose}{phase_words(phase)}, {minutes(phase.duration_s)} min, from {span}"
        start_s = end_s
    return f"{row.label}: no gas any more" if row.label else ""


def phase_at(row: ScheduleRow, time_s: float) -> str:
    """Return the name of the phase that runs at a time; the last one at its very end."""
    for name, end_s in zip(phase_names(row.phases), ends_of(row.phases), strict=True):
        if time_s <= end_s:
            return name
    return "no gas"


def paint_rows(painter: QPainter, axes: Axes, rows: Sequence[ScheduleRow]) -> None:
    """Draw every schedule."""
    for number, row in enumerate(rows):
        if row.label:
            _paint_label(painter, axes, number, row.label)
        start_s = 0.0
        for name, phase, end_s in zip(phase_names(row.phases), row.phases, ends_of(row.phases), strict=True):
            left, right = axes.x(start_s), axes.x(end_s)
            box = QRectF(left + 0.5, axes.row_top(number) + 0.5, right - left - 1, axes.row_px - 1)
            _paint_block(painter, box, phase, name)
            start_s = end_s


def _paint_label(painter: QPainter, axes: Axes, number: int, text: str) -> None:
    box = QRectF(4, axes.row_top(number), axes.left - 12, axes.row_px)
    write(painter, text, box, font=ui_font(SMALL_PX, 600), tone="text_2", align=RIGHT)


def _paint_block(painter: QPainter, box: QRectF, phase: Phase, name: str) -> None:
    """Draw one phase: gas as a filled part of the block's height, name at the left, duration at the right."""
    tokens = theme().tokens
    painter.setPen(QColor(tokens.line_strong))
    painter.setBrush(QColor(tokens.raised))
    painter.drawRoundedRect(box, 3, 3)
    if phase.kind is PhaseKind.FREEZE:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.accent_bg))
        inner = box.adjusted(0.5, 0.5, -0.5, -0.5)
        inner.setTop(inner.bottom() - inner.height() * phase.duty)
        painter.drawRoundedRect(inner, 2.5, 2.5)
    if phase.kind is PhaseKind.ACTIVE_THAW:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.check_tint))
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 2.5, 2.5)
    size = SECONDARY_PX if box.height() >= _LOW_ROW_PX else SMALL_PX
    inner = box.adjusted(8, 0, -8, 0)
    duration = minutes(phase.duration_s)
    painter.setFont(ui_font(size))
    painter.setPen(QColor(tokens.text_2))
    room = inner.width() - painter.fontMetrics().horizontalAdvance(duration) - 8
    if room > -8:
        painter.drawText(inner, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, duration)
    painter.setFont(ui_font(size, 600))
    painter.setPen(QColor(tokens.text_1))
    if painter.fontMetrics().horizontalAdvance(name) > room:
        name = _SHORT_WORDS[phase.kind] if phase.duty == 1 else f"{100 * phase.duty:g} %"
    if painter.fontMetrics().horizontalAdvance(name) <= room:
        painter.drawText(inner, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
