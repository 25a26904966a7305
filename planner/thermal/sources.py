"""Where does a probe take heat, and how much? The equivalent disc sink.

A cylinder of radius ``rp`` at temperature Tp is far thinner than a cell. Its heat is taken by a sink spread over a
disc of radius ``a > rp``: ``S = kappa² f (theta(Tp) - theta)`` with f the share of the cell inside the disc cylinder.
Outside ``r = a`` the steady field is logarithmic, inside it is the Bessel function I0; both and their slopes agree at
``a`` when ``x = kappa a`` solves ``ln(a / rp) = I0(x) / (x I1(x))``. Written in theta, the match holds for
any k(T). The sink is normalised to the disc cylinder's exact volume, so ice does not jitter as a probe is moved.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import SimulationRefused
from planner.domain.probe import active_zone_lps_mm
from planner.thermal.properties import enthalpy_u, theta_w_per_m

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.geometry import Grid
    from planner.domain.probe import ProbeModel, ProbePlacement
    from planner.thermal.scene import Scene

MOST_PROBES = 8
SAMPLES_PER_EDGE = 6
TIP_LENGTHENING = 0.3
"""Share of the disc radius added at both ends: measured correction for the missing hemispherical end."""
MOST_OUTSIDE_BODY = 0.1
"""Largest share of an active zone in room air that is still predicted; beyond it the freezing power is a guess."""


@dataclass(frozen=True, slots=True, eq=False)
class Sinks:
    """The probes' heat exchange, cell by cell.

    Parameters
    ----------
    pointer
        shape (K*J+1,), int64: cells of each row.
    cells
        shape (N,), int64, increasing: flat cell indices.
    conductance
        shape (N,), float32: h² kappa² f, dimensionless.
    probe
        shape (N,), int64: which probe owns the cell.
    surface_c
        shape (P,), float64, °C: steady surface temperature of each probe.
    """

    pointer: NDArray[np.int64]
    cells: NDArray[np.int64]
    conductance: NDArray[np.float32]
    probe: NDArray[np.int64]
    surface_c: NDArray[np.float64]

    @property
    def largest_conductance(self) -> float:
        """Largest h² kappa² f; 0 without sinks."""
        return float(self.conductance.max(initial=0.0))

    def drive(self, scene: Scene, target_c: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return conductance times theta at each probe's temperature, shape (N,), float32, W/m."""
        rows = scene.materials.table[scene.index.reshape(-1)[self.cells]]
        theta = theta_w_per_m(enthalpy_u(target_c[self.probe], rows), rows)
        return (self.conductance * theta).astype(np.float32)

    def switched_off(self) -> Sinks:
        """Return the same cells without any exchange, for passive thaw."""
        return replace(self, conductance=np.zeros_like(self.conductance))


@lru_cache(maxsize=64)
def disc_x(radius_ratio: float) -> float:
    """Solve ``ln(a / rp) = I0(x) / (x I1(x))`` for x by bisection; ``radius_ratio`` is a / rp > 1."""
    from scipy.special import i0e, i1e

    target = float(np.log(radius_ratio))
    low, high = 1e-3, 1e3
    for _ in range(200):
        middle = (low + high) / 2
        if i0e(middle) / (middle * i1e(middle)) > target:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def disc_radius_mm(probe_radius_mm: float, spacing_mm: float) -> float:
    """Radius of the equivalent disc: wide enough for the grid to resolve, and for the match to be insensitive."""
    return max(1.25 * spacing_mm, 2.7 * probe_radius_mm)


