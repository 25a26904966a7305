"""Where is bone? Cortex, the denser voxels near it, and the marrow they enclose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.segmentation import coarse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.segmentation.auto_limits import BoneLimits
    from planner.segmentation.auto_vessels import Vessels
    from planner.segmentation.coarse import PatientCt


@dataclass(frozen=True, slots=True, eq=False)
class CoarseBone:
    """Bone on the coarse grid, shape (z, y, x), bool, marrow filled, and the HU from which it and its cortex count."""

    mask: NDArray[np.bool_]
    from_hu: float
    cortex_hu: float


def has_contrast(ct: PatientCt, *, body: NDArray[np.bool_], limits: BoneLimits) -> bool:
    """Whether soft tissue away from bone is brighter than any without contrast medium."""
    cortex = (ct.hu >= limits.cortex_hu) & body
    return _soft_tissue_hu(ct, body, cortex, limits) >= limits.plain_hu


def find_bone(
    ct: PatientCt, *, body: NDArray[np.bool_], vessels: Vessels | None, is_plain: bool, limits: BoneLimits
) -> CoarseBone:
    """Find bone on the coarse grid. Without contrast medium it can be followed from a lower HU, and farther."""
    from_hu, pore_hu, reach_mm = limits.bone_hu, limits.pore_hu, limits.cortex_reach_mm
    cortex_hu = limits.cortex_hu
    if is_plain:
        from_hu, pore_hu, reach_mm = limits.plain_bone_hu, limits.plain_pore_hu, limits.plain_reach_mm
        cortex_hu = limits.plain_cortex_hu
    elif vessels is not None:  # cortex is what is brighter than the blood of this scan
        cortex_hu = max(cortex_hu, vessels.blood_hu + limits.above_blood_hu)
        from_hu = float(np.clip(vessels.blood_hu, limits.bone_hu, limits.most_bone_hu))
    cortex = (ct.hu >= cortex_hu) & body
    near_cortex = coarse.dilated(cortex, ct.spacing_mm, reach_mm)
    labels, counts = coarse.labelled((ct.hu >= from_hu) & body & near_cortex)
    large = np.flatnonzero(counts * ct.voxel_ml >= limits.least_ml)
    dense = np.bincount(labels[ct.hu >= max(limits.dense_hu, cortex_hu)], minlength=len(counts)) > 0
    bone = np.isin(labels, large[dense[large]])
    shell = coarse.closed(bone, ct.spacing_mm, limits.gap_mm)
    filled = bone | (shell & (ct.hu >= pore_hu))
    for axis in range(3):  # a space open within one plane is often closed within another
        filled |= _marrow(ct, shell, axis=axis, limits=limits)
    filled |= _marrow(ct, bone, axis=0, limits=limits)  # closing fills small holes whole, whatever they hold
    return CoarseBone(filled & body, from_hu, cortex_hu)


def _soft_tissue_hu(ct: PatientCt, body: NDArray[np.bool_], cortex: NDArray[np.bool_], limits: BoneLimits) -> float:
    """Return the HU that nearly all soft tissue away from bone stays below; what contrast medium raises."""
    soft = (ct.hu > limits.canal_low_hu) & body
    soft &= ~coarse.dilated(cortex, ct.spacing_mm, limits.away_mm)
    if soft.sum() * ct.voxel_ml < limits.least_ml:
        return float(np.inf)
    return float(np.percentile(ct.hu[soft], 100 * limits.soft_share))


def bone_on_ct(ct: PatientCt, found: CoarseBone, *, free: NDArray[np.bool_], limits: BoneLimits) -> NDArray[np.bool_]:
    """Give bone the CT's own surface, bool (Z, Y, X), inside ``free``: what is dense, and what that encloses."""
    bone = found.mask
    if max(ct.fine_mm) > coarse.COARSE_MM or not bone.any():  # such voxels are as large as the rim worked on below
        return ct.finely(bone) & free
    result = np.zeros_like(free)
    box = coarse.box_around(bone, ct.spacing_mm, limits.reach_mm)
    fine = ct.fine_box(box)
    depth_mm = coarse.signed_mm(bone[box], ct.spacing_mm)
    zones = ct.spread((depth_mm <= limits.reach_mm).view(np.uint8) + (depth_mm <= limits.marrow_reach_mm), box)
    shell = (ct.fine_hu[fine] >= min(limits.spongy_hu, found.from_hu)) & (zones >= 1)
    filled = shell | ct.spread((depth_mm <= -limits.marrow_reach_mm).view(np.uint8), box).view(np.bool_)
    # The third plane adds nearly nothing, and without contrast medium the coarse step has filled the gaps before.
    for axis in (0,) if found.from_hu == limits.plain_bone_hu else (0, 2):
        voxels = limits.canal_mm2 / (ct.fine_mm[1] * ct.fine_mm[2]) if axis == 0 else np.inf  # only seen across
        canal = (limits.canal_low_hu, limits.canal_high_hu, voxels)
        filled |= _sealed(shell, zones, ct.fine_hu[fine], axis=axis, canal=canal)
    _trim(filled, ct.fine_hu[fine], beside=_near_steps(ct, limits), around_hu=limits.around_hu)
    labels, counts = coarse.labelled(filled)
    result[fine] = (counts * np.prod(ct.fine_mm) >= 1000 * limits.speck_ml)[labels]
    return result & free


