"""What if a file claims far more than it holds? Sizes, counts, depths and lengths, for arithmetic only (H-40).

Each claim is a few kilobytes on disk, or a sparse file. Nothing of it is a volume: it costs a sentence, within a second
and 100 MB.
"""

from __future__ import annotations

import itertools
import os
import struct
import zlib
from typing import TYPE_CHECKING, Any

from planner.bench.faults import dicom_bytes
from planner.bench.faults.dicom_bytes import TAGS, Raw, encapsulated, file_bytes, raw_element
from planner.bench.faults.encoding import axial
from planner.bench.faults.packing import packed
from planner.bench.faults.series import Slice, clean, multi_frame, pixels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_HUGE_FRAMES = ("100000", "2147483647", "-1", "0", "1e18", "99999999999999999999")
_POSITION = b"-31.25\\12.5\\"
_LENGTHS = (0x7FFFFFFE, 0xFFFFFFFE, 0xFFFFFFFF, 0x40000000)


def claims() -> dict[str, Callable[[Path], None]]:
    """Return what writes each claim into a folder of its own, by name."""
    found: dict[str, Callable[[Path], None]] = {}
    for name, data in _files():
        found[name] = _writer(data)
    found |= {
        "sparse file of 600 MB": lambda folder: _sparse(folder, 600 * 1024**2),
        "sparse pixels of 400 MB": lambda folder: _sparse_pixels(folder, 400 * 1024**2),
        "links in a circle": _circle,
        "pipe and device": _pipe,
        "folders 300 deep": _deep,
        "folder of 20 001 files": _many_files,
    }
    return found


def _writer(data: bytes) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        # Three at places of their own, so that a volume could be made of them and their pixels are asked for.
        for name in (b"-92", b"-90", b"-88"):
            (folder / name.decode()).write_bytes(data.replace(_POSITION + b"-92", _POSITION + name))

    return write


def _slice(**changes: Any) -> Slice:  # noqa: ANN401 - any value, also absurd ones
    return clean(axial(slices=14))[6] | changes


def _files() -> Iterator[tuple[str, bytes]]:
    yield from _sizes()
    yield from _frames()
    yield from _depths()
    yield from _streams()
    yield from _long_values()
    yield from _long_elements()
    yield from _structures()


def _sizes() -> Iterator[tuple[str, bytes]]:
    for rows, columns in ((65535, 65535), (65535, 1), (1, 65535), (32768, 32768), (16384, 16384)):
        yield f"{rows} × {columns} pixels", file_bytes(_slice(Rows=rows, Columns=columns))
        if rows > 1 and columns > 1:
            for syntax in (dicom_bytes.RLE, dicom_bytes.JPEG_LS, dicom_bytes.JPEG_2000):
                one = _packed_slice(syntax) | {"Rows": rows, "Columns": columns}
                yield f"{rows} × {columns} pixels, packed {syntax}", file_bytes(one, syntax=syntax)
    yield "rows as 4 bytes", file_bytes(_slice(Rows=Raw(b"\xff\xff\xff\x7f", vr="UL")))
    yield "two numbers of rows", file_bytes(_slice(Rows=Raw(b"\x21\0\xff\xff", vr="US")))


def _packed_slice(syntax: str) -> Slice:
    one = _slice()
    values = pixels(one).astype("int16")
    return one | {"PixelData": encapsulated([packed(values, syntax=syntax)])}


def _frames() -> Iterator[tuple[str, bytes]]:
    slices = clean(axial(slices=14))[:4]
    for count in _HUGE_FRAMES:
        yield f"{count} frames", file_bytes(_slice(NumberOfFrames=count))
        yield f"{count} frames with groups", multi_frame(slices, change={"NumberOfFrames": count})


def _depths() -> Iterator[tuple[str, bytes]]:
    for bits, samples in itertools.product((64, 32, 65535), (1, 3, 65535)):
        yield f"{bits} bits × {samples}", file_bytes(_slice(BitsAllocated=bits, SamplesPerPixel=samples))


def _streams() -> Iterator[tuple[str, bytes]]:
    """Small compressed streams that claim large images, whatever the header says."""
    for syntax, at, claim in (
        (dicom_bytes.JPEG_LS, b"\xff\xf7", struct.pack(">HH", 65535, 65535)),
        (dicom_bytes.JPEG_2000, b"\xff\x51", struct.pack(">II", 2**31 - 1, 2**31 - 1)),
    ):
        data = file_bytes(_packed_slice(syntax), syntax=syntax)
        place = data.index(at, data.rfind(b"\xe0\x7f\x10\x00")) + (5 if syntax == dicom_bytes.JPEG_LS else 6)
        grown = data[:place] + claim + data[place + len(claim) :]
        yield f"stream of another size, packed {syntax}", grown
    rle = file_bytes(_packed_slice(dicom_bytes.RLE), syntax=dicom_bytes.RLE)
    start = rle.index(struct.pack("<2I", 2, 64))
    for name, head in (
        ("very many segments", struct.pack("<2I", 2**32 - 1, 64)),
        ("segment far away", struct.pack("<3I", 2, 64, 2**31)),
        ("segments in each other", struct.pack("<3I", 2, 64, 64)),
    ):
        yield f"run length: {name}", rle[:start] + head + rle[start + len(head) :]


