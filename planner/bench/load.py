"""How fast does a CT come up? From the click to the first slice and to the checked volume, against the usual readers.

Every ratio is of walls taken in the same run, file by file from a warm page cache: disks are not measured. Reading is
opening, parsing, scaling and placing; checking is gate, grid, corners and the look at the HU; hashing is the sha256
that pins a plan to its pixels.
"""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.bench.clock import timed
from planner.bench.ct_files import SIZE, write_series
from planner.bench.table import Row, at_least, at_most, number_words
from planner.domain.digest import array_hash
from planner.domain.geometry import Grid
from planner.domain.progress import silent
from planner.persistence.blobs import BlobStore
from planner.persistence.drafts import Drafts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from planner.domain.series import SliceFile
    from planner.imaging.stack import Stack
    from planner.services.tasks import OpenedSeries, OpeningVolume

GOAL_FIRST_S, GOAL_READING_S = 0.3, 0.15
GOAL_OVER_SIMPLEITK, GOAL_OVER_PYDICOM = 4.0, 10.0
GOAL_MEMORY = 1.5
SLICES, QUICK_SLICES, PACKED_SLICES = 500, 120, 240
_CHILD = "import sys; from planner.bench.load import peak_growth; print(peak_growth(sys.argv[1]))"


def run_load_bench(*, quick: bool, say: Callable[[str], None]) -> list[Row]:
    """Return all rows; ``say`` is told what is measured now. A quick run takes fewer slices and repeats less."""
    count, repeats = (QUICK_SLICES, 2) if quick else (SLICES, 5)
    with tempfile.TemporaryDirectory() as folder:
        say(f"Writing {count} slices")
        plain = Path(folder, "plain")
        slices = write_series(plain, count=count, is_packed=False)
        say("Reading, checking, hashing")
        parts = _best_of(slices, repeats)
        say("Other readers")
        rows = part_rows(parts, count) + peer_rows(plain, slices, parts, repeats=1 if quick else 3)
        say("From the click")
        rows += click_rows(slices, "uncompressed")
        say("Memory")
        rows += memory_rows(plain, count)
        say("A compressed series")
        packed = write_series(Path(folder, "packed"), count=PACKED_SLICES, is_packed=True)
        rows += packed_rows(packed, repeats=1 if quick else 3)
        return rows


@dataclass(frozen=True, slots=True)
class Parts:
    """Walls of one load, s, and the processor time of what is compared with other readers."""

    reading_s: float
    checking_s: float
    hashing_s: float
    processor_s: float = 0.0  # of reading and checking, on all cores

    @property
    def whole_s(self) -> float:
        """All of it."""
        return self.reading_s + self.checking_s + self.hashing_s


def load_parts(slices: Sequence[SliceFile]) -> Parts:
    """Load a series into a draft and time its parts apart."""
    from planner.imaging import gate
    from planner.imaging.reading import SeriesReader
    from planner.imaging.stack import fit_stack

    blobs = BlobStore.temporary()
    try:
        with Drafts(blobs) as drafts:
            began, spent = time.perf_counter(), _processor_s()
            reader = SeriesReader(slices, is_float=False, into=drafts.array, progress=silent, partial=_nobody)
            reader.read_headers()
            reader.unpack()
            read = time.perf_counter()
            gate.require(reader.headers)
            stack = fit_stack(reader.headers)
            reader.reorder(stack.ordered)
            _check_place(stack)
            gate.judge_pixels(reader.planes.hu, reader.planes.mask)
            checked, spent = time.perf_counter(), _processor_s() - spent
            drafts.keep(reader.planes.hu, sha256=array_hash(reader.planes.hu))
            return Parts(read - began, checked - read, time.perf_counter() - checked, spent)
    finally:
        blobs.close()


def _check_place(stack: Stack) -> None:
    from planner.imaging.cornercheck import check_corners

    first = stack.ordered[0]
    check_corners(Grid.from_matrix((len(stack.ordered), first.rows, first.columns), stack.matrix), stack.ordered)


def _nobody(_: object) -> None:
    pass


def _best_of(slices: Sequence[SliceFile], repeats: int) -> Parts:
    load_parts(slices)  # for caches, imports and compiled code
    runs = [load_parts(slices) for _ in range(repeats)]
    walls = zip(*((run.reading_s, run.checking_s, run.hashing_s, run.processor_s) for run in runs), strict=True)
    return Parts(*(min(values) for values in walls))


