"""What can be done with a case as a whole? Begin, name, duplicate, archive, delete, carry out and in, link a plan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from planner.casebook.case_file import CASE_SUFFIX
from planner.casebook.library import CaseState
from planner.domain.errors import PlannerError
from planner.domain.identity import PatientIdentity, may_be_same_person
from planner.services.case_commands import ArchiveCase, NameCase, PutCasePlan
from planner.services.case_library import (
    duplicate_case,
    export_case,
    import_case,
    look_into,
    start_case,
)
from planner.ui.background import Background
from planner.ui.case.carry_case import ExportCaseDialog, ImportCaseDialog
from planner.ui.case.cases_rows import CaseLine
from planner.ui.case.choose_case import ChooseCaseDialog
from planner.ui.case.delete_case import DeleteCaseDialog
from planner.ui.case.new_case import EditCaseDialog, NewCaseDialog
from planner.ui.dialogs.question import QuestionDialog
from planner.ui.dialogs.visited import forget_visited_folders
from planner.ui.theme.tokens import NOT_READY

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.domain.case import Case, CasePlan
    from planner.domain.identity import CaseId
    from planner.services.case_library import CaseExported, CaseFileLook, CaseImported
    from planner.ui.case.case_desk import CaseDesk
    from planner.ui.case.plan_link import PlanLink

_FILES = f"Frostline case (*{CASE_SUFFIX})"
_BUSY = "A case is being written or read. Wait a moment, then try again."
_QUESTION_PX = 560
_Found = TypeVar("_Found")


class CaseDeeds(QObject):
    """Does with cases what buttons and menus say. Dialogs are of ``window``; files are written in the background."""

    def __init__(self, window: QWidget, case_desk: CaseDesk, link: PlanLink) -> None:
        super().__init__(window)
        self._window, self._cases, self._link = window, case_desk, link
        self._files = Background(self, self._tell)

    # --- begin, name, end --------------------------------------------------------------------------------------------

    def new_case(self) -> None:
        """Ask for the problem and begin a case."""
        self._begin(NewCaseDialog(self._window), None)

    def new_case_with_plan(self) -> None:
        """Begin a case with the open plan; its CT's patient is offered, never kept unasked."""
        session, plan = self._cases.desk.session, self._link.seen_plan()
        if session is None or plan is None:
            return
        is_hidden = self._cases.desk.view.hide_identity or plan.case_kind != "patient"
        offered = None if is_hidden else session.identity
        self._begin(NewCaseDialog(self._window, of_plan=plan.name, offered=offered), plan)

    def _begin(self, dialog: NewCaseDialog, plan: CasePlan | None) -> None:
        def begin() -> None:
            made: list[CaseId] = []
            problem, identity, at = dialog.problem.text(), dialog.identity, self._cases.now()
            library = self._cases.library
            if self._cases.desk.attempt(
                lambda: made.append(start_case(library, problem, at=at, plan=plan, identity=identity))
            ):
                self._cases.listed.emit()
                self._cases.open(made[0])

        dialog.accepted.connect(begin)
        dialog.open()

    def name_case(self) -> None:
        """Ask anew what the open case is called and who it is of."""
        case = self._cases.case
        if case is None:
            return
        known = self.identity_of(case)
        dialog = EditCaseDialog(self._window, case, known, is_hidden=self._cases.desk.view.hide_identity)

        def keep() -> None:
            self._cases.apply(NameCase(dialog.problem.text(), dialog.note.text().strip()))
            identity = dialog.identity
            if identity != known:
                self._cases.desk.attempt(lambda: self._cases.library.identities.put(case.id, identity))
                self._cases.changed.emit()
                self._cases.listed.emit()

        dialog.accepted.connect(keep)
        dialog.open()

    def duplicate(self, case_id: CaseId) -> None:
        """Begin another case of the same patient, with its plans and answers."""
        made: list[CaseId] = []
        library, at = self._cases.library, self._cases.now()
        if self._cases.desk.attempt(lambda: made.append(duplicate_case(library, case_id, at=at))):
            self._cases.listed.emit()
            self._cases.open(made[0])
            self._cases.desk.say("Duplicated with its plans and answers; procedures and follow-ups stay behind.")

    def archive(self, case_id: CaseId, *, is_archived: bool) -> None:
        """Put a case into the archive, or take it out; the list stays on the screen."""
        opened = self._cases.open_case
        if opened is not None and opened.case.id == case_id:
            self._cases.apply(ArchiveCase(is_archived))
        else:
            self._cases.apply_to(case_id, ArchiveCase(is_archived))
        self._cases.desk.say("In the archive." if is_archived else "Out of the archive.")

    def delete(self, line: CaseLine) -> None:
        """Delete a case once its pseudonym is typed."""
        dialog = DeleteCaseDialog(self._window, line)

        def remove() -> None:
            typed, library = dialog.typed.text(), self._cases.library
            if self._cases.desk.attempt(lambda: library.remove(line.case_id, name=typed)):
                opened = self._cases.case
                if opened is not None and opened.id == line.case_id:
                    self._cases.close()
                self._cases.listed.emit()
                self._cases.desk.say(f"{line.pseudonym} is deleted. CTs and plan files were not touched.")

        dialog.accepted.connect(remove)
        dialog.open()

    def delete_open(self) -> None:
        """Delete the case on the screen once its pseudonym is typed."""
        case = self._cases.case
        if case is not None:
            self.delete(CaseLine(case.id, case.pseudonym, case.problem, "", NOT_READY, case=case))

    def identity_of(self, case: Case) -> PatientIdentity:
        """Return who a case is of; nobody where that cannot be read."""
        found: list[PatientIdentity] = []
        self._cases.desk.attempt(lambda: found.append(self._cases.library.identities.get(case.id)))
        return found[0] if found else PatientIdentity()

    # --- the open plan -----------------------------------------------------------------------------------------------

    def add_plan_to_case(self) -> None:
        """Ask for the case that the open plan goes into."""
        plan = self._link.seen_plan()
        found: list[Case] = []
        library = self._cases.library
        if plan is None or not self._cases.desk.attempt(
            lambda: found.extend(row.case for row in library.rows(state=CaseState.OPEN))
        ):
            return
        cases = [case for case in found if case.plan(plan.plan_id) is None]
        if not cases:
            self.new_case_with_plan()
            return
        dialog = ChooseCaseDialog(self._window, plan.name, cases)

        def add() -> None:
            if dialog.chosen is not None and self._cases.open(dialog.chosen.id):
                self.put_plan(plan)

        dialog.accepted.connect(add)
        dialog.open()

    def put_open_plan(self) -> None:
        """Add the plan on the desk to the open case."""
        plan = self._link.seen_plan()
        if plan is not None:
            self.put_plan(plan)

    def put_plan(self, plan: CasePlan) -> None:
        """Add a plan to the open case; one that may be of somebody else is asked about first (H-11)."""
        case = self._cases.case
        if case is None:
            return
        why = self._doubt(case, plan)
        if not why:
            self._cases.apply(PutCasePlan(plan))
            return
        dialog = QuestionDialog(
            self._window, "Is this plan of the same patient?", why, verb="Add it all the same", width_px=_QUESTION_PX
        )
        dialog.accepted.connect(lambda: self._cases.apply(PutCasePlan(plan)))
        dialog.open()

    def _doubt(self, case: Case, plan: CasePlan) -> str:
        """Return why a plan may not belong to a case; empty when nothing speaks against it."""
        session, known = self._cases.desk.session, self.identity_of(case)
        is_open = session is not None and session.plan.id == plan.plan_id
        if session is None or not is_open or known == PatientIdentity():
            return ""
        if may_be_same_person(known, session.identity):
            return ""
        if self._cases.desk.view.hide_identity:
            return "Name, number, birth date or sex of the case's patient and of the plan's CT differ."
        return f"The case is of {known.label}; the plan's CT says {session.identity.label}."

    # --- files -------------------------------------------------------------------------------------------------------

    def export(self, case: Case) -> None:
        """Say what travels, ask where to, and write one file."""
        dialog = ExportCaseDialog(self._window, case, self.identity_of(case))
        dialog.accepted.connect(lambda: self._export_to(case, with_identity=dialog.with_identity.isChecked()))
        dialog.open()

    def _export_to(self, case: Case, *, with_identity: bool) -> None:
        start = str(Path.home() / f"{case.pseudonym}{CASE_SUFFIX}")
        name, _ = QFileDialog.getSaveFileName(self._window, f"Export {case.pseudonym}", start, _FILES)
        forget_visited_folders()
        if not name:
            return
        path, library = Path(name).with_suffix(CASE_SUFFIX), self._cases.library

        def tell(done: CaseExported) -> None:
            plans = {0: "no plan file", 1: "1 plan file"}.get(len(done.plans), f"{len(done.plans)} plan files")
            words = f"Exported {case.pseudonym} with {plans}: {done.path}."
            self._cases.desk.say(" ".join((words, *done.notes)))

        self._in_background(lambda: export_case(library, case.id, path, with_identity=with_identity), tell)

    def print_case(self, case: Case) -> None:
        """Ask which pages of the open case go on paper, and where to."""
        from planner.ui.dialogs.print_case import ask_print_case

        ask_print_case(self._window, self._cases, self.identity_of(case), in_background=self._in_background)

    def choose_import(self) -> None:
        """Ask for a case file, say what it holds, and take it in when that is wanted."""
        name, _ = QFileDialog.getOpenFileName(self._window, "Import a case", str(Path.home()), _FILES)
        forget_visited_folders()
        if name:
            self.import_from(Path(name))

    def import_from(self, path: Path) -> None:
        """Check a case file and say what it holds before anything is taken in."""
        library = self._cases.library

        def ask(look: CaseFileLook) -> None:
            dialog = ImportCaseDialog(self._window, look)
            dialog.accepted.connect(lambda: self._import(path, replacing=dialog.is_replacing))
            dialog.open()

        self._in_background(lambda: look_into(path, library), ask)

    def _import(self, path: Path, *, replacing: bool) -> None:
        library, plans_folder, at = self._cases.library, self._cases.desk.services.plans_folder, self._cases.now()

        def tell(done: CaseImported) -> None:
            self._cases.listed.emit()
            self._cases.open(done.case_id)
            self._cases.desk.say(" ".join((f"Taken in: {done.pseudonym}.", *done.notes)))

        self._in_background(
            lambda: import_case(library, path, plans_folder=plans_folder, at=at, replacing=replacing), tell
        )

    def export_registry(self, only: CaseId | None = None) -> None:
        """Open the registry export, of all cases or of one."""
        from planner.ui.dialogs.registry_export import ask_registry_export

        ask_registry_export(self._window, self._cases, only, in_background=self._in_background)

    @property
    def is_busy(self) -> bool:
        """Whether a file is being written or read."""
        return self._files.is_busy

    def _in_background(self, work: Callable[[], _Found], tell: Callable[[_Found], None]) -> None:
        """Write or read a file off the window's thread; a refusal is said, and one file is worked on at a time."""
        if self._files.is_busy:
            self._cases.desk.say(_BUSY)
            return

        def run() -> Callable[[], None]:
            try:
                found = work()
            except PlannerError as error:
                refused = error
                return lambda: self._cases.desk.refuse(refused)
            return lambda: tell(found)

        self._files.ask(run)

    def _tell(self, say: Callable[[], None]) -> None:
        say()
