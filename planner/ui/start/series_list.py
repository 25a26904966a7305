"""Which series can carry a plan? A tree drawn as a table: patients, studies, series with picture and verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QHeaderView, QTreeView

from planner.domain.series import SeriesVerdict
from planner.ui.start.series_delegate import WIDTHS, SeriesDelegate, series_at
from planner.ui.start.series_rows import HEADS, SERIES_ROLE, SeriesRows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QItemSelection
    from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QResizeEvent, QStandardItem

    from planner.domain.series import SeriesSummary
    from planner.ui.start.peeks import Peeks

_NARROW_PX, _MIDDLE_PX = 900, 1150
_NARROW_SERIES_PX, _MIDDLE_SERIES_PX = 340, 340
_MODALITY, _SPACING, _DATE, _VERDICT = 1, 3, 4, len(HEADS) - 1
_LEAST_VERDICT_PX = 262


class SeriesTree(QTreeView):
    """The table. ``picked(SeriesSummary)`` on selection, ``opened(SeriesSummary)`` on Enter or a double click.

    ``menu_asked(SeriesSummary, QPoint)`` on a right click or the menu key.
    """

    picked = Signal(object)
    opened = Signal(object)
    menu_asked = Signal(object, object)

    def __init__(self, peeks: Peeks) -> None:
        super().__init__()
        self._rows = SeriesRows()
        self.setModel(self._rows)
        self.setItemDelegate(SeriesDelegate(self, peeks))
        self.setAccessibleName("Series")
        self.setIndentation(0)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(False)
        self.setEditTriggers(QTreeView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QTreeView.SelectionBehavior.SelectRows)
        self.setVerticalScrollMode(QTreeView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setExpandsOnDoubleClick(False)
        self._folded: set[str] = set()
        self._chosen_by_hand = False
        self._wanted = ""
        self.collapsed.connect(lambda index: self._folded.add(str(index.data())))
        self.expanded.connect(lambda index: self._folded.discard(str(index.data())))
        self.clicked.connect(self._fold)
        self.activated.connect(self._open)
        self.selectionModel().selectionChanged.connect(self._on_selection)
        peeks.came.connect(lambda _slices: self.viewport().update())
        self._fit_columns()

    # --- contents ----------------------------------------------------------------------------------------------------

    def show_series(self, found: Sequence[SeriesSummary], wanted: str = "") -> None:
        """List series; ``wanted`` keeps rows that match. Selection, scroll position and folded groups stay."""
        kept = self._current_key()
        scroll = self.verticalScrollBar().value()
        with QSignalBlocker(self.selectionModel()):
            is_new = self._rows.show(found, wanted)
        if is_new:
            self._unfold()
            self._choose(kept)
            self.doItemsLayout()
            self.verticalScrollBar().setValue(scroll)
            if not self._chosen_by_hand:
                self.scrollTo(self.currentIndex())
        elif not self._chosen_by_hand:
            self._choose(kept)
        self.viewport().update()

    def start_anew(self) -> None:
        """Forget what was chosen and folded: another folder is being read."""
        self._chosen_by_hand = False
        self._folded.clear()

    def hide_identity(self, *, on: bool) -> None:
        """Leave patients' names out."""
        self._rows.hide_identity(on=on)
        self.viewport().update()

    def current(self) -> SeriesSummary | None:
        """Return the selected series."""
        rows = self.selectionModel().selectedRows(0)
        return series_at(rows[0]) if rows else None

    def count(self) -> int:
        """Return how many series rows there are."""
        return sum(1 for _ in self._rows.series_items())

    def choose(self, series: SeriesSummary) -> None:
        """Select the row of a series."""
        for item in self._rows.series_items():
            if item.data(SERIES_ROLE) == series:
                self.setCurrentIndex(item.index())

    def _current_key(self) -> str:
        rows = self.selectionModel().selectedRows(0)
        return self._rows.key_of(self._rows.itemFromIndex(rows[0])) if rows else ""

    def _choose(self, kept: str) -> None:
        """Select what was selected; before the user chose, the largest usable series."""
        item = self._rows.item_of(kept) if kept else None
        if item is None or not self._chosen_by_hand:
            item = self._best() or item or next(iter(self._rows.series_items()), None)
        if item is None:
            self.selectionModel().clear()
            return
        by_hand = self._chosen_by_hand
        if item.index() not in self.selectionModel().selectedRows(0):
            self.setCurrentIndex(item.index())
        self._chosen_by_hand = by_hand

    def _best(self) -> QStandardItem | None:
        best: tuple[int, QStandardItem] | None = None
        for item in self._rows.series_items():
            series: SeriesSummary = item.data(SERIES_ROLE)
            if series.verdict is not SeriesVerdict.NOT_USABLE and (best is None or series.images > best[0]):
                best = (series.images, item)
        return best[1] if best is not None else None

    def _unfold(self) -> None:
        for item in self._rows.group_items():
            index = item.index()
            self.setFirstColumnSpanned(index.row(), index.parent(), True)
            self.setExpanded(index, item.text() not in self._folded)

    # --- hand --------------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Note that the user chooses; Left and Right on a series fold its group."""
        self._chosen_by_hand = True
        if event.key() == Qt.Key.Key_Left and self.currentIndex().parent().isValid():
            event.accept()
            return
        super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with a series."""
        index = self.indexAt(event.pos())
        series = series_at(index) if index.isValid() else self.current()
        if series is not None:
            self.menu_asked.emit(series, event.globalPos())

    def _fold(self, index: QModelIndex) -> None:
        if series_at(index) is None:
            first = index.siblingAtColumn(0)
            self.setExpanded(first, not self.isExpanded(first))
        else:
            self._chosen_by_hand = True

    def _open(self, index: QModelIndex) -> None:
        series = series_at(index)
        if series is not None:
            self.opened.emit(series)

    def _on_selection(self, _new: QItemSelection, _old: QItemSelection) -> None:
        series = self.current()
        if series is not None:
            self.picked.emit(series)

    # --- columns -----------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave modality and date to the preview on a small window, so that the verdict keeps its room."""
        super().resizeEvent(event)
        self._fit_columns()
        if not self._chosen_by_hand:
            self.doItemsLayout()
            self.scrollTo(self.currentIndex())

    def _fit_columns(self) -> None:
        head = self.header()
        head.setStretchLastSection(True)
        head.setFixedHeight(26)
        head.setMinimumSectionSize(40)
        head.setSectionsClickable(False)
        for column, width in enumerate(WIDTHS[:-1]):
            head.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            self.setColumnWidth(column, width)
        width = self.viewport().width()
        narrow, middle = width < _NARROW_PX, width < _MIDDLE_PX
        self.setColumnHidden(_MODALITY, narrow)
        self.setColumnHidden(_DATE, narrow)
        self.setColumnHidden(_SPACING, width < _NARROW_PX - 100)
        shown = sum(w for c, w in enumerate(WIDTHS[1:-1], start=1) if not self.isColumnHidden(c))
        first = _NARROW_SERIES_PX if narrow else _MIDDLE_SERIES_PX if middle else WIDTHS[0]
        self.setColumnWidth(0, max(220, min(first, width - shown - _LEAST_VERDICT_PX)))
        self.scheduleDelayedItemsLayout()
