"""On which side does the target really lie? Typed side against geometry (H-16).

The midline is the mean patient x of the best structure in an axial band round the target: spinal cord, else bone, else
the whole body. In a scan of one limb none of these is the patient's midline, so limb targets cannot be checked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.geometry import Grid, Side
from planner.domain.structure import StructureKind
from planner.domain.target import TargetBody

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from planner.domain.identity import StructureId
    from planner.domain.structure import Structure
    from planner.domain.target import Target

BAND_MM = 15.0
# So near the midline no side can be told; wider where the midline itself is less certain (project defaults).
TOLERANCE_MM = {StructureKind.SPINAL_CORD: 5.0, StructureKind.BONE: 10.0, StructureKind.SKIN: 10.0}
LIMB_TARGETS = frozenset({"posterior_tibial", "genicular", "sciatic"})


@dataclass(frozen=True, slots=True)
class Midline:
    """Patient x of the midline, how surely it is known, and the structure it came from."""

    x_mm: float
    tolerance_mm: float
    source: str
    is_confirmed: bool


@dataclass(frozen=True, slots=True)
class SideAnswer:
    """Signed offset of a target from the midline (positive to the patient's left) and the side it means."""

    offset_mm: float
    derived: Side
    midline: Midline


def derived_side(
    target: Target, *, structures: Sequence[Structure], masks: Mapping[StructureId, NDArray[np.bool_]], grid: Grid
) -> SideAnswer | None:
    """Return the side on which a target lies; None when the scan does not show the patient's midline."""
    if target.atlas_id in LIMB_TARGETS:
        return None
    course = target.course
    points = [course.centre_lps_mm] if isinstance(course, TargetBody) else course.points_lps_mm
    centre = np.mean(np.asarray(points, dtype=np.float64), axis=0)
    midline = find_midline(float(centre[2]), structures=structures, masks=masks, grid=grid)
    if midline is None:
        return None
    offset = float(centre[0]) - midline.x_mm
    if abs(offset) <= midline.tolerance_mm:
        return SideAnswer(offset, Side.MIDLINE, midline)
    return SideAnswer(offset, Side.LEFT if offset > 0 else Side.RIGHT, midline)


def find_midline(
    z_mm: float, *, structures: Sequence[Structure], masks: Mapping[StructureId, NDArray[np.bool_]], grid: Grid
) -> Midline | None:
    """Return the midline near an axial level from the first of cord, bone and body that the scan shows there."""
    for kind, tolerance in TOLERANCE_MM.items():
        for structure in structures:
            mask = masks.get(structure.id)
            if structure.kind is not kind or mask is None:
                continue
            x = _mean_x_mm(mask, grid, z_mm)
            if x is not None:
                return Midline(x, tolerance, structure.name, structure.is_confirmed)
    return None


def _mean_x_mm(mask: NDArray[np.bool_], grid: Grid, z_mm: float) -> float | None:
    """Return the mean patient x of the mask's voxels within the band, None when there are none."""
    axis = int(np.argmax(np.abs(grid.direction[2])))
    centre = grid.to_index((*grid.centre_lps_mm[:2], z_mm))[axis]
    reach = BAND_MM / grid.spacing_ijk_mm[axis]
    low, high = int(np.ceil(centre - reach)), int(np.floor(centre + reach)) + 1
    low, high = max(low, 0), min(high, mask.shape[2 - axis])
    if high <= low:
        return None
    band = [slice(None)] * 3
    band[2 - axis] = slice(low, high)
    part = mask[tuple(band)]
    total = int(part.sum())
    if total == 0:
        return None
    mean = np.zeros(3)
    for i in range(3):
        others = tuple(a for a in range(3) if a != 2 - i)
        mean[i] = float(part.sum(axis=others) @ np.arange(part.shape[2 - i])) / total
    mean[axis] += low
    return float(grid.to_lps(mean)[0])
