"""Which closed lines enclose exactly these pixels? One line for each part of a slice, its holes joined on as keyholes.

Lines run half way between pixel centres inside and outside (marching squares), so whoever fills them at pixel centres
gets the very pixels back. A structure set knows no holes; the keyhole is the form that the standard describes
(PS3.3 C.8.8.6.3): the line goes in to the hole and out again along the same bridge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.spatial.contour import marching_squares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Line = NDArray[np.float64]


def enclosing_lines(plane: NDArray[np.bool_]) -> list[NDArray[np.float64]]:
    """Return closed lines that hold exactly the centres of a slice's pixels, even-odd.

    Parameters
    ----------
    plane
        bool, shape (rows, columns).

    Returns
    -------
    Lines of shape (M, 2), (column, row), without a repeated end and without points along a straight run.
    """
    rows, columns = np.nonzero(plane)
    if not rows.size:
        return []
    # Only the box of the structure, with a rim so that no line runs out of it.
    corner = (columns.min() - 1, rows.min() - 1)
    box = np.pad(plane[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1], 1)
    loops = [line[:-1] for line in marching_squares(box, 0.5)]
    return [_without_straight_runs(line) + corner for line in _with_keyholes(loops)]


def _with_keyholes(loops: list[Line]) -> list[Line]:
    """Join each hole to the line beside it on its left.

    From a hole's leftmost point the pixels to the left are inside, up to the next line: the outline of the same part,
    or another of its holes, that begins farther left. So holes are joined from right to left, each once.
    """
    points = np.concatenate(loops)
    first = np.cumsum([0, *(len(loop) for loop in loops)])
    # Lines run with the inside on their left as drawn with rows downward.
    is_hole = _doubled_areas(points, first) > 0
    owner = np.repeat(np.arange(len(loops)), [len(loop) for loop in loops])
    place = np.concatenate([np.arange(len(loop)) for loop in loops])
    # Where lines cross the rows of pixel centres, from left to right in each.
    on_row = np.flatnonzero(points[:, 1] == np.round(points[:, 1]))
    crossings = on_row[np.lexsort((points[on_row, 0], points[on_row, 1]))]
    rank = {int(point): at for at, point in enumerate(crossings)}
    joined: dict[int, list[tuple[int, Line]]] = {number: [] for number in range(len(loops))}
    for number in sorted(np.flatnonzero(is_hole).tolist(), key=lambda hole: -float(loops[hole][:, 0].min())):
        leftmost = int(loops[number][:, 0].argmin())
        beside = int(crossings[rank[int(first[number]) + leftmost] - 1])
        ring = _spliced(loops[number], joined[number], begin=leftmost)
        joined[int(owner[beside])].append((int(place[beside]), ring))
    return [_spliced(loops[at], joined[at], begin=0) for at in np.flatnonzero(~is_hole).tolist()]


def _spliced(loop: Line, rings: list[tuple[int, Line]], *, begin: int) -> Line:
    """Return a line that starts at one of its points, with rings put in: out to the ring, around it, and back."""
    turned = np.concatenate([loop[begin:], loop[:begin]]) if begin else loop
    if not rings:
        return turned
    parts, at = [], 0
    for place, ring in sorted(rings, key=lambda pair: (pair[0] - begin) % len(loop)):
        here = (place - begin) % len(loop)
        parts += [turned[at : here + 1], ring, ring[:1]]
        at = here
    return np.concatenate([*parts, turned[at:]])


def _doubled_areas(points: Line, first: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return twice the signed area of each loop; ``first`` are the places of their first points, and the end."""
    after = np.arange(1, len(points) + 1)
    after[first[1:] - 1] = first[:-1]
    x, y = points.T
    return np.asarray(np.add.reduceat(x * y[after] - y * x[after], first[:-1]))


def _without_straight_runs(line: Line) -> Line:
    """Leave out the points at which the line goes straight on; where it turns back it is kept."""
    after = np.concatenate([line[1:], line[:1]]) - line
    before = np.concatenate([after[-1:], after[:-1]])
    turn = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    kept: Line = line[(turn != 0) | ((before * after).sum(axis=1) < 0)]
    return kept
