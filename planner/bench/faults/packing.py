"""How are pixels compressed? One frame as RLE, JPEG lossless, JPEG-LS or JPEG 2000, bit for bit."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

from planner.bench.faults import dicom_bytes

if TYPE_CHECKING:
    from numpy.typing import NDArray

COMPRESSED = (dicom_bytes.RLE, dicom_bytes.JPEG, dicom_bytes.JPEG_LS, dicom_bytes.JPEG_2000)


def packed(stored: NDArray[np.uint16] | NDArray[np.int16], *, syntax: str, bits: int = 16) -> bytes:
    """Return one frame, shape (J, I), as a compressed stream."""
    if syntax == dicom_bytes.RLE:
        return _rle(stored)
    if syntax == dicom_bytes.JPEG:
        return _jpeg(stored)
    if syntax == dicom_bytes.JPEG_LS:
        import jpeg_ls  # type: ignore[import-untyped]

        # JPEG-LS knows no sign: the stored bits are what counts.
        return bytes(jpeg_ls.encode_array(np.ascontiguousarray(stored).view(np.uint16)))
    if syntax == dicom_bytes.JPEG_2000:
        from openjpeg.utils import encode_array

        return bytes(encode_array(np.ascontiguousarray(stored), bits_stored=bits, photometric_interpretation=2))
    raise ValueError(syntax)


def _rle(stored: NDArray[np.uint16] | NDArray[np.int16]) -> bytes:
    """Return an RLE frame: the high bytes, then the low bytes, each row packed by itself (PS3.5 annex G)."""
    big = np.ascontiguousarray(stored).astype(stored.dtype.newbyteorder(">"))
    planes = big.view(np.uint8).reshape(*stored.shape, 2)
    segments = []
    for plane in (0, 1):
        packed_rows = b"".join(_packed_row(row.tobytes()) for row in planes[:, :, plane])
        segments.append(packed_rows + b"\0" * (len(packed_rows) % 2))
    offsets = [64, 64 + len(segments[0])] + [0] * 13
    return struct.pack("<16I", 2, *offsets) + b"".join(segments)


def _packed_row(row: bytes) -> bytes:
    """Pack bits: runs of three or more equal bytes as a count and the byte, everything else literally."""
    out, literal, at = bytearray(), bytearray(), 0

    def flush() -> None:
        while literal:
            part = literal[:128]
            out.append(len(part) - 1)
            out.extend(part)
            del literal[:128]

    while at < len(row):
        run = 1
        while run < 128 and at + run < len(row) and row[at + run] == row[at]:
            run += 1
        if run >= 3:
            flush()
            out.append(257 - run)
            out.append(row[at])
        else:
            literal.extend(row[at : at + run])
        at += run
    flush()
    return bytes(out)


# Seventeen code words of five bits each, one for every size of a difference (ITU-T T.81 annexes F and H).
_WORD_BITS = 5
_HUFFMAN = bytes([0, 0, 0, 0, 17, *[0] * 11, *range(17)])


def _jpeg(stored: NDArray[np.uint16] | NDArray[np.int16]) -> bytes:
    """Return a JPEG lossless frame: each pixel as its difference from the one to the left, the first from above."""
    values = np.ascontiguousarray(stored).view(np.uint16).astype(np.int64)
    left = np.empty_like(values)
    left[:, 1:] = values[:, :-1]
    left[1:, 0] = values[:-1, 0]
    left[0, 0] = 1 << 15
    differences = (values - left + 32767) % 65536 - 32767
    words = []
    for difference in differences.ravel().tolist():
        size = 16 if difference == 32768 else abs(difference).bit_length()
        extra = difference if difference >= 0 else difference + (1 << size) - 1
        words.append(f"{size:0{_WORD_BITS}b}" + (f"{extra:0{size}b}" if 0 < size < 16 else ""))
    bits = "".join(words)
    bits += "1" * (-len(bits) % 8)
    scan = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")
    frame = struct.pack(">HHBHHB3B", 0xFFC3, 11, 16, *values.shape, 1, 1, 0x11, 0)
    table = struct.pack(">HHB", 0xFFC4, 3 + len(_HUFFMAN), 0) + _HUFFMAN
    start = struct.pack(">HHB2B3B", 0xFFDA, 8, 1, 1, 0, 1, 0, 0)
    return b"\xff\xd8" + frame + table + start + scan + b"\xff\xd9"
