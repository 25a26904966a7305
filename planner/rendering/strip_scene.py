"""What does a nerve look like laid out straight? The CT along it as grey pixels, and what lies over it as primitives.

The same values and painters as a slice (:mod:`planner.rendering.slice_scene`): structures, isotherms, probes, letters.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from planner.rendering.anatomy_marks import round_off, share_marks
from planner.rendering.frame_marks import SCALE_PX, fitting_words, round_length_mm
from planner.rendering.ghost_marks import GHOST_LEVELS, as_ghost, ghost_pen
from planner.rendering.ice_marks import OUTSIDE_MM, edge_marks, shell_marks
from planner.rendering.palette import (
    OFF_PLANE_DASH,
    PLANE_COLOUR,
    PROBE,
    STRUCTURE_FILL_OPACITY,
    STRUCTURE_HALO_PX,
    TARGET_COLOUR,
    TARGET_WIDTH_PX,
    TEXT,
    TEXT_STRONG,
    IceLevel,
    style_of,
)
from planner.rendering.plane import Orientation, direction_letters
from planner.rendering.primitives import Align, Label, Marker, Path, Pen, Primitive, Role, Shape, text_width_px
from planner.rendering.strip import sample_strip
from planner.rendering.window import window_words
from planner.spatial.contour import marching_squares

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from planner.domain.geometry import Grid
    from planner.domain.volume import Volume
    from planner.rendering.content import GhostLayer, IceBand, IceLayer, ProbeLayer, SliceContent, StructureLayer
    from planner.rendering.strip import StripCourse
    from planner.rendering.window import WindowHu

# A short nerve is not blown up beyond this much of its surroundings, top to bottom.
_LEAST_HEIGHT_MM = 20.0
# Outlines and isotherms are contoured on a lattice this fine: about half a voxel, whatever the zoom.
_CONTOUR_MM = 0.4
_SHAFT_STEP_MM = 0.25
_JUMP_MM = 2.0
_BODY_C = 37.0
_MARGIN_PX = 10.0
_LETTERS_PX, _LINE_PX = 22.0, 4.0
_WITHOUT_WINDOW_PX = 240
_BRACKET_PX, _BRACKET_ARM_PX = 11.0, 5.0


@dataclass(frozen=True, slots=True, eq=False)
class StripPlane:
    """A course as a view shows it: arc length to the right, the direction across up, at one scale.

    Parameters
    ----------
    left_mm
        Arc length at the left edge; negative when the view is wider than the nerve.
    mm_per_px
        Edge of one logical pixel, along and across.
    size_px
        (width, height) in logical pixels.
    """

    course: StripCourse
    left_mm: float
    mm_per_px: float
    size_px: tuple[int, int]

    @classmethod
    def fit(cls, course: StripCourse, *, size_px: tuple[int, int]) -> StripPlane:
        """Show the whole nerve across the view, with 20 mm around it or more."""
        width, height = size_px
        mm_per_px = max(course.length_mm / width, _LEAST_HEIGHT_MM / height)
        return cls(course, course.length_mm / 2 - mm_per_px * width / 2, mm_per_px, size_px)

    def x_px(self, arc_mm: float) -> float:
        """Return where an arc length lies, px from the left edge."""
        return (arc_mm - self.left_mm) / self.mm_per_px

    def arc_at(self, x_px: float) -> float:
        """Return the arc length under a pixel, held to the nerve, mm."""
        return float(np.clip(self.left_mm + x_px * self.mm_per_px, 0.0, self.course.length_mm))

    def up_at(self, y_px: float) -> float:
        """Return the height over the nerve under a pixel, mm; positive upward."""
        return (self.size_px[1] / 2 - y_px) * self.mm_per_px

    def to_px(self, arc_up_mm: ArrayLike) -> NDArray[np.float64]:
        """Map strip coordinates (..., 2), arc length and height in mm, to pixels (..., 2)."""
        place = np.asarray(arc_up_mm, dtype=float)
        return np.stack(
            [(place[..., 0] - self.left_mm) / self.mm_per_px, self.size_px[1] / 2 - place[..., 1] / self.mm_per_px],
            axis=-1,
        )

    def to_lps(self, px: tuple[float, float]) -> NDArray[np.float64]:
        """Return the patient point under a pixel, held to the nerve's ends, shape (3,), LPS mm."""
        point: NDArray[np.float64] = self.course.to_lps([self.arc_at(px[0])], [self.up_at(px[1])])[0]
        return point

    def shows(self, px: tuple[float, float]) -> bool:
        """Whether a pixel lies between the nerve's ends."""
        arc = self.left_mm + px[0] * self.mm_per_px
        return 0.0 <= arc <= self.course.length_mm


