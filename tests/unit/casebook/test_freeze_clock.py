"""Is the timer's state what a hand with pencil and watch would write down?"""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from planner.casebook.freeze_clock import Stage, freeze_s, lanes_of, press_words, timer_state
from planner.domain.procedure import DonePhase
from planner.domain.protocol import Phase
from tests.unit.casebook.freeze_case import ACTIVE, FREEZE, START_S, THAW, TWO_FREEZES, at, planned, procedure, s


def done(kind, began, ended="", number=None, planned_s=None, labels=(), **more):
    return DonePhase(kind, began, ended, planned_s, labels, planned_number=number, **more)


FIRST = done(FREEZE, at(0), "", 1, 480)


def test_before_the_first_press_everything_is_ahead() -> None:
    state = timer_state(procedure(TWO_FREEZES), now_s=START_S)
    (lane,) = state.lanes
    assert (lane.stage, lane.elapsed_s, lane.left_s, state.began_s) == (Stage.NOT_BEGUN, None, None, None)
    assert (lane.next_name, lane.next_kind, lane.next_s) == ("Freeze 1 of 2", FREEZE, 480)
    assert press_words(state.pressed, of_all=True) == "Start freeze 1 of 2"
    assert not state.has_begun
    assert not state.is_running


def test_a_running_freeze_counts_up_and_down() -> None:
    state = timer_state(replace(procedure(TWO_FREEZES), phases=(FIRST,)), now_s=s(5, 20))
    (lane,) = state.lanes
    assert (lane.stage, lane.name, lane.elapsed_s, lane.left_s) == (Stage.RUNNING, "Freeze 1 of 2", 320, 160)
    assert lane.ends_at_s == s(8)
    assert not lane.is_over
    assert lane.next_name == "Passive thaw 1 of 2"
    assert press_words(state.pressed, of_all=True) == "Start passive thaw 1 of 2"
    assert state.began_s == START_S


def test_a_phase_runs_over_until_somebody_presses() -> None:
    (lane,) = timer_state(replace(procedure(TWO_FREEZES), phases=(FIRST,)), now_s=s(9, 12)).lanes
    assert (lane.stage, lane.left_s, lane.is_over) == (Stage.RUNNING, -72, True)


def test_at_its_planned_end_a_phase_is_not_over_yet() -> None:
    (lane,) = timer_state(replace(procedure(TWO_FREEZES), phases=(FIRST,)), now_s=s(8)).lanes
    assert (lane.left_s, lane.is_over) == (0, False)


def test_an_extension_moves_the_end_and_keeps_the_plan() -> None:
    row = replace(FIRST, extended_s=60)
    (lane,) = timer_state(replace(procedure(TWO_FREEZES), phases=(row,)), now_s=s(8, 30)).lanes
    assert (lane.target_s, lane.left_s, row.planned_s) == (540, 30, 480)


def test_a_freeze_stopped_early_waits_for_the_next_press() -> None:
    row = replace(FIRST, ended_at=at(5, 20))
    state = timer_state(replace(procedure(TWO_FREEZES), phases=(row,)), now_s=s(7))
    (lane,) = state.lanes
    assert (lane.stage, lane.elapsed_s, lane.left_s) == (Stage.BETWEEN, 320, 160)
    assert lane.ends_at_s == math.inf
    assert not lane.is_over
    assert press_words(state.pressed, of_all=True) == "Start passive thaw 1 of 2"


def test_after_the_last_planned_phase_there_is_nothing_to_press() -> None:
    rows = (
        done(FREEZE, at(0), at(8, 4), 1, 480),
        done(THAW, at(8, 4), at(11), 2, 180),
        done(FREEZE, at(11), at(19, 10), 3, 480),
        done(THAW, at(19, 10), at(21), 4, 120),
    )
    state = timer_state(replace(procedure(TWO_FREEZES), phases=rows), now_s=s(30))
    assert state.lanes[0].stage is Stage.DONE
    assert state.pressed == ()
    # 8:04 and 8:10 of freezing
    assert freeze_s(state.lanes[0], now_s=s(30)) == 484 + 490


def test_the_last_phase_is_only_ended() -> None:
    row = done(THAW, at(0), "", 4, 120)
    state = timer_state(replace(procedure(TWO_FREEZES), phases=(row,)), now_s=s(1))
    assert press_words(state.pressed, of_all=True) == "End passive thaw 2 of 2"


def test_without_a_plan_freeze_and_thaw_alternate() -> None:
    state = timer_state(procedure(), now_s=START_S)
    assert press_words(state.pressed, of_all=True) == "Start freeze 1"
    rows = (done(FREEZE, at(0)),)
    state = timer_state(replace(procedure(), phases=rows), now_s=s(4))
    assert (state.lanes[0].name, state.lanes[0].left_s) == ("Freeze 1", None)
    assert press_words(state.pressed, of_all=True) == "Start passive thaw 1"
    rows = (done(FREEZE, at(0), at(5)), done(THAW, at(5)))
    state = timer_state(replace(procedure(), phases=rows), now_s=s(6))
    assert press_words(state.pressed, of_all=True) == "Start freeze 2"


