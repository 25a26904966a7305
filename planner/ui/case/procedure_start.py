"""From which plan does a record begin? From one of the case, with its prediction where it is at hand, or from none."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMenu

from planner.domain.errors import PlannerError
from planner.services.case_commands import PutProcedure
from planner.services.case_plans import new_procedure, planned_in_file, planned_procedure
from planner.ui.background import Background

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QPushButton

    from planner.domain.case import CasePlan
    from planner.domain.identity import CaseId
    from planner.domain.procedure import PlannedProcedure
    from planner.ui.case.case_desk import CaseDesk


@dataclass(frozen=True, slots=True)
class _Copied:
    """What came of copying a plan: the plan, or why not; for which case it was asked."""

    case_id: CaseId
    planned: PlannedProcedure | None = None
    error: PlannerError | None = None


class ProcedureStart(QObject):
    """Begins records. ``begun(procedure_id)`` once one is kept."""

    begun = Signal(object)

    def __init__(self, case_desk: CaseDesk, parent: QObject) -> None:
        super().__init__(parent)
        self._case_desk = case_desk
        self._background = Background(self, self._on_copied)

    @property
    def is_busy(self) -> bool:
        """Whether a plan is being copied."""
        return self._background.is_busy

    def ask(self, button: QPushButton, *, always: bool) -> None:
        """Begin a record; where several plans are in the case, or ``always``, a menu below the button asks which."""
        case = self._case_desk.case
        if case is None:
            return
        if not always and len(case.plans) <= 1:
            self.begin(case.plans[0] if case.plans else None)
            return
        menu = QMenu(button)
        for plan in case.plans:
            menu.addAction(f"From “{plan.name}”").triggered.connect(lambda _checked=False, plan=plan: self.begin(plan))
        menu.addAction("Without a plan").triggered.connect(lambda _checked=False: self.begin(None))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(button.mapToGlobal(button.rect().bottomLeft()))

    def begin(self, plan: CasePlan | None) -> None:
        """Begin a record of today from a plan."""
        case = self._case_desk.case
        if case is None:
            return
        if plan is None:
            self._add(None)
            return
        copy, case_id = self._copier(plan), case.id

        def work() -> _Copied:
            try:
                return _Copied(case_id, copy())
            except PlannerError as error:
                return _Copied(case_id, error=error)

        self._background.ask(work)

    def _copier(self, plan: CasePlan) -> Callable[[], PlannedProcedure]:
        """Return what copies a plan: as it stands on the desk where it is open, else as its file has it."""
        session = self._case_desk.desk.session
        if session is None or session.plan.id != plan.plan_id:
            return lambda: planned_in_file(Path(plan.path))
        shown, blobs = session.plan, session.blobs
        if not session.result_is_current:
            return lambda: planned_procedure(shown)
        result, assessment = session.result, session.assessment
        masks = {structure.id: structure.mask for structure in shown.structures}
        return lambda: planned_procedure(shown, result, assessment, mask_of=lambda name: blobs.get(masks[name]))

    def _on_copied(self, copied: _Copied) -> None:
        case = self._case_desk.case
        if case is None or case.id != copied.case_id:
            return  # another case was opened meanwhile
        if copied.error is not None:
            self._case_desk.desk.refuse(copied.error)
            return
        self._add(copied.planned)

    def _add(self, planned: PlannedProcedure | None) -> None:
        made = new_procedure(planned, day=self._case_desk.today())
        if self._case_desk.apply(PutProcedure(made, "begin a procedure record")):
            self._case_desk.desk.say(begun_words(planned))
            self.begun.emit(made.id)


def begun_words(planned: PlannedProcedure | None) -> str:
    """Return what a record began from."""
    if planned is None:
        return "Record begun without a plan."
    with_it = "with its prediction" if planned.ice_long_mm is not None else "without a prediction"
    return f"Record begun from “{planned.plan_name}”, {with_it}. What was planned is copied into it."
