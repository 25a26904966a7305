"""How do temperature, enthalpy and heat flow depend on each other in one tissue? The only file that converts units.

State is the normalised enthalpy ``u = H / Hm``: H = 0 at the solidus, H = Hm at the liquidus, with
``Hm = rho L + (rho cu + rho cf) / 2 (Tl - Ts)``. With the liquid fraction ``l = clip(u, 0, 1)``:

- ``T = Ts + (Hm/cf) min(u, 0) + (Tl - Ts) l + (Hm/cu) max(u - 1, 0)``
- ``theta = integral of k dT from Ts``, quadratic in ``l`` (k linear in the mushy zone) and, below the solidus, in T
  when the tissue states a slope dk/dT.

Kirchhoff's transformation and the enthalpy form are textbook (Carslaw and Jaeger; Özisik): fluxes across a front are
exact integral means of k, so a front never locks to the grid.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import SimulationRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.domain.simulation import BodyConditions
    from planner.domain.tissue import Tissue

OUTSIDE_AIR = "outside air"

# Columns of Materials.table.
SOLIDUS, MUSH, A_FROZEN, A_LIQUID, K_FROZEN, K_LIQUID, SLOPE, ENTHALPY, PERFUSION, METABOLIC, FIXED = range(11)

CAPACITY_FLOOR_J_PER_M3_K = 1e5
"""Gas stores 1e3 J/(m³ K), tissue 4e6. Gas raised to 1e5 keeps the explicit step long and stores 3 % of tissue."""

_POSITIVE = (
    "density_kg_per_m3",
    "c_unfrozen_j_per_kg_k",
    "c_frozen_j_per_kg_k",
    "k_unfrozen_w_per_m_k",
    "k_frozen_w_per_m_k",
)
_NOT_NEGATIVE = ("latent_heat_j_per_kg", "perfusion_w_per_m3_k", "metabolic_w_per_m3")
_WORDS = {
    "density_kg_per_m3": "density",
    "c_unfrozen_j_per_kg_k": "unfrozen heat capacity",
    "c_frozen_j_per_kg_k": "frozen heat capacity",
    "k_unfrozen_w_per_m_k": "unfrozen conductivity",
    "k_frozen_w_per_m_k": "frozen conductivity",
    "latent_heat_j_per_kg": "latent heat",
    "solidus_c": "solidus",
    "liquidus_c": "liquidus",
    "perfusion_w_per_m3_k": "perfusion",
    "metabolic_w_per_m3": "metabolic heat",
}


@dataclass(frozen=True, slots=True, eq=False)
class Materials:
    """Solver constants of every tissue on the map.

    Parameters
    ----------
    ids
        Tissue id of each row; the outside air is :data:`OUTSIDE_AIR`.
    table
        shape (M, 11), float64: solidus °C, mushy width K, Hm/cf K, Hm/cu K, k frozen and unfrozen W/(m K), dk/dT
        below the solidus W/(m K²), Hm J/m³, perfusion times h² W/(m K), metabolic heat times h² W/m, 1 where fixed.
    fixed_c
        shape (M,), float64, °C: temperature of fixed materials, NaN elsewhere.
    core_c
        Blood temperature that perfusion brings, °C.
    spacing_m
        Edge of one cell, m.
    """

    ids: tuple[str, ...]
    table: NDArray[np.float64]
    fixed_c: NDArray[np.float64]
    core_c: float
    spacing_m: float

    @property
    def is_fixed(self) -> NDArray[np.bool_]:
        """Which materials keep their temperature, shape (M,)."""
        return np.isfinite(self.fixed_c)


def build_materials(
    ids: Sequence[str], *, tissues: Sequence[Tissue], conditions: BodyConditions, spacing_mm: float
) -> Materials:
    """Convert the tissues on the map to solver constants; raise SimulationRefused where a value cannot be used."""
    by_id = {tissue.id: tissue for tissue in tissues}
    h_m = spacing_mm * 1e-3
    rows, fixed = [], []
    for tissue_id in ids:
        if tissue_id == OUTSIDE_AIR:
            rows.append(_air_row(conditions, h_m))
            fixed.append(conditions.air_temperature_c)
            continue
        if tissue_id not in by_id:
            raise SimulationRefused(
                f"The tissue map holds “{tissue_id}”, which is not in the request's tissue table.",
                code="tissue-unknown",
            )
        tissue = by_id[tissue_id]
        rows.append(_row(tissue, h_m))
        fixed.append(math.nan if tissue.fixed_temperature_c is None else tissue.fixed_temperature_c)
    _check_conditions(conditions)
    return Materials(
        tuple(ids), np.array(rows), np.array(fixed, dtype=float), float(conditions.core_temperature_c), h_m
    )


def temperature_c(u: NDArray[np.float64], row: NDArray[np.float64]) -> NDArray[np.float64]:
    """Temperature of normalised enthalpy, °C; ``row`` has the table's columns on its last axis and broadcasts."""
    liquid = np.clip(u, 0, 1)
    warm = row[..., A_LIQUID] * np.maximum(u - 1, 0)
    result: NDArray[np.float64] = (
        row[..., SOLIDUS] + row[..., A_FROZEN] * np.minimum(u, 0) + row[..., MUSH] * liquid + warm
    )
    return result


def enthalpy_u(t_c: NDArray[np.float64], row: NDArray[np.float64]) -> NDArray[np.float64]:
    """Normalised enthalpy of temperature: the inverse of :func:`temperature_c`."""
    above = t_c - row[..., SOLIDUS]
    cold = np.minimum(above, 0) / row[..., A_FROZEN]
    warm = np.maximum(above - row[..., MUSH], 0) / row[..., A_LIQUID]
    result: NDArray[np.float64] = cold + np.clip(above / row[..., MUSH], 0, 1) + warm
    return result


