"""How far is each voxel from a piece of anatomy? Signed distances of swept tubes and lofted outlines.

Every organ is a *tube* (an ellipse of changing size swept along a spline: vessels, ribs, most muscles) or a *loft*
(a star-shaped outline that changes with height: skin, lungs, heart). Distances are negative inside, mm, and
approximate away from the surface: the ellipse distance is the usual first-order one, |p/r| (|p/r| - 1) / |p/r²|
(I. Quilez, "ellipsoid distance"), exact on the surface, which is where partial volume and truth are decided.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numba
import numpy as np
from scipy.interpolate import CubicSpline, PchipInterpolator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from planner.domain.geometry import Grid

FAR_MM = np.float32(50.0)
Box = tuple[slice, slice, slice]


@dataclass(frozen=True, slots=True, eq=False)
class Lattice:
    """Voxel centres of an LPS-aligned grid as three axes, float32, mm."""

    x: NDArray[np.float32]
    y: NDArray[np.float32]
    z: NDArray[np.float32]

    @classmethod
    def of(cls, grid: Grid) -> Lattice:
        """Return the axes of a grid whose direction is the identity."""
        k, j, i = grid.shape_kji
        origin, spacing = grid.origin_lps_mm, grid.spacing_ijk_mm
        x, y, z = (
            (o + s * np.arange(n)).astype(np.float32) for o, s, n in zip(origin, spacing, (i, j, k), strict=True)
        )
        return cls(x, y, z)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Array shape (K, J, I)."""
        return len(self.z), len(self.y), len(self.x)

    def box(self, lower_mm: ArrayLike, upper_mm: ArrayLike) -> Box:
        """Return the [k, j, i] slices of voxel centres between two LPS corners, clipped to the lattice."""
        lower, upper = np.asarray(lower_mm), np.asarray(upper_mm)
        return tuple(
            slice(int(np.searchsorted(axis, lower[n])), int(np.searchsorted(axis, upper[n], side="right")))
            for n, axis in ((2, self.z), (1, self.y), (0, self.x))
        )  # type: ignore[return-value]


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """Signed distance in one box of the lattice, float32, mm; outside the box everything is far."""

    box: Box
    distance: NDArray[np.float32]

    @property
    def is_empty(self) -> bool:
        """Whether the shape misses the lattice."""
        return self.distance.size == 0


@dataclass(frozen=True, slots=True, eq=False)
class Tube:
    """An ellipse swept along a spline.

    Parameters
    ----------
    rows
        shape (N, 6): x, y, z of the axis, half-width *a*, half-width *b* (mm), and turn of *a* in degrees.
    up
        Direction that *a* follows, projected across the axis: ``(1, 0, 0)`` for upright organs, ``(0, 0, 1)`` for
        ribs. *b* then points as far to the patient's back as it can.
    bend_per_mm
        Curvature that turns the ellipse into a crescent: muscles wrapped round the trunk.
    """

    rows: NDArray[np.float64]
    up: tuple[float, float, float] = (1.0, 0.0, 0.0)
    bend_per_mm: float = 0.0

    @classmethod
    def of(
        cls, rows: Sequence[Sequence[float]], *, up: tuple[float, float, float] = (1.0, 0.0, 0.0), bend: float = 0.0
    ) -> Tube:
        """Build from a table of five or six numbers a row; the turn may be left out."""
        return cls(np.array([(*row[:5], row[5] if len(row) > 5 else 0.0) for row in rows], dtype=float), up, bend)

    @property
    def axis_mm(self) -> NDArray[np.float64]:
        """Control points, shape (N, 3)."""
        return self.rows[:, :3]

    def mirrored(self) -> Tube:
        """Return the tube of the other side of the patient."""
        rows = self.rows * np.array([-1.0, 1, 1, 1, 1, -1])
        return Tube(rows, (self.up[0], self.up[1], self.up[2]), self.bend_per_mm)

    def moved(self, displace: Displacement) -> Tube:
        """Return the tube with its control points displaced by a smooth warp."""
        rows = self.rows.copy()
        rows[:, :3] = displace(rows[:, :3])
        return Tube(rows, self.up, self.bend_per_mm)

    def sampled(self, step_mm: float) -> NDArray[np.float64]:
        """Return rows densely sampled along a chord-length spline, shape (M, 6); sizes never overshoot."""
        chord = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(self.axis_mm, axis=0), axis=1))])
        count = max(2, int(np.ceil(chord[-1] / step_mm)) + 1)
        at = np.linspace(0, chord[-1], count)
        axis = CubicSpline(chord, self.axis_mm, bc_type="natural")(at)
        sizes = PchipInterpolator(chord, self.rows[:, 3:])(at)
        return np.column_stack([axis, sizes])


