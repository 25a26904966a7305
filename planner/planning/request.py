"""What exactly is asked of the solver? The box, the regions and the tables that one plan's prediction depends on."""

from __future__ import annotations

import math
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.datum import Datum
from planner.domain.errors import PlanInvalid
from planner.domain.geometry import Grid, PointLps
from planner.domain.probe import active_zone_lps_mm
from planner.domain.simulation import BodyConditions, SimulationRequest, TissueRegion
from planner.domain.structure import StructureKind, StructureOrigin
from planner.domain.target import TargetBody
from planner.domain.tissue import Tissue
from planner.planning.nerve import smooth_curve, treatment_segment_mm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.domain.plan import Plan
    from planner.domain.probe import ProbeModel
    from planner.domain.structure import Structure
    from planner.domain.target import Target

SPACINGS_MM = (0.5, 1.0, 2.0)
# Room for the ice beyond every active zone. One 2 mm probe at −140 °C reaches 15 mm in 10 min (computed); the rest is
# warm tissue for it to draw heat from. The solver reports when the ice comes near the rim all the same.
MARGIN_MM = 35.0
# Targets are included as far as this from the active zones; beyond, nothing can freeze.
TARGET_MARGIN_MM = 10.0
TARGET_REACH_MM = 60.0
MAX_EXTENT_MM = 240.0
# A preview shows one freeze and is never judged: less room is enough, and it goes on in the same box while the probes
# are dragged, so that tissue and resting temperature need not be laid out again.
PREVIEW_SPACING_MM = 2.0
PREVIEW_MARGIN_MM = 30.0
DRAG_ROOM_MM = 15.0
PREVIEW_RASTER_MM = 8.0
MOST_PREVIEW_GROWTH = 2
_PROPERTIES = attrgetter(*Tissue.__slots__)
_MIXED_KINDS = frozenset({StructureKind.FAT, StructureKind.MUSCLE})


def simulation_request(
    plan: Plan,
    *,
    models: Sequence[ProbeModel],
    tissues: Sequence[Tissue],
    conditions: BodyConditions,
    spacing_mm: float,
) -> SimulationRequest:
    """Return the request for a plan's prediction; equal plans give equal hashes.

    Raises
    ------
    PlanInvalid
        With the sentence why there can be none: no probe, no freeze phase, unknown or incomplete model, probe outside
        the scan or too far from the others, cell size not offered.
    """
    _require(plan, spacing_mm)
    used = _models_used(plan, models)
    box = _box(_active_zones(plan, used), _target_points(plan.targets), spacing_mm)
    return _request(plan, box, used, tissues=tissues, conditions=conditions)


def preview_request(
    plan: Plan,
    *,
    models: Sequence[ProbeModel],
    tissues: Sequence[Tissue],
    conditions: BodyConditions,
    box: Grid | None,
) -> SimulationRequest:
    """Return the request for a plan's preview; raises PlanInvalid like :func:`simulation_request`.

    ``box`` is the grid of an earlier preview. It is kept while every active zone has ``PREVIEW_MARGIN_MM`` of room in
    it and a new one would not be far smaller; a new one has ``DRAG_ROOM_MM`` more, on a coarse raster.
    """
    _require(plan, PREVIEW_SPACING_MM)
    used = _models_used(plan, models)
    zones = _active_zones(plan, used)
    fresh = _preview_box(zones)
    kept = box if box is not None and _still_serves(box, zones, fresh) else fresh
    return _request(plan, kept, used, tissues=tissues, conditions=conditions)


def boxed_request(
    plan: Plan,
    box: Grid,
    *,
    models: Sequence[ProbeModel],
    tissues: Sequence[Tissue],
    conditions: BodyConditions,
) -> SimulationRequest:
    """Return the request for a plan in a box made for many placements of its probes (see :func:`common_box`).

    Raises PlanInvalid like :func:`simulation_request`.
    """
    _require(plan, box.spacing_ijk_mm[0])
    used = _models_used(plan, models)
    _active_zones(plan, used)
    return _request(plan, box, used, tissues=tissues, conditions=conditions)


