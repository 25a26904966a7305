"""Treated length and share against planes and balls with hand calculations."""

from __future__ import annotations

import math

import numpy as np
import pytest

from planner.domain.target import NerveCurve, TargetBody
from planner.planning.coverage import body_coverage, nerve_coverage, runs_below


def plane_field(world, grid, *, slope=2.0, zero_x=10.0):
    """Temperature −20 °C at x = ``zero_x``, colder toward −x, ``slope`` °C per mm: exact under linear interpolation."""
    return (-20.0 + slope * (world.points(grid)[..., 0] - zero_x)).astype(np.float32)


def test_a_nerve_straight_into_a_plane_is_treated_up_to_it(world):
    grid = world.box(30)
    course = NerveCurve(((-5.0, 0.3, 0.2), (25.0, 0.3, 0.2)))
    coverage = nerve_coverage(course, 3.0, plane_field(world, grid), grid)
    length, at = coverage.treated_mm(-20.0)
    assert length == pytest.approx(15.0, abs=1e-3)
    assert at[0] == pytest.approx(2.5, abs=0.01)
    assert coverage.treated_mm(-30.0)[0] == pytest.approx(10.0, abs=1e-3)
    assert coverage.coldest_of_all_c == pytest.approx(-50.0, abs=1e-3)


def test_an_oblique_nerve_is_treated_only_where_its_warm_flank_is(world):
    # At 45° the warmest point of the disc lies r·cos 45° toward the warm side: the end moves back by r along the nerve.
    grid = world.box(30)
    diameter = 4.0
    course = NerveCurve(((-10.0, -10.0, 0.0), (20.0, 20.0, 0.0)))
    coverage = nerve_coverage(course, diameter, plane_field(world, grid), grid)
    expected = 20.0 * math.sqrt(2) - diameter / 2
    assert coverage.treated_mm(-20.0)[0] == pytest.approx(expected, abs=0.05)
    expected_cold = -20.0 + 2.0 * (-10.0 - diameter / 2 / math.sqrt(2) - 10.0)
    assert coverage.coldest_of_all_c == pytest.approx(expected_cold, abs=0.05)


def test_a_nerve_through_a_cold_ball_loses_its_caps(world):
    # Isotherm sphere of radius R about the nerve: the full cross-section fits for 2·√(R² − r²).
    grid = world.box(25, spacing=0.5)
    r_mm = np.linalg.norm(world.points(grid), axis=-1)
    field = (-20.0 + 4.0 * (r_mm - 8.0)).astype(np.float32)
    coverage = nerve_coverage(NerveCurve(((-20.0, 0, 0), (20.0, 0, 0))), 6.0, field, grid)
    assert coverage.treated_mm(-20.0)[0] == pytest.approx(2 * math.sqrt(64 - 9), abs=0.1)
    assert coverage.reached_mm(0.0) == pytest.approx(2 * 13.0, abs=0.1)


def test_a_nerve_inside_the_ice_is_not_thereby_treated(world):
    grid = world.box(20)
    field = np.full(grid.shape_kji, -10.0, np.float32)
    coverage = nerve_coverage(NerveCurve(((-10.0, 0, 0), (10.0, 0, 0))), 2.0, field, grid)
    assert coverage.treated_mm(-20.0)[0] == 0.0
    assert coverage.reached_mm(0.0) == pytest.approx(20.0)


def test_only_the_segment_counts_and_outside_the_box_is_untreated(world):
    grid = world.box(20)
    field = np.full(grid.shape_kji, -30.0, np.float32)
    field[..., 40] = 37.0
    inside = nerve_coverage(NerveCurve(((-10.0, 0, 0), (10.0, 0, 0)), (4.0, 9.0)), 2.0, field, grid)
    assert inside.treated_mm(-20.0)[0] == pytest.approx(5.0)
    leaving = nerve_coverage(NerveCurve(((0.0, 0, 0), (0.0, 60.0, 0))), 2.0, field, grid)
    assert leaving.treated_mm(-20.0)[0] == pytest.approx(20.5, abs=0.5)


def test_the_longest_unbroken_run_counts_not_the_sum():
    arc = np.arange(0.0, 10.5, 0.5)
    excess = np.where((arc < 3) | (arc > 8), -1.0, 1.0)
    assert runs_below(arc, excess, (0.0, 10.0)) == [
        (0.0, pytest.approx(2.75)),
        (pytest.approx(8.25), pytest.approx(10.0)),
    ]


def test_a_value_equal_to_the_isotherm_is_treated():
    arc = np.array([0.0, 1.0, 2.0])
    assert runs_below(arc, np.zeros(3), (0.0, 2.0)) == [(0.0, 2.0)]


def test_body_cut_in_half_by_a_plane(world):
    grid = world.box(30)
    body = TargetBody((10.0, 1.0, -2.0), (0.0, 0.6, 0.8), 18.0, 10.0)
    coverage = body_coverage(body, plane_field(world, grid), grid)
    assert coverage.share_percent(-20.0) == pytest.approx(50.0, abs=1.5)
    # The half width across the plane is 5 mm: ±10 °C about −20 °C.
    assert coverage.coldest_c == pytest.approx(-30.0, abs=0.1)
    assert coverage.warmest_c == pytest.approx(-10.0, abs=0.1)
    assert coverage.share_percent(-10.0) == 100.0
    assert coverage.share_percent(-31.0) == 0.0


def test_body_share_is_the_ratio_of_volumes(world):
    grid = world.box(20, spacing=0.5)
    r_mm = np.linalg.norm(world.points(grid), axis=-1)
    field = (-20.0 + 4.0 * (r_mm - 8.0)).astype(np.float32)
    coverage = body_coverage(TargetBody((0.0, 0, 0), (0.0, 0, 1.0), 20.0, 20.0), field, grid)
    assert coverage.share_percent(-20.0) == pytest.approx(100 * (8 / 10) ** 3, abs=1.0)
