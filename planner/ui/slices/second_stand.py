"""How is the second series seen beside the CT? The same plane through the same crosshair, with its own picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.ui.slices.stand import Opening, StandardStand

if TYPE_CHECKING:
    from planner.rendering.plane import Orientation, SlicePlane
    from planner.rendering.primitives import Primitive
    from planner.services.session import Session
    from planner.ui.view_state import ViewState

NO_SECOND = "No second series. Lay one over the CT in the step Study."


def second_name(orientation: Orientation) -> str:
    """Return the name of the view of one plane."""
    return f"second-{orientation.value}"


class SecondStand:
    """Stands where the standard view of that plane stands; see :class:`planner.ui.slices.stand.Stand`."""

    is_carried = False

    def __init__(self, orientation: Orientation) -> None:
        self._beside = StandardStand(orientation)
        self.name = second_name(orientation)
        self.colour = self._beside.colour

    def caption(self, session: Session, view: ViewState) -> str:
        """Say that this is not the planning CT."""
        return f"{self._beside.caption(session, view)} · SECOND SERIES"

    def corner(self, session: Session, view: ViewState) -> str:
        """Return the position alone: image numbers would be the CT's."""
        plane = self._beside.plane(session, view, size_px=(1, 1), mm_per_px=1.0)
        return self._beside.corner(session, view) or plane.position_words()

    def plane(
        self, session: Session, view: ViewState, *, size_px: tuple[int, int], mm_per_px: float
    ) -> SlicePlane | None:
        """Return the CT's plane; None without a second series."""
        if session.second is None:
            return None
        return self._beside.plane(session, view, size_px=size_px, mm_per_px=mm_per_px)

    def missing(self, session: Session, view: ViewState) -> str:
        """Say how to get one."""
        del view
        return NO_SECOND if session.second is None else ""

    def step(self, session: Session, view: ViewState, steps: int) -> None:
        """Step through the images of the CT."""
        self._beside.step(session, view, steps)

    def opening(self, session: Session, view: ViewState) -> Opening:
        """Show the whole plane."""
        return self._beside.opening(session, view)

    def marks(self, plane: SlicePlane, *, session: Session, view: ViewState) -> list[Primitive]:
        """Draw nothing of its own."""
        return self._beside.marks(plane, session=session, view=view)
