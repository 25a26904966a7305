"""Is a planned freeze ended before its time only by a second press, and is what ended short said as such?"""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from planner.domain.procedure import PlannedMoment
from planner.domain.protocol import Phase
from tests.ui.timer_bench import TimerBench
from tests.unit.casebook.freeze_case import FREEZE, THAW, TWO_FREEZES, at

ONE = (Phase(FREEZE, 480),)
SHORT = (Phase(FREEZE, 360), Phase(THAW, 300), Phase(FREEZE, 480))


@pytest.fixture
def timer_of(app, no_leaks, tmp_path):
    del app, no_leaks
    made = []

    def make(*schedules, **facts):
        made.append(TimerBench(tmp_path, *schedules, **facts))
        return made[0]

    yield make
    for timer in made:
        timer.close()


@pytest.fixture
def timer(timer_of):
    return timer_of(TWO_FREEZES)


def test_one_tap_long_before_its_time_does_not_end_a_freeze_and_says_so(timer):
    stop = timer.page.keys.stop
    timer.click(timer.page.keys.primary)
    timer.passes(0, 7)
    timer.click(stop)
    assert timer.kept_rows() == [(FREEZE, at(0), "")]
    assert stop.is_asking
    assert stop.words == ("Press again", "7:53 early")
    assert timer.page.said.text().startswith("Freeze 1 of 2: 7:53 of the plan to go. Press again to end it now")
    timer.passes(0, 7)
    assert not stop.is_asking
    assert stop.words[0] == "Stop"
    assert timer.page.said.text() == ""
    assert timer.kept_rows() == [(FREEZE, at(0), "")]


def test_the_second_press_ends_it_at_the_time_of_the_first_and_undo_takes_it_back(timer):
    timer.click(timer.page.keys.primary)
    timer.passes(5)
    timer.click(timer.page.keys.stop)
    timer.passes(0, 3)
    timer.click(timer.page.keys.stop)
    assert timer.kept_rows() == [(FREEZE, at(0), at(5))]
    timer.click(timer.page.keys.undo)
    assert timer.kept_rows() == [(FREEZE, at(0), "")]


def test_a_glove_that_bounces_is_no_second_press_and_does_not_put_it_off(timer):
    timer.click(timer.page.keys.primary)
    timer.passes(5)
    primary = timer.page.keys.primary
    timer.click(primary)
    timer.clock.pass_s(0.3)
    timer.click(primary)
    assert (timer.kept_rows(), primary.is_asking) == ([(FREEZE, at(0), "")], True)
    timer.clock.pass_s(0.5)
    timer.click(primary)
    assert timer.kept_rows() == [(FREEZE, at(0), at(5)), (THAW, at(5), "")]


def test_another_button_between_is_no_second_press(timer):
    timer.click(timer.page.keys.primary)
    timer.passes(5)
    timer.click(timer.page.keys.stop)
    timer.clock.pass_s(1)
    timer.key(Qt.Key.Key_Space)
    assert timer.page.keys.primary.is_asking
    assert not timer.page.keys.stop.is_asking
    assert timer.kept_rows() == [(FREEZE, at(0), "")]
    timer.clock.pass_s(1)
    timer.click(timer.page.keys.extend)
    assert not timer.page.keys.primary.is_asking
    assert timer.kept().phases[0].extended_s == 60


def test_escape_gives_the_press_up_and_stays(timer):
    left = []
    timer.page.back_asked.connect(lambda: left.append(True))
    timer.click(timer.page.keys.primary)
    timer.passes(5)
    timer.key(Qt.Key.Key_S)
    timer.key(Qt.Key.Key_Escape)
    assert (left, timer.page.keys.stop.is_asking) == ([], False)
    timer.clock.pass_s(1)
    timer.key(Qt.Key.Key_S)
    assert timer.kept_rows() == [(FREEZE, at(0), "")]


