"""Where does a structure lie? Volume, the place to look at it from, and whether its side is what it says (H-16)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.geometry import PointLps, Side, point
from planner.planning.side import LIMB_TARGETS, find_midline

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from planner.domain.geometry import Grid
    from planner.domain.identity import StructureId
    from planner.domain.plan import Plan
    from planner.domain.structure import Structure
    from planner.planning.side import Midline


@dataclass(frozen=True, slots=True)
class MaskPlace:
    """What is told of a mask in one pass.

    Parameters
    ----------
    volume_ml
        Of its voxels, mL.
    look_at_lps_mm
        A voxel of it in its largest slice, the one nearest to that slice's middle; ``None`` for an empty mask.
    centre_lps_mm
        Its centre of mass; ``None`` for an empty mask.
    """

    volume_ml: float
    look_at_lps_mm: PointLps | None = None
    centre_lps_mm: PointLps | None = None


def place_of(mask: NDArray[np.bool_], grid: Grid) -> MaskPlace:
    """Return volume and places of a mask, bool (K, J, I), on the CT's grid."""
    per_slice = np.count_nonzero(mask, axis=(1, 2))
    total = int(per_slice.sum())
    if not total:
        return MaskPlace(0.0)
    largest = int(np.argmax(per_slice))
    rows, columns = np.nonzero(mask[largest])
    off = (columns - columns.mean()) ** 2 + (rows - rows.mean()) ** 2
    nearest = int(np.argmin(off))
    look_at = grid.to_lps((int(columns[nearest]), int(rows[nearest]), largest))
    held = np.flatnonzero(per_slice)
    part = mask[held[0] : held[-1] + 1]
    k = float(per_slice @ np.arange(len(per_slice))) / total
    j = float(np.count_nonzero(part, axis=(0, 2)) @ np.arange(mask.shape[1])) / total
    i = float(np.count_nonzero(part, axis=(0, 1)) @ np.arange(mask.shape[2])) / total
    volume_ml = total * grid.voxel_volume_mm3 / 1000
    return MaskPlace(volume_ml, point(look_at), point(grid.to_lps((i, j, k))))


def side_remark(
    structure: Structure, place: MaskPlace, plan: Plan, masks: Mapping[StructureId, NDArray[np.bool_]]
) -> str:
    """Return the sentence that a structure lies on the side it does not name; empty when nothing speaks against it.

    The midline comes from other structures that name no side, and none is told in the scan of one limb. ``masks`` are
    those at hand; what is not among them tells nothing.
    """
    centre = place.centre_lps_mm
    is_limb = any(target.atlas_id in LIMB_TARGETS for target in plan.targets)
    if centre is None or is_limb or structure.side not in (Side.LEFT, Side.RIGHT):
        return ""
    both_sided = [s for s in plan.structures if s.side in (None, Side.MIDLINE) and s.id != structure.id]
    midline = find_midline(centre[2], structures=both_sided, masks=masks, grid=plan.volume.grid)
    if midline is None:
        return ""
    offset_mm = centre[0] - midline.x_mm
    lies = Side.LEFT if offset_mm > 0 else Side.RIGHT
    if abs(offset_mm) <= midline.tolerance_mm or lies is structure.side:
        return ""
    return _sentence(structure.side, lies, offset_mm, midline)


def _sentence(said: Side, lies: Side, offset_mm: float, midline: Midline) -> str:
    return (
        f"It says {said.value}; its middle lies {abs(offset_mm):.0f} mm {lies.value} of the midline "
        f"({midline.source}). Correct the side or the mask."
    )
