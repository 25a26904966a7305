"""Where are the points whose temperature is followed? Small crosses with their names, in slices and in space."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.rendering.measurement_marks import points_in_slice
from planner.rendering.primitives import Label, Path, Pen, Primitive, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.domain.geometry import PointLps
    from planner.rendering.plane import SlicePlane

WATCH_COLOUR = "#ffffff"
_ARM_PX, _GAP_PX = 6.0, 2.0


def watch_name(number: int) -> str:
    """Return the name of a watched point, counted from 0."""
    return f"W{number + 1}"


def watch_marks(points_lps_mm: Sequence[PointLps], *, plane: SlicePlane, slice_mm: float) -> list[Primitive]:
    """Draw the points: those in the slice with their name, the others faint and dotted, where they would be."""
    if not points_lps_mm:
        return []
    here = points_in_slice(points_lps_mm, plane=plane, slice_mm=slice_mm)
    marks: list[Primitive] = []
    for number, (point, is_here) in enumerate(zip(points_lps_mm, here, strict=True)):
        x, y = (float(v) for v in plane.to_px(point))
        if is_here:
            marks += _named_cross(number, x, y)
        else:
            marks.append(_cross(number, x, y, Pen(WATCH_COLOUR, 1.0, (1.5, 2.0))))
    return marks


def watch_space_marks(points_lps_mm: Sequence[PointLps], to_picture: NDArray[np.float64]) -> list[Primitive]:
    """Draw the points over a picture of space, also those that something hides; none behind the eye.

    ``to_picture`` has shape (4, 4): from LPS (x, y, z, 1) to px, depth and w.
    """
    marks: list[Primitive] = []
    for number, point in enumerate(points_lps_mm):
        x, y, _, w = (float(v) for v in to_picture @ np.array([*point, 1.0]))
        if w > 0:
            marks += _named_cross(number, x / w, y / w)
    return marks


def _named_cross(number: int, x: float, y: float) -> list[Primitive]:
    name = watch_name(number)
    words = Label(Role.WATCHED, name, (x + 9.0, y - 6.0), colour=WATCH_COLOUR, name=f"{name} name")
    return [_cross(number, x, y, Pen(WATCH_COLOUR, 1.6, halo_px=1.2)), words]


def _cross(number: int, x: float, y: float, pen: Pen) -> Path:
    arms = [
        np.array([[x + _GAP_PX * u, y + _GAP_PX * v], [x + _ARM_PX * u, y + _ARM_PX * v]])
        for u, v in ((1, 1), (1, -1), (-1, 1), (-1, -1))
    ]
    return Path(Role.WATCHED, tuple(arms), pen, name=watch_name(number))
