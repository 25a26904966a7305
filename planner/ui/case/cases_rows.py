"""What does the list say of a case? Problem, targets, intake, last procedure, next follow-up, state.

Nothing here touches Qt's widgets: the library is looked into in the background.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.casebook.course import DueState, reminders
from planner.casebook.library import CaseState
from planner.casebook.next_step import CaseStage
from planner.domain.errors import PlannerError
from planner.domain.identity import PatientIdentity
from planner.persistence.intake_template import template_or_shipped
from planner.services.case_library_list import CaseFilter, listed_case
from planner.ui.case.case_stage import stage_style
from planner.ui.theme.tokens import StateStyle

if TYPE_CHECKING:
    from planner.casebook.course import Due, Reminder
    from planner.casebook.library import CaseLibrary, CaseRow, UnreadableCase
    from planner.domain.case import Case
    from planner.domain.identity import CaseId
    from planner.domain.intake import IntakeTemplate

NOBODY = PatientIdentity()
UNREADABLE = StateStyle("CANNOT BE READ", "mdi-close-octagon-outline", "fail", "fail_tint")
TRAINING = "TRAINING"


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One case of the list, in words. ``case`` is None for one that cannot be read; ``reason`` then says why.

    ``is_not_ready``: it is before a procedure that it is not READY for. ``is_waiting``: a follow-up is due or overdue.
    ``patient`` is empty where no identity is kept.
    """

    case_id: CaseId
    pseudonym: str
    problem: str
    reason: str
    state: StateStyle
    case: Case | None = None
    patient: str = ""
    targets: str = ""
    plans: str = ""
    intake: str = ""
    procedure: str = ""
    procedure_note: str = ""
    due: str = ""
    due_day: str = ""
    due_words: str = ""
    is_not_ready: bool = False
    is_waiting: bool = False
    is_overdue: bool = False

    @property
    def is_archived(self) -> bool:
        """Whether it is in the archive."""
        return self.case is not None and self.case.is_archived

    @property
    def is_training(self) -> bool:
        """Whether a plan of it is of a synthetic patient (H-20)."""
        return self.case is not None and not self.case.is_of_a_patient

    def belongs(self, to: CaseFilter) -> bool:
        """Whether it is listed under a filter; a case that cannot be read is under all but the archive."""
        if to is CaseFilter.ALL:
            return True
        if to is CaseFilter.ARCHIVED:
            return self.is_archived
        if self.is_archived:
            return False
        is_not_ready = self.is_not_ready or self.case is None
        return {CaseFilter.OPEN: True, CaseFilter.DUE: self.is_waiting}.get(to, is_not_ready)


@dataclass(frozen=True, slots=True)
class Listed:
    """What a look into the library found, or ``refusal``, why there was none; ``note`` says what else is amiss."""

    lines: tuple[CaseLine, ...] = ()
    waiting: tuple[Reminder, ...] = ()
    note: str = ""
    refusal: str = ""


def read_lines(library: CaseLibrary, query: str, *, with_identity: bool, today: str) -> Listed:
    """Return every case that is looked for, in all states, and the follow-ups that wait in them."""
    template, note = template_or_shipped()
    try:
        rows = library.rows(query, state=CaseState.ALL, with_identity=with_identity)
    except PlannerError as error:
        return Listed(refusal=error.sentence)
    patients: dict[CaseId, PatientIdentity] = {}
    try:
        patients = library.identities.all()
    except PlannerError as error:
        note = error.sentence
    read = (case_line(row, template, today=today, patient=patients.get(row.case.id, NOBODY)) for row in rows)
    lines = (*(unreadable_line(found) for found in library.unreadable), *read)
    return Listed(lines, reminders((row.case for row in rows), today), note)


def case_line(row: CaseRow, template: IntakeTemplate, *, today: str, patient: PatientIdentity = NOBODY) -> CaseLine:
    """Return what the list says of a case; ``today`` is an ISO date, ``patient`` empty for nobody."""
    listed = listed_case(row, today=today, template=template)
    case, standing, last, due = row.case, listed.readiness, listed.last_procedure, listed.next_due
    step = listed.step
    return CaseLine(
        case.id,
        case.pseudonym,
        case.problem,
        step.reason,
        stage_style(step),
        case=case,
        patient="" if patient == NOBODY else patient.label,
        targets=", ".join(dict.fromkeys(name for plan in case.plans for name in plan.targets)),
        plans={0: "No plan", 1: "1 plan"}.get(len(case.plans), f"{len(case.plans)} plans"),
        intake=f"{standing.answered} of {standing.asked}",
        procedure=last.day if last is not None else "",
        procedure_note="" if last is None or last.is_finished else "Record open",
        due="" if due is None else due.name,
        due_day="" if due is None else _due_day(due),
        due_words="" if due is None else due.words,
        is_not_ready=step.stage is CaseStage.NOT_READY,
        is_waiting=due is not None and due.is_waiting,
        is_overdue=due is not None and due.state is DueState.OVERDUE,
    )


def _due_day(due: Due) -> str:
    """Return the day with the word that matters, short enough for a column."""
    word = {DueState.OVERDUE: "overdue", DueState.DUE: "due"}.get(due.state, "")
    return f"{due.day} {word}".strip()


def unreadable_line(found: UnreadableCase) -> CaseLine:
    """Return the row of a case that cannot be read."""
    return CaseLine(found.case_id, found.pseudonym, "Cannot be shown", found.sentence, UNREADABLE)


def spoken(line: CaseLine, *, patient: str) -> str:
    """Return a row as a screen reader says it; ``patient`` as it is shown."""
    parts = (
        line.problem,
        line.pseudonym,
        TRAINING if line.is_training else "",
        patient,
        line.targets,
        f"intake {line.intake}" if line.intake else "",
        f"last procedure {line.procedure}" if line.procedure else "no procedure",
        f"{line.due} {line.due_words}" if line.due else "",
        f"{line.state.word}: {line.reason}",
    )
    return ", ".join(part for part in parts if part)
