"""What part of the patient does a view show, and how large? Pan and zoom of one view, kept when its size changes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from planner.domain.geometry import PointLps
from planner.rendering.plane import Orientation, SlicePlane

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from planner.services.session import Session
    from planner.ui.slices.stand import Stand
    from planner.ui.view_state import ViewState

_CLOSEST_MM_PER_PX, _FARTHEST_MM_PER_PX = 0.02, 5.0
_SAME_PLACE_MM = 1e-6
# What a resized view shows again: the whole volume, a ball (centre, radius in mm), or with None what the hand had left.
_Aim = Literal["whole"] | tuple[PointLps, float] | None


class Framing:
    """Holds the plane of one view: where its stand puts it, moved by the view's own pan and zoom.

    It asks nothing of Qt; whoever changes it repaints.
    """

    def __init__(self, stand: Stand, *, session: Session, view: ViewState, size_px: tuple[int, int]) -> None:
        self._stand = stand
        self._session = session
        self._view = view
        self._aim: _Aim = "whole"
        # Until a stand that stands on something has it, the middle of the CT is as good as any place.
        self.plane = SlicePlane(Orientation.AXIAL, view.crosshair_lps_mm, 1.0, size_px)
        self._stood = self.plane
        self._asked: tuple[object, ...] = (None, None, None, None)
        self.open()

    def follow(self, *, may_pan: bool) -> None:
        """Go where the stand is now; pan only when the point it turns about would be out of sight."""
        # A stand that nothing carries stands where crosshair and frame say, and an edit moves neither.
        asked = (self._view.crosshair_lps_mm, self._view.frame, self.plane, self._session.volume)
        if not self._stand.is_carried and not may_pan and all(a is b for a, b in zip(asked, self._asked, strict=True)):
            return
        self._go(may_pan=may_pan)
        self._asked = (*asked[:2], self.plane, asked[3])

    def _go(self, *, may_pan: bool) -> None:
        there = self._standing(self.plane.size_px, self.plane.mm_per_px)
        if there is None:
            return
        is_same_way = (there.right_lps, there.down_lps) == (self.plane.right_lps, self.plane.down_lps)
        if self._stand.is_carried:
            moved = _with_at(there, self.plane.to_px(self._stood.centre_lps_mm))
        elif is_same_way and abs(float(self.plane.off_plane_mm(there.centre_lps_mm))) < _SAME_PLACE_MM:
            moved = self.plane  # the very same, so that nothing kept for it is painted again
        elif is_same_way:
            moved = replace(self.plane.through(there.centre_lps_mm), oblique_axes=there.oblique_axes)
        else:
            moved = _with_at(there, self.plane.to_px(there.centre_lps_mm))
        x, y = (float(v) for v in moved.to_px(there.centre_lps_mm))
        width, height = moved.size_px
        if may_pan and not (0 <= x < width and 0 <= y < height):
            self._aim = None
            moved = moved.panned(width / 2 - x, height / 2 - y)
        self.plane, self._stood = moved, there

    def open(self) -> None:
        """Show what the stand opens with: the whole plane, or a ball."""
        ball = self._stand.opening(self._session, self._view)
        self._aim = "whole" if ball is None else ball
        self.resize(self.plane.size_px)

    def show_ball(self, centre_lps_mm: PointLps, *, radius_mm: float) -> None:
        """Pan and zoom so that a ball fills the view; the slice stays."""
        self._aim = (centre_lps_mm, radius_mm)
        self.resize(self.plane.size_px)

    def resize(self, size_px: tuple[int, int]) -> None:
        """Keep in a view of another size what was asked for; by hand, the middle and the magnification."""
        there = self._standing(size_px, self.plane.mm_per_px)
        if self._aim is None or there is None:
            self.plane = self.plane.resized(size_px)
            return
        self._stood = there
        if self._stand.is_carried:
            # What it stands on may have moved since the view was opened.
            self._aim = self._stand.opening(self._session, self._view) or "whole"
        if self._aim == "whole":
            self.plane = there.fitted(self._session.volume.grid).through(there.centre_lps_mm)
        else:
            centre, radius_mm = self._aim
            plane = replace(there, mm_per_px=2 * radius_mm / min(size_px))
            x, y = (float(v) for v in plane.to_px(centre))
            self.plane = plane.panned(size_px[0] / 2 - x, size_px[1] / 2 - y)

    def put(self, plane: SlicePlane, *, fixed_px: tuple[float, float]) -> None:
        """Take a plane that the hand has panned or zoomed; beyond the limits of zoom ``fixed_px`` stays where it is."""
        self._aim = None
        allowed = min(max(plane.mm_per_px, _CLOSEST_MM_PER_PX), _FARTHEST_MM_PER_PX)
        is_within = allowed == plane.mm_per_px
        self.plane = plane if is_within else plane.zoomed(plane.mm_per_px / allowed, at_px=fixed_px)

    def look(self, centre_lps_mm: PointLps, *, mm_per_px: float) -> None:
        """Go back to an earlier middle and magnification; the plane stays the stand's."""
        self._aim = None
        there = replace(self.plane, mm_per_px=mm_per_px)
        x, y = (float(v) for v in there.to_px(centre_lps_mm))
        self.plane = there.panned(there.size_px[0] / 2 - x, there.size_px[1] / 2 - y)

    def _standing(self, size_px: tuple[int, int], mm_per_px: float) -> SlicePlane | None:
        return self._stand.plane(self._session, self._view, size_px=size_px, mm_per_px=mm_per_px)


def _with_at(plane: SlicePlane, px: NDArray[np.float64]) -> SlicePlane:
    """Return the plane panned so that its own middle appears at a pixel, shape (2,)."""
    x, y = (float(v) for v in px)
    return plane.panned(x - plane.size_px[0] / 2, y - plane.size_px[1] / 2)
