"""Does the script in the solver's document run as it is written, and say what the document says?"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from planner.thermal.api import predict
from planner.thermal.settings import QUALITIES

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "resources/docs/solver.md").read_text(encoding="utf-8")


def test_the_script_runs_as_it_is_written(tmp_path):
    (script,) = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)
    assert sum(isinstance(node, ast.stmt) for node in ast.walk(ast.parse(script))) <= 10
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        capture_output=True,
        cwd=tmp_path,
        encoding="utf-8",
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        timeout=250,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = re.findall(r"^ *(\d+) s: +([\d.]+) ml frozen, +([\d.]+) ml below -20 °C$", done.stdout, re.MULTILINE)
    assert [line[0] for line in lines] == ["60", "300", "600"]
    frozen_ml = [float(line[1]) for line in lines]
    assert 0.5 < frozen_ml[0] < frozen_ml[1] < frozen_ml[2] < 30
    assert all(float(line[2]) < float(line[1]) for line in lines)


def test_the_table_of_step_lengths_is_that_of_the_settings():
    for name, settings in QUALITIES.items():
        row = f"| {name} | {settings.growth:g} | {settings.shortest_step_s:g} s | {settings.longest_step_s:g} s |"
        assert row in DOCUMENT


@pytest.mark.parametrize("name", [n for n in predict.__annotations__ if n != "return"])
def test_every_parameter_is_in_the_document(name):
    assert f"`{name}`" in DOCUMENT
