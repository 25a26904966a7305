"""Can this DICOM object of structures be read here? Its size, compression, class and frame of reference.

What other systems write is checked before it is parsed (H-38, H-41).
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from planner.domain.errors import DAMAGED_FILE_ERRORS, GeometryRefused, InputRefused

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from pydicom.dataset import Dataset

    from planner.domain.volume import Volume

SEGMENTATION_STORAGE = "1.2.840.10008.5.1.4.1.1.66.4"
LABEL_MAP_STORAGE = "1.2.840.10008.5.1.4.1.1.66.7"
STRUCTURE_SET_STORAGE = "1.2.840.10008.5.1.4.1.1.481.3"
MOST_FILE_BYTES = 512 * 1024**2
MAX_MASK_BYTES = 6 * 2**30  # all masks of one file on the CT grid; more would not fit a common workstation
_META_BYTES = 4096
DEFLATED = ("1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.8.1")  # unpacked as a whole before anything of it is read


def read_object(path: Path, *, classes: Sequence[str], wanted: str) -> Dataset:
    """Return the data set of a file of one of these classes.

    Parameters
    ----------
    classes
        SOP class UIDs that are read.
    wanted
        What the user should choose instead, such as ``"DICOM SEG"``.

    Raises
    ------
    InputRefused
        When the file is no DICOM, of another class, too large, or deflated.
    """
    import pydicom
    from pydicom.errors import InvalidDicomError
    from pydicom.uid import UID

    try:
        size = path.stat().st_size
        syntax = _syntax(path)
    except (InvalidDicomError, *DAMAGED_FILE_ERRORS) as error:
        raise _unreadable(path, wanted) from error
    if size > MOST_FILE_BYTES:
        raise InputRefused(
            f"This file has {size / 2**20:.0f} MB; structures are read up to {MOST_FILE_BYTES / 2**20:.0f} MB. Export "
            "only the structures near the target.",
            code="seg-too-large",
            where=path.name,
        )
    if syntax in DEFLATED:
        raise InputRefused(
            "This file is deflated as a whole, which is not read here. Export it uncompressed.",
            code="seg-deflated",
            where=path.name,
        )
    try:
        # Real structure sets exist without the preamble.
        dataset = pydicom.dcmread(path, force=True)
        kind = str(dataset.get("SOPClassUID") or dataset.file_meta.get("MediaStorageSOPClassUID") or "")
        is_dicom = bool(syntax or kind)
    except (InvalidDicomError, *DAMAGED_FILE_ERRORS) as error:
        raise _unreadable(path, wanted) from error
    if not is_dicom:
        raise _unreadable(path, wanted)
    if kind not in classes:
        raise InputRefused(
            f"This file holds {UID(kind).name if kind else 'no known DICOM object'}, not a segmentation. "
            f"Choose a {wanted}.",
            code="seg-not-seg",
            where=path.name,
        )
    return dataset


def _syntax(path: Path) -> str:
    """Return the transfer syntax, empty for a file that does not say."""
    from pydicom.errors import InvalidDicomError
    from pydicom.filereader import read_file_meta_info

    try:
        return str(read_file_meta_info(path).get("TransferSyntaxUID", ""))
    except InvalidDicomError:
        # Without the preamble the library reads what follows all the same, and inflates it.
        with path.open("rb") as file:
            head = file.read(_META_BYTES)
        return next((uid for uid in DEFLATED if uid.encode() in head), "")


def _unreadable(path: Path, wanted: str) -> InputRefused:
    return InputRefused(
        f"This is not a readable DICOM file. Choose a {wanted}.", code="seg-unreadable", where=path.name
    )


@contextmanager
def border(path: Path) -> Iterator[None]:
    """Turn whatever a damaged file makes pydicom raise, also late, when a value is first looked at, into a sentence."""
    try:
        yield
    except DAMAGED_FILE_ERRORS as error:
        # The library's own text may quote the file's contents; only the kind of error is told.
        raise InputRefused(
            f"This segmentation cannot be read ({type(error).__name__}). It is damaged, incomplete or compressed in a "
            "way not supported here; export it again, uncompressed.",
            code="seg-damaged",
            where=path.name,
        ) from error


def require_frame_of_reference(uid: str, path: Path, *, volume: Volume, series: Collection[str]) -> None:
    """Refuse structures whose positions are in another frame of reference than the CT's.

    Where the CT's slices share none (relabelled research data), the file must name the CT's own series among the
    ``series`` (SeriesInstanceUID) it was made on.
    """
    ref = volume.ref
    expected = ref.frame_of_reference_uid
    is_own = uid == expected if expected else ref.series_instance_uid in series
    if not uid or not is_own:
        raise GeometryRefused(
            f"The segmentation is in the frame of reference {uid or '(none)'}, the CT in {expected or '(none)'}; "
            "positions in one say nothing about the other. Choose the segmentation made on this scan.",
            code="seg-frame-of-reference",
            where=path.name,
        )


def require_size(structures: int, path: Path, *, cells: int) -> None:
    """Refuse more masks than fit into memory."""
    if structures * cells > MAX_MASK_BYTES:
        raise InputRefused(
            f"{structures} segments would need {structures * cells / 2**30:.1f} GiB on this CT; at most "
            f"{MAX_MASK_BYTES / 2**30:.0f} GiB are allowed. Export only the structures near the target.",
            code="seg-too-large",
            where=path.name,
        )
