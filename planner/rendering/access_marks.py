"""What is written over the painted skin? Its legend, and beside the place that is pointed at what is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.rendering.access_scene import ACCESS_CLASSES, Stripes
from planner.rendering.palette import STALE, TEXT, TEXT_STRONG
from planner.rendering.primitives import Label, Marker, Path, Pen, Primitive, Role, Shape, text_width_px

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.rendering.access_scene import AccessClass, AccessLayer
    from planner.rendering.plane import SlicePlane

_RING_PX, _TEXT_PX, _GAP_PX, _LINE_PX, _RIM_PX = 10.0, 12.0, 14.0, 16.0, 8.0
_WIDEST_PX = 420.0
_LEGEND_TOP_PX, _LEGEND_RIGHT_PX, _LEGEND_TEXT_PX, _LEGEND_ROW_PX = 12.0, 44.0, 11.0, 16.0
_SWATCH_PX = (22.0, 10.0)
# Closed skin is cut by gaps, by its reason, and never as broad as open skin.
_SLICE_DASH: dict[Stripes, tuple[float, ...]] = {
    Stripes.NONE: (1.0, 4.0),
    Stripes.LEVEL: (8.0, 4.0),
    Stripes.UPRIGHT: (2.0, 3.0),
    Stripes.RISING: (5.0, 3.0, 1.0, 3.0),
    Stripes.FALLING: (3.0, 2.0),
    Stripes.CHECKED: (1.0, 2.0),
}
_WORKING = "Working out which ways are open …"


def legend_marks(layer: AccessLayer, size_px: tuple[int, int]) -> list[Primitive]:
    """List the classes that the skin has, at the top right; as many as stand above the middle of the picture."""
    if layer.is_stale:
        return [_legend_label(_WORKING, size_px[0] - _LEGEND_RIGHT_PX - text_width_px(_WORKING, 11.0), 0, STALE)]
    present = [ACCESS_CLASSES[number] for number in np.unique(layer.classes)]
    room = int((size_px[1] / 2 - _LEGEND_TOP_PX - _LEGEND_ROW_PX) / _LEGEND_ROW_PX)
    shown = present[: max(room, 0)]
    widest = max((text_width_px(each.label, _LEGEND_TEXT_PX) for each in shown), default=0.0)
    left = size_px[0] - _LEGEND_RIGHT_PX - widest
    marks: list[Primitive] = []
    for row, each in enumerate(shown):
        marks += _swatch(each, left - _SWATCH_PX[0] - 6.0, _LEGEND_TOP_PX + row * _LEGEND_ROW_PX)
        marks.append(_legend_label(each.label, left, row, TEXT))
    return marks


def skin_marks(layer: AccessLayer, *, plane: SlicePlane) -> list[Primitive]:
    """Draw where a slice cuts the painted skin, class by class: open skin as a broad line, closed skin dashed."""
    ends, which = _cuts(layer, plane)
    if layer.is_stale:
        return [Path(Role.ACCESS, tuple(ends), Pen(STALE, 1.2, (2.0, 3.0)), name="skin")] if len(ends) else []
    marks: list[Primitive] = []
    for number in reversed(np.unique(layer.classes[which])):
        each, lines = ACCESS_CLASSES[number], ends[layer.classes[which] == number]
        pen = Pen(each.colour, 4.0) if each.is_open else Pen(each.colour, 2.0, _SLICE_DASH[each.stripes])
        marks.append(Path(Role.ACCESS, tuple(lines), pen, name=each.label))
    return marks


def _cuts(layer: AccessLayer, plane: SlicePlane) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return where a plane cuts each triangle that it meets, shape (n, 2, 2), px, and their numbers."""
    mesh = layer.mesh
    above = (mesh.points_lps_mm - np.asarray(plane.centre_lps_mm)) @ np.asarray(plane.normal_lps)
    sides = above[mesh.triangles]
    which = np.flatnonzero((sides.min(axis=1) < 0) & (sides.max(axis=1) >= 0))
    corners, sides = mesh.points_lps_mm[mesh.triangles[which]], sides[which]
    is_up = sides >= 0
    # Of three corners one is alone on its side: the plane cuts the two edges that leave it.
    alone = np.where(is_up.sum(axis=1) == 1, is_up.argmax(axis=1), (~is_up).argmax(axis=1))
    row = np.arange(len(which))
    apex, height = corners[row, alone], sides[row, alone]
    ends = []
    for step in (1, 2):
        other = (alone + step) % 3
        share = height / (height - sides[row, other])
        ends.append(plane.to_px(apex + share[:, None] * (corners[row, other] - apex)))
    return np.stack(ends, axis=1), which


