"""Do the figures of a target agree with one another, whatever the ice and the nerve?

Colder is never longer, nothing is held longer than its best section, and what is treated, stunned and warm adds up to
the marked part.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.domain.temperature import TemperatureHistory
from planner.persistence import resources
from planner.planning.assess import assess
from tests.unit.planning.analytic import box_around, capsule_c
from tests.unit.planning.conftest import World

WORLD, RULES, ATLAS = World(), resources.rule_set(), resources.atlas()
CT = WORLD.box(40, spacing=8.0)
BOX = box_around(np.zeros(3), half_mm=24.0, spacing_mm=2.0)
TIMES_S = (0.0, 60.0, 200.0, 260.0, 400.0)
ROUNDING_MM, ROUNDING_S = 1e-6, 0.2
places = st.tuples(*(st.floats(-18.0, 18.0) for _ in range(3)))


@st.composite
def nerves(draw):
    count = draw(st.integers(2, 5))
    points = [draw(places) for _ in range(count)]
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    if steps.min() < 3.0:
        points = [(-18.0 + 36.0 * n / (count - 1), p[1] / 3, p[2] / 3) for n, p in enumerate(points)]
    nerve = WORLD.nerve(tuple(tuple(float(x) for x in p) for p in points), diameter_mm=draw(st.floats(0.5, 8.0)))
    start, length = draw(st.floats(0.0, 8.0)), draw(st.floats(2.0, 30.0))
    return WORLD.replace(nerve, course=WORLD.replace(nerve.course, segment_mm=(start, start + length)))


@st.composite
def predictions(draw):
    """Two freezes of two capsules of cold, of which the second is another."""
    fields = [
        capsule_c(
            BOX,
            np.array(draw(places)),
            np.array(draw(places)) + 0.01,
            radius_mm=draw(st.floats(4.0, 14.0)),
            level_c=draw(st.floats(-60.0, 0.0)),
        )
        for _ in range(2)
    ]
    warm = np.full(BOX.shape_kji, 37.0, np.float32)
    history = TemperatureHistory.of(TIMES_S, (warm, fields[0], warm, fields[1], warm))
    return WORLD.replace(WORLD.result(np.minimum(*fields), BOX), history=history)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(nerve=nerves(), result=predictions())
def test_figures_of_a_nerve_agree(nerve, result):
    judged = assess(WORLD.plan(CT, targets=(nerve,)), result, rules=RULES, masks={}, atlas=ATLAS)
    (figures,) = judged.targets
    start, end = figures.segment_mm
    for warmer, colder in zip(figures.reaches, figures.reaches[1:], strict=False):
        assert warmer.length_mm >= colder.length_mm - ROUNDING_MM
        assert warmer.longest_mm >= colder.longest_mm - ROUNDING_MM
        assert (warmer.core_s or 0.0) >= (colder.core_s or 0.0) - ROUNDING_S
        assert (warmer.hold_s or 0.0) >= (colder.hold_s or 0.0) - ROUNDING_S
    for reach in figures.reaches:
        assert reach.longest_mm <= reach.length_mm + ROUNDING_MM <= end - start + 2 * ROUNDING_MM
        assert (reach.hold_s or 0.0) <= (reach.core_s or 0.0) + ROUNDING_S <= TIMES_S[-1] + ROUNDING_S
    assert figures.coldest_c <= figures.warmest_c
    assert 0.0 <= figures.around_percent <= figures.around_mean_percent + 1e-9 <= 100.0 + 1e-6
    for first, second in zip(figures.under_treated_mm, figures.under_treated_mm[1:], strict=False):
        assert start <= first[0] < first[1] <= second[0] < second[1] <= end
    stunned = sum(b - a for a, b in figures.under_treated_mm)
    told = {check.quantity: check for check in judged.checks}
    assert told["marked part at −20 to 10 °C"].value == pytest.approx(stunned)
    assert told["treated length at −20 °C"].value == pytest.approx(figures.reaches[0].longest_mm)
    assert stunned + figures.reaches[0].length_mm <= end - start + 1e-5
    if figures.warmest_c <= 10.0:
        assert stunned + figures.reaches[0].length_mm == pytest.approx(end - start, abs=1e-4)
