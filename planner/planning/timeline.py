"""How cold does it get, where and when? Temperature over time of targets and structures, for the freeze timeline.

The same points are sampled as for the assessment, so that a curve's lowest value is the assessment's coldest, except
between stored times.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.structure import StructureKind
from planner.domain.target import NerveCurve
from planner.planning.coverage import STEP_MM, body_points, section_points
from planner.planning.margins import VoxelsNear
from planner.planning.nerve import smooth_curve, treatment_segment_mm
from planner.spatial.sample import trilinear

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from planner.domain.identity import StructureId
    from planner.domain.plan import Plan
    from planner.domain.simulation import SimulationResult
    from planner.domain.structure import Structure
    from planner.domain.target import Target

TREATMENT_C = -20.0
_MAX_STRUCTURES = 4
_SHOWN_BELOW_C = 30.0
_FEWEST_POINTS = 2
_POINTS_PER_STRUCTURE = 2000  # the coldest of each; where it is coldest hardly moves while the ice grows


@dataclass(frozen=True, slots=True, eq=False)
class CurveLine:
    """One curve: its name, the check subject whose colour it has, whether it is the dashed one, and °C, shape (N,)."""

    name: str
    subject_kind: str
    dashed: bool
    values_c: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """All curves of one prediction over ``times_s``, shape (N,), s; the treated volume in mL, shape (N,)."""

    times_s: NDArray[np.float64]
    lines: tuple[CurveLine, ...]
    treated_ml: NDArray[np.float64]

    def at(self, values: NDArray[np.float64], time_s: float) -> float:
        """Return a curve's value at a time, linear between stored times."""
        return float(np.interp(time_s, self.times_s, values))


def temperature_curves(plan: Plan, result: SimulationResult, masks: Mapping[StructureId, NDArray[np.bool_]]) -> Curves:
    """Return the curves of every target and of the structures that get coldest, at most four of them."""
    lines = [line for target in plan.targets for line in _target_lines(target, result)]
    found = (_structure_line(structure, plan, result, masks[structure.id]) for structure in plan.structures)
    cold = sorted((line for line in found if line is not None), key=lambda line: float(line.values_c.min()))
    return Curves(result.times_s, (*lines, *cold[:_MAX_STRUCTURES]), _treated_ml(result))


def _target_lines(target: Target, result: SimulationResult) -> list[CurveLine]:
    points = _target_points(target)
    inside = points[result.grid.contains(points)]
    if not len(inside):
        return []
    values = np.stack([trilinear(frame, result.grid, inside, outside=np.inf) for frame in result.history.frames_c()])
    name, kind = ("Target", "target body") if target.is_body else ("Nerve", "target nerve")
    if not target.is_body and target.diameter_mm is None:
        name = "Nerve axis"
    return [
        CurveLine(f"{name} coldest", kind, dashed=False, values_c=values.min(axis=1)),
        CurveLine(f"{name} warmest", kind, dashed=True, values_c=values.max(axis=1)),
    ]


def _target_points(target: Target) -> NDArray[np.float64]:
    """Return the sections of a nerve's treatment segment, or a body's volume and surface, shape (N, 3).

    A nerve of unknown diameter has no section: its axis is sampled.
    """
    course = target.course
    if not isinstance(course, NerveCurve):
        return body_points(course)
    if len(course.points_lps_mm) < _FEWEST_POINTS:
        return np.empty((0, 3))
    curve = smooth_curve(course, step_mm=STEP_MM)
    start, end = treatment_segment_mm(course)
    treated = (curve.arc_mm >= start) & (curve.arc_mm <= end)
    return section_points(curve, target.diameter_mm or 0.0)[treated].reshape(-1, 3)


def _structure_line(
    structure: Structure, plan: Plan, result: SimulationResult, mask: NDArray[np.bool_]
) -> CurveLine | None:
    """Return the coldest temperature of a structure over time; None when it never cools to 30 °C in the box."""
    if structure.kind is StructureKind.SKIN:
        mask = _surface(mask)
    voxels = VoxelsNear.of(mask, plan.volume.grid, result.grid.corners_lps_mm())
    cool = voxels.colder_than(_SHOWN_BELOW_C, result.minimum_c, result.grid)
    points = np.concatenate((cool.points_around_coldest(result.minimum_c, result.grid), cool.centres_lps_mm()))
    at_coldest = trilinear(result.minimum_c, result.grid, points, outside=np.inf)
    chosen = points[np.argsort(at_coldest, kind="stable")[:_POINTS_PER_STRUCTURE]]
    if not len(chosen) or at_coldest.min() >= _SHOWN_BELOW_C:
        return None
    values = np.array([trilinear(frame, result.grid, chosen, outside=np.inf).min() for frame in result.history.frames_c()])
    return CurveLine(f"{structure.name} min", structure.kind.value, dashed=False, values_c=values)


def _surface(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the voxels of a mask with a neighbour outside it, ignoring the faces of the volume."""
    core = mask.copy()
    for axis in range(3):
        ahead, behind = [slice(None)] * 3, [slice(None)] * 3
        ahead[axis], behind[axis] = slice(1, None), slice(None, -1)
        core[tuple(behind)] &= mask[tuple(ahead)]
        core[tuple(ahead)] &= mask[tuple(behind)]
    surface: NDArray[np.bool_] = mask & ~core
    return surface


def _treated_ml(result: SimulationResult) -> NDArray[np.float64]:
    cell_ml = result.grid.voxel_volume_mm3 / 1000
    return np.array([np.count_nonzero(frame <= TREATMENT_C) * cell_ml for frame in result.history.frames_c()])
