"""Probe tool: click the target for the tip, then the skin for the entry, in any slice view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.ui.slices.tools.placing import PlacingTool

if TYPE_CHECKING:
    from planner.domain.geometry import PointLps


class ProbeTool(PlacingTool):
    """Two clicks make a probe: tip, then entry."""

    def hint(self) -> str:
        """Say what the next click sets."""
        return "Click the entry" if self.host.view.draft_lps_mm else "Click the target"

    def add(self, lps_mm: PointLps) -> None:
        """First the tip, then the entry, which finishes."""
        super().add(lps_mm)
        if len(self.host.view.draft_lps_mm) == 2:
            self.host.finish(self.host.view.draft_lps_mm)
