"""How does a panel's list show rows that are made anew after each edit? What was selected stays selected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QAbstractItemView, QListView

from planner.ui.widgets.labels import plain_tip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import SignalInstance
    from PySide6.QtGui import QKeyEvent, QMouseEvent

_Index = QModelIndex | QPersistentModelIndex
ROW_ROLE = Qt.ItemDataRole.UserRole


class ListedRow(Protocol):
    """One thing as listed: whose row it is, its name, and all of it in words."""

    @property
    def key(self) -> str:
        """Id of the thing."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def spoken(self) -> str:
        """The whole row in words."""

    @property
    def tip(self) -> str:
        """What the pointer is told over it."""


Row = TypeVar("Row", bound=ListedRow)


class RowListModel(QAbstractListModel, Generic[Row]):
    """Rows in plan order."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[Row, ...] = ()

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Replace the rows; the selection stays when they are of the same things."""
        new = tuple(rows)
        if new == self.rows:
            return
        if new and [row.key for row in new] == [row.key for row in self.rows]:
            self.rows = new
            self.dataChanged.emit(self.index(0), self.index(len(new) - 1))
            return
        self.beginResetModel()
        self.rows = new
        self.endResetModel()

    def row_of(self, key: str | None) -> int:
        """Return the row of a thing, −1 when it is not listed."""
        return next((at for at, row in enumerate(self.rows) if row.key == key), -1)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Return the number of rows."""
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return name, spoken row, tooltip or the row itself."""
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return row.spoken
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(row.tip)
        return row if role == ROW_ROLE else None


class RowList(QListView):
    """The list itself. Every signal carries the id of the thing whose row it is.

    ``go_pressed`` on a double click or Enter; ``remove_pressed`` on Delete; ``menu_asked`` (with the place on the
    screen) on a right click or the menu key.
    """

    go_pressed = Signal(object)
    remove_pressed = Signal(object)
    menu_asked = Signal(object, QPoint)

    def __init__(self, model: QAbstractListModel, *, name: str, description: str) -> None:
        super().__init__()
        self.setModel(model)
        self.setUniformItemSizes(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setMouseTracking(True)
        self.setAccessibleName(name)
        self.setAccessibleDescription(description)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Go to what is clicked."""
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.button() == Qt.MouseButton.LeftButton:
            self.go_pressed.emit(key_at(index))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Do what a key means here, see :meth:`signal_of`."""
        index, signal = self.currentIndex(), self.signal_of(event)
        if signal is None or not index.isValid():
            super().keyPressEvent(event)
        else:
            signal.emit(key_at(index))

    def signal_of(self, event: QKeyEvent) -> SignalInstance | None:
        """Return what a key sends: Enter goes there, Delete removes."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return self.go_pressed
        return self.remove_pressed if event.key() == Qt.Key.Key_Delete else None

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of the row under the mouse, or of the chosen row."""
        is_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if is_key else self.indexAt(event.pos())
        if not index.isValid():
            return
        self.setCurrentIndex(index)
        at = self.viewport().mapToGlobal(self.visualRect(index).center()) if is_key else event.globalPos()
        self.menu_asked.emit(key_at(index), at)


def key_at(index: QModelIndex) -> str:
    """Return the id of the thing whose row it is."""
    row: ListedRow = index.data(ROW_ROLE)
    return row.key
