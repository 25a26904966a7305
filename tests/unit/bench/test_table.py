"""Does a row say what it should, with its goal beside it?"""

from __future__ import annotations

import json

import pytest

from planner.bench.clock import Timing, timed
from planner.bench.scaling import fit_rows
from planner.bench.table import Row, at_least, at_most, machine_facts, number_words, table_text


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.0, "0"), (0.01834, "0.0183"), (12.44, "12.4"), (1340.2, "1,340"), (-0.25, "-0.25"), (0.00002, "0.000020")],
)
def test_numbers_have_three_digits(value: float, words: str) -> None:
    assert number_words(value) == words


def test_a_goal_is_reached_from_its_side() -> None:
    assert at_most(0.1).is_reached(0.1)
    assert not at_most(0.1).is_reached(0.11)
    assert at_least(600).is_reached(650)
    assert not at_least(600).is_reached(599)


def test_a_row_says_by_how_much() -> None:
    assert Row("s", "wall", 0.05, "s", at_most(0.1)).verdict == "yes, 0.5 × goal"
    assert Row("s", "ratio", 300.0, "times", at_least(600)).verdict == "no, 0.5 × goal"
    assert Row("s", "peak", 300.0, "GB/s").verdict == ""


def test_the_table_is_aligned_and_grouped() -> None:
    rows = [
        Row("One", "wall", 0.05, "s", at_most(0.1)),
        Row("One", "a longer name", 123.4, "times", note="as measured"),
        Row("Two", "bytes", "equal"),
    ]
    text = table_text(rows, {"cores": 2})
    assert text.splitlines() == [
        "cores: 2",
        "",
        "One",
        "  wall            0.05 s      ≤ 0.1  yes, 0.5 × goal",
        "  a longer name    123 times",
        "      as measured",
        "",
        "Two",
        "  bytes          equal",
    ]


def test_rows_are_json() -> None:
    row = Row("One", "wall", 0.05, "s", at_most(0.1), "quiet").as_json()
    assert json.loads(json.dumps(row)) == {
        "section": "One",
        "name": "wall",
        "value": 0.05,
        "unit": "s",
        "goal": {"sense": "≤", "limit": 0.1},
        "reached": True,
        "note": "quiet",
    }
    assert Row("One", "bytes", "equal").as_json()["reached"] is None


def test_the_machine_is_named_by_its_parts_only() -> None:
    import platform

    facts = machine_facts()
    assert {"processor", "cores", "python", "numpy", "numba"} <= set(facts)
    assert platform.node() not in facts.values()


def test_timings_are_best_median_and_tail() -> None:
    timing = Timing((3.0, 1.0, 2.0))
    assert (timing.best_s, timing.p50_s) == (1.0, 2.0)
    assert timing.p95_s == pytest.approx(2.9)
    calls: list[int] = []
    assert len(timed(lambda: calls.append(1), 3).walls_s) == 3
    assert len(calls) == 4


def test_a_fit_finds_the_exponent() -> None:
    exponent, determination = fit_rows("s", [1e6, 2e6, 4e6], [0.01, 0.02, 0.04])
    assert exponent.value == pytest.approx(1.0)
    assert determination.value == pytest.approx(1.0)
    assert fit_rows("s", [1.0, 2.0, 4.0], [1.0, 4.0, 16.0])[0].value == pytest.approx(2.0)
