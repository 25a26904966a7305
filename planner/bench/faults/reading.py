"""What happens to a damaged file in a process that may die of it? Files read one by one, one answer line each.

Started as ``python -m planner.bench.faults.reading FOLDER FIRST``: reads headers and grey values of the numbered files
of a folder from one number on, as the program does, and prints what came of each. Its parent counts what it does not
live to say.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import selectors
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from planner.domain.errors import PlannerError

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_SECONDS = 5.0  # for one file (H-38); the parent waits four times as long before it calls a file hung
_EVERY_WAY = 3  # every third file is also listed and previewed
MOST_BYTES = 4 * 1024**3  # address space of the reading process


@dataclass
class Readings:
    """What came of a folder of damaged files.

    ``refused`` counts codes; ``read`` counts files whose values were returned, whatever they mean; ``faults`` says in
    words what must not have happened: crashes, hangs, other exceptions, refusals without a name or code.
    """

    files: int = 0
    read: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    slowest_s: float = 0.0
    crashes: int = 0


def read_folder(folder: Path) -> Readings:
    """Read the numbered files of a folder in a child process; a crash costs the file, and a new child goes on."""
    readings = Readings()
    total = len(list(folder.iterdir()))
    while readings.files < total:
        _read_on(folder, readings)
        if readings.files < total:
            readings.crashes += 1
            readings.faults.append(f"{_name(readings.files)}: the process died or hung")
            readings.files += 1
    return readings


def _read_on(folder: Path, readings: Readings) -> None:
    """Start a child at the next file and take its answers until it ends or is silent for too long."""
    command = [sys.executable, "-m", "planner.bench.faults.reading", str(folder), str(readings.files)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:  # noqa: S603 - our own module
        for line in _lines(child):
            answer = json.loads(line)
            readings.files += 1
            readings.slowest_s = max(readings.slowest_s, answer["seconds"])
            if answer["seconds"] > MOST_SECONDS:
                readings.faults.append(f"{answer['name']}: took {answer['seconds']:.1f} s")
            if "fault" in answer:
                readings.faults.append(f"{answer['name']}: {answer['fault']}")
            elif "code" in answer:
                readings.refused[answer["code"]] += 1
            else:
                readings.read += 1


def _lines(child: subprocess.Popen[bytes]) -> Iterator[bytes]:
    """Yield answer lines; end the child when none comes for long."""
    assert child.stdout is not None  # noqa: S101 - opened as a pipe above
    descriptor = child.stdout.fileno()
    rest = b""
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while selector.select(timeout=60 if not rest else 4 * MOST_SECONDS):
            chunk = os.read(descriptor, 65536)
            if not chunk:
                return
            *lines, rest = (rest + chunk).split(b"\n")
            yield from lines
    child.kill()


def _name(number: int) -> str:
    return f"{number:06d}"


def write_numbered(folder: Path, number: int, data: bytes) -> None:
    """Put one damaged file where the child will look for it."""
    (folder / _name(number)).write_bytes(data)


def values_digest(path: Path) -> str:
    """Read a file's headers and grey values as the program does; return a digest of what they mean."""
    from planner.imaging.headers import read_headers
    from planner.imaging.unpack import stored_values

    digest = hashlib.sha256()
    for header in read_headers(path):
        values = stored_values(header)
        facts = (header.position_lps_mm, header.orientation, header.spacing_ji_mm, header.slope, header.intercept)
        digest.update(repr((values.shape, *facts, header.padding)).encode())
        digest.update(values.tobytes())
    return digest.hexdigest()


def _listed(path: Path) -> str:
    """Read a file as the header viewer does, from its first to its last element."""
    from planner.imaging.listing import header_lines

    return str(len(header_lines(path, frame=0)))


def _peeked(path: Path) -> str:
    """Read a file as the preview does, whatever its modality."""
    from planner.domain.series import SliceFile
    from planner.imaging.peek import peek

    return str(peek([SliceFile(str(path))]).image.shape)


def _answer(path: Path, *, every_way: bool = True) -> dict[str, str | float]:
    """Read one file in every way the program reads files, or for its grey values only, whose refusal is told."""
    answer: dict[str, str | float] = {"name": path.name, "seconds": 0.0}
    for way in (_listed, _peeked, values_digest) if every_way else (values_digest,):
        started = time.perf_counter()
        answer.pop("code", None)
        try:
            answer["digest"] = way(path)
        except PlannerError as error:
            answer["code"] = error.code
            if not error.where.startswith(path.name) or not error.code or not error.sentence.endswith("."):
                answer["fault"] = f"{way.__name__} refused as {error.code!r} at {error.where!r}: {error.sentence}"
        except Exception as error:  # noqa: BLE001 - it is what this process looks for
            answer["fault"] = f"{way.__name__}: {type(error).__name__}: {error}"
        answer["seconds"] = max(float(answer["seconds"]), time.perf_counter() - started)
    return answer


def _warm_up() -> None:
    """Read one clean file of every kind, so that loading decoders counts for no damaged one."""
    from planner.bench.faults.fuzzing import base_files

    with tempfile.TemporaryDirectory(prefix="frostline-warm-") as folder:
        for number, data in enumerate(base_files().values()):
            path = Path(folder, f"{number}")
            path.write_bytes(data)
            _answer(path)


def main() -> int:
    """Read the files and say what came of each."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    _warm_up()
    folder, first = Path(sys.argv[1]), int(sys.argv[2])
    for path in sorted(folder.iterdir())[first:]:
        answer = _answer(path, every_way=int(path.name) % _EVERY_WAY == 0)
        print(json.dumps(answer), file=channel, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
