"""Where does work begin? Import a study, open a plan, take a demonstration case; drop a folder anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from planner.report.numbers import number
from planner.ui.opening import PLAN_SUFFIX
from planner.ui.start.preview import SeriesPreview
from planner.ui.start.series_list import SeriesTree
from planner.ui.theme.fonts import ui_font
from planner.ui.theme.icons import set_icon
from planner.ui.widgets.fields import text_field
from planner.ui.widgets.labels import ElidedLabel, label

if TYPE_CHECKING:
    from planner.domain.series import ScanReport, SeriesSummary
    from planner.ui.desk import Desk
    from planner.ui.opening import CaseOpener

DEMO_CASES = (("neck", "Stellate ganglion, neck"), ("chest-wall", "Intercostal nerve, chest wall"))
_NAV_PX = 264
_NAV_ICON_AND_EDGES_PX = 64
_EMPTY = "Drop a CT folder here, or press Open folder. Files are read in place and never changed."


class StartPage(QWidget):
    """Navigation, series table, preview. ``start_asked(SeriesSummary, folder)``, ``back_asked`` to the open plan."""

    start_asked = Signal(object, str)
    back_asked = Signal()

    def __init__(self, desk: Desk, opener: CaseOpener) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setAccessibleName("Start page")
        self._desk, self._opener = desk, opener
        self._report: ScanReport | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._make_nav())
        row.addWidget(self._make_centre(), 1)
        self._preview = SeriesPreview()
        self._preview.start_asked.connect(self._ask_start)
        row.addWidget(self._preview)
        opener.scanned.connect(self.show_report)
        self.show_report(None)

    # --- layout ------------------------------------------------------------------------------------------------------

    def _make_nav(self) -> QFrame:
        nav = QFrame()
        nav.setObjectName("startNav")
        nav.setFixedWidth(_NAV_PX)
        nav.setAccessibleName("Start")
        column = QVBoxLayout(nav)
        column.setContentsMargins(8, 12, 8, 12)
        column.setSpacing(2)
        column.addWidget(_caption("START"))
        self._back = _nav_button("", "arrow-u-up-left")
        self._back.clicked.connect(self.back_asked)
        column.addWidget(self._back)
        self._import = _nav_button("Import study", "download-simple")
        self._import.clicked.connect(self.choose_folder)
        self._open = _nav_button("Open plan", "folder")
        self._open.clicked.connect(self.choose_plan)
        column.addWidget(self._import)
        column.addWidget(self._open)
        column.addSpacing(12)
        column.addWidget(_caption("DEMO CASES"))
        for case, title in DEMO_CASES:
            button = _nav_button(title, "play")
            button.setToolTip("Synthetic patient with known anatomy, opened with its author's plan")
            button.clicked.connect(lambda _checked=False, case=case: self._opener.open_demo(case))
            column.addWidget(button)
        column.addSpacing(12)
        column.addWidget(_caption("RECENT PLANS"))
        self._recent = QVBoxLayout()
        self._recent.setSpacing(2)
        column.addLayout(self._recent)
        column.addStretch(1)
        return nav

    def _make_centre(self) -> QWidget:
        centre = QWidget()
        centre.setObjectName("startCentre")
        column = QVBoxLayout(centre)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(12)
        head = QHBoxLayout()
        head.addWidget(label("Import study", "title"))
        head.addStretch(1)
        self._filter = text_field(name="Filter", hint="Filter patient, study, series")
        self._filter.setFixedWidth(240)
        self._filter.textChanged.connect(self._list_series)
        folder = QPushButton("Open folder")
        set_icon(folder, "folder-open")
        folder.clicked.connect(self.choose_folder)
        head.addWidget(self._filter)
        head.addWidget(folder)
        column.addLayout(head)
        counts = QHBoxLayout()
        self._folder = ElidedLabel("hint", mode=Qt.TextElideMode.ElideMiddle)
        self._counts = label("", "hint")
        counts.addWidget(self._folder, 1)
        counts.addWidget(self._counts)
        column.addLayout(counts)
        self._tree = SeriesTree()
        self._tree.picked.connect(self._preview_series)
        self._tree.opened.connect(self._ask_start)
        column.addWidget(self._tree, 3)
        self._empty = label(_EMPTY, "sentence", wrap=True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(self._empty, 3)
        self._rejected_head = label("Rejected files", "heading")
        column.addWidget(self._rejected_head)
        self._rejected = _rejected_table()
        column.addWidget(self._rejected, 1)
        return centre

    # --- showing -----------------------------------------------------------------------------------------------------

    def show_report(self, report: ScanReport | None) -> None:
        """Show what a scan found."""
        self._report = report
        found = report is not None and bool(report.series)
        self._tree.setVisible(found)
        self._empty.setVisible(not found)
        rejected = report.rejected if report is not None else ()
        self._rejected_head.setVisible(bool(rejected))
        self._rejected.setVisible(bool(rejected))
        self._preview.show_series(None)
        if report is None:
            self._folder.show_text("")
            self._counts.setText("")
            return
        self._folder.show_text(f"{report.folder}   {_count(report.files_read, 'file')} read")
        patients = len({series.patient.label for series in report.series})
        self._counts.setText(
            f"{_count(patients, 'patient')} · {_count(len(report.series), 'series', 'series')} · "
            f"{_count(len(rejected), 'file')} rejected"
        )
        self._empty.setText(f"No CT series in this folder. {_EMPTY}")
        self._rejected_head.setText(f"Rejected files  {len(rejected)}")
        self._rejected.setRowCount(len(rejected))
        for row, file in enumerate(rejected):
            self._rejected.setItem(row, 0, QTableWidgetItem(_short(file.path, report.folder)))
            self._rejected.setItem(row, 1, QTableWidgetItem(file.sentence))
        self._list_series()
        if found:
            self._tree.setFocus()  # Enter starts the plan

    def show_open_plan(self, name: str) -> None:
        """Offer the way back to the plan that is open; nothing when ``name`` is empty."""
        self._back.setVisible(bool(name))
        self._back.setText(_fitting(f"Back to {name}"))

    def focus_first(self) -> None:
        """Put the keyboard where work begins."""
        self._import.setFocus()

    def show_recent(self) -> None:
        """List the plans used last."""
        while (item := self._recent.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        recent = self._opener.recent_plans()
        for path in recent:
            button = _nav_button(_fitting(path.stem), "file-text")
            button.setAccessibleName(path.stem)
            button.setToolTip(str(path))
            button.clicked.connect(lambda _checked=False, path=path: self._opener.open_plan(path))
            self._recent.addWidget(button)
        if not recent:
            hint = label("No recent plans. Drop a CT folder here.", "hint", wrap=True)
            hint.setContentsMargins(8, 4, 8, 4)
            self._recent.addWidget(hint)

    def _list_series(self) -> None:
        if self._report is not None:
            self._tree.show_series(self._report.series, self._filter.text())
            self._preview_series(self._tree.current())

    def _preview_series(self, series: SeriesSummary | None) -> None:
        self._preview.show_series(series)

    def regions(self) -> tuple[QWidget, ...]:
        """Return the places F6 goes through."""
        return self._import, self._filter, self._tree, self._preview

    # --- acting ------------------------------------------------------------------------------------------------------

    def choose_folder(self) -> None:
        """Ask for a folder and list its series."""
        folder = QFileDialog.getExistingDirectory(self, "Open folder")
        if folder:
            self._opener.scan(Path(folder))

    def choose_plan(self) -> None:
        """Ask for a plan file and open it."""
        start = str(self._desk.services.plans_folder)
        name, _ = QFileDialog.getOpenFileName(self, "Open plan", start, f"Frostline plan (*{PLAN_SUFFIX})")
        if name:
            self._opener.open_plan(Path(name))

    def _ask_start(self, series: SeriesSummary) -> None:
        if self._report is not None:
            self.start_asked.emit(series, self._report.folder)


def _caption(text: str) -> QWidget:
    made = label(text, "caption")
    made.setContentsMargins(8, 4, 8, 6)
    return made


def _nav_button(text: str, icon_name: str) -> QPushButton:
    button = QPushButton(text)
    button.setProperty("look", "nav")
    button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    set_icon(button, icon_name)
    return button


def _fitting(text: str) -> str:
    """Return text shortened in the middle to the width of the navigation: names often differ at the end."""
    room = _NAV_PX - _NAV_ICON_AND_EDGES_PX
    return QFontMetrics(ui_font()).elidedText(text, Qt.TextElideMode.ElideMiddle, room)


def _rejected_table() -> QTableWidget:
    table = QTableWidget(0, 2)
    table.setAccessibleName("Rejected files")
    table.setHorizontalHeaderLabels(["File", "Why"])
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(32)
    table.horizontalHeader().setStretchLastSection(True)
    table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    table.setColumnWidth(0, 380)
    table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    table.setWordWrap(False)
    table.setShowGrid(False)
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
    table.setTabKeyNavigation(False)
    return table


def _count(amount: int, one: str, many: str = "") -> str:
    words = number(amount, decimals=0)
    return f"{words} {one if amount == 1 else many or one + 's'}"


def _short(path: str, folder: str) -> str:
    return path.removeprefix(folder).lstrip("/\\") or path
