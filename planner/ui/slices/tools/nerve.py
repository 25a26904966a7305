"""Nerve tool: click along the nerve, slice by slice; Enter or a double click ends the course."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.rendering.palette import TARGET_COLOUR
from planner.ui.slices.tools.placing import PlacingTool

if TYPE_CHECKING:
    from planner.ui.slices.tools.tool import Pointer


class NerveTool(PlacingTool):
    """Two or more clicks make a nerve."""

    colour = TARGET_COLOUR

    def hint(self) -> str:
        """Say what the next click sets."""
        count = len(self.host.view.draft_lps_mm)
        return "Click along the nerve" if count < 2 else "Click on, or Enter to finish"

    def double_click(self, at: Pointer) -> bool:
        """End the course at the point that the first of the two clicks has set."""
        del at
        self.accept()
        return True

    def accept(self) -> bool:
        """End the course when it has at least two points."""
        if len(self.host.view.draft_lps_mm) < 2:
            return False
        self.host.finish(self.host.view.draft_lps_mm)
        return True
