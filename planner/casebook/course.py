"""When is the next follow-up due, and how do the scores go? Days, reminders, and points from baseline to today.

Days are ISO dates of the calendar that the caller counts in; ``today`` comes from the caller. A follow-up belongs to
the last procedure before its day: one on the day of a repeat treatment still answers for the treatment before. What
the scores and the recovery amount to is judged in :mod:`planner.casebook.outcome`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from planner.casebook.follow_up_gaps import not_asked
from planner.domain.intake import ItemKind
from planner.persistence.follow_up_table import follow_up_rules

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planner.domain.case import Case
    from planner.domain.follow_up import FollowUp
    from planner.domain.identity import CaseId, FollowUpId, ProcedureId
    from planner.domain.intake import Scores
    from planner.domain.procedure import Procedure

_YEAR_DAYS, _MONTH_DAYS, _WEEK_DAYS = 365, 30, 7


class DueState(StrEnum):
    """How a follow-up at a chosen interval stands."""

    DONE = "done"
    OVERDUE = "overdue"
    DUE = "due"
    LATER = "later"
    MISSED = "missed"
    """Not recorded, and the next one is due or recorded: nobody is reminded of it any more."""


@dataclass(frozen=True, slots=True)
class Due:
    """One chosen interval after the last procedure.

    ``days_ahead`` is from today, negative once the day has passed; ``gaps`` says what the follow-up that answers it
    did not ask.
    """

    interval_days: int
    day: str
    state: DueState
    days_ahead: int
    follow_up_id: FollowUpId | None = None
    gaps: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The interval in words: ``"6 weeks"``."""
        return interval_words(self.interval_days)

    @property
    def is_waiting(self) -> bool:
        """Whether it should have been recorded by now."""
        return self.state in (DueState.DUE, DueState.OVERDUE)

    @property
    def words(self) -> str:
        """State with the day: ``"overdue since 2026-03-01"``, ``"due 2026-03-01, in 12 days"``."""
        if self.state is DueState.LATER:
            return f"due {self.day}, in {counted(self.days_ahead, 'day')}"
        return {
            DueState.DONE: "; not asked: ".join(part for part in ("done", ", ".join(self.gaps)) if part),
            DueState.MISSED: f"missed, was due {self.day}",
            DueState.DUE: "due today" if self.days_ahead == 0 else f"due since {self.day}",
            DueState.OVERDUE: f"overdue since {self.day}",
        }[self.state]


@dataclass(frozen=True, slots=True)
class Reminder:
    """A follow-up that waits, with the case it belongs to; ``is_training`` where a plan is of a synthetic patient."""

    case_id: CaseId
    pseudonym: str
    problem: str
    due: Due
    is_training: bool = False


