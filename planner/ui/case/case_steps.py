"""Where does a case stand? For intake, plans, procedure and follow-up: the state, and one line on what is there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from planner.casebook.course import DueState, due_dates
from planner.casebook.record_gaps import not_recorded
from planner.ui.steps import ATTENTION, DONE, OPEN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.casebook.readiness import Readiness
    from planner.domain.case import Case
    from planner.ui.theme.tokens import StateStyle


class CaseStep(StrEnum):
    """The pages of a case, in the order they are usually filled; any order works."""

    INTAKE = "Intake"
    PLANS = "Plans"
    PROCEDURE = "Procedure"
    FOLLOW_UP = "Follow-up"


CASE_ICONS: Mapping[StrEnum, str] = {
    CaseStep.INTAKE: "list-checks",
    CaseStep.PLANS: "mdi-needle",
    CaseStep.PROCEDURE: "snowflake",
    CaseStep.FOLLOW_UP: "clock-counter-clockwise",
}


@dataclass(frozen=True, slots=True)
class CaseState:
    """One row of a case's rail."""

    step: CaseStep
    style: StateStyle
    line: str
    note: str = ""


def case_states(case: Case, standing: Readiness, *, today: str) -> tuple[CaseState, ...]:
    """Return the state of the four pages of a case; ``today`` is an ISO date."""
    return (_intake(standing), _plans(case), _procedure(case), _follow_up(case, today))


def _intake(standing: Readiness) -> CaseState:
    if not standing.missing:
        return CaseState(CaseStep.INTAKE, DONE, "All answered")
    style = ATTENTION if standing.answered else OPEN
    return CaseState(CaseStep.INTAKE, style, standing.progress, standing.reason)


def _plans(case: Case) -> CaseState:
    count = len(case.plans)
    if not count:
        return CaseState(CaseStep.PLANS, OPEN, "No plan yet")
    return CaseState(CaseStep.PLANS, DONE, case.plans[0].name if count == 1 else f"{count} plans")


def _procedure(case: Case) -> CaseState:
    if not case.procedures:
        return CaseState(CaseStep.PROCEDURE, OPEN, "None recorded")
    last = case.procedures[-1]
    gaps = not_recorded(last)
    if not last.is_finished:
        line = f"{last.day}, {len(gaps)} missing" if gaps else f"{last.day}, not finished"
        note = f"Not recorded yet: {', '.join(gaps)}." if gaps else "Complete; it waits to be finished by name."
        return CaseState(CaseStep.PROCEDURE, ATTENTION, line, note)
    if gaps:
        note = f"Finished by {last.finished_by}. Not recorded: {', '.join(gaps)}."
        return CaseState(CaseStep.PROCEDURE, ATTENTION, f"{last.day}, {len(gaps)} not recorded", note)
    return CaseState(CaseStep.PROCEDURE, DONE, last.day)


def _follow_up(case: Case, today: str) -> CaseState:
    dues = due_dates(case, today=today)
    waiting = next((due for due in dues if due.is_waiting), None)
    coming = next((due for due in dues if due.state is DueState.LATER), None)
    if waiting is not None:
        return CaseState(CaseStep.FOLLOW_UP, ATTENTION, f"{waiting.name} {waiting.state.value}", waiting.words)
    last = next((due for due in reversed(dues) if due.state is DueState.DONE), None)
    if last is not None and last.gaps:
        return CaseState(CaseStep.FOLLOW_UP, ATTENTION, f"{last.name}: {len(last.gaps)} not asked", last.words)
    if coming is not None:
        style = DONE if case.follow_ups else OPEN
        return CaseState(CaseStep.FOLLOW_UP, style, f"{coming.name}: {coming.day}", coming.words)
    if case.follow_ups:
        return CaseState(CaseStep.FOLLOW_UP, DONE, f"Last {case.follow_ups[-1].day}")
    return CaseState(CaseStep.FOLLOW_UP, OPEN, "Needs a procedure")
