"""Where are windpipe and main bronchi? A tube before the spine, grown until it would leak, cut where it gets narrow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.segmentation import coarse
from planner.segmentation.tubes import Section, Tube, find_tubes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.segmentation.auto_limits import AirwayLimits
    from planner.segmentation.coarse import PatientCt


@dataclass(frozen=True, slots=True, eq=False)
class Airway:
    """What was found.

    Parameters
    ----------
    mask
        shape (Z, Y, X), bool: windpipe, main bronchi, and the throat above where the scan shows it.
    lumen
        shape (z, y, x), bool, coarse: all air that is joined with it, smaller bronchi too.
    leaves_below
        Whether it runs on below the scan, and so may the lungs.
    grown_hu
        Below which HU it was grown.
    """

    mask: NDArray[np.bool_]
    lumen: NDArray[np.bool_]
    leaves_below: bool
    grown_hu: float

    def coarsely(self, ct: PatientCt) -> NDArray[np.bool_]:
        """Return the coarse voxels that hold any of it."""
        return ct.coarsely(self.mask)


def find_airway(
    ct: PatientCt, *, skin: NDArray[np.bool_], even_hu: NDArray[np.int16], middle_voxel: int, limits: AirwayLimits
) -> Airway | None:
    """Find the airway inside the skin; ``None`` when no tube looks like a windpipe.

    Parameters
    ----------
    skin, even_hu
        shape (Z, Y, X): the filled body, and HU evened against noise.
    middle_voxel
        Coarse column of the midline.
    """
    labels, chain = _windpipe(ct, ct.coarsely(skin), middle_voxel, limits)
    if chain is None:
        return None
    seed = np.isin(labels, chain)
    box = _box(ct, seed, limits)
    air, grown_hu = _grown(ct, even_hu[box], skin[box], ct.finely(seed)[box], limits)
    wide = _wide_parts(ct, air, ct.finely(seed)[box], limits)
    mask = np.zeros_like(skin)
    mask[box] = coarse.dilated(wide, ct.fine_mm, limits.wall_mm) & (ct.fine_hu[box] < limits.wall_hu) & skin[box]
    lumen = np.zeros_like(skin)
    lumen[box] = air
    lowest = int(limits.leaves_mm / ct.fine_mm[0]) + 1
    leaves = bool(mask[:lowest].any(axis=(1, 2)).all())
    return Airway(mask, ct.coarsely(lumen), leaves, grown_hu)


def _windpipe(
    ct: PatientCt, body: NDArray[np.bool_], middle: int, limits: AirwayLimits
) -> tuple[NDArray[np.int32], NDArray[np.int64] | None]:
    """Follow the longest air-filled tube that begins near the top, runs near the midline and shortly before bone."""
    labels, tubes = find_tubes(
        (ct.hu < limits.wall_hu) & body,
        pixel_mm=ct.spacing_mm[1:],
        section=Section(limits.least_section_mm2, limits.section_mm2),
        least_slices=max(2, int(limits.cut_height_mm / ct.spacing_mm[0])),
    )
    for tube in tubes:
        off_mm = abs(float(np.median(tube.centres[:, 1])) - middle) * ct.spacing_mm[2]
        is_central = off_mm <= limits.off_midline_mm and _is_before_bone(ct, tube.slices, tube.centres, limits)
        if is_central and _begins_above(ct, tube, labels, limits):
            return labels, tube.numbers
    return labels, None


def _begins_above(ct: PatientCt, tube: Tube, labels: NDArray[np.int32], limits: AirwayLimits) -> bool:
    """Whether a long tube begins near the scan's top, or a short one is cut by it between air of both lungs."""
    below_top = len(ct.hu) - 1 - tube.slices[1]
    if len(tube.numbers) * ct.spacing_mm[0] >= limits.least_height_mm:
        return below_top * ct.spacing_mm[0] <= limits.from_top_mm
    top = labels[-1]
    large = np.bincount(top.ravel()) * ct.pixel_mm2 > limits.section_mm2
    large[0] = False
    columns = np.nonzero(large[top])[1]
    column = tube.centres[-1][1]
    return below_top == 0 and bool((columns < column).any() and (columns > column).any())


