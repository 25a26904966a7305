"""Is an outlined nerve the very thing that is to be frozen? Then a row that judges it as a bystander says so.

An outline that came with imported structures may hold a target of the plan. It goes on being judged, for a second nerve
in the same sheath is a bystander; but nobody is to wonder why the target fails for being frozen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.domain.structure import Structure, StructureKind, StructureRole
from planner.domain.target import NerveCurve
from planner.planning.coverage import body_volume_points
from planner.planning.nerve import smooth_curve, treatment_segment_mm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.geometry import PointLps
    from planner.domain.plan import Plan
    from planner.domain.target import Target
    from planner.planning.evidence import PathEvidence

_MOST_OF_IT = 0.5
_FEWEST_POINTS = 2
_KINDS = (StructureKind.NERVE, StructureKind.OTHER)


def own_target_words(evidence: PathEvidence, structure: Structure) -> str:
    """Return the sentence about targets that lie for the most part in a structure; empty for any other."""
    mask = evidence.masks.get(structure.id)
    if mask is None or structure.kind not in _KINDS or structure.effective_role is StructureRole.TARGET:
        return ""
    held = [
        f"“{target.words}”" for target in evidence.plan.targets if _share_inside(evidence, target, mask) > _MOST_OF_IT
    ]
    if not held:
        return ""
    return (
        f"It holds the target {' and '.join(held)}: judged as a bystander all the same. If it is the target’s own "
        "outline, give it the role “target”."
    )


def holds_a_target(evidence: PathEvidence, structure: Structure) -> bool:
    """Whether a target lies for the most part in a structure: a shaft that is to reach it must enter that."""
    mask = evidence.masks.get(structure.id)
    return mask is not None and any(
        _share_inside(evidence, target, mask) > _MOST_OF_IT for target in evidence.plan.targets
    )


def nearest_target(plan: Plan, at_lps_mm: PointLps) -> tuple[Target, ...]:
    """Return the target nearest to a place, the one that a tip there is for; none of a plan without targets."""
    drawn = [(_points(target), target) for target in plan.targets]
    gaps = [
        (float(np.linalg.norm(points - np.asarray(at_lps_mm), axis=1).min()), number)
        for number, (points, _) in enumerate(drawn)
        if len(points)
    ]
    return (plan.targets[min(gaps)[1]],) if gaps else ()


def _share_inside(evidence: PathEvidence, target: Target, mask: NDArray[np.bool_]) -> float:
    """Return which part of a target, 0 to 1, lies in the voxels of a mask."""
    points = _points(target)
    ijk = np.rint(evidence.ct_grid.to_index(points)).astype(int)
    inside = ((ijk >= 0) & (ijk < mask.shape[::-1])).all(axis=1)
    if not inside.any():
        return 0.0
    i, j, k = ijk[inside].T
    return float(np.count_nonzero(mask[k, j, i])) / len(points)


def _points(target: Target) -> NDArray[np.float64]:
    course = target.course
    if not isinstance(course, NerveCurve):
        return body_volume_points(course)
    if len(course.points_lps_mm) < _FEWEST_POINTS:
        return np.asarray(course.points_lps_mm, dtype=np.float64).reshape(-1, 3)
    curve = smooth_curve(course)
    start, end = treatment_segment_mm(course)
    return curve.points_lps_mm[(curve.arc_mm >= start) & (curve.arc_mm <= end)]
