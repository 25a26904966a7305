"""Is this the case to delete? Its pseudonym has to be typed, and what goes and what stays is said before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.ui.dialogs.question import QuestionDialog
from planner.ui.panels.panel import SentenceList, field_row
from planner.ui.widgets.fields import text_field

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from planner.ui.case.cases_rows import CaseLine

_WIDTH_PX = 560


class DeleteCaseDialog(QuestionDialog):
    """Asks for the pseudonym; only then can the case be deleted."""

    def __init__(self, parent: QWidget, line: CaseLine) -> None:
        said = f"“{line.problem}” goes for good. Undo does not bring it back; an export made before does."
        super().__init__(parent, f"Delete {line.pseudonym}", said, verb="Delete the case", width_px=_WIDTH_PX)
        self._pseudonym = line.pseudonym
        facts = SentenceList("What goes and what stays")
        facts.show_sentences([f"Goes: {_goes(line)}.", "Stays: every CT and every plan file, where it is."])
        self.fields.addWidget(facts)
        self.typed = text_field(name=f"Type {line.pseudonym}", hint=line.pseudonym)
        self.typed.textChanged.connect(self._check)
        self.fields.addLayout(field_row("Type the name", self.typed))
        self._check()
        self.typed.setFocus()

    def _check(self) -> None:
        is_named = self.typed.text().strip().upper() == self._pseudonym
        self.answer.setEnabled(is_named)
        self.answer.setToolTip("" if is_named else f"Type {self._pseudonym} to delete this case.")


def _goes(line: CaseLine) -> str:
    """Return what is lost with the case."""
    case = line.case
    if case is None:
        return "the case, which cannot be read, with its history and who the patient is"
    counts = (
        (len(case.intake.answers), "answer"),
        (len(case.procedures), "procedure"),
        (len(case.follow_ups), "follow-up"),
    )
    told = [f"{number} {word}{'' if number == 1 else 's'}" for number, word in counts if number]
    return ", ".join(("the case with its history", *told, "and the patient's name where one is kept"))
