"""Where does a nerve run between two clicks, if it keeps to a structure? The shortest way at a chosen distance from it.

A nerve in the groove of a rib, or beside an artery, follows that structure at nearly one distance. The way between the
two clicks is found by Dijkstra on a grid of about 1 mm round them, where a step costs more the more its distance to the
structure differs from the chosen one; it is then smoothed, put back onto the chosen distance, and thinned to points
about 10 mm apart, which the user moves as any others. It is a proposal, drawn from the outline of a structure: no nerve
is seen. On a bent structure the shortest way drifts toward the inside of the bend; more clicks hold it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import PlanInvalid
from planner.domain.geometry import Grid, PointLps, point
from planner.spatial.box import shape_of
from planner.spatial.distance import signed_distance_mm
from planner.spatial.sample import trilinear

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from planner.spatial.box import Box

CELL_MM = 1.0
CONTROL_MM = 10.0
FARTHEST_CLICK_MM = 20.0
MOST_APART_MM = 250.0
LEAST_APART_MM = 2.0
# Room round the two clicks for a course that bulges, and round the chosen distance for one that must give way.
_PADDING_MM, _BAND_MM = 30.0, 4.0
# At this much off the chosen distance a step costs twice its length (project default).
_TOLERANCE_MM = 1.0
_MOST_CELLS = 6_000_000
_FAR_MM = 1e6
_FINE_MM = 0.5
_SMOOTH_MM = 8.0
_ROUNDS = 40
_GRADIENT_MM = 0.5


def path_along(
    mask: NDArray[np.bool_], grid: Grid, start_lps_mm: PointLps, end_lps_mm: PointLps, *, offset_mm: float
) -> tuple[PointLps, ...]:
    """Return points of a course from one click to another that keeps ``offset_mm`` from a structure's surface.

    Parameters
    ----------
    mask
        shape (K, J, I) of ``grid``, bool.
    start_lps_mm, end_lps_mm
        The clicks, LPS mm: they stay the first and the last point, also where they lie off the chosen distance.
    offset_mm
        Distance from the surface, mm, 0 to 20.

    Returns
    -------
    Points about 10 mm apart, LPS mm, at least two.

    Raises
    ------
    PlanInvalid
        When the clicks are too near to or too far from each other or the structure, or no way joins them.
    """
    start, end = np.asarray(start_lps_mm, dtype=float), np.asarray(end_lps_mm, dtype=float)
    _require_reachable(start, end, offset_mm)
    near = _Surroundings.of(mask, grid, np.array([start, end]))
    for which, click in (("first", start), ("second", end)):
        away_mm = float(near.distance_at(click)[0])
        if away_mm > FARTHEST_CLICK_MM:
            raise PlanInvalid(
                f"The {which} click lies {_far_words(away_mm)} from the structure. Click beside it, or choose another.",
                code="path-click-far",
            )
    line = _resampled(near.way(start, end, offset_mm), _FINE_MM)
    for _ in range(_ROUNDS):
        line = _resampled(near.put_back(_smoothed(line), offset_mm), _FINE_MM)
    return _thinned(line, start, end)


def _require_reachable(start: NDArray[np.float64], end: NDArray[np.float64], offset_mm: float) -> None:
    apart_mm = float(np.linalg.norm(end - start))
    if not LEAST_APART_MM <= apart_mm <= MOST_APART_MM:
        raise PlanInvalid(
            f"The two clicks are {apart_mm:.1f} mm apart; a course needs {LEAST_APART_MM:g} to {MOST_APART_MM:g} mm.",
            code="path-apart",
        )
    if not 0 <= offset_mm <= FARTHEST_CLICK_MM:
        raise PlanInvalid(
            f"A course runs 0 to {FARTHEST_CLICK_MM:g} mm from the structure, not {offset_mm:g} mm.", code="path-offset"
        )


def _far_words(away_mm: float) -> str:
    return f"{away_mm:.0f} mm" if np.isfinite(away_mm) and away_mm < MOST_APART_MM else "far"


@dataclass(frozen=True, slots=True, eq=False)
class _Surroundings:
    """Signed distance to the structure round the clicks.

    ``distance_mm`` has the shape of ``grid``, the part of the CT's grid that was cropped; ``cells`` is the grid of
    about 1 mm on which ways are sought, ``cell_mm`` the distance there.
    """

    grid: Grid
    distance_mm: NDArray[np.float32]
    cells: Grid
    cell_mm: NDArray[np.float64]

    @classmethod
    def of(cls, mask: NDArray[np.bool_], grid: Grid, clicks: NDArray[np.float64]) -> _Surroundings:
        """Crop the mask and measure distances there."""
        low, high = clicks.min(axis=0) - _PADDING_MM, clicks.max(axis=0) + _PADDING_MM
        box = _box_round(grid, low, high)
        cropped = grid.cropped((box[2].start, box[1].start, box[0].start), shape_of(box))
        inside = np.ascontiguousarray(mask[box])
        if not inside.any():
            raise PlanInvalid(
                "The structure is not near the two clicks. Click beside it, or choose another.", code="path-click-far"
            )
        distance = signed_distance_mm(inside, cropped)
        i, j, k = (int(n) + 1 for n in np.ceil((high - low) / CELL_MM))
        if i * j * k > _MOST_CELLS:
            raise PlanInvalid("The two clicks are too far apart for one course. Click nearer.", code="path-apart")
        cells = Grid.from_axes((k, j, i), origin_lps_mm=low, spacing_ijk_mm=(CELL_MM,) * 3)
        return cls(cropped, distance, cells, _on_cells(distance, cropped, cells))

    def distance_at(self, lps_mm: ArrayLike) -> NDArray[np.float64]:
        """Return the signed distance at points (N, 3), shape (N,), mm; infinite outside the CT."""
        return trilinear(self.distance_mm, self.grid, lps_mm, outside=np.inf)

    def way(self, start: NDArray[np.float64], end: NDArray[np.float64], offset_mm: float) -> NDArray[np.float64]:
        """Return the cheapest way between two points, cell by cell, shape (N, 3), LPS mm; its ends are the points."""
        from scipy.sparse.csgraph import dijkstra

        off_mm = np.abs(self.cell_mm - offset_mm)
        # The clicks themselves may lie farther off than the band: a way leads from each to it.
        reach = max(_BAND_MM, *(abs(float(self.distance_at(p)[0]) - offset_mm) + 2 * CELL_MM for p in (start, end)))
        is_open = off_mm <= _BAND_MM
        for click in (start, end):
            is_open |= (off_mm <= reach) & (self._away_sq_mm(click) <= (reach + 2 * CELL_MM) ** 2)
        numbers = np.full(is_open.shape, -1, dtype=np.int32)
        numbers[is_open] = np.arange(int(is_open.sum()), dtype=np.int32)
        first, last = (self._nearest_cell(numbers, p) for p in (start, end))
        graph = _steps(numbers, 1.0 + (off_mm / _TOLERANCE_MM) ** 2)
        cost, before = dijkstra(graph, directed=False, indices=first, return_predecessors=True)
        if not np.isfinite(cost[last]):
            raise PlanInvalid(
                "The structure has a gap between the two clicks: no course leads from one to the other along it. "
                "Click on one side of the gap.",
                code="path-gap",
            )
        chain = [last]
        while chain[-1] != first:
            chain.append(int(before[chain[-1]]))
        kji = np.argwhere(is_open)[chain[::-1]]
        return np.vstack([start, self.cells.to_lps(kji[:, ::-1]), end])

    def _away_sq_mm(self, lps_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the squared distance of every cell from a place, shape of the cells, mm²."""
        shift = CELL_MM * self.cells.to_index(lps_mm)[::-1]
        k, j, i = (
            CELL_MM * axis - at
            for axis, at in zip(np.ogrid[tuple(map(slice, self.cells.shape_kji))], shift, strict=True)
        )
        return np.asarray(k**2 + j**2 + i**2)

    def _nearest_cell(self, numbers: NDArray[np.int32], lps_mm: NDArray[np.float64]) -> int:
        i, j, k = (int(n) for n in np.rint(self.cells.to_index(lps_mm)))
        low = [max(0, n - 3) for n in (k, j, i)]
        part = numbers[low[0] : k + 4, low[1] : j + 4, low[2] : i + 4]
        found = np.argwhere(part >= 0)
        if not len(found):
            raise PlanInvalid("A click lies outside the CT. Click inside.", code="path-click-far")
        away = np.linalg.norm(found + low - np.array([k, j, i]), axis=1)
        return int(part[tuple(found[int(np.argmin(away))])])

    def put_back(self, line: NDArray[np.float64], offset_mm: float) -> NDArray[np.float64]:
        """Move points (N, 3) along the distance's slope onto the chosen distance; the ends stay, and all outside."""
        shift = _GRADIENT_MM * np.eye(3)
        around = np.concatenate([line + s for s in (*shift, *-shift)])
        beside = self.distance_at(around).reshape(6, -1)
        with np.errstate(invalid="ignore"):
            slope = (beside[:3] - beside[3:]).T / (2 * _GRADIENT_MM)
            off = self.distance_at(line) - offset_mm
        steep = np.linalg.norm(slope, axis=1)
        good = np.isfinite(steep) & (steep > 0.5) & np.isfinite(off)
        good[[0, -1]] = False
        moved = line.copy()
        step = np.clip(off[good], -CELL_MM, CELL_MM) / steep[good]
        moved[good] -= step[:, None] * slope[good] / steep[good][:, None]
        return moved


