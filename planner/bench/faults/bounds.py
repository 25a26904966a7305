"""Does hostile input stay within its time, its memory and its folder? Measured in a child process, item by item.

Started as ``python -m planner.bench.faults.bounds SCRATCH``: reads one path per line, scans it as the program does,
loads whatever is offered, and answers with seconds and extra memory. It may not write outside the scratch folder; its
parent looks.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.bench.faults.archives import archives, clean_archive
from planner.bench.faults.claims import claims
from planner.domain.errors import PlannerError
from planner.domain.progress import silent
from planner.domain.series import SeriesVerdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

# What H-40 and H-41 allow; time is judged by the benchmark, memory and files by the tests too.
CLAIM_SECONDS, CLAIM_EXTRA_MB = 1.0, 100.0
ARCHIVE_SECONDS, ARCHIVE_EXTRA_MB = 2.0, 200.0
# Claims about words only: the three slices behind them are a volume.
HARMLESS = frozenset(
    {
        "a name of 60 000 letters",
        "20 000 character sets",
        "a number of 30 000 digits",
        "a decimal of 60 000 digits",
    }
)
_ADDRESS_SPACE = 4 * 1024**3


@dataclass(frozen=True, slots=True)
class Bound:
    """What one hostile item cost. ``fault`` says what must not have happened, empty when nothing did."""

    name: str
    seconds: float
    extra_mb: float
    usable: int
    codes: tuple[str, ...]
    fault: str = ""


def try_claims(root: Path, *, only: Iterable[str] = ()) -> list[Bound]:
    """Scan and load every huge claim, or the named ones, in one child process."""
    items: dict[str, Path] = {}
    for number, (name, write) in enumerate(_chosen(claims(), only).items()):
        folder = root / "claims" / f"{number:03d}"
        folder.mkdir(parents=True)
        write(folder)
        items[name] = folder
    return _run(items, root / "claims-scratch")


def try_archives(root: Path, *, only: Iterable[str] = ()) -> list[Bound]:
    """Scan and load every hostile archive, or the named ones; a file outside the scratch folder is a fault.

    The first item is a clean archive, which must open.
    """
    deep = root / "a" / "b" / "c" / "zips"
    deep.mkdir(parents=True)
    items = {"clean": deep / "clean.zip"}
    items["clean"].write_bytes(clean_archive())
    for number, (name, make) in enumerate(_chosen(archives(), only).items()):
        items[name] = deep / f"{number:03d}.zip"
        items[name].write_bytes(make())
    scratch = root / "a" / "b" / "c" / "scratch"
    scratch.mkdir()
    before = _listing(root, without=scratch)
    bounds = _run(items, scratch)
    outside = _listing(root, without=scratch) - before
    if outside:
        bounds.append(
            Bound("all archives", 0.0, 0.0, 0, (), f"wrote {len(outside)} files outside: {sorted(outside)[:3]}")
        )
    return bounds


def _chosen(all_items: Mapping[str, Callable[..., Any]], only: Iterable[str]) -> dict[str, Callable[..., Any]]:
    names = set(only)
    return {name: make for name, make in all_items.items() if not names or name in names}


def _listing(root: Path, *, without: Path) -> set[str]:
    found = set()
    for folder, folders, names in os.walk(root):
        if Path(folder) == without:
            folders.clear()
            continue
        found |= {os.path.join(folder, name) for name in (*folders, *names)}  # noqa: PTH118 - compared as text
    return found


def _run(items: Mapping[str, Path], scratch: Path) -> list[Bound]:
    """Hand items to a child one by one; a child that dies or is silent for long costs the item it was at."""
    scratch.mkdir(parents=True, exist_ok=True)
    bounds: list[Bound] = []
    waiting = list(items.items())
    while waiting:
        command = [sys.executable, "-m", "planner.bench.faults.bounds", str(scratch)]
        done = _serve(command, waiting)
        bounds += done
        waiting = waiting[len(done) :]
        if waiting:
            bounds.append(Bound(waiting.pop(0)[0], 0.0, 0.0, 0, (), "the process died or hung"))
    return bounds


def _serve(command: list[str], waiting: list[tuple[str, Path]]) -> list[Bound]:
    text = "".join(f"{path}\n" for _, path in waiting)
    done: list[Bound] = []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:  # noqa: S603 - our own module
        try:
            out, _ = child.communicate(text.encode(), timeout=20 + 15 * len(waiting))
        except subprocess.TimeoutExpired:
            child.kill()
            out, _ = child.communicate()
    for (name, _), line in zip(waiting, out.splitlines(), strict=False):
        answer = json.loads(line)
        done.append(
            Bound(
                name, answer["seconds"], answer["extra_mb"], answer["usable"], tuple(answer["codes"]), answer["fault"]
            )
        )
    return done


def _measure(path: Path, scratch: Path) -> dict[str, Any]:
    """Scan and load one item; return what it cost and what was said."""
    before_mb = _memory_mb("VmRSS")
    _forget_peak()
    started = time.perf_counter()
    usable, fault = 0, ""
    codes: list[str] = []
    try:
        usable, codes = _scan_and_load(path, scratch)
    except PlannerError as error:
        codes = [error.code]
        if not error.sentence.endswith(".") or not error.code:
            fault = f"refused without a sentence: {error.sentence!r}"
    except Exception as error:  # noqa: BLE001 - it is what this process looks for
        fault = f"{type(error).__name__}: {error}"
    seconds = time.perf_counter() - started
    extra_mb = max(0.0, _memory_mb("VmHWM") - before_mb)
    return {"seconds": seconds, "extra_mb": extra_mb, "usable": usable, "codes": sorted(set(codes)), "fault": fault}


def _scan_and_load(path: Path, scratch: Path) -> tuple[int, list[str]]:
    from planner.imaging.assemble import load_series
    from planner.imaging.scan import scan

    report = scan([path], scratch=scratch, progress=silent)
    codes = [rejected.code for rejected in report.rejected]
    usable = 0
    for summary in report.series:
        codes += [finding.code for finding in summary.findings]
        try:
            load_series(summary.slices, progress=silent)
        except PlannerError as error:
            codes.append(error.code)
            continue
        usable += summary.verdict is not SeriesVerdict.NOT_USABLE
    return usable, codes


def _memory_mb(field: str) -> float:
    """Return resident memory now (VmRSS) or at its peak (VmHWM); 0 where the system does not tell."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith(field):
                return int(line.split()[1]) / 1024
    return 0.0


def _forget_peak() -> None:
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _warm_up(scratch: Path) -> None:
    """Load libraries and compile before anything is measured."""
    folder = scratch / "warm"
    folder.mkdir(exist_ok=True)
    (folder / "warm.zip").write_bytes(clean_archive())
    with contextlib.suppress(PlannerError):
        _scan_and_load(folder / "warm.zip", scratch)


def main() -> int:
    """Measure item by item until the input ends."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    scratch = Path(sys.argv[1])
    _warm_up(scratch)
    for line in sys.stdin:
        print(json.dumps(_measure(Path(line.rstrip("\n")), scratch)), file=channel, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
