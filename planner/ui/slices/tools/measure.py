"""Measuring tools: distance, angle and circle, drawn in one slice or across several, each one step of the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from planner.domain.errors import PlannerError
from planner.domain.identity import MeasurementId
from planner.domain.measurement import Measurement, MeasurementKind
from planner.rendering.content import MeasurementLayer
from planner.rendering.measurement_marks import measurement_marks
from planner.rendering.palette import MEASUREMENT_COLOUR
from planner.services.measuring import add_measurement, measurement_words
from planner.ui.slices.layers import as_seen
from planner.ui.slices.tools.placing import PlacingTool
from planner.ui.view_state import Tool

if TYPE_CHECKING:
    from planner.rendering.primitives import Primitive
    from planner.ui.slices.tools.tool import Pointer

# A hand that moves less between press and release has clicked; more, and it has drawn the line in one go.
_DRAWN_PX = 4.0


class MeasureTool(PlacingTool):
    """Click each point, or press and draw; the figures are there while the hand moves."""

    kind: ClassVar[MeasurementKind]
    asks: ClassVar[tuple[str, ...]]
    """What each click sets, in order."""
    colour = MEASUREMENT_COLOUR

    def hint(self) -> str:
        """Say what the next click sets."""
        return self.asks[min(len(self.host.view.draft_lps_mm), len(self.asks) - 1)]

    def add(self, lps_mm: tuple[float, float, float]) -> None:
        """Append a point; the last one finishes."""
        super().add(lps_mm)
        points = self.host.view.draft_lps_mm
        if len(points) < self.kind.point_count:
            return
        try:
            edit = add_measurement(self.host.session.plan, self.kind, points, normal_lps=self.host.plane.normal_lps)
        except PlannerError:  # two clicks at one place: the second is taken back
            self.host.view.set_draft(points[:-1])
            return
        self.host.view.set_tool(Tool.POINTER)
        self.host.try_apply(edit)

    def release(self, at: Pointer) -> None:
        """End a line that was drawn with the button held."""
        points = self.host.view.draft_lps_mm
        if points and np.hypot(*(self.host.plane.to_px(points[-1]) - np.array(at.px))) > _DRAWN_PX:
            self.add(at.lps_mm)

    def double_click(self, at: Pointer) -> bool:
        """Never maximise the view under a measuring hand."""
        del at
        return True

    def marks(self) -> list[Primitive]:
        """Draw the measurement as it would be if the next click came now."""
        points = self.host.view.draft_lps_mm
        cursor = self._cursor_lps_mm
        if cursor is None or len(points) != self.kind.point_count - 1:
            return super().marks()
        plane = self.host.plane
        try:
            drawn = Measurement(MeasurementId("draft"), self.kind, (*points, cursor), plane.normal_lps, "")
        except PlannerError:  # the cursor is still on the last point
            return super().marks()
        words = tuple(text.strip() for text in measurement_words(drawn, self.host.session.volume))
        layer = MeasurementLayer("draft", self.kind, drawn.points_lps_mm, drawn.normal_lps, words)
        return measurement_marks(as_seen((layer,), self.host.session, self.host.view), plane=plane, slice_mm=np.inf)


class DistanceTool(MeasureTool):
    """Two ends; they may lie in two slices."""

    kind = MeasurementKind.DISTANCE
    asks = ("Click one end", "Click the other end")


class AngleTool(MeasureTool):
    """An end, the corner, the other end."""

    kind = MeasurementKind.ANGLE
    asks = ("Click one end", "Click the corner", "Click the other end")


class CircleTool(MeasureTool):
    """The middle, then the rim: HU statistics of the voxels inside."""

    kind = MeasurementKind.CIRCLE
    asks = ("Click the middle", "Click the rim")
