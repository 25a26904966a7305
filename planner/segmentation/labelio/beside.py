"""Which file does a header mean by the name of its voxels? One in its own folder, and nothing else (H-41)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.errors import InputRefused

if TYPE_CHECKING:
    from pathlib import Path


def file_beside(header: Path, name: str) -> Path:
    """Return the file of voxels that a header names.

    Raises InputRefused when the name leaves the header's folder, is a list of files, or is not there.
    """
    plain = name.strip()
    is_plain = plain and not any(mark in plain for mark in "/\\:%\0") and plain not in (".", "..")
    beside = header.parent / plain
    if not is_plain or plain.upper().startswith("LIST") or beside.is_symlink():
        raise InputRefused(
            "Its voxels are not in one file beside it. Save everything as one file, such as .nrrd or .mha.",
            code="labels-detached",
            where=header.name,
        )
    if not beside.is_file():
        raise InputRefused(
            "The file with its voxels is not beside it; choose the folder where both are.",
            code="labels-detached-missing",
            where=header.name,
        )
    return beside
