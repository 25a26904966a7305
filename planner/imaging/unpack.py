"""Which stored values does an image hold, exactly? Found in the file, unpacked, unused bits cleared, sign extended.

Only the exact number of bytes will do (H-39): in a file of n frames each has its place, and a compressed one must agree
with the header in size and depth before anything is allocated for it (H-40).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import InputRefused
from planner.imaging import decoders, limits, native_pixels, transfer
from planner.imaging.border import dicom_border
from planner.imaging.gate_headers import pixels
from planner.imaging.headers import headers_in
from planner.imaging.source import FIRST_PIXELS, ITEM, SEQUENCE_END, UNDEFINED, opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from planner.imaging.headers import SliceHeader
    from planner.imaging.source import Source

_MOST_FRAGMENTS = 100_000
_JPEG_STARTS = (b"\xff\xd8\xff", b"\xff\x4f\xff\x51")
_DOING = "The pixels cannot be unpacked"

Piece = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where one file keeps its pixels: per frame, pieces of (offset, length).

    ``swapped_from`` is where the pixels start when the bytes of 16-bit words are swapped on the wire.
    """

    headers: tuple[SliceHeader, ...]
    frames: tuple[tuple[Piece, ...], ...]
    swapped_from: int | None = None


# The last multi-frame file: its frames are asked for one by one, and finding them means walking its whole header.
_remembered: dict[tuple[object, ...], Layout] = {}


def stored_values(header: SliceHeader) -> NDArray[np.int32]:
    """Return one slice's stored values, shape (J, I), int32.

    Raises InputRefused when the file has changed since its header was read, or its pixels are not exactly there.
    """
    ((_, values),) = frames_of([header])
    return values


def frames_of(headers: Sequence[SliceHeader]) -> Iterator[tuple[SliceHeader, NDArray[np.int32]]]:
    """Yield the stored values of several frames of one file, in the order given, opening the file once.

    Yields
    ------
    Each header with its values, shape (J, I), int32. Raises as :func:`stored_values`.
    """
    path = headers[0].path
    # The gate asks the same of a whole series; here nothing depends on having asked it.
    for finding in pixels(headers[:1]):
        raise InputRefused(finding.sentence, code=finding.code, where=headers[0].name)
    decoders.make_ready(transfer.packing(headers[0].transfer_syntax_uid).unpacker)
    with dicom_border(path, doing=_DOING, code="pixels-unreadable"), opened(path) as source:
        layout = _layout(source)
        for done, header in enumerate(headers):
            frame = frame_bytes(source, layout, header)
            values = decoders.unpacked(frame, header)
            source.check_time(frames=done)
            yield header, values


