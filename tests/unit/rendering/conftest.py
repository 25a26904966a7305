"""Volumes with known landmarks, stored in every way a scanner stores them."""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.geometry import Grid, PatientPosition
from planner.domain.volume import Volume, VolumeRef

# Voxel axes (i, j, k) in LPS for the ways a CT may be stored; all right-handed.
DIRECTIONS = {
    "head first, supine": np.eye(3),
    "slices toward the feet": np.diag([1.0, -1.0, -1.0]),
    "prone": np.diag([-1.0, -1.0, 1.0]),
    "prone, toward the feet": np.diag([-1.0, 1.0, -1.0]),
    "right side down": np.array([[0.0, 1, 0], [-1, 0, 0], [0, 0, 1]]),
    "left side down": np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]]),
    "coronal acquisition": np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]]),
    "sagittal acquisition": np.array([[0.0, 0, -1], [1, 0, 0], [0, -1, 0]]),
}


def _make_volume(hu: np.ndarray, grid: Grid) -> Volume:
    ref = VolumeRef("0" * 64, grid, PatientPosition.HFS, "1.1", "1.2", "1.3")
    return Volume(ref, hu)


def _grid_with(direction: np.ndarray, *, shape_kji=(21, 33, 27), spacing=(1.5, 1.25, 2.0)) -> Grid:
    centre = np.array([7.0, -31.0, 412.0])
    half = direction * np.array(spacing) @ ((np.array(shape_kji[::-1]) - 1) / 2)
    return Grid.from_axes(shape_kji, origin_lps_mm=centre - half, spacing_ijk_mm=spacing, direction=direction)


def _voxel_centres(grid: Grid) -> np.ndarray:
    """LPS of every voxel by plain loops over the affine's columns, shape (K, J, I, 3)."""
    matrix = np.array(grid.index_to_lps)
    k, j, i = np.indices(grid.shape_kji)
    return sum(axis[..., None] * matrix[:3, column] for column, axis in enumerate((i, j, k))) + matrix[:3, 3]


@pytest.fixture(params=DIRECTIONS.items(), ids=DIRECTIONS.keys())
def stored_grid(request: pytest.FixtureRequest) -> Grid:
    return _grid_with(request.param[1])


@pytest.fixture
def grid_with():
    """Function: a grid with these axes, off-centre in the patient."""
    return _grid_with


@pytest.fixture
def voxel_centres():
    """Function: LPS of every voxel of a grid."""
    return _voxel_centres


@pytest.fixture
def make_volume():
    """Function: a CT from HU and grid."""
    return _make_volume
