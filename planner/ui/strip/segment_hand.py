"""How is the treated part chosen along the nerve? Its brackets dragged, in the strip or in the curve below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from planner.domain.errors import PlannerError
from planner.domain.target import NerveCurve
from planner.planning.nerve import segment_set
from planner.ui.models.treated_part import moved_bracket, segment_edit
from planner.ui.strip.course import nerve_of, segment_of

if TYPE_CHECKING:
    from planner.rendering.strip_scene import StripPlane
    from planner.services.session import Session
    from planner.ui.view_state import ViewState

_CATCH_PX = 9.0


class SegmentHand(QObject):
    """Holds one end of the treated part; one drag is one undo step. ``refused(PlannerError)`` when it is not taken."""

    refused = Signal(object)

    def __init__(self, session: Session, view: ViewState) -> None:
        super().__init__()
        self._session, self._view = session, view
        self._held: int | None = None
        self._is_dragging = False

    @property
    def is_holding(self) -> bool:
        """Whether a bracket is held."""
        return self._held is not None

    def bracket_at(self, x_px: float, plane: StripPlane) -> int | None:
        """Return the bracket under the hand: 0 the first, 1 the last; None beside both."""
        target = nerve_of(self._session, self._view)
        if target is None:
            return None
        places = [plane.x_px(mm) for mm in segment_of(target)]
        away = [abs(place - x_px) for place in places]
        nearest = 0 if away[0] < away[1] else 1
        return nearest if away[nearest] <= _CATCH_PX else None

    def press(self, x_px: float, plane: StripPlane) -> bool:
        """Take hold of a bracket; False when none is there."""
        self._held = self.bracket_at(x_px, plane)
        return self._held is not None

    def drag(self, x_px: float, plane: StripPlane) -> None:
        """Move the bracket that is held along the nerve."""
        target = nerve_of(self._session, self._view)
        if self._held is None or target is None or not isinstance(target.course, NerveCurve):
            return
        if not self._is_dragging:
            self._is_dragging = True
            self._session.begin_gesture()
        wanted = moved_bracket(segment_of(target), self._held, plane.arc_at(x_px))
        try:
            course = segment_set(target.course, wanted)
            self._session.apply(segment_edit(target, course), initiator="user")
        except PlannerError as error:
            self.release()
            self.refused.emit(error)

    def release(self) -> None:
        """Let go; the drag becomes one step."""
        self._held = None
        if self._is_dragging:
            self._is_dragging = False
            try:
                self._session.end_gesture()
            except PlannerError as error:
                self.refused.emit(error)

    def cancel(self) -> bool:
        """Put the bracket back where it was taken; False when none is held."""
        if self._held is None:
            return False
        self._held = None
        if self._is_dragging:
            self._is_dragging = False
            self._session.cancel_gesture()
        return True
