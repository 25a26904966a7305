"""What is in the chosen series, and can it be used? Facts, findings, and the button that starts the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout

from planner.domain.geometry import PatientPosition
from planner.domain.review import Severity
from planner.domain.series import SeriesVerdict
from planner.report.numbers import head_feet, mm
from planner.ui.panels.panel import FactTable, SentenceList
from planner.ui.start.series_list import series_words, spacing_words
from planner.ui.theme.tokens import PANEL_PX, SERIES_STYLE, TOOLBAR_PX
from planner.ui.widgets.labels import ElidedLabel, StateBadge, label, rule_line

if TYPE_CHECKING:
    from planner.domain.series import SeriesSummary


class SeriesPreview(QFrame):
    """Right side of the start page. ``start_asked(SeriesSummary)``."""

    start_asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("preview")
        self.setFixedWidth(PANEL_PX)
        self.setAccessibleName("Chosen series")
        self._series: SeriesSummary | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        head = QFrame()
        head.setObjectName("panelHead")
        head.setFixedHeight(TOOLBAR_PX)
        row = QHBoxLayout(head)
        row.setContentsMargins(12, 0, 12, 0)
        self._title = ElidedLabel("heading")
        self._badge = StateBadge()
        row.addWidget(self._title, 1)
        row.addWidget(self._badge)
        column.addWidget(head)
        inner = QVBoxLayout()
        inner.setContentsMargins(16, 12, 16, 12)
        inner.setSpacing(12)
        self._facts = FactTable("Facts of the series")
        self._findings_head = label("CHECKS", "caption")
        self._findings = SentenceList("Findings")
        inner.addWidget(self._facts)
        inner.addWidget(self._findings_head)
        inner.addWidget(self._findings)
        inner.addStretch(1)
        column.addLayout(inner, 1)
        column.addWidget(rule_line())
        foot = QHBoxLayout()
        foot.setContentsMargins(16, 12, 16, 12)
        self._start = QPushButton("Start plan")
        self._start.setProperty("look", "primary")
        self._start.clicked.connect(self._ask)
        self._hint = label("Enter starts the plan", "hint")
        foot.addWidget(self._start)
        foot.addStretch(1)
        foot.addWidget(self._hint)
        column.addLayout(foot)
        self.show_series(None)

    def show_series(self, series: SeriesSummary | None) -> None:
        """Show a series, or that none is chosen."""
        self._series = series
        usable = series is not None and series.verdict is not SeriesVerdict.NOT_USABLE
        self._start.setEnabled(usable)
        self._hint.setText("Enter starts the plan" if usable else "")
        self._badge.setVisible(series is not None)
        self._findings_head.setVisible(series is not None)
        if series is None:
            self._title.show_text("No series chosen")
            self._facts.show_facts([])
            self._findings.show_sentences(["Open a folder, then choose a series."])
            return
        self._title.show_text(series_words(series))
        self._badge.show_state(SERIES_STYLE[series.verdict])
        self._facts.show_facts(_facts(series))
        words = {Severity.REFUSE: "Cannot be used", Severity.ACK: "To be accepted by name", Severity.NOTE: "Note"}
        sentences = [f"{words[f.severity]}: {f.sentence}" for f in series.findings]
        self._findings.show_sentences(sentences or [series.sentence])
        self._start.setToolTip("" if usable else series.sentence)

    def _ask(self) -> None:
        if self._series is not None:
            self.start_asked.emit(self._series)


def _facts(series: SeriesSummary) -> list[tuple[str, str]]:
    known = series.patient_position in {position.value for position in PatientPosition}
    position = PatientPosition(series.patient_position).words if known else series.patient_position
    rows, columns = series.size_ji
    coverage = ""
    if series.extent_hf_mm is not None:
        low, high = sorted(series.extent_hf_mm)
        coverage = f"{mm(high - low)}, {head_feet(high).removesuffix(' mm')} to {head_feet(low)}"
    return [
        ("Patient", series.patient.label),
        ("Position", position),
        ("Size", f"{columns} × {rows} × {series.images}"),
        ("Spacing", f"{spacing_words(series)} mm" if series.spacing_ijk_mm else ""),
        ("Coverage", coverage),
        ("Scanner", series.scanner),
        ("Compression", series.compression),
    ]