def strip_hu(plane: StripPlane, *, volume: Volume, scale: float = 1.0) -> NDArray[np.float32]:
    """Sample the CT along the nerve, shape (H × scale, W × scale), HU; not a number beyond its ends and in padding."""
    width, height = (max(1, round(n * scale)) for n in plane.size_px)
    arc = plane.left_mm + (np.arange(width) + 0.5) * plane.size_px[0] / width * plane.mm_per_px
    up = (plane.size_px[1] / 2 - (np.arange(height) + 0.5) * plane.size_px[1] / height) * plane.mm_per_px
    at = partial(sample_strip, grid=volume.grid, course=plane.course, arc_mm=arc, up_mm=up)
    hu = at(volume.hu, outside=np.nan)
    if volume.padding is not None:
        hu[at(volume.padding, outside=0.0) >= 0.5] = np.nan
    return hu


def strip_anatomy_marks(plane: StripPlane, *, grid: Grid, content: SliceContent) -> list[Primitive]:
    """Outline every structure beside the nerve; ``grid`` is the CT's. The dearest part, and a probe never moves it."""
    return _structure_marks(content.structures, plane=plane, grid=grid)


def strip_plan_marks(
    plane: StripPlane, *, content: SliceContent, segment_mm: tuple[float, float] | None = None
) -> list[Primitive]:
    """Draw ice, the nerve with its treated part, and where probes cross: what may change while a probe is dragged.

    ``segment_mm`` is the treated part to the last digit; without it, it is taken from the nerve's sampled curve.
    """
    marks: list[Primitive] = []
    nerve = next((n for n in content.nerves if n.is_selected), None) or next(iter(content.nerves), None)
    if content.ice is not None:
        marks += _ice_marks(content.ice, plane=plane)
    segment: tuple[float, ...] | None = segment_mm
    radius_mm = 0.0
    if nerve is not None:
        radius_mm = (nerve.diameter_mm or 0.0) / 2
        if nerve.segment is not None and segment is None:
            segment = tuple(float(mm) for mm in plane.course.nearest(nerve.curve_lps_mm[list(nerve.segment)])[:, 0])
        if nerve.shares is not None:
            arc_mm = plane.course.nearest(nerve.curve_lps_mm)[:, 0]
            marks += share_marks(nerve, plane.to_px(np.column_stack([arc_mm, np.zeros_like(arc_mm)])))
    marks += _nerve_marks(plane, segment_mm=segment, radius_mm=radius_mm)
    for probe in content.probes:
        marks += _probe_marks(probe, plane=plane)
    for ghost in content.ghosts:
        marks += _ghost_marks(ghost, plane=plane)
    return marks


def strip_marks(plane: StripPlane, *, grid: Grid, content: SliceContent) -> list[Primitive]:
    """Draw everything over the CT but the frame's texts and the crosshair."""
    return strip_anatomy_marks(plane, grid=grid, content=content) + strip_plan_marks(plane, content=content)


