"""Does the picture of a course put every value where the axes say, and is each line told apart without its colour?"""

from __future__ import annotations

from xml.etree import ElementTree as ET

import numpy as np
import pytest

from planner.rendering.course_scene import (
    PAPER_INK,
    CourseBand,
    CourseChart,
    CourseFrame,
    CourseLine,
    CourseValue,
    course_marks,
)
from planner.rendering.primitives import Align, Label, Marker, Path, Shape, text_width_px
from planner.rendering.svg import drawing_svg

SIZE = (700, 260)
LINES = (
    CourseLine("average pain", (CourseValue(None, 7), CourseValue(0, 6), CourseValue(100, 2))),
    CourseLine("worst pain", (CourseValue(None, 9), CourseValue(50, 10)), is_strong=False),
)


def chart(**changes):
    """A course of 100 days with both lines, a goal, a band, two events and bars."""
    given = {
        "size_px": SIZE,
        "first_day": 0.0,
        "last_day": 100.0,
        "has_before": True,
        "high": 10.0,
        "unit": "pain, NRS",
        "x_title": "Days after the first procedure",
        "lines": LINES,
        "goal": (3.5, "goal 3.5"),
        "bands": (CourseBand(40, 80, "recovery expected"),),
        "events": ((0.0, "procedure 1"), (60.0, "procedure 2")),
        "bars": (CourseValue(None, 60), CourseValue(50, 30), CourseValue(100, 0)),
        "bars_title": "opioid, mg/day",
    }
    return CourseChart(**(given | changes))


def named(marks, kind, name):
    return [mark for mark in marks if isinstance(mark, kind) and mark.name == name]


def test_days_and_values_lie_where_the_axes_say():
    # By hand: 40 px of axis, 64 before treatment, 190 of names; 40 above, 34 of days and 52 of bars below.
    frame = CourseFrame(chart())
    assert (frame.x(None), frame.x(0), frame.x(100), frame.x(50)) == (72, 104, 510, 307)
    assert (frame.y(10), frame.y(0), frame.y(5)) == (40, 174, 107)
    assert (frame.bar_top(60), frame.bar_top(30), frame.bar_top(0)) == (198, 212, 226)


def test_points_stand_on_their_line():
    marks = course_marks(chart())
    (line,) = named(marks, Path, "average pain")
    assert np.allclose(line.lines[0], [(72, 80.2), (104, 93.6), (510, 147.2)])
    points = [mark.centre_px for mark in named(marks, Marker, "average pain")][:3]
    assert np.allclose(points, line.lines[0])


def test_the_goal_and_the_band_lie_at_their_values():
    marks = course_marks(chart())
    (goal,) = named(marks, Path, "goal")
    assert np.allclose(goal.lines[0], [(40, 127.1), (510, 127.1)])
    (band,) = named(marks, Path, "recovery expected")
    assert (band.lines[0][:, 0].min(), band.lines[0][:, 0].max()) == pytest.approx((266.4, 428.8))


def test_a_band_that_ends_after_the_axis_is_cut_there():
    marks = course_marks(chart(bands=(CourseBand(50, 400, "recovery expected"), CourseBand(120, 400, "later"))))
    assert named(marks, Path, "recovery expected")[0].lines[0][:, 0].max() == 510
    assert not named(marks, Path, "later")


def test_lines_differ_in_dash_and_in_the_shape_and_fill_of_their_points():
    marks = course_marks(chart())
    strong, other = named(marks, Path, "average pain")[0], named(marks, Path, "worst pain")[0]
    (goal,) = named(marks, Path, "goal")
    assert len({strong.pen.dash_px, other.pen.dash_px, goal.pen.dash_px}) == 3
    one, two = named(marks, Marker, "average pain")[0], named(marks, Marker, "worst pain")[0]
    assert (one.shape, two.shape) == (Shape.CIRCLE, Shape.SQUARE)
    assert (one.fill, two.fill) == (PAPER_INK.text_1, PAPER_INK.paper)


def test_one_value_has_a_point_and_no_line():
    marks = course_marks(chart(lines=(CourseLine("average pain", (CourseValue(20, 4),)),), goal=None))
    assert not named(marks, Path, "average pain")
    assert named(marks, Marker, "average pain")[0].centre_px == pytest.approx((185.2, 120.4))


