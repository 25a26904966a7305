"""Where do these slices lie, and which regular grid fits them best? Positions only; no judgement.

Geometry comes from ImagePositionPatient, ImageOrientationPatient and PixelSpacing alone. Slices are ordered along the
normal (rows × columns), so the axes (i along rows, j along columns, k along the normal) are right-handed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.geometry import Grid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from planner.imaging.headers import SliceHeader

# A millionth of a voxel: what is left of a whole step after the arithmetic of headers with six digits.
_SHIFT_DIGITS = 6


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """Slices in order along their normal, and the regular grid nearest to them.

    Parameters
    ----------
    ordered
        Headers in ascending order along the normal.
    axes
        shape (3, 3), unit axes (i, j, k) as columns.
    along_mm, across_mm
        Positions of the first voxel's centre: along the normal, shape (N,); and in the slice plane, shape (N, 2).
    spacing_mm
        Least-squares distance between neighbouring slices.
    matrix
        shape (4, 4), index (i, j, k, 1) to LPS mm. Middle of the residuals' range, so the worst slice is nearest.
    """

    ordered: tuple[SliceHeader, ...]
    axes: NDArray[np.float64]
    along_mm: NDArray[np.float64]
    across_mm: NDArray[np.float64]
    spacing_mm: float
    matrix: NDArray[np.float64]

    @property
    def deviation_mm(self) -> float:
        """Largest departure from regular spacing over the whole stack: range of the residuals along the normal."""
        residual = self.along_mm - self.spacing_mm * np.arange(len(self.along_mm))
        return float(np.ptp(residual))

    @property
    def drift_mm(self) -> float:
        """Largest sideways departure from the perpendicular over the whole stack."""
        return float(np.linalg.norm(np.ptp(self.across_mm, axis=0)))

    @property
    def tilt_deg(self) -> float:
        """Angle between the stack's axis (least squares) and the slices' normal."""
        centred = self.along_mm - self.along_mm.mean()
        slope = centred @ (self.across_mm - self.across_mm.mean(axis=0)) / max(float(centred @ centred), 1e-12)
        return float(np.degrees(np.arctan(np.linalg.norm(slope))))

    @property
    def bend_mm(self) -> float:
        """Largest sideways departure from a straight, possibly tilted, line (least squares) over the whole stack."""
        line = np.stack([self.along_mm - self.along_mm.mean(), np.ones_like(self.along_mm)], axis=1)
        fitted = line @ np.linalg.lstsq(line, self.across_mm, rcond=None)[0]
        return float(np.linalg.norm(np.ptp(self.across_mm - fitted, axis=0)))

    @property
    def aside_mm(self) -> NDArray[np.float64]:
        """How far each slice lies beside the line that most slices follow, shape (N,); slices have distinct places."""
        slope = np.median(np.diff(self.across_mm, axis=0) / np.diff(self.along_mm)[:, None], axis=0)
        beside = self.across_mm - slope * self.along_mm[:, None]
        return np.asarray(np.linalg.norm(beside - np.median(beside, axis=0), axis=1))

    def misfit_mm(self, *, straightened: bool) -> NDArray[np.float64]:
        """Return how far the farthest corner of each slice lies from where the grid puts it, shape (N,).

        ``straightened`` leaves the sideways place of a slice to the resampling that corrects a tilt.
        """
        first = self.ordered[0]
        columns, rows = first.columns - 1, first.rows - 1
        directions = np.array([header.orientation for header in self.ordered]).reshape(-1, 2, 3)
        directions /= np.linalg.norm(directions, axis=2, keepdims=True)
        # Each slice's extents by its own header against the grid's, in the grid's axes.
        turned = directions @ self.axes - np.eye(3)[:2]
        right = turned[:, 0] * columns * first.spacing_ji_mm[1]
        down = turned[:, 1] * rows * first.spacing_ji_mm[0]
        residual = self.along_mm - self.spacing_mm * np.arange(len(self.along_mm))
        middle = self.axes.T @ self.matrix[:3, 3]
        start = np.column_stack([self.across_mm - middle[:2], residual - middle[2]])
        if straightened:
            start[:, :2] = 0.0
        corners = start[None] + np.stack([0 * right, right, down, right + down])
        return np.asarray(np.linalg.norm(corners, axis=2).max(axis=0))

    def shifts(self) -> tuple[NDArray[np.float64], tuple[int, int]]:
        """Return each slice's sideways shift in voxels (right along i, down along j), shape (N, 2), and voxels to add.

        The slices farthest back start at voxel 0; so many columns and rows more than a slice has hold them all.
        """
        row_mm, column_mm = self.ordered[0].spacing_ji_mm
        shifts = (self.across_mm - self.across_mm.min(axis=0)) / (column_mm, row_mm)
        shifts = np.round(shifts, _SHIFT_DIGITS)
        columns, rows = np.ceil(shifts.max(axis=0)).astype(int).tolist()
        return shifts, (columns, rows)

    def grid(self, *, straightened: bool) -> Grid:
        """Return the regular grid of the volume: the slices' own field, or the one that holds them all when straight.

        Raises GeometryRefused where the slices span no volume.
        """
        first = self.ordered[0]
        if not straightened:
            return Grid.from_matrix((len(self.ordered), first.rows, first.columns), self.matrix)
        columns, rows = self.shifts()[1]
        matrix = self.matrix.copy()
        along_mm = float(self.axes[:, 2] @ matrix[:3, 3])
        matrix[:3, 3] = np.round(self.axes @ (*self.across_mm.min(axis=0), along_mm), 9) + 0.0
        return Grid.from_matrix((len(self.ordered), first.rows + rows, first.columns + columns), matrix)


def fit_stack(headers: Sequence[SliceHeader]) -> Stack:
    """Order slices and fit the grid. Headers carry complete, finite positions and one orientation (see the gate)."""
    # The middle of each direction's digits: slices may differ in the last one, and no order of files may matter (H-04).
    axes = unit_axes(np.median([header.orientation for header in headers], axis=0))
    positions = np.array([header.position_lps_mm for header in headers], dtype=np.float64)
    # Equal positions keep a stable order by file and frame.
    names = np.array([str(header.path) for header in headers])
    frames = np.array([header.frame for header in headers])
    order = np.lexsort((frames, names, positions @ axes[:, 2]))
    ordered = tuple(headers[index] for index in order)
    local = positions[order] @ axes
    along, across = local[:, 2], local[:, :2]
    count = np.arange(len(headers), dtype=np.float64)
    spacing = _step(along)
    residual = along - spacing * count
    first = np.array([_middle(across[:, 0]), _middle(across[:, 1]), _middle(residual)])
    row_mm, column_mm = headers[0].spacing_ji_mm
    matrix = np.eye(4)
    # Adding zero turns a negative zero into a plain one, which a hash would tell apart.
    matrix[:3, :3] = axes * (column_mm, row_mm, spacing) + 0.0
    # A thousandth of a micrometre: below it there is only the noise of the arithmetic.
    matrix[:3, 3] = np.round(axes @ first, 9) + 0.0
    return Stack(ordered, axes, along, across, spacing, matrix)


def unit_axes(orientation: ArrayLike) -> NDArray[np.float64]:
    """Return unit axes (i, j, k) as columns, shape (3, 3), of an ImageOrientationPatient."""
    i, j = np.asarray(orientation, dtype=np.float64).reshape(2, 3)
    k = np.cross(i, j)
    i, k = i / np.linalg.norm(i), k / np.linalg.norm(k)
    return np.stack([i, np.cross(k, i), k], axis=1)


def _step(along_mm: NDArray[np.float64]) -> float:
    """Return the least-squares distance between neighbouring slices, 0 for a single one."""
    if len(along_mm) < 2:
        return 0.0
    count = np.arange(len(along_mm)) - (len(along_mm) - 1) / 2
    return round(float(count @ (along_mm - along_mm.mean()) / (count @ count)), 9)


def _middle(values: NDArray[np.float64]) -> float:
    return float((values.min() + values.max()) / 2)
