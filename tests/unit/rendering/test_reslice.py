"""Does every pixel show the value of its own place, for every way of storing a CT?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from planner.rendering.plane import Orientation, SlicePlane, on_slice
from planner.rendering.reslice import reslice, section, stored_slice

if TYPE_CHECKING:
    from planner.domain.geometry import Grid

STANDARD = (Orientation.AXIAL, Orientation.CORONAL, Orientation.SAGITTAL)


def reference(array: np.ndarray, grid: Grid, plane: SlicePlane) -> np.ndarray:
    """Trilinear samples at pixel centres by SciPy, from the affine alone."""
    width, height = plane.size_px
    px = np.stack(np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5), axis=-1)
    inverse = np.linalg.inv(np.array(grid.index_to_lps))
    ijk = plane.to_lps(px) @ inverse[:3, :3].T + inverse[:3, 3]
    values = map_coordinates(array.astype(float), np.moveaxis(ijk[..., ::-1], -1, 0), order=1, mode="nearest")
    upper = np.array(grid.shape_kji[::-1]) - 0.5
    outside = ((ijk < -0.5) | (ijk > upper)).any(axis=-1)
    return np.where(outside, -1000.0, values)


@pytest.mark.parametrize("orientation", STANDARD)
def test_standard_planes_agree_with_scipy(stored_grid: Grid, orientation: Orientation) -> None:
    array = np.random.default_rng(1).integers(-900, 900, stored_grid.shape_kji).astype(np.int16)
    plane = SlicePlane.fit(orientation, stored_grid, size_px=(61, 47)).zoomed(1.3, at_px=(20.0, 11.0))
    shown = reslice(array, grid=stored_grid, plane=plane, outside=-1000.0)
    assert shown == pytest.approx(reference(array, stored_grid, plane), abs=0.01)


def test_oblique_planes_agree_with_scipy(stored_grid: Grid) -> None:
    array = np.random.default_rng(2).integers(-900, 900, stored_grid.shape_kji).astype(np.int16)
    plane = SlicePlane.oblique(
        stored_grid.centre_lps_mm, right=(1, 0.6, 0.2), down=(0.1, 0.4, -1), mm_per_px=0.9, size_px=(61, 47)
    )
    shown = reslice(array, grid=stored_grid, plane=plane, outside=-1000.0)
    expected = reference(array, stored_grid, plane)
    # At the outermost faces float32 and float64 may disagree on which side a pixel lies.
    assert np.mean(np.abs(shown - expected) > 0.5) < 0.005


@pytest.mark.parametrize("orientation", STANDARD)
def test_a_landmark_appears_where_the_plane_says(stored_grid: Grid, voxel_centres, orientation: Orientation) -> None:
    """One bright voxel off centre to the left, back and head: not symmetric under any flip."""
    target = stored_grid.centre_lps_mm + np.array([6.0, 7.5, 8.0])
    centres = voxel_centres(stored_grid)
    index = np.unravel_index(np.argmin(((centres - target) ** 2).sum(axis=-1)), stored_grid.shape_kji)
    array = np.full(stored_grid.shape_kji, -1000, dtype=np.int16)
    array[index] = 1000
    plane = on_slice(SlicePlane.fit(orientation, stored_grid, size_px=(220, 220)).through(centres[index]), stored_grid)
    shown = reslice(array, grid=stored_grid, plane=plane, outside=-1000.0)
    row, column = np.unravel_index(np.argmax(shown), shown.shape)
    found = plane.to_lps((column + 0.5, row + 0.5))
    assert found == pytest.approx(centres[index], abs=plane.mm_per_px)
    half = np.array([110, 110])
    expected_side = {"axial": (1, 1), "coronal": (1, -1), "sagittal": (1, -1)}[orientation.value]
    assert tuple(np.sign((column, row) - half)) == expected_side


def test_scale_makes_a_finer_raster_of_the_same_place(grid_with, voxel_centres) -> None:
    grid = grid_with(np.eye(3))
    array = voxel_centres(grid)[..., 0].astype(np.float32)
    plane = SlicePlane(Orientation.AXIAL, tuple(grid.centre_lps_mm), 0.4, (30, 20))
    fine = reslice(array, grid=grid, plane=plane, outside=0.0, scale=2.0)
    assert fine.shape == (40, 60)
    columns = plane.to_lps(np.column_stack([(np.arange(60) + 0.5) / 2, np.full(60, 10.0)]))[:, 0]
    assert fine[7] == pytest.approx(columns, abs=1e-3)


def test_a_single_slice_can_be_shown(grid_with) -> None:
    grid = grid_with(np.eye(3), shape_kji=(1, 9, 9))
    array = np.arange(81, dtype=np.int16).reshape(1, 9, 9)
    for orientation in STANDARD:
        plane = SlicePlane.fit(orientation, grid, size_px=(40, 40))
        assert reslice(array, grid=grid, plane=plane, outside=-1.0).max() >= 40


@pytest.mark.parametrize("is_oblique", [False, True])
def test_section_lattice_carries_its_own_places(stored_grid: Grid, voxel_centres, *, is_oblique: bool) -> None:
    """A field that is linear in space must read the same from the lattice's own coordinates."""
    slope = np.array([0.7, -1.3, 0.4])
    field = (voxel_centres(stored_grid) @ slope).astype(np.float32)
    centre = tuple(stored_grid.centre_lps_mm + np.array([0.3, 0.4, 0.2]))
    if is_oblique:
        plane = SlicePlane.oblique(centre, right=(1, 0.5, 0), down=(0, 0.2, -1), mm_per_px=1, size_px=(50, 50))
    else:
        plane = SlicePlane(Orientation.CORONAL, centre, 1.0, (50, 50))
    cut = section(field, grid=stored_grid, plane=plane, outside=np.nan)
    rows, columns = np.indices(cut.values.shape)
    places = cut.to_lps(np.column_stack([columns.ravel(), rows.ravel()]))
    assert plane.off_plane_mm(places) == pytest.approx(0, abs=1e-6)
    inside = np.isfinite(cut.values.ravel())
    index = stored_grid.to_index(places)
    inner = inside & ((index > 0) & (index < np.array(stored_grid.shape_kji[::-1]) - 1)).all(axis=1)
    assert inner.sum() > 50
    assert cut.values.ravel()[inner] == pytest.approx(places[inner] @ slope, abs=0.02)


