"""What does the ice under the hand spare and treat? Margins and coverage of one preview field, in a few milliseconds.

The quantities of an assessment (:mod:`planner.planning.margins`, :mod:`planner.planning.coverage`), read off the
temperature at one moment and never judged. What rests while a probe moves is made once: the distance maps of the
structures round the preview's box, and the points of the targets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.assessment import NerveProfile
from planner.domain.geometry import Grid, point
from planner.domain.preview import LiveCoverage, LiveMargin, LiveNumbers
from planner.domain.structure import Structure, StructureKind
from planner.domain.target import Target, TargetBody
from planner.planning.clearance import REACH_MM, crop_around
from planner.planning.coverage import STEP_MM, NerveCoverage, body_points, body_volume_points, section_points
from planner.planning.margins import EDGE_C, GUARD_VOXELS, depth_lattice_mm, from_lps, ice_cloud, separated
from planner.planning.nerve import SampledCurve, smooth_curve, treatment_segment_mm
from planner.spatial.distance import signed_distance_mm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.domain.rule import Rule


BEYOND_LIMIT_MM = 5.0
_COUNTS = 30_000
# Coarse step and reach, fine step and reach, mm: round a place found between the crossings on the grid's edges.
_LATTICE_MM = (0.5, 1.0, 0.1, 0.5)


@dataclass(frozen=True, slots=True, eq=False)
class DistanceMap:
    """Signed distance to one structure on the CT's voxels round a box, in counts of ``mm_per_count``.

    Parameters
    ----------
    counts
        shape (K, J, I) of ``grid``, int16; None when no voxel of the structure is within reach of the box.
    is_inside
        Without counts: whether the box lies within the structure.
    """

    counts: NDArray[np.int16] | None
    grid: Grid
    reach_mm: float
    mm_per_count: float
    is_inside: bool = False

    @property
    def nbytes(self) -> int:
        """Memory held."""
        return 0 if self.counts is None else self.counts.nbytes


@dataclass(frozen=True, slots=True, eq=False)
class MappedStructure:
    """A structure that has a margin, with its distance map."""

    structure: Structure
    map: DistanceMap
    pass_limit_mm: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class TargetPoints:
    """Where a target's temperature is read: points (N, 3), LPS mm; a nerve's cross-section after cross-section.

    ``volume`` is how many of a body's points lie within it; the rest lie on its surface. ``located`` is which of them
    lie within the box, and where among its cells.
    """

    target: Target
    points_lps_mm: NDArray[np.float64]
    located: _Located
    curve: SampledCurve | None = None
    segment_mm: tuple[float, float] = (0.0, 0.0)
    volume: int = 0


def map_reach_mm(rule: Rule) -> float:
    """Return how far a structure's distance map must reach for a rule, as in an assessment."""
    return max(REACH_MM, (rule.pass_limit or 0.0) + BEYOND_LIMIT_MM)


def distance_map(mask: NDArray[np.bool_], grid: Grid, box: Grid, *, reach_mm: float) -> DistanceMap:
    """Return a structure's distance map for ice anywhere in a preview's box.

    Parameters
    ----------
    mask
        shape (K, J, I) of ``grid``, bool.
    """
    voxel_mm = max(grid.spacing_ijk_mm)
    limit_mm = reach_mm + 2 * voxel_mm
    corners = box.corners_lps_mm()
    scale = limit_mm / _COUNTS
    cut = crop_around(corners, mask, grid, reach_mm=limit_mm)
    inner = crop_around(corners, mask, grid, reach_mm=voxel_mm)
    if cut is None or inner is None or not cut[0].any():
        return DistanceMap(None, grid, reach_mm, scale)
    part, part_grid = cut
    if part.all():
        return DistanceMap(None, grid, reach_mm, scale, is_inside=True)
    distance = signed_distance_mm(part, part_grid, within_mm=limit_mm)
    first = np.rint(part_grid.to_index(inner[1].to_lps((0, 0, 0)))).astype(int)[::-1]
    kept = distance[tuple(slice(start, start + size) for start, size in zip(first, inner[0].shape, strict=True))]
    if (kept >= reach_mm).all():
        return DistanceMap(None, grid, reach_mm, scale)
    return DistanceMap(np.rint(kept / scale).astype(np.int16), inner[1], reach_mm, scale)


def target_points(target: Target, box: Grid) -> TargetPoints | None:
    """Return where a target's temperature is read in a preview's box; None for a nerve without diameter."""
    course = target.course
    if isinstance(course, TargetBody):
        points = body_points(course)
        return TargetPoints(target, points, _Located.of(points, box), volume=len(body_volume_points(course)))
    if target.diameter_mm is None:
        return None
    curve = smooth_curve(course, step_mm=STEP_MM)
    points = section_points(curve, target.diameter_mm).reshape(-1, 3)
    return TargetPoints(target, points, _Located.of(points, box), curve, treatment_segment_mm(course))


