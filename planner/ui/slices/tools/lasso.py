"""Lasso: draw around a region in the slice, or click its corners; it is filled when the line closes. Shift erases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt

from planner.rendering.palette import OFF_PLANE_DASH
from planner.rendering.primitives import Marker, Path, Pen, Primitive, Role, Shape
from planner.ui.slices.tools.tool import SliceTool, words_beside

if TYPE_CHECKING:
    from planner.domain.geometry import PointLps
    from planner.ui.slices.tools.tool import Host, Pointer

_FEWEST_CORNERS = 3
# A hand that moves less between press and release has clicked a corner; more, and it has drawn the line in one go.
_DRAWN_PX = 4.0
_NEXT_POINT_PX = 1.5
_CLOSING_PX = 9.0
_OFF_PLANE_MM = 1e-3


class LassoTool(SliceTool):
    """Corners in one slice; a drawn line closes when the button is let go, a clicked one at its first or at Enter."""

    cursor = Qt.CursorShape.CrossCursor
    keeps_shift = True

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._points: list[PointLps] = []
        self._at: Pointer | None = None
        self._pressed_px: tuple[float, float] | None = None
        self._has_drawn = False
        self._erases = False

    @property
    def is_dragging(self) -> bool:
        """Whether a line is being drawn with the button held."""
        return self._pressed_px is not None

    def press(self, at: Pointer) -> None:
        """Set a corner, or close the line at its first one."""
        self._drop_if_elsewhere()
        self._note(at)
        if not self._points and not self._may_draw():
            return
        if len(self._points) >= _FEWEST_CORNERS and self._is_near_first(at):
            self._fill()
            return
        self._points.append(at.lps_mm)
        self._pressed_px, self._has_drawn = at.px, False
        self.host.repaint_hand()

    def drag(self, at: Pointer) -> None:
        """Draw the line along with the hand."""
        self._note(at)
        if self._pressed_px is None:
            return
        self._has_drawn |= _apart_px(at.px, self._pressed_px) > _DRAWN_PX
        if self._has_drawn and _apart_px(at.px, self._last_px()) > _NEXT_POINT_PX:
            self._points.append(at.lps_mm)
        self.host.repaint_hand()

    def hover(self, at: Pointer) -> None:
        """Pull the line along to the hand."""
        self._note(at)
        self.host.repaint_hand()

    def leave(self) -> None:
        """Let the line end at its last corner."""
        self._at = None

    def release(self, at: Pointer) -> None:
        """Close a line that was drawn in one go; a click was a corner."""
        was_drawing, self._pressed_px = self._pressed_px is not None, None
        if was_drawing and self._has_drawn:
            self._note(at)
            self._fill()

    def let_go(self) -> None:
        """Drop what was being drawn when its view went out of sight."""
        self.cancel()

    def double_click(self, at: Pointer) -> bool:
        """Close the line."""
        self._note(at)
        self._fill()
        return True

    def put_down(self) -> None:
        """Drop the line."""
        self._points, self._pressed_px, self._has_drawn, self._at = [], None, False, None

    def accept(self) -> bool:
        """Close the line; False when there is none."""
        if not self._points:
            return False
        self._fill()
        return True

    def cancel(self) -> bool:
        """Drop the line; False when there is none."""
        had_line = bool(self._points)
        self._points, self._pressed_px, self._has_drawn = [], None, False
        self.host.repaint_hand()
        return had_line

    def marks(self) -> list[Primitive]:
        """Draw the line so far, where it would close, and what the next click does."""
        self._drop_if_elsewhere()
        plane = self.host.plane
        marks: list[Primitive] = []
        points = [plane.to_px(p) for p in self._points]
        pen = Pen("#ffffff", 1.4, halo_px=1.0)
        if len(points) > 1:
            marks.append(Path(Role.DRAFT, (np.array(points),), pen, name="lasso"))
        if self._at is not None and points:
            closing = np.array([points[-1], plane.to_px(self._at.lps_mm), points[0]])
            marks.append(Path(Role.DRAFT, (closing,), Pen("#ffffff", 1.2, OFF_PLANE_DASH, 0.8, halo_px=0.8)))
        if points and not self._has_drawn:
            corners = ((float(x), float(y)) for x, y in points)
            marks += [Marker(Role.DRAFT, px, Shape.CIRCLE, 7.0, pen, "#000000", name="corner") for px in corners]
        if self._at is not None:
            at = (self._at.px[0] + 14.0, self._at.px[1] + 22.0)
            marks.append(words_beside(self._hint(), at, width_px=plane.size_px[0], name="lasso words"))
        return marks

    def _hint(self) -> str:
        what = "erase" if self._erases else "fill"
        if not self._points:
            return f"Draw around what to {what}, or click corners"
        if self._has_drawn:
            return f"Let go to {what}"
        enough = len(self._points) >= _FEWEST_CORNERS
        return f"Click the next corner; Enter to {what}" if enough else "Click the next corner"

    def _fill(self) -> None:
        """Fill or erase inside the line, as one stroke."""
        points, painting = tuple(self._points), self.host.painting
        self.cancel()
        if len(points) < _FEWEST_CORNERS or painting is None or not painting.begin_stroke():
            return
        painting.fill_outline(points, plane_normal=self.host.plane.normal_lps, erase=self._erases)
        painting.end_stroke("lasso erased" if self._erases else "lasso")

    def _may_draw(self) -> bool:
        return self.host.painting is not None and self.host.painting.editable() is not None

    def _note(self, at: Pointer) -> None:
        self._at = at
        self._erases = bool(at.modifiers & Qt.KeyboardModifier.ShiftModifier)

    def _drop_if_elsewhere(self) -> None:
        """Drop a line whose slice is no longer the one shown: it could not be seen what it goes around."""
        off = self.host.plane.off_plane_mm(self._points) if self._points else np.zeros(1)
        if float(np.abs(off).max()) > _OFF_PLANE_MM:
            self._points, self._pressed_px, self._has_drawn = [], None, False

    def _last_px(self) -> tuple[float, float]:
        x, y = self.host.plane.to_px(self._points[-1])
        return float(x), float(y)

    def _is_near_first(self, at: Pointer) -> bool:
        x, y = self.host.plane.to_px(self._points[0])
        return _apart_px(at.px, (float(x), float(y))) <= _CLOSING_PX


def _apart_px(one: tuple[float, float], other: tuple[float, float]) -> float:
    return float(np.hypot(one[0] - other[0], one[1] - other[1]))
