"""Which voxels lie behind a line drawn on a picture? Scissors, through the whole patient, in any projection.

Whether a voxel's centre is inside is decided even-odd, as in drawn outlines. The line's neighbourhood is decided point
by point; everything else is looked up in a raster of the line, since a body has thirty million voxels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import PlanInvalid
from planner.segmentation.edit_scene import Patch
from planner.spatial.polygon import filled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.mask_edit import Cut
    from planner.segmentation.edit_scene import Scene
    from planner.spatial.box import Box

_CELLS = 1024
_MOST_PAIRS_AT_ONCE = 4 * 1024**2


def cut(edit: Cut, mask: NDArray[np.bool_], before: Box, scene: Scene) -> Patch:
    """Take away what lies behind the line (or beside it, to keep its inside); what is behind the viewer stays."""
    outline = Outline.of(np.array(edit.outline, dtype=np.float64))
    to_picture = np.array(edit.to_picture, dtype=np.float64).reshape(4, 4) @ scene.grid.matrix
    along, (across_x, across_y, across_w) = to_picture[:, :3], to_picture[[0, 1, 3], 3]
    part = mask[before].copy()
    k0, j0, i0 = (span.start for span in before)
    for number, plane in enumerate(part):
        if number % 16 == 0:
            scene.working("Cutting")
        rows, columns = np.nonzero(plane)
        i, j, k = columns + i0, rows + j0, number + k0
        w = along[3, 0] * i + along[3, 1] * j + (along[3, 2] * k + across_w)
        x = along[0, 0] * i + along[0, 1] * j + (along[0, 2] * k + across_x)
        y = along[1, 0] * i + along[1, 1] * j + (along[1, 2] * k + across_y)
        is_ahead = w > 0
        w[~is_ahead] = 1.0
        goes = outline.holds(x / w, y / w) != edit.keep_inside
        goes &= is_ahead
        plane[rows[goes], columns[goes]] = False
    return Patch(before, part)


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """A closed line, and a raster of it.

    Parameters
    ----------
    corners
        shape (N, 2), float64, in picture coordinates.
    lower, per_unit
        Where the raster's first cell centre lies, and cells per unit of the picture, each (x, y).
    inside, on_line
        shape (_CELLS + 1, _CELLS + 1) as [y, x]: cells whose centre is inside, and cells the line may touch.
    """

    corners: NDArray[np.float64]
    lower: NDArray[np.float64]
    per_unit: NDArray[np.float64]
    inside: NDArray[np.bool_]
    on_line: NDArray[np.bool_]

    @classmethod
    def of(cls, corners: NDArray[np.float64]) -> Outline:
        """Draw the raster; raise PlanInvalid for a line that encloses nothing."""
        from scipy.ndimage import binary_dilation

        if not np.isfinite(corners).all():
            raise PlanInvalid("The line drawn has a point that is not finite; draw it again.", code="edit-cut-line")
        lower, size = corners.min(axis=0), np.ptp(corners, axis=0)
        if not (size > 0).all():
            raise PlanInvalid("The line drawn encloses nothing; draw around what is to go.", code="edit-cut-line")
        per_unit = _CELLS / size
        cells = (corners - lower) * per_unit
        shape = (_CELLS + 1, _CELLS + 1)
        on_line = np.zeros(shape, np.bool_)
        for start, end in zip(cells, np.roll(cells, -1, axis=0), strict=True):
            steps = int(np.ceil(2 * np.abs(end - start).max())) + 1
            column, row = np.rint(np.linspace(start, end, steps + 1)).astype(int).T
            on_line[row, column] = True
        return cls(corners, lower, per_unit, filled([cells], shape=shape), binary_dilation(on_line, np.ones((3, 3))))

    def holds(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which points (N,), (N,) lie inside."""
        column, row = (x - self.lower[0]) * self.per_unit[0], (y - self.lower[1]) * self.per_unit[1]
        near = np.flatnonzero((column >= -0.5) & (column <= _CELLS + 0.5) & (row >= -0.5) & (row <= _CELLS + 0.5))
        found = np.zeros(len(x), np.bool_)
        cell = np.rint(row[near]).astype(int), np.rint(column[near]).astype(int)
        found[near] = self.inside[cell]
        close = near[self.on_line[cell]]
        found[close] = self._holds_exactly(x[close], y[close])
        return found

    def _holds_exactly(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Count the edges to the left of each point, half open as in :mod:`planner.spatial.polygon`."""
        (x0, y0), (x1, y1) = self.corners.T, np.roll(self.corners, -1, axis=0).T
        slope = (x1 - x0) / np.where(y1 == y0, 1.0, y1 - y0)
        found = np.zeros(len(x), np.bool_)
        step = max(1, _MOST_PAIRS_AT_ONCE // len(self.corners))
        for start in range(0, len(x), step):
            px, py = x[start : start + step, None], y[start : start + step, None]
            crosses = (y0 <= py) != (y1 <= py)
            crosses &= x0 + slope * (py - y0) <= px
            found[start : start + step] = np.count_nonzero(crosses, axis=1) % 2 == 1
        return found
