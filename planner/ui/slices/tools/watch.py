"""Which points' temperature is to be followed? A click adds one; the freeze timeline plots it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.rendering.primitives import Role
from planner.ui.slices.tools.placing import PlacingTool
from planner.ui.slices.tools.tool import words_beside
from planner.ui.view_choice import MAX_WATCHED

if TYPE_CHECKING:
    from planner.domain.geometry import PointLps
    from planner.rendering.primitives import Primitive
    from planner.ui.slices.tools.tool import Pointer

_FULL = f"{MAX_WATCHED} points are watched already. Remove one in the freeze timeline first."


class WatchTool(PlacingTool):
    """Click after click a point, until there are four; the tool stays in the hand. Nothing of the plan changes."""

    def hint(self) -> str:
        """Say which point the next click adds, or why none."""
        watched = len(self.host.view.watched_lps_mm)
        return _FULL if watched >= MAX_WATCHED else f"Click to watch W{watched + 1}"

    def add(self, lps_mm: PointLps) -> None:
        """Add a point; those that are there stay, so a fifth is not taken."""
        watched = self.host.view.watched_lps_mm
        if len(watched) < MAX_WATCHED:
            self.host.view.set_watched((*watched, lps_mm))
        self.host.repaint_hand()

    def double_click(self, at: Pointer) -> bool:
        """Never maximise the view under the hand; the first click of the two has added the point."""
        del at
        return True

    def cancel(self) -> bool:
        """Leave the tool: there is no draft to drop."""
        return False

    def marks(self) -> list[Primitive]:
        """Write beside the hand what a click does."""
        if self._cursor_lps_mm is None:
            return []
        plane = self.host.plane
        x, y = (float(v) for v in plane.to_px(self._cursor_lps_mm))
        return [words_beside(self.hint(), (x + 14.0, y + 22.0), width_px=plane.size_px[0], name=Role.DRAFT.value)]

    def leave(self) -> None:
        """Take the words away."""
        self._cursor_lps_mm = None
