"""What do the placing tools have in common? Points clicked so far, drawn with a rubber band, finished or dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt

from planner.rendering.palette import OFF_PLANE_DASH
from planner.rendering.primitives import Label, Marker, Path, Pen, Primitive, Role, Shape
from planner.ui.slices.tools.tool import SliceTool

if TYPE_CHECKING:
    from planner.domain.geometry import PointLps
    from planner.ui.slices.tools.tool import Host, Pointer


class PlacingTool(SliceTool):
    """Collects points in the shared draft, so that a course can go on in another slice or view."""

    cursor = Qt.CursorShape.CrossCursor
    colour = "#ffffff"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._cursor_lps_mm: PointLps | None = None

    def hint(self) -> str:
        """Say what the next click will do; written beside the cursor."""
        raise NotImplementedError

    def press(self, at: Pointer) -> None:
        """Add the point clicked."""
        self.add(at.lps_mm)

    def add(self, lps_mm: PointLps) -> None:
        """Append a point to the draft."""
        self.host.view.set_draft((*self.host.view.draft_lps_mm, lps_mm))

    def hover(self, at: Pointer) -> None:
        """Pull the rubber band along."""
        self._cursor_lps_mm = at.lps_mm
        self.host.repaint_hand()

    def drag(self, at: Pointer) -> None:
        """Pull the rubber band along."""
        self.hover(at)

    def cancel(self) -> bool:
        """Drop the draft; the plan was never touched."""
        if not self.host.view.draft_lps_mm:
            return False
        self.host.view.set_draft(())
        return True

    def marks(self) -> list[Primitive]:
        """Draw the points so far, the band to the cursor, and the hint."""
        plane = self.host.plane
        points = [plane.to_px(p) for p in self.host.view.draft_lps_mm]
        marks: list[Primitive] = []
        if len(points) > 1:
            marks.append(Path(Role.DRAFT, (np.array(points),), Pen(self.colour, 1.6, halo_px=1.0), name="draft"))
        if self._cursor_lps_mm is not None:
            cursor = plane.to_px(self._cursor_lps_mm)
            if points:
                band = np.array([points[-1], cursor])
                marks.append(Path(Role.DRAFT, (band,), Pen(self.colour, 1.4, OFF_PLANE_DASH, halo_px=1.0)))
            at = (float(cursor[0]) + 14.0, float(cursor[1]) + 22.0)
            marks.append(Label(Role.DRAFT, self.hint(), at, colour="#ffffff"))
        pen = Pen(self.colour, 1.6, halo_px=1.2)
        marks += [
            Marker(Role.DRAFT, (float(x), float(y)), Shape.CIRCLE, 8.0, pen, "#000000", name="draft point")
            for x, y in points
        ]
        return marks
