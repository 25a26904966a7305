"""Pointer: drag a handle or a line of the crosshair, or put the crosshair where the anatomy was clicked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt

from planner.ui.models.probe_grip import GripKeys
from planner.ui.slices.handles import handle_at, move_command, place_of
from planner.ui.slices.nerve_points import add_point_at
from planner.ui.slices.tools.crosslines import CrosshairDrag, grasp_at, hover_marks, is_turned
from planner.ui.slices.tools.probe_drag import ProbeDrag, over_words, probe_cursor, probe_of
from planner.ui.slices.tools.tool import SliceTool, lines_beside

if TYPE_CHECKING:
    from planner.rendering.primitives import Primitive
    from planner.services.commands import Command
    from planner.ui.slices.handles import Handle
    from planner.ui.slices.tools.crosslines import Grasp
    from planner.ui.slices.tools.tool import Host, Pointer

# A hand that trembles by less than this has clicked, not dragged.
_STILL_PX = 3.0


class PointerTool(SliceTool):
    """Drags handles with one undo step per drag. A handle keeps its distance from the slice while it is dragged."""

    cursor = Qt.CursorShape.ArrowCursor

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._held: Handle | None = None
        self._probe: ProbeDrag | None = None
        self._from: Pointer | None = None
        self._at: Pointer | None = None
        self._is_dragging = False
        self._is_refused = False
        self._crosshair: CrosshairDrag | None = None
        self._hovered: Grasp | None = None
        self._over: Handle | None = None

    @property
    def is_dragging(self) -> bool:
        """Whether a handle is being dragged."""
        return self._is_dragging

    def takes(self, at: Pointer) -> bool:
        """Whether there is something to take hold of: a handle, or a line of the crosshair."""
        return self._handle(at) is not None or grasp_at(at.px, plane=self.host.plane, view=self.host.view) is not None

    def holds(self, at: Pointer) -> bool:
        """Whether a probe is under the hand: keys held with it say how it moves."""
        handle = self._handle(at)
        return handle is not None and handle.is_probe

    def _handle(self, at: Pointer) -> Handle | None:
        host = self.host
        return handle_at(at.px, plan=host.session.plan, plane=host.plane, view=host.view)

    def press(self, at: Pointer) -> None:
        """Take hold of what is under the cursor, select its owner; on anatomy, move the crosshair."""
        host = self.host
        self._held = self._handle(at)
        self._from = self._at = at
        self._is_dragging = self._is_refused = False
        self._over = self._probe = None
        host.selected_handle = self._held
        if self._held is None:
            grasp = grasp_at(at.px, plane=host.plane, view=host.view)
            self._crosshair = None if grasp is None else CrosshairDrag(grasp, host=host, start=at)
            if grasp is None:
                host.view.set_crosshair(at.lps_mm)
        elif self._held.is_probe:
            host.selected_handle = place_of(self._held, host.session.plan)
            host.view.select_probe(probe_of(self._held, host.session.plan).id)
            self._probe = ProbeDrag(self._held, host.session)
            self._probe.press_keys(GripKeys.of(at.modifiers))
            host.show_cursor(probe_cursor(is_locked=self._probe.is_locked, is_held=True))
        host.repaint_hand()

    def drag(self, at: Pointer) -> None:
        """Move the held handle with the hand, or the crosshair."""
        if self._from is None:
            return
        self._at = at
        if self._crosshair is not None:
            self._crosshair.drag(at)
        elif self._held is None:
            self.host.view.set_crosshair(at.lps_mm)
        else:
            self._drag_handle(self._held, self._from, at)

    def _drag_handle(self, held: Handle, start: Pointer, at: Pointer) -> None:
        if not self._is_dragging:
            if self._is_refused or np.hypot(at.px[0] - start.px[0], at.px[1] - start.px[1]) < _STILL_PX:
                return
            if self._probe is not None and self._probe.is_locked:
                self._is_refused = True
                self.host.try_apply(self._edit(held, start, at))
                return
            self._is_dragging = True
            self.host.session.begin_gesture()
        self.host.try_apply(self._edit(held, start, at))

    def _edit(self, held: Handle, start: Pointer, at: Pointer) -> Command:
        shift = np.asarray(at.lps_mm) - np.asarray(start.lps_mm)
        if self._probe is not None:
            return self._probe.command(shift, GripKeys.of(at.modifiers))
        return move_command(held, shift, plan=self.host.session.plan)

    def hover(self, at: Pointer) -> None:
        """Show what the hand would take hold of."""
        host = self.host
        self._at = at
        over = self._handle(at)
        grasp = None if over is not None else grasp_at(at.px, plane=host.plane, view=host.view)
        if (over, grasp) == (self._over, self._hovered) and over is None and grasp is None:
            return
        self._over, self._hovered = over, grasp
        if over is not None:
            is_locked = over.is_probe and host.session.plan.is_locked(probe_of(over, host.session.plan).id)
            host.show_cursor(probe_cursor(is_locked=is_locked, is_held=False))
        else:
            host.show_cursor(self.cursor if grasp is None else grasp.cursor)
        host.repaint_hand()

    def leave(self) -> None:
        """Forget what the hand was over."""
        self._hovered = self._over = None

    def release(self, at: Pointer) -> None:
        """Let go; the whole drag is one undo step, and what was set beyond the hand is said."""
        del at
        if self._crosshair is not None:
            self._crosshair.release()
        words = self._probe.said() if self._probe is not None and self._is_dragging else ""
        self.let_go()
        if words:
            self.host.say(words)

    def double_click(self, at: Pointer) -> bool:
        """Put a point onto the nerve; on a line of the crosshair, go back to the standard planes when turned."""
        if add_point_at(self.host, at):
            return True
        if not is_turned(self.host.view) or grasp_at(at.px, plane=self.host.plane, view=self.host.view) is None:
            return False
        self.host.view.reset_frame()
        return True

    def cancel(self) -> bool:
        """Put what is dragged back where it was taken, or deselect."""
        if self._crosshair is not None and self._crosshair.has_moved:
            self._crosshair.cancel()
            self.let_go()
            return True
        if self._is_dragging:
            self._forget()
            self.host.cancel_gesture()
            return True
        if self.host.selected_handle is not None:
            self.host.selected_handle = None
            self.host.repaint_hand()
            return True
        return False

    def let_go(self) -> None:
        """End the drag where the hand was last."""
        was_dragging = self._is_dragging
        self._forget()
        if was_dragging:
            self.host.end_gesture()

    def _forget(self) -> None:
        if self._probe is not None:
            self.host.show_cursor(probe_cursor(is_locked=self._probe.is_locked, is_held=False))
        self._held = self._from = self._crosshair = self._probe = None
        self._is_dragging = False

    def marks(self) -> list[Primitive]:
        """Draw the line that the hand is over or holds, and beside the hand what it does to a probe."""
        if self._crosshair is not None:
            hovered = [] if self._hovered is None else hover_marks(self._hovered, host=self.host)
            return hovered + self._crosshair.marks()
        if self._at is not None and self._probe is not None:
            return self._probe.marks(self._at.px, size_px=self.host.plane.size_px)
        if self._hovered is not None:
            return hover_marks(self._hovered, host=self.host)
        return [] if self._over is None or self._at is None else self._over_marks(self._over, self._at)

    def _over_marks(self, over: Handle, at: Pointer) -> list[Primitive]:
        """Name the probe's part under the hand, or say that it is locked."""
        plan = self.host.session.plan
        if not over.is_probe or all(probe.id != over.owner_id for probe in plan.probes):
            return []
        return [*lines_beside((over_words(over, plan),), at.px, size_px=self.host.plane.size_px)]
