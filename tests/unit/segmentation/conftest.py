"""CT volumes for the segmentation tests: read without the program's own importer, so that the two can disagree."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pydicom
import pytest
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid
from pydicom.valuerep import format_number_as_ds

from planner.domain.digest import array_hash
from planner.domain.geometry import Grid, PatientPosition
from planner.domain.volume import Volume, VolumeRef

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def make_volume(hu, grid: Grid, *, frame_of_reference_uid: str = "1.2.3", position: str = "HFS") -> Volume:
    """A volume around an array."""
    ref = VolumeRef(
        pixel_hash=array_hash(hu),
        grid=grid,
        patient_position=PatientPosition(position),
        study_instance_uid="1.2.3.1",
        series_instance_uid="1.2.3.2",
        frame_of_reference_uid=frame_of_reference_uid,
    )
    return Volume(ref=ref, hu=hu)


def write_ct(
    folder: Path,
    grid: Grid,
    *,
    shear_mm: tuple[float, float] = (0.0, 0.0),
    straightened: Grid | None = None,
    is_reversed: bool = False,
) -> tuple[Volume, list[Path]]:
    """An empty CT and its headers on disk, one per slice, named in an order that says nothing of position.

    ``shear_mm``: how much farther along rows and columns each slice begins than the grid says (gantry tilt), and
    ``straightened``: the volume's grid then.
    ``is_reversed``: the scanner numbered the slices against the normal.
    """
    own = straightened or grid
    volume = make_volume(np.zeros(own.shape_kji, np.int16), own, frame_of_reference_uid=generate_uid())
    study, series, count, files = generate_uid(), generate_uid(), grid.shape_kji[0], []
    ref = replace(volume.ref, study_instance_uid=study, series_instance_uid=series)
    folder.mkdir()
    for k in range(count):
        header = pydicom.Dataset()
        header.file_meta = pydicom.dataset.FileMetaDataset()
        header.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        header.SOPClassUID, header.SOPInstanceUID = CTImageStorage, generate_uid()
        header.StudyInstanceUID, header.SeriesInstanceUID = study, series
        header.FrameOfReferenceUID, header.Modality = ref.frame_of_reference_uid, "CT"
        header.PatientName = header.PatientID = header.PatientBirthDate = header.PatientSex = ""
        header.StudyDate = header.StudyTime = header.StudyID = header.AccessionNumber = ""
        header.ReferringPhysicianName = header.PositionReferenceIndicator = ""
        header.Manufacturer, header.SeriesNumber = "test", 1
        header.InstanceNumber = count - k if is_reversed else k + 1
        aside = grid.direction[:, :2] @ np.array(shear_mm) * k
        header.ImagePositionPatient = [format_number_as_ds(float(v)) for v in grid.to_lps((0, 0, k)) + aside]
        header.ImageOrientationPatient = [format_number_as_ds(float(v)) for v in grid.direction[:, :2].T.ravel()]
        header.PixelSpacing = [grid.spacing_ijk_mm[1], grid.spacing_ijk_mm[0]]
        header.SliceThickness = grid.spacing_ijk_mm[2]
        header.Rows, header.Columns = grid.shape_kji[1:]
        files.append(folder / f"{(k * 5) % 7 + k // 7 * 7}.dcm")
        header.save_as(files[-1], enforce_file_format=True)
    return replace(volume, ref=ref), sorted(files)


def read_ct(folder: Path, *, every: int = 1) -> Volume:
    """A regular CT folder, slice by slice with pydicom; only each ``every``-th slice along the normal is decoded."""
    slices = [pydicom.dcmread(file) for file in sorted(folder.iterdir())]
    row, column = np.array(slices[0].ImageOrientationPatient, dtype=float).reshape(2, 3)
    normal = np.cross(row, column)
    slices = sorted(slices, key=lambda s: normal @ np.array(s.ImagePositionPatient, dtype=float))[::every]
    first, last = (np.array(s.ImagePositionPatient, dtype=float) for s in (slices[0], slices[-1]))
    hu = np.stack([s.pixel_array * float(s.RescaleSlope) + float(s.RescaleIntercept) for s in slices]).astype(np.int16)
    between_rows, between_columns = (float(v) for v in slices[0].PixelSpacing)
    grid = Grid.from_axes(
        hu.shape,
        origin_lps_mm=first,
        spacing_ijk_mm=(between_columns, between_rows, normal @ (last - first) / (len(slices) - 1)),
        direction=np.stack([row, column, normal], axis=1),
    )
    return make_volume(
        hu, grid, frame_of_reference_uid=slices[0].FrameOfReferenceUID, position=slices[0].PatientPosition
    )


@pytest.fixture(scope="session")
def volume_of() -> Callable[..., Volume]:
    return make_volume


@pytest.fixture(scope="session")
def ct_on_disk() -> Callable[..., tuple[Volume, list[Path]]]:
    return write_ct


@pytest.fixture(scope="session")
def ct_of() -> Callable[..., Volume]:
    return read_ct


@pytest.fixture(scope="session")
def pelvis(shared_data: Path) -> Volume:
    return read_ct(shared_data / "abdomen_pelvis_ts" / "ct")
