"""Do the headers of a series belong together and describe a CT in Hounsfield units? Checks used by the gate."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from planner.domain.geometry import PatientPosition
from planner.domain.review import Finding, Severity
from planner.imaging.headers import SliceHeader
from planner.imaging.transfer import packing, why_not

Headers = Sequence[SliceHeader]
Findings = Iterator[Finding]
# Code and words of what is needed, and whether a header has it.
_Needed = tuple[str, str, Callable[[SliceHeader], bool]]

# Numbers beyond these are damage: 100 m from the scanner's zero, pixels of 10 µm or of a metre.
_FARTHEST_MM = 1e5
_PIXEL_MM = (0.01, 1000.0)
_MOST_SLOPE, _MOST_INTERCEPT_HU = 1e3, 1e6


def refuse(code: str, sentence: str, *, value: float | None = None, unit: str = "") -> Finding:
    """Return a finding that cannot be passed."""
    return Finding(code, Severity.REFUSE, sentence, value=None if value is None else float(value), unit=unit)


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
                code,
                f"The slices come from {words}. Export the series again, one patient and scan at a time.",
                value=len({key(header) for header in headers}),
            )
    frames = {header.frame_of_reference_uid for header in headers}
    if len(frames) > 1 and not has_frame_per_slice(headers):
        yield refuse(
            "mixed-frames-of-reference",
            f"The slices come from {len(frames)} frames of reference: the patient was positioned anew between them. "
            "Send one scan in a series.",
            value=len(frames),
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
    """Refuse absent, incomplete, zero, impossible or not finite numbers that geometry depends on (H-07)."""
    rules: tuple[_Needed, ...] = (
        (
            "position",
            "ImagePositionPatient (where a slice is)",
            lambda h: _within(h.position_lps_mm, 3, -_FARTHEST_MM, _FARTHEST_MM),
        ),
        (
            "orientation",
            "ImageOrientationPatient (which way a slice faces)",
            lambda h: _within(h.orientation, 6, -2.0, 2.0),
        ),
        ("pixel-spacing", "PixelSpacing (size of a pixel)", lambda h: _within(h.spacing_ji_mm, 2, *_PIXEL_MM)),
        ("size", "Rows or Columns (size of the image)", lambda h: min(h.rows, h.columns) >= 2),
    )
    return _needed(headers, rules)


def needed_scale(headers: Headers) -> Findings:
    """Refuse absent, zero, impossible or not finite numbers that HU depend on (H-09)."""
    rules: tuple[_Needed, ...] = (
        ("rescale-slope", "RescaleSlope (scale of the HU)", lambda h: 0 < _number(h.slope) <= _MOST_SLOPE),
        (
            "rescale-intercept",
            "RescaleIntercept (zero of the HU)",
            lambda h: abs(_number(h.intercept)) <= _MOST_INTERCEPT_HU,
        ),
    )
    return _needed(headers, rules)


def scale_if_any(headers: Headers) -> Findings:
    """Refuse a scale that is zero, impossible or not finite; MR often names none, and its stored values are used."""
    rules: tuple[_Needed, ...] = (
        ("rescale-slope", "RescaleSlope", lambda h: h.slope is None or 0 < h.slope <= _MOST_SLOPE),
        (
            "rescale-intercept",
            "RescaleIntercept",
            lambda h: h.intercept is None or abs(h.intercept) <= _MOST_INTERCEPT_HU,
        ),
    )
    return _needed(headers, rules)


def _needed(headers: Headers, rules: tuple[_Needed, ...]) -> Findings:
    for code, words, holds in rules:
        bad = [header for header in headers if not holds(header)]
        if bad:
            where = "every slice" if len(bad) == len(headers) else f"{len(bad)} of {len(headers)} slices"
            named = "" if len(bad) == len(headers) else f", first in {bad[0].name}"
            yield refuse(
                f"missing-{code}",
                f"{words} is missing, zero, impossible or not a number in {where}{named}. "
                "Nothing is guessed: export again.",
                value=len(bad),
            )


def _number(number: float | None) -> float:
    return math.nan if number is None else number


def _within(numbers: tuple[float, ...], count: int, lowest: float, highest: float) -> bool:
    """Whether there are so many numbers and all lie between two; a number that is none does not."""
    return len(numbers) == count and all(lowest <= number <= highest for number in numbers)


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
            yield refuse(
                code,
                f"The slices differ in {words}: {len(values)} kinds in one series. Send one kind in a series, or "
                "export it again.",
                value=len(values),
            )


def rescale(headers: Headers) -> Findings:
    """Refuse HU scales that differ between slices, or values that are not HU (H-09)."""
    scales = {(header.slope, header.intercept) for header in headers}
    if len(scales) > 1:
        yield refuse(
            "mixed-rescale",
            "RescaleSlope or RescaleIntercept differs between slices; a CT has one HU scale. Export the series again.",
            value=len(scales),
        )
    units = {header.rescale_type for header in headers} - {"", "HU", "US"}
    if units:
        yield refuse(
            "not-hu", f"The pixel values are in {', '.join(sorted(units))}, not Hounsfield units. Choose the CT images."
        )


def pixels(headers: Headers) -> Findings:
    """Refuse pixels that cannot be read as exact grey values."""
    first = headers[0]
    if first.photometric not in ("MONOCHROME2", "MONOCHROME1") or first.samples != 1:
        yield refuse(
            "photometric",
            f"The pixels are {first.photometric or 'of unknown kind'}; a CT in Hounsfield units is MONOCHROME2. "
            "Choose the original CT images.",
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
        why = why_not(syntax)
        if why is not None:
            yield refuse("compression", why)


def shown_inverted(headers: Headers) -> Findings:
    """Ask for an acknowledgement of MONOCHROME1: it changes how an image is shown, not what is stored (H-09)."""
    if headers[0].photometric == "MONOCHROME1":
        yield Finding(
            "monochrome1",
            Severity.ACK,
            "The images are marked MONOCHROME1 (low values white), which is rare for a CT. HU are read as they are "
            "stored: make sure that air is near -1000 HU and muscle near 50 HU.",
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
    lacking = {words: sum(not key(header) for header in headers) for words, key in rules}
    absent = [words for words, count in lacking.items() if count]
    if absent:
        listed = absent[0] if len(absent) == 1 else f"{', '.join(absent[:-1])} and {absent[-1]}"
        yield Finding(
            "identifiers-missing",
            Severity.ACK,
            f"The headers do not name the {listed}. The slices fit together by position; "
            "confirm that they are the CT you mean.",
            value=max(lacking.values()),
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
            value=len(headers),
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
