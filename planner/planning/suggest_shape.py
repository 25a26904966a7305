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
    from numpy.typing import NDArray

    from planner.domain.geometry import Grid

FROZEN_TO_LIQUID = 4.0
"""How many times better frozen tissue conducts (rounded; resources/tissue has the values that predictions use)."""
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

    def drops(
        self, points: NDArray[np.float64], middles: NDArray[np.float64], axes: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the drop at points (P, 3) for each of some zones (N, 3), shape (N, P)."""
        return _read(self.drop, *_round(points, middles, axes), outside=0.0)

    def edges_mm(
        self, points: NDArray[np.float64], middles: NDArray[np.float64], axes: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the distance of points (P, 3) from the ice of each of some zones (N, 3), shape (N, P), mm."""
        along, radius = _round(points, middles, axes)
        beyond = np.hypot(np.maximum(np.abs(along) - _ALONG_MM, 0.0), np.maximum(radius - _RADIUS_MM, 0.0))
        return _read(self.edge_mm, along, radius, outside=None) + beyond

    def temperature_c(self, drops: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return temperatures of summed drops."""
        level = float(theta(np.array(self.rest_c))) - drops
        return np.where(level < 0, level / FROZEN_TO_LIQUID, level)


def theta(temperature_c: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ∫k dT from 0 °C in °C of liquid tissue."""
    return np.where(temperature_c < 0, FROZEN_TO_LIQUID * temperature_c, temperature_c)


def _round(
    points: NDArray[np.float64], middles: NDArray[np.float64], axes: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how far along each axis and beside it points lie, shape (N, P) each."""
    along = axes @ points.T - np.einsum("ij,ij->i", axes, middles)[:, None]
    apart_sq = (points**2).sum(axis=1)[None] - 2 * middles @ points.T + np.einsum("ij,ij->i", middles, middles)[:, None]
    return along, np.sqrt(np.maximum(apart_sq - along**2, 0.0))


def _read(
    table: NDArray[np.float64], along: NDArray[np.float64], radius: NDArray[np.float64], *, outside: float | None
) -> NDArray[np.float64]:
    """Read a table at places, linear between its steps; beyond it ``outside``, or its rim where that is None."""
    z, r = (along + _ALONG_MM) / _STEP_MM, radius / _STEP_MM
    last_z, last_r = table.shape[0] - 1, table.shape[1] - 1
    within = (z >= 0) & (z <= last_z) & (r <= last_r)
    z, r = np.clip(z, 0, last_z - 1e-9), np.clip(r, 0, last_r - 1e-9)
    low_z, low_r = z.astype(np.intp), r.astype(np.intp)
    z, r = z - low_z, r - low_r
    flat, width = table.reshape(-1), table.shape[1]
    at = low_z * width + low_r
    found = (1 - z) * ((1 - r) * flat[at] + r * flat[at + 1])
    found += z * ((1 - r) * flat[at + width] + r * flat[at + width + 1])
    return found if outside is None else np.where(within, found, outside)


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
