"""Where are the CT's own files? Found again by series where the CT was opened from, for what refers to them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from planner.domain.errors import InputRefused

if TYPE_CHECKING:
    from planner.domain.progress import Progress
    from planner.domain.volume import VolumeRef
    from planner.persistence.blobs import BlobStore


def ct_files(
    ref: VolumeRef, source_folder: str, *, what: str, otherwise: str, blobs: BlobStore, progress: Progress
) -> list[Path]:
    """Return the files of the CT's series.

    Parameters
    ----------
    what
        What refers to them, such as ``"DICOM SEG"``.
    otherwise
        What to do when they cannot be had, such as ``"write seg.nrrd or NIfTI, which need none"``.

    Raises
    ------
    InputRefused
        When the folder is gone, or does not hold the series.
    """
    from planner.imaging.scan import scan

    folder = Path(source_folder)
    if not source_folder or not folder.exists():
        raise InputRefused(
            f"{what} refers to the CT's own files, which are no longer in “{folder.name}”. Put them back, or "
            f"{otherwise}.",
            code="export-no-ct",
        )
    report = scan([folder], scratch=blobs.folder, progress=progress)
    uid = ref.series_instance_uid
    slices = [file.path for series in report.series if series.series_instance_uid == uid for file in series.slices]
    if not slices:
        raise InputRefused(
            f"The CT of this plan is not in the folder it was opened from. Put it back, or {otherwise}.",
            code="export-no-ct",
            where=folder.name,
        )
    return [Path(path) for path in dict.fromkeys(slices)]
