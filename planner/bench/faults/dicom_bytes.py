"""How does a DICOM file look byte by byte? A small writer that also writes what no library would (PS3.5, PS3.10).

It shares no code with the readers under test, so a misreading of the standard cannot cancel out, and a value may be
any text or bytes: absurd numbers, wrong counts, wrong types.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
RLE = "1.2.840.10008.1.2.5"
JPEG = "1.2.840.10008.1.2.4.70"
JPEG_LS = "1.2.840.10008.1.2.4.80"
JPEG_2000 = "1.2.840.10008.1.2.4.90"

# fmt: off
TAGS: dict[str, tuple[int, str]] = {
    "SpecificCharacterSet": (0x00080005, "CS"), "ImageType": (0x00080008, "CS"), "SOPClassUID": (0x00080016, "UI"),
    "SOPInstanceUID": (0x00080018, "UI"), "StudyDate": (0x00080020, "DA"), "SeriesDate": (0x00080021, "DA"),
    "AcquisitionDate": (0x00080022, "DA"), "AcquisitionTime": (0x00080032, "TM"), "AccessionNumber": (0x00080050, "SH"),
    "Modality": (0x00080060, "CS"), "Manufacturer": (0x00080070, "LO"), "InstitutionName": (0x00080080, "LO"),
    "StudyDescription": (0x00081030, "LO"), "SeriesDescription": (0x0008103E, "LO"),
    "ManufacturerModelName": (0x00081090, "LO"), "ReferencedImageSequence": (0x00081140, "SQ"),
    "ReferencedSOPClassUID": (0x00081150, "UI"), "ReferencedSOPInstanceUID": (0x00081155, "UI"),
    "PatientName": (0x00100010, "PN"), "PatientID": (0x00100020, "LO"), "PatientBirthDate": (0x00100030, "DA"),
    "PatientSex": (0x00100040, "CS"), "ContrastBolusAgent": (0x00180010, "LO"), "SliceThickness": (0x00180050, "DS"),
    "SpacingBetweenSlices": (0x00180088, "DS"), "GantryDetectorTilt": (0x00181120, "DS"),
    "ConvolutionKernel": (0x00181210, "SH"), "PatientPosition": (0x00185100, "CS"),
    "StudyInstanceUID": (0x0020000D, "UI"), "SeriesInstanceUID": (0x0020000E, "UI"), "SeriesNumber": (0x00200011, "IS"),
    "AcquisitionNumber": (0x00200012, "IS"), "InstanceNumber": (0x00200013, "IS"),
    "ImagePositionPatient": (0x00200032, "DS"), "ImageOrientationPatient": (0x00200037, "DS"),
    "FrameOfReferenceUID": (0x00200052, "UI"), "SliceLocation": (0x00201041, "DS"),
    "ImagerPixelSpacing": (0x00181164, "DS"), "StackID": (0x00209056, "SH"),
    "FrameAcquisitionNumber": (0x00209156, "US"),
    "InStackPositionNumber": (0x00209057, "UL"), "TemporalPositionIndex": (0x00209128, "UL"),
    "FrameAcquisitionDateTime": (0x00189074, "DT"),
    "RequestAttributesSequence": (0x00400275, "SQ"), "IconImageSequence": (0x00880200, "SQ"),
    "PrivateBytes": (0x00291010, "OB"), "PrivateCreator": (0x00290010, "LO"), "GroupLength": (0x00080000, "UL"),
    "TrailingPadding": (0xFFFCFFFC, "OB"), "TemporalPositionIdentifier": (0x00200100, "IS"),
    "FrameContentSequence": (0x00209111, "SQ"),
    "PlanePositionSequence": (0x00209113, "SQ"), "PlaneOrientationSequence": (0x00209116, "SQ"),
    "SamplesPerPixel": (0x00280002, "US"), "PhotometricInterpretation": (0x00280004, "CS"),
    "NumberOfFrames": (0x00280008, "IS"), "Rows": (0x00280010, "US"), "Columns": (0x00280011, "US"),
    "PixelSpacing": (0x00280030, "DS"), "BitsAllocated": (0x00280100, "US"), "BitsStored": (0x00280101, "US"),
    "HighBit": (0x00280102, "US"), "PixelRepresentation": (0x00280103, "US"), "PixelPaddingValue": (0x00280120, "US"),
    "PixelPaddingRangeLimit": (0x00280121, "US"), "WindowCenter": (0x00281050, "DS"), "WindowWidth": (0x00281051, "DS"),
    "RescaleIntercept": (0x00281052, "DS"), "RescaleSlope": (0x00281053, "DS"), "RescaleType": (0x00281054, "LO"),
    "LossyImageCompression": (0x00282110, "CS"), "PixelMeasuresSequence": (0x00289110, "SQ"),
    "PixelValueTransformationSequence": (0x00289145, "SQ"), "CTImageFrameTypeSequence": (0x00189329, "SQ"),
    "FrameType": (0x00089007, "CS"), "SharedFunctionalGroupsSequence": (0x52009229, "SQ"),
    "PerFrameFunctionalGroupsSequence": (0x52009230, "SQ"), "PixelData": (0x7FE00010, "OW"),
    "TransferSyntaxUID": (0x00020010, "UI"), "MediaStorageSOPClassUID": (0x00020002, "UI"),
    "MediaStorageSOPInstanceUID": (0x00020003, "UI"), "ImplementationClassUID": (0x00020012, "UI"),
}
# fmt: on
_LONG = {"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"}
_NUMBERS = {"US": "H", "SS": "h", "UL": "I", "SL": "i", "FL": "f", "FD": "d"}
_UNDEFINED = 0xFFFFFFFF


class Raw(bytes):
    """An element's value exactly as it shall stand in the file, with the value representation it claims."""

    vr: str

    def __new__(cls, value: bytes, *, vr: str) -> Raw:
        """Keep the bytes and their claimed type."""
        made = super().__new__(cls, value)
        made.vr = vr
        return made


