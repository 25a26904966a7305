"""A patient whose every number can be worked out by hand: an ellipse of soft tissue with a spine and five bright dots.

World: columns run along +x, rows along +y, slices along +z. The body is x²/100² + y²/75² ≤ 1 mm, 50 HU; the spine is a
rod of 12 mm radius around (0, 40). Dots are 3 × 3 voxels on one slice, 240 HU: white at W 400 L 40.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

if TYPE_CHECKING:
    from pathlib import Path

SHAPE_KJI = (64, 120, 160)
STEP_MM = np.array([1.5, 1.5, 2.0])  # x, y, z
FIRST_MM = np.array([-119.0, -89.0, -61.0])
SEMI_AXES_MM = (100.0, 75.0)
DOTS_SLICE = 36
# Column and row of each dot's middle, and what the test uses it for.
DOTS_IJ = {"nerve 1": (42, 61), "nerve 2": (48, 60), "nerve 3": (57, 51), "tip": (53, 58), "toward the skin": (33, 33)}


@dataclass(frozen=True)
class SimplePatient:
    """Where the files are, and the LPS place of each dot."""

    folder: Path
    dots_lps_mm: dict[str, np.ndarray]


def write_simple_patient(folder: Path) -> SimplePatient:
    """Write the CT as uncompressed DICOM, one file per slice."""
    _, j, i = np.meshgrid(*(np.arange(n) for n in SHAPE_KJI), indexing="ij")
    x, y = FIRST_MM[0] + i * STEP_MM[0], FIRST_MM[1] + j * STEP_MM[1]
    hu = np.full(SHAPE_KJI, -1000, np.int16)
    hu[(x / SEMI_AXES_MM[0]) ** 2 + (y / SEMI_AXES_MM[1]) ** 2 <= 1] = 50
    hu[x**2 + (y - 40) ** 2 <= 12**2] = 700
    for column, row in DOTS_IJ.values():
        hu[DOTS_SLICE, row - 1 : row + 2, column - 1 : column + 2] = 240
    uids = [generate_uid(entropy_srcs=["simple patient", str(n)]) for n in range(3)]
    for number in range(SHAPE_KJI[0]):
        _write_slice(folder / f"{number:03}.dcm", hu[number], number, uids)
    places = {name: FIRST_MM + STEP_MM * (ij[0], ij[1], DOTS_SLICE) for name, ij in DOTS_IJ.items()}
    return SimplePatient(folder, places)


def skin_mm(tip_mm: np.ndarray, through_mm: np.ndarray) -> np.ndarray:
    """Where the ray from the tip leaves the ellipse: the positive root of a quadratic."""
    d = (through_mm - tip_mm) / np.linalg.norm(through_mm - tip_mm)
    scale = np.array([1 / SEMI_AXES_MM[0], 1 / SEMI_AXES_MM[1], 0.0])
    p, v = tip_mm * scale, d * scale
    a, b, c = v @ v, 2 * p @ v, p @ p - 1
    return tip_mm + d * (-b + np.sqrt(b * b - 4 * a * c)) / (2 * a)


def _write_slice(path: Path, hu: np.ndarray, number: int, uids: list[str]) -> None:
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID = CTImageStorage
    ds.SOPInstanceUID = generate_uid(entropy_srcs=["simple patient slice", str(number)])
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID = uids
    ds.PatientName, ds.PatientID, ds.PatientSex, ds.PatientBirthDate = "Simple^Patient", "SIMPLE-1", "O", "19700101"
    ds.Modality, ds.ImageType, ds.PatientPosition = "CT", ["ORIGINAL", "PRIMARY", "AXIAL"], "HFS"
    ds.StudyDate, ds.SeriesNumber, ds.SeriesDescription = "20260102", 2, "Simple 2.0 mm"
    ds.InstanceNumber, ds.AcquisitionNumber = number + 1, 1
    z = float(FIRST_MM[2] + number * STEP_MM[2])
    ds.ImagePositionPatient = [float(FIRST_MM[0]), float(FIRST_MM[1]), z]
    ds.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    ds.PixelSpacing, ds.SliceThickness, ds.SliceLocation = [float(STEP_MM[1]), float(STEP_MM[0])], 2.0, z
    ds.Rows, ds.Columns, ds.SamplesPerPixel, ds.PhotometricInterpretation = *hu.shape, 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 1
    ds.RescaleSlope, ds.RescaleIntercept, ds.WindowWidth, ds.WindowCenter = 1, 0, 400, 40
    ds.PixelData = hu.astype("<i2").tobytes()
    ds.save_as(path, enforce_file_format=True)
