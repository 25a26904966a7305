"""Which pixels lie inside closed lines? Even-odd, judged at pixel centres, exact where a centre lies on a line.

A ray runs from each pixel centre toward lower columns; an odd number of crossings is inside. Edges are half open: a
centre on an edge belongs to the side of higher columns and rows, so lines that share an edge share no pixel and leave
none out. A line walked there and back (the bridge of a keyhole) cancels exactly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import GeometryRefused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

# Crossings that are held at once, of edges with rows: some 100 MB.
_MOST_CROSSINGS_AT_ONCE = 2 * 1024**2


def filled(lines: Sequence[NDArray[np.float64]], *, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return the pixels whose centres lie inside an odd number of closed lines.

    Parameters
    ----------
    lines
        Each of shape (M, 2), pixels as (column, row) with pixel centres at whole numbers; the last point joins the
        first, repeated or not. They may cross themselves and one another and reach outside the image.
    shape
        (rows, columns) of the image.

    Returns
    -------
    bool, shape (rows, columns).

    Raises
    ------
    GeometryRefused
        When a point is not finite.
    """
    rows, columns = shape
    toggles = np.zeros(rows * (columns + 1), dtype=np.int64)
    for lower, upper in _in_portions(_edges(lines), rows=rows):
        toggles += _crossings(lower, upper, shape=shape)
    counted = np.cumsum(toggles.reshape(rows, columns + 1)[:, :columns], axis=1)
    return np.asarray(counted % 2 == 1)


def _edges(lines: Sequence[NDArray[np.float64]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the ends of all edges, each with the end of the lower row first, shapes (E, 2)."""
    starts = [np.asarray(line, dtype=np.float64).reshape(-1, 2) for line in lines]
    first = np.concatenate([np.empty((0, 2)), *starts])
    second = np.concatenate([np.empty((0, 2)), *(np.roll(line, -1, axis=0) for line in starts)])
    if not np.isfinite(first).all():
        raise GeometryRefused("A closed line has a point that is not finite; draw it again.", code="line-not-finite")
    # Both ways along an edge must give the very same crossing.
    swap = (first[:, 1] > second[:, 1])[:, None]
    return np.where(swap, second, first), np.where(swap, first, second)


def _in_portions(
    edges: tuple[NDArray[np.float64], NDArray[np.float64]], *, rows: int
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Split edges so that what a portion crosses fits in memory, however long the lines are."""
    lower, upper = edges
    size = max(1, _MOST_CROSSINGS_AT_ONCE // max(rows, 1))
    for begin in range(0, len(lower), size):
        yield lower[begin : begin + size], upper[begin : begin + size]


def _crossings(lower: NDArray[np.float64], upper: NDArray[np.float64], *, shape: tuple[int, int]) -> NDArray[np.int64]:
    """Count edges by the first column that lies at or beyond them, shape (rows · (columns + 1),), row by row."""
    rows, columns = shape
    begin = np.clip(np.ceil(lower[:, 1]), 0, rows).astype(np.int64)
    end = np.clip(np.ceil(upper[:, 1]), 0, rows).astype(np.int64)
    count = end - begin
    edge = np.repeat(np.arange(len(count)), count)
    row = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count) + begin[edge]
    run, rise = (upper - lower).T
    # Multiplied before divided: whole crossings of lines with whole ends come out whole.
    across = lower[edge, 0] + (row - lower[edge, 1]) * run[edge] / rise[edge]
    column = np.clip(np.ceil(across), 0, columns).astype(np.int64)
    return np.bincount(row * (columns + 1) + column, minlength=rows * (columns + 1))
