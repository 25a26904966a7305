"""What does a case wait for now? Before the needle for what makes it READY, after it for its record and follow-ups.

READY never looks complete while questions are open: its words count them. Once a procedure was done, READY is of the
past; it comes back with a plan that joined the case after that procedure, for the treatment that is next.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from planner.casebook.course import DueState, due_dates, last_procedure

if TYPE_CHECKING:
    from planner.casebook.course import Due
    from planner.casebook.readiness import Readiness
    from planner.domain.case import Case
    from planner.domain.procedure import Procedure


_LAST = "No follow-up is to come at the chosen intervals."
_LAST_WITH_GAPS = f"{_LAST[:-1]}; some questions were not asked."


class CaseStage(StrEnum):
    """The state of a case in its word."""

    READY = "READY"
    NOT_READY = "NOT READY"
    RECORD_OPEN = "RECORD OPEN"
    """A procedure was done, and nobody has finished its record."""
    OVERDUE = "FOLLOW-UP OVERDUE"
    DUE = "FOLLOW-UP DUE"
    LATER = "FOLLOW-UP LATER"
    FOLLOWED_UP = "FOLLOWED UP"
    """Every chosen interval is recorded or has passed."""


@dataclass(frozen=True, slots=True)
class NextStep:
    """Where a case stands.

    Parameters
    ----------
    words
        The stage as it is shown: ``"READY · 21 of 22 not answered"``.
    reason
        One sentence: what it rests on, or what it waits for.
    is_complete
        Whether nothing is open at this stage: only then may it look done.
    """

    stage: CaseStage
    words: str
    reason: str
    is_complete: bool

    @property
    def is_before_procedure(self) -> bool:
        """Whether it says how far the case is before a needle."""
        return self.stage in (CaseStage.READY, CaseStage.NOT_READY)


def next_step(case: Case, ready: Readiness, *, today: str) -> NextStep:
    """Return what a case waits for; ``today`` is an ISO date, ``ready`` how far its intake is."""
    procedure = last_procedure(case)
    if procedure is None or not was_done(procedure, today=today) or _is_planned_anew(case, procedure):
        return before_procedure(ready)
    waiting = [due for due in due_dates(case, today=today) if due.is_waiting]
    if waiting:
        is_overdue = any(due.state is DueState.OVERDUE for due in waiting)
        return _of(CaseStage.OVERDUE if is_overdue else CaseStage.DUE, _due_words(waiting[0]))
    if not procedure.is_finished:
        return _of(CaseStage.RECORD_OPEN, f"The record of the procedure of {procedure.day} is not finished.")
    coming = next((due for due in due_dates(case, today=today) if due.state is DueState.LATER), None)
    if coming is not None:
        return _of(CaseStage.LATER, _due_words(coming), is_complete=True)
    gaps = any(due.gaps for due in due_dates(case, today=today))
    return _of(CaseStage.FOLLOWED_UP, _LAST_WITH_GAPS if gaps else _LAST, is_complete=not gaps)


def before_procedure(ready: Readiness) -> NextStep:
    """Return how far a case is before a procedure: READY with what is open counted, or NOT READY."""
    left = len(ready.missing)
    if not ready.is_ready:
        return _of(CaseStage.NOT_READY, ready.reason)
    if not left:
        return _of(CaseStage.READY, ready.reason, is_complete=True)
    words = f"{CaseStage.READY.value} · {left} of {ready.asked} not answered"
    return NextStep(CaseStage.READY, words, ready.reason, is_complete=False)


def was_done(procedure: Procedure, *, today: str) -> bool:
    """Whether a procedure has happened: finished, with something recorded of it, or of a day that has passed."""
    is_begun = bool(procedure.phases or procedure.probes)
    return procedure.is_finished or is_begun or procedure.day < today


def _is_planned_anew(case: Case, last: Procedure) -> bool:
    """Whether a plan joined the case after its last procedure and none was done by it: READY is asked again."""
    used = {one.planned.plan_id for one in case.procedures if one.planned is not None}
    return any(plan.plan_id not in used and plan.added_at[:10] > last.day for plan in case.plans)


def _due_words(due: Due) -> str:
    return f"{due.name}: {due.words}."


def _of(stage: CaseStage, reason: str, *, is_complete: bool = False) -> NextStep:
    return NextStep(stage, stage.value, reason, is_complete)
