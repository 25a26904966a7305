"""Does a clock that was set, or a night's sleep, falsify a freeze? Two clocks that the test moves by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.casebook.record_time import RecordTime, jumped_s, seconds_of, stamp
from planner.domain.errors import CaseInvalid
from planner.domain.procedure import DonePhase, NotedMoment
from tests.unit.casebook.freeze_case import FREEZE, START_S, TWO_FREEZES, HandClock, at, procedure


def test_time_goes_on_by_the_steady_clock_when_the_other_is_set() -> None:
    clock = HandClock()
    time = RecordTime(clock)
    clock.pass_s(60)
    clock.wall += 3600
    assert time.now_s() == START_S + 60
    assert time.take_jump_s() == 3600
    assert time.take_jump_s() == 0
    clock.wall -= 3600
    clock.pass_s(10)
    assert (time.now_s(), time.take_jump_s()) == (START_S + 70, -3600)


def test_sleep_is_no_jump_and_counts() -> None:
    clock = HandClock()
    time = RecordTime(clock)
    clock.pass_s(8 * 3600)
    assert (time.now_s(), time.take_jump_s()) == (START_S + 8 * 3600, 0)


@pytest.mark.parametrize("drift_s", [-2.9, 0.9, 2.9])
def test_a_clock_that_is_nudged_by_less_than_3_s_is_no_jump(drift_s: float) -> None:
    clock = HandClock()
    time = RecordTime(clock)
    clock.wall += drift_s
    assert time.take_jump_s() == 0


def test_a_freeze_that_goes_on_after_the_window_was_closed_keeps_its_axis() -> None:
    jump = NotedMoment(at(3), "The computer's clock was set.", 3600.0)
    before = NotedMoment("2026-11-23T09:00:00Z", "The computer's clock was set.", 60.0)
    running = replace(procedure(TWO_FREEZES), phases=(DonePhase(FREEZE, at(0)),), moments=(before, jump))
    assert jumped_s(running) == 3600
    clock = HandClock()
    clock.wall = START_S + 240 + 3600
    time = RecordTime(clock, jumped_s=jumped_s(running))
    assert (time.now_s(), time.take_jump_s()) == (START_S + 240, 0)
    assert jumped_s(replace(running, phases=())) == 0


def test_stamps_are_whole_seconds_of_utc_and_read_back() -> None:
    assert stamp(START_S + 0.99) == "2026-11-23T10:02:11Z"
    assert seconds_of("2026-11-23T10:02:11Z") == START_S
    assert seconds_of("2026-11-23T11:02:11+01:00") == START_S
    assert seconds_of("2026-11-23T10:02:11") == START_S
    with pytest.raises(CaseInvalid, match="2026-11-23T10:02:11Z"):
        seconds_of("ten past two")
