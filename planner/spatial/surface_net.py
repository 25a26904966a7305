"""Where is the surface of a field, as triangles of about equal size? A point for each cell that it passes through.

Dual contouring without normals ("surface nets", Gibson 1998): a cell whose corners lie on both sides gets one point,
in the middle of where its edges are crossed; every crossed edge of the grid joins the four cells round it. Plain numpy,
so any thread and any process can do it. For meshes to look at see :mod:`planner.rendering.isosurface`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.geometry import Grid

_CORNERS = [(k, j, i) for k in (0, 1) for j in (0, 1) for i in (0, 1)]


def surface_net(
    field: NDArray[np.floating], grid: Grid, *, level: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the surface between values below ``level`` and all others, open where the grid ends.

    Parameters
    ----------
    field
        shape (K, J, I) of ``grid``; at or above ``level`` is inside.

    Returns
    -------
    points_lps_mm
        shape (N, 3), float64, in the order of the cells.
    triangles
        shape (M, 3), int64, numbers of points, counter-clockwise seen from outside.
    """
    if min(field.shape) < 2:
        return np.empty((0, 3)), np.empty((0, 3), np.int64)
    inside = field >= level
    cells = np.array(field.shape) - 1
    corners = [inside[tuple(slice(c, c + n) for c, n in zip(corner, cells, strict=True))] for corner in _CORNERS]
    is_mixed = np.logical_or.reduce(corners) & ~np.logical_and.reduce(corners)
    at = np.stack(is_mixed.nonzero(), axis=1)
    number = np.full(is_mixed.shape, -1, np.int64)
    number[is_mixed] = np.arange(len(at))
    points = grid.to_lps(_middles(field, at, level)[:, ::-1])
    quads = np.concatenate([_quads(inside, number, axis) for axis in range(3)])
    triangles = np.stack([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]], axis=1).reshape(-1, 3)
    return points, triangles


def _middles(field: NDArray[np.floating], at: NDArray[np.int64], level: float) -> NDArray[np.float64]:
    """Return for each cell the mean of where its edges are crossed, shape (N, 3), (k, j, i)."""
    total, count = np.zeros((len(at), 3)), np.zeros(len(at))
    for axis in range(3):
        for corner in (corner for corner in _CORNERS if corner[axis] == 0):
            start = at + np.array(corner)
            end = start.copy()
            end[:, axis] += 1
            a = field[tuple(start.T)].astype(np.float64) - level
            b = field[tuple(end.T)].astype(np.float64) - level
            crossed = (a >= 0) != (b >= 0)
            place = start[crossed].astype(np.float64)
            place[:, axis] += a[crossed] / (a[crossed] - b[crossed])
            total[crossed] += place
            count[crossed] += 1
    middle: NDArray[np.float64] = total / count[:, None]
    return middle


def _quads(inside: NDArray[np.bool_], number: NDArray[np.int64], axis: int) -> NDArray[np.int64]:
    """Return the cells round each crossed edge along one axis, shape (Q, 4), so that the outside is in front."""
    shape = inside.shape
    near = tuple(slice(0, n - 1) if a == axis else slice(1, n - 1) for a, n in enumerate(shape))
    far = tuple(slice(1, n) if a == axis else slice(1, n - 1) for a, n in enumerate(shape))
    start, end = inside[near], inside[far]
    crossed = start != end
    at = np.stack(crossed.nonzero(), axis=1)
    u, v = (axis + 1) % 3, (axis + 2) % 3
    # ``at`` counts from 0 within the interior, so a cell before the edge has its number there, one after it one more.
    ring = []
    for step_u, step_v in ((0, 0), (1, 0), (1, 1), (0, 1)):
        cell = at.copy()
        cell[:, u] += step_u
        cell[:, v] += step_v
        ring.append(number[tuple(cell.T)])
    quads = np.stack(ring, axis=1)
    # (k, j, i) turns the other way round than (i, j, k).
    is_up = start[crossed]
    quads[is_up] = quads[is_up][:, ::-1]
    return quads
