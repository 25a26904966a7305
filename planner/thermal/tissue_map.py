"""Which tissue is in each cell of the solver's grid? Structures first, by priority; Hounsfield units where none claims.

HU windows (recalled, R-ANATOMY, unenhanced CT): air below -950, lung to -500, fat -150 to -50, soft tissue -10 to 100,
bone from 200. The gaps between the windows are split in the middle; contrast and metal break them, so a segmented
structure always wins over HU. HU are averaged over the cell's volume before they are classified.

Only vessels 3 mm thick or more hold blood temperature; the ice closes smaller ones (the figure is recalled).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import GeometryRefused, SimulationRefused
from planner.domain.structure import StructureKind
from planner.spatial.distance import signed_distance_mm
from planner.spatial.resample import image_onto, mask_fraction_onto
from planner.thermal.properties import OUTSIDE_AIR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from planner.domain.geometry import Grid
    from planner.domain.identity import Sha256
    from planner.domain.simulation import SimulationRequest
    from planner.domain.tissue import Tissue
    from planner.domain.volume import Volume

HU_TISSUES: tuple[tuple[float, str], ...] = (
    (-950.0, "air"),
    (-500.0, "lung_inflated"),
    (-30.0, "fat_subcutaneous"),
    (150.0, "muscle"),
    (np.inf, "bone_cortical"),
)
"""Upper HU limit and tissue. Between lung and fat nothing but partial volume exists; it is taken as fat."""

HU_RULE = (
    "Where no structure is given, tissue is told by HU averaged over a cell (limits are recalled): contrast medium and "
    "metal read as bone."
)

KIND_TISSUE: dict[StructureKind, str] = {
    StructureKind.MUSCLE: "muscle",
    StructureKind.TUMOUR: "muscle",
    StructureKind.FAT: "fat_subcutaneous",
    StructureKind.LUNG: "lung_inflated",
    StructureKind.LIVER: "liver",
    StructureKind.SPLEEN: "spleen",
    StructureKind.KIDNEY: "kidney",
    StructureKind.ADRENAL: "muscle",
    StructureKind.THYROID: "thyroid",
    StructureKind.BOWEL: "large_intestine",
    StructureKind.BLADDER: "bladder_wall",
    StructureKind.OESOPHAGUS: "oesophagus",
    StructureKind.AIRWAY: "air",
    StructureKind.DIAPHRAGM: "diaphragm",
    StructureKind.TENDON: "tendon_ligament",
    StructureKind.BONE: "bone_cortical",
    StructureKind.URETER: "ureter_urethra",
    StructureKind.NERVE: "nerve",
    StructureKind.SPINAL_CORD: "spinal_cord",
    StructureKind.VEIN: "blood",
    StructureKind.ARTERY: "blood",
    StructureKind.FLUID_BARRIER: "saline",
    StructureKind.GAS_BARRIER: "co2_gas",
}
"""Tissue of each kind, in painting order: later kinds cover earlier ones. SKIN is the body mask; OTHER stays HU."""

THIN_KINDS = frozenset({StructureKind.ARTERY, StructureKind.VEIN, StructureKind.NERVE, StructureKind.URETER})
VESSEL_KINDS = frozenset({StructureKind.ARTERY, StructureKind.VEIN})
HEAT_SINK_MM = 3.0
SMALL_VESSEL_TISSUE = "muscle"
SMALL_VESSELS = (
    f"Vessels thinner than {HEAT_SINK_MM:g} mm are taken as perfused muscle: only thicker ones hold blood temperature "
    "(project default; the figure is recalled)."
)
AXIS_MISS_VOXELS = 0.4
"""How far a vessel's axis lies from the nearest voxel centre on average, so that the depth there reads too small."""
STAND_INS = {
    StructureKind.TUMOUR: "Tumour is taken as muscle: no thermal values of its own are known.",
    StructureKind.ADRENAL: "Adrenal is taken as muscle: no thermal values of its own are known.",
    StructureKind.BONE: "All bone is taken as cortical: no frozen values of cancellous bone are known.",
    StructureKind.AIRWAY: "Gas in airways is taken as still.",
}
HALF = np.float32(0.5 - 1e-5)
THIN_SHARE, THIN_RELATIVE = 0.15, 0.45
"""A thin structure keeps a cell from 15 % of its volume when no cell around holds over twice as much of it: a 2 mm
vessel covers at least 20 % of one 2 mm cell in each slice, wherever it runs."""


@dataclass(frozen=True, slots=True, eq=False)
class TissueMap:
    """Tissue of each cell.

    Parameters
    ----------
    index
        shape (K, J, I), uint8: position in ``tissue_ids``.
    tissue_ids
        Ids of the tissues present; air outside the body is ``"outside air"``.
    notes
        Sentences for the record: what was assumed and how many cells it concerns.
    """

    index: NDArray[np.uint8]
    tissue_ids: tuple[str, ...]
    notes: tuple[str, ...] = ()