def theta_w_per_m(u: NDArray[np.float64], row: NDArray[np.float64]) -> NDArray[np.float64]:
    """Kirchhoff variable of normalised enthalpy: integral of k from the solidus, W/m."""
    k_frozen, k_liquid = row[..., K_FROZEN], row[..., K_LIQUID]
    below = row[..., A_FROZEN] * np.minimum(u, 0)
    liquid = np.clip(u, 0, 1)
    cold = k_frozen * below + row[..., SLOPE] / 2 * below**2
    mush = row[..., MUSH] * (k_frozen * liquid + (k_liquid - k_frozen) / 2 * liquid**2)
    result: NDArray[np.float64] = cold + mush + k_liquid * row[..., A_LIQUID] * np.maximum(u - 1, 0)
    return result


def conductivity_w_per_m_k(u: NDArray[np.float64], row: NDArray[np.float64]) -> NDArray[np.float64]:
    """Conductivity at normalised enthalpy, W/(m K)."""
    cold = row[..., SLOPE] * row[..., A_FROZEN] * np.minimum(u, 0)
    result: NDArray[np.float64] = (
        row[..., K_FROZEN] + cold + (row[..., K_LIQUID] - row[..., K_FROZEN]) * np.clip(u, 0, 1)
    )
    return result


def unverified_words(ids: Sequence[str], tissues: Sequence[Tissue]) -> tuple[str, ...]:
    """Name the values on the map that were recalled or set by the project, such as ``"Muscle: latent heat"``.

    A mixture is as doubtful as its parts, which are named in its place.
    """
    parts = {part for tissue in tissues if tissue.id in ids for part, _ in tissue.parts}
    words = [
        f"{tissue.label}: {_WORDS.get(name, name)}"
        for tissue in tissues
        if (tissue.id in ids or tissue.id in parts) and not tissue.parts
        for name in tissue.unverified_words
    ]
    return tuple(dict.fromkeys(words))


def _value(tissue: Tissue, name: str) -> float:
    value = getattr(tissue, name).value
    if value is None:
        raise SimulationRefused(
            f"{tissue.label} has no known {_WORDS[name]}, so nothing can be predicted near it. "
            "Enter a sourced value in the tissue table or assign another tissue.",
            code="tissue-missing",
        )
    allowed = value > 0 if name in _POSITIVE else value >= 0 if name in _NOT_NEGATIVE else True
    if not math.isfinite(value) or not allowed:
        raise SimulationRefused(
            f"{tissue.label} has an impossible {_WORDS[name]} of {value:g}. Correct it in the tissue table.",
            code="tissue-value",
        )
    return float(value)


def _row(tissue: Tissue, h_m: float) -> list[float]:
    values = {name: _value(tissue, name) for name in _WORDS}
    solidus, mush = values["solidus_c"], values["liquidus_c"] - values["solidus_c"]
    if mush <= 0:
        raise SimulationRefused(
            f"{tissue.label}: the solidus ({solidus:g} °C) must lie below the liquidus ({values['liquidus_c']:g} °C).",
            code="tissue-value",
        )
    _check_slope(tissue, values["k_frozen_w_per_m_k"])
    density = values["density_kg_per_m3"]
    c_frozen = max(density * values["c_frozen_j_per_kg_k"], CAPACITY_FLOOR_J_PER_M3_K)
    c_liquid = max(density * values["c_unfrozen_j_per_kg_k"], CAPACITY_FLOOR_J_PER_M3_K)
    enthalpy = density * values["latent_heat_j_per_kg"] + (c_frozen + c_liquid) / 2 * mush
    return [
        solidus,
        mush,
        enthalpy / c_frozen,
        enthalpy / c_liquid,
        values["k_frozen_w_per_m_k"],
        values["k_unfrozen_w_per_m_k"],
        tissue.k_frozen_slope_w_per_m_k2,
        enthalpy,
        values["perfusion_w_per_m3_k"] * h_m**2,
        values["metabolic_w_per_m3"] * h_m**2,
        0.0 if tissue.fixed_temperature_c is None else 1.0,
    ]


def _check_slope(tissue: Tissue, k_frozen_w_per_m_k: float) -> None:
    slope = tissue.k_frozen_slope_w_per_m_k2
    if not math.isfinite(slope) or k_frozen_w_per_m_k + slope * -200 <= 0:
        raise SimulationRefused(
            f"{tissue.label}: with a slope of {slope:g} W/(m K²) the frozen conductivity falls to zero above −200 °C.",
            code="tissue-value",
        )
    if tissue.fixed_temperature_c is not None and not -200 <= tissue.fixed_temperature_c <= 60:
        raise SimulationRefused(
            f"{tissue.label} is held at {tissue.fixed_temperature_c:g} °C, outside −200 to 60 °C.", code="tissue-value"
        )


def _air_row(conditions: BodyConditions, h_m: float) -> list[float]:
    """Air as half a cell whose conductance equals the skin's convection: k h/2 in series with the tissue's half."""
    k_air = conditions.skin_convection_w_per_m2_k * h_m / 2
    return [-1000.0, 1.0, 1.0, 1.0, k_air, k_air, 0.0, 1.0, 0.0, 0.0, 1.0]


def _check_conditions(conditions: BodyConditions) -> None:
    core, air = conditions.core_temperature_c, conditions.air_temperature_c
    convection = conditions.skin_convection_w_per_m2_k
    if not (0 < core <= 45 and -50 <= air <= 60 and 0 < convection <= 1e4):
        raise SimulationRefused(
            f"Body conditions of {core:g} °C core, {air:g} °C air and {convection:g} W/(m² K) are not plausible.",
            code="body-conditions",
        )
