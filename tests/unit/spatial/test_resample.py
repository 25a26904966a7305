"""Does an array mean the same on another grid? Against linear fields, brute-force counting and analytic volumes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from planner.domain.errors import GeometryRefused
from planner.domain.geometry import Grid
from planner.spatial.resample import image_onto, mask_fraction_onto, mask_onto

HEAD_FIRST = Grid.from_axes((30, 40, 50), origin_lps_mm=(-20.0, -16.0, -15.0), spacing_ijk_mm=(0.8, 0.8, 1.0))
FLIPS = [np.diag(signs) for signs in itertools.product((1.0, -1.0), repeat=3) if np.prod(signs) > 0]


def _rotation(angle_deg: float) -> np.ndarray:
    a = np.radians(angle_deg)
    about_z = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, np.cos(a / 2), -np.sin(a / 2)], [0, np.sin(a / 2), np.cos(a / 2)]])
    return about_z @ about_x


def _centred(shape, spacing, direction=None):
    grid = Grid.from_axes(shape, origin_lps_mm=(0, 0, 0), spacing_ijk_mm=spacing, direction=direction)
    return Grid.from_axes(shape, origin_lps_mm=-grid.centre_lps_mm, spacing_ijk_mm=spacing, direction=direction)


def _points(grid: Grid) -> np.ndarray:
    k, j, i = np.indices(grid.shape_kji)
    return grid.to_lps(np.stack([i, j, k], axis=-1))


def _linear(points: np.ndarray) -> np.ndarray:
    return 7.0 + points @ np.array([1.5, -2.0, 3.0])


AXIS_ORDERS = [np.array(m, float) for m in ([[0, 0, 1], [1, 0, 0], [0, 1, 0]], [[0, 1, 0], [0, 0, 1], [1, 0, 0]])]


@pytest.mark.parametrize("direction", [*FLIPS, *AXIS_ORDERS, _rotation(20)])
@pytest.mark.parametrize("spacing_mm", [0.5, 1.0, 2.0, 3.3])
def test_linear_field_is_exact_on_any_grid(direction, spacing_mm) -> None:
    source = _centred((40, 44, 48), (0.8, 0.8, 1.0), direction)
    count = int(16 / spacing_mm)
    target = _centred((count, count, count), (spacing_mm,) * 3)
    field = _linear(_points(source)).astype(np.float32)
    np.testing.assert_allclose(
        image_onto(field, source=source, target=target, outside=0.0), _linear(_points(target)), atol=2e-4
    )


def test_identity_returns_the_same_numbers() -> None:
    hu = np.random.default_rng(4).integers(-1000, 3000, HEAD_FIRST.shape_kji).astype(np.int16)
    np.testing.assert_array_equal(image_onto(hu, source=HEAD_FIRST, target=HEAD_FIRST, outside=-1024.0), hu)


def test_outside_value_beyond_the_outer_faces_only() -> None:
    target = _centred((60, 60, 60), (1.0, 1.0, 1.0))
    result = image_onto(np.full(HEAD_FIRST.shape_kji, 5.0), source=HEAD_FIRST, target=target, outside=-9.0)
    np.testing.assert_array_equal(result == 5.0, HEAD_FIRST.contains(_points(target)))
    assert set(np.unique(result)) == {-9.0, 5.0}


def test_checkerboard_averages_out_on_a_coarse_grid() -> None:
    source = _centred((40, 40, 40), (0.5, 0.5, 0.5))
    k, j, i = np.indices(source.shape_kji)
    board = np.where((i + j + k) % 2 == 0, 1000.0, -1000.0)
    coarse = image_onto(board, source=source, target=_centred((8, 8, 8), (2.0, 2.0, 2.0)), outside=0.0)
    assert np.abs(coarse).max() < 20


@pytest.mark.parametrize("direction", FLIPS)
def test_fraction_is_the_overlap_volume(direction) -> None:
    """A box's share of every cell is the product of three interval overlaps, whatever way the source is stored."""
    source = _centred((30, 40, 50), (0.8, 0.8, 1.0), direction)
    centre_ijk = np.array([20, 17, 12])
    mask = np.zeros(source.shape_kji, bool)
    mask[12:18, 17:24, 20:31] = True
    corners = source.to_lps([centre_ijk - 0.5, np.array([31, 24, 18]) - 0.5])
    low, high = corners.min(axis=0), corners.max(axis=0)
    target = _centred((20, 22, 24), (1.7, 1.3, 1.9))
    cell = np.array(target.spacing_ijk_mm)
    points = _points(target)
    overlap = np.clip(np.minimum(high, points + cell / 2) - np.maximum(low, points - cell / 2), 0, None)
    truth = (overlap / cell).prod(axis=-1)
    np.testing.assert_allclose(mask_fraction_onto(mask, source=source, target=target), truth, atol=1e-5)


