"""Scissors in 3-D: draw a line on the picture, and what lies behind it is cut away, all through the patient."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt

from planner.domain.mask_edit import Cut
from planner.rendering.palette import OFF_PLANE_DASH
from planner.rendering.primitives import Label, Path, Pen, Primitive, Role
from planner.ui.view_state import Tool

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtCore import QPointF

    from planner.ui.painting import Painting
    from planner.ui.view_state import ViewState

_NEXT_POINT_PX = 2.0
_FEWEST_POINTS = 3
_STILL_PX = 4.0


class Scissors:
    """The line under the hand. With Shift, what lies outside of it is cut away instead."""

    def __init__(self, view: ViewState, painting: Painting | None) -> None:
        self._view, self._painting = view, painting
        self._points: list[tuple[float, float]] = []
        self._at: tuple[float, float] | None = None
        self._keeps_inside = False

    @property
    def is_taken(self) -> bool:
        """Whether the left button belongs to the scissors."""
        return self._view.tool is Tool.SCISSORS and self._painting is not None

    @property
    def is_cutting(self) -> bool:
        """Whether a line is being drawn."""
        return bool(self._points)

    def press(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Begin the line, unless nothing can be cut; then it is said why."""
        self._note(at, modifiers)
        if self._painting is not None and self._painting.editable() is not None:
            self._points = [(at.x(), at.y())]

    def move(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Draw the line along with the hand."""
        self._note(at, modifiers)
        if self._points and np.hypot(at.x() - self._points[-1][0], at.y() - self._points[-1][1]) > _NEXT_POINT_PX:
            self._points.append((at.x(), at.y()))

    def release(self, to_picture: NDArray[np.float64]) -> bool:
        """Close the line and cut; False when the hand has hardly moved: that was a click.

        ``to_picture`` is the matrix (4, 4) from LPS mm to the view's pixels; see :class:`planner.domain.mask_edit.Cut`.
        """
        points, self._points = self._points, []
        if not points or max(np.ptp(np.array(points), axis=0)) <= _STILL_PX:
            return False
        if len(points) >= _FEWEST_POINTS and self._painting is not None:
            matrix = tuple(float(v) for v in to_picture.ravel())
            self._painting.run(Cut(matrix, tuple(points), keep_inside=self._keeps_inside))
        return True

    def cancel(self) -> bool:
        """Drop the line; False when there is none."""
        had_line, self._points = bool(self._points), []
        return had_line

    def leave(self) -> None:
        """Take the words away."""
        self._at = None

    def marks(self) -> list[Primitive]:
        """Draw the line, how it would close, and what letting go will do."""
        if not self.is_taken or self._at is None:
            return []
        marks: list[Primitive] = []
        if len(self._points) > 1:
            line = np.array(self._points)
            pen = Pen("#ffffff", 1.6, halo_px=1.2)
            closing = Pen("#ffffff", 1.2, OFF_PLANE_DASH, 0.8, halo_px=0.8)
            marks += [
                Path(Role.DRAFT, (line,), pen, name="scissors"),
                Path(Role.DRAFT, (line[[-1, 0]],), closing, name="closing line"),
            ]
        at = (self._at[0] + 14.0, self._at[1] + 22.0)
        return [*marks, Label(Role.DRAFT, self._words(), at, colour="#ffffff", name="scissors words")]

    def _words(self) -> str:
        if self.is_cutting:
            return "Let go: keep only what is inside" if self._keeps_inside else "Let go: cut away what is inside"
        return "Draw around what to keep" if self._keeps_inside else "Draw around what to cut away"

    def _note(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        self._at = (at.x(), at.y())
        self._keeps_inside = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
