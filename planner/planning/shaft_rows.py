"""What would the assessment say of one shaft alone? Its own path rows and probe rows, without a prediction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.planning.evidence import skin_at_hand
from planner.planning.probe_checks import probe_checks
from planner.planning.structure_checks import path_checks

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from planner.domain.assessment import Check
    from planner.domain.geometry import Grid
    from planner.domain.identity import StructureId
    from planner.domain.plan import Plan
    from planner.domain.probe import ProbeModel, ProbePlacement
    from planner.domain.rule import RuleSet
    from planner.domain.structure import Structure


@dataclass(frozen=True, slots=True, eq=False)
class ShaftEvidence:
    """What the rows of a shaft are judged on: as :class:`planner.planning.evidence.Evidence`, without any ice."""

    plan: Plan
    rules: RuleSet
    masks: Mapping[StructureId, NDArray[np.bool_]]

    @property
    def ct_grid(self) -> Grid:
        """Grid of every mask."""
        return self.plan.volume.grid

    def skin(self) -> Structure | None:
        """Return the structure that is the body, None when it is not segmented or its mask is not at hand."""
        return skin_at_hand(self.plan, self.masks)


def shaft_rows(
    plan: Plan,
    probe: ProbePlacement,
    *,
    rules: RuleSet,
    masks: Mapping[StructureId, NDArray[np.bool_]],
    models: Mapping[str, ProbeModel],
) -> tuple[Check, ...]:
    """Return every row that rests on where one shaft lies, other probes of the plan left out of it.

    Parameters
    ----------
    masks
        bool, shape (K, J, I) of the plan's CT; a structure whose mask is missing gets NOT ASSESSED rows.
    models
        The catalogue by id.
    """
    evidence = ShaftEvidence(replace(plan, probes=(probe,), locked_probes=()), rules, masks)
    rows = [row for structure in plan.structures for row in path_checks(evidence, structure)]
    return (*rows, *probe_checks(evidence, probe, models))
