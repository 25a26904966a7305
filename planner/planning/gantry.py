"""Does the hub stay outside the patient, and inside the scanner's bore? Where the shaft ends, as planned to lie.

The bore is a tube along the patient's axis. CT headers tell neither its width nor where the table lies, so: the table's
top is taken at the lowest skin within ``BAND_MM`` of the entry slice, the bore's axis over the middle of the body, at
the height the user gives. The body is turned as one piece when it is planned to lie otherwise than scanned. A tilted
gantry is not looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.geometry import point
from planner.planning.trajectory import ENTRY_TOLERANCE_MM, STEP_MM
from planner.spatial.sample import trilinear

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.gantry import Gantry
    from planner.domain.geometry import Grid, PatientPosition, PointLps
    from planner.domain.probe import ProbeModel, ProbePlacement

BAND_MM = 40.0
# Room for the hand and the hose between hub and bore (project default).
ROOM_MM = 20.0
_MOST_SLICES = 40
_HOW = (
    "The table’s top is taken at the lowest skin near the entry slice, the bore’s axis over the middle of the body; a "
    "tilted gantry is not looked at."
)


@dataclass(frozen=True, slots=True)
class BoreAnswer:
    """How far the hub's end stays from the bore's wall; negative outside the bore. ``None`` with why not."""

    clearance_mm: float | None
    reason: str
    hub_lps_mm: PointLps | None = None


@dataclass(frozen=True, slots=True)
class Rest:
    """Where the body rests, in the axial plane as planned, mm.

    Parameters
    ----------
    table_mm
        How far down the lowest skin lies along the direction that is down.
    middle_mm
        Middle of the body along the direction across it.
    """

    table_mm: float
    middle_mm: float


def hub_lps_mm(probe: ProbePlacement, model: ProbeModel | None, *, hub_mm: float) -> PointLps | None:
    """Return where the hub ends outside: usable length less depth beyond the entry, and the hub; None when unknown."""
    usable_mm = None if model is None else model.usable_length_mm.value
    if usable_mm is None:
        return None
    beyond_mm = usable_mm - probe.depth_mm + hub_mm
    return point(np.asarray(probe.entry_lps_mm) - beyond_mm * np.asarray(probe.direction_lps))


def length_back_inside_mm(
    probe: ProbePlacement, hub_end_lps_mm: PointLps, *, body: NDArray[np.bool_], grid: Grid
) -> tuple[float, bool]:
    """Return how much of shaft and hub beyond the entry is in the body again, mm, and whether the scan shows it all.

    Parameters
    ----------
    body
        shape (K, J, I) of ``grid``, bool.
    """
    entry, along = np.asarray(probe.entry_lps_mm), np.asarray(probe.direction_lps)
    length = float((entry - np.asarray(hub_end_lps_mm)) @ along)
    if length <= ENTRY_TOLERANCE_MM:
        return max(-length, 0.0), True
    beyond = np.arange(ENTRY_TOLERANCE_MM, length + STEP_MM, STEP_MM)
    points = entry - beyond[:, None] * along
    seen = bool(grid.contains(points).all())
    inside = trilinear(body, grid, points, outside=0.0) > 0.5
    return float(np.count_nonzero(inside)) * STEP_MM, seen


def bore_clearance(
    probe: ProbePlacement,
    model: ProbeModel | None,
    gantry: Gantry,
    *,
    position: PatientPosition,
    body: tuple[NDArray[np.bool_], Grid] | None,
) -> BoreAnswer:
    """Return how far the hub's end stays from the wall of the bore, the patient lying in ``position``."""
    hub = hub_lps_mm(probe, model, hub_mm=gantry.hub_mm)
    if hub is None:
        name = "this probe" if model is None else model.label
        return BoreAnswer(None, f"The usable length of {name} is not known.")
    if body is None:
        return BoreAnswer(None, "The skin is not segmented: nobody knows where the patient rests.", hub)
    rest = resting_place(*body, z_mm=probe.entry_lps_mm[2], position=position)
    if isinstance(rest, str):
        return BoreAnswer(None, rest, hub)
    down, across = _axes(position)
    away_down = float(np.asarray(hub) @ down) - (rest.table_mm - gantry.axis_above_table_mm)
    away_across = float(np.asarray(hub) @ across) - rest.middle_mm
    return BoreAnswer(gantry.bore_mm / 2 - float(np.hypot(away_down, away_across)), _HOW, hub)


