"""What does TotalSegmentator find, where it is installed? Run in a process of its own; its absence is a sentence.

TotalSegmentator (Wasserthal et al. 2023, doi 10.1148/ryai.230024) is no part of Frostline and is never downloaded by
it: neither the program nor its weights, which it would fetch by itself. It sees a CT without a name, in a private
folder that goes with the run. Its files made elsewhere are imported without it.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from planner.domain.errors import InputRefused, WorkerFailed
from planner.domain.structure import SegmentedMask, StructureOrigin
from planner.segmentation.labelio.classes import known_classes
from planner.segmentation.labelio.nifti import write_nifti_image
from planner.segmentation.labelio.volumes import read_volume_labels

if TYPE_CHECKING:
    from planner.domain.progress import Progress
    from planner.domain.volume import Volume

COMMAND, MODULE = "TotalSegmentator", "totalsegmentator"
ELSEWHERE = "or run it elsewhere and import the file it writes."
# Networks of the task “total”: five parts at 1.5 mm, or one at 3 mm.
FULL_DATASETS = ("Dataset291_", "Dataset292_", "Dataset293_", "Dataset294_", "Dataset295_")
FAST_DATASETS = ("Dataset297_",)
_LOOK_EVERY_S = 0.05
_ENDS_WITHIN_S = 0.2  # of the 0.25 s in which a cancelled job must be over
_LOG_TAIL_BYTES = 4096
_NOWHERE = "http://127.0.0.1:9"  # the discard port: whoever asks the network is refused at once
_PART = re.compile(rb"part (\d) of (\d)")
_SHARE = re.compile(rb"(\d{1,3})%\|")


@dataclass(frozen=True, slots=True)
class Installed:
    """How to start it, and with which of its networks; ``model`` in words."""

    command: tuple[str, ...]
    is_fast: bool

    @property
    def model(self) -> str:
        """The network in words."""
        return "3 mm network" if self.is_fast else "1.5 mm networks"


def find_installed() -> Installed:
    """Return how to run TotalSegmentator on this machine.

    Raises
    ------
    InputRefused
        When the program or its weights are missing; the sentence says what to do.
    """
    command = _command()
    if command is None:
        raise InputRefused(
            "TotalSegmentator is not installed on this machine. Install it (pip install TotalSegmentator, in any "
            f"environment whose commands are on the PATH), {ELSEWHERE}",
            code="totalseg-absent",
        )
    weights = weights_folder()
    there = [entry.name for entry in weights.iterdir()] if weights.is_dir() else []
    for datasets in (FULL_DATASETS, FAST_DATASETS):
        if all(any(name.startswith(dataset) for name in there) for dataset in datasets):
            return Installed(command, is_fast=datasets is FAST_DATASETS)
    raise InputRefused(
        "TotalSegmentator is installed, but its weights are not, and Frostline downloads nothing. Fetch them once with "
        f"“totalseg_download_weights -t total”, {ELSEWHERE}",
        code="totalseg-no-weights",
    )


def _command() -> tuple[str, ...] | None:
    found = shutil.which(COMMAND)
    if found is not None:
        return (found,)
    if importlib.util.find_spec(MODULE) is not None:
        return (sys.executable, "-m", f"{MODULE}.bin.{COMMAND}")
    return None


def weights_folder() -> Path:
    """Return where TotalSegmentator keeps its weights, by its own rules."""
    if "TOTALSEG_WEIGHTS_PATH" in os.environ:
        return Path(os.environ["TOTALSEG_WEIGHTS_PATH"])
    home = os.environ.get("TOTALSEG_HOME_DIR")
    return (Path(home) if home else Path.home() / ".totalsegmentator") / "nnunet" / "results"


def segment(volume: Volume, *, progress: Progress, scratch: Path | None = None) -> tuple[SegmentedMask, ...]:
    """Run TotalSegmentator on a CT and return what it found.

    Parameters
    ----------
    progress
        Asked at least every 50 ms; when it raises, the program and all it started are ended within 250 ms.
    scratch
        Folder in which the private folder of the run is made; None: the system's for temporary files.

    Raises
    ------
    InputRefused
        When it is not installed, or its weights are not.
    WorkerFailed
        When it stops without a result.
    """
    installed = find_installed()
    with tempfile.TemporaryDirectory(prefix="frostline-totalseg-", dir=scratch) as name:
        folder = Path(name)
        progress(0, 100, "Handing the CT to TotalSegmentator")
        write_nifti_image(folder / "ct.nii.gz", volume.hu, grid=volume.grid)
        output = folder / "found.nii.gz"
        options = ["-i", str(folder / "ct.nii.gz"), "-o", str(output), "--ml", "--task", "total"]
        _run([*installed.command, *options, *(["--fast"] if installed.is_fast else [])], folder, progress=progress)
        if not output.is_file():
            raise WorkerFailed(f"TotalSegmentator ended without a result. {_TRY}", code="totalseg-nothing")
        found = read_volume_labels(output, volume=volume, numbered=tuple(known_classes()), progress=progress)
        return tuple(
            replace(
                mask, origin=StructureOrigin.AUTOMATIC, method=f"TotalSegmentator, {installed.model}, {_class(mask)}"
            )
            for mask in found.masks
        )


_TRY = "Run it in a terminal on any CT to see why."


def _class(mask: SegmentedMask) -> str:
    """Return the class that the file named, out of its method: ``NIfTI label 2 (kidney_right), copied …``."""
    return "class " + mask.method.partition("(")[2].partition(")")[0]


def _run(command: list[str], folder: Path, *, progress: Progress) -> None:
    """Run the program to its end, telling how far it is; end it with everything it started when progress raises."""
    log = folder / "log.txt"
    with log.open("wb") as stream:
        process = subprocess.Popen(  # noqa: S603 - the program that find_installed found
            [sys.executable, "-m", "planner.segmentation.guarded_process", *command],
            stdin=subprocess.PIPE,
            stdout=stream,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=_environment(),
            start_new_session=True,
        )
    try:
        while process.poll() is None:
            progress(*_how_far(log))
            time.sleep(_LOOK_EVERY_S)
    finally:
        _end(process)
    if process.returncode:
        # Its own words may name folders and files; only the status is told.
        raise WorkerFailed(f"TotalSegmentator stopped with status {process.returncode}. {_TRY}", code="totalseg-failed")


def _environment() -> dict[str, str]:
    """Return our environment with every way to the network leading nowhere."""
    ways = ("http_proxy", "https_proxy", "all_proxy", "ftp_proxy")
    return {
        **{name: value for name, value in os.environ.items() if name.lower() != "no_proxy"},
        **{name: _NOWHERE for way in ways for name in (way, way.upper())},
        "PYTHONUNBUFFERED": "1",
    }


def _how_far(log: Path) -> tuple[int, int, str]:
    """Read how far it is from the end of what it printed: the part of five, and the share of that part."""
    with log.open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(0, size - _LOG_TAIL_BYTES))
        tail = stream.read()
    part, of = next(((int(m[1]), int(m[2])) for m in reversed(list(_PART.finditer(tail)))), (1, 1))
    after = tail[tail.rfind(b"part ") :] if b"part " in tail else tail
    share = next((int(m[1]) for m in reversed(list(_SHARE.finditer(after)))), 0)
    phase = f"TotalSegmentator, part {part} of {of}" if of > 1 else "TotalSegmentator"
    return min(99, (100 * (max(1, part) - 1) + min(share, 100)) // max(1, of)), 100, phase


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the program and everything it started, at once."""
    if process.poll() is None:
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # its session has its own number, and nothing of ours in it
        else:
            process.kill()
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(timeout=_ENDS_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
