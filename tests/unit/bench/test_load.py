"""Does ``frostline bench load`` measure series that are what they claim, and print figures with their goals?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from planner.__main__ import main
from planner.bench import load
from planner.bench.ct_files import SIZE, write_series
from planner.bench.table import Row, at_most
from planner.domain.progress import silent
from planner.imaging.assemble import load_series
from planner.imaging.explicit_vr import scan_header

if TYPE_CHECKING:
    from collections.abc import Callable


def test_the_series_is_one_the_program_opens_and_packed_it_holds_the_same_first_slice(tmp_path: Path) -> None:
    plain, _ = load_series(write_series(tmp_path / "plain", count=4, is_packed=False), progress=silent)
    packed, _ = load_series(write_series(tmp_path / "packed", count=4, is_packed=True), progress=silent)
    assert plain.hu.shape == (4, SIZE, SIZE)
    assert plain.grid.spacing_ijk_mm == pytest.approx((0.703125, 0.703125, 1.0))
    assert plain.ref.compression == "uncompressed"
    assert packed.ref.compression == "JPEG-LS lossless"
    np.testing.assert_array_equal(plain.hu[0], packed.hu[0])
    assert plain.ref.notes == ()


def test_its_files_are_as_ordinary_as_a_scanners(tmp_path: Path) -> None:
    for is_packed in (False, True):
        for part in write_series(tmp_path / str(is_packed), count=3, is_packed=is_packed):
            path = Path(part.path)
            assert scan_header(path.read_bytes(), path) is not None


def test_parts_of_a_load_and_other_readers_become_rows(tmp_path: Path) -> None:
    slices = write_series(tmp_path, count=4, is_packed=False)
    parts = load.load_parts(slices)
    assert min(parts.reading_s, parts.checking_s, parts.hashing_s) > 0
    rows = load.part_rows(parts, 4) + load.peer_rows(tmp_path, slices, parts, repeats=1)
    by_name = {row.name: row for row in rows}
    assert by_name["all of it"].value == pytest.approx(parts.whole_s)
    goals = [row.goal.limit for row in rows if row.goal is not None]
    assert goals == pytest.approx([0.15 * 4 / 500, 4, 10])


def test_the_goal_is_a_time_or_two_ratios() -> None:
    def words(reading_s: float, *ratios: float) -> object:
        return load._either_row("", load.Parts(reading_s, 0.01, 0.1), 500, ratios).value

    assert words(0.15, 3, 9) == "kept: the time"
    assert words(0.16, 4, 10) == "kept: both ratios"
    assert words(0.16, 9, 9) == "missed"
    assert words(0.1, 4, 10) == "kept: the time and both ratios"


def test_memory_is_told_as_a_multiple_of_the_volume(tmp_path: Path) -> None:
    write_series(tmp_path, count=16, is_packed=False)
    (row,) = load.memory_rows(tmp_path, 16)
    assert isinstance(row.value, str) or 0.5 < row.value < 4


def test_the_command_prints_machine_and_rows(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    def rows(*, quick: bool, say: Callable[[str], None]) -> list[Row]:
        say("Writing")
        return [Row("Load", "reading", 0.1, "s", at_most(0.15), note=f"quick: {quick}")]

    monkeypatch.setattr(load, "run_load_bench", rows)
    assert main(["bench", "load", "--json", "--quick"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["rows"][0]["reached"] is True
    assert printed["rows"][0]["note"] == "quick: True"
