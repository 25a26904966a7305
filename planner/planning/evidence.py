"""What is an assessment judged on? The plan, its prediction and the masks, gathered once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from planner.domain.simulation import RESULT_SPACING_MM
from planner.domain.structure import StructureKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from planner.domain.geometry import Grid
    from planner.domain.identity import StructureId, TargetId
    from planner.domain.plan import Plan
    from planner.domain.rule import RuleSet
    from planner.domain.simulation import SimulationResult
    from planner.domain.structure import Structure
    from planner.planning.margins import IceCloud


class PathEvidence(Protocol):
    """What the rows look at that rest on where the shafts lie, and on no ice."""

    @property
    def plan(self) -> Plan:
        """The plan judged."""
        ...

    @property
    def rules(self) -> RuleSet:
        """The rules in force."""
        ...

    @property
    def masks(self) -> Mapping[StructureId, NDArray[np.bool_]]:
        """Masks at hand, bool, shape (K, J, I) of ``ct_grid``."""
        ...

    @property
    def ct_grid(self) -> Grid:
        """Grid of every mask."""
        ...

    def skin(self) -> Structure | None:
        """Return the structure that is the body, None when it is not segmented or its mask is not at hand."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Everything the checks look at.

    Parameters
    ----------
    result
        The prediction judged.
    rim_c
        Coldest temperature on the box's outer faces, air left out: nothing outside the box is colder.
    ice_to_scan_end_mm
        How far the ice stays from the outer faces of the scan, negative when it leaves it; infinite without ice.
    over_time_c
        Of each target, temperature at its followed points and at the prediction's times, shape (times, N), °C.
    """

    plan: Plan
    result: SimulationResult
    rules: RuleSet
    masks: Mapping[StructureId, NDArray[np.bool_]]
    ice: IceCloud
    rim_c: float
    ice_to_scan_end_mm: float
    over_time_c: Mapping[TargetId, NDArray[np.float64]]

    @property
    def minimum_c(self) -> NDArray[np.float32]:
        """Coldest each cell ever was, shape (K, J, I) of ``box``, float32, °C."""
        return self.result.minimum_c

    @property
    def box(self) -> Grid:
        """Grid of the prediction."""
        return self.result.grid

    @property
    def ice_is_cut(self) -> bool:
        """Whether the cold reaches the box's rim, so that the ice's true extent is not known."""
        return self.result.record.reaches_boundary

    @property
    def is_preview(self) -> bool:
        """Whether the prediction's cells are too coarse for a final verdict."""
        return max(self.box.spacing_ijk_mm) > RESULT_SPACING_MM + 1e-6

    @property
    def ct_grid(self) -> Grid:
        """Grid of every mask."""
        return self.plan.volume.grid

    def skin(self) -> Structure | None:
        """Return the structure that is the body, None when it is not segmented or its mask is not at hand."""
        return skin_at_hand(self.plan, self.masks)


def skin_at_hand(plan: Plan, masks: Mapping[StructureId, NDArray[np.bool_]]) -> Structure | None:
    """Return the structure that is the body, None when it is not segmented or its mask is not at hand."""
    for structure in plan.structures:
        if structure.kind is StructureKind.SKIN and structure.id in masks:
            return structure
    return None
