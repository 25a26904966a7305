"""How do structures and targets lie in a slice? Outlines, nerve courses and target bodies as primitives."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.bit_packing import NOWHERE
from planner.rendering.content import ContourCache
from planner.rendering.palette import (
    EDITED_FILL_OPACITY,
    OFF_PLANE_DASH,
    SHARE_CLASSES,
    STRUCTURE_FILL_OPACITY,
    STRUCTURE_HALO_PX,
    TARGET_COLOUR,
    TARGET_WIDTH_PX,
    VEILING_KINDS,
    VEILING_OPACITY,
    style_for,
)
from planner.rendering.primitives import Marker, Path, Pen, Primitive, Role, Shape
from planner.rendering.reslice import section, stored_slice
from planner.spatial.contour import marching_squares

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.domain.bit_packing import Box
    from planner.domain.geometry import Grid
    from planner.domain.target import TargetBody
    from planner.rendering.content import BodyLayer, NerveLayer, StructureLayer
    from planner.rendering.plane import SlicePlane

# A nerve thinner than this still shows as "in the slice" within half of it: the eye cannot place it better.
_LEAST_NERVE_MM = 2.0
# Brackets of the treated part: half their height and the length of their arms; they need a run along the slice.
_BRACKET_PX, _BRACKET_ARM_PX, _LEAST_BRACKET_RUN_PX = 9.0, 4.0, 1.5
_SHARE_PX = 11.0  # of what is drawn on both sides of a nerve
_ROUNDINGS = 3
# Boxes of masks by content, shared by all views: finding one reads the whole mask.
_BOXES = ContourCache(limit=256)
# The shadow of a body this far from the slice would only clutter it.
_FAR_MM = 10.0  # from a slice (project default)
_SHADOW_REACH_MM = 40.0
_TICK_EVERY_PX = 14.0
_TICK_LENGTH_PX = 5.0


def structure_marks(
    layers: Sequence[StructureLayer], *, grid: Grid, plane: SlicePlane, cache: ContourCache | None
) -> list[Primitive]:
    """Outline every structure that the plane cuts."""
    marks: list[Primitive] = []
    for layer in layers:
        lines = _outline_lps(layer, grid=grid, plane=plane, cache=cache)
        if not lines:
            continue
        style = style_for(layer.kind, layer.colour)
        pen = Pen(style.colour, style.width_px, style.dash_px, halo_px=STRUCTURE_HALO_PX)
        is_veiling = layer.kind in VEILING_KINDS and not layer.is_edited
        if is_veiling:
            pen = Pen(style.colour, 1.0, opacity=VEILING_OPACITY)
        shown = tuple(plane.to_px(line) for line in lines)
        # The skin's inside is the whole body: a tint over everything would say nothing.
        fill = None if style.opacity_3d < 0.15 or is_veiling else style.colour
        opacity = EDITED_FILL_OPACITY if layer.is_edited else STRUCTURE_FILL_OPACITY
        marks.append(Path(Role.STRUCTURE, shown, pen, fill, opacity, name=layer.name))
        if style.has_ticks:
            ticks = tuple(tick for line in shown for tick in ticks_along(line))
            marks.append(Path(Role.STRUCTURE, ticks, Pen(style.colour, 1.2), name=f"{layer.name} ticks"))
    return marks


def _outline_lps(
    layer: StructureLayer, *, grid: Grid, plane: SlicePlane, cache: ContourCache | None
) -> tuple[NDArray[np.float64], ...]:
    if cache is None or not layer.key:
        return _contour_mask(layer, grid=grid, plane=plane)
    return cache.on_plane((layer.key,), plane, lambda: _contour_mask(layer, grid=grid, plane=plane))


def _contour_mask(layer: StructureLayer, *, grid: Grid, plane: SlicePlane) -> tuple[NDArray[np.float64], ...]:
    """Outline a mask halfway between inside and outside voxels, in LPS mm, with the voxel stairs rounded off."""
    mask = layer.mask
    flat = stored_slice(mask, grid=grid, plane=plane)
    if flat is not None and not flat.any():
        return ()
    if flat is None:
        # Across the voxels every sample costs: only the structure's own box is cut, and only where the plane meets it.
        box = _box_of(layer)
        if box is None:
            return ()
        lower, upper = box[0], box[1]
        grid = grid.cropped((int(lower[0]), int(lower[1]), int(lower[2])), _shape_kji(lower, upper))
        reach = plane.off_plane_mm(grid.corners_lps_mm())
        margin_mm = max(grid.spacing_ijk_mm)
        if reach.min() > margin_mm or reach.max() < -margin_mm:
            return ()
        mask = mask[tuple(slice(int(a), int(b)) for a, b in zip(lower[::-1], upper[::-1], strict=True))]
    cut = section(mask, grid=grid, plane=plane, outside=0.0)
    rows, columns = np.any(cut.values, axis=1).nonzero()[0], np.any(cut.values, axis=0).nonzero()[0]
    if not rows.size:
        return ()
    inner = cut.values[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    # One empty cell around closes outlines at the volume's border.
    lines = marching_squares(np.pad(inner, 1), 0.5)
    corner = np.array([columns[0] - 1.0, rows[0] - 1.0])
    return tuple(cut.to_lps(round_off(line) + corner) for line in lines)


def _shape_kji(lower: NDArray[np.float64], upper: NDArray[np.float64]) -> tuple[int, int, int]:
    i, j, k = (int(n) for n in upper - lower)
    return k, j, i


def _box_of(layer: StructureLayer) -> tuple[NDArray[np.float64], ...] | None:
    """Return the corners (i, j, k) of a mask's box with one empty voxel around, upper exclusive; None when empty."""
    if layer.box is not None:
        return _with_a_voxel_around(layer.box, layer.mask.shape)
    found = _BOXES.get((layer.key,), lambda: _find_box(layer.mask)) if layer.key else _find_box(layer.mask)
    return found or None


