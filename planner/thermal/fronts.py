"""Where is the ice if its edge is tracked instead of captured? A second implementation the solver is held against.

One space dimension, r, around a cylinder or a sphere whose surface is cold. Frozen and liquid tissue are two moving
grids that meet at the front; the front moves by the difference of the two fluxes over the latent heat (Stefan). It is
implicit in time, the front found by fixed-point iteration in every step. It shares no line with the stepping kernels:
no enthalpy, no fixed grid, no explicit stages, no Kirchhoff variable.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.thermal.analytic import SharpMedium, planar_lambda

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

ITERATIONS = 4
FIRST_S = 1e-3
"""Until then the front is so near the wall that Neumann's flat solution holds."""


@dataclass(frozen=True, slots=True)
class ColdBody:
    """An endless cylinder or a sphere at one temperature from time zero, in tissue that freezes at one temperature.

    Parameters
    ----------
    radius_mm, surface_c, start_c
        Of the cold body and of the tissue at time zero.
    sphere
        A sphere, not an endless cylinder.
    perfusion_w_per_m3_k, metabolic_w_per_m3
        Of liquid tissue; frozen tissue has neither.
    core_c
        Temperature of the blood.
    """

    medium: SharpMedium
    radius_mm: float
    surface_c: float
    start_c: float = 37.0
    sphere: bool = False
    perfusion_w_per_m3_k: float = 0.0
    metabolic_w_per_m3: float = 0.0
    core_c: float = 37.0


def track_front_mm(
    body: ColdBody,
    times_s: Sequence[float],
    levels_c: Sequence[float],
    *,
    far_mm: float = 120.0,
    step_share: float = 0.01,
    nodes: int = 120,
) -> NDArray[np.float64]:
    """Return the radii of isotherms, shape (times, levels), float64, mm; the freezing point itself is the front.

    Parameters
    ----------
    levels_c
        At or below the freezing point.
    step_share
        Length of a time step as a share of the time that has passed; second order in it.
    """
    start, far = body.radius_mm * 1e-3, far_mm * 1e-3
    medium = body.medium
    lam = planar_lambda(medium, start_c=body.start_c, wall_c=body.surface_c)
    front = start + 2 * lam * np.sqrt(medium.frozen_diffusivity_m2_per_s * FIRST_S)
    cold, warm = _first_profiles(body, front, far, nodes)
    now_s, found = FIRST_S, []
    for time_s in times_s:
        while now_s < time_s * (1 - 1e-12):
            step_s = min(step_share * now_s, time_s - now_s)
            front, cold, warm = _step(body, (front, cold, warm), step_s, far=far)
            now_s += step_s
        radii = start + _cold_grid(nodes) * (front - start)
        found.append([1e3 * float(np.interp(level_c, cold, radii)) for level_c in levels_c])
    return np.array(found)


def _cold_grid(nodes: int) -> NDArray[np.float64]:
    """Positions between wall and front, 0..1."""
    return np.linspace(0, 1, nodes)


def _warm_radii(front: float, far: float, nodes: int) -> NDArray[np.float64]:
    """Radii from front to far boundary, m, dense at the front."""
    stretch = np.expm1(6.0 * np.linspace(0, 1, nodes)) / np.expm1(6.0)
    radii: NDArray[np.float64] = front + stretch * (far - front)
    return radii


