"""Which follow-ups are there? One row each of two lines: scores and goal; then signs and recovery."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from planner.casebook.outcome import GoalState, follow_up_rows
from planner.domain.intake import Scores
from planner.ui.case.follow_up_words import MISSING, found_words, function_words, gaps_words, number_words, spoken_row
from planner.ui.theme.fonts import BODY_PX, SECONDARY_PX, SMALL_PX, ui_font
from planner.ui.theme.icons import paint_icon
from planner.ui.theme.theme import theme
from planner.ui.widgets.row_list import ROW_ROLE
from planner.ui.widgets.row_text import LEFT, RIGHT, write

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from planner.domain.case import Case
    from planner.domain.follow_up import FollowUp

_Index = QModelIndex | QPersistentModelIndex
BASELINE = "baseline"
ROW_PX, HEAD_PX = 46, 26
_LEFT_PX, _RIGHT_PX, _GAP_PX, _ICON_PX = 14, 12, 10, 14
_LINE_PX, _UPPER_PX, _LOWER_PX = 18, 5, 24


class _Column(NamedTuple):
    title: str
    width_px: int
    is_number: bool


_COLUMNS = (
    _Column("Follow-up", 92, is_number=False),
    _Column("Day", 80, is_number=False),
    _Column("Average", 48, is_number=True),
    _Column("Worst", 40, is_number=True),
    _Column("Function", 72, is_number=True),
    _Column("Opioid mg/day", 80, is_number=True),
    _Column("Relief %", 50, is_number=True),
    _Column("Goal", 0, is_number=False),
)
_GOAL_STYLES = {
    GoalState.REACHED: ("check-circle", "good"),
    GoalState.NOT_REACHED: ("warning", "check"),
    GoalState.NOT_ASSESSED: ("minus-circle", "not_assessed"),
}


@dataclass(frozen=True, slots=True)
class ListedFollowUp:
    """One follow-up as listed, or the scores before treatment."""

    key: str
    name: str
    spoken: str
    cells: tuple[str, ...]
    below: str
    goal: GoalState | None = None

    @property
    def tip(self) -> str:
        """What the pointer is told."""
        return self.spoken.replace(". ", ".\n")


def listed_follow_ups(case: Case) -> tuple[ListedFollowUp, ...]:
    """Return the scores before treatment, where there are some, and every follow-up, by day."""
    rows: list[ListedFollowUp] = []
    before = case.intake.baseline
    if before is not None:
        cells: tuple[str, ...] = ("Before", "", *_score_cells(before), "", "")
        rows.append(ListedFollowUp(BASELINE, "Before treatment", "Before treatment", cells, before.opioid))
    for row in follow_up_rows(case):
        one = row.follow_up
        recovery = f"recovery {row.recovery.words}" if one.recovered else ""
        below = " · ".join(part for part in (recovery, found_words(one), gaps_words(row.gaps)) if part)
        state = row.goal.state.value.removeprefix("goal ")  # the column says of what
        goal = f"{state}, {row.goal.change}" if row.goal.change else state
        cells = (row.name, one.day, *_follow_up_cells(one), goal)
        rows.append(ListedFollowUp(one.id, row.name, spoken_row(row), cells, below, row.goal.state))
    return tuple(rows)


def _follow_up_cells(one: FollowUp) -> tuple[str, ...]:
    return (*_score_cells(one.scores or Scores()), number_words(one.relief_percent))


def _score_cells(scores: Scores) -> tuple[str, ...]:
    pains = (number_words(scores.average_nrs), number_words(scores.worst_nrs))
    return (*pains, function_words(scores), number_words(scores.opioid_mg_per_day))


def _boxes(line: QRectF) -> list[QRectF]:
    """Return where the columns lie; the last takes the rest."""
    boxes, x = [], line.left()
    for column in _COLUMNS:
        width = column.width_px or max(0.0, line.right() - x)
        boxes.append(QRectF(x, line.top(), width, line.height()))
        x += width + _GAP_PX
    return boxes


class FollowUpHead(QWidget):
    """The names of the columns."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(HEAD_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Write them over a hairline."""
        del event
        painter = QPainter(self)
        line = QRectF(self.rect()).adjusted(_LEFT_PX, 0, -_RIGHT_PX, 0)
        for column, box in zip(_COLUMNS, _boxes(line), strict=True):
            align = RIGHT if column.is_number else LEFT
            write(painter, column.title, box, font=ui_font(SMALL_PX), tone="text_3", align=align)
        painter.fillRect(QRectF(0, self.height() - 1, self.width(), 1), QColor(theme().tokens.line))


class FollowUpDelegate(QStyledItemDelegate):
    """Paints one row."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the row's height."""
        del option, index
        return QSize(0, ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw figures above, findings below."""
        row: ListedFollowUp = index.data(ROW_ROLE)
        tokens, box = theme().tokens, QRectF(option.rect)
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, QColor(tokens.sel))
            painter.fillRect(QRectF(box.left(), box.top(), 3, box.height()), QColor(tokens.accent))
        painter.fillRect(QRectF(box.left(), box.bottom() - 1, box.width(), 1), QColor(tokens.line))
        inner = box.adjusted(_LEFT_PX, 0, -_RIGHT_PX, 0)
        upper = QRectF(inner.left(), inner.top() + _UPPER_PX, inner.width(), _LINE_PX)
        boxes = _boxes(upper)
        for at, (column, cell, place) in enumerate(zip(_COLUMNS[:-1], row.cells, boxes, strict=False)):
            font = ui_font(BODY_PX, 500 if at in (0, 2) else 400)
            tone = "text_1" if cell != MISSING else "text_3"
            write(painter, cell, place, font=font, tone=tone, align=RIGHT if column.is_number else LEFT)
        _paint_goal(painter, boxes[-1], row)
        lower = QRectF(inner.left(), inner.top() + _LOWER_PX, inner.width(), _LINE_PX)
        write(painter, row.below, lower, font=ui_font(SECONDARY_PX), tone="text_2")
        painter.restore()


def _paint_goal(painter: QPainter, box: QRectF, row: ListedFollowUp) -> None:
    """Draw how the day stands to the goal: icon, words, then colour."""
    if row.goal is None:
        return
    icon, tone = _GOAL_STYLES[row.goal]
    place = QRectF(box.left(), box.center().y() - _ICON_PX / 2, _ICON_PX, _ICON_PX)
    paint_icon(painter, icon, colour=getattr(theme().tokens, tone), box=place)
    words = box.adjusted(_ICON_PX + 6, 0, 0, 0)
    write(painter, row.cells[-1], words, font=ui_font(SECONDARY_PX, 500), tone=tone)
