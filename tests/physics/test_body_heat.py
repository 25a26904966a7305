"""Is the body right before and after the ice: skin cooling, layers, blood that warms, blood that has stopped?"""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.progress import silent
from planner.domain.simulation import BodyConditions
from planner.thermal import cases
from planner.thermal.baseline import baseline_temperature_c
from planner.thermal.properties import OUTSIDE_AIR, build_materials
from planner.thermal.scene import build_scene

NO_DRIVE = np.zeros(0, np.float32)
MUSCLE = {
    "density_kg_per_m3": 1090.4,
    "c_unfrozen_j_per_kg_k": 3421.2,
    "c_frozen_j_per_kg_k": 1800.0,
    "k_unfrozen_w_per_m_k": 0.49497,
    "k_frozen_w_per_m_k": 2.0,
    "latent_heat_j_per_kg": 250e3,
    "solidus_c": -8.0,
    "liquidus_c": -1.0,
    "perfusion_w_per_m3_k": 2535.0,
    "metabolic_w_per_m3": 988.0,
}


def muscle(**changes):
    return cases.plain_tissue("muscle", **{**MUSCLE, **changes})


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("spacing_mm", [1.0, 2.0])
def test_skin_cooling_of_a_perfused_slab(axis, spacing_mm):
    """Exact: T = Tinf − A cosh(m (L − x)), k T' = h (T − Tair) at the skin, no flux at L = 60 mm."""
    count = round(60 / spacing_mm)
    shape = [2, 2, 2]
    shape[axis] = count + 1
    index = np.ones(shape, np.uint8)
    np.moveaxis(index, axis, 0)[0] = 0
    conditions = BodyConditions(37.0, 22.0, 10.0)
    materials = build_materials(
        (OUTSIDE_AIR, "muscle"), tissues=[muscle()], conditions=conditions, spacing_mm=spacing_mm
    )
    scene = build_scene(index, materials)
    line_c = np.moveaxis(baseline_temperature_c(scene, progress=silent), axis, 0)[1:, 0, 0]
    k, w, h, length = 0.49497, 2535.0, 10.0, 0.060
    m, deep = np.sqrt(w / k), 37.0 + 988.0 / w
    amplitude = h * (deep - 22.0) / (k * m * np.sinh(m * length) + h * np.cosh(m * length))
    x_m = (np.arange(count) + 0.5) * spacing_mm * 1e-3
    exact = deep - amplitude * np.cosh(m * (length - x_m))
    # Second order: (m h)² / 24 of 3 K is below 0.01 K at 2 mm.
    assert np.abs(line_c - exact).max() < 0.01


def test_baseline_stays_at_rest_in_the_stepping_kernels():
    index = np.ones((6, 6, 41), np.uint8)
    index[..., 0] = 0
    index[:3, :, 20:] = 2
    tissues = [
        muscle(),
        cases.plain_tissue("fat", **{**MUSCLE, "k_unfrozen_w_per_m_k": 0.21, "density_kg_per_m3": 911.0}),
    ]
    materials = build_materials(
        (OUTSIDE_AIR, "muscle", "fat"), tissues=tissues, conditions=BodyConditions(37.0, 22.0, 10.0), spacing_mm=1.0
    )
    scene = build_scene(index, materials)
    start_c = baseline_temperature_c(scene, progress=silent)
    sinks = cases.no_sinks(scene)
    ((_, body),) = cases.run_case(scene, start_c, sinks, NO_DRIVE, (1800.0,))
    # 0.02 K: what half an hour of float32 stages may add up to; the stored float16 resolves 0.03 K.
    assert np.abs(body.temperature_c(body.u) - start_c).max() < 0.02


