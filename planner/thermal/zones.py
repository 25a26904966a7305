"""Which cells need to be stepped, and which of them know ice? Spans of cells along i, one for each row (k, j).

The *active* zone holds every cell that heat has reached; the *cold* zone every cell that is or may soon be below its
liquidus, with every probe and every held cell; the *known* zone is the cold one and its neighbours. All grow by the
hull of what changed, dilated by a few cells, so that a zone follows the shape of the ice instead of filling a box.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from planner.thermal.kernels import (
    ACTIVE_0,
    ACTIVE_1,
    COLD_0,
    COLD_1,
    G_I,
    G_J,
    G_K,
    START,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

ALIGNED = 8
"""Spans of warm cells begin and end at multiples of this, so that vector loops leave no remainder."""


@njit(cache=True, nogil=True)
def dilate(low, high, shape, cells):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Widen spans ``[low, high)`` of each row in place by ``cells`` in every direction; empty where low >= high.

    ``shape`` is (K, J, I); the hull of all widened spans of a row is its new span.
    """
    depth, rows, width = shape
    far = np.int32(1 << 30)
    for r in range(len(low)):
        if low[r] >= high[r]:
            low[r], high[r] = far, np.int32(-far)
        else:
            low[r], high[r] = max(low[r] - cells, 0), min(high[r] + cells, width)
    for lines, length, step, next_line in ((depth, rows, 1, rows), (rows, depth, rows, 1)):
        _widen(low, high, lines, length, step, next_line, cells)
    for r in range(len(low)):
        if low[r] >= high[r]:
            low[r], high[r] = 0, 0


@njit(cache=True, nogil=True)
def _widen(low, high, lines, length, step, next_line, cells):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, PLR0913, PLR0917
    least, most = np.empty(length, np.int32), np.empty(length, np.int32)
    for line in range(lines):
        start = line * next_line
        begin, end = length, 0
        for n in range(length):
            least[n], most[n] = low[start + n * step], high[start + n * step]
            if least[n] < most[n]:
                begin, end = min(begin, n), n + 1
        for n in range(max(begin - cells, 0), min(end + cells, length)):
            a, b = least[n], most[n]
            for m in range(max(n - cells, 0), min(n + cells + 1, length)):
                a, b = min(a, least[m]), max(b, most[m])
            low[start + n * step], high[start + n * step] = a, b


@njit(cache=True, nogil=True)
def changed_spans(fields, spans, layout, register, threshold_c, low, high):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, PLR0913, PLR0917
    """Write the hull of cells in each active row that differ from their start by more than ``threshold_c``."""
    _, width, pad = layout
    for r in range(spans.shape[1]):
        row = pad + r * width
        a, b = spans[ACTIVE_0, r], spans[ACTIVE_1, r]
        while a < b and abs(fields[register, row + a] - fields[START, row + a]) <= threshold_c:
            a += 1
        while a < b and abs(fields[register, row + b - 1] - fields[START, row + b - 1]) <= threshold_c:
            b -= 1
        low[r], high[r] = a, b


@njit(cache=True, nogil=True)
def cold_spans(fields, spans, layout, register, liquidus_c, columns, low, high):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, PLR0913, PLR0917
    """Write the hull of cells below ``liquidus_c`` in each row of the present cold zone; rows have ``columns`` cells."""
    _, width, pad = layout
    for r in range(spans.shape[1]):
        row = pad + r * width
        a, b = spans[COLD_0, r], min(spans[COLD_1, r], columns)
        while a < b and fields[register, row + a] >= liquidus_c:
            a += 1
        while a < b and fields[register, row + b - 1] >= liquidus_c:
            b -= 1
        low[r], high[r] = a, b


@njit(cache=True, nogil=True)
def widen_active(fields, spans, layout, low, high):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Take spans ``low``, ``high`` into the active zone; return by how much that changes what flows into it at rest, W/m."""
    _, width, _ = layout
    added = 0.0
    for r in range(spans.shape[1]):
        if low[r] >= high[r]:
            continue
        a, b = low[r] // ALIGNED * ALIGNED, min(-(-high[r] // ALIGNED) * ALIGNED, width)
        old_a, old_b = spans[ACTIVE_0, r], spans[ACTIVE_1, r]
        if old_a >= old_b:
            added += _inflow_at_rest(fields, layout, r, a, b)
            spans[ACTIVE_0, r], spans[ACTIVE_1, r] = a, b
            continue
        if a < old_a:
            added += _inflow_at_rest(fields, layout, r, a, old_a)
            spans[ACTIVE_0, r] = a
        if b > old_b:
            added += _inflow_at_rest(fields, layout, r, old_b, b)
            spans[ACTIVE_1, r] = b
    return added


@njit(cache=True, nogil=True)
def _inflow_at_rest(fields, layout, r, first, last):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Sum of the flux into each cell at the start, W/m: between two active cells it cancels, the rest comes in."""
    rows, width, pad = layout
    plane = rows * width
    e, g_i, g_j, g_k = fields[START], fields[G_I], fields[G_J], fields[G_K]
    total = 0.0
    for n in range(pad + r * width + first, pad + r * width + last):
        mine = e[n]
        total += g_i[n] * (e[n + 1] - mine) + g_i[n - 1] * (e[n - 1] - mine)
        total += g_j[n] * (e[n + width] - mine) + g_j[n - width] * (e[n - width] - mine)
        total += g_k[n] * (e[n + plane] - mine) + g_k[n - plane] * (e[n - plane] - mine)
    return total


@njit(cache=True, nogil=True)
def tissues_in(spans, index):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Return which tissues the cold zone holds, as bits of an integer."""
    seen = np.zeros(64, np.uint8)
    for r in range(spans.shape[1]):
        for x in range(spans[COLD_0, r], min(spans[COLD_1, r], index.shape[1])):
            seen[index[r, x]] = 1
    bits = 0
    for m in range(64):
        if seen[m]:
            bits |= 1 << m
    return bits


def bounding_box(low: NDArray[np.int32], high: NDArray[np.int32], rows: int) -> NDArray[np.int64] | None:
    """Return ``k0 k1 j0 j1 i0 i1`` of all spans, or None when all are empty."""
    filled = np.flatnonzero(low < high)
    if filled.size == 0:
        return None
    k, j = np.divmod(filled, rows)
    box = [k.min(), k.max() + 1, j.min(), j.max() + 1, low[filled].min(), high[filled].max()]
    return np.array(box, dtype=np.int64)


def spans_of(cells: NDArray[np.int64], shape: tuple[int, int, int]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the hull of flat ``cells`` in each row, as spans ``low``, ``high``, shape (K*J,)."""
    low = np.full(shape[0] * shape[1], shape[2], np.int32)
    high = np.zeros(shape[0] * shape[1], np.int32)
    row, column = np.divmod(cells, shape[2])
    np.minimum.at(low, row, column)
    np.maximum.at(high, row, column + 1)
    low[low >= high] = 0
    return low, high
