"""What does the hand draw? The working copy of one mask: dabs, strokes and outlines, voxel by voxel, where they fall.

A voxel belongs to a disc when its centre lies within the radius, measured in the slice, and the slice's plane cuts the
voxel: the disc is one voxel thick along the stored slices, and has no holes on oblique ones. It belongs to a ball when
its centre lies within the radius. Between two places of a fast hand everything on the straight way is drawn as well.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain.bit_packing import NOWHERE, Box, box_around
from planner.spatial.polygon import filled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import ArrayLike, NDArray

    from planner.domain.geometry import Grid, PointLps
    from planner.domain.volume import Volume

# A plane through the face between two voxels cuts one of them, whatever the last bits say.
_TIE = 1e-6
_VOXELS_AT_ONCE = 16384


@dataclass(frozen=True, slots=True, eq=False)
class DraftLimit:
    """Where voxels may change: only inside a mask (bool, (K, J, I)), only from ``low_hu`` to ``high_hu``."""

    inside: NDArray[np.bool_] | None = None
    low_hu: float | None = None
    high_hu: float | None = None

    def keep_allowed(self, changed: NDArray[np.bool_], hu: NDArray[Any], box: Box) -> None:
        """Clear what may not change from the voxels of a box that would."""
        if self.inside is not None:
            changed &= self.inside[box.slices]
        # Whole HU are compared with whole numbers: turned into floats first, they would take most of a dab.
        is_whole = np.issubdtype(hu.dtype, np.integer)
        if self.low_hu is not None:
            changed &= hu[box.slices] >= (math.ceil(self.low_hu) if is_whole else self.low_hu)
        if self.high_hu is not None:
            changed &= hu[box.slices] <= (math.floor(self.high_hu) if is_whole else self.high_hu)


NO_LIMIT = DraftLimit()


@dataclass(frozen=True, slots=True, eq=False)
class Stroke:
    """What a stroke left behind: the content of the box it touched, a copy."""

    box: Box
    content: NDArray[np.bool_]

    def put_into(self, mask: NDArray[np.bool_]) -> None:
        """Write it into a mask that has everything before it."""
        mask[self.box.slices] = self.content


class MaskDraft:
    """A mask being drawn on the grid of a CT.

    Parameters
    ----------
    volume
        The CT.
    mask
        bool, shape (K, J, I), what is there already; it is copied, not changed.
    """

    def __init__(self, volume: Volume, mask: NDArray[np.bool_]) -> None:
        self._grid, self._hu = volume.grid, volume.hu
        # ``box`` is around everything that is or was True, for whoever draws the mask; it never shrinks.
        self._mask, self.box = copied(mask)
        self._seen = self._mask.view()
        self._seen.flags.writeable = False
        self._dabs: list[tuple[Box, NDArray[np.uint8]]] = []  # as bits: a long stroke of a large ball is many

    @property
    def mask(self) -> NDArray[np.bool_]:
        """The working copy as it stands, read-only; it changes with the next dab."""
        return self._seen

    def stamp(
        self,
        points_lps_mm: Sequence[PointLps],
        radius_mm: float,
        *,
        plane_normal: PointLps | None,
        erase: bool = False,
        limit: DraftLimit = NO_LIMIT,
    ) -> Box:
        """Draw or erase a disc or a ball at each point and on the straight way from one to the next.

        Parameters
        ----------
        points_lps_mm
            Where the hand was, LPS mm; one point is a single dab.
        plane_normal
            Unit normal of the slice, for a disc in it; None for a ball.

        Returns
        -------
        Box
            Around the voxels that changed; ``NOWHERE`` when none did.
        """
        brush = _Brush(self._grid, radius_mm, plane_normal)
        ways = list(pairwise(points_lps_mm)) if len(points_lps_mm) > 1 else [(points_lps_mm[0], points_lps_mm[0])]
        changed = NOWHERE
        for start, end in (step for way in ways for step in brush.steps(*way)):
            box, inside = brush.voxels(start, end)
            changed = changed.joined(self._write(box, inside, erase=erase, limit=limit))
        return changed

    def fill_outline(
        self,
        outline_lps_mm: ArrayLike,
        *,
        plane_normal: PointLps,
        erase: bool = False,
        limit: DraftLimit = NO_LIMIT,
    ) -> Box:
        """Draw or erase what a closed line in a slice goes around, even-odd; return the box that changed.

        ``outline_lps_mm`` has shape (N, 3), LPS mm; its first point says which plane it lies in.
        """
        changed = NOWHERE
        for box, inside in _outlined(np.asarray(outline_lps_mm, dtype=float), np.asarray(plane_normal), self._grid):
            changed = changed.joined(self._write(box, inside, erase=erase, limit=limit))
        return changed

    def take_stroke(self) -> Stroke | None:
        """Close the stroke and return what it left; None when it changed nothing."""
        touched = NOWHERE
        for box, _ in self._dabs:
            touched = touched.joined(box)
        self._dabs.clear()
        return None if touched == NOWHERE else Stroke(touched, self._mask[touched.slices].copy())

    def cancel_stroke(self) -> Box:
        """Put back what the stroke has changed so far; return the box that changed."""
        touched = NOWHERE
        for box, flipped in self._dabs:
            self._mask[box.slices] ^= np.unpackbits(flipped, count=box.cells).view(np.bool_).reshape(box[3:])
            touched = touched.joined(box)
        self._dabs.clear()
        return touched

    def _write(self, box: Box, inside: NDArray[np.bool_], *, erase: bool, limit: DraftLimit) -> Box:
        """Set or clear voxels of a box and note which of them changed."""
        if box == NOWHERE:
            return NOWHERE
        part = self._mask[box.slices]
        # In bools a > b is "a and not b".
        changed = inside & part if erase else inside > part
        limit.keep_allowed(changed, self._hu, box)
        if not changed.any():
            return NOWHERE
        part ^= changed
        self._dabs.append((box, np.packbits(changed)))
        if not erase:
            self.box = self.box.joined(box)
        return box


def copied(mask: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], Box]:
    """Return a copy of a mask that takes memory only around what is True, and the box of that."""
    box = box_around(mask)
    copy = np.zeros(mask.shape, dtype=np.bool_)
    copy[box.slices] = mask[box.slices]
    return copy, box


class _Brush:
    """A disc or a ball on a grid: which voxels it covers on the way from one point to another."""

    def __init__(self, grid: Grid, radius_mm: float, plane_normal: PointLps | None) -> None:
        self._grid, self._radius_mm = grid, radius_mm
        self._normal = None if plane_normal is None else np.asarray(plane_normal, dtype=float)
        self._steps = grid.matrix[:3, :3]  # columns: one index step along i, j, k in LPS mm
        self._half_mm = 0.0 if self._normal is None else _half_thickness_mm(self._normal, grid)

    def steps(self, start: PointLps, end: PointLps) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """Cut a way into pieces no longer than the brush is wide: the box of a slanting piece is mostly empty."""
        first, last = np.asarray(start, dtype=float), np.asarray(end, dtype=float)
        if self._normal is not None:
            last = last - ((last - first) @ self._normal) * self._normal
        count = max(1, int(np.ceil(np.linalg.norm(last - first) / max(2 * self._radius_mm, 1.0))))
        at = first + np.linspace(0, 1, count + 1)[:, None] * (last - first)
        return pairwise(at)

    def voxels(self, start: NDArray[np.float64], end: NDArray[np.float64]) -> tuple[Box, NDArray[np.bool_]]:
        """Return a box and which of its voxels the brush covers; at least the voxel that the hand is on."""
        box = self._box(start, end)
        if box != NOWHERE:
            inside = self._covered(box, start, end)
            if inside.any():
                return box, inside
        return _voxel_at(end, self._grid), np.ones((1, 1, 1), np.bool_)

    def _box(self, start: NDArray[np.float64], end: NDArray[np.float64]) -> Box:
        """Return the box of voxels whose centres may be covered, within the grid."""
        inverse = np.linalg.inv(self._steps)
        if self._normal is None:
            reach = self._radius_mm * np.linalg.norm(inverse, axis=1)
        else:
            # Of a flat disc only its rim: along each index axis as far as the radius reaches across the normal.
            along = inverse @ self._normal
            across = np.sqrt(np.maximum(np.sum(inverse**2, axis=1) - along**2, 0.0))
            reach = self._radius_mm * across + self._half_mm * np.abs(along)
        ends = self._grid.to_index(np.array([start, end]))
        return _clipped(ends.min(axis=0) - reach, ends.max(axis=0) + reach, self._grid)

    def _covered(self, box: Box, start: NDArray[np.float64], end: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Judge the voxel centres of a box, a few slices at a time: what is worked on stays in the cache."""
        inside = np.empty(box[3:], dtype=np.bool_)
        at_once = max(1, _VOXELS_AT_ONCE // (box.height * box.width))
        way = end - start
        for first in range(0, box.depth, at_once):
            part = inside[first : first + at_once]
            slab = box._replace(k=box.k + first, depth=len(part))
            self._judge(_offsets(slab, self._grid.to_index(start)), way, part)
        return inside

    def _judge(
        self, offsets: tuple[NDArray[np.float64], ...], way: NDArray[np.float64], inside: NDArray[np.bool_]
    ) -> None:
        """Judge voxels by their distance, quadratic in the indices: each axis is worked out once."""
        i, j, k = offsets
        metric = self._steps.T @ self._steps
        away = (metric[1, 1] * j**2 + metric[2, 2] * k**2) + metric[0, 0] * i**2
        for one, other in ((0, 1), (0, 2), (1, 2)):
            if abs(metric[one, other]) > 1e-12 * metric[one, one]:
                away += 2 * metric[one, other] * offsets[one] * offsets[other]
        is_cut: NDArray[np.bool_] | None = None
        if self._normal is not None:
            off_plane = _linear(offsets, self._steps.T @ self._normal)
            is_cut = _is_cut(off_plane, self._half_mm)
            away -= np.square(off_plane, out=off_plane)
        length = float(way @ way)
        if length > 0:
            along = _linear(offsets, self._steps.T @ way)
            share = along * (1 / length)
            np.clip(share, 0.0, 1.0, out=share)
            # |p - s w|² = |p|² - s (2 p·w - s |w|²)
            along *= 2
            along -= share * length
            along *= share
            away -= along
        np.less_equal(away, self._radius_mm**2 * (1 + 1e-9), out=inside)
        if is_cut is not None:
            inside &= is_cut


def _outlined(
    outline_lps_mm: NDArray[np.float64], normal: NDArray[np.float64], grid: Grid
) -> Iterator[tuple[Box, NDArray[np.bool_]]]:
    """Yield boxes one voxel thick, each with which of its voxels a line in a plane goes around.

    The boxes lie across the stored axis that is nearest to the normal. In each of them the voxels' shadows on the plane
    form a lattice, so the line, cast along the normal onto the box, is filled there.
    """
    half_mm = _half_thickness_mm(normal, grid)
    along = np.linalg.inv(grid.matrix[:3, :3]) @ normal  # index steps per mm along the normal
    axis = int(np.argmax(np.abs(grid.direction.T @ normal)))
    first, second = (other for other in range(3) if other != axis)
    index = grid.to_index(outline_lps_mm)
    reach = half_mm * np.abs(along)
    around = _clipped(index.min(axis=0) - reach, index.max(axis=0) + reach, grid)
    lower, count = around[2 - axis], around[5 - axis]
    per_step = grid.matrix[:3, :3].T @ normal
    for layer in range(lower, lower + count):
        cast = index + ((layer - index[:, axis]) / along[axis])[:, None] * along
        low, high = cast.min(axis=0), cast.max(axis=0)
        low[axis] = high[axis] = layer
        box = _clipped(low, high, grid)
        if box == NOWHERE:
            continue
        corner = np.array([box[2 - first], box[2 - second]])
        shape = (box[5 - second], box[5 - first])
        flat = filled([cast[:, [first, second]] - corner], shape=shape)
        inside = flat.reshape(_spread_shape(shape, first=first, second=second))
        off_plane = _linear(_offsets(box, index[0]), per_step)
        yield box, inside & _is_cut(off_plane, half_mm)


def _spread_shape(shape: tuple[int, int], *, first: int, second: int) -> tuple[int, int, int]:
    """Return the (k, j, i) shape of a picture whose columns run along one index axis and rows along a later one."""
    spread = [1, 1, 1]
    spread[2 - second], spread[2 - first] = shape
    return spread[0], spread[1], spread[2]


def _half_thickness_mm(normal: NDArray[np.float64], grid: Grid) -> float:
    """Return how far from a plane the centre of a voxel may lie that the plane still cuts, mm."""
    return float(np.abs(grid.matrix[:3, :3].T @ normal).sum()) / 2


def _is_cut(off_plane_mm: NDArray[np.float64], half_mm: float) -> NDArray[np.bool_]:
    """Whether the plane cuts each voxel; of two that share a face in the plane, the one along the normal."""
    tie = _TIE * half_mm
    return (off_plane_mm > tie - half_mm) & (off_plane_mm <= tie + half_mm)


def _offsets(box: Box, from_ijk: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Return the index offsets of a box's voxels along i, j and k, shaped to broadcast to (K, J, I)."""
    i = np.arange(box.i, box.i + box.width) - from_ijk[0]
    j = np.arange(box.j, box.j + box.height) - from_ijk[1]
    k = np.arange(box.k, box.k + box.depth) - from_ijk[2]
    return i[None, None, :], j[None, :, None], k[:, None, None]


def _linear(offsets: tuple[NDArray[np.float64], ...], per_step: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sum over the axes of offset times ``per_step``, shape (K, J, I)."""
    i, j, k = offsets
    total: NDArray[np.float64] = (j * per_step[1] + k * per_step[2]) + i * per_step[0]
    return total


def _clipped(low_ijk: NDArray[np.float64], high_ijk: NDArray[np.float64], grid: Grid) -> Box:
    """Return the box of all voxels from one index to another, both included, within the grid."""
    upper = np.array(grid.shape_kji[::-1])
    lower = np.maximum(np.ceil(low_ijk - _TIE), 0).astype(int)
    stop = np.minimum(np.floor(high_ijk + _TIE) + 1, upper).astype(int)
    size = stop - lower
    if (size <= 0).any():
        return NOWHERE
    return Box(*(int(n) for n in (*lower[::-1], *size[::-1])))


def _voxel_at(lps_mm: NDArray[np.float64], grid: Grid) -> Box:
    """Return the voxel a point lies in; ``NOWHERE`` outside the grid."""
    if not grid.contains(lps_mm):
        return NOWHERE
    i, j, k = np.clip(np.round(grid.to_index(lps_mm)).astype(int), 0, np.array(grid.shape_kji[::-1]) - 1)
    return Box(int(k), int(j), int(i), 1, 1, 1)
