"""Which tissue is in each cell of the solver's grid? Structures first, by priority; Hounsfield units where none claims.

Structures are averaged over a cell's volume, all of one kind together, and claim the cells they fill to half; thin ones
keep the fullest cells. What no structure claims is told by HU (:mod:`planner.thermal.hu_tissue`). A segmented structure
always wins over HU, which contrast medium and metal break.

Only vessels 3 mm thick or more hold blood temperature; the ice closes smaller ones (the figure is recalled). CT does
not tell flow: arteries and veins count alike. Gas inside hollow organs stays gas.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import SimulationRefused
from planner.domain.progress import Progress, silent
from planner.domain.structure import StructureKind
from planner.spatial.distance import signed_distance_mm
from planner.thermal.hu_tissue import ENHANCED_FROM_HU, HuTable, classify, part_bright, vessel_hu
from planner.thermal.near_ct import NearCt, Part, Share
from planner.thermal.properties import OUTSIDE_AIR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from planner.domain.geometry import Grid
    from planner.domain.identity import Sha256
    from planner.domain.simulation import SimulationRequest
    from planner.domain.volume import Volume

HU_RULE = (
    "Where no structure is given, tissue is told by HU averaged over a cell; HU are taken as calibrated and their "
    "limits are recalled. Metal reads as bone."
)

KIND_TISSUE: dict[StructureKind, str] = {
    StructureKind.MUSCLE: "muscle",
    StructureKind.TUMOUR: "muscle",
    StructureKind.FAT: "fat_subcutaneous",
    StructureKind.FAT_PAD: "fat_subcutaneous",
    StructureKind.LUNG: "lung_inflated",
    StructureKind.EFFUSION: "water",
    StructureKind.HEART: "heart_muscle",
    StructureKind.PANCREAS: "pancreas",
    StructureKind.GALLBLADDER: "water",
    StructureKind.PROSTATE: "prostate",
    StructureKind.UTERUS: "muscle",
    StructureKind.LYMPH_NODE: "muscle",
    StructureKind.SPERMATIC_CORD: "muscle",
    StructureKind.LIVER: "liver",
    StructureKind.SPLEEN: "spleen",
    StructureKind.KIDNEY: "kidney",
    StructureKind.ADRENAL: "muscle",
    StructureKind.THYROID: "thyroid",
    StructureKind.BOWEL: "large_intestine",
    StructureKind.BLADDER: "bladder_wall",
    StructureKind.OESOPHAGUS: "oesophagus",
    StructureKind.AIRWAY: "air",
    StructureKind.GAS: "air",
    StructureKind.DIAPHRAGM: "diaphragm",
    StructureKind.TENDON: "tendon_ligament",
    StructureKind.LIGAMENT: "tendon_ligament",
    StructureKind.FASCIA: "tendon_ligament",
    StructureKind.CARTILAGE: "cartilage",
    StructureKind.DISC: "cartilage",
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
VESSEL_KINDS = (StructureKind.VEIN, StructureKind.ARTERY)
HOLLOW_KINDS = frozenset({StructureKind.BOWEL, StructureKind.BLADDER, StructureKind.OESOPHAGUS})
GAS_BELOW_HU = -500.0
HEAT_SINK_MM = 3.0
BLOOD, SOFT_TISSUE, SKIN = "blood", "muscle", "skin"
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
    StructureKind.GAS: "Gas in the body is taken as still.",
    StructureKind.FAT_PAD: "A fat pad is taken as fat under the skin: no thermal values of its own are known.",
    StructureKind.EFFUSION: "An effusion is taken as still water.",
    StructureKind.HEART: "The heart is taken as its muscle throughout: the blood in its chambers, which warms more, is "
    "left out unless it is segmented as a vessel.",
    StructureKind.GALLBLADDER: "The gallbladder is taken as still water, its wall too.",
    StructureKind.UTERUS: "Uterus is taken as muscle: no thermal values of its own are known.",
    StructureKind.LYMPH_NODE: "A lymph node is taken as muscle: no thermal values of its own are known.",
    StructureKind.SPERMATIC_CORD: "The spermatic cord is taken as muscle: no thermal values of its own are known.",
    StructureKind.FASCIA: "Fascia is taken as tendon: no thermal values of its own are known.",
    StructureKind.DISC: "Intervertebral disc is taken as cartilage: no thermal values of its own are known.",
    StructureKind.FLUID_BARRIER: "A fluid barrier is taken as saline that does not move.",
    StructureKind.GAS_BARRIER: "A gas barrier is taken as carbon dioxide that does not move.",
    StructureKind.BOWEL: "Bowel is taken as its wall throughout, but for gas.",
    StructureKind.BLADDER: "The bladder is taken as its wall throughout, urine too.",
}
LEAST_TOLD_ML = 0.5
AIR_HU = -1000.0
MOST_AIR_ERROR_HU, AIR_PERCENTILE = 60.0, 20
"""Blankets and foam lie in the air outside; the lowest fifth of its readings is air, a little below its mean."""
HALF = np.float32(0.5 - 1e-5)
THIN_SHARE, THIN_RELATIVE = 0.15, 0.45
"""A thin structure keeps a cell from 15 % of its volume when no cell around holds over twice as much of it: a 2 mm
vessel covers at least 20 % of one 2 mm cell in each slice, wherever it runs."""
JOIN_SHARE, MOST_JOINS = 0.05, 3
"""A slanting tube breaks where it changes from cell to cell; emptier cells between two pieces join them again."""


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
    request: SimulationRequest,
    *,
    volume: Volume,
    masks: Mapping[Sha256, NDArray[np.bool_]],
    progress: Progress = silent,
) -> TissueMap:
    """Return the tissue map of a request.

    Parameters
    ----------
    volume
        The CT named by ``request.pixel_hash``.
    masks
        bool, shape of the CT, by the sha256 of each region's mask.
    progress
        Called for each kind of structure; may raise Cancelled.

    Raises
    ------
    SimulationRefused
        When a mask is absent, or a tissue that the map needs is not in the request.
    GeometryRefused
        When a mask has another shape than the CT.
    """
    if volume.ref.pixel_hash != request.pixel_hash:
        raise SimulationRefused("The prediction was asked for another CT than the one loaded.", code="volume-other")
    ct = NearCt(volume, request.grid, room_mm=HEAT_SINK_MM)
    if ct.is_empty or not (covered := ct.covered()).any():
        raise SimulationRefused("The simulated box lies outside the CT. Move it over the scan.", code="grid-outside-ct")
    painter = _Painter(ct, request, masks)
    painter.paint_hu()
    for kind in KIND_TISSUE:
        progress(0, 1, "Reading tissue")
        painter.paint_kind(kind)
    painter.paint_outside()
    painter.extend_to(covered)
    return painter.finish()


class _Painter:
    """A map in the making: cells hold positions in a growing list of ids."""

    def __init__(self, ct: NearCt, request: SimulationRequest, masks: Mapping[Sha256, NDArray[np.bool_]]) -> None:
        self.ct = ct
        self.table = HuTable.of(request.tissues)
        self.known = {tissue.id for tissue in request.tissues}
        self.ids: list[str] = []
        self.index = np.zeros(ct.box.shape_kji, np.uint8)
        self.notes: list[str] = []
        self.parts: dict[StructureKind, Part] = {}
        self.shares: dict[StructureKind, Share] = {}
        for kind in (*KIND_TISSUE, StructureKind.SKIN):
            regions = [region.mask.sha256 for region in request.regions if region.kind is kind]
            part = ct.union(regions, masks, room_mm=HEAT_SINK_MM if kind in VESSEL_KINDS else 0.0)
            if part is not None:
                self.parts[kind] = part
        self.has_skin = any(region.kind is StructureKind.SKIN for region in request.regions)
        self.hu = ct.mean_hu()

    def _share(self, kind: StructureKind) -> Share:
        if kind not in self.shares:
            self.shares[kind] = self.ct.share(self.parts[kind])
        return self.shares[kind]

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

    def paint_hu(self) -> None:
        classes = classify(self.hu, self.table, spacing_mm=self.ct.box.spacing_ijk_mm[0])
        bright = classes == self.table.bright
        lookup = np.zeros(len(self.table.ids), np.uint8)
        for position in np.unique(classes):
            lookup[position] = self.number(self.table.ids[position])
        self.index = lookup[classes]
        self.note(HU_RULE)
        if np.isfinite(self.table.core_hu) and bright.any():
            self._paint_bright(bright)
        if "bone_cortical" in self.ids and (self.index == self.ids.index("bone_cortical")).any():
            self.note(STAND_INS[StructureKind.BONE])

    def _paint_bright(self, bright: NDArray[np.bool_]) -> None:
        """Tell bone from contrast medium among bright cells that no structure but bone claims."""
        blood_hu = self._blood_hu()
        core_hu = max(self.table.core_hu, 1.25 * (blood_hu or 0.0))
        core = self.ct.share_above(core_hu)
        drawn = np.zeros_like(bright)
        for kind in self.parts:
            share = self._share(kind)
            full = share.values >= HALF
            if kind is StructureKind.BONE:
                drawn[share.window] = full
            elif kind is not StructureKind.SKIN:
                bright[share.window][full] = False
        found = part_bright(
            bright, core, drawn=drawn, hu=self.hu, blood_hu=blood_hu, spacing_mm=self.ct.box.spacing_ijk_mm[0]
        )
        soft = found.stained | found.blood
        if not soft.any():
            return
        self.index[soft] = self.number(SOFT_TISSUE)
        if found.blood.any():
            self.index[thick_parts(found.blood, self.ct.box)] = self.number(BLOOD)
        volume_ml = float(soft.sum()) * self.ct.box.voxel_volume_mm3 / 1000
        if volume_ml >= LEAST_TOLD_ML:
            self.note(
                f"{volume_ml:.1f} mL above {self.table.limits[-1]:g} HU have no dense core like bone near: taken as "
                "soft tissue with contrast medium, as blood where as bright as the segmented vessels. Segment vessels "
                "that matter."
            )

    def _blood_hu(self) -> float | None:
        """Median HU of the segmented vessels, told in a note when it is that of contrast medium."""
        vessels = [self._share(kind) for kind in VESSEL_KINDS if kind in self.parts]
        medians = [
            median for share in vessels if (median := vessel_hu(self.hu[share.window], share.values)) is not None
        ]
        if not medians:
            return None
        brightest = max(medians)
        if brightest >= ENHANCED_FROM_HU:
            self.note(f"Segmented vessels read {brightest:.0f} HU: the CT was taken with contrast medium.")
        return brightest

    def paint_kind(self, kind: StructureKind) -> None:
        part = self.parts.get(kind)
        if part is None:
            return
        share = self._share(kind)
        if kind in VESSEL_KINDS:
            thick = thick_parts(part.mask, part.grid)
            if not thick.all(where=part.mask):
                self._paint_share(share, SOFT_TISSUE, thin=True, note=SMALL_VESSELS)
                share = self.ct.share(Part(thick, part.grid))
        if kind in HOLLOW_KINDS:
            share = Share(share.window, np.where(self.hu[share.window] < GAS_BELOW_HU, np.float32(0), share.values))
            self._paint_gas(self._share(kind))
        self._paint_share(share, KIND_TISSUE[kind], thin=kind in THIN_KINDS, note=STAND_INS.get(kind, ""))

    def _paint_gas(self, share: Share) -> None:
        """Gas in a hollow organ, which partial volume may have read as lung."""
        gas = (share.values >= HALF) & (self.hu[share.window] < GAS_BELOW_HU)
        if gas.any():
            self.index[share.window][gas] = self.number("air")

    def _paint_share(self, share: Share, tissue_id: str, *, thin: bool, note: str) -> None:
        claimed = _thin_cells(share.values) if thin else share.values >= HALF
        if not claimed.any():
            return
        self.index[share.window][claimed] = self.number(tissue_id)
        if note:
            self.note(note)

    def paint_outside(self) -> None:
        """Room air outside the body; cells cut by the skin that read as gas by partial volume become skin."""
        from scipy.ndimage import binary_dilation

        if not self.has_skin:
            self.notes.append("No body surface was given: the skin's cooling by air is left out.")
            return
        outside = np.ones(self.index.shape, bool)
        if StructureKind.SKIN in self.parts:
            share = self._share(StructureKind.SKIN)
            outside[share.window] = share.values < HALF
        if not outside.any():
            return
        gas = [self.ids.index(name) for name in ("air", "lung_inflated") if name in self.ids]
        cut = binary_dilation(outside) & ~outside & np.isin(self.index, gas)
        if cut.any():
            self.index[cut] = self.number(SKIN)
        self._check_calibration(outside)
        self.index[outside] = self.number(OUTSIDE_AIR)

    def _check_calibration(self, outside: NDArray[np.bool_]) -> None:
        """Say so when room air is not at −1000 HU, the one figure every scan holds. Nothing is corrected."""
        from scipy.ndimage import binary_erosion

        air = binary_erosion(outside, iterations=2)
        if not air.any():
            return
        reading = float(np.percentile(self.hu[air], AIR_PERCENTILE))
        if abs(reading - AIR_HU) > MOST_AIR_ERROR_HU and reading > -1100:
            self.note(
                f"Air outside the body reads {reading:.0f} HU instead of −1000: HU may be off, and tissue told by them."
            )

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


def thick_parts(vessel: NDArray[np.bool_], grid: Grid) -> NDArray[np.bool_]:
    """Return the parts of a vessel, bool (K, J, I) of ``grid``, at least ``HEAT_SINK_MM`` thick: an opening by a ball.

    A vessel within half a voxel of the limit may go either way.
    """
    radius_mm, miss_mm = HEAT_SINK_MM / 2, AXIS_MISS_VOXELS * min(grid.spacing_ijk_mm)
    core = signed_distance_mm(vessel, grid) <= miss_mm - radius_mm
    thick: NDArray[np.bool_] = vessel & (signed_distance_mm(core, grid) <= radius_mm + miss_mm)
    return thick


def _thin_cells(share: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Cells of a structure that may be thinner than a cell: half full, or the fullest around, and what joins them."""
    from scipy.ndimage import label, maximum_filter, minimum_filter

    fullest = maximum_filter(share, size=3, mode="nearest")
    cells: NDArray[np.bool_] = (share >= HALF) | ((share >= THIN_SHARE) & (share >= THIN_RELATIVE * fullest))
    for _ in range(MOST_JOINS):
        pieces, count = label(cells, structure=np.ones((3, 3, 3), bool))
        if count < 2:
            break
        highest = maximum_filter(pieces, size=3, mode="constant")
        lowest = minimum_filter(np.where(pieces > 0, pieces, count + 1), size=3, mode="constant", cval=count + 1)
        joins = ~cells & (share >= JOIN_SHARE) & (highest > lowest)
        if not joins.any():
            break
        cells |= joins
    return cells
