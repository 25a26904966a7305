"""Where does a nerve run between the points the user placed? The smooth curve through them, and its treated part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.errors import PlanInvalid
from planner.spatial.curve import SampledCurve, curve_through

if TYPE_CHECKING:
    from planner.domain.target import NerveCurve

__all__ = ["SampledCurve", "smooth_curve", "treatment_segment_mm"]


def smooth_curve(course: NerveCurve, *, step_mm: float = 0.5) -> SampledCurve:
    """Return the smooth curve through the course's points, sampled at most ``step_mm`` apart.

    Raises
    ------
    PlanInvalid
        With fewer than two distinct points.
    """
    return curve_through(course.points_lps_mm, what="A nerve", step_mm=step_mm)


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
