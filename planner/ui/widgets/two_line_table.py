"""How does a table of things with two lines a cell look and act? Chosen by row; Enter or a double click opens one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QHeaderView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTreeView

from planner.ui.theme.fonts import BODY_PX, SECONDARY_PX, SMALL_PX, ui_font
from planner.ui.theme.icons import paint_icon
from planner.ui.theme.theme import theme
from planner.ui.widgets.labels import plain_tip
from planner.ui.widgets.row_text import write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QKeyEvent, QResizeEvent

    from planner.ui.theme.tokens import StateStyle

_Index = QModelIndex | QPersistentModelIndex
_ROW_ROLE = Qt.ItemDataRole.UserRole
_CELL_ROLE = Qt.ItemDataRole.UserRole + 1
_ROW_PX, _SIDE_PX, _HEAD_PX = 56, 8, 26
_NARROW_PX = 1250
NOTHING = "—"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: two lines, or a state with its sentence.

    Parameters
    ----------
    state
        Drawn as icon and word in place of the first line; the second line may wrap then.
    tone
        Token of the second line's colour; with ``icon`` before it.
    """

    first: str = ""
    second: str = ""
    is_strong: bool = False
    tone: str = "text_3"
    icon: str = ""
    state: StateStyle | None = None
    tip: str = ""


@dataclass(frozen=True, slots=True)
class TableRow:
    """One thing as listed: whose row it is, its cells, and all of it in words."""

    key: str
    cells: tuple[Cell, ...]
    spoken: str


