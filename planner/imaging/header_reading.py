"""What do many files say about themselves, quickly? Their beginnings fetched ahead on threads, parsed in order here.

Fetching waits for disks, media and networks, so several threads do it; parsing is Python and gains nothing from them
(measured on 2 cores: 0.9 times as fast), and the library's warnings may be silenced on one thread only. The result is
in the order asked for, whichever thread was first.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from planner.domain.errors import InputRefused, PlannerError
from planner.imaging import headers as general
from planner.imaging.archive import is_any_archive

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from planner.imaging.headers import SliceHeader

# Where nearly every header of a CT slice has ended; longer ones are read by the general parser.
_START_BYTES = 32 * 1024
_BATCH = 16
_BATCHES_AHEAD = 8
_THREADS = 4
_LISTEN_EVERY_S = 0.1
# Loading the compiled scanner costs more than a second once, as much as the general parser takes for this many files.
_FEW_FILES = 1500
_FIRST_ROWS = 300


_LOADED = threading.Event()
# The shortest file that takes the scanner through its compiled code: meta information, then pixels.
_SAMPLE = (
    bytes(128)
    + b"DICM\2\0\0\0UL\4\0\x1c\0\0\0\2\0\x10\0UI\x14\x001.2.840.10008.1.2.1\0"
    + b"\xe0\x7f\x10\0OW\0\0\2\0\0\0\0\0"
)


def load_general_reader() -> None:
    """Load the parser for every kind of DICOM file."""
    import pydicom.filereader  # noqa: F401 - loaded for later


def load_scanner() -> None:
    """Load the scanner for ordinary files, with its compiled code."""
    if not _LOADED.is_set():
        from planner.imaging.explicit_vr import scan_header

        scan_header(_SAMPLE, Path("sample"))
        _LOADED.set()


def _load_compiler() -> None:
    """Load what the scanner's compiled code needs; a step of its own, as a request may wait for one."""
    import planner.imaging.explicit_vr  # noqa: F401 - loaded for later


LOADING = (load_general_reader, _load_compiler, load_scanner)
"""What a child loads while nobody asks for anything, in steps of about half a second."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file to read: where it is, and what the user calls it when that is something else."""

    path: Path
    shown: str = ""

    @property
    def name(self) -> str:
        """What lists call it."""
        return self.shown or str(self.path)


@dataclass(frozen=True, slots=True)
class _Start:
    """The first bytes of a file, and its whole length."""

    data: bytes
    file_bytes: int


def read_all(
    sources: Iterable[Source], *, tick: Callable[[], None], at_most: int
) -> Iterator[tuple[Source, tuple[SliceHeader, ...] | InputRefused]]:
    """Yield each source with the headers of its frames, or with the refusal.

    Parameters
    ----------
    tick
        Called several times a second also while a disk keeps everybody waiting; raises Cancelled to stop.
    at_most
        How many sources there are, as far as is known: what is worth preparing for.
    """
    waiting: deque[tuple[list[Source], Future[list[_Start | None]]]] = deque()
    batches = _batches(sources)
    threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="headers")
    parse = _Parser(at_most)
    try:
        while True:
            # Two for one, so that what unpacks an archive is not asked for much of it before the first row.
            for batch in islice(batches, min(2, _BATCHES_AHEAD - len(waiting))):
                waiting.append((batch, threads.submit(_starts, batch)))
            if not waiting:
                return
            batch, future = waiting.popleft()
            for source, start in zip(batch, _result(future, tick), strict=True):
                yield source, parse(source, start)
    finally:
        threads.shutdown(wait=False, cancel_futures=True)


def _batches(sources: Iterable[Source]) -> Iterator[list[Source]]:
    """Yield few at first: the first rows wait for nothing else."""
    rest, size = iter(sources), 1
    while batch := list(islice(rest, size)):
        yield batch
        size = min(2 * size, _BATCH)


def _result(future: Future[list[_Start | None]], tick: Callable[[], None]) -> list[_Start | None]:
    while True:
        tick()
        try:
            return future.result(timeout=_LISTEN_EVERY_S)
        except NotYet:
            continue


def _starts(batch: Sequence[Source]) -> list[_Start | None]:
    return [_start(source.path) for source in batch]


def _start(path: Path) -> _Start | None:
    """Return the beginning of a file; None when it cannot be read, which the parser then puts into words."""
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        handle = os.open(path, flags)
        with os.fdopen(handle, "rb", buffering=0) as file:
            return _Start(file.read(_START_BYTES), os.fstat(handle).st_size)
    except OSError:
        return None


class _Parser:
    """Reads one header: by the compiled scanner where it is loaded or worth loading, else by the general parser."""

    def __init__(self, at_most: int) -> None:
        self._is_worth_loading = at_most > _FEW_FILES
        self._done = 0

    def __call__(self, source: Source, start: _Start | None) -> tuple[SliceHeader, ...] | InputRefused:
        self._done += 1
        try:
            if start is not None and is_any_archive(start.data):
                return _no_archives(is_zip=start.data.startswith(b"PK"))
            header = self._scanned(source.path, start)
            return (header,) if header is not None else general.read_headers(source.path)
        except InputRefused as refusal:
            return refusal
        except PlannerError:
            raise
        except OSError as error:
            return InputRefused(f"The file cannot be read ({error.strerror}).", code="file-unreadable")

    def _scanned(self, path: Path, start: _Start | None) -> SliceHeader | None:
        # The first rows are shown before a second is spent on loading the scanner.
        if start is None or not (_LOADED.is_set() or (self._is_worth_loading and self._done > _FIRST_ROWS)):
            return None
        load_scanner()
        from planner.imaging.explicit_vr import scan_header

        found = scan_header(start.data, path, file_bytes=start.file_bytes)
        return None if found is None else found.header


def _no_archives(*, is_zip: bool) -> InputRefused:
    if is_zip:
        return InputRefused("A zip archive among the files: not opened. Drop it by itself.", code="archive-inside")
    return InputRefused("A packed file, not DICOM: not opened. Unpack it if it holds a scan.", code="packed-file")
