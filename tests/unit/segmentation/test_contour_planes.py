"""Do lines on planes hold the right voxels, on the slices, between them, with holes and doubles? Counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from planner.segmentation.labelio.contour_planes import ClosedLine, fill_planes

SHAPE = (8, 10, 12)


def square(low, high, height, *, exclusive=False) -> ClosedLine:
    """A square from pixel ``low`` to ``high``, both included, in rows and columns."""
    a, b = low - 0.5, high + 0.5
    return ClosedLine(np.array([(a, a), (b, a), (b, b), (a, b)]), height, exclusive)


def voxels(mask) -> dict[int, int]:
    """Voxels in each slice that has any."""
    return {k: int(plane.sum()) for k, plane in enumerate(mask) if plane.any()}


def fill(*lines, step_mm=3.0):
    return fill_planes(lines, shape=SHAPE, step_mm=step_mm)


def test_lines_on_slices_are_those_slices() -> None:
    filled = fill(*(square(2, 5, k) for k in (2, 3, 4)))
    assert voxels(filled.mask) == {2: 16, 3: 16, 4: 16}
    assert filled.mask[3, 2:6, 2:6].all()
    assert (filled.planes, filled.off_slice, filled.outside, filled.gaps, filled.is_thin) == (3, 0, 0, 0, False)


@pytest.mark.parametrize("shift", [-0.5, -0.49, -0.2, 0.03, 0.3, 0.5])
def test_lines_beside_the_slices_keep_their_number_of_slices(shift) -> None:
    """Planes exactly between two slices belong to the lower ones, whole."""
    filled = fill(*(square(2, 5, k + shift) for k in (2, 3, 4)))
    first = 1 if shift == -0.5 else 2
    assert voxels(filled.mask) == {first: 16, first + 1: 16, first + 2: 16}
    assert filled.off_slice == (0 if abs(shift) < 0.1 else 3)


def test_a_single_plane_is_one_slice_wherever_it_lies() -> None:
    for height in np.linspace(1.6, 5.4, 20):
        assert len(voxels(fill(square(2, 5, height)).mask)) == 1


def test_every_third_slice_drawn_fills_the_slices_between() -> None:
    filled = fill(square(2, 5, 1), square(2, 4, 4))
    assert voxels(filled.mask) == {0: 16, 1: 16, 2: 16, 3: 9, 4: 9, 5: 9}


def test_a_gap_wider_than_usual_stays_open_and_is_told() -> None:
    filled = fill(square(2, 5, 1), square(2, 5, 2), square(2, 5, 3), square(2, 5, 6))
    assert voxels(filled.mask) == {1: 16, 2: 16, 3: 16, 6: 16}
    assert filled.gaps == 1


def test_two_planes_far_apart_do_not_fill_what_lies_between() -> None:
    """3 mm slices: planes reach 5 mm at most, one slice and two thirds."""
    filled = fill_planes([square(2, 5, 10), square(2, 5, 40)], shape=(60, 10, 12), step_mm=3.0)
    assert voxels(filled.mask) == dict.fromkeys((9, 10, 11, 39, 40, 41), 16)
    assert filled.gaps == 1


def test_planes_closer_than_the_slices_count_by_their_height() -> None:
    """Five planes a fifth of a slice apart; the larger square covers two fifths of slice 3, the smaller all of it."""
    heights = 3 + np.array([-0.4, -0.2, 0.0, 0.2, 0.4])
    lines = [square(2, 7 if at < 2 else 5, height) for at, height in enumerate(heights)]
    assert voxels(fill(*lines).mask) == {3: 16}
    lines = [square(2, 7 if at < 3 else 5, height) for at, height in enumerate(heights)]
    assert voxels(fill(*lines).mask) == {3: 36}


def test_what_is_thinner_than_half_a_slice_is_kept() -> None:
    filled = fill(square(2, 5, 3.1), square(2, 5, 3.2))
    assert voxels(filled.mask) == {3: 16}
    assert filled.is_thin


def test_holes_islands_doubles_and_neighbours() -> None:
    hole, island = square(3, 6, 2), square(4, 5, 2)
    for lines in ((square(1, 8, 2), hole, island), (island, hole, square(1, 8, 2))):
        assert voxels(fill(*lines).mask) == {2: 64 - 16 + 4}
    # Written twice it is no hole of its own size; crossing lines are united; side by side they touch.
    assert voxels(fill(hole, hole).mask) == {2: 16}
    assert voxels(fill(hole, ClosedLine(np.roll(hole.points[::-1], 1, axis=0), 2)).mask) == {2: 16}
    assert voxels(fill(square(1, 4, 2), square(3, 6, 2)).mask) == {2: 16 + 16 - 4}
    assert voxels(fill(square(1, 3, 2), square(4, 6, 2)).mask) == {2: 9 + 9}


def test_exclusive_lines_toggle() -> None:
    assert voxels(fill(square(1, 4, 2, exclusive=True), square(3, 6, 2, exclusive=True)).mask) == {2: 16 + 16 - 8}
    assert voxels(fill(square(3, 6, 2, exclusive=True), square(1, 8, 2)).mask) == {2: 64 - 16}


def test_what_lies_outside_is_cut_and_counted() -> None:
    filled = fill(*(square(-3, 2, k) for k in (-2, -1, 0, 1)))
    assert voxels(filled.mask) == {0: 9, 1: 9}
    assert (filled.planes, filled.outside) == (4, 2)
    assert not fill(square(20, 30, 3)).mask.any()
    assert not fill(square(2, 3, 90.0)).mask.any()