class TwoLineTable(QTreeView):
    """The table; every signal carries the key of a row.

    ``picked(str | None)`` on selection, ``opened`` on Enter or a double click, ``remove_asked`` on Delete, and
    ``menu_asked`` with the place on the screen on a right click or the menu key.
    """

    picked = Signal(object)
    opened = Signal(str)
    remove_asked = Signal(str)
    menu_asked = Signal(str, QPoint)

    def __init__(self, heads: Sequence[str], *, name: str, widths: Sequence[int], narrow: Sequence[int]) -> None:
        super().__init__()
        self._heads, self._widths, self._narrow = tuple(heads), tuple(widths), tuple(narrow)
        self._rows: tuple[TableRow, ...] = ()
        self._model = QStandardItemModel()
        self.setModel(self._model)
        self.setItemDelegate(_CellDelegate(self))
        self.setAccessibleName(name)
        self.setIndentation(0)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setEditTriggers(QTreeView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QTreeView.SelectionBehavior.SelectRows)
        self.setVerticalScrollMode(QTreeView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setExpandsOnDoubleClick(False)
        self.activated.connect(lambda index: self.opened.emit(_key(index)))
        self.selectionModel().selectionChanged.connect(lambda _new, _old: self.picked.emit(self.current()))
        self._set_heads()

    def show_rows(self, rows: Sequence[TableRow]) -> None:
        """List things; the one that was chosen stays so, else the first is."""
        chosen, self._rows = self.current(), tuple(rows)
        self._model.removeRows(0, self._model.rowCount())
        for row in self._rows:
            self._model.appendRow(self._items(row))
        self.choose(chosen)

    def choose(self, key: str | None) -> None:
        """Choose a row, or the first."""
        at = next((n for n, row in enumerate(self._rows) if row.key == key), 0)
        if self._rows:
            self.setCurrentIndex(self._model.index(at, 0))
        else:
            self.picked.emit(None)

    def current(self) -> str | None:
        """Return the key of the chosen row."""
        rows = self.selectionModel().selectedRows(0)
        return _key(rows[0]) if rows else None

    def rows(self) -> tuple[TableRow, ...]:
        """Return what is listed."""
        return self._rows

    def place_of(self, key: str, column: int = 0) -> QPoint:
        """Return the middle of a cell, in the viewport."""
        at = next(n for n, row in enumerate(self._rows) if row.key == key)
        return self.visualRect(self._model.index(at, column)).center()

    def _items(self, row: TableRow) -> list[QStandardItem]:
        items = []
        for column, cell in enumerate(row.cells):
            item = QStandardItem(cell.first)
            item.setData(row.key, _ROW_ROLE)
            item.setData(cell, _CELL_ROLE)
            said = row.spoken if column == 0 else self._heads[column]
            item.setData(said, Qt.ItemDataRole.AccessibleTextRole)
            item.setToolTip(plain_tip(cell.tip))
            items.append(item)
        return items

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ask to remove on Delete; the rest is the table's own."""
        key = self.current()
        if event.key() == Qt.Key.Key_Delete and key is not None:
            self.remove_asked.emit(key)
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of the row under the mouse, or of the chosen row."""
        at = event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            at = self.viewport().mapToGlobal(self.visualRect(self.currentIndex()).center())
        elif self.indexAt(event.pos()).isValid():
            self.setCurrentIndex(self.indexAt(event.pos()))
        else:
            return
        key = self.current()
        if key is not None:
            self.menu_asked.emit(key, at)

    # --- columns -----------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the width among the columns."""
        super().resizeEvent(event)
        self._fit_columns()

    def _set_heads(self) -> None:
        self._model.setHorizontalHeaderLabels(list(self._heads))
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        for column in range(len(self._heads)):
            self._model.horizontalHeaderItem(column).setTextAlignment(left)
        head = self.header()
        head.setFixedHeight(_HEAD_PX)
        head.setSectionsClickable(False)
        head.setStretchLastSection(True)
        for column in range(len(self._heads) - 1):
            head.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
        self._fit_columns()

    def _fit_columns(self) -> None:
        widths = self._narrow if self.viewport().width() < _NARROW_PX else self._widths
        for column, width in enumerate(widths):
            self.setColumnWidth(column, width)


class _CellDelegate(QStyledItemDelegate):
    """Draws the cells."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        del option, index
        return QSize(100, _ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        tokens, box = theme().tokens, QRectF(option.rect)
        cell = index.data(_CELL_ROLE)
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, QColor(tokens.sel))
            if index.column() == 0:
                painter.fillRect(QRectF(box.left(), box.top(), 3, box.height()), QColor(tokens.accent))
        inner = box.adjusted(_SIDE_PX, 0, -_SIDE_PX, 0)
        if isinstance(cell, Cell) and cell.state is not None:
            _paint_state(painter, inner, cell, cell.state)
        elif isinstance(cell, Cell):
            _paint_lines(painter, inner, cell)
        painter.setPen(QColor(tokens.line))
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        painter.restore()


def _paint_lines(painter: QPainter, box: QRectF, cell: Cell) -> None:
    top = box.center().y() - (19 if cell.second else 9)
    font = ui_font(BODY_PX, 500 if cell.is_strong else 400)
    write(painter, cell.first or NOTHING, QRectF(box.left(), top, box.width(), 18), font=font, tone="text_1")
    below = QRectF(box.left(), top + 20, box.width(), 18)
    if cell.icon:
        place = QRectF(box.left(), below.center().y() - 6, 12, 12)
        paint_icon(painter, cell.icon, colour=getattr(theme().tokens, cell.tone), box=place)
        below.setLeft(below.left() + 16)
    write(painter, cell.second, below, font=ui_font(SECONDARY_PX), tone=cell.tone)


def _paint_state(painter: QPainter, box: QRectF, cell: Cell, state: StateStyle) -> None:
    painter.setFont(ui_font(SMALL_PX))
    is_short = painter.fontMetrics().horizontalAdvance(cell.second) <= box.width()
    top = box.center().y() - (19 if is_short else 23)
    colour = getattr(theme().tokens, state.colour)
    paint_icon(painter, state.icon, colour=colour, box=QRectF(box.left(), top + 2, 15, 15))
    word = QRectF(box.left() + 20, top, box.width() - 20, 18)
    write(painter, state.word, word, font=ui_font(SECONDARY_PX, 600), tone=state.colour)
    painter.setFont(ui_font(SMALL_PX))
    painter.setPen(QColor(theme().tokens.text_2))
    place = QRectF(box.left(), top + (21 if is_short else 18), box.width(), 29)
    painter.drawText(place, Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignTop, cell.second)


def _key(index: QModelIndex) -> str:
    return str(index.data(_ROW_ROLE))
