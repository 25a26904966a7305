"""Are uncompressed pixels there in full? The header's promise, multiplied out, against the bytes that are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.imaging.source import PIXEL_DATA, UNDEFINED

if TYPE_CHECKING:
    from planner.imaging.headers import SliceHeader
    from planner.imaging.source import Source


def frame_bits(header: SliceHeader) -> int:
    """Return the size of one image; in Python's integers, which no claim overflows (H-40)."""
    return header.rows * header.columns * header.samples * header.bits_allocated


def needed_bytes(header: SliceHeader) -> int:
    """Return the bytes that all images of a file take together; the element that holds them may have one more."""
    return -(-frame_bits(header) * header.frames // 8)


def is_exact(header: SliceHeader, length: int) -> bool:
    """Whether an element of ``length`` bytes holds the pixels and nothing else (H-39)."""
    needed = needed_bytes(header)
    return length == needed + needed % 2


def pixel_element(source: Source) -> tuple[bytes, int, int]:
    """Return (VR, length, offset) of the pixels, which the walk stands at; raise InputRefused when there are none."""
    found = source.element_here()
    if found is None or found[0] != PIXEL_DATA or found[2] == 0:
        raise source.refuse("The file holds no pixels. Export it again.", code="pixels-missing")
    return found[1:]


def require_all(source: Source, header: SliceHeader) -> None:
    """Raise InputRefused unless the element that the walk stands at holds exactly the pixels, to their end."""
    _, length, start = pixel_element(source)
    if length == UNDEFINED:
        raise source.refuse(
            "The pixels have no stated length, as only compressed ones may. Export the file again.",
            code="pixels-length",
        )
    if not is_exact(header, length):
        many = f" in {header.frames} frames" if header.frames > 1 else ""
        raise source.refuse(
            f"The pixels are {length} bytes; {header.columns} × {header.rows} pixels{many} need "
            f"{needed_bytes(header)}. Export the file again and send it.",
            code="pixels-length",
        )
    if not source.has(start + length):
        raise source.refuse(
            f"The file is cut off: it ends before the {length} bytes of its pixels do. Send it again.",
            code="pixels-length",
        )
