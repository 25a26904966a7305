"""Margins, volumes and frozen lengths against closed forms, on grids of any direction.

Asked for: 0.3 mm and 1 %. Voxels are at most 0.6 mm here: a mask cannot tell where within its voxel a flat face along
the voxels' axes lies, so its truth is half a voxel.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from planner.domain.target import NerveCurve, TargetBody
from planner.planning.cold_map import ColdMap
from planner.planning.coverage import body_coverage, nerve_coverage
from planner.planning.margins import edge_to_skin, edge_to_structure, ice_cloud
from planner.thermal.exposure import volume_ml
from tests.unit.planning.analytic import (
    SLOPE_C_PER_MM,
    arc_points,
    box_around,
    capsule_c,
    points_of,
    rotation,
    scan_grid,
    to_segment_mm,
)

LEVEL_C = -20.0
ENOUGH_MM = 0.3


class Capsule:
    """Ice of a random size, place and direction, with a CT of random voxels and direction round it."""

    def __init__(self, seed: int, *, size_mm: float = 64.0) -> None:
        self.random = np.random.default_rng(seed)
        self.turn = rotation(self.random)
        self.radius_mm = float(self.random.uniform(5.0, 8.0))
        self.half_mm = float(self.random.uniform(3.0, 7.0))
        self.centre = self.random.uniform(-2.0, 2.0, 3)
        ends = (self.centre - self.half_mm * self.turn[0], self.centre + self.half_mm * self.turn[0])
        box = box_around(self.random.uniform(-0.5, 0.5, 3), half_mm=22.0)
        self.ice = ice_cloud(capsule_c(box, *ends, radius_mm=self.radius_mm), box)
        self.ct = scan_grid(self.random.uniform(0.45, 0.6, 3), rotation(self.random), size_mm=size_mm)
        self.points = points_of(self.ct)

    def beside(self, gap_mm: float, *, along_mm: float = 0.0) -> np.ndarray:
        """A place ``gap_mm`` from the capsule's flank, square to its axis."""
        return self.centre + self.turn[0] * along_mm + self.turn[1] * (self.radius_mm + gap_mm)

    def error_mm(self, mask: np.ndarray, truth_mm: float) -> float:
        return float(edge_to_structure(self.ice, mask, self.ct).distance_mm - truth_mm)


@pytest.mark.parametrize("seed", range(6))
def test_H_29_capsule_of_ice_to_ball_tube_thread_and_skin(seed):
    case = Capsule(seed)
    gap_mm = case.random.uniform(0.5, 9.0)
    size_mm = case.random.uniform(3.0, 6.0)
    ball = np.linalg.norm(case.points - case.beside(gap_mm + size_mm, along_mm=2.0), axis=-1) <= size_mm
    assert abs(case.error_mm(ball, gap_mm)) <= ENOUGH_MM
    tip = case.centre + case.turn[0] * (case.half_mm + case.radius_mm + gap_mm + size_mm)
    beyond = np.linalg.norm(case.points - tip, axis=-1) <= size_mm
    assert abs(case.error_mm(beyond, gap_mm)) <= ENOUGH_MM
    way = case.turn[0] * math.cos(0.7) + case.turn[2] * math.sin(0.7)
    for radius_mm in (size_mm, 1.2):
        through = case.beside(gap_mm + radius_mm)
        tube = to_segment_mm(case.points, through - 200 * way, through + 200 * way) <= radius_mm
        assert abs(case.error_mm(tube, gap_mm)) <= ENOUGH_MM
    body = (case.points - case.centre) @ case.turn[2] <= case.radius_mm + gap_mm
    assert edge_to_skin(case.ice, body, case.ct).distance_mm == pytest.approx(gap_mm, abs=ENOUGH_MM)


@pytest.mark.parametrize("seed", range(6, 10))
def test_H_29_ice_within_a_structure_is_as_deep_as_it_reaches(seed):
    """A half-space and a wide tube: the ice's deepest point lies where the surface is still the nearest."""
    case = Capsule(seed)
    depth_mm = case.random.uniform(0.5, 4.0)
    wall = (case.points - case.centre) @ case.turn[1] >= case.radius_mm - depth_mm
    assert abs(case.error_mm(wall, -depth_mm)) <= ENOUGH_MM
    radius_mm = depth_mm + 4.0
    through, way = case.beside(radius_mm - depth_mm), case.turn[2]
    tube = to_segment_mm(case.points, through - 200 * way, through + 200 * way) <= radius_mm
    assert abs(case.error_mm(tube, -depth_mm)) <= ENOUGH_MM


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("spacing_mm", [1.0, 0.5])
def test_volume_of_a_capsule(seed, spacing_mm):
    random = np.random.default_rng(100 + seed)
    turn, centre = rotation(random), random.uniform(-2.0, 2.0, 3)
    radius_mm, half_mm = random.uniform(6.0, 10.0), random.uniform(3.0, 7.0)
    box = box_around(np.zeros(3), half_mm=21.0, spacing_mm=spacing_mm)
    field = capsule_c(box, centre - half_mm * turn[0], centre + half_mm * turn[0], radius_mm=radius_mm, level_c=LEVEL_C)
    exact_ml = (math.pi * radius_mm**2 * 2 * half_mm + 4 / 3 * math.pi * radius_mm**3) / 1000
    assert volume_ml(field, box, level_c=LEVEL_C) == pytest.approx(exact_ml, rel=0.01)
    warmer_mm = radius_mm - 2.0
    within_ml = (math.pi * warmer_mm**2 * 2 * half_mm + 4 / 3 * math.pi * warmer_mm**3) / 1000
    assert volume_ml(field, box, level_c=LEVEL_C - 2 * SLOPE_C_PER_MM) == pytest.approx(within_ml, rel=0.01)


