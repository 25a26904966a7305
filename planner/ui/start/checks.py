"""What was checked about a series, and with which figure? One row per check, each with icon, words and value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from planner.domain.review import Severity
from planner.report.numbers import measure, number
from planner.ui.panels.panel import clear_layout
from planner.ui.start.series_words import INCOMPLETE, STILL_READING, grouped
from planner.ui.widgets.labels import IconLabel, figure, label, set_tone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain.review import Finding
    from planner.domain.series import SeriesSummary

_SPACING, _FINE = "Slice spacing even", "Fine enough for a nerve"
_UPRIGHT, _FRAME = "Slices perpendicular", "One frame of reference"
_CORNERS = "Corner check after load"
# Which row a finding belongs to, by the beginning of its code; what fits none becomes a row of its own sentence.
_ROWS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        _SPACING,
        ("missing-slices", "uneven-spacing", "duplicate-pos", "overlapping-pos", "interleaved", "too-few-slices"),
    ),
    (_FINE, ("spacing-thick", "spacing-too-thick", "slices-left-out", "slices-apart")),
    (_UPRIGHT, ("gantry-tilt", "tilt-", "sideways-shift", "mixed-orient", "orientation-invalid")),
    (_FRAME, ("mixed-frames", "frame-of-reference", "mixed-patients", "mixed-studies")),
)
_ICONS: dict[Severity | None, tuple[str, str]] = {
    None: ("check-circle", "good"),
    Severity.NOTE: ("question", "text_3"),
    Severity.ACK: ("warning", "check"),
    Severity.REFUSE: ("mdi-close-octagon-outline", "fail"),
}
_SPOKEN = {None: "passed", Severity.NOTE: "note", Severity.ACK: "to be accepted", Severity.REFUSE: "failed"}
_WORDS = {
    Severity.REFUSE: ("CANNOT BE USED", "fail"),
    Severity.ACK: ("TO BE ACCEPTED BY NAME", "check"),
    Severity.NOTE: ("NOTE", "not_assessed"),
}
_NOT_REACHED = ("minus-circle", "not_assessed")
_ORDER = tuple(_WORDS)


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One check: its words, its figure, and the strictest finding about it; ``was_made`` False after a refusal."""

    words: str
    figure: str
    severity: Severity | None = None
    was_made: bool = True


def check_rows(series: SeriesSummary) -> tuple[CheckRow, ...]:
    """Return the checks of every series with what they found.

    A check that findings do not mention has passed only when nothing refused before it came to its turn; otherwise it
    says that it was not reached (H-54: silence is no pass). Notes leave a check passed; they are listed below it.
    """
    is_refused = any(finding.severity is Severity.REFUSE for finding in series.findings)
    is_whole = not any(finding.code in (STILL_READING, INCOMPLETE) for finding in series.findings)
    made = is_whole and (not is_refused or series.spacing_ijk_mm is not None)
    rows = []
    for words, codes in _ROWS:
        about = [f for f in series.findings if f.code.startswith(codes) and f.severity is not Severity.NOTE]
        worst = min(about, key=lambda finding: _ORDER.index(finding.severity), default=None)
        if worst is not None and is_whole:
            rows.append(CheckRow(words, _told(worst, words), worst.severity))
        elif made:
            rows.append(CheckRow(words, _passed(words, series)))
        else:
            rows.append(CheckRow(words, "not reached", was_made=False))
    rows.append(CheckRow(_CORNERS, "not reached" if is_refused else "runs on open", was_made=False))
    return tuple(rows)


def figure_words(finding: Finding) -> str:
    """Return a finding's measure with its unit, to a hundredth where it has one; empty where it has no unit."""
    if finding.value is None or not finding.unit:
        return ""
    whole, _, decimals = number(finding.value, decimals=2).partition(".")
    words = f"{whole}.{decimals.rstrip('0') or '0'}"
    return f"{words}{finding.unit}" if finding.unit == "°" else f"{words} {finding.unit}"


def _told(finding: Finding, words: str) -> str:
    """Return a finding's figure: a measure with its unit, or a count."""
    if finding.value is None:
        return "see below"
    if finding.unit:
        return figure_words(finding)
    return f"{grouped(round(finding.value))} frames" if words == _FRAME else grouped(round(finding.value))


def _passed(words: str, series: SeriesSummary) -> str:
    if words == _SPACING:
        off_mm = series.spacing_off_mm
        return "within 0.1 mm" if off_mm is None else f"max {number(off_mm, decimals=2)} mm off"
    if words == _FINE:
        return measure(max(series.spacing_ijk_mm) if series.spacing_ijk_mm is not None else None, "mm")
    if words == _UPRIGHT:
        tilt_deg = series.tilt_deg
        return "within 0.1 mm" if tilt_deg is None else f"tilt {number(tilt_deg, decimals=1)}°"
    return f"{grouped(series.images)} of {grouped(series.images)}"


class CheckList(QWidget):
    """The checks, one line each."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Checks")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)

    def show_series(self, series: SeriesSummary | None) -> None:
        """Show what was checked about a series."""
        clear_layout(self._grid)
        rows = check_rows(series) if series is not None else ()
        for at, row in enumerate(rows):
            icon, tone = _ICONS[row.severity] if row.was_made else _NOT_REACHED
            words = label(row.words)
            outcome = _SPOKEN[row.severity] if row.was_made else "not made yet"
            words.setAccessibleName(f"{row.words}: {outcome}, {row.figure}")
            self._grid.addWidget(IconLabel(icon, tone), at, 0)
            self._grid.addWidget(words, at, 1)
            self._grid.addWidget(figure(row.figure, "hint"), at, 2)


class FindingList(QWidget):
    """Every finding with its whole sentence, strictest first."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Findings")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(10)

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """Replace what is shown."""
        clear_layout(self._column)
        for finding in sorted(findings, key=lambda found: _ORDER.index(found.severity)):
            self._column.addWidget(finding_block(finding))


def finding_block(finding: Finding) -> QWidget:
    """Return icon, capital words and the sentence of one finding."""
    is_reading = finding.code == STILL_READING  # nothing is wrong with it yet
    word, tone = ("STILL READING", _NOT_REACHED[1]) if is_reading else _WORDS[finding.severity]
    block = QWidget()
    column = QVBoxLayout(block)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(2)
    head = QHBoxLayout()
    head.setSpacing(8)
    icon, icon_tone = _NOT_REACHED if is_reading else _ICONS[finding.severity]
    head.addWidget(IconLabel(icon, icon_tone))
    named = label(word, "state")
    set_tone(named, tone)
    head.addWidget(named)
    head.addStretch(1)
    column.addLayout(head)
    sentence = label(finding.sentence, "secondary", wrap=True)
    sentence.setContentsMargins(24, 0, 0, 0)
    sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    sentence.setAccessibleName(f"{word}: {finding.sentence}")
    column.addWidget(sentence)
    return block
