"""What was asked of the solver, and what came back? Request and result, tied by the request's hash."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.digest import content_hash
from planner.domain.errors import SimulationRefused
from planner.domain.geometry import Grid
from planner.domain.identity import BlobRef, Sha256
from planner.domain.probe import ProbeModel, ProbePlacement
from planner.domain.protocol import Protocol
from planner.domain.structure import StructureKind
from planner.domain.tissue import Tissue

if TYPE_CHECKING:
    from numpy.typing import NDArray


RESULT_SPACING_MM = 1.0  # a coarser grid is a preview and never judged as final


@dataclass(frozen=True, slots=True)
class BodyConditions:
    """Boundary of the body, °C and W/(m² K). Values and sources come from ``resources/tissue``.

    ``unverified`` names, for the result's record, the values that were recalled or set by the project.
    """

    core_temperature_c: float
    air_temperature_c: float
    skin_convection_w_per_m2_k: float
    unverified: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TissueRegion:
    """A segmented structure as the tissue map sees it: kind and mask, without name or confirmation."""

    kind: StructureKind
    mask: BlobRef


@dataclass(frozen=True, slots=True)
class SimulationRequest:
    """Everything the prediction depends on; nothing else may influence it.

    ``grid`` is LPS-aligned, isotropic, 0.5, 1 or 2 mm. ``pixel_hash`` names the CT whose HU fill what no region claims.
    """

    pixel_hash: Sha256
    grid: Grid
    regions: tuple[TissueRegion, ...]
    probes: tuple[ProbePlacement, ...]
    models: tuple[ProbeModel, ...]
    protocol: Protocol
    tissues: tuple[Tissue, ...]
    conditions: BodyConditions
    output_every_s: float = 15.0

    @property
    def spacing_mm(self) -> float:
        """Edge of one cell."""
        return self.grid.spacing_ijk_mm[0]

    @property
    def input_hash(self) -> Sha256:
        """Hash of the whole request."""
        return content_hash(self)

    def model_of(self, placement: ProbePlacement) -> ProbeModel:
        """Return the catalogue entry of a placement; raise SimulationRefused when it is not in the request."""
        for model in self.models:
            if model.id == placement.model_id:
                return model
        raise SimulationRefused(
            f"{placement.label} uses the unknown probe “{placement.model_id}”.", code="probe-unknown"
        )


@dataclass(frozen=True, slots=True)
class SolverRecord:
    """How the numbers were made: printed in the report and compared on recomputation.

    ``reaches_boundary``: the grid's outer layer was cooled, so more of the body would have changed the answer.
    """

    solver_version: str
    method: str
    cells: int
    stages: int
    energy_error_percent: float
    wall_s: float
    reaches_boundary: bool
    unverified: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class SimulationResult:
    """Temperature over time on the request's grid.

    Parameters
    ----------
    input_hash
        The request's hash; a plan whose own request hashes differently must show this result as STALE.
    times_s
        shape (N,), float64, increasing, first 0 and last the protocol's end; includes every phase end.
    temperature_c
        shape (N, K, J, I), float16, °C.
    minimum_c
        shape (K, J, I), float32, °C: coldest each cell ever was, over all solver steps.
    tissue_index
        shape (K, J, I), uint8: index into ``tissue_ids``.
    tissue_ids
        Tissue id of each index.
    """

    input_hash: Sha256
    grid: Grid
    times_s: NDArray[np.float64]
    temperature_c: NDArray[np.float16]
    minimum_c: NDArray[np.float32]
    tissue_index: NDArray[np.uint8]
    tissue_ids: tuple[str, ...]
    record: SolverRecord

    def __post_init__(self) -> None:
        shape = self.grid.shape_kji
        if self.minimum_c.shape != shape or self.temperature_c.shape != (len(self.times_s), *shape):
            raise SimulationRefused(
                f"The prediction has the wrong size: {self.temperature_c.shape} for {len(self.times_s)} × {shape}.",
                code="result-shape",
            )

    def at_time_c(self, time_s: float) -> NDArray[np.float32]:
        """Temperature at ``time_s`` by linear interpolation between stored times, shape (K, J, I), float32, °C."""
        after = (
            int(np.clip(np.searchsorted(self.times_s, time_s), 1, len(self.times_s) - 1))
            if len(self.times_s) > 1
            else 0
        )
        if after == 0:
            first: NDArray[np.float32] = self.temperature_c[0].astype(np.float32)
            return first
        start, end = self.times_s[after - 1], self.times_s[after]
        weight = np.float32(np.clip((time_s - start) / (end - start), 0, 1))
        blend: NDArray[np.float32] = self.temperature_c[after - 1] * (1 - weight) + self.temperature_c[after] * weight
        return blend
