"""Which cells need to be stepped, and which of them know ice? Spans of cells along i, one for each row (k, j).

The *active* zone holds every cell that heat has reached; the *cold* zone every cell that is or may soon be below its
liquidus, with every probe and every held cell. Both are hulls of what changed or froze, dilated by a few cells, so that
a zone follows the shape of the ice instead of filling a box.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from planner.thermal.blocks import (
    ACTIVE_0,
    ACTIVE_1,
    COLD_0,
    COLD_1,
    COLD_FROM,
    COLD_TO,
    CORE_0,
    CORE_1,
    G_I,
    G_J,
    G_K,
    KNOWN_FROM,
    KNOWN_TO,
    START,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

ALIGNED = 8
"""Active spans begin and end at multiples of this, so that vector loops leave no remainder."""


@njit(cache=True, nogil=True)
def grow_active(fields, faces, spans, place, register, threshold_c, seeds, cells):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, PLR0913, PLR0917
    """Take into the active zone every cell within ``cells`` of one that changed by more than ``threshold_c``.

    Parameters
    ----------
    place
        ``(layout, (K, J, I))``.
    seeds
        shape (2, K*J), int32: spans that always count as changed.

    Returns
    -------
    By how much that changes what flows into the zone at rest, W/m.
    """
    layout, shape = place
    _, width, pad = layout
    found = seeds.copy()
    for r in range(spans.shape[1]):
        row = pad + r * width
        a, b = spans[ACTIVE_0, r], spans[ACTIVE_1, r]
        while a < b and abs(fields[register, row + a] - fields[START, row + a]) <= threshold_c:
            a += 1
        while a < b and abs(fields[register, row + b - 1] - fields[START, row + b - 1]) <= threshold_c:
            b -= 1
        _include(found, r, a, min(b, shape[2]))
    dilate(found, shape, cells)
    return _widen_active(fields, faces, spans, layout, found)


@njit(cache=True, nogil=True)
def place_cold(fields, faces, spans, bands, place, register, liquidus_c, seeds, margin):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, PLR0913, PLR0917
    """Lay the cold zone ``margin`` + 1 cells around what is below ``liquidus_c``; arguments as in :func:`grow_active`.

    Returns
    -------
    By how much the inflow at rest changes, W/m, and the box ``k0 k1 j0 j1 i0 i1`` of the cold zone and its neighbours.
    """
    layout, shape = place
    _, width, pad = layout
    found = seeds.copy()
    for r in range(spans.shape[1]):
        row = pad + r * width
        a, b = spans[COLD_0, r], spans[COLD_1, r]
        while a < b and fields[register, row + a] >= liquidus_c:
            a += 1
        while a < b and fields[register, row + b - 1] >= liquidus_c:
            b -= 1
        _include(found, r, a, b)
    dilate(found, shape, margin)
    spans[CORE_0 : CORE_1 + 1] = found
    dilate(found, shape, 1)
    spans[COLD_0 : COLD_1 + 1] = found
    _place_bands(spans, bands, shape)
    dilate(found, shape, 1)
    return _widen_active(fields, faces, spans, layout, found), _bounding_box(found, shape[1])


@njit(cache=True, nogil=True)
def _place_bands(spans, bands, shape):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    depth, rows, _ = shape
    bands[:] = 0
    for k in range(depth):
        for j in range(rows):
            if spans[COLD_0, k * rows + j] < spans[COLD_1, k * rows + j]:
                if bands[COLD_TO, k] == 0:
                    bands[COLD_FROM, k] = j
                bands[COLD_TO, k] = j + 1
    for k in range(depth):
        first, last = rows, 0
        for near in range(max(k - 1, 0), min(k + 2, depth)):
            if bands[COLD_TO, near] > 0:
                first = min(first, max(bands[COLD_FROM, near] - 1, 0))
                last = max(last, min(bands[COLD_TO, near] + 1, rows))
        if last > first:
            bands[KNOWN_FROM, k], bands[KNOWN_TO, k] = first, last


@njit(cache=True, nogil=True)
def _include(found, r, first, last):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    if first >= last:
        return
    if found[0, r] >= found[1, r]:
        found[0, r], found[1, r] = first, last
    else:
        found[0, r], found[1, r] = min(found[0, r], first), max(found[1, r], last)


@njit(cache=True, nogil=True)
def dilate(found, shape, cells):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Widen spans, shape (2, K*J), in place by ``cells`` in every direction; the hull of a row is its new span."""
    depth, rows, width = shape
    far = np.int32(1 << 30)
    for r in range(found.shape[1]):
        if found[0, r] >= found[1, r]:
            found[0, r], found[1, r] = far, -far
        else:
            found[0, r], found[1, r] = max(found[0, r] - cells, 0), min(found[1, r] + cells, width)
    _widen(found, depth, rows, 1, rows, cells)
    _widen(found, rows, depth, rows, 1, cells)
    for r in range(found.shape[1]):
        if found[0, r] >= found[1, r]:
            found[0, r], found[1, r] = 0, 0


