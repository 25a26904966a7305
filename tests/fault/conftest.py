"""Small DICOM series with known truth, in any encoding, and ways to break them.

The anatomy is a lattice in patient space, asymmetric along all three axes, with seven landmarks of distinct HU. An
encoding only chooses which lattice axes become columns, rows and slices, so the truth never comes from the program.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path  # noqa: TC003

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

from planner.domain.progress import silent
from planner.domain.series import SliceFile
from planner.imaging.assemble import load_series

# Lattice: counts and steps toward left, posterior, head; position of its first point in LPS mm.
COUNTS_XYZ = (14, 11, 12)
STEPS_MM = (0.5, 0.9, 2.0)
FIRST_LPS_MM = (-31.25, 12.5, -104.0)
# Landmarks by lattice index and HU.
LANDMARKS = {
    (1, 2, 1): -700,
    (11, 2, 3): -300,
    (3, 9, 2): 120,
    (12, 8, 9): 350,
    (6, 1, 10): 900,
    (5, 6, 6): 1500,
    (0, 10, 11): 2345,
}


@dataclass
class Encoding:
    """Which way columns (i) and rows (j) run: unit vectors of the lattice, such as (0, -1, 0)."""

    i_axis: tuple[int, int, int] = (1, 0, 0)
    j_axis: tuple[int, int, int] = (0, 1, 0)
    patient_position: str = "HFS"
    k_reversed: bool = False


def lattice_lps_mm(index_xyz) -> np.ndarray:
    return np.asarray(FIRST_LPS_MM) + np.asarray(index_xyz, float) * STEPS_MM


def anatomy() -> np.ndarray:
    """HU on the lattice, [x, y, z], int16: soft tissue with a gradient, and the landmarks."""
    x, y, z = np.indices(COUNTS_XYZ)
    hu = (20 + x - 2 * y + 3 * z).astype(np.int16)
    for index, value in LANDMARKS.items():
        hu[index] = value
    return hu


def _slices(encoding: Encoding):
    """Yield (image (rows, columns) int16, position of its first pixel) for each slice, in lattice order."""
    hu = anatomy()
    ia, ja = (int(np.abs(axis).argmax()) for axis in (encoding.i_axis, encoding.j_axis))
    ka = 3 - ia - ja
    for k in range(COUNTS_XYZ[ka]):
        plane = np.take(hu, k, axis=ka)
        # np.take leaves the two other axes in ascending order.
        image = plane.T if ia < ja else plane
        first = [0, 0, 0]
        first[ka] = k
        if encoding.i_axis[ia] < 0:
            image = image[:, ::-1]
            first[ia] = COUNTS_XYZ[ia] - 1
        if encoding.j_axis[ja] < 0:
            image = image[::-1]
            first[ja] = COUNTS_XYZ[ja] - 1
        yield np.ascontiguousarray(image), lattice_lps_mm(first)


def slice_datasets(encoding: Encoding | None = None) -> list[Dataset]:
    """Complete, clean CT slices of the anatomy."""
    encoding = encoding or Encoding()
    study, series, frame = generate_uid(), generate_uid(), generate_uid()
    ia, ja = (int(np.abs(axis).argmax()) for axis in (encoding.i_axis, encoding.j_axis))
    ka = 3 - ia - ja
    images = list(_slices(encoding))
    datasets = []
    for number, (image, position) in enumerate(images, start=1):
        ds = Dataset()
        ds.file_meta = FileMetaDataset()
        ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = CTImageStorage
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID = study, series, frame
        ds.PatientName, ds.PatientID, ds.PatientBirthDate, ds.PatientSex = "Phantom^Lattice", "P1", "19610203", "F"
        ds.StudyDate, ds.SeriesDate, ds.AccessionNumber = "20260102", "20260102", "A1"
        ds.Modality, ds.ImageType = "CT", ["ORIGINAL", "PRIMARY", "AXIAL"]
        ds.Manufacturer, ds.ManufacturerModelName, ds.ConvolutionKernel = "Maker", "Model 1", "B30f"
        ds.SeriesNumber, ds.SeriesDescription, ds.AcquisitionNumber = 3, "Lattice", 1
        ds.InstanceNumber = len(images) - number if encoding.k_reversed else number
        ds.PatientPosition = encoding.patient_position
        ds.ImagePositionPatient = [float(v) for v in position]
        ds.ImageOrientationPatient = [float(v) for v in (*encoding.i_axis, *encoding.j_axis)]
        ds.PixelSpacing = [STEPS_MM[ja], STEPS_MM[ia]]
        ds.SliceThickness = STEPS_MM[ka]
        ds.Rows, ds.Columns = image.shape
        ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
        ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 1
        ds.RescaleSlope, ds.RescaleIntercept, ds.RescaleType = 1, 0, "HU"
        ds.WindowWidth, ds.WindowCenter = [400, 2000], [40, 500]
        ds.PixelData = image.astype("<i2").tobytes()
        datasets.append(ds)
    return datasets


@dataclass
class Series:
    """Slices on disk under meaningless, shuffled names."""

    folder: Path
    files: list[Path] = field(default_factory=list)

    def load(self):
        return load_series([SliceFile(str(path)) for path in self.files], progress=silent)


Write = Callable[..., Series]


@pytest.fixture
def clean_slices() -> Callable[..., list[Dataset]]:
    """Function that makes the clean slices of an encoding."""
    return slice_datasets


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Function that writes datasets as a series, in an order that tells nothing."""

    def write_series(datasets: list[Dataset], *, folder: str = "ct", seed: int = 1) -> Series:
        series = Series(tmp_path / folder)
        series.folder.mkdir(parents=True, exist_ok=True)
        order = list(datasets)
        random.Random(seed).shuffle(order)
        for number, ds in enumerate(order):
            path = series.folder / f"{number:04d}"
            ds.save_as(path, enforce_file_format=True)
            series.files.append(path)
        return series

    return write_series


@pytest.fixture
def check_landmarks():
    """Function that finds every landmark of a loaded volume at its true place with its HU."""

    def check(volume, *, without=()) -> None:
        for index, value in LANDMARKS.items():
            if index in without:
                continue
            ijk = volume.grid.to_index(lattice_lps_mm(index))
            nearest = np.rint(ijk).astype(int)
            off_mm = np.linalg.norm(volume.grid.to_lps(nearest) - lattice_lps_mm(index))
            assert off_mm <= 0.01, f"landmark {value} HU is {off_mm:.3f} mm off"
            i, j, k = nearest
            assert volume.hu[k, j, i] == value

    return check


@pytest.fixture
def encoding() -> type[Encoding]:
    return Encoding