def frame_bytes(source: Source, layout: Layout, header: SliceHeader) -> bytes:
    """Return one frame's bytes as they stand in the file; raise InputRefused unless its header still says the same."""
    described = layout.headers
    now = described[header.frame] if len(described) > 1 else replace(described[0], frame=header.frame)
    if now != header:
        raise source.refuse("The file changed while it was read. Load it again.", code="changed")
    pieces = layout.frames[header.frame]
    if layout.swapped_from is None:
        return b"".join(source.bytes_at(offset, length) for offset, length in pieces)
    ((offset, length),) = pieces
    odd = (offset - layout.swapped_from) % 2
    words = source.bytes_at(offset - odd, (odd + length + 1) // 2 * 2)
    return np.frombuffer(words, "<u2").byteswap().tobytes()[odd : odd + length]


def _layout(source: Source) -> Layout:
    key = source.fingerprint
    known = _remembered.get(key)
    if known is None:
        known = layout_of(source)
        if len(known.headers) > 1:
            _remembered.clear()
            _remembered[key] = known
    return known


def layout_of(source: Source) -> Layout:
    """Find every frame's bytes; raise InputRefused unless they are exactly there."""
    headers = headers_in(source)
    first = headers[0]
    if not (first.rows > 0 and first.columns > 0 and first.frames > 0 and first.samples > 0):
        raise source.refuse("The header names no size of the image. Export it again.", code="missing-size")
    if first.rows * first.columns > limits.MOST_PIXELS_PER_FRAME:
        raise source.refuse(
            f"The header claims {first.columns} × {first.rows} pixels in one image; at most "
            f"{limits.MOST_PIXELS_PER_FRAME / 1e6:.0f} million are read.",
            code="frame-too-large",
        )
    source.walk_to(FIRST_PIXELS)
    vr, length, start = native_pixels.pixel_element(source)
    if transfer.packing(first.transfer_syntax_uid).unpacker is not transfer.Unpacker.PLAIN:
        return Layout(headers, _encapsulated(source, first, length=length, start=start))
    # Bytes of 16-bit words are swapped on the wire (PS3.5 annex A.3).
    is_swapped = source.is_big and first.bits_allocated == 8 and vr == b"OW"
    return Layout(headers, _native(source, first, start=start), start if is_swapped else None)


def _native(source: Source, header: SliceHeader, *, start: int) -> tuple[tuple[Piece, ...], ...]:
    """Return where uncompressed frames stand; the claim is multiplied out and compared first (H-39, H-40)."""
    native_pixels.require_all(source, header)
    bits = native_pixels.frame_bits(header)
    # Frames of single bits follow each other without a gap, and need not begin with a byte.
    size = -(-bits // 8)
    return tuple(((start + number * bits // 8, size),) for number in range(header.frames))


def _encapsulated(source: Source, header: SliceHeader, *, length: int, start: int) -> tuple[tuple[Piece, ...], ...]:
    """Return the fragments of each compressed frame (PS3.5 section A.4)."""
    if length != UNDEFINED:
        raise source.refuse(
            "Compressed pixels must stand in fragments, and do not. Export the file again.", code="pixels-unreadable"
        )
    table, *fragments = _items(source, start)
    if not fragments:
        raise source.refuse("The file holds no pixels. Export it again.", code="pixels-missing")
    count = header.frames
    if count == 1:
        return (tuple(fragments),)
    if len(fragments) == count:
        return tuple((fragment,) for fragment in fragments)
    groups = _by_table(source, table, fragments) or _by_start(source, fragments)
    if len(groups) != count:
        raise source.refuse(
            f"The file claims {count} frames and holds {len(fragments)} pieces of {len(groups)}. Export it again.",
            code="frames-mismatch",
        )
    return groups


def _items(source: Source, start: int) -> list[Piece]:
    """Return (offset, length) of the offset table and of each fragment; refuse pixels without an end mark."""
    found: list[Piece] = []
    at = start
    while len(head := source.bytes_at(at, 8)) == 8:
        group, element, length = struct.unpack("<HHI", head)
        tag = group << 16 | element
        if tag == SEQUENCE_END and found:
            return found
        if tag != ITEM or length == UNDEFINED or not source.has(at + 8 + length):
            break
        found.append((at + 8, length))
        at += 8 + length
        if len(found) > _MOST_FRAGMENTS:
            raise source.refuse(
                f"The pixels are in more than {_MOST_FRAGMENTS} pieces. Export the file again.", code="too-many-pieces"
            )
        if len(found) % 1024 == 0:
            source.check_time()
    raise source.refuse("The compressed pixels are cut off. Send the file again.", code="pixels-length")


def _by_table(source: Source, table: Piece, fragments: list[Piece]) -> tuple[tuple[Piece, ...], ...]:
    """Group fragments by the basic offset table; nothing when it is empty or does not point at fragments."""
    offset, length = table
    starts = struct.unpack(f"<{length // 4}I", source.bytes_at(offset, length // 4 * 4))
    origin = fragments[0][0] - 8
    wanted = {origin + start + 8 for start in starts}
    if not starts or not wanted <= {fragment[0] for fragment in fragments} or fragments[0][0] not in wanted:
        return ()
    return _grouped(fragments, [fragment[0] in wanted for fragment in fragments])


def _by_start(source: Source, fragments: list[Piece]) -> tuple[tuple[Piece, ...], ...]:
    """Group fragments by the mark that starts a JPEG or JPEG 2000 image."""
    return _grouped(fragments, [source.bytes_at(offset, 4).startswith(_JPEG_STARTS) for offset, _ in fragments])


def _grouped(fragments: list[Piece], starts: list[bool]) -> tuple[tuple[Piece, ...], ...]:
    groups: list[list[Piece]] = []
    for fragment, is_start in zip(fragments, starts, strict=True):
        if is_start or not groups:
            groups.append([])
        groups[-1].append(fragment)
    return tuple(tuple(group) for group in groups)