def _box_round(grid: Grid, low: NDArray[np.float64], high: NDArray[np.float64]) -> Box:
    corners = np.array([[(low, high)[n >> axis & 1][axis] for axis in range(3)] for n in range(8)])
    index = grid.to_index(corners)
    first = np.floor(index.min(axis=0)).astype(int) - 1
    last = np.ceil(index.max(axis=0)).astype(int) + 2
    k, j, i = (
        slice(max(0, int(a)), max(0, min(int(b), n)))
        for a, b, n in zip(first[::-1], last[::-1], grid.shape_kji, strict=True)
    )
    if min(shape_of((k, j, i))) < 2:
        raise PlanInvalid("The two clicks lie outside the CT. Click inside.", code="path-click-far")
    return k, j, i


def _on_cells(distance: NDArray[np.float32], grid: Grid, cells: Grid) -> NDArray[np.float64]:
    """Return a distance sampled linearly at all cells, shape of the cells; far away outside ``grid``."""
    from scipy.ndimage import affine_transform

    change = np.linalg.inv(grid.matrix) @ cells.matrix
    turn, shift = change[:3, :3][::-1, ::-1], change[:3, 3][::-1]
    sampled = affine_transform(
        distance.astype(np.float64), turn, shift, output_shape=cells.shape_kji, order=1, cval=_FAR_MM, prefilter=False
    )
    return np.asarray(sampled)


