"""What stands round every slice? Plane name, identity, letters, scale bar, window, position, grade and crosshair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.rendering.palette import PLANE_COLOUR, TEXT, TEXT_STRONG
from planner.rendering.plane import Orientation, slice_position, standard_normal_lps
from planner.rendering.primitives import Align, Label, Marker, Path, Pen, Primitive, Role, Shape, text_width_px
from planner.rendering.reslice import aligned_axes
from planner.rendering.turning import UPRIGHT, trace_lps
from planner.rendering.window import window_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.geometry import Grid, PointLps
    from planner.rendering.content import SliceContent
    from planner.rendering.plane import EdgeLetters, SlicePlane
    from planner.rendering.turning import Frame
    from planner.rendering.window import WindowHu

CROSSHAIR_GAP_PX = 26.0
_CROSSHAIR_OPACITY = 0.55
_ON_POINT_MM = 0.5
_MARGIN_PX = 10.0
_NARROW_PX = 500.0
_WITHOUT_ZOOM_PX = 320.0
_WITHOUT_WINDOW_PX = 240.0
_SCALE_STEPS_MM = (1, 2, 5, 10, 20, 50, 100, 200)
# Which plane the vertical and the horizontal crosshair line of a view stand for.
_TRACES = {
    Orientation.AXIAL: (Orientation.SAGITTAL, Orientation.CORONAL),
    Orientation.CORONAL: (Orientation.SAGITTAL, Orientation.AXIAL),
    Orientation.SAGITTAL: (Orientation.CORONAL, Orientation.AXIAL),
}


@dataclass(frozen=True, slots=True)
class FrameText:
    """What a view says about itself beyond what its plane tells.

    ``title`` and ``colour`` replace the plane's own name and colour; ``corner`` replaces image and position at the
    bottom right. Empty leaves what is there.
    """

    title: str = ""
    colour: str = ""
    corner: str = ""


def is_stored(plane: SlicePlane, grid: Grid) -> bool:
    """Whether the view shows stored images and not a cut across them."""
    return aligned_axes(grid, plane) is not None


def frame_marks(
    plane: SlicePlane, *, grid: Grid, window_hu: WindowHu, content: SliceContent, text: FrameText | None = None
) -> list[Primitive]:
    """Write what a slice says about itself. Identity, letters, scale and side never drop out, at any size."""
    text = text or FrameText(title=content.title)
    marks = _name_marks(plane, content, text)
    marks += _letter_marks(plane)
    bar, bar_right = _scale_marks(plane)
    marks += bar
    if content.show_text:
        marks += _corner_marks(plane, grid=grid, window_hu=window_hu, taken_px=bar_right, text=text)
    if content.ice is not None:
        grade = "STALE" if content.ice.is_stale else content.ice.grade
        place = (plane.size_px[0] - _MARGIN_PX, 20.0)
        marks.append(Label(Role.GRADE, grade, place, Align.END, colour=TEXT))
    return marks


def _name_marks(plane: SlicePlane, content: SliceContent, text: FrameText) -> list[Primitive]:
    colour = text.colour or PLANE_COLOUR[plane.orientation]
    title = text.title or plane.orientation.value.upper()
    marks: list[Primitive] = [
        Marker(Role.NAME, (_MARGIN_PX + 4, 15.0), Shape.SQUARE, 8.0, Pen("#000000", 1.0), colour),
        Label(Role.NAME, title, (_MARGIN_PX + 14, 19.5), size_px=12.0, weight=600, colour=TEXT_STRONG),
    ]
    if content.identity:
        marks.append(Label(Role.IDENTITY, content.identity, (_MARGIN_PX, 36.0)))
    return marks


def space_marks(
    size_px: tuple[int, int], *, letters: EdgeLetters, identity: str = "", shown: str = "", grade: str = ""
) -> list[Primitive]:
    """Write what a 3-D picture says about itself: name, identity, letters, what is shown (left), grade (right)."""
    lower = size_px[1] - 10.0
    colour = PLANE_COLOUR[Orientation.OBLIQUE]
    marks: list[Primitive] = [
        Marker(Role.NAME, (_MARGIN_PX + 4, 15.0), Shape.SQUARE, 8.0, Pen("#000000", 1.0), colour),
        Label(Role.NAME, "3-D", (_MARGIN_PX + 14, 19.5), weight=600, colour=TEXT_STRONG),
    ]
    if identity:
        marks.append(Label(Role.IDENTITY, identity, (_MARGIN_PX, 36.0)))
    marks += _letters_at(size_px, letters)
    if shown:
        marks.append(Label(Role.CORNER, shown, (_MARGIN_PX, lower), name="shown"))
    if grade:
        marks.append(Label(Role.GRADE, grade, (size_px[0] - _MARGIN_PX, lower), Align.END))
    return marks


def _letter_marks(plane: SlicePlane) -> list[Primitive]:
    return _letters_at(plane.size_px, plane.edge_letters())


def _letters_at(size_px: tuple[int, int], letters: EdgeLetters) -> list[Primitive]:
    width, height = size_px
    drop = 14.0 * 0.36
    places = {
        "left": (letters.left, (_MARGIN_PX, height / 2 + drop), Align.START),
        "right": (letters.right, (width - _MARGIN_PX, height / 2 + drop), Align.END),
        "top": (letters.top, (width / 2, 19.0), Align.MIDDLE),
        "bottom": (letters.bottom, (width / 2, height - 9.0), Align.MIDDLE),
    }
    return [
        Label(Role.LETTER, text, anchor, align, 14.0, 600, TEXT_STRONG, name=edge)
        for edge, (text, anchor, align) in places.items()
    ]


def scale_length_mm(plane: SlicePlane) -> float:
    """Return the round length nearest to 90 px, and never more than a quarter of the view."""
    target_px = min(90.0, plane.size_px[0] / 4)
    fitting = [mm for mm in _SCALE_STEPS_MM if mm / plane.mm_per_px <= target_px]
    return float(fitting[-1] if fitting else _SCALE_STEPS_MM[0])


def _scale_marks(plane: SlicePlane) -> tuple[list[Primitive], float]:
    """Draw the bar right of the lower letter, above the corner text in a narrow view; also return its right end."""
    width, height = plane.size_px
    length_mm = scale_length_mm(plane)
    length_px = length_mm / plane.mm_per_px
    text = f"{length_mm:g} mm"
    is_narrow = width < _NARROW_PX
    y = height - (44.0 if is_narrow else 14.0)
    x = width - _MARGIN_PX - length_px - 8 - text_width_px(text, 12.0) if is_narrow else width / 2 + 22.0
    bar = np.array([(x, y - 4), (x, y + 4), (x, y), (x + length_px, y), (x + length_px, y - 4), (x + length_px, y + 4)])
    marks: list[Primitive] = [
        Path(Role.SCALE, (bar,), Pen(TEXT_STRONG, 1.4, halo_px=1.5), name=text),
        Label(Role.SCALE, text, (x + length_px + 8, y + 4.3), colour=TEXT_STRONG),
    ]
    return marks, 0.0 if is_narrow else x + length_px + 8 + text_width_px(text, 12.0)


def _corner_marks(
    plane: SlicePlane, *, grid: Grid, window_hu: WindowHu, taken_px: float, text: FrameText
) -> list[Primitive]:
    """Window bottom-left, image and position bottom-right; zoom drops out first, then the window."""
    width, height = plane.size_px
    position = slice_position(plane, grid)
    lower = height - 10.0
    marks: list[Primitive] = []
    has_image = is_stored(plane, grid) and not text.corner
    place = text.corner or plane.position_words()
    if has_image:
        place += f" · {position.thickness_mm:.1f} mm"
    # Beside a long scale bar the position moves up a line instead of running into it.
    if taken_px and width - _MARGIN_PX - text_width_px(place, 12.0) < taken_px + 12:
        lower_right = lower - 16.0
    else:
        lower_right = lower
    marks.append(Label(Role.CORNER, place, (width - _MARGIN_PX, lower_right), Align.END, name="position"))
    if has_image:
        image = f"Im {position.number}/{position.count}"
        marks.append(Label(Role.CORNER, image, (width - _MARGIN_PX, lower_right - 16), Align.END, name="image"))
    if width >= _WITHOUT_WINDOW_PX:
        with_zoom = width >= _WITHOUT_ZOOM_PX
        up = lower - 16 if with_zoom else lower
        marks.append(Label(Role.CORNER, window_words(window_hu), (_MARGIN_PX, up), name="window"))
        if with_zoom:
            zoom = min(grid.spacing_ijk_mm) / plane.mm_per_px
            marks.append(Label(Role.CORNER, f"Zoom {zoom:.1f}×", (_MARGIN_PX, lower), name="zoom"))
    return marks


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
