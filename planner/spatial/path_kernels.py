"""Which of very many straight ways keep their distance? Compiled loops over a map of the room there is.

Ways are read at the same points as the assessment reads them: from the entry, evenly, at most a quarter of a millimetre
apart. Most of these points need not be read. A cell of the map holds a bound below all that can be read between its
eight voxels, and distances change no faster than one goes: a bound of so many millimetres holds for so many ahead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import float32, float64, int64, njit, types, uint8

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEP_MM = 0.25
ROOM_PER_MM = 256
"""Steps of a millimetre in the map of room, int16."""
CODE_PER_MM = 4
"""Steps of a millimetre in the map of bounds, uint8; code 0: less than nothing, or not known; 1: at least 0 mm."""

_INSIDE = 0.5 - 1e-9
_STRIDE = 12
# Arrays out of a store cannot be written, and are read all the same.
_RUNS_BACK = types.void(
    types.Array(uint8, 3, "C", readonly=True),
    float32[:, :, ::1],
    int64[::1],
    float64[:, ::1],
    float64[:, ::1],
    float64[:, ::1],
    types.Array(types.boolean, 1, "C"),
)


@njit("void(int16[:,:,::1], uint8[:,:,::1], int64, int64)", cache=True, nogil=True)  # type: ignore[untyped-decorator]
def bounds_of_cells(room: NDArray[np.int16], code: NDArray[np.uint8], first: int, last: int) -> None:
    """Fill slices ``first`` to ``last`` of the map of bounds: the least of the eight voxels of each cell, as a code.

    Cell (k, j, i) lies between voxel (k, j, i) and the one after it each way; at the upper rim, before it.
    """
    count_k, count_j, count_i = room.shape
    for k in range(first, last):
        k1 = min(k + 1, count_k - 1)
        for j in range(count_j):
            j1 = min(j + 1, count_j - 1)
            for i in range(count_i):
                i1 = min(i + 1, count_i - 1)
                least = room[k, j, i]
                least = min(least, room[k, j, i1], room[k, j1, i], room[k, j1, i1])
                least = min(least, room[k1, j, i], room[k1, j, i1], room[k1, j1, i], room[k1, j1, i1])
                code[k, j, i] = 0 if least < 0 else min(1 + least * CODE_PER_MM // ROOM_PER_MM, 255)


@njit(cache=True, nogil=True, inline="always")
def _read(room, i, j, k):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Sample the room at an index, clamped to the outermost voxels, in steps of the map."""
    count_k, count_j, count_i = room.shape
    i, j, k = min(max(i, 0.0), count_i - 1.0), min(max(j, 0.0), count_j - 1.0), min(max(k, 0.0), count_k - 1.0)
    i0, j0, k0 = min(int(i), max(count_i - 2, 0)), min(int(j), max(count_j - 2, 0)), min(int(k), max(count_k - 2, 0))
    i1, j1, k1 = min(i0 + 1, count_i - 1), min(j0 + 1, count_j - 1), min(k0 + 1, count_k - 1)
    u, v, w = i - i0, j - j0, k - k0
    near = (room[k0, j0, i0] * (1 - u) + room[k0, j0, i1] * u) * (1 - v) + (
        room[k0, j1, i0] * (1 - u) + room[k0, j1, i1] * u
    ) * v
    far = (room[k1, j0, i0] * (1 - u) + room[k1, j0, i1] * u) * (1 - v) + (
        room[k1, j1, i0] * (1 - u) + room[k1, j1, i1] * u
    ) * v
    return near + w * (far - near)


@njit(cache=True, nogil=True, inline="always")
def _index(to_ijk, points, n):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    x, y, z = points[n, 0], points[n, 1], points[n, 2]
    return (
        to_ijk[0, 0] * x + to_ijk[0, 1] * y + to_ijk[0, 2] * z + to_ijk[0, 3],
        to_ijk[1, 0] * x + to_ijk[1, 1] * y + to_ijk[1, 2] * z + to_ijk[1, 3],
        to_ijk[2, 0] * x + to_ijk[2, 1] * y + to_ijk[2, 2] * z + to_ijk[2, 3],
    )


