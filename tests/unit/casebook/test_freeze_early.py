"""Which presses would end something before its planned time, which second one is meant, and what ended short?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.casebook.freeze_clock import timer_state
from planner.casebook.freeze_early import EarlyEnd, early_end, short_phases, skipped_phases
from planner.domain.procedure import DonePhase
from planner.domain.protocol import Phase
from tests.unit.casebook.freeze_case import FREEZE, START_S, THAW, TWO_FREEZES, at, procedure, s

SHORT = (Phase(FREEZE, 360), Phase(THAW, 300), Phase(FREEZE, 480))


def running(*schedules, extended_s=0.0):
    made = procedure(*(schedules or (TWO_FREEZES,)))
    row = DonePhase(FREEZE, at(0), "", 480.0, planned_number=1, extended_s=extended_s)
    return replace(made, phases=(row,))


@pytest.mark.parametrize(
    ("minutes", "seconds", "left_s"),
    [(0, 7, 473.0), (5, 20, 160.0), (7, 49, 11.0), (7, 50, None), (8, 0, None), (9, 30, None)],
)
def test_a_freeze_of_8_minutes_is_ended_early_until_10_s_before_its_time(minutes, seconds, left_s):
    now_s = s(minutes, seconds)
    found = early_end(timer_state(running(), now_s=now_s).lanes, deed="stop", at_s=now_s)
    assert (None if found is None else found.left_s) == left_s
    assert found is None or found.names == ("Freeze 1 of 2",)


def test_within_an_extension_one_press_is_enough():
    """8:00 planned and 2:00 added: at 8:30 the plan is fulfilled."""
    states = timer_state(running(extended_s=120), now_s=s(8, 30)).lanes
    assert early_end(states, deed="stop", at_s=s(8, 30)) is None


def test_a_phase_that_is_not_planned_ends_by_one_press():
    made = replace(procedure(TWO_FREEZES), phases=(DonePhase(FREEZE, at(0), extended_s=300),))
    assert early_end(timer_state(made, now_s=s(1)).lanes, deed="stop", at_s=s(1)) is None
    without = replace(procedure(), phases=(DonePhase(FREEZE, at(0)),))
    assert early_end(timer_state(without, now_s=s(1)).lanes, deed="stop", at_s=s(1)) is None


def test_of_several_lanes_what_has_most_left_is_told():
    """P1 for 8:00, P2 for 6:00, both begun together: at 2:00 there are 6:00 and 4:00 left."""
    made = procedure(TWO_FREEZES, SHORT)
    rows = tuple(
        DonePhase(FREEZE, at(0), "", planned_s, (label,), planned_number=1)
        for label, planned_s in (("P1", 480.0), ("P2", 360.0))
    )
    made = replace(made, phases=rows)
    found = early_end(timer_state(made, now_s=s(2)).lanes, deed="stop", at_s=s(2))
    assert (found.left_s, len(found.ends)) == (360.0, 2)
    late = early_end(timer_state(made, now_s=s(6, 30)).lanes, deed="stop", at_s=s(6, 30))
    assert (late.left_s, [lane.labels for lane, _ in late.ends]) == (90.0, [("P1",)])


@pytest.mark.parametrize(("after_s", "is_meant"), [(0.1, False), (0.5, False), (0.7, True), (5.9, True), (6.1, False)])
def test_a_second_press_is_meant_between_a_bounce_and_some_seconds(after_s, is_meant):
    first = EarlyEnd("stop", (), ("Freeze",), 100.0, START_S)
    assert first.is_meant_by(replace(first, at_s=START_S + after_s, left_s=100 - after_s)) is is_meant
    assert not first.is_meant_by(replace(first, deed="go on", at_s=START_S + after_s))


def test_short_phases_are_named_with_what_they_lack():
    """7 s of 8:00, a thaw of 3:00 on time, and a second freeze of 8:30."""
    rows = (
        DonePhase(FREEZE, at(0), at(0, 7), 480.0, planned_number=1),
        DonePhase(THAW, at(0, 7), at(3, 7), 180.0, planned_number=2),
        DonePhase(FREEZE, at(3, 7), at(11, 37), 480.0, planned_number=3),
    )
    (state,) = timer_state(replace(procedure(TWO_FREEZES), phases=rows), now_s=s(12)).lanes
    assert [(one.name, one.short_s) for one in short_phases(state)] == [("Freeze 1 of 2", 473.0)]
    assert skipped_phases(state) == ()
    (left_out,) = timer_state(replace(procedure(TWO_FREEZES), phases=rows[::2]), now_s=s(12)).lanes
    assert skipped_phases(left_out) == ("Passive thaw 1 of 2",)
