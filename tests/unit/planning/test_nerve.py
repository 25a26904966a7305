"""The smooth nerve against curves whose length is known by formula."""

from __future__ import annotations

import math

import numpy as np
import pytest

from planner.domain.errors import PlanInvalid
from planner.domain.target import NerveCurve
from planner.planning.nerve import smooth_curve, treatment_segment_mm


def course(points, segment=None):
    return NerveCurve(tuple(tuple(float(v) for v in p) for p in points), segment)


def test_two_points_are_a_straight_line():
    curve = smooth_curve(course([(0, 0, 0), (3, 4, 12)]))
    assert curve.length_mm == pytest.approx(13, abs=1e-9)
    assert np.allclose(curve.tangents, np.array((3, 4, 12)) / 13, atol=1e-12)
    assert np.allclose(curve.points_lps_mm[-1], (3, 4, 12), atol=1e-9)


@pytest.mark.parametrize("radius", [10.0, 40.0])
def test_arc_length_of_a_circle(radius):
    angles = np.radians(np.arange(0, 271, 15))
    points = np.stack((radius * np.cos(angles), radius * np.sin(angles), 0 * angles), axis=1)
    curve = smooth_curve(course(points))
    assert curve.length_mm == pytest.approx(radius * math.radians(270), rel=2e-4)
    assert np.abs(np.linalg.norm(curve.points_lps_mm, axis=1) - radius).max() < 2e-3 * radius


def test_arc_length_of_a_helix():
    radius, pitch = 12.0, 20.0
    angles = np.linspace(0, 4 * math.pi, 49)
    points = np.stack((radius * np.cos(angles), radius * np.sin(angles), pitch * angles / (2 * math.pi)), axis=1)
    expected = 2 * math.hypot(2 * math.pi * radius, pitch)
    assert smooth_curve(course(points)).length_mm == pytest.approx(expected, rel=2e-4)


def test_samples_are_equally_spaced_in_true_length():
    curve = smooth_curve(course([(0, 0, 0), (10, 8, 0), (30, 0, 5), (34, -9, 6)]), step_mm=0.5)
    fine = smooth_curve(course([(0, 0, 0), (10, 8, 0), (30, 0, 5), (34, -9, 6)]), step_mm=0.005)
    polyline = np.concatenate(([0], np.cumsum(np.linalg.norm(np.diff(fine.points_lps_mm, axis=0), axis=1))))
    assert polyline[-1] == pytest.approx(curve.length_mm, abs=1e-4)
    steps = np.diff(curve.arc_mm)
    assert steps.max() <= 0.5 + 1e-12
    assert np.ptp(steps) < 1e-9
    where = [np.interp(arc, polyline, fine.points_lps_mm[:, 0]) for arc in curve.arc_mm]
    assert np.abs(where - curve.points_lps_mm[:, 0]).max() < 1e-3


def test_the_curve_passes_exactly_through_every_point():
    points = np.array([(0, 0, 0), (1, 6, 0), (30, 0, 5), (34, -9, 6), (35, -40, 0)], dtype=float)
    curve = smooth_curve(course(points), step_mm=0.002)
    for p in points:
        assert np.linalg.norm(curve.points_lps_mm - p, axis=1).min() < 0.0011


def test_a_double_click_is_one_point_and_one_point_is_refused():
    twice = smooth_curve(course([(0, 0, 0), (0, 0, 0.01), (10, 0, 0)]))
    assert twice.length_mm == pytest.approx(10, abs=1e-9)
    with pytest.raises(PlanInvalid) as refusal:
        smooth_curve(course([(1, 1, 1), (1, 1, 1.01)]))
    assert refusal.value.code == "target-points"


@pytest.mark.parametrize(
    ("segment", "expected"), [(None, (0, 20)), ((5, 12), (5, 12)), ((5, 60), (5, 20)), ((0, 20), (0, 20))]
)
def test_treatment_segment_stays_on_the_curve(segment, expected):
    assert treatment_segment_mm(course([(0, 0, 0), (20, 0, 0)], segment)) == pytest.approx(expected)


def test_a_segment_beyond_the_curve_is_refused_with_its_numbers():
    with pytest.raises(PlanInvalid, match=r"25\.0 mm but the nerve as drawn is 20\.0 mm"):
        treatment_segment_mm(course([(0, 0, 0), (20, 0, 0)], (25, 30)))