def file_bytes(elements: Mapping[str, Any], *, syntax: str = EXPLICIT) -> bytes:
    """Return a whole file: preamble, file meta information and the data set in a transfer syntax.

    Parameters
    ----------
    elements
        Values by keyword: text, numbers, sequences of them, lists of nested elements for sequences, or :class:`Raw`.
        Keywords that start with an underscore are the caller's own notes and are left out.
    """
    body = dataset_bytes(elements, big=syntax == BIG_ENDIAN, implicit=syntax == IMPLICIT)
    if syntax == DEFLATED:
        packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        body = packer.compress(body) + packer.flush()
    return meta_bytes(elements, syntax=syntax) + body


def meta_bytes(elements: Mapping[str, Any], *, syntax: str) -> bytes:
    """Return the 128 empty bytes, the DICM mark and group 2."""
    meta = {
        "MediaStorageSOPClassUID": elements.get("SOPClassUID", ""),
        "MediaStorageSOPInstanceUID": elements.get("SOPInstanceUID", ""),
        "TransferSyntaxUID": syntax,
        "ImplementationClassUID": "1.2.826.0.1.3680043.8.498.1",
    }
    version = struct.pack("<HH2sHI", 2, 1, b"OB", 0, 2) + b"\0\x01"
    rest = version + b"".join(element(keyword, value) for keyword, value in meta.items())
    return bytes(128) + b"DICM" + struct.pack("<HH2sHI", 2, 0, b"UL", 4, len(rest)) + rest


def dataset_bytes(elements: Mapping[str, Any], *, big: bool = False, implicit: bool = False) -> bytes:
    """Return a data set in ascending order of its tags."""
    keywords = sorted((keyword for keyword in elements if keyword[0] != "_"), key=lambda keyword: TAGS[keyword][0])
    return b"".join(element(keyword, elements[keyword], big=big, implicit=implicit) for keyword in keywords)


def element(keyword: str, value: Any, *, big: bool = False, implicit: bool = False) -> bytes:  # noqa: ANN401 - any value, also absurd ones
    """Return one data element."""
    tag, vr = TAGS[keyword]
    if isinstance(value, Raw):
        vr, data = value.vr, bytes(value)
    elif vr == "SQ":
        data = b"".join(_item(nested, big=big, implicit=implicit) for nested in value)
    else:
        # PixelPaddingValue and its limit have the sign of the pixels they mark.
        vr = "SS" if vr == "US" and isinstance(value, int) and value < 0 else vr
        data = _value_bytes(vr, value, big=big)
    undefined = vr == "OB" and keyword == "PixelData" and data[:4] == b"\xfe\xff\x00\xe0"
    return raw_element(tag, vr, data, big=big, implicit=implicit, length=_UNDEFINED if undefined else None)


def raw_element(
    tag: int, vr: str, data: bytes, *, big: bool = False, implicit: bool = False, length: int | None = None
) -> bytes:
    """Return one data element from its bytes; ``length`` may claim another number than there are."""
    order = ">" if big else "<"
    size = len(data) if length is None else length
    head = struct.pack(f"{order}HH", tag >> 16, tag & 0xFFFF)
    if implicit:
        return head + struct.pack("<I", size) + data
    if vr in _LONG:
        return head + vr.encode() + b"\0\0" + struct.pack(f"{order}I", size) + data
    return head + vr.encode() + struct.pack(f"{order}H", min(size, 0xFFFF)) + data


def encapsulated(frames: Iterable[bytes], *, offsets: Sequence[int] = ()) -> Raw:
    """Return compressed frames as pixel data: an offset table, empty by default, one fragment per frame (PS3.5 A.4)."""
    data = struct.pack(f"<HHI{len(offsets)}I", 0xFFFE, 0xE000, 4 * len(offsets), *offsets)
    for frame in frames:
        even = frame + b"\0" * (len(frame) % 2)
        data += struct.pack("<HHI", 0xFFFE, 0xE000, len(even)) + even
    return Raw(data + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0), vr="OB")


def text(value: Any) -> str:  # noqa: ANN401 - any value, also absurd ones
    """Return a value as DICOM text; numbers in at most 16 characters, as decimal strings must be."""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return decimal(value)
    if isinstance(value, (list, tuple)):
        return "\\".join(text(part) for part in value)
    return str(value)


def decimal(value: float) -> str:
    """Return a decimal string (DS) of at most 16 characters, as precise as they allow."""
    for digits in range(15, 0, -1):
        words = f"{value:.{digits}g}"
        if len(words) <= 16:
            return words
    return f"{value:.8e}"


def _value_bytes(vr: str, value: Any, *, big: bool) -> bytes:  # noqa: ANN401 - any value, also absurd ones
    if isinstance(value, bytes):
        return value + b"\0" * (len(value) % 2)
    if vr in _NUMBERS:
        numbers = value if isinstance(value, (list, tuple)) else [value]
        return b"".join(struct.pack(f"{'>' if big else '<'}{_NUMBERS[vr]}", number) for number in numbers)
    data = text(value).encode("utf-8")
    pad = b"\0" if vr == "UI" else b" "
    return data + pad * (len(data) % 2)


def _item(elements: Mapping[str, Any], *, big: bool, implicit: bool) -> bytes:
    data = dataset_bytes(elements, big=big, implicit=implicit)
    return struct.pack(">HHI" if big else "<HHI", 0xFFFE, 0xE000, len(data)) + data
