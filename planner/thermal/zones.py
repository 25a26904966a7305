"""Which cells need to be stepped, and which of them know ice? Spans of cells along i, one for each row (k, j).

The *active* zone holds every cell that heat has reached: the hull, row by row, of what changed, dilated by a few cells.
The *cold* zone holds every cell that is or may soon be below its liquidus, with every probe and every held cell, as
chunks of eight, so that tissue between two balls of ice does not belong to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from planner.thermal.blocks import (
    ACTIVE_0,
    ACTIVE_1,
    COLD,
    CORE,
    G_I,
    G_J,
    G_K,
    KNOWN,
    KNOWN_0,
    KNOWN_1,
    MIXED,
    RIMMED,
    SEEDED,
    START,
    TISSUE,
)
from planner.thermal.lanes import LANES, LOG_LANES, bits_below, load, pointer, spread

if TYPE_CHECKING:
    from numpy.typing import NDArray


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
def place_cold(fields, faces, spans, zone, codes, place, register, liquidus_c, margin):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, PLR0913, PLR0917
    """Lay the cold zone ``margin`` + 1 cells around what is below ``liquidus_c``; arguments as in :func:`grow_active`.

    Returns
    -------
    By how much the inflow at rest changes, W/m.
    """
    layout, shape = place
    _find_frozen(fields[register], zone, codes, layout, shape, np.float32(liquidus_c))
    spare = np.empty_like(zone[CORE])
    for _ in range(margin):
        _dilate_bits(zone[CORE], spare, layout, shape)
    zone[RIMMED] = zone[CORE]
    _dilate_bits(zone[RIMMED], spare, layout, shape)
    found = _mark_cold(zone, codes, spans, layout, shape)
    dilate(found, shape, 1)
    return _widen_active(fields, faces, spans, layout, found)


@njit(cache=True, nogil=True)
def _find_frozen(e, zone, codes, layout, shape, liquidus_c):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Write which cells of the cold zone are below the liquidus, or always count as if they were."""
    rows, width, pad = layout
    limit, cells = spread(liquidus_c), pointer(e)
    found = zone[CORE]
    for c in range(len(codes)):
        found[c] = zone[SEEDED, c]
        if codes[c] & COLD:
            found[c] |= bits_below(load(cells, c << LOG_LANES), limit)
    if shape[2] < width:  # what fills up a row is no cell
        kept = np.uint8((1 << (shape[2] & (LANES - 1))) - 1)
        for r in range(shape[0] * rows):
            found[(pad + (r + 1) * width - LANES) >> LOG_LANES] &= kept


@njit(cache=True, nogil=True)
def _dilate_bits(bits, spare, layout, shape):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Widen in place by one cell in every direction."""
    rows, width, pad = layout
    first, chunks, plane = pad >> LOG_LANES, width >> LOG_LANES, rows * width >> LOG_LANES
    for r in range(shape[0] * rows):
        start = first + r * chunks
        before = np.uint8(0)
        for c in range(start, start + chunks):
            mine = bits[c]
            after = bits[c + 1] if c + 1 < start + chunks else np.uint8(0)
            spare[c] = mine | mine << 1 | mine >> 1 | before >> 7 | after << 7
            before = mine
    for k in range(shape[0]):
        _widen_lines(bits, spare, first + k * plane, rows, chunks)
    _widen_lines(spare, bits, first, shape[0], plane)
    bits[:] = spare


@njit(cache=True, nogil=True)
def _widen_lines(out, bits, first, lines, length):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Write each line with those before and behind it; beyond the first and the last there is none."""
    for line in range(lines):
        start = first + line * length
        for c in range(start, start + length):
            out[c] = bits[c]
        if line > 0:
            for c in range(start, start + length):
                out[c] |= bits[c - length]
        if line + 1 < lines:
            for c in range(start, start + length):
                out[c] |= bits[c + length]


