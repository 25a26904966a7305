"""What does an archive's export often look like? A good series, a scout, a repeat with a gap, a tilted one, scraps.

For pictures of the import page and for trying it: everything is made from the slices of one synthetic patient.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from planner.phantoms.phantom import uid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from pydicom.dataset import Dataset

_SLICES, _LEFT_OUT = 40, (17, 18)
_TILT_DEG = 12.0
_SHORT_BYTES = 212
_CUT = (921, 922, 923)


def write_mixed_export(ct_files: Sequence[Path], folder: Path) -> None:
    """Write further series and files that are none into ``folder``.

    Parameters
    ----------
    ct_files
        Slices of a good series as :func:`planner.phantoms.dicom.write_series` wrote them, from feet to head.
    """
    first = max(0, len(ct_files) // 2 - _SLICES // 2)
    middle = ct_files[first : first + _SLICES]
    gappy = [path for at, path in enumerate(middle) if at not in _LEFT_OUT]
    _copy(middle[len(middle) // 2 :][:1], folder / "SE0001", number=1, words="Scout", change=_as_localizer)
    _copy(gappy, folder / "SE0003", number=3, words="Repeat, breath lost", change=_as_it_is)
    _copy(middle, folder / "SE0004", number=4, words="Gantry tilted", change=_tilted_from(middle[0]))
    whole = middle[0].read_bytes()
    (folder / "README.TXT").write_text("Export of a synthetic patient.\n", encoding="utf-8")
    (folder / "IM00417").write_bytes(b"")
    for number in _CUT:
        (folder / f"IM{number:05d}").write_bytes(whole[:_SHORT_BYTES])


def _copy(files: Iterable[Path], folder: Path, *, number: int, words: str, change: Callable[[Dataset], None]) -> None:
    """Write slices again as a series of their own, each changed a little."""
    from pydicom import dcmread

    folder.mkdir(parents=True)
    for at, path in enumerate(files):
        dataset = dcmread(path)
        name = f"mixed export {number}"
        dataset.SeriesInstanceUID = uid(str(dataset.PatientID), name)
        dataset.SOPInstanceUID = uid(str(dataset.PatientID), f"{name} slice {at}")
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        dataset.SeriesNumber, dataset.SeriesDescription = str(number), words
        change(dataset)
        dataset.save_as(folder / f"IM{at + 1:05d}", enforce_file_format=True)


def _as_it_is(dataset: Dataset) -> None:
    del dataset


def _as_localizer(dataset: Dataset) -> None:
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]


def _tilted_from(path: Path) -> Callable[[Dataset], None]:
    """Return what shifts each slice backwards by its height above the first, as a tilted gantry does."""
    from pydicom import dcmread

    foot_mm = float(dcmread(path, stop_before_pixels=True).ImagePositionPatient[2])

    def tilt(dataset: Dataset) -> None:
        x, y, z = (float(v) for v in dataset.ImagePositionPatient)
        shift_mm = (z - foot_mm) * math.tan(math.radians(_TILT_DEG))
        dataset.ImagePositionPatient = [f"{v:.4f}" for v in (x, y + shift_mm, z)]

    return tilt
