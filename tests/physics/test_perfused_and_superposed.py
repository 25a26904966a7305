"""Do perfused tissue, a vessel, neighbouring sinks and a sink of finite length behave (AN-05, 07, 08k, 09, 10, 11)?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.bench.case_facts import case_facts
from planner.bench.closed_cases import an_07, an_09, an_10, an_11, steady
from planner.bench.transient_cases import resolved_radii_mm
from planner.bench.verdicts import NOT_MET


def misses(figures):
    return [figure for figure in figures if figure.verdict == NOT_MET]


def test_steady_kidney_round_a_cylinder():
    assert misses(steady(case_facts("AN-05"), "kidney", sphere=False)) == []


def test_the_kidneys_ice_over_time():
    facts = case_facts("AN-08k")
    times_s = (60.0, 300.0, 600.0)
    found, _ = resolved_radii_mm(facts, times_s, radius_mm=0.75, about_mm=0.15, reach_mm=18.0)
    expected = np.array([facts.expected["cylinder_front_mm"][f"{time_s:.0f}"] for time_s in times_s])
    assert np.abs(found[:, 0] - expected).max() < facts.tolerance["mm"]


def test_vessel_beside_a_probe():
    facts = case_facts("AN-07")
    near = replace(facts, expected={"8": facts.expected["8"]})
    assert misses(an_07(near)) == []


@pytest.mark.parametrize(("case", "run"), [("AN-09", an_09), ("AN-10", an_10), ("AN-11", an_11)])
def test_sinks_and_blood_without_freezing(case, run):
    assert misses(run(case_facts(case))) == []