@njit(cache=True, nogil=True)
def _mark_cold(zone, codes, spans, layout, shape):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Write which chunks are cold, and which of these and their neighbours are known; return the hull of the zone."""
    rows, width, pad = layout
    first, chunks, plane = pad >> LOG_LANES, width >> LOG_LANES, rows * width >> LOG_LANES
    bits, known = zone[RIMMED], zone[KNOWN]
    found = np.zeros((2, shape[0] * rows), np.int32)
    known[:] = 0
    for r in range(shape[0] * rows):
        start = first + r * chunks
        for c in range(start, start + chunks):
            if bits[c] == 0:
                codes[c] &= ~np.uint16(COLD)
                continue
            codes[c] |= np.uint16(COLD)
            for near in (c - plane, c - chunks, c, c + chunks, c + plane):
                known[near] = 1
            if c > start:
                known[c - 1] = 1
            if c + 1 < start + chunks:
                known[c + 1] = 1
            low, high = 0, LANES
            while bits[c] >> low & 1 == 0:
                low += 1
            while bits[c] >> (high - 1) & 1 == 0:
                high -= 1
            x = (c - start) << LOG_LANES
            _include(found, r, x + low, min(x + high, shape[2]))
    for r in range(shape[0] * rows):
        start = first + r * chunks
        a, b = 0, chunks
        while a < b and known[start + a] == 0:
            a += 1
        while a < b and known[start + b - 1] == 0:
            b -= 1
        spans[KNOWN_0, r], spans[KNOWN_1, r] = a << LOG_LANES, b << LOG_LANES
    return found


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
        a, b = found[0, r] // LANES * LANES, min(-(-found[1, r] // LANES) * LANES, width)
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
def tissues_in(bits, codes, labels):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Return which tissues the cold zone holds, as bits of an integer; -1 where they are too many to name."""
    seen = np.zeros(256, np.uint8)
    for c in range(len(bits)):
        if bits[c] and codes[c] & MIXED == 0:
            seen[codes[c] & TISSUE] = 1
        elif bits[c]:
            for x in range(LANES):
                if bits[c] >> x & 1:
                    seen[labels[(c << LOG_LANES) + x]] = 1
    if seen[62:].any():
        return -1
    found = 0
    for m in range(62):
        if seen[m]:
            found |= 1 << m
    return found


@njit(cache=True, nogil=True)
def shares(spans, codes, layout, costs_of, threads):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Share out the planes: return the active cells, the cost of a stage in warm cells, and where each share ends.

    ``costs_of`` are the costs of a cold cell in one tissue and between tissues, in warm ones.
    """
    rows, width, pad = layout
    depth = spans.shape[1] // rows
    costs = np.zeros(depth, np.int64)
    cells = 0
    for r in range(spans.shape[1]):
        active, cold = spans[ACTIVE_1, r] - spans[ACTIVE_0, r], 0
        for start in range(pad + r * width + spans[KNOWN_0, r], pad + r * width + spans[KNOWN_1, r], LANES):
            code = codes[start >> LOG_LANES]
            if code & COLD:
                cold += LANES * costs_of[1 if code & MIXED else 0]
        cells += active
        costs[r // rows] += active + cold
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


def spans_of(cells: NDArray[np.int64], shape: tuple[int, int, int]) -> NDArray[np.int32]:
    """Return the hull of flat ``cells`` in each row, shape (2, K*J)."""
    found = np.zeros((2, shape[0] * shape[1]), np.int32)
    row, column = np.divmod(cells, shape[2])
    found[0, row] = shape[2]
    np.minimum.at(found[0], row, column)
    np.maximum.at(found[1], row, column + 1)
    return found


def bits_of(cells: NDArray[np.int64], layout: tuple[int, int, int], shape: tuple[int, int, int]) -> NDArray[np.uint8]:
    """Return one bit for each of flat ``cells``, shape (N / 8,), uint8, for the fields of this layout."""
    rows, width, pad = layout
    marked = np.zeros(shape[0] * rows * width + 2 * pad, np.bool_)
    row, column = np.divmod(cells, shape[2])
    marked[pad + row * width + column] = True
    return np.packbits(marked, bitorder="little")