def _legend_label(words: str, left: float, row: int, colour: str) -> Label:
    baseline = _LEGEND_TOP_PX + row * _LEGEND_ROW_PX + _SWATCH_PX[1] - 1.0
    return Label(Role.ACCESS, words, (left, baseline), size_px=_LEGEND_TEXT_PX, colour=colour, name="legend")


def _swatch(each: AccessClass, left: float, top: float) -> list[Primitive]:
    width, height = _SWATCH_PX
    right, bottom = left + width, top + height
    box = np.array([[left, top], [right, top], [right, bottom], [left, bottom], [left, top]])
    lines = tuple(np.array([[left + a, top + b], [left + c, top + d]]) for a, b, c, d in _strokes(each.stripes))
    marks: list[Primitive] = [Path(Role.ACCESS, (box,), None, each.colour, 1.0, name=each.label)]
    if lines:
        marks.append(Path(Role.ACCESS, lines, Pen(each.dark, 2.0), name=f"{each.label} stripes"))
    return marks


def _strokes(stripes: Stripes) -> list[tuple[float, float, float, float]]:
    """Return the strokes of a sample, from and to, px from its corner."""
    width, height = _SWATCH_PX
    level = [(0.0, y, width, y) for y in (3.0, 7.0)]
    upright = [(x, 0.0, x, height) for x in (4.0, 11.0, 18.0)]
    return {
        Stripes.NONE: [],
        Stripes.LEVEL: level,
        Stripes.UPRIGHT: upright,
        Stripes.CHECKED: level[:1] + upright,
        Stripes.RISING: [(x, height, x + height, 0.0) for x in (0.0, 6.0, 12.0)],
        Stripes.FALLING: [(x, 0.0, x + height, height) for x in (0.0, 6.0, 12.0)],
    }[stripes]


def place_marks(
    place_lps_mm: NDArray[np.float64], words: str, *, to_picture: NDArray[np.float64], size_px: tuple[int, int]
) -> list[Primitive]:
    """Draw a ring round a place of the skin, and what is said of it, within the picture.

    ``to_picture`` has shape (4, 4): from LPS (x, y, z, 1) to px, depth and w; nothing is drawn behind the eye.
    """
    x, y, _, w = (float(v) for v in to_picture @ np.array([*place_lps_mm, 1.0]))
    if w <= 0:
        return []
    x, y = x / w, y / w
    ring = Marker(Role.ACCESS, (x, y), Shape.CIRCLE, _RING_PX, Pen(TEXT_STRONG, 1.6, halo_px=1.2), name="entry")
    lines = _lines(words, size_px[0] - 2 * _RIM_PX)
    widest = max((text_width_px(line, _TEXT_PX) for line in lines), default=0.0)
    left = min(max(x + _GAP_PX, _RIM_PX), max(size_px[0] - _RIM_PX - widest, _RIM_PX))
    top = y - _GAP_PX - _LINE_PX * (len(lines) - 1)
    if top < 3 * _LINE_PX:
        top = y + _GAP_PX + _LINE_PX
    return [
        ring,
        *(
            Label(
                Role.ACCESS,
                line,
                (left, top + number * _LINE_PX),
                size_px=_TEXT_PX,
                weight=500,
                colour=TEXT_STRONG,
                halo_px=4.0,
                name="why",
            )
            for number, line in enumerate(lines)
        ),
    ]


def _lines(words: str, width_px: float) -> list[str]:
    """Break a sentence into lines that fit."""
    lines: list[str] = []
    for word in words.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width_px(longer, _TEXT_PX) <= min(width_px, _WIDEST_PX):
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
