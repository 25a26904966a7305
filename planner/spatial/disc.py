"""Which voxels does a circle drawn on a slice hold, and what are they like? Statistics of stored values."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain.errors import GeometryRefused

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.geometry import Grid, PointLps


@dataclass(frozen=True, slots=True)
class DiscStatistics:
    """Values inside a circle, in the unit of the array.

    ``count`` voxels were measured. ``deviation`` is the standard deviation with count − 1, 0 for one voxel.
    ``left_out`` voxels lie in the circle and hold no measurement (padding).
    """

    count: int
    mean: float
    deviation: float
    lowest: float
    highest: float
    left_out: int


def disc_statistics(
    array: NDArray[Any],
    *,
    grid: Grid,
    centre_lps_mm: PointLps,
    normal_lps: PointLps,
    radius_mm: float,
    padding: NDArray[np.bool_] | None = None,
) -> DiscStatistics | None:
    """Measure stored voxels, never interpolated ones.

    A voxel counts when its centre, seen along the normal, lies within the radius, and when it is the voxel nearest to
    the plane along the stored axis that is most nearly perpendicular to it: on a stored slice exactly that slice.

    Parameters
    ----------
    array
        shape (K, J, I) on ``grid``, any real dtype.
    normal_lps
        Unit vector.
    padding
        bool, shape (K, J, I): voxels that hold no measurement; None when all do.

    Returns
    -------
    The statistics; None when no measured voxel's centre lies in the circle.
    """
    if array.shape != grid.shape_kji:
        raise GeometryRefused(f"The array is {array.shape} but its grid is {grid.shape_kji}.", code="disc-shape")
    ijk = _disc_indices(grid, centre_lps_mm, normal_lps, radius_mm)
    i, j, k = ijk.T
    values = array[k, j, i].astype(np.float64)
    kept = np.ones(len(values), bool) if padding is None else ~padding[k, j, i]
    left_out = int((~kept).sum())
    values = values[kept]
    if not values.size:
        return None
    deviation = float(values.std(ddof=1)) if values.size > 1 else 0.0
    return DiscStatistics(
        len(values), float(values.mean()), deviation, float(values.min()), float(values.max()), left_out
    )


def _disc_indices(grid: Grid, centre: PointLps, normal: PointLps, radius_mm: float) -> NDArray[np.int64]:
    """Return the voxels (N, 3) in (i, j, k) order of one layer whose centres project into the circle."""
    away = np.asarray(normal, dtype=float)
    across = int(np.argmax(np.abs(grid.direction.T @ away)))
    middle = grid.to_index(centre)
    spacing = np.array(grid.spacing_ijk_mm)
    sizes = np.array(grid.shape_kji[::-1])
    # A tilted plane reaches as far along the two lattice axes at most as the radius does.
    reach = np.ceil(radius_mm / spacing) + 1
    lattice = [
        np.arange(max(0, math.floor(middle[a] - reach[a])), min(sizes[a] - 1, math.ceil(middle[a] + reach[a])) + 1)
        for a in range(3)
        if a != across
    ]
    first, second = (axis.ravel() for axis in np.meshgrid(*lattice, indexing="ij"))
    ijk = np.empty((len(first), 3), dtype=np.int64)
    one, other = (a for a in range(3) if a != across)
    ijk[:, one], ijk[:, other] = first, second
    ijk[:, across] = 0
    # Height of the plane over each lattice point, along the stored axis across it.
    steps = grid.direction * spacing
    below = grid.to_lps(ijk) - np.asarray(centre)
    height = -(below @ away) / float(steps[:, across] @ away)
    ijk[:, across] = np.rint(np.round(height, 6)).astype(np.int64)
    inside = (ijk[:, across] >= 0) & (ijk[:, across] < sizes[across])
    ijk = ijk[inside]
    offset = grid.to_lps(ijk) - np.asarray(centre)
    offset -= (offset @ away)[:, None] * away
    kept: NDArray[np.int64] = ijk[np.linalg.norm(offset, axis=1) <= radius_mm + 1e-9]
    return kept
