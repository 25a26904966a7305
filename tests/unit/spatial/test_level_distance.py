"""Is an isotherm moved by a true distance? Against balls and ellipsoids, whose distance is known in closed form."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from planner.domain.geometry import Grid, isotropic_box
from planner.spatial.level_distance import level_distance

WITHIN_MM = 0.2


def lattice(grid: Grid) -> np.ndarray:
    """Centres of all cells, shape (K, J, I, 3), LPS mm."""
    k, j, i = np.indices(grid.shape_kji)
    return grid.to_lps(np.stack([i, j, k], axis=-1).reshape(-1, 3)).reshape(*grid.shape_kji, 3)


def crossings(field: np.ndarray, grid: Grid, level: float) -> np.ndarray:
    """Where a field passes a level on the lines between cells, (N, 3), LPS mm."""
    found = []
    for axis in range(3):
        moved = np.moveaxis(field, axis, 0)
        for n, (a, b) in enumerate(pairwise(moved)):
            rows = np.argwhere((a <= level) != (b <= level))
            at = tuple(rows.T)
            kji = np.insert(rows.astype(float), axis, n, axis=1)
            kji[:, axis] += (level - a[at]) / (b[at] - a[at])
            found.append(kji)
    return grid.to_lps(np.concatenate(found)[:, ::-1])


def ellipsoid_distance(points: np.ndarray, half_mm: np.ndarray) -> np.ndarray:
    """Distance of points (N, 3) to the surface of an ellipsoid about the origin: the foot point by bisection.

    The foot lies at x_i = a_i² p_i / (a_i² + t) with the one t that puts it on the surface (Eberly 2013).
    """
    p, a = np.abs(points), half_mm**2

    def excess(t):
        return ((half_mm * p / (a + t[:, None])) ** 2).sum(axis=1) - 1

    low = np.full(len(p), -a.min() + 1e-9)
    high = np.full(len(p), 1e4)
    for _ in range(90):
        middle = (low + high) / 2
        is_low = excess(middle) > 0
        low, high = np.where(is_low, middle, low), np.where(is_low, high, middle)
    foot = a * p / (a + low[:, None])
    away = np.linalg.norm(p - foot, axis=1)
    return np.where(((points / half_mm) ** 2).sum(axis=1) < 1, -away, away)


@pytest.mark.parametrize("radius_mm", [4.3, 7.5, 12.2, 20.0])
@pytest.mark.parametrize("by_mm", [-3.1, -1.0, 0.0, 1.0, 3.1])
def test_a_ball_of_cold_grows_and_shrinks_by_the_distance(radius_mm, by_mm):
    grid = isotropic_box((0.2, -0.3, 0.4), extent_mm=(52, 52, 52), spacing_mm=1)
    # As between a probe and warm tissue: steep near the middle, level farther out.
    field = (37 - 120 * np.exp(-np.linalg.norm(lattice(grid), axis=-1) / 9)).astype(np.float32)
    level = float(37 - 120 * np.exp(-radius_mm / 9))
    found = level_distance(field, grid, level=level, reach_mm=5)
    assert found is not None
    edge = crossings(found.distance_mm, found.grid, by_mm)
    radii = np.linalg.norm(edge, axis=1)
    assert len(radii) > 20
    assert abs(radii - (radius_mm + by_mm)).max() <= WITHIN_MM


@pytest.mark.parametrize("half_mm", [(6.0, 6.0, 17.0), (5.2, 8.4, 13.0), (15.0, 9.0, 20.0)])
@pytest.mark.parametrize("by_mm", [-3.1, 0.0, 3.1])
def test_an_ellipsoid_on_a_turned_grid_grows_and_shrinks_by_the_distance(half_mm, by_mm):
    turn = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))[0]
    turn[:, 2] *= np.sign(np.linalg.det(turn))
    matrix = np.eye(4)
    matrix[:3, :3] = turn
    matrix[:3, 3] = turn @ np.full(3, -27.3)
    grid = Grid.from_matrix((55, 55, 55), matrix)
    half = np.array(half_mm)
    share = np.sqrt(((lattice(grid) / half) ** 2).sum(axis=-1))
    field = (-160 + 140 * share).astype(np.float32)
    found = level_distance(field, grid, level=-20.0, reach_mm=5)
    assert found is not None
    edge = crossings(found.distance_mm, found.grid, by_mm)
    away = ellipsoid_distance(edge, half)
    assert len(edge) > 20
    # Far inside a thin ellipsoid the moved surface has an edge of its own, where every cell is equally far from two
    # sides; it may come out rounder there, never farther out.
    assert (away - by_mm).max() <= WITHIN_MM
    assert np.percentile(by_mm - away, 99) <= WITHIN_MM


def test_ice_that_reaches_the_end_of_its_box_still_grows_beyond_it():
    grid = isotropic_box((0, 0, 0), extent_mm=(10, 10, 10), spacing_mm=1)
    field = np.full(grid.shape_kji, -30.0, np.float32)
    found = level_distance(field, grid, level=-20.0, reach_mm=4)
    assert found is not None
    outside = crossings(found.distance_mm, found.grid, 3.0)
    assert abs(outside).max() == pytest.approx(5 + 3, abs=0.6)


def test_nothing_that_cold_has_no_surface():
    grid = isotropic_box((0, 0, 0), extent_mm=(10, 10, 10), spacing_mm=1)
    assert level_distance(np.full(grid.shape_kji, 5.0), grid, level=0.0, reach_mm=3) is None


def test_a_field_at_the_level_itself_has_its_surface_there():
    grid = isotropic_box((0, 0, 0), extent_mm=(21, 21, 21), spacing_mm=1)
    field = np.abs(lattice(grid)[..., 2]).astype(np.float32) - 4.0  # a plate of 8 mm, its faces on cell centres
    found = level_distance(field, grid, level=0.0, reach_mm=3)
    assert found is not None
    count = found.grid.shape_kji[0]
    z = found.grid.to_lps([(10.0, 10.0, float(k)) for k in range(count)])
    middle = tuple(n // 2 for n in found.grid.shape_kji[1:])
    assert found.distance_mm[:, middle[0], middle[1]] == pytest.approx(np.abs(z[:, 2]) - 4.0, abs=1e-3)
