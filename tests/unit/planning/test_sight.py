"""Does a line of sight meet a ball where the quadratic formula says, from outside, from inside, and not at all?"""

import numpy as np
import pytest

from planner.domain.geometry import Grid
from planner.planning.sight import first_skin

CENTRE, RADIUS_MM, SPACING_MM = np.array([5.0, -10.0, 40.0]), 30.0, 1.0
AXES = {"head first": np.eye(3), "feet first": np.diag([1.0, -1.0, -1.0])}


def ball(direction):
    shape = (91, 91, 91)
    origin = CENTRE - direction @ np.full(3, 45.0 * SPACING_MM)
    grid = Grid.from_axes(shape, origin_lps_mm=origin, spacing_ijk_mm=(SPACING_MM,) * 3, direction=direction)
    k, j, i = np.indices(shape)
    away = np.linalg.norm(grid.to_lps(np.stack([i, j, k], axis=-1)) - CENTRE, axis=-1)
    return away <= RADIUS_MM, grid


def first_hit(eye, direction):
    """The nearer root of |eye + t d − c| = r."""
    unit = np.asarray(direction) / np.linalg.norm(direction)
    offset = eye - CENTRE
    half = offset @ unit
    root = half**2 - offset @ offset + RADIUS_MM**2
    return None if root < 0 else eye + (-half - np.sqrt(root)) * unit


@pytest.mark.parametrize("axes", list(AXES))
def test_from_outside_it_is_the_nearer_root(axes):
    body, grid = ball(AXES[axes])
    rng = np.random.default_rng(3)
    hits = 0
    for _ in range(60):
        eye = CENTRE + 300.0 * np.array([np.cos(a := rng.uniform(0, 6.3)), np.sin(a), rng.uniform(-0.5, 0.5)])
        aim = CENTRE + rng.uniform(-34, 34, 3)
        expected, found = first_hit(eye, aim - eye), first_skin(eye, aim - eye, body=body, grid=grid)
        if expected is None:
            continue
        unit = (aim - eye) / np.linalg.norm(aim - eye)
        steepness = abs((expected - CENTRE) @ unit) / RADIUS_MM
        if steepness < 0.4:
            continue  # a grazing ray has its place to a voxel's share of the radius only
        hits += 1
        assert found is not None
        assert np.linalg.norm(np.asarray(found) - expected) < SPACING_MM / steepness
    assert hits > 25


def test_beside_the_body_beside_the_scan_and_without_a_direction_there_is_nothing():
    body, grid = ball(np.eye(3))
    assert first_skin((300.0, -10.0 + 40.0, 40.0), (-1.0, 0.0, 0.0), body=body, grid=grid) is None
    assert first_skin((300.0, 900.0, 40.0), (-1.0, 0.0, 0.0), body=body, grid=grid) is None
    assert first_skin((300.0, -10.0, 40.0), (1.0, 0.0, 0.0), body=body, grid=grid) is None, "it lies behind the eye"
    assert first_skin((300.0, -10.0, 40.0), (0.0, 0.0, 0.0), body=body, grid=grid) is None


def test_where_the_scan_cuts_the_body_the_cut_is_what_is_seen():
    body, grid = ball(np.eye(3))
    half, upper = body[:45], grid.cropped((0, 0, 0), (45, 91, 91))
    found = first_skin((5.0, -10.0, 300.0), (0.0, 0.0, -1.0), body=half, grid=upper)
    assert found == pytest.approx((5.0, -10.0, 40.0 - 45 + 44.5), abs=1e-6)
