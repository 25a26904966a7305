"""What can a DICOM library throw at us? The one place where its exceptions become a sentence.

Mutated files raise far more than pydicom's own error: measured, InvalidDicomError is under 1 % of what arrives (H-38).
"""

from __future__ import annotations

import logging
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

from planner.domain.errors import DAMAGED_FILE_ERRORS, InputRefused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except InvalidDicomError as error:
        raise InputRefused("Not a DICOM file: the DICM mark is missing.", code="not-dicom", where=path.name) from error
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
