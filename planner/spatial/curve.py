"""Where does a smooth line run between the points the user placed? A curve through all of them, by true arc length.

A cubic spline with centripetal parameter (square root of the chord): it passes exactly through every point and does not
overshoot where points are unevenly spaced (Yuksel et al., Computer-Aided Design 43 (2011) 747, on parameters).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import PlanInvalid

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Curve = Callable[[NDArray[np.float64]], NDArray[np.float64]]

# Points closer than this count as one: a double click, not a bend.
_SAME_POINT_MM = 0.05
_PIECES_PER_SPAN = 64
_GAUSS_NODES = 4


@dataclass(frozen=True, slots=True, eq=False)
class SampledCurve:
    """A smooth curve at equal steps of arc length.

    Parameters
    ----------
    points_lps_mm
        shape (N, 3), float64, LPS mm.
    arc_mm
        shape (N,), float64, mm from the first point; the last is the curve's length.
    tangents
        shape (N, 3), float64, unit vectors toward increasing arc length.
    """

    points_lps_mm: NDArray[np.float64]
    arc_mm: NDArray[np.float64]
    tangents: NDArray[np.float64]

    @property
    def length_mm(self) -> float:
        """Length of the whole curve."""
        return float(self.arc_mm[-1])


def curve_through(points_lps_mm: ArrayLike, *, what: str, step_mm: float = 0.5) -> SampledCurve:
    """Return the smooth curve through points, sampled at most ``step_mm`` apart.

    Parameters
    ----------
    points_lps_mm
        shape (N, 3), LPS mm, in order.
    what
        What is drawn, for the refusal, such as ``"A nerve"``.

    Raises
    ------
    PlanInvalid
        With fewer than two distinct points.
    """
    points = _distinct(np.asarray(points_lps_mm, dtype=np.float64).reshape(-1, 3))
    if len(points) < 2:
        raise PlanInvalid(f"{what} needs two points or more that are not the same.", code="target-points")
    parameter = np.concatenate(([0.0], np.cumsum(np.sqrt(np.linalg.norm(np.diff(points, axis=0), axis=1)))))
    position, velocity = _spline(parameter, points)
    knots, lengths = _cumulative_length(parameter, velocity)
    count = max(2, int(np.ceil(lengths[-1] / step_mm - 1e-9)) + 1)
    arc = np.linspace(0.0, lengths[-1], count)
    at = _parameter_at(arc, knots, lengths, velocity)
    slope = velocity(at)
    return SampledCurve(position(at), arc, slope / np.linalg.norm(slope, axis=1, keepdims=True))


def _distinct(points: NDArray[np.float64]) -> NDArray[np.float64]:
    keep = [0] if len(points) else []
    for index in range(1, len(points)):
        if np.linalg.norm(points[index] - points[keep[-1]]) > _SAME_POINT_MM:
            keep.append(index)
    return points[keep]


def _spline(parameter: NDArray[np.float64], points: NDArray[np.float64]) -> tuple[Curve, Curve]:
    """Return position and velocity as functions of the parameter; two points give the straight line."""
    from scipy.interpolate import CubicSpline

    spline = CubicSpline(parameter, points, bc_type="not-a-knot")
    return spline, spline.derivative()


def _cumulative_length(
    parameter: NDArray[np.float64], velocity: Curve
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return fine parameter values and the arc length up to each, by Gauss quadrature."""
    pieces = [np.linspace(a, b, _PIECES_PER_SPAN, endpoint=False) for a, b in pairwise(parameter)]
    knots = np.concatenate([*pieces, parameter[-1:]])
    lengths = np.concatenate(([0.0], np.cumsum(_length_between(knots[:-1], knots[1:], velocity))))
    return knots, lengths


def _length_between(start: NDArray[np.float64], end: NDArray[np.float64], velocity: Curve) -> NDArray[np.float64]:
    nodes, weights = np.polynomial.legendre.leggauss(_GAUSS_NODES)
    half = (end - start)[:, None] / 2
    at = (start + end)[:, None] / 2 + half * nodes
    speed = np.linalg.norm(velocity(at.ravel()), axis=1).reshape(at.shape)
    length: NDArray[np.float64] = (half * weights * speed).sum(axis=1)
    return length


def _parameter_at(
    arc: NDArray[np.float64], knots: NDArray[np.float64], lengths: NDArray[np.float64], velocity: Curve
) -> NDArray[np.float64]:
    """Return the parameter at each arc length: interpolation, then one Newton step within the piece."""
    guess = np.interp(arc, lengths, knots)
    piece = np.clip(np.searchsorted(knots, guess, side="right") - 1, 0, len(knots) - 2)
    reached = lengths[piece] + _length_between(knots[piece], guess, velocity)
    speed = np.linalg.norm(velocity(guess), axis=1)
    better: NDArray[np.float64] = np.clip(guess + (arc - reached) / speed, knots[0], knots[-1])
    return better
