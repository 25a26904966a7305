r"""What is in a zip archive, and does it come out within bounds? Every file under a name of ours, in a private folder.

A zip is hostile until it is out (H-41): names are never used as paths, so ``../``, ``C:\``, case tricks and links lead
nowhere; sizes are counted while unpacking, never believed; archives inside are not opened. What is not unpacked is
named with its reason. The folder lies in the program's temporary store and goes with it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import stat
import tempfile
import zipfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from planner.domain.errors import DAMAGED_FILE_ERRORS, InputRefused
from planner.domain.series import RejectedFile
from planner.imaging import limits
from planner.imaging.archive_index import refuse_long_index

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from planner.domain.progress import Progress

# A CT of one patient is one file per slice, and a study of several phases has thousands: as many as a folder may hold.
MOST_MEMBERS = limits.MOST_FILES
MOST_BYTES = 4 * 1024**3
MOST_RATIO = 100
# Small archives may hold a few blank slices, which pack 1000 to 1: the ratio counts once this much came out.
_RATIO_FROM_BYTES = 16 * 1024**2
_KEPT_FREE_BYTES = 512 * 1024**2
_CHUNK = 1024**2
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ARCHIVE_MARKS = (b"PK\x03\x04", b"PK\x05\x06", b"Rar!", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")
PHASE = "Unpacking"
# What the zip library raises on damaged archives, beside an error of its own.
_DAMAGED: tuple[type[Exception], ...] = (zipfile.BadZipFile, *DAMAGED_FILE_ERRORS)


@dataclass(frozen=True, slots=True)
class Member:
    """One file out of an archive: where it is now, and what the archive calls it, for the eye only."""

    path: Path
    shown: str


def is_archive(path: Path) -> bool:
    """Whether a file starts as a zip archive does; a DICOM file may start with anything, its mark comes later."""
    try:
        with path.open("rb") as file:
            start = file.read(132)
            return start.startswith(_ARCHIVE_MARKS[:2]) and start[128:] != b"DICM"
    except OSError:
        return False


def is_any_archive(start: bytes) -> bool:
    """Whether these first bytes of a file are those of an archive of any usual kind."""
    return start.startswith(_ARCHIVE_MARKS) and start[128:132] != b"DICM"


def unpack_archive(path: Path, into: Path, *, progress: Progress) -> Generator[Member | RejectedFile, None, None]:
    """Unpack a zip's files one by one into a new folder below ``into``, or say of each why it is not.

    An archive already unpacked there is not unpacked again while it has not changed.

    Raises
    ------
    InputRefused
        When the archive as a whole is damaged, locked with a password, or beyond a bound; nothing of it stays.
    """
    mark = _fingerprint(path)
    kept = into / f"archive-{mark}.json"
    if kept.exists():
        yield from _kept_members(kept)
        return
    folder = Path(tempfile.mkdtemp(prefix="archive-", dir=into))
    done: list[Member | RejectedFile] = []
    is_whole = False
    try:
        for item in _unpacked(path, folder, mark=mark, progress=progress):
            done.append(item)
            yield item
        _keep(done, kept)
        is_whole = True
    except OSError as error:
        raise InputRefused(
            f"The archive cannot be unpacked ({error.strerror or 'no reason given'}). Free the disk, then try again.",
            code="archive-io",
            where=path.name,
        ) from error
    finally:
        # Also when the caller stops listening: half an archive is of no use to anybody.
        if not is_whole:
            shutil.rmtree(folder, ignore_errors=True)


def _unpacked(path: Path, folder: Path, *, mark: str, progress: Progress) -> Iterator[Member | RejectedFile]:
    refuse_long_index(path, most_members=MOST_MEMBERS)
    try:
        archive = zipfile.ZipFile(path)
    except _DAMAGED as error:
        raise _damaged(path) from error
    with archive:
        infos = archive.infolist()
        _refuse_claims(path, infos, folder)
        budget = _Budget(path)
        names: set[str] = set()
        for number, info in enumerate(infos):
            budget.tick = partial(progress, number, len(infos), PHASE)
            budget.tick()
            if info.filename.endswith("/"):
                continue
            shown = f"{path.name} › {_shown(info.filename)}"
            reason = _reason_against(info, names)
            names.add(info.filename)
            if reason is None:
                target = folder / f"member-{mark[:8]}-{number + 1:05d}"
                reason = _unpack(archive, info, target, spend=budget.spend)
            yield Member(target, shown) if reason is None else RejectedFile(shown, *reason)
        progress(len(infos), len(infos), PHASE)


class _Budget:
    """Counts what really comes out, over the whole archive, and hears of a cancelled job."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._packed_bytes = path.stat().st_size
        self._out_bytes = 0
        self.tick: Callable[[], None] = lambda: None

    def spend(self, count: int) -> None:
        """Add to the count; refuse the archive when it grows beyond its bounds."""
        self.tick()
        self._out_bytes += count
        _refuse_growth(self._path, self._out_bytes, self._packed_bytes)


