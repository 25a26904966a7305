"""What does a shaft go through, and what does it pass how near? Structure by structure, in mm along the shaft.

Depths count from the entry. Both are of the shaft's axis, sub-voxel: a crossing from where the signed distance changes
sign, an approach from the signed distance beside the nearest face (exact within ``REACH_MM``, half a voxel beyond).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.geometry import point
from planner.domain.structure import StructureKind, StructureRole
from planner.planning.clearance import DEEPEST_MM, REACH_MM, local_distance_mm, near_field
from planner.planning.coverage import runs_below
from planner.planning.trajectory import shaft_points
from planner.spatial.sample import trilinear

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from planner.domain.geometry import Grid, PointLps
    from planner.domain.identity import Sha256, StructureId
    from planner.domain.probe import ProbePlacement
    from planner.domain.structure import Structure
    from planner.planning.surface_index import Passage, SurfaceIndex, SurfaceStore

AVOIDED = frozenset((StructureRole.CRITICAL, StructureRole.HEAT_SINK))
"""Roles of what a needle must stay away from: its nearest approach is measured."""
_SIGN_REACH_MM = 3.0
_PURE = 1e-9
_BESIDE_MM = 1.0
_DEEP_STEP_MM, _DEEP_TRIES = 2.0, 9
_SHALLOW_MM = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class ShaftField:
    """One structure as a shaft meets it.

    Parameters
    ----------
    mask
        shape (K, J, I) of ``grid``, bool; ``sha256`` is its content's hash.
    """

    structure_id: StructureId
    name: str
    kind: StructureKind
    role: StructureRole
    sha256: Sha256
    mask: NDArray[np.bool_]
    grid: Grid


@dataclass(frozen=True, slots=True)
class Crossing:
    """A stretch of a shaft's axis inside a structure, by its depth from the entry."""

    structure_id: StructureId
    name: str
    kind: StructureKind
    role: StructureRole
    from_mm: float
    to_mm: float

    @property
    def length_mm(self) -> float:
        """How long the stretch is."""
        return self.to_mm - self.from_mm


@dataclass(frozen=True, slots=True)
class ShaftApproach:
    """Where a shaft's axis comes nearest to a structure's surface; a negative distance is a depth inside it."""

    structure_id: StructureId
    name: str
    kind: StructureKind
    distance_mm: float
    depth_mm: float
    on_shaft_lps_mm: PointLps
    on_structure_lps_mm: PointLps


def fields_of(
    structures: Iterable[Structure], masks: Mapping[StructureId, NDArray[np.bool_]], grid: Grid
) -> tuple[ShaftField, ...]:
    """Return what a shaft can meet: every structure whose mask is at hand but the body, which every shaft enters."""
    return tuple(
        ShaftField(s.id, s.name, s.kind, s.effective_role, s.mask.sha256, masks[s.id], grid)
        for s in structures
        if s.kind is not StructureKind.SKIN and s.id in masks
    )


def shaft_crossings(
    placement: ProbePlacement, fields: Sequence[ShaftField], *, surfaces: SurfaceStore | None = None
) -> tuple[Crossing, ...]:
    """Return every stretch of the shaft inside a structure, from the entry to the tip."""
    found = [
        Crossing(field.structure_id, field.name, field.kind, field.role, start, end)
        for field in fields
        for start, end in _stretches(placement, field, surfaces)
    ]
    return tuple(sorted(found, key=lambda crossing: (crossing.from_mm, crossing.to_mm, crossing.name)))


def approaches(
    placement: ProbePlacement, fields: Sequence[ShaftField], *, surfaces: SurfaceStore
) -> tuple[ShaftApproach, ...]:
    """Return how near the shaft comes to each structure it must avoid, nearest first; empty masks are left out."""
    found = (_remembered(placement, field, surfaces) for field in fields if field.role in AVOIDED)
    return tuple(sorted((near for near in found if near is not None), key=lambda near: (near.distance_mm, near.name)))


def _stretches(
    placement: ProbePlacement, field: ShaftField, surfaces: SurfaceStore | None
) -> tuple[tuple[float, float], ...]:
    """Return where the axis is inside one structure, or what was found for the same shaft and mask before."""
    if surfaces is None:
        return _stretches_inside(placement, field)
    return surfaces.remembered(
        ("crossing", field.sha256, field.grid, placement.entry_lps_mm, placement.tip_lps_mm),
        lambda: _stretches_inside(placement, field),
    )


def _stretches_inside(placement: ProbePlacement, field: ShaftField) -> tuple[tuple[float, float], ...]:
    """Return where the axis is inside one structure; signed distances are made only where it meets the surface."""
    points, depth = shaft_points(placement)
    share = trilinear(field.mask, field.grid, points, outside=0.0)
    if not (share > _PURE).any():
        return ()
    excess = np.where(share > 0.5, -_SIGN_REACH_MM, _SIGN_REACH_MM)
    mixed = (share > _PURE) & (share < 1 - _PURE)
    mixed[1:-1] |= mixed[2:] | mixed[:-2]
    for first, last in _runs(mixed):
        part = points[first:last]
        excess[first:last] = near_field(part, field.mask, field.grid, reach_mm=_SIGN_REACH_MM).at(part)
    stretches = runs_below(depth, excess, (0.0, placement.depth_mm))
    return tuple((start, end) for start, end in stretches if end > start)


