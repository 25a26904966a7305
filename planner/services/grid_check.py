"""Does the size of the cells change the answer? The same plan on two grids, isotherm by isotherm (H-24).

Distances are read from the fields: from every crossing of one prediction's isotherm with the lines between cell
centres, the nearest point of the other's is sought along its gradient (Newton's steps, at most four cells far).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain.digest import to_plain
from planner.domain.errors import InputRefused
from planner.services.tasks import Predict
from planner.spatial.sample import trilinear
from planner.thermal.exposure import volume_ml

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.domain.geometry import Grid
    from planner.domain.plan import Plan
    from planner.domain.simulation import SimulationResult
    from planner.persistence.blobs import BlobStore
    from planner.services.shared import SharedVolume
    from planner.services.tasks import Prediction, TaskRequest

LEVELS_C = (0.0, -20.0, -40.0)
AGREE_MM = 0.5
AGREE_PERCENT_OF_RADIUS = 3.0
"""Two grids agree when 95 % of an isotherm lies within the larger of both (H-24)."""
_STEPS = 8
_LONGEST_STEP_CELLS = 0.5
_ARRIVED_CELLS = 0.1
_FLATTEST_C_PER_MM = 1e-3


@dataclass(frozen=True, slots=True)
class LevelDifference:
    """How one isotherm differs between two grids; distances are None when one of them has no such isotherm.

    Parameters
    ----------
    volume_change_percent
        Volume on the coarse grid beyond that on the fine one, % of the latter.
    mean_mm
        Mean distance, positive where the coarse grid draws more ice.
    p50_mm, p95_mm, largest_mm
        Of the distances without sign.
    limit_mm
        What 95 % of the surface may differ by.
    """

    level_c: float
    coarse_ml: float
    fine_ml: float
    volume_change_percent: float | None
    mean_mm: float | None
    p50_mm: float | None
    p95_mm: float | None
    largest_mm: float | None
    limit_mm: float

    @property
    def agrees(self) -> bool:
        """Whether both grids draw the same isotherm, or both none."""
        if self.p95_mm is None:
            return self.coarse_ml == self.fine_ml == 0
        return self.p95_mm <= self.limit_mm


@dataclass(frozen=True, slots=True)
class GridCheck:
    """The same plan on two grids, the isotherms of its coldest-ever fields side by side."""

    coarse_mm: float
    fine_mm: float
    levels: tuple[LevelDifference, ...]
    agrees: bool
    sentence: str


def other_spacing_mm(spacing_mm: float) -> float:
    """Return the cell size to compare with: half as large, or twice the finest that is offered."""
    return {2.0: 1.0, 1.0: 0.5, 0.5: 1.0}[spacing_mm]


def check_grid(
    plan: Plan,
    prediction: Prediction,
    *,
    volume: SharedVolume,
    spacing_mm: float,
    call: Callable[[TaskRequest], Any],
    blobs: BlobStore,
) -> GridCheck:
    """Predict a plan once more with cells of ``spacing_mm`` and compare it with a prediction that is there.

    Raises
    ------
    InputRefused
        When both would have the same cells.
    """
    given = prediction.result.open(blobs)
    if abs(given.grid.spacing_ijk_mm[0] - spacing_mm) < 1e-6:
        raise InputRefused(
            f"The prediction already has cells of {spacing_mm:g} mm; choose another size to compare with.",
            code="grid-check-same",
        )
    other: Prediction = call(Predict(volume, plan, spacing_mm))
    again = other.result.open(blobs)
    coarse, fine = (given, again) if spacing_mm < given.grid.spacing_ijk_mm[0] else (again, given)
    return compare_grids(coarse, fine)


def compare_grids(coarse: SimulationResult, fine: SimulationResult) -> GridCheck:
    """Compare the coldest-ever fields of one plan on two grids."""
    levels = tuple(_difference(coarse, fine, level_c) for level_c in LEVELS_C)
    sizes_mm = coarse.grid.spacing_ijk_mm[0], fine.grid.spacing_ijk_mm[0]
    return GridCheck(*sizes_mm, levels, all(level.agrees for level in levels), _sentence(sizes_mm, levels))


def with_check(prediction: Prediction, check: GridCheck) -> Prediction:
    """Return the prediction with the check's sentence in its record, so that the report prints it."""
    record = prediction.result.record
    words = f"{record.convergence} {check.sentence}".strip()
    return replace(prediction, result=replace(prediction.result, record=replace(record, convergence=words)))


def grid_check_json(check: GridCheck) -> bytes:
    """Return the check as the JSON text of a file."""
    return (json.dumps(to_plain(check), indent=2, ensure_ascii=False) + "\n").encode()


