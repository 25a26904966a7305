"""Whose study do our objects belong to? Patient and study copied from the CT's headers, where they are valid."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from planner.segmentation.labelio.dicom_object import sound_copies

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def stamp_times(dataset: Dataset, made_at: datetime, *, images: Sequence[CtImage]) -> None:
    """Write when the object's content was made, by the clock that tells the times of the CT's study.

    An offset from UTC is said of every time in an object, of the study's too, which are copied from the CT: so it is
    the CT's own, and none where the CT states none; those times are local (PS3.3 C.12.1, Timezone Offset From UTC).
    """
    stated = str(images[0].header.get("TimezoneOffsetFromUTC", "") or "").strip()
    offset = stated if re.fullmatch(r"[+-](0\d|1[0-4])[0-5]\d", stated) else ""
    there = made_at.astimezone(datetime.strptime(offset, "%z").tzinfo if offset else None)
    dataset.ContentDate, dataset.ContentTime = there.strftime("%Y%m%d"), there.strftime("%H%M%S")
    dataset.InstanceCreationDate, dataset.InstanceCreationTime = dataset.ContentDate, dataset.ContentTime
    if offset:
        dataset.TimezoneOffsetFromUTC = offset
