"""Which targets does the plan hold? List rows: swatch, name and level, side, state; arrows move, Enter goes there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyledItemDelegate, QStyleOptionViewItem

from planner.ui.models.row_list import ROW_ROLE, RowListModel
from planner.ui.panels.structure_rows import paint_ground
from planner.ui.theme.fonts import BODY_PX, SECONDARY_PX, SMALL_PX, ui_font
from planner.ui.theme.icons import paint_icon
from planner.ui.theme.theme import theme
from planner.ui.widgets.row_text import CUT_MIDDLE, RIGHT, write
from planner.ui.widgets.swatch import SWATCH_H_PX, SWATCH_W_PX, paint_swatch, style_of_subject

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QMouseEvent

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


class TargetList(QListView):
    """The list. ``go_pressed`` (TargetId) on a double click or Enter, ``remove_pressed`` on Delete, ``menu_asked``."""

    go_pressed = Signal(object)
    remove_pressed = Signal(object)
    menu_asked = Signal(object, QPoint)

    def __init__(self, model: TargetListModel) -> None:
        super().__init__()
        self.setModel(model)
        self.setItemDelegate(_Delegate(self))
        self.setUniformItemSizes(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setMouseTracking(True)
        self.setAccessibleName("Targets of this plan")
        self.setAccessibleDescription("Enter goes to a target, Delete removes it")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)

    def fit(self) -> None:
        """Be as high as the rows are, up to five; more scroll."""
        self.setFixedHeight(min(self.model().rowCount(), MOST_ROWS) * ROW_PX)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Go to the target."""
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.button() == Qt.MouseButton.LeftButton:
            self.go_pressed.emit(_id_at(index))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes there, Delete removes."""
        index = self.currentIndex()
        if index.isValid() and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.go_pressed.emit(_id_at(index))
        elif index.isValid() and event.key() == Qt.Key.Key_Delete:
            self.remove_pressed.emit(_id_at(index))
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of the row under the mouse, or of the chosen row."""
        is_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if is_key else self.indexAt(event.pos())
        if not index.isValid():
            return
        self.setCurrentIndex(index)
        at = self.viewport().mapToGlobal(self.visualRect(index).center()) if is_key else event.globalPos()
        self.menu_asked.emit(_id_at(index), at)


def _id_at(index: QModelIndex) -> TargetId:
    row: TargetRow = index.data(ROW_ROLE)
    return row.target.id


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
