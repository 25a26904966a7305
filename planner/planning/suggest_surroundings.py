"""What is roughly looked at round a target? Its own points, and places of the surfaces that ice must keep away from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.domain.rule import Quantity
from planner.planning.clearance import crop_around, voxel_faces_lps_mm
from planner.planning.structure_rules import structure_rules
from planner.planning.suggest_aims import core_points
from planner.planning.suggest_pick import Judged, target_points

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from planner.domain.identity import StructureId
    from planner.domain.plan import Plan
    from planner.domain.rule import RuleSet
    from planner.domain.structure import Structure
    from planner.domain.target import Target

NEAR_MM = 50.0
FACES_PER_STRUCTURE = 160
MM_PER_C = 0.3
"""Beyond the 0 °C edge tissue warms by about 3 °C a millimetre (computed, rough)."""
NO_LIMIT_MM = -50.0


def surroundings(
    plan: Plan, target: Target, *, rules: RuleSet, masks: Mapping[StructureId, NDArray[np.bool_]]
) -> Judged:
    """Return what placements for a target are roughly judged at."""
    points, sections = target_points(target)
    core = core_points(target)
    spared, needed, hard = [np.empty((0, 3))], [np.empty(0)], [np.empty(0)]
    for structure in plan.structures:
        needs = _needs_mm(structure, rules)
        if needs is None or structure.id not in masks:
            continue
        cut = crop_around(core, masks[structure.id], plan.volume.grid, reach_mm=NEAR_MM)
        if cut is None or not cut[0].any() or cut[0].all():
            continue
        faces = voxel_faces_lps_mm(*cut)
        faces = faces[:: max(1, -(-len(faces) // FACES_PER_STRUCTURE))]
        spared.append(faces)
        needed.append(np.full(len(faces), needs[0]))
        hard.append(np.full(len(faces), needs[1]))
    caution = next(
        (
            rule.pass_limit
            for rule in rules.for_subject(target.subject_kind)
            if rule.quantity is Quantity.MINIMUM_TEMPERATURE_C and rule.pass_limit is not None
        ),
        -200.0,
    )
    return Judged(
        points,
        sections,
        np.concatenate(spared),
        np.concatenate(needed),
        np.concatenate(hard),
        rules.treatment_isotherm_c,
        caution,
    )


def _needs_mm(structure: Structure, rules: RuleSet) -> tuple[float, float] | None:
    """Return from which distance to the 0 °C edge a structure passes, and roughly from which it does not fail."""
    passes: list[float] = []
    fails = [NO_LIMIT_MM]
    for rule in structure_rules(structure, rules).judged:
        if rule.quantity is Quantity.EDGE_DISTANCE_MM and rule.pass_limit is not None:
            passes.append(rule.pass_limit)
            fails += [] if rule.fail_limit is None else [rule.fail_limit]
        if rule.quantity is Quantity.MINIMUM_TEMPERATURE_C and rule.fail_limit is not None:
            passes.append(0.0)
            fails.append(rule.fail_limit * MM_PER_C)
    return (max(passes), max(fails)) if passes else None
