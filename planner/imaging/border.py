"""What can a DICOM library throw at us? The one place where its exceptions become a sentence.

Mutated files raise far more than pydicom's own error: measured, InvalidDicomError is under 1 % of what arrives (H-38).
"""

from __future__ import annotations

import logging
import threading
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

from planner.domain.errors import DAMAGED_FILE_ERRORS, InputRefused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class _Quiet:
    """Switches warnings off while anybody is inside: several threads read, and leave in any order.

    The library's own guard puts back what it found, which with two threads may be the other's silence, for good.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._kept = warnings.catch_warnings()

    def __enter__(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._kept = warnings.catch_warnings()
                self._kept.__enter__()
                warnings.simplefilter("ignore")
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._kept.__exit__(None, None, None)


_QUIET = _Quiet()


@contextmanager
def dicom_border(path: Path, *, doing: str, code: str) -> Iterator[None]:
    """Turn whatever a DICOM library raises inside the block into InputRefused that names the file.

    Parameters
    ----------
    doing
        What failed, as the start of a sentence: ``"The header cannot be read"``.
    """
    from pydicom.errors import BytesLengthException, InvalidDicomError

    _silence_library_logs()
    try:
        # Library warnings quote header values too, and the gate judges what matters.
        with _QUIET:
            yield
    except InvalidDicomError as error:
        raise InputRefused(
            "Not a DICOM file as it stands: its first mark (DICM) is missing. Export it again if it is one.",
            code="not-dicom",
            where=path.name,
        ) from error
    except (BytesLengthException, *DAMAGED_FILE_ERRORS) as error:
        # The library's own text may quote patient data; only the kind of error is told.
        kind = type(error).__name__
        raise InputRefused(f"{doing} ({kind}). Export the file again.", code=code, where=path.name) from error


def _silence_library_logs() -> None:
    """Keep the DICOM libraries' own logs from going anywhere: they quote header values and file contents (H-43)."""
    for name in ("pydicom", "openjpeg", "libjpeg", "rle", "jpeg_ls"):
        logger = logging.getLogger(name)
        if logger.propagate:
            logger.propagate = False
            logger.addHandler(logging.NullHandler())
