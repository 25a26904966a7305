"""How do two placements differ? Their figures beside one another, the difference, and which of the two is better."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from planner.ui.panels.panel import clear_layout
from planner.ui.suggest.suggest_words import compared
from planner.ui.widgets.labels import ElidedLabel, label, plain_tip, rule_line

if TYPE_CHECKING:
    from planner.domain.suggestion import SuggestFigures
    from planner.ui.suggest.suggest_words import ComparedRow

_NAME_PX = 104
_BETTER, _WORSE = "better", "worse"
_HEAD, _ROW_STEP = 0, 2
_SHARES = (5, 5, 9)


class CompareTable(QWidget):
    """A small table: axis, one, other, difference with the word better or worse."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Side by side")
        self._shown: tuple[object, ...] = ()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(6)
        self._grid.setVerticalSpacing(0)
        self._grid.setColumnMinimumWidth(0, _NAME_PX)
        for at, share in enumerate(_SHARES, start=1):
            self._grid.setColumnStretch(at, share)
        column.addLayout(self._grid)
        self.words = label("", "secondary", wrap=True)
        column.addWidget(self.words)

    def show_pair(self, one: tuple[str, SuggestFigures], other: tuple[str, SuggestFigures], *, words: str) -> None:
        """Show two placements by name; ``words`` sums the difference up."""
        shown = (one, other, words)
        if shown == self._shown:
            return
        self._shown = shown
        clear_layout(self._grid)
        heads = ("", one[0], other[0], "Difference")
        for at, text in enumerate(heads):
            head = label(text, "column")
            head.setAlignment(Qt.AlignmentFlag.AlignRight if at else Qt.AlignmentFlag.AlignLeft)
            self._grid.addWidget(head, _HEAD, at)
        for number, row in enumerate(compared(one[1], other[1])):
            self._add(1 + _ROW_STEP * number, row)
        self.words.setText(words)
        self.words.setVisible(bool(words))

    def _add(self, at: int, row: ComparedRow) -> None:
        self._grid.addWidget(rule_line(), at, 0, 1, 4)
        name = label(row.name, "secondary")
        name.setMinimumHeight(24)
        self._grid.addWidget(name, at + 1, 0)
        verdict = "" if row.is_better is None else f" {_BETTER if row.is_better else _WORSE}"
        for column, text in enumerate((row.one, row.other, f"{row.difference}{verdict}"), start=1):
            cell = ElidedLabel("secondary" if column > 1 else "name")
            cell.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            cell.show_text(text)
            cell.setToolTip(plain_tip(text))
            self._grid.addWidget(cell, at + 1, column)
