"""How good is the plan? Every target, structure, rule and probe gets a row, also what was not assessed.

The rows come in reading order: targets, structures, probes, the prediction's own extent, then structures the atlas
expects but nobody segmented. :func:`assess` is the only way to an assessment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.domain.assessment import Assessment
from planner.domain.digest import content_hash
from planner.domain.errors import PlanInvalid
from planner.planning.evidence import Evidence
from planner.planning.expected import missing_structure_checks
from planner.planning.extent_checks import PREDICTION, extent_checks
from planner.planning.margins import ice_cloud, ice_to_scan_end_mm, rim_minimum_c
from planner.planning.probe_checks import bore_checks, position_checks, probe_checks
from planner.planning.structure_checks import structure_checks
from planner.planning.structure_figures import FigureMaker
from planner.planning.target_checks import judged_target
from planner.planning.target_figures import targets_over_time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from planner.domain.assessment import Check
    from planner.domain.atlas import AtlasEntry
    from planner.domain.identity import StructureId
    from planner.domain.plan import Plan
    from planner.domain.probe import ProbeModel
    from planner.domain.rule import RuleSet
    from planner.domain.simulation import SimulationResult


def assess(
    plan: Plan,
    result: SimulationResult,
    *,
    rules: RuleSet,
    masks: Mapping[StructureId, NDArray[np.bool_]],
    atlas: Sequence[AtlasEntry],
    models: Sequence[ProbeModel] = (),
) -> Assessment:
    """Judge a plan by its prediction.

    Parameters
    ----------
    masks
        Mask of every structure, bool, shape (K, J, I) of the plan's CT grid.
    models
        Catalogue entries of the plan's probes; without them the probes' usable length reads NOT ASSESSED.
    """
    # The room is colder than the body: its cells say nothing of how cold tissue beyond the box may be.
    air = [index for index, tissue_id in enumerate(result.tissue_ids) if tissue_id in ("air", "outside air")]
    ice = ice_cloud(result.minimum_c, result.grid)
    evidence = Evidence(
        plan=plan,
        result=result,
        rules=rules,
        masks=masks,
        ice=ice,
        rim_c=rim_minimum_c(result.minimum_c, without=np.isin(result.tissue_index, air) if air else None),
        ice_to_scan_end_mm=np.inf if ice.is_empty else ice_to_scan_end_mm(ice, plan.volume.grid),
        over_time_c=targets_over_time(plan.targets, result),
    )
    known = {entry.id: entry for entry in atlas}
    models_by_id = {model.id: model for model in models}
    told = [judged_target(evidence, target, known.get(target.atlas_id)) for target in plan.targets]
    checks = [row for each in told for row in each.checks]
    maker = FigureMaker.of(evidence)
    figures = {structure.id: maker.figures(structure) for structure in plan.structures}
    for structure in plan.structures:
        checks.extend(structure_checks(evidence, structure, figures[structure.id]))
    for probe in plan.probes:
        checks.extend(probe_checks(evidence, probe, models_by_id))
    checks.extend(position_checks(plan))
    checks.extend(bore_checks(plan))
    checks.extend(extent_checks(evidence))
    checks.extend(missing_structure_checks(plan, known))
    _require_all_judged(plan, checks)
    return Assessment(
        plan.judged_hash,
        result.input_hash,
        content_hash(rules),
        tuple(checks),
        tuple(each.profile for each in told if each.profile is not None),
        tuple(each.recovery for each in told),
        targets=tuple(each.figures for each in told if each.figures is not None),
        structures=tuple(each for each in figures.values() if each is not None),
    )


def _require_all_judged(plan: Plan, checks: Sequence[Check]) -> None:
    """Raise PlanInvalid when a part of the plan has no row at all: silence would read as no objection (H-54)."""
    told = {check.subject_id for check in checks}
    parts: list[tuple[str, str]] = [(target.id, target.words) for target in plan.targets]
    parts += [(structure.id, structure.name) for structure in plan.structures]
    parts += [(probe.id, probe.label) for probe in plan.probes]
    parts += [(PREDICTION.id, PREDICTION.name)]
    for part_id, name in parts:
        if part_id not in told:
            raise PlanInvalid(
                f"{name} was judged by no check, so there is no assessment. Report this as a fault of the program.",
                code="assess-incomplete",
            )