def test_an_added_freeze_is_named_extra_and_the_plan_goes_on_behind_it() -> None:
    rows = (done(FREEZE, at(0), at(8), 1, 480), done(FREEZE, at(8, 30)))
    (lane,) = timer_state(replace(procedure(TWO_FREEZES), phases=rows), now_s=s(9)).lanes
    assert (lane.name, lane.target_s, lane.next_name) == ("Extra freeze", None, "Passive thaw 1 of 2")


def test_a_hold_is_named_as_consoles_name_it() -> None:
    phases = (Phase(FREEZE, 300), Phase(FREEZE, 300, 0.6), Phase(ACTIVE, 60))
    (lane,) = lanes_of(planned(phases))
    assert [lane.name_of(n) for n in (1, 2, 3)] == ["Freeze", "Hold 60 %", "Active thaw"]


SHORT = (Phase(FREEZE, 360), Phase(THAW, 300), Phase(FREEZE, 480), Phase(THAW, 120))
LATE = (Phase(THAW, 120), Phase(FREEZE, 360))


def test_probes_with_one_schedule_share_a_lane_and_others_have_their_own() -> None:
    assert [lane.labels for lane in lanes_of(planned(TWO_FREEZES, TWO_FREEZES))] == [()]
    lanes = lanes_of(planned(TWO_FREEZES, SHORT, TWO_FREEZES))
    assert [lane.labels for lane in lanes] == [("P1", "P3"), ("P2",)]


def test_the_press_is_for_the_lane_that_is_due_first() -> None:
    rows = (done(FREEZE, at(0), "", 1, 480, ("P1",)), done(FREEZE, at(0), "", 1, 360, ("P2",)))
    made = replace(procedure(TWO_FREEZES, SHORT), phases=rows)
    state = timer_state(made, now_s=s(6, 5))
    assert [lane.left_s for lane in state.lanes] == [115, -5]
    assert press_words(state.pressed, of_all=False) == "P2: start passive thaw 1 of 2"


def test_lanes_that_the_plan_changes_together_are_pressed_together_also_after_a_late_press() -> None:
    # P1 thaws from 8:04, P2 from 6:10: due at 11:04 and 11:10, but the plan begins both second freezes at 11:00.
    rows = (
        done(FREEZE, at(0), at(6, 10), 1, 360, ("P2",)),
        done(FREEZE, at(0), at(8, 4), 1, 480, ("P1",)),
        done(THAW, at(6, 10), "", 2, 300, ("P2",)),
        done(THAW, at(8, 4), "", 2, 180, ("P1",)),
    )
    state = timer_state(replace(procedure(TWO_FREEZES, SHORT), phases=rows), now_s=s(11))
    assert [lane.left_s for lane in state.lanes] == [4, 10]
    assert press_words(state.pressed, of_all=True) == "Start freeze 2 of 2"


def test_a_planned_wait_is_no_thaw_and_begins_with_the_others() -> None:
    made = procedure(TWO_FREEZES, LATE)
    state = timer_state(made, now_s=START_S)
    assert press_words(state.pressed, of_all=False) == "P1: start freeze 1 of 2"
    rows = (done(FREEZE, at(0), "", 1, 480, ("P1",)),)
    state = timer_state(replace(made, phases=rows), now_s=s(1, 30))
    wait = state.lanes[1]
    assert (wait.stage, wait.name, wait.elapsed_s, wait.left_s) == (Stage.WAITING, "Wait", 90, 30)
    assert press_words(state.pressed, of_all=False) == "P2: start freeze"


def test_a_stopped_lane_does_not_stand_in_the_way_of_those_that_run() -> None:
    rows = (done(FREEZE, at(0), at(2), 1, 360, ("P2",)), done(FREEZE, at(0), "", 1, 480, ("P1",)))
    state = timer_state(replace(procedure(TWO_FREEZES, SHORT), phases=rows), now_s=s(3))
    assert press_words(state.pressed, of_all=False) == "P1: start passive thaw 1 of 2"


def test_probes_that_are_not_begun_after_all_do_not_keep_the_large_button() -> None:
    rows = (done(FREEZE, at(0), "", 1, 480, ("P1",)),)
    made = replace(procedure(TWO_FREEZES, LATE), phases=rows)
    assert press_words(timer_state(made, now_s=s(8)).pressed, of_all=False) == "P2: start freeze"
    assert press_words(timer_state(made, now_s=s(8, 1)).pressed, of_all=False) == "P1: start passive thaw 1 of 2"


@pytest.mark.parametrize("hours", [1, 9])
def test_a_clock_that_was_set_back_while_the_window_was_closed_never_counts_below_nothing(hours: int) -> None:
    (lane,) = timer_state(replace(procedure(TWO_FREEZES), phases=(FIRST,)), now_s=s(-60 * hours)).lanes
    assert (lane.elapsed_s, lane.left_s) == (0, 480)


def test_rows_typed_in_the_record_are_followed_whatever_their_probes_are_called() -> None:
    rows = (done(FREEZE, at(0), at(8), labels=("left probe",)),)
    (lane,) = timer_state(replace(procedure(TWO_FREEZES), phases=rows), now_s=s(9)).lanes
    assert (lane.stage, lane.name) == (Stage.BETWEEN, "Extra freeze")