def build_tissue_map(
    request: SimulationRequest, *, volume: Volume, masks: Mapping[Sha256, NDArray[np.bool_]]
) -> TissueMap:
    """Return the tissue map of a request.

    Parameters
    ----------
    volume
        The CT named by ``request.pixel_hash``.
    masks
        bool, shape of the CT, by the sha256 of each region's mask.

    Raises
    ------
    SimulationRefused
        When a mask is absent, or a tissue that the map needs is not in the request.
    GeometryRefused
        When a mask has another shape than the CT.
    """
    if volume.ref.pixel_hash != request.pixel_hash:
        raise SimulationRefused("The prediction was asked for another CT than the one loaded.", code="volume-other")
    painter = _Painter(request.grid, request.tissues)
    covered = _covered(volume, request.grid)
    if not covered.any():
        raise SimulationRefused("The simulated box lies outside the CT. Move it over the scan.", code="grid-outside-ct")
    painter.paint_hu(_mean_hu(volume, request.grid))
    for kind in KIND_TISSUE:
        for region in request.regions:
            if region.kind is not kind:
                continue
            if kind in VESSEL_KINDS:
                painter.paint_vessel(kind, _mask(region.mask.sha256, masks, volume), volume.grid)
            else:
                painter.paint_structure(kind, _share(region.mask.sha256, masks, volume, request.grid))
    bodies = [region for region in request.regions if region.kind is StructureKind.SKIN]
    if bodies:
        share = np.max([_share(body.mask.sha256, masks, volume, request.grid) for body in bodies], axis=0)
        painter.paint_outside(share < HALF)
    else:
        painter.notes.append("No body surface was given: the skin's cooling by air is left out.")
    painter.extend_to(covered)
    return painter.finish()


class _Painter:
    """A map in the making: cells hold positions in a growing list of ids."""

    def __init__(self, grid: Grid, tissues: tuple[Tissue, ...]) -> None:
        self.grid = grid
        self.known = {tissue.id for tissue in tissues}
        self.ids: list[str] = []
        self.index = np.zeros(grid.shape_kji, np.uint8)
        self.notes: list[str] = []

    def number(self, tissue_id: str) -> int:
        if tissue_id != OUTSIDE_AIR and tissue_id not in self.known:
            raise SimulationRefused(
                f"The tissue table has no “{tissue_id}”, which this region of the CT needs.", code="tissue-unknown"
            )
        if tissue_id not in self.ids:
            self.ids.append(tissue_id)
        return self.ids.index(tissue_id)

    def note(self, sentence: str) -> None:
        if sentence not in self.notes:
            self.notes.append(sentence)

    def paint_hu(self, hu: NDArray[np.float32]) -> None:
        which = np.searchsorted([limit for limit, _ in HU_TISSUES[:-1]], hu, side="right")
        for position in np.unique(which):
            self.index[which == position] = self.number(HU_TISSUES[position][1])
        self.note(HU_RULE)
        if "bone_cortical" in self.ids:
            self.note(STAND_INS[StructureKind.BONE])

    def paint_structure(self, kind: StructureKind, share: NDArray[np.float32]) -> None:
        claimed = _thin_cells(share) if kind in THIN_KINDS else share >= HALF
        if not claimed.any():
            return
        self.index[claimed] = self.number(KIND_TISSUE[kind])
        if kind in STAND_INS:
            self.note(STAND_INS[kind])

    def paint_vessel(self, kind: StructureKind, mask: NDArray[np.bool_], ct: Grid) -> None:
        """Blood where the vessel is thick enough to stay warm, perfused tissue where it is not."""
        mask, ct = _near_box(mask, ct, self.grid)
        if not mask.any():
            return
        thick = thick_parts(mask, ct)
        if not thick.all(where=mask):
            thin = _thin_cells(mask_fraction_onto(mask, source=ct, target=self.grid))
            if thin.any():
                self.index[thin] = self.number(SMALL_VESSEL_TISSUE)
                self.note(SMALL_VESSELS)
        self.paint_structure(kind, mask_fraction_onto(thick, source=ct, target=self.grid))

    def paint_outside(self, outside: NDArray[np.bool_]) -> None:
        """Room air outside the body; cells cut by the skin that read as gas by partial volume become skin."""
        from scipy.ndimage import binary_dilation

        if not outside.any():
            return
        gas = [self.ids.index(name) for name in ("air", "lung_inflated") if name in self.ids]
        cut = binary_dilation(outside) & ~outside & np.isin(self.index, gas)
        if cut.any():
            self.index[cut] = self.number("skin")
        self.index[outside] = self.number(OUTSIDE_AIR)

    def extend_to(self, covered: NDArray[np.bool_]) -> None:
        """Give every cell beyond the CT the tissue of the nearest cell inside it."""
        from scipy.ndimage import distance_transform_edt

        if covered.all():
            return
        nearest = distance_transform_edt(~covered, return_distances=False, return_indices=True)
        self.index = self.index[tuple(nearest)]
        share = 1 - float(covered.mean())
        self.notes.append(
            f"{share:.0%} of the box lies outside the CT or in its padding; the nearest tissue continues."
        )

    def finish(self) -> TissueMap:
        present = [int(n) for n in np.unique(self.index)]
        renumber = np.zeros(256, np.uint8)
        renumber[present] = np.arange(len(present))
        ids = tuple(self.ids[n] for n in present)
        return TissueMap(np.ascontiguousarray(renumber[self.index]), ids, tuple(self.notes))


