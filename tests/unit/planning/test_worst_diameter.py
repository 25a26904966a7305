"""The least treated diameter of a body, against balls cut by planes and shells with hand calculations."""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.target import TargetBody
from planner.planning.coverage import body_coverage, longest_share_below

RADIUS_MM = 6.0
BALL = TargetBody((1.0, -2.0, 0.5), (0.0, 0.0, 1.0), 2 * RADIUS_MM, 2 * RADIUS_MM)


def half_space(world, grid, *, reach_mm, normal=(1.0, 0.0, 0.0), centre=BALL.centre_lps_mm):
    """−20 °C on the plane ``reach_mm`` beyond the centre along the normal, colder before it; linear, so exact."""
    along = (world.points(grid) - np.asarray(centre)) @ np.asarray(normal)
    return (-20.0 + 3.0 * (along - reach_mm)).astype(np.float32)


@pytest.mark.parametrize("reach_mm", [0.5, 2.0, 4.0, 5.9])
@pytest.mark.parametrize("normal", [(1.0, 0.0, 0.0), (0.0, 0.6, 0.8), (-0.48, 0.64, -0.6)])
def test_a_ball_cut_by_a_plane_keeps_radius_plus_reach_of_its_worst_diameter(world, reach_mm, normal):
    """Every diameter is cold from its own pole up to the plane; the one along the normal keeps R + d of 2 R."""
    grid = world.box(20)
    worst = body_coverage(BALL, half_space(world, grid, reach_mm=reach_mm, normal=normal), grid).worst_diameter(-20.0)
    # The tested directions are 3° apart or closer: another one is longer by d (1/cos 1.5° − 1) at the most.
    assert worst.treated_mm == pytest.approx(RADIUS_MM + reach_mm, abs=0.02)
    assert worst.length_mm == pytest.approx(2 * RADIUS_MM)
    assert worst.percent == pytest.approx(100 * (RADIUS_MM + reach_mm) / (2 * RADIUS_MM), abs=0.2)
    pole = np.asarray(BALL.centre_lps_mm) + RADIUS_MM * np.asarray(normal)
    assert np.linalg.norm(np.asarray(worst.warmest_at_lps_mm) - pole) < 0.6


def test_a_plane_short_of_the_centre_leaves_a_diameter_wholly_untreated(world):
    grid = world.box(20)
    coverage = body_coverage(BALL, half_space(world, grid, reach_mm=-0.5), grid)
    assert coverage.worst_diameter(-20.0).treated_mm == 0.0
    assert coverage.share_percent(-20.0) > 35


def test_a_warm_core_breaks_every_diameter(world):
    """−20 °C at radius 2 mm, colder outward: each diameter has two treated parts of 4 mm; the longer one counts."""
    grid = world.box(20, 0.5)
    r = np.linalg.norm(world.points(grid) - np.asarray(BALL.centre_lps_mm), axis=-1)
    coverage = body_coverage(BALL, (-20.0 - 3.0 * (r - 2.0)).astype(np.float32), grid)
    worst = coverage.worst_diameter(-20.0)
    assert worst.treated_mm == pytest.approx(4.0, abs=0.1)
    assert coverage.share_percent(-20.0) == pytest.approx(100 * (1 - (2 / 6) ** 3), abs=1.0)


def test_a_long_body_is_judged_by_share_so_that_its_short_axis_is_not_always_the_worst(world):
    """20 × 8 mm along z; a plane 5 mm beyond the centre across the long axis leaves 15 of its 20 mm."""
    grid = world.box(20)
    body = TargetBody((0.0, 0, 0), (0.0, 0, 1.0), 20.0, 8.0)
    field = half_space(world, grid, reach_mm=5.0, normal=(0.0, 0.0, 1.0), centre=(0, 0, 0))
    worst = body_coverage(body, field, grid).worst_diameter(-20.0)
    assert (worst.treated_mm, worst.length_mm) == pytest.approx((15.0, 20.0), abs=0.05)
    side = half_space(world, grid, reach_mm=1.0, centre=(0, 0, 0))
    across = body_coverage(body, side, grid).worst_diameter(-20.0)
    assert (across.treated_mm, across.length_mm) == pytest.approx((5.0, 8.0), abs=0.05)


def test_all_cold_is_whole_and_all_warm_is_none(world):
    grid = world.box(20)
    for level, percent in ((-50.0, 100.0), (10.0, 0.0)):
        field = np.full(grid.shape_kji, level, np.float32)
        assert body_coverage(BALL, field, grid).worst_diameter(-20.0).percent == pytest.approx(percent)


def test_the_longest_stretch_is_interpolated_between_steps():
    rows = np.array(
        [
            [-1.0, -1, -1, -1, -1],
            [1.0, 1, 1, 1, 1],
            [-1.0, 1, 1, -3, -3],  # half a step, then 3/4 + 1
            [1.0, -1, 1, -1, 1],  # twice half + half
            [0.0, 0, 1, 1, 0],
            [3.0, -1, -1, -1, 1],  # 1/4 + 2 + 1/2
        ]
    )
    assert longest_share_below(rows) * 4 == pytest.approx([4, 0, 1.75, 1, 1, 2.75])
