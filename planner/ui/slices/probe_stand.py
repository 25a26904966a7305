"""What does a view along or across a probe show? The planes of :mod:`planner.rendering.probe_planes`, in the hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.domain.geometry import point
from planner.rendering.palette import OFF_PLANE_DASH, PLANE_COLOUR
from planner.rendering.plane import Orientation
from planner.rendering.primitives import Path, Pen, Primitive, Role
from planner.rendering.probe_planes import across_plane, along_plane, depth_ticks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.probe import ProbePlacement
    from planner.rendering.plane import SlicePlane
    from planner.services.session import Session
    from planner.ui.slices.stand import Opening
    from planner.ui.view_state import ViewState

NO_PROBE = "No probe yet. Press P, then click the target."
PROBE_EYE = "probe-eye"
ALONG_0, ALONG_90 = "along-0", "along-90"

# How far the view across may go before the skin and beyond the tip.
_BEFORE_MM, _BEYOND_MM = 20.0, 40.0
_STEP_MM = 1.0
_STEP_ROLL_DEG = 5.0
_ALONG_ROOM_MM, _ALONG_SHOWN_MM = 14.0, 56.0
_ACROSS_RADIUS_MM = 32.0


def probe_of(session: Session, view: ViewState) -> ProbePlacement | None:
    """Return the selected probe, else the first; None when the plan has none."""
    probes = session.plan.probes
    return next((p for p in probes if p.id == view.selected_probe), probes[0] if probes else None)


def shaft_direction(probe: ProbePlacement) -> NDArray[np.float64]:
    """Return the unit vector from entry to tip, LPS."""
    shaft = np.subtract(probe.tip_lps_mm, probe.entry_lps_mm)
    return np.asarray(shaft / np.linalg.norm(shaft))


def shaft_length_mm(probe: ProbePlacement) -> float:
    """Return the depth of the probe: entry to tip, mm."""
    return float(np.linalg.norm(np.subtract(probe.tip_lps_mm, probe.entry_lps_mm)))


def depth_of(probe: ProbePlacement, view: ViewState) -> float:
    """Return how deep along the shaft the view across lies, mm from the entry."""
    length = shaft_length_mm(probe)
    return length if view.probe_depth_mm is None else float(np.clip(view.probe_depth_mm, *depth_limits_mm(probe)))


def depth_limits_mm(probe: ProbePlacement) -> tuple[float, float]:
    """Return the least and greatest depth of the view across, mm from the entry."""
    return -_BEFORE_MM, shaft_length_mm(probe) + _BEYOND_MM


def depth_words(probe: ProbePlacement, depth_mm: float) -> str:
    """Say a depth along the shaft: ``"27.3 mm deep"``, ``"5.0 mm beyond the tip"``, ``"3.0 mm before the entry"``."""
    beyond = depth_mm - shaft_length_mm(probe)
    if abs(beyond) < 0.05:
        return "at the tip"
    if beyond > 0:
        return f"{beyond:.1f} mm beyond the tip"
    return f"{depth_mm:.1f} mm deep" if depth_mm >= 0 else f"{-depth_mm:.1f} mm before the entry"


def slide_depth(session: Session, view: ViewState, shift_mm: float) -> None:
    """Move the view across along the shaft; the crosshair comes along on the shaft, and with it every slice."""
    probe = probe_of(session, view)
    if probe is None:
        return
    depth = float(np.clip(depth_of(probe, view) + shift_mm, *depth_limits_mm(probe)))
    view.set_probe_depth(depth)
    place = np.asarray(probe.entry_lps_mm) + depth * shaft_direction(probe)
    if session.volume.grid.contains(place):
        view.set_crosshair(point(place))


class _ProbeStand:
    """What the stands on a probe have in common."""

    is_carried = True
    colour = PLANE_COLOUR[Orientation.OBLIQUE]

    def missing(self, session: Session, view: ViewState) -> str:
        """Say how to get a probe."""
        return "" if probe_of(session, view) is not None else NO_PROBE


class AlongStand(_ProbeStand):
    """A plane that holds the shaft, turned about it."""

    def __init__(self, name: str, *, angle_deg: float) -> None:
        self.name = name
        self._angle_deg = angle_deg

    def caption(self, session: Session, view: ViewState) -> str:
        """Name the probe and the roll."""
        probe = probe_of(session, view)
        return f"ALONG {probe.label if probe else 'PROBE'}, {_degrees(self._roll_deg(view))}"

    def corner(self, session: Session, view: ViewState) -> str:
        """Say how deep the tip lies."""
        probe = probe_of(session, view)
        return "" if probe is None else f"tip {shaft_length_mm(probe):.1f} mm deep"

    def plane(
        self, session: Session, view: ViewState, *, size_px: tuple[int, int], mm_per_px: float
    ) -> SlicePlane | None:
        """Return the plane through the middle of the shaft, entry above."""
        probe = probe_of(session, view)
        if probe is None:
            return None
        middle = (np.asarray(probe.entry_lps_mm) + np.asarray(probe.tip_lps_mm)) / 2
        return along_plane(probe, middle, roll_deg=self._roll_deg(view), mm_per_px=mm_per_px, size_px=size_px)

    def step(self, session: Session, view: ViewState, steps: int) -> None:
        """Turn the planes about the shaft: one wheel notch is 5°."""
        del session
        view.set_probe_roll(round(view.probe_roll_deg / _STEP_ROLL_DEG + steps) * _STEP_ROLL_DEG)

    def opening(self, session: Session, view: ViewState) -> Opening:
        """Show the whole shaft with the tissue round it; of a long one the deeper part."""
        probe = probe_of(session, view)
        if probe is None:
            return None
        shown_mm = min(shaft_length_mm(probe), _ALONG_SHOWN_MM)
        middle = np.asarray(probe.tip_lps_mm) - shown_mm / 2 * shaft_direction(probe)
        return point(middle), shown_mm / 2 + _ALONG_ROOM_MM

    def marks(self, plane: SlicePlane, *, session: Session, view: ViewState) -> list[Primitive]:
        """Draw depth ticks along the shaft, and where the plane across lies; nothing of a hidden probe."""
        probe = probe_of(session, view)
        if probe is None or probe.id in view.hidden_probes:
            return []
        return [*depth_ticks(probe, plane), _across_line(probe, plane, depth_of(probe, view))]

    def _roll_deg(self, view: ViewState) -> float:
        return (self._angle_deg + view.probe_roll_deg + 180.0) % 360.0 - 180.0


class ProbeEyeStand(_ProbeStand):
    """The plane square to the shaft at a depth, seen from the entry toward the tip."""

    name = PROBE_EYE

    def caption(self, session: Session, view: ViewState) -> str:
        """Name the probe."""
        probe = probe_of(session, view)
        return f"PERPENDICULAR TO {probe.label if probe else 'PROBE'}"

    def corner(self, session: Session, view: ViewState) -> str:
        """Say the depth."""
        probe = probe_of(session, view)
        return "" if probe is None else depth_words(probe, depth_of(probe, view))

    def plane(
        self, session: Session, view: ViewState, *, size_px: tuple[int, int], mm_per_px: float
    ) -> SlicePlane | None:
        """Return the plane across the shaft, head up; front up for a shaft that runs along the body."""
        probe = probe_of(session, view)
        if probe is None:
            return None
        return across_plane(probe, depth_of(probe, view), mm_per_px=mm_per_px, size_px=size_px)

    def step(self, session: Session, view: ViewState, steps: int) -> None:
        """Go 1 mm toward the tip for each notch."""
        slide_depth(session, view, steps * _STEP_MM)

    def opening(self, session: Session, view: ViewState) -> Opening:
        """Show the surroundings of the shaft at this depth."""
        probe = probe_of(session, view)
        if probe is None:
            return None
        place = np.asarray(probe.entry_lps_mm) + depth_of(probe, view) * shaft_direction(probe)
        return point(place), _ACROSS_RADIUS_MM

    def marks(self, plane: SlicePlane, *, session: Session, view: ViewState) -> list[Primitive]:
        """Draw nothing of its own."""
        del plane, session, view
        return []


def _across_line(probe: ProbePlacement, plane: SlicePlane, depth_mm: float) -> Primitive:
    """Draw the trace of the plane across the shaft, open where it meets the shaft."""
    x, y = (float(v) for v in plane.to_px(np.asarray(probe.entry_lps_mm) + depth_mm * shaft_direction(probe)))
    lines = (np.array([(0.0, y), (x - 10.0, y)]), np.array([(x + 10.0, y), (float(plane.size_px[0]), y)]))
    pen = Pen(PLANE_COLOUR[Orientation.OBLIQUE], 1.0, OFF_PLANE_DASH, 0.8)
    return Path(Role.CROSSHAIR, lines, pen, name="plane across the probe")


def _degrees(angle: float) -> str:
    return f"{angle:.0f}°".replace("-", "−")
