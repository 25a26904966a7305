"""The pool with real child processes: replies, refusals, cancellation and sudden death."""

import os
import queue
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from planner.domain.errors import Cancelled, InputRefused, PlannerError, WorkerFailed
from planner.domain.series import SliceFile
from planner.persistence.blobs import BlobStore
from planner.services.tasks import OpenSeries, ScanFolder
from planner.workers.pool import ProcessPool, _best_of, _child_environment
from planner.workers.protocol import error_from_json, error_to_json

PATIENCE_S = 60


class Outcome:
    """Collects exactly one ending of a job, whichever thread it comes from."""

    def __init__(self):
        self.endings = queue.Queue()

    def done(self, reply):
        self.endings.put(reply)

    def failed(self, error):
        self.endings.put(error)

    def get(self):
        return self.endings.get(timeout=PATIENCE_S)


@pytest.fixture
def pool():
    blobs = BlobStore.temporary()
    running = ProcessPool(blobs, dispatch=lambda call: call())
    yield running
    running.close()
    blobs.close()


def submit(pool, request):
    outcome = Outcome()
    job = pool.submit(request, on_done=outcome.done, on_failed=outcome.failed)
    return job, outcome


def test_an_empty_folder_is_scanned_in_a_child(pool, tmp_path):
    _, outcome = submit(pool, ScanFolder(str(tmp_path)))
    report = outcome.get()
    assert not isinstance(report, PlannerError), report
    assert report.series == ()


def test_a_refusal_crosses_with_its_kind_and_sentence(pool, tmp_path):
    (tmp_path / "not.dcm").write_text("hello")
    _, outcome = submit(pool, OpenSeries((SliceFile(str(tmp_path / "not.dcm")),)))
    error = outcome.get()
    assert isinstance(error, InputRefused)
    assert error.sentence


def test_a_refusal_of_a_kind_of_its_own_crosses_as_what_it_is_a_case_of():
    """The other process knows the kinds of the domain only."""

    class Special(InputRefused):
        pass

    said = error_from_json(error_to_json(Special("It is cut off.", code="cut", where="file")))
    assert (type(said), str(said), said.code) == (InputRefused, "file: It is cut off.", "cut")
    assert type(error_from_json(error_to_json(Cancelled()))) is Cancelled


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="SIGSTOP freezes a child only on POSIX")
def test_H_49_a_hung_child_is_ended_on_cancel_and_the_pool_goes_on(pool, tmp_path):
    stuck = [child.process.pid for child in pool._children]
    for pid in stuck:
        os.kill(pid, signal.SIGSTOP)
    job, outcome = submit(pool, ScanFolder(str(tmp_path)))
    job.cancel()
    assert isinstance(outcome.get(), Cancelled)
    _, after = submit(pool, ScanFolder(str(tmp_path)))
    for pid in stuck:
        try:
            os.kill(pid, signal.SIGCONT)
        except ProcessLookupError:
            continue
    assert after.get().series == ()


def test_H_49_a_killed_child_is_a_sentence_and_is_replaced(pool, tmp_path):
    victims = list(pool._children)
    for child in victims:
        os.kill(child.process.pid, signal.SIGSTOP)
    _, outcome = submit(pool, ScanFolder(str(tmp_path)))
    for child in victims:
        child.process.kill()
    error = outcome.get()
    assert isinstance(error, WorkerFailed)
    assert "plan is untouched" in error.sentence
    # A job given to the other victim before its death is noticed would fail as well.
    end = time.monotonic() + PATIENCE_S
    while set(pool._children) & set(victims) and time.monotonic() < end:
        time.sleep(0.01)
    _, after = submit(pool, ScanFolder(str(tmp_path)))
    assert after.get().series == ()


def test_work_goes_to_the_free_child_that_has_done_its_kind_before(pool, tmp_path):
    first, second = pool._children
    second.served.add("ScanFolder")
    job, outcome = submit(pool, ScanFolder(str(tmp_path)))
    assert (first.job, second.job) == (None, job)
    beside, other = submit(pool, ScanFolder(str(tmp_path)))
    assert first.job is beside
    assert outcome.get().series == other.get().series == ()


def test_a_range_keeps_off_the_child_of_the_previews_while_there_is_another(pool):
    first, second = pool._children
    first.served |= {"PreviewIce", "PredictRange"}
    assert _best_of([first, second], "PredictRange") is second
    assert _best_of([first], "PredictRange") is first
    assert _best_of([first, second], "PreviewIce") is first


def test_closing_ends_waiting_jobs_as_cancelled_and_leaves_no_child(tmp_path):
    blobs = BlobStore.temporary()
    pool = ProcessPool(blobs, dispatch=lambda call: call())
    outcomes = [submit(pool, ScanFolder(str(tmp_path)))[1] for _ in range(6)]
    children = [child.process for child in pool._children]
    pool.close()
    blobs.close()
    for outcome in outcomes:
        ending = outcome.get()
        assert isinstance(ending, Cancelled) or ending.series == ()
    assert all(process.poll() is not None for process in children)


def test_work_asked_of_a_closed_pool_ends_as_cancelled(tmp_path):
    blobs = BlobStore.temporary()
    pool = ProcessPool(blobs, dispatch=lambda call: call())
    pool.close()
    blobs.close()
    assert isinstance(submit(pool, ScanFolder(str(tmp_path)))[1].get(), Cancelled)


def test_H_49_children_that_never_start_are_a_sentence_and_not_an_endless_loop(tmp_path, monkeypatch):
    monkeypatch.setattr("planner.workers.pool.sys.executable", "/bin/false")
    blobs = BlobStore.temporary()
    pool = ProcessPool(blobs, dispatch=lambda call: call())
    try:
        for _ in range(6):
            _, outcome = submit(pool, ScanFolder(str(tmp_path)))
            error = outcome.get()
            assert isinstance(error, WorkerFailed)
        assert error.code == "worker-cannot-start"
    finally:
        pool.close()
        blobs.close()


def test_a_folder_whose_name_is_no_unicode_text_is_answered(pool, tmp_path):
    folder = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9")
    Path(folder).mkdir()
    _, outcome = submit(pool, ScanFolder(folder))
    report = outcome.get()
    assert not isinstance(report, WorkerFailed), report


def test_what_a_killed_child_left_unfinished_is_removed(pool):
    blobs = pool._blobs
    child = pool._children[0]
    draft = blobs.folder / f"draft-{child.process.pid}-0.npy"
    draft.write_bytes(b"half a volume")
    child.process.kill()
    deadline = time.monotonic() + PATIENCE_S
    while draft.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_H_43_what_a_child_writes_for_a_moment_lies_in_the_store(tmp_path):
    asked = [sys.executable, "-c", "import tempfile; print(tempfile.gettempdir())"]
    said = subprocess.run(asked, env=_child_environment(str(tmp_path)), capture_output=True, check=True, text=True)
    assert said.stdout.strip() == str(tmp_path)
