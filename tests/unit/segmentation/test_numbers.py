"""Are a structure's numbers right? Volume, surface and extent of balls and boxes; HU against numpy on all voxels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.segmentation.numbers import structure_numbers, surface_mm2
from tests.unit.segmentation.edit_case import TURNED, ball, grid_of, points


def _ball(spacing, radius_mm, direction="straight", seed=0):
    shape = tuple(int(n) for n in np.ceil((2 * radius_mm + 4 * max(spacing)) / np.array(spacing))[::-1])
    grid = grid_of(shape, spacing, direction)
    off = np.random.default_rng(seed).uniform(-0.5, 0.5, 3) * max(spacing)
    return grid, ball(grid, radius_mm, off_mm=off)


@pytest.mark.parametrize("direction", TURNED)
def test_H_29_a_ball_of_20_mm_has_its_volume_surface_and_extent(volume_of, direction) -> None:
    for spacing in ((1.0, 1.0, 1.0), (0.7, 0.7, 1.25)):
        grid, mask = _ball(spacing, 20.0, direction)
        found = structure_numbers(mask, volume_of(np.full(grid.shape_kji, 37, np.int16), grid))
        assert found.volume_ml == pytest.approx(4 / 3 * np.pi * 8, rel=0.01)
        assert found.surface_cm2 == pytest.approx(4 * np.pi * 4, rel=0.01)
        assert found.voxels == np.count_nonzero(mask)
        np.testing.assert_allclose(found.extent_lps_mm, 40.0, atol=max(spacing) + 1e-6)


@pytest.mark.parametrize(
    ("spacing", "radius_mm", "error"),
    [
        ((1, 1, 1), 5.0, 0.02),
        ((0.7, 0.7, 1.0), 5.0, 0.02),
        ((0.7, 0.7, 2.5), 10.0, 0.03),
        ((0.8, 0.8, 5.0), 20.0, 0.03),
    ],
)
def test_the_stated_error_of_a_balls_surface_holds(spacing, radius_mm, error) -> None:
    for seed in range(6):
        grid, mask = _ball(spacing, radius_mm, seed=seed)
        assert surface_mm2(mask, grid.spacing_ijk_mm) == pytest.approx(4 * np.pi * radius_mm**2, rel=error)


@pytest.mark.parametrize(("spacing", "least"), [((1.0, 1.0, 1.0), -0.10), ((0.7, 0.7, 2.5), -0.17)])
def test_the_stated_error_of_flat_faces_holds(spacing, least) -> None:
    """A box along the voxels is the worst there is for thirteen directions; turned, it is measured better."""
    half = np.array([20.0, 12.0, 15.0])
    grid = grid_of(tuple(int(n) for n in np.ceil(62 / np.array(spacing))[::-1]), spacing)
    truth = 8 * (half[0] * half[1] + half[1] * half[2] + half[2] * half[0])
    for turn in (np.eye(3), np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))[0]):
        away = np.abs((points(grid) - grid.centre_lps_mm - 0.1) @ turn)
        assert least <= surface_mm2((away < half).all(axis=-1), grid.spacing_ijk_mm) / truth - 1 <= 0.05


def test_thin_things_keep_both_sides() -> None:
    plate = np.zeros((3, 60, 60), bool)
    plate[1] = True
    assert surface_mm2(plate, (1.0, 1.0, 1.0)) == pytest.approx(2 * 3600 + 240, rel=0.15)


@pytest.mark.parametrize("dtype", [np.int16, np.float32])
def test_hu_are_those_of_numpy_over_all_voxels_that_are_no_padding(volume_of, dtype) -> None:
    grid = grid_of((14, 18, 20), (0.9, 0.9, 2.0))
    hu = np.random.default_rng(2).normal(40, 60, grid.shape_kji).astype(dtype)
    mask = ball(grid, 7.0)
    padding = np.zeros_like(mask)
    padding[:6] = True
    for volume, values in (
        (volume_of(hu, grid), hu[mask]),
        (replace(volume_of(hu, grid), padding=padding), hu[mask & ~padding]),
    ):
        found = structure_numbers(mask, volume)
        exact = values.astype(np.float64)
        assert found.mean_hu == pytest.approx(exact.mean())
        assert found.sd_hu == pytest.approx(exact.std(ddof=1))
        assert (found.least_hu, found.most_hu) == (exact.min(), exact.max())
        quantiles = (found.p5_hu, found.median_hu, found.p95_hu)
        np.testing.assert_allclose(quantiles, np.quantile(exact, (0.05, 0.5, 0.95)), atol=1e-4)
        assert found.voxels == np.count_nonzero(mask)


def test_an_empty_structure_has_no_hu_and_one_in_padding_has_none_either(volume_of) -> None:
    grid = grid_of((6, 7, 8), (1.0, 1.0, 1.0))
    volume = volume_of(np.zeros(grid.shape_kji, np.int16), grid)
    empty = structure_numbers(np.zeros(grid.shape_kji, bool), volume)
    assert (empty.volume_ml, empty.surface_cm2, empty.mean_hu, empty.extent_lps_mm) == (0.0, 0.0, None, None)
    padded = replace(volume, padding=np.ones(grid.shape_kji, bool))
    found = structure_numbers(ball(grid, 2.0), padded)
    assert found.volume_ml > 0
    assert found.mean_hu is None


@pytest.mark.parametrize("direction", TURNED)
def test_extents_are_the_patients(volume_of, direction) -> None:
    grid = grid_of((12, 14, 16), (0.8, 1.0, 2.0), direction)
    mask = np.zeros(grid.shape_kji, bool)
    mask[3:8, 2:12, 5:9] = True
    corners = grid.to_lps(np.argwhere(mask)[:, ::-1])
    voxel = np.abs(np.array(TURNED[direction]) @ np.array(grid.spacing_ijk_mm))
    found = structure_numbers(mask, volume_of(np.zeros(grid.shape_kji, np.int16), grid))
    np.testing.assert_allclose(found.extent_lps_mm, np.ptp(corners, axis=0) + voxel)
