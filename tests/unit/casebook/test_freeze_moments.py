"""When does what was predicted come, when presses were late? Counted by hand."""

from __future__ import annotations

from dataclasses import replace

from planner.casebook.freeze_clock import timer_state
from planner.casebook.freeze_moments import coming_moments
from planner.domain.procedure import DonePhase, PlannedMoment
from planner.domain.protocol import Phase
from tests.unit.casebook.freeze_case import FREEZE, START_S, THAW, TWO_FREEZES, at, procedure, s

EARLY, LATE, END = PlannedMoment(380, "lung"), PlannedMoment(1000, "rib"), PlannedMoment(1140, "all")
ALL = (LATE, END, EARLY)


def coming(made, now_s):
    moments = coming_moments(made.planned, timer_state(made, now_s=now_s), now_s=now_s)
    return [(moment.words, moment.in_s) for moment in moments]


def with_rows(*rows):
    return replace(procedure(TWO_FREEZES, moments=ALL), phases=rows)


FIRST = DonePhase(FREEZE, at(0), at(8, 30), 480, planned_number=1)
THAWED = DonePhase(THAW, at(8, 30), at(12), 180, planned_number=2)
SECOND = DonePhase(FREEZE, at(12), "", 480, planned_number=3)


def test_before_the_start_they_are_where_the_plan_has_them() -> None:
    assert coming(with_rows(), START_S) == [("lung", 380), ("rib", 1000), ("all", 1140)]
    assert coming(procedure(), START_S) == []


def test_while_it_runs_they_come_nearer_and_then_are_gone() -> None:
    running = replace(FIRST, ended_at="")
    assert coming(with_rows(running), s(6)) == [("lung", 20), ("rib", 640), ("all", 780)]
    assert coming(with_rows(running), s(6, 21)) == [("rib", 619), ("all", 759)]


def test_a_late_press_moves_what_follows_along() -> None:
    # Freeze 2 was planned at 11:00 and began at 12:00; 1000 s of the plan are 340 s into it.
    assert coming(with_rows(FIRST, THAWED, SECOND), s(12)) == [("rib", 340), ("all", 480)]


def test_an_overrun_puts_off_what_has_not_begun() -> None:
    # 9:00, freeze 1 should have ended at 8:00: thaw 180 s from now, then 340 s.
    running = replace(FIRST, ended_at="")
    assert coming(with_rows(running), s(9)) == [("rib", 180 + 340), ("all", 180 + 480)]


def test_what_a_phase_stopped_before_does_not_come_any_more() -> None:
    stopped = replace(FIRST, ended_at=at(5))
    assert coming(with_rows(stopped), s(6)) == [("rib", 180 + 340), ("all", 180 + 480)]


def test_what_was_left_out_does_not_come_any_more() -> None:
    assert coming(with_rows(FIRST, THAWED, replace(SECOND, ended_at=at(13))), s(14)) == []


def test_a_schedule_of_one_probe_does_not_move_what_was_predicted_for_the_common_one() -> None:
    made = procedure(TWO_FREEZES, (Phase(FREEZE, 300),), moments=ALL)
    rows = (
        DonePhase(FREEZE, at(0), "", 480, ("P1",), planned_number=1),
        DonePhase(FREEZE, at(0), at(2), 300, ("P2",), planned_number=1),
    )
    assert coming(replace(made, phases=rows), s(5)) == [("lung", 80), ("rib", 700), ("all", 840)]
