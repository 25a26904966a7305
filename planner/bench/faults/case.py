"""Is a faulty series refused in words, or shown exactly where its files say? One case, and how it is judged.

Every case goes the way a user's files go: written to a folder, scanned, each usable volume of the list loaded; and then
once more past the list, all files at once, as a kept plan or another program could ask for them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.bench.faults.anatomy import deviation
from planner.domain.errors import PlannerError
from planner.domain.progress import silent
from planner.domain.review import Severity
from planner.domain.series import SeriesVerdict, SliceFile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from planner.bench.faults.anatomy import Anatomy, Deviation
    from planner.domain.series import ScanReport, SeriesSummary
    from planner.domain.volume import Volume

EXACT_MM, EXACT_HU = 0.01, 0.5
# Rounding of an analytic value to whole HU is half a unit by itself.
_ROUNDING_HU = 1e-3


class Outcome(StrEnum):
    """What came of a case; the first two are as it should be."""

    ACCEPTED = "accepted, right"
    REFUSED = "refused in words"
    WRONG_ACCEPTED = "WRONG ACCEPTED"
    FALSE_REFUSAL = "FALSE REFUSAL"
    OTHER_CODE = "refused under another code"
    NOT_ASKED = "acknowledgement not asked"
    CRASHED = "CRASHED"


GOOD = (Outcome.ACCEPTED, Outcome.REFUSED)


@dataclass(frozen=True)
class Truth:
    """One volume that the files hold: its anatomy, and the names of the files that belong to it."""

    anatomy: Anatomy
    names: frozenset[str]


@dataclass(frozen=True)
class Injected:
    """Files with a fault, what they truly hold, and what the program may say.

    Parameters
    ----------
    files
        Contents by file name.
    truths
        An accepted volume must be one of these, made of its files only.
    refusals
        Codes under which it may be refused; empty when it must be accepted.
    acceptable
        False when no volume may come of it at all.
    asks
        Codes of which an accepted volume must carry one, as an acknowledgement; empty for nothing in particular.
    volumes
        How many volumes the list must offer when it must be accepted.
    landmark_mm, hu
        What an accepted volume may be off; ``hu`` is infinite where resampling or jitter blurs it.
    padded
        Share of voxels that may be masked as padding.
    frames
        Frames in each file, for asking past the list.
    """

    files: Mapping[str, bytes]
    truths: tuple[Truth, ...] = ()
    refusals: frozenset[str] = frozenset()
    acceptable: bool = True
    asks: frozenset[str] = frozenset()
    volumes: int = 1
    landmark_mm: float = EXACT_MM
    hu: float = EXACT_HU
    padded: float = 0.0
    frames: int = 1


@dataclass(frozen=True)
class Injector:
    """A way to break a series, and the parameters it is tried with."""

    name: str
    hazard: str
    grid: Sequence[Mapping[str, Any]]
    build: Callable[..., Injected]


@dataclass(frozen=True)
class Case:
    """An injector with one set of parameters; its files are made when it is run."""

    injector: Injector
    parameters: Mapping[str, Any]

    @property
    def words(self) -> str:
        """What to replay, such as ``"tilt(angle_deg=3.0, stack_mm=60)"``."""
        listed = ", ".join(f"{name}={value!r}" for name, value in self.parameters.items())
        return f"{self.injector.name}({listed})"

    def build(self) -> Injected:
        """Make the files."""
        return self.injector.build(**self.parameters)


@dataclass
class Judged:
    """A case's outcome, and why."""

    case: Case
    outcome: Outcome
    why: str = ""
    codes: Counter[str] = field(default_factory=Counter)

    @property
    def is_good(self) -> bool:
        """Whether the program did what it should."""
        return self.outcome in GOOD

    def __str__(self) -> str:
        return f"{self.outcome}: {self.case.words}: {self.why}"


def load(slices: Sequence[SliceFile]) -> Volume:
    """Load slices by the program's loader."""
    from planner.imaging.assemble import load_series

    return load_series(slices, progress=silent)[0]


def scan(folder: Path) -> ScanReport:
    """List a folder by the program's scan."""
    from planner.imaging.scan import scan_folder

    return scan_folder(folder, progress=silent)


