"""How would one write the same freeze plainly? Enthalpy, explicit Euler at its stability limit, whole box, numpy.

This is the peer that the bench measures against: float64, vectorised, buffers reused, no active box and no compiled
code. It shares the equations, the grid and the probes' parabolic sink with the product, but no line of its solver, so
that agreement of the two also says that both do what the equations say. Perfusion and metabolic heat stop for good
where tissue has frozen.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray


_FIELDS = (
    "density_kg_per_m3",
    "c_unfrozen_j_per_kg_k",
    "c_frozen_j_per_kg_k",
    "latent_heat_j_per_kg",
)
_ABSENT = {"fixed_c": np.nan}


@dataclass(frozen=True, slots=True)
class PlainProbes:
    """Disc sinks: heat taken by a cell is ``conductance * (theta(surface_c) - theta)``, W/m.

    Parameters
    ----------
    cells
        shape (N,), int64: flat cell indices.
    conductance
        shape (N,), float: share of h² (dimensionless).
    surface_c
        shape (N,), float, °C: temperature of the owning probe, below every tissue's solidus.
    """

    cells: NDArray[np.int64]
    conductance: NDArray[np.float64]
    surface_c: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PlainRun:
    """What the plain solver found: the field at the end, its step, and how long each step took.

    ``per_step_s`` is the shortest wall of a step: what the machine does when nothing disturbs it.
    """

    temperature_c: NDArray[np.float64]
    step_s: float
    steps: int
    per_step_s: float

    @property
    def per_minute_s(self) -> float:
        """Wall time of one simulated minute."""
        return self.per_step_s * 60.0 / self.step_s


class PlainSolver:
    """The freeze of one labelled box.

    Parameters
    ----------
    labels
        shape (K, J, I), uint8: position in ``properties``.
    properties
        One mapping for each label: the thermal fields of a tissue, SI, optionally ``k_frozen_slope_w_per_m_k2`` and
        ``fixed_c``; ``{"outside_air": 1}`` is room air.
    convection_w_per_m2_k
        Heat transfer from skin to room air.
    """

    def __init__(
        self,
        labels: NDArray[np.uint8],
        properties: Sequence[Mapping[str, float]],
        *,
        spacing_mm: float,
        core_c: float,
        air_c: float,
        convection_w_per_m2_k: float,
    ) -> None:
        self.h_m, self.core_c = spacing_mm * 1e-3, core_c
        # Half a cell of air conducts like the skin's boundary layer; it keeps its temperature.
        air_k = convection_w_per_m2_k * self.h_m / 2
        air = dict.fromkeys(_FIELDS, 1.0) | {"k_frozen_w_per_m_k": air_k, "k_unfrozen_w_per_m_k": air_k}
        air |= {"solidus_c": -999.0, "liquidus_c": -998.0, "fixed_c": air_c}
        rows = [air if "outside_air" in row else dict(row) for row in properties]

        def spread(name: str) -> NDArray[np.float64]:
            return np.array([row.get(name, _ABSENT.get(name, 0.0)) for row in rows], float)[labels]

        density = spread("density_kg_per_m3")
        self.solidus_c = spread("solidus_c")
        self.mush_k = spread("liquidus_c") - self.solidus_c
        self.k_frozen, self.k_liquid = spread("k_frozen_w_per_m_k"), spread("k_unfrozen_w_per_m_k")
        self.slope = spread("k_frozen_slope_w_per_m_k2")
        self.c_frozen = density * spread("c_frozen_j_per_kg_k")
        self.c_liquid = density * spread("c_unfrozen_j_per_kg_k")
        self.melted = density * spread("latent_heat_j_per_kg") + (self.c_frozen + self.c_liquid) / 2 * self.mush_k
        self.blood, self.metabolic = spread("perfusion_w_per_m3_k"), spread("metabolic_w_per_m3")
        self.fixed_c = spread("fixed_c")
        self.moving = np.isnan(self.fixed_c)
        self.unlike = [_unlike_faces(labels, axis) for axis in range(3)]

    def run(
        self, start_c: NDArray[np.float64], probes: PlainProbes, *, seconds: float, most_steps: int = 0
    ) -> PlainRun:
        """Freeze from ``start_c``, shape (K, J, I), °C, for ``seconds``; stop after ``most_steps`` where given."""
        limit_s = self.longest_step_s(probes)
        steps = int(np.ceil(seconds / limit_s))
        step_s = seconds / steps
        enthalpy = self.enthalpy(np.where(self.moving, start_c, self.fixed_c))
        flows = self.moving & (enthalpy >= self.melted)
        gain = np.where(self.moving, step_s / self.h_m**2, 0.0)
        goal = self._frozen_theta(probes)
        walls = []
        for _ in range(min(steps, most_steps or steps)):
            began = time.perf_counter()
            heat = self._heat_w_per_m(enthalpy, flows, probes, goal)
            heat *= gain
            enthalpy += heat
            flows &= enthalpy >= self.melted
            walls.append(time.perf_counter() - began)
        return PlainRun(self.temperature_c(enthalpy), step_s, len(walls), min(walls))

    def longest_step_s(self, probes: PlainProbes) -> float:
        """Euler's limit 2 / lambda, with lambda from the coldest probe's conductivity and six neighbours."""
        coldest_c = float(probes.surface_c.min(initial=0.0))
        cold = np.maximum(self.slope * (coldest_c - self.solidus_c), 0)
        k = np.maximum(self.k_frozen + cold, self.k_liquid)
        load = 12 * k + self.blood * self.h_m**2
        load.reshape(-1)[probes.cells] += k.reshape(-1)[probes.cells] * probes.conductance
        rate = load / (np.minimum(self.c_frozen, self.c_liquid) * self.h_m**2)
        return float(2 / rate[self.moving].max())

    def enthalpy(self, t_c: NDArray[np.float64]) -> NDArray[np.float64]:
        """Heat content above the solidus, J/m³."""
        above = t_c - self.solidus_c
        liquid = np.clip(above / self.mush_k, 0, 1)
        cold = self.c_frozen * np.minimum(above, 0)
        content: NDArray[np.float64] = cold + self.melted * liquid + self.c_liquid * np.maximum(above - self.mush_k, 0)
        return content

    def temperature_c(self, enthalpy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Temperature of heat content, °C."""
        cold, liquid, warm = self._parts(enthalpy)
        t_c: NDArray[np.float64] = self.solidus_c + cold + self.mush_k * liquid + warm
        return t_c

    def _parts(self, enthalpy: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
        """Kelvin below the solidus (negative), liquid fraction, kelvin above the liquidus."""
        cold = np.minimum(enthalpy, 0)
        cold /= self.c_frozen
        liquid = enthalpy / self.melted
        np.clip(liquid, 0, 1, out=liquid)
        warm = enthalpy - self.melted
        np.maximum(warm, 0, out=warm)
        warm /= self.c_liquid
        return cold, liquid, warm

    def _heat_w_per_m(
        self, enthalpy: NDArray[np.float64], flows: NDArray[np.bool_], probes: PlainProbes, goal: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Heat that flows into each cell times h², W/m: conduction, probes, blood and metabolism."""
        cold, liquid, warm = self._parts(enthalpy)
        t_c = self.solidus_c + cold
        t_c += self.mush_k * liquid
        t_c += warm
        k = self.k_frozen + self.slope * cold
        k += (self.k_liquid - self.k_frozen) * liquid
        theta = (self.k_frozen + self.slope / 2 * cold) * cold
        theta += self.mush_k * liquid * (self.k_frozen + (self.k_liquid - self.k_frozen) / 2 * liquid)
        theta += self.k_liquid * warm
        heat = self.core_c - t_c
        heat *= self.blood
        heat += self.metabolic
        heat *= flows
        heat *= self.h_m**2
        for axis in range(3):
            self._conduct(heat, theta, t_c, k, axis=axis)
        taken = probes.conductance * (goal - theta.reshape(-1)[probes.cells])
        heat.reshape(-1)[probes.cells] += taken
        return heat

    def _conduct(
        self,
        heat: NDArray[np.float64],
        theta: NDArray[np.float64],
        t_c: NDArray[np.float64],
        k: NDArray[np.float64],
        *,
        axis: int,
    ) -> None:
        """Add the heat through the faces of one axis: exact in theta within a tissue, in series between two."""
        a, b = _both_sides(axis)
        flux = theta[b] - theta[a]
        faces, low, high = self.unlike[axis]
        k_low, k_high = k.reshape(-1)[low], k.reshape(-1)[high]
        rise = t_c.reshape(-1)[high] - t_c.reshape(-1)[low]
        flux.reshape(-1)[faces] = 2 * k_low * k_high / (k_low + k_high) * rise
        heat[a] += flux
        heat[b] -= flux

    def _frozen_theta(self, probes: PlainProbes) -> NDArray[np.float64]:
        """Theta at the probes' temperature in the tissue of each of their cells, W/m."""
        below = probes.surface_c - self.solidus_c.reshape(-1)[probes.cells]
        k, slope = (array.reshape(-1)[probes.cells] for array in (self.k_frozen, self.slope))
        theta: NDArray[np.float64] = (k + slope / 2 * below) * below
        return theta


def _both_sides(axis: int) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Select the cells below and above every face of one axis."""
    low, high = [slice(None)] * 3, [slice(None)] * 3
    low[axis], high[axis] = slice(None, -1), slice(1, None)
    return tuple(low), tuple(high)


def _unlike_faces(labels: NDArray[np.uint8], axis: int) -> tuple[NDArray[np.int64], ...]:
    """Flat numbers of the faces between unlike tissues, and of the cells below and above them."""
    a, b = _both_sides(axis)
    faces = np.flatnonzero((labels[a] != labels[b]).reshape(-1))
    cells = np.arange(labels.size).reshape(labels.shape)
    return faces, cells[a].reshape(-1)[faces], cells[b].reshape(-1)[faces]
