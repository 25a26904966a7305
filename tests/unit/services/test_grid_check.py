"""Does the two-grid check find the distance that was put between two fields?"""

from __future__ import annotations

import json

import numpy as np
import pytest

from planner.domain.assessment import Assessment
from planner.domain.errors import InputRefused
from planner.domain.geometry import isotropic_box
from planner.domain.identity import Sha256
from planner.domain.simulation import SimulationResult, SolverRecord
from planner.domain.temperature import TemperatureHistory
from planner.persistence.blobs import BlobStore
from planner.services.grid_check import (
    check_grid,
    compare_grids,
    grid_check_json,
    other_spacing_mm,
    surface_points,
    with_check,
)
from planner.services.shared import SharedResult
from planner.services.tasks import Predict, Prediction


def ball_of_cold(spacing_mm, *, radius_mm=12.0, per_mm=6.0, centre=(0.2, -0.1, 0.3), bend=1.0):
    """T = per_mm (r − radius), ``bend`` times as steep outside: 0 °C at the radius, −20 °C 20/per_mm inside it."""
    grid = isotropic_box((0, 0, 0), extent_mm=(40, 40, 40), spacing_mm=spacing_mm)
    index = np.stack(np.meshgrid(*(np.arange(n) for n in grid.shape_kji), indexing="ij"), axis=-1)[..., ::-1]
    outside = np.linalg.norm(grid.to_lps(index) - centre, axis=-1) - radius_mm
    field = np.minimum(np.where(outside < 0, outside, bend * outside) * per_mm, 37.0).astype(np.float32)
    return SimulationResult(
        Sha256("a" * 64),
        grid,
        TemperatureHistory.of((0.0, 60.0), (np.full_like(field, 37.0), field)),
        field,
        np.zeros(grid.shape_kji, np.uint8),
        ("muscle",),
        SolverRecord("1", "formula", field.size, 1, 0.0, 0.0, reaches_boundary=False),
    )


def test_points_of_a_surface_lie_on_it():
    result = ball_of_cold(1.0)
    points = surface_points(result.minimum_c, result.grid, level_c=-20.0)
    radius = np.linalg.norm(points - (0.2, -0.1, 0.3), axis=1)
    assert np.abs(radius - (12.0 - 20 / 6)).max() < 1 / 8 / 8  # h²/8 of curvature
    assert len(points) > 1000


@pytest.mark.parametrize(("coarse_mm", "fine_mm"), [(2.0, 1.0), (1.0, 0.5)])
def test_one_field_on_two_grids_agrees(coarse_mm, fine_mm):
    check = compare_grids(ball_of_cold(coarse_mm), ball_of_cold(fine_mm))
    assert check.agrees
    assert (check.coarse_mm, check.fine_mm) == (coarse_mm, fine_mm)
    for level in check.levels:
        assert level.p95_mm < 0.1 * coarse_mm
        assert abs(level.volume_change_percent) < 2.0
    assert check.sentence.startswith(f"Cells of {coarse_mm:g} mm and {fine_mm:g} mm agree (95 % of each isotherm")


@pytest.mark.parametrize("growth_mm", [0.4, 1.5, -1.5])
def test_a_larger_ball_is_larger_by_what_it_grew(growth_mm):
    check = compare_grids(ball_of_cold(1.0, radius_mm=12.0 + growth_mm), ball_of_cold(0.5))
    for level in check.levels:
        radius = 12.0 + level.level_c / 6
        assert level.mean_mm == pytest.approx(growth_mm, abs=0.06)
        assert level.p50_mm == pytest.approx(abs(growth_mm), abs=0.06)
        assert level.largest_mm == pytest.approx(abs(growth_mm), abs=0.2)
        grown = 100 * (((radius + growth_mm) / radius) ** 3 - 1)
        assert level.volume_change_percent == pytest.approx(grown, abs=2.0)
        assert level.agrees == (abs(growth_mm) < 0.5)
    assert ("differ by more than 0.5 mm" in check.sentence) == (not check.agrees)


def test_a_moved_ball_is_as_far_as_it_moved():
    check = compare_grids(ball_of_cold(1.0, centre=(1.0, -0.1, 0.3)), ball_of_cold(0.5, centre=(0.0, -0.1, 0.3)))
    edge = check.levels[0]
    # |cos| of a uniform direction: mean 1/2, and 95 % below 0.95, times 1 mm.
    assert edge.mean_mm == pytest.approx(0.0, abs=0.06)
    assert edge.p50_mm == pytest.approx(0.5, abs=0.06)
    assert edge.p95_mm == pytest.approx(0.95, abs=0.06)
    assert edge.largest_mm == pytest.approx(1.0, abs=0.06)


def test_H_24_an_isotherm_on_one_grid_only_is_a_difference_and_none_on_both_is_none():
    small = compare_grids(ball_of_cold(1.0, radius_mm=6.0), ball_of_cold(0.5, radius_mm=7.5))
    assert [level.p95_mm is None for level in small.levels] == [False, False, True]
    assert not small.agrees
    assert "−40 °C is reached on one of them only" in small.sentence
    warm = compare_grids(ball_of_cold(1.0, radius_mm=-1.0), ball_of_cold(0.5, radius_mm=-1.0))
    assert warm.agrees
    assert warm.sentence == "Cells of 1 mm and 0.5 mm agree: neither predicts ice."
    assert json.loads(grid_check_json(warm))["levels"][0]["p95_mm"] is None


def test_the_other_size_is_half_or_twice_the_finest():
    assert [other_spacing_mm(mm) for mm in (2.0, 1.0, 0.5)] == [1.0, 0.5, 1.0]


@pytest.fixture
def blobs():
    store = BlobStore.temporary()
    yield store
    store.close()


@pytest.mark.parametrize(("given_mm", "other_mm"), [(1.0, 2.0), (1.0, 0.5)])
def test_the_second_prediction_is_asked_for_and_its_sentence_kept(blobs, given_mm, other_mm):
    def predicted(spacing_mm):
        judged = Assessment(Sha256("p"), Sha256("a" * 64), Sha256("r"), ())
        return Prediction(SharedResult.of(ball_of_cold(spacing_mm), blobs), judged)

    asked = []

    def call(request):
        asked.append(request)
        return predicted(request.spacing_mm)

    given = predicted(given_mm)
    check = check_grid("plan", given, volume="volume", spacing_mm=other_mm, call=call, blobs=blobs)
    assert asked == [Predict("volume", "plan", other_mm)]
    assert (check.coarse_mm, check.fine_mm) == (max(given_mm, other_mm), min(given_mm, other_mm))
    assert with_check(given, check).result.record.convergence == check.sentence
    with pytest.raises(InputRefused, match="already has cells of 1 mm"):
        check_grid("plan", given, volume="volume", spacing_mm=1.0, call=call, blobs=blobs)
