"""What does one DICOM file say about itself? The attributes the gate judges, read without the pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from planner.domain.errors import InputRefused
from planner.domain.identity import PatientIdentity
from planner.imaging import multiframe, native_pixels, transfer
from planner.imaging.border import dicom_border
from planner.imaging.source import AFTER_IMAGE_GROUP, DIRECTORY_GROUP, FIRST_PIXELS, opened

if TYPE_CHECKING:
    from pathlib import Path

    from planner.imaging.source import Source

# fmt: off
TAGS = (
    "SpecificCharacterSet", "ImageType", "SOPClassUID", "SOPInstanceUID", "StudyDate", "SeriesDate",
    "AcquisitionDate", "AccessionNumber", "Modality", "Manufacturer", "InstitutionName", "StudyDescription",
    "SeriesDescription", "ManufacturerModelName", "PatientName", "PatientID", "PatientBirthDate", "PatientSex",
    "ContrastBolusAgent", "SliceThickness", "SpacingBetweenSlices", "GantryDetectorTilt", "ConvolutionKernel",
    "PatientPosition", "StudyInstanceUID", "SeriesInstanceUID", "SeriesNumber", "AcquisitionNumber", "InstanceNumber",
    "ImagePositionPatient", "ImageOrientationPatient", "FrameOfReferenceUID", "SliceLocation", "SamplesPerPixel",
    "PhotometricInterpretation", "NumberOfFrames", "Rows", "Columns", "PixelSpacing", "BitsAllocated", "BitsStored",
    "HighBit", "PixelRepresentation", "PixelPaddingValue", "PixelPaddingRangeLimit", "WindowCenter", "WindowWidth",
    "RescaleIntercept", "RescaleSlope", "RescaleType", "LossyImageCompression", "AcquisitionTime", "ContentTime",
    "KVP", "EchoTime", "TriggerTime", "FilterType", "DiffusionBValue", "StackID", "TemporalPositionIdentifier",
    "NominalPercentageOfCardiacPhase",
)
# fmt: on


DICOMDIR = "1.2.840.10008.1.3.10"
# The last multi-frame file: its frames are asked for one by one, and describing a thousand of them takes a second.
_remembered: dict[tuple[object, ...], tuple[SliceHeader, ...]] = {}


class PixelsLost(InputRefused):
    """An image's pixels are not there; its header is, and tells which series misses them."""

    def __init__(self, refusal: InputRefused, header: SliceHeader) -> None:
        super().__init__(refusal.sentence, code=refusal.code, where=refusal.where)
        self.header = header


class Attributes(Protocol):
    """What a header is taken from: a pydicom dataset, or whatever else answers by keyword with plain values."""

    file_meta: Any

    def get(self, keyword: str, /) -> Any:  # noqa: ANN401 - text, number, list of them, or None
        """Return the value of an attribute, ``None`` when absent."""


@dataclass(frozen=True, slots=True)
class SliceHeader:
    """The attributes of one image file, as they stand in it; absent text is empty, an absent number is ``None``.

    ``position_lps_mm`` is ImagePositionPatient (3), ``orientation`` ImageOrientationPatient (6), ``spacing_ji_mm``
    PixelSpacing (between rows, between columns); each keeps the count the file gives. ``padding`` is the lowest and
    highest stored value that marks a padded voxel. ``window_hu`` is (width, level). ``frame`` counts from 0 inside a
    multi-frame file of ``frames``. The fields after it tell volumes of one series apart; numbers among them are text in
    their shortest form (``"120"``), so that two writers' spellings are equal.
    """

    path: Path
    patient: PatientIdentity
    transfer_syntax_uid: str
    sop_class_uid: str
    media_class_uid: str
    sop_instance_uid: str
    modality: str
    image_type: tuple[str, ...]
    study_instance_uid: str
    series_instance_uid: str
    frame_of_reference_uid: str
    series_number: str
    series_description: str
    series_date: str
    acquisition_number: str
    acquisition_time: str
    instance_number: int | None
    scanner: str
    kernel: str
    contrast: str
    patient_position: str
    rows: int
    columns: int
    frames: int
    samples: int
    photometric: str
    bits_allocated: int
    bits_stored: int
    high_bit: int
    signed: bool
    lossy: bool
    position_lps_mm: tuple[float, ...]
    orientation: tuple[float, ...]
    spacing_ji_mm: tuple[float, ...]
    slope: float | None
    intercept: float | None
    rescale_type: str
    padding: tuple[int, int] | None
    slice_location_mm: float | None
    slice_thickness_mm: float | None
    spacing_between_slices_mm: float | None
    gantry_tilt_deg: float | None
    window_hu: tuple[float, float] | None
    frame: int = 0
    stack_id: str = ""
    temporal_position: str = ""
    content_time: str = ""
    trigger_time: str = ""
    cardiac_phase: str = ""
    filter_type: str = ""
    kvp: str = ""
    echo_time: str = ""
    b_value: str = ""

    @property
    def name(self) -> str:
        """The file's name, and which frame where it holds several, for sentences."""
        return self.path.name if self.frames <= 1 else f"{self.path.name}, frame {self.frame + 1}"


