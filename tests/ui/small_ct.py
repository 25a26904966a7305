"""A small CT series on disk, straight or tilted, for tests that read real files."""

from __future__ import annotations

import math

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

ROWS, COLUMNS, STEP_MM, PIXEL_MM = 40, 48, 2.0, 1.5


def write_series(folder, *, slices=12, tilt_deg=0.0, series="7", name="Canary^Carla", description="Thorax", patch=None):
    """Write a body of water in air, 5 mm of bone at the patient's left; slices shift backwards by the tilt."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for k in range(slices):
        path = folder / f"IM{k + 1:05d}.dcm"
        dataset = _slice(k, tilt_deg=tilt_deg, series=series, name=name, description=description)
        if patch is not None:
            patch(dataset, k)
        dataset.save_as(path, enforce_file_format=True)
        paths.append(path)
    return paths


def _slice(k, *, tilt_deg, series, name, description):
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    uid = f"1.2.826.0.1.{series}"
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = f"{uid}.{k + 1}"
    dataset.PatientName, dataset.PatientID, dataset.PatientSex = name, "ID-77", "F"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "1.2.826.0.1.1", uid
    dataset.FrameOfReferenceUID = f"{uid}.0"
    dataset.StudyDate = dataset.SeriesDate = "20260102"
    dataset.StudyDescription, dataset.SeriesDescription, dataset.SeriesNumber = "Trial", description, series
    dataset.Modality, dataset.ImageType = "CT", ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.PatientPosition, dataset.InstanceNumber, dataset.ConvolutionKernel = "HFS", k + 1, "B30f"
    back_mm = k * STEP_MM * math.tan(math.radians(tilt_deg))
    dataset.ImagePositionPatient = [-35.0, -29.0 + round(back_mm, 6), k * STEP_MM]
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    dataset.PixelSpacing, dataset.SliceThickness = [PIXEL_MM, PIXEL_MM], STEP_MM
    dataset.Rows, dataset.Columns, dataset.SamplesPerPixel = ROWS, COLUMNS, 1
    dataset.PhotometricInterpretation, dataset.PixelRepresentation = "MONOCHROME2", 1
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 16, 15
    dataset.RescaleSlope, dataset.RescaleIntercept = 1, 0
    dataset.WindowWidth, dataset.WindowCenter = 400, 40
    j, i = np.mgrid[:ROWS, :COLUMNS]
    hu = np.where(np.hypot((j - ROWS / 2) / 16, (i - COLUMNS / 2) / 20) < 1, 30, -1000).astype("<i2")
    hu[18:22, 38:41] = 700  # columns grow towards the patient's left
    dataset.PixelData = hu.tobytes()
    return dataset
