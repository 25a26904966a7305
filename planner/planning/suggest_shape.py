"""Roughly what would the ice of a placement do? A round shape read off one computed freeze, for thousands a second.

It only chooses what is worth computing: nothing of it is shown or judged. The temperature round the active zone is
averaged about the shaft; of several probes the drops of ∫k dT add up, which is exact for heat that flows at rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.spatial.sample import trilinear

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.domain.geometry import Grid

FROZEN_TO_LIQUID = 4.0
"""How many times better frozen tissue conducts (rounded; resources/tissue has the values that predictions use)."""
FAR_MM = 30.0
_STEP_MM = 1.0
_RADIUS_MM, _ALONG_MM = 34.0, 44.0
_ANGLES = 16
_EDGE_C = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class IceShape:
    """Temperature round one active zone, and how far the 0 °C edge is.

    Parameters
    ----------
    drop
        shape (Z, R): fall of ∫k dT from rest, in °C of liquid tissue, at steps of 1 mm from the middle of the zone.
    edge_mm
        shape (Z, R): distance to the 0 °C edge, negative in the ice.
    rest_c
        Temperature without a probe.
    """

    drop: NDArray[np.float64]
    edge_mm: NDArray[np.float64]
    rest_c: float

    @classmethod
    def of(
        cls, field_c: NDArray[np.float32], box: Grid, *, middle: NDArray[np.float64], axis: NDArray[np.float64]
    ) -> IceShape:
        """Read the shape off a coldest-ever field (K, J, I) of one probe."""
        helper = np.array((0.0, 0.0, 1.0)) if abs(axis[2]) < 0.9 else np.array((1.0, 0.0, 0.0))
        first = np.cross(axis, helper)
        first /= np.linalg.norm(first)
        second = np.cross(axis, first)
        along, radius = np.arange(-_ALONG_MM, _ALONG_MM + 1, _STEP_MM), np.arange(0, _RADIUS_MM + 1, _STEP_MM)
        angle = 2 * np.pi * np.arange(_ANGLES) / _ANGLES
        round_lps = np.cos(angle)[:, None] * first + np.sin(angle)[:, None] * second
        points = middle + along[:, None, None, None] * axis + radius[None, :, None, None] * round_lps[None, None, :, :]
        rest_c = float(np.percentile(field_c, 95))
        values = trilinear(field_c, box, points.reshape(-1, 3), outside=rest_c).reshape(points.shape[:3])
        mean_c = np.minimum(values.mean(axis=2), rest_c)
        return cls(theta(np.full_like(mean_c, rest_c)) - theta(mean_c), _edge_mm(mean_c), rest_c)

    def temperature_c(self, drops: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return temperatures of summed drops."""
        level = np.float32(theta(np.array(self.rest_c))) - drops
        return np.where(level < 0, level / np.float32(FROZEN_TO_LIQUID), level)


def theta(temperature_c: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ∫k dT from 0 °C in °C of liquid tissue."""
    return np.where(temperature_c < 0, FROZEN_TO_LIQUID * temperature_c, temperature_c)


def drops(
    shapes: Sequence[IceShape],
    points: NDArray[np.float64],
    *,
    middles: NDArray[np.float64],
    axes: NDArray[np.float64],
) -> NDArray[np.float32]:
    """Return the drop of each shape at points (P, 3) for each of some zones (N, 3), shape (shapes, N, P)."""
    from planner.spatial.shape_kernels import read_round

    tables = np.ascontiguousarray([shape.drop for shape in shapes], dtype=np.float32)
    found = np.empty((len(shapes), len(middles), len(points)), np.float32)
    points, middles, axes = (np.ascontiguousarray(each, dtype=np.float64) for each in (points, middles, axes))
    read_round(points, middles, axes, tables, _ALONG_MM, found)
    return found


def spares_mm(
    shapes: Sequence[IceShape],
    points: NDArray[np.float64],
    needed_mm: NDArray[np.float64],
    *,
    middles: NDArray[np.float64],
    axes: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the least distance of any point (P, 3) from the ice, less its need (P,), shape (shapes, N), mm.

    More than ``FAR_MM`` is told as that much.
    """
    from planner.spatial.shape_kernels import least_round

    tables = np.ascontiguousarray([shape.edge_mm for shape in shapes], dtype=np.float32)
    found = np.full((len(shapes), len(middles)), FAR_MM)
    asked = np.ascontiguousarray(np.column_stack((points, needed_mm)), dtype=np.float64)
    middles, axes = (np.ascontiguousarray(each, dtype=np.float64) for each in (middles, axes))
    least_round(asked, middles, axes, tables, _ALONG_MM, found)
    return found


def _edge_mm(mean_c: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the signed distance to the 0 °C edge in the half-plane, mirrored at the shaft."""
    from scipy.ndimage import distance_transform_edt

    whole = np.concatenate((mean_c[:, :0:-1], mean_c), axis=1)
    frozen = whole <= _EDGE_C
    if not frozen.any():
        return np.full_like(mean_c, _RADIUS_MM)
    signed = distance_transform_edt(~frozen) - distance_transform_edt(frozen)
    half = np.where(frozen, signed + 0.5, signed - 0.5)[:, mean_c.shape[1] - 1 :]
    return np.asarray(half * _STEP_MM)
