"""Injectors for tags that are absent, empty, absurd or lie, and for objects that are no CT slices (H-07)."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from planner.bench.faults.case import Injected, Injector, Truth
from planner.bench.faults.encoding import along_axes, axial
from planner.bench.faults.positions import DOUBLE, GAP, UNEVEN, one_truth
from planner.bench.faults.series import clean, frame_groups, multi_frame, named_files, slice_bytes, uid

if TYPE_CHECKING:
    from planner.bench.faults.series import Slice

_UNREADABLE = frozenset({"header-unreadable", "pixels-unreadable", "not-dicom"})
_LEFT_OVER = GAP | {"too-few-slices"}
# Codes under which a value that geometry or HU needs may be refused, by tag.
_NEEDED: dict[str, frozenset[str]] = {
    "ImagePositionPatient": frozenset({"missing-position", *DOUBLE, *UNEVEN, "sideways-shift", "gantry-tilt"}),
    "ImageOrientationPatient": frozenset({"missing-orientation", "orientation-invalid", "mixed-orientations"}),
    "PixelSpacing": frozenset({"missing-pixel-spacing", "mixed-pixel-spacing", "spacing-too-thick", "grid-misfit"}),
    "Rows": frozenset({"missing-size", "mixed-sizes", "pixels-length", "volume-too-large"}),
    "Columns": frozenset({"missing-size", "mixed-sizes", "pixels-length", "volume-too-large"}),
    "RescaleSlope": frozenset({"missing-rescale-slope", "mixed-rescale", "hu-implausible", "rescale-implausible"}),
    "RescaleIntercept": frozenset({"missing-rescale-intercept", "mixed-rescale", "rescale-implausible"}),
    "BitsAllocated": frozenset({"bits", "mixed-storage", "pixels-length"}),
    "BitsStored": frozenset({"bits", "mixed-storage"}),
    "HighBit": frozenset({"bits", "mixed-storage"}),
    "PixelRepresentation": frozenset({"bits", "mixed-storage", "missing-sign"}),
    "PatientPosition": frozenset({"patient-position", "mixed-positions"}),
    "Modality": frozenset({"not-ct", "mixed-modality"}),
    "PhotometricInterpretation": frozenset({"photometric", "mixed-storage"}),
    "PixelData": frozenset({"pixels-missing", "pixels-length"}),
}
_US = ("Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation")
_WORDS = ("PatientPosition", "Modality", "PhotometricInterpretation")
_COUNT = {"ImagePositionPatient": 3, "ImageOrientationPatient": 6, "PixelSpacing": 2}
_DECIMALS = ("missing", "empty", "NaN", "inf", "-inf", "1e300", "text", "extra", "zero", "minus")


def _value(tag: str, kind: str) -> Any:  # noqa: ANN401 - any value, also absurd ones
    """Return an absurd value for a tag; None leaves it out."""
    count = _COUNT.get(tag, 1)
    if tag in _US:
        return {"missing": None, "empty": b"", "zero": 0, "huge": 65535, "odd": 3, "two": [1, 1]}[kind]
    if tag in _WORDS:
        return {"missing": None, "empty": "", "text": "NONSENSE", "lower": "xyz"}[kind]
    if tag == "PixelData":
        return {"missing": None, "empty": b""}[kind]
    number = {"zero": "0", "minus": "-1", "text": "abc", "empty": "", "extra": "1"}.get(kind, kind)
    if kind == "missing":
        return None
    if kind == "extra":
        return "\\".join(["1"] * (count + 1))
    return "\\".join([number] * count) if kind in ("zero", "text") else "\\".join([number] + ["1"] * (count - 1))


def _tag(tag: str, kind: str, which: str) -> Injected:
    """Spoil one tag in one slice, in the first, or in all."""
    encoding = axial(slices=14)
    slices = clean(encoding)
    value = _value(tag, kind)
    for one in {"all": slices, "one": slices[6:7], "first": slices[:1]}[which]:
        if value is None:
            del one[tag]
        else:
            one[tag] = value
    codes = _NEEDED[tag] | _UNREADABLE | _LEFT_OVER
    return one_truth(encoding, named_files(slices), refusals=codes)


def _kinds(tag: str) -> tuple[str, ...]:
    if tag == "PixelRepresentation":
        return ("missing", "empty", "huge", "odd", "two")  # 0 is a right value: the pixels are then unsigned
    if tag in _US:
        return ("missing", "empty", "zero", "huge", "odd", "two")
    if tag in _WORDS:
        return ("missing", "empty", "text", "lower")
    if tag == "PixelData":
        return ("missing", "empty")
    if tag == "RescaleIntercept":
        return tuple(kind for kind in _DECIMALS if kind not in ("zero", "minus"))  # both are possible intercepts
    # −1 or 1e300 at the head of one position or spacing is absurd; the same in all is another, regular place.
    return tuple(kind for kind in _DECIMALS if tag != "ImagePositionPatient" or kind != "minus")


_OTHERS: dict[str, Slice] = {
    "localizer": {"ImageType": "ORIGINAL\\PRIMARY\\LOCALIZER"},
    "localizer upright": {
        "ImageType": "ORIGINAL\\PRIMARY\\LOCALIZER",
        "ImageOrientationPatient": "1\\0\\0\\0\\0\\-1",
    },
    "secondary capture": {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7", "Modality": "OT"},
    "secondary capture as CT": {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"},
    "MR": {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.4", "Modality": "MR"},
    "PET": {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.128", "Modality": "PT"},
    "structured report": {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.88.22", "Modality": "SR"},
    "segmentation": {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.66.4", "Modality": "SEG"},
    "contours": {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.481.3", "Modality": "RTSTRUCT"},
    "no modality": {"Modality": ""},
}


def _other_object(what: str, own_series: bool, place: str) -> Injected:  # noqa: FBT001 - a parameter of the case
    """Put an object that is no slice beside a clean series, or under its identifier."""
    encoding = axial(slices=14)
    slices = clean(encoding)
    other = {**slices[5], **_OTHERS[what], "SOPInstanceUID": uid(7, 1), "InstanceNumber": 99}
    if own_series:
        other["SeriesInstanceUID"] = uid(2, 77)
    if place == "beyond":
        other["ImagePositionPatient"] = [float(v) for v in encoding.position_lps_mm(14)]
    files = named_files(slices)
    truth = Truth(encoding.anatomy, frozenset(files))
    files["other"] = slice_bytes(other)
    # Beside the series it must not harm it; under its identifier the whole may be refused, never mixed.
    refusals = frozenset[str]() if own_series else frozenset({"not-ct", "secondary-capture", "localizer", *DOUBLE})
    return Injected(files, (truth,), refusals=refusals)


def _few(count: int) -> Injected:
    encoding = axial(slices=14)
    return one_truth(
        encoding, named_files(clean(encoding)[:count]), refusals=frozenset({"too-few-slices"}), acceptable=False
    )


def _clean_multi_frame(face: str, order: str, syntax: str) -> Injected:
    """Store a clean series as one enhanced multi-frame file; the order of its frames tells nothing."""
    row, column = {"axial": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)), "coronal": ((1.0, 0.0, 0.0), (0.0, 0.0, -1.0))}[face]
    encoding = along_axes(row, column)
    slices = clean(encoding)
    if order == "reversed":
        slices.reverse()
    elif order == "shuffled":
        slices = slices[::2] + slices[1::2][::-1]
    files = {"frames": multi_frame(slices, syntax=syntax)}
    return one_truth(encoding, files, frames=len(slices))


def _broken_multi_frame(fault: str) -> Injected:
    """Break an enhanced multi-frame file: a lying count, absent groups, absent or double frames."""
    encoding = axial(slices=14)
    slices = clean(encoding)
    frames = len(slices)
    if fault == "gap":
        del slices[6]
    elif fault == "double":
        slices[7] = dict(slices[6])
    elif fault == "no position":
        del slices[6]["ImagePositionPatient"]
    elif fault == "odd slope":
        slices[6]["RescaleSlope"] = 2
    data = _frames_file(slices, fault)
    refusals = frozenset(
        {"multi-frame", "mixed-rescale", "frames-mismatch", "pixels-length", *GAP, *DOUBLE, *_UNREADABLE}
        | {"missing-position", "missing-orientation", "missing-pixel-spacing", "missing-rescale-slope"}
        | {"missing-rescale-intercept", "mixed-orientations", "mixed-pixel-spacing"}
    )
    return one_truth(encoding, {"frames": data}, refusals=refusals, frames=frames, acceptable=False)


def _frames_file(slices: list[Slice], fault: str) -> bytes:
    groups = [frame_groups(one) if "ImagePositionPatient" in one else {} for one in slices]
    if fault == "odd slope":
        groups[6]["PixelValueTransformationSequence"] = [
            {"RescaleIntercept": 0, "RescaleSlope": 2, "RescaleType": "HU"}
        ]
    elif fault == "odd orientation":
        groups[6]["PlaneOrientationSequence"] = [{"ImageOrientationPatient": "1\\0\\0\\0\\0\\1"}]
    elif fault == "odd spacing":
        groups[6]["PixelMeasuresSequence"] = [{"PixelSpacing": "1.1\\0.9", "SliceThickness": "2"}]
    elif fault == "groups fewer":
        groups.pop()
    elif fault == "groups more":
        groups.append(groups[0])
    elif fault == "no groups":
        groups = []
    change: Slice = {"PerFrameFunctionalGroupsSequence": groups}
    if fault == "count less":
        change["NumberOfFrames"] = 13
    elif fault == "count more":
        change["NumberOfFrames"] = 15
    elif fault == "count huge":
        change["NumberOfFrames"] = 2**31 - 1
    elif fault == "count text":
        change["NumberOfFrames"] = "many"
    elif fault == "no shared":
        change["SharedFunctionalGroupsSequence"] = []
    elif fault == "classic":
        change["SOPClassUID"] = "1.2.840.10008.5.1.4.1.1.2"
        change["PerFrameFunctionalGroupsSequence"] = []
    return multi_frame(slices, change=change)


_FRAME_FAULTS = (
    "gap",
    "double",
    "no position",
    "odd slope",
    "odd orientation",
    "odd spacing",
    "groups fewer",
    "groups more",
    "no groups",
    "count less",
    "count more",
    "count huge",
    "count text",
    "no shared",
    "classic",
)
_PLAIN_SYNTAXES = ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.5")

INJECTORS = (
    Injector(
        "tags",
        "H-07",
        [
            {"tag": tag, "kind": kind, "which": which}
            for tag in _NEEDED
            for kind, which in itertools.product(_kinds(tag), ("one", "first", "all"))
        ],
        _tag,
    ),
    Injector(
        "other-objects",
        "H-07",
        [
            {"what": what, "own_series": own, "place": place}
            for what, own, place in itertools.product(_OTHERS, (True, False), ("same", "beyond"))
        ],
        _other_object,
    ),
    Injector("few-slices", "H-07", [{"count": 1}, {"count": 2}], _few),
    Injector(
        "multi-frame",
        "H-07",
        [
            {"face": face, "order": order, "syntax": syntax}
            for face, order, syntax in itertools.product(
                ("axial", "coronal"), ("as is", "reversed", "shuffled"), _PLAIN_SYNTAXES
            )
        ],
        _clean_multi_frame,
    ),
    Injector("broken-multi-frame", "H-07", [{"fault": fault} for fault in _FRAME_FAULTS], _broken_multi_frame),
)