def _sealed(
    shell: NDArray[np.bool_],
    zones: NDArray[np.uint8],
    hu: NDArray[np.int16],
    *,
    axis: int,
    canal: tuple[float, float, float],
) -> NDArray[np.bool_]:
    """Find what the shell seals in the planes across an axis, near the coarse bone; no spinal canal."""
    labels = coarse.sealed_in_slices(np.moveaxis(shell, axis, 0), outside=np.moveaxis(zones, axis, 0) == 0)
    labels = np.moveaxis(labels, 0, axis)
    sealed = labels > 0
    numbers = labels[sealed]
    sizes = np.bincount(numbers, minlength=1)
    means = np.bincount(numbers, weights=hu[sealed], minlength=1) / np.maximum(sizes, 1)
    low_hu, high_hu, voxels = canal
    is_canal = (means >= low_hu) & (means <= high_hu) & (sizes >= voxels)
    sealed[sealed] = ~is_canal[numbers]
    found: NDArray[np.bool_] = sealed & (zones == 2)
    return found


def _near_steps(ct: PatientCt, limits: BoneLimits) -> list[tuple[int, ...]]:
    """Return the steps (z, y, x) to voxels beside one, along axes whose voxels are small enough."""
    is_near = [size <= limits.beside_mm for size in ct.fine_mm]
    steps = (tuple(by - 1 for by in place) for place in np.ndindex(3, 3, 3))
    return [step for step in steps if all(near or by == 0 for near, by in zip(is_near, step, strict=True))]


def _trim(bone: NDArray[np.bool_], hu: NDArray[np.int16], *, beside: list[tuple[int, ...]], around_hu: float) -> None:
    """Drop voxels of the surface less than half-way from what is around bone to the densest voxel beside them."""
    places = np.nonzero(bone & coarse.beside(~bone))
    peak = hu[places].copy()
    for step in beside:
        near = tuple(np.clip(where + by, 0, size - 1) for where, by, size in zip(places, step, hu.shape, strict=True))
        np.maximum(peak, hu[near], out=peak)
    drop = 2 * hu[places].astype(np.int32) < peak + around_hu
    bone[tuple(where[drop] for where in places)] = False


def _marrow(ct: PatientCt, shell: NDArray[np.bool_], *, axis: int, limits: BoneLimits) -> NDArray[np.bool_]:
    """Find marrow in the planes across one axis: holes of the shell, not too large, that hold neither cord nor air."""
    holes, sizes = coarse.slice_holes(np.moveaxis(shell, axis, 0))
    hu = np.moveaxis(ct.hu, axis, 0)
    means = np.bincount(holes.ravel(), weights=hu.ravel(), minlength=len(sizes)) / np.maximum(sizes, 1)
    pixel_mm2 = ct.voxel_ml * 1000 / ct.spacing_mm[axis]
    is_marrow = (sizes * pixel_mm2 <= limits.marrow_mm2) & (means > limits.gas_hu)
    is_marrow &= (means < limits.canal_low_hu) | (means > limits.canal_high_hu)
    is_marrow[0] = False
    marrow: NDArray[np.bool_] = np.moveaxis(is_marrow[holes], 0, axis)
    return marrow


def method_words(limits: BoneLimits, bone: CoarseBone) -> str:
    """Return how it was found, with the numbers."""
    is_plain = bone.from_hu == limits.plain_bone_hu
    seen = "no contrast medium seen" if is_plain else "contrast medium or dense organs seen"
    reach_mm = limits.plain_reach_mm if is_plain else limits.cortex_reach_mm
    return (
        f"From {bone.from_hu:.0f} HU ({seen}) within {reach_mm:g} mm of cortex (from {bone.cortex_hu:.0f} HU), parts "
        f"from {limits.least_ml:g} mL that reach {limits.dense_hu:g} HU, enclosed marrow filled (holes of "
        f"{limits.canal_low_hu:g} to {limits.canal_high_hu:g} HU are spinal canal), surface half-way between "
        f"{limits.around_hu:g} HU and the densest voxel beside it; dense contrast, metal and calcification may be "
        "included, cartilage is not"
    )
