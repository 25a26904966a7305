"""Injectors for what comes together: tilt with other faults, phases told two ways, streams cut clean, odd neighbours.

Each fault alone is known elsewhere in this package; here one hides or excuses another (H-01, H-02, H-03, H-06, H-07,
H-09).
"""

from __future__ import annotations

import itertools
import struct
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.bench.faults import dicom_bytes
from planner.bench.faults.case import Injected, Injector, Truth
from planner.bench.faults.dicom_bytes import Raw, encapsulated
from planner.bench.faults.encoding import Encoding, along_axes, axial
from planner.bench.faults.packing import COMPRESSED, packed
from planner.bench.faults.positions import DOUBLE, GAP, UNEVEN, one_truth
from planner.bench.faults.series import (
    Slice,
    clean,
    frame_groups,
    multi_frame,
    named_files,
    pixels,
    slice_bytes,
    store,
    uid,
)
from planner.bench.faults.tilting import CORRECTED_MM, TILTED

if TYPE_CHECKING:
    from collections.abc import Sequence

_BLURRED_HU = 250.0  # what linear interpolation takes off a landmark of 1900 HU
_FRAMES = frozenset({"frames-mismatch", "pixels-length", "cut-off", "pixels-unreadable", "header-unreadable"})
_CUT = frozenset({"pixels-length", "cut-off", "pixels-unreadable", "missing-slices", "too-few-slices"})


def _sheared(angle_deg: float, *, both: bool = False) -> Encoding:
    base = axial(slices=20)
    slope = float(np.tan(np.radians(angle_deg)))
    sideways = slope / 2 if both else 0.0
    anatomy = replace(base.anatomy, shear=(sideways, slope))
    return replace(base, step_mm=(2.0 * sideways, 2.0 * slope, 2.0), anatomy=anatomy)


def _tilt_and(other: str, angle_deg: float) -> Injected:
    """Tilt a stack that has something else too: faults stay faults, oddities stay right."""
    encoding = _sheared(angle_deg, both=other == "both ways")
    slices = clean(encoding)
    refusals, acceptable = TILTED, True
    if other in ("gap", "step"):
        refusals, acceptable = TILTED | GAP | UNEVEN | {"corner-check"}, False
        _break(slices, other)
    elif other == "double":
        refusals = TILTED | DOUBLE
        slices.append({**slices[4], "SOPInstanceUID": uid(6, 4)})
    else:
        _store_otherwise(slices, other)
    syntax = dicom_bytes.JPEG_LS if other == "packed" else dicom_bytes.EXPLICIT
    files = {"frames": multi_frame(slices)} if other == "frames" else named_files(slices, syntax=syntax)
    return one_truth(
        encoding,
        files,
        refusals=refusals,
        acceptable=acceptable,
        asks=frozenset({"gantry-tilt"}),
        landmark_mm=CORRECTED_MM,
        hu=_BLURRED_HU,
        padded=0.97,
        frames=len(slices) if other == "frames" else 1,
    )


def _break(slices: list[Slice], fault: str) -> None:
    if fault == "gap":
        del slices[9]
    else:
        for one in slices[10:]:
            one["ImagePositionPatient"] = np.add(one["ImagePositionPatient"], (0, 0.6, 0)).tolist()


def _store_otherwise(slices: list[Slice], how: str) -> None:
    """Store the same HU in another way."""
    for one in slices:
        if how == "padding":
            values = pixels(one)
            values[:, :3] = values[:, -3:] = -2000
            store(one, values, dtype="<i2", PixelPaddingValue=-2000)
        elif how == "unsigned":
            store(one, pixels(one) + 1024, dtype="<u2", PixelRepresentation=0, RescaleIntercept=-1024)
        elif how == "fraction":
            store(one, np.rint((pixels(one) + 1000) / 0.5), dtype="<u2", PixelRepresentation=0)
            one.update(RescaleSlope="0.5", RescaleIntercept=-1000)
        elif how == "downwards":
            one["InstanceNumber"] = len(slices) - one["_k"]


def _tilted_face(face: str, angle_deg: float) -> Injected:
    """Tilt a stack of coronal or sagittal slices, stored upwards or downwards."""
    faces = {"coronal": ((1.0, 0.0, 0.0), (0.0, 0.0, -1.0)), "sagittal": ((0.0, 1.0, 0.0), (0.0, 0.0, -1.0))}
    base = along_axes(*faces[face.split(maxsplit=1)[0]], reverse=face.endswith("reversed"))
    slope = np.tan(np.radians(angle_deg))
    step = np.asarray(base.step_mm) + np.linalg.norm(base.step_mm) * slope * np.asarray(base.row)
    encoding = replace(base, step_mm=(float(step[0]), float(step[1]), float(step[2])))
    return one_truth(
        encoding,
        named_files(clean(encoding)),
        refusals=TILTED,
        asks=frozenset({"gantry-tilt"}),
        landmark_mm=CORRECTED_MM,
        hu=float("inf"),
        padded=0.97,
    )