@pytest.mark.parametrize("seed", range(4))
def test_frozen_part_of_a_structure_that_cuts_a_capsule_in_half(seed):
    case = Capsule(200 + seed, size_mm=44.0)
    whole_ml = (math.pi * case.radius_mm**2 * 2 * case.half_mm + 4 / 3 * math.pi * case.radius_mm**3) / 1000
    cold = ColdMap.of(case.ice.minimum_c, case.ice.grid, case.ct)
    for normal in case.turn:
        half = (case.points - case.centre) @ normal >= 0
        assert cold.survey(half, (0.0,)).below_ml[0] == pytest.approx(whole_ml / 2, rel=0.01)


@pytest.mark.parametrize("seed", range(8))
def test_frozen_length_of_a_bent_nerve_through_a_ball_of_cold(seed):
    """A nerve on a circle of radius ρ through the middle of a ball of radius R, with cross-sections of radius a.

    The point of a section farthest from the ball's middle is the one farthest from the circle's, so the section at the
    angle φ is cold where 2ρ(ρ + a)(1 − cos φ) + a² ≤ R².
    """
    random = np.random.default_rng(300 + seed)
    turn, middle = rotation(random), random.uniform(-1.0, 1.0, 3)
    bend_mm, ball_mm, nerve_mm = random.uniform(15.0, 40.0), random.uniform(6.0, 10.0), random.uniform(0.5, 2.5)
    centre = middle - bend_mm * turn[:, 0]
    angles = np.deg2rad(np.arange(-48.0, 48.1, 12.0))
    course = NerveCurve(arc_points(bend_mm, angles, turn, centre))
    box = box_around(np.zeros(3), half_mm=24.0)
    outward = np.linalg.norm(points_of(box) - middle, axis=-1) - ball_mm
    field = np.minimum(LEVEL_C + SLOPE_C_PER_MM * outward, 37.0).astype(np.float32)
    cosine = 1 - (ball_mm**2 - nerve_mm**2) / (2 * bend_mm * (bend_mm + nerve_mm))
    exact_mm = 2 * bend_mm * math.acos(cosine)
    length_mm, at = nerve_coverage(course, 2 * nerve_mm, field, box).treated_mm(LEVEL_C)
    assert abs(length_mm - exact_mm) <= min(ENOUGH_MM, 0.01 * exact_mm)
    assert np.linalg.norm(np.asarray(at) - middle) <= ENOUGH_MM


@pytest.mark.parametrize("seed", range(8))
def test_frozen_length_of_a_bent_nerve_beside_a_wall_of_cold(seed):
    """The section at the angle θ of the circle is cold where (ρ + a)·cos θ ≤ the wall's distance from the middle."""
    random = np.random.default_rng(400 + seed)
    turn, centre = rotation(random), random.uniform(-2.0, 2.0, 3)
    bend_mm, nerve_mm = random.uniform(15.0, 20.0), random.uniform(0.5, 2.5)
    wall_mm = random.uniform(0.4, 0.8) * bend_mm
    angles = np.deg2rad(np.arange(6.0, 90.1, 12.0))
    course = NerveCurve(arc_points(bend_mm, angles, turn, centre))
    box = box_around(np.zeros(3), half_mm=26.0)
    height_mm = (points_of(box) - centre) @ turn[:, 0]
    field = np.minimum(LEVEL_C + 2.0 * (height_mm - wall_mm), 37.0).astype(np.float32)
    exact_mm = bend_mm * (angles[-1] - math.acos(wall_mm / (bend_mm + nerve_mm)))
    found = nerve_coverage(course, 2 * nerve_mm, field, box)
    assert abs(found.treated_mm(LEVEL_C)[0] - exact_mm) <= min(ENOUGH_MM, 0.01 * exact_mm)
    assert found.curve.length_mm == pytest.approx(bend_mm * (angles[-1] - angles[0]), abs=0.01)


@pytest.mark.parametrize("seed", range(4))
def test_treated_share_of_a_body_is_its_part_below_a_plane(seed):
    """A spheroid cut square to its axis at the height h of its half length: (2 + 3h − h³)/4 of the volume."""
    random = np.random.default_rng(500 + seed)
    turn, height = rotation(random), random.uniform(-0.7, 0.7)
    body = TargetBody(
        tuple(float(x) for x in random.uniform(-2, 2, 3)), tuple(turn[0] / np.linalg.norm(turn[0])), 18, 11
    )
    box = box_around(np.zeros(3), half_mm=20.0)
    along_mm = (points_of(box) - np.asarray(body.centre_lps_mm)) @ turn[0]
    field = (LEVEL_C + 2.0 * (along_mm - height * 9.0)).astype(np.float32)
    exact = 100 * (2 + 3 * height - height**3) / 4
    assert body_coverage(body, field, box).share_percent(LEVEL_C) == pytest.approx(exact, abs=1.0)
