"""What does a DICOM RT Structure Set hold on this CT? Its regions of closed lines, filled where the CT's voxels lie.

Geometry comes from the lines' own coordinates alone: neither the images that a line names nor the order of lines
matters, a line between two slices is not lost, and lines across the slices are filled on their own planes. What cannot
be a volume (points, open lines) is named as left out. DICOM PS3.3 C.8.8.5 to C.8.8.8.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import GeometryRefused, InputRefused
from planner.segmentation.labelio.contour_across import fill_across
from planner.segmentation.labelio.contour_planes import ClosedLine, fill_planes
from planner.segmentation.labelio.dicom_reading import (
    STRUCTURE_SET_STORAGE,
    border,
    read_object,
    require_frame_of_reference,
    require_size,
)
from planner.segmentation.labelio.imported_mask import imported_mask, listed, own_words, side_code
from planner.segmentation.labelio.label_image import FARTHEST_MM, LabelName, shown_name
from planner.segmentation.labelio.volumes import Imported

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

    from planner.domain.geometry import Grid
    from planner.domain.structure import SegmentedMask
    from planner.domain.volume import Volume
    from planner.segmentation.labelio.contour_planes import FilledPlanes

MOST_REGIONS = 1000
MOST_LINES = 200_000
MOST_POINTS = 10_000_000
MOST_POINTS_PER_LINE = 1_000_000
LONGEST_NUMBER = 64  # characters; sixteen are allowed
MOST_RISE_MM = 0.5  # how far the points of a line may leave their plane, or
MOST_RISE = 0.25  # of the slice spacing, whichever is less
CONTOUR_DATA = 0x30060050
_CLOSED, _EXCLUSIVE = "CLOSED_PLANAR", "CLOSEDPLANAR_XOR"
_ACROSS = "drawn across the slices in several directions, bent, or beside the CT"
_TYPE_WORDS = {"EXTERNAL": "external", "GTV": "tumour"}
"""What an interpreted type says where neither code nor name says anything."""


@dataclass(slots=True)
class _Region:
    """One region of interest: what the file says of it, and its lines as read so far."""

    said: LabelName
    is_here: bool
    of_itself: tuple[str, ...]
    lines: list[ClosedLine] = field(default_factory=list)
    not_closed: int = 0
    across: list[NDArray[np.float64]] = field(default_factory=list)
    reaches_out: bool = False

    def add(self, contour: Dataset, points: NDArray[np.float64], *, grid: Grid) -> None:
        """Take up a closed line on a plane along the slices; count any other."""
        kind = str(contour.get("ContourGeometricType", ""))
        if int(contour.get("NumberOfContourPoints", len(points))) != len(points):
            raise ValueError("a line has another number of points than it says")
        if kind not in (_CLOSED, _EXCLUSIVE) or len(points) < 3:
            self.not_closed += 1
            return
        index = grid.to_index(points)
        step_mm = grid.spacing_ijk_mm[2]
        if np.ptp(index[:, 2]) * step_mm > 2 * min(MOST_RISE_MM, MOST_RISE * step_mm):
            self.across.append(points)
            return
        upper = np.array(grid.shape_kji[:0:-1]) - 0.5
        self.reaches_out |= bool(((index[:, :2] < -0.5) | (index[:, :2] > upper)).any())
        self.lines.append(ClosedLine(index[:, :2], float(index[:, 2].mean()), kind == _EXCLUSIVE))

    def filled(self, grid: Grid) -> tuple[NDArray[np.bool_], str]:
        """Return the voxels inside the lines, and how they came to be in words."""
        mask, said = np.zeros(grid.shape_kji, dtype=np.bool_), []
        if self.lines:
            planes = fill_planes(self.lines, shape=grid.shape_kji, step_mm=grid.spacing_ijk_mm[2])
            mask, said = planes.mask, _how(self, planes)
        if self.across:
            inside = fill_across(self.across, grid=grid)
            said.append(
                f"{len(self.across)} lines across the slices "
                + ("left out" if inside is None else "filled on their own planes and resampled by volume")
            )
            mask = mask if inside is None else mask | inside
        if self.not_closed:
            said.append(f"{self.not_closed} points or lines without an area left out")
        return mask, "; ".join(said)


def read_rtstruct(path: Path, *, volume: Volume) -> tuple[SegmentedMask, ...]:
    """Read an RT Structure Set and fill its closed lines on the CT's grid.

    Parameters
    ----------
    path
        The file.
    volume
        The CT on which the masks are wanted.

    Returns
    -------
    tuple of SegmentedMask
        One per region that has voxels on this CT, by number, each mask bool, shape (K, J, I). Regions left out, and
        why, are named in every ``method``.

    Raises
    ------
    InputRefused
        When the file is no structure set, is damaged, holds nothing on this CT, or more than is read (H-38).
    GeometryRefused
        When its regions belong to another frame of reference, or all of them lie across the slices.
    """
    return import_rtstruct(path, volume=volume).masks


def import_rtstruct(path: Path, *, volume: Volume) -> Imported:
    """Read an RT Structure Set as :func:`read_rtstruct` does, with sentences on what was left out."""
    dataset = read_object(path, classes=(STRUCTURE_SET_STORAGE,), wanted="DICOM RTSTRUCT")
    with border(path):
        regions = _regions(dataset, path, volume=volume)
        _read_lines(dataset, regions, path, grid=volume.grid)
        some = {number: region for number, region in regions.items() if region.lines or region.across}
        require_size(len(some), path, cells=volume.hu.size)
        filled = {number: region.filled(volume.grid) for number, region in some.items()}
        found = {number: inside for number, inside in filled.items() if inside[0].any()}
        if not found:
            _refuse_nothing(regions, path)
        left_out = _left_out({number: region for number, region in regions.items() if number not in found})
        masks = tuple(
            imported_mask(
                regions[number].said,
                mask,
                method="; ".join((f"DICOM RTSTRUCT region {number}, {how}", *left_out)),
                of_itself=regions[number].of_itself,
            )
            for number, (mask, how) in found.items()
        )
        return Imported(masks, tuple(f"{note[0].upper()}{note[1:]}." for note in left_out))


# ---------------------------------------------------------------- regions


def _regions(dataset: Dataset, path: Path, *, volume: Volume) -> dict[int, _Region]:
    """Return the regions in the CT's frame of reference, by number; refuse a file that has none there."""
    items = list(dataset.get("StructureSetROISequence") or ())
    if len(items) > MOST_REGIONS:
        raise _too_much(path, "more regions", MOST_REGIONS)
    observations = {int(item.ReferencedROINumber): item for item in dataset.get("RTROIObservationsSequence") or ()}
    colours = {
        int(item.ReferencedROINumber): _colour(item)
        for item in dataset.get("ROIContourSequence") or ()
        if item.get("ReferencedROINumber") is not None
    }
    frames = dataset.get("ReferencedFrameOfReferenceSequence") or [{}]
    default = str(frames[0].get("FrameOfReferenceUID", "") or dataset.get("FrameOfReferenceUID", ""))
    uids = {int(item.ROINumber): str(item.get("ReferencedFrameOfReferenceUID", "") or default) for item in items}
    if len(uids) != len(items):
        raise ValueError("a region number occurs twice")
    here = volume.ref.frame_of_reference_uid or default
    if here not in uids.values():
        here = next(iter(uids.values()), default)
    require_frame_of_reference(here, path, volume=volume, series=_series(frames))
    return {
        int(item.ROINumber): _region(
            item,
            observations.get(int(item.ROINumber)),
            colour=colours.get(int(item.ROINumber), ""),
            is_here=uids[int(item.ROINumber)] == here,
        )
        for item in sorted(items, key=lambda item: int(item.ROINumber))
    }


