"""Is a second series read as what it says it is? Padding is no value, and HU are called so only where they are."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from pydicom.uid import generate_uid

from planner.domain.progress import silent
from planner.domain.series import SliceFile
from planner.imaging.second import load_second

ROWS, COLUMNS = 5, 4


@pytest.fixture
def write(make_ct, keep):
    """Function that writes four slices of tissue whose first column holds the mark −2000; changes are tags."""
    return partial(_write, make_ct, keep)


def _write(make_ct, keep, **changes) -> list[SliceFile]:
    values = np.full((ROWS, COLUMNS), 40, np.int16)
    values[:, 0] = -2000
    slices = []
    for k in range(4):
        dataset = make_ct(values)
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.FrameOfReferenceUID = "1.2", "1.3", "1.4"
        dataset.ImagePositionPatient, dataset.ImageOrientationPatient = [0, 0, 2 * k], [1, 0, 0, 0, 1, 0]
        dataset.PixelSpacing, dataset.PatientPosition = [0.5, 0.5], "HFS"
        for keyword, value in changes.items():
            setattr(dataset, keyword, value)
            if value is None:
                delattr(dataset, keyword)
        slices.append(SliceFile(str(keep(dataset, f"{k}.dcm"))))
    return slices


def test_H_09_padding_is_told_by_the_mask_and_no_value(write) -> None:
    scan = load_second(write(PixelPaddingValue=-2000), progress=silent)
    assert scan.padding is not None
    assert scan.padding[:, :, 0].all()
    assert not scan.padding[:, :, 1:].any()
    assert (scan.values.min(), scan.values.max()) == (40 - 1024, 40 - 1024)
    assert scan.is_hu


@pytest.mark.parametrize("changes", [{"RescaleSlope": None, "RescaleIntercept": None}, {"RescaleType": "MGML"}])
def test_H_09_a_ct_without_a_scale_of_hu_is_not_called_hu(changes, write) -> None:
    assert not load_second(write(**changes), progress=silent).is_hu