def _is_before_bone(ct: PatientCt, slices: tuple[int, int], centres: NDArray[np.float64], limits: AirwayLimits) -> bool:
    """Whether in most slices dense bone follows behind within reach: the spine, which no bowel lies so near to."""
    reach = int(limits.before_spine_mm / ct.spacing_mm[1])
    half = int(limits.off_midline_mm / ct.spacing_mm[2] / 2)
    met = 0
    for z, (row, column) in zip(range(slices[0], slices[1] + 1), centres.astype(int), strict=True):
        behind = ct.hu[z, row : row + reach, max(0, column - half) : column + half + 1]
        met += bool((behind >= limits.spine_hu).any())
    return met >= len(centres) / 2


def _box(ct: PatientCt, seed: NDArray[np.bool_], limits: AirwayLimits) -> tuple[slice, slice, slice]:
    """Return the CT voxels within reach of the windpipe."""
    return ct.fine_box(coarse.box_around(seed, ct.spacing_mm, limits.reach_mm))


def _grown(
    ct: PatientCt, hu: NDArray[np.int16], skin: NDArray[np.bool_], seed: NDArray[np.bool_], limits: AirwayLimits
) -> tuple[NDArray[np.bool_], float]:
    """Grow from the windpipe below the highest HU at which it stays small enough not to have leaked into lung."""
    voxel_ml = float(np.prod(ct.fine_mm)) / 1000
    steps = np.arange(limits.strictest_hu, limits.widest_hu + 1, limits.step_hu)
    kept, kept_hu = _joined((hu < steps[0]) & skin, seed), float(steps[0])
    low, high = 1, len(steps) - 1
    while low <= high:  # what is joined only grows with the limit, so halving finds the last that did not leak
        middle = (low + high) // 2
        air = _joined((hu < steps[middle]) & skin, seed)
        if air.sum() * voxel_ml <= limits.most_ml:
            kept, kept_hu, low = air, float(steps[middle]), middle + 1
        else:
            high = middle - 1
    return kept, kept_hu


def _joined(mask: NDArray[np.bool_], seed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the parts that hold a voxel of the seed."""
    labels, counts = coarse.labelled(mask)
    hit = np.zeros(len(counts), dtype=np.bool_)
    hit[np.unique(labels[seed])] = True
    hit[0] = False
    joined: NDArray[np.bool_] = hit[labels]
    return joined


def _wide_parts(
    ct: PatientCt, air: NDArray[np.bool_], seed: NDArray[np.bool_], limits: AirwayLimits
) -> NDArray[np.bool_]:
    """Keep what a ball fits into and is joined with the windpipe, or lies above its lowest slice (past the glottis)."""
    wide = coarse.opened(air, ct.fine_mm, limits.calibre_mm / 2)
    main = _joined(wide, seed)
    columns = np.flatnonzero(seed.any(axis=(0, 1)))
    aside = round(limits.off_midline_mm / ct.fine_mm[2])
    top = int(np.flatnonzero(seed.any(axis=(1, 2)))[-1])
    above = np.zeros_like(wide)
    throat = (slice(top, None), slice(None), slice(max(0, int(columns[0]) - aside), int(columns[-1]) + aside))
    above[throat] = wide[throat]
    return main | above


def method_words(limits: AirwayLimits, grown_hu: float) -> str:
    """Return how it was found, with the numbers."""
    return (
        f"Windpipe: an air-filled tube of {limits.least_section_mm2:g} to {limits.section_mm2:g} mm², "
        f"{limits.least_height_mm:g} mm high and beginning within {limits.from_top_mm:g} mm of the scan's top, or "
        f"{limits.cut_height_mm:g} mm high and cut by it between both lungs, that runs within "
        f"{limits.off_midline_mm:g} mm of the midline and {limits.before_spine_mm:g} mm before the spine, followed "
        f"slice by slice; grown below {grown_hu:g} HU, the highest limit at which it holds at most "
        f"{limits.most_ml:g} mL (no leak into lung); bronchi narrower than {limits.calibre_mm:g} mm cut off; surface "
        f"at {limits.wall_hu:g} HU"
    )