def read_header(path: Path, *, frame: int = 0) -> SliceHeader:
    """Read one image's header without its pixels; raise InputRefused with the file's name when it cannot be read."""
    headers = read_headers(path)
    if frame >= len(headers):
        raise InputRefused(
            f"The file has no frame {frame + 1}; it holds {len(headers)}.", code="no-frame", where=path.name
        )
    return headers[frame]


def read_headers(path: Path) -> tuple[SliceHeader, ...]:
    """Read the headers of all images of one file: one per frame of an enhanced CT, MR or PET, else a single one.

    A multi-frame file of another kind gives one header whose ``frames`` is above 1. Raises InputRefused with the file's
    name, and within the budgets of :mod:`planner.imaging.limits` (H-38).
    """
    with dicom_border(path, doing="The header cannot be read", code="header-unreadable"), opened(path) as source:
        return headers_in(source)


def headers_in(source: Source) -> tuple[SliceHeader, ...]:
    """Take the headers from an open file. Runs inside :func:`planner.imaging.border.dicom_border`."""
    is_index = str(source.meta.get("MediaStorageSOPClassUID", "")) == DICOMDIR
    # The records of a medium's index may be countless, and say nothing that is asked for here.
    source.walk_to(DIRECTORY_GROUP if is_index else AFTER_IMAGE_GROUP)
    dataset = source.attributes(_tag_numbers(TAGS))
    if _lacks_sign(dataset):
        raise source.refuse(
            "PixelRepresentation (whether pixels have a sign) is missing. Nothing is guessed: export again.",
            code="missing-sign",
        )
    header = header_of(dataset, source.path)
    if is_enhanced(header):
        key = source.fingerprint
        frames = _remembered.get(key)
        if frames is None:
            frames = _frames(source)
            _remembered.clear()
            _remembered[key] = frames
        if frames:
            _refuse_cut_off(source, header)
            return frames
    elif header.frames == 1:
        _refuse_cut_off(source, header)
    # One position in the file is the place of none of its many frames.
    return (header if header.frames <= 1 else replace(header, position_lps_mm=(), orientation=()),)


def _refuse_cut_off(source: Source, header: SliceHeader) -> None:
    """Raise PixelsLost for an image whose pixels are not there: listed by itself, it spoils no series.

    Asked of uncompressed grey images: how long others are is not known before they are unpacked, and other depths
    than 8 and 16 bits are refused for what they are.
    """
    is_native = transfer.packing(header.transfer_syntax_uid).unpacker is transfer.Unpacker.PLAIN
    is_grey = header.samples == 1 and header.bits_allocated in (8, 16) and header.rows > 0 and header.columns > 0
    if is_native and is_grey and not source.is_deflated:
        source.walk_to(FIRST_PIXELS)
        try:
            native_pixels.require_all(source, header)
        except InputRefused as refusal:
            raise PixelsLost(refusal, header) from None


def _frames(source: Source) -> tuple[SliceHeader, ...]:
    """Take one header per frame; none where the file does not describe its frames."""
    source.walk_to(FIRST_PIXELS)
    dataset = source.attributes(_tag_numbers((*TAGS, *multiframe.GROUPS)))
    views = multiframe.frames(dataset, source)
    return tuple(replace(header_of(view, source.path), frame=number) for number, view in enumerate(views))


def is_enhanced(header: SliceHeader) -> bool:
    """Whether the file holds many slices, each described by functional groups."""
    return (header.sop_class_uid or header.media_class_uid) in multiframe.CLASSES