def test_names_at_the_right_carry_the_last_value_and_stand_apart():
    marks = course_marks(chart(lines=(LINES[0], CourseLine("worst pain", (CourseValue(50, 2.1),), is_strong=False))))
    labels = {mark.text: mark.anchor_px[1] for mark in marks if isinstance(mark, Label) and mark.anchor_px[0] > 515}
    assert list(labels) == ["average pain 2", "worst pain 2.1", "goal 3.5", "opioid, mg/day"]
    heights = sorted(labels.values())
    assert min(np.diff(heights)) >= 15


@pytest.mark.parametrize(
    ("last", "ticks"), [(50, (0, 7, 14, 21, 28, 35, 42, 49)), (100, (0, 14, 28, 42, 56, 70, 84, 98))]
)
def test_short_courses_are_named_in_weeks(last, ticks):
    assert CourseFrame(chart(last_day=last)).ticks == ticks


@pytest.mark.parametrize(("last", "step"), [(219, 30), (400, 60), (900, 180), (4000, 730)])
def test_long_courses_are_named_in_months_or_years(last, step):
    ticks = CourseFrame(chart(last_day=last)).ticks
    assert set(np.diff(ticks)) == {step}
    assert CourseFrame(chart(last_day=last)).x(step) - CourseFrame(chart(last_day=last)).x(0) >= 54


def test_a_follow_up_before_the_first_procedure_has_its_days_below_zero():
    marks = course_marks(chart(first_day=-28.0, last_day=60.0))
    assert CourseFrame(chart(first_day=-28.0, last_day=60.0)).ticks[:2] == (-28, -14)
    assert any(isinstance(mark, Label) and mark.text == "\N{MINUS SIGN}28" for mark in marks)


@pytest.mark.parametrize("size", [(520, 200), (700, 260), (1220, 320)])
@pytest.mark.parametrize("events", [((0.0, "procedure 1"), (4.0, "procedure 2")), ((100.0, "procedure"),)])
def test_nothing_is_written_beyond_the_picture(size, events):
    for mark in course_marks(chart(size_px=size, events=events)):
        if isinstance(mark, Label):
            width = text_width_px(mark.text, mark.size_px)
            shift = {Align.START: 0.0, Align.MIDDLE: width / 2, Align.END: width}[mark.align]
            assert mark.anchor_px[0] - shift >= 0, mark.text
            assert mark.anchor_px[0] - shift + width <= size[0], mark.text
            assert 0 < mark.anchor_px[1] < size[1], mark.text


def test_names_of_events_close_together_do_not_overlap():
    marks = course_marks(chart(events=((0.0, "procedure 1"), (4.0, "procedure 2"))))
    first, second = (mark for mark in marks if isinstance(mark, Label) and mark.text.startswith("procedure"))
    assert second.anchor_px[0] >= first.anchor_px[0] + text_width_px(first.text, first.size_px)


def test_the_report_gets_it_as_one_vector_document():
    svg = drawing_svg(SIZE, course_marks(chart()), paper=PAPER_INK.paper, title="Course")
    root = ET.fromstring(svg)  # noqa: S314 - our own text
    space = "{http://www.w3.org/2000/svg}"
    assert root.find(f"{space}title").text == "Course"
    assert not list(root.iter(f"{space}image"))
    assert {text.text for text in root.iter(f"{space}text")} >= {
        "before",
        "goal 3.5",
        "procedure 2",
        "recovery expected",
    }


@pytest.mark.parametrize("has_before", [True, False])
@pytest.mark.parametrize("days", [(0.0,), (0.0, 3.0), (0.0, 200.0)])
def test_no_two_words_of_the_picture_lie_over_each_other(has_before, days):
    """By the widths that a text takes at most; the names of bars give way to each other and are left out here."""
    events = tuple((day, f"procedure {at}") for at, day in enumerate(days, start=1))
    marks = course_marks(chart(has_before=has_before, events=events))
    boxes = []
    for one in (mark for mark in marks if isinstance(mark, Label)):
        width = text_width_px(one.text, one.size_px)
        left = one.anchor_px[0] - {Align.START: 0.0, Align.MIDDLE: width / 2, Align.END: width}[one.align]
        boxes.append((left, left + width, one.anchor_px[1], one.text))
        assert left >= 0, one.text
        assert left + width <= SIZE[0], one.text
    for at, (left, right, base, text) in enumerate(boxes):
        for other_left, other_right, other_base, other in boxes[at + 1 :]:
            if abs(base - other_base) < 10:
                assert right <= other_left or other_right <= left, (text, other)
