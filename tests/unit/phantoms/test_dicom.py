"""Do written slices read back to the same HU and place, by pydicom alone?"""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import numpy as np
import pydicom
import pytest

from planner.domain.progress import silent
from planner.phantoms.dicom import slice_dataset, write_series
from planner.segmentation.labelio import read_seg

if TYPE_CHECKING:
    from pathlib import Path

    from planner.phantoms.phantom import Phantom

pytestmark = pytest.mark.xdist_group("neck phantom")


@pytest.fixture(scope="module")
def written(neck: Phantom, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[pydicom.Dataset]]:
    folder = tmp_path_factory.mktemp("neck")
    files = write_series(neck, folder, progress=silent)
    return folder, [pydicom.dcmread(path) for path in files]


def test_hu_come_back_exactly(neck: Phantom, written: tuple[Path, list[pydicom.Dataset]]) -> None:
    for k, dataset in enumerate(written[1]):
        hu = dataset.pixel_array.astype(int) * int(dataset.RescaleSlope) + int(dataset.RescaleIntercept)
        assert np.array_equal(hu, neck.volume.hu[k])


def test_a_voxel_lies_where_the_headers_say(neck: Phantom, written: tuple[Path, list[pydicom.Dataset]]) -> None:
    """Position from ImagePositionPatient, ImageOrientationPatient and PixelSpacing alone (PS3.3 C.7.6.2.1.1)."""
    rng = np.random.default_rng(5)
    for _ in range(20):
        k, j, i = (int(rng.integers(n)) for n in neck.volume.grid.shape_kji)
        dataset = written[1][k]
        between_rows, between_columns = map(float, dataset.PixelSpacing)
        along_row, along_column = np.reshape(dataset.ImageOrientationPatient, (2, 3)).astype(float)
        here = np.asarray(dataset.ImagePositionPatient, dtype=float)
        here = here + along_row * between_columns * i + along_column * between_rows * j
        assert np.allclose(here, neck.volume.grid.to_lps((i, j, k)), atol=1e-3)


def test_identity_is_plainly_synthetic(written: tuple[Path, list[pydicom.Dataset]]) -> None:
    first = written[1][0]
    assert str(first.PatientName) == "Demo^Neck"
    assert first.PatientID == "DEMO-NECK"
    assert all(str(uid).startswith("2.25.") for uid in (first.StudyInstanceUID, first.SOPInstanceUID))
    assert len({dataset.SOPInstanceUID for dataset in written[1]}) == len(written[1])
    assert first.PatientPosition == "HFS"


def test_structures_come_back_as_they_were(neck: Phantom, written: tuple[Path, list[pydicom.Dataset]]) -> None:
    masks = read_seg(written[0] / "structures.dcm", volume=neck.volume)
    assert [m.name for m in masks] == [m.name for m in neck.masks]
    for got, truth in zip(masks, neck.masks, strict=True):
        assert np.array_equal(got.mask, truth.mask), truth.name


def test_the_same_slice_is_written_the_same(neck: Phantom) -> None:
    assert slice_dataset(neck, 7).to_json() == slice_dataset(neck, 7).to_json()


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy (dicom3tools) is not installed")
def test_the_validator_finds_no_error(written: tuple[Path, list[pydicom.Dataset]]) -> None:
    for name in ("0001.dcm", "0077.dcm"):
        done = subprocess.run(
            ["dciodvfy", str(written[0] / "ct" / name)], capture_output=True, text=True, check=False, timeout=60
        )
        assert "Error" not in done.stdout + done.stderr, done.stderr
