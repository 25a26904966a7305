"""What travels with a case, and what comes with one? Said before it leaves, and before it is taken in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.identity import PatientIdentity
from planner.ui.dialogs.question import QuestionDialog
from planner.ui.panels.panel import FactTable
from planner.ui.widgets.choice_dot import ChoiceDot
from planner.ui.widgets.labels import label
from planner.ui.widgets.tick_box import TickBox

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from planner.domain.case import Case
    from planner.services.case_library import CaseFileLook

_WIDTH_PX = 600
_WORDS_TRAVEL = "Remarks and notes travel as they were typed. Look through them before the file leaves the site."
_OUT = "One file holds the case with its history and its plans' files. No CT is in it."
_IN = "The file was checked as a whole. Nothing is taken in before you say so."
_BESIDE = "Keep both: the new one gets a pseudonym of its own"
_REPLACE = "Replace the case here, with its history; this cannot be undone"


class ExportCaseDialog(QuestionDialog):
    """Says what travels; asks whether the patient does, too (H-43)."""

    def __init__(self, parent: QWidget, case: Case, identity: PatientIdentity) -> None:
        super().__init__(parent, f"Export {case.pseudonym}", _OUT, verb="Choose the file…", width_px=_WIDTH_PX)
        facts = FactTable("What travels")
        facts.show_facts(case_facts(case))
        self.fields.addWidget(facts)
        self.with_identity = TickBox("With who the patient is")
        is_kept = identity != PatientIdentity()
        self.with_identity.setEnabled(is_kept)
        self.with_identity.setToolTip("" if is_kept else "Nobody is kept with this case.")
        self.fields.addWidget(self.with_identity)
        self.fields.addWidget(label(_WORDS_TRAVEL, "hint", wrap=True))


class ImportCaseDialog(QuestionDialog):
    """Says what came; where the case is here already, asks whether to keep both."""

    def __init__(self, parent: QWidget, look: CaseFileLook) -> None:
        super().__init__(parent, f"Import {look.case.pseudonym}", _IN, verb="Take it in", width_px=_WIDTH_PX)
        facts = FactTable("What came")
        came = ", ".join(look.plans) or "None"
        who = "In the file" if look.has_identity else "Not in the file"
        history = "1 revision" if look.revisions == 1 else f"{look.revisions} revisions"
        facts.show_facts([*case_facts(look.case), ("Plan files", came), ("History", history), ("Patient", who)])
        self.fields.addWidget(facts)
        self._replace = ChoiceDot(_REPLACE)
        if look.is_there:
            self.fields.addWidget(label("This case is in the library already.", "name"))
            beside = ChoiceDot(_BESIDE)
            beside.setChecked(True)
            for choice in (beside, self._replace):
                self.fields.addWidget(choice)

    @property
    def is_replacing(self) -> bool:
        """Whether the case here goes for the one that came."""
        return self._replace.isChecked()


def case_facts(case: Case) -> list[tuple[str, str]]:
    """Return what a case holds, as names and values."""
    answers, procedures, follow_ups = len(case.intake.answers), len(case.procedures), len(case.follow_ups)
    return [
        ("Problem", case.problem),
        ("Plans", ", ".join(plan.name for plan in case.plans) or "None"),
        ("Intake", f"{answers} answered"),
        ("Procedures", str(procedures)),
        ("Follow-ups", str(follow_ups)),
    ]
