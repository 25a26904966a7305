"""What of a CT may leave without an identity? Its voxels and where they lie, written anew as images of nobody (H-44).

DICOM PS3.15 annex E, Basic Application Level Confidentiality Profile. Nothing is copied from the scanner's headers and
then cleaned: every attribute written here is on the list below, made from the volume that was judged and decoded. So no
private attribute, sequence, overlay, curve, comment, preamble (H-46) or unused bit of a pixel can come along. What the
profile empties and the CT Image IOD requires is there and empty; identifiers are new ones; dates and times are removed.
Pixels are as scanned: what they show, a face among it, they still show. Images with burned-in text are refused.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import planner
from planner.domain.errors import InputRefused
from planner.imaging.border import dicom_border
from planner.imaging.source import AFTER_IMAGE_GROUP, opened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

    from planner.domain.progress import Progress
    from planner.domain.series import SliceFile
    from planner.domain.volume import Volume, VolumeRef

CT_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.2"
BASIC_PROFILE = ("113100", "Basic Application Confidentiality Profile")  # PS3.16 CID 7050
LOWEST, HIGHEST = -32768, 32767
BURNED_IN_ANNOTATION, RECOGNIZABLE_VISUAL_FEATURES = 0x00280301, 0x00280302
_SALT_BYTES = 32


@dataclass(frozen=True, slots=True, repr=False)
class Pseudonyms:
    """New identifiers for old ones: the same for the same within one export, and unrelated in the next.

    The salt is drawn for one export and kept nowhere, so nobody can try known identifiers against the new ones.
    """

    salt: bytes

    @classmethod
    def fresh(cls) -> Pseudonyms:
        """Draw a salt for one export."""
        return cls(secrets.token_bytes(_SALT_BYTES))

    def __repr__(self) -> str:
        """Redact the salt: it would link what it keeps apart."""
        return "Pseudonyms(<hidden>)"

    def uid(self, old: str) -> str:
        """Return the new DICOM unique identifier of an old one: a UUID as a number, PS3.5 B.2."""
        digest = bytearray(self._digest("uid", old)[:16])
        digest[6] = digest[6] & 0x0F | 0x80  # version 8 and the variant of RFC 9562
        digest[8] = digest[8] & 0x3F | 0x80
        return f"2.25.{int.from_bytes(digest, 'big')}"

    def id(self, old: str) -> str:
        """Return the new id of an item of a plan, 32 hexadecimal digits."""
        return self._digest("id", old).hex()[:32]

    @property
    def patient(self) -> str:
        """The name and id of nobody, such as ``"FL-1A2B3C4D"``: keeps two exports apart in an archive."""
        return f"FL-{self._digest('patient', '').hex()[:8].upper()}"

    def _digest(self, what: str, old: str) -> bytes:
        return hmac.new(self.salt, f"{what}:{old}".encode(errors="surrogateescape"), hashlib.sha256).digest()


@dataclass(frozen=True, slots=True)
class PictureFlags:
    """What the scanner says of the pictures of a series: ``"YES"``, ``"NO"``, or empty where no image says it."""

    burned_in: str
    recognizable: str


def picture_flags(slices: Sequence[SliceFile], *, progress: Progress) -> PictureFlags:
    """Read what every image of a series says of burned-in text and of recognizable features.

    Raises
    ------
    InputRefused
        When an image says that text is burned into its pixels: the program cannot tell whose.
    """
    files = sorted({file.path for file in slices})
    burned, seen = set(), set()
    for number, name in enumerate(files):
        if number % 16 == 0:
            progress(number, len(files), "Reading what the images say of burned-in text")
        words = _flags_of(Path(name))
        burned.add(words.burned_in)
        seen.add(words.recognizable)
        if words.burned_in == "YES":
            raise InputRefused(
                "The CT says that text is burned into its pixels, which may name the patient. It cannot leave without "
                "an identity; ask the scanner for the series without annotation.",
                code="deidentify-burned-in",
            )
    return PictureFlags("NO" if burned == {"NO"} else "", "YES" if "YES" in seen else "")


def write_ct(
    volume: Volume, folder: Path, *, pseudonyms: Pseudonyms, flags: PictureFlags, progress: Progress
) -> tuple[Path, ...]:
    """Write a volume as a CT series of nobody, one file a slice, named by its number; from the first slice on.

    Raises
    ------
    InputRefused
        When its values cannot be told in 16 bits to half a Hounsfield unit.
    """
    folder.mkdir(parents=True, exist_ok=True)
    scale = _scale(volume)
    count = volume.grid.shape_kji[0]
    files = []
    for k in range(count):
        if k % 16 == 0:
            progress(k, count, "Writing the CT without identity")
        dataset = _header(volume.ref, pseudonyms, k)
        _put_flags(dataset, flags)
        _put_geometry(dataset, volume.ref, k)
        _put_pixels(dataset, volume, k, scale=scale)
        files.append(folder / f"{k + 1:05d}.dcm")
        dataset.save_as(files[-1], enforce_file_format=True)
    return tuple(files)


def stamp(dataset: Dataset) -> None:
    """Say in a data set that the identity was removed, and how; PS3.15 E.2 and PS3.3 C.7.1.1."""
    from pydicom.dataset import Dataset

    item = Dataset()
    item.CodeValue, item.CodeMeaning = BASIC_PROFILE
    item.CodingSchemeDesignator = "DCM"
    dataset.PatientIdentityRemoved = "YES"
    dataset.DeidentificationMethod = [f"Frostline {planner.__version__}", "PS3.15 basic profile, dates removed"]
    dataset.DeidentificationMethodCodeSequence = [item]
    dataset.LongitudinalTemporalInformationModified = "REMOVED"


def stamp_file(path: Path) -> None:
    """Mark an object of ours, made from a CT without identity, as being without one."""
    import pydicom

    dataset = pydicom.dcmread(path)
    stamp(dataset)
    if dataset.get("BurnedInAnnotation") == "YES":  # what is written on its pages and pictures names nobody
        dataset.BurnedInAnnotation = "NO"
    dataset.save_as(path, enforce_file_format=True)


@dataclass(frozen=True, slots=True)
class _Scale:
    """HU = slope × stored + intercept."""

    slope: float
    intercept_hu: float


def _scale(volume: Volume) -> _Scale:
    """Whole Hounsfield units stay as they are; others are told in as many steps as 16 bits have."""
    if volume.hu.dtype == np.int16:
        return _Scale(1.0, 0.0)
    low, high = float(volume.hu.min()), float(volume.hu.max())
    slope = (high - low) / (HIGHEST - LOWEST - 1) or 1.0
    if slope > 1.0:
        raise InputRefused(
            f"The CT's values run from {low:.0f} to {high:.0f} HU, too far apart to be written in 16 bits. Export it "
            "without --with-ct.",
            code="deidentify-range",
        )
    return _Scale(float(f"{slope:.10g}"), float(f"{low - (LOWEST + 1) * slope:.10g}"))


def _stored(hu: NDArray[np.generic], scale: _Scale) -> NDArray[np.int16]:
    """Return what stands for these values; the lowest number is left to padding."""
    if scale == _Scale(1.0, 0.0):
        return np.maximum(hu.astype(np.int16), np.int16(LOWEST + 1))
    steps = np.rint((hu.astype(np.float64) - scale.intercept_hu) / scale.slope)
    return np.clip(steps, LOWEST + 1, HIGHEST).astype(np.int16)


def _header(ref: VolumeRef, pseudonyms: Pseudonyms, k: int) -> Dataset:
    """Return patient, study, series and equipment of nobody: modules of PS3.3 A.3, with nothing that names anything."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import PYDICOM_IMPLEMENTATION_UID, ExplicitVRLittleEndian

    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SOPClassUID = CT_IMAGE_STORAGE
    dataset.SOPInstanceUID = pseudonyms.uid(f"{ref.series_instance_uid}/{ref.pixel_hash}/{k}")
    dataset.PatientName = dataset.PatientID = pseudonyms.patient
    for empty in (
        "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "AccessionNumber", "ReferringPhysicianName",
        "StudyID", "Manufacturer", "PositionReferenceIndicator", "Laterality",
    ):  # fmt: skip
        setattr(dataset, empty, "")
    stamp(dataset)
    dataset.StudyInstanceUID = pseudonyms.uid(ref.study_instance_uid)
    dataset.SeriesInstanceUID = pseudonyms.uid(ref.series_instance_uid)
    # Where the slices share none, they are in one from now on: the volume was judged to be one.
    dataset.FrameOfReferenceUID = pseudonyms.uid(ref.frame_of_reference_uid or f"of {ref.series_instance_uid}")
    dataset.Modality, dataset.SeriesNumber, dataset.AcquisitionNumber = "CT", 1, 1
    dataset.ImageType = ["DERIVED", "PRIMARY", "AXIAL"]
    dataset.KVP = kilovolts(ref.acquisition)
    dataset.PatientPosition = ref.patient_position.value
    meta = dataset.file_meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = dataset.SOPClassUID, dataset.SOPInstanceUID
    meta.TransferSyntaxUID, meta.ImplementationClassUID = ExplicitVRLittleEndian, PYDICOM_IMPLEMENTATION_UID
    return dataset


