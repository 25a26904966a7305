"""Where are the wanted elements of a DICOM file? One walk over its bytes, compiled; it ends at the first odd thing.

Elements must follow one another in ascending order, with lengths that are even and end inside the file. Sequences of
undefined length are passed over only when every item and element in them ends exactly where the next begins (PS3.5
section 7.5). Nothing is interpreted here: the walk notes value representation, offset and length.
"""

# Compiled code has one kind of integer; numpy's and Python's are not told apart here.
# mypy: disable-error-code="return-value,no-any-return"

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np

from planner.imaging import limits

if TYPE_CHECKING:
    from numpy.typing import NDArray

NO_LENGTH = 0xFFFFFFFF
"""Length of an element whose end is marked instead: of encapsulated pixels."""

_PIXELS = 0x7FE00010
_MOST_HEADER_BYTES, _MOST_TAGS = limits.MOST_HEADER_BYTES, limits.MOST_ELEMENTS
_MOST_DEPTH = 8
_SQ, _UL = ord("S") | ord("Q") << 8, ord("U") | ord("L") << 8

# Value representations of PS3.5 table 6.2-1 by their two letters: 1 has a length of 16 bits, 2 one of 32.
_LENGTHS = np.zeros(65536, np.uint8)
for _vr in ("AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO", "LT", "PN", "SH", "SL", "SS", "ST", "TM", "UI", "UL", "US"):  # fmt: skip  # noqa: E501
    _LENGTHS[ord(_vr[0]) | ord(_vr[1]) << 8] = 1
for _vr in ("OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"):
    _LENGTHS[ord(_vr[0]) | ord(_vr[1]) << 8] = 2


@numba.njit(cache=True, nogil=True)  # type: ignore[misc,untyped-decorator,unused-ignore]
def _u16(data: NDArray[np.uint8], at: int) -> int:  # pragma: no cover - compiled
    return np.int64(data[at]) | np.int64(data[at + 1]) << 8


@numba.njit(cache=True, nogil=True)  # type: ignore[misc,untyped-decorator,unused-ignore]
def _u32(data: NDArray[np.uint8], at: int) -> int:  # pragma: no cover - compiled
    return _u16(data, at) | _u16(data, at + 2) << 16


@numba.njit(cache=True, nogil=True)  # type: ignore[misc,untyped-decorator,unused-ignore]
def _tag(data: NDArray[np.uint8], at: int) -> int:  # pragma: no cover - compiled
    return _u16(data, at) << 16 | _u16(data, at + 2)


@numba.njit(cache=True, nogil=True)  # type: ignore[misc,untyped-decorator,unused-ignore]
def _element(data: NDArray[np.uint8], at: int) -> tuple[int, int, int]:  # pragma: no cover - compiled
    """Return (vr, offset of the value, length) of an explicit element; offset -1 when it is none."""
    if at + 12 > data.size:
        return 0, -1, 0
    vr = _u16(data, at + 4)
    kind = _LENGTHS[vr]
    if kind == 1:
        return vr, at + 8, _u16(data, at + 6)
    if kind == 2 and _u16(data, at + 6) == 0:
        return vr, at + 12, _u32(data, at + 8)
    return vr, -1, 0


@numba.njit(cache=True, nogil=True)  # type: ignore[misc,untyped-decorator,unused-ignore]
def _keep(
    places: NDArray[np.int64], tags: NDArray[np.int64], wanted: int, tag: int, found: tuple[int, int, int]
) -> int:  # pragma: no cover - compiled
    """Note where a wanted element is; return the next wanted one."""
    while wanted < tags.size and tags[wanted] < tag:
        wanted += 1
    if wanted < tags.size and tags[wanted] == tag:
        places[wanted, 0], places[wanted, 1], places[wanted, 2] = found
    return wanted


