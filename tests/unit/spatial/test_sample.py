"""Is a sample at a point right? Against a trilinear polynomial, which interpolation must reproduce."""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.errors import GeometryRefused
from planner.domain.geometry import Grid
from planner.spatial.sample import trilinear, trilinear_at_index

GRID = Grid.from_axes(
    (7, 8, 9), origin_lps_mm=(3, 50, -20), spacing_ijk_mm=(0.5, 0.9, 2.0), direction=np.diag([1.0, -1.0, -1.0])
)


def _polynomial(ijk: np.ndarray) -> np.ndarray:
    i, j, k = np.moveaxis(np.asarray(ijk, float), -1, 0)
    return 1 + 2 * i - 3 * j + 5 * k + 0.5 * i * j - 0.25 * j * k + 0.125 * i * j * k


def test_reproduces_a_trilinear_polynomial_between_centres() -> None:
    k, j, i = np.indices(GRID.shape_kji)
    array = _polynomial(np.stack([i, j, k], axis=-1))
    ijk = np.random.default_rng(3).uniform(0, 1, (500, 3)) * [8, 7, 6]
    np.testing.assert_allclose(trilinear(array, GRID, GRID.to_lps(ijk), outside=0.0), _polynomial(ijk), atol=1e-9)


def test_outer_half_voxel_holds_and_beyond_is_outside() -> None:
    array = np.full(GRID.shape_kji, 4, np.int16)
    points = GRID.to_lps([(-0.49, 0, 0), (8.49, 7, 6), (-0.51, 0, 0), (0, 0, 6.51)])
    np.testing.assert_array_equal(trilinear(array, GRID, points, outside=-1.0), [4, 4, -1, -1])


def test_not_finite_points_are_outside_and_no_points_give_no_values() -> None:
    array = np.zeros(GRID.shape_kji, np.float32)
    assert trilinear(array, GRID, [(np.nan, 0, 0)], outside=9.0).tolist() == [9.0]
    assert trilinear(array, GRID, np.empty((0, 3)), outside=0.0).shape == (0,)


def test_single_slice_and_bool_arrays() -> None:
    flat = Grid.from_axes((1, 2, 2), origin_lps_mm=(0, 0, 0), spacing_ijk_mm=(1, 1, 1))
    mask = np.array([[[False, True], [False, True]]])
    assert trilinear(mask, flat, [(0.25, 0.5, 0.3)], outside=0.0)[0] == pytest.approx(0.25)


def test_wrong_shape_is_refused_in_words() -> None:
    with pytest.raises(GeometryRefused, match="do not belong together"):
        trilinear(np.zeros((1, 1, 1)), GRID, [(0, 0, 0)], outside=0.0)


@pytest.mark.parametrize("shape", [(9, 8, 7), (1, 8, 7), (9, 1, 7), (9, 8, 1), (1, 1, 1), (2, 2, 2)])
def test_many_points_read_to_the_last_bit_as_few_do(shape):
    rng = np.random.default_rng(5)
    array = rng.normal(0, 60, shape).astype(np.float32)
    ijk = rng.uniform(-1, np.array(shape[::-1]), (4000, 3))
    ijk[:500] = np.rint(ijk[:500])
    array.flags.writeable = False
    few = np.concatenate([trilinear_at_index(array, part) for part in np.array_split(ijk, 8)])
    assert (trilinear_at_index(array, ijk) == few).all()
