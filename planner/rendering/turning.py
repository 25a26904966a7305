"""How are the three standard planes turned together, and where does one cut another? Rotations in patient space.

A *frame* is one rotation shared by the three planes: they stay at right angles and all pass through the crosshair. Each
plane is described by its normal alone; its picture is turned no further than the normal demands, so that turning the
other two planes about a view's normal leaves that view as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from planner.domain.errors import PlanInvalid
from planner.domain.geometry import PointLps, point

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Frame = tuple[PointLps, PointLps, PointLps]
"""Rows of a 3 × 3 rotation: a direction ``v`` of the standard planes lies along ``frame @ v``."""

UPRIGHT: Final[Frame] = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
# Turned by less than this a plane counts as standing upright: over half a metre it moves by less than 0.05 mm.
_STILL_RAD = 1e-4
# Opposite to its standard direction a normal can be reached on many ways; there the frame's own turn is kept.
_OPPOSITE_COS = -0.9999


def as_frame(matrix: ArrayLike) -> Frame:
    """Return the rotation nearest to a matrix, shape (3, 3), so that many small turns never add up to a shear.

    Raises PlanInvalid when the matrix is no rotation by more than rounding.
    """
    given = np.asarray(matrix, dtype=float)
    if given.shape != (3, 3) or not np.isfinite(given).all() or np.abs(given @ given.T - np.eye(3)).max() > 1e-3:
        raise PlanInvalid("Views can be turned by a rotation only.", code="view-frame")
    u, _, v = np.linalg.svd(given)
    nearest = u @ v
    if np.linalg.det(nearest) < 0:
        raise PlanInvalid("Views can be turned but never mirrored.", code="view-frame")
    rows = [point(row) for row in nearest]
    return rows[0], rows[1], rows[2]


def rotation(axis_lps: ArrayLike, angle_rad: float) -> NDArray[np.float64]:
    """Return the matrix, shape (3, 3), of a right-handed turn about an axis."""
    x, y, z = np.asarray(axis_lps, dtype=float) / np.linalg.norm(axis_lps)
    cross = np.array([(0.0, -z, y), (z, 0.0, -x), (-y, x, 0.0)])
    turned: NDArray[np.float64] = np.eye(3) + np.sin(angle_rad) * cross + (1 - np.cos(angle_rad)) * cross @ cross
    return turned


def turned_frame(frame: Frame, axis_lps: ArrayLike, angle_rad: float) -> Frame:
    """Return a frame turned further about an axis of the patient."""
    return as_frame(rotation(axis_lps, angle_rad) @ np.array(frame))


def lean_rad(frame: Frame, normal_lps: ArrayLike) -> float:
    """Return the angle between a standard plane and the same plane in the frame, radians, 0 to π."""
    before = np.asarray(normal_lps, dtype=float)
    after = np.array(frame) @ before
    return float(np.arctan2(np.linalg.norm(np.cross(before, after)), before @ after))


def turned_axes(frame: Frame, *, right_lps: PointLps, down_lps: PointLps) -> tuple[PointLps, PointLps] | None:
    """Return the axes (to the right, downwards) of a standard plane in a frame; None when it stands upright still."""
    matrix, axes = np.array(frame), np.array([right_lps, down_lps])
    normal = np.cross(axes[0], axes[1])
    angle = lean_rad(frame, normal)
    if angle < _STILL_RAD:
        return None
    after = matrix @ normal
    if normal @ after > _OPPOSITE_COS:
        matrix = rotation(np.cross(normal, after), angle)
    right, down = axes @ matrix.T
    return point(right), point(down)


def trace_lps(normal_lps: ArrayLike, other_normal_lps: ArrayLike) -> NDArray[np.float64] | None:
    """Return the unit direction in which one plane cuts another; None when they lie in or beside one another."""
    along = np.cross(np.asarray(normal_lps, dtype=float), np.asarray(other_normal_lps, dtype=float))
    length = float(np.linalg.norm(along))
    return None if length < 1e-6 else along / length
