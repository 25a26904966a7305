"""What do the middle and right buttons do? Pan, window and zoom, the same under every tool."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

if TYPE_CHECKING:
    from planner.rendering.plane import SlicePlane
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


def motion_of(button: Qt.MouseButton, modifiers: Qt.KeyboardModifier) -> Motion | None:
    """Middle pans, right windows, Ctrl + right zooms."""
    if button == Qt.MouseButton.MiddleButton:
        return Motion.PAN
    if button == Qt.MouseButton.RightButton:
        return Motion.ZOOM if modifiers & Qt.KeyboardModifier.ControlModifier else Motion.WINDOW
    return None


@dataclass(frozen=True, slots=True)
class Navigation:
    """One drag: what it changes, and what was there at its start, so that a drag never adds up rounding."""

    motion: Motion
    start_px: tuple[float, float]
    plane: SlicePlane
    window_hu: WindowHu

    def plane_at(self, px: tuple[float, float]) -> SlicePlane:
        """Return the plane when the hand is at ``px``."""
        dx, dy = px[0] - self.start_px[0], px[1] - self.start_px[1]
        if self.motion is Motion.PAN:
            return self.plane.panned(dx, dy)
        if self.motion is Motion.ZOOM:
            return self.plane.zoomed(2.0 ** (-dy / _ZOOM_DOUBLES_PX), at_px=self.start_px)
        return self.plane

    def window_at(self, px: tuple[float, float]) -> WindowHu:
        """Return the window when the hand is at ``px``: right is wider, up is brighter (a lower level)."""
        if self.motion is not Motion.WINDOW:
            return self.window_hu
        per_px = max(self.window_hu[0] / _WINDOW_SPAN_PX, _LEAST_HU_PER_PX)
        width = round(self.window_hu[0] + (px[0] - self.start_px[0]) * per_px)
        level = round(self.window_hu[1] + (px[1] - self.start_px[1]) * per_px)
        return float(max(width, 1)), float(level)
