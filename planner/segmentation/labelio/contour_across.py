"""Which voxels do closed lines hold that were drawn across the slices? Sagittal, coronal, or on any other plane.

They are filled on a fine grid of their own, whose slices lie along their planes, and resampled onto the CT by volume.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.domain.geometry import Grid
from planner.segmentation import placement
from planner.segmentation.labelio.contour_planes import FARTHEST_MM, ClosedLine, fill_planes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MOST_CELLS = 2**28
MOST_TURN = 0.02  # by which the normals of lines may differ, of a unit vector
MOST_RISE_MM = 0.5  # how far a point may leave its line's plane


def fill_across(lines: Sequence[NDArray[np.float64]], *, grid: Grid) -> NDArray[np.bool_] | None:
    """Return the CT's voxels inside lines on parallel planes of any direction.

    Parameters
    ----------
    lines
        At least one, each of shape (M, 3), LPS mm, M at least 3.
    grid
        The CT's.

    Returns
    -------
    bool, shape of the grid; ``None`` when the lines lie in no common direction, are not flat, or reach too far.
    """
    normals = np.array([_normal(line) for line in lines])
    normals *= np.where(normals @ normals[0] < 0, -1.0, 1.0)[:, None]
    normal = normals.sum(axis=0)
    length = float(np.linalg.norm(normal))
    if not length > 0 or np.abs(normals - normal / length).max() > MOST_TURN:
        return None
    axes = _axes(normal / length, grid)
    turned = [line @ axes for line in lines]
    if max(float(np.ptp(line[:, 2])) for line in turned) > 2 * MOST_RISE_MM:
        return None
    step_mm = min(grid.spacing_ijk_mm)
    points = np.concatenate(turned)
    # Planes reach beyond the outermost line by half their usual distance.
    room = np.array([step_mm, step_mm, FARTHEST_MM])
    # On the CT's own lattice where the axes are its own: what ends between its voxels then ends between these.
    start = grid.origin_lps_mm @ axes
    low = start + np.floor((points.min(axis=0) - room - start) / step_mm) * step_mm
    counts = np.ceil((points.max(axis=0) + room - low) / step_mm) + 1
    if counts.prod() > MOST_CELLS:
        return None
    shape = (int(counts[2]), int(counts[1]), int(counts[0]))
    own = Grid.from_axes(shape, origin_lps_mm=axes @ low, spacing_ijk_mm=(step_mm,) * 3, direction=axes)
    index = [(line - low) / step_mm for line in turned]
    closed = [ClosedLine(line[:, :2], float(line[:, 2].mean())) for line in index]
    filled = fill_planes(closed, shape=shape, step_mm=step_mm)
    return placement.onto_ct(filled.mask, source=own, target=grid)


def _normal(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the unit normal of a closed line (Newell); zeros for one without an area."""
    arms = line - line.mean(axis=0)
    area = np.cross(arms, np.roll(arms, -1, axis=0)).sum(axis=0)
    length = float(np.linalg.norm(area))
    return np.asarray(area / length if length > 0 else np.zeros(3))


def _axes(normal: NDArray[np.float64], grid: Grid) -> NDArray[np.float64]:
    """Return right-handed unit axes as columns, the third along the normal, the first as near to an axis of the CT."""
    nearest = grid.direction[:, int(np.abs(normal @ grid.direction).argmin())]
    first = nearest - (nearest @ normal) * normal
    first /= np.linalg.norm(first)
    return np.stack([first, np.cross(normal, first), normal], axis=1)
