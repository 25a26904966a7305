"""Did a program that was killed leave its temporary store behind? Held by a lock while alive, swept at the next start.

A store holds a patient's images (H-43), and of an opened archive up to several gigabytes. The lock is the system's own:
it ends with the process, whatever ended it.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX = "frostline-"
_NAME = "owner"


def hold(folder: Path) -> int:
    """Mark a store as in use until the returned descriptor is closed, or this process ends."""
    # Locked before it has its name: whoever sweeps sees either no owner yet, or a locked one. Windows does not rename
    # an open file; there the two are a moment apart.
    part = folder / (_NAME if sys.platform == "win32" else f"{_NAME}.part")
    descriptor = os.open(part, os.O_RDWR | os.O_CREAT, 0o600)
    lock(descriptor)
    if part.name != _NAME:
        part.replace(folder / _NAME)
    return descriptor


@contextmanager
def private_folder() -> Iterator[Path]:
    """Make a folder that only this user reads; it goes on any way out, and with the other stores after a kill."""
    sweep(Path(tempfile.gettempdir()), prefix=PREFIX)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    owner = hold(folder)
    try:
        yield folder
    finally:
        os.close(owner)
        shutil.rmtree(folder, ignore_errors=True)


def sweep(parent: Path, *, prefix: str) -> None:
    """Remove the stores below ``parent`` that this user's ended processes left; others are left alone."""
    try:
        folders = [path for path in parent.iterdir() if path.name.startswith(prefix)]
    except OSError:
        return
    for folder in folders:
        if _is_abandoned(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _is_abandoned(folder: Path) -> bool:
    owner = folder / _NAME
    try:
        if folder.is_symlink() or owner.is_symlink() or not owner.is_file() or not _is_ours(folder):
            return False
        with owner.open("rb+") as file:
            return lock(file.fileno())
    except OSError:
        return False


def _is_ours(folder: Path) -> bool:
    return sys.platform == "win32" or folder.stat().st_uid == os.getuid()


def lock(descriptor: int) -> bool:
    """Lock a file for this process; return whether nobody else holds it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
