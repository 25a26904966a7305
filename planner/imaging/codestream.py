"""What does a compressed image say of itself, before anything decodes it? Size, depth and kind in JPEG and JPEG 2000.

A decoder allocates what the stream claims, not what the DICOM header says, so a few bytes can ask for gigabytes (H-40).
The main header is read here by its markers: ISO/IEC 10918-1 annex B (JPEG), 14495-1 annex C (JPEG-LS), 15444-1 annex A
(JPEG 2000, and 15444-15 for its high-throughput kind).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace

_START_OF_CODESTREAM = b"\xff\x4f\xff\x51"
# Where a JP2 file wraps the codestream, against the standard (PS3.5 section A.4.4); its boxes stand before it.
_MOST_BOX_BYTES = 64 * 1024
_JPEG_START = b"\xff\xd8"
_SIZ, _COD, _SOT = 0xFF51, 0xFF52, 0xFF90
_SCAN = 0xDA
# Markers of a frame header: all of C0…CF but the tables C4, C8, CC; F7 is JPEG-LS.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xF7}
_LOSSLESS_FRAME, _LS_FRAME = 0xC3, 0xF7
_MOST_TILES = 4096


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """What a stream says of its image.

    ``is_exact`` says whether its kind of coding can be without loss; ``near`` is the most that a value may be off where
    the stream bounds it (near-lossless JPEG-LS), else 0.
    """

    columns: int
    rows: int
    components: int
    bits: int
    is_signed: bool
    is_exact: bool
    near: int = 0


def jpeg_2000_stream(frame: bytes) -> bytes:
    """Return the bare codestream; raises ValueError when there is none."""
    start = frame.find(_START_OF_CODESTREAM, 0, _MOST_BOX_BYTES)
    if start < 0:
        raise ValueError("no codestream")
    return frame[start:] if start else frame


def jpeg_2000_facts(stream: bytes) -> StreamFacts:
    """Read the main header of a bare codestream; raises ValueError or struct.error on what is none."""
    right, down, left, top = struct.unpack_from(">IIII", stream, 8)
    tile_columns, tile_rows, tile_left, tile_top = struct.unpack_from(">IIII", stream, 24)
    components, depth, step_x, step_y = struct.unpack_from(">HBBB", stream, 40)
    if not (tile_columns and tile_rows and step_x == step_y == 1):
        raise ValueError("tiles or steps")
    tiles = -(-(right - tile_left) // tile_columns) * -(-(down - tile_top) // tile_rows)
    if not 1 <= tiles <= _MOST_TILES:
        raise ValueError("tiles")
    return StreamFacts(
        columns=right - left,
        rows=down - top,
        components=components,
        bits=(depth & 0x7F) + 1,
        is_signed=bool(depth & 0x80),
        is_exact=_is_reversible(stream),
    )


def _is_reversible(stream: bytes) -> bool:
    """Whether the coding style names the 5/3 wavelet, the only one that can be exact."""
    at = 2
    while at + 4 <= len(stream):
        marker, length = struct.unpack_from(">HH", stream, at)
        if marker == _COD:
            return stream[at + 13] == 1
        if marker == _SOT or length < 2:
            break
        at += 2 + length
    raise ValueError("no coding style")


def jpeg_facts(stream: bytes) -> StreamFacts:
    """Read the headers of a JPEG or JPEG-LS stream up to its scan; raises ValueError or struct.error."""
    if stream[:2] != _JPEG_START:
        raise ValueError("no start of image")
    at, facts, is_ls = 2, None, False
    while at + 4 <= len(stream):
        if stream[at] != 0xFF:
            raise ValueError("no marker")
        marker = stream[at + 1]
        if marker == 0xFF:  # fill bytes may stand before a marker
            at += 1
            continue
        (length,) = struct.unpack_from(">H", stream, at + 2)
        if marker in _FRAMES:
            if facts is not None:
                raise ValueError("two frame headers")
            bits, rows, columns, components = struct.unpack_from(">BHHB", stream, at + 4)
            exact = marker in (_LOSSLESS_FRAME, _LS_FRAME)
            facts = StreamFacts(columns, rows, components, bits, is_signed=False, is_exact=exact)
            is_ls = marker == _LS_FRAME
        elif marker == _SCAN:
            if facts is None:
                raise ValueError("no frame header")
            end = at + 2 + length
            # The scan header ends with (JPEG-LS) the largest error, the interleave mode, and the point transform.
            near = stream[end - 3] if is_ls else 0
            keeps_all = near == 0 and stream[end - 1] & 0x0F == 0
            return replace(facts, is_exact=facts.is_exact and keeps_all, near=near)
        at += 2 + length
    raise ValueError("no scan")