@njit(cache=True, nogil=True, inline="always")
def _bound(code, i, j, k):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Read the code of the cell that an index lies in."""
    # Indices are −0.5 at least, which cuts off to 0.
    return code[
        min(int(k), max(code.shape[0] - 2, 0)),
        min(int(j), max(code.shape[1] - 2, 0)),
        min(int(i), max(code.shape[2] - 2, 0)),
    ]


@njit("void(float64[:,::1], float64[:,::1], float64[:,::1], float64[:,::1], uint8[::1])", cache=True, nogil=True)  # type: ignore[untyped-decorator]
def ends_within(
    tips: NDArray[np.float64],
    entries: NDArray[np.float64],
    to_ijk: NDArray[np.float64],
    boxes: NDArray[np.float64],
    found: NDArray[np.uint8],
) -> None:
    """Say how many of two boxes, the larger first, hold both ends of each way: 0, 1 or 2.

    ``boxes`` are least and largest indices (i, j, k) of each, shape (4, 3).
    """
    for n in range(len(entries)):
        ti, tj, tk = _index(to_ijk, tips, n if len(tips) > 1 else 0)
        ei, ej, ek = _index(to_ijk, entries, n)
        held = 0
        for low, high in ((boxes[0], boxes[1]), (boxes[2], boxes[3])):
            if not (low[0] <= min(ti, ei) and max(ti, ei) <= high[0]):
                break
            if not (low[1] <= min(tj, ej) and max(tj, ej) <= high[1]):
                break
            if not (low[2] <= min(tk, ek) and max(tk, ek) <= high[2]):
                break
            held += 1
        found[n] = held


@njit(cache=True, nogil=True, inline="always")
def _still_here(at, step, inverse):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Return how many points on, along one axis, a way stays between the same two voxels."""
    share = at - int(at)
    return (1.0 - share if step > 0.0 else share) * inverse


@njit(
    "void(int16[:,:,::1], uint8[:,:,::1], float64[:,::1], float64[:,::1], float64[::1], float64[:,::1], float64, "
    "int32[::1])",
    cache=True,
    nogil=True,
)  # type: ignore[untyped-decorator]
def first_breach(  # noqa: PLR0913, PLR0917 - a compiled loop takes arrays, not objects
    room: NDArray[np.int16],
    code: NDArray[np.uint8],
    tips: NDArray[np.float64],
    entries: NDArray[np.float64],
    lengths_mm: NDArray[np.float64],
    to_ijk: NDArray[np.float64],
    slack_mm: float,
    found: NDArray[np.int32],
) -> None:
    """Find a point of each way at which the room is negative, near its tip if it can be; −1 where there is none.

    ``entries`` are LPS mm, shape (n, 3), ``tips`` too, or one for all, shape (1, 3); ``to_ijk`` leads to indices of the
    map, shape (3, 4). Points are numbered from the entry. ``slack_mm`` is what a bound loses at once: see
    :mod:`planner.planning.path_screening`. Ways whose length is not positive are left.
    """
    for n in range(len(entries)):
        found[n] = -1
        if not lengths_mm[n] > 0.0:
            continue
        steps = max(1, int(np.ceil(lengths_mm[n] / STEP_MM)))
        step_mm = lengths_mm[n] / steps
        ti, tj, tk = _index(to_ijk, tips, n if len(tips) > 1 else 0)
        ei, ej, ek = _index(to_ijk, entries, n)
        di, dj, dk = (ei - ti) / steps, (ej - tj) / steps, (ek - tk) / steps
        # Most ways that are closed are closed over some length: a look here and there finds that soonest.
        for at in range(0, steps + 1, _STRIDE):
            i, j, k = ti + at * di, tj + at * dj, tk + at * dk
            if _bound(code, i, j, k) == 0 and _read(room, i, j, k) < 0.0:
                found[n] = steps - at
                break
        if found[n] >= 0:
            continue
        # How many points a millimetre of room is worth, less what is lost at once.
        worth, lost = 1.0 / (CODE_PER_MM * step_mm), slack_mm / step_mm + 1.0 / (CODE_PER_MM * step_mm)
        wi, wj, wk = 1.0 / max(abs(di), 1e-12), 1.0 / max(abs(dj), 1e-12), 1.0 / max(abs(dk), 1e-12)
        at = 0
        while at <= steps:
            i, j, k = ti + at * di, tj + at * dj, tk + at * dk
            bound = _bound(code, i, j, k)
            if bound == 0:
                if _read(room, i, j, k) < 0.0:
                    found[n] = steps - at
                    break
                at += 1
                continue
            ahead = bound * worth - lost
            if ahead < 4.0:
                ahead = max(ahead, min(_still_here(i, di, wi), _still_here(j, dj, wj), _still_here(k, dk, wk)) + 1.0)
            at += max(int(ahead), 1)


