"""Which targets does the plan hold? List rows: swatch, name and level, side, state; arrows move, Enter goes there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from planner.ui.panels.structure_rows import paint_ground
from planner.ui.theme.fonts import BODY_PX, SECONDARY_PX, SMALL_PX, ui_font
from planner.ui.theme.icons import paint_icon
from planner.ui.theme.theme import theme
from planner.ui.widgets.row_list import ROW_ROLE, RowList, RowListModel
from planner.ui.widgets.row_text import CUT_MIDDLE, RIGHT, write
from planner.ui.widgets.swatch import SWATCH_H_PX, SWATCH_W_PX, paint_swatch, style_of_subject

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from planner.domain.identity import TargetId
    from planner.domain.target import Target
    from planner.ui.panels.target_words import TargetState

_Index = QModelIndex | QPersistentModelIndex
ROW_PX = 46
MOST_ROWS = 5
_TEXT_PX = 46


@dataclass(frozen=True, slots=True)
class TargetRow:
    """One target as listed."""

    target: Target
    state: TargetState

    @property
    def key(self) -> TargetId:
        """Id of the target."""
        return self.target.id

    @property
    def name(self) -> str:
        """Name and level."""
        return " ".join(part for part in (self.target.name, self.target.level) if part)

    @property
    def second_line(self) -> str:
        """Side, and the one thing to say."""
        side = self.target.side.value.capitalize()
        return f"{side} · {self.state.words}" if self.state.words else side

    @property
    def spoken(self) -> str:
        """The whole row in words."""
        return f"{self.target.words}, {self.state.style.word}, {self.state.words}".rstrip(", ")

    @property
    def tip(self) -> str:
        """The whole row in words."""
        return self.spoken


class TargetListModel(RowListModel[TargetRow]):
    """Targets in plan order."""


class TargetList(RowList):
    """The list; its signals carry a TargetId."""

    def __init__(self, model: TargetListModel) -> None:
        super().__init__(model, name="Targets of this plan", description="Enter goes to a target, Delete removes it")
        self.setItemDelegate(_Delegate(self))

    def fit(self) -> None:
        """Be as high as the rows are, up to five; more scroll."""
        self.setFixedHeight(min(self.model().rowCount(), MOST_ROWS) * ROW_PX)


class _Delegate(QStyledItemDelegate):
    """Draws a row: name and state over side and remark."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the row's size."""
        del option, index
        return QSize(280, ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw ground, swatch, texts and state."""
        row: TargetRow = index.data(ROW_ROLE)
        box = QRectF(option.rect)
        painter.save()
        paint_ground(painter, box, option)
        swatch = QRectF(box.left() + 12, box.center().y() - SWATCH_H_PX / 2, SWATCH_W_PX, SWATCH_H_PX)
        paint_swatch(painter, swatch, style_of_subject("target"))
        inner = box.adjusted(_TEXT_PX, 0, -12, 0)
        style = row.state.style
        state = QRectF(inner.left(), box.top() + 5, inner.width(), 18)
        taken = write(painter, style.word, state, font=ui_font(SMALL_PX, 600), tone=style.colour, align=RIGHT) + 18
        icon = QRectF(inner.right() - taken, state.center().y() - 7, 14, 14)
        paint_icon(painter, style.icon, colour=getattr(theme().tokens, style.colour), box=icon)
        name = QRectF(inner.left(), box.top() + 5, inner.width() - taken - 6, 18)
        # The level stands at the end of a name: what does not fit goes from the middle.
        write(painter, row.name, name, font=ui_font(BODY_PX, 500), tone="text_1", cut=CUT_MIDDLE)
        second = QRectF(inner.left(), box.top() + 23, inner.width(), 17)
        write(painter, row.second_line, second, font=ui_font(SECONDARY_PX), tone="text_3")
        painter.restore()