@pytest.mark.parametrize("orientation", STANDARD)
def test_a_stored_slice_is_the_voxels_of_the_plane(stored_grid: Grid, voxel_centres, orientation: Orientation) -> None:
    """Its values, taken as coordinates along the normal, are all the plane's own depth."""
    plane = on_slice(SlicePlane.fit(orientation, stored_grid, size_px=(80, 80)), stored_grid, steps=2)
    normal = np.asarray(plane.normal_lps)
    depth = voxel_centres(stored_grid) @ normal
    flat = stored_slice(depth, grid=stored_grid, plane=plane)
    assert flat == pytest.approx(normal @ np.asarray(plane.centre_lps_mm))
    between = plane.through(np.asarray(plane.centre_lps_mm) + 0.4 * normal)
    assert stored_slice(depth, grid=stored_grid, plane=between) is None


def test_read_only_volumes_are_sampled(grid_with) -> None:
    """Shared memory and kept blobs come read-only; a turned plane must show them all the same."""
    grid = grid_with(np.eye(3))
    hu = np.random.default_rng(5).integers(-1000, 1000, grid.shape_kji).astype(np.int16)
    plane = SlicePlane.oblique(
        grid.centre_lps_mm, right=(1.0, 1.0, 0.0), down=(0.0, 0.0, -1.0), mm_per_px=1.0, size_px=(20, 20)
    )
    expected = reslice(hu, grid=grid, plane=plane, outside=0.0)
    hu.setflags(write=False)
    assert np.array_equal(reslice(hu, grid=grid, plane=plane, outside=0.0), expected)


def test_a_large_picture_shared_among_threads_is_the_same_picture(grid_with) -> None:
    """Large enough for several threads: every row comes from its own place, whoever filled it."""
    grid = grid_with(np.eye(3), spacing=(0.8, 1.1, 2.5))
    array = np.random.default_rng(9).integers(-900, 900, grid.shape_kji).astype(np.int16)
    plane = SlicePlane.oblique(
        grid.centre_lps_mm, right=(1, 0.4, 0.1), down=(-0.2, 0.5, -1), mm_per_px=0.05, size_px=(640, 520)
    )
    shown = reslice(array, grid=grid, plane=plane, outside=-1000.0)
    rows = slice(0, 520, 37)
    assert shown[rows] == pytest.approx(reference(array, grid, plane)[rows], abs=0.01)
