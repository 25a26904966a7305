"""Is a slab the largest, smallest or mean value through its millimetres, along the voxels and across them?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from planner.domain.errors import PlanInvalid
from planner.rendering.plane import Orientation, SlicePlane, on_slice
from planner.rendering.reslice import reslice
from planner.rendering.slab import Slab, SlabMode
from planner.rendering.turning import UPRIGHT, turned_frame

if TYPE_CHECKING:
    from planner.domain.geometry import Grid

STANDARD = (Orientation.AXIAL, Orientation.CORONAL, Orientation.SAGITTAL)
# Between neighbouring samples a straight line lies on them, so at 0.01 mm brute force is as good as exact.
FINE_MM = 0.01


def brute_force(array: np.ndarray, grid: Grid, plane: SlicePlane, places_px: np.ndarray, slab: Slab, step_mm: float):
    """Sample densely along the normal from the affine alone and reduce, shape (N,)."""
    half = slab.thickness_mm / 2
    depths = np.linspace(-half, half, round(slab.thickness_mm / step_mm) + 1)
    lps = plane.to_lps(places_px)[:, None, :] + depths[None, :, None] * np.asarray(plane.normal_lps)
    inverse = np.linalg.inv(np.array(grid.index_to_lps))
    ijk = lps @ inverse[:3, :3].T + inverse[:3, 3]
    values = map_coordinates(array.astype(float), np.moveaxis(ijk[..., ::-1], -1, 0), order=1, mode="nearest")
    outside = ((ijk < -0.5) | (ijk > np.array(grid.shape_kji[::-1]) - 0.5)).any(axis=-1)
    masked = np.ma.array(values, mask=outside)
    if slab.mode is SlabMode.AVERAGE:
        weights = np.ones(len(depths))
        weights[[0, -1]] = 0.5  # each face stands for half a step
        return np.ma.average(masked, axis=1, weights=weights)
    return masked.max(axis=1) if slab.mode is SlabMode.MIP else masked.min(axis=1)


def voxel_places(grid: Grid, plane: SlicePlane, count: int = 40) -> np.ndarray:
    """Pixels at whose middle a voxel of the plane lies: there no blending inside the slice blurs the comparison."""
    rng = np.random.default_rng(5)
    ijk = rng.integers(3, np.array(grid.shape_kji[::-1]) - 3, (count, 3))
    return plane.to_px(grid.to_lps(ijk))


@pytest.mark.parametrize("mode", SlabMode)
@pytest.mark.parametrize("orientation", STANDARD)
@pytest.mark.parametrize("thickness_mm", [0.7, 5.0, 12.3])
def test_upright_slabs_equal_brute_force(
    stored_grid: Grid, orientation: Orientation, mode: SlabMode, thickness_mm: float
) -> None:
    array = np.random.default_rng(3).integers(-900, 900, stored_grid.shape_kji).astype(np.int16)
    slab = Slab(thickness_mm, mode)
    middle = on_slice(SlicePlane.fit(orientation, stored_grid, size_px=(300, 300)), stored_grid)
    for x, y in voxel_places(stored_grid, middle, 6):
        # One pixel, centred on the voxel.
        there = SlicePlane(orientation, tuple(middle.to_lps((x, y))), 0.2, (1, 1))
        shown = reslice(array, grid=stored_grid, plane=there, outside=-2000, slab=slab)
        wanted = brute_force(array, stored_grid, there, np.array([[0.5, 0.5]]), slab, FINE_MM)
        assert shown[0, 0] == pytest.approx(float(wanted[0]), abs=3.0)


@pytest.mark.parametrize("mode", SlabMode)
def test_turned_slabs_equal_brute_force_on_the_same_layers(grid_with, mode: SlabMode) -> None:
    grid = grid_with(np.eye(3), spacing=(0.8, 1.1, 2.5))
    array = np.random.default_rng(4).integers(-900, 900, grid.shape_kji).astype(np.int16)
    frame = turned_frame(UPRIGHT, (0.3, 1.0, 0.2), 0.4)
    plane = SlicePlane.turned(Orientation.AXIAL, grid.centre_lps_mm, frame=frame, mm_per_px=0.6, size_px=(20, 14))
    slab = Slab(6.0, mode)
    shown = reslice(array, grid=grid, plane=plane, outside=-2000, slab=slab)
    px = np.stack(np.meshgrid(np.arange(20) + 0.5, np.arange(14) + 0.5), axis=-1).reshape(-1, 2)
    layers = slab.layers(0.8)
    step_mm = 6.0 / (layers - 1)
    assert step_mm <= 0.8
    wanted = np.asarray(brute_force(array, grid, plane, px, slab, step_mm)).reshape(14, 20)
    assert shown == pytest.approx(wanted, abs=0.5)


@pytest.mark.parametrize("turn_rad", [0.0, 0.5])
def test_a_bright_voxel_shows_exactly_as_deep_as_the_slab_is_thick(grid_with, turn_rad: float) -> None:
    """Slices 2.5 mm apart: a voxel 4 mm off the plane is in a 10 mm slab and not in a 5 mm one."""
    grid = grid_with(np.eye(3), spacing=(1.0, 1.0, 2.5), shape_kji=(21, 41, 41))
    array = np.full(grid.shape_kji, -1000, np.int16)
    array[10, 20, 20] = 1000
    frame = turned_frame(UPRIGHT, (1, 0, 0), turn_rad)
    spot = np.array(grid.to_lps((20, 20, 10)))
    plane = SlicePlane.turned(Orientation.AXIAL, spot, frame=frame, mm_per_px=0.25, size_px=(9, 9))
    beside = plane.through(spot + 4.0 * np.asarray(plane.normal_lps))
    shown = [
        reslice(array, grid=grid, plane=beside, outside=0, slab=Slab(mm, SlabMode.MIP)).max() for mm in (1.0, 10.0)
    ]
    assert shown[0] < -900
    assert shown[1] > 700


def test_the_mean_of_a_slope_is_its_value_at_the_plane_however_thick(stored_grid: Grid, voxel_centres) -> None:
    centre = np.asarray(stored_grid.centre_lps_mm)
    array = voxel_centres(stored_grid)[..., 2].astype(np.float32)
    plane = SlicePlane(Orientation.AXIAL, tuple(np.add(centre, (0, 0, 0.3))), 0.5, (8, 8))
    for mm in (0.4, 3.0, 9.0):
        shown = reslice(array, grid=stored_grid, plane=plane, outside=0, slab=Slab(mm, SlabMode.AVERAGE))
        assert shown == pytest.approx(centre[2] + 0.3, abs=0.01)


def test_what_lies_beyond_the_volume_does_not_count(grid_with) -> None:
    grid = grid_with(np.eye(3))
    array = np.full(grid.shape_kji, 70, np.int16)
    top = SlicePlane(Orientation.AXIAL, tuple(grid.to_lps((13, 16, 20))), 0.5, (4, 4))
    for mode in SlabMode:
        assert reslice(array, grid=grid, plane=top, outside=-1.0, slab=Slab(20, mode)) == pytest.approx(70)
    above = top.through(np.add(top.centre_lps_mm, (0, 0, 20.0)))
    assert (reslice(array, grid=grid, plane=above, outside=-1.0, slab=Slab(10, SlabMode.MIP)) == -1.0).all()


@pytest.mark.parametrize("mm", [0.0, -1.0, 101.0])
def test_impossible_slabs_are_refused(mm: float) -> None:
    with pytest.raises(PlanInvalid):
        Slab(mm, SlabMode.MIP)