def _steps(numbers: NDArray[np.int32], price: NDArray[np.float64]) -> object:
    """Return the graph of steps between open cells that touch by face, edge or corner, weighted by length × price."""
    from scipy.sparse import coo_matrix

    rows, columns, weights = [], [], []
    for dk, dj, di in _NEIGHBOURS:
        here = tuple(slice(max(0, -d), n - max(0, d)) for d, n in zip((dk, dj, di), numbers.shape, strict=True))
        there = tuple(slice(max(0, d), n - max(0, -d)) for d, n in zip((dk, dj, di), numbers.shape, strict=True))
        both = (numbers[here] >= 0) & (numbers[there] >= 0)
        length = CELL_MM * float(np.sqrt(dk * dk + dj * dj + di * di))
        rows.append(numbers[here][both])
        columns.append(numbers[there][both])
        weights.append(length * (price[here][both] + price[there][both]) / 2)
    count = int(numbers.max()) + 1
    graph = coo_matrix((np.concatenate(weights), (np.concatenate(rows), np.concatenate(columns))), (count, count))
    return graph.tocsr()


# Half of the 26 neighbours; the others are these, walked back.
_NEIGHBOURS = tuple((k, j, i) for k in (-1, 0, 1) for j in (-1, 0, 1) for i in (-1, 0, 1) if (k, j, i) > (0, 0, 0))


def _lengths(line: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])


def _resampled(line: NDArray[np.float64], step_mm: float) -> NDArray[np.float64]:
    """Return points of a polyline at equal steps of at most ``step_mm``, its ends kept."""
    arc = _lengths(line)
    at = np.linspace(0.0, arc[-1], max(2, int(np.ceil(arc[-1] / step_mm)) + 1))
    return np.column_stack([np.interp(at, arc, axis) for axis in line.T])


def _smoothed(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the polyline averaged over some millimetres; its ends stay, for it is turned over beyond them."""
    from scipy.ndimage import gaussian_filter1d

    reach = len(line) - 1
    before, after = 2 * line[0] - line[reach:0:-1], 2 * line[-1] - line[-2::-1]
    smooth = gaussian_filter1d(np.concatenate([before, line, after]), _SMOOTH_MM / _FINE_MM, axis=0)
    return np.asarray(smooth[reach : reach + len(line)])


def _thinned(line: NDArray[np.float64], start: NDArray[np.float64], end: NDArray[np.float64]) -> tuple[PointLps, ...]:
    """Return points about 10 mm apart, the clicks first and last."""
    arc = _lengths(line)
    at = np.linspace(0.0, arc[-1], max(2, round(arc[-1] / CONTROL_MM) + 1))
    between = np.column_stack([np.interp(at[1:-1], arc, axis) for axis in line.T])
    return point(start), *(point(p) for p in between), point(end)
