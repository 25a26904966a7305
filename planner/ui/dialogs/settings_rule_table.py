"""Which rules are there, and which has the site changed? A table: limits in force beside the shipped ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from planner.domain.datum import Status
from planner.domain.rule import Operator
from planner.domain.site_rules import is_looser
from planner.planning.rules import QUANTITY_WORDS, number
from planner.ui.theme.theme import theme
from planner.ui.widgets.labels import plain_tip

if TYPE_CHECKING:
    from planner.domain.rule import Rule, RuleSet

_Index = QModelIndex | QPersistentModelIndex
_HEADS = ("Structure or target", "Quantity", "In force", "Shipped", "Status", "Source")
_WIDTHS_PX = (150, 130, 164, 164, 128)
_ROW_PX = 28


def bare_limits(rule: Rule) -> str:
    """Return the limits alone, such as ``"≥ 10 mm; fail < 5 mm"``."""
    if rule.pass_limit is None:
        return "no limit"
    good, bad = ("≥", "<") if rule.operator is Operator.AT_LEAST else ("≤", ">")
    unit = rule.quantity.unit
    words = f"{good} {number(rule.pass_limit)} {unit}"
    return words if rule.fail_limit is None else f"{words}; fail {bad} {number(rule.fail_limit)} {unit}"


def status_words(rule: Rule, default: Rule) -> str:
    """Return where the limits come from; a site's that let more pass say so."""
    if rule.status is not Status.SITE:
        return rule.status.value
    return "site, looser" if is_looser(rule, default) else "site"


class RuleModel(QAbstractTableModel):
    """Rules in force, row by row in the order of the file."""

    def __init__(self, shipped: RuleSet) -> None:
        super().__init__()
        self._shipped = {rule.id: rule for rule in shipped.rules}
        self._rules: tuple[Rule, ...] = shipped.rules

    def show_rules(self, rules: RuleSet) -> None:
        """Show other limits of the same rules."""
        self._rules = rules.rules
        self.dataChanged.emit(self.index(0, 0), self.index(len(self._rules) - 1, len(_HEADS) - 1))

    def rule(self, row: int) -> Rule:
        """Return the rule in force of a row."""
        return self._rules[row]

    def shipped(self, row: int) -> Rule:
        """Return the shipped rule of a row."""
        return self._shipped[self._rules[row].id]

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Return the number of rules."""
        return 0 if parent.isValid() else len(self._rules)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Return the number of columns."""
        return 0 if parent.isValid() else len(_HEADS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the head of a column."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return _HEADS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a cell, its tooltip, its words for a screen reader or its colour."""
        rule, default = self.rule(index.row()), self.shipped(index.row())
        cells = _cells(rule, default)
        if role == Qt.ItemDataRole.DisplayRole:
            return cells[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(f"{cells[index.column()]}\n{rule.note}".strip())
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ". ".join(f"{head}: {cell}" for head, cell in zip(_HEADS, cells, strict=True) if cell)
        if role == Qt.ItemDataRole.ForegroundRole:
            tokens = theme().tokens
            is_changed = rule.status is Status.SITE and index.column() in (2, 4)
            return QColor(tokens.check if is_changed else tokens.text_1 if index.column() < 3 else tokens.text_2)
        return None


def _cells(rule: Rule, default: Rule) -> tuple[str, ...]:
    subject = rule.subject[:1].upper() + rule.subject[1:]
    quantity = QUANTITY_WORDS[rule.quantity]
    return (subject, quantity, bare_limits(rule), bare_limits(default), status_words(rule, default), rule.source)


class _RuleDelegate(QStyledItemDelegate):
    """Draws a chosen row in its own colours: what the site changed stays marked while it is read."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: _Index) -> None:
        """Give the words of a chosen cell the colour they have unchosen."""
        super().initStyleOption(option, index)
        colour = index.data(Qt.ItemDataRole.ForegroundRole)
        if isinstance(colour, QColor):
            option.palette.setColor(QPalette.ColorRole.HighlightedText, colour)


def rule_table(model: RuleModel) -> QTableView:
    """Return the table: whole rows are chosen, Tab leaves it."""
    table = QTableView()
    table.setAccessibleName("Rules")
    table.setModel(model)
    table.setItemDelegate(_RuleDelegate(table))
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setShowGrid(False)
    table.setTabKeyNavigation(False)
    table.setWordWrap(False)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(_ROW_PX)
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    for column, width in enumerate(_WIDTHS_PX):
        table.setColumnWidth(column, width)
    header.setSectionResizeMode(len(_HEADS) - 1, QHeaderView.ResizeMode.Stretch)
    return table
