"""What does a DICOM SEG hold on this CT? Its segments, placed by geometry and named by their codes and labels.

Reading uses pydicom alone and trusts no order of frames: each frame lies where its own plane position says. DICOM PS3.3
C.8.20.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import InputRefused
from planner.segmentation import placement
from planner.segmentation.labelio.dicom_reading import (
    LABEL_MAP_STORAGE,
    SEGMENTATION_STORAGE,
    border,
    read_object,
    require_frame_of_reference,
    require_size,
)
from planner.segmentation.labelio.imported_mask import imported_mask, listed, own_words, side_code
from planner.segmentation.labelio.label_image import LabelName, shown_name
from planner.segmentation.labelio.placed_labels import how_placed, loss_words, shares
from planner.segmentation.labelio.volumes import Imported

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

    from planner.domain.geometry import Grid
    from planner.domain.structure import SegmentedMask
    from planner.domain.volume import Volume

FRACTION_SHARE = 0.5  # a fractional segment counts where at least half of its maximum is reached


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the frames of a SEG lie.

    ``segments`` is each frame's segment number, 0 in a label map, where the pixels themselves name their segment.
    """

    stack: placement.Stacked
    segments: tuple[int, ...]

    @property
    def grid(self) -> Grid:
        """The grid that all frames share."""
        return self.stack.grid


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
    return import_seg(path, volume=volume).masks


def import_seg(path: Path, *, volume: Volume) -> Imported:
    """Read a DICOM SEG as :func:`read_seg` does, with sentences on what was left out."""
    dataset = read_object(path, classes=(SEGMENTATION_STORAGE, LABEL_MAP_STORAGE), wanted="DICOM SEG")
    with border(path):
        series = {str(item.get("SeriesInstanceUID", "")) for item in dataset.get("ReferencedSeriesSequence") or ()}
        frame = str(dataset.get("FrameOfReferenceUID", ""))
        require_frame_of_reference(frame, path, volume=volume, series=series)
        items = _items(dataset)
        layout = _layout(dataset, volume.grid)
        require_size(len(items), path, cells=max(int(np.prod(layout.grid.shape_kji)), volume.hu.size))
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
    with border(path):
        left_out = listed([_label(item) for number, item in items.items() if number not in found])
        how = _how(dataset, layout, volume.grid)
        how += f"; left out as empty on this CT: {left_out}" if left_out else ""
        masks = []
        for number, mask in found.items():
            lost = loss_words(*shares(stacks[number], mask, source=layout.grid, target=volume.grid))
            masks.append(_segmented(items[number], mask, f"DICOM SEG segment {number}, {how}{lost}"))
        notes = [f"Without a voxel on this CT, so left out: {left_out}."] if left_out else []
        return Imported(tuple(masks), tuple(notes))


def _items(dataset: Dataset) -> dict[int, Dataset]:
    """Return the description of each segment by its number, which only one may have."""
    items = {int(item.SegmentNumber): item for item in dataset.SegmentSequence}
    if len(items) != len(dataset.SegmentSequence):
        raise ValueError("a segment number occurs twice")
    return items


def _layout(dataset: Dataset, target: Grid) -> _Layout:
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
    stack = placement.stack_grid(planes, rows=int(dataset.Rows), columns=int(dataset.Columns), target=target)
    if str(dataset.SegmentationType) == "LABELMAP":
        return _Layout(stack, (0,) * len(frames))
    numbers = [_group(dataset, frame, "SegmentIdentificationSequence").ReferencedSegmentNumber for frame in frames]
    return _Layout(stack, tuple(int(number) for number in numbers))


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
    rows, columns = int(dataset.Rows), int(dataset.Columns)
    places = zip(layout.stack.plane_k, layout.stack.corners, layout.segments, strict=True)
    for frame, (k, (top, left), segment) in zip(iter_pixels(dataset), places, strict=True):
        for number in [segment] if segment else [int(value) for value in np.unique(frame) if value]:
            if number not in stacks:
                stacks[number] = np.zeros(layout.grid.shape_kji, dtype=np.bool_)
            own = stacks[number][k, top : top + rows, left : left + columns]
            own |= frame >= threshold if segment else frame == number
    return stacks


def _how(dataset: Dataset, layout: _Layout, target: Grid) -> str:
    """Say how the segments came onto the CT."""
    words = how_placed(layout.grid, target)
    if len(set(layout.stack.corners)) > 1:
        words += "; made on tilted slices, each moved to the nearest pixels"
    if dataset.SegmentationType == "FRACTIONAL":
        words += f"; fractional, taken where at least {FRACTION_SHARE:.0%} of its maximum"
    return words


def _segmented(item: Dataset, mask: NDArray[np.bool_], method: str) -> SegmentedMask:
    """Name one segment by its codes and label, with whatever it says of its own making."""
    types = item.get("SegmentedPropertyTypeCodeSequence") or [{}]
    said = LabelName(
        name=_label(item),
        type_code=str(types[0].get("CodeValue", "")),
        type_meaning=str(types[0].get("CodeMeaning", "")),
        side_code=side_code(types[0].get("SegmentedPropertyTypeModifierCodeSequence")),
        colour=_colour(item),
    )
    own = own_words(
        *(str(item.get(f"Segment{name}") or "") for name in ("AlgorithmType", "AlgorithmName", "Description"))
    )
    return imported_mask(said, mask, method=method, of_itself=own)


def _label(item: Dataset) -> str:
    return shown_name(str(item.get("SegmentLabel", ""))) or f"Segment {int(item.SegmentNumber)}"


def _colour(item: Dataset) -> str:
    """Return the colour it asks to be shown in, as ``"#rrggbb"``; empty when it asks for none."""
    import highdicom as hd

    values = item.get("RecommendedDisplayCIELabValue")
    if not values:
        return ""
    return "#{:02x}{:02x}{:02x}".format(*hd.color.CIELabColor.from_dicom_value(tuple(map(int, values))).to_rgb())
