"""What was dropped here? Every DICOM series with a verdict in words, and every other file with the reason why not.

A folder, a zip archive, a medium with a DICOMDIR, single files, or several of them at once. A DICOMDIR only says which
folder is meant: its file names are never followed (H-41).
"""

from __future__ import annotations

import re
import time
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING

from planner.domain.errors import InputRefused
from planner.domain.progress import ignore
from planner.domain.series import RejectedFile, ScanReport, SeriesSummary
from planner.imaging import limits
from planner.imaging.archive import Member, is_archive, unpack_archive
from planner.imaging.gate_kind import is_localizer
from planner.imaging.header_reading import Source, read_all
from planner.imaging.headers import DICOMDIR, PixelsLost
from planner.imaging.splitting import split
from planner.imaging.summary import summary_of, summary_so_far
from planner.imaging.walk import Walk, regular_files

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from pathlib import Path

    from planner.domain.progress import Partial, Progress
    from planner.imaging.headers import SliceHeader

_META_BYTES = 1024  # the meta group names the kind of file, and has ended by then
PHASE = "Reading headers"
# First rows soon, then no more than two reports a second: each is the whole list so far.
_FIRST_PARTIAL_S, _PARTIAL_EVERY_S = 0.3, 0.5
_MOST_REJECTED_IN_PARTIAL = 200


def scan_folder(folder: Path, *, progress: Progress) -> ScanReport:
    """List the series of one folder, without archives and without reports in between; see :func:`scan`."""
    if not folder.is_dir():
        raise InputRefused(f"There is no folder {folder}.", code="no-folder")
    return scan([folder], scratch=None, progress=progress)


def scan(paths: Sequence[Path], *, scratch: Path | None, progress: Progress, partial: Partial = ignore) -> ScanReport:
    """Read the headers of every regular file among and below ``paths`` and list their series; no pixels are read.

    Parameters
    ----------
    paths
        Folders, zip archives, DICOMDIR files or single files; their order never changes the result.
    scratch
        Private folder that archives are unpacked into; without one they are not opened.
    partial
        Hears of a ScanReport so far: the first after 0.3 s, then at most two a second.

    Raises
    ------
    InputRefused
        When a path does not exist or cannot be read, more than 20 000 files are below (H-40), or an archive is
        refused (H-41). Single bad files are listed in the report instead.
    """
    chosen = sorted({_meant(path.absolute()) for path in paths})
    gathering = _Gathering(source=str(_source_of(chosen)), progress=progress, partial=partial)
    with closing(_Sources(chosen, scratch=scratch, gathering=gathering)) as sources:
        for source, outcome in read_all(sources.each(), tick=gathering.tick, at_most=sources.at_most):
            gathering.take(source, outcome)
    return gathering.report()


def _meant(path: Path) -> Path:
    """Return the folder of a medium for its DICOMDIR, whatever that is called, and any other path as it is."""
    if not path.is_file():
        return path
    try:
        with path.open("rb") as file:
            start = file.read(_META_BYTES)
    except OSError:
        return path
    is_index = start[128:132] == b"DICM" and DICOMDIR.encode() in start
    return path.parent if is_index else path


def _source_of(chosen: Sequence[Path]) -> Path:
    """Return what to scan to find all of it again: the one path, or the folder that holds several."""
    if len(chosen) == 1:
        return chosen[0]
    first, *others = (path.parent for path in chosen)
    while not all(folder.is_relative_to(first) for folder in others):
        first = first.parent
    return first


class _Sources:
    """The files to read, in a fixed order: those of folders and single ones first, then archives as they unpack."""

    def __init__(self, chosen: Sequence[Path], *, scratch: Path | None, gathering: _Gathering) -> None:
        walk = Walk()
        self._archives: list[Path] = []
        for path in chosen:
            if path.is_dir():
                walk.join(regular_files(path, progress=gathering.progress))
            elif not path.is_file():
                raise _not_there(path)
            elif scratch is not None and is_archive(path):
                self._archives.append(path)
            else:
                walk.paths.append(path)
        # A file may be chosen by itself and with its folder.
        self._files = list(dict.fromkeys(walk.paths))
        self._scratch, self._gathering = scratch, gathering
        self._unpacking: Generator[Member | RejectedFile, None, None] | None = None
        gathering.rejected.extend(walk.rejected)
        gathering.skipped = walk.skipped
        gathering.total = len(self._files)
        _refuse_too_many(gathering.total)
        self.at_most = limits.MOST_FILES if self._archives else len(self._files)

    def each(self) -> Iterator[Source]:
        """Yield every file; rejected members of archives go to the gathering at once."""
        return chain((Source(path) for path in self._files), chain.from_iterable(map(self._members, self._archives)))

    def _members(self, archive: Path) -> Iterator[Source]:
        assert self._scratch is not None  # noqa: S101 - archives are only collected with one
        gathering = self._gathering
        self._unpacking = unpack_archive(archive, self._scratch, progress=gathering.tell_unpacking)
        for item in self._unpacking:
            if isinstance(item, Member):
                gathering.total += 1
                _refuse_too_many(gathering.total)
                gathering.names[item.path.name] = item.shown
                yield Source(item.path, item.shown)
            else:
                gathering.rejected.append(item)
                gathering.not_unpacked += 1
        gathering.unpacking = None

    def close(self) -> None:
        """Stop unpacking; half an archive goes at once, not when somebody lets go of it."""
        if self._unpacking is not None:
            self._unpacking.close()


