"""How much does a vessel shorten the ice? Which vessels to ask about, the map without them, and two fields compared.

A vessel 3 mm thick or more holds blood temperature in the prediction (:mod:`planner.thermal.tissue_map`). To tell what
that costs, its cells take the nearest soft tissue around it, and the same freeze is predicted again on the same cells:
what differs is the vessel's doing, errors of the grid are in both. Thinner vessels, and the chambers of the heart, are
not held at blood temperature at all; they are named as not modelled.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.geometry import point
from planner.domain.heat_sink import HeatSink, TargetLoss
from planner.domain.structure import StructureKind, StructureRole
from planner.domain.target import NerveCurve
from planner.planning.coverage import body_coverage, nerve_coverage
from planner.planning.margins import EDGE_C, ice_cloud
from planner.spatial.level_distance import level_distance
from planner.spatial.resample import mask_fraction_onto
from planner.spatial.sample import trilinear
from planner.thermal.exposure import volume_ml
from planner.thermal.properties import OUTSIDE_AIR
from planner.thermal.tissue_map import BLOOD, HEAT_SINK_MM, VESSEL_KINDS, TissueMap

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from planner.domain.assessment import Assessment
    from planner.domain.geometry import Grid, PointLps
    from planner.domain.identity import StructureId
    from planner.domain.plan import Plan
    from planner.domain.structure import Structure
    from planner.domain.target import Target

NEAR_MM = 10.0
"""Vessels farther from the 0 °C edge are not asked about (project default): tissue there is warm anyway."""
_NOT_SOFT = frozenset({BLOOD, OUTSIDE_AIR, "air", "co2_gas", "lung_inflated", "bone_cortical", "bone_cancellous"})
_REACH_MM = 20.0
# Points of a cloud that are its edge, not the cells within, lie this near the surface.
_EDGE_CELLS = 0.25
THIN = f"Thinner than {HEAT_SINK_MM:g} mm: taken as perfused muscle, its blood flow is not modelled."
HEART = "Taken as heart muscle: the blood in its chambers is not modelled."
OTHER_KIND = "Only arteries and veins are predicted at blood temperature: its warmth is not modelled."


@dataclass(frozen=True, slots=True, eq=False)
class Vessel:
    """A vessel near the ice, with its cells on the tissue map, bool, shape (K, J, I); None where it holds no blood."""

    structure: Structure
    gap_mm: float
    cells: NDArray[np.bool_] | None


@dataclass(frozen=True, slots=True, eq=False)
class Freeze:
    """A coldest-ever field, shape (K, J, I) of ``grid``, float32, °C, and the isotherm that counts as treatment."""

    minimum_c: NDArray[np.float32]
    grid: Grid
    isotherm_c: float


def vessels_near(
    plan: Plan,
    assessment: Assessment,
    *,
    masks: Mapping[StructureId, NDArray[np.bool_]],
    tissue_map: TissueMap,
    grid: Grid,
) -> tuple[Vessel, ...]:
    """Return the heat sinks near the nominal ice, nearest first, each with the cells it fills with blood.

    Parameters
    ----------
    tissue_map, grid
        Tissue of the cells on which the freezes are to be compared.
    """
    sinks = [s for s in plan.structures if s.effective_role is StructureRole.HEAT_SINK or s.kind in VESSEL_KINDS]
    gaps = {s.id: None if (told := assessment.figures_of(s.id)) is None else told.edge_mm for s in sinks}
    near = [(s, gap) for s in sinks if (gap := gaps[s.id]) is not None and gap <= NEAR_MM]
    shares = [mask_fraction_onto(masks[s.id], source=plan.volume.grid, target=grid) for s, _ in near]
    if not near:
        return ()
    most = np.maximum.reduce(shares)
    blood = _is_one_of(tissue_map, (BLOOD,))
    vessels = []
    for (structure, gap), share in zip(near, shares, strict=True):
        cells = blood & (share > 0) & (share >= most)
        vessels.append(Vessel(structure, gap, cells if structure.kind in VESSEL_KINDS and cells.any() else None))
    return tuple(sorted(vessels, key=lambda vessel: vessel.gap_mm))


def without(tissue_map: TissueMap, vessels: Iterable[Vessel]) -> TissueMap:
    """Return the map with the nearest soft tissue in place of some vessels."""
    from scipy.ndimage import distance_transform_edt

    gone = np.zeros(tissue_map.index.shape, bool)
    for vessel in vessels:
        if vessel.cells is not None:
            gone |= vessel.cells
    soft = ~_is_one_of(tissue_map, _NOT_SOFT)
    if not gone.any() or not soft.any():
        return tissue_map
    nearest = distance_transform_edt(~soft, return_distances=False, return_indices=True)
    index = tissue_map.index.copy()
    index[gone] = tissue_map.index[tuple(axis[gone] for axis in nearest)]
    return replace(tissue_map, index=index)


def not_modelled(vessel: Vessel) -> HeatSink:
    """Return the entry of a vessel that holds no blood in the prediction, with the reason."""
    structure = vessel.structure
    of_other_kind = HEART if structure.kind is StructureKind.HEART else OTHER_KIND
    reason = THIN if structure.kind in VESSEL_KINDS else of_other_kind
    return HeatSink((structure.id,), structure.name, vessel.gap_mm, reason=reason)


def cost_of(vessels: tuple[Vessel, ...], plan: Plan, *, with_c: Freeze, without_c: Freeze) -> HeatSink:
    """Return what some vessels take from the ice: the freeze with them against the one without."""
    edge = _pulled_back_mm(with_c, without_c, EDGE_C)
    treatment = _pulled_back_mm(with_c, without_c, with_c.isotherm_c)
    names = [vessel.structure.name for vessel in vessels]
    return HeatSink(
        structure_ids=tuple(vessel.structure.id for vessel in vessels),
        name=names[0] if len(names) == 1 else f"All {len(names)} together",
        gap_mm=min(vessel.gap_mm for vessel in vessels),
        edge_lost_mm=None if edge is None else edge[0],
        edge_at_lps_mm=None if edge is None else edge[1],
        treatment_lost_mm=None if treatment is None else treatment[0],
        frozen_lost_ml=_volume_lost_ml(with_c, without_c, EDGE_C),
        treated_lost_ml=_volume_lost_ml(with_c, without_c, with_c.isotherm_c),
        targets=tuple(_target_loss(target, with_c, without_c) for target in plan.targets),
    )


def _is_one_of(tissue_map: TissueMap, names: Iterable[str]) -> NDArray[np.bool_]:
    wanted = [n for n, tissue_id in enumerate(tissue_map.tissue_ids) if tissue_id in names]
    found: NDArray[np.bool_] = np.isin(tissue_map.index, wanted)
    return found


def _pulled_back_mm(with_c: Freeze, without_c: Freeze, level_c: float) -> tuple[float, PointLps] | None:
    """Return how far an isotherm is pulled back at most, and where it was; None where one of the two has none."""
    edge = ice_cloud(without_c.minimum_c - np.float32(level_c), without_c.grid).points_lps_mm
    maps = [
        level_distance(each.minimum_c, each.grid, level=level_c, reach_mm=_REACH_MM) for each in (with_c, without_c)
    ]
    after, before = maps
    if after is None or before is None:
        return None
    after_mm, before_mm = (trilinear(m.distance_mm, m.grid, edge, outside=_REACH_MM) for m in (after, before))
    # What a map makes of a surface that goes through it, a tenth of a cell, is in both and falls out.
    is_edge = np.abs(before_mm) <= _EDGE_CELLS * max(with_c.grid.spacing_ijk_mm)
    gaps_mm = np.where(is_edge, after_mm - before_mm, -np.inf)
    most = int(np.argmax(gaps_mm))
    return max(0.0, float(gaps_mm[most])), point(edge[most])


def _volume_lost_ml(with_c: Freeze, without_c: Freeze, level_c: float) -> float:
    after, before = (volume_ml(each.minimum_c, each.grid, level_c=level_c) for each in (with_c, without_c))
    return before - after


def _target_loss(target: Target, with_c: Freeze, without_c: Freeze) -> TargetLoss:
    before, after = _treated(target, without_c), _treated(target, with_c)
    lost = None if before is None or after is None else before - after
    if target.is_body:
        return TargetLoss(target.id, target.words, before_percent=before, lost_percent=lost)
    return TargetLoss(target.id, target.words, before_mm=before, lost_mm=lost)


def _treated(target: Target, freeze: Freeze) -> float | None:
    """Return the longest treated piece of a nerve, mm, or the treated share of a body, %."""
    course = target.course
    if not isinstance(course, NerveCurve):
        return body_coverage(course, freeze.minimum_c, freeze.grid).share_percent(freeze.isotherm_c)
    if target.diameter_mm is None:
        return None
    return nerve_coverage(course, target.diameter_mm, freeze.minimum_c, freeze.grid).treated_mm(freeze.isotherm_c)[0]
