"""Is the body right before and after the ice: skin cooling, layers, k(T), blood that has stopped?"""

from __future__ import annotations

import numpy as np
import pytest

from planner.thermal import Heat, Held, predict

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
DEAD = {**MUSCLE, "perfusion_w_per_m3_k": 0.0, "metabolic_w_per_m3": 0.0}
ROOM = {"outside_air": 1.0}


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("spacing_mm", [1.0, 2.0])
def test_skin_cooling_of_a_perfused_slab(axis, spacing_mm):
    """Exact: T = Tinf − A cosh(m (L − x)), k T' = h (T − Tair) at the skin, no flux at L = 60 mm."""
    count = round(60 / spacing_mm)
    shape = [2, 2, 2]
    shape[axis] = count + 1
    labels = np.ones(shape, np.uint8)
    np.moveaxis(labels, axis, 0)[0] = 0
    found = predict(labels, [ROOM, MUSCLE], spacing_mm=spacing_mm, times_s=(1.0,))
    line_c = np.moveaxis(found.temperature_c[0], axis, 0)[1:, 0, 0]
    k, w, h, length = 0.49497, 2535.0, 10.0, 0.060
    m, deep = np.sqrt(w / k), 37.0 + 988.0 / w
    amplitude = h * (deep - 22.0) / (k * m * np.sinh(m * length) + h * np.cosh(m * length))
    x_m = (np.arange(count) + 0.5) * spacing_mm * 1e-3
    exact = deep - amplitude * np.cosh(m * (length - x_m))
    # Second order: (m h)² / 24 of 3 K is below 0.01 K at 2 mm.
    assert np.abs(line_c - exact).max() < 0.01


def test_the_baseline_stays_at_rest():
    labels = np.ones((6, 6, 41), np.uint8)
    labels[..., 0] = 0
    labels[:3, :, 20:] = 2
    fat = {**MUSCLE, "k_unfrozen_w_per_m_k": 0.21, "density_kg_per_m3": 911.0}
    found = predict(labels, [ROOM, MUSCLE, fat], spacing_mm=1.0, times_s=(1.0, 1800.0))
    # 0.02 K: what half an hour of float32 stages may add up to.
    assert np.abs(found.temperature_c[1] - found.temperature_c[0]).max() < 0.02


def between_walls(labels, properties, *, first_c, last_c, spacing_mm, time_s):
    """Temperatures of a line whose first and last cells are held; their centres are the walls."""
    ends = []
    for cell, wall_c in ((0, first_c), (labels.size - 1, last_c)):
        mask = np.zeros(labels.shape, bool)
        mask.reshape(-1)[cell] = True
        ends.append(Held(mask, wall_c))
    found = predict(
        labels,
        properties,
        spacing_mm=spacing_mm,
        start=(first_c + last_c) / 2,
        held=ends,
        times_s=(time_s,),
    )
    return found.temperature_c[0].reshape(-1).astype(float)


@pytest.mark.parametrize("along", ["i", "k"])
def test_two_frozen_layers_share_the_temperature_drop(along):
    """Steady heat through 6.5 mm of k = 2 and 4.5 mm of k = 0.4 in series between −20 and −100 °C."""
    line = np.array([0] * 7 + [1] * 5, np.uint8)
    labels = line.reshape((1, 1, -1) if along == "i" else (-1, 1, 1)).copy()
    fat = {**DEAD, "k_frozen_w_per_m_k": 0.4}
    found_c = between_walls(labels, [DEAD, fat], first_c=-20.0, last_c=-100.0, spacing_mm=1.0, time_s=1500.0)
    flux = 80.0 / (6.5 / 2.0 + 4.5 / 0.4)
    x_mm = np.arange(12.0)
    exact = np.where(x_mm < 6.5, -20 - flux / 2.0 * x_mm, -20 - flux / 2.0 * 6.5 - flux / 0.4 * (x_mm - 6.5))
    assert np.abs(found_c - exact).max() < 0.05


def test_conductivity_that_rises_with_cold():
    """Steady frozen slab with k = 1.4 − 0.014 (T + 8): theta, not T, is linear between the walls."""
    ice = {**DEAD, "k_frozen_w_per_m_k": 1.4, "k_frozen_slope_w_per_m_k2": -0.014}
    labels = np.zeros((1, 1, 41), np.uint8)
    found_c = between_walls(labels, [ice], first_c=-20.0, last_c=-120.0, spacing_mm=0.5, time_s=3000.0)

    def theta(t_c):
        return 1.4 * (t_c + 8) - 0.007 * (t_c + 8) ** 2

    exact = theta(-20.0) + np.arange(41) / 40 * (theta(-120.0) - theta(-20.0))
    assert np.abs(theta(found_c) - exact).max() < 1e-3 * abs(theta(-120.0))


def test_frozen_tissue_has_no_blood():
    found = predict(np.zeros((2, 2, 2), np.uint8), [MUSCLE], spacing_mm=1.0, start=-2.0, times_s=(60.0,))
    assert found.temperature_c == pytest.approx(-2.0, abs=1e-3)


def test_blood_does_not_return_where_tissue_has_frozen():
    """A known heat thaws a block and warms it to 10 °C; without blood it then stays there."""
    start_c, wanted_c, volume_m3 = -4.0, 10.0, 8e-9
    share = (start_c - MUSCLE["solidus_c"]) / 7.0
    density, cold, warm = (
        MUSCLE[name] for name in ("density_kg_per_m3", "c_frozen_j_per_kg_k", "c_unfrozen_j_per_kg_k")
    )
    through_mush = density * (MUSCLE["latent_heat_j_per_kg"] + (cold + warm) / 2 * 7.0)
    needed_j = volume_m3 * (through_mush * (1 - share) + density * warm * (wanted_c + 1.0))
    everywhere = np.ones((2, 2, 2), bool)
    course = ((0.0, 100.0, 100.001), (needed_j / 100.0, needed_j / 100.0, 0.0))
    found = predict(
        np.zeros((2, 2, 2), np.uint8),
        [MUSCLE],
        spacing_mm=1.0,
        start=start_c,
        heat=[Heat(everywhere, course)],
        times_s=(101.0, 900.0),
    )
    assert found.temperature_c[0] == pytest.approx(wanted_c, abs=0.05)
    assert found.temperature_c[1] == pytest.approx(found.temperature_c[0], abs=1e-3)
