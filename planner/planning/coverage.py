"""How much of the target gets cold enough? Cross-sections along a nerve, the volume of a body.

A nerve counts as treated where its *whole* cross-section is at or below the treatment isotherm: a nerve inside the
visible ice is not thereby treated (SAID2022).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.geometry import Grid, PointLps, point
from planner.planning.nerve import SampledCurve, smooth_curve, treatment_segment_mm
from planner.spatial.sample import trilinear

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.target import NerveCurve, TargetBody

STEP_MM = 0.5
_RINGS = (0.5, 1.0)
_ANGLES = 24
_BODY_STEPS_ACROSS = 24
# Many placements are judged by the same few bodies; the points are read, never written.
_BODIES_KEPT = 16
_BODY_FINEST_MM = 0.1
_BODY_COARSEST_MM = 0.5
# A turn by 1 rad about (1, √2, √3).
_ASKEW = np.array(
    (
        (0.61691859, -0.48665805, 0.61852679),
        (0.70336163, 0.69353487, -0.15585829),
        (-0.35312021, 0.53119989, 0.77015115),
    )
)
_SURFACE_POINTS = 1500
_DIAMETERS = 600
_DIAMETER_STEP_MM = 0.25
_FEWEST_STEPS, _MOST_STEPS = 16, 160
_SHORTEST_MM = 1e-6  # shorter pieces are rounding


@dataclass(frozen=True, slots=True, eq=False)
class NerveCoverage:
    """Coldest-ever temperatures of the cross-sections along a nerve.

    Parameters
    ----------
    curve
        The smooth curve, sampled every 0.5 mm or closer.
    warmest_c, coldest_c
        shape (N,), float64, °C: warmest and coldest point of each cross-section.
    segment_mm
        Treatment segment along the curve.
    coldest_at_lps_mm
        Where the coldest temperature of the whole nerve occurs.
    """

    curve: SampledCurve
    warmest_c: NDArray[np.float64]
    coldest_c: NDArray[np.float64]
    segment_mm: tuple[float, float]
    coldest_at_lps_mm: PointLps

    @property
    def coldest_of_all_c(self) -> float:
        """Coldest temperature anywhere in the nerve as drawn."""
        return float(self.coldest_c.min())

    def treated_mm(self, isotherm_c: float) -> tuple[float, PointLps]:
        """Return the longest unbroken length treated within the segment, and the point on the nerve at its middle.

        Ends are interpolated between samples. Without any treated length the point is the one nearest to treatment.
        """
        runs = runs_below(self.curve.arc_mm, self.warmest_c - isotherm_c, self.segment_mm)
        if not runs:
            inside = (self.curve.arc_mm >= self.segment_mm[0]) & (self.curve.arc_mm <= self.segment_mm[1])
            candidates = np.flatnonzero(inside) if inside.any() else np.arange(len(inside))
            coldest = candidates[int(np.argmin(self.warmest_c[candidates]))]
            return 0.0, point(self.curve.points_lps_mm[coldest])
        start, end = max(runs, key=lambda run: run[1] - run[0])
        return end - start, self.at((start + end) / 2)

    def reached_mm(self, level_c: float) -> float:
        """Return the length of nerve, over its whole course, whose cross-section is touched by a temperature."""
        whole = (0.0, self.curve.length_mm)
        return sum(end - start for start, end in runs_below(self.curve.arc_mm, self.coldest_c - level_c, whole))

    def at(self, arc_mm: float) -> PointLps:
        """Return the point of the curve at an arc length, mm."""
        return point([np.interp(arc_mm, self.curve.arc_mm, axis) for axis in self.curve.points_lps_mm.T])


@dataclass(frozen=True, slots=True)
class TreatedDiameter:
    """How far one diameter of a body is treated: the longest unbroken part, of its whole length, and its warmest point.

    A diameter is a straight line through the body's centre from surface to surface.
    """

    treated_mm: float
    length_mm: float
    warmest_at_lps_mm: PointLps

    @property
    def percent(self) -> float:
        """Treated part of the diameter, 0 to 100 %."""
        return 100 * self.treated_mm / self.length_mm


@dataclass(frozen=True, slots=True, eq=False)
class BodyCoverage:
    """Coldest-ever temperatures inside a body.

    Parameters
    ----------
    volume_c
        shape (N,), float64, °C: at points spread evenly through its volume.
    diameters_c, diameters_lps_mm
        shapes (D, M) and (D, M, 3): temperature and place at even steps along diameters in all directions.
    coldest_c, warmest_c
        Extremes of volume and surface.
    """

    volume_c: NDArray[np.float64]
    diameters_c: NDArray[np.float64]
    diameters_lps_mm: NDArray[np.float64]
    coldest_c: float
    warmest_c: float
    coldest_at_lps_mm: PointLps
    warmest_at_lps_mm: PointLps

    def share_percent(self, isotherm_c: float) -> float:
        """Return the share of the volume at or below an isotherm."""
        return float((self.volume_c <= isotherm_c).mean() * 100)

    def worst_diameter(self, isotherm_c: float) -> TreatedDiameter:
        """Return the diameter of which the smallest part is treated without a break.

        The share of the volume can hide an untreated pole, or a warm core: of all straight lines through the centre
        this is the one that the cold serves worst.
        """
        shares = longest_share_below(self.diameters_c - isotherm_c)
        worst = int(np.argmin(shares))
        line = self.diameters_lps_mm[worst]
        length_mm = float(np.linalg.norm(line[-1] - line[0]))
        warmest = point(line[int(np.argmax(self.diameters_c[worst]))])
        return TreatedDiameter(float(shares[worst]) * length_mm, length_mm, warmest)


def nerve_coverage(course: NerveCurve, diameter_mm: float, minimum_c: NDArray[np.float32], grid: Grid) -> NerveCoverage:
    """Sample the cross-section disc of a nerve along its smooth curve.

    Parameters
    ----------
    diameter_mm
        Nerve diameter, mm.
    minimum_c
        shape (K, J, I) of ``grid``, float32, °C, coldest ever. Outside the grid the warmest value holds: untreated.
    """
    curve = smooth_curve(course, step_mm=STEP_MM)
    discs = section_points(curve, diameter_mm)
    outside = float(minimum_c.max())
    temperature = trilinear(minimum_c, grid, discs.reshape(-1, 3), outside=outside).reshape(discs.shape[:2])
    coldest = int(np.argmin(temperature))
    return NerveCoverage(
        curve,
        temperature.max(axis=1),
        temperature.min(axis=1),
        treatment_segment_mm(course),
        point(discs.reshape(-1, 3)[coldest]),
    )


def body_coverage(body: TargetBody, minimum_c: NDArray[np.float32], grid: Grid) -> BodyCoverage:
    """Sample a body's volume and surface in a coldest-ever field (see :func:`nerve_coverage`)."""
    volume, outside = body_volume_points(body), float(minimum_c.max())
    points = np.concatenate((volume, _surface_points(body)))
    temperature = trilinear(minimum_c, grid, points, outside=outside)
    coldest, warmest = int(np.argmin(temperature)), int(np.argmax(temperature))
    lines = _diameters(body)
    return BodyCoverage(
        temperature[: len(volume)],
        trilinear(minimum_c, grid, lines.reshape(-1, 3), outside=outside).reshape(lines.shape[:2]),
        lines,
        float(temperature[coldest]),
        float(temperature[warmest]),
        point(points[coldest]),
        point(points[warmest]),
    )


