"""What lies along a nerve, laid out straight? A reslice along a curve: arc length to the right, one direction across.

The direction across is carried along without turning about the curve (double reflection: Wang, Jüttler, Zheng & Liu,
ACM Trans. Graph. 27 (2008) 2, "Computation of rotation minimizing frames"), so an S-bend never flips the picture. Only
the angle it starts with is free; it is chosen so that head, else front, is up along the course as a whole.

Distances along the curve and straight across it are true; away from the curve the inside of a bend is shown too long.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain.errors import PlanInvalid
from planner.domain.geometry import Side

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from planner.domain.geometry import Grid

_HEAD, _FRONT = np.array([0.0, 0.0, 1.0]), np.array([0.0, -1.0, 0.0])
# Up along the course: 1 where a direction lies square to the curve all along, 0 where it lies along it.
_CLEARLY_UP = 0.5
_SAME_POINT_MM = 1e-9
# Ends that differ by less than this across the body are neither lateral nor medial.
_SAME_SIDE_MM = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class StripCourse:
    """A curve with the directions that lay it out straight; N points in order.

    Parameters
    ----------
    points_lps_mm
        shape (N, 3), float64, LPS mm.
    arc_mm
        shape (N,), float64, mm from the first point, increasing.
    tangents, up_lps, away_lps
        shape (N, 3), float64: unit vectors along the curve (to the right in the strip), up in the strip, and away from
        the viewer; square to one another.
    """

    points_lps_mm: NDArray[np.float64]
    arc_mm: NDArray[np.float64]
    tangents: NDArray[np.float64]
    up_lps: NDArray[np.float64]
    away_lps: NDArray[np.float64]

    @property
    def length_mm(self) -> float:
        """Length of the curve."""
        return float(self.arc_mm[-1])

    def turned(self, angle_deg: float) -> StripCourse:
        """Return the course seen from another side: every cross-section turned about the curve by the same angle."""
        angle = np.radians(angle_deg)
        up = np.cos(angle) * self.up_lps + np.sin(angle) * self.away_lps
        away = np.cos(angle) * self.away_lps - np.sin(angle) * self.up_lps
        return StripCourse(self.points_lps_mm, self.arc_mm, self.tangents, up, away)

    def frame_at(self, arc_mm: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Return point, tangent and up at arc lengths (M,), each shape (M, 3); held to the ends of the curve."""
        at = np.atleast_1d(np.asarray(arc_mm, dtype=float))
        point, tangent, up = (
            np.column_stack([np.interp(at, self.arc_mm, axis) for axis in values.T])
            for values in (self.points_lps_mm, self.tangents, self.up_lps)
        )
        tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
        up -= (up * tangent).sum(axis=1, keepdims=True) * tangent
        return point, tangent, up / np.linalg.norm(up, axis=1, keepdims=True)

    def to_lps(self, arc_mm: ArrayLike, up_mm: ArrayLike) -> NDArray[np.float64]:
        """Return the patient points at strip coordinates, arc length (M,) and height over the curve (M,): (M, 3)."""
        point, _, up = self.frame_at(arc_mm)
        height = np.atleast_1d(np.asarray(up_mm, dtype=float))
        return np.asarray(point + height[:, None] * up)

    def nearest(self, lps_mm: ArrayLike) -> NDArray[np.float64]:
        """Return arc length, height in the strip, and distance away from the viewer of points (..., 3), same shape, mm.

        The arc length is that of the curve's nearest point, between samples too.
        """
        places = np.asarray(lps_mm, dtype=float).reshape(-1, 1, 3)
        starts, steps = self.points_lps_mm[:-1], np.diff(self.points_lps_mm, axis=0)
        share = ((places - starts) * steps).sum(axis=2) / np.maximum((steps**2).sum(axis=1), _SAME_POINT_MM)
        share = np.clip(share, 0.0, 1.0)
        away_mm = np.linalg.norm(places - starts - share[:, :, None] * steps, axis=2)
        piece = away_mm.argmin(axis=1)
        rows = np.arange(len(piece))
        arc = self.arc_mm[piece] + share[rows, piece] * (self.arc_mm[piece + 1] - self.arc_mm[piece])
        point, tangent, up = self.frame_at(arc)
        offset = places[:, 0] - point
        found = np.column_stack([arc, (offset * up).sum(axis=1), (offset * np.cross(up, tangent)).sum(axis=1)])
        return found.reshape(np.shape(lps_mm))


def lay_out(points_lps_mm: ArrayLike, arc_mm: ArrayLike, tangents: ArrayLike) -> StripCourse:
    """Carry an up direction along a curve without twisting it.

    Parameters
    ----------
    points_lps_mm, arc_mm, tangents
        A smooth curve as sampled by ``planning.nerve``: shapes (N, 3), (N,), (N, 3); N of 2 or more.

    Raises
    ------
    PlanInvalid
        With fewer than two points, or arc lengths that do not increase.
    """
    points, arc = np.asarray(points_lps_mm, dtype=float), np.asarray(arc_mm, dtype=float)
    along = np.asarray(tangents, dtype=float)
    if len(points) < 2 or not (np.diff(arc) > 0).all():
        raise PlanInvalid("A strip needs a nerve of two points or more that are not the same.", code="strip-course")
    along = along / np.linalg.norm(along, axis=1, keepdims=True)
    first = _carried(points, along)
    second = np.cross(first, along)
    angle = _upright_angle(first, second)
    up = np.cos(angle) * first + np.sin(angle) * second
    return StripCourse(points, arc, along, up, np.cross(up, along))


