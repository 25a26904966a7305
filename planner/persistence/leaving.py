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

    Raises InputRefused when the disk does not take ``what``, such as ``"The structures"``, with the folder and its free
    space, or when a file that it is made from cannot be read (H-34).
    """
    staging = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=".frostline-", dir=folder))
        yield staging
    except OSError as error:
        raise _refusal(error, folder, what=what) from error
    finally:
        if staging is not None:
            shutil.rmtree(staging, ignore_errors=True)


def _refusal(error: OSError, folder: Path, *, what: str) -> InputRefused:
    reason = error.strerror or type(error).__name__
    if error.filename is not None and not Path(os.fsdecode(error.filename)).is_relative_to(folder):
        return InputRefused(
            f"{what} cannot be made: a file it is made from cannot be read ({reason}). Nothing that was there is "
            "changed.",
            code="export-source",
            where=os.fsdecode(error.filename),
        )
    free = f", {shutil.disk_usage(folder).free / 1e6:.0f} MB are free" if folder.is_dir() else ""
    return InputRefused(
        f"{what} cannot be written there ({reason}{free}). Nothing that was there is changed; choose another folder.",
        code="export-folder",
        where=str(folder),
    )


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
