"""Is what took long to compute kept in the plan's file, apart from its chain, and only then in a newer format?"""

from __future__ import annotations

import shutil
import sqlite3

import pytest

from planner.domain.errors import PlanFileError
from planner.domain.geometry import Grid, PatientPosition
from planner.domain.identity import PatientIdentity
from planner.domain.plan import Plan
from planner.domain.volume import VolumeRef
from planner.persistence.planfile import PlanFile, Step, StepKind
from planner.persistence.planlook import open_or_look

GRID = Grid.from_axes((3, 4, 5), origin_lps_mm=(0, 0, 0), spacing_ijk_mm=(1, 1, 2))
PLAN = Plan("p1", "first", VolumeRef("0" * 64, GRID, PatientPosition.HFS, "1.2", "1.3", "1.4"))
FIRST = Step(StepKind.START, "", "tester", "2026-01-02T03:04:05Z", PLAN)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "plan.frostline"


@pytest.fixture
def opened(path):
    file = PlanFile.create(path, FIRST, identity=PatientIdentity(), source_folder="/ct")
    yield file
    file.close()


def format_of(path):
    connection = sqlite3.connect(path)
    try:
        return connection.execute("PRAGMA user_version").fetchone()[0]
    finally:
        connection.close()


def test_a_plan_without_a_result_stays_as_programs_before_results_read_it(path, opened):
    assert opened.result("robustness") is None
    opened.close()
    assert format_of(path) == 1


def test_the_last_result_of_a_kind_comes_back_and_the_chain_is_whole(path, opened):
    opened.keep_result("robustness", b"first")
    opened.keep_result("robustness", b"\x00second")
    opened.keep_result("other", b"third")
    opened.append(Step(StepKind.EDIT, "rename", "tester", "2026-01-02T03:04:06Z", PLAN))
    opened.close()
    assert format_of(path) == 2
    again = PlanFile.open(path)
    try:
        assert (again.result("robustness"), again.result("other")) == (b"\x00second", b"third")
        assert again.result("none such") is None
        assert len(again.steps()) == 2
    finally:
        again.close()


def test_copies_hold_it_and_one_that_is_only_looked_at_takes_none(path, opened, tmp_path):
    opened.keep_result("robustness", b"kept")
    opened.save_copy(tmp_path / "copy.frostline")
    looked = open_or_look(path, folder=tmp_path)
    try:
        assert looked.is_read_only
        assert looked.result("robustness") == b"kept"
        with pytest.raises(PlanFileError, match="edits are off here"):
            looked.keep_result("robustness", b"other")
    finally:
        looked.close()
    copy = PlanFile.open(tmp_path / "copy.frostline")
    assert copy.result("robustness") == b"kept"
    copy.close()


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE more (x TEXT)",
        "DROP TABLE result",
        "PRAGMA user_version = 1",
    ],
)
def test_tables_that_do_not_go_with_the_format_are_refused(path, opened, change):
    opened.keep_result("robustness", b"kept")
    opened.close()
    connection = sqlite3.connect(path)
    connection.execute(change)
    connection.commit()
    connection.close()
    with pytest.raises(PlanFileError, match="tables that are not ours"):
        PlanFile.open(path)


def test_a_full_disk_leaves_the_file_as_it_was(path, opened, tmp_path):
    opened.close()
    before = tmp_path / "before.frostline"
    shutil.copyfile(path, before)
    file = PlanFile.open(path)
    file._connection.execute("PRAGMA max_page_count = 1")  # SQLite holds it to the pages there are
    with pytest.raises(PlanFileError):
        file.keep_result("robustness", b"x" * 1_000_000)
    assert file.result("robustness") is None
    file.close()
    assert format_of(path) == 1
    PlanFile.open(path).close()
