"""Which values does a lossless JPEG hold, exactly, and was anything lost on the way? ISO/IEC 10918-1 annex H.

Archives keep more CT in this packing than in any other. General decoders fill what damage took away with whatever the
next bits say and go on; here a code that does not exist, a value out of range, bits that run out and bits that are left
over are all errors (H-39). One component, Huffman codes, no point transform, as DICOM asks for CT.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np
from numba import njit, types

if TYPE_CHECKING:
    from collections.abc import Container

    from numpy.typing import NDArray

_TABLES, _SCAN, _RESTART = 0xC4, 0xDA, 0xDD
_LARGEST_CATEGORY = 16
_CODES = 1 << 16
# Compiled when this file is first imported (or taken from the cache), so that no file's time is spent on it.
_SIGNATURE = types.int64(
    types.Array(types.uint8, 1, "C", readonly=True),
    types.int64,
    types.UniTuple(types.int64, 3),
    types.uint16[::1],
    types.uint16[:, ::1],
)
_MOST_HELD = (1 << 56) - 1
_NO_CODE, _OUT_OF_RANGE, _RUN_OUT, _LEFT_OVER = 1, 2, 3, 4
_WHY = {
    _NO_CODE: "a code that does not exist",
    _OUT_OF_RANGE: "a value out of range",
    _RUN_OUT: "too few bits",
    _LEFT_OVER: "bits left over",
}


def lossless_jpeg(
    stream: bytes, *, rows: int, columns: int, bits: int, predictors: Container[int] = range(1, 8)
) -> NDArray[np.uint16]:
    """Return the values of a stream whose headers :func:`planner.imaging.codestream.jpeg_facts` has accepted.

    Parameters
    ----------
    predictors
        The selection values that may stand in it.

    Returns
    -------
    shape (J, I), uint16. Raises ValueError on whatever is damaged, struct.error or IndexError on cut headers.
    """
    tables: dict[int, NDArray[np.uint16]] = {}
    restart_every, at = 0, 2
    while True:
        if stream[at] != 0xFF:
            raise ValueError("no marker")
        marker = stream[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        (length,) = struct.unpack_from(">H", stream, at + 2)
        segment = stream[at + 4 : at + 2 + length]
        at += 2 + length
        if marker == _TABLES:
            tables |= _lookups(segment)
        elif marker == _RESTART:
            (restart_every,) = struct.unpack(">H", segment)
        elif marker == _SCAN:
            break
    count, _, selector, predictor, _, transform = struct.unpack(">6B", segment)
    if count != 1 or predictor not in predictors or transform & 0x0F or restart_every % columns:
        raise ValueError("scan")
    values = np.empty((rows, columns), np.uint16)
    packed = np.frombuffer(stream, np.uint8)
    failure = _decode(packed, at, (bits, predictor, restart_every // columns), tables[selector >> 4], values)
    if failure:
        raise ValueError(_WHY[failure])
    return values


def _lookups(segment: bytes) -> dict[int, NDArray[np.uint16]]:
    """Return tables from the next 16 bits to length · 256 + category, by number; 0 where no code begins so."""
    found: dict[int, NDArray[np.uint16]] = {}
    at = 0
    while at < len(segment):
        kind, *counts = struct.unpack_from(">17B", segment, at)
        at += 17
        table = np.zeros(_CODES, np.uint16)
        if len(set(segment[at : at + sum(counts)])) != sum(counts):
            raise ValueError("table")  # cut short, or one category under two codes: no encoder does that
        first = 0
        for length, count in enumerate(counts, start=1):
            for category in segment[at : at + count]:
                last = first + (_CODES >> length)
                if category > _LARGEST_CATEGORY or last > _CODES:
                    raise ValueError("table")
                table[first:last] = length << 8 | category
                first = last
            at += count
        found[kind] = table
    return found


@njit(cache=True, nogil=True, inline="always")  # type: ignore[untyped-decorator]
def _number(word: np.uint8 | np.uint16) -> int:
    """Return a word as a signed number: compiled, unsigned and signed ones together would become floating point."""
    return np.int64(word)  # type: ignore[return-value]


@njit(cache=True, nogil=True, inline="always")  # type: ignore[untyped-decorator]
def _next_byte(packed: NDArray[np.uint8], at: int) -> tuple[int, int, bool]:
    """Return (byte, offset after it, whether it is there); a marker ends the bytes and is not passed."""
    if at + 1 >= packed.size:
        return 0, at, False
    byte = _number(packed[at])
    if byte != 0xFF:
        return byte, at + 1, True
    if packed[at + 1] == 0:
        return byte, at + 2, True
    return 0, at, False


@njit(cache=True, nogil=True, inline="always")  # type: ignore[untyped-decorator]
def _window(held: int, count: int) -> int:
    """Return the next 16 of the lowest ``count`` bits; past the end there are ones."""
    if count >= 16:
        return (held >> (count - 16)) & 0xFFFF
    missing = 16 - count
    return ((held & ((1 << count) - 1)) << missing) | ((1 << missing) - 1)


@njit(cache=True, nogil=True, inline="always")  # type: ignore[untyped-decorator]
def _filled(packed: NDArray[np.uint8], at: int, held: int, count: int) -> tuple[int, int, int]:
    """Return (bits held, how many count, offset) after reading on as far as there is room and there are bytes."""
    while count <= 48:
        byte, at, is_there = _next_byte(packed, at)
        if not is_there:
            break
        held = ((held << 8) | byte) & _MOST_HELD
        count += 8
    return held, count, at


@njit(cache=True, nogil=True, inline="always")  # type: ignore[untyped-decorator]
def _difference(held: int, count: int, table: NDArray[np.uint16]) -> tuple[int, int]:
    """Return (difference, bits left); below zero bits left, they ran out (0) or no such code exists (1)."""
    entry = _number(table[_window(held, count)])
    length, category = entry >> 8, entry & 0xFF
    if length == 0:
        return 1, -1
    count -= length
    if category == 0 or count < 0:
        return 0, count
    if category == _LARGEST_CATEGORY:
        return 32768, count
    count -= category
    if count < 0:
        return 0, count
    difference = (held >> count) & ((1 << category) - 1)
    if difference < 1 << (category - 1):
        difference -= (1 << category) - 1
    return difference, count


@njit(cache=True, nogil=True, inline="always")  # type: ignore[untyped-decorator]
def _is_restart(packed: NDArray[np.uint8], at: int, count: int) -> bool:
    """Whether a restart marker stands here and no bits are left before it."""
    return count < 24 and at + 1 < packed.size and packed[at] == 0xFF and 0xD0 <= packed[at + 1] <= 0xD7


@njit(cache=True, nogil=True, inline="always")  # type: ignore[untyped-decorator]
def _predicted(values: NDArray[np.uint16], j: int, i: int, bits: int, predictor: int, is_first: bool) -> int:  # noqa: FBT001 - compiled
    """Return what annex H.1.2.1 predicts from left (a), above (b) and above left (c)."""
    if is_first:
        before: int = _number(values[j, i - 1]) if i else 1 << (bits - 1)
        return before
    b: int = _number(values[j - 1, i])
    if i == 0:
        return b
    a: int = _number(values[j, i - 1])
    c: int = _number(values[j - 1, i - 1])
    if predictor == 1:
        return a
    if predictor == 2:
        return b
    if predictor == 3:
        return c
    if predictor == 4:
        return a + b - c
    if predictor == 5:
        return a + ((b - c) >> 1)
    if predictor == 6:
        return b + ((a - c) >> 1)
    return (a + b) >> 1


@njit(_SIGNATURE, cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _decode(
    packed: NDArray[np.uint8],
    at: int,
    coding: tuple[int, int, int],
    table: NDArray[np.uint16],
    values: NDArray[np.uint16],
) -> int:
    """Fill ``values``; return 0, or why it failed.

    ``coding`` is (bits per value, predictor, rows between restarts or 0). After a restart the next row is as the first.
    """
    bits, predictor, restart_rows = coding
    rows, columns = values.shape
    held, count = 0, 0
    is_first = True
    for j in range(rows):
        if restart_rows and j and j % restart_rows == 0:
            if not _is_restart(packed, at, count):
                return _LEFT_OVER
            at, held, count, is_first = at + 2, 0, 0, True
        for i in range(columns):
            if count <= 32:
                held, count, at = _filled(packed, at, held, count)
            difference, count = _difference(held, count, table)
            if count < 0:
                return _NO_CODE if difference else _RUN_OUT
            value = (_predicted(values, j, i, bits, predictor, is_first) + difference) & 0xFFFF
            if value >> bits:
                return _OUT_OF_RANGE
            values[j, i] = value
        is_first = False
    # The last byte is filled up; two more are forgiven, for writers that pad.
    _, _, is_there = _next_byte(packed, at)
    return _LEFT_OVER if count >= 24 or is_there else 0
