"""Can the needle go this way? What the shaft crosses and passes, whether it starts at the skin and is long enough.

Distances are those of the shaft's axis. Lengths and distances are sub-voxel: they come from the structure's signed
distance along the shaft, not from counting voxels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.domain.geometry import Grid, PointLps, point
from planner.domain.review import Finding, Severity
from planner.planning.clearance import Nearest, NearField, near_field, nearest
from planner.planning.coverage import runs_below
from planner.spatial.sample import trilinear

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from planner.domain.probe import ProbeModel, ProbePlacement

STEP_MM = 0.25
# The entry counts as on the skin within this distance of the body's surface (project default: CT skin is 2 to 3 mm).
ENTRY_TOLERANCE_MM = 3.0
_FARTHEST_MM = 400.0


def shaft_points(placement: ProbePlacement) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return points along the shaft from entry to tip, shape (N, 3), and their depth from the entry, shape (N,), mm."""
    count = max(2, int(np.ceil(placement.depth_mm / STEP_MM)) + 1)
    depth = np.linspace(0.0, placement.depth_mm, count)
    points = np.asarray(placement.entry_lps_mm) + depth[:, None] * np.asarray(placement.direction_lps)
    return points, depth


def lengths_inside(placement: ProbePlacement, mask: NDArray[np.bool_], grid: Grid) -> float:
    """Return the length of the shaft's axis inside a structure, mm.

    Parameters
    ----------
    mask
        shape (K, J, I) of ``grid``, bool.
    """
    points, _ = shaft_points(placement)
    return length_inside_field(placement, near_field(points, mask, grid, reach_mm=3.0))


def length_inside_field(placement: ProbePlacement, field: NearField) -> float:
    """Return the length of the shaft's axis inside a structure whose distance map is at hand, mm."""
    points, depth = shaft_points(placement)
    distances = field.at(points)
    return sum(end - start for start, end in runs_below(depth, distances, (0.0, placement.depth_mm)) if end > start)


def minimum_distance(placement: ProbePlacement, mask: NDArray[np.bool_], grid: Grid) -> Nearest | None:
    """Return the smallest distance of the shaft's axis to a structure, negative inside it; None when it is empty."""
    points, _ = shaft_points(placement)
    return nearest(points, near_field(points, mask, grid), mask=mask, grid=grid, from_inside=False)


def entry_above_skin_mm(placement: ProbePlacement, body: NDArray[np.bool_], grid: Grid) -> float | None:
    """Return how far the entry lies outside the body's surface, negative below it; None when the scan shows no skin."""
    entry = np.asarray(placement.entry_lps_mm)[None]
    field = near_field(entry, body, grid)
    inside = bool(field.at(entry)[0] < 0)
    found = nearest(entry, field, mask=body, grid=grid, from_inside=inside)
    if found is None:
        return None
    return -found.distance_mm if inside else found.distance_mm


def skin_entry(
    tip_lps_mm: ArrayLike, direction_lps: ArrayLike, *, body: NDArray[np.bool_], grid: Grid
) -> PointLps | None:
    """Return where a ray from the tip leaves the body, to snap an entry to the skin.

    Parameters
    ----------
    direction_lps
        From the tip outward; any length but zero.
    body
        shape (K, J, I) of ``grid``, bool: the body mask.

    Returns
    -------
    The first crossing of the body's surface (LPS mm); ``None`` when the tip is outside the body, the direction is zero,
    or the ray leaves the scan inside the body.
    """
    tip = np.asarray(tip_lps_mm, dtype=np.float64)
    step = np.asarray(direction_lps, dtype=np.float64)
    norm = float(np.linalg.norm(step))
    if norm == 0:
        return None
    along = np.arange(0.0, _FARTHEST_MM, STEP_MM)
    points = tip + along[:, None] * (step / norm)
    within = grid.contains(points)
    end = len(points) if within.all() else int(np.argmin(within))
    share = trilinear(body, grid, points[:end], outside=0.0)
    outside = share < 0.5
    if end == 0 or outside[0] or not outside.any():
        return None
    first = int(np.argmax(outside))
    before, after = share[first - 1], share[first]
    exact = along[first - 1] + STEP_MM * (before - 0.5) / (before - after)
    return point(tip + exact * step / norm)


def shaft_findings(
    placement: ProbePlacement, model: ProbeModel | None, *, body: NDArray[np.bool_] | None, grid: Grid
) -> tuple[Finding, ...]:
    """Return what to say of one placement while it is being moved: unknown model, length, entry off the skin."""
    findings = []
    label = placement.label
    if model is None:
        findings.append(
            Finding("probe-unknown", Severity.REFUSE, f"{label} uses the unknown probe “{placement.model_id}”.")
        )
    elif not model.can_simulate:
        words = ", ".join(model.missing_words)
        findings.append(
            Finding("probe-incomplete", Severity.REFUSE, f"{label}: {model.label} has no {words} in the catalogue.")
        )
    usable = None if model is None else model.usable_length_mm.value
    if usable is not None and placement.depth_mm > usable:
        sentence = f"{label} is {placement.depth_mm:.1f} mm deep; its shaft has {usable:g} mm of usable length."
        findings.append(Finding("probe-too-short", Severity.ACK, sentence))
    if body is not None:
        above = entry_above_skin_mm(placement, body, grid)
        if above is not None and abs(above) > ENTRY_TOLERANCE_MM:
            where = "outside" if above > 0 else "below"
            sentence = f"{label} enters {abs(above):.1f} mm {where} the skin. Put its entry on the skin."
            findings.append(Finding("probe-entry", Severity.ACK, sentence))
    return tuple(findings)