def live_margins(
    field_c: NDArray[np.float32], box: Grid, structures: Sequence[MappedStructure], *, ct_grid: Grid
) -> tuple[LiveMargin, ...]:
    """Return how far the 0 °C edge of a field is from each structure.

    Parameters
    ----------
    field_c
        shape (K, J, I) of ``box``, float32, °C.
    """
    found = frozen_part(field_c, box)
    if found is None:
        return tuple(
            LiveMargin(s.structure.id, s.structure.name, s.structure.kind, None, pass_limit_mm=s.pass_limit_mm)
            for s in structures
        )
    cloud = ice_cloud(*found)
    ice = _Ice(cloud.points_lps_mm, _flat(found[0]), found[1], ct_grid)
    return tuple(ice.margin(mapped) for mapped in structures)


def live_coverages(
    field_c: NDArray[np.float32], targets: Sequence[TargetPoints], *, isotherm_c: float
) -> tuple[LiveCoverage, ...]:
    """Return how much of each target is at or below the treatment isotherm in a field of the box they are read in."""
    flat, outside = _flat(field_c), float(field_c.max())
    return tuple(_coverage(flat, target, outside=outside, isotherm_c=isotherm_c) for target in targets)


def live_numbers(
    field_c: NDArray[np.float32],
    box: Grid,
    *,
    structures: Sequence[MappedStructure],
    targets: Sequence[TargetPoints],
    ct_grid: Grid,
    isotherm_c: float,
) -> LiveNumbers:
    """Return everything read off a field (see :func:`live_margins`, :func:`live_coverages`)."""
    return LiveNumbers(
        margins=live_margins(field_c, box, structures, ct_grid=ct_grid),
        coverages=live_coverages(field_c, targets, isotherm_c=isotherm_c),
        isotherm_c=isotherm_c,
    )


def frozen_part(field_c: NDArray[np.float32], box: Grid) -> tuple[NDArray[np.float32], Grid] | None:
    """Return the part of a field that holds all ice and a cell round it; None when nothing is frozen."""
    frozen = field_c <= EDGE_C
    spans = []
    for axis in range(3):
        hits = np.flatnonzero(frozen.any(axis=tuple(other for other in range(3) if other != axis)))
        if not hits.size:
            return None
        spans.append(slice(max(int(hits[0]) - 1, 0), int(hits[-1]) + 2))
    part = np.ascontiguousarray(field_c[tuple(spans)])
    k, j, i = (span.start for span in spans)
    return part, box.cropped((i, j, k), part.shape)


