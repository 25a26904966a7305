"""Do our closed forms and our front-tracking code give the figures recorded with the cases? No solver in between.

The figures come from other programs (resources/validation/cases.json); the forms were written anew. Agreement to the
last recorded digit says that both sides read the same equations.
"""

from __future__ import annotations

import numpy as np
import pytest

from planner.bench.case_facts import case_facts
from planner.bench.closed_cases import mushy_medium
from planner.thermal import analytic
from planner.thermal.fronts import ColdBody, track_front_mm


def test_neumanns_flat_front():
    facts = case_facts("AN-01")
    for time_s, front_mm in facts.expected["front_mm"].items():
        found_mm = analytic.planar_front_mm(facts.sharp_medium, float(time_s), start_c=37.0, wall_c=-100.0)
        assert found_mm == pytest.approx(front_mm, abs=1e-4)


@pytest.mark.parametrize("strength", ["100", "200", "400"])
def test_line_sink_with_a_sharp_front(strength):
    facts = case_facts("AN-02")
    sink = {"start_c": 37.0, "heat_w_per_m": float(strength)}
    for time_s, radius_mm in facts.expected[strength]["radius_mm"].items():
        found_mm = analytic.line_sink_radius_mm(facts.sharp_medium, float(time_s), **sink)
        assert found_mm == pytest.approx(radius_mm, abs=2e-4)
    for place_mm, expected_c in facts.expected[strength]["at_600_s_c"].items():
        found_c = analytic.line_sink_c(facts.sharp_medium, float(place_mm), 600.0, **sink)
        assert found_c == pytest.approx(expected_c, abs=2e-3)


def test_flat_wall_and_line_sink_over_a_freezing_range():
    flat, line = case_facts("AN-03"), case_facts("AN-04")
    medium = mushy_medium(flat.given["medium"])
    frozen, mush, _ = medium.diffusivity_m2_per_s
    solidus, liquidus = analytic.mushy_planar_numbers(medium, start_c=37.0, wall_c=-100.0)
    for time_s, both_mm in flat.expected["solidus_liquidus_mm"].items():
        found = [2e3 * solidus * np.sqrt(frozen * float(time_s)), 2e3 * liquidus * np.sqrt(mush * float(time_s))]
        assert found == pytest.approx(both_mm, abs=2e-4)
    for strength, expected in line.expected.items():
        solidus, liquidus = analytic.mushy_line_numbers(medium, start_c=37.0, heat_w_per_m=float(strength))
        for time_s, both_mm in expected["solidus_liquidus_mm"].items():
            found = [2e3 * solidus * np.sqrt(frozen * float(time_s)), 2e3 * liquidus * np.sqrt(mush * float(time_s))]
            assert found == pytest.approx(both_mm, abs=2e-4)


def test_a_constant_conductivity_in_the_range_is_a_special_case_of_the_integrated_one():
    """With one k on all three sides the integrated range must agree with the error functions."""
    medium = analytic.MushyMedium((1.0, 1.0, 1.0), (1.8e6, 38e6, 3.6e6), -8.0, -1.0)
    solidus, liquidus = analytic.mushy_planar_numbers(medium, start_c=37.0, wall_c=-100.0)
    found = analytic.mushy_fronts_linear_k(medium, start_c=37.0, wall_c=-100.0)
    frozen, mush, _ = medium.diffusivity_m2_per_s
    assert found == pytest.approx((2 * solidus * np.sqrt(frozen), 2 * liquidus * np.sqrt(mush)), rel=1e-5)
    line = analytic.mushy_line_numbers(medium, start_c=37.0, heat_w_per_m=200.0)
    found = analytic.mushy_fronts_linear_k(medium, start_c=37.0, heat_w_per_m=200.0)
    assert found == pytest.approx((2 * line[0] * np.sqrt(frozen), 2 * line[1] * np.sqrt(mush)), rel=1e-5)


