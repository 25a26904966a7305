"""What does a drag that is no tool's do? Pan, window, zoom, turn or take the crosshair along, under every tool."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.geometry import point
from planner.rendering.turning import turned_frame

if TYPE_CHECKING:
    from planner.domain.geometry import PointLps
    from planner.rendering.plane import SlicePlane
    from planner.rendering.turning import Frame
    from planner.rendering.window import WindowHu

# Dragging across this many pixels doubles or halves the magnification.
_ZOOM_DOUBLES_PX = 150.0
# Dragging across this many pixels changes width or level by the width at the start of the drag.
_WINDOW_SPAN_PX = 250.0
_LEAST_HU_PER_PX = 0.5


class Motion(Enum):
    """What a button drag changes."""

    PAN = auto()
    WINDOW = auto()
    ZOOM = auto()
    TURN = auto()
    CROSSHAIR = auto()


@dataclass(frozen=True, slots=True)
class Navigation:
    """One drag: what it changes, and what was there at its start, so that a drag never adds up rounding."""

    motion: Motion
    start_px: tuple[float, float]
    plane: SlicePlane
    window_hu: WindowHu
    frame: Frame
    crosshair_lps_mm: PointLps
    up_is_brighter: bool = True

    def plane_at(self, px: tuple[float, float]) -> SlicePlane:
        """Return the plane when the hand is at ``px``."""
        dx, dy = px[0] - self.start_px[0], px[1] - self.start_px[1]
        if self.motion is Motion.PAN:
            return self.plane.panned(dx, dy)
        if self.motion is Motion.ZOOM:
            return self.plane.zoomed(2.0 ** (-dy / _ZOOM_DOUBLES_PX), at_px=self.start_px)
        return self.plane

    def window_at(self, px: tuple[float, float]) -> WindowHu:
        """Return the window when the hand is at ``px``: right is wider, up is brighter (a lower level) or darker."""
        if self.motion is not Motion.WINDOW:
            return self.window_hu
        per_px = max(self.window_hu[0] / _WINDOW_SPAN_PX, _LEAST_HU_PER_PX)
        down_px = px[1] - self.start_px[1] if self.up_is_brighter else self.start_px[1] - px[1]
        width = round(self.window_hu[0] + (px[0] - self.start_px[0]) * per_px)
        level = round(self.window_hu[1] + down_px * per_px)
        return float(max(width, 1)), float(level)

    def frame_at(self, px: tuple[float, float]) -> Frame:
        """Return the frame when the hand is at ``px``: the other planes turn about the crosshair with it."""
        middle = self.plane.to_px(self.crosshair_lps_mm)
        start, now = (np.arctan2(p[1] - middle[1], p[0] - middle[0]) for p in (self.start_px, px))
        return turned_frame(self.frame, self.plane.normal_lps, float(now - start))

    def crosshair_at(self, px: tuple[float, float]) -> PointLps:
        """Return the point under the hand."""
        return point(self.plane.to_lps(px))
