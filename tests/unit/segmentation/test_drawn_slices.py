"""Is the axis found along which slices were drawn, and are drawn and empty slices counted right?"""

from __future__ import annotations

import numpy as np
import pytest

from planner.segmentation.drawn_slices import DrawnSlices, drawn_slices


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_the_axis_is_the_one_across_the_drawn_slices(axis):
    mask = np.zeros((20, 24, 28), bool)
    along = np.moveaxis(mask, 2 - axis, 0)  # axis 0 = i is the array's last
    along[[3, 7, 8, 15], 5:12, 6:14] = True
    assert drawn_slices(mask) == DrawnSlices(axis, drawn=4, empty=9)  # 3 to 15 are 13 slices


def test_a_solid_an_empty_and_a_single_slice_have_nothing_to_fill():
    mask = np.zeros((10, 10, 10), bool)
    assert drawn_slices(mask) is None
    mask[4, 3:6, 3:6] = True
    assert drawn_slices(mask) is None
    mask[2:8, 3:6, 3:6] = True
    assert drawn_slices(mask) is None


def test_slices_of_two_parts_are_filled_along_their_own_axis():
    """Two parts side by side leave 2 of 14 columns empty, but 4 of 6 slices."""
    mask = np.zeros((10, 20, 20), bool)
    mask[[2, 7], 5:10, 2:8] = mask[[2, 7], 5:10, 10:16] = True
    assert drawn_slices(mask) == DrawnSlices(2, drawn=2, empty=4)


def test_against_a_slow_count():
    rng = np.random.default_rng(4)
    for _ in range(60):
        mask = rng.random((6, 7, 8)) < 0.02
        shares = {}
        for axis in (0, 1, 2):
            covered = sorted({int(voxel[2 - axis]) for voxel in np.argwhere(mask)})
            if covered and (empty := covered[-1] - covered[0] + 1 - len(covered)):
                shares[axis] = (len(covered), empty)
        found = drawn_slices(mask)
        if not shares:
            assert found is None
            continue
        best = max(empty / (empty + drawn) for drawn, empty in shares.values())
        assert found is not None
        assert shares[found.axis] == (found.drawn, found.empty)
        assert found.empty / (found.empty + found.drawn) == best