def _long_values() -> Iterator[tuple[str, bytes]]:
    yield "a number of 30 000 digits", file_bytes(_slice(InstanceNumber="9" * 30_000))
    yield "a frame count of 60 000 digits", file_bytes(_slice(NumberOfFrames="1" * 60_000))
    yield "a decimal of 60 000 digits", file_bytes(_slice(RescaleSlope="1." + "0" * 60_000))
    yield "a position of 30 000 numbers", file_bytes(_slice(ImagePositionPatient="\\".join(["1"] * 30_000)))
    yield "20 000 character sets", file_bytes(_slice(SpecificCharacterSet="\\".join(["GBK"] * 15_000)))
    yield "a name of 60 000 letters", file_bytes(_slice(PatientName="^=" * 30_000))
    yield "an exponent of millions", file_bytes(_slice(RescaleIntercept="1e999999999"))


def _long_elements() -> Iterator[tuple[str, bytes]]:
    whole = file_bytes(_slice())
    at = whole.index(struct.pack("<HH", 0x0010, 0x0010))
    for vr, length in itertools.product(("OB", "UT", "SQ", "UN"), _LENGTHS):
        lie = raw_element(0x00091010, vr, b"", length=length)
        yield f"{vr} of {length} bytes", whole[:at] + lie + whole[at:]
    pixel = whole.rfind(b"\xe0\x7f\x10\x00") + 8
    for length in _LENGTHS:
        yield f"pixels of {length} bytes", whole[:pixel] + struct.pack("<I", length) + whole[pixel + 4 :]


def _structures() -> Iterator[tuple[str, bytes]]:
    whole = file_bytes(_slice())
    at = whole.index(struct.pack("<HH", 0x0010, 0x0010))
    item = struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)
    deep = b"".join(raw_element(0x00081140, "SQ", b"", length=0xFFFFFFFF) + item for _ in range(100_000))
    yield "100 000 sequences in each other", whole[:at] + deep
    many = b"".join(raw_element(0x00091000 + k % 4000, "CS", b"") for k in range(400_000))
    yield "400 000 elements", whole[:at] + many + whole[at:]
    items = raw_element(TAGS["ReferencedImageSequence"][0], "SQ", struct.pack("<HHI", 0xFFFE, 0xE000, 0) * 400_000)
    yield "400 000 empty items", whole[:at] + items + whole[at:]
    meta = dicom_bytes.meta_bytes(_slice(), syntax=dicom_bytes.DEFLATED)
    yield "deflated 600 MB of zeros", meta + _deflated(b"", megabytes=600)
    body = whole[len(dicom_bytes.meta_bytes(_slice(), syntax=dicom_bytes.EXPLICIT)) :]
    yield "deflated slice with 200 MB behind it", meta + _deflated(body, megabytes=200)
    yield "fragments without end", _fragments(whole)


def _deflated(start: bytes, *, megabytes: int) -> bytes:
    """Return a deflated stream of some bytes and many zeros; a fully flushed block may be repeated as it is."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    head = packer.compress(start) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(1024**2)) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + block * megabytes + packer.flush()


def _fragments(whole: bytes) -> bytes:
    start = whole.rfind(b"\xe0\x7f\x10\x00")
    head = raw_element(0x7FE00010, "OB", b"", length=0xFFFFFFFF)
    data = whole[:start] + head + struct.pack("<HHI", 0xFFFE, 0xE000, 0) * 300_000
    return data.replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.5\0")


def _sparse(folder: Path, size: int) -> None:
    with (folder / "a").open("wb") as file:
        file.write(file_bytes(_slice()))
        file.truncate(size)


def _sparse_pixels(folder: Path, size: int) -> None:
    data = file_bytes(_slice(Rows=14142, Columns=14142))
    at = data.rfind(b"\xe0\x7f\x10\x00") + 8
    with (folder / "a").open("wb") as file:
        file.write(data[:at] + struct.pack("<I", size))
        file.truncate(at + 4 + size)


def _circle(folder: Path) -> None:
    (folder / "deeper").mkdir()
    (folder / "deeper" / "up").symlink_to(folder, target_is_directory=True)
    (folder / "self").symlink_to(folder / "self")
    (folder / "passwords").symlink_to("/etc/passwd")


def _pipe(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    (folder / "zero").symlink_to("/dev/zero")
    (folder / "random").symlink_to("/dev/urandom")


def _deep(folder: Path) -> None:
    deep = folder
    for _ in range(300):
        deep = deep / "d"
    deep.mkdir(parents=True)
    (deep / "a").write_bytes(b"nothing")


def _many_files(folder: Path) -> None:
    for number in range(20_001):
        (folder / f"{number:05d}").touch()
