"""Are exactly the right pixels inside? Against exact fractions one pixel at a time, and areas known by hand."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.domain.errors import GeometryRefused
from planner.spatial import polygon
from planner.spatial.contour import marching_squares

SHAPE = (9, 11)
quarter = st.integers(-12, 56).map(lambda n: n / 4)
line = st.lists(st.tuples(quarter, quarter), min_size=1, max_size=9).map(lambda p: np.array(p, dtype=float))
masks = st.lists(st.booleans(), min_size=63, max_size=63).map(lambda bits: np.array(bits).reshape(7, 9))


def one_by_one(lines, shape) -> np.ndarray:
    """Even-odd by exact fractions: which edges lie strictly beyond, or at, the pixel on the way to lower columns."""
    image = np.zeros(shape, dtype=bool)
    for row in range(shape[0]):
        for column in range(shape[1]):
            for points in lines:
                ends = [tuple(map(Fraction, point)) for point in points]
                for (xa, ya), (xb, yb) in zip(ends, ends[1:] + ends[:1], strict=True):
                    if (ya <= row) != (yb <= row) and xa + (row - ya) / (yb - ya) * (xb - xa) <= column:
                        image[row, column] ^= True
    return image


@settings(max_examples=80, deadline=None)
@given(st.lists(line, max_size=3))
def test_as_one_pixel_at_a_time_also_on_edges_and_corners(lines) -> None:
    np.testing.assert_array_equal(polygon.filled(lines, shape=SHAPE), one_by_one(lines, SHAPE))


@settings(max_examples=60, deadline=None)
@given(masks)
def test_lines_around_pixels_give_back_those_pixels(mask) -> None:
    around = [points - 1 for points in marching_squares(np.pad(mask, 1), 0.5)]
    np.testing.assert_array_equal(polygon.filled(around, shape=mask.shape), mask)


@settings(max_examples=60, deadline=None)
@given(line, st.tuples(quarter, quarter))
def test_direction_start_and_a_repeated_end_change_nothing(points, shift) -> None:
    moved = points + shift
    same = polygon.filled([moved], shape=SHAPE)
    for other in (moved[::-1], np.roll(moved, 2, axis=0), np.concatenate([moved, moved[:1]])):
        np.testing.assert_array_equal(polygon.filled([other], shape=SHAPE), same)


def test_neighbours_share_no_pixel_and_leave_none_out() -> None:
    """Two triangles of a rectangle whose edges and diagonal run through pixel centres: 4 × 6 half-open pixels."""
    corners = np.array([(2.0, 1.0), (8.0, 1.0), (8.0, 5.0), (2.0, 5.0)])
    halves = [polygon.filled([corners[list(three)]], shape=SHAPE) for three in ((0, 1, 2), (0, 2, 3))]
    assert not (halves[0] & halves[1]).any()
    expected = np.zeros(SHAPE, dtype=bool)
    expected[1:5, 2:8] = True
    np.testing.assert_array_equal(halves[0] | halves[1], expected)


def test_a_line_inside_another_is_a_hole_and_a_keyhole_is_the_same() -> None:
    outer = np.array([(0.5, 0.5), (9.5, 0.5), (9.5, 7.5), (0.5, 7.5)])
    inner = np.array([(3.5, 2.5), (6.5, 2.5), (6.5, 5.5), (3.5, 5.5)])
    expected = np.zeros(SHAPE, dtype=bool)
    expected[1:8, 1:10] = True
    expected[3:6, 4:7] = False
    keyhole = np.concatenate([outer, outer[:1], inner, inner[:1], outer[:1]])
    for lines in ([outer, inner], [inner, outer], [keyhole], [keyhole[::-1]]):
        np.testing.assert_array_equal(polygon.filled(lines, shape=SHAPE), expected)


def test_a_circle_holds_its_area() -> None:
    angle = np.linspace(0, 2 * np.pi, 720, endpoint=False)
    points = np.stack([100.3 + 80 * np.cos(angle), 90.7 + 80 * np.sin(angle)], axis=1)
    assert polygon.filled([points], shape=(200, 220)).sum() == pytest.approx(np.pi * 80**2, rel=1e-3)


def test_what_lies_outside_the_image_is_cut_there_and_nothing_else_changes() -> None:
    huge = np.array([(-1e30, 2.0), (1e30, 2.0), (1e30, 1e30), (-1e30, 1e30)])
    expected = np.zeros(SHAPE, dtype=bool)
    expected[2:] = True
    np.testing.assert_array_equal(polygon.filled([huge], shape=SHAPE), expected)
    assert not polygon.filled([huge - (0, 2e30)], shape=SHAPE)[3:].any()


def test_no_line_a_point_and_a_stroke_are_empty() -> None:
    for lines in ([], [np.empty((0, 2))], [np.array([(3.0, 3.0)])], [np.array([(1.0, 1.0), (7.0, 5.0)])]):
        assert not polygon.filled(lines, shape=SHAPE).any()


def test_long_lines_are_taken_in_portions(monkeypatch) -> None:
    angle = np.linspace(0, 14 * np.pi, 400)
    spiral = np.stack([5 + angle / 10 * np.cos(angle), 4 + angle / 10 * np.sin(angle)], axis=1)
    whole = polygon.filled([spiral], shape=SHAPE)
    monkeypatch.setattr(polygon, "_MOST_CROSSINGS_AT_ONCE", 30)
    np.testing.assert_array_equal(polygon.filled([spiral], shape=SHAPE), whole)


def test_a_point_without_a_number_is_refused() -> None:
    with pytest.raises(GeometryRefused, match="not finite"):
        polygon.filled([np.array([(0.0, 0.0), (1.0, np.nan), (2.0, 5.0)])], shape=SHAPE)