def write_files(files: Mapping[str, bytes], folder: Path) -> list[Path]:
    """Write contents by name; return the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        paths.append(path)
    return paths


def judge(case: Case, folder: Path) -> Judged:
    """Run a case in an empty folder."""
    injected = case.build()
    paths = write_files(injected.files, folder)
    try:
        return _judged(case, injected, paths=paths, folder=folder)
    except Exception as error:  # noqa: BLE001 - whatever it is, the user would have seen no sentence
        return Judged(case, Outcome.CRASHED, f"{type(error).__name__}: {error}")


def _judged(case: Case, injected: Injected, *, paths: Sequence[Path], folder: Path) -> Judged:
    report = scan(folder)
    codes = Counter(rejected.code for rejected in report.rejected)
    right, refused = 0, 0
    for summary in report.series:
        codes.update(finding.code for finding in summary.findings if finding.severity is Severity.REFUSE)
        if summary.verdict is SeriesVerdict.NOT_USABLE:
            refused += 1
            continue
        try:
            volume = load(summary.slices)
        except PlannerError as error:
            codes[error.code] += 1
            refused += 1
            continue
        wrong = _what_is_wrong(volume, injected, slices=summary.slices)
        if wrong:
            return Judged(case, Outcome.WRONG_ACCEPTED, wrong, codes)
        asked = _asked(summary, volume)
        if injected.asks and not asked & injected.asks:
            return Judged(case, Outcome.NOT_ASKED, f"asked {sorted(asked)}", codes)
        right += 1
    wrong = _past_the_list(injected, paths)
    if wrong:
        return Judged(case, Outcome.WRONG_ACCEPTED, f"all files at once: {wrong}", codes)
    return _verdict(case, injected, right=right, codes=codes)


def _verdict(case: Case, injected: Injected, *, right: int, codes: Counter[str]) -> Judged:
    said = ", ".join(sorted(codes)) or "nothing"
    if not injected.refusals:
        enough = right == injected.volumes
        why = f"{right} of {injected.volumes} volumes; refusals: {said}"
        return Judged(case, Outcome.ACCEPTED if enough else Outcome.FALSE_REFUSAL, why, codes)
    if right:
        return Judged(case, Outcome.ACCEPTED, f"{right} volumes", codes)
    if not set(codes) & injected.refusals:
        return Judged(case, Outcome.OTHER_CODE, f"{said}; expected {sorted(injected.refusals)}", codes)
    return Judged(case, Outcome.REFUSED, said, codes)


def _past_the_list(injected: Injected, paths: Sequence[Path]) -> str:
    """Load all files as one volume; return what is wrong with what came, empty when refused or right."""
    slices = [SliceFile(str(path), frame) for path in paths for frame in range(injected.frames)]
    try:
        volume = load(slices)
    except PlannerError:
        return ""
    return _what_is_wrong(volume, injected, slices=slices)


def _asked(summary: SeriesSummary, volume: Volume) -> set[str]:
    """Return the codes of acknowledgements, from the headers and from the loaded picture."""
    from planner.imaging.gate import judge_pixels

    findings = (*summary.findings, *judge_pixels(volume.hu, volume.padding))
    return {finding.code for finding in findings if finding.severity is Severity.ACK}


def _what_is_wrong(volume: Volume, injected: Injected, *, slices: Sequence[SliceFile]) -> str:
    """Compare a volume with the truths; return the difference from the nearest, empty when one matches."""
    if not injected.acceptable:
        return "loaded, though nothing in it is a volume"
    names = {Path(part.path).name for part in slices}
    if volume.hu.shape[0] != len(slices):
        return f"{volume.hu.shape[0]} slices of {len(slices)} images"
    found = []
    for truth in injected.truths:
        if not names <= truth.names:
            found.append(f"{len(names - truth.names)} files of something else")
            continue
        off = deviation(volume, truth.anatomy)
        if _is_right(off, injected, voxels=volume.hu.size):
            return ""
        found.append(f"landmarks {off.landmark_mm:.3f} mm, HU {off.hu:.2f}, padded {off.padded}")
    return "; or ".join(found) or "no truth"


def _is_right(off: Deviation, injected: Injected, *, voxels: int) -> bool:
    # Where HU are not compared voxel by voxel, the landmarks must at least be there.
    enough = injected.hu < float("inf") or off.landmarks >= 3
    return (
        enough
        and off.landmark_mm <= injected.landmark_mm
        and off.hu <= injected.hu + _ROUNDING_HU
        and off.padded <= injected.padded * voxels
    )