def resting_place(body: NDArray[np.bool_], grid: Grid, *, z_mm: float, position: PatientPosition) -> Rest | str:
    """Return where the body rests near an axial level, or in words why that cannot be told.

    Parameters
    ----------
    body
        shape (K, J, I) of ``grid``, bool.
    """
    down, across = _axes(position)
    ends = _row_ends(body, grid, z_mm)
    if len(ends) == 0:
        return "The skin is not in the scan near the entry slice."
    lps = grid.to_lps(ends)
    heights, sides = lps @ down, lps @ across
    if _is_cut(ends[int(np.argmax(heights))], grid, way=down):
        return "The scan ends inside the body on the table’s side: where the table lies is not known."
    if any(_is_cut(ends[int(end)], grid, way=across) for end in (np.argmin(sides), np.argmax(sides))):
        return "The scan ends inside the body at the side: where its middle lies is not known."
    # A voxel reaches beyond its centre, to both sides alike.
    half_voxel = float(np.abs(grid.direction.T @ down) @ np.array(grid.spacing_ijk_mm)) / 2
    return Rest(float(heights.max()) + half_voxel, (float(sides.min()) + float(sides.max())) / 2)


def _is_cut(ijk: NDArray[np.float64], grid: Grid, *, way: NDArray[np.float64]) -> bool:
    """Whether a voxel lies at the scan's edge in a direction."""
    axis = int(np.argmax(np.abs(grid.direction.T @ way)))
    return int(ijk[axis]) in (0, grid.shape_kji[2 - axis] - 1)


def _axes(position: PatientPosition) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the unit directions down and across in the axial plane, LPS."""
    down = np.asarray(position.down_lps)
    return down, np.array([abs(down[1]), abs(down[0]), 0.0])


def _along(grid: Grid) -> int:
    """Return the voxel axis (0 for i) that runs most along the patient."""
    return int(np.argmax(np.abs(grid.direction[2])))


def _row_ends(body: NDArray[np.bool_], grid: Grid, z_mm: float) -> NDArray[np.float64]:
    """Return the first and last voxel of the body in each row of the slices near a level, shape (N, 3) in (i, j, k).

    Every extreme of a slice's outline lies among them.
    """
    along = _along(grid)
    centre = grid.to_index((*grid.centre_lps_mm[:2], z_mm))[along]
    reach = BAND_MM / grid.spacing_ijk_mm[along]
    count = body.shape[2 - along]
    low, high = max(int(np.ceil(centre - reach)), 0), min(int(np.floor(centre + reach)) + 1, count)
    if high <= low:
        return np.empty((0, 3))
    levels = np.arange(low, high, max(1, -(-(high - low) // _MOST_SLICES)))
    part = np.moveaxis(np.take(body, levels, axis=2 - along), 2 - along, 0)
    level, row = np.nonzero(part.any(axis=2))
    rows = part[level, row]
    first = rows.argmax(axis=1)
    last = rows.shape[1] - 1 - rows[:, ::-1].argmax(axis=1)
    found = np.stack([np.tile(levels[level], 2), np.tile(row, 2), np.concatenate([first, last])], axis=1)
    # ``found`` is in the order of the axes after moving: put each back to its own.
    order = [2 - along, *(axis for axis in range(3) if axis != 2 - along)]
    kji = np.empty((len(found), 3))
    kji[:, order] = found
    return kji[:, ::-1]
