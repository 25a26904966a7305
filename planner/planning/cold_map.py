"""How much of a structure gets how cold, and where is it coldest? A field read at the points of a mask's voxels.

Every voxel counts with 27 points, so volumes are told below the size of a voxel; the coldest point is looked for to the
voxels' outer faces. Which voxels can hold it is told by the cells around them: a field read linearly between its cells
is nowhere below the lowest of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.geometry import Grid, PointLps, point

if TYPE_CHECKING:
    from numpy.typing import NDArray

POINTS_PER_VOXEL = 27
_Window = tuple[slice, slice, slice]


@dataclass(frozen=True, slots=True)
class Survey:
    """What a field says of one mask.

    Parameters
    ----------
    lowest
        Smallest value within the field's box; None where no voxel of the mask lies in it.
    below_ml
        For each level asked for, the volume at or below it.
    total_ml
        Volume of the whole mask.
    goes_on
        Whether voxels of the mask lie outside the field's box.
    """

    lowest: float | None
    lowest_at_lps_mm: PointLps | None
    below_ml: tuple[float, ...]
    total_ml: float
    goes_on: bool


@dataclass(frozen=True, slots=True, eq=False)
class ColdMap:
    """A field, ready to be read at the voxels of masks on another grid.

    Parameters
    ----------
    field, least
        shape (K, J, I) of ``box``, float32: the field, and what no point of a voxel centred in a cell is below.
    window
        Part of the masks' grid, ``[k, j, i]``, outside which no voxel's centre lies in the box; None without one.
    """

    field: NDArray[np.float32]
    least: NDArray[np.float32]
    box: Grid
    grid: Grid
    window: _Window | None

    @classmethod
    def of(cls, field: NDArray[np.floating], box: Grid, grid: Grid) -> ColdMap:
        """Prepare a field, shape (K, J, I) of ``box``, for masks of ``grid``."""
        from scipy.ndimage import minimum_filter

        own = np.array(field, dtype=np.float32, order="C")
        steps = np.abs(np.linalg.solve(box.matrix, grid.matrix)[:3, :3])
        # A voxel ends half a voxel from its centre, that half a cell from its cell; the next cell still has a say.
        reach_ijk = np.floor(0.5 + steps.sum(axis=1) / 2 + 1).astype(int)
        size_kji = tuple(int(2 * n + 1) for n in reach_ijk[::-1])
        return cls(own, minimum_filter(own, size=size_kji, mode="nearest"), box, grid, _window(box, grid))

    def survey(self, mask: NDArray[np.bool_], levels: tuple[float, ...]) -> Survey:
        """Read the field at a mask, bool, shape (K, J, I) of ``grid``; ``levels`` increase."""
        from planner.spatial.survey_kernels import survey

        voxel_ml = self.grid.voxel_volume_mm3 / 1000
        voxels = int(np.count_nonzero(mask))
        counts, lowest = np.zeros(len(levels), np.int64), np.array([np.inf, 0.0, 0.0, 0.0])
        part = None if self.window is None else np.array(mask[self.window], dtype=np.bool_, order="C")
        if part is None or self.window is None or not part.any():
            return Survey(None, None, (0.0,) * len(levels), voxels * voxel_ml, voxels > 0)
        first = np.array([span.start for span in self.window][::-1])
        window = self.grid.cropped(tuple(int(n) for n in first), part.shape)  # type: ignore[arg-type]
        there, back = np.linalg.solve(self.box.matrix, window.matrix), np.linalg.solve(window.matrix, self.box.matrix)
        survey(
            part, self.field, self.least, np.stack((there[:3], back[:3])), np.array(levels, np.float64), counts, lowest
        )
        below = tuple(n * voxel_ml / POINTS_PER_VOXEL for n in accumulate(int(count) for count in counts))
        goes_on = voxels > int(np.count_nonzero(part))
        if not np.isfinite(lowest[0]):
            return Survey(None, None, below, voxels * voxel_ml, goes_on=True)
        return Survey(float(lowest[0]), point(self.grid.to_lps(lowest[1:] + first)), below, voxels * voxel_ml, goes_on)

    def surface(self, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return the voxels of a mask with a neighbour outside it, near the box alone; the scan's faces are none."""
        shell = np.zeros_like(mask)
        if self.window is None:
            return shell
        around = tuple(
            slice(max(span.start - 1, 0), min(span.stop + 1, size))
            for span, size in zip(self.window, mask.shape, strict=True)
        )
        shell[around] = surface_voxels(mask[around])
        return shell


def surface_voxels(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the voxels of a mask with a neighbour outside it, ignoring the faces of the array."""
    core = mask.copy()
    for axis in range(3):
        ahead, behind = [slice(None)] * 3, [slice(None)] * 3
        ahead[axis], behind[axis] = slice(1, None), slice(None, -1)
        core[tuple(behind)] &= mask[tuple(ahead)]
        core[tuple(ahead)] &= mask[tuple(behind)]
    surface: NDArray[np.bool_] = mask & ~core
    return surface


def _window(box: Grid, grid: Grid) -> _Window | None:
    """Return the voxels of ``grid`` round the box, to the outer faces of its cells."""
    k, j, i = box.shape_kji
    ends = np.stack(np.meshgrid((-0.5, i - 0.5), (-0.5, j - 0.5), (-0.5, k - 0.5), indexing="ij"), axis=-1)
    ijk = grid.to_index(box.to_lps(ends.reshape(-1, 3)))
    low = np.maximum(np.floor(ijk.min(axis=0)).astype(int), 0)
    high = np.minimum(np.ceil(ijk.max(axis=0)).astype(int) + 1, grid.shape_kji[::-1])
    if (high <= low).any():
        return None
    (i0, j0, k0), (i1, j1, k1) = low, high
    return slice(int(k0), int(k1)), slice(int(j0), int(j1)), slice(int(i0), int(i1))
