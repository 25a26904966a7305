"""How is a series read with one look at each file? Header and pixels from the same bytes, the middle slice first.

Ordinary uncompressed files are opened once: their header is scanned and their pixels go straight into their plane,
while other threads do the same. What is left (compressed, odd, several frames in a file) is parsed by pydicom, and its
pixels are unpacked once the gate has seen every header. Nothing here judges: the caller asks the gate, then says in
which order the slices belong.
"""

from __future__ import annotations

import math
import os
import stat
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain.errors import InputRefused
from planner.imaging import crew
from planner.imaging.decode import Planes, has_integer_scale, is_plain
from planner.imaging.explicit_vr import scan_header
from planner.imaging.headers import read_headers
from planner.imaging.unpack import stored_values

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from planner.domain.progress import Progress
    from planner.domain.series import SliceFile
    from planner.imaging.decode import Into
    from planner.imaging.headers import SliceHeader

# Files are read and scaled outside the interpreter lock, headers inside it: more threads than this only wait.
_MOST_READERS = 4
# A larger file holds more than one slice, and is not worth holding in memory as a whole.
_MOST_WHOLE_BYTES = 32 * 1024**2
_TELL_EVERY_S = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class Arriving:
    """What can be shown of a volume under way: ``done`` planes of ``hu`` from ``first`` on, counted round its end.

    ``hu`` has the listed order, which for a series as scanned is the final one; it is being written.
    """

    hu: NDArray[Any]
    window_hu: tuple[float, float] | None
    spacing_ijk_mm: tuple[float, float, float]
    first: int
    done: int


