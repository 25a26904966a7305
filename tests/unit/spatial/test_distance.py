"""Is the distance right? Against analytic planes and spheres, and against brute force over surface points."""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.errors import GeometryRefused
from planner.domain.geometry import Grid
from planner.spatial.distance import signed_distance_mm


def _points(grid: Grid) -> np.ndarray:
    k, j, i = np.indices(grid.shape_kji)
    return grid.to_lps(np.stack([i, j, k], axis=-1))


def _sphere(radius_mm, *, spacing, seed, direction=None):
    """Return grid, mask and analytic signed distance of a sphere at a random place between voxels."""
    shape = tuple(int((2 * radius_mm + 14) / s) for s in spacing[::-1])
    grid = Grid.from_axes(shape, origin_lps_mm=(12, -7, 30), spacing_ijk_mm=spacing, direction=direction)
    centre = grid.centre_lps_mm + np.random.default_rng(seed).uniform(-0.5, 0.5, 3) * spacing
    truth = np.linalg.norm(_points(grid) - centre, axis=-1) - radius_mm
    return grid, truth < 0, truth


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_flat_faces_are_exactly_half_way(axis) -> None:
    grid = Grid.from_axes((20, 21, 22), origin_lps_mm=(0, 0, 0), spacing_ijk_mm=(0.5, 0.9, 2.0))
    mask = np.zeros(grid.shape_kji, bool)
    np.moveaxis(mask, axis, 0)[:9] = True
    step = grid.spacing_ijk_mm[2 - axis]
    expected = (np.arange(grid.shape_kji[axis]) - 8.5) * step
    lines = np.moveaxis(signed_distance_mm(mask, grid), axis, -1).reshape(-1, len(expected))
    np.testing.assert_allclose(lines, np.broadcast_to(expected, lines.shape), atol=1e-4)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("radius_mm", [3.0, 6.0, 12.0])
def test_H_29_sphere_within_half_a_voxel_and_never_overstated(radius_mm, seed) -> None:
    grid, mask, truth = _sphere(radius_mm, spacing=(0.5, 0.5, 0.5), seed=seed)
    error = (signed_distance_mm(mask, grid) - truth)[truth > -radius_mm / 2]
    assert np.abs(error).max() <= 0.5 * 0.5 + 0.05
    assert error.max() <= 0.3
    assert abs(error.mean()) <= 0.05


@pytest.mark.parametrize("direction", [np.diag([1.0, -1.0, -1.0]), [[0, 0, 1], [1, 0, 0], [0, 1, 0]]])
def test_H_29_anisotropic_and_turned_grids(direction) -> None:
    spacing = (0.7, 0.9, 1.2)
    grid, mask, truth = _sphere(9.0, spacing=spacing, seed=5, direction=direction)
    error = (signed_distance_mm(mask, grid) - truth)[truth > -4]
    assert np.abs(error).max() <= 0.5 * max(spacing) + 0.05
    assert abs(error.mean()) <= 0.06


def test_oblique_plane_is_sub_voxel() -> None:
    """A tilted plane's stair steps are evened out: 0.3 voxel at most rather than half."""
    grid = Grid.from_axes((40, 40, 40), origin_lps_mm=(0, 0, 0), spacing_ijk_mm=(1.0, 1.0, 1.0))
    normal = np.array([0.3, 0.5, 0.81])
    normal /= np.linalg.norm(normal)
    truth = (_points(grid) - grid.centre_lps_mm) @ normal - 0.17
    inner = np.zeros(grid.shape_kji, bool)
    inner[10:-10, 10:-10, 10:-10] = True
    # Farther off, the nearest point of the endless plane lies outside the grid.
    error = (signed_distance_mm(truth < 0, grid) - truth)[inner & (np.abs(truth) < 8)]
    assert np.abs(error).max() <= 0.3
    assert error.std() <= 0.12


def test_matches_brute_force_over_face_midpoints_for_thin_things() -> None:
    """Single voxels keep half-voxel faces; truth is the nearest of all face midpoints, counted one by one."""
    grid = Grid.from_axes((9, 10, 11), origin_lps_mm=(0, 0, 0), spacing_ijk_mm=(0.8, 1.0, 1.5))
    mask = np.zeros(grid.shape_kji, bool)
    mask[4, 5, 5] = mask[2, 2, 8] = True
    faces = [
        np.array([i, j, k], float) + sign * np.eye(3)[axis] / 2
        for k, j, i in np.argwhere(mask)
        for axis in range(3)
        for sign in (-1, 1)
    ]
    points = _points(grid)
    truth = np.linalg.norm(points[..., None, :] - grid.to_lps(faces), axis=-1).min(axis=-1)
    beside = truth < 1.0
    got = signed_distance_mm(mask, grid)
    np.testing.assert_allclose(np.abs(got)[~beside], truth[~beside], atol=1e-4)
    assert (np.abs(got)[beside] <= truth[beside] + 1e-5).all()
    assert (got[mask] < 0).all()
    assert (got[~mask] > 0).all()


def test_within_mm_equals_the_full_map_where_it_counts() -> None:
    grid, mask, _ = _sphere(4.0, spacing=(0.8, 0.8, 1.0), seed=2)
    full = signed_distance_mm(mask, grid)
    np.testing.assert_allclose(signed_distance_mm(mask, grid, within_mm=3.0), np.clip(full, -3, 3), atol=1e-5)


def test_empty_and_full_masks_have_no_surface() -> None:
    grid = Grid.from_axes((3, 4, 5), origin_lps_mm=(0, 0, 0), spacing_ijk_mm=(1, 1, 1))
    assert (signed_distance_mm(np.zeros(grid.shape_kji, bool), grid) == np.inf).all()
    assert (signed_distance_mm(np.ones(grid.shape_kji, bool), grid) == -np.inf).all()
    assert (signed_distance_mm(np.zeros(grid.shape_kji, bool), grid, within_mm=2.0) == 2.0).all()


def test_wrong_shape_is_refused_in_words() -> None:
    grid = Grid.from_axes((3, 4, 5), origin_lps_mm=(0, 0, 0), spacing_ijk_mm=(1, 1, 1))
    with pytest.raises(GeometryRefused, match="do not belong together"):
        signed_distance_mm(np.zeros((5, 4, 3), bool), grid)