class Displacement:
    """A smooth warp of a few millimetres that takes away the mirror symmetry of drawn anatomy."""

    def __init__(self, seed: int, *, amplitude_mm: float) -> None:
        rng = np.random.default_rng(seed)
        self._wave = rng.normal(size=(5, 3)) / 55.0
        self._phase = rng.uniform(0, 2 * np.pi, size=5)
        self._push = rng.normal(size=(5, 3)) * amplitude_mm / np.sqrt(5) * np.array([1, 1, 0.7])

    def __call__(self, lps_mm: ArrayLike) -> NDArray[np.float64]:
        """Return displaced points, shape (..., 3), mm."""
        points = np.asarray(lps_mm, dtype=float)
        moved: NDArray[np.float64] = points + np.sin(points @ self._wave.T + self._phase) @ self._push
        return moved


def tube_patch(tube: Tube, lattice: Lattice, *, margin_mm: float = 3.5) -> Patch:
    """Return the signed distance of a tube, trusted up to ``margin_mm`` outside."""
    widest = float(tube.rows[:, 3:5].max())
    rows = tube.sampled(float(np.clip(0.12 * widest, 1.4, 3.0)))
    reach = widest * (1 + abs(tube.bend_per_mm) * widest) + margin_mm
    box = lattice.box(rows[:, :3].min(axis=0) - reach, rows[:, :3].max(axis=0) + reach)
    shape = tuple(max(0, s.stop - s.start) for s in box)
    distance = np.full(shape, FAR_MM, dtype=np.float32)
    if not distance.size:
        return Patch(box, distance)
    axes = tuple(
        axis[part].astype(np.float64) for axis, part in zip((lattice.z, lattice.y, lattice.x), box, strict=True)
    )
    _stamp(distance, axes, rows, _frames(tube, rows), (tube.bend_per_mm, margin_mm))
    return Patch(box, distance)


