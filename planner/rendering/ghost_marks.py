"""How does a placement that is not the plan's lie in a slice? Dashed in a colour of its own, under its own name.

Nothing of it is filled, nothing can be held, and no view shows it without its name: who looks must never take a draw or
a suggestion for the plan (H-13, H-18).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.rendering.ice_marks import isotherm_lps
from planner.rendering.palette import GHOST_COLOUR, GHOST_DASH, ICE_EDGE, ICE_TREATMENT
from planner.rendering.primitives import Align, Hatch, Label, Marker, Path, Pen, Primitive, Role, text_width_px
from planner.rendering.probe_marks import probe_marks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.rendering.content import ContourCache, GhostLayer
    from planner.rendering.palette import IceLevel
    from planner.rendering.plane import SlicePlane

GHOST_LEVELS = (ICE_EDGE, ICE_TREATMENT)
"""What margins are kept from, and what a target is to reach; more lines would hide the plan's own."""
_LABEL_PX, _ASIDE_PX, _EDGE_PX = 12.0, 12.0, 8.0
_PLACES = 200
_HEAD_PX, _FOOT_PX, _PITCH_PX = 64.0, 44.0, 15.0


def ghost_marks(
    layers: Sequence[GhostLayer], *, plane: SlicePlane, slice_mm: float, cache: ContourCache | None = None
) -> list[Primitive]:
    """Draw other placements: their isotherms, their shafts and their names, which never lie on one another."""
    marks: list[Primitive] = []
    names: list[Label] = []
    for layer in layers:
        drawn = _isotherms(layer, plane=plane, cache=cache)
        for probe in layer.probes:
            drawn += as_ghost(probe_marks(probe, plane=plane, slice_mm=slice_mm), name=layer.name)
        marks += drawn
        place = _name_place(layer, plane)
        if place is not None:
            weight = 600 if layer.is_solid else 500
            label = Label(Role.GHOST, layer.name, place, Align.MIDDLE, _LABEL_PX, weight, GHOST_COLOUR)
            while any(_collide(label, other) for other in names):
                x, y = label.anchor_px
                label = replace(label, anchor_px=(x, y + _PITCH_PX))
            names.append(label)
    return [*marks, *names]


def _collide(one: Label, other: Label) -> bool:
    """Whether two names lie on each other."""
    (x, y), (a, b) = one.anchor_px, other.anchor_px
    wide = (text_width_px(one.text, _LABEL_PX) + text_width_px(other.text, _LABEL_PX)) / 2
    return abs(x - a) < wide and abs(y - b) < _PITCH_PX


def as_ghost(marks: Sequence[Primitive], *, name: str) -> list[Primitive]:
    """Return a probe's marks in the ghost's colour; what they said of themselves stays in their names."""
    return [_recoloured(mark, f"{name}, {mark.name}".rstrip(", ")) for mark in marks if not isinstance(mark, Label)]


def ghost_pen(width_px: float, *, is_solid: bool) -> Pen:
    """Return the line that a ghost is drawn with."""
    return Pen(GHOST_COLOUR, width_px, () if is_solid else GHOST_DASH, 1.0 if is_solid else 0.9, halo_px=1.0)


def _recoloured(mark: Primitive, name: str) -> Primitive:
    if isinstance(mark, (Label, Hatch)) or mark.pen is None:
        return mark
    pen = replace(mark.pen, colour=GHOST_COLOUR)
    if isinstance(mark, Marker):  # smaller than what a hand can take, and never filled
        return replace(mark, role=Role.GHOST, pen=pen, fill=None, size_px=mark.size_px * 0.7, name=name)
    return replace(mark, role=Role.GHOST, pen=pen, name=name)


def _isotherms(layer: GhostLayer, *, plane: SlicePlane, cache: ContourCache | None) -> list[Primitive]:
    ice = layer.ice
    if ice is None:
        return []
    marks: list[Primitive] = []
    for level in GHOST_LEVELS:
        lines = _lines(layer, level, plane=plane, cache=cache)
        if lines:
            pen = ghost_pen(level.width_px, is_solid=layer.is_solid)
            marks.append(Path(Role.GHOST, lines, pen, name=f"{layer.name}, {level.label}"))
    return marks


def _lines(
    layer: GhostLayer, level: IceLevel, *, plane: SlicePlane, cache: ContourCache | None
) -> tuple[NDArray[np.float64], ...]:
    ice = layer.ice
    if ice is None:
        return ()
    if cache is None or not ice.key:
        found = isotherm_lps(ice, level, plane)
    else:
        found = cache.on_plane((ice.key, level.level_c), plane, lambda: isotherm_lps(ice, level, plane))
    return tuple(plane.to_px(line) for line in found)


def _name_place(layer: GhostLayer, plane: SlicePlane) -> tuple[float, float] | None:
    """Return the middle of the name: beside the hub's end of its first shaft, on the side that no probe's name takes.

    A probe's own name stands beyond its entry, or left of a shaft that leaves the view; a ghost's on the right. Without
    a shaft in view there is none: nothing of the ghost is there to be taken for the plan.
    """
    if not layer.probes:
        return None
    placement = layer.probes[0].placement
    entry, tip = plane.to_px(placement.entry_lps_mm), plane.to_px(placement.tip_lps_mm)
    width, height = plane.size_px
    half = text_width_px(layer.name, _LABEL_PX) / 2
    low = np.array([half + _EDGE_PX, _HEAD_PX])
    high = np.maximum(np.array([width - half - _EDGE_PX, height - _FOOT_PX]), low)
    shares = np.linspace(1.0, 0.0, _PLACES)[:, None]
    shaft = tip + shares * (entry - tip)
    seen = shaft[((shaft >= 0) & (shaft <= (width, height))).all(axis=1)]
    if not len(seen):
        return None
    along = entry - tip
    length = max(float(np.hypot(*along)), 1.0)
    right = np.array([-along[1], along[0]]) / length
    right = right if right[0] >= 0 else -right
    x, y = np.clip(seen[0] + right * (half * right[0] + _ASIDE_PX), low, high)
    return float(x), float(y) + _LABEL_PX * 0.36
