"""What part of the patient does a view show, and how large? Pan and zoom of one view, kept when its size changes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from planner.domain.geometry import PointLps
from planner.rendering.plane import Orientation, SlicePlane, on_slice

if TYPE_CHECKING:
    from planner.services.session import Session
    from planner.ui.view_state import ViewState

_CLOSEST_MM_PER_PX, _FARTHEST_MM_PER_PX = 0.02, 5.0
# What a resized view shows again: the whole volume, a ball (centre, radius in mm), or with None what the hand had left.
_Aim = Literal["whole"] | tuple[PointLps, float] | None


class Framing:
    """Holds the plane of one view. It asks nothing of Qt; whoever changes it repaints."""

    def __init__(
        self, orientation: Orientation, *, session: Session, view: ViewState, size_px: tuple[int, int]
    ) -> None:
        self._orientation = orientation
        self._session = session
        self._view = view
        self._aim: _Aim = "whole"
        self.plane = self._whole(size_px)

    def follow_crosshair(self, *, may_pan: bool) -> None:
        """Show the slice through the crosshair; pan only when the point would be out of sight."""
        lps_mm = self._view.crosshair_lps_mm
        there = on_slice(self.plane.through(lps_mm), self._session.volume.grid)
        (x, y), (width, height) = (float(v) for v in there.to_px(lps_mm)), there.size_px
        if may_pan and not (0 <= x < width and 0 <= y < height):
            self._aim = None
            there = there.panned(width / 2 - x, height / 2 - y)
        self.plane = there

    def show_whole(self) -> None:
        """Show the whole slice again."""
        self._aim = "whole"
        self.plane = self._whole(self.plane.size_px)

    def show_ball(self, centre_lps_mm: PointLps, *, radius_mm: float) -> None:
        """Pan and zoom so that a ball fills the view; the slice stays."""
        self._aim = (centre_lps_mm, radius_mm)
        self.resize(self.plane.size_px)

    def resize(self, size_px: tuple[int, int]) -> None:
        """Keep in a view of another size what was asked for; by hand, the middle and the magnification."""
        if self._aim is None:
            self.plane = self.plane.resized(size_px)
        elif self._aim == "whole":
            self.plane = self._whole(size_px)
        else:
            centre, radius_mm = self._aim
            plane = replace(self.plane, size_px=size_px, mm_per_px=2 * radius_mm / min(size_px))
            x, y = (float(v) for v in plane.to_px(centre))
            self.plane = plane.panned(size_px[0] / 2 - x, size_px[1] / 2 - y)

    def put(self, plane: SlicePlane, *, fixed_px: tuple[float, float]) -> None:
        """Take a plane that the hand has panned or zoomed; beyond the limits of zoom ``fixed_px`` stays where it is."""
        self._aim = None
        allowed = min(max(plane.mm_per_px, _CLOSEST_MM_PER_PX), _FARTHEST_MM_PER_PX)
        is_within = allowed == plane.mm_per_px
        self.plane = plane if is_within else plane.zoomed(plane.mm_per_px / allowed, at_px=fixed_px)

    def _whole(self, size_px: tuple[int, int]) -> SlicePlane:
        grid = self._session.volume.grid
        fitted = SlicePlane.fit(self._orientation, grid, size_px=size_px)
        return on_slice(fitted.through(self._view.crosshair_lps_mm), grid)