def _series(frames: Iterable[Dataset]) -> set[str]:
    """Return the series that the structure set names."""
    studies = (study for frame in frames for study in frame.get("RTReferencedStudySequence") or ())
    series = (item for study in studies for item in study.get("RTReferencedSeriesSequence") or ())
    return {str(item.get("SeriesInstanceUID", "")) for item in series}


def _region(item: Dataset, observation: Dataset | None, *, colour: str, is_here: bool) -> _Region:
    name = shown_name(str(item.get("ROIName", ""))) or f"Region {int(item.ROINumber)}"
    codes = (observation.get("RTROIIdentificationCodeSequence") if observation is not None else None) or [{}]
    interpreted = "" if observation is None else str(observation.get("RTROIInterpretedType", "") or "")
    said = LabelName(
        name=name,
        type_code=str(codes[0].get("CodeValue", "")),
        type_meaning=str(codes[0].get("CodeMeaning", "") or _TYPE_WORDS.get(interpreted, "")),
        side_code=side_code(codes[0].get("SegmentedPropertyTypeModifierCodeSequence")),
        colour=colour,
    )
    described = shown_name(str(item.get("ROIDescription", "") or ""))
    own = own_words(str(item.get("ROIGenerationAlgorithm", "") or ""), "", described if described != name else "")
    return _Region(
        said,
        is_here,
        own,
    )