@dataclass(frozen=True, slots=True)
class _Cost:
    """The best wall and the least processor time of some work, s: on a busy machine only the second can be compared."""

    wall_s: float
    processor_s: float

    def words(self, ours_s: float = 0.0) -> str:
        compared = f", {number_words(self.processor_s / ours_s)} × ours" if ours_s else ""
        return f"{number_words(self.processor_s)} s of processor time{compared}"


def _cost(work: Callable[[], Any], repeats: int) -> _Cost:
    spent = []

    def counted() -> None:
        before = _processor_s()
        work()
        spent.append(_processor_s() - before)

    wall_s = timed(counted, repeats).best_s
    return _Cost(wall_s, min(spent))


def _processor_s() -> float:
    """Return the processor time of this process and of those it has ended, s."""
    return sum(os.times()[:4])


def part_rows(parts: Parts, count: int) -> list[Row]:
    """Say how long each part of a load takes."""
    section = f"Load, {count} × {SIZE} × {SIZE}, uncompressed, warm page cache"
    megabytes = count * SIZE * SIZE * 2 / 1e6
    # The goal is for 500 slices; reading grows with their number.
    goal = at_most(GOAL_READING_S * count / SLICES)
    return [
        Row(section, "reading: header and pixels, scaled, in place", parts.reading_s, "s", goal),
        Row(section, "of pixels", megabytes / parts.reading_s, "MB/s"),
        Row(section, "checking: gate, grid, corners, HU", parts.checking_s, "s"),
        Row(section, "hashing: sha256 of the volume", parts.hashing_s, "s", note=f"{megabytes:.0f} MB"),
        Row(
            section,
            "reading and checking",
            parts.reading_s + parts.checking_s,
            "s",
            note=_Cost(0, parts.processor_s).words(),
        ),
        Row(section, "all of it", parts.whole_s, "s"),
    ]


def peer_rows(folder: Path, slices: Sequence[SliceFile], parts: Parts, *, repeats: int) -> list[Row]:
    """Read the same files with what else there is; ratios are to reading and checking, which the others leave out."""
    section = "The same files by other readers"
    ours_s = parts.reading_s + parts.checking_s
    plain_s = timed(lambda: _plain_read(slices), repeats + 2).best_s
    ordered = _cost(lambda: _simpleitk(folder), repeats)
    naive = _cost(lambda: _naive_pydicom(slices), repeats)
    of_ours = parts.processor_s
    return [
        Row(section, "read() of the bytes, nothing else", plain_s, "s"),
        Row(section, "ours over it", ours_s / plain_s, "×"),
        Row(section, "SimpleITK ImageSeriesReader with its sorting", ordered.wall_s, "s", note=ordered.words(of_ours)),
        Row(section, "it over ours", ordered.wall_s / ours_s, "×", at_least(GOAL_OVER_SIMPLEITK)),
        Row(section, "pydicom, dcmread and stack", naive.wall_s, "s", note=naive.words(of_ours)),
        Row(section, "it over ours", naive.wall_s / ours_s, "×", at_least(GOAL_OVER_PYDICOM)),
        _either_row(section, parts, len(slices), (ordered.wall_s / ours_s, naive.wall_s / ours_s)),
    ]


def _either_row(section: str, parts: Parts, count: int, ratios: tuple[float, float]) -> Row:
    """Say whether the goal is kept: the time of reading on this machine, or, on a slower one, both ratios."""
    in_time = parts.reading_s <= GOAL_READING_S * count / SLICES
    is_faster = ratios[0] >= GOAL_OVER_SIMPLEITK and ratios[1] >= GOAL_OVER_PYDICOM
    kept = " and ".join(words for words, holds in (("the time", in_time), ("both ratios", is_faster)) if holds)
    return Row(section, "goal: the time of reading, or both ratios", f"kept: {kept}" if kept else "missed")


def _plain_read(slices: Sequence[SliceFile]) -> None:
    room = bytearray(Path(slices[0].path).stat().st_size + 4096)
    for part in slices:
        with Path(part.path).open("rb", buffering=0) as file:
            file.readinto(room)


def _simpleitk(folder: Path) -> None:
    import SimpleITK

    reader = SimpleITK.ImageSeriesReader()
    (series,) = reader.GetGDCMSeriesIDs(str(folder))
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder), series))
    reader.Execute()


def _naive_pydicom(slices: Sequence[SliceFile]) -> None:
    from pydicom import dcmread

    images = [dcmread(part.path) for part in slices]
    images.sort(key=lambda image: float(image.ImagePositionPatient[2]))
    np.stack([image.pixel_array for image in images])


