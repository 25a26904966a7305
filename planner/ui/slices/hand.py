"""What does the mouse do in a slice? The left button works the tool; wheel and other buttons move through the CT."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt

from planner.domain.geometry import point
from planner.rendering.primitives import Label, Primitive, Role
from planner.rendering.window import window_words
from planner.ui.slices.schemes import SCHEMES, MouseScheme
from planner.ui.slices.tools.navigation import Motion, Navigation
from planner.ui.slices.tools.tool import Pointer

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent, QWheelEvent

    from planner.ui.slices.slice_view import SliceView

_SHIFT = Qt.KeyboardModifier.ShiftModifier
_WHEEL_NOTCH = 120
_ZOOM_PER_NOTCH = 1.15
# A hand that trembles by no more than this has clicked, not dragged.
_STILL_PX = 3.0


class SliceHand:
    """The mouse over one slice view."""

    def __init__(self, owner: SliceView) -> None:
        self._owner = owner
        self._navigation: Navigation | None = None
        self._button = Qt.MouseButton.NoButton
        self._has_moved = False
        self._wheel_rest = 0
        self.cursor_px: tuple[float, float] | None = None

    def wheel(self, event: QWheelEvent) -> None:
        """Scroll; with Ctrl zoom at the cursor; with Ctrl + Shift change the slab. Fine wheels add up to notches."""
        # Some systems turn the wheel sideways while Shift or Alt is held.
        delta = event.angleDelta().y() or event.angleDelta().x()
        keys = event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
        if keys == Qt.KeyboardModifier.ControlModifier:
            at = event.position()
            self._owner.zoom(_ZOOM_PER_NOTCH ** (delta / _WHEEL_NOTCH), at_px=(at.x(), at.y()))
            return
        self._wheel_rest += delta
        notches = int(self._wheel_rest / _WHEEL_NOTCH)
        self._wheel_rest -= notches * _WHEEL_NOTCH
        if not notches:
            return
        if self._owner.tool.wheel(notches, keys):
            return
        if keys & Qt.KeyboardModifier.ControlModifier:
            self._owner.view.thicken(notches)
        else:
            self._owner.step_slices(notches)

    def press(self, event: QMouseEvent) -> None:
        """Start a tool's work or a navigation drag."""
        at, button = self._pointer(event), event.button()
        if self._button & event.buttons():
            return  # a second button changes nothing about a drag under way
        self._navigation, self._button = None, button
        scheme = self._scheme
        motion = None if self._is_held(button, at) else scheme.motion_of(button, self._keys_for(button, at))
        if button == Qt.MouseButton.LeftButton and motion is None:
            if scheme.left is Motion.CROSSHAIR or self._owner.tool.takes(at):
                self._owner.tool.press(at)
                return
            motion = scheme.left
        if motion is None:
            return
        self._has_moved = False
        view = self._owner.view
        self._navigation = Navigation(
            motion,
            at.px,
            self._owner.plane,
            self._owner.window_hu,
            view.frame,
            view.crosshair_lps_mm,
            up_is_brighter=view.up_is_brighter,
        )
        if motion is Motion.CROSSHAIR:
            view.set_crosshair(at.lps_mm)

    def move(self, event: QMouseEvent) -> None:
        """Go on with what was started; otherwise follow with Shift held, or hover."""
        at = self._pointer(event)
        self.cursor_px = at.px
        if self._navigation is not None:
            start = self._navigation.start_px
            self._has_moved |= bool(np.hypot(at.px[0] - start[0], at.px[1] - start[1]) > _STILL_PX)
            if self._has_moved:
                self._navigate(self._navigation, at.px)
        elif event.buttons() & Qt.MouseButton.LeftButton:
            self._owner.tool.drag(at)
        elif event.modifiers() & _SHIFT and not self._owner.tool.keeps_shift:
            self._owner.view.set_crosshair(at.lps_mm)
        else:
            self._owner.tool.hover(at)

    def release(self, event: QMouseEvent) -> None:
        """End what the button had started; a button that has not moved was clicked."""
        at, button = self._pointer(event), event.button()
        if button != self._button:
            return
        was_tools, self._navigation, self._button = self._navigation is None, None, Qt.MouseButton.NoButton
        if was_tools and button == Qt.MouseButton.LeftButton:
            self._owner.tool.release(at)
        if was_tools or self._has_moved:
            return
        if button == Qt.MouseButton.RightButton:
            self._owner.open_menu(event.globalPosition().toPoint())
        elif button == Qt.MouseButton.LeftButton:
            self._owner.selected_handle = None
            self._owner.view.set_crosshair(at.lps_mm)

    def double_click(self, event: QMouseEvent) -> bool:
        """Let the tool end its work; False when it has no use for the second click."""
        return event.button() != Qt.MouseButton.LeftButton or self._owner.tool.double_click(self._pointer(event))

    def leave(self) -> None:
        """Forget where the mouse was."""
        self.cursor_px = None
        self._owner.tool.leave()

    def let_go(self) -> None:
        """End a drag whose view has gone out of sight."""
        self._owner.tool.let_go()
        self._navigation, self._button = None, Qt.MouseButton.NoButton

    def marks(self) -> list[Primitive]:
        """Write the window beside a windowing hand."""
        is_windowing = self._navigation is not None and self._navigation.motion is Motion.WINDOW
        if not is_windowing or not self._has_moved or self.cursor_px is None:
            return []
        at = (self.cursor_px[0] + 16.0, self.cursor_px[1] - 8.0)
        text = window_words(self._owner.window_hu)
        return [Label(Role.DRAFT, text, at, weight=600, colour="#ffffff", name="live window")]

    @property
    def _scheme(self) -> MouseScheme:
        return SCHEMES[self._owner.view.mouse_scheme]

    def _is_held(self, button: Qt.MouseButton, at: Pointer) -> bool:
        """Whether there is something under the hand that a drag with any keys takes along, in every mouse scheme."""
        return button == Qt.MouseButton.LeftButton and self._owner.tool.holds(at)

    def _keys_for(self, button: Qt.MouseButton, at: Pointer) -> Qt.KeyboardModifier:
        """Return the keys that the mouse scheme sees: Shift is not its own where the tool has a use for it."""
        is_tools = button == Qt.MouseButton.LeftButton and self._owner.tool.keeps_shift
        return at.modifiers & ~_SHIFT if is_tools else at.modifiers

    def _navigate(self, navigation: Navigation, px: tuple[float, float]) -> None:
        view = self._owner.view
        if navigation.motion is Motion.WINDOW:
            self._owner.set_window(navigation.window_at(px))
        elif navigation.motion is Motion.TURN:
            view.set_frame(navigation.frame_at(px))
        elif navigation.motion is Motion.CROSSHAIR:
            view.set_crosshair(navigation.crosshair_at(px))
        else:
            self._owner.put_plane(navigation.plane_at(px), fixed_px=navigation.start_px)

    def _pointer(self, event: QMouseEvent) -> Pointer:
        px = (event.position().x(), event.position().y())
        return Pointer(px, point(self._owner.plane.to_lps(px)), event.modifiers())
