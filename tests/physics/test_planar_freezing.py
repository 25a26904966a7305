"""Does a flat front advance as Neumann's solution says (AN-01), and does the error shrink with the grid?

Set-up: gel at 37 °C, a wall at −100 °C from t = 0, one line of cells. The solver needs a freezing range, so the sharp
front is a range of 0.1 K (0.1 % of the latent heat). Tolerance of the case: 1 % or 0.1 mm, whichever is larger, and
0.5 °C more than 1 mm from the front, after refinement.
"""

from __future__ import annotations

import numpy as np
import pytest

from planner.thermal import analytic, cases
from planner.thermal.settings import SolverSettings

# Recorded with AN-01; computed there from the same transcendental equation by another program.
REFERENCE_MM = {60.0: 6.6875, 300.0: 14.9536, 600.0: 21.1476}


def fronts(spacing_mm: float):
    return cases.planar_fronts_mm(
        analytic.GEL,
        spacing_mm=spacing_mm,
        length_mm=150.0,
        wall_c=-100.0,
        start_c=37.0,
        times_s=tuple(REFERENCE_MM),
    )


def test_the_closed_form_agrees_with_the_recorded_numbers():
    assert analytic.planar_lambda(analytic.GEL, start_c=37.0, wall_c=-100.0) == pytest.approx(0.418844, abs=1e-6)
    for time_s, expected_mm in REFERENCE_MM.items():
        front_mm = analytic.planar_front_mm(analytic.GEL, time_s, start_c=37.0, wall_c=-100.0)
        assert front_mm == pytest.approx(expected_mm, abs=1e-4)


@pytest.mark.parametrize(("spacing_mm", "tolerance_mm"), [(0.25, 0.1), (0.5, 0.1), (1.0, 0.2), (2.0, 0.75)])
def test_front_positions(spacing_mm, tolerance_mm):
    # 0.1 mm or 1 % is the case's tolerance "after refinement"; 1 and 2 mm are shown as the table's coarse rows.
    for (front_mm, _), expected_mm in zip(fronts(spacing_mm), REFERENCE_MM.values(), strict=True):
        assert front_mm == pytest.approx(expected_mm, abs=max(tolerance_mm, 0.01 * expected_mm))


def test_temperature_behind_the_front():
    _, line_c = fronts(0.5)[1]
    centres_mm = (np.arange(line_c.size) + 0.5) * 0.5
    assert np.interp(5.0, centres_mm, line_c) == pytest.approx(-64.828, abs=0.5)


def test_early_front_error_shrinks_with_the_grid():
    errors_mm = [abs(fronts(spacing_mm)[0][0] - REFERENCE_MM[60.0]) for spacing_mm in (2.0, 1.0, 0.5, 0.25)]
    assert errors_mm == sorted(errors_mm, reverse=True)


def warm_wall_error_k(spacing_mm: float, growth: float) -> float:
    """Largest error at 200 s of unfrozen gel cooled from 37 to 5 °C by a wall: erf profile, no phase change."""
    from scipy.special import erf

    index = np.ones((1, 1, round(80 / spacing_mm) + 1), np.uint8)
    index[..., 0] = 0
    tissues = [cases.plain_wall(5.0), cases.sharp_tissue(analytic.GEL)]
    scene = cases.scene_of(index, tissues, spacing_mm=spacing_mm)
    steps = SolverSettings(growth=growth, shortest_step_s=0.05, longest_step_s=100.0)
    start_c = np.full(index.shape, 37.0)
    sinks = cases.no_sinks(scene)
    ((_, body),) = cases.run_case(scene, start_c, sinks, np.zeros(0, np.float32), (200.0,), settings=steps)
    x_m = (np.arange(index.size - 1) + 0.5) * spacing_mm * 1e-3
    exact = 5 + 32 * erf(x_m / np.sqrt(4 * analytic.GEL.liquid_diffusivity_m2_per_s * 200.0))
    return float(np.abs(body.temperature_c(body.u)[0, 0, 1:] - exact).max())


def test_second_order_in_space():
    # With short steps the grid's error dominates; halving the cells of a smooth profile divides it by about four.
    coarse, fine = warm_wall_error_k(4.0, 0.005), warm_wall_error_k(2.0, 0.005)
    assert coarse / fine > 3.0


def test_first_order_in_time():
    coarse, fine = warm_wall_error_k(0.5, 0.4), warm_wall_error_k(0.5, 0.2)
    assert coarse / fine > 1.6
