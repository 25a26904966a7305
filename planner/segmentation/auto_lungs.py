"""Which air is lung, and on which side of the patient? Large aerated parts beside the windpipe, parted at the midline.

Airless lung and effusion have the HU of soft tissue and are not included; the method says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.domain.geometry import Side
from planner.segmentation import coarse
from planner.segmentation.auto_body import midline

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.segmentation.auto_airway import Airway
    from planner.segmentation.auto_limits import LungLimits
    from planner.segmentation.coarse import PatientCt


def find_lungs(
    ct: PatientCt, *, body: NDArray[np.bool_], airway: Airway | None, limits: LungLimits
) -> dict[Side, NDArray[np.bool_]]:
    """Find the lungs on the coarse grid, bool (z, y, x), parted by patient side; a side without lung is left out."""
    windpipe = np.zeros_like(body) if airway is None else airway.coarsely(ct)
    aerated = (ct.hu < limits.aerated_hu) & body & ~windpipe
    # Apices of a neck scan are cut by its lowest slice; so is bowel of an abdominal scan, but without a windpipe.
    lung = _lung_parts(ct, aerated, is_open_below=airway is not None and airway.leaves_below, limits=limits)
    sides = _parted(ct, lung, middle=midline(body), limits=limits)
    return {
        side: coarse.filled_in_slices(coarse.closed(part, ct.spacing_mm, limits.vessel_mm)) & ~windpipe & ~other
        for (side, part), other in zip(sides.items(), reversed(sides.values()), strict=True)
        if part.sum() * ct.voxel_ml >= limits.least_ml
    }


def lungs_on_ct(
    ct: PatientCt, lungs: dict[Side, NDArray[np.bool_]], *, free: NDArray[np.bool_], limits: LungLimits
) -> dict[Side, NDArray[np.bool_]]:
    """Give the lungs the CT's own surface, bool (Z, Y, X), inside ``free``; where they touch, a voxel is of one."""
    found: dict[Side, NDArray[np.bool_]] = {}
    for side, lung in lungs.items():
        surface = ct.refined(lung, inner_mm=limits.reach_mm, outer_mm=limits.reach_mm, hu=(-np.inf, limits.aerated_hu))
        surface &= free
        for other in found.values():
            surface &= ~other
        found[side] = surface
    return found


def _lung_parts(
    ct: PatientCt, aerated: NDArray[np.bool_], *, is_open_below: bool, limits: LungLimits
) -> NDArray[np.bool_]:
    """Keep aerated parts that are large, or cut by an end of the scan where lungs may be, and no free gas."""
    labels, counts = coarse.labelled(aerated)
    lung = np.zeros_like(aerated)
    for number in np.flatnonzero(counts * ct.voxel_ml >= limits.least_ml):
        part = labels == number
        areas = part.sum(axis=(1, 2))
        ends = (areas[0], areas[-1]) if is_open_below else areas[-1:]
        is_cut = max(ends) >= limits.base_share * areas.max()
        is_large = counts[number] * ct.voxel_ml >= limits.whole_ml
        if (is_cut or is_large) and np.median(ct.hu[part]) > limits.gas_hu:
            lung |= part
    return lung


def _parted(
    ct: PatientCt, lung: NDArray[np.bool_], *, middle: float, limits: LungLimits
) -> dict[Side, NDArray[np.bool_]]:
    """Give each connected part to its side; part those that reach over the midline."""
    columns: NDArray[np.float64] = (np.arange(lung.shape[2], dtype=np.float64) - middle) * ct.spacing_mm[2]
    right, left = np.zeros_like(lung), np.zeros_like(lung)
    labels, counts = coarse.labelled(lung)
    over = limits.over_midline_share
    for number in np.flatnonzero(counts):
        part = labels == number
        share_left = part[:, :, columns > 0].sum() / counts[number]
        if over < share_left < 1 - over:
            is_left = _flooded_from_left(ct, part, columns_mm=columns, apart_mm=limits.apart_mm)
            left |= part & is_left
            right |= part & ~is_left
        else:
            side = left if share_left > 0.5 else right
            side |= part
    return {Side.RIGHT: right, Side.LEFT: left}


def _flooded_from_left(
    ct: PatientCt, part: NDArray[np.bool_], *, columns_mm: NDArray[np.float64], apart_mm: float
) -> NDArray[np.bool_]:
    """Let what surely lies on one side flood the rest of a part, so that the sides meet where it is thinnest."""
    import SimpleITK

    box = coarse.box_around(part, ct.spacing_mm, 0)
    inside, columns = part[box], columns_mm[box[2]]
    seeds = np.zeros(inside.shape, dtype=np.uint8)
    seeds[:, :, columns < -apart_mm] = 1
    seeds[:, :, columns > apart_mm] = 2
    seeds[~inside] = 0
    basins = SimpleITK.MorphologicalWatershedFromMarkers(
        SimpleITK.GetImageFromArray(coarse.signed_mm(inside, ct.spacing_mm)),
        SimpleITK.GetImageFromArray(seeds),
        markWatershedLine=False,
    )
    flooded = np.zeros_like(part)
    flooded[box] = SimpleITK.GetArrayFromImage(basins) == 2
    return flooded


def method_words(limits: LungLimits) -> str:
    """Return how they were found, with the numbers."""
    return (
        f"Aerated below {limits.aerated_hu:g} HU inside the body, from {limits.least_ml:g} mL, airway and free gas "
        f"(median below {limits.gas_hu:g} HU) left out, vessels to {2 * limits.vessel_mm:g} mm included, parted by "
        "patient side; airless lung and effusion are not included"
    )