def _lattice(plane: StripPlane) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return contour columns and rows over what is in view, mm."""
    half = plane.size_px[1] / 2 * plane.mm_per_px + _CONTOUR_MM
    arc = np.linspace(0.0, plane.course.length_mm, max(2, int(np.ceil(plane.course.length_mm / _CONTOUR_MM)) + 1))
    return arc, np.arange(half, -half - _CONTOUR_MM, -_CONTOUR_MM)


def _contours(
    values: NDArray[np.float32], level: float, *, plane: StripPlane, at: tuple[NDArray[np.float64], NDArray[np.float64]]
) -> list[NDArray[np.float64]]:
    """Return the lines where a sampled strip crosses a level, px."""
    arc, up = at
    step = np.array([arc[1] - arc[0], up[1] - up[0]])
    corner = np.array([arc[0], up[0]])
    return [plane.to_px(round_off(line) * step + corner) for line in marching_squares(values, level)]


def _structure_marks(layers: Sequence[StructureLayer], *, plane: StripPlane, grid: Grid) -> list[Primitive]:
    marks: list[Primitive] = []
    arc, up = at = _lattice(plane)
    for layer in layers:
        inside = sample_strip(layer.mask, grid=grid, course=plane.course, arc_mm=arc, up_mm=up, outside=0.0)
        lines = tuple(_contours(inside, 0.5, plane=plane, at=at)) if inside.max() >= 0.5 else ()
        if lines:
            style = style_of(layer.kind)
            pen = Pen(style.colour, style.width_px, style.dash_px, halo_px=STRUCTURE_HALO_PX)
            closed = all(np.array_equal(line[0], line[-1]) for line in lines) and style.opacity_3d >= 0.15
            fill = style.colour if closed else None
            marks.append(Path(Role.STRUCTURE, lines, pen, fill, STRUCTURE_FILL_OPACITY, name=layer.name))
    return marks


def _ice_marks(ice: IceLayer, *, plane: StripPlane) -> list[Primitive]:
    arc, up = at = _lattice(plane)
    field_c = sample_strip(ice.field_c, grid=ice.grid, course=plane.course, arc_mm=arc, up_mm=up, outside=_BODY_C)
    shells: list[tuple[IceLevel, tuple[NDArray[np.float64], ...]]] = []
    for level in ice.levels:
        lines = tuple(_contours(-field_c, -level.level_c, plane=plane, at=at)) if field_c.min() <= level.level_c else ()
        if lines:
            shells.append((level, lines))
    edges = [mark for level in ice.levels for mark in _band_marks(ice.drawn_band, level, plane=plane, at=at)]
    middle = plane.size_px[1] / 2
    # The nerve's line strikes through what stands on it, and the letters of its ends stand just above.
    kept_free_px = (middle - _LETTERS_PX, middle + _LINE_PX)
    return shell_marks(ice, shells, size_px=plane.size_px, kept_free_px=kept_free_px, edges=edges)


def _band_marks(
    band: IceBand | None,
    level: IceLevel,
    *,
    plane: StripPlane,
    at: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> list[Primitive]:
    """Draw both edges of an isotherm's band along the nerve."""
    edges = None if band is None else band.of(level.level_c)
    if edges is None:
        return []
    grid = edges.grid

    def contour(_name: str, distance_mm: NDArray[np.float32]) -> tuple[NDArray[np.float64], ...]:
        cut = sample_strip(distance_mm, grid=grid, course=plane.course, arc_mm=at[0], up_mm=at[1], outside=OUTSIDE_MM)
        return tuple(_contours(-cut, 0.0, plane=plane, at=at)) if cut.min() <= 0 else ()

    return edge_marks(level, edges, contour)


def _nerve_marks(plane: StripPlane, *, segment_mm: tuple[float, ...] | None, radius_mm: float) -> list[Primitive]:
    """Draw the centre line, thick where it is to be treated, the nerve's wall, and the bounds of the treated part."""
    length, middle = plane.course.length_mm, plane.size_px[1] / 2
    marks: list[Primitive] = []
    if radius_mm > 0:
        walls = tuple(plane.to_px([(0.0, side), (length, side)]) for side in (radius_mm, -radius_mm))
        pen = Pen(TARGET_COLOUR, 1.0, OFF_PLANE_DASH, 0.7)
        marks.append(Path(Role.TARGET, walls, pen, name="nerve wall"))
    whole = plane.to_px([(0.0, 0.0), (length, 0.0)])
    marks.append(Path(Role.TARGET, (whole,), Pen(TARGET_COLOUR, 1.4, halo_px=1.2), name="nerve"))
    if segment_mm is None:
        return marks
    begin, end = (plane.x_px(mm) for mm in segment_mm)
    treated = np.array([(begin, middle), (end, middle)])
    marks.append(Path(Role.TARGET, (treated,), Pen(TARGET_COLOUR, TARGET_WIDTH_PX, halo_px=1.2), name="treated part"))
    bounds = tuple(np.array([(x, 0.0), (x, float(plane.size_px[1]))]) for x in (begin, end))
    marks.append(Path(Role.TARGET, bounds, Pen(TARGET_COLOUR, 1.0, OFF_PLANE_DASH, 0.9), name="treatment segment"))
    brackets = tuple(_bracket(x, middle, inward) for x, inward in ((begin, 1.0), (end, -1.0)))
    marks.append(Path(Role.TARGET, brackets, Pen(TARGET_COLOUR, 2.0, halo_px=1.2), name="brackets"))
    words = f"Treatment segment {segment_mm[1] - segment_mm[0]:.1f} mm"
    at = (float(np.clip((begin + end) / 2, 90.0, max(90.0, plane.size_px[0] - 90.0))), 56.0)
    marks.append(Label(Role.TARGET, words, at, Align.MIDDLE, 12.0, 500, TARGET_COLOUR, name="segment"))
    return marks


