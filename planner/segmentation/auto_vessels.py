"""Which vessels hold contrast medium? Even, round tubes brighter than organs and than what surrounds them.

HU do not tell an artery from a vein; place tells the aorta: before the spine, at its middle or left of it. Without
contrast medium blood reads like muscle, and nothing is found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.segmentation import coarse
from planner.segmentation.tubes import Section, Tube, find_tubes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.segmentation.auto_limits import VesselLimits
    from planner.segmentation.coarse import PatientCt


@dataclass(frozen=True, slots=True, eq=False)
class Vessels:
    """Vessels on the coarse grid, shape (z, y, x), bool, and the median HU of their blood."""

    aorta: NDArray[np.bool_]
    others: NDArray[np.bool_]
    blood_hu: float

    def wall_hu(self, limits: VesselLimits) -> float:
        """HU of their surface: between muscle and their blood."""
        return limits.muscle_hu + limits.wall_share * (self.blood_hu - limits.muscle_hu)


def find_vessels(ct: PatientCt, *, body: NDArray[np.bool_], limits: VesselLimits) -> Vessels | None:
    """Find vessels with contrast medium on the coarse grid; ``None`` when there is none."""
    dense = (ct.hu >= limits.spine_hu) & body
    bright = (ct.hu >= limits.enhanced_hu) & (ct.hu <= limits.most_hu) & body
    labels, tubes = find_tubes(
        coarse.opened(bright, ct.spacing_mm, limits.neck_mm),
        pixel_mm=ct.spacing_mm[1:],
        section=Section(limits.least_section_mm2, limits.most_section_mm2, limits.round_share),
        least_slices=max(2, int(limits.least_height_mm / ct.spacing_mm[0])),
    )
    filled = [(tube, blood_hu) for tube in tubes if (blood_hu := _blood_hu(ct, labels, tube, limits)) is not None]
    aortas = [(tube, blood_hu) for tube, blood_hu in filled if _is_aorta(ct, tube, dense, limits)]
    reference = [tube for tube in aortas if len(tube[0].numbers) == max(len(t.numbers) for t, _ in aortas)]
    least_hu = limits.alike_share * reference[0][1] if reference else limits.unmistakable_hu
    alike = [(tube, blood_hu) for tube, blood_hu in filled if blood_hu >= least_hu]
    if not alike:
        return None
    aorta = [number for tube, hu in aortas if hu >= least_hu for number in tube.numbers]
    others = np.setdiff1d([number for tube, _ in alike for number in tube.numbers], aorta)
    blood_hu = reference[0][1] if reference else float(np.median([hu for _, hu in alike]))
    found = Vessels(np.isin(labels, aorta), np.isin(labels, others), blood_hu)
    wide = (ct.hu >= found.wall_hu(limits)) & (ct.hu <= blood_hu + limits.above_blood_hu) & body
    for tube, _ in alike:
        part = found.aorta if tube.numbers[0] in aorta else found.others
        _carry_on(ct, part, np.isin(labels, tube.numbers), tube, wide, limits)
    found.others[found.aorta] = False
    return found


def _carry_on(
    ct: PatientCt,
    into: NDArray[np.bool_],
    known: NDArray[np.bool_],
    tube: Tube,
    wide: NDArray[np.bool_],
    limits: VesselLimits,
) -> None:
    """Carry a tube on past its ends, where branches leave or it touches bone: blood beside the section before."""
    from scipy.ndimage import binary_dilation, binary_opening

    usual = float(np.median([section.sum() for section in known[tube.slices[0] : tube.slices[1] + 1]]))
    most = int(limits.carry_mm / ct.spacing_mm[0])
    square = np.ones((2, 2), dtype=bool)
    for z in range(tube.slices[0], tube.slices[1] + 1):
        into[z] |= binary_opening(wide[z] & binary_dilation(known[z]), square)
    for start, step in ((tube.slices[0], -1), (tube.slices[1], 1)):
        section = known[start]
        for z in range(start + step, start + step * (most + 1), step):
            if not 0 <= z < len(wide):
                break
            section = binary_opening(wide[z] & binary_dilation(section), square)
            if not limits.carry_share * usual <= section.sum() <= usual / limits.carry_share:
                break
            into[z] |= section


def vessel_on_ct(
    ct: PatientCt, vessel: NDArray[np.bool_], *, blood_hu: float, of: NDArray[np.int16], limits: VesselLimits
) -> NDArray[np.bool_]:
    """Give vessels the CT's own surface, bool (Z, Y, X): half-way from blood to the darkest beside, muscle at most."""
    from scipy.ndimage import minimum_filter

    result = np.zeros(ct.fine_hu.shape, dtype=np.bool_)
    if not vessel.any():
        return result
    box = coarse.box_around(vessel, ct.spacing_mm, limits.wall_mm)
    fine = ct.fine_box(box)
    depth_mm = coarse.signed_mm(vessel[box], ct.spacing_mm)
    zones = ct.spread((depth_mm <= limits.wall_mm).view(np.uint8) + (depth_mm <= -limits.wall_mm), box)
    around_hu = np.clip(minimum_filter(of[fine], size=3), limits.fat_hu, limits.muscle_hu)
    half_hu = around_hu + limits.wall_share * (blood_hu - around_hu)
    result[fine] = (zones == 2) | ((zones == 1) & (of[fine] >= half_hu))
    return result