def _crossed(first_tag: str, second_tag: str) -> Injected:
    """Mix two phases so that one tag separates them and another, tried before or after, only seems to."""
    encoding = axial(slices=14)
    bright = replace(encoding, anatomy=replace(encoding.anatomy, gain=1.4))
    own, other = clean(encoding), [one | {"SOPInstanceUID": uid(6, one["_k"])} for one in clean(bright)]
    values = {
        "AcquisitionNumber": (1, 2),
        "AcquisitionTime": ("101500", "101545"),
        "ConvolutionKernel": ("B30f", "B70f"),
    }
    for one, is_later in itertools.chain(((o, False) for o in own), ((o, True) for o in other)):
        one[first_tag] = values[first_tag][is_later]
        one[second_tag] = values[second_tag][is_later != (one["_k"] >= 7)]
    files = named_files([*own, *other])
    later = frozenset(name for name, data in files.items() if f"{uid(6)}.".encode() in data)
    truths = (Truth(encoding.anatomy, frozenset(files) - later), Truth(bright.anatomy, later))
    return Injected(files, truths, refusals=DOUBLE | UNEVEN | {"too-few-slices"})


def _cut_stream(syntax: str, kept: float, mended: bool) -> Injected:  # noqa: FBT001 - a parameter of the case
    """End one slice's stream early; ``mended`` puts an end mark behind what is left, as a careful truncation does."""
    encoding = axial(slices=8)
    slices = clean(encoding)
    files = named_files(slices, syntax=syntax)
    stream = packed(pixels(slices[3]).astype(np.int16), syntax=syntax)
    short = stream[: int(len(stream) * kept) & ~1] + (b"\xff\xd9" if mended else b"")
    broken = slice_bytes(slices[3] | {"PixelData": encapsulated([short])}, syntax=syntax)
    whole = slice_bytes(slices[3], syntax=syntax)
    files = {name: broken if data == whole else data for name, data in files.items()}
    return one_truth(encoding, files, refusals=_CUT)


def _frame_offsets(fault: str) -> Injected:
    """Let the offset table of packed frames lie, or the fragments not be the frames'."""
    encoding = axial(slices=8)
    slices = clean(encoding)
    frames = [packed(pixels(one).astype(np.int16), syntax=dicom_bytes.JPEG_LS) for one in slices]
    sizes = [8 + len(frame) + len(frame) % 2 for frame in frames]
    right = [sum(sizes[:k]) for k in range(len(frames))]
    offsets: Sequence[int] = right
    if fault == "swapped":
        offsets = [right[1], right[0], *right[2:]]
    elif fault == "equal":
        offsets = [right[0]] * len(right)
    elif fault == "beyond":
        offsets = [*right[:-1], 2**31]
    elif fault == "between":
        offsets = [offset + 2 for offset in right]
    elif fault == "fewer":
        offsets = right[:-1]
    elif fault == "fragment missing":
        frames, offsets = frames[:-1], ()
    elif fault == "fragment too many":
        frames, offsets = [*frames, frames[0]], ()
    data = multi_frame(slices, change={"PixelData": encapsulated(frames, offsets=offsets)}, syntax=dicom_bytes.JPEG_LS)
    refusals = frozenset[str]() if fault == "right" else _FRAMES
    return one_truth(encoding, {"frames": data}, refusals=refusals, frames=len(slices))


def _two_stacks(tag: str, shift: float) -> Injected:
    """Put two phases into one multi-frame file, told by a tag of each frame."""
    encoding = axial(slices=10)
    bright = replace(encoding, anatomy=replace(encoding.anatomy, gain=1.4))
    own, other = clean(encoding), clean(bright)
    for one in other:
        position = np.add(bright.position_lps_mm(one["_k"]), (0, 0, 2.0 * shift))
        one["ImagePositionPatient"] = position.tolist()
        one["PixelData"] = bright.image(position).astype("<i2").tobytes()
    groups = []
    for number, one in enumerate([*own, *other]):
        later = number >= len(own)
        content: Slice = {"FrameAcquisitionNumber": 2 if later and tag == "FrameAcquisitionNumber" else 1}
        content |= {"StackID": "2"} if later and tag == "StackID" else {"StackID": "1"}
        content |= {"TemporalPositionIndex": 2} if later and tag == "TemporalPositionIndex" else {}
        groups.append(frame_groups(one) | {"FrameContentSequence": [content]})
    data = multi_frame([*own, *other], change={"PerFrameFunctionalGroupsSequence": groups})
    truths = (Truth(encoding.anatomy, frozenset({"frames"})), Truth(bright.anatomy, frozenset({"frames"})))
    return Injected({"frames": data}, truths, refusals=DOUBLE | UNEVEN, frames=len(groups))