class SeriesReader:
    """Reads the slices of one series: :meth:`read_headers`, then the gate, then :meth:`unpack` and :meth:`reorder`.

    Parameters
    ----------
    slices
        Files and frames in the listed order.
    is_float
        Whether the volume is float32 even if its scale is whole; see :class:`planner.imaging.decode.TooWide`.
    """

    def __init__(
        self,
        slices: Sequence[SliceFile],
        *,
        is_float: bool,
        into: Into,
        progress: Progress,
        partial: Callable[[Arriving], None],
    ) -> None:
        self._slices, self._is_float, self._into = slices, is_float, into
        self._progress, self._partial = progress, partial
        self._first = len(slices) // 2
        self._order = [*range(self._first, len(slices)), *range(self._first)]
        self._headers: list[SliceHeader | None] = [None] * len(slices)
        self._parsed: dict[str, tuple[SliceHeader, ...]] = {}
        self._planes: Planes | None = None
        self._storage: tuple[object, ...] = ()
        self._own = threading.local()
        self._told_s = -_TELL_EVERY_S

    @property
    def headers(self) -> list[SliceHeader]:
        """All headers, in the listed order; after :meth:`read_headers`."""
        return [header for header in self._headers if header is not None]

    @property
    def planes(self) -> Planes:
        """The pixels; after :meth:`unpack`."""
        assert self._planes is not None  # noqa: S101 - the order of calls is this file's contract
        return self._planes

    def read_headers(self) -> None:
        """Read every header, and the pixels of ordinary files with it. Raises InputRefused, TooWide, Cancelled."""
        total = len(self._slices)
        if not total:
            return
        is_shared = len({part.path for part in self._slices}) < total
        look = (lambda _: None) if is_shared else self._look
        self._progress(0, total, "Reading slices")
        # The middle slice, and one beside it that tells their distance, before any other file is opened.
        early, later = self._order[:2], self._order[2:]
        for k in early:
            self._keep(k, look(k))
        self._show_first()
        with ThreadPoolExecutor(min(_MOST_READERS, crew.cores())) as readers:
            try:
                for done, (k, header) in enumerate(zip(later, readers.map(look, later), strict=True), start=len(early)):
                    self._progress(done, total, "Reading slices")
                    self._keep(k, header)
                    self._tell()
            except BaseException:
                readers.shutdown(wait=True, cancel_futures=True)
                raise

    def unpack(self) -> None:
        """Fill the planes that are not filled yet, on all cores where they are many. Raises as ``read_headers``."""
        if self._planes is None:
            self._make_planes(self.headers[self._first])
        left = deque(k for k in self._order if not self.planes.is_filled[k])
        if left:
            crew.unpack(self.headers, left, planes=self.planes, after_each=self._count)
        self._progress(len(self._slices), len(self._slices), "Reading slices")

    def reorder(self, ordered: Sequence[SliceHeader]) -> None:
        """Put the planes into the order of these headers, which are the ones read."""
        place = {id(header): k for k, header in enumerate(ordered)}
        target = [place[id(header)] for header in self.headers]
        if target != list(range(len(target))):
            self.planes.reorder(target)

    def _look(self, k: int) -> SliceHeader | None:
        """Read one file: its header, and its pixels when they are plain. ``None`` when pydicom must parse it."""
        path = Path(self._slices[k].path)
        data = self._whole(path)
        scanned = None if data is None else scan_header(data, path)
        if data is None or scanned is None:
            return None
        header = scanned.header
        if not is_plain(header, scanned.pixel_length):
            return header
        if self._planes is None and k == self._first:
            self._make_planes(header)
        if self._planes is not None and _storage(header) == self._storage:
            words = np.frombuffer(data, "<u2", header.rows * header.columns, scanned.pixel_offset)
            self._planes.fill_plain(k, words, header)
        return header

    def _whole(self, path: Path) -> memoryview | None:
        """Return all bytes of an ordinary file, in this thread's own room: valid until its next file."""
        try:
            with path.open("rb", buffering=0) as file:
                facts = os.fstat(file.fileno())
                size = facts.st_size
                if not stat.S_ISREG(facts.st_mode) or not 0 < size <= _MOST_WHOLE_BYTES:
                    return None
                room = getattr(self._own, "room", None)
                if room is None or len(room) < size:
                    room = self._own.room = bytearray(size + size // 4)
                view = memoryview(room)[:size]
                return view if file.readinto(view) == size and not file.read(1) else None
        except OSError:
            return None  # pydicom's reading says why, in words

    def _keep(self, k: int, header: SliceHeader | None) -> None:
        self._headers[k] = header if header is not None else self._parse(k)

    def _parse(self, k: int) -> SliceHeader:
        part = self._slices[k]
        frames = self._parsed.get(part.path)
        if frames is None:
            frames = self._parsed[part.path] = read_headers(Path(part.path))
        if not 0 <= part.frame < len(frames):
            raise InputRefused(
                "The file changed since it was listed. Scan the folder again.",
                code="changed",
                where=Path(part.path).name,
            )
        return frames[part.frame]

    def _make_planes(self, header: SliceHeader) -> None:
        shape = (len(self._slices), header.rows, header.columns)
        is_float = self._is_float or not has_integer_scale(header)
        self._planes = Planes(shape, is_float=is_float, into=self._into)
        self._storage = _storage(header)

    def _show_first(self) -> None:
        """Show the middle slice before any other file is opened, also a compressed one."""
        header = self._headers[self._first]
        if header is None:
            return
        if self._planes is None and header.rows and header.columns:
            try:
                stored = stored_values(header)
                self._make_planes(header)
                self.planes.fill(self._first, stored, header)
            except InputRefused:
                return  # the gate, which sees all headers, says what is wrong
        self._tell()

    def _count(self) -> None:
        """Report after each plane that was unpacked."""
        self._progress(int(self.planes.is_filled.sum()), len(self._slices), "Unpacking slices")
        self._tell()

    def _tell(self) -> None:
        now = time.monotonic()
        header = self._headers[self._first]
        if self._planes is None or header is None or now - self._told_s < _TELL_EVERY_S:
            return
        is_filled = self._planes.is_filled[self._order]
        done = len(is_filled) if is_filled.all() else int(is_filled.argmin())
        sizes = header.spacing_ji_mm
        # What the gate will refuse is not shown meanwhile.
        if done and len(sizes) == 2 and all(math.isfinite(size) and size > 0 for size in sizes):
            self._told_s = now
            spacing = (sizes[1], sizes[0], self._step_mm())
            self._partial(Arriving(self._planes.hu, header.window_hu, spacing, self._first, done))

    def _step_mm(self) -> float:
        """Return the distance of the middle slice to its neighbour, 0 where their headers do not tell it."""
        here, there = (self._headers[k] for k in (self._order[0], self._order[1 % len(self._order)]))
        if here is None or there is None or not len(here.position_lps_mm) == len(there.position_lps_mm) == 3:
            return 0.0
        step_mm = math.dist(here.position_lps_mm, there.position_lps_mm)
        return step_mm if math.isfinite(step_mm) else 0.0


def _storage(header: SliceHeader) -> tuple[object, ...]:
    """Return all that decides how words become HU: planes are filled at once only when it is equal."""
    return (
        header.rows,
        header.columns,
        header.bits_stored,
        header.signed,
        header.slope,
        header.intercept,
        header.padding,
    )
