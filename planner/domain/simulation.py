"""What was asked of the solver, and what came back? Request and result, tied by the request's hash."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.domain.digest import content_hash
from planner.domain.errors import SimulationRefused
from planner.domain.geometry import Grid
from planner.domain.identity import BlobRef, Sha256
from planner.domain.probe import ProbeModel, ProbePlacement
from planner.domain.protocol import Protocol, SkinWarming
from planner.domain.structure import StructureKind
from planner.domain.temperature import TemperatureHistory
from planner.domain.tissue import Tissue

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


RESULT_SPACING_MM = 1.0  # a coarser grid is a preview and never judged as final

CONDITION_WORDS = {
    "core_temperature_c": "Body: core temperature",
    "air_temperature_c": "Skin: temperature of the room's air",
    "skin_convection_w_per_m2_k": "Skin: heat transfer to the room's air",
}
SKIN_WORDS = "Skin: "
"""How the words of values begin that warming replaces."""


@dataclass(frozen=True, slots=True)
class BodyConditions:
    """Boundary of the body, °C and W/(m² K). Values and sources come from ``resources/tissue``.

    ``air_temperature_c`` and ``skin_convection_w_per_m2_k`` are those of whatever touches the skin. ``unverified``
    names, for the result's record, the values that were recalled or set by the project, and ``notes`` what was chosen.
    """

    core_temperature_c: float
    air_temperature_c: float
    skin_convection_w_per_m2_k: float
    unverified: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def warmed(self, warming: SkinWarming | None) -> BodyConditions:
        """Return the conditions with warmed skin; unchanged without warming."""
        if warming is None:
            return self
        return BodyConditions(
            self.core_temperature_c,
            warming.temperature_c,
            warming.transfer_w_per_m2_k,
            unverified=tuple(word for word in self.unverified if not word.startswith(SKIN_WORDS)),
            notes=(*self.notes, warming.words),
        )


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

    Parameters
    ----------
    reaches_boundary
        The grid's outer layer was cooled, so more of the body would have changed the answer.
    convergence
        In words, whether a finer step or grid would change the answer; empty when nobody looked.
    temporal_error_c
        Largest error of a temperature read between two stored times, °C; None when not estimated.
    findings
        Sentences about this prediction that the user must see, such as a probe that touches bone.
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
    convergence: str = ""
    temporal_error_c: float | None = None
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class SimulationResult:
    """Temperature over time on the request's grid.

    Parameters
    ----------
    input_hash
        The request's hash; a plan whose own request hashes differently must show this result as STALE.
    history
        Temperature on ``grid`` at times from 0 to the protocol's end, which include every phase end.
    minimum_c
        shape (K, J, I), float32, °C: coldest each cell ever was, over all solver steps.
    tissue_index
        shape (K, J, I), uint8: index into ``tissue_ids``.
    tissue_ids
        Tissue id of each index.
    """

    input_hash: Sha256
    grid: Grid
    history: TemperatureHistory
    minimum_c: NDArray[np.float32]
    tissue_index: NDArray[np.uint8]
    tissue_ids: tuple[str, ...]
    record: SolverRecord

    def __post_init__(self) -> None:
        for name, shape in (
            ("history", self.history.shape_kji),
            ("coldest field", self.minimum_c.shape),
            ("tissue map", self.tissue_index.shape),
        ):
            if shape != self.grid.shape_kji:
                raise SimulationRefused(
                    f"The prediction's {name} has {shape} cells but its grid {self.grid.shape_kji}.",
                    code="result-shape",
                )

    @property
    def times_s(self) -> NDArray[np.float64]:
        """The stored times, shape (N,), float64, increasing, s."""
        return self.history.times_s

    @property
    def start_c(self) -> NDArray[np.float32]:
        """Temperature before the first freeze, shape (K, J, I), float32, °C."""
        return self.history.start_c

    def frame_c(self, number: int) -> NDArray[np.float32]:
        """Temperature at the stored time ``number``, shape (K, J, I), float32, °C."""
        return self.history.frame_c(number)

    def at_time_c(self, time_s: float) -> NDArray[np.float32]:
        """Temperature at ``time_s``, linear between stored times and constant beyond, shape (K, J, I), float32, °C."""
        return self.history.at_time_c(time_s)
