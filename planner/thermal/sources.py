"""Where does a probe take heat, and how much? The equivalent disc sink.

A cylinder of radius ``rp`` at temperature Tp is far thinner than a cell. Its heat is taken by a sink spread over a
disc of radius ``a > rp``: ``S = kappa² f (theta(Tp) - theta)`` with f the share of the cell inside the disc cylinder.
Outside ``r = a`` the steady field is logarithmic, inside it is the Bessel function I0; both and their slopes agree at
``a`` when ``x = kappa a`` solves ``ln(a / rp) = I0(x) / (x I1(x))``. Written in theta, the match holds for
any k(T). The sink is normalised to the disc cylinder's exact volume, so ice does not jitter as a probe is moved.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import SimulationRefused
from planner.domain.probe import active_zone_lps_mm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.domain.geometry import Grid, PointLps
    from planner.domain.probe import ProbeModel, ProbePlacement
    from planner.thermal.scene import Scene

MOST_PROBES = 8
SAMPLES_PER_EDGE = 6
TIP_LENGTHENING = 0.3
"""Share of the disc radius added at both ends: measured correction for the missing hemispherical end."""


@dataclass(frozen=True, slots=True)
class Needle:
    """The active zone of one probe: a cylinder from its deep to its shallow end.

    Parameters
    ----------
    deep_lps_mm, shallow_lps_mm
        Ends of the active zone on the shaft's axis, mm.
    diameter_mm
        Outer diameter of the shaft.
    """

    label: str
    deep_lps_mm: PointLps
    shallow_lps_mm: PointLps
    diameter_mm: float

    @classmethod
    def of(cls, placement: ProbePlacement, model: ProbeModel) -> Needle:
        """Return the active zone of a placed catalogue probe; raise SimulationRefused when it is not fully known."""
        radius_mm = _complete(model)
        deep, shallow = active_zone_lps_mm(placement, model)
        return cls(placement.label, deep, shallow, 2 * radius_mm)


@dataclass(frozen=True, slots=True, eq=False)
class Sinks:
    """What takes or gives heat, cell by cell: ``exchange (conductance (theta(Tp) - theta) + heat)``.

    Parameters
    ----------
    pointer
        shape (K*J+1,), int64: cells of each row.
    cells
        shape (N,), int64, increasing: flat cell indices.
    conductance
        shape (N,), float32: h² kappa² f, dimensionless.
    heat_w_per_m
        shape (N,), float32: h² times the prescribed heat per volume; negative where it cools.
    probe
        shape (N,), int64: which probe owns the cell.
    count
        Number of probes P, prescribed heats among them.
    """

    pointer: NDArray[np.int64]
    cells: NDArray[np.int64]
    conductance: NDArray[np.float32]
    heat_w_per_m: NDArray[np.float32]
    probe: NDArray[np.int64]
    count: int
    row_width: int

    @property
    def largest_conductance(self) -> float:
        """Largest h² kappa² f; 0 without sinks."""
        return float(self.conductance.max(initial=0.0))

    def with_heat(self, cells: NDArray[np.int64], watts: float, *, spacing_m: float) -> Sinks:
        """Return these sinks and one more that spreads ``watts`` evenly over flat ``cells``."""
        each = np.full(cells.size, watts / (cells.size * spacing_m), np.float32)
        merged = np.concatenate([self.cells, np.sort(cells)])
        order = np.argsort(merged, kind="stable")
        rows = len(self.pointer) - 1
        width = self.row_width
        return Sinks(
            pointer=np.searchsorted(merged[order], np.arange(rows + 1) * width).astype(np.int64),
            cells=merged[order],
            conductance=np.concatenate([self.conductance, np.zeros(cells.size, np.float32)])[order],
            heat_w_per_m=np.concatenate([self.heat_w_per_m, each])[order],
            probe=np.concatenate([self.probe, np.full(cells.size, self.count)])[order],
            count=self.count + 1,
            row_width=width,
        )
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


def needle_conductance(needle: Needle, grid: Grid) -> NDArray[np.float64]:
    """Return h² kappa² f of one probe on the grid, shape (K, J, I), float64; zero where it has no cell."""
    from planner.thermal.kernels import cylinder_fraction

    deep, shallow = np.asarray(needle.deep_lps_mm), np.asarray(needle.shallow_lps_mm)
    h_mm = grid.spacing_ijk_mm[0]
    radius_mm = needle.diameter_mm / 2
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
            f"The active zone of {needle.label} reaches outside the simulated box. Enlarge the box or move the probe.",
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


def build_sinks(needles: Sequence[Needle], *, grid: Grid, scene: Scene) -> Sinks:
    """Rasterise all probes; a cell that two discs share belongs to the stronger one."""
    if len(needles) > MOST_PROBES:
        raise SimulationRefused(
            f"A prediction takes at most {MOST_PROBES} probes, not {len(needles)}.", code="probe-count"
        )
    best = np.zeros(grid.shape_kji)
    owner = np.zeros(grid.shape_kji, dtype=np.int64)
    for number, needle in enumerate(needles):
        strength = needle_conductance(needle, grid)
        stronger = strength > best
        owner[stronger] = number
        np.maximum(best, strength, out=best)
    best[scene.materials.is_fixed[scene.index]] = 0
    return pack_sinks(best, owner, count=len(needles))


def pack_sinks(conductance: NDArray[np.float64], owner: NDArray[np.int64], *, count: int) -> Sinks:
    """List the cells with conductance (K, J, I) above zero, row by row."""
    cells = np.flatnonzero(conductance).astype(np.int64)
    width = conductance.shape[2]
    row_count = conductance.shape[0] * conductance.shape[1]
    pointer = np.searchsorted(cells, np.arange(row_count + 1) * width).astype(np.int64)
    strength = conductance.reshape(-1)[cells].astype(np.float32)
    nothing = np.zeros(cells.size, np.float32)
    return Sinks(pointer, cells, strength, nothing, owner.reshape(-1)[cells], count, width)


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
