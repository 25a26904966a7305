"""How cold does it get, where and when? Temperature over time of targets, structures and points, for the timeline.

The same points are sampled as for the assessment, so that a curve's lowest value is the assessment's coldest, except
between stored times. Of a structure the coldest points of every small cube are followed: where it is coldest moves when
another probe begins, and then it is another cube's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.structure import StructureKind
from planner.domain.target import NerveCurve
from planner.planning.clearance import crop_around
from planner.planning.cold_map import surface_voxels
from planner.planning.coverage import STEP_MM, body_points, section_points
from planner.planning.margins import VoxelsNear
from planner.planning.nerve import smooth_curve, treatment_segment_mm
from planner.spatial.sample import trilinear
from planner.thermal.exposure import at_points_c, volume_ml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from planner.domain.geometry import Grid, PointLps
    from planner.domain.identity import StructureId
    from planner.domain.plan import Plan
    from planner.domain.simulation import SimulationResult
    from planner.domain.structure import Structure
    from planner.domain.target import Target

_SHOWN_BELOW_C, _SHOWN_FALL_C = 30.0, 1.0
_FEWEST_POINTS = 2
_CUBE_MM = 5.0
_RIM_VOXELS = 3.0  # so that the end of what was cut out is not taken for the skin's surface
_POINTS_PER_CUBE = 8
_MOST_POINTS = 2000
WATCHED = "watched"
"""Kind of the curves of single points."""


@dataclass(frozen=True, slots=True, eq=False)
class CurveLine:
    """One curve.

    Parameters
    ----------
    subject_kind
        The check subject whose colour it has; ``"watched"`` for a point.
    dashed
        Whether it is the dashed one of two.
    values_c
        shape (N,), °C; all NaN for a point outside the prediction.
    """

    name: str
    subject_kind: str
    dashed: bool
    values_c: NDArray[np.float64]

    @property
    def is_known(self) -> bool:
        """Whether anything is predicted there."""
        return bool(np.isfinite(self.values_c).all())


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """All curves of one prediction over ``times_s``, shape (N,), s.

    Parameters
    ----------
    treated_ml
        shape (N,), mL: volume at or below ``isotherm_c``, the isotherm of treatment.
    """

    times_s: NDArray[np.float64]
    lines: tuple[CurveLine, ...]
    treated_ml: NDArray[np.float64]
    isotherm_c: float

    def at(self, values: NDArray[np.float64], time_s: float) -> float:
        """Return a curve's value at a time, linear between stored times."""
        return float(np.interp(time_s, self.times_s, values))


def temperature_curves(
    plan: Plan, result: SimulationResult, masks: Mapping[StructureId, NDArray[np.bool_]], *, isotherm_c: float
) -> Curves:
    """Return the curves of every target and of each structure that cools below 30 °C, the coldest first.

    Skin that is no colder than the room's air has made it is left out.

    Parameters
    ----------
    isotherm_c
        The rules' treatment isotherm, at which the treated volume is measured.
    """
    targets = [(target, points) for target in plan.targets if len(points := _target_points(target, result.grid))]
    around = _cold_corners_lps_mm(result)
    structures = [
        (structure, points)
        for structure in plan.structures
        if len(around)
        and len(points := _structure_points(structure, plan, result, masks[structure.id], around_lps_mm=around))
    ]
    groups = [points for _, points in targets] + [points for _, points in structures]
    # One walk through the history for all of them.
    at_all = at_points_c(result.history, result.grid, np.concatenate((np.empty((0, 3)), *groups)))
    over_time = np.split(at_all, np.cumsum([len(points) for points in groups])[:-1], axis=1) if groups else []
    lines = [
        line
        for (target, _), values in zip(targets, over_time, strict=False)
        for line in _lines(target, values, is_alone=len(plan.targets) == 1)
    ]
    cold = [
        CurveLine(f"{structure.name} min", structure.kind.value, dashed=False, values_c=lowest)
        for (structure, _), values in zip(structures, over_time[len(targets) :], strict=True)
        if (lowest := values.min(axis=1)).min() < lowest[0] - _SHOWN_FALL_C
    ]
    cold.sort(key=lambda line: float(line.values_c.min()))
    treated_ml = [volume_ml(frame, result.grid, level_c=isotherm_c) for frame in result.history.frames_c()]
    return Curves(result.times_s, (*lines, *cold), np.array(treated_ml), isotherm_c)