def _colour(item: Dataset) -> str:
    values = [int(value) for value in item.get("ROIDisplayColor") or ()]
    is_colour = len(values) == 3 and all(0 <= value <= 255 for value in values)
    return "#{:02x}{:02x}{:02x}".format(*values) if is_colour else ""


# ---------------------------------------------------------------- lines


def _read_lines(dataset: Dataset, regions: dict[int, _Region], path: Path, *, grid: Grid) -> None:
    """Put every closed line on a plane of the CT's direction into its region; count the others there."""
    lines = points = 0
    for item in dataset.get("ROIContourSequence") or ():
        region = regions.get(int(item.ReferencedROINumber))
        for contour in item.get("ContourSequence") or ():
            lines += 1
            data = contour.get_item(CONTOUR_DATA)
            coordinates = np.empty((0, 3)) if data is None else _coordinates(data.value)
            points += len(coordinates)
            if lines > MOST_LINES:
                raise _too_much(path, "more lines", MOST_LINES)
            if points > MOST_POINTS or len(coordinates) > MOST_POINTS_PER_LINE:
                raise _too_much(path, "more points", MOST_POINTS)
            if region is not None and region.is_here:
                region.add(contour, coordinates, grid=grid)


def _coordinates(value: object) -> NDArray[np.float64]:
    """Return points, shape (M, 3), mm, from a list of decimal strings; an Eclipse set has millions of them."""
    raw = value if isinstance(value, bytes) else str(value or "").encode()
    parts = raw.rstrip(b" \0").split(b"\\")
    if parts == [b""]:
        return np.empty((0, 3))
    if max(map(len, parts)) > LONGEST_NUMBER:
        raise ValueError("a coordinate is no decimal string")
    points = np.array(parts).astype(np.float64).reshape(-1, 3)
    if not (np.abs(points) <= FARTHEST_MM).all():
        raise ValueError("a coordinate is no place in a patient")
    return points


# ---------------------------------------------------------------- words


def _how(region: _Region, filled: FilledPlanes) -> list[str]:
    """Say how the lines along the slices became voxels, and what of them did not."""
    said = [
        f"{len(region.lines)} lines on {filled.planes} planes filled at pixel centres",
        f"{filled.off_slice} of the planes lie between slices" if filled.off_slice else "",
        "thinner than half a slice, so put on the nearest ones" if filled.is_thin else "",
        f"{filled.gaps} gaps between its planes are wider than usual and stay open" if filled.gaps else "",
        f"{filled.outside} of the planes lie outside the CT" if filled.outside else "",
        "it reaches beyond the edge of the images and is cut there" if region.reaches_out else "",
    ]
    return [part for part in said if part]


def _left_out(regions: dict[int, _Region]) -> list[str]:
    """Name the regions that gave no mask, by what they lack."""
    named: dict[str, list[str]] = defaultdict(list)
    for region in regions.values():
        named[_lack(region)].append(region.said.name)
    return [f"left out, {lack}: {listed(names)}" for lack, names in named.items()]


def _lack(region: _Region) -> str:
    if not region.is_here:
        return "in another frame of reference"
    if region.lines:
        return "no voxel on this CT"
    if region.across:
        return _ACROSS
    return "only points or lines without an area" if region.not_closed else "without lines"


def _refuse_nothing(regions: dict[int, _Region], path: Path) -> None:
    """Say why no region gave a mask."""
    lacks = {_lack(region) for region in regions.values()}
    if _ACROSS in lacks and "no voxel on this CT" not in lacks:
        raise GeometryRefused(
            "The lines of this file were drawn across the CT's slices, in several directions or beside the CT. Export "
            "it with lines on the slices of this series, or as a DICOM SEG.",
            code="rtstruct-across",
            where=path.name,
        )
    why = f" ({'; '.join(sorted(lacks))})" if lacks else ""
    raise InputRefused(
        f"No region of this file has a voxel inside the CT{why}. Choose the structure set of this series.",
        code="rtstruct-nothing-here",
        where=path.name,
    )


def _too_much(path: Path, what: str, most: int) -> InputRefused:
    return InputRefused(
        f"This structure set holds {what} than the {most:,} that are read. Export only the structures near the target.",
        code="rtstruct-too-large",
        where=path.name,
    )