@pytest.mark.parametrize(("case", "tissue"), [("AN-05", "kidney"), ("AN-05", "muscle"), ("AN-06", "fat")])
@pytest.mark.parametrize("word", ["cylinder", "sphere"])
def test_steady_ice_in_perfused_tissue(case, tissue, word):
    facts = case_facts(case)
    blood = facts.given["tissues"][tissue]
    ice = analytic.PerfusedSteady(
        2.0, *blood.values(), radius_mm=facts.given[f"{word}_radius_mm"], surface_c=-120.0, sphere=word == "sphere"
    )
    found_mm = [ice.isotherm_mm(level_c) for level_c in (0.0, -20.0, -40.0)]
    assert found_mm == pytest.approx(facts.expected[tissue][word], abs=1e-3)


def test_vessel_beside_a_probe():
    facts = case_facts("AN-07")
    for apart, expected in facts.expected.items():
        pair = analytic.TwoCylinders(0.75, 3.0, float(apart), -100.0, 37.0, 2.0, 0.5)
        for level, place_mm in expected.items():
            assert pair.isotherm_from_probe_mm(float(level)) == pytest.approx(place_mm, abs=1e-4)
        surface_c = pair.temperature_c(np.array([pair.probe_x_mm]), np.array([0.75]))
        assert surface_c[0] == pytest.approx(-100.0, abs=0.5)


def test_lines_without_freezing_and_rewarming_by_blood():
    tissue = {"k_w_per_m_k": 0.5, "heat_capacity_j_per_m3_k": 3.6e6, "heat_w_per_m": 20.0, "start_c": 37.0}
    for time_s, expected_c in case_facts("AN-09").expected["midpoint_c"].items():
        assert analytic.warm_line_c((5.0, 5.0), float(time_s), **tissue) == pytest.approx(expected_c, abs=1e-4)
    for time_s, expected_c in case_facts("AN-09").expected["outside_3_mm_c"].items():
        assert analytic.warm_line_c((3.0, 13.0), float(time_s), **tissue) == pytest.approx(expected_c, abs=1e-4)
    for point in case_facts("AN-11").expected["points"]:
        for time_s, expected_c in zip((60.0, 300.0, 600.0), point["c"], strict=True):
            place = (float(point["radius_mm"]), float(point["along_mm"]), time_s)
            assert analytic.short_line_c(*place, length_mm=20.0, **tissue) == pytest.approx(expected_c, abs=1e-4)
    for time_s, expected_c in case_facts("AN-10").expected["c"].items():
        found_c = analytic.rewarmed_c(
            float(time_s),
            start_c=10.0,
            far_c=37.39,
            perfusion_w_per_m3_k=2535.0,
            heat_capacity_j_per_m3_k=3730476.48,
        )
        # Recorded with an effective temperature of two decimals: 37.39 for 37.3897 °C.
        assert found_c == pytest.approx(expected_c, abs=3e-4)


@pytest.mark.parametrize(("case", "sphere"), [("AN-08", False), ("AN-08s", True), ("AN-08m", False)])
def test_tracked_fronts_agree_with_the_recorded_ones(case, sphere):
    facts = case_facts(case)
    body = ColdBody(
        facts.sharp_medium,
        facts.given["radius_mm"],
        -120.0,
        sphere=sphere,
        perfusion_w_per_m3_k=facts.given.get("perfusion_w_per_m3_k", 0.0),
        metabolic_w_per_m3=facts.given.get("metabolic_w_per_m3", 0.0),
    )
    recorded = facts.expected["radii_mm"]
    levels_c = (facts.sharp_medium.freezing_c, -20.0, -40.0)
    found_mm = track_front_mm(body, [float(key) for key in recorded], levels_c)
    assert np.abs(found_mm - np.array(list(recorded.values()))).max() < 0.005


def test_a_tracked_front_in_the_kidney_comes_to_rest_where_it_must():
    facts = case_facts("AN-08k")
    blood = {name: facts.given[name] for name in ("perfusion_w_per_m3_k", "metabolic_w_per_m3")}
    for word, radius_mm in (("cylinder", 0.75), ("sphere", 4.0)):
        body = ColdBody(facts.sharp_medium, radius_mm, -120.0, sphere=word == "sphere", **blood)
        recorded = facts.expected[f"{word}_front_mm"]
        found_mm = track_front_mm(body, [float(key) for key in recorded], (0.0,))[:, 0]
        assert np.abs(found_mm - np.array(list(recorded.values()))).max() < 0.005
