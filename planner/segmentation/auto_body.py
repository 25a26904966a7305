"""Where is the patient? Tissue without table, clothes and free arms, and what it encloses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import InputRefused
from planner.segmentation import coarse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.segmentation.auto_limits import BodyLimits
    from planner.segmentation.coarse import PatientCt


def find_body(ct: PatientCt, limits: BodyLimits) -> NDArray[np.bool_]:
    """Find the patient on the coarse grid, filled, bool (z, y, x): the large parts of what a ball fits into.

    Raises
    ------
    InputRefused
        When nothing is large enough to be one.
    """
    tissue = coarse.opened(ct.hu >= limits.tissue_hu, ct.spacing_mm, limits.table_mm)
    labels, counts = coarse.labelled(tissue)
    if counts.max(initial=0) * ct.voxel_ml < limits.least_ml:
        raise InputRefused(
            f"Nothing in this CT looks like a patient: no connected tissue above {limits.tissue_hu:g} HU of at least "
            f"{limits.least_ml:g} mL. Check that the right series is open.",
            code="no-body",
        )
    patient = (counts >= limits.part_share * counts.max())[labels]
    patient &= ~_joined_arms(ct, patient, limits)
    sealed = coarse.closed(patient, ct.spacing_mm, limits.seal_mm)
    return coarse.filled_in_slices(patient | (coarse.filled_in_slices(sealed) & ~sealed))


def _joined_arms(ct: PatientCt, patient: NDArray[np.bool_], limits: BodyLimits) -> NDArray[np.bool_]:
    """Find arms that touch the trunk: parted from it by shrinking, small, beside it, with bone inside."""
    arms = np.zeros_like(patient)
    labels, counts = coarse.labelled(coarse.eroded(patient, ct.spacing_mm, limits.arm_apart_mm))
    trunk = labels == counts.argmax()
    if counts.max(initial=0) == 0 or trunk.sum(axis=(1, 2)).max() * ct.pixel_mm2 < limits.trunk_mm2:
        return arms
    columns = np.flatnonzero(trunk.any(axis=(0, 1)))
    middle, half = (columns[0] + columns[-1]) / 2, (columns[-1] - columns[0]) / 2
    bone_ml = np.bincount(labels[ct.hu >= limits.arm_bone_hu], minlength=len(counts)) * ct.voxel_ml
    small = (counts > 0) & (counts < limits.part_share * counts.max()) & (bone_ml >= limits.arm_bone_ml)
    for number in np.flatnonzero(small):
        part = labels == number
        if abs(float(np.nonzero(part)[2].mean()) - middle) >= limits.beside_share * half:
            arms |= part
    if not arms.any():
        return arms
    # What is left of the border goes to the nearer of the two.
    rest = coarse.signed_mm((labels > 0) & ~arms, ct.spacing_mm)
    nearer: NDArray[np.bool_] = patient & (coarse.signed_mm(arms, ct.spacing_mm) < rest)
    return nearer


def skin_of(
    ct: PatientCt, body: NDArray[np.bool_], even_hu: NDArray[np.int16], limits: BodyLimits
) -> NDArray[np.bool_]:
    """Give the body the CT's own surface, bool (Z, Y, X); averaged HU, so that no thread of cloth counts as skin."""
    return ct.refined(
        body, inner_mm=limits.reach_mm, outer_mm=limits.reach_mm, hu=(limits.tissue_hu, np.inf), of=even_hu
    )


def midline(body: NDArray[np.bool_]) -> float:
    """Return the patient's midline as a coarse column number: the median of the slices' middles."""
    columns: NDArray[np.bool_] = np.asarray(body.any(axis=1))
    first, last = columns.argmax(axis=1), columns.shape[1] - 1 - columns[:, ::-1].argmax(axis=1)
    some = np.asarray(columns.any(axis=1))
    return float(np.median((first[some] + last[some]) / 2))


def method_words(limits: BodyLimits) -> str:
    """Return how it was found, with the numbers."""
    return (
        f"Tissue from {limits.tissue_hu:g} HU, things thinner than {2 * limits.table_mm:g} mm (table, clothes) "
        f"removed, parts from {limits.part_share:.0%} of the largest kept (free arms are smaller), arms that touch a "
        f"trunk parted from it by shrinking {limits.arm_apart_mm:g} mm, openings to {2 * limits.seal_mm:g} mm closed, "
        "filled slice by slice"
    )
