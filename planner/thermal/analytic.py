"""What does mathematics say? Closed forms the solver is held against; nothing here knows the grid.

Neumann's planar freezing and the line sink with freezing: Carslaw and Jaeger, Conduction of Heat in Solids, ch. XI.
Both have a sharp front at ``freezing_c`` and constant properties on either side.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class SharpMedium:
    """A medium that freezes at one temperature, SI units."""

    k_frozen_w_per_m_k: float
    k_liquid_w_per_m_k: float
    c_frozen_j_per_kg_k: float
    c_liquid_j_per_kg_k: float
    density_kg_per_m3: float
    latent_j_per_kg: float
    freezing_c: float = 0.0

    @property
    def frozen_diffusivity_m2_per_s(self) -> float:
        """K / (rho c) of the frozen side."""
        return self.k_frozen_w_per_m_k / (self.density_kg_per_m3 * self.c_frozen_j_per_kg_k)

    @property
    def liquid_diffusivity_m2_per_s(self) -> float:
        """K / (rho c) of the liquid side."""
        return self.k_liquid_w_per_m_k / (self.density_kg_per_m3 * self.c_liquid_j_per_kg_k)


GEL = SharpMedium(2.22, 0.6, 2090.0, 4180.0, 1000.0, 334000.0)
"""Water and ice with one density: a gel phantom."""


def planar_lambda(medium: SharpMedium, *, start_c: float, wall_c: float) -> float:
    """Return Neumann's similarity number: front = 2 lambda sqrt(alpha_s t)."""
    from scipy.optimize import brentq
    from scipy.special import erf, erfc

    a_s, a_l = medium.frozen_diffusivity_m2_per_s, medium.liquid_diffusivity_m2_per_s
    warm = (start_c - medium.freezing_c) / (medium.freezing_c - wall_c)
    ratio = medium.k_liquid_w_per_m_k / medium.k_frozen_w_per_m_k * np.sqrt(a_s / a_l) * warm
    stefan = medium.latent_j_per_kg / (medium.c_frozen_j_per_kg_k * (medium.freezing_c - wall_c))

    def imbalance(x: float) -> float:
        cold = np.exp(-(x**2)) / erf(x)
        return float(
            cold - ratio * np.exp(-(x**2) * a_s / a_l) / erfc(x * np.sqrt(a_s / a_l)) - x * np.sqrt(np.pi) * stefan
        )

    return float(brentq(imbalance, 1e-4, 3.0))


def planar_front_mm(medium: SharpMedium, time_s: float, *, start_c: float, wall_c: float) -> float:
    """Return how far Neumann's front has come, mm."""
    lam = planar_lambda(medium, start_c=start_c, wall_c=wall_c)
    return float(2e3 * lam * np.sqrt(medium.frozen_diffusivity_m2_per_s * time_s))


def line_sink_lambda(medium: SharpMedium, *, start_c: float, heat_w_per_m: float) -> float:
    """Return the similarity number of a line sink with freezing: R = 2 lambda sqrt(alpha_s t)."""
    from scipy.optimize import brentq
    from scipy.special import exp1

    b = medium.frozen_diffusivity_m2_per_s / medium.liquid_diffusivity_m2_per_s
    warm = medium.k_liquid_w_per_m_k * (start_c - medium.freezing_c)
    latent = medium.density_kg_per_m3 * medium.latent_j_per_kg * medium.frozen_diffusivity_m2_per_s

    def imbalance(x: float) -> float:
        supplied = warm * np.exp(-(x**2) * b) / exp1(x**2 * b)
        return float(heat_w_per_m / (4 * np.pi) * np.exp(-(x**2)) - supplied - latent * x**2)

    return float(brentq(imbalance, 1e-4, 3.0))


def line_sink_radius_mm(medium: SharpMedium, time_s: float, *, start_c: float, heat_w_per_m: float) -> float:
    """Return the radius of the ice around a line sink, mm."""
    lam = line_sink_lambda(medium, start_c=start_c, heat_w_per_m=heat_w_per_m)
    return float(2e3 * lam * np.sqrt(medium.frozen_diffusivity_m2_per_s * time_s))


def line_sink_c(medium: SharpMedium, radius_mm: float, time_s: float, *, start_c: float, heat_w_per_m: float) -> float:
    """Return the temperature at a distance from a line sink, °C."""
    from scipy.special import exp1

    lam = line_sink_lambda(medium, start_c=start_c, heat_w_per_m=heat_w_per_m)
    a_s, a_l = medium.frozen_diffusivity_m2_per_s, medium.liquid_diffusivity_m2_per_s
    r_sq = (radius_mm * 1e-3) ** 2
    if r_sq <= 4 * lam**2 * a_s * time_s:
        near = exp1(r_sq / (4 * a_s * time_s)) - exp1(lam**2)
        return float(medium.freezing_c - heat_w_per_m / (4 * np.pi * medium.k_frozen_w_per_m_k) * near)
    far = exp1(r_sq / (4 * a_l * time_s)) / exp1(lam**2 * a_s / a_l)
    return float(start_c - (start_c - medium.freezing_c) * far)
