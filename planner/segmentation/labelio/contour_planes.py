"""Which voxels do closed lines on planes hold? Each plane stands for its share of the height, wherever the slices lie.

Lines of one plane are filled at pixel centres, even-odd for each line by itself (so keyholes open). A line wholly
inside another cuts a hole, as most systems write them; lines that overlap otherwise are united; a line declared as
exclusive (CLOSEDPLANAR_XOR) always toggles.

A plane reaches half way to its neighbours, no farther than is usual among the structure's planes. A voxel belongs to
the structure where planes cover at least half of its height: on the slices themselves that is the very slice, between
them nothing is lost, and planes closer than the slices count by their share.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.spatial import polygon

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Fill = tuple[tuple[slice, slice], NDArray[np.bool_]]

SAME_PLANE = 0.05  # of the slice spacing: lines whose heights differ by less lie on one plane
ON_SLICE = 0.1  # of it: a plane farther from every slice is told as lying between them
WIDEST_GAP = 1.5  # of the usual distance of planes: a wider gap stays open
FARTHEST_MM = 10.0  # largest distance of planes that is taken as usual; nobody draws only every second centimetre
_HALF = 0.5
_NOTHING = 1e-3
# A plane exactly between two slices belongs to the lower one, whole.
_LOWER = 2 * _NOTHING


@dataclass(frozen=True, slots=True, eq=False)
class ClosedLine:
    """One closed line on a plane parallel to the slices.

    ``points`` has shape (M, 2): (column, row) in pixels of the CT; ``height`` counts in slices, as the index k does.
    """

    points: NDArray[np.float64]
    height: float
    is_exclusive: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class FilledPlanes:
    """The voxels inside, bool, shape (K, J, I), and what is to be told of how they came to be.

    ``off_slice`` planes lie between slices, ``outside`` of the ``planes`` lie beyond the CT, ``gaps`` between planes
    are wider than usual and stay open. ``is_thin``: thinner than a slice is high, so put on the nearest ones.
    """

    mask: NDArray[np.bool_]
    planes: int
    off_slice: int
    outside: int
    gaps: int
    is_thin: bool


def fill_planes(lines: Sequence[ClosedLine], *, shape: tuple[int, int, int], step_mm: float) -> FilledPlanes:
    """Return the voxels that closed lines hold.

    Parameters
    ----------
    lines
        At least one, in any order.
    shape
        (K, J, I) of the CT.
    step_mm
        Distance between its slices.
    """
    planes = _planes(lines)
    heights = np.array([height for height, _ in planes])
    below, above, gaps = _reach(heights, most=max(1.0, FARTHEST_MM / step_mm))
    mask = np.zeros(shape, dtype=np.bool_)
    covered: dict[int, list[tuple[float, Fill]]] = defaultdict(list)
    nearest: list[tuple[int, Fill]] = []
    for (height, own), down, up in zip(planes, below, above, strict=True):
        fill = _filled(own, shape[1:])
        if fill is None:
            continue
        low, high = height - down - _LOWER, height + up - _LOWER
        for k in range(max(0, round(low)), min(shape[0] - 1, round(high)) + 1):
            share = min(high, k + _HALF) - max(low, k - _HALF)
            if share > _NOTHING:
                covered[k].append((share, fill))
        if 0 <= (k := round(height - _LOWER)) < shape[0]:
            nearest.append((k, fill))
    for k, shares in covered.items():
        _put_covered(mask[k], shares)
    is_thin = not mask.any() and bool(nearest)
    for k, (box, inside) in nearest if is_thin else ():
        mask[k][box] |= inside
    return FilledPlanes(
        mask,
        planes=len(planes),
        off_slice=int((np.abs(heights - np.round(heights)) > ON_SLICE).sum()),
        outside=int(((heights < -_HALF) | (heights > shape[0] - _HALF)).sum()),
        gaps=gaps,
        is_thin=is_thin,
    )


def _planes(lines: Sequence[ClosedLine]) -> list[tuple[float, list[ClosedLine]]]:
    """Gather lines of one height, from the lowest plane up."""
    planes: list[tuple[float, list[ClosedLine]]] = []
    for line in sorted(lines, key=lambda line: line.height):
        if planes and line.height - planes[-1][0] <= SAME_PLANE:
            planes[-1][1].append(line)
        else:
            planes.append((line.height, [line]))
    return planes


def _reach(heights: NDArray[np.float64], *, most: float) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """Return how far each plane stands for the height below and above it, and how many gaps stay open."""
    if len(heights) < 2:
        return np.full(1, _HALF), np.full(1, _HALF), 0
    distances = np.diff(heights)
    usual = min(float(np.median(distances)), most)
    is_open = distances > WIDEST_GAP * usual
    half = np.where(is_open, usual, distances) / 2
    below = np.concatenate([[usual / 2], half])
    above = np.concatenate([half, [usual / 2]])
    return below, above, int(is_open.sum())


def _put_covered(plane: NDArray[np.bool_], shares: list[tuple[float, Fill]]) -> None:
    """Set the pixels of one slice that are covered for at least half of its height."""
    whole = [fill for share, fill in shares if share >= _HALF]
    for box, inside in whole:
        plane[box] |= inside
    # Where one plane covers more than half, all the others together do not.
    if sum(share for share, _ in shares if share < _HALF or not whole) >= _HALF - _NOTHING:
        covered = np.zeros(plane.shape, dtype=np.float32)
        for share, (box, inside) in shares:
            covered[box] += np.float32(share) * inside
        plane |= covered >= _HALF - _NOTHING


def _filled(lines: Sequence[ClosedLine], shape: tuple[int, int]) -> Fill | None:
    """Fill the lines of one plane inside the box that they reach; ``None`` when no pixel centre is inside."""
    box = _box(np.concatenate([line.points for line in lines]), shape)
    if box is None:
        return None
    inside = np.zeros(tuple(side.stop - side.start for side in box), dtype=np.bool_)
    # What lies inside another line has a smaller extent, so it comes later.
    seen: set[tuple[object, ...]] = set()
    for line in sorted(lines, key=lambda line: (line.is_exclusive, -float(np.ptp(line.points, axis=0).prod()))):
        own_box = _box(line.points, shape)
        if own_box is None:
            continue
        rows, columns = own_box
        size = (rows.stop - rows.start, columns.stop - columns.start)
        own = polygon.filled([line.points - (columns.start, rows.start)], shape=size)
        key = (own_box[0].start, own_box[1].start, size, own.tobytes())
        # The same line written twice is one line, not a hole as large as its outline.
        if not own.any() or (not line.is_exclusive and key in seen):
            continue
        seen.add(key)
        view = inside[tuple(slice(a.start - b.start, a.stop - b.start) for a, b in zip(own_box, box, strict=True))]
        if line.is_exclusive or not (own & ~view).any():
            view ^= own
        else:
            view |= own
    return (box, inside) if inside.any() else None


def _box(points: NDArray[np.float64], shape: tuple[int, int]) -> tuple[slice, slice] | None:
    """Return the rows and columns of the image that points (column, row) reach; ``None`` when they reach none."""
    low = np.clip(np.floor(points.min(axis=0)), 0, shape[::-1]).astype(int).tolist()
    high = np.clip(np.ceil(points.max(axis=0)) + 1, 0, shape[::-1]).astype(int).tolist()
    box = slice(low[1], high[1]), slice(low[0], high[0])
    return box if min(side.stop - side.start for side in box) > 0 else None
