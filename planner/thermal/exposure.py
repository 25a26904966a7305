"""How much gets how cold, and for how long? Volumes, coldest temperatures and times, read from predicted fields.

Volumes are measured below the size of a cell. In each cell that the isotherm may cut, temperature is taken as linear,
with the slope toward the neighbour on the same side of the isotherm: heat conduction jumps where tissue freezes, and a
slope taken across that jump would move the surface by a fifth of a cell. The plane then cuts off a known part of the
cube (Scardovelli & Zaleski, J Comput Phys 164 (2000) 228), shifted for the curvature of the isotherm, of which a plane
knows nothing. Against spheres and ellipsoids: within 1 % from a radius of 6 cells, within 0.4 % from 12, also where
the slope changes fourfold at the surface.

Between stored times temperature is linear; what that costs is in the solver's record.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain.errors import SimulationRefused
from planner.spatial.sample import trilinear

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import ArrayLike, NDArray

    from planner.domain.geometry import Grid
    from planner.domain.simulation import SimulationResult
    from planner.domain.temperature import TemperatureHistory

LEVELS_C = (0.0, -20.0, -40.0, -100.0, -140.0)
"""What is reported when no levels are named: from the edge of the ice to where a nerve's sheaths are lost."""

_FLATTEST = 1e-3  # a plane's smallest slope relative to its steepest; below, the cube's formula loses its digits
_CURVATURE = 1 / 24  # mean of x²/2 over a cell of width 1
_NEIGHBOURS = np.stack(np.meshgrid((-1, 0, 1), (-1, 0, 1), (-1, 0, 1), indexing="ij"), axis=-1).reshape(27, 3)


def volume_ml(field_c: NDArray[Any], grid: Grid, *, level_c: float) -> float:
    """Return the volume at or below a temperature, mL; what lies in the box alone is counted.

    Parameters
    ----------
    field_c
        shape (K, J, I) of ``grid``, any real dtype, °C, at cell centres: one moment, or the coldest of all.
    """
    return float(fraction_below(field_c, level_c=level_c).sum(dtype=np.float64)) * grid.voxel_volume_mm3 / 1000


def fraction_below(field_c: NDArray[Any], *, level_c: float) -> NDArray[np.float32]:
    """Return the part of each cell at or below a temperature, shape (K, J, I), float32, 0 to 1."""
    inside = field_c <= level_c
    share: NDArray[np.float32] = inside.astype(np.float32)
    box = _box_around(inside)
    if box is None:
        return share
    # Beyond the array's faces each row goes on as straight as it came.
    part = _continued(np.asarray(field_c[box], dtype=np.float64))
    cells = np.flatnonzero(_beside_surface(part <= level_c))
    if cells.size:
        view = share[box]
        view[np.unravel_index(cells, view.shape)] = _cut_off(_neighbourhoods(part, cells), level_c)
    return share


def coldest_between_c(history: TemperatureHistory, *, from_s: float, to_s: float) -> NDArray[np.float32]:
    """Return the coldest each cell was between two times, shape (K, J, I), float32, °C."""
    coldest = np.full(history.shape_kji, np.inf, np.float32)
    for _, start_c, end_c in _pieces(history.times_s, history.frames_c(), from_s=from_s, to_s=to_s):
        np.minimum(coldest, start_c, out=coldest)
        np.minimum(coldest, end_c, out=coldest)
    return coldest


def time_below_s(
    times_s: NDArray[np.float64],
    frames_c: Iterable[NDArray[Any]],
    *,
    levels_c: Sequence[float],
    from_s: float = -np.inf,
    to_s: float = np.inf,
) -> NDArray[np.float32]:
    """Return how long temperatures were at or below each level within a window of time.

    Exact for temperatures that are straight lines between the given times. Where they bend, each passage of a level
    is wrong by less than the interval in which it falls.

    Parameters
    ----------
    times_s
        shape (N,), increasing, s.
    frames_c
        N arrays of one shape, °C: whole frames, or the temperatures of some points.
    levels_c
        L temperatures, °C.

    Returns
    -------
    shape (L, …), float32, s.
    """
    total: NDArray[np.float32] | None = None
    for duration_s, start_c, end_c in _pieces(times_s, frames_c, from_s=from_s, to_s=to_s):
        if total is None:
            total = np.zeros((len(levels_c), *start_c.shape), np.float32)
        low, high = np.minimum(start_c, end_c), np.maximum(start_c, end_c)
        span = np.maximum(high - low, 1e-20)
        for number, level_c in enumerate(levels_c):
            share = np.where(high <= level_c, 1.0, np.clip((level_c - low) / span, 0.0, 1.0))
            total[number] += share * duration_s
    return np.zeros((len(levels_c),), np.float32) if total is None else total


