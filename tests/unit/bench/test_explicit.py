"""Is the plain peer right? Neumann's planar freezing and a balance of heat; nothing of the product's solver is used."""

from __future__ import annotations

import numpy as np
import pytest

from planner.bench.explicit import PlainProbes, PlainSolver
from planner.thermal.analytic import GEL, planar_front_mm

GEL_VALUES = {
    "density_kg_per_m3": GEL.density_kg_per_m3,
    "c_unfrozen_j_per_kg_k": GEL.c_liquid_j_per_kg_k,
    "c_frozen_j_per_kg_k": GEL.c_frozen_j_per_kg_k,
    "k_unfrozen_w_per_m_k": GEL.k_liquid_w_per_m_k,
    "k_frozen_w_per_m_k": GEL.k_frozen_w_per_m_k,
    "latent_heat_j_per_kg": GEL.latent_j_per_kg,
    "solidus_c": -0.05,
    "liquidus_c": 0.05,
}
WALL = GEL_VALUES | {"k_frozen_w_per_m_k": 1e5, "k_unfrozen_w_per_m_k": 1e5, "fixed_c": -100.0}
NO_PROBES = PlainProbes(np.zeros(0, np.int64), np.zeros(0), np.zeros(0))
ROOM = {"core_c": 37.0, "air_c": 22.0, "convection_w_per_m2_k": 10.0}


def test_a_planar_front_is_neumanns() -> None:
    labels = np.ones((1, 1, 101), np.uint8)
    labels[..., 0] = 0
    solver = PlainSolver(labels, [WALL, GEL_VALUES], spacing_mm=1.0, **ROOM)
    cold = PlainProbes(NO_PROBES.cells, NO_PROBES.conductance, NO_PROBES.surface_c)
    t_c = solver.run(np.full(labels.shape, 37.0), cold, seconds=300.0).temperature_c[0, 0, 1:]
    liquid = solver.enthalpy(np.concatenate([[-100.0], t_c])[None, None]) / solver.melted
    front_mm = float((1 - np.clip(liquid[0, 0, 1:], 0, 1)).sum())
    assert front_mm == pytest.approx(planar_front_mm(GEL, 300.0, start_c=37.0, wall_c=-100.0), abs=0.1)


def test_enthalpy_and_temperature_are_inverse() -> None:
    solver = PlainSolver(np.zeros((1, 1, 7), np.uint8), [GEL_VALUES], spacing_mm=1.0, **ROOM)
    t_c = np.array([-120.0, -8.0, -0.05, 0.0, 0.05, 20.0, 37.0])[None, None]
    np.testing.assert_allclose(solver.temperature_c(solver.enthalpy(t_c)), t_c, atol=1e-9)
    # By hand: all latent heat, the mean capacity over the 0.1 K between, and 20 K of water.
    warm = solver.enthalpy(t_c + (20.05 - t_c))[0, 0, 0]
    assert warm == pytest.approx(1000 * 334000 + 1000 * (4180 + 2090) / 2 * 0.1 + 1000 * 4180 * 20)


def test_heat_that_a_probe_takes_is_heat_that_the_box_loses() -> None:
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 2, (8, 8, 8)).astype(np.uint8)
    other = GEL_VALUES | {"k_unfrozen_w_per_m_k": 0.2, "k_frozen_w_per_m_k": 0.3, "latent_heat_j_per_kg": 70e3}
    solver = PlainSolver(labels, [GEL_VALUES, other], spacing_mm=1.0, **ROOM)
    probe = PlainProbes(np.array([4 * 64 + 4 * 8 + 4]), np.array([0.5]), np.array([-120.0]))
    start_c = np.full(labels.shape, 10.0)
    run = solver.run(start_c, probe, seconds=5.0, most_steps=1)
    lost = (solver.enthalpy(start_c) - solver.enthalpy(run.temperature_c)) * 1e-9
    # One Euler step from a level field: only the probe acts, with conductance times the step in theta, times h.
    place = labels.reshape(-1)[probe.cells[0]]
    k_frozen, k_liquid = ((2.22, 0.6), (0.3, 0.2))[place]
    theta_above = 0.1 * (k_frozen + k_liquid) / 2 + k_liquid * (10 - 0.05)
    taken_w = 0.5 * (theta_above + k_frozen * (120 - 0.05)) * 1e-3
    assert lost.sum() == pytest.approx(taken_w * run.step_s, rel=1e-6)


def test_room_air_and_skin_settle_to_the_straight_line() -> None:
    # Tissue at 37 °C on one side, air on the other: q = 15 K / (1/10 + L/k) through L = 9.5 mm of half-cell-ended slab.
    labels = np.zeros((1, 1, 11), np.uint8)
    labels[..., 0], labels[..., -1] = 1, 2
    dead = GEL_VALUES | {"c_unfrozen_j_per_kg_k": 20.0}
    solver = PlainSolver(labels, [dead, WALL | {"fixed_c": 37.0}, {"outside_air": 1.0}], spacing_mm=1.0, **ROOM)
    t_c = solver.run(np.full(labels.shape, 30.0), NO_PROBES, seconds=20.0).temperature_c[0, 0]
    flux = 15.0 / (1 / 10 + 9e-3 / 0.6)
    assert t_c[1] - t_c[9] == pytest.approx(flux * 8e-3 / 0.6, rel=1e-3)
    assert t_c[9] - flux * 0.5e-3 / 0.6 - 22.0 == pytest.approx(flux / 10, rel=1e-3)


def test_blood_stops_for_good_where_tissue_has_frozen() -> None:
    perfused = GEL_VALUES | {"perfusion_w_per_m3_k": 1e5}
    solver = PlainSolver(np.zeros((1, 1, 2), np.uint8), [perfused], spacing_mm=1.0, **ROOM)
    frozen = solver.run(np.full((1, 1, 2), -5.0), NO_PROBES, seconds=10.0).temperature_c
    np.testing.assert_allclose(frozen, -5.0, atol=1e-9)
    warm = solver.run(np.full((1, 1, 2), 30.0), NO_PROBES, seconds=10.0).temperature_c
    # dT/dt = w (37 - T) / (rho c)
    np.testing.assert_allclose(warm, 37 - 7 * np.exp(-1e5 * 10 / 4.18e6), atol=0.01)
