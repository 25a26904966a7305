"""How do masks leave as a DICOM SEG? One binary segment per mask, coded, on the planes of the CT's grid.

The object and its codes are made with highdicom, from :mod:`planner.segmentation.vocabulary`; its frames are packed
here, one mask after the other, so that many masks of a large CT need no more memory than one of them unpacked. Role and
margin are the plan's own and do not leave. DICOM PS3.3 A.51 and C.8.20.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np

import planner
from planner.domain.errors import GeometryRefused, InputRefused
from planner.domain.structure import SegmentedMask, StructureOrigin
from planner.segmentation import vocabulary
from planner.segmentation.labelio.ct_source import ct_images, frame_of_reference
from planner.segmentation.labelio.dicom_object import (
    DISCLAIMER,
    MOST_LO,
    MOST_ST,
    coded,
    decimals,
    file_references,
    fitting,
    reference,
    sound_copies,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

    from planner.domain.geometry import Grid
    from planner.domain.volume import Volume
    from planner.segmentation.labelio.ct_source import CtImage

STRUCTURES_LABEL = "STRUCTURES"
SERIES_NUMBER = 900  # away from the scanner's own numbers
MOST_PIXEL_BYTES = 2**32 - 2**20  # what a DICOM element can hold, with something to spare
CT_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.2"
_NAMES = ("PatientName", "ReferringPhysicianName")
_DERIVED_BY_SEGMENTATION = vocabulary.Concept("113076", "Segmentation")
_SOURCE_OF_PROCESSING = vocabulary.Concept("121322", "Source image for image processing operation")


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """One segment as it is written.

    Parameters
    ----------
    name
        Its label.
    mask
        bool, shape (K, J, I), on the CT's grid.
    category, type
        Of the segmented property; the type's code is of ``type_scheme``.
    side
        Laterality, None where it has none.
    algorithm_type
        ``AUTOMATIC``, ``SEMIAUTOMATIC`` or ``MANUAL``.
    description
        In words, how it was made.
    colour
        ``"#rrggbb"`` to be shown in; empty leaves that to the reader.
    """

    name: str
    mask: NDArray[np.bool_]
    category: vocabulary.Concept
    type: vocabulary.Concept
    type_scheme: str = "SCT"
    side: vocabulary.Concept | None = None
    algorithm_type: str = "AUTOMATIC"
    description: str = ""
    colour: str = ""


@dataclass(frozen=True, slots=True)
class SegSeries:
    """What a SEG says of itself: the text and number of its series, and a label in capitals (at most 16 characters)."""

    description: str
    label: str = STRUCTURES_LABEL
    number: int = SERIES_NUMBER


def write_seg(
    path: Path, *, volume: Volume, ct_files: Sequence[Path], masks: Sequence[SegmentedMask], series_description: str
) -> None:
    """Write masks as one binary DICOM SEG that refers to the CT's files.

    Parameters
    ----------
    path
        File to write; an existing one is replaced.
    volume
        The CT. Its grid is the segmentation's, also where it differs from the images' own field (tilt correction).
    ct_files
        Files among which every slice of the CT is, in any order; others are passed over.
    masks
        One or more masks, each bool, shape (K, J, I), on the CT grid. They may overlap.
    series_description
        Text of the new series, at most 64 characters are kept.

    Raises
    ------
    InputRefused
        When there is no mask, a mask is empty, or the file would be longer than DICOM allows.
    GeometryRefused
        When a mask's shape is not the CT's, slices are missing among the files, or no frame of reference is named.
    """
    check_masks(masks, volume.grid.shape_kji)
    segments = [_as_segment(mask) for mask in masks]
    write_segments(path, volume=volume, ct_files=ct_files, segments=segments, series=SegSeries(series_description))


def write_segments(
    path: Path, *, volume: Volume, ct_files: Sequence[Path], segments: Sequence[Segment], series: SegSeries
) -> None:
    """Write segments of any meaning; else as :func:`write_seg`, and with its refusals."""
    check_masks(segments, volume.grid.shape_kji)
    planes = [_planes_of(segment) for segment in segments]
    _check_length(planes, volume.grid.shape_kji)
    images = ct_images(ct_files, volume=volume)
    frame = frame_of_reference(images, volume=volume)
    segmentation = _object(_stand_in(images[0], volume.grid, frame), segments, series)
    # Names are taken over as they are; highdicom warns about every one that it would write otherwise.
    for name in _NAMES:
        setattr(segmentation, name, images[0].header.get(name))
    segmentation.SourceImageSequence = file_references(images)
    referenced = segmentation.ReferencedSeriesSequence[0]
    referenced.ReferencedInstanceSequence = file_references(images)
    for item in referenced.ReferencedInstanceSequence:
        item.pop("ReferencedFrameNumber", None)
    frames = list(_frame_groups(planes, images, volume.grid))
    segmentation.PerFrameFunctionalGroupsSequence = frames
    segmentation.NumberOfFrames = len(frames)
    segmentation.SegmentsOverlap = "YES" if _overlap(segments) else "NO"
    segmentation.PixelData = _pixel_data(segments, planes)
    segmentation.save_as(path)


def check_masks(masks: Sequence[SegmentedMask | Segment], shape: tuple[int, int, int]) -> None:
    """Refuse to write nothing, an empty mask, or a mask of another grid."""
    if not masks:
        raise InputRefused("There is no structure to write.", code="seg-no-masks")
    for mask in masks:
        if mask.mask.shape != shape:
            raise GeometryRefused(
                f"{mask.name} is {mask.mask.shape} voxels but the CT is {shape}; write it on its own CT.",
                code="seg-shape",
            )
        if not mask.mask.any():
            raise InputRefused(f"{mask.name} is empty; a structure in a file needs a voxel.", code="seg-empty")


def _check_length(planes: Sequence[NDArray[np.intp]], shape: tuple[int, int, int]) -> None:
    frames = sum(map(len, planes))
    if frames * shape[1] * shape[2] / 8 > MOST_PIXEL_BYTES:
        raise InputRefused(
            f"{len(planes)} structures need {frames} frames of {shape[1]} × {shape[2]}, more than one file can hold. "
            "Write them in two files.",
            code="seg-too-long",
        )


# ---------------------------------------------------------------- the object


def _object(stand_in: Dataset, segments: Sequence[Segment], series: SegSeries) -> Any:  # noqa: ANN401 - highdicom is untyped here
    """Return the SEG with everything but its frames."""
    import highdicom as hd

    segmentation = hd.seg.Segmentation(
        source_images=[stand_in],
        pixel_array=np.zeros((1, stand_in.Rows, stand_in.Columns), dtype=np.uint8),
        segmentation_type=hd.seg.SegmentationTypeValues.BINARY,
        segment_descriptions=[_description(number, segment) for number, segment in enumerate(segments, start=1)],
        series_instance_uid=hd.UID(),
        series_number=series.number,
        sop_instance_uid=hd.UID(),
        instance_number=1,
        manufacturer="Frostline",
        manufacturer_model_name="Frostline",
        software_versions=planner.__version__,
        device_serial_number="none",
        content_label=series.label,
        content_description=fitting(series.description, MOST_LO),
        series_description=fitting(series.description, MOST_LO),
        specific_character_set="ISO_IR 192",
        omit_empty_frames=False,
    )
    segmentation.ImageComments = DISCLAIMER
    # A single mask is named for all frames at once; here every frame names its own.
    segmentation.SharedFunctionalGroupsSequence[0].pop("SegmentIdentificationSequence", None)
    return segmentation


def _stand_in(image: CtImage, grid: Grid, frame: str) -> Dataset:
    """Return a header of one plane of the grid with the CT's identity, from which the new object takes both."""
    from pydicom.dataset import Dataset

    kept = Dataset()
    for element in sound_copies(image.header, (0x0008, 0x0010, 0x0020)):
        kept[element.tag] = element
    across, down, step = grid.spacing_ijk_mm
    kept.SOPClassUID, kept.Modality = CT_IMAGE_STORAGE, str(image.header.get("Modality") or "CT")
    kept.FrameOfReferenceUID = frame
    for name in _NAMES:
        setattr(kept, name, "")
    kept.Rows, kept.Columns = grid.shape_kji[1:]
    kept.ImagePositionPatient = decimals(grid.to_lps((0, 0, 0)))
    kept.ImageOrientationPatient = decimals(grid.direction[:, :2].T.ravel())
    kept.PixelSpacing = decimals((down, across))
    # A segmentation fills the space between its planes: readers take either for the distance.
    kept.SliceThickness, kept.SpacingBetweenSlices = decimals((step, step))
    return kept