@njit(
    "void(int16[:,:,::1], uint8[:,:,::1], float64[:,::1], float64[:,::1], float64[::1], float64[:,::1], float64[::1], "
    "float64[::1], int32[::1])",
    cache=True,
    nogil=True,
)  # type: ignore[untyped-decorator]
def least_room(  # noqa: PLR0913, PLR0917 - a compiled loop takes arrays, not objects
    room: NDArray[np.int16],
    code: NDArray[np.uint8],
    tips: NDArray[np.float64],
    entries: NDArray[np.float64],
    lengths_mm: NDArray[np.float64],
    to_ijk: NDArray[np.float64],
    slack_most_mm: NDArray[np.float64],
    least: NDArray[np.float64],
    found: NDArray[np.int32],
) -> None:
    """Find the least room along each way, in steps of the map, and the point it belongs to, numbered from the entry.

    ``slack_most_mm`` are the slack and the most room that is told apart: up to that it is exact over the points, for
    one is skipped only where it cannot be less. For the rest see :func:`first_breach`; ways whose length is not
    positive get infinite room.
    """
    slack_mm, most = slack_most_mm[0], slack_most_mm[1] * ROOM_PER_MM
    for n in range(len(entries)):
        least[n], found[n] = np.inf, -1
        if not lengths_mm[n] > 0.0:
            continue
        steps = max(1, int(np.ceil(lengths_mm[n] / STEP_MM)))
        step_mm = lengths_mm[n] / steps
        ti, tj, tk = _index(to_ijk, tips, n if len(tips) > 1 else 0)
        ei, ej, ek = _index(to_ijk, entries, n)
        di, dj, dk = (ei - ti) / steps, (ej - tj) / steps, (ek - tk) / steps
        # A first look at a few points tells where it is narrow, so that the rest can be passed over.
        stride = max(1, int(4.0 / step_mm))
        narrow, lowest = 0, 256
        for at in range(0, steps + 1, stride):
            bound = _bound(code, ti + at * di, tj + at * dj, tk + at * dk)
            if bound < lowest:
                narrow, lowest = at, bound
        best = min(most, _read(room, ti + narrow * di, tj + narrow * dj, tk + narrow * dk))
        wi, wj, wk = 1.0 / max(abs(di), 1e-12), 1.0 / max(abs(dj), 1e-12), 1.0 / max(abs(dk), 1e-12)
        where, at = narrow, 0
        while at <= steps:
            i, j, k = ti + at * di, tj + at * dj, tk + at * dk
            bound = _bound(code, i, j, k)
            low_mm = (bound - 1.0) / CODE_PER_MM
            if bound == 0 or low_mm * ROOM_PER_MM < best:
                here = _read(room, i, j, k)
                if here < best:
                    best, where = here, at
                at += 1
                continue
            ahead = (low_mm - slack_mm - best / ROOM_PER_MM) / step_mm
            if ahead < 4.0:
                ahead = max(ahead, min(_still_here(i, di, wi), _still_here(j, dj, wj), _still_here(k, dk, wk)) + 1.0)
            at += max(int(ahead), 1)
        least[n], found[n] = best, steps - where


