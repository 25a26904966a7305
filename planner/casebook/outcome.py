"""Was the goal reached, and did recovery keep to what was expected? Judged from the records alone, or NOT ASSESSED.

The goal is the intake's: pain at least half less than before treatment (SEED), by the average pain; where the baseline
holds the worst pain only, by that, for the whole case. Recovery is known no nearer than the looks at the patient: it
came after the last look without it and by the first look with it, and only what follows from that is said.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from planner.casebook.course import days_between, follow_ups_after, interval_words, procedure_before
from planner.casebook.follow_up_gaps import not_asked
from planner.domain.follow_up import Recovered
from planner.persistence.follow_up_table import follow_up_rules

if TYPE_CHECKING:
    from planner.domain.case import Case
    from planner.domain.follow_up import FollowUp
    from planner.domain.intake import Scores
    from planner.domain.procedure import Procedure

NOT_ASSESSED = "NOT ASSESSED"


class PainMeasure(StrEnum):
    """Which pain the goal is judged by."""

    AVERAGE = "average pain"
    WORST = "worst pain"

    def of(self, scores: Scores) -> float | None:
        """Return this pain on the numeric rating scale; None when it was not asked."""
        return scores.average_nrs if self is PainMeasure.AVERAGE else scores.worst_nrs


class GoalState(StrEnum):
    """How a day stands to the goal."""

    REACHED = "goal reached"
    NOT_REACHED = "goal not reached"
    NOT_ASSESSED = NOT_ASSESSED


@dataclass(frozen=True, slots=True)
class Goal:
    """The goal on one day.

    ``less_percent`` is how much less pain than at baseline, negative when it is more; ``change`` says it in whole %.
    """

    state: GoalState
    reason: str
    less_percent: float | None = None
    change: str = ""

    @property
    def words(self) -> str:
        """State and reason: ``"goal reached: average pain 7 → 3, 57 % less"``."""
        return f"{self.state.value}: {self.reason}"


class RecoveryState(StrEnum):
    """How recovery stands to the expected range."""

    EARLY = "earlier than expected"
    WITHIN = "within the expected range"
    NOT_LATER = "not later than expected"
    """Full at the first look in the range: it may have been before, when nobody looked."""
    LATER = "later than expected"
    OPEN = "not expected yet"
    NOT_ASSESSED = NOT_ASSESSED


@dataclass(frozen=True, slots=True)
class ExpectedRecovery:
    """Days after a procedure between which full recovery is expected; both None without an estimate, and why."""

    low_days: float | None
    high_days: float | None
    words: str


@dataclass(frozen=True, slots=True)
class RecoverySeen:
    """Recovery after one procedure as far as it was looked at."""

    state: RecoveryState
    reason: str

    @property
    def words(self) -> str:
        """State and reason."""
        return f"{self.state.value}: {self.reason}"


@dataclass(frozen=True, slots=True)
class FollowUpRow:
    """One follow-up with what it amounts to, and in ``gaps`` what it did not ask.

    ``days_after`` its procedure; None for one before any procedure.
    """

    follow_up: FollowUp
    days_after: int | None
    goal: Goal
    recovery: RecoverySeen
    gaps: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The interval it answers, or the days after the procedure."""
        if self.follow_up.interval_days is not None:
            return interval_words(self.follow_up.interval_days)
        return "before treatment" if self.days_after is None else f"day {self.days_after}"


def follow_up_rows(case: Case) -> tuple[FollowUpRow, ...]:
    """Return every follow-up with its goal and recovery, by day."""
    rows = []
    for one in sorted(case.follow_ups, key=lambda item: item.day):
        procedure = procedure_before(case, one.day)
        days_after = None if procedure is None else days_between(procedure.day, one.day)
        goal, recovery = goal_at(case, one), recovery_seen(case, until=one)
        rows.append(FollowUpRow(one, days_after, goal, recovery, not_asked(case, one)))
    return tuple(rows)


# --- goal ------------------------------------------------------------------------------------------------------------


def goal_measure(baseline: Scores | None) -> PainMeasure | None:
    """Return the pain by which a case is judged: the average, else the worst, as its baseline holds it."""
    if baseline is None:
        return None
    return next((measure for measure in PainMeasure if measure.of(baseline) is not None), None)


def goal_nrs(baseline: Scores | None) -> float | None:
    """Return the pain at or below which the goal is reached; None where it cannot be judged."""
    measure = goal_measure(baseline)
    before = None if baseline is None or measure is None else measure.of(baseline)
    return before * (100 - follow_up_rules().goal) / 100 if before else None


