"""Pointer: drag a handle or a line of the crosshair, or put the crosshair where the anatomy was clicked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt

from planner.ui.slices.handles import handle_at, move_command
from planner.ui.slices.nerve_points import add_point_at
from planner.ui.slices.tools.crosslines import CrosshairDrag, grasp_at, hover_marks, is_turned
from planner.ui.slices.tools.tool import SliceTool

if TYPE_CHECKING:
    from planner.rendering.primitives import Primitive
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
        self._from: Pointer | None = None
        self._is_dragging = False
        self._crosshair: CrosshairDrag | None = None
        self._hovered: Grasp | None = None

    @property
    def is_dragging(self) -> bool:
        """Whether a handle is being dragged."""
        return self._is_dragging

    def takes(self, at: Pointer) -> bool:
        """Whether there is something to take hold of: a handle, or a line of the crosshair."""
        host = self.host
        if handle_at(at.px, plan=host.session.plan, plane=host.plane, view=host.view) is not None:
            return True
        return grasp_at(at.px, plane=host.plane, view=host.view) is not None

    def press(self, at: Pointer) -> None:
        """Take hold of what is under the cursor, select its owner; on anatomy, move the crosshair."""
        host = self.host
        self._held = handle_at(at.px, plan=host.session.plan, plane=host.plane, view=host.view)
        self._from, self._is_dragging = at, False
        host.selected_handle = self._held
        if self._held is None:
            grasp = grasp_at(at.px, plane=host.plane, view=host.view)
            self._crosshair = None if grasp is None else CrosshairDrag(grasp, host=host, start=at)
            if grasp is None:
                host.view.set_crosshair(at.lps_mm)
        elif self._held.is_probe:
            host.view.select_probe(next(p.id for p in host.session.plan.probes if p.id == self._held.owner_id))
        host.repaint_hand()

    def drag(self, at: Pointer) -> None:
        """Move the held handle with the hand, or the crosshair."""
        if self._from is None:
            return
        if self._crosshair is not None:
            self._crosshair.drag(at)
            return
        if self._held is None:
            self.host.view.set_crosshair(at.lps_mm)
            return
        moved_px = np.hypot(at.px[0] - self._from.px[0], at.px[1] - self._from.px[1])
        if not self._is_dragging and moved_px < _STILL_PX:
            return
        if not self._is_dragging:
            self._is_dragging = True
            self.host.session.begin_gesture()
        shift = np.asarray(at.lps_mm) - np.asarray(self._from.lps_mm)
        self.host.try_apply(move_command(self._held, shift, plan=self.host.session.plan))

    def hover(self, at: Pointer) -> None:
        """Show what the hand would take hold of."""
        host = self.host
        is_on_handle = handle_at(at.px, plan=host.session.plan, plane=host.plane, view=host.view) is not None
        grasp = None if is_on_handle else grasp_at(at.px, plane=host.plane, view=host.view)
        if grasp is not None or self._hovered is not None:
            self._hovered = grasp
            host.show_cursor(self.cursor if grasp is None else grasp.cursor)
            host.repaint_hand()

    def leave(self) -> None:
        """Forget what the hand was over."""
        self._hovered = None

    def release(self, at: Pointer) -> None:
        """Let go; the whole drag is one undo step."""
        del at
        if self._crosshair is not None:
            self._crosshair.release()
        self.let_go()

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
        if self._is_dragging and self._held is not None:
            self.host.try_apply(move_command(self._held, np.zeros(3), plan=self.host.session.plan))
            self.let_go()
            return True
        if self.host.selected_handle is not None:
            self.host.selected_handle = None
            self.host.repaint_hand()
            return True
        return False

    def let_go(self) -> None:
        """End the drag where the hand was last."""
        was_dragging = self._is_dragging
        self._held, self._from, self._is_dragging, self._crosshair = None, None, False, None
        if was_dragging:
            self.host.end_gesture()

    def marks(self) -> list[Primitive]:
        """Draw the line that the hand is over or holds, and by how much it has turned."""
        marks = [] if self._hovered is None else hover_marks(self._hovered, host=self.host)
        return marks if self._crosshair is None else marks + self._crosshair.marks()
