"""When does the ice come near something? Times at which it is within 3 mm of a structure, reaches it, or has treated.

The times are for whoever watches the freeze. They are read between stored times, from cells of the prediction, and so
are as good as a cell: a warning to look, never a verdict.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.procedure import PlannedMoment
from planner.domain.structure import StructureKind
from planner.planning.clearance import near_field, signed_distances_mm
from planner.planning.margins import EDGE_C
from planner.planning.rules import number
from planner.planning.timeline import temperature_curves
from planner.thermal.exposure import at_points_c

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.domain.assessment import Assessment
    from planner.domain.identity import StructureId
    from planner.domain.plan import Plan
    from planner.domain.simulation import SimulationResult
    from planner.domain.structure import Structure

NEAR_MM = 3.0
"""How near the ice must come for a word of it: a project default."""


def treated_moments(plan: Plan, result: SimulationResult, *, isotherm_c: float) -> tuple[PlannedMoment, ...]:
    """Return when each target's treated part is first at the treatment isotherm all through; none that never is."""
    found = []
    for target in plan.targets:
        alone = replace(plan, structures=(), targets=(target,))
        curves = temperature_curves(alone, result, {}, isotherm_c=isotherm_c)
        warmest = next((line.values_c for line in curves.lines if line.dashed and line.is_known), None)
        at_s = None if warmest is None else _first_below_s(result.times_s, warmest, isotherm_c)
        if at_s is not None:
            found.append(PlannedMoment(at_s, f"{number(isotherm_c)} °C through {target.words}"))
    return tuple(found)


def near_moments(
    plan: Plan,
    result: SimulationResult,
    assessment: Assessment,
    mask_of: Callable[[StructureId], NDArray[np.bool_]],
) -> tuple[PlannedMoment, ...]:
    """Return when the 0 °C edge first is within 3 mm of each structure, and when it reaches it.

    Parameters
    ----------
    mask_of
        Gives a structure's mask, shape (K, J, I) of the CT's grid.
    """
    found: list[PlannedMoment] = []
    for structure in plan.structures:
        figures = assessment.figures_of(structure.id)
        if figures is None or figures.edge_mm is None or figures.edge_mm > NEAR_MM:
            continue
        found.extend(_of_structure(structure, plan, result, mask_of(structure.id)))
    return tuple(found)


def _of_structure(
    structure: Structure, plan: Plan, result: SimulationResult, mask: NDArray[np.bool_]
) -> list[PlannedMoment]:
    cells = result.grid.to_lps(np.stack((result.minimum_c <= EDGE_C).nonzero()[::-1], axis=1).astype(np.float64))
    grid = plan.volume.grid
    cells = cells[grid.contains(cells)] if len(cells) else cells
    if not len(cells):
        return []
    is_skin = structure.kind is StructureKind.SKIN
    field = near_field(cells, mask, grid, reach_mm=NEAR_MM + 2 * max(grid.spacing_ijk_mm))
    distances = signed_distances_mm(cells, field, grid, from_inside=is_skin)
    told = []
    near_s = _earliest_s(result, cells[distances <= NEAR_MM])
    touch_s = None if is_skin else _earliest_s(result, cells[distances <= 0])
    if near_s is not None and near_s != touch_s:
        told.append(PlannedMoment(near_s, f"ice within {number(NEAR_MM)} mm of {structure.name}"))
    if touch_s is not None:
        told.append(PlannedMoment(touch_s, f"ice reaches {structure.name}"))
    return told


def _earliest_s(result: SimulationResult, cells_lps_mm: NDArray[np.float64]) -> float | None:
    if not len(cells_lps_mm):
        return None
    coldest = at_points_c(result.history, result.grid, cells_lps_mm).min(axis=1)
    return _first_below_s(result.times_s, coldest, EDGE_C)


def _first_below_s(times_s: NDArray[np.float64], values_c: NDArray[np.float64], level_c: float) -> float | None:
    """Return when a curve first reaches a level from above, linear between stored times; None when it never does."""
    below = np.flatnonzero(values_c <= level_c)
    if not len(below):
        return None
    at = int(below[0])
    if at == 0:
        return float(times_s[0])
    before, after = float(values_c[at - 1]), float(values_c[at])
    share = (before - level_c) / (before - after)
    return float(times_s[at - 1] + share * (times_s[at] - times_s[at - 1]))