def _with_a_voxel_around(box: Box, shape: tuple[int, ...]) -> tuple[NDArray[np.float64], ...] | None:
    if box == NOWHERE:
        return None
    lower = np.array(box[2::-1], dtype=float)
    upper = lower + box[:2:-1]
    return np.maximum(lower - 1, 0), np.minimum(upper + 1, shape[::-1])


def _find_box(mask: NDArray[np.bool_]) -> tuple[NDArray[np.float64], ...]:
    part, lower, upper = mask, np.zeros(3), np.array(mask.shape[::-1], dtype=float)
    for axis in range(3):
        others = tuple(other for other in range(3) if other != axis)
        held = np.flatnonzero(part.any(axis=others))
        if not held.size:
            return ()
        first, last = max(0, int(held[0]) - 1), min(part.shape[axis], int(held[-1]) + 2)
        lower[2 - axis], upper[2 - axis] = first, last
        part = part[(slice(None),) * axis + (slice(first, last),)]
    return lower, upper


def round_off(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average each point of a closed line with its neighbours (1-2-1) three times: the stairs go, the outline stays.

    Flat and gently curved edges move by less than a quarter of a voxel, right-angled corners by less than half.
    """
    if len(line) < 8 or not np.array_equal(line[0], line[-1]):
        return line
    ring = line[:-1]
    for _ in range(_ROUNDINGS):
        ring = (np.roll(ring, 1, axis=0) + 2 * ring + np.roll(ring, -1, axis=0)) / 4
    return np.concatenate([ring, ring[:1]])


def ticks_along(line: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Return short strokes across a polyline in pixels, evenly spaced."""
    steps = np.diff(line, axis=0)
    arc = np.concatenate([[0.0], np.cumsum(np.hypot(*steps.T))])
    if len(line) < 2 or arc[-1] < _TICK_EVERY_PX:
        return []
    at = np.arange(_TICK_EVERY_PX / 2, arc[-1], _TICK_EVERY_PX)
    index = np.clip(np.searchsorted(arc, at, side="right") - 1, 0, len(steps) - 1)
    direction = steps[index] / np.maximum(np.hypot(*steps[index].T), 1e-9)[:, None]
    middle = np.column_stack([np.interp(at, arc, line[:, axis]) for axis in (0, 1)])
    across = np.column_stack([-direction[:, 1], direction[:, 0]]) * _TICK_LENGTH_PX / 2
    return list(np.stack([middle - across, middle + across], axis=1))


def nerve_marks(layer: NerveLayer, *, plane: SlicePlane, slice_mm: float) -> list[Primitive]:
    """Draw a nerve: solid where it runs in the slice, dashed where it is projected, a ring where it passes through."""
    curve = np.asarray(layer.curve_lps_mm, dtype=float)
    radius_mm = max(layer.diameter_mm or 0.0, _LEAST_NERVE_MM) / 2
    off = plane.off_plane_mm(curve)
    is_near = np.abs(off) <= max(radius_mm, slice_mm / 2)
    first, last = layer.segment or (0, len(curve) - 1)
    is_treated = np.zeros(len(curve), dtype=bool)
    is_treated[first : last + 1] = True
    px = plane.to_px(curve)
    marks: list[Primitive] = share_marks(layer, px)
    for near, treated in ((False, False), (False, True), (True, False), (True, True)):
        lines = tuple(px[a:b] for a, b in _runs((is_near == near) & (is_treated == treated)))
        width = (TARGET_WIDTH_PX if treated else 1.4) if near else 1.4
        pen = Pen(TARGET_COLOUR, width, () if near else OFF_PLANE_DASH, 1.0 if near else 0.8, halo_px=1.2)
        if lines:
            where = "in plane" if near else "projected"
            marks.append(Path(Role.TARGET, lines, pen, name=f"{layer.name}, {where}"))
    marks += _crossings(layer, px=px, off=off, radius_px=radius_mm / plane.mm_per_px)
    if layer.segment is not None:
        marks += [_dot(layer.name, px[end], is_near=bool(is_near[end])) for end in (first, last)]
        marks += _segment_brackets(layer.name, px, (first, last))
    return marks + [_nerve_handle(plane, p) for p in layer.handles_lps_mm if layer.is_selected]


def share_marks(layer: NerveLayer, px: NDArray[np.float64]) -> list[Primitive]:
    """Draw on both sides of a nerve how often each part of it is treated, by colour and by pattern (H-18)."""
    if layer.shares is None:
        return []
    marks: list[Primitive] = []
    shares, above = np.asarray(layer.shares), np.inf
    for each in SHARE_CLASSES:
        with np.errstate(invalid="ignore"):
            lines = tuple(px[a:b] for a, b in _runs((shares >= each.at_least) & (shares < above)))
        above = each.at_least
        if lines:
            pen = Pen(each.colour, _SHARE_PX, each.dash_px, 0.95)
            marks.append(Path(Role.TARGET, lines, pen, name=f"{layer.name}, treated in {each.label} of draws"))
    return marks


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return (start, stop) of each run of True, stop reaching one point further so that runs join up."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    ends = np.minimum(edges[1::2] + 1, len(flags))
    return [(int(a), int(b)) for a, b in zip(edges[::2], ends, strict=True) if b - a > 1]


def _crossings(
    layer: NerveLayer, *, px: NDArray[np.float64], off: NDArray[np.float64], radius_px: float
) -> list[Primitive]:
    """Ring the points where the curve passes through the plane, as wide as the nerve."""
    marks: list[Primitive] = []
    for at, (a, b) in enumerate(pairwise(off)):
        if a * b < 0 or (a == 0 and b != 0):
            share = a / (a - b)
            x, y = px[at] + share * (px[at + 1] - px[at])
            pen = Pen(TARGET_COLOUR, 1.6, halo_px=1.2)
            size = max(2 * radius_px, 6.0)
            marks.append(
                Marker(Role.TARGET, (float(x), float(y)), Shape.CIRCLE, size, pen, name=f"{layer.name}, cross-section")
            )
    return marks


def _dot(name: str, px: NDArray[np.float64], *, is_near: bool) -> Marker:
    centre = (float(px[0]), float(px[1]))
    opacity = 1.0 if is_near else 0.7
    pen = Pen("#000000", 1.2, opacity=opacity)
    return Marker(Role.TARGET, centre, Shape.CIRCLE, 6.0, pen, TARGET_COLOUR, opacity, f"{name}, end of segment")


def _segment_brackets(name: str, px: NDArray[np.float64], ends: tuple[int, int]) -> list[Primitive]:
    """Draw the brackets round the treated part across the curve; none where it runs into the slice's depth there."""
    lines = []
    for end, inward in zip(ends, (1, -1), strict=True):
        beside = min(max(end + 3 * inward, 0), len(px) - 1)
        along = px[beside] - px[end]
        length = float(np.hypot(*along))
        if length < _LEAST_BRACKET_RUN_PX:
            continue
        along = along / length
        across = np.array([-along[1], along[0]]) * _BRACKET_PX
        arm = along * _BRACKET_ARM_PX
        at = px[end]
        lines.append(np.array([at + across + arm, at + across, at - across, at - across + arm]))
    pen = Pen(TARGET_COLOUR, 1.8, halo_px=1.2)
    return [Path(Role.TARGET, tuple(lines), pen, name=f"{name}, brackets")] if lines else []


def _nerve_handle(plane: SlicePlane, lps_mm: tuple[float, float, float]) -> Marker:
    """Draw a point of a nerve; one far from this slice is small and faint, so that nobody aims at it."""
    x, y = plane.to_px(lps_mm)
    is_far = abs(float(plane.off_plane_mm(lps_mm))) > _FAR_MM
    return Marker(
        Role.HANDLE,
        (float(x), float(y)),
        Shape.CIRCLE,
        6.0 if is_far else 9.0,
        Pen(TARGET_COLOUR, 1.0, opacity=0.45) if is_far else Pen(TARGET_COLOUR, 1.6, halo_px=1.2),
        None if is_far else "#000000",
        name="nerve point",
    )


def body_marks(layer: BodyLayer, *, plane: SlicePlane) -> list[Primitive]:
    """Draw a target body: its true cut where the plane meets it, otherwise its dashed shadow on the plane."""
    cut = body_section_px(layer.body, plane)
    if cut is not None:
        width = TARGET_WIDTH_PX + (0.6 if layer.is_selected else 0.0)
        pen = Pen(TARGET_COLOUR, width, halo_px=1.2)
        marks: list[Primitive] = [Path(Role.TARGET, (cut,), pen, TARGET_COLOUR, 0.12, name=layer.name)]
    elif abs(float(plane.off_plane_mm(layer.body.centre_lps_mm))) > _SHADOW_REACH_MM:
        return []
    else:
        pen = Pen(TARGET_COLOUR, 1.4, OFF_PLANE_DASH, 0.8, halo_px=1.2)
        marks = [Path(Role.TARGET, (body_shadow_px(layer.body, plane),), pen, name=f"{layer.name}, projected")]
    if layer.is_selected:
        marks.append(_nerve_handle(plane, layer.body.centre_lps_mm))
    return marks


def body_section_px(body: TargetBody, plane: SlicePlane) -> NDArray[np.float64] | None:
    """Return the ellipse in which a plane cuts a spheroid, closed, px; None when it passes beside it.

    With the spheroid as (p − c)ᵀ Q (p − c) ≤ 1 and p = o + B u in the plane, the cut is
    (u − u₀)ᵀ BᵀQB (u − u₀) ≤ 1 − h, where h is what is left at the centre u₀ of the ellipse.
    """
    shape = _body_matrix(body)
    frame = np.array([plane.right_lps, plane.down_lps]).T
    offset = np.asarray(plane.centre_lps_mm) - np.asarray(body.centre_lps_mm)
    in_plane = frame.T @ shape @ frame
    centre = -np.linalg.solve(in_plane, frame.T @ shape @ offset)
    nearest = offset + frame @ centre
    room = 1.0 - float(nearest @ shape @ nearest)
    if room <= 0:
        return None
    ellipse = _ellipse(np.linalg.inv(in_plane) * room) + centre
    return ellipse / plane.mm_per_px + np.array(plane.size_px) / 2


def body_shadow_px(body: TargetBody, plane: SlicePlane) -> NDArray[np.float64]:
    """Return the outline of a spheroid projected onto the plane, closed, px."""
    frame = np.array([plane.right_lps, plane.down_lps]).T
    spread = frame.T @ np.linalg.inv(_body_matrix(body)) @ frame
    return _ellipse(spread) / plane.mm_per_px + plane.to_px(body.centre_lps_mm)


def _body_matrix(body: TargetBody) -> NDArray[np.float64]:
    along = np.outer(body.axis_lps, body.axis_lps)
    matrix: NDArray[np.float64] = along * (2 / body.length_mm) ** 2 + (np.eye(3) - along) * (2 / body.width_mm) ** 2
    return matrix


def _ellipse(spread: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points u with uᵀ S⁻¹ u = 1, shape (65, 2), closed."""
    angle = np.linspace(0, 2 * np.pi, 65)
    circle = np.column_stack([np.cos(angle), np.sin(angle)])
    ring: NDArray[np.float64] = circle @ np.linalg.cholesky(spread).T
    ring[-1] = ring[0]
    return ring
