"""Which nerve is laid out straight, and where along it are we? Shared by strip, curve, locator and cross-section."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from planner.domain.geometry import PointLps, point
from planner.domain.target import NerveCurve
from planner.planning.nerve import shown_segment_mm, smooth_curve
from planner.rendering.strip import StripCourse, lay_out, named_ends

if TYPE_CHECKING:
    from planner.domain.target import Target
    from planner.services.session import Session
    from planner.ui.view_state import ViewState

NO_NERVE = "No nerve yet. Press N, then click along it."
_FEWEST_POINTS = 2

_KEPT: WeakKeyDictionary[Session, tuple[object, StripCourse]] = WeakKeyDictionary()


def nerves_of(session: Session) -> list[Target]:
    """Return the plan's nerves that have a course."""
    return [
        target
        for target in session.plan.targets
        if isinstance(target.course, NerveCurve) and len(set(target.course.points_lps_mm)) >= _FEWEST_POINTS
    ]


def nerve_of(session: Session, view: ViewState) -> Target | None:
    """Return the selected target if it is a nerve with a course, else the first such; None when there is none."""
    nerves = nerves_of(session)
    return next((t for t in nerves if t.id == view.selected_target), nerves[0] if nerves else None)


def course_of(session: Session, view: ViewState) -> StripCourse | None:
    """Return the nerve's course laid out straight; kept until its points move."""
    target = nerve_of(session, view)
    if target is None or not isinstance(target.course, NerveCurve):
        return None
    points = target.course.points_lps_mm
    kept = _KEPT.get(session)
    if kept is None or kept[0] != points:
        curve = smooth_curve(target.course)
        kept = _KEPT[session] = (points, lay_out(curve.points_lps_mm, curve.arc_mm, curve.tangents))
    return kept[1]


def short_name(target: Target) -> str:
    """Return what to call a nerve where room is short: its level, as ``"T8"``, or that it is the nerve."""
    return target.level or "NERVE"


def row_name(target: Target) -> str:
    """Return what to call a nerve among others of the plan: level and side, ``"T8 right"``, or its name and side."""
    return f"{target.level or target.name} {target.side.value}"


def segment_of(target: Target) -> tuple[float, float]:
    """Return the part to be treated, mm along the nerve."""
    return shown_segment_mm(target.course) if isinstance(target.course, NerveCurve) else (0.0, 0.0)


def end_words(target: Target, course: StripCourse) -> tuple[str, str]:
    """Return which end is lateral and which medial, for a nerve of a known side whose ends differ clearly."""
    return named_ends(target.side, course)


def place_of(course: StripCourse, view: ViewState) -> tuple[float, float, float]:
    """Return the crosshair in the strip: (arc length, height, distance away), mm."""
    arc, up, away = course.nearest(view.crosshair_lps_mm)
    return float(arc), float(up), float(away)


def point_at(course: StripCourse, arc_mm: float) -> PointLps:
    """Return the point of the nerve at an arc length, held to its ends."""
    return point(course.to_lps(float(np.clip(arc_mm, 0.0, course.length_mm)), 0.0)[0])


def go_along(session: Session, view: ViewState, shift_mm: float) -> None:
    """Move the crosshair along the nerve, from its nearest point."""
    course = course_of(session, view)
    if course is not None:
        view.set_crosshair(point_at(course, place_of(course, view)[0] + shift_mm))
