"""A CT written by hand, small enough that every number about it is known without the program."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

if TYPE_CHECKING:
    from pathlib import Path

UID = "1.2.826.0.1.9"
SLICES, ROWS, COLUMNS = 5, 40, 30
FIRST_LPS_MM = (-7.5, 11.25, -100.0)
ROW_MM, COLUMN_MM, SLICE_MM = 0.8, 0.5, 2.5
BONE_IJK, BONE_HU = (3, 7, 2), 1234
PADDED_IJK = (0, 0, 0)
PADDING = -2000


def stored(k: int) -> np.ndarray:
    """Air in front, soft tissue behind, one voxel of bone, one of padding."""
    values = np.full((ROWS, COLUMNS), -1000, "<i2")
    values[ROWS // 2 :] = 40
    values[ROWS // 4 : ROWS // 2] = -100
    if k == BONE_IJK[2]:
        values[BONE_IJK[1], BONE_IJK[0]] = BONE_HU
    if k == PADDED_IJK[2]:
        values[PADDED_IJK[1], PADDED_IJK[0]] = PADDING
    return values


def write_series(folder: Path, *, tilt_deg: float = 0.0, leave_out: tuple[int, ...] = (), uid: str = UID) -> Path:
    """Write the series; a tilt leans the slices back about the left–right axis while the table moves along H/F."""
    folder.mkdir(parents=True, exist_ok=True)
    sine, cosine = float(np.sin(np.radians(tilt_deg))), float(np.cos(np.radians(tilt_deg)))
    for k in range(SLICES):
        if k in leave_out:
            continue
        ds = Dataset()
        ds.file_meta = FileMetaDataset()
        ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = CTImageStorage
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = f"{uid}.{k}"
        ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID = "1.2.826.0.1", uid, "1.2.826.0.3"
        ds.PatientName, ds.PatientID, ds.PatientBirthDate, ds.PatientSex = "Hand^Made", "H1", "19610203", "F"
        ds.StudyDate, ds.SeriesDate, ds.Modality = "20260102", "20260102", "CT"
        ds.ImageType, ds.SeriesNumber, ds.SeriesDescription = ["ORIGINAL", "PRIMARY", "AXIAL"], 4, "By hand"
        ds.InstanceNumber, ds.PatientPosition = k + 1, "FFS"
        x, y, z = FIRST_LPS_MM
        ds.ImagePositionPatient = [x, y, z + SLICE_MM * k]
        ds.ImageOrientationPatient = [1.0, 0.0, 0.0, 0.0, round(cosine, 10), round(sine, 10)]
        ds.PixelSpacing, ds.SliceThickness = [ROW_MM, COLUMN_MM], SLICE_MM
        ds.Rows, ds.Columns = ROWS, COLUMNS
        ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
        ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 1
        ds.RescaleSlope, ds.RescaleIntercept, ds.RescaleType = 1, 0, "HU"
        ds.add_new(0x00280120, "SS", PADDING)
        ds.PixelData = stored(k).tobytes()
        ds.save_as(folder / f"f{(7 * k + 3) % 11}", enforce_file_format=True)
    return folder


def pixel_hash() -> str:
    """The hash a plan is pinned to, computed here: sha256 over type, shape and values, padding as −1024."""
    import hashlib

    hu = [v if v != PADDING else -1024 for k in range(SLICES) for v in stored(k).ravel().tolist()]
    digest = hashlib.sha256(f"int16({SLICES}, {ROWS}, {COLUMNS})".encode())
    digest.update(struct.pack(f"<{len(hu)}h", *hu))
    return digest.hexdigest()