@cache
def _tag_numbers(keywords: tuple[str, ...]) -> tuple[int, ...]:
    from pydicom.datadict import tag_for_keyword

    return tuple(number for number in map(tag_for_keyword, keywords) if number is not None)


def header_of(dataset: Attributes, path: Path) -> SliceHeader:
    """Take the attributes from a dataset. Runs inside :func:`planner.imaging.border.dicom_border`."""
    text = _text
    manufacturer, model = text(dataset, "Manufacturer"), text(dataset, "ManufacturerModelName")
    return SliceHeader(
        path=path,
        patient=_identity(dataset),
        transfer_syntax_uid=str(dataset.file_meta.get("TransferSyntaxUID", "")),
        sop_class_uid=text(dataset, "SOPClassUID"),
        media_class_uid=str(dataset.file_meta.get("MediaStorageSOPClassUID", "")),
        sop_instance_uid=text(dataset, "SOPInstanceUID"),
        modality=text(dataset, "Modality").upper(),
        image_type=tuple(text(dataset, "ImageType").upper().split("\\")),
        study_instance_uid=text(dataset, "StudyInstanceUID"),
        series_instance_uid=text(dataset, "SeriesInstanceUID"),
        frame_of_reference_uid=text(dataset, "FrameOfReferenceUID"),
        series_number=text(dataset, "SeriesNumber"),
        series_description=text(dataset, "SeriesDescription"),
        series_date=_date(
            text(dataset, "SeriesDate") or text(dataset, "AcquisitionDate") or text(dataset, "StudyDate")
        ),
        acquisition_number=text(dataset, "AcquisitionNumber"),
        acquisition_time=text(dataset, "AcquisitionTime"),
        instance_number=_integer(dataset, "InstanceNumber", default=None),
        scanner=" ".join(part for part in (manufacturer, model) if part),
        kernel=text(dataset, "ConvolutionKernel").replace("\\", " "),
        contrast=text(dataset, "ContrastBolusAgent"),
        patient_position=text(dataset, "PatientPosition").upper(),
        rows=_integer(dataset, "Rows", default=0),
        columns=_integer(dataset, "Columns", default=0),
        frames=_integer(dataset, "NumberOfFrames", default=1),
        samples=_integer(dataset, "SamplesPerPixel", default=1),
        photometric=text(dataset, "PhotometricInterpretation").upper(),
        bits_allocated=_integer(dataset, "BitsAllocated", default=0),
        bits_stored=_integer(dataset, "BitsStored", default=0),
        high_bit=_integer(dataset, "HighBit", default=0),
        signed=_is_signed(dataset),
        lossy=text(dataset, "LossyImageCompression") == "01",
        position_lps_mm=_numbers(dataset, "ImagePositionPatient"),
        orientation=_numbers(dataset, "ImageOrientationPatient"),
        spacing_ji_mm=_numbers(dataset, "PixelSpacing"),
        slope=_number(dataset, "RescaleSlope"),
        intercept=_number(dataset, "RescaleIntercept"),
        rescale_type=text(dataset, "RescaleType").upper(),
        padding=_padding(dataset),
        slice_location_mm=_finite(_number(dataset, "SliceLocation")),
        slice_thickness_mm=_finite(_number(dataset, "SliceThickness")),
        spacing_between_slices_mm=_finite(_number(dataset, "SpacingBetweenSlices")),
        gantry_tilt_deg=_finite(_number(dataset, "GantryDetectorTilt")),
        window_hu=_window(dataset),
        stack_id=text(dataset, "StackID"),
        temporal_position=_number_text(dataset, "TemporalPositionIdentifier"),
        content_time=text(dataset, "ContentTime"),
        trigger_time=_number_text(dataset, "TriggerTime"),
        cardiac_phase=_number_text(dataset, "NominalPercentageOfCardiacPhase"),
        filter_type=text(dataset, "FilterType"),
        kvp=_number_text(dataset, "KVP"),
        echo_time=_number_text(dataset, "EchoTime"),
        b_value=_number_text(dataset, "DiffusionBValue"),
    )


