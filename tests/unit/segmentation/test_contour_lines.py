"""Do the lines hold exactly their pixels? Against an exact fill, with holes, islands and touching corners."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.segmentation.labelio.contour_lines import enclosing_lines

planes = st.lists(st.booleans(), min_size=80, max_size=80).map(lambda bits: np.array(bits).reshape(8, 10))


def inside(line, row, column) -> bool:
    """Even-odd by exact fractions, one line and one point at a time."""
    ends = [tuple(map(Fraction, point)) for point in line]
    crossed = [
        xa + (row - ya) / (yb - ya) * (xb - xa) < column
        for (xa, ya), (xb, yb) in zip(ends, ends[1:] + ends[:1], strict=True)
        if (ya <= row) != (yb <= row)
    ]
    return sum(crossed) % 2 == 1


def filled_one_by_one(lines, shape) -> np.ndarray:
    """How many lines hold each pixel centre."""
    return np.array([[sum(inside(line, r, c) for line in lines) for c in range(shape[1])] for r in range(shape[0])])


@settings(max_examples=60, deadline=None)
@given(planes)
def test_each_pixel_lies_in_one_line_and_no_other_in_any(plane) -> None:
    """In one line only, so that a reader who unites the lines gets the same as one who counts them even-odd."""
    np.testing.assert_array_equal(filled_one_by_one(enclosing_lines(plane), plane.shape), plane)


@settings(max_examples=60, deadline=None)
@given(planes)
def test_there_is_one_line_for_each_part(plane) -> None:
    from scipy.ndimage import label

    # Where two pixels touch at a corner alone the mean decides that they belong together.
    _, parts = label(plane, structure=np.ones((3, 3)))
    assert len(enclosing_lines(plane)) == parts


def test_a_ring_is_one_keyhole_and_its_island_another_line() -> None:
    plane = np.zeros((12, 14), dtype=bool)
    plane[1:11, 1:13] = True
    plane[3:9, 3:11] = False
    plane[5:7, 5:9] = True
    lines = enclosing_lines(plane)
    assert len(lines) == 2
    ring = max(lines, key=len)
    # Outline and hole have eight corners each; the bridge begins at one of the hole's and both its ends come twice.
    assert len(ring) == 8 + (8 + 1) + 2
    np.testing.assert_array_equal(filled_one_by_one(lines, plane.shape), plane)


def test_holes_in_a_row_hang_on_each_other() -> None:
    plane = np.ones((7, 15), dtype=bool)
    plane[3, [2, 5, 8, 11]] = False
    (line,) = enclosing_lines(plane)
    np.testing.assert_array_equal(filled_one_by_one([line], plane.shape), plane)


def test_a_straight_edge_has_no_points_in_between() -> None:
    plane = np.zeros((50, 60), dtype=bool)
    plane[5:45, 5:55] = True
    assert len(enclosing_lines(plane)[0]) == 8


@pytest.mark.parametrize("corner", [(0, 0), (0, 5), (6, 0), (6, 5)])
def test_a_structure_at_the_edge_of_the_image_is_closed(corner) -> None:
    plane = np.zeros((7, 6), dtype=bool)
    plane[corner] = True
    (line,) = enclosing_lines(plane)
    np.testing.assert_allclose(line.mean(axis=0), corner[::-1])


def test_an_empty_slice_has_no_line() -> None:
    assert enclosing_lines(np.zeros((4, 4), dtype=bool)) == []
