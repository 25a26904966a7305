"""What stands in the record after a press, and what is refused? Compared with rows written by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.casebook.freeze_clock import lanes_of, timer_state
from planner.casebook.freeze_presses import (
    added,
    boundaries,
    corrected,
    extended,
    moved,
    noted,
    press_to_take_back,
    pressed,
    stopped,
    taken_back,
)
from planner.domain.errors import CaseInvalid
from planner.domain.procedure import DonePhase
from planner.domain.protocol import Phase
from tests.unit.casebook.freeze_case import FREEZE, START_S, THAW, TWO_FREEZES, at, procedure, s

SHORT = (Phase(FREEZE, 360), Phase(THAW, 300), Phase(FREEZE, 480))
ONE = (Phase(FREEZE, 480), Phase(THAW, 180))


def press(made, at_s):
    return pressed(made, timer_state(made, now_s=at_s).pressed, at_s=at_s)


def rows(made):
    return [(row.kind, row.started_at, row.ended_at) for row in made.phases]


def test_presses_on_time_late_and_early_make_rows_without_gaps() -> None:
    made = procedure(TWO_FREEZES)
    for at_s in (START_S, s(8, 4.9), s(11), s(18), s(20)):
        made = press(made, at_s)
    assert rows(made) == [
        (FREEZE, at(0), at(8, 4)),
        (THAW, at(8, 4), at(11)),
        (FREEZE, at(11), at(18)),
        (THAW, at(18), at(20)),
    ]
    assert [row.planned_s for row in made.phases] == [480, 180, 480, 120]
    assert [row.planned_number for row in made.phases] == [1, 2, 3, 4]
    with pytest.raises(CaseInvalid, match="Nothing more is planned"):
        press(made, s(21))


def test_a_stop_begins_nothing_and_the_next_press_goes_on_with_the_plan() -> None:
    made = press(procedure(TWO_FREEZES), START_S)
    made = stopped(made, lanes_of(made.planned), at_s=s(5, 20))
    assert rows(made) == [(FREEZE, at(0), at(5, 20))]
    made = press(made, s(6))
    assert rows(made)[1] == (THAW, at(6), "")
    with pytest.raises(CaseInvalid, match="Nothing runs"):
        stopped(procedure(TWO_FREEZES), lanes_of(None), at_s=s(1))


def test_a_glove_that_bounces_does_not_skip_a_phase() -> None:
    made = press(procedure(TWO_FREEZES), START_S)
    for at_s in (s(0, 0.4), s(0, 1.9)):
        with pytest.raises(CaseInvalid, match="only the first press is taken"):
            press(made, at_s)
    assert rows(press(made, s(0, 2)))[1][0] is THAW


def test_a_bounce_in_one_lane_does_not_go_on_in_the_next_one() -> None:
    made = press(procedure(TWO_FREEZES, SHORT), START_S)
    made = press(made, s(7, 59))
    with pytest.raises(CaseInvalid, match="Pressed twice"):
        press(made, s(8))


def test_a_stop_is_taken_at_once_also_right_after_the_start() -> None:
    made = press(procedure(TWO_FREEZES), START_S)
    made = stopped(made, lanes_of(made.planned), at_s=s(0, 0.3))
    assert rows(made) == [(FREEZE, at(0), at(0, 1))]


def test_a_clock_that_reads_earlier_than_the_record_is_refused_and_said() -> None:
    made = press(procedure(TWO_FREEZES), START_S)
    with pytest.raises(CaseInvalid, match=r"reads 2026-11-23T09:02:11Z, before the last press at 2026-11-23T10:02:11Z"):
        press(made, s(-60))


def test_an_extension_is_kept_beside_the_plan_and_taken_back_to_it_at_most() -> None:
    made = press(procedure(TWO_FREEZES), START_S)
    lanes = lanes_of(made.planned)
    made = extended(extended(made, lanes, by_s=60), lanes, by_s=60)
    assert (made.phases[0].planned_s, made.phases[0].extended_s) == (480, 120)
    assert extended(made, lanes, by_s=-300).phases[0].extended_s == 0
    with pytest.raises(CaseInvalid, match="an hour at most"):
        extended(made, lanes, by_s=3600)
    with pytest.raises(CaseInvalid, match="Nothing runs"):
        extended(procedure(TWO_FREEZES), lanes, by_s=60)


def test_a_second_freeze_is_added_to_a_plan_that_has_one() -> None:
    made = press(press(procedure(ONE), START_S), s(8))
    made = added(made, lanes_of(made.planned), kind=FREEZE, at_s=s(9, 30))
    assert rows(made) == [(FREEZE, at(0), at(8)), (THAW, at(8), at(9, 30)), (FREEZE, at(9, 30), "")]
    assert made.phases[2].planned_number is None
    assert made.phases[2].planned_s is None
    made = press(made, s(15))
    assert rows(made)[2] == (FREEZE, at(9, 30), at(15))
    assert len(made.phases) == 3


def test_probes_with_their_own_schedules_run_side_by_side() -> None:
    made = press(procedure(TWO_FREEZES, SHORT), START_S)
    assert [(row.probe_labels, row.planned_s) for row in made.phases] == [(("P1",), 480), (("P2",), 360)]
    made = press(made, s(6, 3))
    assert [(row.kind, row.probe_labels) for row in made.all_running] == [(FREEZE, ("P1",)), (THAW, ("P2",))]
    made = press(made, s(8))
    made = press(made, s(11))
    assert [(row.kind, row.probe_labels, row.started_at) for row in made.all_running] == [
        (FREEZE, ("P1",), at(11)),
        (FREEZE, ("P2",), at(11)),
    ]


def test_what_runs_for_all_is_split_when_one_lane_goes_on_alone() -> None:
    made = replace(procedure(TWO_FREEZES, SHORT), phases=(DonePhase(FREEZE, at(0)),))
    second = timer_state(made, now_s=s(6)).lanes[1]
    made = pressed(made, (second,), at_s=s(6))
    assert sorted((row.probe_labels, row.ended_at) for row in made.phases) == [
        (("P1",), ""),
        (("P2",), ""),
        (("P2",), at(6)),
    ]


def test_presses_are_taken_back_one_by_one_also_after_the_window_was_closed() -> None:
    first = press(procedure(TWO_FREEZES), START_S)
    second = press(first, s(8))
    third = stopped(second, lanes_of(second.planned), at_s=s(9))
    assert press_to_take_back(third) == "end of passive thaw 1 of 2"
    assert press_to_take_back(second) == "start of passive thaw 1 of 2"
    assert taken_back(third) == second
    assert taken_back(second) == first
    assert taken_back(first).phases == ()
    assert press_to_take_back(procedure(TWO_FREEZES)) == ""
    with pytest.raises(CaseInvalid, match="Nothing was pressed"):
        taken_back(procedure(TWO_FREEZES))


def test_a_start_of_all_lanes_is_one_press() -> None:
    made = press(procedure(TWO_FREEZES, SHORT), START_S)
    assert press_to_take_back(made) == "start of freeze 1 of 2"
    assert taken_back(made).phases == ()


def test_a_late_press_is_corrected_and_the_next_phase_begins_with_it() -> None:
    made = press(press(procedure(TWO_FREEZES), START_S), s(8, 40))
    made = corrected(made, 0, began_s=START_S, ended_s=s(8, 10), now_s=s(9))
    assert rows(made) == [(FREEZE, at(0), at(8, 10)), (THAW, at(8, 10), "")]
    made = corrected(made, 1, began_s=s(8, 20), ended_s=None, now_s=s(9))
    assert rows(made) == [(FREEZE, at(0), at(8, 20)), (THAW, at(8, 20), "")]


@pytest.mark.parametrize(
    ("began_s", "ended_s", "words"),
    [
        (s(9), s(8), "not after its beginning"),
        (s(8), s(8), "not after its beginning"),
        (START_S, s(12), "not after its beginning"),
        (START_S, s(60), "future"),
        (START_S, None, "use the buttons"),
    ],
)
def test_a_correction_that_cannot_be_is_refused_in_words(began_s, ended_s, words) -> None:
    made = press(press(press(procedure(TWO_FREEZES), START_S), s(8)), s(11))
    with pytest.raises(CaseInvalid, match=words):
        corrected(made, 0, began_s=began_s, ended_s=ended_s, now_s=s(13))


def test_a_correction_that_would_overlap_with_a_stopped_phase_is_refused() -> None:
    made = press(procedure(TWO_FREEZES), START_S)
    made = stopped(made, lanes_of(made.planned), at_s=s(5))
    made = press(made, s(6))
    with pytest.raises(CaseInvalid, match="overlap with the passive thaw"):
        corrected(made, 0, began_s=START_S, ended_s=s(7), now_s=s(8))


def test_every_time_of_the_record_can_be_chosen_once_and_a_change_counts_as_one() -> None:
    made = press(press(procedure(TWO_FREEZES), START_S), s(8))
    made = stopped(made, lanes_of(made.planned), at_s=s(10))
    assert [(one.words, one.at_s) for one in boundaries(made)] == [
        ("start of freeze 1 of 2", START_S),
        ("start of passive thaw 1 of 2", s(8)),
        ("end of passive thaw 1 of 2", s(10)),
    ]
    change = boundaries(made)[1]
    later = moved(made, change, to_s=s(8, 5), now_s=s(11))
    assert rows(later) == [(FREEZE, at(0), at(8, 5)), (THAW, at(8, 5), at(10))]
    with pytest.raises(CaseInvalid, match="not in the record any more"):
        moved(later, change, to_s=s(8, 9), now_s=s(11))
    with pytest.raises(CaseInvalid, match="not in the record any more"):
        moved(procedure(TWO_FREEZES), change, to_s=s(8, 9), now_s=s(11))


def test_a_time_of_one_lane_is_told_by_its_probes() -> None:
    made = press(press(procedure(TWO_FREEZES, SHORT), START_S), s(6))
    assert [one.words for one in boundaries(made)] == [
        "P1: start of freeze 1 of 2",
        "P2: start of freeze 1 of 2",
        "P2: start of passive thaw",
    ]


def test_a_moment_is_noted_with_its_time() -> None:
    made = noted(procedure(TWO_FREEZES), "  Patient coughed ", at_s=s(3, 30))
    assert [(moment.at, moment.words) for moment in made.moments] == [(at(3, 30), "Patient coughed")]
    with pytest.raises(CaseInvalid, match="words"):
        noted(made, "   ", at_s=s(4))
