"""Path lengths, clearances and skin entries against planes and balls."""

from __future__ import annotations

import math

import pytest

from planner.persistence import resources
from planner.planning.trajectory import (
    entry_above_skin_mm,
    lengths_inside,
    minimum_distance,
    shaft_findings,
    skin_entry,
)


def test_length_inside_a_slab_crossed_at_an_angle(world):
    grid = world.box(40, spacing=0.8)
    y = world.points(grid)[..., 1]
    slab = (y > -20.4) & (y < -12.4)  # between voxels: centres lie at multiples of 0.8
    straight = world.probe(entry=(0.0, -38.0, 0.0), tip=(0.0, 0.0, 0.0))
    oblique = world.probe(entry=(-30.0, -36.0, 0.0), tip=(0.0, 0.0, 0.0))
    assert lengths_inside(straight, slab, grid) == pytest.approx(8.0, abs=0.1)
    assert lengths_inside(oblique, slab, grid) == pytest.approx(8.0 * math.hypot(30, 36) / 36, abs=0.3)


def test_a_shaft_that_passes_beside_or_stops_short_is_not_inside(world):
    grid = world.box(40, spacing=0.8)
    ball = world.ball(grid, 6.0, (0.0, 10.0, 0.0))
    assert lengths_inside(world.probe(), ball, grid) == 0.0
    assert lengths_inside(world.probe(entry=(12.0, -38.0, 0.0), tip=(12.0, 30.0, 0.0)), ball, grid) == 0.0


@pytest.mark.parametrize(("offset", "expected"), [(11.0, 5.0), (20.0, 14.0), (30.0, 24.0), (3.0, -3.0)])
def test_distance_of_the_axis_to_a_ball(world, offset, expected):
    grid = world.box(40, spacing=0.8)
    ball = world.ball(grid, 6.0, (offset, -10.0, 0.0))
    found = minimum_distance(world.probe(), ball, grid)
    assert found.distance_mm == pytest.approx(expected, abs=0.5)
    assert found.at_lps_mm[1] == pytest.approx(-10.0, abs=2.5)


def test_skin_entry_is_where_the_ray_leaves_the_body(world):
    grid = world.box(40, spacing=0.8)
    body = world.points(grid)[..., 1] >= -25.0
    straight = skin_entry((0.0, 0.0, 0.0), (0.0, -3.0, 0.0), body=body, grid=grid)
    assert straight == pytest.approx((0.0, -25.0, 0.0), abs=0.45)
    oblique = skin_entry((0.0, 0.0, 0.0), (1.0, -1.0, 0.0), body=body, grid=grid)
    assert oblique == pytest.approx((25.0, -25.0, 0.0), abs=0.45)


def test_no_skin_entry_outside_the_body_without_direction_or_out_of_the_scan(world):
    grid = world.box(40, spacing=0.8)
    body = world.points(grid)[..., 1] >= -25.0
    assert skin_entry((0.0, -30.0, 0.0), (0.0, -1.0, 0.0), body=body, grid=grid) is None
    assert skin_entry((0.0, 0.0, 0.0), (0.0, 0.0, 0.0), body=body, grid=grid) is None
    assert skin_entry((0.0, 0.0, 0.0), (0.0, 1.0, 0.0), body=body, grid=grid) is None
    assert skin_entry((0.0, 500.0, 0.0), (0.0, 1.0, 0.0), body=body, grid=grid) is None


@pytest.mark.parametrize("y", [-25.0, -27.5, -20.0, -38.0, 5.0])
def test_entry_above_the_skin_is_signed(world, y):
    grid = world.box(40, spacing=0.8)
    body = world.points(grid)[..., 1] >= -25.0
    above = entry_above_skin_mm(world.probe(entry=(0.0, y, 0.0), tip=(0.0, 30.0, 0.0)), body, grid)
    assert above == pytest.approx(-25.0 - y, abs=0.45)


def test_findings_name_the_probe_and_its_numbers(world):
    grid = world.box(40, spacing=0.8)
    body = world.points(grid)[..., 1] >= -25.0
    generic = resources.probe_models()[0]
    product = next(model for model in resources.probe_models() if model.active_tip_mm.value is None)
    good = world.probe(entry=(0.0, -25.0, 0.0))
    assert shaft_findings(good, generic, body=body, grid=grid) == ()
    codes = [f.code for f in shaft_findings(good, product, body=body, grid=grid)]
    assert codes == ["probe-incomplete"]
    assert [f.code for f in shaft_findings(good, None, body=None, grid=grid)] == ["probe-unknown"]
    far = world.probe(entry=(0.0, -200.0, 0.0))
    short, off = shaft_findings(far, generic, body=body, grid=grid)
    assert (short.code, off.code) == ("probe-too-short", "probe-entry")
    assert "200.0 mm deep" in short.sentence
    assert "outside the skin" in off.sentence
