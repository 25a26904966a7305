"""Margins, volumes and coldest spots against spheres and planes (H-29)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from planner.domain.geometry import Grid
from planner.planning.clearance import near_field, nearest, scan_end_mm
from planner.planning.margins import (
    edge_to_skin,
    edge_to_structure,
    ice_cloud,
    ice_volume_ml,
    rim_minimum_c,
)


def rotation(rng):
    q, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    return q if np.linalg.det(q) > 0 else -q


def random_ct(rng, size_mm=90.0):
    spacing = rng.uniform(0.5, 1.0, 3)
    direction = rotation(rng)
    counts = np.ceil(size_mm / spacing).astype(int)
    origin = -direction @ (spacing * (counts - 1) / 2)
    return Grid.from_axes(
        tuple(int(n) for n in counts[::-1]), origin_lps_mm=origin, spacing_ijk_mm=spacing, direction=direction
    )


@pytest.mark.parametrize("seed", range(16))
def test_H_29_gap_between_random_balls_is_sub_voxel(world, seed):
    rng = np.random.default_rng(seed)
    box, ct = world.box(30), random_ct(rng)
    radius, size = rng.uniform(6, 15), rng.uniform(3, 8)
    centre = rng.uniform(-3, 3, 3)
    away = rotation(rng)[0]
    gap = rng.uniform(0.5, 12)
    where = centre + away * (radius + gap + size)
    ice = ice_cloud(world.ball_field(box, radius, centre=centre), box)
    found = edge_to_structure(ice, world.ball(ct, size, where), ct)
    assert found.distance_mm - gap < 0.3
    assert found.distance_mm - gap > -0.5
    touching = centre + away * radius
    assert np.linalg.norm(np.asarray(found.at_lps_mm) - touching) < 3.5


@pytest.mark.parametrize("depth", [0.5, 2.5, 6.5])
def test_H_29_ice_inside_a_structure_is_negative_by_its_depth(world, depth):
    box, ct = world.box(25), world.box(40)  # the wall lies between two voxels, where a mask can have it
    wall = world.points(ct)[..., 0] >= 10.0 - depth
    ice = ice_cloud(world.ball_field(box, 10.0), box)
    assert edge_to_structure(ice, wall, ct).distance_mm == pytest.approx(-depth, abs=0.3)


def test_a_thin_structure_wholly_inside_the_ice_is_negative(world):
    box, ct = world.box(25), world.box(30, spacing=0.8)
    p = world.points(ct)
    thread = (p[..., 0] ** 2 + p[..., 1] ** 2) <= 1.5**2
    ice = ice_cloud(world.ball_field(box, 10.0), box)
    assert -1.8 < edge_to_structure(ice, thread, ct).distance_mm < -0.7


def slab(p, rng):
    """Four voxels thick between faces that a mask can have: 2 mm deep in its middle, between two voxels."""
    del rng
    return np.abs(p[..., 0] + 0.5) < 2.0, 2.0


def tube(p, rng):
    turned = (p - rng.uniform(-0.5, 0.5, 3)) @ rotation(rng)
    return turned[..., 0] ** 2 + turned[..., 1] ** 2 <= 3.0**2, 3.0


def small_tube(p, rng):
    turned = (p - rng.uniform(-0.5, 0.5, 3)) @ rotation(rng)
    return turned[..., 0] ** 2 + turned[..., 1] ** 2 <= 2.0**2, 2.0


@pytest.mark.parametrize("shape", [slab, small_tube, tube])
@pytest.mark.parametrize("seed", range(4))
def test_H_29_ice_that_swallows_the_middle_of_a_structure_is_as_deep_as_it_is_thick(world, shape, seed):
    """The middle lies between voxels, each of which knows the nearer side alone."""
    box, ct = world.box(26), world.box(40)
    mask, half_mm = shape(world.points(ct), np.random.default_rng(seed))
    found = edge_to_structure(ice_cloud(world.ball_field(box, 10.0), box), mask, ct)
    assert -0.3 <= found.distance_mm + half_mm <= 0.3


def test_the_depth_in_a_structure_with_a_notch_is_the_distance_to_its_edge(world):
    """All of space but a quarter of it, from 4.5 mm on: where a surface bends inward, no plane bounds the depth."""
    box, ct = world.box(26), world.box(40)
    p = world.points(ct)
    mask = ~((p[..., 0] > 4.0) & (p[..., 1] > 4.0))
    centre, radius = np.array((-1.0, -1.0, 0.0)), 3.0
    found = edge_to_structure(ice_cloud(world.ball_field(box, radius, centre=centre), box), mask, ct)
    assert -0.6 < found.distance_mm + 5.5 * math.sqrt(2) + radius < 0.3


@pytest.mark.parametrize("gap", [0.5, 4.5, 9.5, 13.5, 14.5, 15.5, 22.5, 55.5, 110.5])
def test_skin_margin_from_inside_near_and_far(world, gap):
    ct = Grid.from_axes((40, 200, 40), origin_lps_mm=(-40, -150, -40), spacing_ijk_mm=(2.0, 1.0, 2.0))
    box = world.box(14)
    body = world.points(ct)[..., 1] >= -(8.0 + gap)
    ice = ice_cloud(world.ball_field(box, 8.0), box)
    found = edge_to_skin(ice, body, ct)
    assert found.distance_mm == pytest.approx(gap, abs=0.3)
    assert found.at_lps_mm[1] == pytest.approx(-8.0, abs=0.3)


@pytest.mark.parametrize("gap", [16.0, 30.0, 70.0])
def test_a_far_structure_outside_the_predicted_box_keeps_its_distance(world, gap):
    ct = Grid.from_axes((60, 60, 140), origin_lps_mm=(-20, -45, -45), spacing_ijk_mm=(1.0, 1.5, 1.5))
    box = world.box(14)
    mask = world.ball(ct, 6.0, (8.0 + gap + 6.0, 0, 0))
    ice = ice_cloud(world.ball_field(box, 8.0), box)
    found = edge_to_structure(ice, mask, ct)
    assert -0.5 < found.distance_mm - gap < 0.3


def test_empty_structure_full_body_and_no_ice(world):
    box, ct = world.box(14), world.box(20)
    ice = ice_cloud(world.ball_field(box, 8.0), box)
    assert edge_to_structure(ice, np.zeros(ct.shape_kji, bool), ct) is None
    assert edge_to_skin(ice, np.ones(ct.shape_kji, bool), ct) is None
    assert ice_cloud(np.full(box.shape_kji, 5.0, np.float32), box).is_empty


def test_scan_end_is_measured_to_the_outer_faces(world):
    ct = world.box(20)
    assert scan_end_mm(np.array([(0.0, 0, 12), (0, -19, 0)]), ct) == pytest.approx(1.5)
    assert scan_end_mm(np.array([(0.0, 0, 22.0)]), ct) == pytest.approx(-1.5)


def test_nearest_far_and_near_branches_agree_at_the_seam(world):
    ct = world.box(50)
    mask = world.ball(ct, 10.0, (0, 0, 30.0))
    answers = []
    for z in (5.3, 5.1, 4.9, 4.7):
        points = np.array([(0.0, 0.0, z)])
        found = nearest(points, near_field(points, mask, ct), mask=mask, grid=ct, from_inside=False)
        answers.append(found.distance_mm + z)
    # One surface, whichever branch measured it; the ball's pole is known to half a voxel.
    assert np.ptp(answers) < 0.3
    assert answers[0] == pytest.approx(20, abs=0.5)


def test_the_volume_of_ice_is_that_of_its_ball(world):
    box, r = world.box(25), 12.0
    assert ice_volume_ml(world.ball_field(box, r), box) == pytest.approx(4 / 3 * math.pi * r**3 / 1000, rel=0.01)


def test_the_rim_is_the_coldest_of_the_outer_faces_without_air(world):
    box = world.box(20)
    field = world.ball_field(box, 10.0, slope=2.0)
    assert rim_minimum_c(field) == pytest.approx(20.0)
    cold_air = np.zeros(box.shape_kji, bool)
    cold_air[0] = True
    field[0] = -5.0
    assert rim_minimum_c(field) == pytest.approx(-5.0)
    assert rim_minimum_c(field, without=cold_air) == pytest.approx(20.0)