def at_points_c(history: TemperatureHistory, grid: Grid, points_lps_mm: ArrayLike) -> NDArray[np.float64]:
    """Return temperature over time at points, shape (N, M), float64, °C.

    Parameters
    ----------
    points_lps_mm
        shape (M, 3), LPS mm. Outside the grid nothing is predicted: the warmest of the first frame holds there.
    """
    outside = float(history.start_c.max())
    return np.stack([trilinear(frame, grid, points_lps_mm, outside=outside) for frame in history.frames_c()])


@dataclass(frozen=True, slots=True)
class Exposure:
    """How cold a structure or a target gets, and for how long.

    Parameters
    ----------
    coldest_c, mean_c
        Coldest temperature ever anywhere in it, and the mean of the coldest each part ever was, °C.
    share_percent
        For each of ``levels_c``, how much of it ever was at or below, %.
    longest_s
        For each of ``levels_c``, the time of the part that was longest at or below, s.
    """

    levels_c: tuple[float, ...]
    coldest_c: float
    mean_c: float
    share_percent: tuple[float, ...]
    longest_s: tuple[float, ...]


def structure_exposure(
    fraction: NDArray[np.float32], result: SimulationResult, *, levels_c: tuple[float, ...] = LEVELS_C
) -> Exposure | None:
    """Return the exposure of a structure's part within the predicted box; None when no part of it lies there.

    Parameters
    ----------
    fraction
        shape (K, J, I) of the result's grid, float32: share of each cell inside the structure. A cell of which any
        part belongs to it counts for coldest and longest; where surface and isotherm cut one cell, the parts are
        multiplied.
    """
    inside = fraction > 0
    if not inside.any():
        return None
    weight = fraction[inside].astype(np.float64)
    coldest = result.minimum_c[inside]
    if not fraction_below(result.minimum_c, level_c=max(levels_c))[inside].any():
        share, longest = (0.0,) * len(levels_c), (0.0,) * len(levels_c)
    else:
        below = (fraction_below(result.minimum_c, level_c=level)[inside] for level in levels_c)
        share = tuple(float(100 * np.average(part, weights=weight)) for part in below)
        frames = (frame[inside] for frame in result.history.frames_c())
        longest = _longest_s(result.times_s, frames, levels_c)
    return Exposure(
        levels_c=levels_c,
        coldest_c=float(coldest.min()),
        mean_c=float(np.average(coldest, weights=weight)),
        share_percent=share,
        longest_s=longest,
    )


def points_exposure(
    points_lps_mm: NDArray[np.float64], result: SimulationResult, *, levels_c: tuple[float, ...] = LEVELS_C
) -> Exposure:
    """Return the exposure of what points stand for evenly: a curve by equal steps of its length, a body by a lattice.

    Parameters
    ----------
    points_lps_mm
        shape (M, 3), M at least 1, LPS mm. Those outside the predicted box count as untouched.
    """
    outside = float(result.start_c.max())
    coldest = trilinear(result.minimum_c, result.grid, points_lps_mm, outside=outside)
    over_time = at_points_c(result.history, result.grid, points_lps_mm)
    return Exposure(
        levels_c=levels_c,
        coldest_c=float(coldest.min()),
        mean_c=float(coldest.mean()),
        share_percent=tuple(float(100 * np.mean(coldest <= level)) for level in levels_c),
        longest_s=_longest_s(result.times_s, over_time, levels_c),
    )


def _longest_s(
    times_s: NDArray[np.float64], frames_c: Iterable[NDArray[Any]], levels_c: tuple[float, ...]
) -> tuple[float, ...]:
    return tuple(float(longest.max()) for longest in time_below_s(times_s, frames_c, levels_c=levels_c))


def _pieces(
    times_s: NDArray[np.float64], frames_c: Iterable[NDArray[Any]], *, from_s: float, to_s: float
) -> Iterator[tuple[float, NDArray[Any], NDArray[Any]]]:
    """Yield duration, first and last frame of every straight piece within a window; ends lie between stored times."""
    if not (from_s < to_s and from_s < times_s[-1] and to_s > times_s[0]):
        raise SimulationRefused(
            f"The prediction runs from {times_s[0]:g} to {times_s[-1]:g} s; nothing of it lies between {from_s:g} and "
            f"{to_s:g} s.",
            code="exposure-window",
        )
    for (start_s, end_s), (start_c, end_c) in zip(pairwise(times_s), pairwise(frames_c), strict=True):
        first_s, last_s = max(start_s, from_s), min(end_s, to_s)
        if first_s >= last_s:
            continue
        slope = (end_c - start_c) / (end_s - start_s) if (first_s, last_s) != (start_s, end_s) else None
        a = start_c if first_s == start_s or slope is None else start_c + slope * (first_s - start_s)
        b = end_c if last_s == end_s or slope is None else start_c + slope * (last_s - start_s)
        yield float(last_s - first_s), a, b


# --- cells cut by an isotherm ----------------------------------------------------------------------------------------


