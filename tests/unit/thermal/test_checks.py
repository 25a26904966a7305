"""Do the run-time checks stop a bad prediction exactly at their limits?"""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.errors import SimulationRefused
from planner.thermal.checks import check_energy, check_temperatures, reaches_edge


@pytest.mark.parametrize("value", [np.nan, np.inf, -200.1, 60.1])
def test_one_bad_cell_is_enough(value):
    field = np.full((3, 3, 3), 37.0, np.float32)
    field[1, 2, 0] = value
    with pytest.raises(SimulationRefused, match="at 12 s"):
        check_temperatures(field, moment="at 12 s")


def test_limits_themselves_pass():
    check_temperatures(np.array([-200.0, 60.0]), moment="now")
    check_energy(0.01, moment="now")


@pytest.mark.parametrize("error", [0.010001, np.nan, np.inf])
def test_unaccounted_heat_is_refused(error):
    with pytest.raises(SimulationRefused, match="unaccounted"):
        check_energy(error, moment="now")


def test_edge_is_told_on_every_side_and_for_thawing_too():
    baseline = np.full((4, 5, 6), 37.0)
    for corner in ((0, 2, 2), (3, 2, 2), (2, 0, 2), (2, 4, 2), (2, 2, 0), (2, 2, 5)):
        cold = baseline.copy()
        cold[corner] = 36.4
        assert reaches_edge(baseline, cold, baseline)
        assert reaches_edge(baseline, baseline, cold)
    inner = baseline.copy()
    inner[2, 2, 2] = -100.0
    assert not reaches_edge(baseline, inner, inner)
    mild = baseline - 0.5
    assert not reaches_edge(baseline, mild, mild)
