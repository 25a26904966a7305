"""What does a DICOM SEG hold on this CT? Its segments, placed by geometry and named by their codes and labels.

Reading uses pydicom alone and trusts no order of frames: each frame lies where its own plane position says. DICOM PS3.3
C.8.20.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import DAMAGED_FILE_ERRORS, GeometryRefused, InputRefused
from planner.domain.structure import SegmentedMask, StructureKind, StructureOrigin
from planner.segmentation import placement, vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

    from planner.domain.geometry import Grid, Side
    from planner.domain.volume import Volume

SEGMENTATION_STORAGE = "1.2.840.10008.5.1.4.1.1.66.4"
LABEL_MAP_STORAGE = "1.2.840.10008.5.1.4.1.1.66.7"
FRACTION_SHARE = 0.5  # a fractional segment counts where at least half of its maximum is reached
MAX_MASK_BYTES = 6 * 2**30  # all masks of one file on the CT grid; more would not fit a common workstation


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the frames of a SEG lie.

    ``plane_k`` is each frame's slice of ``grid``; ``segments`` is each frame's segment number, 0 in a label map, where
    the pixels themselves name their segment.
    """

    grid: Grid
    plane_k: tuple[int, ...]
    segments: tuple[int, ...]


def read_seg(path: Path, *, volume: Volume) -> tuple[SegmentedMask, ...]:
    """Read a DICOM SEG and place its segments on the CT's grid by geometry.

    A SEG on the CT's own voxels (in any order, flipped, or only a part) is copied exactly; one on another grid is
    resampled by volume. Segments may overlap. Fractional segments count where at least half of the maximum is reached.

    Parameters
    ----------
    path
        The SEG file.
    volume
        The CT on which the masks are wanted.

    Returns
    -------
    tuple of SegmentedMask
        One per segment that has voxels on this CT, by segment number, each mask bool, shape (K, J, I). Segments left
        out because they are empty here are named in every ``method``.

    Raises
    ------
    InputRefused
        When the file is no SEG, is damaged, holds nothing on this CT, or would need too much memory.
    GeometryRefused
        When the SEG belongs to another frame of reference, or its frames do not form a regular stack.
    """
    dataset = _open_seg(path)
    with _seg_border(path):
        _check_frame_of_reference(dataset, path, volume=volume)
        items = _items(dataset)
        layout = _layout(dataset)
        _check_size(len(items), path, cells=max(int(np.prod(layout.grid.shape_kji)), volume.hu.size))
        stacks = _stacks(dataset, layout)
    found = {
        number: mask
        for number, stack in sorted(stacks.items())
        if number in items and (mask := placement.onto_ct(stack, source=layout.grid, target=volume.grid)).any()
    }
    if not found:
        raise InputRefused(
            "No segment of this file has a voxel inside the CT. Choose the segmentation of this series.",
            code="seg-nothing-here",
            where=path.name,
        )
    with _seg_border(path):
        left_out = ", ".join(_label(item) for number, item in items.items() if number not in found)
        how = _how(dataset, layout.grid, volume.grid)
        how += f"; left out as empty on this CT: {left_out}" if left_out else ""
        masks = []
        for number, mask in found.items():
            outside = placement.share_outside(stacks[number], source=layout.grid, target=volume.grid)
            cut = f"; {outside:.0%} of it lies outside the CT" if outside > 0 else ""
            masks.append(_segmented(items[number], mask, f"DICOM SEG segment {number}, {how}{cut}"))
        return tuple(masks)


@contextmanager
def _seg_border(path: Path) -> Iterator[None]:
    """Turn whatever a damaged file makes pydicom raise, also late, when a value is first looked at, into a sentence."""
    try:
        yield
    except DAMAGED_FILE_ERRORS as error:
        # The library's own text may quote the file's contents; only the kind of error is told.
        raise InputRefused(
            f"This segmentation cannot be read ({type(error).__name__}). It is damaged, incomplete or compressed in a "
            "way not supported here; export it again, uncompressed.",
            code="seg-damaged",
            where=path.name,
        ) from error


