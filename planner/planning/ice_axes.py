"""How long and how wide is the ice? The longest and the shortest axis of the 0 °C edge at one time.

These are what is measured on a scan during the procedure, so predicted and measured ice can be laid side by side. Where
ice lies in several pieces, they are those of the largest piece.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.planning.margins import EDGE_C, ice_cloud

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.geometry import Grid

_DIRECTIONS = 2000
_ZOOMS = 6
_TRIED = 40
_SHRINK = 0.4
_FEWEST_POINTS = 4


def ice_axes_mm(field_c: NDArray[np.float32], grid: Grid) -> tuple[float, float] | None:
    """Return the longest and the shortest caliper width of the 0 °C edge, mm; None where nothing is frozen.

    The longest is the largest distance of two points of the edge; the shortest the least distance of two parallel
    planes that hold all of it.

    Parameters
    ----------
    field_c
        shape (K, J, I) of ``grid``, float32, °C, at one time.
    """
    from scipy.ndimage import label

    pieces, count = label(field_c <= EDGE_C)
    if not count:
        return None
    largest = 1 + int(np.argmax(np.bincount(pieces.reshape(-1))[1:]))
    alone = np.where((pieces == largest) | (field_c > EDGE_C), field_c, np.float32(EDGE_C + 1))
    edge = ice_cloud(alone, grid).points_lps_mm
    corners = _corners(edge)
    return _longest_mm(corners), _shortest_mm(corners)


def _corners(points_lps_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the corners of the convex hull, shape (N, 3); all points where they lie in one plane."""
    from scipy.spatial import ConvexHull, QhullError

    if len(points_lps_mm) < _FEWEST_POINTS:
        return points_lps_mm
    try:
        corners: NDArray[np.float64] = points_lps_mm[ConvexHull(points_lps_mm).vertices]
    except QhullError:
        return points_lps_mm
    return corners


def _longest_mm(corners_lps_mm: NDArray[np.float64]) -> float:
    from scipy.spatial.distance import pdist

    return float(pdist(corners_lps_mm).max()) if len(corners_lps_mm) > 1 else 0.0


def _shortest_mm(corners_lps_mm: NDArray[np.float64]) -> float:
    """Return the least width over all directions: an even half sphere of them first, then closer around the best."""
    number = np.arange(_DIRECTIONS) + 0.5
    height = number / _DIRECTIONS
    turn = np.pi * (1 + np.sqrt(5)) * number
    flat = np.sqrt(1 - height**2)
    directions = np.stack((flat * np.cos(turn), flat * np.sin(turn), height), axis=1)
    best, least_mm = _thinnest(corners_lps_mm, directions)
    reach = np.sqrt(2 * np.pi / _DIRECTIONS)
    for _ in range(_ZOOMS):
        around = best + reach * _even_offsets()
        around /= np.linalg.norm(around, axis=1, keepdims=True)
        found, width_mm = _thinnest(corners_lps_mm, around)
        if width_mm < least_mm:
            best, least_mm = found, width_mm
        reach *= _SHRINK
    return least_mm


def _thinnest(
    corners_lps_mm: NDArray[np.float64], directions: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    along = corners_lps_mm @ directions.T
    widths_mm = along.max(axis=0) - along.min(axis=0)
    which = int(np.argmin(widths_mm))
    return directions[which], float(widths_mm[which])


def _even_offsets() -> NDArray[np.float64]:
    """Return offsets on a lattice within the unit cube, shape (N, 3)."""
    steps = np.linspace(-1.0, 1.0, round(_TRIED ** (1 / 3)) + 2)
    return np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