@pytest.mark.parametrize("seconds", [-10, 0, 30])
def test_on_time_and_late_one_press_is_enough(timer, seconds):
    timer.click(timer.page.keys.primary)
    timer.passes(8, seconds)
    timer.click(timer.page.keys.primary)
    assert timer.kept_rows() == [(FREEZE, at(0), at(8, seconds)), (THAW, at(8, seconds), "")]


def test_a_lane_of_several_asks_at_its_own_button(timer_of):
    timer = timer_of(TWO_FREEZES, SHORT)
    timer.click(timer.page.keys.primary)
    timer.passes(2)
    first, second = timer.page.faces.lanes
    timer.click(second.stop)
    assert (second.stop.is_asking, first.stop.is_asking, timer.page.keys.stop.is_asking) == (True, False, False)
    assert second.stop.words[1] == "4:00 early"
    assert timer.page.said.text().startswith("P2: freeze 1 of 2: 4:00 of the plan to go.")
    timer.clock.pass_s(1)
    timer.click(second.stop)
    assert [(row.probe_labels, row.ended_at) for row in timer.kept().phases] == [(("P1",), ""), (("P2",), at(2))]


def test_a_freeze_that_ended_short_is_said_and_not_called_done(timer_of):
    """7 s of 8:00: 7:53 are missing."""
    timer = timer_of(ONE)
    timer.click(timer.page.keys.primary)
    timer.passes(0, 7)
    timer.click_twice(timer.page.keys.primary)
    assert timer.words.name == "Freeze ended 7:53 short of plan"
    assert [(one.caption, one.text, one.tone) for one in timer.words.figures] == [
        ("FROZEN IN ALL", "0:07", "check"),
        ("PLANNED", "8:00", "text_2"),
    ]
    assert timer.page.keys.primary.words == ("Done", "Nothing more is planned")


def test_an_extension_stays_in_sight_and_is_not_taken_for_the_plan(timer_of):
    """8:00 planned, 1:00 added, ended at 8:30: 0:30 longer than planned, nothing short."""
    timer = timer_of(TWO_FREEZES)
    timer.click(timer.page.keys.primary)
    timer.passes(8)
    timer.click(timer.page.keys.extend)
    timer.passes(0, 30)
    timer.click(timer.page.keys.stop)
    shown = [(one.caption, one.text) for one in timer.words.figures]
    assert shown == [("LASTED", "8:30"), ("LONGER THAN PLAN", "+0:30")]
    assert timer.words.line.startswith("Of 8:00 extended by 1:00")
    for minutes in (3, 8, 2):
        timer.passes(0, 5)
        timer.click(timer.page.keys.primary)
        timer.passes(minutes)
        timer.click(timer.page.keys.stop)
    assert timer.words.name == "Every planned phase is done"
    assert timer.words.line == "2 freezes · freeze 1 of 2 extended by 1:00"


def test_keys_stand_on_their_buttons(timer):
    keys = timer.page.keys
    shown = [each.key_words for each in (keys.primary, keys.stop, keys.extend, keys.undo)]
    assert shown == ["Space", "S", "E", "Ctrl+Z"]
    assert (timer.page.others.back.key_words, timer.page.others.mark.key_words) == ("Esc", "M")
    assert keys.stop.toolTip().endswith("(S)")


def test_without_a_prediction_it_is_said_what_to_do(timer_of):
    timer = timer_of(TWO_FREEZES)
    assert "predict it in the step Freeze, and begin a new record" in timer.page.side.caveat.text()


def test_without_a_plan_it_is_said_what_to_do(timer_of):
    timer = timer_of()
    assert "Begin a record from a plan of the case" in timer.page.side.caveat.text()


def test_a_record_of_another_day_is_said_before_the_first_press(timer_of):
    timer = timer_of(TWO_FREEZES, moments=(PlannedMoment(380, "ice within 3 mm of lung"),))
    timer.passes(60 * 24 * 3)
    assert timer.page.said.text().startswith("This record is of 2026-11-23, today is 2026-11-26.")
    timer.click(timer.page.keys.primary)
    assert timer.page.said.text() == "Freeze and thaw are of 2026-11-26, the record is of 2026-11-23."
