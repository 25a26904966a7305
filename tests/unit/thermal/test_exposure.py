"""Are volumes, coldest temperatures and times those of fields whose answer is a formula?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from planner.domain.errors import SimulationRefused
from planner.domain.geometry import Grid, isotropic_box
from planner.domain.identity import Sha256
from planner.domain.simulation import SimulationResult, SolverRecord
from planner.domain.temperature import TemperatureHistory
from planner.thermal.exposure import (
    at_points_c,
    coldest_between_c,
    fraction_below,
    points_exposure,
    structure_exposure,
    time_below_s,
    volume_ml,
)


def centres(grid):
    index = np.stack(np.meshgrid(*(np.arange(n) for n in grid.shape_kji), indexing="ij"), axis=-1)
    return grid.to_lps(index[..., ::-1])


def distance_to(grid, point, half_axes=(1.0, 1.0, 1.0)):
    """Scaled distance from a point: below 1 inside the ellipsoid with these half axes."""
    return np.linalg.norm((centres(grid) - point) / half_axes, axis=-1)


def bent(signed, ratio):
    """Temperature 8 °C per unit inside zero and ``ratio`` times as steep outside, as where tissue freezes."""
    return np.where(signed < 0, signed, ratio * signed) * 8.0


# --- volumes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ratio", [1.0, 4.0, 0.25])
@pytest.mark.parametrize(("radius_mm", "error"), [(6.0, 0.01), (12.0, 0.004)])
def test_the_volume_of_a_ball_is_right_from_six_cells(radius_mm, error, ratio):
    grid = isotropic_box((0, 0, 0), extent_mm=(30, 30, 30), spacing_mm=1)
    for offset in ((0, 0, 0), (0.5, 0.5, 0.5), (0.31, -0.12, 0.44), (0.05, 0.5, -0.27)):
        signed = distance_to(grid, np.array(offset)) - radius_mm
        found = volume_ml(bent(signed, ratio), grid, level_c=0.0)
        assert found == pytest.approx(4 / 3 * np.pi * radius_mm**3 / 1000, rel=error)


@pytest.mark.parametrize("spacing_mm", [0.5, 1.0, 2.0])
def test_the_volume_of_an_ellipsoid_at_any_level(spacing_mm):
    grid = isotropic_box((3, -4, 5), extent_mm=(40 * spacing_mm,) * 3, spacing_mm=spacing_mm)
    half_axes = np.array((6.0, 8.0, 15.0)) * spacing_mm
    scaled = distance_to(grid, np.array((3.2, -4.1, 5.3)), half_axes)
    for level_c, share in ((-20.0, 1.0), (0.0, 1.1)):
        found = volume_ml(200.0 * (scaled - 1.0) - 20.0, grid, level_c=level_c)
        assert found == pytest.approx(4 / 3 * np.pi * np.prod(half_axes) * share**3 / 1000, rel=0.01)


@given(st.tuples(*[st.floats(-1, 1)] * 3), st.floats(-6, 6))
@settings(deadline=None, max_examples=60)
def test_a_plane_cuts_every_cell_exactly(slope, level):
    """The part of a cell below a plane by counting 8000 points in it."""
    axis = np.arange(5.0)
    k, j, i = np.meshgrid(axis, axis, axis, indexing="ij")
    field = slope[0] * (k - 2) + slope[1] * (j - 2) + slope[2] * (i - 2)
    fine = (np.arange(20) + 0.5) / 20 - 0.5
    a, b, c = np.meshgrid(fine, fine, fine, indexing="ij")
    within = (slope[0] * a + slope[1] * b + slope[2] * c).reshape(-1)
    counted = (field[..., None] + within <= level).mean(axis=-1)
    # Cells at the array's rim that are cut only beyond it are not looked at when nothing else is.
    if (field <= level).all() or (field > level).all() or max(map(abs, slope)) < 1e-3:
        return
    assert np.abs(fraction_below(field, level_c=level) - counted).max() < 0.04


def test_steps_are_counted_as_cells():
    field = np.full((6, 6, 6), 37.0, np.float32)
    field[2:4, 2:5, 1:2] = -30.0
    assert np.array_equal(fraction_below(field, level_c=-20.0), (field < 0).astype(np.float32))


def test_nothing_everything_and_a_thin_slab():
    assert fraction_below(np.full((3, 3, 3), 37.0), level_c=0.0).sum() == 0
    assert fraction_below(np.full((3, 3, 3), -1.0), level_c=0.0).sum() == 27
    line = np.linspace(-10.0, 10.0, 21)[None, None, :] + 0.25
    assert fraction_below(line, level_c=0.0).sum() == pytest.approx(10.25, abs=0.01)


def test_ice_cut_by_the_box_is_measured_inside_it():
    grid = isotropic_box((0, 0, 0), extent_mm=(40, 40, 40), spacing_mm=1)
    lower, upper = grid.corners_lps_mm().min(axis=0), grid.corners_lps_mm().max(axis=0)
    edge = np.array((lower[0] - 0.5, *(lower + upper)[1:] / 2))
    field = 4.0 * (distance_to(grid, edge) - 12.0)
    assert volume_ml(field, grid, level_c=0.0) == pytest.approx(2 / 3 * np.pi * 12.0**3 / 1000, rel=0.005)


# --- time ------------------------------------------------------------------------------------------------------------


FRAMES = st.tuples(st.integers(2, 6), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3)).flatmap(
    lambda shape: arrays.arrays(np.float64, shape, elements=st.floats(-150, 40, width=32))
)


@given(FRAMES, st.floats(-120, 30, width=32), st.floats(0, 40), st.floats(1, 60))
@settings(deadline=None, max_examples=60)
def test_time_below_is_that_of_the_straight_lines(frames, level_c, from_s, length_s):
    times = np.arange(len(frames)) * 15.0
    to_s = from_s + length_s
    if from_s >= times[-1]:
        return
    found = time_below_s(times, frames, levels_c=(level_c,), from_s=from_s, to_s=to_s)[0]
    steps = 4000
    end_s = min(to_s, times[-1])
    asked = from_s + (np.arange(steps) + 0.5) / steps * (end_s - from_s)
    flat = frames.reshape(len(frames), -1)
    counted = np.stack([(np.interp(asked, times, column) <= level_c).mean() for column in flat.T])
    expected = counted.reshape(frames.shape[1:]) * (end_s - from_s)
    assert np.abs(found - expected).max() <= (end_s - from_s) * 6 / steps + 1e-4


def test_a_temperature_that_rests_on_the_level_counts():
    frames = np.full((3, 1, 1, 2), -20.0)
    frames[..., 1] = -19.99
    assert time_below_s(np.array([0.0, 10.0, 30.0]), frames, levels_c=(-20.0,)).tolist() == [[[[30.0, 0.0]]]]


def test_growing_and_shrinking_ice_is_timed_to_the_second():
    """T = 5 (r − R(t)), R growing from 0 to 12 mm in 240 s, then back to 0 by 300 s: both crossings are known."""
    grid = isotropic_box((0, 0, 0), extent_mm=(30, 30, 30), spacing_mm=1)
    radius = distance_to(grid, np.array((0.1, 0.2, -0.3)))
    times = np.array([*range(0, 241, 15), *range(250, 301, 10)], dtype=float)
    edge = np.interp(times, (0, 240, 300), (0, 12, 0))
    history = TemperatureHistory.of(times, 5.0 * (radius[None] - edge[:, None, None, None]))
    for level_c in (0.0, -20.0):
        found = time_below_s(history.times_s, history.frames_c(), levels_c=(level_c,))[0]
        reached = radius - level_c / 5.0
        expected = np.where(reached < 12, (12 - reached) / 12 * 300, 0.0)
        assert np.abs(found - expected).max() < 0.1  # 0.005 °C at 0.25 °C/s, twice, and float32
    half = time_below_s(history.times_s, history.frames_c(), levels_c=(0.0,), to_s=100.0)[0]
    assert np.abs(half - np.clip(100 - radius * 20, 0, None)).max() < 0.1


def test_the_coldest_in_a_window_lies_at_its_ends_or_at_a_stored_time():
    history = TemperatureHistory.of((0.0, 10.0, 20.0, 30.0), np.array([20.0, -60.0, 0.0, -10.0])[:, None, None, None])
    for window, expected in (((0, 30), -60), ((12, 30), -48), ((12, 19), -6), ((0, 5), -20), ((25, 99), -10)):
        assert float(coldest_between_c(history, from_s=window[0], to_s=window[1])[0, 0, 0]) == pytest.approx(
            min(expected, np.interp(window[0], (0, 10, 20, 30), (20, -60, 0, -10))), abs=0.01
        )
    for window in ((5, 5), (30, 40), (-9, 0), (9, 3)):
        with pytest.raises(SimulationRefused, match="nothing of it lies between"):
            coldest_between_c(history, from_s=window[0], to_s=window[1])


# --- structures and curves -------------------------------------------------------------------------------------------


def cone(grid, *, deepest_c=-80.0, per_mm=8.0):
    """A prediction whose cold is a cone round (0, 0, 0): 37 °C, then the cone at 100 s, until 200 s."""
    coldest = np.minimum(deepest_c + per_mm * distance_to(grid, np.zeros(3)), 37.0).astype(np.float32)
    warm = np.full_like(coldest, 37.0)
    return SimulationResult(
        Sha256("a" * 64),
        grid,
        TemperatureHistory.of((0.0, 100.0, 200.0), (warm, coldest, coldest)),
        coldest,
        np.zeros(grid.shape_kji, np.uint8),
        ("muscle",),
        SolverRecord("1", "formula", coldest.size, 1, 0.0, 0.0, reaches_boundary=False),
    )


def test_exposure_of_a_shell_is_that_of_its_volume():
    grid = isotropic_box((0, 0, 0), extent_mm=(40, 40, 40), spacing_mm=1)
    result = cone(grid)
    ball = np.clip(12.5 - distance_to(grid, np.zeros(3)), 0, 1).astype(np.float32)  # a ball of 12 mm, soft by a cell
    found = structure_exposure(ball, result, levels_c=(0.0, -20.0, -40.0, -100.0))
    # Shares of a ball of 12 mm within 10, 7.5 and 5 mm of its centre; mean of −80 + 8 r over it: r̄ = 3/4 · 12.
    assert found.share_percent == pytest.approx([100 * (r / 12) ** 3 for r in (10, 7.5, 5, 0)], abs=1.0)
    assert found.mean_c == pytest.approx(-80 + 8 * 9, abs=0.5)
    assert found.coldest_c == pytest.approx(result.minimum_c.min())
    # The coldest cell falls from 37 °C to its coldest in 100 s and stays there for another 100 s.
    low = found.coldest_c
    assert found.longest_s == pytest.approx(
        [100 + 100 * (level - low) / (37 - low) if level > low else 0 for level in (0, -20, -40, -100)], abs=0.05
    )
    assert structure_exposure(np.zeros_like(ball), result) is None


def test_exposure_along_a_line_through_the_cold():
    grid = isotropic_box((0, 0, 0), extent_mm=(40, 40, 40), spacing_mm=1)
    result = cone(grid)
    along = np.stack([np.linspace(-40, 40, 801), np.full(801, 3.0), np.zeros(801)], axis=1)
    found = points_exposure(along, result, levels_c=(0.0, -20.0))
    # Within 10 and 7.5 mm of the middle, 3 mm aside: 2 √(r² − 9) of 80 mm.
    assert found.share_percent == pytest.approx([100 * 2 * np.sqrt(r * r - 9) / 80 for r in (10, 7.5)], abs=0.3)
    assert found.coldest_c == pytest.approx(-80 + 8 * 3, abs=1.5)
    level_s = [100 + 100 * (level - found.coldest_c) / (37 - found.coldest_c) for level in (0, -20)]
    assert found.longest_s == pytest.approx(level_s, abs=0.1)


def test_points_outside_the_box_are_untouched():
    grid = Grid.from_axes((3, 3, 3), origin_lps_mm=(0, 0, 0), spacing_ijk_mm=(1, 1, 1))
    history = TemperatureHistory.of((0.0, 5.0), np.array([36.0, -50.0])[:, None, None, None] * np.ones((1, 3, 3, 3)))
    assert at_points_c(history, grid, [(1, 1, 1), (50, 0, 0)]).tolist() == [[36, 36], [-50, 36]]
