"""From where is the ice seen best? The directions in which the least lies between the viewer and what matters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.rendering.palette import style_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.domain.geometry import Grid
    from planner.rendering.content import StructureLayer

_STEP_MM, _REACH_MM = 2.0, 160.0
_TURNS, _HEIGHTS = 16, (0.0, 20.0, 40.0)
_MOST_POINTS = 60
_APART_COS = float(np.cos(np.radians(50.0)))
# Seen level is easier to read than seen from above; a view must be this much more open to be taken instead.
_LEVEL_BONUS = 0.04


def open_directions(
    layers: Sequence[StructureLayer], grid: Grid, points_lps_mm: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return two directions to look along, each shape (3,), clearly apart, in which most of the points are seen.

    Parameters
    ----------
    layers
        What is drawn in space; masks on ``grid``. A clear one hides as little as it does in the picture.
    points_lps_mm
        What is to be seen, shape (N, 3).
    """
    stands = _stands()
    seen = np.array([_share_seen(stand, layers, grid, _thinned(points_lps_mm)) for stand in stands])
    seen -= _LEVEL_BONUS * np.abs(stands[:, 2])
    first = int(np.argmax(seen))
    other = np.where(stands @ stands[first] <= _APART_COS, seen, -1.0)
    second = int(np.argmax(other))
    return -stands[first], -stands[second]


def _stands() -> NDArray[np.float64]:
    """Return where viewers may stand, round the body and above it, unit vectors, shape (M, 3)."""
    turns = np.arange(_TURNS) * 2 * np.pi / _TURNS
    return np.array(
        [
            (np.sin(turn) * np.cos(height), -np.cos(turn) * np.cos(height), np.sin(height))
            for height in np.radians(_HEIGHTS)
            for turn in turns
        ]
    )


def _thinned(points: NDArray[np.float64]) -> NDArray[np.float64]:
    step = max(1, -(-len(points) // _MOST_POINTS))
    return points[::step]


def _share_seen(
    stand: NDArray[np.float64], layers: Sequence[StructureLayer], grid: Grid, points: NDArray[np.float64]
) -> float:
    """Return the share of light that comes from the points to a viewer, 0 to 1."""
    along = np.arange(_STEP_MM, _REACH_MM, _STEP_MM)
    rays = points[:, None] + along[None, :, None] * stand
    index = np.rint(grid.to_index(rays)).astype(int)
    is_inside = np.asarray(((index >= 0) & (index < grid.shape_kji[::-1])).all(axis=2))
    i, j, k = np.where(is_inside[..., None], index, 0).transpose(2, 0, 1)
    light = np.ones(len(points))
    for layer in layers:
        hit = (layer.mask[k, j, i] & is_inside).any(axis=1)
        light *= np.where(hit, 1.0 - min(style_for(layer.kind, layer.colour).opacity_3d, 0.98), 1.0)
    return float(light.mean())
