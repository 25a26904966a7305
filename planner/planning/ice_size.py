"""How large is the ice at a temperature? Volume, and width across a probe's shaft, from the coldest-ever field."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.domain.geometry import PointLps
from planner.domain.uncertainty import IsothermSize
from planner.spatial.sample import trilinear
from planner.thermal.exposure import volume_ml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.domain.geometry import Grid

Zone = tuple[PointLps, PointLps]
_STEP_MM = 0.25
_HALF_MM = 50.0


def isotherm_sizes(
    minimum_c: NDArray[np.float32], grid: Grid, levels_c: Sequence[float], *, zones: Sequence[Zone]
) -> tuple[IsothermSize, ...]:
    """Measure each isotherm.

    Parameters
    ----------
    minimum_c
        shape (K, J, I) of ``grid``, float32, °C, coldest ever.
    levels_c
        Temperatures of the isotherms.
    zones
        Deep and shallow end of each probe's active zone, LPS mm.
    """
    across = [_across(minimum_c, grid, zone) for zone in zones]
    return tuple(
        IsothermSize(
            level_c=level_c,
            volume_ml=volume_ml(minimum_c, grid, level_c=level_c),
            width_mm=max((_width_mm(plane, level_c) for plane in across), default=0.0),
        )
        for level_c in levels_c
    )


def _across(minimum_c: NDArray[np.float32], grid: Grid, zone: Zone) -> NDArray[np.float64]:
    """Sample the plane across the shaft in the middle of the active zone, shape (N, N), °C; warm outside the grid."""
    deep, shallow = np.asarray(zone[0]), np.asarray(zone[1])
    axis = (deep - shallow) / np.linalg.norm(deep - shallow)
    aside = np.array((0.0, 0.0, 1.0)) if abs(axis[2]) < 0.9 else np.array((1.0, 0.0, 0.0))
    u = np.cross(axis, aside)
    u /= np.linalg.norm(u)
    v = np.cross(axis, u)
    steps = np.arange(-_HALF_MM, _HALF_MM + _STEP_MM / 2, _STEP_MM)
    points = (deep + shallow) / 2 + steps[:, None, None] * u + steps[None, :, None] * v
    sampled = trilinear(minimum_c, grid, points.reshape(-1, 3), outside=np.inf)
    return sampled.reshape(len(steps), len(steps))


def _width_mm(plane_c: NDArray[np.float64], level_c: float) -> float:
    """Return the diameter of the circle with the area of the cold patch around the shaft; 0 when it is warmer there."""
    from scipy.ndimage import label

    patches, _ = label(plane_c <= level_c)
    middle = patches[plane_c.shape[0] // 2, plane_c.shape[1] // 2]
    if middle == 0:
        return 0.0
    area_mm2 = float(np.count_nonzero(patches == middle)) * _STEP_MM**2
    return float(2 * np.sqrt(area_mm2 / np.pi))