def body_points(body: TargetBody) -> NDArray[np.float64]:
    """Return the points at which a body is judged: volume and surface, shape (N, 3), LPS mm."""
    return np.concatenate((body_volume_points(body), _surface_points(body)))


def runs_below(
    arc_mm: NDArray[np.float64], excess: NDArray[np.float64], segment_mm: tuple[float, float]
) -> list[tuple[float, float]]:
    """Return the stretches of a segment where ``excess`` is at or below zero, ends linearly interpolated.

    Parameters
    ----------
    arc_mm, excess
        shape (N,), increasing arc length in mm and the value there.
    """
    start, end = segment_mm
    inner = arc_mm[(arc_mm > start) & (arc_mm < end)]
    at = np.concatenate(([start], inner, [end]))
    value = np.interp(at, arc_mm, excess)
    runs: list[tuple[float, float]] = []
    for a, b, fa, fb in zip(at[:-1], at[1:], value[:-1], value[1:], strict=True):
        piece = _below_zero(float(a), float(b), float(fa), float(fb))
        if piece is None:
            continue
        if runs and piece[0] <= runs[-1][1] + 1e-9:
            runs[-1] = (runs[-1][0], piece[1])
        else:
            runs.append(piece)
    return runs


def pieces_between(
    arc_mm: NDArray[np.float64],
    temperature_c: NDArray[np.float64],
    segment_mm: tuple[float, float],
    *,
    above_c: float,
    upto_c: float,
) -> list[tuple[float, float]]:
    """Return the stretches of a segment above one temperature and at most at another, ends interpolated.

    Parameters
    ----------
    arc_mm, temperature_c
        shape (N,), increasing arc length in mm and the temperature there, linear between.
    """
    left = runs_below(arc_mm, temperature_c - upto_c, segment_mm)
    for start, end in runs_below(arc_mm, temperature_c - above_c, segment_mm):
        left = [
            piece
            for a, b in left
            for piece in ((a, min(b, start)), (max(a, end), b))
            if piece[1] - piece[0] > _SHORTEST_MM
        ]
    return left


