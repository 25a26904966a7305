"""Where does a slice cross a level? Marching squares, linked into polylines.

Reference: Lorensen & Cline 1987, in two dimensions; saddles are decided by the mean of the cell's corners.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Edges of a cell: 0 top (row r), 1 right (column c+1), 2 bottom (row r+1), 3 left (column c). Corners carry bits
# 1 top-left, 2 top-right, 4 bottom-right, 8 bottom-left. Each segment runs with the inside on its left as
# drawn with rows downward.
_SEGMENTS: dict[int, tuple[tuple[int, int], ...]] = {
    1: ((3, 0),),
    2: ((0, 1),),
    3: ((3, 1),),
    4: ((1, 2),),
    6: ((0, 2),),
    7: ((3, 2),),
    8: ((2, 3),),
    9: ((2, 0),),
    11: ((2, 1),),
    12: ((1, 3),),
    13: ((1, 0),),
    14: ((0, 3),),
}
_SADDLE_SEPARATE = {5: ((3, 0), (1, 2)), 10: ((0, 1), (2, 3))}
_SADDLE_JOINED = {5: ((1, 0), (3, 2)), 10: ((0, 3), (2, 1))}
_ALL_INSIDE = 15


def marching_squares(array2d: NDArray[Any], level: float) -> list[NDArray[np.float64]]:
    """Return the lines along which an image crosses ``level``, linearly interpolated between pixel centres.

    Parameters
    ----------
    array2d
        shape (rows, columns), any real dtype or bool. Pixels that are not finite count as below the level.
    level
        In the unit of ``array2d``; pixels at or above it are inside.

    Returns
    -------
    Polylines of shape (M, 2), float64, in pixels as (column, row). Closed lines repeat their first point at the end;
    lines that leave the image end at its outermost pixel centres.
    """
    values = np.asarray(array2d, dtype=np.float64)
    if min(values.shape) < 2:
        return []
    inside = np.greater_equal(values, level) & np.isfinite(values)
    starts, ends = _segments(values, inside, level)
    if starts.size == 0:
        return []
    chains = _link(starts, ends)
    return [_points(values, np.array(chain), level) for chain in chains]


def _segments(
    values: NDArray[np.float64], inside: NDArray[np.bool_], level: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return start and end edge numbers of all segments.

    An edge number is ``2·(row·columns + column)`` for the edge to the right of a pixel and that plus 1 for the edge
    below it.
    """
    columns = values.shape[1]
    bits = inside.astype(np.uint8)
    case = bits[:-1, :-1] + 2 * bits[:-1, 1:] + 4 * bits[1:, 1:] + 8 * bits[1:, :-1]
    # Few cells are crossed: everything below looks at these alone.
    rows, cols = np.nonzero((case != 0) & (case != _ALL_INSIDE))
    case = case[rows, cols]
    corners = [values[rows + down, cols + right] for down, right in ((0, 0), (0, 1), (1, 1), (1, 0))]
    joined = sum(corners) / 4 >= level
    first = rows * columns + cols
    edge = (2 * first, 2 * (first + 1) + 1, 2 * (first + columns), 2 * first + 1)
    starts: list[NDArray[np.int64]] = []
    ends: list[NDArray[np.int64]] = []

    def add(cells: NDArray[np.bool_], pairs: tuple[tuple[int, int], ...]) -> None:
        for start, end in pairs:
            starts.append(edge[start][cells])
            ends.append(edge[end][cells])

    for number, pairs in _SEGMENTS.items():
        add(case == number, pairs)
    for number in (5, 10):
        add((case == number) & joined, _SADDLE_JOINED[number])
        add((case == number) & ~joined, _SADDLE_SEPARATE[number])
    return np.concatenate(starts), np.concatenate(ends)


def _link(starts: NDArray[np.int64], ends: NDArray[np.int64]) -> list[list[int]]:
    """Follow segments end to start; each edge begins at most one segment and ends at most one."""
    following = dict(zip(starts.tolist(), ends.tolist(), strict=True))
    heads = sorted(set(following) - set(ends.tolist()))
    chains = []
    while following:
        first = heads.pop() if heads else next(iter(following))
        chain = [first]
        while (after := following.pop(chain[-1], None)) is not None:
            chain.append(after)
        chains.append(chain)
    return chains


def _points(values: NDArray[np.float64], edges: NDArray[np.int64], level: float) -> NDArray[np.float64]:
    """Return (column, row) of the level on each edge, shape (M, 2)."""
    pixel, below = np.divmod(edges, 2)
    row, column = np.divmod(pixel, values.shape[1])
    a = values[row, column]
    b = values[row + below, column + 1 - below]
    with np.errstate(invalid="ignore"):
        fraction = np.where(np.isfinite(a) & np.isfinite(b), (level - a) / np.where(b == a, 1.0, b - a), 0.5)
    return np.stack([column + fraction * (1 - below), row + fraction * below], axis=1)
