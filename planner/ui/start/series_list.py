"""Which series can carry a plan? A tree drawn as a table: patient rows, then series with a verdict in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QHeaderView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTreeView

from planner.report.numbers import number
from planner.ui.theme.fonts import BODY_PX, SECONDARY_PX, SMALL_PX, ui_font
from planner.ui.theme.icons import paint_icon
from planner.ui.theme.theme import theme
from planner.ui.theme.tokens import SERIES_STYLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QResizeEvent

    from planner.domain.series import SeriesSummary

_Index = QModelIndex | QPersistentModelIndex
_ROLE = Qt.ItemDataRole.UserRole
_HEADS = ("Series", "Mod.", "Images", "Spacing, mm", "Date", "Verdict")
_WIDTHS = (280, 56, 72, 168, 112, 360)
_PATIENT_PX, _SERIES_PX = 36, 72
_SENTENCE_TOP_PX = 26
_RIGHT = (2, 3)
_NARROW_PX, _NARROW_SERIES_PX = 980, 190
_LEFT_OUT_WHEN_NARROW = (1, 4)


def spacing_words(series: SeriesSummary) -> str:
    """Return a series' voxel size, or a dash where its headers define none."""
    if series.spacing_ijk_mm is None:
        return "—"
    i, j, k = series.spacing_ijk_mm
    return f"{number(i, decimals=3)} × {number(j, decimals=3)} × {number(k, decimals=1)}"


def series_words(series: SeriesSummary) -> str:
    """Return a series' own name; a bare number says what it numbers."""
    return f"Series {series.label}" if series.label.isdigit() else series.label


def spoken_series(series: SeriesSummary) -> str:
    """Return a whole row in words."""
    verdict = f"{series.verdict.value}: {series.sentence}"
    return f"{series_words(series)}, {series.modality}, {series.images} images, {verdict}"


