"""Where does a case stand? For intake, plans, procedure and follow-up: the state, and one line on what is there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from planner.ui.steps import ATTENTION, DONE, OPEN
from planner.ui.theme.tokens import StateStyle

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.domain.case import Case


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


READY = StateStyle("READY", "check-circle", "good", "good_tint")
NOT_READY = StateStyle("NOT READY", "warning", "check", "check_tint")


def ready_words(case: Case) -> tuple[StateStyle, str]:
    """Return whether a case is ready, and the reason in one sentence."""
    if case.intake.block is not None:
        return READY, "The diagnostic block is recorded."
    return NOT_READY, "No diagnostic block is recorded."


def case_states(case: Case) -> tuple[CaseState, ...]:
    """Return the state of the four pages of a case."""
    return (_intake(case), _plans(case), _procedure(case), _follow_up(case))


def _intake(case: Case) -> CaseState:
    answered = len(case.intake.answers)
    if not answered:
        return CaseState(CaseStep.INTAKE, OPEN, "Nothing answered")
    return CaseState(CaseStep.INTAKE, ATTENTION, f"{answered} answered")


def _plans(case: Case) -> CaseState:
    count = len(case.plans)
    if not count:
        return CaseState(CaseStep.PLANS, OPEN, "No plan yet")
    return CaseState(CaseStep.PLANS, DONE, case.plans[0].name if count == 1 else f"{count} plans")


def _procedure(case: Case) -> CaseState:
    if not case.procedures:
        return CaseState(CaseStep.PROCEDURE, OPEN, "None recorded")
    last = case.procedures[-1]
    if not last.is_finished:
        return CaseState(CaseStep.PROCEDURE, ATTENTION, f"{last.day}, open", "The last procedure is not finished yet.")
    return CaseState(CaseStep.PROCEDURE, DONE, last.day)


def _follow_up(case: Case) -> CaseState:
    if not case.follow_ups:
        return CaseState(CaseStep.FOLLOW_UP, OPEN, "None recorded")
    return CaseState(CaseStep.FOLLOW_UP, DONE, f"Last {case.follow_ups[-1].day}")
