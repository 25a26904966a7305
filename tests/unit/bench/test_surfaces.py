"""Is the distance between two surfaces right where it is known: balls in fields of a known slope?"""

from __future__ import annotations

import numpy as np
import pytest

from planner.bench.surfaces import ball_radius_mm, surface_error
from planner.domain.errors import SimulationRefused
from planner.domain.geometry import Grid, isotropic_box


def ball(grid: Grid, radius_mm: float, *, slope_k_per_mm: float) -> np.ndarray:
    """−20 °C on a sphere, warmer outward."""
    k, j, i = np.mgrid[tuple(slice(n) for n in grid.shape_kji)]
    distance = np.linalg.norm(grid.to_lps(np.stack([i, j, k], axis=-1)) - (0.3, -0.2, 0.1), axis=-1)
    return -20 + slope_k_per_mm * (distance - radius_mm)


def test_a_ball_that_is_half_a_millimetre_larger_is_so_everywhere() -> None:
    coarse, fine = (isotropic_box((0, 0, 0), extent_mm=(40, 40, 40), spacing_mm=mm) for mm in (2.0, 1.0))
    field_c = ball(coarse, 10.5, slope_k_per_mm=5.0)
    reference_c = ball(fine, 10.0, slope_k_per_mm=8.0)
    error = surface_error(field_c, coarse, -20.0, reference_c=reference_c, reference_grid=fine)
    assert error.p50_mm == pytest.approx(0.5, abs=0.06)  # chords of a 2 mm grid lie up to 0.05 mm inside
    assert error.mean_mm == pytest.approx(0.5, abs=0.06)
    assert error.largest_mm < 0.6
    assert error.radius_mm == pytest.approx(0.5, abs=0.06)
    assert error.volume_percent == pytest.approx(100 * (10.5**3 / 10**3 - 1), rel=0.15)


def test_smaller_ice_has_a_negative_mean() -> None:
    grid = isotropic_box((0, 0, 0), extent_mm=(30, 30, 30), spacing_mm=1.0)
    field_c, reference_c = (ball(grid, radius, slope_k_per_mm=5.0) for radius in (9.8, 10.0))
    error = surface_error(field_c, grid, -20.0, reference_c=reference_c, reference_grid=grid)
    assert error.mean_mm == pytest.approx(-0.2, abs=0.02)
    assert error.p95_mm == pytest.approx(0.2, abs=0.03)


def test_no_ice_is_refused_in_words() -> None:
    grid = isotropic_box((0, 0, 0), extent_mm=(30, 30, 30), spacing_mm=1.0)
    warm, cold = np.full(grid.shape_kji, 37.0), ball(grid, 10.0, slope_k_per_mm=5.0)
    with pytest.raises(SimulationRefused, match="colder than -20"):
        surface_error(warm, grid, -20.0, reference_c=cold, reference_grid=grid)


def test_the_radius_of_a_ball() -> None:
    assert ball_radius_mm(4 / 3 * np.pi * 27) == pytest.approx(3.0)
