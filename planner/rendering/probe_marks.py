"""How does a probe lie in a slice? Shaft, active zone, entry and tip; dotted wherever it is not in the slice."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.geometry import PointLps, point
from planner.domain.probe import ProbePlacement, active_zone_lps_mm
from planner.rendering.palette import PROBE, PROBE_OFF_PLANE
from planner.rendering.primitives import Label, Marker, Path, Pen, Primitive, Role, Shape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from planner.rendering.content import ProbeLayer
    from planner.rendering.plane import SlicePlane

TIP_DIAMETER_PX = 10.0
ENTRY_SIZE_PX = 9.0
HANDLE_STROKE_PX = 1.6
_SHAFT_PX = 1.6
_ACTIVE_PX = 4.0
_DOTS = (1.5, 3.5)
# A shaft drawn shorter than two handles, in a plane that it passes steeply, is seen end-on.
_END_ON_PX = 28.0
_END_ON_COSINE = 0.7
_CROSSING_PX = 9.0
_LEAST_IN_PLANE_MM = 1.0
_NAME_ASIDE_PX = 20.0
_NAME_WIDTH_PX = 20.0
_NAME_HEIGHT_PX = 15.0


@dataclass(frozen=True, slots=True)
class Crossing:
    """Where the line of a shaft meets a plane: the place, and how far along the shaft from either end, mm."""

    lps_mm: PointLps
    from_entry_mm: float
    beyond_tip_mm: float


def seen_end_on(placement: ProbePlacement, plane: SlicePlane) -> Crossing | None:
    """Return where a view that looks along a shaft meets it; None in every other view, where its ends lie apart."""
    entry, tip = np.asarray(placement.entry_lps_mm), np.asarray(placement.tip_lps_mm)
    inward = np.asarray(placement.direction_lps)
    steepness = float(inward @ np.asarray(plane.normal_lps))
    if abs(steepness) < _END_ON_COSINE or float(np.hypot(*(plane.to_px(entry) - plane.to_px(tip)))) > _END_ON_PX:
        return None
    depth = -float(plane.off_plane_mm(entry)) / steepness
    return Crossing(point(entry + depth * inward), depth, depth - placement.depth_mm)


def probe_marks(layer: ProbeLayer, *, plane: SlicePlane, slice_mm: float) -> list[Primitive]:
    """Draw one probe without its name."""
    placement, model = layer.placement, layer.model
    reach_mm = max(_LEAST_IN_PLANE_MM, slice_mm / 2, _radius_mm(layer))
    entry, tip = np.asarray(placement.entry_lps_mm), np.asarray(placement.tip_lps_mm)
    marks = _stroke(layer, plane, (entry, tip), width_px=_SHAFT_PX, reach_mm=reach_mm)
    if model is not None and model.active_tip_mm.value is not None:
        deep, shallow = active_zone_lps_mm(placement, model)
        marks += _stroke(layer, plane, (shallow, deep), width_px=_ACTIVE_PX, reach_mm=reach_mm)
    crossing = seen_end_on(placement, plane)
    if crossing is not None and reach_mm < crossing.from_entry_mm < placement.depth_mm - reach_mm:
        return [*marks, _crossing_mark(layer, plane, crossing)]
    for end, is_tip in ((tip, True), (entry, False)):
        # Half a handle at the border would look like something else.
        if _is_in_view(plane, end):
            marks.append(_handle(layer, plane, end, is_tip=is_tip, reach_mm=reach_mm))
    return marks


def _crossing_mark(layer: ProbeLayer, plane: SlicePlane, crossing: Crossing) -> Marker:
    """Draw where a shaft passes the plane; its ends, which lie before and behind it, would only hide it."""
    x, y = plane.to_px(crossing.lps_mm)
    fill = PROBE if layer.is_selected else None
    pen = Pen(PROBE, HANDLE_STROKE_PX, halo_px=1.2)
    name = f"{layer.placement.label} shaft"
    return Marker(Role.HANDLE, (float(x), float(y)), Shape.CIRCLE, _CROSSING_PX, pen, fill, 0.9, name)


def _is_in_view(plane: SlicePlane, lps_mm: NDArray[np.float64]) -> bool:
    px = plane.to_px(lps_mm)
    return bool((px >= 0).all() and (px <= plane.size_px).all())


def _radius_mm(layer: ProbeLayer) -> float:
    diameter = layer.model.shaft_diameter_mm.value if layer.model is not None else None
    return (diameter or 0.0) / 2


def split_at_plane(
    start: ArrayLike, end: ArrayLike, *, plane: SlicePlane, reach_mm: float
) -> tuple[list[NDArray[np.float64]], list[NDArray[np.float64]]]:
    """Split a segment into its parts within and beyond ``reach_mm`` of the plane, each shape (2, 3), LPS mm."""
    a, b = np.asarray(start, dtype=float), np.asarray(end, dtype=float)
    off_a, off_b = float(plane.off_plane_mm(a)), float(plane.off_plane_mm(b))
    cuts = {0.0, 1.0}
    if off_a != off_b:
        shares = ((limit - off_a) / (off_b - off_a) for limit in (-reach_mm, reach_mm))
        cuts |= {share for share in shares if 0 < share < 1}
    near: list[NDArray[np.float64]] = []
    far: list[NDArray[np.float64]] = []
    ordered = sorted(cuts)
    for low, high in pairwise(ordered):
        part = np.array([a + low * (b - a), a + high * (b - a)])
        middle = abs(off_a + (low + high) / 2 * (off_b - off_a))
        (near if middle <= reach_mm else far).append(part)
    return near, far


def _stroke(
    layer: ProbeLayer,
    plane: SlicePlane,
    ends: tuple[ArrayLike, ArrayLike],
    *,
    width_px: float,
    reach_mm: float,
) -> list[Primitive]:
    near, far = split_at_plane(ends[0], ends[1], plane=plane, reach_mm=reach_mm)
    label = layer.placement.label
    marks: list[Primitive] = []
    if far:
        pen = Pen(PROBE_OFF_PLANE, max(1.4, width_px * 0.6), _DOTS, 0.85, halo_px=1.0)
        marks.append(Path(Role.PROBE, tuple(plane.to_px(p) for p in far), pen, name=f"{label}, projected"))
    if near:
        pen = Pen(PROBE, width_px, halo_px=1.0)
        marks.append(Path(Role.PROBE, tuple(plane.to_px(p) for p in near), pen, name=f"{label}, in plane"))
    return marks


def _handle(
    layer: ProbeLayer, plane: SlicePlane, lps_mm: NDArray[np.float64], *, is_tip: bool, reach_mm: float
) -> Marker:
    is_in_plane = abs(float(plane.off_plane_mm(lps_mm))) <= reach_mm
    x, y = plane.to_px(lps_mm)
    pen = Pen(
        PROBE,
        HANDLE_STROKE_PX,
        () if is_in_plane else (2.0, 2.0),
        1.0 if is_in_plane else 0.8,
        halo_px=1.2,
    )
    part = "tip" if is_tip else "entry"
    return Marker(
        Role.HANDLE,
        (float(x), float(y)),
        Shape.CIRCLE if is_tip else Shape.SQUARE,
        TIP_DIAMETER_PX if is_tip else ENTRY_SIZE_PX,
        pen,
        PROBE if layer.is_selected and is_in_plane else None,
        0.9,
        f"{layer.placement.label} {part}" + ("" if is_in_plane else ", projected"),
    )


def probe_names(layers: Sequence[ProbeLayer], *, plane: SlicePlane) -> list[Primitive]:
    """Write each label beyond its entry, or where the shaft leaves the view; labels never lie on one another."""
    names: list[Primitive] = []
    taken: list[tuple[float, float]] = []
    for layer in layers:
        x, y = _name_place(layer, plane)
        while any(abs(x - a) < _NAME_WIDTH_PX and abs(y - b) < _NAME_HEIGHT_PX for a, b in taken):
            y -= _NAME_HEIGHT_PX
        taken.append((x, y))
        weight = 600 if layer.is_selected else 500
        names.append(Label(Role.PROBE, layer.placement.label, (x, y), weight=weight, colour="#ffffff"))
    return names


def _name_place(layer: ProbeLayer, plane: SlicePlane) -> tuple[float, float]:
    """Return the anchor: 14 px beyond the entry, or left of the shaft where it leaves the view; inside the view."""
    entry, tip = plane.to_px(layer.placement.entry_lps_mm), plane.to_px(layer.placement.tip_lps_mm)
    outward = entry - tip
    length = float(np.hypot(*outward))
    low = np.array([30.0, 50.0])
    high = np.maximum(np.array(plane.size_px) - (50.0, 36.0), low)
    at = entry
    if ((tip >= low) & (tip <= high)).all() and not ((entry >= low) & (entry <= high)).all():
        # Walk from the tip outward to where the shaft leaves the view.
        with np.errstate(divide="ignore", invalid="ignore"):
            exits = np.where(outward > 0, (high - tip) / outward, np.where(outward < 0, (low - tip) / outward, np.inf))
        at = tip + outward * float(np.clip(exits.min(), 0.0, 1.0))
        # Beyond the view there is no place: beside the shaft, which would strike through the name.
        aside = np.array([-outward[1], outward[0]]) / max(length, 1.0)
        x, y = np.clip(at + _NAME_ASIDE_PX * (aside if aside[0] < 0 else -aside), low - 6.0, high + 6.0)
        return float(x) - 6.0, float(y) + 4.0
    x, y = at + (outward / length * 14.0 if length > 1 else np.array([10.0, -10.0]))
    x, y = np.clip((x, y), low - 6.0, high + 6.0)
    return float(x) - 6.0, float(y) + 4.0
