"""A circle measures the voxels that a loop over all of them would pick."""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.geometry import Grid, point
from planner.spatial.disc import disc_statistics


@pytest.fixture
def grid():
    return Grid.from_axes((9, 31, 41), origin_lps_mm=(-20.0, 5.0, 100.0), spacing_ijk_mm=(0.7, 0.9, 2.5))


def by_hand(array, grid, centre, normal, radius_mm, *, across):
    """Every voxel of the volume, one by one: nearest of its column to the plane, and inside the circle."""
    found = {}
    centre, normal = np.asarray(centre), np.asarray(normal)
    for k, j, i in np.ndindex(array.shape):
        index = (i, j, k)
        at = grid.to_lps(index)
        away_mm = (at - centre) @ normal
        column = tuple(n for axis, n in enumerate(index) if axis != across)
        if column not in found or abs(away_mm) < abs(found[column][0]) - 1e-9:
            found[column] = (away_mm, at, array[k, j, i])
    step_mm = abs(grid.direction[:, across] @ normal) * grid.spacing_ijk_mm[across]
    inside = []
    for away_mm, at, value in found.values():
        flat = at - centre - away_mm * normal
        if np.linalg.norm(flat) <= radius_mm and abs(away_mm) <= step_mm / 2 + 1e-6:
            inside.append(float(value))
    return np.array(inside)


@pytest.mark.parametrize(
    ("normal", "across"),
    [((0, 0, 1), 2), ((0, 0, -1), 2), ((0, 1, 0), 1), ((1, 0, 0), 0), ((0.2, -0.3, 0.9327379053088815), 2)],
)
def test_values_are_those_of_a_search_through_all_voxels(grid, normal, across):
    rng = np.random.default_rng(5)
    array = rng.integers(-1000, 1500, grid.shape_kji).astype(np.int16)
    normal = np.asarray(normal, float) / np.linalg.norm(normal)
    centre = point(grid.to_lps((20.3, 14.8, 4.0)))
    expected = by_hand(array, grid, centre, normal, 5.3, across=across)
    got = disc_statistics(array, grid=grid, centre_lps_mm=centre, normal_lps=point(normal), radius_mm=5.3)
    assert got is not None
    assert got.count == len(expected)
    assert got.count > 8
    assert got.mean == pytest.approx(expected.mean())
    assert got.deviation == pytest.approx(expected.std(ddof=1))
    assert (got.lowest, got.highest) == (expected.min(), expected.max())
    assert got.left_out == 0


def test_a_circle_on_a_slice_covers_its_area(grid):
    array = np.ones(grid.shape_kji, np.float32)
    centre = point(grid.to_lps((20, 15, 4)))
    got = disc_statistics(array, grid=grid, centre_lps_mm=centre, normal_lps=(0, 0, 1), radius_mm=10.0)
    assert got is not None
    assert got.count * 0.7 * 0.9 == pytest.approx(np.pi * 100, rel=0.02)
    assert got.deviation == 0


def test_padding_is_left_out_and_counted(grid):
    array = np.full(grid.shape_kji, 40, np.int16)
    padding = np.zeros(grid.shape_kji, bool)
    array[4, :, :20], padding[4, :, :20] = -1024, True
    centre = point(grid.to_lps((20, 15, 4)))
    got = disc_statistics(array, grid=grid, centre_lps_mm=centre, normal_lps=(0, 0, 1), radius_mm=4.0, padding=padding)
    assert got is not None
    assert (got.lowest, got.highest) == (40, 40)
    assert got.left_out > 10


def test_a_circle_beside_the_volume_or_between_voxels_measures_nothing(grid):
    array = np.zeros(grid.shape_kji, np.int16)
    outside = point(grid.to_lps((90, 15, 4)))
    between = point(grid.to_lps((20.5, 15.5, 4)))
    for centre, radius_mm in ((outside, 5.0), (between, 0.1)):
        got = disc_statistics(array, grid=grid, centre_lps_mm=centre, normal_lps=(0, 0, 1), radius_mm=radius_mm)
        assert got is None
