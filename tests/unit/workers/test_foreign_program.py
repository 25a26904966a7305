"""A foreign program run by a task: cancelled or left alone, it ends with what asked for it."""

from __future__ import annotations

import queue
import stat
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from planner.domain.errors import Cancelled, PlannerError
from planner.domain.geometry import Grid, PatientPosition
from planner.domain.identity import Sha256
from planner.domain.volume import Volume, VolumeRef
from planner.persistence.blobs import BlobStore
from planner.segmentation.totalseg import FAST_DATASETS
from planner.services.shared import SharedVolume
from planner.services.tasks import RunTotalSegmentator
from planner.workers.pool import ProcessPool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROGRAM = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open(NOTE + ".part", "w").write(f"{os.getpid()} {child.pid}")
os.rename(NOTE + ".part", NOTE)
time.sleep(600)
"""

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads process states from /proc")


@pytest.fixture
def note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program in TotalSegmentator's place that never ends; where it notes its own number and its child's."""
    program, note = tmp_path / "TotalSegmentator", tmp_path / "note.txt"
    program.write_text(f"#!{sys.executable}\nNOTE = {str(note)!r}\n{PROGRAM}")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    (tmp_path / "weights" / FAST_DATASETS[0]).mkdir(parents=True)
    monkeypatch.setenv("TOTALSEG_WEIGHTS_PATH", str(tmp_path / "weights"))
    monkeypatch.setenv("PATH", str(tmp_path))
    return note


@pytest.fixture
def store() -> Iterator[BlobStore]:
    blobs = BlobStore.temporary()
    yield blobs
    blobs.close()


def request(blobs: BlobStore) -> RunTotalSegmentator:
    grid = Grid.from_axes((4, 5, 6), origin_lps_mm=(0, 0, 0), spacing_ijk_mm=(1, 1, 1))
    ref = VolumeRef(Sha256("0" * 64), grid, PatientPosition.HFS, "1.1", "1.2", "1.3")
    return RunTotalSegmentator(SharedVolume.of(Volume(ref, np.zeros((4, 5, 6), np.int16)), blobs))


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"


def wait_for(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + 60
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


@pytest.mark.parametrize("way", ["cancelled", "closed"])
def test_it_ends_with_its_job_and_with_the_program(note: Path, store: BlobStore, way: str) -> None:
    calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
    ended: list[Any] = []
    pool = ProcessPool(store, dispatch=calls.put)
    try:
        job = pool.submit(request(store), on_done=ended.append, on_failed=ended.append)
        assert wait_for(note.exists)
        if way == "cancelled":
            job.cancel()
            while not ended:
                calls.get(timeout=60)()
            assert isinstance(ended[0], Cancelled)
    finally:
        pool.close()

    pids = [int(word) for word in note.read_text().split()]
    assert len(pids) == 2
    assert wait_for(lambda: not any(is_running(pid) for pid in pids))
    assert not ended or isinstance(ended[0], PlannerError)
