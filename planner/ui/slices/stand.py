"""Where does a slice view stand? What chooses its plane: the three standard planes here, probes and nerve beside it.

A view owns its size, pan and zoom; its stand owns which plane of the patient that is, what it is called, and what one
wheel notch does. So every view of the program handles the same way, whatever it looks at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from planner.domain.geometry import PointLps, point
from planner.rendering.palette import PLANE_COLOUR
from planner.rendering.plane import Orientation, SlicePlane, on_slice

if TYPE_CHECKING:
    from planner.rendering.primitives import Primitive
    from planner.services.session import Session
    from planner.ui.view_state import ViewState

# What a view shows at first: a ball (centre in LPS mm, radius in mm); None shows the whole plane.
Opening = tuple[PointLps, float] | None


class Stand(Protocol):
    """Chooses the plane of one view. Stands hold no state: what moves is in the session or in the view state."""

    @property
    def name(self) -> str:
        """Unique name of the view, such as ``"axial"`` or ``"along-0"``."""

    @property
    def colour(self) -> str:
        """Colour of the square before the view's title."""

    @property
    def is_carried(self) -> bool:
        """Whether the picture goes along with the plane's centre (a probe), or stays put while the crosshair moves."""

    def caption(self, session: Session, view: ViewState) -> str:
        """Return the title at the top left, such as ``"AXIAL"`` or ``"ALONG P1, 0°"``."""

    def corner(self, session: Session, view: ViewState) -> str:
        """Return what stands at the bottom right in place of image and position; empty leaves those."""

    def plane(
        self, session: Session, view: ViewState, *, size_px: tuple[int, int], mm_per_px: float
    ) -> SlicePlane | None:
        """Return the plane without the view's own pan; None when what it stands on is not there."""

    def missing(self, session: Session, view: ViewState) -> str:
        """Return one sentence with the way out when :meth:`plane` gives None; empty otherwise."""

    def step(self, session: Session, view: ViewState, steps: int) -> None:
        """Go ``steps`` images up (head, front, patient's right; for a probe toward the tip)."""

    def opening(self, session: Session, view: ViewState) -> Opening:
        """Return what to show at first and on reset."""

    def marks(self, plane: SlicePlane, *, session: Session, view: ViewState) -> list[Primitive]:
        """Return what only this stand draws over the slice, such as depth ticks; ``plane`` as shown, with its pan."""


class StandardStand:
    """Axial, coronal or sagittal through the crosshair, turned by the shared frame when that is oblique."""

    is_carried = False

    def __init__(self, orientation: Orientation) -> None:
        self.orientation = orientation
        self.name = orientation.value
        self.colour = PLANE_COLOUR[orientation]

    def caption(self, session: Session, view: ViewState) -> str:
        """Return the plane's name; a turned one says how far: ``"AXIAL oblique 12°"``."""
        plane = self.plane(session, view, size_px=(1, 1), mm_per_px=1.0)
        if plane.is_upright:
            return self.name.upper()
        return f"{self.name.upper()} oblique {plane.lean_deg:.{0 if plane.lean_deg >= 1 else 1}f}°"

    def corner(self, session: Session, view: ViewState) -> str:
        """Leave image number and position."""
        del session, view
        return ""

    def plane(self, session: Session, view: ViewState, *, size_px: tuple[int, int], mm_per_px: float) -> SlicePlane:
        """Return the plane through the crosshair, as turned: onto the nearest stored image where it lies along them."""
        turned = SlicePlane.turned(
            self.orientation, view.crosshair_lps_mm, frame=view.frame, mm_per_px=mm_per_px, size_px=size_px
        )
        return on_slice(turned, session.volume.grid)

    def missing(self, session: Session, view: ViewState) -> str:
        """Nothing can be missing: there is always a CT."""
        del session, view
        return ""

    def step(self, session: Session, view: ViewState, steps: int) -> None:
        """Take the crosshair along: to the next stored image, or by the finest spacing across a turned plane."""
        crosshair = np.asarray(view.crosshair_lps_mm)
        here = self.plane(session, view, size_px=(1, 1), mm_per_px=1.0)
        there = on_slice(here, session.volume.grid, steps=steps)
        shift_mm = float(there.off_plane_mm(crosshair)) * np.asarray(there.normal_lps)
        view.set_crosshair(point(crosshair - shift_mm))

    def opening(self, session: Session, view: ViewState) -> Opening:
        """Show the whole plane."""
        del session, view
        return None

    def marks(self, plane: SlicePlane, *, session: Session, view: ViewState) -> list[Primitive]:
        """Draw nothing of its own."""
        del plane, session, view
        return []
