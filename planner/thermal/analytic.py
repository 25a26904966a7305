"""What does mathematics say? Closed forms the solver is held against; nothing here knows the grid.

Neumann's planar freezing and the line sink with freezing: Carslaw and Jaeger, Conduction of Heat in Solids, ch. XI.
Both have a sharp front at ``freezing_c`` and constant properties on either side; the two mushy forms have a freezing
range between two fronts. The steady, the superposed and the finite forms are elementary and derived where they stand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import SimulationRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray


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


@dataclass(frozen=True, slots=True)
class MushyMedium:
    """A medium that freezes over a range with one conductivity and one effective capacity in it, SI units.

    Attributes
    ----------
    k_w_per_m_k, heat_capacity_j_per_m3_k
        Of the frozen, the mushy and the liquid region.
    solidus_c, liquidus_c
        Ends of the range, °C.
    """

    k_w_per_m_k: tuple[float, float, float]
    heat_capacity_j_per_m3_k: tuple[float, float, float]
    solidus_c: float
    liquidus_c: float

    @property
    def diffusivity_m2_per_s(self) -> tuple[float, float, float]:
        """K / (rho c) of the frozen, the mushy and the liquid region."""
        a, b, c = (k / h for k, h in zip(self.k_w_per_m_k, self.heat_capacity_j_per_m3_k, strict=True))
        return a, b, c


def mushy_planar_numbers(medium: MushyMedium, *, start_c: float, wall_c: float) -> tuple[float, float]:
    """Return (l, e): solidus = 2 l sqrt(a_frozen t), liquidus = 2 e sqrt(a_mush t), for a wall on a half-space.

    Three error-function profiles with continuous temperature and flux; latent heat is part of the mushy capacity
    (Özisik and Uzzell 1979 treat the cylinder the same way).
    """
    from scipy.special import erf, erfc

    (k_s, k_m, k_l), (a_s, a_m, a_l) = medium.k_w_per_m_k, medium.diffusivity_m2_per_s
    width = medium.liquidus_c - medium.solidus_c

    def fluxes(solidus_x: float, liquidus_x: float) -> tuple[float, float, float, float]:
        """Flux times sqrt(pi t) each side of the solidus and of the liquidus; arguments are position / (2 sqrt t)."""
        s, m1, m2, w = (
            solidus_x / np.sqrt(a_s),
            solidus_x / np.sqrt(a_m),
            liquidus_x / np.sqrt(a_m),
            liquidus_x / np.sqrt(a_l),
        )
        cold = k_s * (medium.solidus_c - wall_c) * np.exp(-(s**2)) / erf(s) / np.sqrt(a_s)
        mush = k_m * width / (erf(m2) - erf(m1)) / np.sqrt(a_m)
        warm = k_l * (start_c - medium.liquidus_c) * np.exp(-(w**2)) / erfc(w) / np.sqrt(a_l)
        return cold, mush * np.exp(-(m1**2)), mush * np.exp(-(m2**2)), warm

    solidus, liquidus = _two_fronts(fluxes, guess=np.sqrt(a_s) * np.array([0.4, 0.45]))
    return solidus / float(np.sqrt(a_s)), liquidus / float(np.sqrt(a_m))


def mushy_line_numbers(medium: MushyMedium, *, start_c: float, heat_w_per_m: float) -> tuple[float, float]:
    """Return (l, e) as :func:`mushy_planar_numbers` does, for a line that takes ``heat_w_per_m``."""
    from scipy.special import exp1

    (_, k_m, k_l), (a_s, a_m, a_l) = medium.k_w_per_m_k, medium.diffusivity_m2_per_s
    width = medium.liquidus_c - medium.solidus_c

    def fluxes(solidus_x: float, liquidus_x: float) -> tuple[float, float, float, float]:
        """Half the heat per metre and radian each side of the fronts; arguments are radius / (2 sqrt t)."""
        m1, m2, w = solidus_x**2 / a_m, liquidus_x**2 / a_m, liquidus_x**2 / a_l
        mush = k_m * width / (exp1(m1) - exp1(m2))
        cold = heat_w_per_m / (4 * np.pi) * np.exp(-(solidus_x**2) / a_s)
        warm = k_l * (start_c - medium.liquidus_c) * np.exp(-w) / exp1(w)
        return cold, mush * np.exp(-m1), mush * np.exp(-m2), warm

    sharp = np.sqrt(a_s) * 0.08 * heat_w_per_m / 200.0
    solidus, liquidus = _two_fronts(fluxes, guess=np.array([sharp, 1.4 * sharp]))
    return solidus / float(np.sqrt(a_s)), liquidus / float(np.sqrt(a_m))


def mushy_fronts_linear_k(
    medium: MushyMedium, *, start_c: float, wall_c: float | None = None, heat_w_per_m: float = 0.0
) -> tuple[float, float]:
    """Return (solidus, liquidus) in m per sqrt(s) where k falls linearly through the range, as the solver has it.

    A wall at ``wall_c`` on a half-space, or a line that takes ``heat_w_per_m``. The frozen and the liquid side keep
    their closed forms; the range between is the similarity equation ``(s^p k T')' = -(s^(p+1) / 2) rho c T'`` in
    ``s = x / sqrt(t)``, integrated from the solidus until T is the liquidus. ``medium``'s own k in the range is unused.
    """
    from scipy.integrate import solve_ivp
    from scipy.optimize import brentq
    from scipy.special import erf, erfc, exp1

    (k_s, _, k_l), (a_s, _, a_l) = medium.k_w_per_m_k, medium.diffusivity_m2_per_s
    capacity, width = medium.heat_capacity_j_per_m3_k[1], medium.liquidus_c - medium.solidus_c
    power = 0 if wall_c is not None else 1

    def flux_from_ice(s: float) -> float:
        if wall_c is None:
            return float(heat_w_per_m / (2 * np.pi) * np.exp(-(s**2) / (4 * a_s)))
        root = s / np.sqrt(4 * a_s)
        rise = k_s * (medium.solidus_c - wall_c)
        return float(rise * np.exp(-(root**2)) / erf(root) / np.sqrt(np.pi * a_s))

    def flux_to_liquid(s: float) -> float:
        rise = k_l * (start_c - medium.liquidus_c)
        if wall_c is None:
            return float(2 * rise * np.exp(-(s**2) / (4 * a_l)) / exp1(s**2 / (4 * a_l)))
        root = s / np.sqrt(4 * a_l)
        return float(rise * np.exp(-(root**2)) / erfc(root) / np.sqrt(np.pi * a_l))

    def slope(s: float, state: NDArray[np.float64]) -> list[float]:
        """Of temperature above the solidus and of the flux times s^p."""
        k = k_s + (k_l - k_s) * min(max(state[0] / width, 0.0), 1.0)
        gradient = state[1] / (k * s**power)
        return [gradient, -(s ** (power + 1)) / 2 * capacity * gradient]

    def reaches(s: float, state: NDArray[np.float64]) -> float:  # noqa: ARG001 - solve_ivp hands both over
        return float(state[0] - width)

    reaches.terminal = True  # type: ignore[attr-defined]

    def through(solidus_x: float) -> tuple[float, float]:
        path = solve_ivp(
            slope, (solidus_x, 20 * solidus_x), [0.0, flux_from_ice(solidus_x)], events=reaches, rtol=1e-9, atol=1e-12
        )
        return float(path.t[-1]), float(path.y[1, -1])

    def imbalance(solidus_x: float) -> float:
        liquidus, flux = through(solidus_x)
        return flux - flux_to_liquid(liquidus)

    if wall_c is not None:
        near, _ = mushy_planar_numbers(medium, start_c=start_c, wall_c=wall_c)
    else:
        near, _ = mushy_line_numbers(medium, start_c=start_c, heat_w_per_m=heat_w_per_m)
    guess = 2 * near * np.sqrt(a_s)
    solidus = float(brentq(imbalance, 0.9 * guess, 1.1 * guess, xtol=1e-12))
    return solidus, through(solidus)[0]


def _two_fronts(
    fluxes: Callable[[float, float], tuple[float, float, float, float]], *, guess: NDArray[np.float64]
) -> tuple[float, float]:
    from scipy.optimize import fsolve

    def imbalance(logs: NDArray[np.float64]) -> list[float]:
        first, gap = np.exp(logs)
        before, after, inner, outer = fluxes(float(first), float(first + gap))
        return [float(np.log(before / after)), float(np.log(inner / outer))]

    logs, _, found, message = fsolve(imbalance, np.log([guess[0], guess[1] - guess[0]]), xtol=1e-12, full_output=True)
    if found != 1:
        raise SimulationRefused(f"The two fronts of this medium were not found: {message}", code="similarity-not-found")
    first, gap = np.exp(logs)
    return float(first), float(first + gap)


@dataclass(frozen=True, slots=True)
class PerfusedSteady:
    """Steady ice round a cold cylinder or sphere in perfused tissue: no blood inside the front, Pennes outside.

    Attributes
    ----------
    k_frozen_w_per_m_k, k_liquid_w_per_m_k, perfusion_w_per_m3_k, metabolic_w_per_m3
        Of the tissue; the front is at 0 °C.
    radius_mm, surface_c
        Of the probe.
    sphere
        A sphere, not an endless cylinder.
    core_c
        Temperature of the blood.
    """

    k_frozen_w_per_m_k: float
    k_liquid_w_per_m_k: float
    perfusion_w_per_m3_k: float
    metabolic_w_per_m3: float
    radius_mm: float
    surface_c: float
    sphere: bool
    core_c: float = 37.0

    @property
    def far_c(self) -> float:
        """Temperature far away: blood plus what metabolism adds."""
        return self.core_c + self.metabolic_w_per_m3 / self.perfusion_w_per_m3_k

    @property
    def decay_mm(self) -> float:
        """Length over which blood restores the temperature."""
        return float(1e3 * np.sqrt(self.k_liquid_w_per_m_k / self.perfusion_w_per_m3_k))

    def front_mm(self) -> float:
        """Radius at which heat let in by the ice equals heat given by perfused tissue."""
        from scipy.optimize import brentq
        from scipy.special import k0e, k1e

        def imbalance(front_mm: float) -> float:
            r = front_mm / self.decay_mm
            decay = 1 + 1 / r if self.sphere else k1e(r) / k0e(r)
            given = self.k_liquid_w_per_m_k * self.far_c * decay / self.decay_mm
            shape_mm = front_mm * (front_mm / self.radius_mm - 1 if self.sphere else np.log(front_mm / self.radius_mm))
            return float(-self.k_frozen_w_per_m_k * self.surface_c / shape_mm - given)

        return float(brentq(imbalance, self.radius_mm * (1 + 1e-9), self.radius_mm * 1e4))

    def isotherm_mm(self, level_c: float) -> float:
        """Radius of an isotherm at or below 0 °C."""
        front_mm, share = self.front_mm(), level_c / self.surface_c
        if self.sphere:
            return 1 / (1 / front_mm + share * (1 / self.radius_mm - 1 / front_mm))
        return float(front_mm * (self.radius_mm / front_mm) ** share)


@dataclass(frozen=True, slots=True)
class TwoCylinders:
    """Steady field between a cold probe and a warm vessel, parallel and endless (bipolar coordinates).

    In ``theta = k T`` (frozen k below 0 °C, liquid k above) the field is harmonic and constant on both circles.
    The origin lies between the poles; the probe is on the side of positive x.
    """

    probe_radius_mm: float
    vessel_radius_mm: float
    apart_mm: float
    probe_c: float
    vessel_c: float
    k_frozen_w_per_m_k: float
    k_liquid_w_per_m_k: float

    @property
    def pole_mm(self) -> float:
        """Half the distance between the two poles: sqrt(c² + a²) + sqrt(c² + b²) = D."""
        a, b, d = self.probe_radius_mm, self.vessel_radius_mm, self.apart_mm
        return float(np.sqrt((d**2 - (a + b) ** 2) * (d**2 - (a - b) ** 2)) / (2 * d))

    @property
    def probe_x_mm(self) -> float:
        """Centre of the probe."""
        return float(np.hypot(self.pole_mm, self.probe_radius_mm))

    @property
    def vessel_x_mm(self) -> float:
        """Centre of the vessel, negative."""
        return -float(np.hypot(self.pole_mm, self.vessel_radius_mm))

    def temperature_c(self, x_mm: NDArray[np.float64], y_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Exact temperature, °C; inside the circles their own."""
        c = self.pole_mm
        tiny = 1e-9
        tau = 0.5 * np.log(((x_mm + c) ** 2 + y_mm**2 + tiny) / ((x_mm - c) ** 2 + y_mm**2 + tiny))
        at_probe = np.arcsinh(c / self.probe_radius_mm)
        at_vessel = -np.arcsinh(c / self.vessel_radius_mm)
        cold, warm = self.k_frozen_w_per_m_k * self.probe_c, self.k_liquid_w_per_m_k * self.vessel_c
        share = np.clip((tau - at_vessel) / (at_probe - at_vessel), 0, 1)
        theta = warm + share * (cold - warm)
        k_w_per_m_k = np.where(theta < 0, self.k_frozen_w_per_m_k, self.k_liquid_w_per_m_k)
        return np.asarray(theta / k_w_per_m_k, dtype=np.float64)

    def isotherm_from_probe_mm(self, level_c: float) -> float:
        """Distance of an isotherm from the probe's centre, on the line toward the vessel."""
        from scipy.optimize import brentq

        low, high = self.vessel_x_mm + self.vessel_radius_mm, self.probe_x_mm - self.probe_radius_mm
        zero = np.zeros(1)
        x_mm = brentq(lambda x: float(self.temperature_c(np.array([x]), zero)[0]) - level_c, low, high)
        return self.probe_x_mm - float(x_mm)


def warm_line_c(
    distances_mm: Sequence[float],
    time_s: float,
    *,
    k_w_per_m_k: float,
    heat_capacity_j_per_m3_k: float,
    heat_w_per_m: float,
    start_c: float,
) -> float:
    """Temperature, °C, at distances from endless line sinks of equal strength that freeze nothing: they add up."""
    from scipy.special import exp1

    diffusivity = k_w_per_m_k / heat_capacity_j_per_m3_k
    fall = sum(float(exp1((r * 1e-3) ** 2 / (4 * diffusivity * time_s))) for r in distances_mm)
    return start_c - heat_w_per_m / (4 * np.pi * k_w_per_m_k) * fall


def short_line_c(  # noqa: PLR0913 - place, line and tissue; nothing can be left out
    radius_mm: float,
    along_mm: float,
    time_s: float,
    *,
    length_mm: float,
    k_w_per_m_k: float,
    heat_capacity_j_per_m3_k: float,
    heat_w_per_m: float,
    start_c: float,
) -> float:
    """Temperature, °C, beside a line sink of finite length that freezes nothing; ``along_mm`` from its middle.

    ``T0 - q / (4 pi k) * integral of erfc(rho / sqrt(4 a t)) / rho`` over the line.
    """
    from scipy.integrate import quad
    from scipy.special import erfc

    reach_mm = 1e3 * np.sqrt(4 * k_w_per_m_k / heat_capacity_j_per_m3_k * time_s)

    def share(z_mm: float) -> float:
        rho_mm = float(np.hypot(radius_mm, along_mm - z_mm))
        return float(erfc(rho_mm / reach_mm)) / rho_mm

    inside = [along_mm] if abs(along_mm) < length_mm / 2 else None
    fall, _ = quad(share, -length_mm / 2, length_mm / 2, points=inside, limit=200)
    return start_c - heat_w_per_m / (4 * np.pi * k_w_per_m_k) * float(fall)


def rewarmed_c(
    time_s: float,
    *,
    start_c: float,
    far_c: float,
    perfusion_w_per_m3_k: float,
    heat_capacity_j_per_m3_k: float,
) -> float:
    """Temperature, °C, of tissue that only blood warms."""
    return float(far_c - (far_c - start_c) * np.exp(-perfusion_w_per_m3_k * time_s / heat_capacity_j_per_m3_k))


def cooled_half_space_c(
    x_mm: NDArray[np.float64], time_s: float, *, diffusivity_m2_per_s: float, start_c: float, wall_c: float
) -> NDArray[np.float64]:
    """Temperature, °C, behind a wall whose temperature changed at time zero and that freezes nothing."""
    from scipy.special import erf

    profile: NDArray[np.float64] = np.asarray(erf(x_mm * 1e-3 / np.sqrt(4 * diffusivity_m2_per_s * time_s)))
    return wall_c + (start_c - wall_c) * profile
