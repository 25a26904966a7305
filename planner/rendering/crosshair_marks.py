"""Where do the other planes cut a view? The crosshair's lines, drawn where they really lie, open at the point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.rendering.palette import PLANE_COLOUR, TEXT_STRONG
from planner.rendering.plane import Orientation, standard_normal_lps
from planner.rendering.primitives import Path, Pen, Primitive, Role
from planner.rendering.turning import UPRIGHT, trace_lps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.geometry import PointLps
    from planner.rendering.plane import SlicePlane
    from planner.rendering.turning import Frame

CROSSHAIR_GAP_PX = 26.0
_CROSSHAIR_OPACITY = 0.55
_ON_POINT_MM = 0.5
# Which plane the vertical and the horizontal crosshair line of a view stand for.
_TRACES = {
    Orientation.AXIAL: (Orientation.SAGITTAL, Orientation.CORONAL),
    Orientation.CORONAL: (Orientation.SAGITTAL, Orientation.AXIAL),
    Orientation.SAGITTAL: (Orientation.CORONAL, Orientation.AXIAL),
}


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """Where another plane cuts a view: a line through ``middle_px`` along the unit vector ``along_px``, to the right.

    ``near_px`` and ``far_px`` are how far it runs from the middle to the view's edge, backwards and forwards, px; both
    are 0 or less when the line stays outside the view.
    """

    orientation: Orientation
    middle_px: NDArray[np.float64]
    along_px: NDArray[np.float64]
    near_px: float
    far_px: float

    def at(self, distance_px: float) -> NDArray[np.float64]:
        """Return the place so far along the line from the middle, shape (2,), px."""
        return self.middle_px + distance_px * self.along_px


def crosshair_traces(plane: SlicePlane, lps_mm: PointLps, *, frame: Frame = UPRIGHT) -> tuple[Trace, ...]:
    """Return where the other two standard planes through a point really cut this one; none in an oblique view."""
    traces = []
    for other in _TRACES.get(plane.orientation, ()):
        along = trace_lps(plane.normal_lps, standard_normal_lps(other, frame))
        if along is None:
            continue
        direction = np.array([along @ np.asarray(plane.right_lps), along @ np.asarray(plane.down_lps)])
        if direction[0] < -1e-9 or (abs(direction[0]) <= 1e-9 and direction[1] < 0):
            direction = -direction
        middle = plane.to_px(lps_mm)
        near, far = _reach(middle, direction, plane.size_px)
        traces.append(Trace(other, middle, direction, near, far))
    return tuple(traces)


def _reach(
    middle: NDArray[np.float64], direction: NDArray[np.float64], size_px: tuple[int, int]
) -> tuple[float, float]:
    """Return how far a line runs inside the view, backwards and forwards from its middle, px."""
    near, far = -np.inf, np.inf
    for start, step, size in zip(middle.tolist(), direction.tolist(), size_px, strict=True):
        if abs(step) < 1e-9:
            if not 0 <= start <= size:
                return 0.0, 0.0
            continue
        low, high = sorted((-start / step, (size - start) / step))
        near, far = max(near, low), min(far, high)
    return (0.0, 0.0) if far <= near else (-near, far)


def crosshair_marks(plane: SlicePlane, lps_mm: PointLps, *, frame: Frame = UPRIGHT) -> list[Primitive]:
    """Draw the traces of the other two planes, open at the point itself; in an oblique view the point alone."""
    if plane.orientation is Orientation.OBLIQUE:
        return _point_marks(plane, lps_mm)
    half = CROSSHAIR_GAP_PX / 2
    marks: list[Primitive] = []
    for trace in crosshair_traces(plane, lps_mm, frame=frame):
        spans = ((-trace.near_px, min(-half, trace.far_px)), (max(half, -trace.near_px), trace.far_px))
        lines = tuple(np.array([trace.at(a), trace.at(b)]) for a, b in spans if b > a)
        pen = Pen(PLANE_COLOUR[trace.orientation], 1.0, opacity=_CROSSHAIR_OPACITY)
        if lines:
            marks.append(Path(Role.CROSSHAIR, lines, pen, name=trace.orientation.value))
    return marks


def _point_marks(plane: SlicePlane, lps_mm: PointLps) -> list[Primitive]:
    """Draw a small cross where the point lies within half a millimetre of the plane."""
    if abs(float(plane.off_plane_mm(lps_mm))) > _ON_POINT_MM:
        return []
    x, y = (float(v) for v in plane.to_px(lps_mm))
    arms = tuple(
        np.array([(x + a * dx, y + a * dy), (x + b * dx, y + b * dy)])
        for dx, dy in ((1, 0), (0, 1))
        for a, b in ((-9.0, -4.0), (4.0, 9.0))
    )
    return [Path(Role.CROSSHAIR, arms, Pen(TEXT_STRONG, 1.0, opacity=0.8, halo_px=0.8), name="crosshair")]
