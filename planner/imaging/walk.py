"""Which regular files lie below a folder? Bounded, links never followed, and a sentence for what is passed over."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from planner.domain.errors import InputRefused
from planner.domain.series import RejectedFile
from planner.imaging import limits

if TYPE_CHECKING:
    from planner.domain.progress import Progress

# Names looked at in all, of whatever kind: a folder of a million links is refused within a second (H-40).
_MOST_NAMES = 100_000
# Media and archives nest patient, study, series and a few folders more.
_MOST_DEPTH = 40
_MOST_LISTED = 1_000
_TELL_EVERY = 500
PHASE = "Looking for files"


@dataclass(slots=True)
class Walk:
    """Regular files in a fixed order, what was passed over and why, and how many were no files at all.

    ``rejected`` names at most 1000 of what was passed over; ``skipped`` counts all of it.
    """

    paths: list[Path] = field(default_factory=list)
    rejected: list[RejectedFile] = field(default_factory=list)
    skipped: int = 0

    def pass_over(self, path: str, sentence: str, code: str) -> None:
        """Note something that is not read."""
        self.skipped += 1
        if len(self.rejected) < _MOST_LISTED:
            self.rejected.append(RejectedFile(path, sentence, code))

    def join(self, other: Walk) -> None:
        """Add what another walk found."""
        self.paths.extend(other.paths)
        self.rejected.extend(other.rejected[: _MOST_LISTED - len(self.rejected)])
        self.skipped += other.skipped


def regular_files(folder: Path, *, progress: Progress) -> Walk:
    """Return the regular files below a folder: names in order, the files of a folder before those of its subfolders.

    Raises InputRefused when the folder is missing, unreadable, or holds more than 20 000 files or 100 000 names (H-40).
    What cannot be entered further down is passed over with a sentence.
    """
    if not folder.is_dir():
        raise InputRefused(f"There is no folder {folder}.", code="no-folder")
    walk = Walk()
    waiting = [(str(folder.absolute()), 0)]
    names = 0
    while waiting:
        current, depth = waiting.pop()
        files: list[str] = []
        folders: list[str] = []
        try:
            with os.scandir(current) as entries:
                for entry in entries:
                    names += 1
                    _refuse_too_many(names, len(walk.paths) + len(files), folder)
                    if names % _TELL_EVERY == 1:
                        progress(0, 0, PHASE)
                    _sort_out(entry, files, folders, walk)
        except OSError as error:
            _unreadable(current, error, walk, is_top=depth == 0)
        walk.paths.extend(Path(name) for name in sorted(files))
        _refuse_too_many(names, len(walk.paths), folder)
        if depth < _MOST_DEPTH:
            waiting.extend((name, depth + 1) for name in sorted(folders, reverse=True))
        else:
            for name in sorted(folders):
                sentence = f"A folder more than {_MOST_DEPTH} levels down: not entered. Choose a folder nearer to it."
                walk.pass_over(name, sentence, "folder-too-deep")
    return walk


def _sort_out(entry: os.DirEntry[str], files: list[str], folders: list[str], walk: Walk) -> None:
    """Take an entry as a file or a folder, or pass it over."""
    try:
        if entry.is_symlink() or _is_junction(entry):
            walk.pass_over(entry.path, "A link: not followed, it may lead anywhere. Choose what it points at.", "link")
        elif entry.is_dir(follow_symlinks=False):
            folders.append(entry.path)
        elif entry.is_file(follow_symlinks=False):
            files.append(entry.path)
        else:
            walk.pass_over(entry.path, "A device, pipe or socket and no file: not opened.", "not-a-file")
    except OSError as error:
        walk.pass_over(entry.path, f"It cannot be looked at ({error.strerror}).", "file-unreadable")


def _is_junction(entry: os.DirEntry[str]) -> bool:
    """Whether a Windows folder is a junction, which can lead back to its own parent."""
    if os.name != "nt" or not entry.is_dir(follow_symlinks=False):
        return False
    attributes = getattr(entry.stat(follow_symlinks=False), "st_file_attributes", 0)
    return bool(attributes & stat.FILE_ATTRIBUTE_REPARSE_POINT)


def _unreadable(folder: str, error: OSError, walk: Walk, *, is_top: bool) -> None:
    """Refuse a chosen folder that cannot be read; pass over one below it."""
    sentence = f"The folder cannot be read ({error.strerror}). Check its permissions."
    if is_top:
        raise InputRefused(sentence, code="folder-unreadable", where=folder) from error
    walk.pass_over(folder, sentence, "folder-unreadable")


def _refuse_too_many(names: int, files: int, folder: Path) -> None:
    if files > limits.MOST_FILES:
        raise InputRefused(
            f"The folder {folder} holds more than {limits.MOST_FILES} files. Choose the folder of one scan.",
            code="too-many-files",
        )
    if names > _MOST_NAMES:
        raise InputRefused(
            f"The folder {folder} holds more than {_MOST_NAMES} names. Choose the folder of one scan.",
            code="too-many-names",
        )
