"""Does a flat front advance as it should (AN-01, AN-03), and does the error shrink with the cells and the steps?

A wall is the first cell of a line, held: its centre is x = 0. The sharp front is a range of 0.1 K, 0.1 % of the latent
heat. Order in space is observed against a finer line whose nodes the coarser lines share.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from planner.bench.case_facts import case_facts
from planner.bench.closed_cases import an_01, an_03, mushy_properties
from planner.bench.verdicts import NOT_MET
from planner.thermal import Held, analytic, cases, predict
from planner.thermal.settings import DEFAULT_SETTINGS, QUALITIES

GEL = cases.sharp_properties(analytic.GEL)


@pytest.mark.parametrize(("case", "run"), [("AN-01", an_01), ("AN-03", an_03)])
def test_fronts_and_temperatures_keep_the_tolerance_of_the_case(case, run):
    assert [figure for figure in run(case_facts(case)) if figure.verdict == NOT_MET] == []


def line_c(properties, *, spacing_mm, wall_c, time_s, length_mm=96.0, quality="reference"):
    labels = np.zeros((1, 1, round(length_mm / spacing_mm) + 1), np.uint8)
    wall = np.zeros(labels.shape, bool)
    wall[..., 0] = True
    found = predict(
        labels,
        [properties],
        spacing_mm=spacing_mm,
        start=37.0,
        held=[Held(wall, wall_c)],
        times_s=(time_s,),
        quality=quality,
    )
    return found.temperature_c[0, 0, 0].astype(np.float64)


def errors_k(properties, *, wall_c, time_s, spacings_mm, finest_mm):
    """Mean error at the nodes that every line has against a finer line; the steps in time are the same in all."""
    apart_mm = spacings_mm[0]
    finest = line_c(properties, spacing_mm=finest_mm, wall_c=wall_c, time_s=time_s)[:: round(apart_mm / finest_mm)]
    errors = []
    for spacing_mm in spacings_mm:
        line = line_c(properties, spacing_mm=spacing_mm, wall_c=wall_c, time_s=time_s)
        errors.append(float(np.abs(line[:: round(apart_mm / spacing_mm)] - finest).mean()))
    return errors


def test_second_order_in_space_without_freezing():
    errors = errors_k(GEL, wall_c=5.0, time_s=1200.0, spacings_mm=(4.0, 2.0, 1.0), finest_mm=0.5)
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert orders.min() > 1.8, (errors, orders)


def test_first_order_or_better_in_space_across_a_freezing_range():
    """Measured 1.4 on the mean of three halvings: a front crosses cells one by one, so single halvings scatter."""
    tissue = mushy_properties(case_facts("AN-03").given["medium"])
    errors = errors_k(tissue, wall_c=-100.0, time_s=600.0, spacings_mm=(2.0, 1.0, 0.5, 0.25), finest_mm=0.125)
    assert errors == sorted(errors, reverse=True)
    assert np.log2(errors[0] / errors[-1]) / 3 > 1.0, errors


def test_first_order_in_time(monkeypatch):
    """Steps halved twice: the difference between successive lines halves, or does better."""
    lines = []
    for halvings in range(3):
        steps = replace(DEFAULT_SETTINGS, growth=0.2 / 2**halvings, shortest_step_s=0.4 / 2**halvings)
        monkeypatch.setitem(QUALITIES, "standard", steps)
        lines.append(line_c(GEL, spacing_mm=0.5, wall_c=5.0, quality="standard", time_s=100.0))
    coarse, fine = (np.abs(first - second).mean() for first, second in pairwise(lines))
    order = float(np.log2(coarse / fine))
    assert order > 0.7, order


def test_the_unfrozen_line_agrees_with_the_error_function():
    found = line_c(GEL, spacing_mm=0.5, wall_c=5.0, time_s=200.0)
    x_mm = np.arange(found.size) * 0.5
    exact = analytic.cooled_half_space_c(
        x_mm,
        200.0,
        diffusivity_m2_per_s=analytic.GEL.liquid_diffusivity_m2_per_s,
        start_c=37.0,
        wall_c=5.0,
    )
    assert np.abs(found - exact).max() < 0.15
