"""Do partial replies of real child processes arrive in order, few enough, and never after the end?"""

from __future__ import annotations

import queue
import sys
import time
from pathlib import Path

import pytest

from planner.domain.errors import Cancelled, InputRefused, WorkerFailed
from planner.domain.series import ScanReport
from planner.persistence.blobs import BlobStore
from planner.services.jobs import InlineRunner
from planner.services.tasks import ScanFolder
from planner.workers.pool import ProcessPool

PATIENCE_S = 60


class Heard:
    """Everything one job said, in order, on the test's own thread."""

    def __init__(self):
        self.calls = queue.Queue()
        self.partials, self.endings = [], []

    def listen_until(self, holds):
        end = time.monotonic() + PATIENCE_S
        while not holds(self):
            self.calls.get(timeout=max(end - time.monotonic(), 0.01))()

    def listen_on(self, seconds):
        """Take whatever still comes."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                self.calls.get(timeout=left)()
            except queue.Empty:
                return


@pytest.fixture
def heard():
    return Heard()


@pytest.fixture
def pool(heard, tmp_path, monkeypatch):
    starter = tmp_path / "python"
    starter.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{Path(__file__).with_name("chatty_child.py")}" "$@"\n')
    starter.chmod(0o755)
    monkeypatch.setattr("planner.workers.pool.sys.executable", str(starter))
    blobs = BlobStore.temporary()
    running = ProcessPool(blobs, dispatch=heard.calls.put)
    yield running
    running.close()
    blobs.close()


def submit(pool, heard, path):
    return pool.submit(
        ScanFolder(path),
        on_done=heard.endings.append,
        on_failed=heard.endings.append,
        on_partial=heard.partials.append,
    )


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for Python is a shell script")


def test_partials_come_before_the_reply_as_the_type_of_their_task_and_are_throttled(pool, heard):
    submit(pool, heard, "chatty")
    heard.listen_until(lambda h: h.endings)
    numbers = [partial.files_read for partial in heard.partials]
    assert numbers[0] == 1
    assert numbers == sorted(set(numbers))
    assert len(numbers) < 100  # of 500 sent as fast as they can be made
    assert not any(partial.is_complete for partial in heard.partials)
    (report,) = heard.endings
    assert (report.files_read, report.is_complete) == (500, True)


def test_no_partial_is_heard_once_cancelled_and_the_child_lives_on(pool, heard):
    job = submit(pool, heard, "endless")
    heard.listen_until(lambda h: h.partials)
    children = [child.process.pid for child in pool._children]
    job.cancel()
    before = len(heard.partials)
    heard.listen_until(lambda h: h.endings)
    heard.listen_on(0.3)
    assert len(heard.partials) == before
    assert [type(ending) for ending in heard.endings] == [Cancelled]
    assert [child.process.pid for child in pool._children] == children


def test_H_49_a_child_that_dies_after_a_partial_is_a_sentence(pool, heard):
    submit(pool, heard, "dying")
    heard.listen_until(lambda h: h.endings)
    heard.listen_on(0.2)
    (error,) = heard.endings
    assert isinstance(error, WorkerFailed)
    assert error.code == "worker-died"
    assert len(heard.partials) <= 1


def test_H_38_a_reader_that_hangs_is_ended_with_a_sentence_and_replaced(pool, heard, monkeypatch):
    monkeypatch.setattr("planner.workers.pool._LONGEST_SILENCE_S", 1.5)
    hanging = submit(pool, heard, "hanging")
    heard.listen_until(lambda h: h.endings)
    (error,) = heard.endings
    assert isinstance(error, WorkerFailed)
    assert error.code == "worker-silent"
    assert "hanging" not in error.sentence
    assert hanging.ended
    heard.endings.clear()
    submit(pool, heard, "chatty")
    heard.listen_until(lambda h: h.endings)
    assert heard.endings[0].is_complete


def test_a_reader_that_speaks_is_left_alone_however_long_it_takes(pool, heard, monkeypatch):
    submit(pool, heard, "chatty")
    heard.listen_until(lambda h: h.endings)
    heard.endings.clear()
    monkeypatch.setattr("planner.workers.pool._LONGEST_SILENCE_S", 2.0)
    job = submit(pool, heard, "endless")  # goes to the child that is up already
    heard.listen_on(3.0)
    assert heard.endings == []
    job.cancel()
    heard.listen_until(lambda h: h.endings)


def test_a_refusal_after_a_partial_is_the_end(pool, heard):
    submit(pool, heard, "refused")
    heard.listen_until(lambda h: h.endings)
    heard.listen_on(0.2)
    (error,) = heard.endings
    assert (type(error), error.code) == (InputRefused, "too-much")
    assert len(heard.partials) <= 1


def test_a_partial_of_another_shape_ends_the_job_with_a_sentence(pool, heard):
    submit(pool, heard, "misshapen")
    heard.listen_until(lambda h: h.endings)
    (error,) = heard.endings
    assert isinstance(error, WorkerFailed)
    assert heard.partials == []


def test_partials_are_heard_without_a_child_too(tmp_path, monkeypatch):
    def scan(request, *, blobs, progress, partial):
        del blobs, progress
        partial(ScanReport(request.path, 1, (), (), is_complete=False))
        return ScanReport(request.path, 2, (), ())

    monkeypatch.setattr("planner.services.opening.scan", scan)
    said = []
    InlineRunner(BlobStore(tmp_path)).submit(
        ScanFolder("x"), on_done=said.append, on_failed=said.append, on_partial=said.append
    )
    assert [(report.files_read, report.is_complete) for report in said] == [(1, False), (2, True)]
