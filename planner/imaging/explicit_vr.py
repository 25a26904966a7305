"""What does an ordinary header say, found without a general parser? Its bytes walked once; anything odd is left alone.

A parser for every DICOM file costs half a millisecond of header per slice. Nearly all CT is written one way: meta
information, little endian, tags in ascending order, plain text. This file reads that way and no other: it returns
what :func:`planner.imaging.headers.header_of` makes of the file, or ``None``, and then pydicom decides (ADR 0012).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from planner.domain.errors import DAMAGED_FILE_ERRORS
from planner.imaging import headers
from planner.imaging.element_walk import NO_LENGTH, walk, walk_meta
from planner.imaging.native_pixels import is_exact

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from planner.imaging.headers import SliceHeader

IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
# JPEG, JPEG-LS, JPEG 2000, high-throughput JPEG 2000 and RLE (PS3.5 annex A): explicit, pixels in fragments.
_ENCAPSULATED = frozenset(
    f"1.2.840.10008.1.2.{part}"
    for part in ("4.50", "4.51", "4.57", "4.70", "4.80", "4.81", "4.90", "4.91", "4.201", "4.202", "4.203", "5")
)

# Keyword: tag, value representation, count of values (0: any). DICOM PS3.6; a test compares them with pydicom's table.
# fmt: off
KNOWN: dict[str, tuple[int, str, int]] = {
    "SpecificCharacterSet": (0x00080005, "CS", 1), "ImageType": (0x00080008, "CS", 0),
    "SOPClassUID": (0x00080016, "UI", 1), "SOPInstanceUID": (0x00080018, "UI", 1),
    "StudyDate": (0x00080020, "DA", 1), "SeriesDate": (0x00080021, "DA", 1),
    "AcquisitionDate": (0x00080022, "DA", 1), "AcquisitionTime": (0x00080032, "TM", 1),
    "AccessionNumber": (0x00080050, "SH", 1), "Modality": (0x00080060, "CS", 1),
    "Manufacturer": (0x00080070, "LO", 1), "InstitutionName": (0x00080080, "LO", 1),
    "StudyDescription": (0x00081030, "LO", 1), "SeriesDescription": (0x0008103E, "LO", 1),
    "ManufacturerModelName": (0x00081090, "LO", 1), "PatientName": (0x00100010, "PN", 1),
    "PatientID": (0x00100020, "LO", 1), "PatientBirthDate": (0x00100030, "DA", 1),
    "PatientSex": (0x00100040, "CS", 1), "ContrastBolusAgent": (0x00180010, "LO", 1),
    "SliceThickness": (0x00180050, "DS", 1), "SpacingBetweenSlices": (0x00180088, "DS", 1),
    "GantryDetectorTilt": (0x00181120, "DS", 1), "ConvolutionKernel": (0x00181210, "SH", 0),
    "PatientPosition": (0x00185100, "CS", 1), "StudyInstanceUID": (0x0020000D, "UI", 1),
    "SeriesInstanceUID": (0x0020000E, "UI", 1), "SeriesNumber": (0x00200011, "IS", 1),
    "AcquisitionNumber": (0x00200012, "IS", 1), "InstanceNumber": (0x00200013, "IS", 1),
    "ImagePositionPatient": (0x00200032, "DS", 3), "ImageOrientationPatient": (0x00200037, "DS", 6),
    "FrameOfReferenceUID": (0x00200052, "UI", 1), "SliceLocation": (0x00201041, "DS", 1),
    "SamplesPerPixel": (0x00280002, "US", 1), "PhotometricInterpretation": (0x00280004, "CS", 1),
    "NumberOfFrames": (0x00280008, "IS", 1), "Rows": (0x00280010, "US", 1), "Columns": (0x00280011, "US", 1),
    "PixelSpacing": (0x00280030, "DS", 2), "BitsAllocated": (0x00280100, "US", 1),
    "BitsStored": (0x00280101, "US", 1), "HighBit": (0x00280102, "US", 1),
    "PixelRepresentation": (0x00280103, "US", 1), "PixelPaddingValue": (0x00280120, "US or SS", 1),
    "PixelPaddingRangeLimit": (0x00280121, "US or SS", 1), "WindowCenter": (0x00281050, "DS", 0),
    "WindowWidth": (0x00281051, "DS", 0), "RescaleIntercept": (0x00281052, "DS", 1),
    "RescaleSlope": (0x00281053, "DS", 1), "RescaleType": (0x00281054, "LO", 1),
    "LossyImageCompression": (0x00282110, "CS", 1), "ContentTime": (0x00080033, "TM", 1), "KVP": (0x00180060, "DS", 1),
    "EchoTime": (0x00180081, "DS", 1), "TriggerTime": (0x00181060, "DS", 1), "FilterType": (0x00181160, "SH", 1),
    "DiffusionBValue": (0x00189087, "FD", 1), "StackID": (0x00209056, "SH", 1),
    "TemporalPositionIdentifier": (0x00200100, "IS", 1), "NominalPercentageOfCardiacPhase": (0x00209241, "FL", 1),
}
# fmt: on
_META = {"MediaStorageSOPClassUID": (0x00020002, "UI", 1), "TransferSyntaxUID": (0x00020010, "UI", 1)}
# Character sets of one code each; those that switch between codes hold control characters, and are refused for them.
_CODECS = {"": "ascii", "ISO_IR 6": "ascii", "ISO_IR 100": "latin-1", "ISO_IR 192": "utf-8"}
_IN_CHARACTER_SET = ("LO", "SH", "PN")
_UID = re.compile(rb"([0-9.]{0,64})\0?\Z")
_INTEGER = re.compile(rb" *(0|-?[1-9][0-9]{0,9}) *\Z")
_DECIMAL = re.compile(rb" *([-+]?[0-9]{1,20}(?:\.[0-9]{0,20})?(?:[eE][-+]?[0-9]{1,2})?) *\Z")


class ScannedHeader(NamedTuple):
    """A header, and where the pixels are: offset and length in bytes, the length NO_LENGTH for encapsulated ones."""

    header: SliceHeader
    pixel_offset: int
    pixel_length: int


class _Odd(Exception):
    """Not the ordinary way of writing: pydicom decides."""


class _Values(dict[str, Any]):
    """Plain values by keyword, in the shape of a pydicom dataset that ``header_of`` reads from."""

    file_meta: dict[str, Any]


def scan_header(
    buffer: bytes | bytearray | memoryview, path: Path, *, file_bytes: int | None = None
) -> ScannedHeader | None:
    """Return the header of a file in memory; ``None`` when anything about it is not ordinary.

    Parameters
    ----------
    buffer
        The file from its first byte: all of it, or as far as its header is expected to reach.
    path
        Goes into the header; nothing is read from it.
    file_bytes
        Length of the file where ``buffer`` is only its start: the pixels must be there in full.
    """
    if not _KNOWS_ALL:
        return None
    data = np.frombuffer(buffer, np.uint8)
    try:
        return _scan(data, buffer, path, file_bytes=len(data) if file_bytes is None else file_bytes)
    except _Odd:
        return None
    except DAMAGED_FILE_ERRORS:  # of header_of, as for a header that pydicom parsed
        return None


def warm_up() -> None:
    """Load or compile the walk before anybody waits for it."""
    nothing = np.zeros(16, np.uint8)
    walk_meta(nothing, _META_TAGS, np.zeros((len(_META), 3), np.int64))
    walk(nothing, 0, True, _TAGS, np.zeros((len(KNOWN), 3), np.int64))  # noqa: FBT003


def _scan(
    data: NDArray[np.uint8], buffer: bytes | bytearray | memoryview, path: Path, *, file_bytes: int
) -> ScannedHeader:
    meta_at = np.zeros((len(_META), 3), np.int64)
    start = walk_meta(data, _META_TAGS, meta_at)
    if start < 0:
        raise _Odd
    meta = _values(buffer, meta_at, _META_RULES)
    syntax = meta.get("TransferSyntaxUID")
    is_native = syntax in (IMPLICIT, EXPLICIT)
    if not is_native and syntax not in _ENCAPSULATED:
        raise _Odd
    places = np.zeros((len(KNOWN), 3), np.int64)
    pixels_at, length = walk(data, start, syntax != IMPLICIT, _TAGS, places)
    if pixels_at < 0 or is_native is (length == NO_LENGTH) or (is_native and pixels_at + length > file_bytes):
        raise _Odd
    values = _values(buffer, places, _RULES)
    if values.get("NumberOfFrames", 1) != 1:
        raise _Odd
    values.file_meta = meta
    header = headers.header_of(values, path)
    if headers.is_enhanced(header) or (is_native and not is_exact(header, length)):
        raise _Odd
    return ScannedHeader(header, pixels_at, length)


def _values(
    buffer: bytes | bytearray | memoryview, places: NDArray[np.int64], rules: tuple[tuple[str, str, int], ...]
) -> _Values:
    """Convert the values found, by keyword; empty ones are left out, as absent ones are."""
    values = _Values()
    codec = "ascii"
    for (keyword, expected, count), (vr, at, length) in zip(rules, places.tolist(), strict=True):
        if not length:
            continue
        is_local = expected in _IN_CHARACTER_SET
        value = _value(bytes(buffer[at : at + length]), vr, expected, count, codec if is_local else "ascii")
        values[keyword] = value
        if keyword == "SpecificCharacterSet":  # the first of all
            if value not in _CODECS:
                raise _Odd
            codec = _CODECS[value]
    return values


@lru_cache(maxsize=4096)
def _value(raw: bytes, vr: int, expected: str, count: int, codec: str) -> str | int | float | list[str] | list[float]:
    """Return one value as header_of wants it; raises _Odd. Cached: slices of a series say the same again and again."""
    written = (vr & 255).to_bytes() + (vr >> 8).to_bytes()
    if written == b"\0\0":  # implicit: the dictionary names it, and leaves two of them open
        written = expected.encode()
    if written.decode("latin-1") not in expected.split(" or "):
        raise _Odd
    if written in (b"US", b"SS"):
        if len(raw) != 2:
            raise _Odd
        return int.from_bytes(raw, "little", signed=written == b"SS")
    if written in (b"FL", b"FD"):
        if len(raw) != (4 if written == b"FL" else 8):
            raise _Odd
        return float(np.frombuffer(raw, "<f4" if written == b"FL" else "<f8")[0])
    if written == b"UI":
        return _matched(_UID, raw)
    if written == b"IS":
        return int(_matched(_INTEGER, raw))
    if written == b"DS":
        numbers = [float(_matched(_DECIMAL, part)) for part in raw.split(b"\\")]
        if count and len(numbers) != count:
            raise _Odd
        return numbers[0] if len(numbers) == 1 else numbers
    return _words(raw.decode(codec), may_be_several=count != 1, is_name=written == b"PN")


def _words(text: str, *, may_be_several: bool, is_name: bool) -> str | list[str]:
    # A name with a second or third way of writing it is put together by rules of its own.
    if not text.isprintable() or (is_name and "=" in text):
        raise _Odd
    parts = text.rstrip(" ").split("\\")
    if len(parts) > 1 and not may_be_several:
        raise _Odd
    return parts if len(parts) > 1 else parts[0]


def _matched(pattern: re.Pattern[bytes], raw: bytes) -> str:
    found = pattern.match(raw)
    if found is None:
        raise _Odd
    return found[1].decode("ascii")


def _rules(known: dict[str, tuple[int, str, int]]) -> tuple[tuple[str, str, int], ...]:
    return tuple((keyword, vr, count) for keyword, (_, vr, count) in _by_tag(known))


def _by_tag(known: dict[str, tuple[int, str, int]]) -> list[tuple[str, tuple[int, str, int]]]:
    return sorted(known.items(), key=lambda item: item[1][0])


# An attribute that headers ask for and this table lacks would silently be absent: then nothing is scanned.
_KNOWS_ALL = set(headers.TAGS) <= set(KNOWN)
_RULES, _META_RULES = _rules(KNOWN), _rules(_META)
_TAGS = np.array([known[0] for _, known in _by_tag(KNOWN)], np.int64)
_META_TAGS = np.array([known[0] for _, known in _by_tag(_META)], np.int64)
