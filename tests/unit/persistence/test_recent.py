"""Is what is known of a plan kept apart from it, per file, and never in the way when it cannot be read or written?"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from planner.domain.errors import PlanFileError
from planner.persistence.open_mark import OpenMark, drop_mark, is_held, left_mark, left_marks
from planner.persistence.planfile import PlanFile
from planner.persistence.planglance import glance_at
from planner.persistence.recent import PlanRecord, RecentPlans
from planner.services.commands import RenamePlan
from tests.random_edits import new_session

_NOW = "2026-01-02T03:04:05Z"


@pytest.fixture
def store(tmp_path):
    return RecentPlans(tmp_path / "recent")


def test_a_record_and_its_picture_come_back_by_the_file_they_are_of(store, tmp_path):
    one = PlanRecord(str(tmp_path / "one.frostline"), "id1", "One", target="Right stellate ganglion")
    other = PlanRecord(str(tmp_path / "other.frostline"), "id1", "One")
    store.keep(one, b"picture")
    store.keep(other)
    assert set(store.all()) == {one, other}
    assert store.of(tmp_path / "one.frostline") == one
    assert (store.picture_of(tmp_path / "one.frostline"), store.picture_of(tmp_path / "other.frostline")) == (
        b"picture",
        b"",
    )
    store.keep(one)
    assert store.picture_of(tmp_path / "one.frostline") == b"picture"


def test_a_moved_plan_takes_its_record_and_picture_along(store, tmp_path):
    record = PlanRecord(str(tmp_path / "one.frostline"), "id1", "One", counts="1 FAIL", size=5, changed_ns=6)
    store.keep(record, b"picture")
    store.move(record, tmp_path / "there" / "two.frostline")
    (moved,) = store.all()
    assert (moved.path, moved.counts) == (str(tmp_path / "there" / "two.frostline"), "1 FAIL")
    assert (moved.size, moved.changed_ns) == (0, 0)  # it is read again
    assert store.picture_of(tmp_path / "there" / "two.frostline") == b"picture"
    assert not store.picture_of(tmp_path / "one.frostline")


def test_what_is_taken_off_stays_off_while_its_file_is_there_and_is_forgotten_when_it_is_not(store, tmp_path):
    (tmp_path / "one.frostline").touch()
    store.take_off(PlanRecord(str(tmp_path / "one.frostline"), "id1", "One", patient="Jane Doe"))
    (kept,) = store.all()
    assert kept.is_off
    assert not kept.patient
    store.take_off(PlanRecord(str(tmp_path / "gone.frostline"), "id2", "Gone"))
    assert store.all() == (kept,)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"path": 1}', b"\xff\xfe", b"null"])
def test_a_record_that_cannot_be_read_is_done_without(store, content):
    store.folder.mkdir()
    (store.folder / "x.json").write_bytes(content)
    assert store.all() == ()


def test_a_folder_that_takes_nothing_is_done_without(tmp_path):
    (tmp_path / "taken").write_text("no folder")
    store = RecentPlans(tmp_path / "taken")
    store.keep(PlanRecord("/a.frostline", "id", "A"), b"picture")
    assert store.all() == ()


def test_a_plan_is_looked_at_without_opening_it_and_one_that_is_held_says_so(tmp_path):
    session = new_session()
    path = tmp_path / "p.frostline"
    session.keep_in(path, source_folder="")
    session.apply(RenamePlan("another name"), initiator="test")
    with pytest.raises(PlanFileError) as refused:
        glance_at(path)
    assert refused.value.code == "plan-locked"
    plan = session.plan
    session.close()
    glance = glance_at(path)
    assert (glance.plan, glance.steps, glance.identity.patient_id) == (plan, 1, "T")
    PlanFile.open(path).close()
    session.blobs.close()


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\x00" + bytes(200), b"text"])
def test_a_file_that_is_no_plan_is_told_and_not_opened(tmp_path, content):
    path = tmp_path / "p.frostline"
    path.write_bytes(content)
    with pytest.raises(PlanFileError, match="cannot be read"):
        glance_at(path)


def test_a_mark_counts_while_it_is_held_and_goes_with_its_plan(tmp_path):
    file = tmp_path / "recent" / "a.open"
    mark = OpenMark(file, tmp_path / "a.frostline", steps=4, at=_NOW)
    assert is_held(file)
    assert left_mark(file) is None
    mark.note(3, at=_NOW)
    mark.beat("2026-01-02T03:04:07Z")
    assert json.loads(file.read_text()) == {
        "path": str(tmp_path / "a.frostline"),
        "steps": 4,
        "made": 3,
        "at": "2026-01-02T03:04:07Z",
    }
    mark.release()
    assert left_marks(tmp_path / "recent") == ()


_HOLDS = """
import sys, time
from pathlib import Path
from planner.persistence.open_mark import OpenMark
mark = OpenMark(Path(sys.argv[1]), Path("/x/ä.frostline"), steps=7, at="2026-01-02T03:04:05Z")
for made in range(1, 1000):
    mark.note(made, at="2026-01-02T03:04:%02dZ" % (made % 60))
    print(made, flush=True)
    time.sleep(0.002)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_H_21_a_mark_left_by_a_killed_program_has_the_last_count_it_was_told(tmp_path):
    file = tmp_path / "a.open"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", _HOLDS, str(file)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        for _ in range(20):
            program.stdout.readline()
        assert is_held(file)
        program.kill()
        said = [*program.stdout]
    last = int(said[-1]) if said else 20
    left = left_mark(file)
    for _ in range(50):  # the system gives the lock back in its own time
        if left is not None:
            break
        time.sleep(0.02)
        left = left_mark(file)
    assert left is not None
    assert (str(left.path), left.steps) == ("/x/ä.frostline", 7)
    assert left.made in (last, last + 1)  # noted before it was said
    assert left_marks(tmp_path) == (left,)
    drop_mark(file)
    assert left_marks(tmp_path) == ()
