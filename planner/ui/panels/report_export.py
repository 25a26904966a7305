"""How does a plan get from the window into other tools? What is asked for, into a folder of the user's (H-43)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from planner.domain.errors import PlannerError
from planner.persistence.site_settings import site_settings
from planner.services.deidentified_tasks import NobodysCt, PackNobodys
from planner.services.robustness_shelf import hash_for_report
from planner.services.session import local_day, utc_now
from planner.services.tasks import Exported, ExportPlan
from planner.ui.dialogs.export_plan import ExportPlanDialog, PlanExport
from planner.ui.dialogs.visited import forget_visited_folders
from planner.ui.steps import missing_for_report
from planner.ui.widgets.labels import label

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.domain.case_print import CasePages
    from planner.domain.site import SiteSettings
    from planner.services.tasks import Prediction, TaskRequest
    from planner.ui.desk import Desk


class ExportSection(QWidget):
    """A button, and what came of it.

    ``prediction`` gives the final one, when there is one; ``case_pages`` what is printed of the plan's case on a day.
    Without an identity nothing of the case leaves (H-43).
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.prediction: Callable[[], Prediction | None] = lambda: None
        self.case_pages: Callable[[str], CasePages | None] = lambda _today: None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        row = QHBoxLayout()
        self.export = QPushButton("Export…")
        self.export.clicked.connect(self._ask)
        row.addWidget(self.export)
        row.addStretch(1)
        column.addLayout(row)
        self.said = label("", "secondary", wrap=True)
        self.said.setAccessibleName("What was exported")
        self.said.hide()
        column.addWidget(self.said)
        desk.opened.connect(lambda: self._say(""))

    def refresh(self) -> None:
        """Enable the button when there is something to export; its tooltip says what is missing."""
        missing = self._missing()
        self.export.setEnabled(not missing)
        self.export.setToolTip(missing or "Tables, pictures, surfaces and markups, also without an identity")

    def _missing(self) -> str:
        session = self._desk.session
        if session is None:
            return "Open a plan first."
        missing = missing_for_report(session).replace("No report", "Nothing to export")
        if not missing and self.prediction() is None:
            missing = "Nothing to export: the 1 mm prediction is not finished."
        return missing

    def _ask(self) -> None:
        dialog = ExportPlanDialog(self.window())
        dialog.accepted.connect(lambda: self._choose_folder(dialog.asked))
        dialog.open()

    def _choose_folder(self, asked: PlanExport) -> None:
        name = QFileDialog.getExistingDirectory(self.window(), "Where does the export go?")
        forget_visited_folders()
        if not name:
            return
        try:
            site = site_settings()
        except PlannerError as error:
            self._desk.refuse(error)
            return
        request = self._nobodys(asked, name, site) if asked.is_nobodys else self._named(asked, name, site)
        if request is None:
            self._desk.say(self._missing())
            return
        self._desk.jobs.start(request, verb="Exporting", on_done=lambda reply: self._tell(name, reply), is_of_plan=True)

    def _named(self, asked: PlanExport, folder: str, site: SiteSettings) -> TaskRequest | None:
        session, volume, prediction = self._desk.session, self._desk.volume, self.prediction()
        if session is None or volume is None or prediction is None:
            return None
        return ExportPlan(
            volume,
            session.identity,
            session.plan,
            prediction,
            folder,
            utc_now(),
            uncertainty=session.uncertainty if session.range_is_current else None,
            forms=asked.forms,
            paper=site.paper,
            language=site.language,
            case=self.case_pages(local_day()),
            robustness=hash_for_report(session),
        )

    def _nobodys(self, asked: PlanExport, folder: str, site: SiteSettings) -> TaskRequest | None:
        session, volume = self._desk.session, self._desk.volume
        if session is None or volume is None:
            return None
        return PackNobodys(
            volume,
            session.plan,
            session.source_folder,
            folder,
            forms=asked.forms,
            with_ct=asked.with_ct,
            range_spacing_mm=1.0 if session.range_is_current else None,
            paper=site.paper,
            language=site.language,
        )

    def _tell(self, folder: str, reply: Exported | NobodysCt) -> None:
        notes = reply.notes if isinstance(reply, NobodysCt) else ()
        self._say(" ".join((f"{len(reply.files)} files and folders in {folder}.", *notes)))

    def _say(self, sentence: str) -> None:
        self.said.setText(sentence)
        self.said.setVisible(bool(sentence))
        if sentence:
            self._desk.say(sentence)
