"""How do masks leave as a DICOM RT Structure Set? As closed lines on the CT's slices, each naming its image.

One region of interest per mask, its lines half way between pixels inside and outside, holes as keyholes, so that a
reader who fills them at pixel centres gets the mask back. Role and margin are the plan's own and do not leave. DICOM
PS3.3 A.19.3 and C.8.8.5 to C.8.8.8.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

import planner
from planner.domain.structure import SegmentedMask, StructureKind, StructureOrigin
from planner.segmentation import vocabulary
from planner.segmentation.labelio.contour_lines import enclosing_lines
from planner.segmentation.labelio.ct_source import ct_images, frame_of_reference
from planner.segmentation.labelio.dicom_object import (
    DISCLAIMER,
    MOST_LO,
    MOST_SH,
    MOST_ST,
    coded,
    fitting,
    reference,
    sound_copies,
)
from planner.segmentation.labelio.dicom_reading import STRUCTURE_SET_STORAGE
from planner.segmentation.labelio.seg_writing import check_masks

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from pydicom.dataelem import DataElement
    from pydicom.dataset import Dataset

    from planner.domain.geometry import Grid
    from planner.domain.volume import Volume
    from planner.segmentation.labelio.ct_source import CtImage

SERIES_NUMBER = 901
CONTOUR_DATA = 0x30060050
DIGITS_MM = 4  # decimals of a coordinate: a ten-thousandth of a millimetre
_STUDY_CLASS = "1.2.840.10008.3.1.2.3.1"  # retired, and still what every structure set names its study by
_OF_STUDY = (
    "StudyInstanceUID", "StudyID", "StudyDate", "StudyTime", "StudyDescription", "AccessionNumber",
    "ReferringPhysicianName",
)  # fmt: skip
_GENERATED = {
    StructureOrigin.AUTOMATIC: "AUTOMATIC",
    StructureOrigin.IMPORTED: "SEMIAUTOMATIC",
    StructureOrigin.DRAWN: "MANUAL",
}
_INTERPRETED = {
    StructureKind.SKIN: "EXTERNAL",
    StructureKind.TUMOUR: "GTV",
    StructureKind.FLUID_BARRIER: "",
    StructureKind.GAS_BARRIER: "",
    StructureKind.GAS: "CAVITY",
    StructureKind.EFFUSION: "",
    StructureKind.OTHER: "",
}
"""RT ROI Interpreted Type, where it is not ORGAN; empty: unknown."""


def write_rtstruct(
    path: Path, *, volume: Volume, ct_files: Sequence[Path], masks: Sequence[SegmentedMask], series_description: str
) -> None:
    """Write masks as one RT Structure Set that refers to the CT's files.

    Parameters
    ----------
    path
        File to write; an existing one is replaced.
    volume
        The CT. Lines lie on the slices of its grid, also where that differs from the images' own field.
    ct_files
        Files among which every slice of the CT is, in any order; others are passed over.
    masks
        One or more masks, each bool, shape (K, J, I), on the CT grid. They may overlap.
    series_description
        Text of the new series, at most 64 characters are kept.

    Raises
    ------
    InputRefused
        When there is no mask or a mask is empty.
    GeometryRefused
        When a mask's shape is not the CT's, slices are missing among the files, or no frame of reference is named.
    """
    check_masks(masks, volume.grid.shape_kji)
    images = ct_images(ct_files, volume=volume)
    frame = frame_of_reference(images, volume=volume)
    dataset = _identified(images[0].header, series_description=series_description)
    dataset.FrameOfReferenceUID = frame
    dataset.PositionReferenceIndicator = ""
    dataset.ReferencedFrameOfReferenceSequence = [_referenced(images, frame=frame)]
    numbered = list(enumerate(masks, start=1))
    dataset.StructureSetROISequence = [
        _region(number, mask, frame=frame, grid=volume.grid) for number, mask in numbered
    ]
    dataset.ROIContourSequence = [_contours(number, mask, images, grid=volume.grid) for number, mask in numbered]
    dataset.RTROIObservationsSequence = [_observation(number, mask) for number, mask in numbered]
    dataset.save_as(path, enforce_file_format=True)


def _identified(header: Dataset, *, series_description: str) -> Dataset:
    """Return a new structure set of the CT's patient and study, without structures."""
    import highdicom as hd
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ImplicitVRLittleEndian

    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    for element in sound_copies(header, (0x0008, 0x0010, 0x0020)):
        if element.tag.group == 0x0010 or element.keyword in _OF_STUDY:
            dataset[element.tag] = element
    dataset.SOPClassUID, dataset.SOPInstanceUID, dataset.SeriesInstanceUID = STRUCTURE_SET_STORAGE, hd.UID(), hd.UID()
    dataset.Modality, dataset.SeriesNumber, dataset.InstanceNumber = "RTSTRUCT", SERIES_NUMBER, 1
    dataset.SeriesDescription = fitting(series_description, MOST_LO)
    dataset.Manufacturer = dataset.ManufacturerModelName = "Frostline"
    dataset.DeviceSerialNumber, dataset.SoftwareVersions = "none", planner.__version__
    dataset.OperatorsName = ""
    now = datetime.now().astimezone()
    dataset.StructureSetLabel = "STRUCTURES"
    dataset.StructureSetName = fitting(series_description, MOST_LO) or "Structures"
    dataset.StructureSetDescription = DISCLAIMER
    dataset.StructureSetDate, dataset.StructureSetTime = now.strftime("%Y%m%d"), now.strftime("%H%M%S")
    dataset.SeriesDate, dataset.SeriesTime = dataset.StructureSetDate, dataset.StructureSetTime
    dataset.InstanceCreationDate, dataset.InstanceCreationTime = dataset.SeriesDate, dataset.SeriesTime
    dataset.ApprovalStatus = "UNAPPROVED"
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = dataset.SOPClassUID, dataset.SOPInstanceUID
    # An explicit length has 16 bits, which a long line's coordinates exceed; implicit ones have 32.
    meta.TransferSyntaxUID = ImplicitVRLittleEndian
    dataset.file_meta = meta
    return dataset


