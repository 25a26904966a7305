"""Does damage reach the user as a sentence, through the child processes that really scan and open? (H-38, H-49)."""

from __future__ import annotations

import queue
import random

import pytest

from planner.bench.faults import dicom_bytes, mutants
from planner.bench.faults.encoding import axial
from planner.bench.faults.fuzzing import base_files, damaged_file
from planner.bench.faults.packing import COMPRESSED
from planner.bench.faults.series import clean, slice_bytes
from planner.domain.errors import PlannerError, WorkerFailed
from planner.domain.series import SliceFile
from planner.persistence.blobs import BlobStore
from planner.services.tasks import OpenedSeries, OpenSeries, ScanFolder
from planner.workers.pool import ProcessPool

PATIENCE_S = 120
SCANNED, OPENED = 150, 24


@pytest.fixture(scope="module")
def perform():
    """Function that runs a request in a child and returns its reply or its refusal."""
    blobs = BlobStore.temporary()
    pool = ProcessPool(blobs, dispatch=lambda call: call())

    def run(request):
        endings = queue.Queue()
        pool.submit(request, on_done=endings.put, on_failed=endings.put)
        return endings.get(timeout=PATIENCE_S)

    yield run
    pool.close()
    blobs.close()


def test_H_38_a_folder_of_damage_is_listed_completely(perform, tmp_path) -> None:
    bases = base_files()
    for number in range(SCANNED):
        (tmp_path / f"{number:04d}").write_bytes(damaged_file(number, seed=7, bases=bases)[0])
    report = perform(ScanFolder(str(tmp_path)))
    assert not isinstance(report, PlannerError), report
    named = {part.path for one in report.series for part in one.slices} | {one.path for one in report.rejected}
    assert named == {str(path) for path in tmp_path.iterdir()}
    assert all(one.sentence.endswith(".") and one.code for one in report.rejected)


def test_H_38_damaged_streams_are_opened_by_children_that_live_on(perform, tmp_path) -> None:
    """Every third slice's stream is damaged, in every compression: a refusal that names the file, or a volume."""
    rng = random.Random(11)
    for number in range(OPENED):
        syntax = COMPRESSED[number % len(COMPRESSED)]
        folder = tmp_path / f"{number}"
        folder.mkdir()
        slices = []
        for k, one in enumerate(clean(axial(slices=6))):
            data = slice_bytes(one, syntax=syntax)
            path = folder / f"{k}"
            path.write_bytes(mutants.damage_stream(data, rng)[0] if k % 3 == 1 else data)
            slices.append(SliceFile(str(path)))
        reply = perform(OpenSeries(tuple(slices)))
        assert not isinstance(reply, WorkerFailed), f"number {number}: {reply}"
        if isinstance(reply, PlannerError):
            assert reply.code
            assert reply.sentence.endswith(".")
        else:
            assert isinstance(reply, OpenedSeries)


def test_H_49_a_clean_series_opens_after_all_the_damage(perform, tmp_path) -> None:
    slices = []
    for k, one in enumerate(clean(axial(slices=6))):
        path = tmp_path / f"{k}"
        path.write_bytes(slice_bytes(one, syntax=dicom_bytes.JPEG_LS))
        slices.append(SliceFile(str(path)))
    assert isinstance(perform(OpenSeries(tuple(slices))), OpenedSeries)