@numba.njit(cache=True, nogil=True)  # type: ignore[misc,untyped-decorator,unused-ignore]
def walk_meta(
    data: NDArray[np.uint8], tags: NDArray[np.int64], places: NDArray[np.int64]
) -> int:  # pragma: no cover - compiled
    """Return where the data set begins, or -1. The stated length of the meta information must be exact."""
    if data.size < 160 or data[128] != 68 or data[129] != 73 or data[130] != 67 or data[131] != 77:
        return -1
    at = 132
    vr, value, length = _element(data, at)
    if _tag(data, at) != 0x00020000 or vr != _UL or length != 4:
        return -1
    end = value + 4 + _u32(data, value)
    at, last, wanted = value + 4, 0x00020000, 0
    while at < end:
        vr, value, length = _element(data, at)
        if value < 0 or length % 2 or value + length > end:
            return -1
        tag = _tag(data, at)
        if tag <= last or tag > 0x0002FFFF:
            return -1
        wanted = _keep(places, tags, wanted, tag, (vr, value, length))
        at, last = value + length, tag
    return at


@numba.njit(cache=True, nogil=True)  # type: ignore[misc,untyped-decorator,unused-ignore]
def walk(
    data: NDArray[np.uint8],
    start: int,
    is_explicit: bool,  # noqa: FBT001 - compiled functions take no keywords
    tags: NDArray[np.int64],
    places: NDArray[np.int64],
) -> tuple[int, int]:  # pragma: no cover - compiled
    """Return (offset, length) of the pixels' value, or (-1, 0); ``places`` receives what is wanted before them."""
    refused = (np.int64(-1), np.int64(0))
    at, last, wanted, count = start, np.int64(0x0007FFFF), 0, 0
    while at + 12 <= data.size and at - start <= _MOST_HEADER_BYTES and count < _MOST_TAGS:
        tag = _tag(data, at)
        if tag <= last or tag > _PIXELS or tag == _PIXELS - 1 or tag == _PIXELS - 2:
            return refused
        if is_explicit:
            vr, value, length = _element(data, at)
        else:
            # Two capital letters here, at the start, would be an explicit file under the wrong name.
            if at == start and 64 < data[at + 4] < 91 and 64 < data[at + 5] < 91:
                return refused
            vr, value, length = np.int64(0), at + 8, _u32(data, at + 4)
        if value < 0:
            return refused
        if tag == _PIXELS:
            return value, length
        if length == NO_LENGTH:
            if vr != _SQ:
                return refused
            at = _after_sequence(data, value)
            if at < 0:
                return refused
        else:
            if length % 2 or value + length > data.size:
                return refused
            wanted = _keep(places, tags, wanted, tag, (vr, value, length))
            at = value + length
        last = tag
        count += 1
    return refused


@numba.njit(cache=True, nogil=True)  # type: ignore[misc,untyped-decorator,unused-ignore]
def _after_sequence(  # noqa: PLR0912 - one state machine: its states are read together
    data: NDArray[np.uint8], at: int
) -> int:  # pragma: no cover - compiled
    """Return where a sequence of undefined length ends, or -1 unless every item and element in it ends exactly."""
    ends = np.empty(_MOST_DEPTH, np.int64)
    depth, in_item = 0, False  # open items; whether elements follow, or items
    while True:
        if in_item and ends[depth - 1] == at:
            depth, in_item = depth - 1, False
        if at + 8 > data.size or (depth > 0 and 0 <= ends[depth - 1] < at):
            return -1
        tag, length = _tag(data, at), _u32(data, at + 4)
        if not in_item and tag == 0xFFFEE000:
            if depth == _MOST_DEPTH:
                return -1
            ends[depth] = -1 if length == NO_LENGTH else at + 8 + length
            at, depth, in_item = at + 8, depth + 1, True
        elif not in_item and tag == 0xFFFEE0DD and length == 0:
            at += 8
            if depth == 0:
                return at
            in_item = True
        elif in_item and ends[depth - 1] < 0 and tag == 0xFFFEE00D and length == 0:
            at, depth, in_item = at + 8, depth - 1, False
        elif in_item and tag < 0xFFFE0000:
            vr, value, length = _element(data, at)
            if value < 0:
                return -1
            if length == NO_LENGTH:
                if vr != _SQ:
                    return -1
                at, in_item = value, False
            else:
                at = value + length
        else:
            return -1
