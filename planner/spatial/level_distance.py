"""How far is every cell from an isotherm? Signed and sub-voxel, so that an isotherm can be moved by a true distance.

The surface is where the field, read linearly between neighbouring cells, passes the level: the same surface that
contours and meshes show. Points of it are found on a lattice twice as fine as the cells, since points half a
millimetre apart say where a surface is to a tenth; distances are to them, and beside the surface to the plane through
them (:func:`planner.spatial.distance.distance_to_crossings`). Balls and ellipsoids moved outward or inward by 1 to 3 mm
on 1 mm cells come out within 0.15 mm (tests).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.spatial.box import mask_box, voxels_for_mm
from planner.spatial.distance import distance_to_crossings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.geometry import Grid
    from planner.spatial.box import Box

_LEAST = np.float32(1e-6)


@dataclass(frozen=True, slots=True, eq=False)
class LevelDistance:
    """Signed distance to the surface of everything at or below a level.

    Parameters
    ----------
    distance_mm
        shape (K, J, I) of ``grid``, float32, mm; negative inside.
    """

    distance_mm: NDArray[np.float32]
    grid: Grid


def level_distance(field: NDArray[np.floating], grid: Grid, *, level: float, reach_mm: float) -> LevelDistance | None:
    """Return the distance to the surface of everything at or below ``level``, ``reach_mm`` around it; None without it.

    Parameters
    ----------
    field
        shape (K, J, I) of ``grid``, any unit. What reaches the grid's end ends half a cell beyond its last one.
    reach_mm
        How far the result goes beyond the outermost cells inside; the grid of the result may go beyond ``grid``.
    """
    inside = mask_box(field <= level)
    if inside is None:
        return None
    reach_kji = np.array([n + 1 for n in voxels_for_mm(reach_mm, grid.spacing_ijk_mm[::-1])])
    return _within(field, grid, level=level, box=inside, reach_kji=reach_kji)


def _within(
    field: NDArray[np.floating], grid: Grid, *, level: float, box: Box, reach_kji: NDArray[np.int_]
) -> LevelDistance:
    """Measure in a box grown by the reach; only cells next to what is inside have to be read for that."""
    low = np.array([span.start for span in box])
    high = np.array([span.stop for span in box])
    read_low, read_high = np.maximum(low - 1, 0), np.minimum(high + 1, field.shape)
    start, stop = low - reach_kji, high + reach_kji
    height = np.full(tuple(stop - start), -1.0, np.float32)
    part = tuple(slice(a, b) for a, b in zip(read_low, read_high, strict=True))
    near = tuple(slice(a, b) for a, b in zip(read_low - start, read_high - start, strict=True))
    height[near] = level - field[part]
    k, j, i = (int(n) for n in start)
    there = grid.cropped((i, j, k), height.shape)
    for axis in range(3):
        height = _twice_as_fine(height, axis)
    height = np.ascontiguousarray(height)
    mask = height >= 0
    # The surface passes between two places, never through one.
    height = np.where(mask, np.maximum(height, _LEAST), np.minimum(height, -_LEAST))
    pairs = tuple(slice(2 * int(a), 2 * int(b) - 1) for a, b in zip(low - 1 - start, high + 1 - start, strict=True))
    k_mm, j_mm, i_mm = (mm / 2 for mm in grid.spacing_ijk_mm[::-1])
    distance = distance_to_crossings(mask, height, (k_mm, j_mm, i_mm), pairs)
    return LevelDistance(np.ascontiguousarray(distance[::2, ::2, ::2]), there)


def _twice_as_fine(values: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    """Put the mean between every two neighbours along an axis."""
    moved = np.moveaxis(values, axis, 0)
    fine = np.empty((2 * len(moved) - 1, *moved.shape[1:]), np.float32)
    fine[::2] = moved
    fine[1::2] = (moved[:-1] + moved[1:]) / 2
    return np.moveaxis(fine, 0, axis)
