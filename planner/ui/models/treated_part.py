"""How does an end of the treated part move along the nerve? One answer for bar, strip, curve and slices."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import PlanInvalid
from planner.domain.geometry import point
from planner.domain.target import NerveCurve
from planner.planning.nerve import LEAST_POINTS, LEAST_SEGMENT_MM, segment_set, shown_segment_mm, smooth_curve
from planner.services.target_commands import PutTarget

if TYPE_CHECKING:
    from planner.domain.geometry import PointLps
    from planner.domain.target import Target


def segment_edit(target: Target, course: NerveCurve) -> PutTarget:
    """Return the edit of a treated part; the steps of one drag are one edit."""
    changed = replace(target, course=course)
    return PutTarget(changed, merge_key=f"segment of {target.id}", what="set the treated part of")


def moved_bracket(segment_mm: tuple[float, float], number: int, arc_mm: float) -> tuple[float, float]:
    """Return the treated part with one end moved, 0.1 mm steps; it stops 1 mm before the other end."""
    begin, end = segment_mm
    arc_mm = round(arc_mm, 1)
    if number == 0:
        return min(arc_mm, end - LEAST_SEGMENT_MM), end
    return begin, max(arc_mm, begin + LEAST_SEGMENT_MM)


def end_places(target: Target) -> tuple[PointLps, ...]:
    """Return both ends of a part that is less than the whole, LPS mm; none while the whole nerve is treated."""
    course = target.course
    if not isinstance(course, NerveCurve) or course.segment_mm is None:
        return ()
    if len(set(course.points_lps_mm)) < LEAST_POINTS or course.segment_mm[0] >= smooth_curve(course).length_mm:
        return ()
    curve, ends = smooth_curve(course), shown_segment_mm(course)
    return tuple(point([np.interp(end, curve.arc_mm, axis) for axis in curve.points_lps_mm.T]) for end in ends)


def moved_end(target: Target, number: int, there_lps_mm: PointLps) -> PutTarget:
    """Return the edit that brings one end to the curve's point nearest to a place."""
    course = target.course
    if not isinstance(course, NerveCurve):
        raise TypeError(f"{target.words} has no treated part.")
    curve = smooth_curve(course)
    away = np.linalg.norm(curve.points_lps_mm - np.asarray(there_lps_mm), axis=1)
    wanted = moved_bracket(shown_segment_mm(course), number, float(curve.arc_mm[int(np.argmin(away))]))
    try:
        return segment_edit(target, segment_set(course, wanted))
    except PlanInvalid:  # at the very end of the curve there is no room left: the hand goes on, the bracket stays
        return segment_edit(target, course)
