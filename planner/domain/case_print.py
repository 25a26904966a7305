"""Which pages of a case are to be printed? The case, its wanted parts, and the day that it is told for."""

from __future__ import annotations

from dataclasses import dataclass

from planner.domain.case import Case
from planner.domain.identity import PlanId


@dataclass(frozen=True, slots=True)
class CaseParts:
    """Which pages are wanted.

    ``form`` asks for an empty record of a procedure to fill by hand. ``is_nobodys`` leaves out names, typed words and
    the pseudonym, and tells days as their distance from the first procedure (H-43).
    """

    intake: bool = True
    procedure: bool = True
    follow_up: bool = True
    form: bool = False
    is_nobodys: bool = False

    @property
    def is_nothing(self) -> bool:
        """Whether no page is wanted."""
        return not (self.intake or self.procedure or self.follow_up or self.form)


ALL_PARTS = CaseParts()
NO_PLAN = PlanId("")


@dataclass(frozen=True, slots=True)
class CasePages:
    """A case as it is to be printed.

    ``today`` is the ISO date from which what is due is counted. ``plan_id`` is by which id the case knows the plan that
    is printed with it; empty where that is the plan's own, and without a plan.
    """

    case: Case
    today: str
    parts: CaseParts = ALL_PARTS
    plan_id: PlanId = NO_PLAN