def goal_at(case: Case, follow_up: FollowUp) -> Goal:
    """Return whether the goal was reached on the day of a follow-up, from its scores and the baseline's."""
    baseline = case.intake.baseline
    measure = goal_measure(baseline)
    if baseline is None or measure is None:
        return Goal(GoalState.NOT_ASSESSED, "no pain score before treatment")
    if procedure_before(case, follow_up.day) is None:
        return Goal(GoalState.NOT_ASSESSED, "no procedure before that day")
    before, now = measure.of(baseline) or 0.0, None if follow_up.scores is None else measure.of(follow_up.scores)
    if before == 0:
        return Goal(GoalState.NOT_ASSESSED, f"the {measure.value} before treatment is 0")
    if now is None:
        return Goal(GoalState.NOT_ASSESSED, f"the {measure.value} was not asked")
    asked = follow_up_rules().goal
    # As a product, not a share: 3.3 of 6.6 is half of it to the last bit.
    is_reached = 100 * now <= (100 - asked) * before
    less = 100 * (before - now) / before
    change = _change_words(less, is_reached=is_reached)
    reason = f"{measure.value} {before:g} → {now:g}, {change}"
    if not is_reached:
        reason += f" (goal {asked:g} %)"
    return Goal(GoalState.REACHED if is_reached else GoalState.NOT_REACHED, reason, less, change)


def _change_words(less_percent: float, *, is_reached: bool) -> str:
    """Write a change in whole %; with a decimal where a whole number would seem to reach the goal, or to be none."""
    if less_percent == 0:
        return "no change"
    size = abs(less_percent)
    shown = float(math.floor(size + 0.5))
    seems_reached = less_percent > 0 and not is_reached and shown >= follow_up_rules().goal
    if seems_reached or shown == 0:
        shown = max(0.1, math.floor(10 * size) / 10)
    return f"{shown:g} % {'less' if less_percent > 0 else 'more'}"


# --- recovery --------------------------------------------------------------------------------------------------------


def expected_recovery(procedure: Procedure) -> ExpectedRecovery:
    """Return when full recovery is expected after a procedure: the slowest of its targets decides."""
    if procedure.planned is None:
        return ExpectedRecovery(None, None, "the procedure was recorded without a plan")
    targets = procedure.planned.targets
    told = [one for one in targets if one.recovery_low_days is not None and one.recovery_high_days is not None]
    if not told:
        why = next((one.recovery_words for one in targets if one.recovery_words), "the plan holds no estimate")
        return ExpectedRecovery(None, None, why.rstrip("."))
    low = max(one.recovery_low_days or 0.0 for one in told)
    high = max(one.recovery_high_days or 0.0 for one in told)
    words = f"expected between day {low:.0f} and day {high:.0f}"
    if len(targets) > 1:
        words += f", by the slowest of {len(told)} targets"
    if len(told) < len(targets):
        words += f"; {len(targets) - len(told)} of {len(targets)} without an estimate"
    return ExpectedRecovery(low, high, words)


def recovery_seen(case: Case, *, until: FollowUp | None = None) -> RecoverySeen:
    """Return how recovery stands after a procedure: up to one follow-up of it, or after the last one as it is now."""
    procedure = _procedure_of(case, until)
    if procedure is None:
        return RecoverySeen(RecoveryState.NOT_ASSESSED, "no procedure before that day")
    looks = [one for one in follow_ups_after(case, procedure.id) if until is None or one.day <= until.day]
    asked = [(days_between(procedure.day, one.day), one.recovered) for one in looks if one.recovered is not None]
    if not asked or (until is not None and until.recovered is None):
        return RecoverySeen(RecoveryState.NOT_ASSESSED, "recovery was not asked")
    expected = expected_recovery(procedure)
    without = max((day for day, found in asked if found is not Recovered.FULLY), default=-1)
    full = [day for day, found in asked if found is Recovered.FULLY]
    if full and min(full) < without:
        reason = f"full on day {min(full)}, not full again on day {without}"
        return RecoverySeen(RecoveryState.NOT_ASSESSED, reason)
    if expected.low_days is None or expected.high_days is None:
        return RecoverySeen(RecoveryState.NOT_ASSESSED, expected.words)
    return _judged(without, min(full, default=None), expected)


def _procedure_of(case: Case, follow_up: FollowUp | None) -> Procedure | None:
    if follow_up is not None:
        return procedure_before(case, follow_up.day)
    return max(case.procedures, key=lambda one: one.day, default=None)


def _judged(without_day: int, full_day: int | None, expected: ExpectedRecovery) -> RecoverySeen:
    """Say what follows from the last look without full recovery and the first one with it."""
    low, high = expected.low_days or 0.0, expected.high_days or 0.0
    if full_day is None:
        state = RecoveryState.OPEN if without_day < low else RecoveryState.WITHIN
        if without_day > high:
            state = RecoveryState.LATER
        return RecoverySeen(state, f"not full on day {without_day}, {expected.words}")
    seen = f"full on day {full_day}, {expected.words}"
    if full_day < low:
        return RecoverySeen(RecoveryState.EARLY, seen)
    if full_day <= high:
        return RecoverySeen(RecoveryState.WITHIN if without_day + 1 >= low else RecoveryState.NOT_LATER, seen)
    if without_day >= high:
        return RecoverySeen(RecoveryState.LATER, seen)
    reason = f"full on day {full_day}, last look before it on day {without_day}, {expected.words}"
    return RecoverySeen(RecoveryState.NOT_ASSESSED, reason)
