"""A small CT and shapes for the tests of edits: analytic, on anisotropic and turned grids."""

from __future__ import annotations

import numpy as np

from planner.domain.geometry import Grid
from planner.domain.identity import BlobRef
from planner.domain.mask_edit import EditLimit
from planner.domain.progress import silent
from planner.segmentation.edits import apply_edit

TURNED = {
    "straight": np.eye(3),
    "flipped": np.diag([-1.0, -1.0, 1.0]),
    "feet first": np.diag([1.0, -1.0, -1.0]),
    "sagittal": np.array([[0, 0, 1.0], [1, 0, 0], [0, 1, 0]]),
}


def grid_of(shape_kji, spacing_ijk_mm, direction="straight", origin=(-31.0, 17.0, 240.0)) -> Grid:
    return Grid.from_axes(shape_kji, origin_lps_mm=origin, spacing_ijk_mm=spacing_ijk_mm, direction=TURNED[direction])


def points(grid: Grid) -> np.ndarray:
    """LPS mm of every voxel, shape (K, J, I, 3)."""
    k, j, i = np.indices(grid.shape_kji)
    return grid.to_lps(np.stack([i, j, k], axis=-1))


def ball(grid: Grid, radius_mm, off_mm=(0.0, 0.0, 0.0)) -> np.ndarray:
    return np.linalg.norm(points(grid) - (grid.centre_lps_mm + off_mm), axis=-1) <= radius_mm


def ref_of(name: str, grid: Grid) -> BlobRef:
    return BlobRef(name * 64, grid.shape_kji, "bool")


def edited(volume, mask, edit, *, masks=None, limit=None) -> np.ndarray:
    before = mask.copy()
    after = apply_edit(mask, edit, volume=volume, masks=masks or {}, limit=limit or EditLimit(), progress=silent)
    np.testing.assert_array_equal(mask, before)  # the mask given is never written to
    assert after.dtype == np.bool_
    assert after.shape == mask.shape
    return after