def _odd_neighbours(what: str) -> Injected:
    """Surround what matters with elements that look like it: nested positions, icons, padding, other preambles."""
    encoding = axial(slices=10)
    slices = clean(encoding)
    for one in slices:
        one.update(_neighbours(one)[what])
    files = named_files(slices)
    preambles = {
        "preamble of a program": b"MZ" + bytes(126),
        "preamble of an archive": b"PK\x03\x04" + bytes(124),
        "preamble of a TIFF": b"II*\0" + bytes(range(124)),
    }
    if what in preambles:
        files = {name: preambles[what] + data[128:] for name, data in files.items()}
    return one_truth(encoding, files)


def _neighbours(one: Slice) -> dict[str, dict[str, Any]]:
    decoy: Slice = {
        "ImagePositionPatient": "1\\2\\3",
        "ImageOrientationPatient": "0\\1\\0\\0\\0\\1",
        "PixelSpacing": "9\\9",
        "Rows": 7,
        "Columns": 7,
        "RescaleSlope": 3,
        "RescaleIntercept": 50,
        "PatientID": "P9",
        "SeriesInstanceUID": uid(9, 9),
    }
    icon = decoy | {"BitsAllocated": 8, "PixelData": Raw(bytes(50), vr="OB")}
    undefined = struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF) + dicom_bytes.dataset_bytes(decoy)
    undefined += struct.pack("<HHI", 0xFFFE, 0xE00D, 0)
    private = dicom_bytes.dataset_bytes(decoy)
    return {
        "nested before": {"ReferencedImageSequence": [decoy, decoy]},
        "nested behind": {"RequestAttributesSequence": [decoy]},
        "nested of open end": {"ReferencedImageSequence": Raw(undefined, vr="SQ")},
        "icon": {"IconImageSequence": [icon]},
        "private copy": {"PrivateCreator": "SOMEBODY", "PrivateBytes": private},
        "private of unknown type": {"PrivateCreator": "SOMEBODY", "PrivateBytes": Raw(private, vr="UN")},
        "group length of nonsense": {"GroupLength": 7},
        "padding behind": {"TrailingPadding": bytes(2000)},
        "padding like pixels": {"TrailingPadding": dicom_bytes.dataset_bytes({"PixelData": one["PixelData"]})},
        "spacing of the detector": {"ImagerPixelSpacing": "0.3\\0.3"},
        "preamble of a program": {},
        "preamble of an archive": {},
        "preamble of a TIFF": {},
    }


def _detector_spacing_only(tag: str) -> Injected:
    """Leave only a spacing that is not the patient's."""
    encoding = axial(slices=8)
    slices = clean(encoding)
    for one in slices:
        one[tag] = one.pop("PixelSpacing")
    codes = frozenset({"missing-pixel-spacing"})
    return one_truth(encoding, named_files(slices), refusals=codes, acceptable=False)


_TOGETHER = (
    "gap",
    "double",
    "step",
    "padding",
    "unsigned",
    "fraction",
    "downwards",
    "packed",
    "frames",
    "both ways",
)
_NEIGHBOURS = tuple(_neighbours({"PixelData": b""}))

INJECTORS = (
    Injector(
        "tilt-and-more",
        "H-03",
        [{"other": other, "angle_deg": angle} for other, angle in itertools.product(_TOGETHER, (2.0, -12.0, 27.0))],
        _tilt_and,
    ),
    Injector(
        "tilted-faces",
        "H-03",
        [
            {"face": face, "angle_deg": angle}
            for face, angle in itertools.product(
                ("coronal", "sagittal", "coronal reversed", "sagittal reversed"), (1.0, -4.0)
            )
        ],
        _tilted_face,
    ),
    Injector(
        "crossed-phases",
        "H-02",
        [
            {"first_tag": first, "second_tag": second}
            for first, second in itertools.permutations(
                ("AcquisitionNumber", "AcquisitionTime", "ConvolutionKernel"), 2
            )
        ],
        _crossed,
    ),
    Injector(
        "cut-streams",
        "H-09",
        [
            {"syntax": syntax, "kept": kept, "mended": mended}
            for syntax, kept, mended in itertools.product(COMPRESSED, (0.1, 0.5, 0.8, 0.98), (False, True))
        ],
        _cut_stream,
    ),
    Injector(
        "frame-offsets",
        "H-07",
        [
            {"fault": fault}
            for fault in (
                "right",
                "swapped",
                "equal",
                "beyond",
                "between",
                "fewer",
                "fragment missing",
                "fragment too many",
            )
        ],
        _frame_offsets,
    ),
    Injector(
        "two-stacks",
        "H-02",
        [
            {"tag": tag, "shift": shift}
            for tag, shift in itertools.product(
                ("StackID", "TemporalPositionIndex", "FrameAcquisitionNumber"), (0.0, 0.5, 12.0)
            )
        ],
        _two_stacks,
    ),
    Injector("odd-neighbours", "H-06", [{"what": what} for what in _NEIGHBOURS], _odd_neighbours),
    Injector("other-spacing-only", "H-07", [{"tag": "ImagerPixelSpacing"}], _detector_spacing_only),
)
