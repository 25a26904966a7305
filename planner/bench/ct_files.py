"""What does a CT series look like on disk? Synthetic slices with a scanner's header, written once to a folder."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.series import SliceFile

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

SIZE = 512
_STEP_MM = 1.0
_PLACE, _INSTANCE = "+0000.000", "1.2.3.4.100000"


def write_series(folder: Path, *, count: int, is_packed: bool) -> tuple[SliceFile, ...]:
    """Write ``count`` slices of 512 × 512, from feet to head; JPEG-LS lossless when packed, else uncompressed.

    The header holds what scanners write beside the needed attributes: private elements and sequences.
    """
    from pydicom.uid import JPEGLSLossless

    folder.mkdir(parents=True, exist_ok=True)
    grey = _texture()
    dataset = _slice(grey)
    if is_packed:
        dataset.compress(JPEGLSLossless, grey, encoding_plugin="pyjpegls")
    template = _bytes(dataset)
    slices = []
    for k in range(count):
        z = f"{k * _STEP_MM:+09.3f}".encode()
        # Texts of equal length are exchanged in the bytes; writing each header anew takes far longer than reading it.
        data = template.replace(_PLACE.encode(), z).replace(_INSTANCE.encode(), b"1.2.3.4.1%05d" % k)
        if not is_packed:
            data = data[: -grey.nbytes] + np.roll(grey, 7 * k, axis=0).tobytes()
        path = folder / f"{k:04d}.dcm"
        path.write_bytes(data)
        slices.append(SliceFile(str(path)))
    return tuple(slices)


def _texture() -> NDArray[np.uint16]:
    """Return stored values of a slice: a body of soft tissue with noise of 20 HU, in air, 12 bits."""
    j, i = np.mgrid[:SIZE, :SIZE] - SIZE / 2
    inside = (i / 200) ** 2 + (j / 140) ** 2 < 1
    noise = np.random.default_rng(1).normal(0, 20, (SIZE, SIZE))
    return np.clip(np.where(inside, 1064, 24) + noise, 0, 4095).astype("<u2")


def _slice(grey: NDArray[np.uint16]) -> Dataset:
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian

    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    for keyword, value in _VALUES.items():
        setattr(dataset, keyword, value)
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    referenced = Dataset()
    referenced.ReferencedSOPClassUID, referenced.ReferencedSOPInstanceUID = "1.2.840.10008.3.1.2.3.1", "1.2.3"
    dataset.ReferencedStudySequence = [referenced]
    dataset.SourceImageSequence = [referenced]
    dataset["SourceImageSequence"].is_undefined_length = True
    for group in (0x0019, 0x0021, 0x0029, 0x0043):
        block = dataset.private_block(group, "SYNTHETIC 1.0", create=True)
        for element in range(12):
            block.add_new(element, "LO", f"private value {element}")
    dataset.Rows = dataset.Columns = SIZE
    dataset.add_new(0x7FE00010, "OW", grey.tobytes())
    return dataset


def _bytes(dataset: Dataset) -> bytes:
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


# fmt: off
_VALUES = {
    "SpecificCharacterSet": "ISO_IR 100", "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
    "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2", "SOPInstanceUID": _INSTANCE, "StudyDate": "20260102",
    "SeriesDate": "20260102", "AcquisitionDate": "20260102", "ContentDate": "20260102", "StudyTime": "101112",
    "AcquisitionTime": "101112", "AccessionNumber": "", "Modality": "CT", "Manufacturer": "Frostline",
    "InstitutionName": "Synthetic", "StationName": "BENCH", "StudyDescription": "Chest",
    "SeriesDescription": "Chest 1.0",
    "ManufacturerModelName": "bench", "PatientName": "Phantom^Bench", "PatientID": "BENCH", "PatientBirthDate": "",
    "PatientSex": "O", "PatientAge": "050Y", "BodyPartExamined": "CHEST", "ScanOptions": "HELICAL",
    "SliceThickness": "1.0", "KVP": "120", "DataCollectionDiameter": "500", "ProtocolName": "Chest",
    "ReconstructionDiameter": "360", "DistanceSourceToDetector": "1000", "GantryDetectorTilt": "0",
    "TableHeight": "150", "ExposureTime": "500", "XRayTubeCurrent": "200", "Exposure": "100", "FilterType": "BODY",
    "ConvolutionKernel": "B30f", "PatientPosition": "HFS", "StudyInstanceUID": "1.2.3.1",
    "SeriesInstanceUID": "1.2.3.2",
    "StudyID": "1", "SeriesNumber": "2", "AcquisitionNumber": "1", "InstanceNumber": "1",
    "ImagePositionPatient": ["-179.65", "-179.65", _PLACE], "ImageOrientationPatient": ["1", "0", "0", "0", "1", "0"],
    "FrameOfReferenceUID": "1.2.3.3", "PositionReferenceIndicator": "", "SliceLocation": _PLACE, "SamplesPerPixel": 1,
    "PhotometricInterpretation": "MONOCHROME2", "PixelSpacing": ["0.703125", "0.703125"], "BitsAllocated": 16,
    "BitsStored": 12, "HighBit": 11, "PixelRepresentation": 0, "WindowCenter": ["40", "-600"],
    "WindowWidth": ["400", "1500"], "RescaleIntercept": "-1024", "RescaleSlope": "1", "RescaleType": "HU",
}
# fmt: on
