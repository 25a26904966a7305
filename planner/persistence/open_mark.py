"""Did a window end without closing its plan, when, and with how many edits? A small locked file says so (H-21, H-35).

While a plan is open, its mark counts the edits made and is touched every few seconds. The lock is the system's own and
ends with the process, whatever ended it: a mark that can be locked was left behind. It is counted apart from the plan
file, so what it says of the edits kept is a comparison, not the file's word about itself.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from planner.persistence.abandoned import lock

_SPARE = 64  # room for figures to grow: a mark is written in place, by one call, at a constant length
_MOST_BYTES = 100_000


@dataclass(frozen=True, slots=True)
class LeftMark:
    """What a window that ended unexpectedly left.

    Parameters
    ----------
    path
        The plan file it had open.
    steps
        Edits in the file when it was opened.
    made
        Edits made since then.
    at
        When the window was last known to run, ISO 8601 UTC.
    """

    path: Path
    steps: int
    made: int
    at: str


class OpenMark:
    """The mark of one open plan; lives as long as the plan is open."""

    def __init__(self, file: Path, path: Path, *, steps: int, at: str) -> None:
        """Make the mark and lock it; raises OSError when its folder cannot take it."""
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = file
        self._descriptor = os.open(file, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        self._state = {"path": str(path), "steps": steps, "made": 0, "at": at}
        self._length = len(json.dumps(self._state)) + _SPARE
        if not lock(self._descriptor):
            os.close(self._descriptor)
            raise BlockingIOError("another window has this plan's mark")
        os.ftruncate(self._descriptor, 0)
        self._write()

    def note(self, made: int, *, at: str) -> None:
        """Note how many edits were made since the plan was opened."""
        if self._state["made"] != made:
            self._state |= {"made": made, "at": at}
            self._write()

    def beat(self, at: str) -> None:
        """Note that the window still runs."""
        self._state["at"] = at
        self._write()

    def release(self) -> None:
        """Take the mark away: the plan is closed."""
        with contextlib.suppress(OSError):
            self._file.unlink(missing_ok=True)
        os.close(self._descriptor)

    def _write(self) -> None:
        with contextlib.suppress(OSError):  # a full disk is told by the plan file, which matters more
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            os.write(self._descriptor, json.dumps(self._state).ljust(self._length).encode())


def left_mark(file: Path) -> LeftMark | None:
    """Return what a mark says that a window left; None when there is none, or a window still holds it."""
    try:
        with file.open("rb+") as stream:
            return _parsed(stream.read(_MOST_BYTES)) if lock(stream.fileno()) else None
    except OSError:
        return None


def left_marks(folder: Path) -> tuple[LeftMark, ...]:
    """Return what windows that ended unexpectedly left in a folder, the latest first."""
    try:
        files = sorted(folder.glob("*.open"))
    except OSError:
        return ()
    found = [mark for mark in map(left_mark, files) if mark is not None]
    return tuple(sorted(found, key=lambda mark: mark.at, reverse=True))


def is_held(file: Path) -> bool:
    """Whether a window that runs has the plan of a mark open."""
    try:
        with file.open("rb+") as stream:
            return not lock(stream.fileno())
    except OSError:
        return False


def drop_mark(file: Path) -> None:
    """Remove a mark that was left."""
    with contextlib.suppress(OSError):
        file.unlink(missing_ok=True)


def _parsed(content: bytes) -> LeftMark | None:
    try:
        state = json.loads(content)
        return LeftMark(Path(str(state["path"])), int(state["steps"]), int(state["made"]), str(state["at"]))
    except (ValueError, KeyError, TypeError):
        return None
