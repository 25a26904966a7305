"""Is the signed distance map right? Against brute force in float64, on small random masks and any grid (H-29).

Two truths. *Voxel pairs*: the surface runs somewhere between each inside voxel and its outside neighbour, so the
distance to the nearest voxel of the other side bounds the map from above and, less one voxel side, from below.
*Crossings*: where exactly it runs is written down here a second time, with another Gaussian and another probit, and the
nearest of all crossings is sought one by one.
"""

from __future__ import annotations

import itertools
from statistics import NormalDist

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from planner.domain.geometry import Grid
from planner.spatial.distance import signed_distance_mm, surface_points

SIGMA, REACH = 0.5, 3  # of the smoothing that evens out stairs, voxels
SIDES = st.integers(2, 6)
PROBIT = NormalDist().inv_cdf


@st.composite
def cases(draw):
    """A mask with both sides in it, and a grid of any spacing, signed permutation and place."""
    shape = draw(st.tuples(SIDES, SIDES, SIDES))
    mask = draw(arrays(np.bool_, shape))
    mask[0, 0, 0], mask[-1, -1, -1] = True, False
    order = draw(st.permutations(range(3)))
    signs = draw(st.tuples(*[st.sampled_from([1.0, -1.0])] * 3))
    direction = np.eye(3)[list(order)] * np.array(signs)
    if np.linalg.det(direction) < 0:
        direction = -direction
    spacing = draw(st.tuples(*[st.floats(0.3, 5.0)] * 3))
    origin = draw(st.tuples(*[st.floats(-200, 200)] * 3))
    return mask, Grid.from_axes(shape, origin_lps_mm=origin, spacing_ijk_mm=spacing, direction=direction)


def _centres(grid: Grid) -> np.ndarray:
    """LPS mm of every voxel, row by row of the affine; shape (K, J, I, 3)."""
    k, j, i = np.indices(grid.shape_kji)
    matrix = grid.matrix
    return matrix[:3, 3] + sum(index[..., None] * matrix[:3, axis] for axis, index in enumerate((i, j, k)))


def _smoothed(mask: np.ndarray) -> np.ndarray:
    """Average with a Gaussian of half a voxel, the mask going on unchanged beyond the grid; sums written out."""
    weights = np.exp(-0.5 * (np.arange(-REACH, REACH + 1) / SIGMA) ** 2)
    weights /= weights.sum()
    values = np.pad(mask.astype(np.float64), REACH, mode="edge")
    for axis in range(3):
        moved = np.moveaxis(values, axis, 0)
        count = moved.shape[0] - 2 * REACH
        values = np.moveaxis(sum(w * moved[n : n + count] for n, w in enumerate(weights)), 0, axis)
    return values


def _crossings(mask: np.ndarray) -> list[tuple[tuple[int, ...], tuple[int, ...], float]]:
    """All (inside voxel, outside voxel, share of the way from the first), by looking at every pair of neighbours."""
    smooth = _smoothed(mask)
    found = []
    for one in np.ndindex(mask.shape):
        for axis in range(3):
            other = tuple(n + (a == axis) for a, n in enumerate(one))
            if other[axis] == mask.shape[axis] or mask[one] == mask[other]:
                continue
            inside, outside = (one, other) if mask[one] else (other, one)
            depth, height = smooth[inside], smooth[outside]
            share = 0.5
            if depth > 0.5 > height:
                a, b = (PROBIT(v) if 1e-4 < v < 1 - 1e-4 else np.sign(v - 0.5) * 4.0 for v in (depth, height))
                share = a / (a - b)
            found.append((inside, outside, share))
    return found


@given(cases())
@settings(max_examples=100, deadline=None)
def test_H_29_every_voxel_lies_between_its_bounds_from_all_voxel_pairs(case) -> None:
    mask, grid = case
    got = signed_distance_mm(mask, grid).astype(np.float64)
    centres = _centres(grid)
    np.testing.assert_array_equal(got < 0, mask)
    pairs = np.linalg.norm(centres[mask][:, None] - centres[~mask][None], axis=2)
    for side, nearest in ((mask, pairs.min(axis=1)), (~mask, pairs.min(axis=0))):
        magnitude = np.abs(got[side])
        assert (magnitude <= nearest + 1e-4).all()
        # Beside the surface the plane through up to three crossings may run nearer than a voxel side less.
        far = nearest > max(grid.spacing_ijk_mm) * 1.001
        assert (magnitude[far] >= nearest[far] - max(grid.spacing_ijk_mm) - 1e-4).all()


@given(cases())
@settings(max_examples=100, deadline=None)
def test_H_29_the_map_is_the_distance_to_the_nearest_crossing_counted_one_by_one(case) -> None:
    mask, grid = case
    centres, crossings = _centres(grid), _crossings(mask)
    at = np.array([centres[a] + share * (centres[b] - centres[a]) for a, b, share in crossings])
    nearest = np.linalg.norm(centres[..., None, :] - at, axis=-1).min(axis=-1)
    got = np.abs(signed_distance_mm(mask, grid).astype(np.float64))
    beside = np.zeros(mask.shape, bool)
    plane = np.full(mask.shape, np.inf)
    gaps: dict[tuple[int, ...], dict[int, float]] = {}
    for inside, outside, share in crossings:
        axis = next(a for a in range(3) if inside[a] != outside[a])
        for voxel, part in ((inside, share), (outside, 1 - share)):
            known = gaps.setdefault(voxel, {})
            known[axis] = min(known.get(axis, np.inf), part * grid.spacing_ijk_mm[2 - axis])
    for voxel, known in gaps.items():
        beside[voxel] = True
        plane[voxel] = 1 / np.sqrt(sum(1 / max(gap, 1e-6) ** 2 for gap in known.values()))
    tolerance = 2e-3 * max(grid.spacing_ijk_mm)  # float32 probits against float64
    np.testing.assert_allclose(got[~beside], nearest[~beside], atol=tolerance)
    np.testing.assert_allclose(got[beside], np.minimum(plane, nearest)[beside], atol=tolerance)
    points, _ = surface_points(mask, grid)
    assert len(points) == len(at)
    apart = np.linalg.norm(points[:, None] - at, axis=2)
    assert max(apart.min(axis=0).max(), apart.min(axis=1).max()) <= tolerance


@given(cases(), st.floats(0.2, 6.0))
@settings(max_examples=60, deadline=None)
def test_H_29_a_limited_map_is_the_whole_one_cut_off(case, within_mm) -> None:
    mask, grid = case
    full = signed_distance_mm(mask, grid)
    np.testing.assert_allclose(
        signed_distance_mm(mask, grid, within_mm=within_mm), np.clip(full, -within_mm, within_mm), atol=1e-4
    )


def test_H_29_tile_by_tile_is_the_same_as_all_at_once() -> None:
    grid = Grid.from_axes((70, 200, 210), origin_lps_mm=(0, 0, 0), spacing_ijk_mm=(0.8, 0.8, 1.5))
    rng = np.random.default_rng(4)
    mask = np.zeros(grid.shape_kji, bool)
    for k, j, i in itertools.product((20, 50), (30, 95, 170), (25, 100, 190)):
        at = np.array([k, j, i]) + rng.integers(-6, 7, 3)
        mask[tuple(slice(n - r, n + r) for n, r in zip(at, rng.integers(3, 9, 3), strict=True))] = True
    full = signed_distance_mm(mask, grid)
    np.testing.assert_allclose(signed_distance_mm(mask, grid, within_mm=5.0), np.clip(full, -5, 5), atol=1e-3)
