"""What stands round every slice? Plane name, identity, letters, scale bar, window, slab, position, study and grade.

As a view shrinks, texts drop out by how much they matter: first study and birth date, then zoom, then the window.
Identity, letters, scale, name, and what makes a picture other than a plain slice (slab, inverted) never do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.rendering.palette import PLANE_COLOUR, TEXT, TEXT_STRONG
from planner.rendering.plane import Orientation, slice_position
from planner.rendering.primitives import Align, Label, Marker, Path, Pen, Primitive, Role, Shape, text_width_px
from planner.rendering.reslice import aligned_axes
from planner.rendering.window import window_words

if TYPE_CHECKING:
    from planner.domain.geometry import Grid
    from planner.rendering.content import SliceContent
    from planner.rendering.plane import EdgeLetters, SlicePlane
    from planner.rendering.window import WindowHu

_MARGIN_PX = 10.0
_LINE_PX = 16.0
_LETTER_ROOM_PX = 22.0
_NARROW_PX = 500.0
# Below these widths and heights the texts drop out, least important first.
_WITHOUT_STUDY_PX = (560.0, 300.0)
_WITHOUT_ZOOM_PX = (320.0, 200.0)
_WITHOUT_WINDOW_PX = (240.0, 120.0)
# A scale bar is as near to this as a round length comes.
SCALE_PX = 90.0
_SCALE_STEPS_MM = (1, 2, 5, 10, 20, 50, 100, 200)


@dataclass(frozen=True, slots=True)
class FrameText:
    """What a view says about itself beyond what its plane tells.

    Parameters
    ----------
    title, colour
        Replace the plane's own name and colour. Empty leaves them.
    corner
        Replaces image and position at the bottom right.
    study
        Lines at the top right, the most important first.
    born
        Under the identity, where there is room.
    notes
        What makes the picture other than a plain slice (``"MIP 10 mm"``, ``"Inverted"``): never left out.
    """

    title: str = ""
    colour: str = ""
    corner: str = ""
    study: tuple[str, ...] = ()
    born: str = ""
    notes: tuple[str, ...] = ()


def is_stored(plane: SlicePlane, grid: Grid) -> bool:
    """Whether the view shows stored images and not a cut across them."""
    return aligned_axes(grid, plane) is not None


def frame_marks(
    plane: SlicePlane, *, grid: Grid, window_hu: WindowHu, content: SliceContent, text: FrameText | None = None
) -> list[Primitive]:
    """Write what a slice says about itself. Identity, letters, scale and side never drop out, at any size."""
    text = text or FrameText(title=content.title)
    marks = _name_marks(plane, content, text)
    marks += letter_marks(plane.size_px, plane.edge_letters(), top_y=_top_letter_y(plane, content, text))
    bar, bar_right = _scale_marks(plane, has_corner=content.show_text)
    marks += bar
    study = _study_marks(plane, text) if content.show_text else []
    marks += study
    if content.show_text:
        marks += _place_marks(plane, grid=grid, taken_px=bar_right, text=text, image_numbers=content.image_numbers)
    marks += _look_marks(plane, grid=grid, window_hu=window_hu, text=text, is_full=content.show_text)
    if content.ice is not None:
        room_px = plane.size_px[0] / 2 - _MARGIN_PX - _LETTER_ROOM_PX
        grade = "STALE" if content.ice.is_stale else fitting_words(content.ice.grade, room_px)
        place = (plane.size_px[0] - _MARGIN_PX, 20.0 + _LINE_PX * len(study))
        marks.append(Label(Role.GRADE, grade, place, Align.END, colour=TEXT))
    return marks


def fitting_words(words: str, room_px: float) -> str:
    """Return as many of the parts between dots as fit into a width, always the first."""
    parts = words.split(" · ")
    while len(parts) > 1 and text_width_px(" · ".join(parts), 12.0) > room_px:
        parts.pop()
    return " · ".join(parts)


def _top_letter_y(plane: SlicePlane, content: SliceContent, text: FrameText) -> float:
    """Return where the upper letter stands: beside the name, or below it and the identity where they reach so far."""
    title = text.title or plane.orientation.value.upper()
    reach = _MARGIN_PX + max(14 + text_width_px(title, 12.0), text_width_px(content.identity, 12.0))
    return 19.0 if reach < plane.size_px[0] / 2 - _LETTER_ROOM_PX else 19.0 + 2 * _LINE_PX


def _has_room(plane: SlicePlane, least_px: tuple[float, float]) -> bool:
    return plane.size_px[0] >= least_px[0] and plane.size_px[1] >= least_px[1]


def _name_marks(plane: SlicePlane, content: SliceContent, text: FrameText) -> list[Primitive]:
    colour = text.colour or PLANE_COLOUR[plane.orientation]
    title = text.title or plane.orientation.value.upper()
    marks: list[Primitive] = [
        Marker(Role.NAME, (_MARGIN_PX + 4, 15.0), Shape.SQUARE, 8.0, Pen("#000000", 1.0), colour),
        Label(Role.NAME, title, (_MARGIN_PX + 14, 19.5), size_px=12.0, weight=600, colour=TEXT_STRONG),
    ]
    if content.identity:
        marks.append(Label(Role.IDENTITY, content.identity, (_MARGIN_PX, 36.0)))
    if text.born and content.show_text and _has_room(plane, _WITHOUT_STUDY_PX):
        marks.append(Label(Role.CORNER, text.born, (_MARGIN_PX, 36.0 + _LINE_PX), name="born"))
    return marks


def _study_marks(plane: SlicePlane, text: FrameText) -> list[Primitive]:
    """Write study and series at the top right, of each line what stays clear of the letter in the middle."""
    if not _has_room(plane, _WITHOUT_STUDY_PX):
        return []
    right, room = plane.size_px[0] - _MARGIN_PX, plane.size_px[0] / 2 - 30.0
    shortened = [fitting_words(line, room) for line in text.study]
    fitting = [line for line in shortened if text_width_px(line, 12.0) <= room]
    return [
        Label(Role.CORNER, line, (right, 20.0 + _LINE_PX * at), Align.END, name="study")
        for at, line in enumerate(fitting)
    ]


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
    marks += letter_marks(size_px, letters)
    if shown:
        marks.append(Label(Role.CORNER, shown, (_MARGIN_PX, lower), name="shown"))
    if grade:
        words = fitting_words(grade, size_px[0] / 2 - _MARGIN_PX - text_width_px(letters.bottom, 14.0))
        marks.append(Label(Role.GRADE, words, (size_px[0] - _MARGIN_PX, lower), Align.END))
    return marks


def legend_marks(content: SliceContent, size_px: tuple[int, int]) -> list[Primitive]:
    """Name the isotherms of a 3-D picture at its lower left, each beside its colour: shells bear no labels (H-26)."""
    levels = [] if content.ice is None else [level for level in content.ice.levels if level.opacity_3d > 0]
    marks: list[Primitive] = []
    for back, level in enumerate(reversed(levels)):
        y = size_px[1] - 14.0 - _LINE_PX * back
        swatch = Marker(
            Role.ICE_LABEL, (_MARGIN_PX + 5, y - 4.0), Shape.SQUARE, 10.0, Pen("#000000", 1.0), level.colour
        )
        marks += [swatch, Label(Role.ICE_LABEL, level.words, (_MARGIN_PX + 16, y), colour=TEXT_STRONG)]
    return marks


def letter_marks(size_px: tuple[int, int], letters: EdgeLetters, *, top_y: float = 19.0) -> list[Primitive]:
    """Write patient letters at the middle of the four edges of a picture; ``top_y`` is where the upper one stands."""
    width, height = size_px
    drop = 14.0 * 0.36
    places = {
        "left": (letters.left, (_MARGIN_PX, height / 2 + drop), Align.START),
        "right": (letters.right, (width - _MARGIN_PX, height / 2 + drop), Align.END),
        "top": (letters.top, (width / 2, top_y), Align.MIDDLE),
        "bottom": (letters.bottom, (width / 2, height - 9.0), Align.MIDDLE),
    }
    return [
        Label(Role.LETTER, text, anchor, align, 14.0, 600, TEXT_STRONG, name=edge)
        for edge, (text, anchor, align) in places.items()
    ]


def scale_length_mm(plane: SlicePlane) -> float:
    """Return the round length nearest to 90 px, and never more than a quarter of the view."""
    return round_length_mm(plane.mm_per_px, room_px=min(SCALE_PX, plane.size_px[0] / 4))


def round_length_mm(mm_per_px: float, *, room_px: float) -> float:
    """Return the longest round length that a scale bar has room for; the shortest where none has."""
    fitting = [mm for mm in _SCALE_STEPS_MM if mm / mm_per_px <= room_px]
    return float(fitting[-1] if fitting else _SCALE_STEPS_MM[0])


def bar_marks(left_px: float, y_px: float, *, length_mm: float, mm_per_px: float) -> list[Primitive]:
    """Draw a scale bar with its length at the right."""
    text, right = f"{length_mm:g} mm", left_px + length_mm / mm_per_px
    upper, lower = y_px - 4, y_px + 4
    bar = [(left_px, upper), (left_px, lower), (left_px, y_px), (right, y_px), (right, upper), (right, lower)]
    return [
        Path(Role.SCALE, (np.array(bar),), Pen(TEXT_STRONG, 1.4, halo_px=1.5), name=text),
        Label(Role.SCALE, text, (right + 8, y_px + 4.3), colour=TEXT_STRONG),
    ]


def _scale_marks(plane: SlicePlane, *, has_corner: bool) -> tuple[list[Primitive], float]:
    """Draw the bar right of the lower letter, above a corner text in a narrow view; also return its right end."""
    width, height = plane.size_px
    length_mm = scale_length_mm(plane)
    length_px = length_mm / plane.mm_per_px
    text = f"{length_mm:g} mm"
    is_narrow = width < _NARROW_PX
    y = height - (44.0 if is_narrow and has_corner else 14.0)
    x = width - _MARGIN_PX - length_px - 8 - text_width_px(text, 12.0) if is_narrow else width / 2 + 22.0
    taken_px = 0.0 if is_narrow else x + length_px + 8 + text_width_px(text, 12.0)
    return bar_marks(x, y, length_mm=length_mm, mm_per_px=plane.mm_per_px), taken_px


def _place_marks(
    plane: SlicePlane, *, grid: Grid, taken_px: float, text: FrameText, image_numbers: tuple[int, int] | None
) -> list[Primitive]:
    """Write image and position bottom right: in one line where it fits beside the scale bar, else in two."""
    width, height = plane.size_px
    position = slice_position(plane, grid)
    lower, right = height - 10.0, width - _MARGIN_PX
    if text.corner or not is_stored(plane, grid):
        image, place = "", text.corner or plane.position_words()
    else:
        image = position.words(image_numbers)
        place = f"{plane.position_words()} · {position.thickness_mm:.1f} mm"
    whole = f"{image} · {place}" if image else place
    if _is_free(whole, right, taken_px) and taken_px:
        return [Label(Role.CORNER, whole, (right, lower), Align.END, name="position")]
    if not _is_free(place, right, taken_px):
        lower -= _LINE_PX  # above a long scale bar instead of into it
    marks: list[Primitive] = [Label(Role.CORNER, place, (right, lower), Align.END, name="position")]
    if image:
        marks.append(Label(Role.CORNER, image, (right, lower - _LINE_PX), Align.END, name="image"))
    return marks


def _is_free(words: str, right_px: float, taken_px: float) -> bool:
    return right_px - text_width_px(words, 12.0) >= taken_px + 12


def _look_marks(
    plane: SlicePlane, *, grid: Grid, window_hu: WindowHu, text: FrameText, is_full: bool
) -> list[Primitive]:
    """Write bottom left what the picture is and how it is seen: slab and the like, window, zoom."""
    lines = [(note, "note", TEXT_STRONG) for note in text.notes]
    if is_full and _has_room(plane, _WITHOUT_WINDOW_PX):
        lines.append((window_words(window_hu), "window", TEXT))
    if is_full and _has_room(plane, _WITHOUT_ZOOM_PX):
        lines.append((f"Zoom {min(grid.spacing_ijk_mm) / plane.mm_per_px:.1f}×", "zoom", TEXT))
    bottom = plane.size_px[1] - 10.0
    return [
        Label(Role.CORNER, words, (_MARGIN_PX, bottom - _LINE_PX * back), colour=colour, name=name)
        for back, (words, name, colour) in enumerate(reversed(lines))
    ]