def kilovolts(acquisition: str) -> str:
    """Return the number of a tube voltage in the words of a volume, such as ``"120 kVp · B30f"``; else nothing."""
    found = re.match(r"(\d{2,3}(?:\.\d)?) kVp\b", acquisition)
    return found.group(1) if found else ""


def _put_flags(dataset: Dataset, flags: PictureFlags) -> None:
    if flags.burned_in:
        dataset.BurnedInAnnotation = flags.burned_in
    if flags.recognizable:
        dataset.RecognizableVisualFeatures = flags.recognizable


def _put_geometry(dataset: Dataset, ref: VolumeRef, k: int) -> None:
    from pydicom.valuerep import format_number_as_ds

    def decimals(values: NDArray[np.float64]) -> list[str]:
        return [format_number_as_ds(float(value) + 0.0) for value in values]

    grid = ref.grid
    across_mm, down_mm, through_mm = grid.spacing_ijk_mm
    position = grid.to_lps((0, 0, k))
    first, step = ref.image_numbers or (1, 1)
    dataset.InstanceNumber = first + step * k if first + step * k >= 0 else k + 1
    dataset.ImagePositionPatient = decimals(position)
    dataset.ImageOrientationPatient = decimals(grid.direction[:, :2].T.reshape(-1))
    dataset.PixelSpacing = decimals(np.array([down_mm, across_mm]))  # DICOM gives the distance between rows first
    dataset.SliceThickness = decimals(np.array([through_mm]))[0]
    location_mm = ref.slice_location_mm(float(position[2]))
    if location_mm is not None:
        dataset.SliceLocation = decimals(np.array([location_mm]))[0]


