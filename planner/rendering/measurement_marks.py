"""How do measurements lie in a slice? Lines, arcs and circles with their figures, as primitives.

A measurement is drawn where it was made: on another slice it would seem to measure what is seen there. A distance
between two slices is shown on both, dotted, since only its projection lies in the picture; an angle is shown only where
all of it lies, since its projection has another size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.domain.measurement import MeasurementKind
from planner.rendering.palette import MEASUREMENT_COLOUR, OFF_PLANE_DASH
from planner.rendering.primitives import Label, Path, Pen, Primitive, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.rendering.content import MeasurementLayer
    from planner.rendering.plane import SlicePlane

_LINE_PX = 1.3
_CROSS_PX = 5.0
_ARC_PX = 22.0
_TEXT_PX, _TEXT_LINE_PX = 12.0, 15.0
_PARALLEL_COSINE = float(np.cos(np.radians(1.0)))
_CIRCLE_CORNERS = 73


def measurement_marks(layers: Sequence[MeasurementLayer], *, plane: SlicePlane, slice_mm: float) -> list[Primitive]:
    """Draw the measurements that lie in the slice; ``slice_mm`` is its thickness."""
    marks: list[Primitive] = []
    for layer in layers:
        in_slice = points_in_slice(layer.points_lps_mm, plane=plane, slice_mm=slice_mm)
        if layer.kind is MeasurementKind.DISTANCE and in_slice.any():
            marks += _distance(layer, plane, is_projected=not in_slice.all())
        elif layer.kind is MeasurementKind.ANGLE and in_slice.all():
            marks += _angle(layer, plane)
        elif layer.kind is MeasurementKind.CIRCLE and in_slice.all() and _is_parallel(layer, plane):
            marks += _circle(layer, plane)
    return marks


def points_in_slice(
    points_lps_mm: Sequence[tuple[float, float, float]], *, plane: SlicePlane, slice_mm: float
) -> NDArray[np.bool_]:
    """Whether each point lies within half a slice of the plane, shape (N,)."""
    # Half a slice and the arithmetic's noise: a point on the border belongs to both slices.
    return np.asarray(np.abs(plane.off_plane_mm(np.array(points_lps_mm))) <= slice_mm / 2 + 1e-6)


def _is_parallel(layer: MeasurementLayer, plane: SlicePlane) -> bool:
    return abs(float(np.dot(layer.normal_lps, plane.normal_lps))) >= _PARALLEL_COSINE


def _distance(layer: MeasurementLayer, plane: SlicePlane, *, is_projected: bool) -> list[Primitive]:
    ends = plane.to_px(np.array(layer.points_lps_mm))
    marks = [_line(layer, (ends,), is_projected=is_projected), *_crosses(layer, ends)]
    # The end farther to the right carries the text, away from the line.
    at = ends[int(np.argmax(ends[:, 0]))]
    return [*marks, *_words(layer, (float(at[0]) + 9.0, float(at[1]) - 6.0))]


def _angle(layer: MeasurementLayer, plane: SlicePlane) -> list[Primitive]:
    points = plane.to_px(np.array(layer.points_lps_mm))
    corner = points[1]
    first, last = (np.arctan2(*(end - corner)[::-1]) for end in (points[0], points[2]))
    turn = (last - first + np.pi) % (2 * np.pi) - np.pi
    sweep = first + np.linspace(0.0, turn, 25)
    shortest = min(float(np.hypot(*(end - corner))) for end in (points[0], points[2]))
    radius = min(_ARC_PX, 0.7 * shortest)
    arc = corner + radius * np.stack([np.cos(sweep), np.sin(sweep)], axis=1)
    marks = [_line(layer, (points, arc), is_projected=False), *_crosses(layer, points[[0, 2]])]
    middle = first + turn / 2
    at = corner + (radius + 10.0) * np.array([np.cos(middle), np.sin(middle)])
    return [*marks, *_words(layer, (float(at[0]), float(at[1]) + 4.0))]


def _circle(layer: MeasurementLayer, plane: SlicePlane) -> list[Primitive]:
    centre, rim = plane.to_px(np.array(layer.points_lps_mm))
    radius = float(np.hypot(*(rim - centre)))
    sweep = np.linspace(0.0, 2 * np.pi, _CIRCLE_CORNERS)
    ring = centre + radius * np.stack([np.cos(sweep), np.sin(sweep)], axis=1)
    at = (float(centre[0]) + 0.71 * radius + 8.0, float(centre[1]) - 0.71 * radius - 6.0)
    return [_line(layer, (ring,), is_projected=False), *_crosses(layer, centre[None]), *_words(layer, at)]


def _line(layer: MeasurementLayer, lines: tuple[NDArray[np.float64], ...], *, is_projected: bool) -> Path:
    pen = Pen(MEASUREMENT_COLOUR, _LINE_PX, OFF_PLANE_DASH if is_projected else (), halo_px=1.2)
    return Path(Role.MEASUREMENT, lines, pen, name=layer.name)


def _crosses(layer: MeasurementLayer, points: NDArray[np.float64]) -> list[Primitive]:
    """Mark points by upright crosses, so that neither a probe's round tip nor its square entry is meant."""
    across, along = np.array([_CROSS_PX, 0.0]), np.array([0.0, _CROSS_PX])
    strokes = tuple(np.array([p - step, p + step]) for p in points for step in (across, along))
    return [Path(Role.MEASUREMENT, strokes, Pen(MEASUREMENT_COLOUR, 1.3, halo_px=1.2), name=f"{layer.name} ends")]


def _words(layer: MeasurementLayer, at_px: tuple[float, float]) -> list[Primitive]:
    x, y = at_px
    return [
        Label(
            Role.MEASUREMENT,
            text,
            (x, y + line * _TEXT_LINE_PX),
            size_px=_TEXT_PX,
            weight=500 if line == 0 else 400,
            colour=MEASUREMENT_COLOUR,
            name=layer.name,
        )
        for line, text in enumerate(layer.words)
    ]
