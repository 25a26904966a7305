"""Do the headers of a series belong together and describe a CT in Hounsfield units? Checks used by the gate."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from planner.domain.geometry import PatientPosition
from planner.domain.review import Finding, Severity
from planner.imaging.headers import SliceHeader
from planner.imaging.transfer import Unpacker, packing

Headers = Sequence[SliceHeader]
Findings = Iterator[Finding]

CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"
_ENHANCED_CT = ("1.2.840.10008.5.1.4.1.1.2.1", "1.2.840.10008.5.1.4.1.1.2.2")
_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_NAMED_MODALITIES = {
    "SEG": "A segmentation, not a CT image. Open its CT, then import it in the step Structures.",
    "RTSTRUCT": "A set of contours (RTSTRUCT), not a CT image. It stays listed and is not loaded.",
    "SR": "A structured report, not a CT image. It stays listed and is not loaded.",
}


def refuse(code: str, sentence: str) -> Finding:
    """Return a finding that cannot be passed."""
    return Finding(code, Severity.REFUSE, sentence)


def kind(headers: Headers) -> Findings:
    """Refuse what is no single-frame CT slice: other modalities, localizers, secondary captures, multi-frame."""
    for header in headers:
        sentence = _wrong_kind(header)
        if sentence is not None:
            yield refuse(*sentence)
            return


def _wrong_kind(header: SliceHeader) -> tuple[str, str] | None:
    if header.modality in _NAMED_MODALITIES:
        return "not-ct", _NAMED_MODALITIES[header.modality]
    object_class = header.sop_class_uid or header.media_class_uid
    if object_class.startswith(_SECONDARY_CAPTURE):
        return (
            "secondary-capture",
            "A secondary capture is a picture without a place in the patient. It stays listed and is not loaded.",
        )
    if header.modality != "CT":
        named = f" ({header.modality})" if header.modality else ""
        return "not-ct", f"Not a CT image{named}. It stays listed and is not loaded."
    if object_class in _ENHANCED_CT or header.frames != 1:
        return (
            "multi-frame",
            "All slices are in one file (multi-frame), which is not read yet. Export single-frame CT images.",
        )
    if object_class not in ("", CT_IMAGE):
        return "not-ct", "Not a CT image (another kind of object). It stays listed and is not loaded."
    if is_localizer(header):
        return (
            "localizer",
            "A localizer has no depth and cannot carry a plan. It stays listed and is not loaded.",
        )
    return None


def is_localizer(header: SliceHeader) -> bool:
    """Whether the image is a scout or topogram."""
    return "LOCALIZER" in header.image_type


def identity(headers: Headers) -> Findings:
    """Refuse two patients, studies, series or frames of reference in one volume (H-11). Never quotes identity."""
    rules: tuple[tuple[str, str, Callable[[SliceHeader], object]], ...] = (
        ("mixed-patients", "more than one patient (name, ID, birth date or sex differ)", _person),
        ("mixed-studies", "more than one study", lambda h: h.study_instance_uid),
        ("mixed-series", "more than one series", lambda h: h.series_instance_uid),
    )
    for code, words, key in rules:
        if len({key(header) for header in headers}) > 1:
            yield refuse(
                code, f"The slices come from {words}. Export the series again, one patient and scan at a time."
            )
    frames = {header.frame_of_reference_uid for header in headers}
    if len(frames) > 1 and not has_frame_per_slice(headers):
        yield refuse(
            "mixed-frames-of-reference",
            f"The slices come from {len(frames)} frames of reference: the patient was positioned anew between them. "
            "Load one scan at a time.",
        )


def has_frame_per_slice(headers: Headers) -> bool:
    """Whether every slice names a frame of reference of its own.

    Some archives relabel this identifier image by image, so that it tells nothing. Two scans mixed in one series
    look different: some slices share one frame, the others another.
    """
    frames = {header.frame_of_reference_uid for header in headers}
    return len(headers) > 2 and "" not in frames and len(frames) == len(headers)


def _person(header: SliceHeader) -> tuple[str, ...]:
    patient = header.patient
    return patient.patient_name, patient.patient_id, patient.birth_date, patient.sex


def needed_tags(headers: Headers) -> Findings:
    """Refuse absent, incomplete, zero or not finite numbers that geometry and HU depend on (H-07, H-09)."""
    rules: tuple[tuple[str, str, Callable[[SliceHeader], bool]], ...] = (
        ("position", "ImagePositionPatient (where a slice is)", lambda h: _all_finite(h.position_lps_mm, 3)),
        ("orientation", "ImageOrientationPatient (which way a slice faces)", lambda h: _all_finite(h.orientation, 6)),
        (
            "pixel-spacing",
            "PixelSpacing (size of a pixel)",
            lambda h: _all_finite(h.spacing_ji_mm, 2) and min(h.spacing_ji_mm) > 0,
        ),
        ("size", "Rows or Columns (size of the image)", lambda h: min(h.rows, h.columns) >= 2),
        ("rescale-slope", "RescaleSlope (scale of the HU)", lambda h: _finite(h.slope) and (h.slope or 0) > 0),
        ("rescale-intercept", "RescaleIntercept (zero of the HU)", lambda h: _finite(h.intercept)),
    )
    for code, words, holds in rules:
        bad = [header for header in headers if not holds(header)]
        if bad:
            where = "every slice" if len(bad) == len(headers) else f"{len(bad)} of {len(headers)} slices"
            named = "" if len(bad) == len(headers) else f", first in {bad[0].name}"
            yield refuse(
                f"missing-{code}",
                f"{words} is missing, zero or not a number in {where}{named}. Nothing is guessed: export again.",
            )


def _finite(number: float | None) -> bool:
    return number is not None and math.isfinite(number)


def _all_finite(numbers: tuple[float, ...], count: int) -> bool:
    return len(numbers) == count and all(math.isfinite(number) for number in numbers)


def equal_attributes(headers: Headers) -> Findings:
    """Refuse slices that differ in size, pixel size or storage of pixels."""
    rules: tuple[tuple[str, str, Callable[[SliceHeader], object]], ...] = (
        ("mixed-sizes", "image size", lambda h: (h.rows, h.columns)),
        ("mixed-pixel-spacing", "pixel size (PixelSpacing)", lambda h: h.spacing_ji_mm),
        (
            "mixed-storage",
            "storage of pixels (bits, sign)",
            lambda h: (h.bits_allocated, h.bits_stored, h.high_bit, h.signed, h.samples, h.photometric),
        ),
        ("mixed-padding", "mark of padded pixels (PixelPaddingValue)", lambda h: h.padding),
        ("mixed-positions", "patient position on the table", lambda h: h.patient_position),
    )
    for code, words, key in rules:
        values = {key(header) for header in headers}
        if len(values) > 1:
            yield refuse(code, f"The slices differ in {words}: {len(values)} kinds in one series. Load one at a time.")


def rescale(headers: Headers) -> Findings:
    """Refuse HU scales that differ between slices, or values that are not HU (H-09)."""
    if len({(header.slope, header.intercept) for header in headers}) > 1:
        yield refuse(
            "mixed-rescale",
            "RescaleSlope or RescaleIntercept differs between slices; a CT has one HU scale. Export the series again.",
        )
    units = {header.rescale_type for header in headers} - {"", "HU", "US"}
    if units:
        yield refuse(
            "not-hu", f"The pixel values are in {', '.join(sorted(units))}, not Hounsfield units. Choose the CT images."
        )


def pixels(headers: Headers) -> Findings:
    """Refuse pixels that cannot be read as exact grey values."""
    first = headers[0]
    if first.photometric != "MONOCHROME2" or first.samples != 1:
        yield refuse(
            "photometric",
            f"The pixels are {first.photometric or 'of unknown kind'}; a CT in Hounsfield units is MONOCHROME2.",
        )
    if (
        first.bits_allocated not in (8, 16)
        or not 1 <= first.bits_stored <= first.bits_allocated
        or first.high_bit != first.bits_stored - 1
    ):
        yield refuse(
            "bits",
            f"The pixels use {first.bits_stored} of {first.bits_allocated} bits, up to bit {first.high_bit}; "
            "only 8 or 16 bits filled from the lowest are read.",
        )
    for syntax in sorted({header.transfer_syntax_uid for header in headers}):
        if packing(syntax).unpacker is Unpacker.NONE:
            yield refuse(
                "compression",
                f"The pixels are stored as {packing(syntax).words}, which cannot be unpacked here. "
                "Export uncompressed or JPEG-LS lossless.",
            )


def patient_position(headers: Headers) -> Findings:
    """Refuse an unknown position on the table: probe angles are told relative to it."""
    word = headers[0].patient_position
    if word not in PatientPosition.__members__:
        said = f"is {word!r}" if word else "is missing"
        yield refuse(
            "patient-position",
            f"PatientPosition (how the patient lies) {said}. It must be one of {', '.join(PatientPosition)}; "
            "correct it at the scanner or archive.",
        )


def missing_identifiers(headers: Headers) -> Findings:
    """Ask for an acknowledgement when the file does not say what it is or what it belongs to."""
    rules: tuple[tuple[str, Callable[[SliceHeader], str]], ...] = (
        ("kind of image", lambda h: h.sop_class_uid),
        ("study", lambda h: h.study_instance_uid),
        ("series", lambda h: h.series_instance_uid),
        ("frame of reference", lambda h: h.frame_of_reference_uid),
    )
    absent = [words for words, key in rules if any(not key(header) for header in headers)]
    if absent:
        listed = absent[0] if len(absent) == 1 else f"{', '.join(absent[:-1])} and {absent[-1]}"
        yield Finding(
            "identifiers-missing",
            Severity.ACK,
            f"The headers do not name the {listed}. The slices fit together by position; "
            "confirm that they are the CT you mean.",
        )


def frame_per_slice(headers: Headers) -> Findings:
    """Ask for an acknowledgement when the frame of reference proves nothing."""
    if has_frame_per_slice(headers):
        yield Finding(
            "frame-of-reference-per-slice",
            Severity.ACK,
            "Every slice names a frame of reference of its own, as relabelled research data do, so the headers do not "
            "prove that the patient kept still between them. The positions form one regular stack; look for a step in "
            "the coronal view.",
        )


def lossy(headers: Headers) -> Findings:
    """Ask for an acknowledgement when compression may have changed HU."""
    changed = sorted({packing(h.transfer_syntax_uid).words for h in headers if packing(h.transfer_syntax_uid).lossy})
    if changed or any(header.lossy for header in headers):
        yield Finding(
            "lossy",
            Severity.ACK,
            f"The images were compressed with loss ({', '.join(changed) or 'as their headers say'}); "
            "HU and fine detail may differ from the scanner's.",
        )