@njit("void(float64[:,::1], float64[:,::1], int32[::1], float64[:,::1], float64[:,::1])", cache=True, nogil=True)  # type: ignore[untyped-decorator]
def places_on_ways(
    tips: NDArray[np.float64],
    entries: NDArray[np.float64],
    at: NDArray[np.int32],
    to_ijk: NDArray[np.float64],
    places: NDArray[np.float64],
) -> None:
    """Put the indices of one numbered point of each way into ``places``, shape (n, 3); of the entry for −1."""
    for n in range(len(entries)):
        t = n if len(tips) > 1 else 0
        ti, tj, tk = _index(to_ijk, tips, t)
        ei, ej, ek = _index(to_ijk, entries, n)
        dx, dy, dz = entries[n, 0] - tips[t, 0], entries[n, 1] - tips[t, 1], entries[n, 2] - tips[t, 2]
        steps = max(1, int(np.ceil(np.sqrt(dx * dx + dy * dy + dz * dz) / STEP_MM)))
        share = max(at[n], 0) / steps
        places[n, 0], places[n, 1] = ei + share * (ti - ei), ej + share * (tj - ej)
        places[n, 2] = ek + share * (tk - ek)


@njit(
    "void(int16[:,:,::1], int64[::1], float64[:,::1], int64, float64, float64[::1], int16[::1])",
    cache=True,
    nogil=True,
)  # type: ignore[untyped-decorator]
def nearer_here(  # noqa: PLR0913, PLR0917 - a compiled loop takes arrays, not objects
    room: NDArray[np.int16],
    corner: NDArray[np.int64],
    points: NDArray[np.float64],
    number: int,
    needed_mm: float,
    least: NDArray[np.float64],
    nearest: NDArray[np.int16],
) -> None:
    """Put a structure's number at every point where its room is the least so far.

    ``room`` is the part of the map round one structure, its first voxel at index ``corner`` (i, j, k); what lies
    outside it is beyond its reach. ``points`` are indices, shape (n, 3); ``least`` is in steps of the map.
    """
    count_k, count_j, count_i = room.shape
    for n in range(len(points)):
        i, j, k = points[n, 0] - corner[0], points[n, 1] - corner[1], points[n, 2] - corner[2]
        if not (-0.5 <= i <= count_i - 0.5 and -0.5 <= j <= count_j - 0.5 and -0.5 <= k <= count_k - 0.5):
            continue
        here = _read(room, i, j, k) - needed_mm * ROOM_PER_MM
        if here < least[n]:
            least[n], nearest[n] = here, number


@njit(_RUNS_BACK, cache=True, nogil=True)  # type: ignore[untyped-decorator]
def runs_back(  # noqa: PLR0913, PLR0917 - a compiled loop takes arrays, not objects
    body: NDArray[np.uint8],
    clear_mm: NDArray[np.float32],
    block: NDArray[np.int64],
    entries: NDArray[np.float64],
    ways: NDArray[np.float64],
    spans_mm: NDArray[np.float64],
    found: NDArray[np.bool_],
) -> None:
    """Say of which half-lines a point lies in the body: from a span's start to its end, each quarter of a millimetre.

    ``body`` is 0 or 1; ``entries`` are indices (i, j, k), ``ways`` indices a millimetre outward; ``spans_mm`` has start
    and end of each, shape (n, 2). ``clear_mm`` tells of each block of ``block`` voxels (i, j, k) how far from all of it
    the body stays. A line that has left the map is outside.
    """
    count_k, count_j, count_i = body.shape
    blocks_k, blocks_j, blocks_i = clear_mm.shape
    for n in range(len(entries)):
        found[n] = False
        at = spans_mm[n, 0]
        last = spans_mm[n, 1]
        while at < last:
            i, j, k = entries[n, 0] + at * ways[n, 0], entries[n, 1] + at * ways[n, 1], entries[n, 2] + at * ways[n, 2]
            if not (-0.5 <= i <= count_i - 0.5 and -0.5 <= j <= count_j - 0.5 and -0.5 <= k <= count_k - 0.5):
                break
            clear = clear_mm[
                min(int((k + 0.5) / block[2]), blocks_k - 1),
                min(int((j + 0.5) / block[1]), blocks_j - 1),
                min(int((i + 0.5) / block[0]), blocks_i - 1),
            ]
            if clear > 2 * STEP_MM:
                at += STEP_MM * int(clear / STEP_MM)
                continue
            if _read(body, i, j, k) > _INSIDE:
                found[n] = True
                break
            at += STEP_MM
