"""What kind of images are these, and can that kind carry a plan or be laid over one? First check of the gate (H-07)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum

from planner.domain.review import Finding
from planner.imaging.gate_headers import refuse
from planner.imaging.headers import SliceHeader

Headers = Sequence[SliceHeader]
Findings = Iterator[Finding]

CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"
_MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4"
_ENHANCED_CT, _ENHANCED_MR = f"{CT_IMAGE}.1", f"{_MR_IMAGE}.1"
_LEGACY_CT, _LEGACY_MR = f"{CT_IMAGE}.2", f"{_MR_IMAGE}.4"
_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_STAYS = "It stays listed and is not loaded."
_NAMED_MODALITIES = {
    "SEG": "A segmentation, not a CT image. Open its CT, then import it in the step Structures.",
    "RTSTRUCT": f"A set of contours (RTSTRUCT), not a CT image. {_STAYS}",
    "SR": f"A structured report, not a CT image. {_STAYS}",
}
_SCOUT_WORDS = frozenset({"LOCALIZER", "SCOUT", "TOPOGRAM"})


class Purpose(StrEnum):
    """What a series is judged for: to plan on, or to be laid over the planning CT."""

    PLANNING = "planning"
    OVERLAY = "overlay"


# Modality: object of single images; objects of many frames, each described by itself, the second one converted.
_SINGLE = {"CT": CT_IMAGE, "MR": _MR_IMAGE}
_MANY = {"CT": (_ENHANCED_CT, _LEGACY_CT), "MR": (_ENHANCED_MR, _LEGACY_MR)}
_USABLE = {Purpose.PLANNING: ("CT",), Purpose.OVERLAY: ("CT", "MR")}


def planning_kind(headers: Headers) -> Findings:
    """Refuse what is no CT slice: other modalities, localizers, secondary captures, files of unknown frames."""
    return _kind(headers, Purpose.PLANNING)


def overlay_kind(headers: Headers) -> Findings:
    """Refuse what is neither a CT nor an MR slice."""
    return _kind(headers, Purpose.OVERLAY)


def is_localizer(header: SliceHeader) -> bool:
    """Whether the image is a scout or topogram."""
    return not _SCOUT_WORDS.isdisjoint(header.image_type)


def is_capture(header: SliceHeader) -> bool:
    """Whether the image is a picture of a screen, without a place in the patient."""
    return _object_class(header).startswith(_SECONDARY_CAPTURE)


def _kind(headers: Headers, purpose: Purpose) -> Findings:
    for header in headers:
        wrong = _wrong_kind(header, purpose)
        if wrong is not None:
            yield refuse(*wrong)
            return


def _wrong_kind(header: SliceHeader, purpose: Purpose) -> tuple[str, str] | None:
    if header.modality in _NAMED_MODALITIES:
        return "not-ct", _NAMED_MODALITIES[header.modality]
    if is_capture(header):
        return "secondary-capture", f"A secondary capture is a picture without a place in the patient. {_STAYS}"
    usable = _USABLE[purpose]
    wanted = " or ".join(usable)
    if header.modality not in usable:
        named = f" ({header.modality})" if header.modality else ""
        return "not-ct", f"Not a {wanted} image{named}. {_STAYS}"
    object_class, many = _object_class(header), _MANY[header.modality]
    if object_class not in ("", _SINGLE[header.modality], *many):
        return "not-ct", f"Not a {wanted} image (another kind of object). {_STAYS}"
    if object_class not in many and header.frames != 1:
        enhanced = f"an enhanced {header.modality}"
        said = f"The file {header.name} says it holds {header.frames} frames, which only {enhanced} may."
        return "multi-frame", f"{said} Export single images or {enhanced}."
    if is_localizer(header):
        return "localizer", f"A localizer has no depth and cannot carry a plan. {_STAYS}"
    return None


def _object_class(header: SliceHeader) -> str:
    return header.sop_class_uid or header.media_class_uid
