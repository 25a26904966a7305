"""How does a file leave the program whole? Written beside, forced to the disk, put in place, read back (H-33, H-34)."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from planner.domain.errors import InputRefused

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def leaving_into(folder: Path, *, what: str) -> Iterator[Path]:
    """Make a hidden folder for files that are not complete yet; it goes on any way out.

    Raises InputRefused, with the folder and its free space, when the disk does not take ``what``, such as
    ``"The structures"`` (H-34).
    """
    staging = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=".frostline-", dir=folder))
        yield staging
    except OSError as error:
        free = f", {shutil.disk_usage(folder).free / 1e6:.0f} MB are free" if folder.is_dir() else ""
        raise InputRefused(
            f"{what} cannot be written there ({error.strerror or type(error).__name__}{free}). Nothing that was there "
            "is changed; choose another folder.",
            code="export-folder",
            where=str(folder),
        ) from error
    finally:
        if staging is not None:
            shutil.rmtree(staging, ignore_errors=True)


def put_in_place(complete: Path, target: Path) -> Path:
    """Give a complete file its name, in place of what has it; a power cut leaves the old file or the new one whole."""
    with complete.open("r+b") as stream:  # Windows forces only what is open for writing to the disk
        os.fsync(stream.fileno())
    complete.replace(target)
    if os.name == "posix":  # elsewhere a folder cannot be opened, and the system keeps the change of name itself
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    return target