class _Ice:
    """The frozen points of one field, found once among the CT's voxels however many structures are asked about."""

    def __init__(
        self, points_lps_mm: NDArray[np.float64], field_flat: NDArray[np.float32], box: Grid, ct_grid: Grid
    ) -> None:
        self._points = points_lps_mm
        self._field = field_flat
        self._cell_mm = max(box.spacing_ijk_mm)
        self._box_shape, self._box_index = np.array(box.shape_kji), from_lps(box)
        self._guard_mm = GUARD_VOXELS * max(ct_grid.spacing_ijk_mm)
        self._located: dict[tuple[object, ...], _Located] = {}

    def margin(self, mapped: MappedStructure) -> LiveMargin:
        """Return the smallest signed distance of the ice to one structure."""
        structure, reach_mm = mapped.structure, mapped.map.reach_mm
        distance_mm, at = self._distance(mapped.map, -1.0 if structure.kind is StructureKind.SKIN else 1.0)
        is_bound = abs(distance_mm) >= reach_mm
        return LiveMargin(
            structure.id,
            structure.name,
            structure.kind,
            float(np.copysign(reach_mm, distance_mm)) if is_bound else distance_mm,
            None if at is None else point(at),
            is_bound=is_bound,
            pass_limit_mm=mapped.pass_limit_mm,
        )

    def _distance(self, there: DistanceMap, sign: float) -> tuple[float, NDArray[np.float64] | None]:
        """Return the distance, mm, and its place; at or beyond the map's reach it is a bound."""
        if there.counts is None:
            return (-there.reach_mm if there.is_inside is (sign > 0) else there.reach_mm), None
        located = self._locate(there)
        # Outside the scan nothing is known of a structure, and the body's surface is not looked for.
        if not len(located.base):
            return there.reach_mm, None
        distances = located.distances(there, sign)
        which = int(np.argmin(distances))
        best_mm, at = float(distances[which]), located.points_lps_mm[which]
        if abs(best_mm) < there.reach_mm:
            best_mm, at = self._refined(there, sign, located.points_lps_mm, distances, which)
        return best_mm - self._guard_mm, at

    def _locate(self, there: DistanceMap) -> _Located:
        key = (there.grid.shape_kji, there.grid.index_to_lps)
        if key not in self._located:
            self._located[key] = _Located.of(self._points, there.grid)
        return self._located[key]

    def _refined(
        self,
        there: DistanceMap,
        sign: float,
        points: NDArray[np.float64],
        distances: NDArray[np.float64],
        which: int,
    ) -> tuple[float, NDArray[np.float64]]:
        """Look between the points that may hold the true minimum, as an assessment does."""
        from planner.spatial.sample_kernels import search

        assert there.counts is not None  # noqa: S101 - asked before
        best, at = float(distances[which]), points[which]
        lattice = np.array((*_LATTICE_MM, 1 / there.mm_per_count))
        lattice[1] = max(self._cell_mm, lattice[1])
        counts, located = there.counts.reshape(-1), self._locate(there)
        place = np.empty(4)
        for index in separated(points, distances, which, cell_mm=self._cell_mm):
            place[:3], place[3] = points[index], best / there.mm_per_count
            search(
                counts,
                located.shape,
                located.to_index,
                self._field,
                self._box_shape,
                self._box_index,
                place,
                lattice,
                sign,
            )
            if place[3] < 0 < sign:
                self._deepen(there, place)
            if place[3] * there.mm_per_count < best:
                best, at = float(place[3]) * there.mm_per_count, place[:3].copy()
        return best, at

    def _deepen(self, there: DistanceMap, place: NDArray[np.float64]) -> None:
        """Move ``place``, with its value in counts, to the deepest frozen point near it as an assessment does."""
        from planner.spatial.sample_kernels import deepen

        assert there.counts is not None  # noqa: S101 - asked before
        located = self._locate(there)
        deepen(
            there.counts.reshape(-1),
            located.shape,
            located.to_index,
            np.array(there.grid.spacing_ijk_mm) / there.mm_per_count,
            self._field,
            self._box_shape,
            self._box_index,
            place,
            depth_lattice_mm(there.grid),
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Located:
    """Points within a grid, which of those asked about they are, and where each lies among the grid's voxels.

    ``shape`` and ``to_index`` are the grid's, as compiled loops take them.
    """

    points_lps_mm: NDArray[np.float64]
    is_inside: NDArray[np.bool_]
    base: NDArray[np.int64]
    share: NDArray[np.float64]
    steps: NDArray[np.int64]
    shape: NDArray[np.int64]
    to_index: NDArray[np.float64]

    @classmethod
    def of(cls, points_lps_mm: NDArray[np.float64], grid: Grid) -> _Located:
        """Leave out points beyond the voxels' outer faces and find the others."""
        from planner.spatial.sample_kernels import locate

        ijk = grid.to_index(points_lps_mm)
        shape = np.array(grid.shape_kji)
        inside: NDArray[np.bool_] = np.asarray(((ijk >= -0.5) & (ijk <= shape[::-1] - 0.5)).all(axis=1))
        ijk = np.ascontiguousarray(ijk[inside])
        base, share = np.empty(len(ijk), np.int64), np.empty((len(ijk), 3))
        locate(ijk, shape, base, share)
        count_k, count_j, count_i = grid.shape_kji
        steps = np.array([int(count_i > 1), count_i * (count_j > 1), count_i * count_j * (count_k > 1)])
        return cls(points_lps_mm[inside], inside, base, share, steps, shape, from_lps(grid))

    def read(self, flat: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the samples of a field at the points, shape (N,)."""
        from planner.spatial.sample_kernels import read

        values = np.empty(len(self.base))
        read(flat, self.base, self.share, self.steps, values)
        return values

    def distances(self, there: DistanceMap, sign: float) -> NDArray[np.float64]:
        """Return ``sign`` times the distances at the points, shape (N,), mm."""
        from planner.spatial.sample_kernels import read

        assert there.counts is not None  # noqa: S101 - asked before
        values = np.empty(len(self.base))
        read(there.counts.reshape(-1), self.base, self.share, self.steps, values)
        values *= sign * there.mm_per_count
        return values


def _coverage(flat: NDArray[np.float32], there: TargetPoints, *, outside: float, isotherm_c: float) -> LiveCoverage:
    temperature = np.full(len(there.points_lps_mm), outside)
    temperature[there.located.is_inside] = there.located.read(flat)
    target = there.target
    if there.curve is None:
        share = 100 * float((temperature[: there.volume] <= isotherm_c).mean())
        return LiveCoverage(target.id, None, None, share, float(temperature.min()))
    sections = temperature.reshape(len(there.curve.arc_mm), -1)
    warmest, coldest = sections.max(axis=1), sections.min(axis=1)
    at = point(there.points_lps_mm[int(np.argmin(temperature))])
    coverage = NerveCoverage(there.curve, warmest, coldest, there.segment_mm, at)
    profile = NerveProfile(
        target.id,
        tuple(there.curve.arc_mm.tolist()),
        tuple(warmest.tolist()),
        tuple(coldest.tolist()),
        there.segment_mm,
    )
    start, end = there.segment_mm
    return LiveCoverage(
        target.id, coverage.treated_mm(isotherm_c)[0], end - start, None, coverage.coldest_of_all_c, profile
    )


def _flat(field_c: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a field as one row, writable as the compiled loops want it."""
    flat: NDArray[np.float32] = np.require(field_c, np.float32, ["C", "W"]).reshape(-1)
    return flat
