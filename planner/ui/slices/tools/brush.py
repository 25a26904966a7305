"""Brush and eraser: draw voxels of the selected structure; Shift turns one into the other while it is held."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from PySide6.QtCore import Qt

from planner.rendering.primitives import Marker, Path, Pen, Primitive, Role, Shape
from planner.rendering.window import signed
from planner.ui.slices.tools.tool import SliceTool, words_beside

if TYPE_CHECKING:
    from planner.domain.geometry import PointLps
    from planner.ui.slices.tools.tool import Host, Pointer

_ERASING_DASH = (4.0, 3.0)
_CROSS_PX = 3.0
_WORDS_RIGHT_PX, _WORDS_DOWN_PX = 8.0, 16.0


class BrushTool(SliceTool):
    """A circle as wide as what it draws: a disc in the slice, or a ball through all of them."""

    cursor = Qt.CursorShape.BlankCursor
    keeps_shift = True
    erases: ClassVar[bool] = False

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._at: Pointer | None = None
        self._last: PointLps | None = None
        self._is_erasing = self.erases

    @property
    def is_dragging(self) -> bool:
        """Whether a stroke is under way."""
        return self._last is not None

    def press(self, at: Pointer) -> None:
        """Begin a stroke with a dab; Shift decides for the whole stroke."""
        self._is_erasing = self._would_erase(at)
        self._at = at
        painting = self.host.painting
        if painting is not None and painting.begin_stroke():
            self._dab((at.lps_mm,))
            self._last = at.lps_mm
        self.host.repaint_hand()

    def drag(self, at: Pointer) -> None:
        """Draw on to here; a fast hand leaves no gap."""
        self._at = at
        if self._last is not None:
            self._dab((self._last, at.lps_mm))
            self._last = at.lps_mm
        self.host.repaint_hand()

    def hover(self, at: Pointer) -> None:
        """Show what a press would draw."""
        self._at, self._is_erasing = at, self._would_erase(at)
        self.host.repaint_hand()

    def leave(self) -> None:
        """Take the circle away."""
        self._at = None

    def release(self, at: Pointer) -> None:
        """End the stroke: it becomes one step of the plan."""
        del at
        self.let_go()

    def let_go(self) -> None:
        """End the stroke."""
        if self._last is not None and self.host.painting is not None:
            self.host.painting.end_stroke("eraser" if self._is_erasing else "brush")
        self._last = None

    def cancel(self) -> bool:
        """Take the stroke under way back."""
        was_drawing, self._last = self._last is not None, None
        return was_drawing and self.host.painting is not None and self.host.painting.cancel_stroke()

    def put_down(self) -> None:
        """Take the circle away; a stroke under way has been taken back with the tool."""
        self._last = self._at = None

    def double_click(self, at: Pointer) -> bool:
        """Take a second click as a second dab: the view is not maximised under a brush."""
        self.press(at)
        return True

    def wheel(self, notches: int, modifiers: Qt.KeyboardModifier) -> bool:
        """Make the brush wider or narrower with Shift."""
        if modifiers != Qt.KeyboardModifier.ShiftModifier:
            return False
        return self.resize(notches)

    def resize(self, steps: int) -> bool:
        """Take the next wider brush, or narrower ones."""
        self.host.view.set_paint(self.host.view.paint.wider(steps))
        return True

    def marks(self) -> list[Primitive]:
        """Draw the circle, dashed while it erases, with its width and the HU under it."""
        if self._at is None:
            return []
        plane, paint = self.host.plane, self.host.view.paint
        x, y = (float(v) for v in plane.to_px(self._at.lps_mm))
        size_px = paint.diameter_mm / plane.mm_per_px
        dash = _ERASING_DASH if self._is_erasing else ()
        pen = Pen("#ffffff", 1.4, dash, halo_px=1.0)
        marks: list[Primitive] = [Marker(Role.DRAFT, (x, y), Shape.CIRCLE, size_px, pen, name="brush")]
        if size_px > 4 * _CROSS_PX:
            marks.append(_cross(x, y))
        off = size_px / 2 * np.sqrt(0.5)
        at = (x + off + _WORDS_RIGHT_PX, y + off + _WORDS_DOWN_PX)
        words = self._words(self._at.lps_mm)
        return [*marks, words_beside(words, at, width_px=plane.size_px[0], name="brush words")]

    def _words(self, lps_mm: PointLps) -> str:
        """Say how wide the brush is, and the HU under its middle where it is the CT that is seen."""
        view, volume = self.host.view, self.host.session.volume
        parts = [f"{'Erase ' if self._is_erasing else ''}Ø {view.paint.diameter_mm:.1f} mm"]
        if self.host.shows_ct and volume.grid.contains(lps_mm):
            upper = np.array(volume.grid.shape_kji[::-1]) - 1
            i, j, k = np.clip(np.round(volume.grid.to_index(lps_mm)).astype(int), 0, upper)
            if volume.padding is None or not volume.padding[k, j, i]:
                parts.append(f"HU {signed(round(float(volume.hu[k, j, i])))}")
        if view.slab_mm and not view.paint.is_sphere:
            parts.append("in the slab's middle")
        return " · ".join(parts)

    def _dab(self, points_lps_mm: tuple[PointLps, ...]) -> None:
        if self.host.painting is not None:
            normal = self.host.plane.normal_lps
            self.host.painting.stamp(points_lps_mm, plane_normal=normal, erase=self._is_erasing)

    def _would_erase(self, at: Pointer) -> bool:
        return self.erases ^ bool(at.modifiers & Qt.KeyboardModifier.ShiftModifier)


class EraseTool(BrushTool):
    """The brush that takes away; with Shift it draws."""

    erases = True


def _cross(x: float, y: float) -> Primitive:
    lines = (np.array([[x - _CROSS_PX, y], [x + _CROSS_PX, y]]), np.array([[x, y - _CROSS_PX], [x, y + _CROSS_PX]]))
    return Path(Role.DRAFT, lines, Pen("#ffffff", 1.2, halo_px=0.8), name="brush middle")
