"""What does the mouse do in a slice? The left button works the tool; wheel and other buttons move through the CT."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from planner.domain.geometry import point
from planner.rendering.primitives import Label, Primitive, Role
from planner.rendering.window import window_words
from planner.ui.slices.tools.navigation import Motion, Navigation, motion_of
from planner.ui.slices.tools.tool import Pointer

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent, QWheelEvent

    from planner.ui.slices.slice_view import SliceView

_WHEEL_NOTCH = 120
_ZOOM_PER_NOTCH = 1.15


class SliceHand:
    """The mouse over one slice view."""

    def __init__(self, owner: SliceView) -> None:
        self._owner = owner
        self._navigation: Navigation | None = None
        self._wheel_rest = 0
        self.cursor_px: tuple[float, float] | None = None

    def wheel(self, event: QWheelEvent) -> None:
        """Wheel scrolls, Ctrl + wheel zooms at the cursor; fine-grained wheels add up to whole notches."""
        delta = event.angleDelta().y()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            at = event.position()
            self._owner.zoom(_ZOOM_PER_NOTCH ** (delta / _WHEEL_NOTCH), at_px=(at.x(), at.y()))
            return
        self._wheel_rest += delta
        notches = int(self._wheel_rest / _WHEEL_NOTCH)
        self._wheel_rest -= notches * _WHEEL_NOTCH
        if notches:
            self._owner.step_slices(notches)

    def press(self, event: QMouseEvent) -> None:
        """Start a tool's work or a navigation drag."""
        at = self._pointer(event)
        if event.button() == Qt.MouseButton.LeftButton:
            self._owner.tool.press(at)
        elif (motion := motion_of(event.button(), event.modifiers())) is not None:
            self._navigation = Navigation(motion, at.px, self._owner.plane, self._owner.view.window_hu)

    def move(self, event: QMouseEvent) -> None:
        """Go on with what was started; otherwise follow with Shift held, or hover."""
        at = self._pointer(event)
        self.cursor_px = at.px
        if self._navigation is not None:
            self._navigate(self._navigation, at.px)
        elif event.buttons() & Qt.MouseButton.LeftButton:
            self._owner.tool.drag(at)
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._owner.view.set_crosshair(at.lps_mm)
        else:
            self._owner.tool.hover(at)

    def release(self, event: QMouseEvent) -> None:
        """End what the button had started."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._owner.tool.release(self._pointer(event))
        else:
            self._navigation = None

    def double_click(self, event: QMouseEvent) -> bool:
        """Let the tool end its work; False when it has no use for the second click."""
        return event.button() != Qt.MouseButton.LeftButton or self._owner.tool.double_click(self._pointer(event))

    def leave(self) -> None:
        """Forget where the mouse was."""
        self.cursor_px = None

    def let_go(self) -> None:
        """End a drag whose view has gone out of sight."""
        self._owner.tool.let_go()
        self._navigation = None

    def marks(self) -> list[Primitive]:
        """Write the window beside a windowing hand."""
        if self._navigation is None or self._navigation.motion is not Motion.WINDOW or self.cursor_px is None:
            return []
        at = (self.cursor_px[0] + 16.0, self.cursor_px[1] - 8.0)
        return [Label(Role.DRAFT, window_words(self._owner.view.window_hu), at, weight=600, colour="#ffffff")]

    def _navigate(self, navigation: Navigation, px: tuple[float, float]) -> None:
        if navigation.motion is Motion.WINDOW:
            self._owner.view.set_window(navigation.window_at(px))
        else:
            self._owner.put_plane(navigation.plane_at(px), fixed_px=navigation.start_px)

    def _pointer(self, event: QMouseEvent) -> Pointer:
        px = (event.position().x(), event.position().y())
        return Pointer(px, point(self._owner.plane.to_lps(px)), event.modifiers())
