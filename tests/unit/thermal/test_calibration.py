"""A known surface temperature is found again from the sizes an independent radial code gives; bad data are told."""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.calibration import Axis
from planner.domain.errors import SimulationRefused
from planner.thermal.calibration import Bath, Shape, Size, fit_bath, fit_surface, predicted_sizes_mm

GEL = {
    "density_kg_per_m3": 1000.0,
    "c_unfrozen_j_per_kg_k": 4180.0,
    "c_frozen_j_per_kg_k": 2090.0,
    "k_unfrozen_w_per_m_k": 0.6,
    "k_frozen_w_per_m_k": 2.22,
    "latent_heat_j_per_kg": 334e3,
    "solidus_c": -0.5,
    "liquidus_c": 0.0,
    "perfusion_w_per_m3_k": 0.0,
    "metabolic_w_per_m3": 0.0,
}


def radial_diameters_mm(
    surface_c: float, *, radius_mm: float, start_c: float, time_s: float, levels: list[float]
) -> list[float]:
    """Isotherm diameters round an endless cylinder: apparent heat capacity, implicit in time, cell walls in log r.

    Shares nothing with the solver: temperature is the unknown, latent heat is a bump of the heat capacity, the linear
    system is solved by the Thomas algorithm, and the probe is a real wall.
    """
    edges = radius_mm * 1e-3 * np.exp(np.linspace(0, np.log(90 / radius_mm), 901))
    centres = np.sqrt(edges[:-1] * edges[1:])
    area = np.pi * (edges[1:] ** 2 - edges[:-1] ** 2)
    t_c = np.full(centres.size, start_c)
    solidus, liquidus = GEL["solidus_c"], GEL["liquidus_c"]

    def heat_j_per_m3(t_c):
        liquid = np.clip((t_c - solidus) / (liquidus - solidus), 0, 1)
        frozen_part = GEL["c_frozen_j_per_kg_k"] * np.minimum(t_c - solidus, 0)
        warm_part = GEL["c_unfrozen_j_per_kg_k"] * np.maximum(t_c - liquidus, 0)
        between = (GEL["c_frozen_j_per_kg_k"] + GEL["c_unfrozen_j_per_kg_k"]) / 2 * (liquidus - solidus)
        return GEL["density_kg_per_m3"] * (frozen_part + warm_part + liquid * (GEL["latent_heat_j_per_kg"] + between))

    def conductivity(t_c):
        liquid = np.clip((t_c - solidus) / (liquidus - solidus), 0, 1)
        return GEL["k_frozen_w_per_m_k"] * (1 - liquid) + GEL["k_unfrozen_w_per_m_k"] * liquid

    step_s = 0.5
    for _ in range(round(time_s / step_s)):
        old_heat, guess = heat_j_per_m3(t_c), t_c.copy()
        for _ in range(4):
            k = conductivity(guess)
            wall = 2 * np.pi * k[0] / np.log(centres[0] / edges[0])
            between = (
                2 * np.pi / (np.log(edges[1:-1] / centres[:-1]) / k[:-1] + np.log(centres[1:] / edges[1:-1]) / k[1:])
            )
            slope = (heat_j_per_m3(guess + 1e-4) - heat_j_per_m3(guess - 1e-4)) / 2e-4
            weight = area * slope / step_s
            diagonal = weight.copy()
            diagonal[0] += wall
            diagonal[:-1] += between
            diagonal[1:] += between
            right = weight * guess - area * (heat_j_per_m3(guess) - old_heat) / step_s
            right[0] += wall * surface_c
            guess = _thomas(-between, diagonal, right)
        t_c = guess
    return [2e3 * float(np.interp(level, t_c, centres)) for level in levels]


def _thomas(off: np.ndarray, diagonal: np.ndarray, right: np.ndarray) -> np.ndarray:
    from scipy.linalg import solve_banded

    bands = np.zeros((3, diagonal.size))
    bands[0, 1:], bands[1], bands[2, :-1] = off, diagonal, off
    return solve_banded((1, 1), bands, right)


@pytest.fixture(scope="module")
def recovered():
    """The fit to a probe that the radial code holds at −110 °C for 300 s."""
    levels = [-0.25, -20.0, -40.0]
    truth_mm = radial_diameters_mm(-110.0, radius_mm=0.75, start_c=37.0, time_s=300.0, levels=levels)
    sizes = [Size(level, Axis.WIDTH, width) for level, width in zip(levels, truth_mm, strict=True)]
    # 80 mm: the ends are six diffusion lengths from the middle, which an endless probe's cannot be told from.
    return fit_bath(sizes, shape=Shape(1.5, 80.0), bath=Bath(GEL, 37.0, 300.0))


def test_the_radial_code_is_the_published_case():
    """Case AN-08 of the transient cylinder: 10.364, 6.618 and 4.268 mm at 300 s, here with 0.5 K to freeze in."""
    radii = [d / 2 for d in radial_diameters_mm(-120, radius_mm=0.75, start_c=37, time_s=300, levels=[-0.25, -20, -40])]
    assert radii == pytest.approx([10.364, 6.618, 4.268], rel=0.01)


def test_a_known_surface_temperature_is_found_again(recovered):
    assert recovered.surface_c == pytest.approx(-110.0, abs=2.0)
    assert recovered.rms_mm < 0.1
    assert recovered.refused_words == ""
    assert len(recovered.tried) <= 15


def straight(sizes):
    """Sizes that grow by 0.1 mm per °C below −20 °C, whatever the level."""
    return lambda surface_c: np.array([0.1 * (-20.0 - surface_c) for _ in sizes])


def test_one_size_is_met_and_two_are_shared():
    one = [Size(0, Axis.WIDTH, 8.0)]
    assert fit_surface(one, straight(one)).surface_c == pytest.approx(-100.0, abs=0.2)
    two = [Size(0, Axis.WIDTH, 9.0), Size(-20, Axis.WIDTH, 7.0)]
    fit = fit_surface(two, straight(two))
    assert fit.surface_c == pytest.approx(-100.0, abs=0.2)
    assert fit.residuals_mm == pytest.approx((-0.5, 0.5), abs=0.02)
    assert fit.rms_mm == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(
    ("measured_mm", "words"),
    [
        ((15.0, 1.0), "misses a radius by"),
        ((18.0, 18.0), "colder than −196 °C"),
        ((0.01, 0.01), "warmer than −20 °C"),
    ],
)
def test_ice_that_no_surface_explains_is_told_instead_of_fitted(measured_mm, words):
    sizes = [Size(-20.0, Axis.WIDTH, value) for value in measured_mm]
    assert words in fit_surface(sizes, straight(sizes)).refused_words


def test_a_fit_to_nothing_is_refused():
    with pytest.raises(SimulationRefused, match="at least one measured isotherm"):
        fit_surface([], straight([]))


def test_the_ice_of_two_probes_is_longer_along_their_line_by_their_distance_and_a_little():
    shape, bath = Shape(2.4, 30.0, apart_mm=20.0), Bath(GEL, 37.0, 600.0)
    sizes = [Size(0.0, Axis.WIDTH, 40.0), Size(0.0, Axis.LENGTH, 40.0)]
    one = predicted_sizes_mm(-90.0, shape=Shape(2.4, 30.0), bath=bath, sizes=sizes, spacing_mm=2.0)
    two = predicted_sizes_mm(-90.0, shape=shape, bath=bath, sizes=sizes, spacing_mm=2.0)
    assert 19.0 < two[0] - one[0] < 24.0
    assert one[1] > 30.0 + 10.0
