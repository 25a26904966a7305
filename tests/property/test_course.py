"""Do due days and recovery agree with a plain walk over the calendar, whatever was recorded when?"""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from planner.casebook.course import DueState, due_dates, reminders
from planner.casebook.outcome import GoalState, RecoveryState, goal_at, recovery_seen
from planner.domain.follow_up import Recovered
from planner.domain.intake import Scores
from tests.followed_case import case, follow_up, procedure, target

START = date(2026, 1, 10)
days = st.integers(0, 500)
intervals = st.sets(st.integers(1, 400), min_size=1, max_size=6).map(lambda found: tuple(sorted(found)))


def iso(days_after):
    """The day so many days after the procedure."""
    return (START + timedelta(days=days_after)).isoformat()


@given(chosen=intervals, done=st.sets(st.integers(0, 5)), today=days)
@settings(max_examples=150, deadline=None)
def test_a_walk_from_day_to_day_finds_the_same_states(chosen, done, today):
    answered = [chosen[at] for at in done if at < len(chosen)]
    seen = tuple(follow_up(iso(interval), 3, interval=interval) for interval in answered)
    made = case(procedure(iso(0)), follow_ups=seen, intervals_days=chosen)
    for due in due_dates(made, today=iso(today)):
        later = [interval for interval in chosen if interval > due.interval_days]
        # Walked on a calendar: the day itself, and how many days it lies back.
        walked = START
        for _ in range(due.interval_days):
            walked += timedelta(days=1)
        assert due.day == walked.isoformat()
        if due.interval_days in answered:
            expected = DueState.DONE
        elif any(interval in answered or interval <= today for interval in later):
            expected = DueState.MISSED
        elif today < due.interval_days:
            expected = DueState.LATER
        else:
            expected = DueState.OVERDUE if today - due.interval_days > 7 else DueState.DUE
        assert due.state is expected
    assert len(reminders((made,), iso(today))) <= 1  # of one case at most one waits


@given(
    low=st.integers(1, 300),
    width=st.integers(1, 300),
    recovered_on=days,
    looks=st.lists(days, min_size=1, max_size=6, unique=True),
)
@settings(max_examples=200, deadline=None)
def test_what_is_said_of_recovery_is_true_of_the_day_nobody_saw(low, width, recovered_on, looks):
    high = low + width
    seen = tuple(
        follow_up(iso(day), recovered=Recovered.FULLY if day >= recovered_on else Recovered.PARTLY) for day in looks
    )
    state = recovery_seen(case(procedure(iso(0), target(float(low), float(high))), follow_ups=seen)).state
    if state is RecoveryState.EARLY:
        assert recovered_on < low
    elif state is RecoveryState.LATER:
        assert recovered_on > high
    elif state is RecoveryState.OPEN:
        assert max(looks) < recovered_on
        assert max(looks) < low
    elif state is RecoveryState.WITHIN:
        # On a day of the range, or still to come with the range not over at the last look.
        assert low <= recovered_on <= high or (low <= max(looks) <= high and recovered_on > max(looks))
    elif state is RecoveryState.NOT_LATER:
        assert recovered_on <= high
        assert min(day for day in looks if day >= recovered_on) >= low
    else:
        assert state is RecoveryState.NOT_ASSESSED
        assert any(day > high for day in looks)


@given(before=st.integers(1, 100), now=st.integers(0, 100))
def test_the_goal_is_reached_exactly_at_half_in_tenths(before, now):
    seen = follow_up(iso(42), now / 10)
    goal = goal_at(case(procedure(iso(0)), follow_ups=(seen,), scores=Scores(before / 10, 10)), seen)
    assert (goal.state is GoalState.REACHED) == (2 * now <= before)  # whole tenths: no rounding