def _difference(coarse: SimulationResult, fine: SimulationResult, level_c: float) -> LevelDifference:
    coarse_ml = volume_ml(coarse.minimum_c, coarse.grid, level_c=level_c)
    fine_ml = volume_ml(fine.minimum_c, fine.grid, level_c=level_c)
    radius_mm = float(np.cbrt(fine_ml * 1000 * 3 / (4 * np.pi)))
    limit_mm = max(AGREE_MM, AGREE_PERCENT_OF_RADIUS / 100 * radius_mm)
    change = None if fine_ml == 0 else 100 * (coarse_ml - fine_ml) / fine_ml
    if coarse_ml == 0 or fine_ml == 0:
        return LevelDifference(level_c, coarse_ml, fine_ml, change, None, None, None, None, limit_mm)
    # A point of the coarse surface on the fine one's warm side: the coarse ice is larger there. And the other way.
    apart = np.concatenate((_apart_mm(coarse, fine, level_c), -_apart_mm(fine, coarse, level_c)))
    if not apart.size:
        return LevelDifference(level_c, coarse_ml, fine_ml, change, None, None, None, None, limit_mm)
    p50, p95, largest = (float(value) for value in np.percentile(np.abs(apart), (50, 95, 100)))
    return LevelDifference(level_c, coarse_ml, fine_ml, change, float(apart.mean()), p50, p95, largest, limit_mm)


def _apart_mm(judged: SimulationResult, reference: SimulationResult, level_c: float) -> NDArray[np.float64]:
    """Return how far the judged surface lies from the reference's, positive on its warm side, shape (N,), mm."""
    start = surface_points(judged.minimum_c, judged.grid, level_c=level_c)
    start = start[reference.grid.contains(start)]
    field, grid = reference.minimum_c, reference.grid
    cell_mm = grid.spacing_ijk_mm[0]
    points = start.copy()
    warm = _read_c(field, grid, points) > level_c
    for _ in range(_STEPS):
        ahead = np.stack([_read_c(field, grid, points + offset) for offset in np.eye(3) * cell_mm / 2], axis=1)
        behind = np.stack([_read_c(field, grid, points - offset) for offset in np.eye(3) * cell_mm / 2], axis=1)
        slope = (ahead - behind) / cell_mm
        steepness = np.maximum(np.linalg.norm(slope, axis=1), _FLATTEST_C_PER_MM)
        away = (_read_c(field, grid, points) - level_c) / steepness
        away = np.clip(away, -_LONGEST_STEP_CELLS * cell_mm, _LONGEST_STEP_CELLS * cell_mm)
        points -= (away / steepness)[:, None] * slope
    # A point that has not arrived, as on a saddle of a bridge that only one grid has, is as far as the steps go.
    left_mm = np.abs(_read_c(field, grid, points) - level_c) / steepness
    farthest_mm = _STEPS * _LONGEST_STEP_CELLS * cell_mm
    length_mm = np.where(left_mm > _ARRIVED_CELLS * cell_mm, farthest_mm, np.linalg.norm(points - start, axis=1))
    distance: NDArray[np.float64] = np.where(warm, 1.0, -1.0) * length_mm
    return distance


def surface_points(field_c: NDArray[np.float32], grid: Grid, *, level_c: float) -> NDArray[np.float64]:
    """Return where an isotherm crosses the lines between neighbouring cell centres, shape (N, 3), LPS mm."""
    below = field_c <= level_c
    found = [np.empty((0, 3))]
    for axis in range(3):
        field, side = np.moveaxis(field_c, axis, 0), np.moveaxis(below, axis, 0)
        crossing = np.nonzero(side[:-1] != side[1:])
        low, high = field[:-1][crossing].astype(np.float64), field[1:][crossing].astype(np.float64)
        index = np.stack(crossing, axis=1).astype(np.float64)
        index[:, 0] += (level_c - low) / (high - low)
        order = [axis, *(other for other in range(3) if other != axis)]
        kji = np.empty_like(index)
        kji[:, order] = index
        found.append(grid.to_lps(kji[:, ::-1]))
    return np.concatenate(found)


def _read_c(field_c: NDArray[np.float32], grid: Grid, points_lps_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    return trilinear(field_c, grid, points_lps_mm, outside=float(field_c.max()))


def _sentence(sizes_mm: tuple[float, float], levels: tuple[LevelDifference, ...]) -> str:
    coarse_mm, fine_mm = sizes_mm
    both = f"Cells of {coarse_mm:g} mm and {fine_mm:g} mm"
    measured = [level for level in levels if level.p95_mm is not None]
    words = "; ".join(
        f"{level.level_c:g} °C {level.p95_mm:.2f} mm, volume {level.volume_change_percent:+.1f} %" for level in measured
    ).replace("-", "\N{MINUS SIGN}")
    one_sided = [level for level in levels if level.p95_mm is None and not level.agrees]
    if one_sided:
        named = ", ".join(f"{level.level_c:g} °C" for level in one_sided).replace("-", "\N{MINUS SIGN}")
        return f"{both} differ: {named} is reached on one of them only. Judge by the smaller cells."
    if not measured:
        return f"{both} agree: neither predicts ice."
    reach = f"95 % of each isotherm within: {words}"
    if all(level.agrees for level in levels):
        return f"{both} agree ({reach})."
    limit = f"{AGREE_MM:g} mm or {AGREE_PERCENT_OF_RADIUS:g} % of the radius"
    return f"{both} differ by more than {limit} ({reach}). Judge by the smaller cells."