def _as_segment(mask: SegmentedMask) -> Segment:
    """Code a structure: what it is, its side, how it was made."""
    kind = vocabulary.CODES[mask.kind]
    return Segment(
        mask.name,
        mask.mask,
        kind.category,
        kind.type,
        side=None if mask.side is None else vocabulary.SIDE_CODES[mask.side],
        # An imported mask was chosen and accepted by a person, whatever made it first.
        algorithm_type={
            StructureOrigin.AUTOMATIC: "AUTOMATIC",
            StructureOrigin.IMPORTED: "SEMIAUTOMATIC",
            StructureOrigin.DRAWN: "MANUAL",
        }[mask.origin],
        description=mask.method,
        colour=mask.colour,
    )


def _description(number: int, segment: Segment) -> Any:  # noqa: ANN401
    """Describe one segment: label, codes with side, how it was made."""
    import highdicom as hd

    algorithm = hd.AlgorithmIdentificationSequence(
        name="Frostline",
        family=hd.sr.CodedConcept("123104", "DCM", "Morphological Operations"),
        version=planner.__version__,
    )
    description = hd.seg.SegmentDescription(
        segment_number=number,
        segment_label=fitting(segment.name, MOST_LO) or f"Segment {number}",
        segmented_property_category=_concept(segment.category),
        segmented_property_type=_concept(segment.type, scheme=segment.type_scheme),
        algorithm_type=segment.algorithm_type,
        algorithm_identification=None if segment.algorithm_type == "MANUAL" else algorithm,
        display_color=hd.color.CIELabColor.from_rgb(*bytes.fromhex(segment.colour[1:])) if segment.colour else None,
    )
    description.SegmentDescription = fitting(segment.description, MOST_ST)
    if segment.side is not None:
        side = _concept(segment.side)
        description.SegmentedPropertyTypeCodeSequence[0].SegmentedPropertyTypeModifierCodeSequence = [side]
    return description


