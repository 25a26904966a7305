"""When does the ice come near something? Times at which it is within 3 mm of a structure, reaches it, or has treated.

The times are for whoever watches the freeze. They are read between stored times, at points a third of a cell apart:
a warning to look, never a verdict.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.procedure import PlannedMoment
from planner.domain.structure import StructureKind
from planner.planning.clearance import near_field, signed_distances_mm
from planner.planning.margins import EDGE_C, ice_cloud
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
    grid = plan.volume.grid
    cloud = ice_cloud(result.minimum_c, result.grid).points_lps_mm
    cloud = cloud[grid.contains(cloud)]
    if not len(cloud):
        return []
    is_skin = structure.kind is StructureKind.SKIN
    cell_mm = max(result.grid.spacing_ijk_mm)
    field = near_field(cloud, mask, grid, reach_mm=NEAR_MM + 2 * max(cell_mm, *grid.spacing_ijk_mm))

    def distances_mm(points_lps_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        return signed_distances_mm(points_lps_mm, field, grid, from_inside=is_skin)

    near_s = _first_within_s(result, cloud, distances_mm, within_mm=NEAR_MM)
    touch_s = None if is_skin else _first_within_s(result, cloud, distances_mm, within_mm=0.0)
    told = []
    if near_s is not None and near_s != touch_s:
        told.append(PlannedMoment(near_s, f"ice within {number(NEAR_MM)} mm of {structure.name}"))
    if touch_s is not None:
        told.append(PlannedMoment(touch_s, f"ice reaches {structure.name}"))
    return told


def _first_within_s(
    result: SimulationResult,
    cloud_lps_mm: NDArray[np.float64],
    distances_mm: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    *,
    within_mm: float,
) -> float | None:
    """Return when anything so near is first frozen; around that distance points lie a third of a cell apart."""
    cell_mm = max(result.grid.spacing_ijk_mm)
    away = distances_mm(cloud_lps_mm)
    around = cloud_lps_mm[np.abs(away - within_mm) <= cell_mm]
    steps = np.array((-1.0, 0.0, 1.0)) * cell_mm / 3
    offsets = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    fine = (around[:, None] + offsets).reshape(-1, 3)
    near = np.concatenate((cloud_lps_mm[away <= within_mm], fine[distances_mm(fine) <= within_mm]))
    if not len(near):
        return None
    coldest = at_points_c(result.history, result.grid, near).min(axis=1)
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
