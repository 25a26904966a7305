"""What is in the chosen series, and can it be used? Image, facts, checks, findings, and the button that starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from planner.domain.series import SeriesVerdict
from planner.ui.panels.panel import FactTable
from planner.ui.start.browser import SeriesBrowser
from planner.ui.start.checks import CheckList, FindingList
from planner.ui.start.picture_view import PictureView
from planner.ui.start.series_delegate import series_style
from planner.ui.start.series_words import facts, series_words
from planner.ui.theme.tokens import TOOLBAR_PX
from planner.ui.widgets.labels import ElidedLabel, StateBadge, label, plain_tip, rule_line

if TYPE_CHECKING:
    from planner.domain.series import SeriesSummary
    from planner.services.tasks import OpeningVolume
    from planner.ui.start.peeks import Peeks

WIDE_PX, NARROW_PX = 440, 340


class SeriesPreview(QFrame):
    """Right side of the start page. ``start_asked`` and ``header_asked`` carry the series; ``cancel_asked``."""

    start_asked = Signal(object)
    header_asked = Signal(object)
    cancel_asked = Signal()

    def __init__(self, peeks: Peeks) -> None:
        super().__init__()
        self.setObjectName("preview")
        self.setAccessibleName("Chosen series")
        self._series: SeriesSummary | None = None
        self._blocked = ""
        self._hide_identity = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._make_head())
        column.addWidget(self._make_body(), 1)
        column.addWidget(rule_line())
        column.addWidget(self._make_foot())
        self.browser = SeriesBrowser(self.view, peeks)
        self.set_narrow(narrow=False)
        self.end_opening()
        self.show_series(None)

    # --- layout ------------------------------------------------------------------------------------------------------

    def _make_head(self) -> QFrame:
        head = QFrame()
        head.setObjectName("panelHead")
        head.setMinimumHeight(TOOLBAR_PX)
        self._head = QBoxLayout(QBoxLayout.Direction.LeftToRight, head)
        self._head.setContentsMargins(16, 8, 16, 8)
        self._head.setSpacing(4)
        self._title = ElidedLabel("heading")
        self._badge = StateBadge()
        self._head.addWidget(self._title, 1)
        self._head.addWidget(self._badge, 0, Qt.AlignmentFlag.AlignLeft)
        return head

    def _make_body(self) -> QScrollArea:
        scrolled = QWidget()
        scrolled.setObjectName("scrolled")
        scrolled.setMinimumWidth(1)
        inner = QVBoxLayout(scrolled)
        inner.setContentsMargins(16, 12, 16, 12)
        inner.setSpacing(10)
        self.view = PictureView()
        self._facts = FactTable("Facts of the series")
        self._checks_head = label("CHECKS", "caption")
        self._checks = CheckList()
        self._findings_head = label("FINDINGS", "caption")
        self._findings = FindingList()
        self._none = label("Open a folder or a zip, then choose a series.", "sentence", wrap=True)
        for widget in (self.view, self._none, self._facts, self._checks_head, self._checks):
            inner.addWidget(widget)
        inner.addSpacing(4)
        inner.addWidget(self._findings_head)
        inner.addWidget(self._findings)
        inner.addStretch(1)
        area = QScrollArea()
        area.setWidget(scrolled)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area = area
        return area

    def _make_foot(self) -> QWidget:
        foot = QWidget()
        column = QVBoxLayout(foot)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        self._why = label("", "secondary", wrap=True)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Slices read")
        column.addWidget(self._why)
        column.addWidget(self._bar)
        row = QHBoxLayout()
        row.setSpacing(8)
        self._start = QPushButton("Start plan")
        self._start.setProperty("look", "primary")
        self._start.clicked.connect(self.ask_start)
        self._header = QPushButton("Header")
        self._header.setFixedHeight(32)
        self._header.clicked.connect(self._ask_header)
        self._hint = label("Enter starts the plan", "hint")
        self._cancel = QPushButton("Cancel")
        self._cancel.setFixedHeight(32)
        self._cancel.setAccessibleName("Cancel reading slices")
        self._cancel.clicked.connect(self.cancel_asked)
        row.addWidget(self._start)
        row.addWidget(self._header)
        row.addStretch(1)
        row.addWidget(self._hint)
        row.addWidget(self._cancel)
        column.addLayout(row)
        return foot

    def set_narrow(self, *, narrow: bool) -> None:
        """Take less of a small window."""
        self.setFixedWidth(NARROW_PX if narrow else WIDE_PX)
        self._is_narrow = narrow
        self._lay_head()
        self._hint.setVisible(not narrow and self._start.isEnabled() and not self.is_opening)

    def _lay_head(self) -> None:
        """Put a long verdict under the title, so that neither is cut."""
        is_long = self._series is not None and self._series.verdict is SeriesVerdict.READY_AFTER_ACKNOWLEDGEMENT
        below = is_long or self._is_narrow
        self._head.setDirection(QBoxLayout.Direction.TopToBottom if below else QBoxLayout.Direction.LeftToRight)

    # --- showing -----------------------------------------------------------------------------------------------------

    def show_series(self, series: SeriesSummary | None, *, blocked: str = "") -> None:
        """Show a series, or that none is chosen; ``blocked`` says why no plan can start just now."""
        is_other = series is None or self._series is None or series.key != self._series.key
        if series == self._series and blocked == self._blocked and series is not None:
            return
        self._series, self._blocked = series, blocked
        self._show_foot()
        there = series is not None
        for widget in (self._badge, self.view, self._facts, self._checks_head, self._checks):
            widget.setVisible(there)
        self._none.setVisible(not there)
        self._findings_head.setVisible(there and bool(series and series.findings))
        self._findings.setVisible(there and bool(series and series.findings))
        self.browser.show_series(series)
        self._lay_head()
        if series is None:
            self._title.show_text("No series chosen")
            return
        self._title.show_text(f"{series_words(series)} · {series.part}" if series.part else series_words(series))
        self._badge.show_state(series_style(series))
        self._show_identity()
        self._checks.show_series(series)
        self._findings.show_findings(series.findings)
        if is_other:
            self._area.verticalScrollBar().setValue(0)

    def hide_identity(self, *, on: bool) -> None:
        """Leave the patient's name out."""
        self._hide_identity = on
        self._show_identity()

    def _show_identity(self) -> None:
        if self._series is not None:
            self._facts.show_facts(facts(self._series, hide_identity=self._hide_identity))
            self.view.show_identity("" if self._hide_identity else self._series.patient.label)

    def _show_foot(self) -> None:
        series = self._series
        usable = series is not None and series.verdict is not SeriesVerdict.NOT_USABLE
        why = self._blocked if usable else ""
        self._start.setEnabled(usable and not self._blocked)
        self._header.setEnabled(series is not None and bool(series.slices))
        self._hint.setText("Enter starts the plan" if usable and not self._blocked else "")
        self._start.setToolTip(plain_tip(why or ("" if usable or series is None else series.sentence)))
        self._why.setText(self._opening_words if self.is_opening else why)
        self._why.setVisible(bool(self._why.text()))
        for widget in (self._start, self._header):
            widget.setVisible(not self.is_opening)
        self._hint.setVisible(not self.is_opening and not self._is_narrow and bool(self._hint.text()))
        for bar in (self._bar, self._cancel):
            bar.setVisible(self.is_opening)

    # --- a series being opened ---------------------------------------------------------------------------------------

    @property
    def is_opening(self) -> bool:
        """Whether a series is being read."""
        return bool(self._opening_words)

    _opening_words = ""

    def show_opening_progress(self, words: str, done: int, total: int) -> None:
        """Show how far the reading is, with Cancel; the panel shows slices as they come."""
        was_opening = self.is_opening
        self._opening_words = words
        with QSignalBlocker(self._bar):
            self._bar.setRange(0, max(total, 0))
            self._bar.setValue(done)
        self._why.setText(words)
        if not was_opening:
            self._show_foot()
            self._cancel.setFocus()

    def show_opening(self, series: SeriesSummary, opening: OpeningVolume) -> None:
        """Show slices of the volume under way."""
        self.browser.show_opening(series, opening)

    def end_opening(self) -> None:
        """Go back to the buttons: the reading is over, or was cancelled."""
        self._opening_words = ""
        self.browser.end_opening()
        self._show_foot()
        # Wherever Cancel was pressed: never leave the keyboard on another patient's plan.
        if self._start.isEnabled():
            self._start.setFocus()

    def ask_start(self) -> None:
        """Ask for a plan on the series shown."""
        if self._series is not None and self._start.isEnabled() and not self.is_opening:
            self.start_asked.emit(self._series)

    def _ask_header(self) -> None:
        if self._series is not None:
            self.header_asked.emit(self._series)