def common_box(plans: Sequence[Plan], *, models: Sequence[ProbeModel], spacing_mm: float) -> Grid:
    """Return one box with the room of a prediction round the probes of every plan; raise PlanInvalid without."""
    _require(plans[0], spacing_mm)
    zones = np.concatenate([_active_zones(plan, _models_used(plan, models)) for plan in plans])
    return box_round(zones, spacing_mm=spacing_mm)


def box_round(zones_lps_mm: NDArray[np.float64], *, spacing_mm: float) -> Grid:
    """Return one box with the room of a prediction round the ends of many active zones, shape (N, 3), LPS mm."""
    low, high = zones_lps_mm.min(axis=0) - MARGIN_MM, zones_lps_mm.max(axis=0) + MARGIN_MM
    return _grid_over(low, high, spacing_mm, raster_mm=PREVIEW_SPACING_MM)


def _request(
    plan: Plan, box: Grid, used: tuple[ProbeModel, ...], *, tissues: Sequence[Tissue], conditions: BodyConditions
) -> SimulationRequest:
    return SimulationRequest(
        pixel_hash=plan.volume.pixel_hash,
        grid=box,
        regions=tuple(TissueRegion(s.kind, s.mask) for s in plan.structures if not _is_told_better_by_hu(s)),
        probes=plan.probes,
        models=used,
        protocol=plan.protocol,
        tissues=tuple(tissue for tissue in tissues if is_complete(tissue)),
        conditions=conditions.warmed(plan.protocol.skin_warming),
    )


def _is_told_better_by_hu(structure: Structure) -> bool:
    """Whether a structure says less of the tissue than the CT itself.

    Fat and soft tissue that were found by threshold are yes or no for each voxel; the tissue map reads the same HU as
    mixtures. Once somebody has drawn in them, they say what the CT does not.
    """
    is_by_threshold = structure.origin is StructureOrigin.AUTOMATIC and structure.kind in _MIXED_KINDS
    return is_by_threshold and not structure.is_edited


def is_complete(tissue: Tissue) -> bool:
    """Whether every property of a tissue has a value; others cannot be simulated."""
    return all(not isinstance(datum, Datum) or datum.value is not None for datum in _PROPERTIES(tissue))


def _require(plan: Plan, spacing_mm: float) -> None:
    if spacing_mm not in SPACINGS_MM:
        raise PlanInvalid(f"Cells of {spacing_mm:g} mm are not offered; choose 0.5, 1 or 2 mm.", code="request-spacing")
    if not plan.probes:
        raise PlanInvalid("The plan has no probe. Place one to predict ice.", code="request-no-probe")
    if not plan.protocol.has_freeze:
        raise PlanInvalid(
            f"The protocol “{plan.protocol.name}” has no freeze phase. Choose one that freezes.",
            code="request-no-freeze",
        )


def _models_used(plan: Plan, models: Sequence[ProbeModel]) -> tuple[ProbeModel, ...]:
    """Return the models of the plan's probes, each once, in order of first use."""
    known = {model.id: model for model in models}
    used: dict[str, ProbeModel] = {}
    for probe in plan.probes:
        model = known.get(probe.model_id)
        if model is None:
            raise PlanInvalid(
                f"{probe.label} uses the unknown probe “{probe.model_id}”. Choose one from the catalogue.",
                code="probe-unknown",
            )
        if not model.can_simulate:
            words = ", ".join(model.missing_words)
            raise PlanInvalid(
                f"{probe.label}: {model.label} cannot be simulated; not known: {words}. "
                "Enter it from the maker's document or choose another probe.",
                code="probe-incomplete",
            )
        used[model.id] = model
    return tuple(used.values())


