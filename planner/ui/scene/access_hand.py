"""Which place of the painted skin does the hand point at in 3-D? A ring round it, and beside it what is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.rendering.access_marks import legend_marks, place_marks
from planner.rendering.access_scene import triangle_hit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from planner.rendering.primitives import Primitive
    from planner.ui.scene.stage import Stage
    from planner.ui.view_state import ViewState


class AccessHand:
    """Follows the hand over the painted skin of one 3-D view; nothing while there is none."""

    def __init__(self, view: ViewState) -> None:
        self._view = view

    def hover(self, stage: Stage, device_px: tuple[int, int]) -> int | None:
        """Point at what lies under a device pixel, and return it; None beside the skin, or while it is stale."""
        layer = self._view.access
        found = None if layer is None or layer.is_stale else triangle_hit(layer, *stage.sight(device_px))
        self._view.point_at_access(found)
        return found

    def leave(self) -> None:
        """Point at nothing."""
        self._view.point_at_access(None)

    def marks(self, to_picture: NDArray[np.float64], size_px: tuple[int, int]) -> list[Primitive]:
        """Draw the legend, and the place that is pointed at, also by a hand in another view.

        ``to_picture`` has shape (4, 4): from LPS (x, y, z, 1) to px, depth and w.
        """
        layer, at = self._view.access, self._view.access_at
        if layer is None:
            return []
        marks = legend_marks(layer, size_px)
        if at is not None:
            place = layer.centres_lps_mm[at]
            marks += place_marks(place, self._view.access_words, to_picture=to_picture, size_px=size_px)
        return marks
