"""Do the timeline's curves show the temperatures of the field they were made from?"""

from __future__ import annotations

import numpy as np
import pytest

from planner.planning.timeline import temperature_curves


def test_curves_read_the_ball_of_cold(case):
    prediction = case.prediction()
    result = prediction.result.open(case.blobs)
    masks = {s.id: case.session.mask(s.id) for s in case.session.plan.structures}
    curves = temperature_curves(case.session.plan, result, masks, isotherm_c=-20.0)
    lines = {line.name: line for line in curves.lines}
    # All eight cells round the centre lie half a cell off on each axis: √(3 · 0.5²) = 0.866 mm, −80 + 8 · 0.866.
    assert lines["Nerve coldest"].values_c[1] == pytest.approx(-80 + 8 * np.sqrt(0.75), abs=0.3)
    # The treated part ends 10 mm from the middle, 1 mm off the axis: √(10² + 1²) = 10.05 mm.
    assert lines["Nerve warmest"].values_c[1] == pytest.approx(-80 + 8 * np.sqrt(101), abs=0.5)
    assert lines["Nerve coldest"].values_c[0] == pytest.approx(37.0)
    # −20 °C is reached inside 7.5 mm: 4/3 π 7.5³ = 1767 mm³.
    assert curves.treated_ml[1] == pytest.approx(1.767, rel=0.01)
    assert curves.at(curves.treated_ml, 60.0) == pytest.approx(curves.treated_ml[1] / 2)