def _blood_hu(ct: PatientCt, labels: NDArray[np.int32], tube: Tube, limits: VesselLimits) -> float | None:
    """Return the median HU of a tube's inside if it is even and no shell around it is brighter; else ``None``."""
    box = coarse.box_around(np.isin(labels, tube.numbers), ct.spacing_mm, 2 * limits.wall_mm)
    part, hu = np.isin(labels[box], tube.numbers), ct.hu[box]
    distance_mm = coarse.signed_mm(part, ct.spacing_mm)
    inside = hu[distance_mm < 0]
    around = hu[(distance_mm > 0) & (distance_mm <= 2 * limits.wall_mm)]
    if inside.size == 0 or around.size == 0:
        return None
    blood_hu = float(np.median(inside))
    spread_hu = float(np.subtract(*np.percentile(inside, [75, 25]))) / 1.35  # as a standard deviation
    is_even = spread_hu <= limits.spread_hu
    return blood_hu if is_even and float(np.median(around)) < limits.enhanced_hu else None


def _is_aorta(ct: PatientCt, tube: Tube, bone: NDArray[np.bool_], limits: VesselLimits) -> bool:
    """Whether a tube is wide enough and runs before the spine, not right of it."""
    if float(np.median(tube.areas_mm2)) < limits.aorta_mm2:
        return False
    row, column = np.median(tube.centres, axis=0)
    behind = bone[tube.slices[0] : tube.slices[1] + 1, int(row) :]
    aside = int(limits.before_spine_mm / ct.spacing_mm[2])
    first = max(0, int(column) - aside)
    rows, columns = np.nonzero(behind[:, :, first : int(column) + aside].any(axis=0))
    if rows.size == 0:
        return False
    before_mm = float(rows.min()) * ct.spacing_mm[1]
    left_mm = (float(column) - first - float(np.median(columns))) * ct.spacing_mm[2]
    return before_mm <= limits.before_spine_mm and -limits.right_of_spine_mm <= left_mm


def method_words(limits: VesselLimits, vessels: Vessels, *, is_aorta: bool) -> str:
    """Return how they were found, with the numbers."""
    least_mm2 = limits.aorta_mm2 if is_aorta else limits.least_section_mm2
    alike = f"at least {limits.alike_share:.0%} as bright as the aorta, from {limits.unmistakable_hu:g} HU without one"
    where = (
        f"running within {limits.before_spine_mm:g} mm before bone of the spine and not right of it"
        if is_aorta
        else f"{alike}; artery and vein are not told apart, smaller and slanting vessels are missed"
    )
    return (
        f"Tube of {least_mm2:g} to {limits.most_section_mm2:g} mm², round (fills {limits.round_share:.0%} of its "
        f"square), even to {limits.spread_hu:g} HU and from {limits.enhanced_hu:g} HU, followed slice by slice over "
        f"{limits.least_height_mm:g} mm or more and carried on by up to {limits.carry_mm:g} mm, {where}; blood reads "
        f"{vessels.blood_hu:.0f} HU, surface half-way to what is beside it, calcified wall within "
        f"{limits.wall_mm:g} mm included"
    )
