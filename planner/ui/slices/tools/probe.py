"""Probe tool: click the target for the tip, then the skin for the entry, in any slice view or in 3-D."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.ui.models.probe_grip import GripKeys
from planner.ui.slices.tools.placing import PlacingTool

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain.geometry import PointLps
    from planner.ui.slices.tools.tool import Host, Pointer


class ProbeTool(PlacingTool):
    """Two clicks make a probe: tip, then entry. With Alt held at the second the entry stays off the skin."""

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self.is_off_skin = False

    @staticmethod
    def words(draft_lps_mm: Sequence[PointLps]) -> str:
        """Say what the next click sets, in every view alike."""
        return "Click the entry; Alt: off the skin" if draft_lps_mm else "Click the target"

    def hint(self) -> str:
        """Say what the next click sets."""
        return self.words(self.host.view.draft_lps_mm)

    def press(self, at: Pointer) -> None:
        """First the tip, then the entry, which finishes."""
        self.is_off_skin = GripKeys.of(at.modifiers).is_off_skin
        super().press(at)

    def add(self, lps_mm: PointLps) -> None:
        """First the tip, then the entry, which finishes."""
        super().add(lps_mm)
        if len(self.host.view.draft_lps_mm) == 2:
            self.host.finish(self.host.view.draft_lps_mm)
        else:
            self.host.view.set_crosshair(lps_mm)  # an entry clicked in another view lies in a plane of the tip
