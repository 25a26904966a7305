"""How far apart are two structures? Random balls and tubes against closed forms, and what cannot be told."""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.errors import InputRefused, PlanInvalid
from planner.domain.geometry import Grid
from planner.spatial.apart import surfaces_apart

NUMBER = 80
GRIDS = {
    "1 mm": ((1.0, 1.0, 1.0), np.eye(3)),
    "CT": ((0.7, 0.7, 1.0), np.diag([1.0, -1.0, -1.0])),
}


def _grid(name: str) -> Grid:
    spacing, direction = GRIDS[name]
    shape = np.ceil(44 / np.array(spacing)).astype(int)[::-1]
    return Grid.from_axes(
        tuple(int(n) for n in shape), origin_lps_mm=(-9, 5, 40), spacing_ijk_mm=spacing, direction=direction
    )


def _capsule(points, start, end, radius_mm):
    """Balls are tubes without length."""
    along = end - start
    share = np.clip(((points - start) @ along) / max(along @ along, 1e-12), 0, 1)
    return np.linalg.norm(points - start - share[..., None] * along, axis=-1) <= radius_mm


def _segments_apart(a0, a1, b0, b1) -> float:
    """Distance of two straight lines' pieces, by dense sampling of one and exact projection on the other."""
    samples = a0 + np.linspace(0, 1, 2001)[:, None] * (a1 - a0)
    along = b1 - b0
    share = np.clip(((samples - b0) @ along) / max(along @ along, 1e-12), 0, 1)
    return float(np.linalg.norm(samples - b0 - share[:, None] * along, axis=1).min())


def _random_pair(rng, grid):
    """Two balls or tubes within the grid: their ends and radii, and how far apart they are by closed form."""
    extent = np.array(grid.shape_kji[::-1]) * grid.spacing_ijk_mm
    while True:
        ends, radii = [], []
        for _ in range(2):
            radius_mm = rng.uniform(2.0, 8.0)
            start = rng.uniform(radius_mm + 3, extent - radius_mm - 3)
            way = rng.normal(size=3)
            end = start + (rng.random() < 0.6) * rng.uniform(4, 20) * way / np.linalg.norm(way)
            ends.append((start, end))
            radii.append(radius_mm)
        inside = all(((end > r + 3) & (end < extent - r - 3)).all() for (_, end), r in zip(ends, radii, strict=True))
        between = _segments_apart(*ends[0], *ends[1])
        if inside and -1.5 <= between - sum(radii) <= 12 and between > max(radii):
            return ends, radii, between - sum(radii)


@pytest.mark.parametrize("name", GRIDS)
def test_H_29_random_balls_and_tubes_are_as_far_apart_as_their_closed_form_says(name) -> None:
    grid, rng = _grid(name), np.random.default_rng(29)
    k, j, i = np.indices(grid.shape_kji)
    on_grid_mm = np.stack([i, j, k], axis=-1) * grid.spacing_ijk_mm
    errors = []
    for _ in range(NUMBER):
        ends, radii, truth_mm = _random_pair(rng, grid)
        masks = [_capsule(on_grid_mm, *pair, radius) for pair, radius in zip(ends, radii, strict=True)]
        found = surfaces_apart(*masks, grid)
        errors.append(found.distance_mm - truth_mm)
        if truth_mm > 1:
            span = np.subtract(found.at_a_lps_mm, found.at_b_lps_mm)
            assert np.linalg.norm(span) == pytest.approx(found.distance_mm, abs=0.5)
    assert np.abs(errors).max() <= 0.5 * max(grid.spacing_ijk_mm)
    assert np.percentile(np.abs(errors), 98) <= 0.3
    assert abs(np.mean(errors)) <= 0.05


def _boxes(grid: Grid, first, second) -> tuple[np.ndarray, np.ndarray]:
    masks = []
    for spans in (first, second):
        mask = np.zeros(grid.shape_kji, bool)
        mask[tuple(slice(*span) for span in spans)] = True
        masks.append(mask)
    return masks[0], masks[1]


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (0.7, 0.8, 2.5)])
def test_H_29_flat_faces_are_apart_as_counted_along_every_axis(spacing) -> None:
    grid = Grid.from_axes((30, 32, 34), origin_lps_mm=(4, 5, 6), spacing_ijk_mm=spacing)
    for axis in range(3):
        spans = [[(8, 20)] * 3, [(8, 20)] * 3]
        spans[0][axis], spans[1][axis] = (3, 9), (14, 22)
        found = surfaces_apart(*_boxes(grid, *spans), grid)
        assert found.distance_mm == pytest.approx(5 * spacing[2 - axis], abs=0.15)
        first, second = (grid.to_index(at)[2 - axis] for at in (found.at_a_lps_mm, found.at_b_lps_mm))
        assert first == pytest.approx(8.5, abs=0.2)
        assert second == pytest.approx(13.5, abs=0.2)


