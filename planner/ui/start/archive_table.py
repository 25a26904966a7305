"""How are the studies and series of an archive listed? As rows of plain text, chosen by whole rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from planner.ui.widgets.labels import plain_tip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QKeyEvent

_ROW_PX = 30
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class RowTable(QTableWidget):
    """Rows of texts. ``chosen()`` when other rows are chosen, ``opened()`` on Enter or a double click.

    Parameters
    ----------
    heads
        Titles of the columns; one that ends in ``#`` holds counts.
    wide
        Which column takes the room that is left.
    """

    chosen = Signal()
    opened = Signal()

    def __init__(self, heads: Sequence[str], *, name: str, wide: int, is_many: bool) -> None:
        super().__init__(0, len(heads))
        self._counts = [head.endswith("#") for head in heads]
        self.setAccessibleName(name)
        for at, head in enumerate(heads):
            title = QTableWidgetItem(head.removesuffix("#"))
            title.setTextAlignment(_RIGHT if self._counts[at] else _LEFT)
            self.setHorizontalHeaderItem(at, title)
            mode = QHeaderView.ResizeMode.Stretch if at == wide else QHeaderView.ResizeMode.ResizeToContents
            self.horizontalHeader().setSectionResizeMode(at, mode)
        self.horizontalHeader().setHighlightSections(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW_PX)
        self.setShowGrid(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        many, one = QAbstractItemView.SelectionMode.ExtendedSelection, QAbstractItemView.SelectionMode.SingleSelection
        self.setSelectionMode(many if is_many else one)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.itemSelectionChanged.connect(self.chosen)
        self.itemDoubleClicked.connect(lambda _item: self.opened.emit())
        self.rows: tuple[Any, ...] = ()

    def show_rows(self, rows: Sequence[Any], texts: Sequence[Sequence[str]]) -> None:
        """Show rows anew, each with its texts; nothing is chosen."""
        self.blockSignals(True)
        self.clearSelection()
        self.setRowCount(len(rows))
        for row, words in enumerate(texts):
            for column, text in enumerate(words):
                item = QTableWidgetItem(text)
                item.setToolTip(plain_tip(text))
                if self._counts[column]:
                    item.setTextAlignment(_RIGHT)
                self.setItem(row, column, item)
        self.blockSignals(False)
        self.rows = tuple(rows)

    def chosen_rows(self) -> tuple[Any, ...]:
        """Return what is chosen, from the top."""
        return tuple(self.rows[at] for at in sorted({index.row() for index in self.selectedIndexes()}))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens what is chosen."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.chosen_rows():
            self.opened.emit()
        else:
            super().keyPressEvent(event)
