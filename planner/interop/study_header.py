"""Whose study do our objects belong to? Patient and study copied from the CT's headers, where they are valid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.segmentation.labelio.dicom_object import sound_copies

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pydicom.dataset import Dataset

    from planner.segmentation.labelio.ct_source import CtImage

MANUFACTURER = "Frostline"
NAMES = ("PatientName", "ReferringPhysicianName")
"""Names of persons: written as they are, however they are spelt."""
# Modules Patient, General Study and Patient Study of PS3.3 C.7: what every object of one study shares.
_SHARED = (
    "PatientName", "PatientID", "IssuerOfPatientID", "PatientBirthDate", "PatientSex", "PatientAge", "PatientSize",
    "PatientWeight", "StudyInstanceUID", "StudyDate", "StudyTime", "ReferringPhysicianName", "StudyID",
    "AccessionNumber", "StudyDescription",
)  # fmt: skip
# Type 2: present, if need be empty.
_ALWAYS = (
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "ReferringPhysicianName",
    "StudyID", "AccessionNumber",
)  # fmt: skip


def study_header(images: Sequence[CtImage]) -> Dataset:
    """Return a data set with patient and study of the CT, in UTF-8; the names as they are."""
    from pydicom.dataset import Dataset

    source = images[0].header
    found = {element.keyword: element for element in sound_copies(source, (0x0008, 0x0010, 0x0020))}
    kept = Dataset()
    kept.SpecificCharacterSet = "ISO_IR 192"
    for name in _SHARED:
        if name in found:
            kept[name] = found[name]
        elif name in _ALWAYS:
            setattr(kept, name, "")
    for name in NAMES:
        setattr(kept, name, source.get(name, ""))
    return kept


def stamp_times(dataset: Dataset, made_at: datetime) -> None:
    """Write when the object's content was made, with its offset from UTC."""
    dataset.ContentDate, dataset.ContentTime = made_at.strftime("%Y%m%d"), made_at.strftime("%H%M%S")
    dataset.InstanceCreationDate, dataset.InstanceCreationTime = dataset.ContentDate, dataset.ContentTime
    dataset.TimezoneOffsetFromUTC = made_at.strftime("%z") or "+0000"
