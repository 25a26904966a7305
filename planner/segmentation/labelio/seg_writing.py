"""How do masks leave as a DICOM SEG? One binary segment per mask, coded, referring to the CT's own files.

Written with highdicom; coded by :mod:`planner.segmentation.vocabulary`. DICOM PS3.3 C.8.20.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import planner
from planner.domain.errors import GeometryRefused, InputRefused
from planner.domain.structure import SegmentedMask, StructureOrigin
from planner.segmentation import vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pydicom.dataset import Dataset

NEEDED_OF_CT = (
    "SOPClassUID",
    "SOPInstanceUID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "FrameOfReferenceUID",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "PixelSpacing",
    "Rows",
    "Columns",
)
SERIES_NUMBER = 900  # away from the scanner's own numbers
DIGITS_LO = 64  # characters a DICOM "long string" may hold
DIGITS_ST = 1024  # characters a DICOM "short text" may hold


def write_seg(path: Path, *, ct_files: Sequence[Path], masks: Sequence[SegmentedMask], series_description: str) -> None:
    """Write masks as one binary DICOM SEG that refers to the CT's files.

    Parameters
    ----------
    path
        File to write; an existing one is replaced.
    ct_files
        Every slice of the CT, one file each, in any order.
    masks
        One or more masks, each bool, shape (K, J, I), on the CT grid: k along the slice normal (row × column
        direction), j rows, i columns. They may overlap.
    series_description
        Text of the new series, at most 64 characters are kept.

    Raises
    ------
    InputRefused
        When there is no mask, a mask is empty, or the files are not one slice each.
    GeometryRefused
        When a mask's shape is not that of the CT's files.
    """
    import highdicom as hd

    slices = _sorted_slices(ct_files)
    shape = (len(slices), int(slices[0].Rows), int(slices[0].Columns))
    _check_masks(masks, shape)
    pixels = np.stack([mask.mask for mask in masks], axis=-1).view(np.uint8)
    segmentation = hd.seg.Segmentation(
        source_images=slices,
        pixel_array=pixels,
        segmentation_type=hd.seg.SegmentationTypeValues.BINARY,
        segment_descriptions=[_description(number, mask) for number, mask in enumerate(masks, start=1)],
        series_instance_uid=hd.UID(),
        series_number=SERIES_NUMBER,
        sop_instance_uid=hd.UID(),
        instance_number=1,
        manufacturer="Frostline",
        manufacturer_model_name="Frostline",
        software_versions=planner.__version__,
        device_serial_number="none",
        content_label="STRUCTURES",
        content_description=series_description[:DIGITS_LO],
        series_description=series_description[:DIGITS_LO],
    )
    segmentation.save_as(path)


def _sorted_slices(ct_files: Sequence[Path]) -> list[Dataset]:
    """Read the headers and order them along the slice normal."""
    import pydicom

    if not ct_files:
        raise InputRefused("A segmentation needs the CT files it belongs to; none were given.", code="seg-no-ct")
    slices = [pydicom.dcmread(file, stop_before_pixels=True) for file in ct_files]
    for file, header in zip(ct_files, slices, strict=True):
        # Real files exist whose class and instance stand only in the file meta, where they must be the same.
        for name, in_meta in (
            ("SOPClassUID", "MediaStorageSOPClassUID"),
            ("SOPInstanceUID", "MediaStorageSOPInstanceUID"),
        ):
            if not header.get(name):
                setattr(header, name, header.file_meta.get(in_meta, ""))
        missing = [name for name in NEEDED_OF_CT if not header.get(name)]
        if missing:
            raise InputRefused(
                f"This CT file has no {missing[0]}, so a segmentation cannot refer to it. Export the CT from the "
                "archive again, one file per slice, with its identifiers.",
                code="seg-ct-incomplete",
                where=file.name,
            )
    _check_one_series(slices)
    row, column = np.array(slices[0].ImageOrientationPatient, dtype=float).reshape(2, 3)
    normal = np.cross(row, column)
    return sorted(slices, key=lambda header: float(normal @ np.array(header.ImagePositionPatient, dtype=float)))


def _check_one_series(slices: Sequence[Dataset]) -> None:
    for name, words in (
        ("SeriesInstanceUID", "series"),
        ("FrameOfReferenceUID", "frames of reference"),
        ("Rows", "image heights"),
        ("Columns", "image widths"),
    ):
        count = len({str(header.get(name)) for header in slices})
        if count > 1:
            raise GeometryRefused(
                f"The CT files name {count} different {words}; a segmentation can refer to one only.",
                code="seg-ct-mixed",
            )


def _check_masks(masks: Sequence[SegmentedMask], shape: tuple[int, int, int]) -> None:
    if not masks:
        raise InputRefused("There is no structure to write.", code="seg-no-masks")
    for mask in masks:
        if mask.mask.shape != shape:
            raise GeometryRefused(
                f"{mask.name} is {mask.mask.shape} voxels but the CT files are {shape}; write it on its own CT.",
                code="seg-shape",
            )
        if not mask.mask.any():
            raise InputRefused(f"{mask.name} is empty; a segment needs at least one voxel.", code="seg-empty")


def _description(number: int, mask: SegmentedMask) -> Any:  # noqa: ANN401 - highdicom is untyped here
    """Describe one mask: label, codes with side, how it was made."""
    import highdicom as hd

    coded = vocabulary.CODES[mask.kind]
    by_hand = mask.origin is StructureOrigin.DRAWN
    algorithm = hd.AlgorithmIdentificationSequence(
        name="Frostline",
        family=hd.sr.CodedConcept("123104", "DCM", "Morphological Operations"),
        version=planner.__version__,
    )
    description = hd.seg.SegmentDescription(
        segment_number=number,
        segment_label=mask.name[:DIGITS_LO],
        segmented_property_category=_concept(coded.category),
        segmented_property_type=_concept(coded.type),
        # An imported mask was chosen and accepted by a person, whatever made it first.
        algorithm_type={
            StructureOrigin.AUTOMATIC: "AUTOMATIC",
            StructureOrigin.IMPORTED: "SEMIAUTOMATIC",
            StructureOrigin.DRAWN: "MANUAL",
        }[mask.origin],
        algorithm_identification=None if by_hand else algorithm,
    )
    description.SegmentDescription = mask.method[:DIGITS_ST]
    if mask.side is not None:
        side = _concept(vocabulary.SIDE_CODES[mask.side])
        description.SegmentedPropertyTypeCodeSequence[0].SegmentedPropertyTypeModifierCodeSequence = [side]
    return description


def _concept(concept: vocabulary.Concept) -> Any:  # noqa: ANN401
    import highdicom as hd

    return hd.sr.CodedConcept(concept.value, "SCT", concept.meaning)
