"""What does heat do in here? Thermal properties of one tissue, every value with its status and source."""

from __future__ import annotations

from dataclasses import dataclass

from planner.domain.datum import Datum


@dataclass(frozen=True, slots=True)
class Tissue:
    """Thermal properties, SI units, °C. Frozen values apply at and below the solidus.

    ``k_frozen_slope_w_per_m_k2`` is dk/dT below the solidus (negative: ice conducts better when colder).
    ``fixed_temperature_c`` marks large vessels held at blood temperature.
    """

    id: str
    label: str
    density_kg_per_m3: Datum
    c_unfrozen_j_per_kg_k: Datum
    c_frozen_j_per_kg_k: Datum
    k_unfrozen_w_per_m_k: Datum
    k_frozen_w_per_m_k: Datum
    latent_heat_j_per_kg: Datum
    solidus_c: Datum
    liquidus_c: Datum
    perfusion_w_per_m3_k: Datum
    metabolic_w_per_m3: Datum
    k_frozen_slope_w_per_m_k2: float = 0.0
    fixed_temperature_c: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def unverified_words(self) -> tuple[str, ...]:
        """Field names whose value was recalled or set by the project instead of read in a source."""
        return tuple(
            name
            for name in self.__slots__
            if isinstance(datum := getattr(self, name), Datum) and not datum.status.is_verified
        )