def _box_around(inside: NDArray[np.bool_]) -> tuple[slice, ...] | None:
    """Return the box of all true cells, two cells larger each way within the array; None when there is none."""
    box = []
    for axis in range(inside.ndim):
        rows = np.flatnonzero(inside.any(axis=tuple(other for other in range(inside.ndim) if other != axis)))
        if not rows.size:
            return None
        box.append(slice(max(0, int(rows[0]) - 2), min(inside.shape[axis], int(rows[-1]) + 3)))
    return tuple(box)


def _continued(field: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the field with one more cell on every face, in line with the two before it."""
    for axis in range(field.ndim):
        width = [(1, 1) if other == axis else (0, 0) for other in range(field.ndim)]
        if field.shape[axis] > 1:
            field = np.pad(field, width, mode="reflect", reflect_type="odd")
        else:
            field = np.pad(field, width, mode="edge")
    return field


def _beside_surface(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which inner cells have both sides of the isotherm among themselves and their 26 neighbours."""
    some, every = inside, inside
    for axis in range(inside.ndim):
        some_rows, every_rows = np.moveaxis(some, axis, 0), np.moveaxis(every, axis, 0)
        some = np.moveaxis(some_rows[:-2] | some_rows[1:-1] | some_rows[2:], 0, axis)
        every = np.moveaxis(every_rows[:-2] & every_rows[1:-1] & every_rows[2:], 0, axis)
    return some & ~every


def _neighbourhoods(continued: NDArray[np.float64], cells: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return each cell with its neighbours, shape (M, 3, 3, 3); ``cells`` number the field without its extra rim."""
    inner = tuple(n - 2 for n in continued.shape)
    at = np.stack(np.unravel_index(cells, inner), axis=1) + 1
    around = at[:, None, :] + _NEIGHBOURS
    values: NDArray[np.float64] = continued[around[..., 0], around[..., 1], around[..., 2]]
    return values.reshape(-1, 3, 3, 3)


def _cut_off(around: NDArray[np.float64], level_c: float) -> NDArray[np.float64]:
    """Return the part of each middle cell at or below the level, shape (M,); ``around`` has shape (M, 3, 3, 3)."""
    middle = around[:, 1, 1, 1]
    slope = np.stack([_own_slope(_row(around, axis), level_c) for axis in range(3)])
    steepest = np.abs(slope).sum(axis=0)
    flat = steepest < 1e-9
    shifted = level_c - middle - _CURVATURE * _bend_along_surface(around, slope)
    # Where the plane stands between the cube's two opposite corners, 0 to 1.
    height = np.clip(np.where(flat, 0.0, shifted) / np.where(flat, 1.0, steepest) + 0.5, 0.0, 1.0)
    whole = np.where(flat, 1.0, steepest)
    part = _cube_below(height, np.maximum(np.abs(slope) / whole, _FLATTEST))
    return np.where(flat, (middle <= level_c).astype(np.float64), part)


def _row(around: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    """Return a middle cell between its two neighbours along an axis, shape (3, M)."""
    return np.moveaxis(around, axis + 1, 1)[:, :, 1, 1].T


def _own_slope(row: NDArray[np.float64], level_c: float) -> NDArray[np.float64]:
    """Return the slope per cell toward the neighbours on the middle's own side of the level; of both when alike."""
    below = row <= level_c
    back, ahead = row[1] - row[0], row[2] - row[1]
    own_back, own_ahead = below[0] == below[1], below[2] == below[1]
    slope: NDArray[np.float64] = np.where(
        own_back & ~own_ahead, back, np.where(own_ahead & ~own_back, ahead, (back + ahead) / 2)
    )
    return slope


def _bend_along_surface(around: NDArray[np.float64], slope: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the second derivative of the field summed over the two directions within the isotherm, per cell²."""
    normal = slope / np.maximum(np.linalg.norm(slope, axis=0), 1e-12)
    bend = np.zeros(around.shape[0])
    for axis in range(3):
        row = _row(around, axis)
        bend += (1 - normal[axis] ** 2) * (row[0] - 2 * row[1] + row[2])
    for first, second in ((0, 1), (0, 2), (1, 2)):
        third = 3 - first - second
        face = np.take(around, 1, axis=third + 1)
        mixed = (face[:, 2, 2] - face[:, 2, 0] - face[:, 0, 2] + face[:, 0, 0]) / 4
        bend -= 2 * normal[first] * normal[second] * mixed
    return bend


def _cube_below(height: NDArray[np.float64], slopes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the part of a unit cube below a plane; ``slopes``, shape (3, M), are made to add up to 1."""
    a, b, c = slopes / slopes.sum(axis=0)

    def cubed(x: NDArray[np.float64]) -> NDArray[np.float64]:
        kept: NDArray[np.float64] = np.maximum(x, 0.0) ** 3
        return kept

    volume = cubed(height)
    for one in (a, b, c):
        volume = volume - cubed(height - one) + cubed(height - (1 - one))
    part: NDArray[np.float64] = np.clip(volume / (6 * a * b * c), 0.0, 1.0)
    return part
