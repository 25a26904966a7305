"""On which side does the target really lie? Typed side against geometry (H-16).

The midline is the mean patient x of the best structure in an axial band round the target: spinal cord, else bone, else
the whole body. In a scan of one limb none of these is the patient's midline, so limb targets cannot be checked; nor is
the middle of bone or body where the scan shows but a part of the patient, such as one hip.
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
# A body cut through on one side over more than this share of its depth is but half there: an ellipse is as deep as that
# up to 0.6 of the way from its middle to its flank; a flank or an arm cut off is thinner (project default).
HALF_BODY_SHARE = 0.8
# Cut so on both sides, it is a part of a body unless it is this much wider than deep: what lies between two such
# cuts is at most 0.6 of the body's width, and no torso is two and a half times as wide as deep (project default).
WIDER_THAN_DEEP = 1.5
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
    is_part = _shows_a_part(structures, masks, grid, z_mm)
    for kind, tolerance in TOLERANCE_MM.items():
        if is_part and kind is not StructureKind.SPINAL_CORD:
            return None
        for structure in structures:
            mask = masks.get(structure.id)
            if structure.kind is not kind or mask is None:
                continue
            x = _mean_x_mm(mask, grid, z_mm)
            if x is not None:
                return Midline(x, tolerance, structure.name, structure.is_confirmed)
    return None


def _shows_a_part(
    structures: Sequence[Structure], masks: Mapping[StructureId, NDArray[np.bool_]], grid: Grid, z_mm: float
) -> bool:
    """Whether the scan cuts through the thick of the body, on one side or both, near an axial level."""
    bodies = [masks[s.id] for s in structures if s.kind is StructureKind.SKIN and s.id in masks]
    band = _band(grid, z_mm)
    if not bodies or band is None:
        return False
    across, deep = 2 - int(np.argmax(np.abs(grid.direction[0]))), 2 - int(np.argmax(np.abs(grid.direction[1])))
    # Which depths are body on each sagittal plane, over the levels of the band.
    part = bodies[0][band].transpose(across, deep, 3 - across - deep)
    planes: NDArray[np.bool_] = np.any(part, axis=2)
    first, last = planes.argmax(axis=1), planes.shape[1] - planes[:, ::-1].argmax(axis=1)
    depth = np.where(planes.any(axis=1), last - first, 0)
    cut = depth[[0, -1]] > HALF_BODY_SHARE * depth.max()
    width_mm, depth_mm = (
        count * grid.spacing_ijk_mm[2 - axis] for count, axis in ((len(depth), across), (int(depth.max()), deep))
    )
    return bool(cut[0] != cut[1]) or bool(cut.all() and width_mm < WIDER_THAN_DEEP * depth_mm)


def _band(grid: Grid, z_mm: float) -> tuple[slice, slice, slice] | None:
    """Return the voxels (K, J, I) near an axial level, None when the scan does not reach there."""
    axis = int(np.argmax(np.abs(grid.direction[2])))
    centre = grid.to_index((*grid.centre_lps_mm[:2], z_mm))[axis]
    reach = BAND_MM / grid.spacing_ijk_mm[axis]
    low = max(int(np.ceil(centre - reach)), 0)
    high = min(int(np.floor(centre + reach)) + 1, grid.shape_kji[2 - axis])
    if high <= low:
        return None
    band = [slice(None)] * 3
    band[2 - axis] = slice(low, high)
    return band[0], band[1], band[2]


def _mean_x_mm(mask: NDArray[np.bool_], grid: Grid, z_mm: float) -> float | None:
    """Return the mean patient x of the mask's voxels within the band, None when there are none."""
    band = _band(grid, z_mm)
    if band is None:
        return None
    part = mask[band]
    total = int(part.sum())
    if total == 0:
        return None
    mean = np.zeros(3)
    for i in range(3):
        others = tuple(a for a in range(3) if a != 2 - i)
        mean[i] = float(part.sum(axis=others) @ np.arange(part.shape[2 - i])) / total
    mean += [float(edge.start or 0) for edge in reversed(band)]
    return float(grid.to_lps(mean)[0])
