"""CT volumes for the segmentation tests: read without the program's own importer, so that the two can disagree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pydicom
import pytest

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
def ct_of() -> Callable[..., Volume]:
    return read_ct


@pytest.fixture(scope="session")
def pelvis(shared_data: Path) -> Volume:
    return read_ct(shared_data / "abdomen_pelvis_ts" / "ct")
