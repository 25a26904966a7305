"""Is a goal called reached from the scores alone, and recovery judged by no more than was looked at?"""

from __future__ import annotations

import pytest

from planner.casebook.outcome import (
    GoalState,
    RecoveryState,
    expected_recovery,
    follow_up_rows,
    goal_at,
    goal_nrs,
    recovery_seen,
)
from planner.domain.follow_up import Recovered
from planner.domain.intake import Scores
from tests.followed_case import case, follow_up, procedure, target

TREATED = procedure("2026-01-10", target(80.0, 211.0))
BACK, PART, NOT = Recovered.FULLY, Recovered.PARTLY, Recovered.NOT_YET


@pytest.mark.parametrize(
    ("before", "now", "state", "less", "words"),
    [
        (7, 3.5, GoalState.REACHED, 50.0, "average pain 7 → 3.5, 50 % less"),
        (7, 3.6, GoalState.NOT_REACHED, 48.571, "average pain 7 → 3.6, 49 % less (goal 50 %)"),
        (6.6, 3.3, GoalState.REACHED, 50.0, "average pain 6.6 → 3.3, 50 % less"),
        (0.6, 0.3, GoalState.REACHED, 50.0, "average pain 0.6 → 0.3, 50 % less"),
        (9.9, 4.96, GoalState.NOT_REACHED, 49.899, "average pain 9.9 → 4.96, 49.8 % less (goal 50 %)"),
        (6, 5, GoalState.NOT_REACHED, 16.667, "average pain 6 → 5, 17 % less (goal 50 %)"),
        (8, 7, GoalState.NOT_REACHED, 12.5, "average pain 8 → 7, 13 % less (goal 50 %)"),
        (9.9, 9.89, GoalState.NOT_REACHED, 0.101, "average pain 9.9 → 9.89, 0.1 % less (goal 50 %)"),
        (8, 0, GoalState.REACHED, 100.0, "average pain 8 → 0, 100 % less"),
        (4, 4, GoalState.NOT_REACHED, 0.0, "average pain 4 → 4, no change (goal 50 %)"),
        (6, 8, GoalState.NOT_REACHED, -33.333, "average pain 6 → 8, 33 % more (goal 50 %)"),
    ],
)
def test_the_goal_is_half_the_pain_of_before(before, now, state, less, words):
    seen = follow_up("2026-02-21", now)
    goal = goal_at(case(TREATED, follow_ups=(seen,), scores=Scores(before, 10)), seen)
    assert (goal.state, goal.reason) == (state, words)
    assert goal.less_percent == pytest.approx(less, abs=0.001)


def test_without_an_average_the_whole_case_is_judged_by_the_worst_pain():
    seen = follow_up("2026-02-21", 1, worst=4)
    goal = goal_at(case(TREATED, follow_ups=(seen,), scores=Scores(None, 8)), seen)
    assert goal.words == "goal reached: worst pain 8 → 4, 50 % less"
    assert goal_nrs(Scores(None, 8)) == 4.0
    assert goal_nrs(Scores(7, 9)) == 3.5
    assert goal_nrs(None) is goal_nrs(Scores(0, 3)) is goal_nrs(Scores(opioid="none")) is None


@pytest.mark.parametrize(
    ("scores", "now", "reason"),
    [
        (None, 3.0, "no pain score before treatment"),
        (Scores(opioid="none"), 3.0, "no pain score before treatment"),
        (Scores(0, 3), 3.0, "the average pain before treatment is 0"),
        (Scores(7, 9), None, "the average pain was not asked"),
    ],
)
def test_the_goal_is_not_assessed_without_both_scores(scores, now, reason):
    seen = follow_up("2026-02-21", now, worst=4)
    goal = goal_at(case(TREATED, follow_ups=(seen,), scores=scores), seen)
    assert (goal.state, goal.reason, goal.less_percent) == (GoalState.NOT_ASSESSED, reason, None)


def test_the_goal_is_not_assessed_before_a_procedure():
    seen = follow_up("2026-01-05", 1)
    assert goal_at(case(TREATED, follow_ups=(seen,)), seen).words == "NOT ASSESSED: no procedure before that day"


