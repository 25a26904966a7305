"""Body tool: click the middle of a ganglion, plexus or gland."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.rendering.palette import TARGET_COLOUR
from planner.ui.slices.tools.placing import PlacingTool

if TYPE_CHECKING:
    from planner.domain.geometry import PointLps


class BodyTool(PlacingTool):
    """One click makes a target body of the size the atlas gives."""

    colour = TARGET_COLOUR

    def hint(self) -> str:
        """Say what the next click sets."""
        return "Click the middle of the target"

    def add(self, lps_mm: PointLps) -> None:
        """Finish with the one point."""
        super().add(lps_mm)
        self.host.finish(self.host.view.draft_lps_mm)
