"""How does a follow-up begin, and how does it take over what was typed? A new record, and the record after an edit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

from planner.casebook.course import interval_words
from planner.domain.errors import CaseInvalid
from planner.domain.follow_up import FollowUp
from planner.domain.identity import FollowUpId

if TYPE_CHECKING:
    from planner.domain.case import Case


def new_follow_up(*, day: str, interval_days: int | None, who: str, at: str) -> FollowUp:
    """Return an empty record of a day.

    Raises
    ------
    CaseInvalid
        When nobody is named who records it, or the day is no ISO date.
    """
    return FollowUp(FollowUpId(uuid4().hex), day, who, at, interval_days=interval_days)


def edited_by(follow_up: FollowUp, *, who: str, at: str, today: str) -> FollowUp:
    """Return an edited record under the name and time of its edit.

    Raises
    ------
    CaseInvalid
        When nobody is named, or its day lies after today.
    """
    if follow_up.day > today:
        raise CaseInvalid(
            f"The follow-up is dated {follow_up.day}, after today ({today}). Correct the day.", code="follow-up-ahead"
        )
    return replace(follow_up, who=who, at=at)


def require_after_procedure(follow_up: FollowUp, case: Case) -> None:
    """Refuse a follow-up that comes before any treatment of the case, or counts from one that is not recorded.

    Raises
    ------
    CaseInvalid
        When its day lies before the first procedure, or it answers an interval and there is no procedure.
    """
    first = min((one.day for one in case.procedures), default="")
    if first and follow_up.day < first:
        raise CaseInvalid(
            f"The follow-up is dated {follow_up.day}, before the first procedure ({first}). Correct the day; what was "
            "found before treatment belongs in the intake.",
            code="follow-up-early",
        )
    if not first and follow_up.interval_days is not None:
        raise CaseInvalid(
            f"{interval_words(follow_up.interval_days).capitalize()} counts from a procedure, and none is recorded. "
            "Record the procedure first, or answer none of the intervals.",
            code="follow-up-no-procedure",
        )


def says_the_same(one: FollowUp, other: FollowUp) -> bool:
    """Whether two records differ in nothing but who wrote them when."""
    return replace(one, who=other.who, at=other.at) == other