@pytest.mark.parametrize("along", ["i", "k"])
def test_two_frozen_layers_share_the_temperature_drop(along):
    """Steady heat through 6 mm of k = 2 and 4 mm of k = 0.4 in series between −20 and −100 °C."""
    dead = {"perfusion_w_per_m3_k": 0.0, "metabolic_w_per_m3": 0.0}
    layers = [
        cases.plain_wall(-20.0),
        muscle(**dead),
        cases.plain_tissue("fat", **{**MUSCLE, **dead, "k_frozen_w_per_m_k": 0.4}),
        cases.plain_tissue("cold", fixed_c=-100.0, **{**MUSCLE, **dead, "k_frozen_w_per_m_k": 1e5}),
    ]
    line = np.array([0, *[1] * 6, *[2] * 4, 3], np.uint8)
    index = line.reshape((1, 1, -1) if along == "i" else (-1, 1, 1)).copy()
    scene = cases.scene_of(index, layers, spacing_mm=1.0)
    sinks = cases.no_sinks(scene)
    ((_, body),) = cases.run_case(scene, np.full(index.shape, -60.0), sinks, NO_DRIVE, (1500.0,))
    found_c = body.temperature_c(body.u).reshape(-1)[1:-1]
    flux = 80.0 / (6.0 / 2.0 + 4.0 / 0.4)
    exact = np.concatenate(
        [-20 - flux / 2.0 * (np.arange(6) + 0.5), -20 - flux * 3 - flux / 0.4 * (np.arange(4) + 0.5)]
    )
    assert np.abs(found_c - exact).max() < 0.05


def test_conductivity_that_rises_with_cold():
    """Steady frozen slab with k = 1.4 − 0.014 (T + 8): theta, not T, is linear between the walls."""
    dead = {"perfusion_w_per_m3_k": 0.0, "metabolic_w_per_m3": 0.0, "k_frozen_w_per_m_k": 1.4}
    layers = [
        cases.plain_wall(-20.0),
        cases.plain_tissue("ice", slope=-0.014, **{**MUSCLE, **dead}),
        cases.plain_tissue("cold", fixed_c=-120.0, **{**MUSCLE, **dead, "k_frozen_w_per_m_k": 1e5}),
    ]
    index = np.array([0, *[1] * 40, 2], np.uint8).reshape(1, 1, -1)
    scene = cases.scene_of(index, layers, spacing_mm=0.5)
    sinks = cases.no_sinks(scene)
    ((_, body),) = cases.run_case(scene, np.full(index.shape, -60.0), sinks, NO_DRIVE, (3000.0,))

    def theta(t_c):
        return 1.4 * (t_c + 8) - 0.007 * (t_c + 8) ** 2

    share = (np.arange(40) + 0.5) / 40
    exact = theta(-20.0) + share * (theta(-120.0) - theta(-20.0))
    found = theta(body.temperature_c(body.u)[0, 0, 1:-1].astype(float))
    # The half cells at the walls use k at the cell, not the mean to the wall: 0.2 % of the drop.
    assert np.abs(found - exact).max() < 0.004 * abs(theta(-120.0))


def test_blood_rewarms_cold_muscle():
    """AN-10: muscle at 10 °C without gradients follows T = Tinf − (Tinf − 10) exp(−w t / rho c)."""
    scene = cases.scene_of(np.zeros((2, 2, 2), np.uint8), [muscle()], spacing_mm=1.0)
    sinks = cases.no_sinks(scene)
    runs = cases.run_case(scene, np.full(scene.shape, 10.0), sinks, NO_DRIVE, (60.0, 300.0, 600.0, 1800.0))
    for (_, body), expected_c in zip(runs, (11.0943, 15.0515, 19.1713, 29.3294), strict=True):
        assert body.temperature_c(body.u) == pytest.approx(expected_c, abs=0.1)


def test_blood_does_not_return_where_tissue_has_frozen():
    scene = cases.scene_of(np.zeros((2, 2, 2), np.uint8), [muscle()], spacing_mm=1.0)
    sinks = cases.no_sinks(scene)
    for _, frozen in cases.run_case(scene, np.full(scene.shape, -2.0), sinks, NO_DRIVE, (60.0,)):
        assert frozen.temperature_c(frozen.u) == pytest.approx(-2.0, abs=1e-3)
    thawed = cases.run_case(scene, np.full(scene.shape, 10.0), sinks, NO_DRIVE, (1.0, 601.0))
    _, body = next(thawed)
    body.lowest_u[:] = 0.9
    now_c = float(body.temperature_c(body.u).mean())
    next(thawed)
    assert body.temperature_c(body.u) == pytest.approx(now_c, abs=1e-3)
