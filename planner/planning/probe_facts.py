"""What is there to know of every probe while it is moved? Crossings, approaches, hub, bore and what stands against it.

Facts, not verdicts: the assessment judges the same things when the hand has let go.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.planning.clearance import scan_end_mm
from planner.planning.crossings import approaches, fields_of, shaft_crossings
from planner.planning.crowding import crowding_findings
from planner.planning.gantry import BoreAnswer, bore_clearance, hub_lps_mm, length_back_inside_mm
from planner.planning.table import table_findings
from planner.planning.trajectory import shaft_findings, shaft_points

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from planner.domain.geometry import PointLps
    from planner.domain.identity import ProbeId, StructureId
    from planner.domain.plan import Plan
    from planner.domain.probe import ProbeModel, ProbePlacement
    from planner.domain.review import Finding
    from planner.domain.structure import Structure, StructureKind
    from planner.planning.crossings import Crossing, ShaftApproach
    from planner.planning.surface_index import SurfaceStore


@dataclass(frozen=True, slots=True)
class HubFacts:
    """Where the hub is.

    Parameters
    ----------
    end_lps_mm
        Outer end of shaft and hub; ``None`` when the usable length is not known.
    inside_mm
        How much beyond the entry is inside the body again; ``None`` when that is not known.
    is_seen
        Whether the scan shows all of the way out.
    bore
        ``None`` when the plan does not know the scanner's bore.
    """

    end_lps_mm: PointLps | None
    inside_mm: float | None
    is_seen: bool
    bore: BoreAnswer | None


@dataclass(frozen=True, slots=True)
class ProbeFacts:
    """What is known of one placement.

    Parameters
    ----------
    avoided
        Kinds of structures that were looked at as something to stay away from.
    has_structures
        Whether anything was looked at at all.
    unread
        Names of structures whose masks were not at hand: not looked at.
    leaves_scan
        Whether a part of the path lies outside the scan.
    """

    placement: ProbePlacement
    crossings: tuple[Crossing, ...]
    approaches: tuple[ShaftApproach, ...]
    findings: tuple[Finding, ...]
    hub: HubFacts
    avoided: frozenset[StructureKind]
    has_structures: bool
    unread: tuple[str, ...]
    leaves_scan: bool


def facts_of_probes(
    plan: Plan,
    masks: Mapping[StructureId, NDArray[np.bool_]],
    *,
    models: Mapping[str, ProbeModel],
    surfaces: SurfaceStore,
) -> dict[ProbeId, ProbeFacts]:
    """Return what is known of every probe of a plan.

    Parameters
    ----------
    masks
        Masks at hand, bool, shape (K, J, I) of the CT's grid; a structure whose mask is missing is not looked at.
    surfaces
        Keeps what does not change from one step of a drag to the next.
    """
    grid = plan.volume.grid
    fields = fields_of(plan.structures, masks, grid)
    crowded = crowding_findings(plan.probes, models)
    found = {}
    for probe in plan.probes:
        points, _ = shaft_points(probe)
        crossings = shaft_crossings(probe, fields, surfaces=surfaces)
        found[probe.id] = ProbeFacts(
            placement=probe,
            crossings=crossings,
            approaches=approaches(probe, fields, surfaces=surfaces),
            findings=_standing_findings(plan, probe, masks, models=models, surfaces=surfaces)
            + crowded[probe.id]
            + table_findings(probe, plan.position),
            hub=_hub(plan, probe, masks, models=models, surfaces=surfaces),
            avoided=frozenset(field.kind for field in fields),
            has_structures=bool(fields),
            unread=tuple(structure.name for structure in plan.structures if structure.id not in masks),
            leaves_scan=scan_end_mm(points, grid) < 0,
        )
    return found


def _body(plan: Plan, masks: Mapping[StructureId, NDArray[np.bool_]]) -> tuple[Structure, NDArray[np.bool_]] | None:
    skin = plan.skin
    mask = None if skin is None else masks.get(skin.id)
    return None if skin is None or mask is None else (skin, mask)


def _standing_findings(
    plan: Plan,
    probe: ProbePlacement,
    masks: Mapping[StructureId, NDArray[np.bool_]],
    *,
    models: Mapping[str, ProbeModel],
    surfaces: SurfaceStore,
) -> tuple[Finding, ...]:
    body, model, grid = _body(plan, masks), models.get(probe.model_id), plan.volume.grid
    skin, mask = (None, None) if body is None else (body[0].mask.sha256, body[1])
    return surfaces.remembered(
        ("shaft", skin, grid, probe, model), lambda: shaft_findings(probe, model, body=mask, grid=grid)
    )


def _hub(
    plan: Plan,
    probe: ProbePlacement,
    masks: Mapping[StructureId, NDArray[np.bool_]],
    *,
    models: Mapping[str, ProbeModel],
    surfaces: SurfaceStore,
) -> HubFacts:
    body, model, gantry, grid = _body(plan, masks), models.get(probe.model_id), plan.gantry, plan.volume.grid

    def measured() -> HubFacts:
        end = hub_lps_mm(probe, model, hub_mm=0.0 if gantry is None else gantry.hub_mm)
        inside: tuple[float | None, bool] = (None, True)
        if end is not None and body is not None:
            inside = length_back_inside_mm(probe, end, body=body[1], grid=grid)
        bore = None
        if gantry is not None:
            placed = None if body is None else (body[1], grid)
            bore = bore_clearance(probe, model, gantry, position=plan.position, body=placed)
        return HubFacts(end, *inside, bore)

    skin = None if body is None else body[0].mask.sha256
    return surfaces.remembered(("hub", skin, grid, probe, model, gantry, plan.position), measured)
