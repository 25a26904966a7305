"""What was planned, what was done, and by how much does it differ? One table, read and walked like any other.

There is no verdict here: no published tolerance of a deviation holds for nerves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from planner.casebook.planned_and_done import NO_PLAN, NO_PREDICTION, Quantity, Unit
from planner.report.numbers import MINUS, measure, minutes, number
from planner.ui.theme.theme import theme
from planner.ui.widgets.labels import plain_tip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QResizeEvent

    from planner.casebook.planned_and_done import ComparedRow

_HEADS = ("", "Planned", "Done", "Difference")
_ROW_PX, _NAME_PX, _VALUE_PX, _WIDEST_VALUE_PX = 28, 160, 88, 150
_IN_ONE_COLUMN = {NO_PREDICTION: "No prediction", NO_PLAN: "No plan"}
"""Reasons as they stand where only the difference is missing; the whole sentence is in the tooltip and below."""
_NONE = "—"
_Index = QModelIndex | QPersistentModelIndex
_DEVIATIONS = (Quantity.TIP, Quantity.LATERAL, Quantity.ANGLE)
_ONLY_DIFFERENCE = (*_DEVIATIONS, Quantity.ALONG)


def value_words(value: float | str | None, unit: Unit) -> str:
    """Return a value as shown: ``"58.0 mm"``, ``"7:30"``, ``"2"``; an em dash for none."""
    if value is None or value == "":
        return _NONE
    if isinstance(value, str):
        return value
    if unit is Unit.SECONDS:
        return minutes(value)
    if unit is Unit.COUNT:
        return number(value, decimals=0)
    return measure(value, unit.value)


def difference_words(row: ComparedRow) -> str:
    """Return a difference with its sign, a deviation without; for words whether they are the same."""
    if row.unit is Unit.NONE:
        return "other" if row.is_changed else "same" if row.planned and row.done else _NONE
    if row.difference is None:
        return _NONE
    words = value_words(row.difference, row.unit)
    if row.quantity in _DEVIATIONS:
        return words
    is_nothing = not any(digit in "123456789" for digit in words)
    return words if is_nothing or words.startswith(MINUS) else f"+{words}"


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the table: a heading with what it is about, or a row.

    Two names that differ stand on two lines, as one would cut them off; ``is_planned_name`` is the first of them.
    """

    heading: str = ""
    row: ComparedRow | None = None
    is_planned_name: bool = False

    @property
    def texts(self) -> tuple[str, str, str, str]:
        """The four columns."""
        row = self.row
        if row is None:
            return self.heading, "", "", ""
        name = _name(row)
        if row.unit is Unit.NONE:
            if self.is_planned_name:
                return f"Planned: {row.planned}", "", "", ""
            words = f"Used: {row.done}" if row.is_changed else f"{name}: {row.planned or row.done or _NONE}"
            return words, "", "", difference_words(row)
        only = row.quantity in _ONLY_DIFFERENCE
        planned, done = ("", "") if only else (value_words(row.planned, row.unit), value_words(row.done, row.unit))
        return name, planned, done, difference_words(row)

    @property
    def reason_from(self) -> int:
        """From which column on the reason stands in place of what is missing; 0 where nothing is."""
        row = self.row
        if row is None or not row.reason or row.difference is not None:
            return 0
        if row.quantity in _ONLY_DIFFERENCE:
            return 1
        return 2 if row.done is None or row.unit is Unit.NONE else 3

    @property
    def spoken(self) -> str:
        """All of it in words."""
        if self.row is None:
            return self.heading
        row, difference = self.row, difference_words(self.row)
        name = _name(row)
        whose = row.subject if row.quantity is not Quantity.PHASE else ""
        pair = (f"planned {value_words(row.planned, row.unit)}", f"done {value_words(row.done, row.unit)}")
        told = [] if row.quantity in _ONLY_DIFFERENCE else [*pair]
        words = ", ".join([*told, f"difference {difference}"])
        return f"{f'{whose}, ' if whose else ''}{name}: {words}. {row.reason}".strip()


def _name(row: ComparedRow) -> str:
    name = row.quantity.value if row.quantity is not Quantity.PHASE else row.subject.rpartition(": ")[2]
    return name[:1].upper() + name[1:]