def test_H_29_what_lies_inside_another_is_as_far_as_it_reaches_into_it() -> None:
    grid = Grid.from_axes((40, 40, 40), origin_lps_mm=(0, 0, 0), spacing_ijk_mm=(1.0, 1.0, 1.0))
    k, j, i = np.indices(grid.shape_kji)
    body = np.linalg.norm(np.stack([i, j, k], axis=-1) - 19.6, axis=-1) <= 16
    nerve = np.linalg.norm(np.stack([i - 13.2, j - 19.6, k - 19.6], axis=-1), axis=-1) <= 3
    # The nerve's innermost point lies 3 mm nearer to the middle than its own, 6.4 mm off it.
    expected = -(16 - (19.6 - 13.2 - 3))
    assert surfaces_apart(body, nerve, grid).distance_mm == pytest.approx(expected, abs=0.5)
    there, back = surfaces_apart(body, nerve, grid), surfaces_apart(nerve, body, grid)
    assert there.distance_mm == back.distance_mm
    assert there.at_a_lps_mm == back.at_b_lps_mm


def test_single_voxels_and_thin_plates_are_measured_from_their_faces() -> None:
    grid = Grid.from_axes((20, 20, 20), origin_lps_mm=(0, 0, 0), spacing_ijk_mm=(1.0, 1.0, 1.0))
    dot, plate = _boxes(grid, ((9, 10), (9, 10), (4, 5)), ((2, 18), (2, 18), (12, 13)))
    assert surfaces_apart(dot, plate, grid).distance_mm == pytest.approx(7.0, abs=0.3)


def test_H_29_the_same_voxel_twice_overlaps_and_two_side_by_side_touch() -> None:
    grid = Grid.from_axes((9, 9, 12), origin_lps_mm=(0, 0, 0), spacing_ijk_mm=(1.0, 1.0, 1.0))
    for at in (4, 5):
        one, beside = _boxes(grid, ((4, 5), (4, 5), (at, at + 1)), ((4, 5), (4, 5), (at + 1, at + 2)))
        assert -1.0 <= surfaces_apart(one, one, grid).distance_mm <= 0.0
        assert abs(surfaces_apart(one, beside, grid).distance_mm) <= 0.3


def test_what_has_no_surface_is_said() -> None:
    grid = Grid.from_axes((5, 6, 7), origin_lps_mm=(0, 0, 0), spacing_ijk_mm=(1.0, 1.0, 1.0))
    some, empty = _boxes(grid, ((2, 3), (2, 4), (2, 5)), ((0, 0), (0, 0), (0, 0)))
    with pytest.raises(PlanInvalid, match="holds nothing yet"):
        surfaces_apart(some, empty, grid)
    with pytest.raises(InputRefused, match="fills the whole CT"):
        surfaces_apart(np.ones_like(some), some, grid)


@pytest.mark.parametrize("shape", [(1, 9, 11), (6, 1, 8), (2, 2, 2), (5, 6, 7)])
def test_on_the_smallest_grids_the_distance_is_between_bounds_from_all_voxel_pairs(shape) -> None:
    spacing = (0.8, 1.1, 2.3)
    grid = Grid.from_axes(shape, origin_lps_mm=(0, 0, 0), spacing_ijk_mm=spacing)
    rng = np.random.default_rng(sum(shape))
    for share in (0.1, 0.3, 0.7) * 5:
        a, b = rng.random(shape) < share, rng.random(shape) < share
        a[0, 0, 0] = b[-1, -1, -1] = True
        if a.all() or b.all():
            continue
        found = surfaces_apart(a, b, grid)
        first, second = (np.argwhere(mask)[:, ::-1] * spacing for mask in (a, b))
        nearest = np.linalg.norm(first[:, None] - second, axis=2).min()
        # Voxel centres are farther apart than surfaces, by up to a voxel side each; a fit may add half of one.
        reach = 2.5 * max(spacing)
        if nearest > 0:
            assert nearest - reach <= found.distance_mm <= nearest
        else:
            assert -np.linalg.norm(np.array(shape[::-1]) * spacing) <= found.distance_mm <= 0.5 * max(spacing)
