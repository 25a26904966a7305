"""How far is the reading? The folder's name and counts, a thin bar with Cancel while it runs, totals at the right."""

from __future__ import annotations

import time
from pathlib import PurePath
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QProgressBar, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from planner.ui.start.series_words import count
from planner.ui.widgets.accessible import announce
from planner.ui.widgets.labels import ElidedLabel, label, set_tone

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from planner.domain.series import ScanReport
    from planner.ui.start.scanning import ScanState

_GAP_PX, _FOLDER_PX = 12, 160
_SHOWN_PARTS = 2
_EVERY_S = 0.1  # a figure that changes more often cannot be read


class ScanBar(QWidget):
    """One line, and a bar under it while a scan runs. ``cancel_asked``, ``again_asked``, ``rejected_asked``."""

    cancel_asked = Signal()
    again_asked = Signal()
    rejected_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Reading")
        self._state: ScanState | None = None
        self._shown_at = 0.0
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.timeout.connect(self._show)
        self._folder = ElidedLabel("hint", mode=Qt.TextElideMode.ElideMiddle)
        self._folder.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self._read = label("", "secondary")
        self._cancel = _link("Cancel", "Cancel reading the folder", self.cancel_asked)
        self._again = _link("Read again", "Read the folder again", self.again_asked)
        self._totals = label("", "hint")
        self._rejected = _link("Show rejected files", "Show or hide rejected files", self.rejected_asked)
        told, found = QHBoxLayout(), QHBoxLayout()
        for row in (told, found):
            row.setSpacing(10)
        for widget in (self._folder, self._read, self._cancel, self._again):
            told.addWidget(widget)
        told.addStretch(1)
        found.addStretch(1)
        found.addWidget(self._totals)
        found.addWidget(self._rejected)
        # Figures are never cut off: on a small window the totals get a line of their own.
        self._line = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._line.setSpacing(0)
        self._line.addLayout(told, 1)
        self._line.addLayout(found)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Files read")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(self._line)
        column.addWidget(self._bar)

    def hide_identity(self, *, on: bool) -> None:
        """Leave the folder's name out."""
        self._hides_identity = on
        self._show()

    def show_state(self, state: ScanState, *, shows_rejected: bool) -> None:
        """Show how far the scan is: at once at its ends, at most ten times a second between."""
        was_running = self._state is not None and self._state.is_running
        self._state, self._shows_rejected = state, shows_rejected
        rest_s = _EVERY_S - (time.monotonic() - self._shown_at)
        if state.is_running and was_running and rest_s > 0:
            if not self._late.isActive():
                self._late.start(int(rest_s * 1000) + 1)
            return
        self._show()
        if was_running and not state.is_running:
            announce(self, f"{state.words}. {_totals(state.report)}")

    def _show(self) -> None:
        self._shown_at = time.monotonic()
        state = self._state
        if state is None:
            return
        self.setVisible(bool(state.paths))
        more = f" and {len(state.paths) - 1} more" if len(state.paths) > 1 else ""
        path = state.report.folder if state.report is not None and not more else (state.paths or ("",))[0]
        if self._hides_identity:  # a hospital's folders often bear a patient's name (H-43)
            self._folder.show_text("Folder hidden", tip="Names are hidden")
        else:
            self._folder.show_text(f"{_last_parts(path)}{more}", tip="\n".join(state.paths))
        self._read.setText(state.words)
        set_tone(self._read, "check" if state.stopped else "")
        self._cancel.setVisible(state.is_running)
        self._again.setVisible(bool(state.report) and (state.stopped or bool(state.refusal)))
        self._bar.setVisible(state.is_running)
        self._bar.setRange(0, state.total if state.total > 1 else 0)
        self._bar.setValue(state.done)
        self._totals.setText(_totals(state.report))
        rejected = len(state.report.rejected) if state.report is not None else 0
        self._rejected.setVisible(bool(rejected))
        self._rejected.setText("Hide rejected files" if self._shows_rejected else "Show rejected files")

        self._fold()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Use one line or two."""
        super().resizeEvent(event)
        self._fold()

    def _fold(self) -> None:
        shown = (self._read, self._cancel, self._again, self._totals, self._rejected)
        wanted = sum(widget.sizeHint().width() + _GAP_PX for widget in shown if not widget.isHidden())
        is_short = wanted + min(self._folder.sizeHint().width(), _FOLDER_PX) > self.width()
        self._line.setDirection(QBoxLayout.Direction.TopToBottom if is_short else QBoxLayout.Direction.LeftToRight)

    _shows_rejected = _hides_identity = False


def _link(text: str, name: str, signal: object) -> QPushButton:
    button = QPushButton(text)
    button.setProperty("look", "link")
    button.setAccessibleName(name)
    button.clicked.connect(signal)
    return button


def _last_parts(path: str) -> str:
    """Return the end of a path, which tells folders apart; the whole of it is in the tooltip."""
    parts = PurePath(path).parts
    return path if len(parts) <= _SHOWN_PARTS else str(PurePath("…", *parts[-_SHOWN_PARTS:]))


def _totals(report: ScanReport | None) -> str:
    if report is None:
        return ""
    patients = len({(s.patient.patient_name, s.patient.patient_id, s.patient.birth_date) for s in report.series})
    studies = len({(s.patient.label, s.study_instance_uid) for s in report.series})
    told = [
        count(patients, "patient"),
        count(studies, "study", "studies"),
        count(len(report.series), "series", "series"),
    ]
    if report.rejected:
        told.append(f"{count(len(report.rejected), 'file')} rejected")
    return " · ".join(told)
