"""Slice headers without files, for the gate."""

from __future__ import annotations

from collections.abc import Callable  # noqa: TC003
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID

from planner.domain.identity import PatientIdentity
from planner.imaging.headers import SliceHeader


def _header(number: int, position_lps_mm) -> SliceHeader:
    return SliceHeader(
        path=Path(f"/series/{number:04d}"),
        patient=PatientIdentity(patient_name="Phantom", patient_id="P1"),
        transfer_syntax_uid="1.2.840.10008.1.2.1",
        sop_class_uid="1.2.840.10008.5.1.4.1.1.2",
        media_class_uid="1.2.840.10008.5.1.4.1.1.2",
        sop_instance_uid=f"1.2.3.{number}",
        modality="CT",
        image_type=("ORIGINAL", "PRIMARY", "AXIAL"),
        study_instance_uid="1.2",
        series_instance_uid="1.3",
        frame_of_reference_uid="1.4",
        series_number="1",
        series_description="",
        series_date="2026-01-02",
        acquisition_number="1",
        acquisition_time="",
        instance_number=number,
        scanner="",
        kernel="",
        contrast="",
        patient_position="HFS",
        rows=512,
        columns=512,
        frames=1,
        samples=1,
        photometric="MONOCHROME2",
        bits_allocated=16,
        bits_stored=16,
        high_bit=15,
        signed=True,
        lossy=False,
        position_lps_mm=tuple(float(v) for v in position_lps_mm),
        orientation=(1.0, 0.0, 0.0, 0.0, 1.0, 0.0),
        spacing_ji_mm=(0.7, 0.7),
        slope=1.0,
        intercept=0.0,
        rescale_type="HU",
        padding=None,
        slice_location_mm=None,
        slice_thickness_mm=None,
        spacing_between_slices_mm=None,
        gantry_tilt_deg=None,
        window_hu=None,
    )


@pytest.fixture
def stack_at() -> Callable[..., list[SliceHeader]]:
    """Function that makes headers of a clean series with its slices at given LPS positions."""

    def make(positions_lps_mm, **changes) -> list[SliceHeader]:
        return [replace(_header(number, position), **changes) for number, position in enumerate(positions_lps_mm)]

    return make


def plain_ct(values: np.ndarray, *, bits_stored: int = 16, signed: bool = True) -> Dataset:
    """A CT slice of 8- or 16-bit ``values``, shape (J, I) or (K, J, I), explicit little endian."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.1")
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = "1.2.3.4"
    dataset.Modality, dataset.PatientName, dataset.PatientID = "CT", "Phantom^Ägid", "P1"
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.FrameOfReferenceUID = "1.2", "1.3", "1.4"
    dataset.ImagePositionPatient, dataset.ImageOrientationPatient = [-100.5, -90, 12.5], [1, 0, 0, 0, 1, 0]
    dataset.PixelSpacing, dataset.RescaleSlope, dataset.RescaleIntercept = [0.75, 0.5], 1, -1024
    dataset.Rows, dataset.Columns = values.shape[-2:]
    if values.ndim == 3:
        dataset.NumberOfFrames = len(values)
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = 8 * values.dtype.itemsize
    dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = bits_stored, bits_stored - 1, int(signed)
    data = values.astype(values.dtype.newbyteorder("<")).tobytes()
    dataset.PixelData = data + b"\0" * (len(data) % 2)
    dataset["PixelData"].VR = "OW"
    return dataset


def packed_ct(frames: list[bytes], like: Dataset, *, syntax: str) -> Dataset:
    """The slice ``like`` with compressed ``frames`` in place of its pixels."""
    like.file_meta.TransferSyntaxUID = UID(syntax)
    like.PixelData = encapsulate(frames)
    like["PixelData"].VR = "OB"
    like["PixelData"].is_undefined_length = True
    return like


@pytest.fixture
def make_ct() -> Callable[..., Dataset]:
    """Function that makes a slice of given stored values."""
    return plain_ct


@pytest.fixture
def pack_ct() -> Callable[..., Dataset]:
    """Function that puts compressed frames into a slice."""
    return packed_ct


@pytest.fixture
def keep(tmp_path: Path) -> Callable[..., Path]:
    """Function that writes a data set to a file."""

    def write(dataset: Dataset, name: str = "slice.dcm") -> Path:
        path = tmp_path / name
        dataset.save_as(path, enforce_file_format=True)
        return path

    return write


@pytest.fixture
def noise() -> np.ndarray:
    """Stored values that use all of 16 bits, shape (40, 56), int16: no flip, swap or shift leaves them equal."""
    values = np.random.default_rng(4).integers(-32768, 32768, (40, 56)).astype(np.int16)
    values[0, :4] = [-32768, 32767, 0, -1]
    return values