def _active_zones(plan: Plan, models: Sequence[ProbeModel]) -> NDArray[np.float64]:
    """Return both ends of every active zone, shape (2 N, 3), LPS mm."""
    known = {model.id: model for model in models}
    ends: list[PointLps] = []
    for probe in plan.probes:
        zone = active_zone_lps_mm(probe, known[probe.model_id])
        if not plan.volume.grid.contains(zone).all():
            raise PlanInvalid(
                f"The active zone of {probe.label} lies outside the scan. Move it inside.", code="request-outside"
            )
        ends.extend(zone)
    return np.asarray(ends, dtype=np.float64)


def _target_points(targets: Sequence[Target]) -> NDArray[np.float64]:
    """Return points that enclose what is to be treated, shape (N, 3), LPS mm."""
    points = [np.empty((0, 3))]
    for target in targets:
        course = target.course
        if isinstance(course, TargetBody):
            half = max(course.length_mm, course.width_mm) / 2
            points.append(np.asarray(course.centre_lps_mm) + half * np.vstack((np.eye(3), -np.eye(3))))
        else:
            curve = smooth_curve(course)
            start, end = treatment_segment_mm(course)
            points.append(curve.points_lps_mm[(curve.arc_mm >= start) & (curve.arc_mm <= end)])
    return np.concatenate(points)


def _box(zones: NDArray[np.float64], targets: NDArray[np.float64], spacing_mm: float) -> Grid:
    """Return the LPS-aligned box with its cells on fixed multiples of the spacing, so small moves do not shift it."""
    zone_low, zone_high = zones.min(axis=0), zones.max(axis=0)
    low, high = zone_low - MARGIN_MM, zone_high + MARGIN_MM
    if len(targets):
        near = np.clip(targets, zone_low - TARGET_REACH_MM, zone_high + TARGET_REACH_MM)
        low = np.minimum(low, near.min(axis=0) - TARGET_MARGIN_MM)
        high = np.maximum(high, near.max(axis=0) + TARGET_MARGIN_MM)
    return _grid_over(low, high, spacing_mm, raster_mm=spacing_mm)


def _preview_box(zones: NDArray[np.float64]) -> Grid:
    reach_mm = PREVIEW_MARGIN_MM + DRAG_ROOM_MM
    low, high = zones.min(axis=0) - reach_mm, zones.max(axis=0) + reach_mm
    return _grid_over(low, high, PREVIEW_SPACING_MM, raster_mm=PREVIEW_RASTER_MM)


def _still_serves(box: Grid, zones: NDArray[np.float64], fresh: Grid) -> bool:
    """Whether a preview may go on in a box: it is of the same kind, has room round every zone, and is not wasteful."""
    if box.spacing_ijk_mm != fresh.spacing_ijk_mm or not np.array_equal(box.direction, fresh.direction):
        return False
    corners = box.corners_lps_mm()
    has_room = (zones - PREVIEW_MARGIN_MM >= corners.min(axis=0)).all()
    has_room &= (zones + PREVIEW_MARGIN_MM <= corners.max(axis=0)).all()
    return bool(has_room) and math.prod(box.shape_kji) <= MOST_PREVIEW_GROWTH * math.prod(fresh.shape_kji)


def _grid_over(low: NDArray[np.float64], high: NDArray[np.float64], spacing_mm: float, *, raster_mm: float) -> Grid:
    """Return the LPS-aligned grid whose first and last cells lie on multiples of a raster at or beyond two corners."""
    first, last = np.floor(low / raster_mm) * raster_mm, np.ceil(high / raster_mm) * raster_mm
    count = np.rint((last - first) / spacing_mm).astype(int) + 1
    if (count * spacing_mm).max() > MAX_EXTENT_MM:
        raise PlanInvalid(
            f"The probes and targets spread over {(high - low).max():.0f} mm; one prediction covers "
            f"{MAX_EXTENT_MM:g} mm. Plan them apart.",
            code="request-extent",
        )
    shape = (int(count[2]), int(count[1]), int(count[0]))
    return Grid.from_axes(shape, origin_lps_mm=first, spacing_ijk_mm=(spacing_mm,) * 3)
