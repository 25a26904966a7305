"""Is the space between drawn slices filled sensibly? Cones, cylinders, what moves and what branches."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from planner.domain.errors import PlanInvalid
from planner.domain.mask_edit import FillBetween
from tests.unit.segmentation.edit_case import ball, edited, grid_of

ROWS, COLUMNS = np.mgrid[:70, :80]


def _volume(volume_of, grid, hu=None):
    return volume_of(np.zeros(grid.shape_kji, np.int16) if hu is None else hu, grid)


def _disc(row_mm, column_mm, radius_mm, spacing=(0.8, 0.7)):
    return np.hypot(ROWS * spacing[0] - row_mm, COLUMNS * spacing[1] - column_mm) <= radius_mm


def _drawn(slices: dict[int, np.ndarray], depth: int) -> np.ndarray:
    mask = np.zeros((depth, *ROWS.shape), bool)
    for number, plane in slices.items():
        mask[number] = plane
    return mask


@pytest.mark.parametrize("radii", [(9.0, 9.0), (5.0, 11.0), (12.0, 3.0)])
@pytest.mark.parametrize("shift_mm", [0.0, 7.0])
def test_between_two_discs_lies_a_cone_or_cylinder_straight_or_oblique(volume_of, radii, shift_mm) -> None:
    grid = grid_of((21, *ROWS.shape), (0.7, 0.8, 1.5), "feet first")
    r1, r2 = radii
    mask = _drawn({3: _disc(26, 24, r1), 17: _disc(26 + shift_mm, 24 + shift_mm / 2, r2)}, 21)
    after = edited(_volume(volume_of, grid), mask, FillBetween(2))
    np.testing.assert_array_equal(after[[3, 17]], mask[[3, 17]])
    assert not after[:3].any()
    assert not after[18:].any()
    mm3 = np.count_nonzero(after[4:17]) * grid.voxel_volume_mm3
    # Every plane t of the frustum's is a disc of radius r(t): the sum over the planes filled.
    t = np.arange(1, 14) / 14
    assert mm3 == pytest.approx(1.5 * np.pi * (((1 - t) * r1 + t * r2) ** 2).sum(), rel=0.02)
    for number, share in zip(range(4, 17), t, strict=True):
        off = share * np.array([shift_mm, shift_mm / 2])
        truth = np.hypot(ROWS * 0.8 - 26 - off[0], COLUMNS * 0.7 - 24 - off[1]) - ((1 - share) * r1 + share * r2)
        assert np.abs(truth[after[number] != (truth <= 0)]).max(initial=0) <= 0.45


@pytest.mark.parametrize("fill_axis", [0, 1, 2])
def test_any_axis_can_be_filled_along(volume_of, fill_axis) -> None:
    grid = grid_of((40, 44, 48), (1.0, 1.0, 1.0))
    truth = ball(grid, 15.0)
    planes = np.moveaxis(truth, 2 - fill_axis, 0)
    drawn = np.zeros_like(truth)
    np.moveaxis(drawn, 2 - fill_axis, 0)[::3] = planes[::3]
    after = edited(_volume(volume_of, grid), drawn, FillBetween(fill_axis))
    dice = 2 * np.count_nonzero(after & truth) / (np.count_nonzero(after) + np.count_nonzero(truth))
    assert dice > 0.975  # the caps beyond the last drawn planes are not there to be filled
    np.testing.assert_array_equal(np.moveaxis(after, 2 - fill_axis, 0)[::3], planes[::3])


def test_a_section_that_moves_farther_than_its_width_stays_one_tube(volume_of) -> None:
    grid = grid_of((13, *ROWS.shape), (0.7, 0.8, 2.0))
    mask = _drawn({1: _disc(15.2, 15.3, 4.0), 11: _disc(30.1, 40.2, 4.0)}, 13)
    after = edited(_volume(volume_of, grid), mask, FillBetween(2))
    for number in range(2, 11):
        middle = np.array(ndimage.center_of_mass(after[number])) * (0.8, 0.7)
        share = (number - 1) / 10
        np.testing.assert_allclose(middle, [15.2 + 14.9 * share, 15.3 + 24.9 * share], atol=0.4)
        assert np.count_nonzero(after[number]) * 0.56 == pytest.approx(np.pi * 16, rel=0.1)  # 90 pixels


def test_a_section_that_branches_reaches_both_branches(volume_of) -> None:
    grid = grid_of((17, *ROWS.shape), (0.7, 0.8, 1.0))
    fork = _disc(28, 16, 5.0) | _disc(28, 40, 5.0)
    mask = _drawn({2: _disc(28, 28, 8.0), 14: fork}, 17)
    after = edited(_volume(volume_of, grid), mask, FillBetween(2))
    assert ndimage.label(after[2:15])[1] == 1
    sizes = after[2:15].sum(axis=(1, 2))
    assert sizes.min() >= 0.75 * min(sizes[0], sizes[-1])
    assert ndimage.label(after[3])[1] == 1
    assert ndimage.label(after[13])[1] == 2


def test_what_begins_far_off_is_not_joined_to_something_else(volume_of) -> None:
    """Two kidneys of which one begins lower: nothing runs across the body."""
    grid = grid_of((9, *ROWS.shape), (0.7, 0.8, 1.0))
    both = _disc(28, 10, 6.0) | _disc(28, 45, 6.0)
    after = edited(_volume(volume_of, grid), _drawn({2: _disc(28, 10, 6.0), 6: both}, 9), FillBetween(2))
    assert not after[3:6, :, 30:].any()
    np.testing.assert_array_equal(after[3:6, :, :30], np.broadcast_to(_disc(28, 10, 6.0)[:, :30], (3, 70, 30)))


def test_a_ring_stays_a_ring(volume_of) -> None:
    grid = grid_of((9, *ROWS.shape), (0.7, 0.8, 1.0))
    ring = _disc(28, 28, 14.0) & ~_disc(28, 28, 7.0)
    after = edited(_volume(volume_of, grid), _drawn({1: ring, 7: ring}, 9), FillBetween(2))
    for plane in after[2:7]:
        assert np.count_nonzero(plane != ring) <= 0.02 * np.count_nonzero(ring)


def test_one_slice_or_no_gap_is_said(volume_of) -> None:
    grid = grid_of((9, *ROWS.shape), (0.7, 0.8, 1.0))
    with pytest.raises(PlanInvalid, match="at least two drawn slices"):
        edited(_volume(volume_of, grid), _drawn({4: _disc(28, 28, 9.0)}, 9), FillBetween(2))
    with pytest.raises(PlanInvalid, match="no empty plane"):
        edited(_volume(volume_of, grid), _drawn({n: _disc(28, 28, 9.0) for n in (3, 4, 5)}, 9), FillBetween(2))