@njit(cache=True, nogil=True)
def _widen(found, lines, length, step, next_line, cells):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    least, most = np.empty(length, np.int32), np.empty(length, np.int32)
    for line in range(lines):
        start = line * next_line
        begin, end = length, 0
        for n in range(length):
            least[n], most[n] = found[0, start + n * step], found[1, start + n * step]
            if least[n] < most[n]:
                begin, end = min(begin, n), n + 1
        for n in range(max(begin - cells, 0), min(end + cells, length)):
            a, b = least[n], most[n]
            for m in range(max(n - cells, begin), min(n + cells + 1, end)):
                a, b = min(a, least[m]), max(b, most[m])
            found[0, start + n * step], found[1, start + n * step] = a, b


@njit(cache=True, nogil=True)
def _widen_active(fields, faces, spans, layout, found):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    _, width, _ = layout
    added = 0.0
    for r in range(spans.shape[1]):
        if found[0, r] >= found[1, r]:
            continue
        a, b = found[0, r] // ALIGNED * ALIGNED, min(-(-found[1, r] // ALIGNED) * ALIGNED, width)
        old_a, old_b = spans[ACTIVE_0, r], spans[ACTIVE_1, r]
        if old_a >= old_b:
            added += _inflow_at_rest(fields[START], faces, layout, r, a, b)
            spans[ACTIVE_0, r], spans[ACTIVE_1, r] = a, b
            continue
        if a < old_a:
            added += _inflow_at_rest(fields[START], faces, layout, r, a, old_a)
            spans[ACTIVE_0, r] = a
        if b > old_b:
            added += _inflow_at_rest(fields[START], faces, layout, r, old_b, b)
            spans[ACTIVE_1, r] = b
    return added


@njit(cache=True, nogil=True)
def _inflow_at_rest(e, faces, layout, r, first, last):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Sum of the flux into each cell at the start, W/m: between two active cells it cancels, the rest comes in."""
    rows, width, pad = layout
    plane = rows * width
    g_i, g_j, g_k = faces[G_I], faces[G_J], faces[G_K]
    total = 0.0
    for n in range(pad + r * width + first, pad + r * width + last):
        mine = e[n]
        total += g_i[n] * (e[n + 1] - mine) + g_i[n - 1] * (e[n - 1] - mine)
        total += g_j[n] * (e[n + width] - mine) + g_j[n - width] * (e[n - width] - mine)
        total += g_k[n] * (e[n + plane] - mine) + g_k[n - plane] * (e[n - plane] - mine)
    return total


@njit(cache=True, nogil=True)
def tissues_in(spans, index):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Return which tissues the cold zone holds, as bits of an integer; -1 where they are too many to name."""
    seen = np.zeros(256, np.uint8)
    for r in range(spans.shape[1]):
        for x in range(spans[COLD_0, r], spans[COLD_1, r]):
            seen[index[r, x]] = 1
    if seen[62:].any():
        return -1
    bits = 0
    for m in range(62):
        if seen[m]:
            bits |= 1 << m
    return bits


@njit(cache=True, nogil=True)
def shares(spans, rows, cold_cost, threads):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Share out the planes: return the active cells, the cost of a stage in warm cells, and where each share ends."""
    depth = spans.shape[1] // rows
    costs = np.zeros(depth, np.int64)
    cells = 0
    for r in range(spans.shape[1]):
        active, cold = spans[ACTIVE_1, r] - spans[ACTIVE_0, r], spans[COLD_1, r] - spans[COLD_0, r]
        cells += active
        costs[r // rows] += active + cold_cost * cold
    total = costs.sum()
    cuts = np.zeros(threads + 1, np.int64)
    done, thread = 0, 1
    for k in range(depth):
        done += costs[k]
        while thread < threads and done * threads >= total * thread:
            cuts[thread] = k + 1
            thread += 1
    cuts[threads] = depth
    return cells, total, cuts


@njit(cache=True, nogil=True)
def _bounding_box(found, rows):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    box = np.array([1 << 30, 0, 1 << 30, 0, 1 << 30, 0], np.int64)
    for r in range(found.shape[1]):
        if found[0, r] < found[1, r]:
            k, j = r // rows, r % rows
            box[0], box[1] = min(box[0], k), max(box[1], k + 1)
            box[2], box[3] = min(box[2], j), max(box[3], j + 1)
            box[4], box[5] = min(box[4], found[0, r]), max(box[5], found[1, r])
    if box[1] == 0:
        box[:] = 0
    return box


def spans_of(cells: NDArray[np.int64], shape: tuple[int, int, int]) -> NDArray[np.int32]:
    """Return the hull of flat ``cells`` in each row, shape (2, K*J)."""
    found = np.zeros((2, shape[0] * shape[1]), np.int32)
    row, column = np.divmod(cells, shape[2])
    found[0, row] = shape[2]
    np.minimum.at(found[0], row, column)
    np.maximum.at(found[1], row, column + 1)
    return found