def probe_conductance(placement: ProbePlacement, model: ProbeModel, grid: Grid) -> NDArray[np.float64]:
    """Return h² kappa² f of one probe on the grid, shape (K, J, I), float64; zero where it has no cell."""
    from planner.thermal.kernels import cylinder_fraction

    radius_mm = _complete(model)
    deep, shallow = (np.asarray(end) for end in active_zone_lps_mm(placement, model))
    h_mm = grid.spacing_ijk_mm[0]
    disc_mm = disc_radius_mm(radius_mm, h_mm)
    along = (shallow - deep) / np.linalg.norm(shallow - deep)
    start_mm = deep - along * TIP_LENGTHENING * disc_mm
    length_mm = float(np.linalg.norm(shallow - deep)) + 2 * TIP_LENGTHENING * disc_mm
    ends = grid.to_index([start_mm, start_mm + along * length_mm])
    axis = np.linalg.inv(grid.direction) @ along
    reach = disc_mm / h_mm * np.sqrt(np.maximum(1 - axis**2, 0))
    lower = np.floor(ends.min(axis=0) - reach + 0.5).astype(int)
    upper = np.ceil(ends.max(axis=0) + reach - 0.5).astype(int) + 1
    if (lower < 0).any() or (upper > np.array(grid.shape_kji[::-1])).any():
        raise SimulationRefused(
            f"The active zone of {placement.label} reaches outside the simulated box. "
            "Enlarge the box or move the probe.",
            code="probe-outside-grid",
        )
    share = np.zeros(tuple(int(n) for n in (upper - lower)[::-1]))
    cylinder = (tuple(ends[0] - lower), tuple(axis), length_mm / h_mm, disc_mm / h_mm)
    cylinder_fraction(share, cylinder, SAMPLES_PER_EDGE)
    share *= np.pi * disc_mm**2 * length_mm / (share.sum() * h_mm**3)
    full = np.zeros(grid.shape_kji)
    box = tuple(slice(int(a), int(b)) for a, b in zip(lower[::-1], upper[::-1], strict=True))
    full[box] = share * (disc_x(disc_mm / radius_mm) * h_mm / disc_mm) ** 2
    return full


def build_sinks(
    placements: tuple[ProbePlacement, ...], models: tuple[ProbeModel, ...], *, grid: Grid, scene: Scene
) -> Sinks:
    """Rasterise all probes; a cell that two discs share belongs to the stronger one."""
    if not 1 <= len(placements) <= MOST_PROBES:
        raise SimulationRefused(
            f"A prediction takes 1 to {MOST_PROBES} probes, not {len(placements)}.", code="probe-count"
        )
    best = np.zeros(grid.shape_kji)
    owner = np.zeros(grid.shape_kji, dtype=np.int64)
    fixed = scene.materials.is_fixed[scene.index]
    for number, (placement, model) in enumerate(zip(placements, models, strict=True)):
        strength = probe_conductance(placement, model, grid)
        _check_in_body(placement, strength, scene)
        stronger = strength > best
        owner[stronger] = number
        np.maximum(best, strength, out=best)
    best[fixed] = 0
    surface_c = np.array([float(model.surface_temperature_c.value or 0.0) for model in models])
    return pack_sinks(best, owner, surface_c)


def pack_sinks(conductance: NDArray[np.float64], owner: NDArray[np.int64], surface_c: NDArray[np.float64]) -> Sinks:
    """List the cells with conductance (K, J, I) above zero, row by row."""
    cells = np.flatnonzero(conductance)
    width = conductance.shape[2]
    row_count = conductance.shape[0] * conductance.shape[1]
    pointer = np.searchsorted(cells, np.arange(row_count + 1) * width).astype(np.int64)
    strength = conductance.reshape(-1)[cells].astype(np.float32)
    return Sinks(pointer, cells.astype(np.int64), strength, owner.reshape(-1)[cells], surface_c)


def _complete(model: ProbeModel) -> float:
    """Check that a model can be simulated; return its radius, mm."""
    if not model.can_simulate:
        raise SimulationRefused(
            f"{model.label} cannot be simulated: its {' and '.join(model.missing_words)} is not known.",
            code="probe-incomplete",
        )
    values = (model.shaft_diameter_mm.value, model.active_tip_mm.value, model.surface_temperature_c.value)
    diameter_mm, active_mm, surface_c = (float(value or 0.0) for value in values)
    if not (0.2 <= diameter_mm <= 12 and 0.5 <= active_mm <= 100 and -200 <= surface_c < 0):
        raise SimulationRefused(
            f"{model.label}: {diameter_mm:g} mm shaft, {active_mm:g} mm active tip at {surface_c:g} °C is outside "
            "0.2–12 mm, 0.5–100 mm and −200–0 °C.",
            code="probe-range",
        )
    return diameter_mm / 2


def _check_in_body(placement: ProbePlacement, strength: NDArray[np.float64], scene: Scene) -> None:
    from planner.thermal.properties import OUTSIDE_AIR

    if OUTSIDE_AIR not in scene.materials.ids:
        return
    air = scene.index == scene.materials.ids.index(OUTSIDE_AIR)
    share = float(strength[air].sum() / strength.sum())
    if share > MOST_OUTSIDE_BODY:
        raise SimulationRefused(
            f"{share:.0%} of the active zone of {placement.label} lies outside the body. Move the probe deeper.",
            code="probe-outside-body",
        )
