"""A small gel world, a small body on CT, and the request that asks what one probe does in it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from planner.domain.datum import Datum, Status
from planner.domain.digest import array_hash
from planner.domain.geometry import Grid, PatientPosition, isotropic_box
from planner.domain.identity import BlobRef, ProbeId
from planner.domain.probe import ProbeModel, ProbePlacement
from planner.domain.protocol import Phase, PhaseKind, Protocol
from planner.domain.simulation import BodyConditions, SimulationRequest, TissueRegion
from planner.domain.tissue import HuReading, Tissue
from planner.domain.volume import Volume, VolumeRef

if TYPE_CHECKING:
    from planner.domain.structure import StructureKind


def datum(value: float) -> Datum:
    return Datum(value, Status.COMPUTED)


HU = {
    "air": (-1100.0, -950.0),
    "lung_inflated": (-950.0, -500.0),
    "fat_subcutaneous": (-500.0, -50.0),
    "muscle": (-10.0, 100.0),
    "bone_cortical": (200.0, 3000.0),
}


def reading(tissue_id: str) -> HuReading | None:
    if tissue_id not in HU:
        return None
    low, high = HU[tissue_id]
    window = Datum(low, Status.COMPUTED, upper=high)
    return HuReading(window, datum(300.0)) if tissue_id == "bone_cortical" else HuReading(window)


def tissue(tissue_id: str, *, fixed_c: float | None = None, slope: float = 0.0, **changes: float) -> Tissue:
    values = {
        "density_kg_per_m3": 1000.0,
        "c_unfrozen_j_per_kg_k": 3600.0,
        "c_frozen_j_per_kg_k": 1800.0,
        "k_unfrozen_w_per_m_k": 0.5,
        "k_frozen_w_per_m_k": 2.0,
        "latent_heat_j_per_kg": 250e3,
        "solidus_c": -8.0,
        "liquidus_c": -1.0,
        "perfusion_w_per_m3_k": 2500.0,
        "metabolic_w_per_m3": 1000.0,
    }
    data = {name: datum(value) for name, value in {**values, **changes}.items()}
    return Tissue(
        id=tissue_id,
        label=tissue_id.capitalize(),
        fixed_temperature_c=fixed_c,
        k_frozen_slope_w_per_m_k2=slope,
        hu=reading(tissue_id),
        **data,
    )


TISSUES = (
    tissue("muscle"),
    tissue("fat_subcutaneous", k_unfrozen_w_per_m_k=0.21, k_frozen_w_per_m_k=0.33, latent_heat_j_per_kg=70e3),
    tissue("bone_cortical", k_unfrozen_w_per_m_k=0.32, k_frozen_w_per_m_k=0.32, latent_heat_j_per_kg=40e3),
    tissue("lung_inflated", density_kg_per_m3=394.0, k_unfrozen_w_per_m_k=0.18, perfusion_w_per_m3_k=141e3),
    tissue("blood", fixed_c=37.0),
    tissue("nerve", slope=-0.014, k_frozen_w_per_m_k=1.4),
    tissue("skin"),
    tissue(
        "air",
        density_kg_per_m3=1.1,
        c_unfrozen_j_per_kg_k=1007.0,
        c_frozen_j_per_kg_k=1007.0,
        k_unfrozen_w_per_m_k=0.027,
        k_frozen_w_per_m_k=0.027,
        latent_heat_j_per_kg=0.0,
        perfusion_w_per_m3_k=0.0,
        metabolic_w_per_m3=0.0,
    ),
)


@dataclass
class World:
    """A CT of 60 x 60 x 60 voxels of 1 mm, all soft tissue, and the request for one probe in its middle."""

    hu: np.ndarray = field(default_factory=lambda: np.full((60, 60, 60), 40, np.int16))
    masks: dict = field(default_factory=dict)
    regions: list = field(default_factory=list)
    ct: Grid = field(
        default_factory=lambda: Grid.from_axes(
            (60, 60, 60), origin_lps_mm=(-29.5, -29.5, -29.5), spacing_ijk_mm=(1, 1, 1)
        )
    )

    def add(self, kind: StructureKind, mask: np.ndarray) -> None:
        ref = BlobRef(array_hash(mask), mask.shape, "bool")
        self.masks[ref.sha256] = mask
        self.regions.append(TissueRegion(kind, ref))

    @property
    def volume(self) -> Volume:
        ref = VolumeRef(array_hash(self.hu), self.ct, PatientPosition.HFS, "1.2", "1.3", "1.4")
        return Volume(ref, self.hu)

    def request(self, *, spacing_mm: float = 2.0, extent_mm: float = 48.0, **changes) -> SimulationRequest:
        model = ProbeModel("p", "Probe", "", "argon", "17G", datum(1.5), datum(10.0), datum(2.0), datum(-120.0))
        base = SimulationRequest(
            pixel_hash=self.volume.ref.pixel_hash,
            grid=isotropic_box((0, 0, 0), extent_mm=(extent_mm,) * 3, spacing_mm=spacing_mm),
            regions=tuple(self.regions),
            probes=(ProbePlacement(ProbeId("1"), "P1", "p", (0.0, -29.0, 0.0), (0.0, 6.0, 0.0)),),
            models=(model,),
            protocol=Protocol("test", (Phase(PhaseKind.FREEZE, 120.0),)),
            tissues=TISSUES,
            conditions=BodyConditions(37.0, 22.0, 10.0),
            output_every_s=60.0,
        )
        return replace(base, **changes)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def make_tissue():
    return tissue


@pytest.fixture
def tissues():
    return TISSUES
