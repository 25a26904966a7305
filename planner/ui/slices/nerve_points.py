"""How does a nerve get a point more or less under the hand? A double click on its curve, Delete on a point held."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import PlanInvalid
from planner.domain.geometry import point
from planner.domain.target import NerveCurve
from planner.planning.nerve import LEAST_POINTS, point_added, point_removed, smooth_curve
from planner.services.target_commands import PutTarget
from planner.ui.slices.handles import Handle, Part

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.plan import Plan
    from planner.domain.target import Target
    from planner.rendering.plane import SlicePlane
    from planner.ui.slices.tools.tool import Host, Pointer

_CATCH_PX = 8.0
# Of a curve that passes the hand twice, what lies nearer to the slice is meant.
_DEPTH_PX_PER_MM = 1.0


def add_point_at(host: Host, at: Pointer) -> bool:
    """Put a point onto the selected nerve where its curve was clicked, and hold it; False when no curve is there."""
    target = _selected_nerve(host.session.plan, host.view.selected_target)
    held = host.selected_handle
    is_taken = held is not None and held.part is not Part.SEGMENT_END  # a bracket stands on the curve all the same
    if is_taken or target is None or not isinstance(target.course, NerveCurve):
        return False
    place = _place_on_curve(target.course, at.px, host.plane)
    if place is None:
        return False
    try:
        new = point_added(target.course, point(place))
    except PlanInvalid:
        return True  # a point stands there already, a little beside the hand
    number = next(n for n, p in enumerate(new.points_lps_mm) if p not in target.course.points_lps_mm)
    if host.try_apply(PutTarget(replace(target, course=new), what="add a point to")):
        host.selected_handle = Handle(target.id, Part.NERVE_POINT, new.points_lps_mm[number], number)
    return True


def remove_point(handle: Handle, plan: Plan) -> PutTarget:
    """Return the edit that takes a held point out of its nerve; raises PlanInvalid when too few would be left."""
    target = next(t for t in plan.targets if t.id == handle.owner_id)
    if not isinstance(target.course, NerveCurve):
        raise TypeError(f"{target.words} has no points.")
    course = point_removed(target.course, handle.number)
    return PutTarget(replace(target, course=course), what=f"remove point {handle.number + 1} of")


def _selected_nerve(plan: Plan, selected: str | None) -> Target | None:
    return next((t for t in plan.targets if t.id == selected and isinstance(t.course, NerveCurve)), None)


def _place_on_curve(course: NerveCurve, px: tuple[float, float], plane: SlicePlane) -> NDArray[np.float64] | None:
    """Return the place of the curve under a pixel, LPS mm; where it passes twice, the one nearer to the slice."""
    if len(set(course.points_lps_mm)) < LEAST_POINTS:
        return None
    places = smooth_curve(course).points_lps_mm
    away_px = np.linalg.norm(plane.to_px(places) - np.asarray(px), axis=1)
    found = np.flatnonzero(away_px <= _CATCH_PX)
    if not len(found):
        return None
    depth = np.abs(plane.off_plane_mm(places[found]))
    return np.asarray(places[found[int(np.argmin(away_px[found] + _DEPTH_PX_PER_MM * depth))]])