def _unpack(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, *, spend: Callable[[int], None]
) -> tuple[str, str] | None:
    """Write one member; return sentence and code when it cannot be used."""
    try:
        with archive.open(info) as source:
            first = source.read(_CHUNK)
            if is_any_archive(first):
                return "An archive inside the archive: not opened. Unpack it, then open its folder.", "archive-nested"
            with target.open("xb") as out:
                chunk = first
                while chunk:
                    spend(len(chunk))
                    out.write(chunk)
                    chunk = source.read(_CHUNK)
    except _DAMAGED as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk, not the archive
        target.unlink(missing_ok=True)
        return "The archive is damaged here: the file does not come out whole. Pack it again.", "archive-member-damaged"
    return None


def _reason_against(info: zipfile.ZipInfo, names: set[str]) -> tuple[str, str] | None:
    """Return sentence and code for a member that is not unpacked."""
    mode = info.external_attr >> 16
    if stat.S_ISLNK(mode):
        return "A link inside the archive: not followed.", "archive-link"
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return "A device or pipe inside the archive: not made.", "archive-not-a-file"
    if not info.filename:
        return "A file without a name: not unpacked. Pack the folder again.", "archive-no-name"
    if _leads_outside(info.filename):
        return "Its name points outside the archive: not unpacked. Pack the folder again.", "archive-name-outside"
    if info.filename in names:
        return "The archive holds this name more than once; the first is read.", "archive-duplicate"
    if info.compress_type not in _METHODS:
        return (
            f"Packed by a method that is not read (number {info.compress_type}). Pack it again as an ordinary zip.",
            "archive-method",
        )
    if info.file_size > limits.MOST_FILE_BYTES:
        return (
            f"The file is {info.file_size / 1024**2:.0f} MB; at most {limits.MOST_FILE_BYTES // 1024**2} MB are read.",
            "file-too-large",
        )
    return None


def _leads_outside(name: str) -> bool:
    parts = re.split(r"[/\\]", name)
    return ".." in parts or name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name) is not None


def _refuse_claims(path: Path, infos: list[zipfile.ZipInfo], folder: Path) -> None:
    """Refuse what the archive's own list rules out already, before anything is unpacked."""
    if len(infos) > MOST_MEMBERS:
        raise InputRefused(
            f"The archive holds more than {MOST_MEMBERS} files. Pack one scan at a time.",
            code="archive-too-many",
            where=path.name,
        )
    if any(info.flag_bits & 0x1 for info in infos):
        raise InputRefused(
            "The archive is locked with a password. Unpack it with the password, then open the folder.",
            code="archive-encrypted",
            where=path.name,
        )
    claimed = sum(info.file_size for info in infos)
    _refuse_growth(path, claimed, path.stat().st_size)
    free = shutil.disk_usage(folder).free
    if claimed + _KEPT_FREE_BYTES > free:
        raise InputRefused(
            f"The archive unpacks to {claimed / 1024**2:.0f} MB; the temporary folder has {free / 1024**2:.0f} MB "
            "free. Free the disk, then try again.",
            code="archive-disk-full",
            where=path.name,
        )


def _refuse_growth(path: Path, out_bytes: int, packed_bytes: int) -> None:
    if out_bytes > MOST_BYTES:
        raise InputRefused(
            f"The archive unpacks to more than {MOST_BYTES // 1024**3} GB. Unpack it yourself, then open the folder.",
            code="archive-too-large",
            where=path.name,
        )
    if out_bytes > max(_RATIO_FROM_BYTES, MOST_RATIO * packed_bytes):
        raise InputRefused(
            f"The archive unpacks to more than {MOST_RATIO} times its size, as no scan does: not unpacked.",
            code="archive-ratio",
            where=path.name,
        )


def _damaged(path: Path) -> InputRefused:
    return InputRefused("The archive is damaged. Pack or download it again.", code="archive-damaged", where=path.name)


def _shown(name: str) -> str:
    """Return a member's name for the eye: printable, of bounded length."""
    plain = "".join(c if c.isprintable() else "�" for c in name)
    return plain if len(plain) <= 200 else f"…{plain[-199:]}"


def _fingerprint(path: Path) -> str:
    about = path.stat()
    text = f"{path.absolute()}|{about.st_size}|{about.st_mtime_ns}"
    return hashlib.sha256(os.fsencode(text)).hexdigest()[:32]


def _keep(done: list[Member | RejectedFile], kept: Path) -> None:
    """Note what came out, so that the same archive is found unpacked the next time."""
    rows = [[str(i.path), i.shown] if isinstance(i, Member) else [i.path, i.sentence, i.code] for i in done]
    handle, name = tempfile.mkstemp(dir=kept.parent, suffix=".part")
    with os.fdopen(handle, "w", encoding="ascii") as file:
        json.dump(rows, file)
    Path(name).replace(kept)


def _kept_members(kept: Path) -> Iterator[Member | RejectedFile]:
    for row in json.loads(kept.read_text(encoding="ascii")):
        yield Member(Path(row[0]), row[1]) if len(row) == 2 else RejectedFile(*row)
