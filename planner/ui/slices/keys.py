"""What do the keys do in a slice? Scroll, nudge a handle, next probe, reset, choose a window, finish and cancel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt

from planner.domain.errors import PlannerError
from planner.domain.geometry import point
from planner.domain.identity import MeasurementId
from planner.rendering.window import PRESETS
from planner.services.commands import RemoveMeasurement
from planner.ui.models.probe_grip import placed_words
from planner.ui.slices.handles import Handle, Part, held_probes, move_command, place_of
from planner.ui.slices.nerve_points import remove_point
from planner.ui.slices.tools.probe_drag import probe_of
from planner.ui.slices.tools.tool import Pointer

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QKeyEvent

    from planner.ui.slices.slice_view import SliceView

_PAGE_SLICES = 10
_NUDGE_MM = 1.0
_FINE_NUDGE_MM = 0.1
_COARSE_NUDGE_MM = 5.0
_FAR_MM = 10.0

ARROWS: dict[int, tuple[int, int]] = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


# Slices up; 0 goes to the end.
_SCROLLS: dict[int, int] = {
    Qt.Key.Key_PageUp: _PAGE_SLICES,
    Qt.Key.Key_PageDown: -_PAGE_SLICES,
    Qt.Key.Key_Home: 0,
    Qt.Key.Key_End: 0,
}
# Factors; 0 shows the whole slice.
_ZOOM_KEYS: dict[int, float] = {Qt.Key.Key_Plus: 1.25, Qt.Key.Key_Minus: 0.8, Qt.Key.Key_Equal: 0.0}
# With a brush in the hand these change the brush.
_RESIZE_KEYS: dict[int, int] = {Qt.Key.Key_Plus: 1, Qt.Key.Key_Minus: -1}


def nudge_mm(modifiers: Qt.KeyboardModifier) -> float:
    """Return how far an arrow moves what is held: 1 mm, with Shift 0.1, with Ctrl 5; in every view alike."""
    if modifiers & Qt.KeyboardModifier.ShiftModifier:
        return _FINE_NUDGE_MM
    return _COARSE_NUDGE_MM if modifiers & Qt.KeyboardModifier.ControlModifier else _NUDGE_MM


class SliceKeys:
    """The keyboard of one slice view."""

    def __init__(self, owner: SliceView) -> None:
        self._owner = owner
        self._windows = {ord(preset.key): preset.key for preset in PRESETS if preset.key}
        self._answers: dict[int, Callable[[], bool]] = {
            Qt.Key.Key_Tab: lambda: self._next_probe(1),
            Qt.Key.Key_Backtab: lambda: self._next_probe(-1),
            Qt.Key.Key_Return: self._accept,
            Qt.Key.Key_Enter: self._accept,
            Qt.Key.Key_Escape: self._cancel,
            Qt.Key.Key_Delete: self._remove_held,
        }

    def press(self, event: QKeyEvent) -> bool:
        """Act on a key; False leaves it to the window."""
        key, modifiers = event.key(), event.modifiers()
        if key != Qt.Key.Key_C:
            self._owner.cine.stop()
        answer = self._with_modifier(key, modifiers)
        if answer is not None:
            return answer
        if key in ARROWS:
            return self._arrow(key, modifiers)
        if key in self._answers:
            return self._answers[key]()
        is_plain = not modifiers & ~Qt.KeyboardModifier.KeypadModifier
        if key == Qt.Key.Key_Space:
            self._reset(modifiers)
        elif key in _SCROLLS:
            self._owner.step_slices(_SCROLLS[key] or self._all_slices(key))
        elif key in _ZOOM_KEYS:
            if is_plain and key in _RESIZE_KEYS and self._owner.tool.resize(_RESIZE_KEYS[key]):
                return True
            self._zoom(_ZOOM_KEYS[key])
        elif key in self._windows and is_plain:
            self._owner.view.set_window(self._owner.view.window_of(self._windows[key]))
        elif key == Qt.Key.Key_C and is_plain:
            self._owner.cine.toggle()
        elif key == Qt.Key.Key_I and is_plain:
            self._owner.view.set_inverted(on=not self._owner.view.is_inverted)
        else:
            return False
        return True

    def _with_modifier(self, key: int, modifiers: Qt.KeyboardModifier) -> bool | None:
        """Answer what means something else with Alt or Ctrl; None for everything that does not."""
        if modifiers & Qt.KeyboardModifier.AltModifier:
            return self._history(key)
        if modifiers & Qt.KeyboardModifier.ControlModifier and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return self._click_crosshair()
        return None

    def _click_crosshair(self) -> bool:
        """Do at the crosshair what a click there does with the tool in the hand: a plan can be made without a mouse."""
        owner, place = self._owner, self._owner.view.crosshair_lps_mm
        x, y = owner.plane.to_px(place)
        at = Pointer((float(x), float(y)), place)
        if owner.tool.takes(at):
            owner.tool.press(at)
            owner.tool.release(at)
            owner.repaint_hand()
        return True

    def _move_crosshair(self, across: int, down: int, *, is_far: bool) -> bool:
        """Move the crosshair within the view."""
        step_mm = _FAR_MM if is_far else _NUDGE_MM
        plane, view = self._owner.plane, self._owner.view
        shift = step_mm * (across * np.asarray(plane.right_lps) + down * np.asarray(plane.down_lps))
        view.set_crosshair(point(np.asarray(view.crosshair_lps_mm) + shift))
        return True

    def _accept(self) -> bool:
        return self._owner.tool.accept()

    def _cancel(self) -> bool:
        return self._owner.tool.cancel()

    def _all_slices(self, key: int) -> int:
        """Return more steps than there are, up or down; a stand stops at the last slice."""
        count = sum(self._owner.session.volume.grid.shape_kji)
        return count if key == Qt.Key.Key_Home else -count

    def _reset(self, modifiers: Qt.KeyboardModifier) -> None:
        """Show the whole slice again, or with Shift the standard planes."""
        if modifiers & Qt.KeyboardModifier.ShiftModifier:
            self._owner.view.reset_frame()
        else:
            self._owner.reset_view()

    def _zoom(self, factor: float) -> None:
        """Magnify around the cursor, or around the middle when it is elsewhere; 0 shows the whole slice."""
        if not factor:
            self._owner.reset_view()
            return
        middle = self._owner.plane.size_px[0] / 2, self._owner.plane.size_px[1] / 2
        self._owner.zoom(factor, at_px=self._owner.cursor_px or middle)

    def _history(self, key: int) -> bool:
        """Go to the look before or after; edits of the plan are not among them."""
        history = self._owner.view.history
        if key == Qt.Key.Key_Left:
            return history.back() or True
        return key == Qt.Key.Key_Right and (history.forward() or True)

    def current_handle(self) -> Handle | None:
        """Return the selected handle where the plan has it now."""
        handle = self._owner.selected_handle
        if handle is None or handle.owner_id in self._owner.view.hidden_probes:
            return None
        return place_of(handle, self._owner.session.plan)

    def _remove_held(self) -> bool:
        """Take the measurement or the nerve's point that is held out of the plan; nothing else is deleted by a key."""
        handle = self.current_handle()
        if handle is not None and handle.part is Part.NERVE_POINT:
            return self._remove_nerve_point(handle)
        if handle is None or handle.part is not Part.MEASURED_POINT:
            return False
        measurement = self._owner.session.plan.measurement(MeasurementId(handle.owner_id))
        self._owner.selected_handle = None
        return self._owner.try_apply(RemoveMeasurement(measurement.id, measurement.name))

    def _remove_nerve_point(self, handle: Handle) -> bool:
        """Take a point out of its nerve, or say why it must stay."""
        try:
            command = remove_point(handle, self._owner.session.plan)
        except PlannerError as error:
            self._owner.refused.emit(error)
            return True
        self._owner.selected_handle = None
        return self._owner.try_apply(command)

    def _next_probe(self, step: int) -> bool:
        """Select the next or previous probe in sight and look at its tip; False when there is none."""
        view = self._owner.view
        probes = held_probes(self._owner.session.plan, view)
        if not probes:
            return False
        ids = [probe.id for probe in probes]
        chosen = view.selected_probe
        following = probes[(ids.index(chosen) + step) % len(ids) if chosen in ids else 0]
        view.select_probe(following.id)
        view.set_crosshair(following.tip_lps_mm)
        return True

    def _arrow(self, key: int, modifiers: Qt.KeyboardModifier) -> bool:
        """Nudge the selected handle in the view, otherwise scroll with up and down."""
        across, down = ARROWS[Qt.Key(key)]
        handle = self.current_handle()
        if handle is None:
            if modifiers & Qt.KeyboardModifier.ControlModifier:
                return self._move_crosshair(across, down, is_far=bool(modifiers & Qt.KeyboardModifier.ShiftModifier))
            if across:
                return False
            self._owner.step_slices(-down)
            return True
        plane = self._owner.plane
        shift = nudge_mm(modifiers) * (across * np.asarray(plane.right_lps) + down * np.asarray(plane.down_lps))
        if self._owner.try_apply(move_command(handle, shift, plan=self._owner.session.plan)) and handle.is_probe:
            self._owner.say(placed_words(probe_of(handle, self._owner.session.plan), self._owner.session))
        self._owner.selected_handle = self.current_handle()
        self._owner.repaint_hand()
        return True
