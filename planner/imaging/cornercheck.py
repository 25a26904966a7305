"""Does the loaded volume lie where the headers say? Every slice's four corners, recomputed by independent code (H-08).

Nothing here uses the code that built the grid: plain Python numbers straight from each header, by the formula of DICOM
PS3.3 C.7.6.2.1.1.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from planner.domain.errors import GeometryRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def _by_header(header: SliceHeader, column: int, row: int) -> tuple[float, float, float]:
    position, direction = header.position_lps_mm, header.orientation
    along_row = column * header.spacing_ji_mm[1] / math.hypot(*direction[:3])
    down_column = row * header.spacing_ji_mm[0] / math.hypot(*direction[3:])
    x, y, z = (position[a] + direction[a] * along_row + direction[a + 3] * down_column for a in range(3))
    return x, y, z