def _referenced(images: Sequence[CtImage], *, frame: str) -> Dataset:
    """Name the frame of reference, study and series, and every image that lines lie on."""
    from pydicom.dataset import Dataset

    series, study, item = Dataset(), Dataset(), Dataset()
    series.SeriesInstanceUID = images[0].header.SeriesInstanceUID
    series.ContourImageSequence = [reference(image) for image in images]
    study.ReferencedSOPClassUID = _STUDY_CLASS
    study.ReferencedSOPInstanceUID = images[0].header.StudyInstanceUID
    study.RTReferencedSeriesSequence = [series]
    item.FrameOfReferenceUID = frame
    item.RTReferencedStudySequence = [study]
    return item


def _region(number: int, mask: SegmentedMask, *, frame: str, grid: Grid) -> Dataset:
    """Describe one region of interest: name, frame of reference, volume, how it was made."""
    from pydicom.dataset import Dataset

    item = Dataset()
    item.ROINumber = number
    item.ReferencedFrameOfReferenceUID = frame
    item.ROIName = fitting(mask.name, MOST_LO) or f"Structure {number}"
    if description := fitting(mask.method, MOST_ST):
        item.ROIDescription = description
    volume_ml = int(mask.mask.sum()) * grid.voxel_volume_mm3 / 1000
    item.ROIVolume = f"{volume_ml:.6g}"  # cm³
    item.ROIGenerationAlgorithm = _GENERATED[mask.origin]
    return item


def _contours(number: int, mask: SegmentedMask, images: Sequence[CtImage], *, grid: Grid) -> Dataset:
    """Return the closed lines of one mask, slice by slice."""
    from pydicom.dataset import Dataset

    item = Dataset()
    if mask.colour:
        item.ROIDisplayColor = list(bytes.fromhex(mask.colour[1:]))
    lines: list[Dataset] = []
    for k in np.flatnonzero(mask.mask.any(axis=(1, 2))).tolist():
        for points in enclosing_lines(mask.mask[k]):
            line = Dataset()
            line.ContourImageSequence = [reference(images[k])]
            line.ContourGeometricType = "CLOSED_PLANAR"
            line.NumberOfContourPoints = len(points)
            line.ContourNumber = len(lines) + 1
            line[CONTOUR_DATA] = _coordinates(grid.to_lps(np.column_stack([points, np.full(len(points), k)])))
            lines.append(line)
    item.ContourSequence = lines
    item.ReferencedROINumber = number
    return item


def _coordinates(points_lps_mm: NDArray[np.float64]) -> DataElement:
    """Return points as decimal strings, x, y and z in turn.

    There are millions in a large set, so they are handed over as the bytes that they become: with implicit types the
    element's own is not written.
    """
    from pydicom.dataelem import DataElement

    # Adding zero turns a negative zero into a plain one.
    rounded = (np.round(points_lps_mm.ravel(), DIGITS_MM) + 0.0).tolist()
    text = "\\".join([f"{value:.{DIGITS_MM}f}" for value in rounded]).encode()
    return DataElement(CONTOUR_DATA, "UN", text + b" " * (len(text) % 2))


def _observation(number: int, mask: SegmentedMask) -> Dataset:
    """Say what a region is: its type and its code, with the side."""
    from pydicom.dataset import Dataset

    item = Dataset()
    item.ObservationNumber = item.ReferencedROINumber = number
    item.ROIObservationLabel = fitting(mask.name, MOST_SH)
    item.RTROIInterpretedType = _INTERPRETED.get(mask.kind, "ORGAN")
    item.ROIInterpreter = ""
    kind = vocabulary.CODES[mask.kind]
    item.RTROIIdentificationCodeSequence = [coded(kind.type)]
    if mask.side is not None:
        side = coded(vocabulary.SIDE_CODES[mask.side])
        item.RTROIIdentificationCodeSequence[0].SegmentedPropertyTypeModifierCodeSequence = [side]
    return item
