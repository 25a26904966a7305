"""Is the compiled kernel right? The same scheme in plain numpy, float64, written for reading and never for speed.

Tests run both on the same small boxes. Nothing in the product calls this file; ``frostline bench`` times against it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.thermal.properties import (
    ENTHALPY,
    METABOLIC,
    PERFUSION,
    conductivity_w_per_m_k,
    temperature_c,
    theta_w_per_m,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from planner.thermal.scene import Scene


@dataclass(frozen=True, slots=True, eq=False)
class Exchange:
    """Probe exchange of every cell, shape (K, J, I): heat = drive (W/m) - conductance (dimensionless) times theta."""

    conductance: NDArray[np.float64]
    drive_w_per_m: NDArray[np.float64]


def heat_w_per_m(
    u: NDArray[np.float64],
    lowest_u: NDArray[np.float64],
    scene: Scene,
    exchange: Exchange,
) -> NDArray[np.float64]:
    """Return h² dH/dt of every cell, shape (K, J, I), W/m: conduction, probes, and blood where it still flows."""
    rows = scene.rows
    theta, k, t_c = theta_w_per_m(u, rows), conductivity_w_per_m_k(u, rows), temperature_c(u, rows)
    heat = exchange.drive_w_per_m - exchange.conductance * theta
    for low, high in _neighbours():
        unlike = scene.index[low] != scene.index[high]
        harmonic = 2 * k[low] * k[high] / (k[low] + k[high]) * (t_c[high] - t_c[low])
        flux = np.where(unlike, harmonic, theta[high] - theta[low])
        heat[low] += flux
        heat[high] -= flux
    flowing = np.minimum(u, lowest_u) >= 1
    blood = rows[..., PERFUSION] * (scene.materials.core_c - t_c) + rows[..., METABOLIC]
    heat += np.where(flowing, blood, 0)
    heat[scene.materials.is_fixed[scene.index]] = 0
    return heat


def macro_step(
    u: NDArray[np.float64],
    lowest_u: NDArray[np.float64],
    scene: Scene,
    exchange: Exchange,
    *,
    step_s: float,
    stages: int,
) -> NDArray[np.float64]:
    """Advance u by ``step_s`` with RKL1 of ``stages`` stages; return the new u, shape (K, J, I)."""
    gain = 2 / (stages**2 + stages) * step_s / (scene.rows[..., ENTHALPY] * scene.materials.spacing_m**2)
    before, now = u, u
    for j in range(1, stages + 1):
        heat = heat_w_per_m(now, lowest_u, scene, exchange)
        mu, nu = (2 * j - 1) / j, -(j - 1) / j
        before, now = now, mu * now + nu * before + mu * gain * heat
    return now


def _neighbours() -> Iterator[tuple[tuple[slice, ...], tuple[slice, ...]]]:
    for axis in range(3):
        low = [slice(None)] * 3
        high = [slice(None)] * 3
        low[axis], high[axis] = slice(None, -1), slice(1, None)
        yield tuple(low), tuple(high)
