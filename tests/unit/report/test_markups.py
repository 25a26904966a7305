"""Do nerves and probes reach 3D Slicer where they are? Files against its schema's rules, places against the plan."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from planner.domain.geometry import Side
from planner.domain.identity import TargetId
from planner.domain.target import NerveCurve, Target, TargetBody
from planner.report.markups import STEP_MM, markups

RULES = json.loads(Path(__file__).with_name("slicer_markups.json").read_text())
CENTRE, RADIUS_MM = np.array([10.0, -20.0, 300.0]), 40.0


def arc(angle):
    """A point of a circle in a slanted plane."""
    across, up = np.array([0.8, 0.0, 0.6]), np.array([0.0, 1.0, 0.0])
    return CENTRE + RADIUS_MM * (np.cos(angle) * across + np.sin(angle) * up)


@pytest.fixture
def plan(case):
    bent = NerveCurve(tuple(tuple(arc(a)) for a in np.linspace(0, 1.5, 7)), (10.0, 30.0))
    nerve = Target(TargetId("n"), "Intercostal nerve", "intercostal", Side.LEFT, bent, level="T8")
    body = Target(TargetId("b"), "Stellate ganglion", "stellate", Side.LEFT, TargetBody((1, 2, 3), (0, 0, 1), 20, 9))
    stub = Target(TargetId("s"), "Pudendal nerve", "pudendal", Side.LEFT, NerveCurve(((0, 0, 0),)))
    return replace(case.plan, targets=(nerve, body, stub))


@pytest.fixture
def files(plan):
    return {name: json.loads(data) for name, data in markups(plan).items()}


def places(file):
    (markup,) = file["markups"]
    return np.array([point["position"] for point in markup["controlPoints"]])


def test_every_file_keeps_the_rules_of_the_published_schema(files):
    judge = jsonschema.Draft7Validator(RULES)
    judge.check_schema(RULES)
    for name, file in files.items():
        assert name.endswith(".mrk.json")
        judge.validate(file)
        (markup,) = file["markups"]
        assert (markup["coordinateSystem"], markup["coordinateUnits"]) == ("LPS", "mm")


def test_there_is_a_file_for_each(files, plan):
    assert set(files) == {
        "target_1.mrk.json", "target_1_treated.mrk.json", "target_2.mrk.json",
        *(f"probe_{n + 1}.mrk.json" for n in range(len(plan.probes))),
    }  # fmt: skip
    kinds = {name: file["markups"][0]["type"] for name, file in files.items()}
    assert (kinds["target_1.mrk.json"], kinds["target_2.mrk.json"], kinds["probe_1.mrk.json"]) == (
        "Curve", "Fiducial", "Line"
    )  # fmt: skip


def test_a_nerve_is_its_smooth_course(files):
    along = places(files["target_1.mrk.json"])
    assert np.abs(np.linalg.norm(along - CENTRE, axis=1) - RADIUS_MM).max() < 0.02
    assert np.linalg.norm(np.diff(along, axis=0), axis=1).max() <= STEP_MM + 1e-6
    assert np.allclose(along[[0, -1]], [arc(0), arc(1.5)], atol=1e-6)


def test_its_treated_part_begins_and_ends_where_the_plan_says(files):
    ends = places(files["target_1_treated.mrk.json"])[[0, -1]]
    assert np.abs(ends - [arc(10 / RADIUS_MM), arc(30 / RADIUS_MM)]).max() < 0.05


def test_a_probe_runs_from_its_entry_to_its_tip(files, plan):
    for number, probe in enumerate(plan.probes, start=1):
        file = files[f"probe_{number}.mrk.json"]
        assert places(file).tolist() == [list(probe.entry_lps_mm), list(probe.tip_lps_mm)]
        labels = [point["label"] for point in file["markups"][0]["controlPoints"]]
        assert labels == [f"{probe.label} entry", f"{probe.label} tip"]


def test_a_body_is_its_middle_and_says_its_size(files):
    assert places(files["target_2.mrk.json"]).tolist() == [[1, 2, 3]]
    assert "20 × 9 mm" in files["target_2.mrk.json"]["markups"][0]["controlPoints"][0]["description"]
