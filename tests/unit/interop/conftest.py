"""A small CT on disk that belongs to a named patient, and its images as the exporters take them."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime

import numpy as np
import pydicom
import pytest

from planner.domain.geometry import Grid, PatientPosition
from planner.domain.volume import Volume, VolumeRef
from planner.segmentation.labelio.ct_source import ct_images

GRID = Grid.from_axes((4, 8, 8), origin_lps_mm=(-4, -4, 0), spacing_ijk_mm=(1, 1, 2))
MADE_AT = datetime(2026, 11, 22, 13, 14, 15, tzinfo=UTC)
STUDY, SERIES, FRAME = "1.2.826.0.1.3680043.8.498.1", "1.2.826.0.1.3680043.8.498.2", "1.2.826.0.1.3680043.8.498.3"


@pytest.fixture
def images(tmp_path):
    """The four images of a CT written without the program."""
    (tmp_path / "ct").mkdir()
    files = []
    for k in range(GRID.shape_kji[0]):
        header = pydicom.Dataset()
        header.file_meta = pydicom.dataset.FileMetaDataset()
        header.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
        header.SpecificCharacterSet = "ISO_IR 100"
        header.SOPClassUID, header.SOPInstanceUID = pydicom.uid.CTImageStorage, pydicom.uid.generate_uid()
        header.PatientName, header.PatientID, header.PatientBirthDate = "Müller^Änne", "P-77", "19611231"
        header.PatientSex, header.StudyID, header.AccessionNumber = "F", "S1", "ACC9"
        header.StudyDate, header.StudyTime, header.ReferringPhysicianName = "20260102", "030405", "Bo^Dr"
        # Scanners write ages like this; a copy of it would be our error.
        header["PatientAge"] = pydicom.DataElement(0x00101010, "AS", "0Y", validation_mode=pydicom.config.IGNORE)
        header.Modality, header.InstanceNumber = "CT", k + 1
        header.StudyInstanceUID, header.SeriesInstanceUID, header.FrameOfReferenceUID = STUDY, SERIES, FRAME
        header.Rows, header.Columns, header.PixelSpacing = 8, 8, [1, 1]
        header.ImagePositionPatient = [-4, -4, 2 * k]
        header.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        files.append(tmp_path / "ct" / f"{k}.dcm")
        with warnings.catch_warnings(action="ignore"):
            header.save_as(files[-1], enforce_file_format=True)
    ref = VolumeRef("a" * 64, GRID, PatientPosition.HFS, STUDY, SERIES, FRAME)
    return ct_images(files, volume=Volume(ref, np.zeros(GRID.shape_kji, np.int16)))
