"""Planes become a stack and land on the CT by position alone; truth by looking up every voxel's centre."""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.errors import GeometryRefused
from planner.domain.geometry import Grid
from planner.segmentation import placement

CT = Grid.from_axes((7, 8, 9), origin_lps_mm=(-20.0, 5.0, 300.0), spacing_ijk_mm=(1.5, 2.0, 3.0))


def looked_up(mask, source: Grid, target: Grid):
    """Second way: every True voxel's centre, looked up in the target one by one."""
    result = np.zeros(target.shape_kji, dtype=bool)
    for k, j, i in np.argwhere(mask):
        x, y, z = np.round(target.to_index(source.to_lps((i, j, k)))).astype(int)
        if 0 <= z < result.shape[0] and 0 <= y < result.shape[1] and 0 <= x < result.shape[2]:
            result[z, y, x] = True
    return result


def reordered(columns: tuple[int, int, int], signs: tuple[int, int, int], start_ijk, shape_kji) -> Grid:
    """A grid on the CT's own voxels with its axes in another order and direction."""
    matrix = np.eye(4)
    matrix[:3, :3] = CT.matrix[:3, list(columns)] * np.array(signs)
    matrix[:3, 3] = CT.to_lps(start_ijk)
    return Grid.from_matrix(shape_kji, matrix)


@pytest.mark.parametrize(
    "source",
    [
        CT,
        CT.cropped((2, 3, 1), (4, 3, 5)),
        CT.cropped((-3, -2, 4), (9, 5, 6)),  # reaches out of the CT on several faces
        reordered((0, 1, 2), (-1, -1, 1), (8, 7, 0), (7, 8, 9)),
        reordered((0, 1, 2), (1, -1, -1), (0, 7, 6), (7, 8, 9)),  # feet first
        reordered((1, 2, 0), (1, 1, 1), (0, 0, 0), (9, 7, 8)),  # sagittal
        reordered((0, 2, 1), (1, -1, 1), (1, 0, 6), (8, 7, 5)),  # coronal
    ],
)
def test_shared_voxels_are_copied_exactly(source):
    mask = np.random.default_rng(5).random(source.shape_kji) > 0.6
    assert placement.shared_lattice(source, CT) is not None
    np.testing.assert_array_equal(placement.onto_ct(mask, source=source, target=CT), looked_up(mask, source, CT))


@pytest.mark.parametrize(
    "matrix_change", [np.diag([2.0, 1, 1, 1]), np.array([[1, 0, 0, 0.3], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]])]
)
def test_other_spacing_or_a_fraction_of_a_voxel_is_not_shared(matrix_change):
    assert placement.shared_lattice(Grid.from_matrix((7, 8, 9), CT.matrix @ matrix_change), CT) is None


def test_other_grids_are_resampled_by_volume():
    fine = Grid.from_axes(
        (21, 16, 27), origin_lps_mm=CT.to_lps((-1 / 3, -1 / 4, -1 / 3)), spacing_ijk_mm=(0.5, 1.0, 1.0)
    )
    mask = np.zeros(fine.shape_kji, dtype=bool)
    mask[6:12, 4:8, 9:15] = True  # exactly CT voxels k 2–3, j 2–3, i 3–4
    expected = np.zeros(CT.shape_kji, dtype=bool)
    expected[2:4, 2:4, 3:5] = True
    np.testing.assert_array_equal(placement.onto_ct(mask, source=fine, target=CT), expected)


def test_share_outside_counts_voxel_centres():
    source = CT.cropped((-2, 0, 0), (7, 8, 4))
    mask = np.ones(source.shape_kji, dtype=bool)
    assert placement.share_outside(mask, source=source, target=CT) == pytest.approx(0.5)
    assert placement.share_outside(np.ones(CT.shape_kji, dtype=bool), source=CT, target=CT) == 0


def planes(heights, *, declared=(), facings=None, in_plane=0.0, bend=0.0):
    positions = np.array([(1.0 + in_plane * n, 2.0 + bend * (n == 1), height) for n, height in enumerate(heights)])
    count = len(heights)
    return placement.Planes(
        positions_lps_mm=positions,
        facings=np.tile([1.0, 0, 0, 0, 1, 0], (count, 1)) if facings is None else facings,
        spacings_mm=np.tile([2.0, 1.5], (count, 1)),
        declared_step_mm=declared,
    )


def test_planes_in_any_order_with_gaps_form_one_stack():
    stack = placement.stack_grid(planes([30.0, 10.0, 15.0, 10.0]), rows=4, columns=6, target=CT)
    assert stack.plane_k == (4, 0, 1, 0)
    assert stack.corners == ((0, 0),) * 4
    assert stack.grid.shape_kji == (5, 4, 6)
    assert stack.grid.spacing_ijk_mm == pytest.approx((1.5, 2.0, 5.0))
    np.testing.assert_allclose(stack.grid.origin_lps_mm, (1, 2, 10))


def test_the_declared_spacing_counts_where_planes_are_missing_everywhere():
    stack = placement.stack_grid(planes([0.0, 6.0, 12.0], declared=(3.0,)), rows=4, columns=6, target=CT)
    assert stack.plane_k == (0, 2, 4)
    assert stack.grid.spacing_ijk_mm[2] == pytest.approx(3.0)


def test_a_wrong_declared_spacing_is_not_believed():
    stack = placement.stack_grid(planes([0.0, 2.5, 5.0], declared=(4.0,)), rows=4, columns=6, target=CT)
    assert stack.plane_k == (0, 1, 2)


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (planes([0.0, 1.0, 2.4]), "seg-planes-uneven"),
        (planes([0.0]), "seg-planes-uneven"),
        (planes([0.0, 1.0, 2.0], bend=3.5), "seg-planes-differ"),
        (planes([0.0, 1.0], in_plane=2e4), "seg-planes-differ"),
        (planes([0.0, 1.0], facings=np.array([[1.0, 0, 0, 0, 1, 0], [0, 1.0, 0, 0, 0, 1]])), "seg-planes-differ"),
    ],
)
def test_planes_that_form_no_stack_are_refused(bad, code):
    with pytest.raises(GeometryRefused) as refusal:
        placement.stack_grid(bad, rows=4, columns=6, target=CT)
    assert refusal.value.code == code


def test_a_tilted_stack_is_moved_to_the_nearest_pixels_of_the_ct():
    """Pixels of 1.5 mm across; each plane starts 2 mm farther along: pixels 0, 1.33, 2.67 and 4 from 0.2 pixels."""
    target = Grid.from_axes((4, 9, 20), origin_lps_mm=(1 - 0.3 - 4.5, 2, 10), spacing_ijk_mm=(1.5, 2, 5))
    stack = placement.stack_grid(planes([10.0, 15.0, 20.0, 25.0], in_plane=2.0), rows=4, columns=6, target=target)
    assert stack.corners == ((0, 0), (0, 2), (0, 3), (0, 4))
    assert stack.grid.shape_kji == (4, 4, 10)
    np.testing.assert_allclose(stack.grid.origin_lps_mm, (1 - 0.3, 2, 10))
    assert placement.shared_lattice(stack.grid, target) is not None
    finer = Grid.from_axes((4, 9, 9), origin_lps_mm=(0.3, 0, 0), spacing_ijk_mm=(1, 1, 1))
    elsewhere = placement.stack_grid(planes([10.0, 15.0, 20.0], in_plane=2.0), rows=4, columns=6, target=finer)
    assert elsewhere.corners == ((0, 0), (0, 1), (0, 3))
    np.testing.assert_allclose(elsewhere.grid.origin_lps_mm, (1, 2, 10))