def _not_there(path: Path) -> InputRefused:
    if path.exists():
        return InputRefused("A device, pipe or socket and no file: not opened.", code="not-a-file", where=str(path))
    return InputRefused(f"There is no file or folder {path}.", code="no-path")


def _refuse_too_many(files: int) -> None:
    if files > limits.MOST_FILES:
        raise InputRefused(
            f"More than {limits.MOST_FILES} files were chosen. Choose one scan at a time.", code="too-many-files"
        )


@dataclass(slots=True)
class _Gathering:
    """What was read so far, told at intervals; at the end it becomes the report."""

    source: str
    progress: Progress
    partial: Partial
    headers: list[SliceHeader] = field(default_factory=list)
    lost: list[SliceHeader] = field(default_factory=list)
    rejected: list[RejectedFile] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    firsts: dict[tuple[object, ...], list[SliceHeader]] = field(default_factory=dict)
    counts: dict[tuple[object, ...], int] = field(default_factory=dict)
    skipped: int = 0
    not_unpacked: int = 0
    total: int = 0
    done: int = 0
    unpacking: tuple[int, int, str] | None = None
    next_partial_s: float = field(default_factory=lambda: time.monotonic() + _FIRST_PARTIAL_S)

    def tick(self) -> None:
        """Report progress; show the rows so far when it is time to."""
        # While an archive unpacks, that is what everything waits for; two phases in turn would only flicker.
        self.progress(*(self.unpacking or (self.done, self.total, PHASE)))
        if self.headers and time.monotonic() >= self.next_partial_s:
            self.partial(self._report_so_far())
            self.next_partial_s = time.monotonic() + _PARTIAL_EVERY_S

    def tell_unpacking(self, done: int, total: int, phase: str) -> None:
        """Report how far an archive is unpacked; its files are read meanwhile."""
        self.unpacking = (done, total, phase)
        self.progress(done, total, phase)

    def take(self, source: Source, outcome: tuple[SliceHeader, ...] | InputRefused) -> None:
        """Take one file's headers or its refusal."""
        self.done += 1
        if isinstance(outcome, InputRefused):
            self.rejected.append(RejectedFile(source.name, outcome.sentence, outcome.code))
            if isinstance(outcome, PixelsLost):
                self.lost.append(outcome.header)
        elif any(DICOMDIR in (header.sop_class_uid, header.media_class_uid) for header in outcome):
            sentence = "A DICOMDIR index: not followed, the files beside it are read themselves."
            self.rejected.append(RejectedFile(source.name, sentence, "dicomdir"))
        else:
            self.headers.extend(outcome)
            for header in outcome:
                key = _key_of(header)
                self.firsts.setdefault(key, [header])
                self.counts[key] = self.counts.get(key, 0) + 1
        self.tick()

    def report(self) -> ScanReport:
        """Judge everything that was read."""
        parts = [summary_of(part.headers, part=part.words, lost=self.lost) for part in split(self.headers)]
        series = sorted(map(self._with_shown_names, parts), key=_listing_key)
        return ScanReport(
            self.source, self.done + self.not_unpacked, tuple(series), tuple(self.rejected), skipped=self.skipped
        )

    def _report_so_far(self) -> ScanReport:
        rows = [summary_so_far(first, images=self.counts[key]) for key, (first,) in self.firsts.items()]
        rejected = tuple(self.rejected[:_MOST_REJECTED_IN_PARTIAL])
        return ScanReport(
            self.source, self.done, tuple(sorted(rows, key=_listing_key)), rejected, self.skipped, is_complete=False
        )

    def _with_shown_names(self, series: SeriesSummary) -> SeriesSummary:
        """Put the archive's own names into sentences that name a file."""
        if not self.names:
            return series

        def shown(match: re.Match[str]) -> str:
            return re.split(r"[/\\]", self.names.get(match[0], match[0]))[-1]

        findings = tuple(replace(f, sentence=_MEMBER.sub(shown, f.sentence)) for f in series.findings)
        return replace(series, findings=findings)


_MEMBER = re.compile(r"\bmember-[0-9a-f]{8}-\d{5}\b")


def _listing_key(series: SeriesSummary) -> tuple[object, ...]:
    return (
        series.patient.label,
        series.date,
        series.study_instance_uid,
        _number_first(series.label),
        series.detail,
        series.series_instance_uid,
        series.slices[0].path,
        series.slices[0].frame,
    )


def _number_first(label: str) -> tuple[int, str]:
    """Sort "2 · …" before "10 · …"."""
    number = label.split(" ", 1)[0]
    return (int(number) if number.isascii() and number.isdigit() else 10**9, label)


def _key_of(header: SliceHeader) -> tuple[object, ...]:
    """Return what tells a series from others while it is being read; what it holds is told apart at the end."""
    if header.series_instance_uid:
        return header.modality, is_localizer(header), header.series_instance_uid
    return header.modality, is_localizer(header), header.study_instance_uid, header.series_number, header.path.parent
