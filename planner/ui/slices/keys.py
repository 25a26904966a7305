"""What do the keys do in a slice? Scroll, nudge a handle, next probe, reset, choose a window, finish and cancel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt

from planner.domain.identity import MeasurementId
from planner.rendering.window import PRESETS
from planner.services.commands import RemoveMeasurement
from planner.ui.slices.handles import Handle, Part, move_command, place_of

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from planner.ui.slices.slice_view import SliceView

_PAGE_SLICES = 10
_NUDGE_MM = 1.0
_FINE_NUDGE_MM = 0.1
_COARSE_NUDGE_MM = 5.0

_ARROWS: dict[int, tuple[int, int]] = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class SliceKeys:
    """The keyboard of one slice view."""

    def __init__(self, owner: SliceView) -> None:
        self._owner = owner
        self._windows = {ord(preset.key): preset.window_hu for preset in PRESETS if preset.key}

    def press(self, event: QKeyEvent) -> bool:
        """Act on a key; False leaves it to the window."""
        key, modifiers = event.key(), event.modifiers()
        if key in _ARROWS:
            return self._arrow(key, modifiers)
        if key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            return self._next_probe(1 if key == Qt.Key.Key_Tab else -1)
        if key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self._owner.step_slices(_PAGE_SLICES if key == Qt.Key.Key_PageUp else -_PAGE_SLICES)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            count = sum(self._owner.session.volume.grid.shape_kji)  # more than there is; a stand stops at the last
            self._owner.step_slices(count if key == Qt.Key.Key_Home else -count)
        elif key == Qt.Key.Key_Space:
            self._owner.reset_view()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return self._owner.tool.accept()
        elif key == Qt.Key.Key_Delete:
            return self._remove_measurement()
        elif key == Qt.Key.Key_Escape:
            return self._owner.tool.cancel()
        elif key in self._windows and not modifiers & ~Qt.KeyboardModifier.KeypadModifier:
            self._owner.view.set_window(self._windows[key])
        else:
            return False
        return True

    def current_handle(self) -> Handle | None:
        """Return the selected handle where the plan has it now."""
        handle = self._owner.selected_handle
        return None if handle is None else place_of(handle, self._owner.session.plan)

    def _remove_measurement(self) -> bool:
        """Take the measurement that is held out of the plan; nothing else is ever deleted by a key in a view."""
        handle = self.current_handle()
        if handle is None or handle.part is not Part.MEASURED_POINT:
            return False
        measurement = self._owner.session.plan.measurement(MeasurementId(handle.owner_id))
        self._owner.selected_handle = None
        return self._owner.try_apply(RemoveMeasurement(measurement.id, measurement.name))

    def _next_probe(self, step: int) -> bool:
        """Select the next or previous probe and look at its tip; False when there is none."""
        probes, view = self._owner.session.plan.probes, self._owner.view
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
        across, down = _ARROWS[Qt.Key(key)]
        handle = self.current_handle()
        if handle is None:
            if across:
                return False
            self._owner.step_slices(-down)
            return True
        step_mm = _NUDGE_MM
        if modifiers & Qt.KeyboardModifier.ShiftModifier:
            step_mm = _FINE_NUDGE_MM
        elif modifiers & Qt.KeyboardModifier.ControlModifier:
            step_mm = _COARSE_NUDGE_MM
        plane = self._owner.plane
        shift = step_mm * (across * np.asarray(plane.right_lps) + down * np.asarray(plane.down_lps))
        self._owner.try_apply(move_command(handle, shift, plan=self._owner.session.plan))
        self._owner.selected_handle = self.current_handle()
        self._owner.repaint_hand()
        return True
