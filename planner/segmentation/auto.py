"""Which parts of the CT are body, lung and bone? Thresholds and shapes only, each step one a radiologist can follow.

The results are proposals that a named person confirms. Every threshold stands in :data:`LIMITS` with its reason.
Hounsfield numbers: water 0, air −1000 by definition of the scale; fat about −100, lung −950 to −500, marrow −100 to
250, cortical bone above 300, as in any CT text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import InputRefused
from planner.domain.geometry import Side
from planner.domain.structure import SegmentedMask, StructureKind, StructureOrigin
from planner.segmentation import coarse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.progress import Progress
    from planner.domain.volume import Volume
    from planner.segmentation.coarse import PatientCt


@dataclass(frozen=True, slots=True)
class Limits:
    """Every number of the automatic segmentation. HU, mm, mL as named; all are project defaults."""

    tissue_hu: float = -400.0
    """Between air and fat, nearer to air so that fat averaged with air at the skin still counts; foam stays out."""
    table_mm: float = 4.0
    """Radius of a ball that fits into every limb and no table top, tube or blanket."""
    body_share: float = 0.05
    """A part smaller than this share of the largest (separate arms and legs are larger) is not the patient."""
    body_ml: float = 100.0
    """Less tissue than this is no patient."""
    seal_mm: float = 5.0
    """Radius of openings (nostril, ear) through which the air outside does not run in."""
    skin_reach_mm: float = 2.5
    """How far the CT's own surface may lie from the coarse one: one coarse voxel and a little."""
    lung_hu: float = -400.0
    """Above every aerated lung, below fat: voxels on the lung's surface fall to the larger share."""
    gas_hu: float = -950.0
    """Median HU below which an air-filled part is free gas (bowel, pneumothorax), not lung with its walls and blood."""
    lung_ml: float = 25.0
    """A smaller aerated part is stool, a bleb or noise; the lung bases of an abdominal scan are larger."""
    whole_lung_ml: float = 400.0
    """From this size an aerated part is a lung wherever it ends."""
    base_share: float = 0.5
    """A smaller part is the base of a lung cut by the scan's top: there it is at least this share of its widest; bowel
    is not."""
    vessel_mm: float = 4.0
    """Radius of vessels and walls inside the lung that count as lung."""
    windpipe_mm2: float = 900.0
    """Largest axial cross-section of trachea or a main bronchus: 34 mm across."""
    windpipe_off_mm: float = 30.0
    """How far from the midline the trachea may begin."""
    over_midline: float = 0.1
    """A part with at least this share on each side of the midline is both lungs, touching."""
    windpipe_leaves_mm: float = 30.0
    """A windpipe seen this far up from the lowest slice runs on below it, and so may the lungs."""
    lungs_apart_mm: float = 12.0
    """Distance from the midline beyond which lung surely belongs to its side, for parting lungs that touch."""
    bone_hu: float = 180.0
    """Above contrast-free soft tissue and most enhanced organs."""
    cortex_hu: float = 250.0
    """Cortical bone even when averaged over a coarse voxel; above venous contrast."""
    cortex_reach_mm: float = 6.0
    """Bone of lower density counts only this near to cortex, so that an enhanced vessel is not followed."""
    bone_ml: float = 1.0
    """A smaller dense part is a calcification, a clip or noise."""
    gap_mm: float = 5.0
    """Radius of pores in cortex that are closed before the marrow is filled; the canal's openings are wider."""
    marrow_mm2: float = 3000.0
    """Largest marrow space in a plane: a vertebral body or the tibial plateau."""
    canal_hu: tuple[float, float] = (-20.0, 70.0)
    """Mean HU of spinal canal and brain: holes like that are not marrow (fatty marrow is lower, red marrow higher)."""
    fat_hu: float = -150.0
    """Holes with a lower mean hold air (sinuses), not marrow."""


LIMITS = Limits()