def _items(dataset: Dataset) -> dict[int, Dataset]:
    """Return the description of each segment by its number, which only one may have."""
    items = {int(item.SegmentNumber): item for item in dataset.SegmentSequence}
    if len(items) != len(dataset.SegmentSequence):
        raise ValueError("a segment number occurs twice")
    return items


def _open_seg(path: Path) -> Dataset:
    """Read the file; refuse what is not a SEG, in words."""
    import pydicom
    from pydicom.errors import InvalidDicomError

    try:
        dataset = pydicom.dcmread(path)
        kind = dataset.get("SOPClassUID")
    except (InvalidDicomError, *DAMAGED_FILE_ERRORS) as error:
        raise InputRefused(
            "This is not a readable DICOM file. Choose a DICOM SEG.", code="seg-unreadable", where=path.name
        ) from error
    if kind not in (SEGMENTATION_STORAGE, LABEL_MAP_STORAGE):
        raise InputRefused(
            f"This file holds {kind.name if kind else 'no known DICOM object'}, not a segmentation. "
            "Choose a DICOM SEG.",
            code="seg-not-seg",
            where=path.name,
        )
    return dataset


def _check_frame_of_reference(dataset: Dataset, path: Path, *, volume: Volume) -> None:
    uid, expected = str(dataset.get("FrameOfReferenceUID", "")), volume.ref.frame_of_reference_uid
    if not uid or uid != expected:
        raise GeometryRefused(
            f"The segmentation is in the frame of reference {uid or '(none)'}, the CT in {expected or '(none)'}; "
            "positions in one say nothing about the other. Choose the segmentation made on this scan.",
            code="seg-frame-of-reference",
            where=path.name,
        )


def _check_size(segments: int, path: Path, *, cells: int) -> None:
    if segments * cells > MAX_MASK_BYTES:
        raise InputRefused(
            f"{segments} segments would need {segments * cells / 2**30:.1f} GiB on this CT; at most "
            f"{MAX_MASK_BYTES / 2**30:.0f} GiB are allowed. Export only the structures near the target.",
            code="seg-too-large",
            where=path.name,
        )


def _layout(dataset: Dataset) -> _Layout:
    """Find the stack that the frames' own positions form."""
    frames = dataset.PerFrameFunctionalGroupsSequence
    declared = int(dataset.get("NumberOfFrames", 1))
    if len(frames) != declared:
        raise ValueError(f"{declared} frames but {len(frames)} frame descriptions")
    measures = [_group(dataset, frame, "PixelMeasuresSequence") for frame in frames]
    steps = [measures[0].get(name) for name in ("SpacingBetweenSlices", "SliceThickness")]
    planes = placement.Planes(
        positions_lps_mm=np.array(
            [_group(dataset, frame, "PlanePositionSequence").ImagePositionPatient for frame in frames], dtype=float
        ),
        facings=np.array(
            [_group(dataset, frame, "PlaneOrientationSequence").ImageOrientationPatient for frame in frames],
            dtype=float,
        ),
        spacings_mm=np.array([measure.PixelSpacing for measure in measures], dtype=float),
        # A thickness is no spacing where planes overlap or leave gaps: it only speaks for a single plane.
        declared_step_mm=tuple(abs(float(step)) for step in (steps if len(frames) == 1 else steps[:1]) if step),
    )
    grid, plane_k = placement.stack_grid(planes, rows=int(dataset.Rows), columns=int(dataset.Columns))
    if str(dataset.SegmentationType) == "LABELMAP":
        return _Layout(grid, plane_k, (0,) * len(frames))
    numbers = [_group(dataset, frame, "SegmentIdentificationSequence").ReferencedSegmentNumber for frame in frames]
    return _Layout(grid, plane_k, tuple(int(number) for number in numbers))


def _group(dataset: Dataset, frame: Dataset, name: str) -> Dataset:
    """Return a functional group of one frame, or the one all frames share."""
    holder = frame if name in frame else dataset.SharedFunctionalGroupsSequence[0]
    return holder[name].value[0]


