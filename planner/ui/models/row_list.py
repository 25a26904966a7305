"""How does a panel's list show rows that are made anew after each edit? What was selected stays selected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from planner.ui.widgets.labels import plain_tip

if TYPE_CHECKING:
    from collections.abc import Sequence

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
