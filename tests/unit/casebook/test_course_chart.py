"""Does the picture of a case hold exactly what was recorded?"""

from __future__ import annotations

import pytest

from planner.casebook.course_chart import course_chart, course_words
from planner.domain.intake import Scores
from tests.followed_case import case, follow_up, long_case, procedure, target

SIZE = (700, 260)
TREATED = procedure("2026-01-10", target(80, 211))


def drawn(*args, **kwargs):
    return course_chart(case(*args, **kwargs), size_px=SIZE)


def pairs(values):
    return [(one.day, one.value) for one in values]


def test_lines_and_bars_hold_what_was_asked_and_nothing_else():
    seen = (
        follow_up("2026-01-17", 5, worst=6, opioid=30),
        follow_up("2026-02-21", worst=4),
        follow_up("2026-03-01"),
        follow_up("2026-04-10", 0, opioid=0),
    )
    chart = drawn(TREATED, follow_ups=seen)
    average, worst = chart.lines
    assert pairs(average.values) == [(None, 7), (7, 5), (90, 0)]
    assert pairs(worst.values) == [(None, 9), (7, 6), (42, 4)]
    assert pairs(chart.bars) == [(None, 60), (7, 30), (90, 0)]
    assert (chart.goal, chart.has_before, chart.events) == ((3.5, "goal 3.5"), True, ((0.0, "procedure"),))


def test_without_a_baseline_there_is_no_goal_and_no_column_for_it():
    chart = drawn(TREATED, follow_ups=(follow_up("2026-01-17", 5),), scores=None)
    assert (chart.goal, chart.has_before, len(chart.lines), chart.bars) == (None, False, 1, ())


def test_a_goal_by_the_worst_pain_says_so():
    assert drawn(TREATED, scores=Scores(None, 8)).goal == (4.0, "goal 4 (worst)")


def test_without_any_score_there_is_no_picture():
    assert drawn(TREATED, scores=None) is None
    assert drawn(TREATED, scores=Scores(opioid="none"), follow_ups=(follow_up("2026-01-17"),)) is None


def test_two_procedures_are_numbered_and_the_first_band_ends_at_the_second():
    chart = drawn(procedure("2026-01-10", target(80, 211)), procedure("2026-06-09", target(80, 211), name="p2"))
    assert chart.events == ((0.0, "procedure 1"), (150.0, "procedure 2"))
    assert [(band.start_day, band.end_day) for band in chart.bands] == [(80, 150), (230, 361)]
    assert chart.x_title == "Days after the first procedure"


def test_a_repeat_before_recovery_could_begin_leaves_no_band_of_the_first():
    chart = drawn(procedure("2026-01-10", target(80, 211)), procedure("2026-03-01", target(80, 211), name="p2"))
    assert [(band.start_day, band.end_day) for band in chart.bands] == [(130, 261)]


@pytest.mark.parametrize(
    ("procedures", "follow_ups", "last"),
    [
        ((), (follow_up("2026-01-12", 5),), 42),  # ten days after the baseline
        ((procedure("2026-01-10"),), (), 42),
        ((TREATED,), (), 211),
        ((TREATED,), (follow_up("2027-01-10", 5),), 365),
        ((procedure("2026-01-10", target(400, 900)),), (), 365),  # never years ahead
    ],
)
def test_the_time_axis_ends_after_what_is_known_and_expected(procedures, follow_ups, last):
    assert drawn(*procedures, follow_ups=follow_ups).last_day == pytest.approx(1.04 * last)


def test_a_follow_up_before_the_procedure_begins_the_axis():
    chart = drawn(TREATED, follow_ups=(follow_up("2026-01-05", 6),))
    assert (chart.first_day, pairs(chart.lines[0].values)) == (-5, [(None, 7), (-5, 6)])


def test_the_words_say_what_is_drawn():
    assert course_words(long_case(1, second=False)) == (
        "Before treatment: average pain 7, worst pain 9, PDI 42, opioid 60 mg a day. "
        "Day 7 (2026-01-17): average pain 6, worst pain 7, PDI 42, opioid 60 mg a day. "
        "Procedure on day 0. Goal: average pain at most 3.5. Full recovery expected between day 80 and day 211."
    )
    assert course_words(case(scores=None)) == "No scores yet."
