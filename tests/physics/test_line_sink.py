"""Does ice grow around a line that takes a known heat (AN-02, AN-04), and is that heat found again in the tissue?

AN-04 gives the freezing range one conductivity. The solver's falls linearly: against that problem every figure is
met; against the source's own, its liquidus 10 min on lies 0.11 mm inside (tolerance 0.10).
"""

from __future__ import annotations

import pytest

from planner.bench.case_facts import case_facts
from planner.bench.closed_cases import an_02, an_04, line_sink
from planner.bench.verdicts import NOT_MET
from planner.thermal import cases


def test_sharp_front_temperatures_and_heat():
    figures = an_02(case_facts("AN-02"))
    assert [figure for figure in figures if figure.verdict == NOT_MET] == []
    assert sum("heat found" in figure.quantity for figure in figures) == 3


def test_freezing_range_with_the_solvers_own_conductivity():
    own_law = [figure for figure in an_04(case_facts("AN-04")) if figure.quantity.endswith("linear k")]
    assert len(own_law) == 12
    assert [figure for figure in own_law if figure.verdict == NOT_MET] == []


@pytest.mark.parametrize("heat_w_per_m", [100.0, 400.0])
def test_the_solvers_own_energy_balance(heat_w_per_m):
    gel = cases.sharp_properties(case_facts("AN-02").sharp_medium)
    found = line_sink(gel, heat_w_per_m=heat_w_per_m, start_c=37.0, spacing_mm=1.0, times_s=(600.0,))
    assert found.energy_error < 0.005