def _stacks(dataset: Dataset, layout: _Layout) -> dict[int, NDArray[np.bool_]]:
    """Decode the frames into one bool stack per segment, shape of ``layout.grid``."""
    from pydicom.pixels import iter_pixels

    threshold = 1.0
    if dataset.SegmentationType == "FRACTIONAL":
        most = int(dataset.MaximumFractionalValue)
        if most < 1:
            raise ValueError("the maximum of a fraction is not above zero")
        threshold = FRACTION_SHARE * most
    stacks: dict[int, NDArray[np.bool_]] = {}
    for frame, k, segment in zip(iter_pixels(dataset), layout.plane_k, layout.segments, strict=True):
        for number in [segment] if segment else [int(value) for value in np.unique(frame) if value]:
            if number not in stacks:
                stacks[number] = np.zeros(layout.grid.shape_kji, dtype=np.bool_)
            stacks[number][k] |= frame >= threshold if segment else frame == number
    return stacks


def _how(dataset: Dataset, source: Grid, target: Grid) -> str:
    """Say how the segments came onto the CT."""
    if placement.shared_lattice(source, target) is not None:
        words = "copied voxel for voxel"
    else:
        words = "resampled by volume from {:g} × {:g} × {:g} mm".format(*(round(s, 3) for s in source.spacing_ijk_mm))
    if dataset.SegmentationType == "FRACTIONAL":
        words += f"; fractional, taken where at least {FRACTION_SHARE:.0%} of its maximum"
    return words


def _segmented(item: Dataset, mask: NDArray[np.bool_], method: str) -> SegmentedMask:
    """Name one segment: kind and side from its codes and label, and whatever it says of its own making."""
    kind = _kind(item)
    side, conflict = _side(item)
    if kind is StructureKind.SKIN and _is_shell(mask):
        kind = StructureKind.OTHER
        method += "; only a layer, not the whole body, so it is not used as the skin"
    if conflict:
        method += f"; {conflict}, so the side is left open"
    made_by = " ".join(str(item.get(name, "")) for name in ("SegmentAlgorithmType", "SegmentAlgorithmName")).strip()
    described = str(item.get("SegmentDescription", "")).strip()
    parts = [method, f"made as {made_by}" if made_by else "", described]
    return SegmentedMask(
        name=_label(item),
        kind=kind,
        side=side,
        mask=mask,
        origin=StructureOrigin.IMPORTED,
        method=". ".join(part for part in parts if part),
    )


def _label(item: Dataset) -> str:
    printable = "".join(c if c.isprintable() else " " for c in str(item.get("SegmentLabel", "")))
    return printable.strip() or f"Segment {int(item.SegmentNumber)}"


def _kind(item: Dataset) -> StructureKind:
    """Trust a code that means one kind, then the label's words, then the words of the code."""
    codes = item.get("SegmentedPropertyTypeCodeSequence") or [None]
    by_code = vocabulary.kind_of_code(str(codes[0].get("CodeValue", "")), _label(item)) if codes[0] else None
    if by_code is not None:
        return by_code
    by_label = vocabulary.kind_of_label(_label(item))
    if by_label is not StructureKind.OTHER or not codes[0]:
        return by_label
    return vocabulary.kind_of_label(str(codes[0].get("CodeMeaning", "")))


def _side(item: Dataset) -> tuple[Side | None, str]:
    """Return the coded or written side; when both exist and differ, no side and the contradiction in words."""
    by_label = vocabulary.side_of_label(_label(item))
    codes = item.get("SegmentedPropertyTypeCodeSequence") or [{}]
    modifiers = codes[0].get("SegmentedPropertyTypeModifierCodeSequence") or []
    coded = [vocabulary.SIDE_OF_CODE.get(str(modifier.get("CodeValue", ""))) for modifier in modifiers]
    by_code = next((side for side in coded if side is not None), None)
    if by_code and by_label and by_code is not by_label:
        return None, f"its label says {by_label.value} but its code says {by_code.value}"
    return by_code or by_label, ""


def _is_shell(mask: NDArray[np.bool_]) -> bool:
    """Whether a mask called skin or body is hollow: filled slice by slice it would hold more than twice as much."""
    from scipy.ndimage import binary_fill_holes

    some = mask[mask.any(axis=(1, 2))][:: max(1, len(mask) // 20)]
    return sum(int(binary_fill_holes(plane).sum()) for plane in some) > 2 * int(some.sum())