def longest_share_below(excess: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the longest unbroken stretch at or below zero along each row, as a share of the row, shape (D,).

    ``excess`` has shape (D, M), at even steps and linear between them.
    """
    best = np.zeros(len(excess))
    run = np.zeros(len(excess))
    for before, after in pairwise(excess.T):
        is_in, stays = before <= 0, after <= 0
        fall = np.where(before != after, before - after, 1.0)
        run = np.where(is_in & stays, run + 1, np.where(stays, -after / fall, run + np.where(is_in, before / fall, 0)))
        best = np.maximum(best, run)
        run = np.where(stays, run, 0.0)
    return np.asarray(best / (excess.shape[1] - 1))


def _below_zero(a: float, b: float, fa: float, fb: float) -> tuple[float, float] | None:
    """Return the part of one interval where a straight line is at or below zero."""
    if fa <= 0 and fb <= 0:
        return a, b
    if fa > 0 and fb > 0:
        return None
    crossing = a + (b - a) * fa / (fa - fb)
    return (a, crossing) if fa <= 0 else (crossing, b)


def section_points(curve: SampledCurve, diameter_mm: float) -> NDArray[np.float64]:
    """Return the points of every cross-section: centre and rings, shape (N, 1 + rings × angles, 3)."""
    radius_mm = diameter_mm / 2
    helper = np.where(np.abs(curve.tangents[:, 2:]) < 0.9, (0.0, 0.0, 1.0), (1.0, 0.0, 0.0))
    across = np.cross(curve.tangents, helper)
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    up = np.cross(curve.tangents, across)
    angles = np.arange(_ANGLES) * 2 * np.pi / _ANGLES
    rings = [
        curve.points_lps_mm[:, None]
        + share * radius_mm * (np.cos(angles)[:, None] * across[:, None] + np.sin(angles)[:, None] * up[:, None])
        for share in _RINGS
    ]
    return np.concatenate((curve.points_lps_mm[:, None], *rings), axis=1)


def circumference_shares(
    curve: SampledCurve, diameter_mm: float, field_c: NDArray[np.float32], grid: Grid, *, level_c: float
) -> NDArray[np.float64]:
    """Return which part of a nerve's circumference is at or below a temperature at each sample, shape (N,), 0 to 1.

    Parameters
    ----------
    field_c
        shape (K, J, I) of ``grid``, float32, °C. Temperature is linear between the points of the outer ring.
    """
    rim = section_points(curve, diameter_mm)[:, -_ANGLES:]
    here = trilinear(field_c, grid, rim.reshape(-1, 3), outside=float(field_c.max())).reshape(rim.shape[:2])
    there = np.roll(here, -1, axis=1)
    low, high = np.minimum(here, there), np.maximum(here, there)
    part = np.clip((level_c - low) / np.maximum(high - low, 1e-12), 0.0, 1.0)
    shares: NDArray[np.float64] = np.where(high <= level_c, 1.0, part).mean(axis=1)
    return shares


@lru_cache(maxsize=_BODIES_KEPT)
def body_volume_points(body: TargetBody) -> NDArray[np.float64]:
    """Return the points of a cubic lattice inside a body, each for the same volume, shape (N, 3), LPS mm.

    The lattice lies askew to the body's axes: cold that ends on a plane square to one of them would otherwise take or
    leave a whole layer of points at once.
    """
    step = float(np.clip(min(body.width_mm, body.length_mm) / _BODY_STEPS_ACROSS, _BODY_FINEST_MM, _BODY_COARSEST_MM))
    axes = _ASKEW @ _frame(body)
    half_mm = np.linalg.norm(_ASKEW * np.array((body.width_mm, body.width_mm, body.length_mm)) / 2, axis=1)
    # An even number of steps, centred: no bias to either side.
    spans = [(np.arange(-count, count) + 0.5) * step for count in np.ceil(half_mm / step).astype(int)]
    local = np.stack(np.meshgrid(*spans, indexing="ij"), axis=-1).reshape(-1, 3)
    points = local @ axes + np.asarray(body.centre_lps_mm)
    inside: NDArray[np.float64] = points[body.contains(points)]
    inside.flags.writeable = False
    return inside


@lru_cache(maxsize=_BODIES_KEPT)
def _surface_points(body: TargetBody) -> NDArray[np.float64]:
    """Return points spread over the spheroid's surface (Fibonacci spiral), shape (N, 3)."""
    index = np.arange(_SURFACE_POINTS) + 0.5
    height = 1 - 2 * index / _SURFACE_POINTS
    angle = np.pi * (1 + np.sqrt(5)) * index
    radius = np.sqrt(1 - height**2)
    unit = np.stack((radius * np.cos(angle), radius * np.sin(angle), height), axis=1)
    half = np.array((body.width_mm, body.width_mm, body.length_mm)) / 2
    points: NDArray[np.float64] = (unit * half) @ _frame(body) + np.asarray(body.centre_lps_mm)
    points.flags.writeable = False
    return points


@lru_cache(maxsize=_BODIES_KEPT)
def _diameters(body: TargetBody) -> NDArray[np.float64]:
    """Return points along straight lines through the centre in all directions, the axes among them, (D, M, 3)."""
    height = (np.arange(_DIAMETERS) + 0.5) / _DIAMETERS
    angle = np.pi * (1 + np.sqrt(5)) * (np.arange(_DIAMETERS) + 0.5)
    radius = np.sqrt(1 - height**2)
    unit = np.concatenate((np.stack((radius * np.cos(angle), radius * np.sin(angle), height), axis=1), np.eye(3)))
    half = 1 / np.linalg.norm(unit / (np.array((body.width_mm, body.width_mm, body.length_mm)) / 2), axis=1)
    steps = int(np.clip(np.ceil(2 * half.max() / _DIAMETER_STEP_MM), _FEWEST_STEPS, _MOST_STEPS))
    ends = (unit * half[:, None]) @ _frame(body)
    along = np.linspace(-1.0, 1.0, steps + 1)
    lines = np.asarray(ends[:, None, :] * along[None, :, None] + np.asarray(body.centre_lps_mm))
    lines.flags.writeable = False
    return lines


def _frame(body: TargetBody) -> NDArray[np.float64]:
    """Return rows of an orthonormal frame whose third row is the long axis, shape (3, 3)."""
    axis = np.asarray(body.axis_lps)
    helper = np.array((0.0, 0.0, 1.0)) if abs(axis[2]) < 0.9 else np.array((1.0, 0.0, 0.0))
    across = np.cross(axis, helper)
    across /= np.linalg.norm(across)
    return np.stack((across, np.cross(axis, across), axis))
