"""Which chunks look alike? Constants of eight cells and their faces, stored once for all that have the same.

A chunk at a border between tissues needs nine constants of each cell. Fetched from nine arrays over the whole grid they
come from far and piecemeal; what is the same is stored once, and the patterns in use stay near.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from planner.thermal.blocks import (
    G_I,
    G_J,
    G_K,
    MIXED,
    PATTERN_CAP,
    PATTERN_LENGTH,
    TO_ABOVE,
    TO_EAST,
    TO_NORTH,
)
from planner.thermal.lanes import LANES, LOG_LANES

if TYPE_CHECKING:
    from numpy.typing import NDArray

FIRST_ROOM = 1024
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
"""2^64 over the golden ratio: multiplied by it, numbers that differ little differ in their upper bits."""


def find_patterns(
    faces: NDArray[np.float32],
    cells: NDArray[np.float32],
    labels: NDArray[np.uint8],
    layout: tuple[int, int, int],
    depth: int,
) -> tuple[NDArray[np.uint16], tuple[NDArray[np.float32], NDArray[np.int32]]]:
    """Return the code of each chunk, shape (N / 8,), uint16, and patterns (P, 72), float32, with the one of each chunk.

    Parameters
    ----------
    faces, cells
        shape (3, N), float32: conductance of the faces toward +i, +j, +k; capacity, supply and loss.
    labels
        shape (N,), uint8: tissue of each cell.
    """
    codes = np.full(len(labels) // LANES, MIXED, np.uint16)
    numbers = np.zeros(len(labels) // LANES, np.int32)
    patterns, count = _find(faces, cells, labels, (layout, depth), codes, numbers)
    return codes, (patterns[: max(count, 1)].copy(), numbers)


@njit(cache=True, nogil=True)
def _find(faces, cells, labels, place, codes, numbers):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    (rows, width, pad), depth = place
    patterns = np.zeros((FIRST_ROOM, PATTERN_LENGTH), np.float32)
    table = np.full(4 * FIRST_ROOM, -1, np.int32)
    of_tissue = np.full(256, -1, np.int32)
    count = 0
    for start in range(pad, pad + depth * rows * width, LANES):
        chunk = start >> LOG_LANES
        if _is_alike(faces, labels, start, width, width * rows):
            codes[chunk] = labels[start]
            if of_tissue[labels[start]] >= 0:
                numbers[chunk] = of_tissue[labels[start]]
                continue
        if count + 1 >= len(patterns):
            patterns, table = _enlarge(patterns, count)
        _write(patterns[count], faces, cells, labels, start, (width, width * rows))
        found = _look_up(patterns, table, count)
        count += found == count
        numbers[chunk] = found
        if codes[chunk] != MIXED:
            of_tissue[labels[start]] = found
    return patterns, count


@njit(cache=True, nogil=True)
def _is_alike(faces, labels, start, width, plane):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Whether these cells and their neighbours are all of one tissue, with a face between them."""
    m = labels[start]
    for n in range(start, start + LANES):
        if labels[n] != m:
            return False
        for axis, step in ((G_I, 1), (G_J, width), (G_K, plane)):
            if labels[n + step] != m or labels[n - step] != m or faces[axis, n] <= 0 or faces[axis, n - step] <= 0:
                return False
    return True


@njit(cache=True, nogil=True)
def _write(pattern, faces, cells, labels, start, steps):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    width, plane = steps
    for x in range(LANES):
        n = start + x
        for axis, step, to in ((G_I, 1, TO_EAST), (G_J, width, TO_NORTH), (G_K, plane, TO_ABOVE)):
            forth, back = faces[axis, n], faces[axis, n - step]
            pattern[to + x] = forth if labels[n + step] == labels[n] else -forth
            pattern[to + LANES + x] = back if labels[n - step] == labels[n] else -back
        for row in range(3):
            pattern[PATTERN_CAP + row * LANES + x] = cells[row, n]


@njit(cache=True, nogil=True)
def _place_in(pattern, size):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    words = pattern.view(np.uint64)
    mixed = np.uint64(1)
    for value in words:
        mixed = (mixed ^ value) * MULTIPLIER
        mixed ^= mixed >> np.uint64(29)
    return np.int64(mixed & np.uint64(size - 1))


@njit(cache=True, nogil=True)
def _look_up(patterns, table, count):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Return which pattern equals that in row ``count``: an earlier one, or itself, which is then in the table."""
    mine = patterns[count]
    place = _place_in(mine, len(table))
    while table[place] >= 0:
        other = patterns[table[place]]
        same = True
        for x in range(PATTERN_LENGTH):
            if mine[x] != other[x]:
                same = False
                break
        if same:
            return table[place]
        place = (place + 1) & (len(table) - 1)
    table[place] = count
    return count


@njit(cache=True, nogil=True)
def _enlarge(patterns, count):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    larger = np.zeros((2 * len(patterns), PATTERN_LENGTH), np.float32)
    larger[:count] = patterns[:count]
    table = np.full(4 * len(larger), -1, np.int32)
    for number in range(count):
        place = _place_in(larger[number], len(table))
        while table[place] >= 0:
            place = (place + 1) & (len(table) - 1)
        table[place] = number
    return larger, table
