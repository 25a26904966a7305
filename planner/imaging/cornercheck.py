"""Does the loaded volume lie where the headers say? Every slice's four corners, recomputed by independent code (H-08).

Nothing here uses the code that built the grid: plain Python numbers straight from each header, by the formula of DICOM
PS3.3 C.7.6.2.1.1. Where a tilt was corrected by resampling, the true corners must lie on the slices of the new grid,
and values all over each slice must be those of the place they are shown at (H-03).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from planner.domain.errors import GeometryRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from planner.domain.geometry import Grid
    from planner.imaging.headers import SliceHeader

ALLOWED_MM = 0.05


def check_corners(grid: Grid, ordered: Sequence[SliceHeader]) -> float:
    """Return the largest distance in mm between a slice corner by its header and by the grid.

    Raises GeometryRefused when it is above 0.05 mm or is no number: then the program would show the scan in a wrong
    place, whatever the cause.
    """
    if len(ordered) != grid.shape_kji[0]:
        raise GeometryRefused(
            f"The volume has {grid.shape_kji[0]} slices but {len(ordered)} headers.", code="corner-check"
        )
    worst = 0.0
    for k, header in enumerate(ordered):
        for column in (0, header.columns - 1):
            for row in (0, header.rows - 1):
                said = _by_header(header, column, row)
                shown = grid.to_lps((column, row, k))
                distance = math.dist(said, (float(shown[0]), float(shown[1]), float(shown[2])))
                if not distance <= ALLOWED_MM:
                    raise GeometryRefused(
                        f"A corner of the slice in {header.name} would be shown {distance:.2f} mm from where its "
                        "header puts it. The series cannot be loaded.",
                        code="corner-check",
                    )
                worst = max(worst, distance)
    return worst


def check_straightened(
    hu: NDArray[Any],
    padding: NDArray[np.bool_] | None,
    *,
    grid: Grid,
    source: NDArray[Any],
    ordered: Sequence[SliceHeader],
) -> float:
    """Return the largest distance in mm from a true slice corner to its slice in the grid of a corrected tilt.

    Parameters
    ----------
    hu, padding
        The resampled volume, shape (K, J', I'), and its mask of voxels that were not imaged.
    source
        The slices as they were read, shape (K, J, I).
    ordered
        Their headers, in the same order.

    Raises
    ------
    GeometryRefused
        When a true corner lies above 0.05 mm off its slice or outside the field, or a sampled voxel does not hold what
        was imaged at its place (linear between pixels, to half a unit).
    """
    if not len(ordered) == len(source) == grid.shape_kji[0]:
        raise GeometryRefused(
            f"The volume has {grid.shape_kji[0]} slices but {len(ordered)} headers.", code="corner-check"
        )
    worst, samples = 0.0, _samples(grid)
    for k, header in enumerate(ordered):
        worst = max(worst, _off_its_slice(grid, header, k))
        places = grid.to_lps([(column, row, k) for row, column in samples]).tolist()
        for (row, column), lps_mm in zip(samples, places, strict=True):
            # A padded voxel claims nothing; any other must hold what its own place held.
            if (padding is None or not padding[k, row, column]) and not _holds(
                float(hu[k, row, column]), image=source[k], header=header, lps_mm=lps_mm
            ):
                raise GeometryRefused(
                    f"After the correction of the gantry tilt, the slice in {header.name} would not be shown where it "
                    "was imaged. The series cannot be loaded.",
                    code="corner-check",
                )
    return worst


def _off_its_slice(grid: Grid, header: SliceHeader, k: int) -> float:
    """Return how far the slice's true corners lie from slice ``k`` of the grid, in mm; refuse those outside it."""
    worst = 0.0
    for column in (0, header.columns - 1):
        for row in (0, header.rows - 1):
            i, j, at = (float(v) for v in grid.to_index(_by_header(header, column, row)))
            off_mm = abs(at - k) * grid.spacing_ijk_mm[2]
            rounding = ALLOWED_MM / min(grid.spacing_ijk_mm[:2])
            is_inside = all(
                -rounding <= index <= size - 1 + rounding
                for index, size in ((i, grid.shape_kji[2]), (j, grid.shape_kji[1]))
            )
            if not off_mm <= ALLOWED_MM or not is_inside:
                raise GeometryRefused(
                    f"A corner of the slice in {header.name} would lie {off_mm:.2f} mm off its place, or outside the "
                    "field, after the correction of the gantry tilt. The series cannot be loaded.",
                    code="corner-check",
                )
            worst = max(worst, off_mm)
    return worst


def _samples(grid: Grid) -> list[tuple[int, int]]:
    """Return rows and columns spread over a slice, off any regular pattern of the anatomy."""
    _, rows, columns = grid.shape_kji
    shares = (0.04, 0.27, 0.51, 0.72, 0.96)
    return [(int(rows * down), int(columns * right)) for down in shares for right in shares]


def _holds(value: float, *, image: NDArray[Any], header: SliceHeader, lps_mm: Sequence[float]) -> bool:
    """Whether a slice has this value at a point, linear between its pixels' middles; False outside its pixels."""
    away = [lps_mm[axis] - header.position_lps_mm[axis] for axis in range(3)]
    at = []
    for direction, step_mm in (
        (header.orientation[3:], header.spacing_ji_mm[0]),
        (header.orientation[:3], header.spacing_ji_mm[1]),
    ):
        along = sum(a * d for a, d in zip(away, direction, strict=True)) / math.hypot(*direction)
        # Digits beyond a hundred-thousandth of a pixel are the arithmetic's.
        at.append(round(along / step_mm, 5))
    if not all(-0.5 <= place <= size - 0.5 for place, size in zip(at, image.shape, strict=True)):
        return False
    at = [min(max(place, 0.0), size - 1.0) for place, size in zip(at, image.shape, strict=True)]
    row, column = math.floor(at[0]), math.floor(at[1])
    down, right = at[0] - row, at[1] - column
    expected = 0.0
    for step_down, share_down in ((0, 1 - down), (1, down)):
        for step_right, share_right in ((0, 1 - right), (1, right)):
            if share_down * share_right > 0:
                expected += share_down * share_right * float(image[row + step_down, column + step_right])
    near = image[max(row - 1, 0) : row + 3, max(column - 1, 0) : column + 3]
    # What the allowed distance may change where the picture is steep, and half a unit of rounding.
    allowed = 0.51 + (float(near.max()) - float(near.min())) * ALLOWED_MM / min(header.spacing_ji_mm)
    return abs(value - expected) <= allowed


def _by_header(header: SliceHeader, column: int, row: int) -> tuple[float, float, float]:
    position, direction = header.position_lps_mm, header.orientation
    along_row = column * header.spacing_ji_mm[1] / math.hypot(*direction[:3])
    down_column = row * header.spacing_ji_mm[0] / math.hypot(*direction[3:])
    x, y, z = (position[a] + direction[a] * along_row + direction[a + 3] * down_column for a in range(3))
    return x, y, z
