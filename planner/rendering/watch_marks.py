"""Where are the points whose temperature is followed? Small crosses with their names, in slices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.rendering.measurement_marks import points_in_slice
from planner.rendering.primitives import Label, Path, Pen, Primitive, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

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
        name = watch_name(number)
        pen = Pen(WATCH_COLOUR, 1.6, halo_px=1.2) if is_here else Pen(WATCH_COLOUR, 1.0, (1.5, 2.0))
        arms = [
            np.array([[x + _GAP_PX * u, y + _GAP_PX * v], [x + _ARM_PX * u, y + _ARM_PX * v]])
            for u, v in ((1, 1), (1, -1), (-1, 1), (-1, -1))
        ]
        marks.append(Path(Role.WATCHED, tuple(arms), pen, name=name))
        if is_here:
            marks.append(Label(Role.WATCHED, name, (x + 9.0, y - 6.0), colour=WATCH_COLOUR, name=f"{name} name"))
    return marks
