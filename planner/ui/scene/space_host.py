"""What does the 3-D view give to the hand on a probe? Its picture's geometry, the door to the plan, and words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.errors import PlannerError
from planner.ui.view_state import Tool

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray
    from PySide6.QtCore import Qt

    from planner.domain.geometry import PointLps
    from planner.services.commands import Command
    from planner.ui.scene.scene_view import SceneView


_NO_ANATOMY = frozenset({"probe", "ice"})


class SceneHost:
    """Answers for one 3-D view; see :class:`planner.ui.scene.probe_hand.SpaceHost`."""

    def __init__(self, owner: SceneView) -> None:
        self._owner = owner
        self.session = owner.session
        self.view = owner.view

    def to_picture(self) -> NDArray[np.float64]:
        """Return the matrix (4, 4) from LPS mm to the view's pixels."""
        return self._owner.stage.to_picture(self.size_px())

    def seen_at(self, px: tuple[float, float]) -> PointLps | None:
        """Return the first piece of anatomy under a pixel of the view: probes and ice are not what is aimed at."""
        return self._owner.seen_at(px, passed=_NO_ANATOMY)

    def size_px(self) -> tuple[int, int]:
        """Return the size of the view."""
        return self._owner.width(), self._owner.height()

    def try_apply(self, command: Command) -> bool:
        """Run an edit; when the plan refuses, say why and leave everything as it was."""
        return self._attempt(lambda: self.session.apply(command, initiator="user"))

    def end_gesture(self) -> None:
        """End a drag: it becomes one undo step."""
        self._attempt(self.session.end_gesture)

    def cancel_gesture(self) -> None:
        """End a drag that never was."""
        self._attempt(self.session.cancel_gesture)

    def _attempt(self, act: Callable[[], None]) -> bool:
        try:
            act()
        except PlannerError as error:
            self._owner.refused.emit(error)
            return False
        return True

    def finish_probe(self, tip: PointLps, entry: PointLps, *, is_off_skin: bool) -> None:
        """Hand a new probe to the window and take the pointer again."""
        self.view.set_tool(Tool.POINTER)
        (self._owner.new_free_probe if is_off_skin else self._owner.new_probe).emit(tip, entry)

    def say(self, sentence: str) -> None:
        """Put a sentence into the status line."""
        self._owner.said.emit(sentence)

    def show_cursor(self, shape: Qt.CursorShape) -> None:
        """Show another mouse pointer."""
        self._owner.setCursor(shape)

    def highlight(self) -> str:
        """Return the colour of what is selected."""
        return self._owner.palette().highlight().color().name()

    def update(self) -> None:
        """Paint the marks again."""
        self._owner.update()