def click_rows(slices: Sequence[SliceFile], words: str) -> list[Row]:
    """Open a series as the window does: a request to a worker that has scanned before, replies over its channel."""
    from planner.services.tasks import OpenSeries, ScanFolder, WarmUp
    from planner.workers.pool import ProcessPool

    section = f"From the click, {len(slices)} slices, {words}, in a worker process"
    blobs = BlobStore.temporary()
    heard: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
    pool = ProcessPool(blobs, dispatch=heard.put)
    try:
        _wait(pool, heard, WarmUp())  # as the window does when it starts
        _wait(pool, heard, ScanFolder(str(Path(slices[0].path).parent)))
        fresh_s, _ = _wait(pool, heard, OpenSeries(tuple(slices)))
        walls = [_wait(pool, heard, OpenSeries(tuple(slices))) for _ in range(3)]
    finally:
        pool.close()
        blobs.close()
    first_s, whole_s = (min(values) for values in zip(*walls, strict=True))
    return [
        Row(
            section, "first axial slice can be painted, first series of a session", fresh_s, "s", at_most(GOAL_FIRST_S)
        ),
        Row(section, "first axial slice can be painted, later", first_s, "s", at_most(GOAL_FIRST_S)),
        Row(section, "checked and hashed volume is mapped", whole_s, "s"),
    ]


def _wait(pool: Any, heard: queue.SimpleQueue[Callable[[], None]], request: Any) -> tuple[float, float]:  # noqa: ANN401 - any task
    """Return the seconds until the first slice was mapped, and until the reply."""
    began = time.perf_counter()
    first_s: list[float] = []
    ended: list[object] = []

    def show(arrived: OpeningVolume) -> None:
        if hasattr(arrived, "first") and not first_s:
            np.load(arrived.path, mmap_mode="r")[arrived.first].max()
            first_s.append(time.perf_counter() - began)

    def done(reply: OpenedSeries) -> None:
        ended.append(reply)

    pool.submit(request, on_done=done, on_failed=ended.append, on_partial=show)
    while not ended:
        heard.get()()
    if isinstance(ended[0], Exception):
        raise ended[0]
    return (first_s or [0.0])[0], time.perf_counter() - began


def memory_rows(folder: Path, count: int) -> list[Row]:
    """Load in a fresh process and compare its growth with the volume."""
    command = [sys.executable, "-c", _CHILD, str(folder)]
    done = subprocess.run(command, capture_output=True, check=True, text=True)  # noqa: S603 - own code
    grown, volume = float(done.stdout), count * SIZE * SIZE * 2
    if not grown:
        return [Row("Memory", "peak of a load over the int16 volume", "not known on this system")]
    how = f"{grown / 1e6:.0f} MB resident at most above the process before, the mapped draft included"
    return [Row("Memory", "peak of a load over the int16 volume", grown / volume, "×", at_most(GOAL_MEMORY), how)]


def peak_growth(folder: str) -> float:
    """Return by how many bytes the peak of resident memory grows while a folder's series is loaded; 0 if unknown."""
    from planner.domain.series import SliceFile

    slices = [SliceFile(str(path)) for path in sorted(Path(folder).iterdir())]
    load_parts(slices[:3])
    before = _peak_bytes()
    load_parts(slices)
    return _peak_bytes() - before


def _peak_bytes() -> float:
    # Of this program alone: the figure of getrusage also knows the process that started it.
    status = Path("/proc/self/status")
    if not status.is_file():
        return 0.0
    (peak,) = [line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM:")]
    return 1024 * float(peak.split()[1])


def packed_rows(slices: Sequence[SliceFile], *, repeats: int) -> list[Row]:
    """Unpack a JPEG-LS series in this process alone, then with its helpers; the bytes must be equal."""
    from planner.imaging import crew
    from planner.imaging.assemble import load_series

    section = f"Compressed, {len(slices)} × {SIZE} × {SIZE}, JPEG-LS lossless"
    blobs = BlobStore.temporary()
    hashes = set()

    def alone() -> None:
        hashes.add(load_series(slices, progress=silent)[0].ref.pixel_hash)

    def together() -> None:
        with Drafts(blobs) as drafts:
            hashes.add(load_series(slices, into=drafts.array, progress=silent)[0].ref.pixel_hash)

    try:
        one, several = _cost(alone, repeats), _cost(together, repeats)
    finally:
        blobs.close()
    note = "equal bytes" if len(hashes) == 1 else "BYTES DIFFER"
    return [
        Row(section, "one process", one.wall_s, "s", note=one.words()),
        Row(section, f"with helpers, {crew.cores()} cores", several.wall_s, "s", note=f"{note}; {several.words()}"),
        Row(section, "gain", one.wall_s / several.wall_s, "×"),
        *click_rows(slices, "JPEG-LS lossless"),
    ]
