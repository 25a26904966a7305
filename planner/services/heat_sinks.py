"""What do the vessels near the ice take from it? One more coarse prediction for each, and one for all together.

On 2 mm cells, with and without the vessel: a difference of two predictions on the same cells, told beside the plan's
own result, never in its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.planning.heat_sinks import Freeze, cost_of, not_modelled, vessels_near, without
from planner.services.prediction import body_at_rest, request_for

if TYPE_CHECKING:
    from planner.domain.assessment import Assessment
    from planner.domain.heat_sink import HeatSink
    from planner.domain.plan import Plan
    from planner.domain.progress import Progress
    from planner.persistence.blobs import BlobStore
    from planner.planning.heat_sinks import Vessel
    from planner.services.shared import SharedVolume

CELLS_MM = 2.0
MOST_ALONE = 3
"""So many vessels, the nearest, are each predicted alone; more would hold up the range. All are in the one together."""


def heat_sinks(
    plan: Plan, volume: SharedVolume, assessment: Assessment, *, blobs: BlobStore, progress: Progress
) -> tuple[HeatSink, ...]:
    """Return what each vessel near the ice takes from it, nearest first, then all together where there are several.

    Parameters
    ----------
    assessment
        Of the plan's own prediction: its figures say which vessels are near.
    """
    from planner.persistence.resources import rule_set
    from planner.thermal.run import simulate

    asked = request_for(plan, spacing_mm=CELLS_MM)
    masks = {structure.id: blobs.get(structure.mask) for structure in plan.structures}
    body = body_at_rest(asked, volume, blobs=blobs, progress=progress)
    near = vessels_near(plan, assessment, masks=masks, tissue_map=body.tissue_map, grid=asked.grid)
    held = tuple(vessel for vessel in near if vessel.cells is not None)
    others = [not_modelled(vessel) for vessel in near if vessel.cells is None]
    if not held:
        return tuple(others)
    isotherm_c = rule_set(plan.rule_set_id).treatment_isotherm_c
    with_c = Freeze(
        simulate(asked, body.tissue_map, prepared=body, progress=progress).minimum_c, asked.grid, isotherm_c
    )

    def cost(vessels: tuple[Vessel, ...]) -> HeatSink:
        field = simulate(asked, without(body.tissue_map, vessels), progress=progress).minimum_c
        return cost_of(vessels, plan, with_c=with_c, without_c=Freeze(field, asked.grid, isotherm_c))

    found = [cost((vessel,)) for vessel in held[:MOST_ALONE]]
    if len(held) > 1:
        found.append(cost(held))
    return (*found, *others)
