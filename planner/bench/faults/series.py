"""What does a clean series look like? Slices as plain dictionaries, to be broken one at a time and written as bytes."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.bench.faults import dicom_bytes
from planner.bench.faults.dicom_bytes import Raw, encapsulated, file_bytes
from planner.bench.faults.encoding import images
from planner.bench.faults.packing import COMPRESSED, packed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from planner.bench.faults.encoding import Encoding

# A slice: DICOM values by keyword, and "_k", its number along the stack.
Slice = dict[str, Any]

CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"
ENHANCED_CT = "1.2.840.10008.5.1.4.1.1.2.1"
_ROOT = "1.2.826.0.1.3680043.10.1071"


def uid(*parts: int) -> str:
    """Return an identifier that is the same every time."""
    return ".".join([_ROOT, *(str(part) for part in parts)])


def clean(encoding: Encoding, *, series: int = 1) -> list[Slice]:
    """Return complete slices of one patient, study, series and frame of reference."""
    return [_slice(encoding, k, image, series=series) for k, image in enumerate(images(encoding))]


def _slice(encoding: Encoding, k: int, image: NDArray[np.int16], *, series: int) -> Slice:
    position = encoding.position_lps_mm(k)
    return {
        "_k": k,
        "SpecificCharacterSet": "ISO_IR 192",
        "ImageType": "ORIGINAL\\PRIMARY\\AXIAL",
        "SOPClassUID": CT_IMAGE,
        "SOPInstanceUID": uid(4, series, k + 1),
        "StudyDate": "20260102",
        "SeriesDate": "20260102",
        "AcquisitionDate": "20260102",
        "AcquisitionTime": "101500",
        "AccessionNumber": "A1",
        "Modality": "CT",
        "Manufacturer": "Maker",
        "SeriesDescription": "Lattice",
        "ManufacturerModelName": "Model 1",
        "PatientName": "Phantom^Lattice",
        "PatientID": "P1",
        "PatientBirthDate": "19610203",
        "PatientSex": "F",
        "SliceThickness": f"{float(np.linalg.norm(encoding.step_mm)):.4g}",
        "ConvolutionKernel": "B30f",
        "PatientPosition": encoding.patient_position,
        "StudyInstanceUID": uid(1),
        "SeriesInstanceUID": uid(2, series),
        "SeriesNumber": 3,
        "AcquisitionNumber": 1,
        "InstanceNumber": k + 1,
        "ImagePositionPatient": [float(v) for v in position],
        "ImageOrientationPatient": [float(v) for v in (*encoding.row, *encoding.column)],
        "FrameOfReferenceUID": uid(3),
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "Rows": image.shape[0],
        "Columns": image.shape[1],
        "PixelSpacing": [encoding.spacing_ij_mm[1], encoding.spacing_ij_mm[0]],
        "BitsAllocated": 16,
        "BitsStored": 16,
        "HighBit": 15,
        "PixelRepresentation": 1,
        "WindowCenter": "40\\500",
        "WindowWidth": "400\\2000",
        "RescaleIntercept": 0,
        "RescaleSlope": 1,
        "RescaleType": "HU",
        "PixelData": image.astype("<i2").tobytes(),
    }


def pixels(one: Slice) -> NDArray[np.int32]:
    """Return the stored values of an uncompressed 16-bit signed slice, shape (J, I), int32."""
    return np.frombuffer(one["PixelData"], "<i2").reshape(one["Rows"], one["Columns"]).astype(np.int32)


def store(one: Slice, values: NDArray[Any], *, dtype: str, **tags: object) -> None:
    """Replace the pixels of a slice, with the tags that describe them."""
    one["PixelData"] = np.ascontiguousarray(values).astype(dtype).tobytes()
    one.update(tags)


def named_files(slices: Sequence[Slice], *, syntax: str = dicom_bytes.EXPLICIT, order: int = 1) -> dict[str, bytes]:
    """Return the slices as files under names that tell nothing; ``order`` seeds which slice gets which name."""
    places = np.random.default_rng(order).permutation(len(slices))
    return {f"{place:05d}": slice_bytes(one, syntax=syntax) for place, one in zip(places, slices, strict=True)}


def slice_bytes(one: Slice, *, syntax: str = dicom_bytes.EXPLICIT) -> bytes:
    """Return one slice as a file in a transfer syntax; its pixels are stored 16-bit values."""
    data = one.get("PixelData")
    if isinstance(data, bytes) and not isinstance(data, Raw):
        if syntax in COMPRESSED:
            kind = "<i2" if one["PixelRepresentation"] else "<u2"
            values = np.frombuffer(data, kind).reshape(one["Rows"], one["Columns"])
            one = {**one, "PixelData": encapsulated([packed(values, syntax=syntax, bits=one["BitsStored"])])}
        elif syntax == dicom_bytes.BIG_ENDIAN:
            one = {**one, "PixelData": np.frombuffer(data, "<u2").byteswap().tobytes()}
    return file_bytes(one, syntax=syntax)


_PER_FRAME = ("ImagePositionPatient", "InstanceNumber", "PixelData", "SOPInstanceUID", "_k", "SliceLocation")
_SHARED_GROUPS = {
    "PixelMeasuresSequence": ("PixelSpacing", "SliceThickness", "SpacingBetweenSlices"),
    "PlaneOrientationSequence": ("ImageOrientationPatient",),
    "PixelValueTransformationSequence": ("RescaleIntercept", "RescaleSlope", "RescaleType"),
    "CTImageFrameTypeSequence": ("FrameType",),
}


def multi_frame(
    slices: Sequence[Slice], *, syntax: str = dicom_bytes.EXPLICIT, change: Mapping[str, Any] = MappingProxyType({})
) -> bytes:
    """Return the slices as one enhanced multi-frame CT file, frames in the order given (PS3.3 A.38).

    ``change`` replaces attributes of the top level.
    """
    first = slices[0]
    shared: Slice = {"FrameType": first["ImageType"], **first}
    groups: Slice = {
        sequence: [{keyword: shared[keyword] for keyword in keywords if keyword in shared}]
        for sequence, keywords in _SHARED_GROUPS.items()
    }
    grouped = {keyword for keywords in _SHARED_GROUPS.values() for keyword in keywords}
    top = {keyword: value for keyword, value in first.items() if keyword not in (*grouped, *_PER_FRAME)}
    top |= {
        "SOPClassUID": ENHANCED_CT,
        "SOPInstanceUID": uid(5, 1),
        "InstanceNumber": 1,
        "NumberOfFrames": len(slices),
        "SharedFunctionalGroupsSequence": [groups],
        "PerFrameFunctionalGroupsSequence": [frame_groups(one) for one in slices if "ImagePositionPatient" in one],
        "PixelData": b"".join(one["PixelData"] for one in slices),
    }
    if syntax in COMPRESSED:
        frames = [pixels(one).astype(np.int16) for one in slices]
        top["PixelData"] = encapsulated([packed(frame, syntax=syntax) for frame in frames])
    return file_bytes({**top, **change}, syntax=syntax)


def frame_groups(one: Slice) -> Slice:
    """Return the functional groups of one frame."""
    return {
        "FrameContentSequence": [{"AcquisitionNumber": one["AcquisitionNumber"]}],
        "PlanePositionSequence": [{"ImagePositionPatient": one["ImagePositionPatient"]}],
    }
