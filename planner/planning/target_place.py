"""Does the target lie where no nerve runs? Parts of it in lung, gas, gut, heart, bladder, outside body or scan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.geometry import Grid, PointLps, point
from planner.domain.structure import StructureKind
from planner.domain.target import TargetBody
from planner.planning.coverage import body_volume_points
from planner.planning.nerve import smooth_curve

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from planner.domain.identity import StructureId
    from planner.domain.structure import Structure
    from planner.domain.target import Target

NO_NERVE_RUNS_IN = frozenset(
    {
        StructureKind.LUNG,
        StructureKind.AIRWAY,
        StructureKind.GAS,
        StructureKind.BOWEL,
        StructureKind.OESOPHAGUS,
        StructureKind.HEART,
        StructureKind.BLADDER,
    }
)


@dataclass(frozen=True, slots=True)
class Misplaced:
    """A part of a target that lies where none should.

    Parameters
    ----------
    where
        In words: the structure's name, ``"outside the body"`` or ``"outside the scan"``.
    amount, unit
        Length of the nerve's course in mm, or share of the body's volume in %.
    at_lps_mm
        The middle of the points concerned, moved onto one of them.
    """

    where: str
    amount: float
    unit: str
    at_lps_mm: PointLps


def misplaced(
    target: Target, *, structures: Sequence[Structure], masks: Mapping[StructureId, NDArray[np.bool_]], grid: Grid
) -> tuple[Misplaced, ...]:
    """Return every part of a target in a structure where no nerve runs, outside the segmented body or the scan.

    ``masks`` have shape (K, J, I) of ``grid``; structures without a mask are not looked at. A nerve of fewer than two
    points raises PlanInvalid.
    """
    points, per_point, unit = _points(target)
    index = np.rint(grid.to_index(points)).astype(int)
    inside_grid = ((index >= 0) & (index < grid.shape_kji[::-1])).all(axis=1)
    found = (
        [] if inside_grid.all() else [_part("outside the scan", points[~inside_grid], per_point=per_point, unit=unit)]
    )
    for structure in structures:
        mask = masks.get(structure.id)
        is_body = structure.kind is StructureKind.SKIN
        if mask is None or not (is_body or structure.kind in NO_NERVE_RUNS_IN):
            continue
        hit = np.zeros(len(points), np.bool_)
        i, j, k = index[inside_grid].T
        hit[inside_grid] = mask[k, j, i]
        wrong = inside_grid & ~hit if is_body else hit
        if wrong.any():
            where = "outside the body" if is_body else f"in {structure.name}"
            found.append(_part(where, points[wrong], per_point=per_point, unit=unit))
    return tuple(found)


def _part(where: str, points: NDArray[np.float64], *, per_point: float, unit: str) -> Misplaced:
    return Misplaced(where, len(points) * per_point, unit, _middle(points))


def _points(target: Target) -> tuple[NDArray[np.float64], float, str]:
    """Return points that stand for equal parts of a target, shape (N, 3), and how much one of them is."""
    if isinstance(target.course, TargetBody):
        points = body_volume_points(target.course)
        return points, 100.0 / len(points), "%"
    curve = smooth_curve(target.course)
    return curve.points_lps_mm, curve.length_mm / len(curve.points_lps_mm), "mm"


def _middle(points: NDArray[np.float64]) -> PointLps:
    nearest = int(np.argmin(np.linalg.norm(points - points.mean(axis=0), axis=1)))
    return point(points[nearest])
