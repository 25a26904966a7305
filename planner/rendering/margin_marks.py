"""How is the worst place of a plan shown in a slice? The gap from ice to structure as a line with its figure.

The plane holds the whole line, so that what is measured on the paper is what the table says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.rendering.plane import Orientation, SlicePlane, standard_axes, standard_normal_lps
from planner.rendering.primitives import Align, Label, Marker, Path, Pen, Primitive, Role, Shape

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.geometry import PointLps

MARGIN_COLOUR = "#ffffff"
_LINE_PX, _END_PX, _RING_PX, _ASIDE_PX = 2.2, 5.0, 15.0, 16.0
# The axial plane is what is read at the table: another one must lie this much nearer to the line.
_AXIAL_BONUS_DEG = 12.0
_UPRIGHT_DEG = 3.0
_SHORT_MM = 0.3


@dataclass(frozen=True, slots=True)
class MarginNote:
    """A worst place: whose or what, and how much; ``far_lps_mm`` is the other end of the gap, None where there is none.

    ``is_named_by_us`` tells words of the program, which another language says otherwise, from a structure's name.
    """

    words: str
    value: str
    at_lps_mm: PointLps
    far_lps_mm: PointLps | None = None
    is_named_by_us: bool = False


def plane_holding(
    at_lps_mm: PointLps, far_lps_mm: PointLps | None, *, mm_per_px: float, size_px: tuple[int, int]
) -> SlicePlane:
    """Return the plane through both points that lies nearest to a standard one, and carries that one's name.

    Of the three the axial plane is preferred; one that need be turned by less than 3° is not turned at all.
    """
    at = np.asarray(at_lps_mm, dtype=float)
    far = at if far_lps_mm is None else np.asarray(far_lps_mm, dtype=float)
    gap_mm = float(np.linalg.norm(far - at))
    middle = (at + far) / 2
    if gap_mm < _SHORT_MM:
        return SlicePlane(Orientation.AXIAL, _point(at), mm_per_px, size_px)
    along = (far - at) / gap_mm
    best = min((Orientation.AXIAL, Orientation.CORONAL, Orientation.SAGITTAL), key=lambda name: _lean_deg(name, along))
    normal = np.asarray(standard_normal_lps(best))
    lean = float(np.degrees(np.arcsin(abs(normal @ along))))
    if lean < _UPRIGHT_DEG:
        return SlicePlane(best, _point(middle), mm_per_px, size_px)
    normal = normal - (normal @ along) * along
    normal /= np.linalg.norm(normal)
    right = np.asarray(standard_axes(best)[0])
    right = right - (right @ normal) * normal
    right /= np.linalg.norm(right)
    axes = (_point(right), _point(np.cross(normal, right)))
    return SlicePlane(best, _point(middle), mm_per_px, size_px, axes)


def margin_marks(note: MarginNote, plane: SlicePlane) -> list[Primitive]:
    """Draw the gap with short ends across it, or a ring where there is only a place, and its words."""
    x, y = (float(v) for v in plane.to_px(note.at_lps_mm))
    pen = Pen(MARGIN_COLOUR, _LINE_PX, halo_px=1.6)
    if note.far_lps_mm is None:
        ring = Marker(Role.MEASUREMENT, (x, y), Shape.CIRCLE, _RING_PX, Pen(MARGIN_COLOUR, 1.6, halo_px=1.4), None)
        return [ring, _words(f"{note.words} {note.value}", (x, y), (1.0, -1.0))]
    ends = np.stack([np.array([x, y]), plane.to_px(note.far_lps_mm)])
    length = float(np.linalg.norm(ends[1] - ends[0]))
    if length < 1.0:
        return [_words(f"{note.words} {note.value}", (x, y), (1.0, -1.0))]
    step = (ends[1] - ends[0]) / length
    across = np.array([-step[1], step[0]]) * _END_PX
    strokes = (ends, *(np.array([end - across, end + across]) for end in ends))
    beyond = _words(
        f"{note.words} {note.value}", (float(ends[1, 0]), float(ends[1, 1])), (float(step[0]), float(step[1]))
    )
    return [Path(Role.MEASUREMENT, strokes, pen, name="worst gap"), beyond]


def _words(words: str, at_px: tuple[float, float], outward: tuple[float, float]) -> Label:
    """Write beyond a point, on the side that leads away from the ice, so that the gap stays seen."""
    x, y = at_px[0] + _ASIDE_PX * outward[0], at_px[1] + _ASIDE_PX * outward[1] + 4.0
    align = Align.START if outward[0] >= 0 else Align.END
    return Label(Role.MEASUREMENT, words, (x, y), align, weight=600, colour=MARGIN_COLOUR, name="worst")


def _lean_deg(orientation: Orientation, along: NDArray[np.float64]) -> float:
    normal = np.asarray(standard_normal_lps(orientation))
    lean = float(np.degrees(np.arcsin(np.clip(abs(float(normal @ along)), 0.0, 1.0))))
    return lean - (_AXIAL_BONUS_DEG if orientation is Orientation.AXIAL else 0.0)


def _point(values: NDArray[np.float64]) -> PointLps:
    return float(values[0]), float(values[1]), float(values[2])
