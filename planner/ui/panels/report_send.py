"""How does a plan get from the window into an archive? Which objects, to whom, how far, and what arrived (H-47).

A report that carries pages of the case, with who answered and what was typed, goes only when that is ticked (H-43).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from planner.domain.errors import PlannerError
from planner.persistence.peers import peers_file, read_peers
from planner.ui.plan_sender import PlanSender, SendChoice
from planner.ui.steps import missing_for_report
from planner.ui.widgets.fields import ChoiceField
from planner.ui.widgets.labels import label, set_tone
from planner.ui.widgets.tick_box import TickBox

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QShowEvent

    from planner.domain.peer import Archive
    from planner.services.tasks import Prediction
    from planner.ui.desk import Desk

_OBJECTS = (
    (SendChoice.REPORT, "Report, as printed"),
    (SendChoice.MEASUREMENTS, "Measurements and verdicts"),
    (SendChoice.ISOTHERMS, "Isotherms"),
    (SendChoice.KEY_IMAGES, "Pictures of the report"),
    (SendChoice.STRUCTURES, "Structures, as SEG"),
    (SendChoice.RTSTRUCT, "Structures, as RTSTRUCT"),
)
_AT_FIRST = (SendChoice.REPORT, SendChoice.MEASUREMENTS)
_CASE = "The report carries the pages of {case}. Tick that they go along, or make the report without them."
_NONE = "No archive is listed. Settings (Ctrl+,), page Archives."


class SendSection(QWidget):
    """Archive, objects, button, and what came of it. ``prediction`` gives the final one, when there is one."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.prediction: Callable[[], Prediction | None] = lambda: None
        self._archives: tuple[Archive, ...] = ()
        self._told = ""
        self.sending = PlanSender(desk)
        self.sending.changed.connect(self._show)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self.ticks = {choice: TickBox(words) for choice, words in _OBJECTS}
        for choice, tick in self.ticks.items():
            tick.setChecked(choice in _AT_FIRST)
            tick.toggled.connect(self.refresh)
            column.addWidget(tick)
        self.with_case = TickBox("")
        self.with_case.toggled.connect(self.refresh)
        column.addWidget(self.with_case)
        row = QHBoxLayout()
        row.setSpacing(8)
        self.archive = ChoiceField()
        self.archive.setAccessibleName("Archive to send to")
        self.archive.currentIndexChanged.connect(self.refresh)
        self.send = QPushButton("Send")
        self.send.clicked.connect(self._act)
        row.addWidget(self.archive, 1)
        row.addWidget(self.send)
        column.addLayout(row)
        self.said = label("", "secondary", wrap=True)
        self.said.setAccessibleName("What was sent")
        column.addWidget(self.said)
        desk.opened.connect(self.sending.forget)
        # What is allowed for one report is not for the next.
        desk.report_made.connect(lambda: self.with_case.setChecked(False))

    def showEvent(self, event: QShowEvent) -> None:
        """List the archives as they are now."""
        super().showEvent(event)
        self.list_archives()

    def list_archives(self) -> None:
        """List the archives anew: the settings may have changed."""
        try:
            self._archives = read_peers(peers_file())
            none = _NONE
        except PlannerError as error:
            self._archives, none = (), str(error)
        was_told, self._told = self._told, "" if self._archives else none
        chosen = self.archive.currentText()
        self.archive.blockSignals(True)
        self.archive.clear()
        for archive in self._archives:
            self.archive.addItem(archive.name)
        self.archive.setCurrentIndex(max(0, self.archive.findText(chosen)))
        self.archive.blockSignals(False)
        self.archive.setVisible(bool(self._archives))
        if not self._archives:
            self.said.setText(none)
        elif self.said.text() == was_told:  # why there was none
            self.said.setText("")
        self.refresh()

    def refresh(self) -> None:
        """Enable what can be sent now; the button's tooltip says what is missing."""
        session = self._desk.session
        has_report = bool(self._desk.report_folder) and self._desk.report_is_current
        drawn = session is not None and any(not structure.is_blank for structure in session.plan.structures)
        for choice, tick in self.ticks.items():
            usable = has_report if choice is SendChoice.REPORT else drawn if choice.is_of_structures else True
            tick.setEnabled(usable)
            why = "Make the report of the plan as it stands first." if choice is SendChoice.REPORT else "None is drawn."
            tick.setToolTip("" if usable else why)
        case = self._desk.report_case if self._sends_report() else ""
        self.with_case.setText(f"With the pages of {case}, and the case as a file")
        self.with_case.setVisible(bool(case))
        missing = self._missing()
        self.send.setText("Stop" if self.sending.is_running else "Send")
        self.send.setEnabled(self.sending.is_running or not missing)
        self.send.setToolTip(missing)

    def _missing(self) -> str:
        session = self._desk.session
        if session is None:
            return "Open a plan first."
        if not self._archives:
            return _NONE
        missing = missing_for_report(session).replace("No report", "Nothing to send")
        if not missing and self.prediction() is None:
            missing = "Nothing to send: the 1 mm prediction is not finished."
        if not missing and not session.source_folder:
            missing = "DICOM objects refer to the CT's own files, and their folder is not known."
        missing = missing or ("" if self._chosen() else "Choose what to send.")
        if not missing and self._desk.report_case and self._sends_report() and not self.with_case.isChecked():
            missing = _CASE.format(case=self._desk.report_case)
        return missing

    def _sends_report(self) -> bool:
        return SendChoice.REPORT in self._chosen()

    def _chosen(self) -> frozenset[SendChoice]:
        return frozenset(choice for choice, tick in self.ticks.items() if tick.isChecked() and tick.isEnabled())

    def _act(self) -> None:
        if self.sending.is_running:
            self.sending.stop()
            return
        prediction = self.prediction()
        if self._missing() or prediction is None:
            self._desk.say(self._missing())
            return
        archive = self._archives[self.archive.currentIndex()]
        report = Path(self._desk.report_folder) / "report.pdf"
        self.sending.start(archive, self._chosen(), prediction=prediction, report=report)

    def _show(self) -> None:
        self.said.setText(self.sending.words)
        set_tone(self.said, self.sending.tone)
        self.refresh()