def named_ends(side: Side, course: StripCourse) -> tuple[str, str]:
    """Return which end of a course is lateral and which medial, on a known side and where the ends differ clearly."""
    outward = {Side.LEFT: 1.0, Side.RIGHT: -1.0}.get(side, 0.0)
    rise = outward * float(course.points_lps_mm[-1, 0] - course.points_lps_mm[0, 0])
    if abs(rise) < _SAME_SIDE_MM:
        return "", ""
    return ("medial", "lateral") if rise > 0 else ("lateral", "medial")


def _carried(points: NDArray[np.float64], along: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a unit vector square to the curve at every point, carried without twist by double reflection, (N, 3)."""
    helper = _HEAD if abs(along[0] @ _HEAD) < 0.9 else _FRONT
    start = helper - (helper @ along[0]) * along[0]
    carried = np.empty_like(points)
    carried[0] = start / np.linalg.norm(start)
    for at in range(len(points) - 1):
        chord = points[at + 1] - points[at]
        length_sq = float(chord @ chord)
        reflected, direction = carried[at], along[at]
        if length_sq > _SAME_POINT_MM:
            reflected = reflected - 2 / length_sq * (chord @ reflected) * chord
            direction = direction - 2 / length_sq * (chord @ direction) * chord
        back = along[at + 1] - direction
        size_sq = float(back @ back)
        moved = reflected - 2 / size_sq * (back @ reflected) * back if size_sq > _SAME_POINT_MM else reflected
        moved = moved - (moved @ along[at + 1]) * along[at + 1]
        carried[at + 1] = moved / np.linalg.norm(moved)
    return carried


def _upright_angle(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Return the angle from ``first`` toward ``second`` that points to the head, or else to the front, on the whole."""
    sums = {name: (float((first @ up).mean()), float((second @ up).mean())) for name, up in _UPS.items()}
    head, front = sums["head"], sums["front"]
    chosen = head if np.hypot(*head) >= min(_CLEARLY_UP, float(np.hypot(*front))) else front
    return float(np.arctan2(chosen[1], chosen[0]))


_UPS = {"head": _HEAD, "front": _FRONT}


def sample_strip(
    array: NDArray[Any],
    *,
    grid: Grid,
    course: StripCourse,
    arc_mm: NDArray[np.float64],
    up_mm: NDArray[np.float64],
    outside: float,
) -> NDArray[np.float32]:
    """Sample a volume trilinearly on a strip lattice.

    Parameters
    ----------
    array
        shape (K, J, I) of ``grid``, any real dtype or bool.
    arc_mm, up_mm
        Lattice columns (C,) along the curve and rows (R,) over it, mm. Columns beyond the curve's ends are outside:
        a course is never made longer than it was drawn.
    outside
        Value beyond the voxels' outer faces; up to half a voxel past the outermost centres the edge value holds.

    Returns
    -------
    shape (R, C), float32.
    """
    origin = grid.to_index(np.zeros(3))
    turn = np.linalg.inv(grid.matrix[:3, :3])
    point, _, up = course.frame_at(arc_mm)
    starts, per_mm = point @ turn.T + origin, up @ turn.T
    height = up_mm.astype(np.float32)[:, None]
    shape_ijk, flat = array.shape[::-1], np.ascontiguousarray(array).reshape(-1)
    strides = (1, array.shape[2], array.shape[1] * array.shape[2])
    lower = np.zeros((len(up_mm), len(starts)), dtype=np.intp)
    is_inside = np.broadcast_to((arc_mm >= -1e-6) & (arc_mm <= course.length_mm + 1e-6), lower.shape).copy()
    weights: list[NDArray[np.float32]] = []
    for axis, count in enumerate(shape_ijk):
        position = starts[None, :, axis].astype(np.float32) + height * per_mm[None, :, axis].astype(np.float32)
        is_inside &= (position >= -0.5) & (position <= count - 0.5)
        np.clip(position, 0.0, count - 1.0, out=position)
        whole = np.minimum(position.astype(np.intp), max(count - 2, 0))
        weights.append(position - whole.astype(np.float32))
        lower += whole * strides[axis]
    jumps = [stride if count > 1 else 0 for stride, count in zip(strides, shape_ijk, strict=True)]
    values = _blend(flat, lower, weights, jumps)
    values[~is_inside] = outside
    return values


def _blend(
    flat: NDArray[Any], lower: NDArray[np.intp], weights: list[NDArray[np.float32]], jumps: list[int]
) -> NDArray[np.float32]:
    """Mix the eight voxels around each place: along i, then j, then k."""

    def along_i(jump: int) -> NDArray[np.float32]:
        near: NDArray[np.float32] = flat.take(lower + jump).astype(np.float32)
        near += (flat.take(lower + (jump + jumps[0])) - near) * weights[0]
        return near

    def along_j(jump: int) -> NDArray[np.float32]:
        near = along_i(jump)
        near += (along_i(jump + jumps[1]) - near) * weights[1]
        return near

    values = along_j(0)
    values += (along_j(jumps[2]) - values) * weights[2]
    return values
