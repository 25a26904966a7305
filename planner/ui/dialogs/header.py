"""What stands in a file's header? Every element, searched by tag, name or value, for any file of a series.

Values that name or describe the patient are left out while names are hidden; what is shown then is a list of what may
be, not of what may not (H-43).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QSpinBox,
    QTableView,
    QVBoxLayout,
)

from planner.services.tasks import HeaderListing, ListHeader
from planner.ui.start.series_words import count, grouped, series_words
from planner.ui.theme.icons import set_icon
from planner.ui.widgets.fields import text_field
from planner.ui.widgets.labels import ElidedLabel, label, plain_tip

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QKeyEvent, QWheelEvent
    from PySide6.QtWidgets import QWidget

    from planner.domain.errors import PlannerError
    from planner.domain.series import HeaderLine, SeriesSummary
    from planner.ui.desk import Desk
    from planner.ui.jobs import RunningJob

_HEADS = ("Tag", "Name", "VR", "Value")
_WIDTHS = (128, 280, 44)
_SIZE_PX = (980, 640)
_SEARCH_MS, _TURN_MS = 120, 150
_HIDDEN = "hidden while names are hidden"
# What may be read while names are hidden: numbers, codes and kinds of object, outside the groups about people.
_OPEN_VRS = frozenset(("AT", "CS", "DS", "FD", "FL", "IS", "SL", "SS", "UL", "US", "SQ"))
_OPEN_KEYWORDS = frozenset(
    (
        "SOPClassUID",
        "MediaStorageSOPClassUID",
        "TransferSyntaxUID",
        "Manufacturer",
        "ManufacturerModelName",
        "ConvolutionKernel",
        "SoftwareVersions",
        "PixelData",
    )
)
_ABOUT_PEOPLE = ("(0010,", "(0012,", "(0038,", "(0040,", "(4008,")


class HeaderRows(QAbstractTableModel):
    """Lines of a header as table rows; :meth:`search` keeps those that contain every word."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: tuple[HeaderLine, ...] = ()
        self._shown: list[tuple[str, str, str, str]] = []
        self._wanted: list[str] = []
        self._hides = False

    def show_lines(self, lines: Sequence[HeaderLine], *, hide_identity: bool) -> None:
        """List a header."""
        self._lines, self._hides = tuple(lines), hide_identity
        self._list()

    def search(self, text: str) -> None:
        """Keep rows in whose tag, name or value each word occurs."""
        self._wanted = text.lower().split()
        self._list()

    @property
    def total(self) -> int:
        """How many elements the header has."""
        return len(self._lines)

    def row_text(self, row: int) -> str:
        """Return one row as shown, its cells separated by tabs."""
        return "\t".join(cell.strip() for cell in self._shown[row])

    def _list(self) -> None:
        self.beginResetModel()
        cells = (_cells(line, hides=self._hides) for line in self._lines)
        self._shown = [row for row in cells if all(word in " ".join(row).lower() for word in self._wanted)]
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own
        """Return how many rows are shown."""
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(_HEADS)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - Qt's own
        """Return a cell's text; the whole value in the tooltip."""
        if role == Qt.ItemDataRole.DisplayRole:
            return self._shown[index.row()][index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(self._shown[index.row()][index.column()])
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - Qt's own
        """Return the columns' names."""
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return _HEADS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None


def _cells(line: HeaderLine, *, hides: bool) -> tuple[str, str, str, str]:
    value = _HIDDEN if hides and line.value and not may_be_shown(line) else line.value
    inset = "\N{NO-BREAK SPACE}" * 4 * line.depth
    return inset + line.tag, line.keyword or "private", line.vr, value


def may_be_shown(line: HeaderLine) -> bool:
    """Whether an element tells nothing about a person: numbers, codes, and what the picture was made with."""
    if not line.keyword or line.tag.startswith(_ABOUT_PEOPLE):
        return False
    return line.vr in _OPEN_VRS or line.keyword in _OPEN_KEYWORDS


class HeaderDialog(QDialog):
    """One file's header, with a picker along the series and a search field."""

    def __init__(self, parent: QWidget, desk: Desk, series: SeriesSummary) -> None:
        super().__init__(parent)
        self._desk, self._series = desk, series
        self._job: RunningJob | None = None
        self.setWindowTitle(f"Header of {series_words(series)}")
        self.resize(*_SIZE_PX)
        self.rows = HeaderRows()
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(10)
        column.addLayout(self._make_picker())
        self._file = ElidedLabel("hint", mode=Qt.TextElideMode.ElideMiddle)
        column.addWidget(self._file)
        self.table = self._make_table()
        column.addWidget(self.table, 1)
        self.words = label("", "sentence", wrap=True)
        column.addWidget(self.words)
        column.addLayout(self._make_foot())
        self.finished.connect(lambda _result: self._stop())
        self.search.setFocus()
        self._ask()

    # --- layout ------------------------------------------------------------------------------------------------------

    def _make_picker(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        total = max(1, len(self._series.slices))
        self.search = text_field(name="Search the header", hint="Search tag, name or value")
        self.search.setClearButtonEnabled(True)
        self._late = _timer(self, _SEARCH_MS, self._search)
        self.search.textChanged.connect(lambda _text: self._late.start())
        self.image = _ImageSpin(total)
        self.image.setValue(total // 2 + 1)
        self._turned = _timer(self, _TURN_MS, self._ask)
        self.image.valueChanged.connect(lambda _value: self._turned.start())
        row.addWidget(self.search, 1)
        row.addSpacing(12)
        row.addWidget(label("Image", "secondary"))
        row.addWidget(self.image)
        row.addWidget(label(f"of {grouped(total)}", "secondary"))
        for text, place in (("First", 1), ("Middle", total // 2 + 1), ("Last", total)):
            button = QPushButton(text)
            button.setAutoDefault(False)
            button.setEnabled(total > 1)
            button.clicked.connect(lambda _checked=False, place=place: self.image.setValue(place))
            row.addWidget(button)
        return row

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setModel(self.rows)
        table.setAccessibleName("Elements of the header")
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.verticalHeader().hide()
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        table.verticalHeader().setDefaultSectionSize(28)
        table.horizontalHeader().setStretchLastSection(True)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        for at, width in enumerate(_WIDTHS):
            table.setColumnWidth(at, width)
        table.selectionModel().selectionChanged.connect(lambda _new, _old: self._check())
        return table

    def _make_foot(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        self._count = label("", "hint")
        self.copy = QPushButton("Copy row")
        set_icon(self.copy, "file-text")
        self.copy.setAutoDefault(False)
        self.copy.clicked.connect(self.copy_rows)
        close = QPushButton("Close")
        close.setAutoDefault(False)
        close.clicked.connect(self.reject)
        row.addWidget(self._count)
        row.addStretch(1)
        row.addWidget(self.copy)
        row.addWidget(close)
        return row

    # --- asking ------------------------------------------------------------------------------------------------------

    def _ask(self) -> None:
        """Have a worker read the chosen file's header; what is shown stays until it comes."""
        self._stop()
        hides = self._desk.view.hide_identity
        chosen = self._series.slices[self.image.value() - 1]
        frame = f", frame {chosen.frame + 1}" if chosen.frame else ""
        self._file.show_text("File name hidden" if hides else f"{Path(chosen.path)}{frame}")
        request = ListHeader(chosen.path, chosen.frame)
        self._job = self._desk.jobs.start(
            request, verb="Reading the header", on_done=self._show, on_failed=self._fail, is_quiet=True
        )

    def _stop(self) -> None:
        if self._job is not None:
            self._desk.jobs.cancel(self._job)
            self._job = None

    def _show(self, listing: HeaderListing) -> None:
        self._job = None
        scroll = self.table.verticalScrollBar().value()
        self.rows.show_lines(listing.lines, hide_identity=self._desk.view.hide_identity)
        self.table.verticalScrollBar().setValue(scroll)
        self.words.setVisible(False)
        self._check()

    def _fail(self, error: PlannerError) -> None:
        self._job = None
        self.rows.show_lines((), hide_identity=False)
        self.words.setText(str(error))
        self.words.setVisible(True)
        self._check()

    def _search(self) -> None:
        self.rows.search(self.search.text())
        self._check()

    def _check(self) -> None:
        shown, total = self.rows.rowCount(), self.rows.total
        told = count(total, "element") if shown == total else f"{grouped(shown)} of {count(total, 'element')}"
        self._count.setText(told if total else "")
        has_row = bool(self.table.selectionModel().selectedRows())
        self.copy.setEnabled(has_row)
        self.copy.setToolTip("Copy row, Ctrl+C" if has_row else "Choose a row first.")

    # --- keys --------------------------------------------------------------------------------------------------------

    def copy_rows(self) -> None:
        """Put the chosen rows on the clipboard, as shown: hidden values stay hidden."""
        rows = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        if rows:
            QGuiApplication.clipboard().setText("\n".join(self.rows.row_text(row) for row in rows))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy with the usual keys, wherever the focus is but in the fields."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_rows()
        elif event.matches(QKeySequence.StandardKey.Find):
            self.search.setFocus()
        else:
            super().keyPressEvent(event)


class _ImageSpin(QSpinBox):
    """Number of an image, from 1; the wheel turns it only when it has the focus."""

    def __init__(self, total: int) -> None:
        super().__init__()
        self.setRange(1, total)
        self.setFixedWidth(84)
        self.setAccessibleName("Image of the series")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave an unfocused wheel alone."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


def _timer(owner: QDialog, interval_ms: int, act: Callable[[], None]) -> QTimer:
    made = QTimer(owner)
    made.setSingleShot(True)
    made.setInterval(interval_ms)
    made.timeout.connect(act)
    return made
