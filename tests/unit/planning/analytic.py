"""Shapes whose distances, lengths and volumes can be written down: capsules of ice, arcs of nerve, random grids."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.domain.geometry import Grid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

SLOPE_C_PER_MM = 4.0
WARMEST_C = 37.0


def points_of(grid: Grid) -> Array:
    """Voxel centres, shape (K, J, I, 3), LPS mm."""
    k, j, i = np.indices(grid.shape_kji)
    return grid.to_lps(np.stack((i, j, k), axis=-1))


def rotation(random: np.random.Generator) -> Array:
    """A random proper rotation."""
    matrix, _ = np.linalg.qr(random.normal(size=(3, 3)))
    return matrix if np.linalg.det(matrix) > 0 else -matrix


def box_around(centre: Array, *, half_mm: float = 25.0, spacing_mm: float = 1.0) -> Grid:
    """A prediction's box: LPS-aligned, isotropic."""
    count = int(2 * half_mm / spacing_mm) + 1
    return Grid.from_axes((count,) * 3, origin_lps_mm=np.asarray(centre) - half_mm, spacing_ijk_mm=(spacing_mm,) * 3)


def scan_grid(spacing_ijk_mm: Array, direction: Array, *, size_mm: float = 84.0) -> Grid:
    """A CT of any direction, round the origin."""
    counts = np.ceil(size_mm / np.asarray(spacing_ijk_mm)).astype(int)
    origin = -direction @ (np.asarray(spacing_ijk_mm) * (counts - 1) / 2)
    return Grid.from_axes(
        tuple(int(n) for n in counts[::-1]), origin_lps_mm=origin, spacing_ijk_mm=spacing_ijk_mm, direction=direction
    )


def to_segment_mm(points: Array, start: Array, end: Array) -> Array:
    """Distance of points to a straight segment, mm."""
    way = np.asarray(end) - start
    share = np.clip(((points - start) @ way) / (way @ way), 0.0, 1.0)
    return np.asarray(np.linalg.norm(points - start - share[..., None] * way, axis=-1))


def capsule_c(grid: Grid, start: Array, end: Array, *, radius_mm: float, level_c: float = 0.0) -> NDArray[np.float32]:
    """A field that is ``level_c`` on a capsule and 4 °C a mm warmer outward, up to 37 °C."""
    outward = to_segment_mm(points_of(grid), start, end) - radius_mm
    return np.minimum(level_c + SLOPE_C_PER_MM * outward, WARMEST_C).astype(np.float32)


def arc_points(radius_mm: float, angles_rad: Array, turn: Array, centre: Array) -> tuple[tuple[float, ...], ...]:
    """Points of a circle in a turned plane: angle 0 along the turn's first column."""
    flat = radius_mm * np.stack((np.cos(angles_rad), np.sin(angles_rad), 0 * angles_rad), axis=1)
    return tuple(tuple(float(x) for x in p) for p in flat @ turn.T + centre)
