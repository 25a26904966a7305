"""Where else is gas? Air inside the body that is neither lung nor airway: bowel, stomach, pneumothorax."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.segmentation import coarse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.segmentation.auto_limits import GasLimits
    from planner.segmentation.coarse import PatientCt


def find_gas(
    ct: PatientCt, *, body: NDArray[np.bool_], taken: NDArray[np.bool_], free: NDArray[np.bool_], limits: GasLimits
) -> NDArray[np.bool_]:
    """Find gas, bool (Z, Y, X), on the CT's own voxels.

    Parameters
    ----------
    body, taken
        shape (z, y, x), coarse: the filled body; lungs and all air joined with the airway.
    free
        shape (Z, Y, X): where gas may be: skin without lungs and airway.
    """
    # Half-filled voxels around lung and bronchi are no gas of their own.
    apart = coarse.eroded(body, ct.spacing_mm, limits.rim_mm) & ~coarse.dilated(taken, ct.spacing_mm, limits.rim_mm)
    labels, counts = coarse.labelled((ct.hu < limits.gas_hu) & apart)
    gas = (counts * ct.voxel_ml >= limits.least_ml)[labels]
    if not gas.any():
        return np.zeros_like(free)
    return ct.refined(gas, inner_mm=0, outer_mm=limits.reach_mm, hu=(-np.inf, limits.gas_hu)) & free


def method_words(limits: GasLimits) -> str:
    """Return how it was found, with the numbers."""
    return (
        f"Below {limits.gas_hu:g} HU inside the body, {limits.rim_mm:g} mm or more from lung, airway and skin, parts "
        f"from {limits.least_ml:g} mL: bowel, stomach, free gas; which of them is not told"
    )