def _runs(mixed: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mixed, [False]]).astype(np.int8)))
    return [(int(first), int(last)) for first, last in edges.reshape(-1, 2)]


def _remembered(placement: ProbePlacement, field: ShaftField, surfaces: SurfaceStore) -> ShaftApproach | None:
    """Measure one structure, or say what was measured for the same shaft: in a drag most probes stand still."""
    near = surfaces.remembered(
        ("approach", field.sha256, field.grid, placement.entry_lps_mm, placement.tip_lps_mm),
        lambda: _approach(placement, field, surfaces),
    )
    return None if near is None else ShaftApproach(field.structure_id, field.name, field.kind, *near)


def _approach(
    placement: ProbePlacement, field: ShaftField, surfaces: SurfaceStore
) -> tuple[float, float, PointLps, PointLps] | None:
    """Return distance, depth along the shaft, and both places; ``None`` for a mask without a surface."""
    entry = np.asarray(placement.entry_lps_mm)
    index = surfaces.index(field.sha256, field.mask, field.grid)
    inside = _stretches(placement, field, surfaces)
    if inside:
        return _deepest(placement, field, inside, index=index)
    slack_mm = max(field.grid.spacing_ijk_mm)
    passage = index.passage(entry, np.asarray(placement.tip_lps_mm) - entry, slack_mm=slack_mm)
    if passage is None:
        return None
    distance, depth = _beside(placement, field, passage)
    start = entry + depth * np.asarray(placement.direction_lps)
    return _placed(distance, depth, start, passage.face_lps_mm)


def _beside(placement: ProbePlacement, field: ShaftField, passage: Passage) -> tuple[float, float]:
    """Return the sub-voxel distance and its depth along the shaft, near the faces that it passes nearest."""
    points, depth = shaft_points(placement)
    low, high = passage.depths_mm
    chosen = (depth >= low - _BESIDE_MM) & (depth <= high + _BESIDE_MM)
    if passage.gap_mm <= REACH_MM:
        reach_mm = passage.gap_mm + max(field.grid.spacing_ijk_mm)
        distances = near_field(points[chosen], field.mask, field.grid, reach_mm=reach_mm).at(points[chosen])
        best = int(np.argmin(distances))
        if distances[best] < reach_mm:
            return float(distances[best]), float(depth[chosen][best])
    to_face = np.linalg.norm(points - passage.face_lps_mm, axis=1)
    best = int(np.argmin(to_face))
    correction = local_distance_mm(passage.face_lps_mm, field.mask, field.grid)
    return passage.gap_mm + correction, float(depth[best])


def _deepest(
    placement: ProbePlacement, field: ShaftField, inside: tuple[tuple[float, float], ...], *, index: SurfaceIndex
) -> tuple[float, float, PointLps, PointLps]:
    """Return how deep inside the axis is at most, as a negative distance, where, and the surface nearest to there."""
    entry, along = np.asarray(placement.entry_lps_mm), np.asarray(placement.direction_lps)

    def beside(depth_mm: float) -> tuple[float, NDArray[np.float64]]:
        at = entry + depth_mm * along
        passage = index.passage(at, np.zeros(3), slack_mm=0.0)
        return (0.0, at) if passage is None else (passage.gap_mm, passage.face_lps_mm)

    tried = np.concatenate([np.linspace(*run, max(3, int((run[1] - run[0]) / _DEEP_STEP_MM) + 2)) for run in inside])
    rough = max(tried, key=lambda depth: beside(depth)[0])
    run = next(run for run in inside if run[0] <= rough <= run[1])
    close = np.linspace(max(run[0], rough - _DEEP_STEP_MM), min(run[1], rough + _DEEP_STEP_MM), _DEEP_TRIES)
    gaps = [beside(depth)[0] for depth in close]
    best = float(close[int(np.argmax(gaps))])
    gap_mm, face = beside(best)
    if gap_mm > _SHALLOW_MM:
        distance = local_distance_mm(face, field.mask, field.grid) - gap_mm
        return _placed(max(distance, -DEEPEST_MM), best, entry + best * along, face)
    points = entry + close[:, None] * along
    reach_mm = gap_mm + 2 * max(field.grid.spacing_ijk_mm)
    distances = near_field(points, field.mask, field.grid, reach_mm=reach_mm).at(points)
    lowest = int(np.argmin(distances))
    return _placed(min(float(distances[lowest]), 0.0), float(close[lowest]), points[lowest], face)


def _placed(
    distance_mm: float, depth_mm: float, on_shaft: NDArray[np.float64], face: NDArray[np.float64]
) -> tuple[float, float, PointLps, PointLps]:
    """Put the place on the structure at the measured distance, toward the face."""
    way = face - on_shaft
    length = float(np.linalg.norm(way))
    on_structure = on_shaft + abs(distance_mm) * way / length if length > 0 else on_shaft
    return distance_mm, depth_mm, point(on_shaft), point(on_structure)
