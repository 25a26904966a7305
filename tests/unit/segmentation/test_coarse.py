"""Patient order, coarse copies and morphology in millimetres, against brute force."""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.geometry import Grid
from planner.segmentation import coarse

SPACING = (2.0, 1.5, 1.0)


def brute(mask, radius_mm: float):
    """Dilation by definition: every voxel within the radius of a voxel of the mask."""
    every = np.argwhere(np.ones(mask.shape, bool)) * SPACING
    inside = np.argwhere(mask) * SPACING
    nearest = np.sqrt(((every[:, None] - inside[None]) ** 2).sum(-1)).min(axis=1)
    return (nearest <= radius_mm + 1e-4).reshape(mask.shape)


@pytest.mark.parametrize("radius_mm", [1.0, 2.1, 3.3])
def test_growing_and_shrinking_follow_their_definition(radius_mm):
    mask = np.random.default_rng(3).random((8, 9, 10)) > 0.93
    np.testing.assert_array_equal(coarse.dilated(mask, SPACING, radius_mm), brute(mask, radius_mm))
    np.testing.assert_array_equal(coarse.eroded(~mask, SPACING, radius_mm), ~brute(mask, radius_mm))


def test_opening_removes_thin_things_and_keeps_thick_ones_whole():
    mask = np.zeros((20, 30, 40), dtype=bool)
    mask[4:16, 3:5, :] = True  # 3 mm thin
    mask[2:18, 10:28, 5:35] = True
    expected = mask.copy()
    expected[:, 3:5] = False
    kept = coarse.opened(mask, SPACING, 2.0)
    assert not kept[:, 3:5].any()
    assert (kept & ~expected).sum() == 0
    assert kept.sum() > 0.95 * expected.sum()  # only the box's own edges are rounded


def test_masks_stay_open_at_the_faces_of_the_volume():
    mask = np.ones((6, 7, 8), dtype=bool)
    mask[:, 0] = False
    np.testing.assert_array_equal(coarse.eroded(mask, SPACING, 1.6)[:, 2:], np.ones((6, 5, 8), bool))
    assert not coarse.eroded(mask, SPACING, 1.6)[:, 1].any()


def test_empty_and_full_masks_pass_through():
    for mask in (np.zeros((4, 5, 6), bool), np.ones((4, 5, 6), bool)):
        for change in (coarse.opened, coarse.closed, coarse.dilated, coarse.eroded):
            np.testing.assert_array_equal(change(mask, SPACING, 2.0), mask)


def test_holes_are_found_slice_by_slice():
    mask = np.zeros((3, 7, 7), dtype=bool)
    mask[:, 1:6, 1:6] = True
    mask[:, 3, 3] = False  # a tunnel through all slices: open in 3-D, a hole in each slice
    mask[1, 3, 4:] = False  # and in the middle one a way out
    filled = coarse.filled_in_slices(mask)
    assert filled[0, 3, 3]
    assert filled[2, 3, 3]
    assert not filled[1, 3, 3]


@pytest.mark.parametrize(
    "direction",
    [
        np.eye(3),
        np.diag([-1.0, 1, -1]),
        np.array([[0, 0, 1], [1, 0, 0], [0, 1.0, 0]]),
        np.array([[0.995, -0.0998, 0], [0.0998, 0.995, 0], [0, 0, 1]]),
    ],
)
def test_patient_order_is_head_posterior_left_and_comes_back(direction, volume_of):
    shape = (5, 6, 7)
    unit = direction / np.linalg.norm(direction, axis=0)
    grid = Grid.from_axes(shape, origin_lps_mm=(3, 4, 5), spacing_ijk_mm=(1.2, 0.9, 1.0), direction=unit)
    hu = np.arange(np.prod(shape), dtype=np.int16).reshape(shape)
    ct = coarse.patient_ct(volume_of(hu, grid))
    kji = np.argwhere(np.ones(shape, bool))
    lps = grid.to_lps(kji[:, ::-1]).reshape(*shape, 3)
    for axis, letter in enumerate((2, 1, 0)):
        placed = np.flip(lps[..., letter].transpose(ct.axes), ct.flipped)
        assert (np.diff(placed, axis=axis) > 0).all()
    np.testing.assert_array_equal(ct.on_ct(ct.fine_hu % 3 == 0), hu % 3 == 0)


def test_coarse_voxels_are_block_means_and_refining_finds_the_fine_surface(volume_of):
    shape = (21, 45, 47)  # no multiple of the factors: the last voxels belong to the last whole block
    grid = Grid.from_axes(shape, origin_lps_mm=(0, 0, 0), spacing_ijk_mm=(0.7, 0.7, 1.0))
    k, j, i = np.indices(shape)
    truth = (i - 23.3) ** 2 + (j - 21.8) ** 2 <= 15.0**2
    ct = coarse.patient_ct(volume_of(np.where(truth, 40, -1000).astype(np.int16), grid))
    assert ct.factors == (2, 2, 2)
    assert ct.hu[3, 4, 5] == np.round(ct.fine_hu[6:8, 8:10, 10:12].mean())
    refined = ct.refined(ct.hu > -400, inner_mm=2.0, outer_mm=2.0, hu=(-400, 3000))
    np.testing.assert_array_equal(ct.on_ct(refined), truth)
    del k


def test_padding_counts_as_air(volume_of):
    grid = Grid.from_axes((4, 4, 4), origin_lps_mm=(0, 0, 0), spacing_ijk_mm=(3, 3, 3))
    hu = np.full((4, 4, 4), 63, np.int16)
    plain = volume_of(hu, grid)
    padded = type(plain)(ref=plain.ref, hu=hu, padding=hu > 0)
    assert (coarse.patient_ct(padded).hu == coarse.AIR_HU).all()
    assert (hu == 63).all()