def segment(volume: Volume, *, progress: Progress) -> tuple[SegmentedMask, ...]:
    """Propose body, lungs and bone.

    Parameters
    ----------
    volume
        The CT, any orientation.
    progress
        Called before each step.

    Returns
    -------
    tuple of SegmentedMask
        "Skin" (the whole body, filled; table, pad and loose clothes removed), "Lung, right" and "Lung, left" (each
        only when found), "Bone" (only when found). Masks bool, shape (K, J, I).

    Raises
    ------
    InputRefused
        When nothing in the volume looks like a patient.
    """
    steps = ("Averaging the CT", "Finding the body", "Finding the lungs", "Finding bone", "Drawing the surfaces")
    progress(0, len(steps), steps[0])
    ct = coarse.patient_ct(volume)
    progress(1, len(steps), steps[1])
    body = _body(ct)
    progress(2, len(steps), steps[2])
    airway = _airway(ct, body)
    lungs = _lungs(ct, body, airway)
    progress(3, len(steps), steps[3])
    bone = _bone(ct, body)
    progress(4, len(steps), steps[4])
    return tuple(_surfaces(ct, body=body, airway=airway, lungs=lungs, bone=bone))


def _body(ct: PatientCt) -> NDArray[np.bool_]:
    """Find the patient on the coarse grid: tissue without thin things, the large parts, what they enclose."""
    tissue = coarse.opened(ct.hu >= LIMITS.tissue_hu, ct.spacing_mm, LIMITS.table_mm)
    labels, counts = coarse.labelled(tissue)
    if counts.max(initial=0) * ct.voxel_ml < LIMITS.body_ml:
        raise InputRefused(
            f"Nothing in this CT looks like a patient: no connected tissue above {LIMITS.tissue_hu:g} HU of at least "
            f"{LIMITS.body_ml:g} mL. Check that the right series is open.",
            code="no-body",
        )
    patient = (counts >= LIMITS.body_share * counts.max())[labels]
    sealed = coarse.closed(patient, ct.spacing_mm, LIMITS.seal_mm)
    return coarse.filled_in_slices(patient | (coarse.filled_in_slices(sealed) & ~sealed))


def _midline(body: NDArray[np.bool_]) -> float:
    """Return the patient's midline as a coarse column number: the median of the slices' middles."""
    columns: NDArray[np.bool_] = np.asarray(body.any(axis=1))
    first, last = columns.argmax(axis=1), columns.shape[1] - 1 - columns[:, ::-1].argmax(axis=1)
    some = np.asarray(columns.any(axis=1))
    return float(np.median((first[some] + last[some]) / 2))