def _first_profiles(
    body: ColdBody, front: float, far: float, nodes: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    from scipy.special import erf, erfc

    medium, start = body.medium, body.radius_mm * 1e-3
    depth = np.sqrt(4 * medium.frozen_diffusivity_m2_per_s * FIRST_S)
    lam = (front - start) / depth
    cold = body.surface_c + (medium.freezing_c - body.surface_c) * erf(lam * _cold_grid(nodes)) / erf(lam)
    warm_depth = np.sqrt(4 * medium.liquid_diffusivity_m2_per_s * FIRST_S)
    beyond = (_warm_radii(front, far, nodes) - start) / warm_depth
    warm = body.start_c - (body.start_c - medium.freezing_c) * erfc(beyond) / erfc((front - start) / warm_depth)
    return cold, warm


def _step(
    body: ColdBody, state: tuple[float, NDArray[np.float64], NDArray[np.float64]], step_s: float, *, far: float
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """One implicit step: guess the front, solve both sides, move the front by their fluxes, repeat."""
    front0, cold0, warm0 = state
    medium, start, nodes = body.medium, body.radius_mm * 1e-3, len(cold0)
    grid = _cold_grid(nodes)
    latent = medium.density_kg_per_m3 * medium.latent_j_per_kg
    capacities = (
        medium.density_kg_per_m3 * medium.c_frozen_j_per_kg_k,
        medium.density_kg_per_m3 * medium.c_liquid_j_per_kg_k,
    )
    old_cold, old_warm = start + grid * (front0 - start), _warm_radii(front0, far, nodes)
    speed0 = _front_speed(medium, (old_cold, cold0), (old_warm, warm0), latent)
    front, cold, warm = front0 + speed0 * step_s, cold0, warm0
    for _ in range(ITERATIONS):
        new_cold, new_warm = start + grid * (front - start), _warm_radii(front, far, nodes)
        cold = _diffuse(
            (old_cold, cold0),
            new_cold,
            step_s,
            k=medium.k_frozen_w_per_m_k,
            capacity=capacities[0],
            ends=(body.surface_c, medium.freezing_c),
            sphere=body.sphere,
            blood=(0.0, 0.0),
        )
        supply = body.perfusion_w_per_m3_k * body.core_c + body.metabolic_w_per_m3
        warm = _diffuse(
            (old_warm, warm0),
            new_warm,
            step_s,
            k=medium.k_liquid_w_per_m_k,
            capacity=capacities[1],
            ends=(medium.freezing_c, None),
            sphere=body.sphere,
            blood=(body.perfusion_w_per_m3_k, supply),
        )
        front = front0 + step_s * (speed0 + _front_speed(medium, (new_cold, cold), (new_warm, warm), latent)) / 2
    return front, cold, warm


_Profile = tuple["NDArray[np.float64]", "NDArray[np.float64]"]


def _front_speed(medium: SharpMedium, cold: _Profile, warm: _Profile, latent: float) -> float:
    """Stefan's condition: latent heat times speed = flux into the ice less flux out of the liquid."""
    into = medium.k_frozen_w_per_m_k * _slope_at_end(cold[0][::-1][:3], cold[1][::-1][:3])
    out = medium.k_liquid_w_per_m_k * _slope_at_end(warm[0][:3], warm[1][:3])
    return (into - out) / latent


def _slope_at_end(r: NDArray[np.float64], t: NDArray[np.float64]) -> float:
    """Slope of the parabola through three points, at the first of them."""
    a, b = r[1] - r[0], r[2] - r[0]
    return float((t[1] - t[0]) * b / (a * (b - a)) - (t[2] - t[0]) * a / (b * (b - a)))


def _diffuse(  # noqa: PLR0913 - the coefficients of one equation
    old: _Profile,
    radii: NDArray[np.float64],
    step_s: float,
    *,
    k: float,
    capacity: float,
    ends: tuple[float, float | None],
    sphere: bool,
    blood: tuple[float, float],
) -> NDArray[np.float64]:
    """Solve one side on its moved grid, Crank-Nicolson between the old grid and the new; an end of None is insulated.

    Per node: ``capacity (T' - v dT/dr) = diffusion - perfusion T + supply`` with v the speed of the node.
    """
    from scipy.linalg import solve_banded

    speed = (radii - old[0]) / step_s
    before = _operator(old[0], speed, k=k, capacity=capacity, sphere=sphere, perfusion=blood[0])
    after = _operator(radii, speed, k=k, capacity=capacity, sphere=sphere, perfusion=blood[0])
    old_t = old[1]
    rate = before[1] * old_t
    rate[1:] += before[0][1:] * old_t[:-1]
    rate[:-1] += before[2][:-1] * old_t[1:]
    right = old_t + step_s * (rate / 2 + blood[1] / capacity)
    bands = np.zeros((3, len(radii)))
    bands[0, 1:] = -step_s / 2 * after[2][:-1]
    bands[1] = 1 - step_s / 2 * after[1]
    bands[2, :-1] = -step_s / 2 * after[0][1:]
    bands[1, 0], bands[0, 1], right[0] = 1, 0, ends[0]
    bands[1, -1], bands[2, -2], right[-1] = 1, (0 if ends[1] is not None else -1), (ends[1] or 0.0)
    solution: NDArray[np.float64] = solve_banded((1, 1), bands, right)
    return solution


def _operator(
    r: NDArray[np.float64], speed: NDArray[np.float64], *, k: float, capacity: float, sphere: bool, perfusion: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return (lower, diagonal, upper) of ``diffusion / capacity + v dT/dr - perfusion / capacity`` at the nodes."""
    power = 2 if sphere else 1
    lower, diagonal, upper = (np.zeros(len(r)) for _ in range(3))
    left, right = np.diff(r)[:-1], np.diff(r)[1:]
    middle, width = r[1:-1], (left + right) / 2
    inner = ((r[:-2] + middle) / 2 / middle) ** power / (left * width) * k / capacity
    outer = ((middle + r[2:]) / 2 / middle) ** power / (right * width) * k / capacity
    drift = speed[1:-1] / (2 * width)
    lower[1:-1], upper[1:-1] = inner - drift, outer + drift
    diagonal[1:-1] = -inner - outer - perfusion / capacity
    return lower, diagonal, upper
