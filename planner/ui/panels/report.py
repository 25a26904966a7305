"""What leaves the program? The report and the files beside it, made on request; objects to an archive, when asked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QPushButton

from planner.domain.digest import short_hash
from planner.domain.rule import Verdict
from planner.services.robustness_shelf import current_robustness
from planner.services.robustness_words import share_words
from planner.ui.panels.panel import FactTable, Panel, SentenceList
from planner.ui.panels.report_case import CasePagesSection
from planner.ui.panels.report_export import ExportSection
from planner.ui.panels.report_send import SendSection
from planner.ui.steps import missing_for_report, verdict_counts
from planner.ui.theme.icons import set_icon
from planner.ui.widgets.labels import label

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from planner.services.session import ChangeKind, Session
    from planner.ui.desk import Desk


class ReportPanel(Panel):
    """What the report will say, the button that makes it, and where it went."""

    def __init__(self, desk: Desk, make: QAction, ask_range: QAction) -> None:
        super().__init__(desk, "Report")
        self._facts = FactTable("What the report states")
        self.add_section().addWidget(self._facts)
        column = self.add_section("Make")
        self._why = label("", "secondary", wrap=True)
        column.addWidget(self._why)
        row = QHBoxLayout()
        self._make = QPushButton("Make report")
        self._make.setProperty("look", "primary")
        self._make.clicked.connect(make.trigger)
        row.addWidget(self._make)
        self._range = QPushButton(ask_range.text())
        self._range.clicked.connect(ask_range.trigger)
        row.addWidget(self._range)
        row.addStretch(1)
        column.addLayout(row)
        self.case = CasePagesSection()
        self.add_section("Pages of the case").addWidget(self.case)
        self._files_section = self.add_section("Last report")
        self._folder = label("", "hint", wrap=True)
        self._files = SentenceList("Files written")
        self._open = QPushButton("Open folder")
        set_icon(self._open, "folder-open")
        self._open.clicked.connect(self._open_folder)
        self._files_section.addWidget(self._folder)
        self._files_section.addWidget(self._files)
        self._files_section.addWidget(self._open)
        self.export = ExportSection(desk)
        self.export.case_pages = self.case.pages
        self.add_section("Export for other tools").addWidget(self.export)
        self.send = SendSection(desk)
        self.add_section("Send to an archive").addWidget(self.send)
        self.body.addStretch(1)
        desk.report_made.connect(lambda: self.refresh(frozenset()))

    def refresh(self, kinds: frozenset[ChangeKind]) -> None:
        """Show whether a report can be made, and the last one."""
        del kinds
        session = self.desk.session
        if session is None:
            return
        plan, assessment = session.plan, session.assessment
        verdict = verdict_counts(assessment) if assessment and session.result_is_current else ""
        self._facts.show_facts(
            [
                ("Plan", plan.name),
                ("Plan hash", short_hash(session.plan_hash)),
                ("Targets", str(len(plan.targets))),
                ("Probes", str(len(plan.probes))),
                ("Verdicts", verdict),
                ("Robustness", robustness_words(session)),
            ]
        )
        self.export.refresh()
        self.send.refresh()
        missing = missing_for_report(session)
        self._make.setEnabled(not missing)
        self._make.setToolTip(missing or "Write the PDF and the files beside it, Ctrl+R")
        self._why.setText(missing or "A PDF with the plan attached, the plan, the verdicts and the ice as files.")
        has_prediction, has_range = session.result_is_current, session.range_is_current
        self._range.setEnabled(has_prediction and not has_range)
        self._range.setToolTip(
            "The report states the smallest and the largest ice of this plan."
            if has_range
            else "Predict the smallest and the largest ice; without them the report says NOT ASSESSED."
        )
        folder = self.desk.report_folder
        frame = self._files_section.parentWidget()
        if frame is not None:
            frame.setVisible(bool(folder))
        if folder:
            self._folder.setText(folder if self.desk.report_is_current else f"{folder}\nMade before the last edit.")
            self._files.show_sentences(sorted(path.name for path in Path(folder).glob("*") if path.is_file()))

    def _open_folder(self) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(self.desk.report_folder)):
            self.desk.say(f"No file manager answered. The files are in {self.desk.report_folder}.")


def robustness_words(session: Session) -> str:
    """Return what the report will say of the plan's robustness."""
    told = current_robustness(session)
    return f"{Verdict.NOT_ASSESSED.value}: no draws" if told is None else share_words(told)
