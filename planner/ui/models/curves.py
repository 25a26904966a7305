"""How cold does it get, where and when? Temperature over time of nerves and structures, for the freeze timeline.

Judged numbers come from the assessment; these curves show the stored times of the same prediction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.structure import StructureKind
from planner.domain.target import NerveCurve, TargetBody

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from planner.domain.geometry import Grid
    from planner.domain.identity import StructureId
    from planner.domain.plan import Plan
    from planner.domain.simulation import SimulationResult
    from planner.domain.target import Target

TREATMENT_C = -20.0
_MAX_STRUCTURES = 4
_SHOWN_BELOW_C = 30.0


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
    lines: list[CurveLine] = []
    for target in plan.targets:
        lines.extend(_target_lines(target, result))
    coldest: list[tuple[float, CurveLine]] = []
    for structure in plan.structures:
        cells = _cells_inside(masks[structure.id], plan.volume.grid, result.grid)
        if structure.kind is StructureKind.SKIN:
            cells = _surface(cells)
        if not cells.any():
            continue
        values = _over_time(result, cells).min(axis=1)
        if values.min() < _SHOWN_BELOW_C:
            coldest.append(
                (float(values.min()), CurveLine(f"{structure.name} min", structure.kind.value, False, values))
            )
    coldest.sort(key=lambda pair: pair[0])
    lines.extend(line for _, line in coldest[:_MAX_STRUCTURES])
    return Curves(result.times_s, tuple(lines), _treated_ml(result))


def _target_lines(target: Target, result: SimulationResult) -> list[CurveLine]:
    points = _target_points(target)
    inside = points[result.grid.contains(points)]
    if not len(inside):
        return []
    values = np.stack([_sample(frame, result.grid, inside) for frame in result.temperature_c])
    name = "Nerve" if isinstance(target.course, NerveCurve) else "Target"
    kind = "target nerve" if name == "Nerve" else "target body"
    return [
        CurveLine(f"{name} coldest", kind, False, values.min(axis=1)),
        CurveLine(f"{name} warmest", kind, True, values.max(axis=1)),
    ]


def _target_points(target: Target) -> NDArray[np.float64]:
    if isinstance(target.course, TargetBody):
        body = target.course
        reach = np.asarray(body.axis_lps) * body.length_mm / 2
        return np.asarray(body.centre_lps_mm) + np.linspace(-1, 1, 9)[:, None] * reach
    from planner.planning.nerve import smooth_curve, treatment_segment_mm

    if len(target.course.points_lps_mm) < 2:
        return np.empty((0, 3))
    curve = smooth_curve(target.course)
    start, end = treatment_segment_mm(target.course)
    treated = (curve.arc_mm >= start) & (curve.arc_mm <= end)
    return np.asarray(curve.points_lps_mm[treated])


def _sample(frame: NDArray[np.float16], grid: Grid, points: NDArray[np.float64]) -> NDArray[np.float64]:
    i, j, k = np.rint(grid.to_index(points)).astype(int).T
    values: NDArray[np.float64] = frame[k, j, i].astype(np.float64)
    return values


def _cells_inside(mask: NDArray[np.bool_], source: Grid, target: Grid) -> NDArray[np.bool_]:
    """Return which target cells' centres lie in the mask, bool (K, J, I); by nearest voxel, enough for a picture."""
    k, j, i = target.shape_kji
    found = np.zeros(target.shape_kji, dtype=bool)
    upper = np.array(source.shape_kji[::-1])
    jj, ii = np.meshgrid(np.arange(j), np.arange(i), indexing="ij")
    for slab in range(k):
        lps = target.to_lps(np.stack([ii, jj, np.full_like(ii, slab)], axis=-1))
        index = np.rint(source.to_index(lps)).astype(int)
        valid = ((index >= 0) & (index < upper)).all(axis=-1)
        x, y, z = index[valid].T
        found[slab][valid] = mask[z, y, x]
    return found


def _surface(cells: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the cells with an outside neighbour, ignoring the faces of the box."""
    padded = np.pad(cells, 1, mode="edge")
    core = cells.copy()
    for axis in range(3):
        for shift in (-1, 1):
            core &= np.roll(padded, shift, axis=axis)[1:-1, 1:-1, 1:-1]
    return cells & ~core


def _over_time(result: SimulationResult, cells: NDArray[np.bool_]) -> NDArray[np.float64]:
    flat = np.flatnonzero(cells.reshape(-1))
    frames = result.temperature_c.reshape(len(result.times_s), -1)
    inside: NDArray[np.float64] = frames[:, flat].astype(np.float64)
    return inside


def _treated_ml(result: SimulationResult) -> NDArray[np.float64]:
    cell_ml = result.grid.voxel_volume_mm3 / 1000
    counts = [int((frame <= TREATMENT_C).sum()) for frame in result.temperature_c]
    return np.asarray(counts, dtype=np.float64) * cell_ml