def _airway(ct: PatientCt, body: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Follow the windpipe from the head down: small air cross-sections near the midline, each over the one above."""
    from scipy.ndimage import binary_dilation, find_objects, label

    air = (ct.hu < LIMITS.lung_hu) & body
    airway = np.zeros_like(air)
    middle, reach = _midline(body), LIMITS.windpipe_off_mm / ct.spacing_mm[2]
    above = np.zeros(air.shape[1:], dtype=np.bool_)
    for z in range(air.shape[0] - 1, -1, -1):
        labels, _ = label(air[z])
        for number, box in enumerate(find_objects(labels), start=1):
            part = labels[box] == number
            begins = not above.any() and abs((box[1].start + box[1].stop) / 2 - middle) <= reach
            is_tube = part.sum() * ct.pixel_mm2 <= LIMITS.windpipe_mm2
            if is_tube and (begins or (part & above[box]).any()):
                airway[z][box] |= part
        above = binary_dilation(airway[z])
    return airway


def _lungs(ct: PatientCt, body: NDArray[np.bool_], airway: NDArray[np.bool_]) -> dict[Side, NDArray[np.bool_]]:
    """Find the lungs on the coarse grid, parted by patient side; a side without lung is left out."""
    aerated = (ct.hu < LIMITS.lung_hu) & body & ~airway
    labels, counts = coarse.labelled(aerated)
    lung = np.zeros_like(aerated)
    # Apices of a neck scan are cut by its lowest slice; so is bowel of an abdominal scan, but without a windpipe.
    lowest = int(LIMITS.windpipe_leaves_mm / ct.spacing_mm[0]) + 1
    windpipe_leaves = bool(airway[:lowest].any(axis=(1, 2)).all())
    for number in np.flatnonzero(counts * ct.voxel_ml >= LIMITS.lung_ml):
        part = labels == number
        areas = part.sum(axis=(1, 2))
        ends = (areas[0], areas[-1]) if windpipe_leaves else areas[-1:]
        is_cut = max(ends) >= LIMITS.base_share * areas.max()
        is_large = counts[number] * ct.voxel_ml >= LIMITS.whole_lung_ml
        if (is_cut or is_large) and np.median(ct.hu[part]) > LIMITS.gas_hu:
            lung |= part
    sides = _parted(ct, lung, middle=_midline(body))
    return {
        side: coarse.filled_in_slices(coarse.closed(part, ct.spacing_mm, LIMITS.vessel_mm)) & ~airway & ~other
        for (side, part), other in zip(sides.items(), reversed(sides.values()), strict=True)
        if part.sum() * ct.voxel_ml >= LIMITS.lung_ml
    }


def _parted(ct: PatientCt, lung: NDArray[np.bool_], *, middle: float) -> dict[Side, NDArray[np.bool_]]:
    """Give each connected part to its side; part those that reach over the midline."""
    columns: NDArray[np.float64] = (np.arange(lung.shape[2], dtype=np.float64) - middle) * ct.spacing_mm[2]
    right, left = np.zeros_like(lung), np.zeros_like(lung)
    labels, counts = coarse.labelled(lung)
    for number in np.flatnonzero(counts):
        part = labels == number
        share_left = part[:, :, columns > 0].sum() / counts[number]
        if LIMITS.over_midline < share_left < 1 - LIMITS.over_midline:
            is_left = _flooded_from_left(ct, part, columns_mm=columns)
            left |= part & is_left
            right |= part & ~is_left
        else:
            side = left if share_left > 0.5 else right
            side |= part
    return {Side.RIGHT: right, Side.LEFT: left}


def _flooded_from_left(ct: PatientCt, part: NDArray[np.bool_], *, columns_mm: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Let what surely lies on one side flood the rest of a part, so that the sides meet where it is thinnest."""
    import SimpleITK

    box = tuple(slice(int(where.min()), int(where.max()) + 1) for where in np.nonzero(part))
    inside, columns = part[box], columns_mm[box[2]]
    seeds = np.zeros(inside.shape, dtype=np.uint8)
    seeds[:, :, columns < -LIMITS.lungs_apart_mm] = 1
    seeds[:, :, columns > LIMITS.lungs_apart_mm] = 2
    seeds[~inside] = 0
    basins = SimpleITK.MorphologicalWatershedFromMarkers(
        SimpleITK.GetImageFromArray(coarse.signed_mm(inside, ct.spacing_mm)),
        SimpleITK.GetImageFromArray(seeds),
        markWatershedLine=False,
    )
    flooded = np.zeros_like(part)
    flooded[box] = SimpleITK.GetArrayFromImage(basins) == 2
    return flooded


def _bone(ct: PatientCt, body: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Find bone on the coarse grid: cortex, the bone near it, and the marrow they enclose."""
    cortex = (ct.hu >= LIMITS.cortex_hu) & body
    near_cortex = coarse.dilated(cortex, ct.spacing_mm, LIMITS.cortex_reach_mm)
    labels, counts = coarse.labelled((ct.hu >= LIMITS.bone_hu) & body & near_cortex)
    bone = (counts * ct.voxel_ml >= LIMITS.bone_ml)[labels]
    shell = coarse.closed(bone, ct.spacing_mm, LIMITS.gap_mm)
    filled = shell.copy()
    for axis in range(3):  # a space open within one plane is often closed within another
        filled |= _marrow(ct, shell, axis=axis)
    return filled & body


def _marrow(ct: PatientCt, shell: NDArray[np.bool_], *, axis: int) -> NDArray[np.bool_]:
    """Find marrow in the planes across one axis: holes of the shell, not too large, that hold neither cord nor air."""
    holes, sizes = coarse.slice_holes(np.moveaxis(shell, axis, 0))
    hu = np.moveaxis(ct.hu, axis, 0)
    means = np.bincount(holes.ravel(), weights=hu.ravel(), minlength=len(sizes)) / np.maximum(sizes, 1)
    pixel_mm2 = ct.voxel_ml * 1000 / ct.spacing_mm[axis]
    low, high = LIMITS.canal_hu
    is_marrow = (sizes * pixel_mm2 <= LIMITS.marrow_mm2) & (means > LIMITS.fat_hu)
    is_marrow &= (means < low) | (means > high)
    is_marrow[0] = False
    marrow: NDArray[np.bool_] = np.moveaxis(is_marrow[holes], 0, axis)
    return marrow


def _surfaces(
    ct: PatientCt,
    *,
    body: NDArray[np.bool_],
    airway: NDArray[np.bool_],
    lungs: dict[Side, NDArray[np.bool_]],
    bone: NDArray[np.bool_],
) -> list[SegmentedMask]:
    """Give each coarse mask the CT's own surface and its words."""
    reach = LIMITS.skin_reach_mm
    grain = "worked on averages of {:.2g} × {:.2g} × {:.2g} mm, surface on the CT's own voxels".format(
        *ct.spacing_mm[::-1]
    )
    skin = ct.refined(body, inner_mm=reach, outer_mm=reach, hu=(LIMITS.tissue_hu, np.inf))
    results = [
        SegmentedMask(
            name="Skin",
            kind=StructureKind.SKIN,
            side=None,
            mask=ct.on_ct(skin),
            origin=StructureOrigin.AUTOMATIC,
            method=f"Tissue from {LIMITS.tissue_hu:g} HU, things thinner than {2 * LIMITS.table_mm:g} mm removed, "
            f"parts from {LIMITS.body_share:.0%} of the largest kept, filled slice by slice; {grain}",
        )
    ]
    free = ~ct.refined(airway, inner_mm=0, outer_mm=0, hu=(-np.inf, np.inf)) & skin
    for side, lung in lungs.items():
        mask = ct.refined(lung, inner_mm=reach, outer_mm=reach, hu=(-np.inf, LIMITS.lung_hu)) & free
        free &= ~mask  # where the lungs touch, a voxel belongs to one of them
        results.append(
            SegmentedMask(
                name=f"Lung, {side.value}",
                kind=StructureKind.LUNG,
                side=side,
                mask=ct.on_ct(mask),
                origin=StructureOrigin.AUTOMATIC,
                method=f"Aerated below {LIMITS.lung_hu:g} HU inside the body, windpipe and free gas (median below "
                f"{LIMITS.gas_hu:g} HU) left out, vessels to {2 * LIMITS.vessel_mm:g} mm included, parted by patient "
                f"side; airless lung and effusion are not included; {grain}",
            )
        )
    if bone.any():
        mask = ct.refined(bone, inner_mm=0, outer_mm=reach, hu=(LIMITS.bone_hu, np.inf)) & skin
        results.append(
            SegmentedMask(
                name="Bone",
                kind=StructureKind.BONE,
                side=None,
                mask=ct.on_ct(mask),
                origin=StructureOrigin.AUTOMATIC,
                method=f"From {LIMITS.bone_hu:g} HU within {LIMITS.cortex_reach_mm:g} mm of cortex "
                f"(from {LIMITS.cortex_hu:g} HU), parts from {LIMITS.bone_ml:g} mL, enclosed marrow filled; dense "
                f"contrast, metal and calcification may be included, cartilage is not; {grain}",
            )
        )
    return results
