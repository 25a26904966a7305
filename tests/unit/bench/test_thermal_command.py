"""Does ``frostline bench`` say what there is to measure, and print one table for people and one for programs?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from planner.__main__ import main
from planner.bench import thermal
from planner.bench.table import Row, at_most

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = [Row("Freeze", "prediction", 0.05, "s", at_most(0.1)), Row("Bytes", "two predictions", "equal")]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each run was asked to be quick; nothing is measured."""
    calls: list[bool] = []

    def rows(*, quick: bool, say: Callable[[str], None]) -> list[Row]:
        calls.append(quick)
        say("Compiling")
        return ROWS

    monkeypatch.setattr(thermal, "run_thermal_bench", rows)
    return calls


def test_bench_alone_says_which_kinds_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench"]) == 0
    assert "thermal" in capsys.readouterr().out


def test_json_holds_machine_and_rows_and_nothing_else(asked: list[bool], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "thermal", "--json", "--quick"]) == 0
    out, err = capsys.readouterr()
    answer = json.loads(out)
    assert answer["rows"] == [row.as_json() for row in ROWS]
    assert answer["machine"]["cores"] >= 1
    assert asked == [True]
    assert err == "Compiling …\n"


def test_the_table_shows_goal_and_verdict(asked: list[bool], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "thermal"]) == 0
    assert "≤ 0.1  yes, 0.5 × goal" in capsys.readouterr().out
    assert asked == [False]