def _ghost_marks(ghost: GhostLayer, *, plane: StripPlane) -> list[Primitive]:
    """Draw the isotherms of another placement, dashed, and where its shafts cross; see :mod:`.ghost_marks`."""
    marks: list[Primitive] = []
    if ghost.ice is not None:
        arc, up = at = _lattice(plane)
        ice = ghost.ice
        field_c = sample_strip(ice.field_c, grid=ice.grid, course=plane.course, arc_mm=arc, up_mm=up, outside=_BODY_C)
        for level in GHOST_LEVELS:
            if field_c.min() <= level.level_c:
                lines = tuple(_contours(-field_c, -level.level_c, plane=plane, at=at))
                pen = ghost_pen(level.width_px, is_solid=ghost.is_solid)
                marks.append(Path(Role.GHOST, lines, pen, name=f"{ghost.name}, {level.label}"))
    for probe in ghost.probes:
        marks += as_ghost(_probe_marks(probe, plane=plane), name=ghost.name)
    return marks


def _bracket(x: float, middle: float, inward: float) -> NDArray[np.float64]:
    """Return the bracket at one end of the treated part, open toward it, px."""
    arm = x + inward * _BRACKET_ARM_PX
    low, high = middle - _BRACKET_PX, middle + _BRACKET_PX
    return np.array([(arm, low), (x, low), (x, high), (arm, high)])


def _probe_marks(layer: ProbeLayer, *, plane: StripPlane) -> list[Primitive]:
    """Ring the places where a shaft passes through the strip's surface, between the edges of the view."""
    entry, tip = (np.asarray(p) for p in (layer.placement.entry_lps_mm, layer.placement.tip_lps_mm))
    count = max(2, int(np.linalg.norm(tip - entry) / _SHAFT_STEP_MM) + 1)
    shaft = entry + np.linspace(0.0, 1.0, count)[:, None] * (tip - entry)
    # Far from the nerve, "nearest point" jumps from bend to bend: only the part that can be in view is followed.
    reach = np.hypot(plane.size_px[1] / 2 * plane.mm_per_px, 5.0)
    places = plane.course.nearest(shaft)
    is_close = np.hypot(places[:, 1], places[:, 2]) <= reach
    marks: list[Primitive] = []
    for at, ((arc, up, away), (next_arc, next_up, next_away)) in enumerate(pairwise(places)):
        # At an end of the nerve the nearest point stays the same: what passes beyond it crosses nothing.
        is_within = 0.0 < arc < plane.course.length_mm and abs(next_arc - arc) < _JUMP_MM
        is_followed = is_close[at] and is_close[at + 1] and is_within
        if not is_followed or away * next_away > 0 or away == next_away:
            continue
        share = away / (away - next_away)
        x, y = plane.to_px((arc + share * (next_arc - arc), up + share * (next_up - up)))
        name = f"{layer.placement.label} crosses"
        spot = (float(x), float(y))
        marks.append(Marker(Role.PROBE, spot, Shape.CIRCLE, 9.0, Pen(PROBE, 1.6, halo_px=1.2), PROBE, 0.9, name))
        marks.append(Label(Role.PROBE, layer.placement.label, (spot[0] + 9, spot[1] - 7), weight=600, colour="#ffffff"))
    return marks


def strip_frame_marks(
    plane: StripPlane,
    *,
    content: SliceContent,
    window_hu: WindowHu,
    title: str,
    end_words: tuple[str, str] = ("", ""),
    note: str = "",
) -> list[Primitive]:
    """Write name, identity, letters, scale, window and grade; identity, letters, scale and note never drop out.

    ``end_words`` name the left and right end beside their letters, such as ``("lateral", "medial")``; ``note`` is what
    makes the picture other than a plain one, such as ``"Inverted"``.
    """
    width, height = plane.size_px
    # In a narrow strip the words go before they run into the letter in the middle.
    room_px = width / 2 - 40.0 - _MARGIN_PX
    title = title if text_width_px(title, 12.0) <= room_px else title.partition(",")[0]
    marks: list[Primitive] = [
        Marker(
            Role.NAME, (_MARGIN_PX + 4, 15.0), Shape.SQUARE, 8.0, Pen("#000000", 1.0), PLANE_COLOUR[Orientation.OBLIQUE]
        ),
        Label(Role.NAME, title, (_MARGIN_PX + 14, 19.5), weight=600, colour=TEXT_STRONG),
    ]
    if content.identity:
        marks.append(Label(Role.IDENTITY, content.identity, (_MARGIN_PX, 36.0)))
    marks += _letter_marks(plane, end_words)
    marks += _scale_marks(plane)
    if note:
        marks.append(Label(Role.CORNER, note, (_MARGIN_PX, height - 26.0), colour=TEXT_STRONG, name="note"))
    if content.show_text and width >= _WITHOUT_WINDOW_PX:
        marks.append(Label(Role.CORNER, window_words(window_hu), (_MARGIN_PX, height - 10.0), name="window"))
    if content.ice is not None:
        grade = "STALE" if content.ice.is_stale else fitting_words(content.ice.grade, room_px)
        marks.append(Label(Role.GRADE, grade, (width - _MARGIN_PX, 20.0), Align.END, colour=TEXT))
    return marks


