"""Are temperature, enthalpy and conductivity one consistent law, and are impossible values refused by name?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad

from planner.domain.datum import MISSING, Datum, Status
from planner.domain.errors import SimulationRefused
from planner.domain.simulation import BodyConditions
from planner.domain.tissue import mixture
from planner.thermal.properties import (
    build_materials,
    conductivity_w_per_m_k,
    enthalpy_u,
    temperature_c,
    theta_w_per_m,
    unverified_words,
)

ROOM = BodyConditions(37.0, 22.0, 10.0)


def row(tissue):
    return build_materials([tissue.id], tissues=[tissue], conditions=ROOM, spacing_mm=1.0).table[0]


def test_enthalpy_between_two_temperatures_by_hand(make_tissue):
    # 1000 kg/m³: (37 + 1) × 3600 + 250e3 + 7 × (3600 + 1800)/2 + (120 − 8) × 1800 J/kg.
    table = row(make_tissue("t"))
    joule_per_kg = 38 * 3600 + 250e3 + 7 * 2700 + 112 * 1800
    u = enthalpy_u(np.array([37.0, -120.0]), table)
    assert (u[0] - u[1]) * table[7] == pytest.approx(1000 * joule_per_kg, rel=1e-12)


def test_temperature_and_enthalpy_are_inverse(make_tissue):
    table = row(make_tissue("t", slope=-0.014))
    t_c = np.linspace(-180, 50, 471)
    assert temperature_c(enthalpy_u(t_c, table), table) == pytest.approx(t_c, abs=1e-9)


@pytest.mark.parametrize("t_c", [-150.0, -30.0, -8.0, -4.0, -1.0, 20.0])
def test_theta_is_the_integral_of_k(make_tissue, t_c):
    table = row(make_tissue("t", slope=-0.014))
    points = [p for p in (-8.0, -1.0) if min(t_c, -8.0) < p < t_c]
    integral, _ = quad(
        lambda t: float(conductivity_w_per_m_k(enthalpy_u(np.array(t), table), table)), -8.0, t_c, points=points or None
    )
    assert theta_w_per_m(enthalpy_u(np.array(t_c), table), table) == pytest.approx(integral, rel=1e-7, abs=1e-9)


def test_conductivity_at_known_temperatures(make_tissue):
    table = row(make_tissue("t", slope=-0.01))
    k = conductivity_w_per_m_k(enthalpy_u(np.array([-108.0, -8.0, -4.5, 30.0]), table), table)
    assert k == pytest.approx([3.0, 2.0, 1.25, 0.5])


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("k_frozen_w_per_m_k", 0.0, "frozen conductivity"),
        ("k_unfrozen_w_per_m_k", float("nan"), "unfrozen conductivity"),
        ("density_kg_per_m3", -1.0, "density"),
        ("c_frozen_j_per_kg_k", float("inf"), "frozen heat capacity"),
        ("latent_heat_j_per_kg", -1.0, "latent heat"),
        ("perfusion_w_per_m3_k", -5.0, "perfusion"),
        ("solidus_c", float("nan"), "solidus"),
    ],
)
def test_impossible_values_are_refused_by_name(make_tissue, field, value, word):
    with pytest.raises(SimulationRefused, match=f"Muscle.*{word}"):
        row(make_tissue("muscle", **{field: value}))


def test_missing_value_is_refused_by_name(make_tissue):
    with pytest.raises(SimulationRefused, match="Muscle has no known latent heat") as refusal:
        row(replace(make_tissue("muscle"), latent_heat_j_per_kg=MISSING))
    assert refusal.value.code == "tissue-missing"


def test_solidus_above_liquidus_is_refused(make_tissue):
    with pytest.raises(SimulationRefused, match="solidus"):
        row(make_tissue("muscle", solidus_c=-1.0, liquidus_c=-1.0))


def test_slope_that_ends_conduction_is_refused(make_tissue):
    with pytest.raises(SimulationRefused, match="slope"):
        row(make_tissue("muscle", slope=0.02))


@pytest.mark.parametrize("conditions", [(0.0, 22.0, 10.0), (37.0, 22.0, 0.0), (37.0, float("nan"), 10.0)])
def test_implausible_body_conditions_are_refused(make_tissue, conditions):
    with pytest.raises(SimulationRefused, match="not plausible"):
        build_materials(["t"], tissues=[make_tissue("t")], conditions=BodyConditions(*conditions), spacing_mm=1.0)


def test_recalled_values_are_named_once(make_tissue):
    recalled = replace(make_tissue("muscle"), k_frozen_w_per_m_k=Datum(2.0, Status.RECALLED))
    assert unverified_words(("muscle",), (recalled, make_tissue("fat"))) == ("Muscle: frozen conductivity",)
    assert unverified_words(("fat",), (recalled,)) == ()


def test_a_mixture_is_named_by_its_parts(make_tissue):
    recalled = replace(make_tissue("fat"), latent_heat_j_per_kg=Datum(7e4, Status.RECALLED))
    muscle = make_tissue("muscle")
    half = mixture("half", "Half", [(recalled, 0.5), (muscle, 0.5)])
    assert half.latent_heat_j_per_kg.status is Status.RECALLED
    assert unverified_words(("half",), (recalled, muscle, half)) == ("Fat: latent heat",)
