"""What exactly leaves for a registry? The tables with their rows, and of the chosen one every field with an example."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QHeaderView, QTableView, QWidget

from planner.casebook.registry.dictionary import VariableType, dictionary
from planner.ui.theme.theme import theme
from planner.ui.widgets.labels import plain_tip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.casebook.registry.dictionary import Table, Value, Variable
    from planner.casebook.registry.extract import Extract

_Index = QModelIndex | QPersistentModelIndex
_TABLE_HEADS = ("Table", "Rows")
_FIELD_HEADS = ("Field", "Holds", "Recorded", "For example")
_LEFT_PX, _ROWS_PX = 256, 56
_FIELD_WIDTHS_PX = (338, 120, 78)
_ROW_PX = 26
_HEIGHT_PX = 260
_TYPE_WORDS = {
    VariableType.ID: "salted id",
    VariableType.INTEGER: "number",
    VariableType.NUMBER: "number",
    VariableType.FLAG: "true or false",
    VariableType.CODE: "listed value",
    VariableType.NUMBERS: "numbers",
    VariableType.TEXT: "text",
}
Cells = tuple[str, ...]


class _Cells(QAbstractTableModel):
    """Rows of words under heads; a row of which ``marked`` is true stands out."""

    def __init__(self, heads: Cells, *, figures: frozenset[int]) -> None:
        super().__init__()
        self._heads, self._figures = heads, figures
        self._rows: tuple[Cells, ...] = ()
        self._marked: tuple[bool, ...] = ()

    def show_rows(self, rows: Sequence[Cells], *, marked: Sequence[bool] = ()) -> None:
        """Replace the rows."""
        self.beginResetModel()
        self._rows, self._marked = tuple(rows), tuple(marked) or (False,) * len(rows)
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Return the number of rows."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self._heads)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the head of a column."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._heads[section]
        return self._alignment(section) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a cell, its tooltip, its words for a screen reader, its side or its colour."""
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(row[index.column()])
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ". ".join(f"{head}: {cell}" for head, cell in zip(self._heads, row, strict=True) if cell)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(index.column())
        if role == Qt.ItemDataRole.ForegroundRole:
            tokens = theme().tokens
            plain = tokens.text_1 if index.column() == 0 else tokens.text_2
            return QColor(tokens.check if self._marked[index.row()] else plain)
        return None

    def _alignment(self, column: int) -> int:
        side = Qt.AlignmentFlag.AlignRight if column in self._figures else Qt.AlignmentFlag.AlignLeft
        return int(side | Qt.AlignmentFlag.AlignVCenter)


class RegistryFields(QWidget):
    """Tables on the left, the fields of the chosen one on the right; fields with texts stand out."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._extract: Extract | None = None
        self._shown: tuple[Table, ...] = ()
        self._table_rows = _Cells(_TABLE_HEADS, figures=frozenset({1}))
        self._field_rows = _Cells(_FIELD_HEADS, figures=frozenset({2}))
        self.tables = _view(self._table_rows, "Tables that leave", stretched=0)
        self.tables.setFixedWidth(_LEFT_PX)
        self.tables.setColumnWidth(1, _ROWS_PX)
        self.tables.selectionModel().currentRowChanged.connect(lambda now, _before: self._show_fields(now.row()))
        self.fields = _view(self._field_rows, "Fields of the table", stretched=len(_FIELD_HEADS) - 1)
        for column, width in enumerate(_FIELD_WIDTHS_PX):
            self.fields.setColumnWidth(column, width)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        row.addWidget(self.tables)
        row.addWidget(self.fields, 1)
        self.setMinimumHeight(_HEIGHT_PX)

    def show_extract(self, extract: Extract) -> None:
        """Show what leaves; the table that was chosen stays chosen."""
        chosen = self._shown[self.tables.currentIndex().row()].name if self._shown else ""
        self._extract = extract
        self._shown = tuple(table for table in dictionary().tables if extract.tables[table.name])
        self._table_rows.show_rows([(table.title, str(len(extract.tables[table.name]))) for table in self._shown])
        names = [table.name for table in self._shown]
        if names:
            self.tables.selectRow(names.index(chosen) if chosen in names else 0)
        else:
            self._field_rows.show_rows(())

    def _show_fields(self, at: int) -> None:
        if self._extract is None or not 0 <= at < len(self._shown):
            self._field_rows.show_rows(())
            return
        table, extract = self._shown[at], self._extract
        columns = table.columns(with_texts=extract.with_texts)
        self._field_rows.show_rows(
            [_cells(extract, table, one) for one in columns], marked=[one.is_text for one in columns]
        )
        self.chosen.emit(table.name)


def _cells(extract: Extract, table: Table, variable: Variable) -> Cells:
    rows = extract.tables[table.name]
    example = next((row[variable.name] for row in rows if row[variable.name] is not None), None)
    holds = _TYPE_WORDS[variable.type] + (f", {variable.unit}" if variable.unit else "")
    said = f"{extract.filled(table.name, variable.name)} of {len(rows)}"
    return (variable.label, holds, said, "" if variable.type is VariableType.ID else _said(example))


def _said(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return f"{value:g}".replace("-", "−")
    return " ".join(str(value or "").split())


def _view(model: _Cells, name: str, *, stretched: int) -> QTableView:
    view = QTableView()
    view.setAccessibleName(name)
    view.setModel(model)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setShowGrid(False)
    view.setTabKeyNavigation(False)
    view.setWordWrap(False)
    view.verticalHeader().hide()
    view.verticalHeader().setDefaultSectionSize(_ROW_PX)
    header = view.horizontalHeader()
    header.setHighlightSections(False)
    header.setSectionResizeMode(stretched, QHeaderView.ResizeMode.Stretch)
    return view
