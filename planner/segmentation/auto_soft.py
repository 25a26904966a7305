"""What is fat, and what other soft tissue? Evened HU of what is neither air, bone nor contrast-filled vessel."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from planner.segmentation.auto_limits import SoftLimits
    from planner.segmentation.coarse import PatientCt


def find_fat_and_soft(
    ct: PatientCt, *, even_hu: NDArray[np.int16], free: NDArray[np.bool_], limits: SoftLimits
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return fat and other soft tissue, bool (Z, Y, X), among what is ``free`` inside the skin.

    Half air, half muscle reads like fat: voxels beside air count as neither.
    """
    is_fat = even_hu >= limits.fat_low_hu
    is_fat &= even_hu < limits.fat_high_hu
    is_fat &= free
    is_fat &= ~_beside_air(ct, even_hu, limits)
    is_soft = even_hu >= limits.fat_high_hu
    is_soft &= even_hu <= limits.soft_high_hu
    is_soft &= free
    return is_fat, is_soft


def _beside_air(ct: PatientCt, even_hu: NDArray[np.int16], limits: SoftLimits) -> NDArray[np.bool_]:
    """Spread air within each slice by the rim, pixel by pixel."""
    near = even_hu < limits.air_hu
    for axis in (1, 2):
        for _ in range(max(1, round(limits.air_rim_mm / ct.fine_mm[axis]))):
            before = near.copy()
            ahead, behind = [slice(None)] * 3, [slice(None)] * 3
            ahead[axis], behind[axis] = slice(1, None), slice(None, -1)
            near[tuple(ahead)] |= before[tuple(behind)]
            near[tuple(behind)] |= before[tuple(ahead)]
    return near


def fat_words(limits: SoftLimits) -> str:
    """Return how fat was found, with the numbers."""
    return (
        f"From {limits.fat_low_hu:g} to {limits.fat_high_hu:g} HU inside the skin, HU averaged over 3 × 3 pixels where "
        f"these are small; not within {limits.air_rim_mm:g} mm of air in a slice, where half air reads like fat"
    )


def soft_words(limits: SoftLimits) -> str:
    """Return how soft tissue was found, with the numbers."""
    return (
        f"From {limits.fat_high_hu:g} to {limits.soft_high_hu:g} HU inside the skin, HU averaged over 3 × 3 pixels "
        "where these are small, bone and contrast-filled vessels left out; muscle, organs, fluid and skin are not told "
        "apart"
    )
