"""Which plan to go on with? A table of the plans used before, latest first; Enter or a double click opens one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QHeaderView, QTreeView

from planner.ui.start.recent_delegate import (
    EDITED,
    HEADS,
    PATIENT,
    PLACE,
    PLAN,
    ROW_ROLE,
    STATE,
    RecentDelegate,
    row_at,
)
from planner.ui.widgets.labels import plain_tip

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from PySide6.QtCore import QItemSelection, QModelIndex
    from PySide6.QtGui import QResizeEvent

    from planner.ui.start.plan_rows import PlanRow

_WIDTHS = {PLAN: 390, PATIENT: 290, EDITED: 112, STATE: 290}
_NARROW = {PLAN: 330, PATIENT: 210, EDITED: 96, STATE: 230}
_NARROW_PX = 1250


class RecentList(QTreeView):
    """The table. ``picked(PlanRow | None)`` on selection, ``opened(PlanRow)`` on Enter or a double click."""

    picked = Signal(object)
    opened = Signal(object)

    def __init__(self, own_folder: Path) -> None:
        super().__init__()
        self._rows: tuple[PlanRow, ...] = ()
        self._model = QStandardItemModel()
        self._delegate = RecentDelegate(own_folder)
        self.setModel(self._model)
        self.setItemDelegate(self._delegate)
        self.setAccessibleName("Recent plans")
        self.setIndentation(0)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setEditTriggers(QTreeView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QTreeView.SelectionBehavior.SelectRows)
        self.setVerticalScrollMode(QTreeView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setExpandsOnDoubleClick(False)
        self.activated.connect(self._open)
        self.selectionModel().selectionChanged.connect(self._on_selection)
        self._set_heads()

    def show_rows(self, rows: Sequence[PlanRow]) -> None:
        """List plans; the one that was selected stays so, else the first is."""
        chosen = self.current()
        self._rows = tuple(rows)
        self._model.removeRows(0, self._model.rowCount())
        for row in self._rows:
            self._model.appendRow(self._items(row))
        kept = next((n for n, row in enumerate(self._rows) if chosen is not None and row.path == chosen.path), 0)
        if self._rows:
            self.setCurrentIndex(self._model.index(kept, 0))
        else:
            self.picked.emit(None)

    def current(self) -> PlanRow | None:
        """Return the selected plan."""
        rows = self.selectionModel().selectedRows(0)
        return row_at(rows[0]) if rows else None

    def hide_identity(self, *, on: bool) -> None:
        """Leave names and places out, which may hold names."""
        self._delegate.hides_identity = on
        self.show_rows(self._rows)

    def _items(self, row: PlanRow) -> list[QStandardItem]:
        spoken = self._delegate.spoken(row)
        items = [QStandardItem(row.record.name) for _ in HEADS]
        items[PLAN].setData(row, ROW_ROLE)
        for column, item in enumerate(items):
            item.setData(spoken if column == PLAN else HEADS[column], Qt.ItemDataRole.AccessibleTextRole)
            item.setToolTip(plain_tip(self._tip(row, column)))
        return items

    def _tip(self, row: PlanRow, column: int) -> str:
        if column == PLACE:
            return "" if self._delegate.hides_identity else str(row.path)
        if column == STATE:
            return f"{row.state.word}: {row.sentence}"
        if column == PLAN:
            return row.record.target
        return " · ".join(part for part in self._delegate.lines(row, column) if part)

    def _open(self, index: QModelIndex) -> None:
        row = row_at(index)
        if row is not None:
            self.opened.emit(row)

    def _on_selection(self, _new: QItemSelection, _old: QItemSelection) -> None:
        self.picked.emit(self.current())

    # --- columns -----------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the width among the columns."""
        super().resizeEvent(event)
        self._fit_columns()

    def _set_heads(self) -> None:
        self._model.setHorizontalHeaderLabels(list(HEADS))
        for column in range(len(HEADS)):
            self._model.horizontalHeaderItem(column).setTextAlignment(
                Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            )
        head = self.header()
        head.setFixedHeight(26)
        head.setSectionsClickable(False)
        head.setStretchLastSection(True)
        for column in range(len(HEADS) - 1):
            head.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
        self._fit_columns()

    def _fit_columns(self) -> None:
        widths = _NARROW if self.viewport().width() < _NARROW_PX else _WIDTHS
        for column, width in widths.items():
            self.setColumnWidth(column, width)