def _covered(volume: Volume, grid: Grid) -> NDArray[np.bool_]:
    """Whether the centre of each cell lies in the CT and not in its padding, shape (K, J, I)."""
    ct = volume.grid
    matrix = np.linalg.solve(ct.matrix, grid.matrix)
    k, j, i = np.ogrid[tuple(slice(n) for n in grid.shape_kji)]
    inside = np.ones(grid.shape_kji, dtype=bool)
    for axis, size in enumerate(ct.shape_kji[::-1]):
        at = matrix[axis, 0] * i + matrix[axis, 1] * j + matrix[axis, 2] * k + matrix[axis, 3]
        inside &= (at >= -0.5) & (at <= size - 0.5)
    if volume.padding is not None and volume.padding.any():
        inside &= mask_fraction_onto(volume.padding, source=ct, target=grid) < HALF
    return inside


def _mean_hu(volume: Volume, grid: Grid) -> NDArray[np.float32]:
    return image_onto(volume.hu, source=volume.grid, target=grid, outside=0.0)


def thick_parts(vessel: NDArray[np.bool_], grid: Grid) -> NDArray[np.bool_]:
    """Return the parts of a vessel, bool (K, J, I) of ``grid``, at least ``HEAT_SINK_MM`` thick: an opening by a ball.

    A vessel within half a voxel of the limit may go either way.
    """
    radius_mm, miss_mm = HEAT_SINK_MM / 2, AXIS_MISS_VOXELS * min(grid.spacing_ijk_mm)
    core = signed_distance_mm(vessel, grid) <= miss_mm - radius_mm
    thick: NDArray[np.bool_] = vessel & (signed_distance_mm(core, grid) <= radius_mm + miss_mm)
    return thick


def _near_box(mask: NDArray[np.bool_], ct: Grid, box: Grid) -> tuple[NDArray[np.bool_], Grid]:
    """Return the part of a mask in and just round the box, with its grid."""
    k, j, i = box.shape_kji
    corners = [(a, b, c) for a in (-0.5, i - 0.5) for b in (-0.5, j - 0.5) for c in (-0.5, k - 0.5)]
    ijk = ct.to_index(box.to_lps(corners))
    reach = HEAT_SINK_MM / np.array(ct.spacing_ijk_mm)
    low = np.clip(np.floor(ijk.min(axis=0) - reach).astype(int), 0, mask.shape[::-1])
    high = np.clip(np.ceil(ijk.max(axis=0) + reach).astype(int) + 1, low, mask.shape[::-1])
    part = mask[low[2] : high[2], low[1] : high[1], low[0] : high[0]]
    if part.size == 0 or not part.any():
        return np.zeros((1, 1, 1), np.bool_), ct
    return part, ct.cropped((int(low[0]), int(low[1]), int(low[2])), part.shape)


def _mask(sha256: Sha256, masks: Mapping[Sha256, NDArray[np.bool_]], volume: Volume) -> NDArray[np.bool_]:
    if sha256 not in masks:
        raise SimulationRefused("A structure's mask is missing; open the plan again.", code="mask-missing")
    mask = masks[sha256]
    if mask.shape != volume.grid.shape_kji:
        raise GeometryRefused(
            f"A structure's mask is {mask.shape} but the CT is {volume.grid.shape_kji}.", code="mask-shape"
        )
    return mask


def _share(
    sha256: Sha256, masks: Mapping[Sha256, NDArray[np.bool_]], volume: Volume, grid: Grid
) -> NDArray[np.float32]:
    return mask_fraction_onto(_mask(sha256, masks, volume), source=volume.grid, target=grid)


def _thin_cells(share: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Cells of a structure that may be thinner than a cell: half full, or the fullest around."""
    from scipy.ndimage import maximum_filter

    fullest = maximum_filter(share, size=3, mode="nearest")
    cells: NDArray[np.bool_] = (share >= HALF) | ((share >= THIN_SHARE) & (share >= THIN_RELATIVE * fullest))
    return cells