def test_fraction_oblique_agrees_with_dense_counting() -> None:
    source = _centred((24, 24, 24), (1.0, 1.0, 1.0))
    target = _centred((6, 6, 6), (2.0, 2.0, 2.0), _rotation(25))
    mask = np.linalg.norm(_points(source), axis=-1) < 6.0
    fraction = mask_fraction_onto(mask, source=source, target=target)
    fine = (np.arange(20) + 0.5) / 20 - 0.5
    truth = np.empty(target.shape_kji)
    for k, j, i in np.ndindex(target.shape_kji):
        w, v, u = np.meshgrid(fine, fine, fine, indexing="ij")
        lps = target.to_lps(np.stack([i + u, j + v, k + w], axis=-1))
        a, b, c = np.moveaxis(np.rint(source.to_index(lps)).astype(int), -1, 0)
        truth[k, j, i] = mask[c, b, a].mean()
    assert np.abs(fraction - truth).max() < 0.1
    assert fraction.mean() == pytest.approx(truth.mean(), abs=0.004)


def test_thin_vessel_leaves_its_fraction() -> None:
    """A 2 mm vessel of 30 mm length keeps its volume on a 2 mm and a 3 mm grid, and on the way back."""
    source = _centred((40, 60, 60), (0.5, 0.5, 0.75))
    points = _points(source)
    mask = np.hypot(points[..., 0] - 0.3, points[..., 1] + 0.4) < 1.0
    volume_mm3 = mask.sum() * source.voxel_volume_mm3
    for spacing_mm in (2.0, 3.0):
        target = _centred((16, 16, 16), (spacing_mm,) * 3)
        fraction = mask_fraction_onto(mask, source=source, target=target)
        assert fraction.sum() * target.voxel_volume_mm3 == pytest.approx(volume_mm3, rel=1e-4)
        assert fraction.max() <= 1.0


def test_mask_onto_same_grid_and_feet_first_is_the_same_mask() -> None:
    mask = np.random.default_rng(7).random(HEAD_FIRST.shape_kji) < 0.3
    flipped = Grid.from_axes(
        HEAD_FIRST.shape_kji,
        origin_lps_mm=HEAD_FIRST.to_lps((49, 0, 29)),
        spacing_ijk_mm=HEAD_FIRST.spacing_ijk_mm,
        direction=np.diag([-1.0, 1.0, -1.0]),
    )
    np.testing.assert_array_equal(mask_onto(mask, source=HEAD_FIRST, target=HEAD_FIRST), mask)
    np.testing.assert_array_equal(mask_onto(mask, source=HEAD_FIRST, target=flipped), mask[::-1, :, ::-1])


def test_half_a_cell_counts_as_inside() -> None:
    source = _centred((4, 4, 4), (1.0, 1.0, 1.0))
    mask = np.zeros(source.shape_kji, bool)
    mask[:, :, :1] = True
    assert mask_onto(mask, source=source, target=_centred((2, 2, 2), (2.0, 2.0, 2.0)))[:, :, 0].all()


def test_wrong_shape_is_refused_in_words() -> None:
    with pytest.raises(GeometryRefused, match="do not belong together"):
        image_onto(np.zeros((2, 2, 2)), source=HEAD_FIRST, target=HEAD_FIRST, outside=0.0)


def test_shares_summed_in_bands_are_those_counted_voxel_by_voxel():
    rng = np.random.default_rng(11)
    source = Grid.from_axes((9, 12, 10), origin_lps_mm=(0.2, -0.4, 0.1), spacing_ijk_mm=(0.7, 0.9, 1.3))
    target = Grid.from_axes((7, 6, 5), origin_lps_mm=(-1.0, 1.5, 2.0), spacing_ijk_mm=(1.0, 2.0, 0.5))
    mask = rng.random(source.shape_kji) < 0.4
    share = np.zeros(target.shape_kji)
    for k, j, i in np.ndindex(target.shape_kji):
        for c, b, a in np.argwhere(mask):
            overlap = 1.0
            for axis in range(3):
                half, size = target.spacing_ijk_mm[axis] / 2, source.spacing_ijk_mm[axis] / 2
                middle, there = target.to_lps((i, j, k))[axis], source.to_lps((a, b, c))[axis]
                overlap *= max(0.0, min(middle + half, there + size) - max(middle - half, there - size)) / (2 * half)
            share[k, j, i] += overlap
    np.testing.assert_allclose(mask_fraction_onto(mask, source=source, target=target), share, atol=2e-6)
