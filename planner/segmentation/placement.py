"""Where do a label file's planes lie on the CT? Positions become one regular stack, and the stack lands on the CT grid.

No file format here: arrays of positions in, grids and masks out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import GeometryRefused
from planner.domain.geometry import Grid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SAME_VOXEL_TOLERANCE = 0.01  # of a voxel: rounding of decimal strings stays far below, a shift that matters far above
MOST_SPREAD = 10_000  # pixels between the first and last plane of a tilted stack
MOST_BEND = 0.5  # pixels by which planes of a tilted stack may leave their common line
PLANE_GAP_TOLERANCE = 0.05  # of the plane spacing: unevenness beyond this is not a regular grid


@dataclass(frozen=True, slots=True)
class Planes:
    """The planes of a label file, one row per frame.

    Parameters
    ----------
    positions_lps_mm
        shape (F, 3), mm: centre of each frame's first pixel.
    facings
        shape (F, 6): unit vectors along a row and along a column (ImageOrientationPatient).
    spacings_mm
        shape (F, 2), mm: between rows and between columns (PixelSpacing).
    declared_step_mm
        What the file says of the distance between planes, the most trusted first; may be empty.
    """

    positions_lps_mm: NDArray[np.float64]
    facings: NDArray[np.float64]
    spacings_mm: NDArray[np.float64]
    declared_step_mm: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Stacked:
    """The one regular grid that covers all planes, and where in it each plane lies.

    ``plane_k`` is each frame's slice, ``corners`` the (row, column) of its first pixel there: (0, 0) in a straight
    stack, different from slice to slice where the gantry was tilted.
    """

    grid: Grid
    plane_k: tuple[int, ...]
    corners: tuple[tuple[int, int], ...]


def stack_grid(planes: Planes, *, rows: int, columns: int, target: Grid) -> Stacked:
    """Return the regular grid that covers all planes, and each plane's place in it.

    Planes of a tilted stack, each a little to the side of the one before, are moved to whole pixels: to those of
    ``target`` (the CT's grid) where it runs along the same axes in the same steps, as it does after its tilt was
    corrected. They move by half a pixel at most.

    Raises
    ------
    GeometryRefused
        When the planes differ in orientation or spacing, lie beside one another without order, or are unevenly spaced.
    """
    row, column = planes.facings[0].reshape(2, 3)
    axes = np.stack([row, column, np.cross(row, column)], axis=1)
    along = (planes.positions_lps_mm - planes.positions_lps_mm[0]) @ axes
    pixel_mm = planes.spacings_mm[0, ::-1]
    aside = along[:, :2] / pixel_mm
    crooked = max(np.ptp(values, axis=0).max() for values in (planes.facings, planes.spacings_mm))
    if not crooked <= SAME_VOXEL_TOLERANCE * planes.spacings_mm[0].min() or not _is_straight(aside, along[:, 2]):
        raise GeometryRefused(
            "The segmentation's planes do not share one orientation, pixel spacing and in-plane origin.",
            code="seg-planes-differ",
        )
    step_mm, plane_k = plane_numbers(along[:, 2], declared_step_mm=planes.declared_step_mm)
    if np.ptp(aside, axis=0).max() <= SAME_VOXEL_TOLERANCE:
        first, shifts = aside[int(np.argmin(along[:, 2]))], np.zeros_like(aside, dtype=np.int64)
    else:
        fraction = _lattice(planes.positions_lps_mm[0], axes=axes, pixel_mm=pixel_mm, target=target)
        whole = np.ceil(aside + fraction - 0.5).astype(np.int64)
        first, shifts = whole.min(axis=0) - fraction, whole - whole.min(axis=0)
    lowest = planes.positions_lps_mm[int(np.argmin(along[:, 2]))]
    in_plane = axes[:, :2] @ (first * pixel_mm - along[int(np.argmin(along[:, 2])), :2])
    wider = shifts.max(axis=0).tolist()
    grid = Grid.from_axes(
        (max(plane_k) + 1, rows + wider[1], columns + wider[0]),
        origin_lps_mm=lowest + in_plane,
        spacing_ijk_mm=(*pixel_mm, step_mm),
        direction=axes,
    )
    return Stacked(grid, plane_k, tuple((down, right) for right, down in shifts.tolist()))


def _is_straight(aside: NDArray[np.float64], heights_mm: NDArray[np.float64]) -> bool:
    """Whether planes lie above one another, or along one slanting line, within half a pixel."""
    spread = np.ptp(aside, axis=0).max()
    if spread <= SAME_VOXEL_TOLERANCE:
        return True
    if not spread <= MOST_SPREAD:
        return False
    line = np.stack([heights_mm - heights_mm.mean(), np.ones_like(heights_mm)], axis=1)
    residual = aside - line @ np.linalg.lstsq(line, aside, rcond=None)[0]
    return bool(np.abs(residual).max() <= MOST_BEND)


def _lattice(
    position_lps_mm: NDArray[np.float64], *, axes: NDArray[np.float64], pixel_mm: NDArray[np.float64], target: Grid
) -> NDArray[np.float64]:
    """Return how far beyond a whole pixel (column, row) of the CT a position lies; 0 where the CT's pixels differ."""
    same_axes = np.abs(axes - target.direction).max() <= SAME_VOXEL_TOLERANCE / 10
    same_steps = np.abs(pixel_mm / target.spacing_ijk_mm[:2] - 1).max() <= SAME_VOXEL_TOLERANCE / 10
    if not (same_axes and same_steps):
        return np.zeros(2)
    index = target.to_index(position_lps_mm)[:2]
    return np.asarray(index - np.floor(index))


def plane_numbers(
    heights_mm: NDArray[np.float64], *, declared_step_mm: Sequence[float]
) -> tuple[float, tuple[int, ...]]:
    """Return the spacing of planes, mm, and each plane's number from the lowest; planes may be missing in between.

    The first declared spacing on which every plane lies is used, else the smallest gap that occurs.

    Parameters
    ----------
    heights_mm
        shape (F,), mm along the normal; several frames may share a height.
    """
    offsets = heights_mm - heights_mm.min()
    gaps = np.diff(np.unique(np.round(offsets, 3)))
    smallest = [float(gaps.min())] if gaps.size else []
    for step in (*(declared for declared in declared_step_mm if declared > 0), *smallest):
        numbers = np.round(offsets / step)
        if np.abs(offsets - numbers * step).max() <= PLANE_GAP_TOLERANCE * step:
            even = float(offsets.max() / numbers.max()) if numbers.max() else step
            return even, tuple(int(number) for number in numbers)
    what = f"are unevenly spaced (smallest gap {smallest[0]:.3f} mm)" if smallest else "say nothing of their thickness"
    raise GeometryRefused(f"The segmentation's planes {what}; they are no regular stack.", code="seg-planes-uneven")


def onto_ct(mask: NDArray[np.bool_], *, source: Grid, target: Grid) -> NDArray[np.bool_]:
    """Return the mask on the CT's grid: copied exactly when both share their voxels, else resampled by volume."""
    lattice = shared_lattice(source, target)
    if lattice is None:
        from planner.spatial.resample import mask_onto

        return mask_onto(mask, source=source, target=target)
    axis_of, sign, offset = lattice
    turned = np.flip(mask.T.transpose(axis_of), tuple(np.flatnonzero(sign < 0)))  # in (i, j, k) order of the CT
    placed = np.zeros(target.shape_kji, dtype=np.bool_)
    inside = placed.T
    lower = np.where(sign < 0, offset - np.array(turned.shape) + 1, offset)
    begin = np.maximum(lower, 0)
    end = np.minimum(lower + turned.shape, inside.shape)
    if (end > begin).all():
        here = tuple(slice(a, b) for a, b in zip(begin, end, strict=True))
        there = tuple(slice(a, b) for a, b in zip(begin - lower, end - lower, strict=True))
        inside[here] = turned[there]
    return placed


def shared_lattice(
    source: Grid, target: Grid
) -> tuple[tuple[int, int, int], NDArray[np.int64], NDArray[np.int64]] | None:
    """Return how source voxels fall on target voxels; ``None`` when they do not coincide.

    Returns
    -------
    axis_of, sign, offset
        For each target axis (i, j, k): the source axis that runs along it, +1 or −1, and the target index of the
        source's first voxel.
    """
    source_to_target = np.linalg.inv(target.matrix) @ source.matrix
    steps = source_to_target[:3, :3]
    whole = np.round(steps)
    if (np.abs(whole).sum(axis=0) != 1).any() or (np.abs(whole).sum(axis=1) != 1).any():
        return None
    upper = np.array(source.shape_kji[::-1]) - 1
    corners = np.array(np.meshgrid(*((0, n) for n in upper), indexing="ij")).reshape(3, -1)
    offset = np.round(source_to_target[:3, 3])
    exact = steps @ corners + source_to_target[:3, 3:4]
    if np.abs(exact - (whole @ corners + offset[:, None])).max() > SAME_VOXEL_TOLERANCE * max(1, upper.max() / 100):
        return None
    i, j, k = (int(axis) for axis in np.abs(whole).argmax(axis=1))
    return (i, j, k), whole.sum(axis=1).astype(np.int64), offset.astype(np.int64)


def share_outside(mask: NDArray[np.bool_], *, source: Grid, target: Grid) -> float:
    """Return the share, 0 to 1, of the mask's voxels whose centres lie outside the CT."""
    if target.contains(source.corners_lps_mm()).all():
        return 0.0
    inside = 0
    for k, plane in enumerate(mask):  # slice by slice: indices of a whole body fill the memory
        ji = np.argwhere(plane)
        points = np.column_stack([ji[:, ::-1], np.full(len(ji), k)])
        inside += int(np.count_nonzero(target.contains(source.to_lps(points)))) if len(ji) else 0
    count = int(np.count_nonzero(mask))
    return 1.0 - inside / count if count else 0.0
