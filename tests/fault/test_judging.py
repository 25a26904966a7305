"""Would the judge notice? A loader that is wrong on purpose, and a gate that says no to everything or to nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.bench.faults import case as judging
from planner.bench.faults.case import Case, Outcome, judge
from planner.bench.faults.catalogue import INJECTORS
from planner.bench.gate import Verdict, case_stage
from planner.bench.table import Row, at_most
from planner.domain.errors import GeometryRefused
from planner.domain.geometry import Grid

BY_NAME = {injector.name: injector for injector in INJECTORS}


def _case(name: str, number: int = 0) -> Case:
    return Case(BY_NAME[name], BY_NAME[name].grid[number])


@pytest.fixture
def spoil(monkeypatch):
    """Function that puts a change behind the program's loader."""
    honest = judging.load

    def put(change) -> None:
        monkeypatch.setattr(judging, "load", lambda slices: change(honest(slices)))

    return put


def _moved(volume, *, mm: float):
    matrix = volume.grid.matrix.copy()
    matrix[0, 3] += mm
    return replace(volume, ref=replace(volume.ref, grid=Grid.from_matrix(volume.grid.shape_kji, matrix)))


@pytest.mark.parametrize(
    "change",
    [
        lambda volume: _moved(volume, mm=0.02),
        lambda volume: replace(volume, hu=volume.hu[:, :, ::-1].copy()),
        lambda volume: replace(volume, hu=volume.hu + volume.hu.dtype.type(2)),
    ],
    ids=["moved", "mirrored", "brighter"],
)
def test_a_wrong_volume_is_seen(change, spoil, tmp_path) -> None:
    spoil(change)
    assert judge(_case("names-shuffled"), tmp_path / "case").outcome is Outcome.WRONG_ACCEPTED


def test_a_gate_without_checks_is_seen(monkeypatch, tmp_path) -> None:
    """A gap that nothing refuses is a wrong volume, not a pass."""
    monkeypatch.setattr("planner.imaging.gate.judge", lambda _headers: ())
    monkeypatch.setattr("planner.imaging.gate.require", lambda _headers: ())
    monkeypatch.setattr("planner.imaging.cornercheck.ALLOWED_MM", 1e6)
    assert judge(_case("missing-one", 4), tmp_path / "case").outcome is Outcome.WRONG_ACCEPTED


def test_a_refusal_of_a_clean_series_is_seen(monkeypatch, tmp_path) -> None:
    def refuse(_slices):
        raise GeometryRefused("No.", code="no")

    monkeypatch.setattr(judging, "load", refuse)
    assert judge(_case("names-shuffled"), tmp_path / "clean").outcome is Outcome.FALSE_REFUSAL
    assert judge(_case("padding"), tmp_path / "padding").outcome is Outcome.FALSE_REFUSAL


def test_an_acknowledgement_that_is_not_asked_is_seen(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(judging, "_asked", lambda _summary, _volume: set())
    number = next(n for n, p in enumerate(BY_NAME["slice-distance"].grid) if p["step_mm"] == 4.0)
    assert judge(_case("slice-distance", number), tmp_path / "case").outcome is Outcome.NOT_ASKED


def test_an_exception_is_seen(monkeypatch) -> None:
    def fail(_slices):
        raise ZeroDivisionError

    monkeypatch.setattr(judging, "load", fail)
    verdict = case_stage([_case("names-shuffled")])
    assert not verdict.is_passed
    assert "CRASHED: names-shuffled(seed=100): ZeroDivisionError" in verdict.faults[0]


def test_a_table_passes_only_with_every_goal_and_without_faults() -> None:
    good, bad = Row("s", "n", 0, "cases", at_most(0)), Row("s", "n", 1, "cases", at_most(0))
    assert Verdict([good]).is_passed
    assert not Verdict([good, bad]).is_passed
    assert not Verdict([good], ["fault"]).is_passed
    assert bad.verdict == "no"