def watched_lines(result: SimulationResult, points_lps_mm: Sequence[PointLps]) -> tuple[CurveLine, ...]:
    """Return the curves of single points, W1, W2 and so on; a point outside the predicted box has none."""
    if not points_lps_mm:
        return ()
    points = np.asarray(points_lps_mm, dtype=np.float64).reshape(-1, 3)
    inside = result.grid.contains(points)
    values = np.where(inside, at_points_c(result.history, result.grid, points), np.nan)
    return tuple(
        CurveLine(f"W{number}", WATCHED, dashed=False, values_c=values[:, number - 1])
        for number in range(1, len(points) + 1)
    )


def _lines(target: Target, values_c: NDArray[np.float64], *, is_alone: bool) -> tuple[CurveLine, CurveLine]:
    """Return the coldest and the warmest of a target; with several, each says whose it is."""
    name = target.words if not is_alone else "Target" if target.is_body else "Nerve"
    if not target.is_body and target.diameter_mm is None:
        name = f"{name} axis"
    return (
        CurveLine(f"{name} coldest", target.subject_kind, dashed=False, values_c=values_c.min(axis=1)),
        CurveLine(f"{name} warmest", target.subject_kind, dashed=True, values_c=values_c.max(axis=1)),
    )


def _target_points(target: Target, grid: Grid) -> NDArray[np.float64]:
    """Return the sections of a nerve's treatment segment, or a body's volume and surface, shape (N, 3).

    A nerve of unknown diameter has no section: its axis is sampled. Only points within the predicted box count.
    """
    course = target.course
    if not isinstance(course, NerveCurve):
        points = body_points(course)
    elif len(course.points_lps_mm) < _FEWEST_POINTS:
        return np.empty((0, 3))
    else:
        curve = smooth_curve(course, step_mm=STEP_MM)
        start, end = treatment_segment_mm(course)
        treated = (curve.arc_mm >= start) & (curve.arc_mm <= end)
        points = section_points(curve, target.diameter_mm or 0.0)[treated].reshape(-1, 3)
    return points[grid.contains(points)]


def _cold_corners_lps_mm(result: SimulationResult) -> NDArray[np.float64]:
    """Return the corners of the box around all cells that cool below 30 °C, shape (8, 3); none: shape (0, 3)."""
    cold = (result.minimum_c < _SHOWN_BELOW_C) & (result.minimum_c < result.start_c - _SHOWN_FALL_C)
    if not cold.any():
        return np.empty((0, 3))
    axes = [np.flatnonzero(cold.any(axis=tuple({0, 1, 2} - {axis}))) for axis in (2, 1, 0)]
    ends = [(float(found[0]) - 1.0, float(found[-1]) + 1.0) for found in axes]
    return result.grid.to_lps(np.stack(np.meshgrid(*ends, indexing="ij"), axis=-1).reshape(-1, 3))


def _structure_points(
    structure: Structure,
    plan: Plan,
    result: SimulationResult,
    mask: NDArray[np.bool_],
    *,
    around_lps_mm: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the points of a structure that get coldest, shape (N, 3); none when it never cools to 30 °C.

    ``around_lps_mm`` are the corners within which anything cools at all.
    """
    grid = plan.volume.grid
    cut = crop_around(around_lps_mm, mask, grid, reach_mm=_RIM_VOXELS * max(grid.spacing_ijk_mm))
    if cut is None:
        return np.empty((0, 3))
    mask, grid = cut
    if structure.kind is StructureKind.SKIN:
        mask = surface_voxels(mask)
    voxels = VoxelsNear.of(mask, grid, around_lps_mm)
    cool = voxels.colder_than(_SHOWN_BELOW_C, result.minimum_c, result.grid)
    points = np.concatenate((cool.points_around_coldest(result.minimum_c, result.grid), cool.centres_lps_mm()))
    at_coldest = trilinear(result.minimum_c, result.grid, points, outside=np.inf)
    cold = at_coldest < _SHOWN_BELOW_C
    return _coldest_of_cubes(points[cold], at_coldest[cold]) if cold.any() else np.empty((0, 3))


def _coldest_of_cubes(points: NDArray[np.float64], at_coldest_c: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the few coldest points of every 5 mm cube, at most 2000 in all, shape (M, 3)."""
    cubes = np.floor(points / _CUBE_MM).astype(np.int64)
    cubes -= cubes.min(axis=0)
    number = np.ravel_multi_index(tuple(cubes.T), tuple(cubes.max(axis=0) + 1))
    order = np.lexsort((at_coldest_c, number))
    begins = np.flatnonzero(np.diff(number[order], prepend=-1))
    rank = np.arange(len(order)) - np.repeat(begins, np.diff(begins, append=len(order)))
    kept = order[rank < _POINTS_PER_CUBE]
    coldest = kept[np.argsort(at_coldest_c[kept], kind="stable")[:_MOST_POINTS]]
    chosen: NDArray[np.float64] = points[coldest]
    return chosen
