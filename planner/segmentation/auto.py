"""Which parts of the CT are what? Body, airway, lungs, gas, bone, vessels with contrast, fat and soft tissue.

Thresholds and shapes only, each step one a radiologist can follow, in the order of :data:`STEPS`. Every number stands
in ``resources/segmentation/automatic.json`` with its reason. The results are proposals that a named person confirms
(H-28).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.structure import SegmentedMask, StructureKind, StructureOrigin
from planner.segmentation import (
    auto_airway,
    auto_body,
    auto_bone,
    auto_gas,
    auto_lungs,
    auto_soft,
    auto_vessels,
    coarse,
)
from planner.segmentation.auto_limits import auto_limits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.geometry import Side
    from planner.domain.progress import Progress
    from planner.domain.volume import Volume
    from planner.segmentation.auto_airway import Airway
    from planner.segmentation.auto_bone import CoarseBone
    from planner.segmentation.auto_limits import AutoLimits
    from planner.segmentation.auto_vessels import Vessels
    from planner.segmentation.coarse import PatientCt

STEPS = (
    "Averaging the CT",
    "Finding the body",
    "Finding the airway",
    "Finding vessels with contrast",
    "Finding bone",
    "Finding the lungs",
    "Finding other gas",
    "Finding fat and soft tissue",
)


def segment(volume: Volume, *, progress: Progress) -> tuple[SegmentedMask, ...]:
    """Propose what HU and shape alone can tell.

    Parameters
    ----------
    volume
        The CT, any orientation.
    progress
        Called before each of :data:`STEPS`, where the work can be cancelled.

    Returns
    -------
    tuple of SegmentedMask
        "Skin" (the whole body, filled; table, clothes and free arms removed), then, each only when found, "Airway",
        "Aorta", "Vessels with contrast", "Bone", "Lung, right", "Lung, left", "Gas", "Fat", "Muscle and other soft
        tissue".
        Masks bool, shape (K, J, I); those inside the skin do not overlap.

    Raises
    ------
    InputRefused
        When nothing in the volume looks like a patient.
    """
    limits = auto_limits()
    progress(0, len(STEPS), STEPS[0])
    whole = coarse.patient_ct(volume)
    progress(1, len(STEPS), STEPS[1])
    body = auto_body.find_body(whole, limits.body)
    ct, box = whole.within(body, limits.body.reach_mm)
    return _Work(ct, body[box], limits, progress).results()


class _Work:
    """What has been found so far, on the part of the CT around the body.

    ``free`` is the inside of the skin that nothing has claimed yet, shape (Z, Y, X).
    """

    def __init__(self, ct: PatientCt, body: NDArray[np.bool_], limits: AutoLimits, progress: Progress) -> None:
        self.ct, self.body, self.limits, self.progress = ct, body, limits, progress
        self.even_hu = ct.even_hu()
        self.skin = auto_body.skin_of(ct, body, self.even_hu, limits.body)
        self.free = self.skin.copy()
        x, y, z = ct.spacing_mm[::-1]
        self.grain = f"worked on averages of {x:.2g} × {y:.2g} × {z:.2g} mm, surface on the CT's own voxels"
        self.masks: list[SegmentedMask] = []

    def results(self) -> tuple[SegmentedMask, ...]:
        """Take the steps in turn; what the next ones need of the coarse grid is found in a thread beside them."""
        self._add("Skin", StructureKind.SKIN, self.skin, auto_body.method_words(self.limits.body))
        with ThreadPoolExecutor(max_workers=1) as beside:
            dense = beside.submit(self._find_dense)
            airway = self._airway()
            lungs = beside.submit(self._find_lungs, airway)
            self._vessels_and_bone(*dense.result())
            self._lungs_and_gas(airway, lungs.result())
        self._soft()
        return tuple(self.masks)

    def _add(
        self, name: str, kind: StructureKind, mask: NDArray[np.bool_], words: str, side: Side | None = None
    ) -> None:
        """Keep a mask, if it holds anything, and take its voxels out of what is free."""
        if not mask.any():
            return
        if kind is not StructureKind.SKIN:
            self.free &= ~mask
        method = f"{words}; {self.grain}"
        self.masks.append(SegmentedMask(name, kind, side, self.ct.on_ct(mask), StructureOrigin.AUTOMATIC, method))

    def _tell(self, step: int) -> None:
        self.progress(step, len(STEPS), STEPS[step])

    def _airway(self) -> Airway | None:
        self._tell(2)
        limits = self.limits.airway
        middle = round(auto_body.midline(self.body))
        airway = auto_airway.find_airway(
            self.ct, skin=self.skin, even_hu=self.even_hu, middle_voxel=middle, limits=limits
        )
        if airway is not None:
            words = auto_airway.method_words(limits, airway.grown_hu)
            self._add("Airway", StructureKind.AIRWAY, airway.mask, words)
        return airway

    def _find_dense(self) -> tuple[Vessels | None, CoarseBone]:
        """Vessels with contrast and bone on the coarse grid."""
        ct, limits = self.ct, self.limits
        vessels = auto_vessels.find_vessels(ct, body=self.body, limits=limits.vessel)
        is_plain = vessels is None and not auto_bone.has_contrast(ct, body=self.body, limits=limits.bone)
        return vessels, auto_bone.find_bone(ct, body=self.body, vessels=vessels, is_plain=is_plain, limits=limits.bone)

    def _find_lungs(self, airway: Airway | None) -> dict[Side, NDArray[np.bool_]]:
        return auto_lungs.find_lungs(self.ct, body=self.body, airway=airway, limits=self.limits.lung)

    def _vessels_and_bone(self, vessels: Vessels | None, bone: CoarseBone) -> None:
        """Vessels before bone, which would take what is as dense."""
        self._tell(3)
        if vessels is not None:
            self._add_vessels(vessels)
        self._tell(4)
        limits = self.limits.bone
        mask = auto_bone.bone_on_ct(self.ct, bone, free=self.free, limits=limits)
        self._add("Bone", StructureKind.BONE, mask, auto_bone.method_words(limits, bone))

    def _add_vessels(self, vessels: Vessels) -> None:
        limits = self.limits.vessel
        for name, part in (("Aorta", vessels.aorta), ("Vessels with contrast", vessels.others)):
            mask = auto_vessels.vessel_on_ct(self.ct, part, blood_hu=vessels.blood_hu, of=self.even_hu, limits=limits)
            words = auto_vessels.method_words(limits, vessels, is_aorta=name == "Aorta")
            self._add(name, StructureKind.ARTERY, mask & self.free, words)

    def _lungs_and_gas(self, airway: Airway | None, lungs: dict[Side, NDArray[np.bool_]]) -> None:
        self._tell(5)
        ct, body, limits = self.ct, self.body, self.limits
        for side, mask in auto_lungs.lungs_on_ct(ct, lungs, free=self.free, limits=limits.lung).items():
            self._add(f"Lung, {side.value}", StructureKind.LUNG, mask, auto_lungs.method_words(limits.lung), side)
        self._tell(6)
        taken = np.zeros_like(body) if airway is None else airway.lumen | airway.coarsely(ct)
        for lung in lungs.values():
            taken |= lung
        gas = auto_gas.find_gas(ct, body=body, taken=taken, free=self.free, limits=limits.gas)
        self._add("Gas", StructureKind.GAS, gas, auto_gas.method_words(limits.gas))

    def _soft(self) -> None:
        self._tell(7)
        limits = self.limits.soft
        fat, soft = auto_soft.find_fat_and_soft(self.ct, even_hu=self.even_hu, free=self.free, limits=limits)
        self._add("Fat", StructureKind.FAT, fat, auto_soft.fat_words(limits))
        self._add("Muscle and other soft tissue", StructureKind.MUSCLE, soft, auto_soft.soft_words(limits))
