"""A plan that cannot be opened to work on is looked at, or what is wrong with it is said as it is (H-36, H-37)."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from planner.domain.errors import PlanFileError
from planner.domain.geometry import Grid, PatientPosition
from planner.domain.identity import PatientIdentity
from planner.domain.plan import Plan
from planner.domain.volume import VolumeRef
from planner.persistence import planlook
from planner.persistence.planfile import PlanFile, Step, StepKind

GRID = Grid.from_axes((3, 4, 5), origin_lps_mm=(0, 0, 0), spacing_ijk_mm=(1, 1, 2))


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "plan.frostline"
    plan = Plan("p1", "first", VolumeRef("0" * 64, GRID, PatientPosition.HFS, "1.2", "1.3", "1.4"))
    first = Step(StepKind.START, "", "tester", "2026-01-02T03:04:05Z", plan)
    PlanFile.create(path, first, identity=PatientIdentity(), source_folder="/ct").close()
    return path


@pytest.fixture
def private(tmp_path):
    folder = tmp_path / "private"
    folder.mkdir()
    return folder


def change(path, *statements):
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


@pytest.fixture
def held(path):
    """Hold the plan as another window does."""

    def hold():
        connection = sqlite3.connect(path)
        connection.execute("BEGIN EXCLUSIVE")
        connections.append(connection)

    connections = []
    yield hold
    for connection in connections:
        connection.close()


def test_H_37_a_plan_held_elsewhere_is_looked_at_and_its_copy_goes(path, private, held):
    held()
    looked = planlook.open_or_look(path, folder=private)
    assert looked.is_read_only
    assert looked.path == path
    assert [step.plan.name for step in looked.steps()] == ["first"]
    with pytest.raises(PlanFileError, match="edits are off"):
        looked.append(looked.steps()[0])
    looked.close()
    assert not list(private.iterdir())


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("PRAGMA user_version = 99", "plan-newer"),
        ("PRAGMA application_id = 5", "plan-foreign"),
        ("CREATE TABLE more (x)", "plan-schema"),
    ],
)
def test_H_36_what_is_wrong_with_a_held_plan_is_said_as_it_is(path, private, held, statement, code):
    change(path, statement)
    held()
    with pytest.raises(PlanFileError) as refusal:
        planlook.open_or_look(path, folder=private)
    assert (refusal.value.code, refusal.value.where) == (code, path.name)
    assert not list(private.iterdir())


@pytest.mark.parametrize(
    ("first_code", "code", "says"),
    [("plan-not-writable", "plan-damaged", "damaged"), ("plan-locked", "plan-locked", "cannot be read just now")],
)
def test_a_damaged_plan_that_nobody_writes_is_damaged(path, private, monkeypatch, first_code, code, says):
    data = bytearray(path.read_bytes())
    data[4096:] = bytes(len(data) - 4096)
    path.write_bytes(data)
    true_open = PlanFile.open

    def as_from_a_disc(where, **options):
        if where == path:
            raise PlanFileError("It cannot be opened to work on.", code=first_code, where=path.name)
        return true_open(where, **options)

    monkeypatch.setattr(PlanFile, "open", as_from_a_disc)
    monkeypatch.setattr(planlook, "_BETWEEN_S", 0.0)
    with pytest.raises(PlanFileError, match=says) as refusal:
        planlook.open_or_look(path, folder=private)
    assert (refusal.value.code, refusal.value.where) == (code, path.name)


def test_a_copy_that_the_disk_does_not_take_says_so(path, held, monkeypatch):
    held()
    monkeypatch.setattr(planlook, "_BETWEEN_S", 0.0)
    with pytest.raises(PlanFileError, match=r"cannot be copied to be looked at \(Not a directory\)"):
        planlook.open_or_look(path, folder=path)
