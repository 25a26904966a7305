"""Which reader does a file or folder of structures need? Found by what is in it, never by its ending alone.

A folder holds one structure per file, as TotalSegmentator writes, or one DICOM file of structures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.errors import DAMAGED_FILE_ERRORS, InputRefused
from planner.domain.progress import silent
from planner.segmentation.labelio import volumes
from planner.segmentation.labelio.dicom_reading import (
    DEFLATED,
    LABEL_MAP_STORAGE,
    SEGMENTATION_STORAGE,
    STRUCTURE_SET_STORAGE,
)
from planner.segmentation.labelio.label_image import opened

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from planner.domain.progress import Progress
    from planner.domain.volume import Volume
    from planner.segmentation.labelio.volumes import Imported

MOST_ENTRIES = 5000  # files of a folder that are looked at
_SEG_CLASSES = (SEGMENTATION_STORAGE, LABEL_MAP_STORAGE)
_FIRST_GROUPS = (b"\x02\0", b"\x08\0", b"\0\x02", b"\0\x08")  # of the file meta or of the object, in both orders
_ARCHIVE_MARKS = (b"PK\x03\x04", b"7z\xbc\xaf", b"Rar!")
KNOWN = "DICOM SEG, DICOM RTSTRUCT, NIfTI, NRRD, seg.nrrd, MHA or MHD"


def read_structures(path: Path, *, volume: Volume, progress: Progress = silent) -> Imported:
    """Read whatever structures a file or folder holds, and place them on the CT by geometry.

    Raises
    ------
    InputRefused
        When nothing of it is a file of structures, it is damaged or too large, or has nothing on this CT.
    GeometryRefused
        When it cannot belong to this CT.
    """
    if path.is_dir():
        return _read_folder(path, volume=volume, progress=progress)
    if not path.is_file():
        raise InputRefused("There is no such file or folder.", code="no-path", where=str(path))
    if _is_volume(path):
        return volumes.read_volume_labels(path, volume=volume, progress=progress)
    return _read_dicom(path, volume=volume, progress=progress)


def _is_volume(path: Path) -> bool:
    try:
        with opened(path) as stream:
            return volumes.is_volume_file(stream.read(volumes.HEAD_BYTES))
    except DAMAGED_FILE_ERRORS:
        return False


def _read_folder(folder: Path, *, volume: Volume, progress: Progress) -> Imported:
    files = sorted(file for file in folder.iterdir() if file.is_file() and not file.name.startswith("."))
    if len(files) > MOST_ENTRIES:
        raise InputRefused(
            f"This folder has {len(files)} files; choose the file with the structures.",
            code="labels-many-files",
            where=folder.name,
        )
    labels = [file for file in files if _is_volume(file)]
    if labels:
        return volumes.read_folder(labels, volume=volume, progress=progress)
    structures = [file for file in files if _dicom_class(file) in (*_SEG_CLASSES, STRUCTURE_SET_STORAGE)]
    if len(structures) != 1:
        raise InputRefused(_sentence(structures), code="labels-no-files", where=folder.name)
    return _read_dicom(structures[0], volume=volume, progress=progress)


def _sentence(structures: Sequence[Path]) -> str:
    if not structures:
        return f"No file of this folder holds structures that are known here ({KNOWN})."
    names = ", ".join(file.name for file in structures[:5])
    return f"This folder holds {len(structures)} DICOM files of structures ({names}); choose one of them."


def _read_dicom(path: Path, *, volume: Volume, progress: Progress) -> Imported:
    sop_class = _dicom_class(path)
    if sop_class not in (*_SEG_CLASSES, STRUCTURE_SET_STORAGE):
        raise InputRefused(_not_structures(path, sop_class), code="labels-unknown", where=path.name)
    progress(0, 1, "Reading structures")
    if sop_class == STRUCTURE_SET_STORAGE:
        from planner.segmentation.labelio.rtstruct_reading import import_rtstruct

        return import_rtstruct(path, volume=volume)
    from planner.segmentation.labelio.seg_reading import import_seg

    return import_seg(path, volume=volume)


def _dicom_class(path: Path) -> str:
    """Return the SOP class UID of a DICOM file; empty for other files."""
    import pydicom
    from pydicom.errors import InvalidDicomError

    try:
        with path.open("rb") as file:
            head = file.read(132)
        # Real structure sets exist without the mark; then the first element is one that every object begins with.
        if head[128:] != b"DICM" and head[:2] not in _FIRST_GROUPS:
            return ""
        if head[128:] == b"DICM":
            meta = pydicom.filereader.read_file_meta_info(path)
            if meta.get("MediaStorageSOPClassUID") or str(meta.get("TransferSyntaxUID", "")) in DEFLATED:
                return str(meta.get("MediaStorageSOPClassUID", ""))
        header = pydicom.dcmread(path, specific_tags=["SOPClassUID"], stop_before_pixels=True, force=True)
        return str(header.get("SOPClassUID", ""))
    except (InvalidDicomError, *DAMAGED_FILE_ERRORS):
        return ""


def _not_structures(path: Path, sop_class: str) -> str:
    """Say what a file is instead, and what to choose."""
    if sop_class:
        from pydicom.uid import UID

        return f"This is a DICOM file of “{UID(sop_class).name}”, not of structures. Choose a SEG or RTSTRUCT."
    with path.open("rb") as file:
        head = file.read(8)
    if head.startswith(_ARCHIVE_MARKS):
        return "This is an archive; unpack it and choose the file or folder with the structures."
    return f"This is no file of structures that is known here ({KNOWN})."