def interval_words(days: int) -> str:
    """Write an interval as people say it: whole years, months from 2 on, weeks, else days; ``42`` is ``"6 weeks"``."""
    if days % _YEAR_DAYS == 0:
        return counted(days // _YEAR_DAYS, "year")
    if days % _MONTH_DAYS == 0 and days >= 2 * _MONTH_DAYS:
        return counted(days // _MONTH_DAYS, "month")
    if days % _WEEK_DAYS == 0:
        return counted(days // _WEEK_DAYS, "week")
    return counted(days, "day")


def counted(number: int, word: str) -> str:
    """Write a count: ``"1 day"``, ``"2 days"``."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def days_between(first: str, last: str) -> int:
    """Return the days from one ISO date to another; negative when the other is earlier."""
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


def last_procedure(case: Case) -> Procedure | None:
    """Return the procedure from which follow-ups are counted; None before the first."""
    return max(case.procedures, key=lambda one: one.day, default=None)


def procedure_before(case: Case, day: str) -> Procedure | None:
    """Return the procedure that a follow-up of this day follows.

    The last one before the day; one of the same day only when there is none before. None for a day before the first.
    """
    earlier = [one for one in case.procedures if one.day < day]
    if earlier:
        return max(earlier, key=lambda one: one.day)
    return next((one for one in case.procedures if one.day == day), None)


def follow_ups_after(case: Case, procedure_id: ProcedureId) -> tuple[FollowUp, ...]:
    """Return the follow-ups of one procedure in the order of their days."""
    ours = [one for one in case.follow_ups if _is_of(case, one, procedure_id)]
    return tuple(sorted(ours, key=lambda one: one.day))


def _is_of(case: Case, follow_up: FollowUp, procedure_id: ProcedureId) -> bool:
    before = procedure_before(case, follow_up.day)
    return before is not None and before.id == procedure_id


# --- due dates -------------------------------------------------------------------------------------------------------


def due_dates(case: Case, *, today: str) -> tuple[Due, ...]:
    """Return every chosen interval after the last procedure, in order; empty before the first procedure."""
    procedure = last_procedure(case)
    if procedure is None:
        return ()
    answered = {one.interval_days: one for one in follow_ups_after(case, procedure.id) if one.interval_days}
    start, dues = date.fromisoformat(procedure.day), []
    is_passed_over = False  # seen from the last interval back: whether a later one is recorded or due
    for interval_days in reversed(case.intervals_days):
        day = (start + timedelta(days=interval_days)).isoformat()
        ahead = days_between(today, day)
        found = answered.get(interval_days)
        state = DueState.DONE if found else DueState.MISSED if is_passed_over else _open_state(ahead)
        gaps = not_asked(case, found) if found else ()
        dues.append(Due(interval_days, day, state, ahead, found.id if found else None, gaps))
        is_passed_over = is_passed_over or found is not None or ahead <= 0
    return tuple(reversed(dues))


def next_due(case: Case, *, today: str) -> Due | None:
    """Return the first follow-up that is still to come or waits; None when there is none."""
    waiting = (DueState.OVERDUE, DueState.DUE, DueState.LATER)
    return next((due for due in due_dates(case, today=today) if due.state in waiting), None)


def reminders(cases: Iterable[Case], today: str) -> tuple[Reminder, ...]:
    """Return the follow-ups that wait in all cases out of the archive, the longest waiting first."""
    found = [
        Reminder(case.id, case.pseudonym, case.problem, due, is_training=not case.is_of_a_patient)
        for case in cases
        if not case.is_archived
        for due in due_dates(case, today=today)
        if due.is_waiting
    ]
    return tuple(sorted(found, key=lambda one: (one.due.day, one.pseudonym)))


def _open_state(days_ahead: int) -> DueState:
    if days_ahead > 0:
        return DueState.LATER
    return DueState.OVERDUE if -days_ahead > follow_up_rules().patience_days else DueState.DUE


# --- the course of the scores ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CoursePoint:
    """Scores of one day; ``days`` counts from the course's day zero. Without ``follow_up_id`` it is the baseline."""

    day: str
    days: int
    scores: Scores
    follow_up_id: FollowUpId | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """How the scores went.

    Parameters
    ----------
    day_zero
        ISO date from which days count: the first procedure; before it, the first day that has scores; empty without.
    baseline
        The scores before treatment on the day they were written down (UTC); None while there are none.
    points
        Scores of the follow-ups, by day; a follow-up without scores is not among them.
    procedures
        Days at which a procedure was, in order.
    """

    day_zero: str
    baseline: CoursePoint | None
    points: tuple[CoursePoint, ...]
    procedures: tuple[int, ...]

    @property
    def is_baseline_late(self) -> bool:
        """Whether the scores "before treatment" were written down after the first procedure's day."""
        return self.baseline is not None and bool(self.procedures) and self.baseline.days > self.procedures[0]


def course(case: Case) -> Course:
    """Return the scores of a case from its baseline to its last follow-up."""
    answer = case.intake.answer_of(ItemKind.SCORES)
    before = answer.scores if answer is not None else None
    baseline_day = answer.at[:10] if answer is not None and before is not None else ""
    scored = sorted((one for one in case.follow_ups if _has_scores(one)), key=lambda one: one.day)
    procedure_days = sorted(one.day for one in case.procedures)
    first_days = [*procedure_days[:1]] or sorted(filter(None, [baseline_day, *(one.day for one in scored)]))[:1]
    if not first_days:
        return Course("", None, (), ())
    zero = first_days[0]
    baseline = None
    if before is not None:
        baseline = CoursePoint(baseline_day, days_between(zero, baseline_day), before)
    points = tuple(
        CoursePoint(one.day, days_between(zero, one.day), one.scores, one.id) for one in scored if one.scores
    )
    return Course(zero, baseline, points, tuple(days_between(zero, day) for day in procedure_days))


def _has_scores(follow_up: FollowUp) -> bool:
    """Whether something was scored; the name of a scale alone is no score."""
    scores = follow_up.scores
    if scores is None:
        return False
    numbers = (scores.average_nrs, scores.worst_nrs, scores.function_score, scores.opioid_mg_per_day)
    return bool(scores.opioid) or any(number is not None for number in numbers)
