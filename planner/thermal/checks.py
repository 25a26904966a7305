"""May this prediction be shown? Finite, within plausible bounds, heat accounted for: else no picture at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import SimulationRefused

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.thermal.stepper import Body

COLDEST_C, WARMEST_C = -200.0, 60.0
MOST_ENERGY_ERROR = 0.01
EDGE_CHANGE_K = 0.5


def check_temperatures(t_c: NDArray[np.floating], *, moment: str) -> None:
    """Raise SimulationRefused unless every temperature is finite and between −200 and 60 °C."""
    if not np.isfinite(t_c).all():
        raise SimulationRefused(
            f"The prediction broke down {moment}: a temperature is not a number. No result is shown.",
            code="not-finite",
        )
    low, high = float(t_c.min()), float(t_c.max())
    if low < COLDEST_C or high > WARMEST_C:
        raise SimulationRefused(
            f"The prediction broke down {moment}: {low:.0f} to {high:.0f} °C is outside {COLDEST_C:g} to "
            f"{WARMEST_C:g} °C. No result is shown.",
            code="out-of-bounds",
        )


def check_energy(error: float, *, moment: str) -> None:
    """Raise SimulationRefused when more than 1 % of the heat that moved is unaccounted for."""
    if not error <= MOST_ENERGY_ERROR:
        raise SimulationRefused(
            f"The prediction broke down {moment}: {error:.2%} of the heat is unaccounted for; at most "
            f"{MOST_ENERGY_ERROR:.0%} is accepted. No result is shown.",
            code="energy-balance",
        )


def check_body(body: Body, *, moment: str) -> NDArray[np.float32]:
    """Return the temperature now, shape (K, J, I), float32, °C, after both checks."""
    t_c = body.temperature_c()
    check_temperatures(t_c, moment=moment)
    check_energy(body.energy_error, moment=moment)
    return t_c


def reaches_edge(
    baseline_c: NDArray[np.floating], minimum_c: NDArray[np.floating], final_c: NDArray[np.floating]
) -> bool:
    """Whether any cell on the grid's outer layer ever cooled, or ended changed, by more than 0.5 °C."""
    for axis in range(3):
        for end in (0, -1):
            start, coldest, final = (np.take(t_c, end, axis=axis) for t_c in (baseline_c, minimum_c, final_c))
            if float(np.maximum(start - coldest, np.abs(final - start)).max()) > EDGE_CHANGE_K:
                return True
    return False