def _letter_marks(plane: StripPlane, end_words: tuple[str, str]) -> list[Primitive]:
    """Letters at both ends, and up and down: once when they hold all along, else at the ends and in the middle."""
    width, height = plane.size_px
    course = plane.course
    ends = (direction_letters(-course.tangents[0]), direction_letters(course.tangents[-1]))
    texts = [", ".join(word for word in pair if word) for pair in zip(ends, end_words, strict=True)]
    beside = height / 2 - 10.0
    marks: list[Primitive] = [
        Label(Role.LETTER, texts[0], (_MARGIN_PX, beside), Align.START, 14.0, 600, TEXT_STRONG, name="left"),
        Label(Role.LETTER, texts[1], (width - _MARGIN_PX, beside), Align.END, 14.0, 600, TEXT_STRONG, name="right"),
    ]
    last = len(course.arc_mm) - 1
    samples = {0.5: last // 2, 0.15: round(last * 0.15), 0.85: round(last * 0.85)}
    named = {share: direction_letters(course.up_lps[at]) for share, at in samples.items()}
    for share, at in samples.items():
        if share != 0.5 and len(set(named.values())) == 1:
            continue
        x = plane.x_px(float(course.arc_mm[at]))
        for name, direction, y in (("top", 1.0, 19.0), ("bottom", -1.0, height - 9.0)):
            text = direction_letters(direction * course.up_lps[at])
            marks.append(Label(Role.LETTER, text, (x, y), Align.MIDDLE, 14.0, 600, TEXT_STRONG, name=name))
    return marks


def _scale_marks(plane: StripPlane) -> list[Primitive]:
    """Draw one length both ways at the lower right: along and across are at the same scale."""
    width, height = plane.size_px
    room_px = min(SCALE_PX, width / 4, height / 3)
    length_mm = round_length_mm(plane.mm_per_px, room_px=room_px)
    length_px = length_mm / plane.mm_per_px
    x, y = width - _MARGIN_PX - length_px, height - 14.0
    corner = np.array([(x, y), (x + length_px, y), (x + length_px, y - length_px)])
    ends = (
        np.array([(x, y - 4), (x, y + 4)]),
        np.array([(x + length_px - 4, y - length_px), (x + length_px + 4, y - length_px)]),
    )
    text = f"{length_mm:g} mm"
    return [
        Path(Role.SCALE, (corner, *ends), Pen(TEXT_STRONG, 1.4, halo_px=1.5), name=text),
        Label(Role.SCALE, text, (x - 8, y + 4.3), Align.END, colour=TEXT_STRONG),
    ]


def strip_cursor_marks(plane: StripPlane, *, arc_mm: float, up_mm: float, is_near: bool) -> list[Primitive]:
    """Draw the crosshair's place: a line at its nearest point of the nerve, a ring where it lies in the strip."""
    x, y = (float(v) for v in plane.to_px((arc_mm, up_mm)))
    height = float(plane.size_px[1])
    colour = PLANE_COLOUR[Orientation.AXIAL]
    line = (np.array([(x, 0.0), (x, height)]),)
    marks: list[Primitive] = [
        Path(Role.CROSSHAIR, line, Pen(colour, 1.0, () if is_near else OFF_PLANE_DASH, 0.9), name="axial locator")
    ]
    if is_near and 0 <= y <= height:
        marks.append(Marker(Role.CROSSHAIR, (x, y), Shape.CIRCLE, 9.0, Pen(colour, 1.6, halo_px=1.2), name="crosshair"))
    return marks