def _put_pixels(dataset: Dataset, volume: Volume, k: int, *, scale: _Scale) -> None:
    _, rows, columns = volume.grid.shape_kji
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.Rows, dataset.Columns = rows, columns
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 16, 15, 1
    dataset.RescaleSlope, dataset.RescaleIntercept = f"{scale.slope:.10g}", f"{scale.intercept_hu:.10g}"
    dataset.RescaleType = "HU"
    if volume.ref.window_hu is not None:
        width, level = volume.ref.window_hu
        dataset.WindowWidth, dataset.WindowCenter = f"{width:.10g}", f"{level:.10g}"
    stored = _stored(volume.hu[k], scale)
    if volume.padding is not None:
        dataset.add_new(0x00280120, "SS", LOWEST)  # PixelPaddingValue
        stored[np.asarray(volume.padding[k])] = LOWEST
    dataset.PixelData = stored.astype("<i2").tobytes()


def _flags_of(path: Path) -> PictureFlags:
    with dicom_border(path, doing="The header cannot be read", code="header-unreadable"), opened(path) as source:
        source.walk_to(AFTER_IMAGE_GROUP)
        header = source.attributes((BURNED_IN_ANNOTATION, RECOGNIZABLE_VISUAL_FEATURES))
        words = (header.get("BurnedInAnnotation"), header.get("RecognizableVisualFeatures"))
        return PictureFlags(*(str(word or "").strip().upper() for word in words))
