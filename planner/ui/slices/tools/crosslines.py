"""How is the crosshair taken hold of? Its lines turn the other planes at their ends, and move it along elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt

from planner.domain.geometry import PointLps, point
from planner.rendering.crosshair_marks import CROSSHAIR_GAP_PX, Trace, crosshair_traces
from planner.rendering.palette import PLANE_COLOUR
from planner.rendering.primitives import Label, Marker, Path, Pen, Primitive, Role, Shape
from planner.rendering.turning import UPRIGHT, Frame, turned_frame

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.rendering.plane import SlicePlane
    from planner.ui.slices.tools.tool import Host, Pointer
    from planner.ui.view_state import ViewState

# Hit targets are at least 28 px across where they turn, and narrow along the lines, where anatomy is clicked too.
_CATCH_END_PX = 10.0
_CATCH_LINE_PX = 5.0
# The outer part of a line turns; nearer than this many pixels a turn would jump with every pixel of the hand.
_END_SHARE = 0.6
_END_NEAREST_PX = 60.0
_STILL_PX = 3.0
_HANDLE_SHARE = 0.8
_HANDLE_PX = 9.0


class Grip(Enum):
    """Which part of the crosshair is under the hand."""

    END = auto()
    LINE = auto()
    MIDDLE = auto()


@dataclass(frozen=True, slots=True)
class Grasp:
    """A part of the crosshair; ``trace`` is None for the middle."""

    grip: Grip
    trace: Trace | None = None

    @property
    def cursor(self) -> Qt.CursorShape:
        """The pointer that says what a drag will do."""
        return Qt.CursorShape.OpenHandCursor if self.grip is Grip.END else Qt.CursorShape.SizeAllCursor


def grasp_at(px: tuple[float, float], *, plane: SlicePlane, view: ViewState) -> Grasp | None:
    """Return the part of the crosshair within reach of a pixel; None beside it, or while it is hidden."""
    if not view.show_crosshair:
        return None
    where = np.asarray(px, dtype=float)
    traces = crosshair_traces(plane, view.crosshair_lps_mm, frame=view.frame)
    if traces and float(np.hypot(*(where - traces[0].middle_px))) <= CROSSHAIR_GAP_PX / 2:
        return Grasp(Grip.MIDDLE)
    best: Grasp | None = None
    best_px = np.inf
    for trace in traces:
        along, off = _along_and_off(where, trace)
        reach = trace.far_px if along > 0 else trace.near_px
        is_end = abs(along) >= max(_END_NEAREST_PX, _END_SHARE * reach)
        if off <= (_CATCH_END_PX if is_end else _CATCH_LINE_PX) and off < best_px:
            best, best_px = Grasp(Grip.END if is_end else Grip.LINE, trace), off
    return best


def _along_and_off(where: NDArray[np.float64], trace: Trace) -> tuple[float, float]:
    away = where - trace.middle_px
    along = float(away @ trace.along_px)
    return along, float(np.hypot(*(away - along * trace.along_px)))


class CrosshairDrag:
    """One hold of the crosshair: what it was at its start, so that a drag never adds up rounding."""

    def __init__(self, grasp: Grasp, *, host: Host, start: Pointer) -> None:
        self._grasp = grasp
        self._host = host
        self._start = start
        self._frame: Frame = host.view.frame
        self._crosshair: PointLps = host.view.crosshair_lps_mm
        self._middle_px = host.plane.to_px(self._crosshair)
        self._turn_rad = 0.0
        self._cursor_px = start.px
        self.has_moved = False

    def drag(self, at: Pointer) -> None:
        """Turn the other planes about this view's normal, or take the crosshair along."""
        if not self.has_moved and np.hypot(at.px[0] - self._start.px[0], at.px[1] - self._start.px[1]) <= _STILL_PX:
            return
        self.has_moved = True
        self._cursor_px = at.px
        view, plane = self._host.view, self._host.plane
        if self._grasp.grip is Grip.END:
            # Right turns into down about the viewing direction, as pixels count: the screen's angle is the patient's.
            turn = self._angle(at.px) - self._angle(self._start.px)
            self._turn_rad = float(np.arctan2(np.sin(turn), np.cos(turn)))
            view.set_frame(turned_frame(self._frame, plane.normal_lps, self._turn_rad))
        else:
            shift = np.subtract(at.px, self._start.px) * plane.mm_per_px
            along = shift[0] * np.asarray(plane.right_lps) + shift[1] * np.asarray(plane.down_lps)
            view.set_crosshair(point(np.asarray(self._crosshair) + along))

    def release(self) -> None:
        """End the hold; without a drag it was a click, and the crosshair goes there."""
        if not self.has_moved:
            self._host.view.set_crosshair(self._start.lps_mm)

    def cancel(self) -> None:
        """Put planes and crosshair back as they were."""
        self._host.view.set_frame(self._frame)
        self._host.view.set_crosshair(self._crosshair)

    def marks(self) -> list[Primitive]:
        """Write beside the cursor by how much the planes have been turned."""
        if not self.has_moved or self._grasp.grip is not Grip.END:
            return []
        text = f"{np.degrees(self._turn_rad):+.1f}°".replace("-", "−")
        at = (self._cursor_px[0] + 16.0, self._cursor_px[1] - 8.0)
        return [Label(Role.DRAFT, text, at, weight=600, colour="#ffffff", name="turn")]

    def _angle(self, px: tuple[float, float]) -> float:
        return float(np.arctan2(px[1] - self._middle_px[1], px[0] - self._middle_px[0]))


def hover_marks(grasp: Grasp, *, host: Host) -> list[Primitive]:
    """Draw the line under the hand clearer, with a handle near each end that can turn."""
    if grasp.trace is None:
        return []
    # The line may have moved since the hand came over it.
    traces = crosshair_traces(host.plane, host.view.crosshair_lps_mm, frame=host.view.frame)
    trace = next((t for t in traces if t.orientation is grasp.trace.orientation), None)
    if trace is None:
        return []
    colour, half = PLANE_COLOUR[trace.orientation], CROSSHAIR_GAP_PX / 2
    spans = ((-trace.near_px, -half), (half, trace.far_px))
    lines = tuple(np.array([trace.at(a), trace.at(b)]) for a, b in spans if b > a)
    marks: list[Primitive] = [Path(Role.CROSSHAIR, lines, Pen(colour, 1.4, opacity=0.9), name="held line")]
    for reach in (-trace.near_px, trace.far_px):
        if abs(reach) * _HANDLE_SHARE >= _END_NEAREST_PX:
            x, y = (float(v) for v in trace.at(reach * _HANDLE_SHARE))
            pen = Pen(colour, 1.6, halo_px=1.2)
            marks.append(
                Marker(Role.CROSSHAIR, (x, y), Shape.CIRCLE, _HANDLE_PX, pen, "#000000", 0.5, name="turn handle")
            )
    return marks


def is_turned(view: ViewState) -> bool:
    """Whether the planes are not the standard ones."""
    return view.frame != UPRIGHT
