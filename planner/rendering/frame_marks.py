"""What stands round every slice? Plane name, identity, letters, scale bar, window, position, grade and crosshair."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.rendering.palette import PLANE_COLOUR, TEXT, TEXT_STRONG
from planner.rendering.plane import Orientation, slice_position
from planner.rendering.primitives import Align, Label, Marker, Path, Pen, Primitive, Role, Shape, text_width_px
from planner.rendering.window import window_words

if TYPE_CHECKING:
    from planner.domain.geometry import Grid, PointLps
    from planner.rendering.content import SliceContent
    from planner.rendering.plane import EdgeLetters, SlicePlane
    from planner.rendering.window import WindowHu

CROSSHAIR_GAP_PX = 26.0
_CROSSHAIR_OPACITY = 0.55
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


def frame_marks(plane: SlicePlane, *, grid: Grid, window_hu: WindowHu, content: SliceContent) -> list[Primitive]:
    """Write what a slice says about itself. Identity, letters, scale and side never drop out, at any size."""
    marks = _name_marks(plane, content)
    marks += _letter_marks(plane)
    bar, bar_right = _scale_marks(plane)
    marks += bar
    if content.show_text:
        marks += _corner_marks(plane, grid=grid, window_hu=window_hu, taken_px=bar_right)
    if content.ice is not None:
        grade = "STALE" if content.ice.is_stale else content.ice.grade
        place = (plane.size_px[0] - _MARGIN_PX, 20.0)
        marks.append(Label(Role.GRADE, grade, place, Align.END, colour=TEXT))
    return marks


def _name_marks(plane: SlicePlane, content: SliceContent) -> list[Primitive]:
    colour = PLANE_COLOUR[plane.orientation]
    title = content.title or plane.orientation.value.upper()
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


def _corner_marks(plane: SlicePlane, *, grid: Grid, window_hu: WindowHu, taken_px: float) -> list[Primitive]:
    """Window bottom-left, image and position bottom-right; zoom drops out first, then the window."""
    width, height = plane.size_px
    position = slice_position(plane, grid)
    lower = height - 10.0
    marks: list[Primitive] = []
    place = f"{plane.position_words()} · {position.thickness_mm:.1f} mm"
    if plane.orientation is Orientation.OBLIQUE:
        place = plane.position_words()
    # Beside a long scale bar the position moves up a line instead of running into it.
    if taken_px and width - _MARGIN_PX - text_width_px(place, 12.0) < taken_px + 12:
        lower_right = lower - 16.0
    else:
        lower_right = lower
    marks.append(Label(Role.CORNER, place, (width - _MARGIN_PX, lower_right), Align.END, name="position"))
    if plane.orientation is not Orientation.OBLIQUE:
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


def crosshair_marks(plane: SlicePlane, lps_mm: PointLps) -> list[Primitive]:
    """Draw the traces of the other two planes, open at the point itself."""
    traces = _TRACES.get(plane.orientation)
    if traces is None:
        return []
    width, height = plane.size_px
    x, y = (float(v) for v in plane.to_px(lps_mm))
    half = CROSSHAIR_GAP_PX / 2
    vertical = (np.array([(x, 0.0), (x, y - half)]), np.array([(x, y + half), (x, float(height))]))
    horizontal = (np.array([(0.0, y), (x - half, y)]), np.array([(x + half, y), (float(width), y)]))
    return [
        Path(Role.CROSSHAIR, lines, Pen(PLANE_COLOUR[trace], 1.0, opacity=_CROSSHAIR_OPACITY), name=trace.value)
        for trace, lines in zip(traces, (vertical, horizontal), strict=True)
    ]
