"""What is a new case called, and who is it of? The problem in words; the patient only when somebody wants it kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from planner.domain.identity import PatientIdentity
from planner.ui.dialogs.question import QuestionDialog
from planner.ui.panels.panel import field_row
from planner.ui.widgets.fields import text_field
from planner.ui.widgets.labels import label
from planner.ui.widgets.tick_box import TickBox

if TYPE_CHECKING:
    from planner.domain.case import Case

_WIDTH_PX, _CAPTION_PX = 560, 110
_SAID = "One case for one patient and one problem. It is called by a pseudonym of its own, made here, not of the name."
_KEEP = "Keep who the patient is, apart from the case"
_APART = "Kept in a file of its own on this computer. It leaves with no export unless that is asked for."
_STAYS = "The pseudonym stays. Who the patient is lies apart; fields left empty are forgotten."
_HINT = "Such as: intercostal neuralgia, right"
_LONGEST = 200


class NewCaseDialog(QuestionDialog):
    """Asks for the problem and, if wanted, for the patient.

    Parameters
    ----------
    of_plan
        Name of the plan that the case begins with; empty without one.
    offered
        The patient of the open CT, filled in once keeping is ticked; nobody where none is open.
    """

    def __init__(self, parent: QWidget, *, of_plan: str = "", offered: PatientIdentity | None = None) -> None:
        title = "New case with this plan" if of_plan else "New case"
        super().__init__(parent, title, _SAID, verb="Start the case", width_px=_WIDTH_PX)
        self._offered = offered
        self.problem = text_field(name="Problem", hint=_HINT)
        self.problem.setMaxLength(_LONGEST)
        self.problem.textChanged.connect(self._check)
        self.fields.addLayout(field_row("Problem", self.problem, width_px=_CAPTION_PX))
        if of_plan:
            plan = label(of_plan, "name", wrap=True)
            self.fields.addLayout(field_row("Plan", plan, width_px=_CAPTION_PX))
        self.keeps = TickBox(_KEEP)
        self.keeps.toggled.connect(self._show_patient)
        self.fields.addWidget(self.keeps)
        self.patient = PatientFields()
        self.fields.addWidget(self.patient)
        self.patient.hide()
        self._check()
        self.problem.setFocus()

    @property
    def identity(self) -> PatientIdentity:
        """Who the patient is; nobody unless keeping is ticked."""
        return self.patient.identity() if self.keeps.isChecked() else PatientIdentity()

    def _show_patient(self, on: bool) -> None:
        if on and self._offered is not None and self.patient.identity() == PatientIdentity():
            self.patient.show_identity(self._offered)
        self.patient.setVisible(on)
        self.adjustSize()

    def _check(self) -> None:
        is_said = bool(self.problem.text().strip())
        self.answer.setEnabled(is_said)
        self.answer.setToolTip("" if is_said else "Say what the problem is.")


class PatientFields(QWidget):
    """Name, number, birth date and sex of a patient, with where they are kept."""

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self.name = text_field(name="Patient's name")
        self.number = text_field(name="Patient's number")
        self.born = text_field(name="Born", hint="1958-04-21")
        self.sex = text_field(name="Sex", hint="F, M or O")
        for caption, field in (
            ("Name", self.name),
            ("Number", self.number),
            ("Born", self.born),
            ("Sex", self.sex),
        ):
            column.addLayout(field_row(caption, field, width_px=_CAPTION_PX))
        column.addWidget(label(_APART, "hint", wrap=True))

    def show_identity(self, identity: PatientIdentity) -> None:
        """Fill in who is known."""
        self.name.setText(identity.patient_name)
        self.number.setText(identity.patient_id)
        self.born.setText(identity.birth_date)
        self.sex.setText(identity.sex)

    def identity(self) -> PatientIdentity:
        """Return what is written."""
        return PatientIdentity(
            patient_name=self.name.text().strip(),
            patient_id=self.number.text().strip(),
            birth_date=self.born.text().strip(),
            sex=self.sex.text().strip(),
        )


class EditCaseDialog(QuestionDialog):
    """Asks anew what the case is called, and who it is of.

    ``is_hidden``: names are hidden, so that neither is who the patient is shown nor changed.
    """

    def __init__(self, parent: QWidget, case: Case, identity: PatientIdentity, *, is_hidden: bool) -> None:
        super().__init__(parent, f"Name the case {case.pseudonym}", _STAYS, verb="Keep", width_px=_WIDTH_PX)
        self._identity, self._is_hidden = identity, is_hidden
        self.problem = text_field(name="Problem", hint=_HINT)
        self.problem.setMaxLength(_LONGEST)
        self.problem.setText(case.problem)
        self.problem.setCursorPosition(0)
        self.problem.textChanged.connect(lambda text: self.answer.setEnabled(bool(text.strip())))
        self.note = text_field(name="Note", hint="About the case as a whole")
        self.note.setText(case.note)
        for caption, field in (("Problem", self.problem), ("Note", self.note)):
            self.fields.addLayout(field_row(caption, field, width_px=_CAPTION_PX))
        self.patient = PatientFields()
        if is_hidden:
            self.fields.addWidget(label("Names are hidden (X): who the patient is stays as it is.", "hint", wrap=True))
        else:
            self.patient.show_identity(identity)
            self.fields.addWidget(self.patient)
        self.problem.setFocus()

    @property
    def identity(self) -> PatientIdentity:
        """Who the patient is now; all fields empty forgets it."""
        return self._identity if self._is_hidden else self.patient.identity()
