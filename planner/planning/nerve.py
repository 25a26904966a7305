"""Where does a nerve run between the points the user placed? The smooth curve through them, and its treated part.

Points can be put in and taken out: the curve is the user's own, and only what was asked of it changes.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import PlanInvalid
from planner.domain.geometry import PointLps, point
from planner.spatial.curve import SampledCurve, curve_through

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.target import NerveCurve

__all__ = [
    "SampledCurve",
    "point_added",
    "point_removed",
    "segment_set",
    "shown_segment_mm",
    "smooth_curve",
    "treatment_segment_mm",
]

LEAST_POINTS = 2
LEAST_SEGMENT_MM = 1.0
# An end this near to the curve's own end is that end: a hand at the edge means all of it.
_SAME_END_MM = 0.05


def smooth_curve(course: NerveCurve, *, step_mm: float = 0.5) -> SampledCurve:
    """Return the smooth curve through the course's points, sampled at most ``step_mm`` apart.

    Raises
    ------
    PlanInvalid
        With fewer than two distinct points.
    """
    return _through(course.points_lps_mm, step_mm)


@lru_cache(maxsize=64)
def _through(points_lps_mm: tuple[PointLps, ...], step_mm: float) -> SampledCurve:
    """Return the curve; kept, because views and checks ask for the same one at every move of the hand."""
    return curve_through(points_lps_mm, what="A nerve", step_mm=step_mm)


def treatment_segment_mm(course: NerveCurve) -> tuple[float, float]:
    """Return the part to be treated as (from, to) along the smooth curve, within its length.

    Raises
    ------
    PlanInvalid
        When the segment starts beyond the end of the curve.
    """
    length = smooth_curve(course).length_mm
    if course.segment_mm is None:
        return 0.0, length
    start, end = course.segment_mm
    if start >= length:
        raise PlanInvalid(
            f"The treatment segment starts at {start:.1f} mm but the nerve as drawn is {length:.1f} mm long.",
            code="target-segment",
        )
    return start, min(end, length)


def shown_segment_mm(course: NerveCurve) -> tuple[float, float]:
    """Return the part to be treated for a picture; of one that starts beyond a shortened curve nothing is left there.

    Pictures go on while a point is dragged; what is judged refuses such a part (:func:`treatment_segment_mm`).
    """
    length = smooth_curve(course).length_mm
    if course.segment_mm is not None and course.segment_mm[0] >= length:
        return length, length
    return treatment_segment_mm(course)


def point_added(course: NerveCurve, lps_mm: PointLps) -> NerveCurve:
    """Return the course with one point more, in order along the curve; it may lie beside the curve and bends it.

    Raises
    ------
    PlanInvalid
        With fewer than two points so far, or where a point stands already.
    """
    curve, new = smooth_curve(course), np.asarray(lps_mm, dtype=float)
    points = np.asarray(course.points_lps_mm, dtype=float)
    if float(np.linalg.norm(points - new, axis=1).min()) < LEAST_SEGMENT_MM:
        raise PlanInvalid(
            "A point of the nerve stands there already. Take another place of the curve.", code="target-point-there"
        )
    arcs = [_arc_of(curve, p) for p in points]
    number = int(np.searchsorted(arcs, _arc_of(curve, new)))
    number = min(max(number, 1), len(points) - 1)
    return replace(course, points_lps_mm=(*course.points_lps_mm[:number], point(new), *course.points_lps_mm[number:]))


def point_removed(course: NerveCurve, number: int) -> NerveCurve:
    """Return the course without its point ``number``; a segment beyond the shorter curve's end stops at that end.

    Raises
    ------
    PlanInvalid
        When only two points would be left to lose, or the treated part would be gone.
    """
    if len(course.points_lps_mm) <= LEAST_POINTS:
        raise PlanInvalid("A nerve keeps at least two points. Draw it anew instead.", code="target-points")
    left = course.points_lps_mm[:number] + course.points_lps_mm[number + 1 :]
    shorter = replace(course, points_lps_mm=left)
    if course.segment_mm is None:
        return shorter
    return segment_set(shorter, course.segment_mm)


def segment_set(course: NerveCurve, segment_mm: tuple[float, float]) -> NerveCurve:
    """Return the course with its treated part from one arc length to another, kept within the curve, ends in order.

    The whole curve is kept as None, so that it stays the whole when points are moved.

    Raises
    ------
    PlanInvalid
        When less than 1 mm of the curve would be treated.
    """
    length = smooth_curve(course).length_mm
    start, end = (float(np.clip(mm, 0.0, length)) for mm in sorted(segment_mm))
    if end - start < min(LEAST_SEGMENT_MM, length):
        raise PlanInvalid(
            f"The treated part would be {end - start:.1f} mm of a nerve that is {length:.1f} mm long; "
            f"it needs at least {LEAST_SEGMENT_MM:g} mm.",
            code="target-segment",
        )
    is_whole = start <= _SAME_END_MM and end >= length - _SAME_END_MM
    return replace(course, segment_mm=None if is_whole else (start, end))


def _arc_of(curve: SampledCurve, lps_mm: NDArray[np.float64]) -> float:
    """Return the arc length of the curve's point nearest to a place."""
    return float(curve.arc_mm[int(np.argmin(np.linalg.norm(curve.points_lps_mm - lps_mm, axis=1)))])
