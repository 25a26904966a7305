"""Does the mixed export hold what it says: a scout, a gap, a tilt and scraps, each told by the scan?"""

from __future__ import annotations

import pytest

from planner.domain.progress import silent
from planner.domain.series import SeriesVerdict
from planner.imaging.scan import scan_folder
from planner.phantoms.mixed_export import write_mixed_export


@pytest.fixture
def export(tmp_path):
    """A good series of 44 slices and the mixed export beside it."""
    import numpy as np
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian

    (tmp_path / "ct").mkdir()
    files = []
    for k in range(44):
        dataset = Dataset()
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"1.2.3.{k + 1}"
        dataset.PatientName, dataset.PatientID, dataset.Modality = "Phantom", "P1", "CT"
        dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.FrameOfReferenceUID = "1.2", "1.3", "1.4"
        dataset.SeriesNumber, dataset.SeriesDescription, dataset.PatientPosition = "2", "Good", "HFS"
        dataset.ImagePositionPatient, dataset.ImageOrientationPatient = [0, 0, 1.5 * k], [1, 0, 0, 0, 1, 0]
        dataset.PixelSpacing, dataset.RescaleSlope, dataset.RescaleIntercept = [1, 1], 1, 0
        dataset.Rows = dataset.Columns = 16
        dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 16, 15, 1
        dataset.PixelData = np.zeros((16, 16), "<i2").tobytes()
        path = tmp_path / "ct" / f"{k:04d}.dcm"
        dataset.save_as(path, enforce_file_format=True)
        files.append(path)
    write_mixed_export(files, tmp_path)
    return tmp_path


def test_each_series_of_the_export_is_told_for_what_it_is(export):
    report = scan_folder(export, progress=silent)
    told = {series.label.split(" ")[0]: series for series in report.series}
    assert told["2"].verdict is SeriesVerdict.READY
    assert told["1"].verdict is told["3"].verdict is SeriesVerdict.NOT_USABLE
    assert [finding.code for finding in told["3"].findings] == ["missing-slices"]
    (tilt,) = told["4"].findings
    assert (tilt.code, tilt.value) == ("gantry-tilt", pytest.approx(12.0, abs=0.01))
    assert len(report.rejected) == 5
