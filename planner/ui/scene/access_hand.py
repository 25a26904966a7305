"""Which place of the painted skin does the hand point at in 3-D? A ring round it, and beside it what is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.rendering.access_scene import triangle_hit
from planner.rendering.palette import TEXT_STRONG
from planner.rendering.primitives import Align, Label, Marker, Pen, Primitive, Role, Shape, text_width_px

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.ui.scene.stage import Stage
    from planner.ui.view_state import ViewState

_RING_PX, _TEXT_PX, _GAP_PX, _LINE_PX, _RIM_PX = 10.0, 12.0, 14.0, 16.0, 8.0


class AccessHand:
    """Follows the hand over the painted skin of one 3-D view; nothing while there is none."""

    def __init__(self, view: ViewState) -> None:
        self._view = view

    def hover(self, stage: Stage, device_px: tuple[int, int]) -> int | None:
        """Point at what lies under a device pixel, and return it; None beside the skin."""
        layer = self._view.access
        found = None if layer is None or layer.is_stale else triangle_hit(layer, *stage.sight(device_px))
        self._view.point_at_access(found)
        return found

    def leave(self) -> None:
        """Point at nothing."""
        self._view.point_at_access(None)

    def marks(self, to_picture: NDArray[np.float64], size_px: tuple[int, int]) -> list[Primitive]:
        """Draw a ring round the place, and what is said of it, within the picture.

        ``to_picture`` has shape (4, 4): from LPS (x, y, z, 1) to px, depth and w.
        """
        layer, at = self._view.access, self._view.access_at
        if layer is None or at is None:
            return []
        x, y, _, w = (float(v) for v in to_picture @ np.array([*layer.centres_lps_mm[at], 1.0]))
        if w <= 0:
            return []
        x, y = x / w, y / w
        marks: list[Primitive] = [
            Marker(Role.HANDLE, (x, y), Shape.CIRCLE, _RING_PX, Pen(TEXT_STRONG, 1.6, halo_px=1.2), name="entry")
        ]
        lines = _lines(self._view.access_words, size_px[0] - 2 * _RIM_PX)
        widest = max((text_width_px(line, _TEXT_PX) for line in lines), default=0.0)
        left = min(max(x + _GAP_PX, _RIM_PX), max(size_px[0] - _RIM_PX - widest, _RIM_PX))
        top = y - _GAP_PX - _LINE_PX * (len(lines) - 1)
        if top < 3 * _LINE_PX:
            top = y + _GAP_PX + _LINE_PX
        for number, line in enumerate(lines):
            place = (left, top + number * _LINE_PX)
            marks.append(Label(Role.HANDLE, line, place, Align.START, _TEXT_PX, 500, TEXT_STRONG, 4.0, name="access"))
        return marks


def _lines(words: str, width_px: float) -> list[str]:
    """Break a sentence into lines that fit."""
    lines: list[str] = []
    for word in words.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width_px(longer, _TEXT_PX) <= min(width_px, 420.0):
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
