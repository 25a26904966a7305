"""Tube tool: click along a vessel, ureter or nerve, in any slice; Enter or a double click makes the tube."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.geometry import distance_mm
from planner.domain.mask_edit import Combine, Tube
from planner.rendering.primitives import Marker, Pen, Primitive, Role, Shape
from planner.ui.slices.tools.placing import PlacingTool

if TYPE_CHECKING:
    from planner.domain.geometry import PointLps
    from planner.ui.slices.tools.tool import Pointer
    from planner.ui.view_state import ViewState

# Two clicks nearer than this are one: a trembling hand, or a double click.
_SAME_MM = 0.2


class TubeTool(PlacingTool):
    """Two or more clicks make a tube; the tool stays for the next one."""

    def hint(self) -> str:
        """Say what the next click sets."""
        return "Click along the tube" if tube_of(self.host.view) is None else "Click on, or Enter to finish"

    def double_click(self, at: Pointer) -> bool:
        """End the course at the point that the first of the two clicks has set."""
        del at
        self.accept()
        return True

    def accept(self) -> bool:
        """Make the tube when there are at least two points; a refused one keeps them."""
        tube = tube_of(self.host.view)
        if tube is None or self.host.painting is None:
            return False
        if self.host.painting.may_run:
            self.host.view.set_draft(())
        self.host.painting.run(tube)
        return True

    def marks(self) -> list[Primitive]:
        """Draw the points so far, and how wide the tube is around the cursor."""
        marks = super().marks()
        if self._cursor_lps_mm is not None:
            plane = self.host.plane
            x, y = plane.to_px(self._cursor_lps_mm)
            across_px = self.host.view.paint.diameter_mm / plane.mm_per_px
            pen = Pen(self.colour, 1.2, halo_px=1.0)
            marks.append(Marker(Role.DRAFT, (float(x), float(y)), Shape.CIRCLE, across_px, pen, name="tube across"))
        return marks

    def leave(self) -> None:
        """Take the band and the ring away with the mouse; the points stay."""
        self._cursor_lps_mm = None


def tube_of(view: ViewState) -> Tube | None:
    """Return the tube through the points clicked so far; None while there are not two different ones."""
    points: list[PointLps] = []
    for clicked in view.draft_lps_mm:
        if not points or distance_mm(points[-1], clicked) > _SAME_MM:
            points.append(clicked)
    if len(points) < 2:
        return None
    combine = Combine.REMOVE if view.paint.is_removing else Combine.ADD
    return Tube(tuple(points), view.paint.radius_mm, combine)