def _frames(tube: Tube, rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return tangent, direction of a and direction of b of every segment, shape (M - 1, 3, 3)."""
    steps = np.diff(rows[:, :3], axis=0)
    tangent = steps / np.maximum(np.linalg.norm(steps, axis=1, keepdims=True), 1e-9)
    up = np.asarray(tube.up)
    across = up - (tangent @ up)[:, None] * tangent
    across /= np.linalg.norm(across, axis=1, keepdims=True) + 1e-12
    other = np.cross(tangent, across)
    other[other[:, 1] < 0] *= -1
    turn = np.radians((rows[1:, 5] + rows[:-1, 5]) / 2)[:, None]
    first = np.cos(turn) * across + np.sin(turn) * other
    return np.stack([tangent, first, np.cos(turn) * other - np.sin(turn) * across], axis=1)


@numba.njit(cache=True)  # type: ignore[misc,untyped-decorator,unused-ignore]
def _window(axis: NDArray[np.float64], lower: float, upper: float) -> tuple[int, int]:  # pragma: no cover - compiled
    """Index range of a uniform axis between two coordinates, clipped."""
    step = axis[1] - axis[0] if len(axis) > 1 else 1.0
    first = int(np.ceil((lower - axis[0]) / step))
    last = int(np.floor((upper - axis[0]) / step)) + 1
    return min(max(first, 0), len(axis)), min(max(last, 0), len(axis))


@numba.njit(cache=True)  # type: ignore[misc,untyped-decorator,unused-ignore]
def _stamp(
    distance: NDArray[np.float32],
    axes: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]],
    rows: NDArray[np.float64],
    frames: NDArray[np.float64],
    bend_and_margin: tuple[float, float],
) -> None:  # pragma: no cover - compiled
    """Lower ``distance`` to that of each segment of a swept ellipse, in place."""
    z, y, x = axes
    bend, margin = bend_and_margin
    for n in range(len(frames)):
        start, end = rows[n], rows[n + 1]
        t, f, s = frames[n, 0], frames[n, 1], frames[n, 2]
        length = max(np.sqrt(np.sum((end[:3] - start[:3]) ** 2)), 1e-9)
        widest, thickest = max(start[3], end[3]), max(start[4], end[4])
        bow = abs(bend) * (widest + margin) ** 2
        reach = np.abs(f) * widest + np.abs(s) * (thickest + bow) + margin
        k0, k1 = _window(z, min(start[2], end[2]) - reach[2], max(start[2], end[2]) + reach[2])
        j0, j1 = _window(y, min(start[1], end[1]) - reach[1], max(start[1], end[1]) + reach[1])
        i0, i1 = _window(x, min(start[0], end[0]) - reach[0], max(start[0], end[0]) + reach[0])
        for k in range(k0, k1):
            for j in range(j0, j1):
                pz, py = z[k] - start[2], y[j] - start[1]
                for i in range(i0, i1):
                    px = x[i] - start[0]
                    along = px * t[0] + py * t[1] + pz * t[2]
                    part = min(max(along / length, 0.0), 1.0)
                    over = along - part * length
                    if abs(over) > margin + 2:
                        continue
                    u = px * f[0] + py * f[1] + pz * f[2]
                    v = px * s[0] + py * s[1] + pz * s[2] - bend * u * u
                    a = start[3] + part * (end[3] - start[3])
                    b = start[4] + part * (end[4] - start[4])
                    c = min(a, b)
                    p, q, r = u / a, v / b, over / c
                    size = np.sqrt(p * p + q * q + r * r)
                    slope = np.sqrt((p / a) ** 2 + (q / b) ** 2 + (r / c) ** 2)
                    found = size * (size - 1) / slope if slope > 1e-6 else -c
                    distance[k, j, i] = min(distance[k, j, i], found)


@dataclass(frozen=True, slots=True, eq=False)
class Loft:
    """A star-shaped outline changing with height.

    Parameters
    ----------
    z_mm
        shape (M,), increasing.
    centre_mm
        shape (M, 2): x, y of the outline's pole at each height.
    radius_mm
        shape (M, A): radius at A equal steps of angle, from the patient's left (+x) over the back (+y).
    """

    z_mm: NDArray[np.float64]
    centre_mm: NDArray[np.float64]
    radius_mm: NDArray[np.float64]

    def patch(self, lattice: Lattice, *, margin_mm: float = 8.0) -> Patch:
        """Return the signed distance inside the loft's heights; flat ends are not rounded."""
        reach = float(self.radius_mm.max()) + margin_mm
        lower = [*(self.centre_mm.min(axis=0) - reach), self.z_mm[0]]
        upper = [*(self.centre_mm.max(axis=0) + reach), self.z_mm[-1]]
        box = lattice.box(lower, upper)
        heights = lattice.z[box[0]].astype(float)
        centres = PchipInterpolator(self.z_mm, self.centre_mm)(heights)
        outlines = PchipInterpolator(self.z_mm, self.radius_mm)(heights)
        x, y = lattice.x[box[2]], lattice.y[box[1]]
        distance = np.empty((len(heights), len(y), len(x)), dtype=np.float32)
        for k, (centre, outline) in enumerate(zip(centres, outlines, strict=True)):
            distance[k] = _outline_distance(x - np.float32(centre[0]), y - np.float32(centre[1]), outline)
        return Patch(box, distance)


def _outline_distance(
    x: NDArray[np.float32], y: NDArray[np.float32], outline: NDArray[np.float64]
) -> NDArray[np.float32]:
    steps = 1440
    knots = np.linspace(0, 2 * np.pi, len(outline) + 1)
    spline = CubicSpline(knots, np.append(outline, outline[0]), bc_type="periodic")
    angles = np.linspace(0, 2 * np.pi, steps, endpoint=False)
    radius = np.maximum(spline(angles), 0.3)
    slope = spline(angles, 1) / radius
    table = radius.astype(np.float32)
    steepness = (1 / np.sqrt(1 + slope**2)).astype(np.float32)
    index = (np.arctan2(y[:, None], x[None, :]) * np.float32(steps / (2 * np.pi))).astype(np.int32) % steps
    found: NDArray[np.float32] = (np.hypot(y[:, None], x[None, :]) - table[index]) * steepness[index]
    return found


def united(patches: Sequence[Patch], *, blend_mm: float = 0.0) -> Patch:
    """Return the union of patches in their common box; with ``blend_mm`` the joins are rounded (polynomial min)."""
    present = [p for p in patches if not p.is_empty]
    if not present:
        return patches[0]
    box: Box = tuple(slice(min(p.box[n].start for p in present), max(p.box[n].stop for p in present)) for n in range(3))  # type: ignore[assignment]
    whole = np.full([s.stop - s.start for s in box], FAR_MM, dtype=np.float32)
    for patch in present:
        window = tuple(slice(s.start - o.start, s.stop - o.start) for s, o in zip(patch.box, box, strict=True))
        old, new = whole[window], patch.distance
        least = np.minimum(old, new)
        if blend_mm:
            overlap = np.maximum(blend_mm - np.abs(old - new), 0) / np.float32(blend_mm)
            least -= np.float32(blend_mm / 4) * overlap * overlap
        whole[window] = least
    return Patch(box, whole)


def carved(patch: Patch, hole: Patch) -> Patch:
    """Return ``patch`` without the inside of ``hole``."""
    result = patch.distance.copy()
    shared = tuple(slice(max(s.start, o.start), min(s.stop, o.stop)) for s, o in zip(patch.box, hole.box, strict=True))
    if any(s.stop <= s.start for s in shared):
        return Patch(patch.box, result)
    mine = tuple(slice(s.start - o.start, s.stop - o.start) for s, o in zip(shared, patch.box, strict=True))
    theirs = tuple(slice(s.start - o.start, s.stop - o.start) for s, o in zip(shared, hole.box, strict=True))
    result[mine] = np.maximum(result[mine], -hole.distance[theirs])
    return Patch(patch.box, result)
