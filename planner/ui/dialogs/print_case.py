"""Which pages of a case go on paper, and with whose name? Ticks, then a file; nothing is printed unasked (H-43)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from planner.domain.case_print import CasePages, CaseParts
from planner.domain.errors import PlannerError
from planner.domain.identity import PatientIdentity
from planner.persistence.site_settings import site_settings
from planner.services.case_printing import CasePaper, print_case
from planner.services.session import local_day, utc_now
from planner.ui.dialogs.question import QuestionDialog
from planner.ui.dialogs.visited import forget_visited_folders
from planner.ui.widgets.labels import label
from planner.ui.widgets.tick_box import TickBox

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from planner.domain.case import Case
    from planner.ui.case.case_desk import CaseDesk

    InBackground = Callable[[Callable[[], None], Callable[[None], None]], None]

_WIDTH_PX = 520
_ABOUT = "A PDF in the language and on the paper of the settings. It needs no plan and no prediction."
_NAMED = "The pages name who answered and recorded, and the case travels in the PDF as a file."
_NOBODYS = "Names, typed words and the pseudonym are left out; days are told as their distance from the procedure."
_NO_PAGE = "Tick a page."


class PrintCaseDialog(QuestionDialog):
    """Read ``parts`` and ``is_named`` when it is accepted: it is gone soon after."""

    def __init__(self, parent: QWidget, case: Case, identity: PatientIdentity) -> None:
        super().__init__(parent, f"Print {case.pseudonym}", _ABOUT, verb="Choose the file…", width_px=_WIDTH_PX)
        self.intake, self.procedure = TickBox("Intake"), TickBox("Procedure")
        self.follow_up, self.form = TickBox("Follow-up"), TickBox("Empty procedure record, to fill by hand")
        self.identity = TickBox("With who the patient is")
        self.nobodys = TickBox("Without names, typed words and days")
        self._is_known = identity != PatientIdentity()
        for tick in (self.intake, self.procedure, self.follow_up, self.form):
            tick.setChecked(tick is not self.form or not case.procedures)
            tick.toggled.connect(self._show)
            self.fields.addWidget(tick)
        self.fields.addSpacing(8)
        for tick in (self.identity, self.nobodys):
            tick.toggled.connect(self._show)
            self.fields.addWidget(tick)
        self._words = label(_NOBODYS, "hint", wrap=True)
        self.fields.addWidget(self._words)
        self._show()

    @property
    def parts(self) -> CaseParts:
        """Which pages are asked for as the dialog stands."""
        return CaseParts(
            intake=self.intake.isChecked(),
            procedure=self.procedure.isChecked(),
            follow_up=self.follow_up.isChecked(),
            form=self.form.isChecked(),
            is_nobodys=self.nobodys.isChecked(),
        )

    @property
    def is_named(self) -> bool:
        """Whether the first page says who the patient is."""
        return self.identity.isEnabled() and self.identity.isChecked()

    def _show(self) -> None:
        is_nobodys = self.nobodys.isChecked()
        self.identity.setEnabled(self._is_known and not is_nobodys)
        self.identity.setToolTip("" if self._is_known else "Nobody is kept with this case.")
        self._words.setText(_NOBODYS if is_nobodys else _NAMED)
        missing = _NO_PAGE if self.parts.is_nothing else ""
        self.answer.setEnabled(not missing)
        self.answer.setToolTip(missing)


def ask_print_case(
    window: QWidget, case_desk: CaseDesk, identity: PatientIdentity, *, in_background: InBackground
) -> None:
    """Ask which pages of the open case, and for a file, and write it there.

    Parameters
    ----------
    identity
        Who the patient is; nobody where the library does not know.
    in_background
        Writes it and says a refusal.
    """
    case = case_desk.case
    if case is None:
        return
    dialog = PrintCaseDialog(window, case, identity)

    def write() -> None:
        pages = CasePages(case, local_day(), dialog.parts)
        who = identity.label if dialog.is_named else ""
        start = "Case.pdf" if pages.parts.is_nobodys else f"{case.pseudonym}.pdf"
        name, _ = QFileDialog.getSaveFileName(window, "Print the case", str(Path.home() / start), "PDF (*.pdf)")
        forget_visited_folders()
        if not name:
            return
        path = Path(name).with_suffix(".pdf")
        try:
            site = site_settings()
        except PlannerError as error:
            case_desk.desk.refuse(error)
            return
        on = CasePaper(utc_now(), paper=site.paper, language=site.language)
        case_desk.desk.say("Printing the case.")
        in_background(
            lambda: print_case(pages, path, on, identity=who), lambda _: case_desk.desk.say(f"Printed into {path}.")
        )

    dialog.accepted.connect(write)
    dialog.open()
