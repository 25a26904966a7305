"""Are volume and width those of shapes whose size is known?"""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.geometry import isotropic_box
from planner.planning.ice_size import isotherm_sizes

ZONE = ((0.0, 10.0, 0.0), (0.0, -10.0, 0.0))


def cold_ball(*, spacing_mm, centre=(0.0, 0.0, 0.0), radius_mm=12.0):
    """The steady field around a cold ball, 37 (1 − R/r) °C: 0 °C at ``radius_mm``, −20 °C at R / (1 + 20/37)."""
    grid = isotropic_box((0, 0, 0), extent_mm=(60,) * 3, spacing_mm=spacing_mm)
    k, j, i = np.indices(grid.shape_kji)
    points = grid.to_lps(np.stack((i, j, k), axis=-1).reshape(-1, 3).astype(float))
    distance = np.linalg.norm(points - centre, axis=1).reshape(grid.shape_kji)
    return (37 * (1 - radius_mm / np.maximum(distance, 2.0))).astype(np.float32), grid


@pytest.mark.parametrize("spacing_mm", [1.0, 2.0])
def test_a_ball_has_its_volume_and_width(spacing_mm):
    field, grid = cold_ball(spacing_mm=spacing_mm)
    sizes = isotherm_sizes(field, grid, (0.0, -20.0, -190.0), zones=(ZONE,))
    for size, radius_mm in zip(sizes, (12.0, 12 / (1 + 20 / 37), 0.0), strict=True):
        assert size.volume_ml == pytest.approx(4 / 3 * np.pi * radius_mm**3 / 1000, rel=0.02 * spacing_mm)
        assert size.width_mm == pytest.approx(2 * radius_mm, abs=0.2)


def test_width_counts_the_ice_around_the_shaft_only():
    field, grid = cold_ball(spacing_mm=1.0, radius_mm=8.0)
    aside, _ = cold_ball(spacing_mm=1.0, centre=(20.0, 0.0, 0.0), radius_mm=4.0)
    (size,) = isotherm_sizes(np.minimum(field, aside), grid, (0.0,), zones=(ZONE,))
    assert size.width_mm == pytest.approx(16.0, abs=0.2)
    assert size.volume_ml == pytest.approx(4 / 3 * np.pi * (8**3 + 4**3) / 1000, rel=0.03)


def test_the_widest_probe_counts():
    field, grid = cold_ball(spacing_mm=1.0, centre=(20.0, 0.0, 0.0), radius_mm=5.0)
    at_ice = ((20.0, 10.0, 0.0), (20.0, -10.0, 0.0))
    (size,) = isotherm_sizes(field, grid, (0.0,), zones=(ZONE, at_ice))
    assert size.width_mm == pytest.approx(10.0, abs=0.2)


def test_a_warm_field_has_no_ice():
    field, grid = cold_ball(spacing_mm=2.0)
    (size,) = isotherm_sizes(field + 1000, grid, (0.0,), zones=(ZONE,))
    assert (size.volume_ml, size.width_mm) == (0.0, 0.0)
