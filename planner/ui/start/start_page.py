"""Where does work begin? With a plan used before, a case, a study to import, a demo case; drop a folder anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from planner.domain.series import SeriesVerdict
from planner.ui.dialogs.visited import forget_visited_folders
from planner.ui.opening import PLAN_SUFFIX
from planner.ui.start.archive_page import ArchivePage
from planner.ui.start.import_dialog import ImportDialog
from planner.ui.start.peeks import Peeks
from planner.ui.start.preview import SeriesPreview
from planner.ui.start.recent_page import RecentPage
from planner.ui.start.rejected import RejectedList
from planner.ui.start.scan_bar import ScanBar
from planner.ui.start.scanning import ScanState
from planner.ui.start.series_list import SeriesTree
from planner.ui.start.series_words import series_words
from planner.ui.start.start_nav import StartNav
from planner.ui.theme.icons import set_icon
from planner.ui.theme.tokens import NARROW_WINDOW_PX
from planner.ui.widgets.fields import text_field
from planner.ui.widgets.labels import label

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from planner.domain.series import ScanReport, SeriesSummary
    from planner.ui.case.cases_page import CasesPage
    from planner.ui.desk import Desk
    from planner.ui.jobs import RunningJob
    from planner.ui.opening import CaseOpener
    from planner.ui.recents import Recents

_EMPTY = "Drop a CT folder, a zip or DICOM files anywhere here. They are read in place and never changed."
_STILL_READING = "A plan can start when the whole folder is read: {words}."
_FILTER_MS = 120
_REJECTED_SHARE = 0.3
_MANY = 500  # so many rejected files are grouped once, at the end, not twice a second


class StartPage(QWidget):
    """Navigation; recent plans, or series table and preview.

    ``start_asked(SeriesSummary, folder)``, ``back_asked`` to the open plan.
    """

    start_asked = Signal(object, str)
    back_asked = Signal()

    def __init__(self, desk: Desk, opener: CaseOpener, recents: Recents) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setAccessibleName("Start page")
        self._desk, self._opener, self._recents = desk, opener, recents
        self._is_chosen = False
        self._cases: CasesPage | None = None
        self._state = ScanState()
        self._wants_rejected: bool | None = None
        self._shows_rejected = False
        self._peeks = Peeks(desk)
        self.nav = StartNav(desk, opener)
        self.nav.recent_asked.connect(lambda: self._show_page(is_recent=True, by_hand=True))
        self.nav.import_asked.connect(self._go_to_import)
        self.nav.archive_asked.connect(self.show_archive)
        self.nav.plan_asked.connect(self.choose_plan)
        self.nav.back_asked.connect(self.back_asked)
        self.preview = SeriesPreview(self._peeks)
        self.preview.start_asked.connect(self._ask_start)
        self.preview.header_asked.connect(self.show_header)
        self.preview.cancel_asked.connect(opener.cancel_reading)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.nav)
        self.recent = RecentPage(desk, recents)
        self.recent.open_asked.connect(opener.open_plan)
        self.recent.import_asked.connect(self.choose_folder)
        self.recent.plan_asked.connect(self.choose_plan)
        self._import = self._make_import()
        self._pages = QStackedWidget()
        self._pages.addWidget(self._import)
        self._pages.addWidget(self.recent)
        self.archive = ArchivePage(desk)
        self.archive.fetched.connect(self._read_fetched)
        self._pages.addWidget(self.archive)
        row.addWidget(self._pages, 1)
        opener.scanning.changed.connect(self.show_state)
        opener.reading.connect(self._show_reading)
        opener.arriving.connect(self.preview.show_opening)
        opener.read.connect(self.preview.end_opening)
        opener.find_asked.connect(self._find_ct)
        desk.view.changed.connect(self._on_view)
        self._on_view("hide_identity")
        self.show_state(self._state)

    # --- layout ------------------------------------------------------------------------------------------------------

    def _make_import(self) -> QWidget:
        """Return the import page: series table and, beside it, the preview."""
        whole = QWidget()
        row = QHBoxLayout(whole)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._make_centre(), 1)
        row.addWidget(self.preview)
        return whole

    def _make_centre(self) -> QWidget:
        centre = QWidget()
        centre.setObjectName("startCentre")
        self._column = QVBoxLayout(centre)
        self._column.setSpacing(12)
        self._column.addLayout(self._make_title())
        self._bar = ScanBar()
        self._bar.cancel_asked.connect(self._opener.scanning.cancel)
        self._bar.again_asked.connect(self._opener.scanning.again)
        self._bar.rejected_asked.connect(self._toggle_rejected)
        self._column.addWidget(self._bar)
        self.tree = SeriesTree(self._peeks)
        self.tree.picked.connect(self._preview_series)
        self.tree.opened.connect(self._ask_start)
        self.tree.menu_asked.connect(self._show_menu)
        self.rejected = RejectedList()
        self._split = QSplitter(Qt.Orientation.Vertical)
        self._split.setHandleWidth(16)
        self._table = QStackedWidget()
        self._empty = self._make_empty()
        self._table.addWidget(self.tree)
        self._table.addWidget(self._empty)
        self._split.addWidget(self._table)
        self._split.addWidget(self.rejected)
        self._split.setStretchFactor(0, 1)
        self._split.setChildrenCollapsible(False)
        self._column.addWidget(self._split, 1)
        return centre

    def _make_title(self) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(label("Import study", "title"))
        head.addStretch(1)
        self.filter = text_field(name="Filter", hint="Filter patient, study, series, modality")
        self.filter.setFixedWidth(280)
        self.filter.setClearButtonEnabled(True)
        self.filter.setAcceptDrops(False)  # a dropped folder is to be read, not to be typed
        self._filter_late = QTimer(self)
        self._filter_late.setSingleShot(True)
        self._filter_late.setInterval(_FILTER_MS)
        self._filter_late.timeout.connect(self._list_series)
        self.filter.textChanged.connect(lambda _text: self._filter_late.start())
        self._open = QPushButton("Open folder or zip")
        set_icon(self._open, "folder-open")
        self._open.clicked.connect(self.choose_folder)
        head.addWidget(self.filter)
        head.addWidget(self._open)
        return head

    def _make_empty(self) -> QWidget:
        empty = QWidget()
        column = QVBoxLayout(empty)
        column.setSpacing(16)
        self._empty_words = label("", "sentence", wrap=True)
        self._empty_words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty_button = QPushButton("Open folder or zip")
        self._empty_button.clicked.connect(self._help_empty)
        column.addStretch(2)
        column.addWidget(self._empty_words)
        column.addWidget(self._empty_button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        return empty

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the table its room on a small window."""
        super().resizeEvent(event)
        narrow = self.width() < NARROW_WINDOW_PX
        self.nav.set_narrow(narrow=narrow)
        self.preview.set_narrow(narrow=narrow)
        side = 16 if narrow else 24
        self._column.setContentsMargins(side, 20, side, 16)
        self.recent.set_margins(side)
        self.archive.set_margins(side)
        if self._cases is not None:
            self._cases.set_margins(side)

    # --- showing -----------------------------------------------------------------------------------------------------

    @property
    def _report(self) -> ScanReport | None:
        return self._state.report

    def _show_page(self, *, is_recent: bool, by_hand: bool = False) -> None:
        self._is_chosen = self._is_chosen or by_hand
        self._pages.setCurrentWidget(self.recent if is_recent else self._import)
        self.nav.show_page(is_recent=is_recent)
        if by_hand:
            self.focus_first()

    def show_archive(self) -> None:
        """Show where scans are fetched from an archive."""
        self._is_chosen = True
        self._pages.setCurrentWidget(self.archive)
        self.nav.show_page(is_recent=False, is_archive=True)
        self.archive.focus_first()

    def mount_cases(self, cases: CasesPage) -> None:
        """Take in the page of cases."""
        self._cases = cases
        self._pages.addWidget(cases)
        self.nav.cases_asked.connect(self.show_cases)

    def show_cases(self) -> None:
        """Show the list of cases."""
        if self._cases is not None:
            self._is_chosen = True
            self._cases.show_cases()
            self._pages.setCurrentWidget(self._cases)
            self.nav.show_page(is_recent=False, is_cases=True)
            self._cases.focus_first()

    def _read_fetched(self, folder: Path) -> None:
        """Read what has come as any folder is read."""
        self._show_page(is_recent=False, by_hand=True)
        self._opener.scan(folder)

    def _go_to_import(self) -> None:
        """Show the import page; where nothing is listed yet, ask for a folder at once."""
        self._show_page(is_recent=False, by_hand=True)
        if self._state.report is None and not self._state.is_running:
            self.choose_folder()

    @property
    def is_recent_shown(self) -> bool:
        """Whether the recent plans are on show, not the import."""
        return self._pages.currentWidget() is self.recent

    def show_report(self, report: ScanReport) -> None:
        """Show what a finished scan found."""
        self.show_state(ScanState(paths=(report.folder,), report=report))

    def show_state(self, state: ScanState) -> None:
        """Show a scan as far as it is."""
        if state.paths is not self._state.paths:
            self._show_page(is_recent=False)
            self.tree.start_anew()
            self._peeks.forget()
            self._wants_rejected = None
        was_running, had = self._state.is_running, self._state.report
        self._state = state
        had_rejected = self.rejected.isVisibleTo(self)
        rejected = state.report.rejected if state.report is not None else ()
        shows = self._shows_rejected = bool(rejected) and self._wants_rejected is not False
        self.rejected.setVisible(shows)
        self._bar.show_state(state, shows_rejected=shows)
        if state.report is None:
            self._show_empty(found=False)
            self.preview.show_series(None)
            return
        if state.report is not had:
            if not (state.is_running and had_rejected and len(rejected) > _MANY):
                self.rejected.show_files(rejected, state.report.folder)
            if shows and not had_rejected:
                self._share_height()
            self._list_series()
        elif self.tree.current() is not None:
            self._preview_series(self.tree.current())
        if was_running and not state.is_running:
            self._end_scan(state)

    def _end_scan(self, state: ScanState) -> None:
        if state.report is None or state.stopped or state.refusal:
            return
        self.nav.remember(state.report.folder)
        if not self.filter.hasFocus():
            (self.tree if self.tree.count() else self._empty_button).setFocus()  # Enter starts the plan

    def _share_height(self) -> None:
        """Give rejected files what they need, and never more than a third of the page."""
        whole = self._split.height()
        below = min(self.rejected.wanted_height(), round(whole * _REJECTED_SHARE))
        self._split.setSizes([whole - below, below])

    def _show_empty(self, *, found: bool) -> None:
        """Show the table, or in words why there is none, with the button that helps."""
        state = self._state
        rejected = bool(state.report is not None and state.report.rejected)
        self._table.setCurrentWidget(self.tree if found else self._empty)
        text, button = _EMPTY, "Open folder or zip"
        if state.refusal:
            text, button = "Nothing could be read here; the line above says why.", "Read again"
        elif state.is_running:
            text, button = "Reading headers. The first series appear in a moment.", ""
        elif state.stopped and state.report is None:
            text, button = f"{state.words}. No series was found so far.", "Read again"
        elif state.report is not None and state.report.series:
            text, button = f"No series matches “{self.filter.text()}”.", "Clear filter"
        elif state.report is not None:
            more = " The files below say why." if rejected else ""
            text = f"No DICOM series here: {state.words}.{more}"
        self._empty_words.setText(text)
        self._empty_button.setText(button)
        self._empty_button.setVisible(bool(button))

    def _help_empty(self) -> None:
        acts = {"Clear filter": self.filter.clear, "Read again": self._opener.scanning.again}
        acts.get(self._empty_button.text(), self.choose_folder)()

    @property
    def is_settled(self) -> bool:
        """Whether everything asked for is shown: rows, thumbnails, the chosen image."""
        is_looking = self._cases is not None and self._cases.is_busy
        return not self._state.is_running and self._peeks.is_idle and not self._recents.is_busy and not is_looking

    def show_open_plan(self, name: str) -> None:
        """Offer the way back to the plan that is open; nothing when ``name`` is empty."""
        self.nav.show_open_plan(name)

    def focus_first(self) -> None:
        """Put the keyboard where work begins."""
        if self._pages.currentWidget() is self.archive:
            self.archive.focus_first()
        elif self._cases is not None and self._pages.currentWidget() is self._cases:
            self._cases.focus_first()
        elif self.is_recent_shown:
            self.recent.focus_first()
        else:
            (self.tree if self.tree.isVisibleTo(self) and self.tree.count() else self.nav.first).setFocus()

    def show_recent(self) -> None:
        """List the plans and folders used last; they are what is shown first while nothing is being imported."""
        self.nav.show_recent()
        self._recents.refresh()
        if not self._is_chosen and not self._state.paths:
            self._show_page(is_recent=self._recents.has_any)

    def _list_series(self) -> None:
        if self._report is None:
            return
        self.tree.show_series(self._report.series, self.filter.text())
        self._show_empty(found=bool(self.tree.count()))
        self._preview_series(self.tree.current())

    def _preview_series(self, series: SeriesSummary | None) -> None:
        words = self._state.words
        blocked = _STILL_READING.format(words=words) if self._state.is_running and series is not None else ""
        self.preview.show_series(series, blocked=blocked)

    def _toggle_rejected(self) -> None:
        self._wants_rejected = not self._shows_rejected
        self.show_state(self._state)
        self._show_empty(found=bool(self.tree.count()))

    def _on_view(self, name: str) -> None:
        if name == "hide_identity":
            hidden = self._desk.view.hide_identity
            self._bar.hide_identity(on=hidden)
            self.rejected.hide_identity(on=hidden)
            self.nav.show_recent()
            self.tree.hide_identity(on=hidden)
            self.recent.list.hide_identity(on=hidden)
            self.preview.hide_identity(on=hidden)
            self.archive.hide_identity(on=hidden)

    # --- a series being read -----------------------------------------------------------------------------------------

    def _show_reading(self, series: SeriesSummary, job: RunningJob) -> None:
        """Tell how far the reading is, and of which series where another one is on show."""
        shown = self.tree.current()
        named = "" if shown is not None and shown.key == series.key else f"{series_words(series)}: "
        self.preview.show_opening_progress(f"{named}{job.words} …", job.done, job.total)

    def regions(self) -> tuple[QWidget, ...]:
        """Return the places F6 goes through."""
        if self._pages.currentWidget() is self.archive:
            return self.nav, self.archive.form, self.archive.studies, self.archive.series
        if self._cases is not None and self._pages.currentWidget() is self._cases:
            return self.nav, *self._cases.regions()
        if self.is_recent_shown:
            return self.nav, self.recent.list, self.recent
        return self.nav, self.filter, self.tree, self.rejected, self.preview

    # --- acting ------------------------------------------------------------------------------------------------------

    def choose_folder(self) -> None:
        """Ask for a folder, a zip or files, and list their series."""
        dialog = ImportDialog(self, self._state.paths[0] if self._state.paths else str(Path.home()))
        dialog.accepted.connect(lambda: self._opener.scan(*dialog.chosen))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def choose_plan(self) -> None:
        """Ask for a plan file and open it."""
        start = str(self._desk.services.plans_folder)
        name, _ = QFileDialog.getOpenFileName(self, "Open plan", start, f"Frostline plan (*{PLAN_SUFFIX})")
        forget_visited_folders()
        if name:
            self._opener.open_plan(Path(name))

    def _find_ct(self, plan: Path, folder: str) -> None:
        """Ask where the CT of a plan is now; its pixels decide whether it is the right one (H-12)."""
        near = next((str(place) for place in Path(folder).parents if place.is_dir()), "") if folder else ""
        dialog = ImportDialog(self, near or str(Path.home()))
        dialog.setWindowTitle(f"Where is the CT of {plan.stem}?")
        dialog.accepted.connect(lambda: self._opener.open_plan(plan, look_in=dialog.chosen[0]))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def show_header(self, series: SeriesSummary) -> None:
        """Show the headers of a series' files."""
        from planner.ui.dialogs.header import HeaderDialog

        dialog = HeaderDialog(self, self._desk, series)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _show_menu(self, series: SeriesSummary, place: QPoint) -> None:
        menu = QMenu(self)
        start = menu.addAction("Start plan")
        usable = series.verdict is not SeriesVerdict.NOT_USABLE and not self._state.is_running
        start.setEnabled(usable)
        start.triggered.connect(lambda: self._ask_start(series))
        menu.addAction("Header").triggered.connect(lambda: self.show_header(series))
        folder = str(Path(series.slices[0].path).parent) if series.slices else ""
        reveal = menu.addAction("Open folder")
        reveal.setEnabled(bool(folder))
        reveal.triggered.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(folder)))
        menu.popup(place)
        menu.aboutToHide.connect(menu.deleteLater)

    def _ask_start(self, series: SeriesSummary) -> None:
        if self._report is None:
            return
        if self._state.is_running:
            self._desk.say(_STILL_READING.format(words=self._state.words))
        elif not self.preview.is_opening:
            self.start_asked.emit(series, self._report.folder)