def _concept(concept: vocabulary.Concept, *, scheme: str = "SCT") -> Any:  # noqa: ANN401
    import highdicom as hd

    return hd.sr.CodedConcept(concept.value, scheme, concept.meaning)


# ---------------------------------------------------------------- frames


def _planes_of(mask: Segment) -> NDArray[np.intp]:
    """Return the planes on which a mask has voxels; only these become frames."""
    return np.flatnonzero(mask.mask.any(axis=(1, 2)))


def _frame_groups(planes: Sequence[NDArray[np.intp]], images: Sequence[CtImage], grid: Grid) -> Iterator[Dataset]:
    """Yield what each frame says of itself: segment, plane, and the image it was made on."""
    from pydicom.dataset import Dataset

    used = {int(k) for own in planes for k in own}
    rank = dict(zip(sorted(used), count(1)))
    for number, own in enumerate(planes, start=1):
        for k in own.tolist():
            frame, content, position, segment = Dataset(), Dataset(), Dataset(), Dataset()
            content.DimensionIndexValues = [number, rank[k]]
            position.ImagePositionPatient = decimals(grid.to_lps((0, 0, k)))
            segment.ReferencedSegmentNumber = number
            frame.FrameContentSequence = [content]
            frame.PlanePositionSequence = [position]
            frame.SegmentIdentificationSequence = [segment]
            frame.DerivationImageSequence = [_derivation(images[k], preserved=images[k].is_on(grid))]
            yield frame


def _derivation(image: CtImage, *, preserved: bool) -> Dataset:
    from pydicom.dataset import Dataset

    source = reference(image)
    source.PurposeOfReferenceCodeSequence = [coded(_SOURCE_OF_PROCESSING, scheme="DCM")]
    source.SpatialLocationsPreserved = "YES" if preserved else "NO"
    item = Dataset()
    item.SourceImageSequence = [source]
    item.DerivationCodeSequence = [coded(_DERIVED_BY_SEGMENTATION, scheme="DCM")]
    return item


def _pixel_data(masks: Sequence[Segment], planes: Sequence[NDArray[np.intp]]) -> bytes:
    """Return all frames end to end as bits, the lowest of a byte first; a frame may begin inside a byte."""
    parts, rest = [], np.empty(0, dtype=np.bool_)
    for mask, own in zip(masks, planes, strict=True):
        bits = np.concatenate([rest, mask.mask[own].ravel()])
        whole = bits.size // 8 * 8
        parts.append(np.packbits(bits[:whole], bitorder="little").tobytes())
        rest = bits[whole:]
    parts.append(np.packbits(rest, bitorder="little").tobytes())
    data = b"".join(parts)
    return data + b"\0" * (len(data) % 2)


def _overlap(masks: Sequence[Segment]) -> bool:
    """Whether any voxel belongs to two masks."""
    taken = masks[0].mask.copy()
    for mask in masks[1:]:
        if (taken & mask.mask).any():
            return True
        taken |= mask.mask
    return False
