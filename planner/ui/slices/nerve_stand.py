"""Where on the nerve are we, in the patient? The axial locator beside a straightened strip, and the cross-section.

A strip alone hides where it runs: the locator shows the axial slice through the same point with the nerve ringed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.rendering.measurement_marks import points_in_slice
from planner.rendering.palette import OFF_PLANE_DASH, PLANE_COLOUR, TARGET_COLOUR
from planner.rendering.plane import Orientation, SlicePlane, on_slice, slice_position
from planner.rendering.primitives import Marker, Pen, Primitive, Role, Shape
from planner.ui.slices.stand import StandardStand
from planner.ui.strip.course import NO_NERVE, course_of, go_along, nerve_of, place_of, point_at, short_name

if TYPE_CHECKING:
    from planner.services.session import Session
    from planner.ui.slices.stand import Opening
    from planner.ui.view_state import ViewState

LOCATOR, ACROSS_NERVE = "locator", "across-nerve"
_LOCATOR_RADIUS_MM = 60.0
_ACROSS_RADIUS_MM = 20.0
_STEP_MM = 1.0
# Nearer than half of this the nerve is in the slice for the eye, however thin the slice.
_LEAST_HERE_MM = 2.0


class LocatorStand(StandardStand):
    """The axial slice through the crosshair, with the nerve's nearest point ringed."""

    def __init__(self) -> None:
        super().__init__(Orientation.AXIAL)
        self.name = LOCATOR

    def caption(self, session: Session, view: ViewState) -> str:
        """Say what it is for."""
        del session, view
        return "AXIAL locator"

    def plane(self, session: Session, view: ViewState, *, size_px: tuple[int, int], mm_per_px: float) -> SlicePlane:
        """Return the upright axial plane, also while the standard planes are turned."""
        upright = SlicePlane(Orientation.AXIAL, view.crosshair_lps_mm, mm_per_px, size_px)
        return on_slice(upright, session.volume.grid)

    def opening(self, session: Session, view: ViewState) -> Opening:
        """Show the region of the nerve."""
        course = course_of(session, view)
        return None if course is None else (point_at(course, place_of(course, view)[0]), _LOCATOR_RADIUS_MM)

    def marks(self, plane: SlicePlane, *, session: Session, view: ViewState) -> list[Primitive]:
        """Ring the nerve's point nearest to the crosshair; dashed where it lies in another slice."""
        course = course_of(session, view)
        if course is None:
            return []
        place = point_at(course, place_of(course, view)[0])
        x, y = (float(v) for v in plane.to_px(place))
        slice_mm = slice_position(plane, session.volume.grid).thickness_mm
        is_here = bool(points_in_slice([place], plane=plane, slice_mm=max(slice_mm, _LEAST_HERE_MM)).all())
        pen = Pen(TARGET_COLOUR, 1.6, () if is_here else OFF_PLANE_DASH, halo_px=1.2)
        return [Marker(Role.CROSSHAIR, (x, y), Shape.CIRCLE, 14.0, pen, name="place on the nerve")]


class AcrossNerveStand:
    """The plane square to the nerve at its point nearest to the crosshair, seen toward the nerve's far end."""

    name = ACROSS_NERVE
    colour = PLANE_COLOUR[Orientation.OBLIQUE]
    is_carried = True

    def caption(self, session: Session, view: ViewState) -> str:
        """Name the nerve."""
        target = nerve_of(session, view)
        return f"ACROSS {short_name(target)}" if target is not None else "ACROSS THE NERVE"

    def corner(self, session: Session, view: ViewState) -> str:
        """Say how far along the nerve."""
        course = course_of(session, view)
        return "" if course is None else f"{place_of(course, view)[0]:.1f} of {course.length_mm:.1f} mm"

    def plane(
        self, session: Session, view: ViewState, *, size_px: tuple[int, int], mm_per_px: float
    ) -> SlicePlane | None:
        """Return the plane across the nerve; up is up in the strip."""
        course = course_of(session, view)
        if course is None:
            return None
        place, tangent, up = (axis[0] for axis in course.frame_at(place_of(course, view)[0]))
        return SlicePlane.oblique(place, right=np.cross(-up, tangent), down=-up, mm_per_px=mm_per_px, size_px=size_px)

    def missing(self, session: Session, view: ViewState) -> str:
        """Say how to get a nerve."""
        return "" if nerve_of(session, view) is not None else NO_NERVE

    def step(self, session: Session, view: ViewState, steps: int) -> None:
        """Go 1 mm along the nerve for each notch."""
        go_along(session, view, steps * _STEP_MM)

    def opening(self, session: Session, view: ViewState) -> Opening:
        """Show the nerve's surroundings."""
        course = course_of(session, view)
        return None if course is None else (point_at(course, place_of(course, view)[0]), _ACROSS_RADIUS_MM)

    def marks(self, plane: SlicePlane, *, session: Session, view: ViewState) -> list[Primitive]:
        """Draw nothing of its own: the nerve's own ring is in every slice."""
        del plane, session, view
        return []
