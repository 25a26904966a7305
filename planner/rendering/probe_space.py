"""How does a probe lie over the 3-D picture? Its handles, and the whole probe where the picture is not yet there.

Flat marks in the picture's pixels, through the matrix (4, 4) from LPS mm that :class:`planner.domain.mask_edit.Cut`
describes: rows are x, y, depth and w.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.domain.probe import active_zone_lps_mm
from planner.rendering.palette import HUB, PROBE
from planner.rendering.primitives import Marker, Path, Pen, Primitive, Role, Shape
from planner.rendering.probe_marks import ENTRY_SIZE_PX, HANDLE_STROKE_PX, TIP_DIAMETER_PX

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from planner.rendering.content import ProbeLayer

HUB_FROM_SKIN_MM, HUB_LENGTH_MM = 15.0, 25.0
_SHAFT_PX, _ACTIVE_PX, _HUB_PX = 2.4, 4.4, 7.0
_MIDDLE_PX = 7.0


def behind_eye(matrix: NDArray[np.float64], lps_mm: ArrayLike) -> bool:
    """Whether a point lies behind the viewer, where it has no place in the picture."""
    return bool(matrix[3, :3] @ np.asarray(lps_mm) + matrix[3, 3] <= 0)


def picture_px(matrix: NDArray[np.float64], lps_mm: ArrayLike) -> NDArray[np.float64]:
    """Return where a point is seen, shape (2,), px from the top left."""
    seen = matrix @ np.append(np.asarray(lps_mm, dtype=float), 1.0)
    return np.asarray(seen[:2] / seen[3])


def space_handles(layer: ProbeLayer, matrix: NDArray[np.float64]) -> list[Primitive]:
    """Draw what a hand can take hold of: tip, entry and the middle of the shaft."""
    placement = layer.placement
    middle = (np.asarray(placement.entry_lps_mm) + np.asarray(placement.tip_lps_mm)) / 2
    kinds = (
        ("shaft", middle, Shape.CIRCLE, _MIDDLE_PX),
        ("entry", placement.entry_lps_mm, Shape.SQUARE, ENTRY_SIZE_PX),
        ("tip", placement.tip_lps_mm, Shape.CIRCLE, TIP_DIAMETER_PX),
    )
    marks: list[Primitive] = []
    for part, at, shape, size_px in kinds:
        if behind_eye(matrix, at):
            continue
        x, y = (float(v) for v in picture_px(matrix, at))
        is_thin = part == "shaft"
        pen = Pen(PROBE, 1.2 if is_thin else HANDLE_STROKE_PX, halo_px=1.2)
        fill = PROBE if layer.is_selected and not is_thin else "#000000"
        opacity = 0.9 if layer.is_selected and not is_thin else 0.35
        marks.append(Marker(Role.HANDLE, (x, y), shape, size_px, pen, fill, opacity, f"{placement.label} {part}"))
    return marks


def probe_lines(layer: ProbeLayer, matrix: NDArray[np.float64]) -> list[Primitive]:
    """Draw a whole probe as lines: shaft, active zone and hub; nothing when a part of it lies behind the viewer."""
    placement, model = layer.placement, layer.model
    entry, outward = np.asarray(placement.entry_lps_mm), -np.asarray(placement.direction_lps)
    hub = entry + HUB_FROM_SKIN_MM * outward
    parts = [
        (hub, hub + HUB_LENGTH_MM * outward, HUB, _HUB_PX),
        (np.asarray(placement.tip_lps_mm), hub, PROBE, _SHAFT_PX),
    ]
    if model is not None and model.active_tip_mm.value is not None:
        deep, shallow = active_zone_lps_mm(placement, model)
        parts.append((np.asarray(deep), np.asarray(shallow), PROBE, _ACTIVE_PX))
    marks: list[Primitive] = []
    for start, end, colour, width_px in parts:
        if behind_eye(matrix, start) or behind_eye(matrix, end):
            continue
        line = np.array([picture_px(matrix, start), picture_px(matrix, end)])
        marks.append(Path(Role.PROBE, (line,), Pen(colour, width_px, halo_px=1.0), name=placement.label))
    return marks
