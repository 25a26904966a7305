"""Which of these files are the CT's own images? One for each plane of its grid.

Exported structures refer to the images they were made on. The grid they lie on is the volume's: it can differ from the
images' own (after a tilt correction every slice lies inside a larger field), but never in the planes themselves.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import DAMAGED_FILE_ERRORS, GeometryRefused, InputRefused

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

    from planner.domain.geometry import Grid
    from planner.domain.volume import Volume

PLANE_TOLERANCE_MM = 0.11  # slices of an accepted CT lie at most 0.05 mm off their plane, and tell so in few digits
FACING_TOLERANCE = 1e-3  # of a unit vector
# What other systems ask of every object of a study; an image that lacks one gets it empty.
_IDENTITY = (
    "PatientID", "PatientName", "PatientBirthDate", "PatientSex", "AccessionNumber", "StudyID", "StudyDate",
    "StudyTime", "ReferringPhysicianName",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class CtImage:
    """One image of the CT: a file, or a frame of one.

    ``frame`` counts from 1, ``None`` in a file of one image. ``k`` is its plane on the volume's grid,
    ``position_lps_mm`` (shape (3,)) the centre of its own first pixel.
    """

    header: Dataset
    frame: int | None
    k: int
    position_lps_mm: NDArray[np.float64]

    def is_on(self, grid: Grid) -> bool:
        """Whether the image's pixels are the grid's voxels of this plane."""
        same_size = (int(self.header.Rows), int(self.header.Columns)) == grid.shape_kji[1:]
        aside_mm = float(np.linalg.norm(self.position_lps_mm - grid.to_lps((0, 0, self.k))))
        return same_size and aside_mm <= PLANE_TOLERANCE_MM


def ct_images(ct_files: Sequence[Path], *, volume: Volume) -> tuple[CtImage, ...]:
    """Return the image of each plane of the volume, by plane; their headers are complete enough to refer to.

    Parameters
    ----------
    ct_files
        Files among which the CT's are, in any order; what is no image of this series is passed over.

    Raises
    ------
    InputRefused
        When an image lacks its identifiers, or no file is one of the CT's.
    GeometryRefused
        When planes have no image.
    """
    ref = volume.ref
    found: dict[int, list[CtImage]] = defaultdict(list)
    for file in ct_files:
        header = _header(file)
        if header is None or str(header.get("SeriesInstanceUID", "")) != ref.series_instance_uid:
            continue
        # Without one that all slices share, each names its own.
        if ref.frame_of_reference_uid not in ("", str(header.get("FrameOfReferenceUID", ""))):
            continue
        _complete(header, file)
        for image in _placed(header, grid=volume.grid):
            found[image.k].append(image)
    missing = volume.grid.shape_kji[0] - len(found)
    if missing:
        raise GeometryRefused(
            f"{missing} of the CT's {volume.grid.shape_kji[0]} slices are not among these {len(ct_files)} files, so "
            "structures cannot refer to them. Choose the folder that the CT was opened from.",
            code="ct-files-missing",
        )
    return tuple(_own(found[k], ref.image_numbers) for k in sorted(found))


def frame_of_reference(images: Sequence[CtImage], *, volume: Volume) -> str:
    """Return the frame of reference that structures on these images are in.

    Relabelled research data name one for each slice: then that of the first stands for all, and who reads the
    structures has to go by the series that they name. Raises GeometryRefused when there is none at all.
    """
    uid = volume.ref.frame_of_reference_uid or str(images[0].header.get("FrameOfReferenceUID", "") or "")
    if not uid:
        raise GeometryRefused(
            "This CT names no frame of reference, so a DICOM file of structures cannot say where they are. Write them "
            "in another form, such as seg.nrrd.",
            code="ct-no-frame-of-reference",
        )
    return uid


def _header(file: Path) -> Dataset | None:
    """Read what stands before the pixels; ``None`` for what is no DICOM file."""
    import pydicom
    from pydicom.errors import InvalidDicomError

    try:
        if not _begins_as_dicom(file):
            return None
        header = pydicom.dcmread(file, stop_before_pixels=True, force=True)
        header.get("SeriesInstanceUID")
    except (InvalidDicomError, *DAMAGED_FILE_ERRORS):
        return None
    return header


def _begins_as_dicom(file: Path) -> bool:
    """Whether a file bears the mark, or begins with an element of the first groups, as files without preamble do.

    Anything else, parsed by force, could claim to hold gigabytes.
    """
    with file.open("rb") as stream:
        head = stream.read(132)
    return head[128:] == b"DICM" or head[:2] in (b"\x02\x00", b"\x08\x00", b"\x00\x08")


def _complete(header: Dataset, file: Path) -> None:
    """Fill in what may be missing in an image that others must find again; refuse one without identifiers."""
    # Real files exist whose class and instance stand only in the file meta, where they must be the same.
    meta = getattr(header, "file_meta", None) or {}
    for name, in_meta in (
        ("SOPClassUID", "MediaStorageSOPClassUID"),
        ("SOPInstanceUID", "MediaStorageSOPInstanceUID"),
    ):
        if not header.get(name):
            setattr(header, name, meta.get(in_meta, ""))
    for name in ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "Rows", "Columns"):
        if not header.get(name):
            raise InputRefused(
                f"This CT file has no {name}, so structures cannot refer to it. Export the CT from the archive again, "
                "with its identifiers.",
                code="ct-incomplete",
                where=file.name,
            )
    for name in _IDENTITY:
        if name not in header:
            setattr(header, name, "")


def _placed(header: Dataset, *, grid: Grid) -> Iterable[CtImage]:
    """Yield the images of one file that lie on planes of the grid; none when it says too little of its place."""
    try:
        places = list(_places(header))
    except DAMAGED_FILE_ERRORS:
        return
    for frame, position, facing in places:
        aligned = np.abs(facing.reshape(2, 3).T - grid.direction[:, :2]).max() <= FACING_TOLERANCE
        along = float(grid.to_index(position)[2])
        k = round(along) if np.isfinite(along) else -1
        on_plane = abs(along - k) * grid.spacing_ijk_mm[2] <= PLANE_TOLERANCE_MM
        if aligned and on_plane and 0 <= k < grid.shape_kji[0]:
            yield CtImage(header, frame, k, position)


def _places(header: Dataset) -> Iterable[tuple[int | None, NDArray[np.float64], NDArray[np.float64]]]:
    """Yield frame number, position and facing of each image in a file."""
    per_frame = header.get("PerFrameFunctionalGroupsSequence")
    if not per_frame:
        yield None, _numbers(header.ImagePositionPatient), _numbers(header.ImageOrientationPatient)
        return
    shared = header.get("SharedFunctionalGroupsSequence") or [{}]
    for number, groups in enumerate(per_frame, start=1):
        place = _group(groups, shared[0], "PlanePositionSequence").ImagePositionPatient
        facing = _group(groups, shared[0], "PlaneOrientationSequence").ImageOrientationPatient
        yield number, _numbers(place), _numbers(facing)


def _group(groups: Dataset, shared: Dataset, name: str) -> Dataset:
    return (groups if name in groups else shared)[name].value[0]


def _numbers(values: object) -> NDArray[np.float64]:
    return np.array(values, dtype=np.float64)


def _own(images: list[CtImage], numbers: tuple[int, int] | None) -> CtImage:
    """Of several images on one plane (a series made twice), return the one that bears the volume's number there."""

    def rank(image: CtImage) -> tuple[bool, int]:
        number = image.frame or int(image.header.get("InstanceNumber") or 0)
        expected = None if numbers is None else numbers[0] + numbers[1] * image.k
        return number != expected, number

    return min(images, key=rank)
