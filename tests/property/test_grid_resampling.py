"""Do arrays keep their meaning on any pair of grids? Random spacings, directions and offsets (H-08)."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.domain.geometry import Grid
from planner.spatial.distance import signed_distance_mm
from planner.spatial.resample import image_onto, mask_fraction_onto
from planner.spatial.sample import trilinear

spacing = st.floats(0.3, 4.0)
offset = st.floats(-3.0, 3.0)
PERMUTATIONS = [np.eye(3)[list(order)] for order in itertools.permutations(range(3))]


@st.composite
def directions(draw):
    """Right-handed signed permutations: every way a scanner stores its axes."""
    matrix = PERMUTATIONS[draw(st.integers(0, 5))] * np.array(draw(st.tuples(*[st.sampled_from([1.0, -1.0])] * 3)))
    return matrix if np.linalg.det(matrix) > 0 else -matrix


@st.composite
def rotations(draw):
    """Any proper rotation, from a unit quaternion."""
    q = np.array(draw(st.tuples(*[st.floats(-1, 1)] * 4)))
    if np.linalg.norm(q) < 0.1:
        q = np.array([1.0, 0, 0, 0])
    w, x, y, z = q / np.linalg.norm(q)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


@st.composite
def grids(draw, direction, *, extent_mm):
    spacings = np.array(draw(st.tuples(spacing, spacing, spacing)))
    axes = draw(direction)
    counts = np.ceil(extent_mm / spacings).astype(int) + 1
    centre = np.array(draw(st.tuples(offset, offset, offset)))
    origin = centre - axes @ ((counts - 1) / 2 * spacings)
    shape = (int(counts[2]), int(counts[1]), int(counts[0]))
    return Grid.from_axes(shape, origin_lps_mm=origin, spacing_ijk_mm=spacings, direction=axes)


def _points(grid: Grid) -> np.ndarray:
    k, j, i = np.indices(grid.shape_kji)
    return grid.to_lps(np.stack([i, j, k], axis=-1))


def _linear(points: np.ndarray) -> np.ndarray:
    return 3.0 + points @ np.array([2.0, -1.0, 0.5])


@given(grids(directions() | rotations(), extent_mm=10.0), st.tuples(*[st.floats(0, 1)] * 3))
def test_H_08_index_and_lps_are_inverse(grid, share) -> None:
    ijk = np.array(share) * (np.array(grid.shape_kji[::-1]) - 1)
    np.testing.assert_allclose(grid.to_index(grid.to_lps(ijk)), ijk, atol=1e-9)


@settings(max_examples=20, deadline=None)
@given(grids(directions() | rotations(), extent_mm=34.0), grids(directions() | rotations(), extent_mm=8.0))
def test_H_08_linear_fields_are_exact_between_any_grids(source, target) -> None:
    field = _linear(_points(source))
    resampled = image_onto(field, source=source, target=target, outside=np.nan)
    # Grids that stray less than a thousandth of a voxel along each axis count as parallel; the field is off by as much.
    stray = 1e-3 * np.abs([2.0, -1.0, 0.5]).sum() * max(source.spacing_ijk_mm)
    np.testing.assert_allclose(resampled, _linear(_points(target)), atol=1e-3 + stray)
    points = _points(target).reshape(-1, 3)
    np.testing.assert_allclose(trilinear(field, source, points, outside=np.nan), _linear(points), atol=1e-9)


@settings(max_examples=20, deadline=None)
@given(grids(directions(), extent_mm=12.0), grids(directions(), extent_mm=36.0), st.integers(0, 2**32 - 1))
def test_mask_volume_is_conserved_between_parallel_grids(source, target, seed) -> None:
    mask = np.random.default_rng(seed).random(source.shape_kji) < 0.3
    fraction = mask_fraction_onto(mask, source=source, target=target)
    volume_mm3 = mask.sum() * source.voxel_volume_mm3
    np.testing.assert_allclose(fraction.sum(dtype=float) * target.voxel_volume_mm3, volume_mm3, rtol=1e-4)
    assert fraction.min() >= 0
    assert fraction.max() <= 1


@settings(max_examples=12, deadline=None)
@given(grids(directions() | rotations(), extent_mm=10.0), st.integers(0, 2**32 - 1))
def test_distance_changes_no_faster_than_space(grid, seed) -> None:
    """Between neighbours, signed distance changes by their distance and the longest voxel edge at most, even for noise.

    Distance to the surface points changes no faster than space; beside the surface it is lessened to that of a plane,
    by no more than the way to the nearest point, which lies on an edge between two voxels.
    """
    mask = np.random.default_rng(seed).random(grid.shape_kji) < 0.05
    mask[0, 0, 0], mask[-1, -1, -1] = True, False
    distance = signed_distance_mm(mask, grid)
    assert (distance[mask] <= 0).all()
    assert (distance[~mask] >= 0).all()
    for axis in range(3):
        most = grid.spacing_ijk_mm[2 - axis] + max(grid.spacing_ijk_mm)
        assert np.abs(np.diff(distance, axis=axis)).max(initial=0) <= most + 1e-4