class SeriesDelegate(QStyledItemDelegate):
    """Draws patient rows and two-line series rows."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the row's height: the verdict's sentence is never cut off."""
        column = index.column()
        if not index.parent().isValid():
            return QSize(_WIDTHS[column], _PATIENT_PX)
        series: SeriesSummary | None = index.sibling(index.row(), 0).data(_ROLE)
        if column != len(_HEADS) - 1 or series is None:
            return QSize(_WIDTHS[column], _SERIES_PX)
        room = QRect(0, 0, max(option.rect.width(), self._verdict_px()) - 20, 1000)
        words = QFontMetrics(ui_font(SMALL_PX)).boundingRect(room, Qt.TextFlag.TextWordWrap, series.sentence)
        return QSize(_WIDTHS[column], max(_SERIES_PX, _SENTENCE_TOP_PX + words.height() + 8))

    def _verdict_px(self) -> int:
        tree = self.parent()
        return tree.columnWidth(len(_HEADS) - 1) if isinstance(tree, QTreeView) else _WIDTHS[-1]

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw one cell."""
        tokens = theme().tokens
        box = QRectF(option.rect)
        painter.save()
        if not index.parent().isValid():
            painter.fillRect(box, QColor(tokens.raised))
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, QColor(tokens.sel))
            if index.column() == 0:
                painter.fillRect(QRectF(box.left(), box.top(), 3, box.height()), QColor(tokens.accent))
        painter.setPen(QColor(tokens.line))
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        series: SeriesSummary | None = index.sibling(index.row(), 0).data(_ROLE)
        inner = box.adjusted(12, 0, -8, 0)
        if series is None:
            painter.setFont(ui_font(BODY_PX, 600))
            painter.setPen(QColor(tokens.text_1))
            if index.column() == 0:
                painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter, str(index.data()))
        elif index.column() == 0:
            self._two_lines(painter, inner, series_words(series), series.detail)
        elif index.column() == len(_HEADS) - 1:
            self._verdict(painter, inner, series)
        else:
            side = Qt.AlignmentFlag.AlignRight if index.column() in _RIGHT else Qt.AlignmentFlag.AlignLeft
            painter.setFont(ui_font(BODY_PX))
            painter.setPen(QColor(tokens.text_1))
            painter.drawText(inner, side | Qt.AlignmentFlag.AlignVCenter, str(index.data()))
        painter.restore()

    def _two_lines(self, painter: QPainter, box: QRectF, first: str, second: str) -> None:
        tokens = theme().tokens
        for text, top, font, colour in (
            (first, 16, ui_font(BODY_PX, 500), tokens.text_1),
            (second, 36, ui_font(SECONDARY_PX), tokens.text_3),
        ):
            painter.setFont(font)
            painter.setPen(QColor(colour))
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(box.width()))
            painter.drawText(QRectF(box.left(), box.top() + top, box.width(), 18), Qt.AlignmentFlag.AlignVCenter, shown)

    def _verdict(self, painter: QPainter, box: QRectF, series: SeriesSummary) -> None:
        tokens = theme().tokens
        style = SERIES_STYLE[series.verdict]
        colour = getattr(tokens, style.colour)
        paint_icon(painter, style.icon, colour=colour, box=QRectF(box.left(), box.top() + 8, 15, 15))
        painter.setFont(ui_font(SECONDARY_PX, 600))
        painter.setPen(QColor(colour))
        painter.drawText(
            QRectF(box.left() + 20, box.top() + 7, box.width() - 20, 18), Qt.AlignmentFlag.AlignVCenter, style.word
        )
        painter.setFont(ui_font(SMALL_PX))
        painter.setPen(QColor(tokens.text_2))
        place = QRectF(box.left(), box.top() + _SENTENCE_TOP_PX, box.width(), box.height() - _SENTENCE_TOP_PX)
        painter.drawText(place, Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignTop, series.sentence)


class SeriesTree(QTreeView):
    """The table. ``picked(SeriesSummary)`` on selection, ``opened(SeriesSummary)`` on Enter or a double click."""

    picked = Signal(object)
    opened = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._items = QStandardItemModel()
        self.setModel(self._items)
        self.setItemDelegate(SeriesDelegate(self))
        self.setAccessibleName("Series")
        self.setIndentation(0)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(False)
        self.setEditTriggers(QTreeView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.activated.connect(lambda index: self._send(index, self.opened))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave modality and date to the preview on a small window, so that the verdict keeps its room."""
        super().resizeEvent(event)
        self._fit_columns()

    def show_series(self, found: Sequence[SeriesSummary], wanted: str = "") -> None:
        """List series under their patients; ``wanted`` keeps rows whose text contains it."""
        self._items.clear()
        self._items.setHorizontalHeaderLabels(list(_HEADS))
        groups: dict[str, list[SeriesSummary]] = {}
        for series in found:
            group = " · ".join(
                part
                for part in (series.patient.label, series.patient.study_description, series.patient.study_date)
                if part
            )
            if wanted.lower() in f"{group} {spoken_series(series)} {series.detail}".lower():
                groups.setdefault(group, []).append(series)
        for group, members in groups.items():
            parent = QStandardItem(group)
            parent.setSelectable(False)
            self._items.appendRow(parent)
            for series in members:
                parent.appendRow(_row(series))
        self.expandAll()
        for row in range(self._items.rowCount()):
            self.setFirstColumnSpanned(row, QModelIndex(), True)
        self._fit_columns()
        self.selectionModel().currentChanged.connect(lambda index, _old: self._send(index, self.picked))
        self._select_first_usable()

    def _fit_columns(self) -> None:
        head = self.header()
        head.setStretchLastSection(True)
        head.setFixedHeight(26)
        for column, width in enumerate(_WIDTHS[:-1]):
            head.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            self.setColumnWidth(column, width)
        head.setMinimumSectionSize(40)
        narrow = self.width() < _NARROW_PX
        for column in _LEFT_OUT_WHEN_NARROW:
            self.setColumnHidden(column, narrow)
        if narrow:
            self.setColumnWidth(0, _NARROW_SERIES_PX)
        self.scheduleDelayedItemsLayout()

    def _select_first_usable(self) -> None:
        best: tuple[int, QModelIndex] | None = None
        for row in range(self._items.rowCount()):
            parent = self._items.index(row, 0)
            for child in range(self._items.rowCount(parent)):
                index = self._items.index(child, 0, parent)
                series: SeriesSummary = index.data(_ROLE)
                if series.verdict.value != "NOT USABLE" and (best is None or series.images > best[0]):
                    best = (series.images, index)
        if best is not None:
            self.setCurrentIndex(best[1])

    def current(self) -> SeriesSummary | None:
        """Return the selected series."""
        found: SeriesSummary | None = self.currentIndex().siblingAtColumn(0).data(_ROLE)
        return found

    def _send(self, index: QModelIndex, signal: SignalInstance) -> None:
        series = index.siblingAtColumn(0).data(_ROLE)
        if series is not None:
            signal.emit(series)


def _row(series: SeriesSummary) -> list[QStandardItem]:
    texts = (
        series_words(series),
        series.modality,
        str(series.images),
        spacing_words(series),
        series.date,
        series.verdict.value,
    )
    items = [QStandardItem(text) for text in texts]
    items[0].setData(series, _ROLE)
    items[0].setData(spoken_series(series), Qt.ItemDataRole.AccessibleTextRole)
    for item in items:
        item.setToolTip(series.sentence)
    return items