def _identity(dataset: Attributes) -> PatientIdentity:
    return PatientIdentity(
        patient_name=_text(dataset, "PatientName"),
        patient_id=_text(dataset, "PatientID"),
        sex=_text(dataset, "PatientSex"),
        birth_date=_date(_text(dataset, "PatientBirthDate")),
        study_date=_date(_text(dataset, "StudyDate")),
        study_description=_text(dataset, "StudyDescription"),
        institution=_text(dataset, "InstitutionName"),
        accession_number=_text(dataset, "AccessionNumber"),
    )


def _text(dataset: Attributes, keyword: str) -> str:
    """Return an attribute as text, several values joined by a backslash; empty when absent."""
    value = dataset.get(keyword)
    if value is None:
        return ""
    if not isinstance(value, str) and hasattr(value, "__iter__") and not hasattr(value, "components"):
        return "\\".join(str(part).strip() for part in value)
    words = str(value)
    # Control characters have no place in a name or label, and break reports and terminals.
    return (words if words.isprintable() else "".join(c for c in words if c.isprintable())).strip()


def _date(text: str) -> str:
    """Return ISO YYYY-MM-DD of a DICOM date; as it stands when it is none."""
    digits = text.replace(".", "").replace("-", "")
    if len(digits) == 8 and digits.isascii() and digits.isdigit():
        return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"
    return text


def _numbers(dataset: Attributes, keyword: str) -> tuple[float, ...]:
    value = dataset.get(keyword)
    if value is None or value == "":
        return ()
    parts = value if hasattr(value, "__iter__") and not isinstance(value, str) else [value]
    return tuple(float(part) for part in parts)


def _number_text(dataset: Attributes, keyword: str) -> str:
    """Return numbers in their shortest form, several joined by a backslash; empty when absent."""
    return "\\".join(f"{number:g}" for number in _numbers(dataset, keyword))


def _number(dataset: Attributes, keyword: str) -> float | None:
    numbers = _numbers(dataset, keyword)
    return numbers[0] if len(numbers) == 1 else None


def _finite(number: float | None) -> float | None:
    return number if number is not None and math.isfinite(number) else None


def _integer(dataset: Attributes, keyword: str, *, default: Any) -> Any:  # noqa: ANN401 - int, or None by default
    numbers = _numbers(dataset, keyword)
    if not numbers:
        return default
    if len(numbers) != 1 or numbers[0] != int(numbers[0]):
        raise ValueError(keyword)
    return int(numbers[0])


def _is_signed(dataset: Attributes) -> bool:
    kind = _integer(dataset, "PixelRepresentation", default=0)
    if kind not in (0, 1) or _lacks_sign(dataset):
        raise ValueError("PixelRepresentation")
    return bool(kind)


def _lacks_sign(dataset: Attributes) -> bool:
    """Whether a CT image does not say if its pixels are signed: air would be +64 000 HU or −1 000 (H-09)."""
    is_ct = _text(dataset, "Modality").upper() == "CT" and bool(_numbers(dataset, "Rows"))
    return is_ct and not _numbers(dataset, "PixelRepresentation")


def _padding(dataset: Attributes) -> tuple[int, int] | None:
    """Return the marked range as stored values; some writers give signed marks as unsigned words, or the reverse."""
    value = _integer(dataset, "PixelPaddingValue", default=None)
    if value is None:
        return None
    limit = _integer(dataset, "PixelPaddingRangeLimit", default=value)
    bits, signed = _integer(dataset, "BitsAllocated", default=0), _is_signed(dataset)
    if bits in (8, 16):
        value, limit = (_as_stored(number, bits=bits, signed=signed) for number in (value, limit))
    return min(value, limit), max(value, limit)


def _as_stored(number: int, *, bits: int, signed: bool) -> int:
    """Return a word's value under the pixels' own sign; a number that fits no word stays as it is."""
    if not -(1 << (bits - 1)) <= number < 1 << bits:
        return number
    pattern = number % (1 << bits)
    return pattern - (1 << bits) if signed and pattern >> (bits - 1) else pattern


def _window(dataset: Attributes) -> tuple[float, float] | None:
    widths, levels = _numbers(dataset, "WindowWidth"), _numbers(dataset, "WindowCenter")
    if not widths or not levels or not widths[0] >= 1 or not math.isfinite(widths[0]) or not math.isfinite(levels[0]):
        return None
    return widths[0], levels[0]