# Day 80 is 31 March, day 90 10 April, day 211 9 August, day 212 10 August 2026.
@pytest.mark.parametrize(
    ("looks", "state"),
    [
        ([("2026-03-30", BACK)], RecoveryState.EARLY),  # day 79
        ([("2026-03-31", BACK)], RecoveryState.NOT_LATER),  # day 80
        ([("2026-03-29", NOT), ("2026-03-31", BACK)], RecoveryState.NOT_LATER),  # day 78: perhaps on day 79
        ([("2026-03-30", NOT), ("2026-03-31", BACK)], RecoveryState.WITHIN),  # day 79, so on day 80
        ([("2026-02-21", NOT), ("2026-08-09", BACK)], RecoveryState.NOT_LATER),  # day 211
        ([("2026-04-10", NOT), ("2026-08-09", BACK)], RecoveryState.WITHIN),
        ([("2026-08-09", PART), ("2026-09-01", BACK)], RecoveryState.LATER),
        ([("2026-04-10", PART), ("2026-09-01", BACK)], RecoveryState.NOT_ASSESSED),  # between day 90 and 234
        ([("2026-09-01", BACK)], RecoveryState.NOT_ASSESSED),  # nobody looked before
        ([("2026-02-21", NOT)], RecoveryState.OPEN),
        ([("2026-04-10", PART)], RecoveryState.WITHIN),
        ([("2026-08-09", PART)], RecoveryState.WITHIN),
        ([("2026-08-10", PART)], RecoveryState.LATER),
        ([("2026-03-30", BACK), ("2026-04-10", PART)], RecoveryState.NOT_ASSESSED),  # a relapse
    ],
)
def test_recovery_is_judged_by_the_looks_around_it(looks, state):
    seen = tuple(follow_up(day, recovered=found) for day, found in looks)
    found = recovery_seen(case(TREATED, follow_ups=seen))
    assert found.state is state, found.words


def test_recovery_names_its_days():
    seen = (follow_up("2026-02-21", recovered=NOT), follow_up("2026-03-31", recovered=BACK))
    whole = case(TREATED, follow_ups=seen)
    assert recovery_seen(whole).words == (
        "not later than expected: full on day 80, expected between day 80 and day 211"
    )
    assert recovery_seen(whole, until=seen[0]).words == (
        "not expected yet: not full on day 42, expected between day 80 and day 211"
    )


def test_recovery_is_not_assessed_without_a_look_or_a_range():
    seen = follow_up("2026-03-31", recovered=BACK)
    bare = procedure("2026-01-10")
    assert recovery_seen(case(bare, follow_ups=(seen,))).words == (
        "NOT ASSESSED: the procedure was recorded without a plan"
    )
    ganglion = procedure("2026-01-10", target(words="A ganglion has no single end organ."))
    assert recovery_seen(case(ganglion, follow_ups=(seen,))).words == (
        "NOT ASSESSED: A ganglion has no single end organ"
    )
    assert recovery_seen(case(TREATED)).words == "NOT ASSESSED: recovery was not asked"
    assert recovery_seen(case(follow_ups=(seen,))).words == "NOT ASSESSED: no procedure before that day"
    assert recovery_seen(case(TREATED, follow_ups=(seen,)), until=follow_up("2026-04-01", 3)).reason == (
        "recovery was not asked"
    )


def test_the_slowest_target_decides():
    both = procedure("2026-01-10", target(20, 50), target(40, 90, name="u"), target(name="g", words="None."))
    expected = expected_recovery(both)
    assert (expected.low_days, expected.high_days) == (40, 90)
    assert expected.words == (
        "expected between day 40 and day 90, by the slowest of 2 targets; 1 of 3 without an estimate"
    )


def test_recovery_after_a_repeat_counts_from_it():
    again = procedure("2027-02-02", target(10, 20), name="p2")
    seen = (follow_up("2026-08-10", recovered=PART), follow_up("2027-02-17", recovered=BACK))
    rows = follow_up_rows(case(TREATED, again, follow_ups=seen))
    assert [(row.days_after, row.recovery.state) for row in rows] == [
        (212, RecoveryState.LATER),
        (15, RecoveryState.NOT_LATER),
    ]


def test_rows_are_named_by_interval_or_day():
    seen = (follow_up("2026-01-05", 6), follow_up("2026-01-17", 5, interval=7), follow_up("2026-01-20", 5))
    rows = follow_up_rows(case(TREATED, follow_ups=seen))
    assert [(row.name, row.days_after) for row in rows] == [
        ("before treatment", None),
        ("1 week", 7),
        ("day 10", 10),
    ]
