"""How is a phantom written as DICOM? A CT series like a scanner's, and the truth as a segmentation object."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.phantoms.phantom import uid

if TYPE_CHECKING:
    from pathlib import Path

    from pydicom.dataset import Dataset

    from planner.domain.progress import Progress
    from planner.phantoms.phantom import Phantom

INTERCEPT_HU = -1024
CT_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.2"
BODY_PARTS = {"neck": "NECK", "chest-wall": "CHEST"}  # DICOM PS3.16 annex L


def write_series(phantom: Phantom, folder: Path, *, progress: Progress) -> tuple[Path, ...]:
    """Write ``folder/ct/*.dcm`` and ``folder/structures.dcm``; return the CT files from feet to head.

    Explicit little endian, uncompressed, 12 bits stored, slope 1 and intercept -1024, so HU come back exactly.
    The same phantom gives the same UIDs every time.
    """
    from planner.segmentation.labelio import write_seg

    slices = folder / "ct"
    slices.mkdir(parents=True, exist_ok=True)
    count = phantom.volume.grid.shape_kji[0]
    files = []
    for k in range(count):
        if k % 8 == 0:
            progress(k, count + 1, "Writing slices")
        path = slices / f"{k + 1:04d}.dcm"
        slice_dataset(phantom, k).save_as(path, enforce_file_format=True)
        files.append(path)
    progress(count, count + 1, "Writing structures")
    write_seg(
        folder / "structures.dcm",
        volume=phantom.volume,
        ct_files=files,
        masks=phantom.masks,
        series_description="Phantom truth",
    )
    return tuple(files)


def slice_dataset(phantom: Phantom, k: int) -> Dataset:
    """Return slice ``k`` as a complete CT Image Storage data set with its file meta information."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian

    dataset = Dataset()
    dataset.SOPClassUID = CT_IMAGE_STORAGE
    dataset.SOPInstanceUID = uid(phantom.name, f"ct slice {k}")
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = uid("all", "implementation")
    dataset.file_meta = meta
    _put_patient_and_study(dataset, phantom)
    _put_series(dataset, phantom)
    _put_geometry(dataset, phantom, k)
    _put_pixels(dataset, phantom, k)
    return dataset


def _put_patient_and_study(dataset: Dataset, phantom: Phantom) -> None:
    identity, date = phantom.identity, phantom.identity.study_date.replace("-", "")
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.PatientName = identity.patient_name
    dataset.PatientID = identity.patient_id
    dataset.PatientBirthDate = ""
    dataset.PatientSex = identity.sex
    dataset.PatientComments = "Synthetic phantom. No real patient."
    dataset.StudyInstanceUID = phantom.volume.ref.study_instance_uid
    dataset.StudyID = "1"
    dataset.StudyDate, dataset.StudyTime = date, "090000"
    dataset.SeriesDate, dataset.SeriesTime = date, "090100"
    dataset.AcquisitionDate, dataset.AcquisitionTime = date, "090130"
    dataset.ContentDate, dataset.ContentTime = date, "090200"
    dataset.StudyDescription = identity.study_description
    dataset.AccessionNumber = ""
    dataset.ReferringPhysicianName = ""
    dataset.InstitutionName = identity.institution


def _put_series(dataset: Dataset, phantom: Phantom) -> None:
    ref = phantom.volume.ref
    dataset.Modality = "CT"
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.SeriesInstanceUID = ref.series_instance_uid
    dataset.BodyPartExamined = BODY_PARTS[phantom.name]
    dataset.SeriesNumber = "2"
    dataset.SeriesDescription = ref.series_label.partition(" · ")[2]
    dataset.FrameOfReferenceUID = ref.frame_of_reference_uid
    dataset.PositionReferenceIndicator = ""
    dataset.Manufacturer = "Frostline"
    dataset.ManufacturerModelName = "phantom"
    dataset.KVP = "120"
    dataset.ConvolutionKernel = "SYNTHETIC"
    dataset.PatientPosition = ref.patient_position.value
    dataset.AcquisitionNumber = "1"
    dataset.BurnedInAnnotation = "NO"


def _put_geometry(dataset: Dataset, phantom: Phantom, k: int) -> None:
    grid = phantom.volume.grid
    across, down, thickness = grid.spacing_ijk_mm
    position = grid.to_lps((0, 0, k))
    dataset.InstanceNumber = str(k + 1)
    dataset.ImagePositionPatient = [f"{v:.4f}" for v in position]
    dataset.ImageOrientationPatient = ["1", "0", "0", "0", "1", "0"]
    dataset.PixelSpacing = [f"{down:.6g}", f"{across:.6g}"]  # DICOM gives the distance between rows first
    dataset.SliceThickness = f"{thickness:.6g}"
    dataset.SliceLocation = f"{phantom.volume.ref.slice_location_mm(float(position[2])):.4f}"


def _put_pixels(dataset: Dataset, phantom: Phantom, k: int) -> None:
    _, rows, columns = phantom.volume.grid.shape_kji
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows, dataset.Columns = rows, columns
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
    dataset.PixelRepresentation = 0
    dataset.RescaleSlope, dataset.RescaleIntercept, dataset.RescaleType = "1", str(INTERCEPT_HU), "HU"
    width, level = phantom.volume.ref.window_hu or (400.0, 40.0)
    dataset.WindowWidth, dataset.WindowCenter = f"{width:g}", f"{level:g}"
    stored = phantom.volume.hu[k].astype(np.int32) - INTERCEPT_HU
    dataset.PixelData = stored.astype("<u2").tobytes()