def _lines(rows: Sequence[ComparedRow]) -> list[_Line]:
    """Put rows under what they are about: each probe, freeze and thaw, the ice."""
    lines: list[_Line] = []
    for row in rows:
        heading = _heading(row)
        if heading and (not lines or heading != next((one.heading for one in reversed(lines) if one.heading), "")):
            lines.append(_Line(heading))
        if row.is_changed:
            lines.append(_Line(row=row, is_planned_name=True))
        lines.append(_Line(row=row))
    return lines


def _heading(row: ComparedRow) -> str:
    if row.quantity is Quantity.PROBES:
        return "Probes"
    if row.quantity in (Quantity.FREEZES, Quantity.FREEZE_TIME):
        return f"Freeze and thaw, {row.subject}" if row.subject else "Freeze and thaw"
    if row.quantity in (Quantity.ICE_LONG, Quantity.ICE_SHORT):
        return "Ice, 0 °C edge"
    return "" if row.quantity is Quantity.PHASE else row.subject


class PlannedDoneModel(QAbstractTableModel):
    """The lines."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[ComparedRow, ...] = ()
        self.lines: list[_Line] = []

    def show_rows(self, rows: tuple[ComparedRow, ...]) -> bool:
        """Replace the rows; whether there was anything new."""
        if rows == self._rows:
            return False
        self.beginResetModel()
        self._rows, self.lines = rows, _lines(rows)
        self.endResetModel()
        return True

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Return the number of lines."""
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Return the number of columns."""
        return 0 if parent.isValid() else len(_HEADS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the names of the columns."""
        if orientation is Qt.Orientation.Horizontal:
            if role == Qt.ItemDataRole.DisplayRole:
                return _HEADS[section]
            if role == Qt.ItemDataRole.TextAlignmentRole and section:
                return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return text, weight, colour, spoken words and the reason for what is missing."""
        line, column = self.lines[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            if line.row is None or not 0 < line.reason_from <= column:
                return line.texts[column]
            reason = line.row.reason
            return _IN_ONE_COLUMN.get(reason, reason) if line.reason_from == len(_HEADS) - 1 else reason
        if role == Qt.ItemDataRole.TextAlignmentRole and column:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.FontRole and (line.row is None or column == 3):
            font = QFont()
            font.setWeight(QFont.Weight.DemiBold if line.row is None else QFont.Weight.Medium)
            return font
        if role == Qt.ItemDataRole.ForegroundRole:
            tokens = theme().tokens
            return QColor(tokens.text_1 if line.row is None or column == 3 else tokens.text_2)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return line.spoken
        if role == Qt.ItemDataRole.ToolTipRole and line.row is not None:
            return plain_tip(line.row.reason or line.texts[column])
        return None


class PlannedDoneTable(QTableView):
    """The table; a line is chosen as a whole, and the reason for what is missing stands in its tooltip and below."""

    def __init__(self) -> None:
        super().__init__()
        self.lines = PlannedDoneModel()
        self.setModel(self.lines)
        self.setAccessibleName("Planned and done")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW_PX)
        self.verticalHeader().setMinimumSectionSize(_ROW_PX)
        head = self.horizontalHeader()
        head.setHighlightSections(False)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the values more room where there is more."""
        super().resizeEvent(event)
        width_px = max(_VALUE_PX, min(_WIDEST_VALUE_PX, (self.viewport().width() - _NAME_PX) // 3))
        for column in (1, 2, 3):
            self.horizontalHeader().resizeSection(column, width_px)

    def show_rows(self, rows: tuple[ComparedRow, ...]) -> None:
        """Show the rows; headings, models and reasons take the whole width."""
        at = self.currentIndex().row()
        if not self.lines.show_rows(rows):
            return
        self.clearSpans()
        for place, line in enumerate(self.lines.lines):
            if line.row is None:
                self.setSpan(place, 0, 1, len(_HEADS))
                continue
            if line.row.unit is Unit.NONE:
                self.setSpan(place, 0, 1, line.reason_from or len(_HEADS) - 1)
            if 0 < line.reason_from < len(_HEADS) - 1:
                self.setSpan(place, line.reason_from, 1, len(_HEADS) - line.reason_from)
        if 0 <= at < len(self.lines.lines):
            self.selectRow(at)

    def reason_at(self, row: int) -> str:
        """Return why something is missing in a line."""
        line = self.lines.lines[row] if 0 <= row < len(self.lines.lines) else _Line()
        return "" if line.row is None else line.row.reason
