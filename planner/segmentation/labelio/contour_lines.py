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
    # Lines run with the inside on their left as drawn with rows downward.
    is_hole = [_doubled_area(loop) > 0 for loop in loops]
    points = np.concatenate(loops)
    owner = np.repeat(np.arange(len(loops)), [len(loop) for loop in loops])
    place = np.concatenate([np.arange(len(loop)) for loop in loops])
    # Where lines cross the rows of pixel centres, from left to right in each.
    on_row = np.flatnonzero(points[:, 1] == np.round(points[:, 1]))
    crossings = on_row[np.lexsort((points[on_row, 0], points[on_row, 1]))]
    rank = {int(point): at for at, point in enumerate(crossings)}
    first = np.cumsum([0, *(len(loop) for loop in loops)])
    joined: dict[int, list[tuple[int, Line]]] = {number: [] for number in range(len(loops))}
    holes = [number for number, hole in enumerate(is_hole) if hole]
    for number in sorted(holes, key=lambda hole: -loops[hole][:, 0].min()):
        leftmost = int(loops[number][:, 0].argmin())
        beside = int(crossings[rank[int(first[number]) + leftmost] - 1])
        ring = _spliced(loops[number], joined[number], begin=leftmost)
        joined[int(owner[beside])].append((int(place[beside]), ring))
    return [_spliced(loops[at], joined[at], begin=0) for at, hole in enumerate(is_hole) if not hole]


def _spliced(loop: Line, rings: list[tuple[int, Line]], *, begin: int) -> Line:
    """Return a line that starts at one of its points, with rings put in: out to the ring, around it, and back."""
    parts, at = [], 0
    turned = np.roll(loop, -begin, axis=0)
    for place, ring in sorted(rings, key=lambda pair: (pair[0] - begin) % len(loop)):
        here = (place - begin) % len(loop)
        parts += [turned[at : here + 1], ring, ring[:1]]
        at = here
    return np.concatenate([*parts, turned[at:]])


def _doubled_area(loop: Line) -> float:
    x, y = loop.T
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1))


def _without_straight_runs(line: Line) -> Line:
    """Leave out the points at which the line goes straight on; where it turns back it is kept."""
    before, after = line - np.roll(line, 1, axis=0), np.roll(line, -1, axis=0) - line
    turn = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    kept: Line = line[(turn != 0) | ((before * after).sum(axis=1) < 0)]
    return kept
