"""How does the body get from one moment to the next? RKL1 macro steps on a growing box, with the heat accounted for.

RKL1 (Meyer, Balsara and Aslam, J. Comput. Phys. 257, 2014): s stages reach ``dt_exp (s² + s) / 2``, where ``dt_exp``
is the longest explicit step, with two registers and a fully nonlinear right-hand side in every stage.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.thermal import kernels
from planner.thermal.properties import ENTHALPY, K_LIQUID, METABOLIC, PERFUSION, enthalpy_u, theta_w_per_m
from planner.thermal.scene import fastest_rate_per_s

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.thermal.scene import Scene
    from planner.thermal.sources import Sinks

BOX_MARGIN_MM, BOX_GROWTH_MM, BOX_THRESHOLD = 5.0, 4.0, 5e-4
PROGRESS_EVERY_STAGES = 2
"""Often: a stage of 192³ cells takes tens of milliseconds, and a cancel must be answered within 250."""
SHARED_FROM_CELLS = 200_000
"""On a busy machine threads that wait for each other cost more than a stage of fewer cells gains (measured)."""


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """What happens during one macro step; temperatures change linearly within it.

    Parameters
    ----------
    surface_from_c, surface_to_c
        shape (P,), float64, °C: surface of each probe at the start and the end.
    exchange
        shape (P,), float64: 0 for a probe that is off, 1 for full exchange, between for duty or limited power.
    held_from_c, held_to_c
        shape (H,), float64, °C: temperature of the held cells.
    """

    step_s: float
    surface_from_c: NDArray[np.float64]
    surface_to_c: NDArray[np.float64]
    exchange: NDArray[np.float64]
    held_from_c: NDArray[np.float64]
    held_to_c: NDArray[np.float64]


@dataclass(slots=True, eq=False)
class Body:
    """The changing state of one prediction. Flat float32 arrays over all cells, C-order (K, J, I).

    Parameters
    ----------
    u, theta
        Normalised enthalpy and Kirchhoff variable (W/m) now.
    other_u, other_theta
        Second register of the stages.
    lowest_u
        Smallest u of each cell over all macro steps.
    start_u
        Baseline u: the halo outside the active box.
    halo_w
        shape (K, J, I), float64, W: heat from blood, metabolism and fixed neighbours at the baseline.
    box
        shape (6,), int64: active cells ``k0 k1 j0 j1 i0 i1``.
    scratch
        shape (K, I): one row buffer for each plane.
    probe_j, supply_j
        Heat from the probes (negative when freezing), and from blood and fixed neighbours beyond the baseline, J.
    shared_from_cells
        Smallest active box that several threads share; the numbers do not depend on it.
    removed_j
        Sum of |probe heat|, the scale of the energy check.
    """

    scene: Scene
    sinks: Sinks
    held: NDArray[np.int64]
    u: NDArray[np.float32]
    theta: NDArray[np.float32]
    other_u: NDArray[np.float32]
    other_theta: NDArray[np.float32]
    lowest_u: NDArray[np.float32]
    start_u: NDArray[np.float32]
    halo_w: NDArray[np.float64]
    box: NDArray[np.int64]
    scratch: NDArray[np.float32]
    shared_from_cells: int = SHARED_FROM_CELLS
    stages: int = 0
    cell_stages: int = 0
    probe_j: float = 0.0
    supply_j: float = 0.0
    removed_j: float = 0.0

    @property
    def stored_j(self) -> float:
        """Heat stored since the start, J, over the active box in float64."""
        materials = self.scene.materials
        box = self.box_slices
        shape = self.scene.shape
        gain = self.u.reshape(shape)[box].astype(np.float64) - self.start_u.reshape(shape)[box]
        return float((gain * materials.table[:, ENTHALPY][self.scene.index[box]]).sum() * materials.spacing_m**3)

    @property
    def energy_error(self) -> float:
        """Heat unaccounted for as a share of all heat the probes moved; 0 while they have moved none."""
        if self.removed_j == 0 or self.held.size:
            return 0.0
        return abs(self.stored_j - self.probe_j - self.supply_j) / self.removed_j

    @property
    def box_slices(self) -> tuple[slice, slice, slice]:
        """The active box as slices of (K, J, I)."""
        k0, k1, j0, j1, i0, i1 = (int(n) for n in self.box)
        return slice(k0, k1), slice(j0, j1), slice(i0, i1)

    def temperature_c(self) -> NDArray[np.float32]:
        """Temperature now, shape (K, J, I), float32, °C."""
        return self._temperature_of(self.u)

    def minimum_c(self) -> NDArray[np.float32]:
        """Coldest temperature of each cell so far, shape (K, J, I), float32, °C."""
        return self._temperature_of(self.lowest_u)

    def frozen_share(self) -> NDArray[np.float32]:
        """One minus the liquid fraction of each cell, shape (K, J, I), float32."""
        share: NDArray[np.float32] = 1 - np.clip(self.u.reshape(self.scene.shape), 0, 1)
        share[self.scene.materials.is_fixed[self.scene.index]] = 0
        return share

    def _temperature_of(self, u: NDArray[np.float32]) -> NDArray[np.float32]:
        out = np.empty(self.scene.index.size, np.float32)
        fixed_c = np.nan_to_num(self.scene.materials.fixed_c).astype(np.float32)
        kernels.temperatures(u, self.scene.index.reshape(-1), self.scene.table, fixed_c, out)
        return out.reshape(self.scene.shape)


def start_body(
    scene: Scene,
    start_c: NDArray[np.floating],
    *,
    sinks: Sinks,
    held: NDArray[np.int64],
    everything_active: bool = False,
) -> Body:
    """Return the body at its start.

    Parameters
    ----------
    start_c
        shape (K, J, I), °C. The steady baseline, unless ``everything_active``.
    held
        shape (H,), int64: flat cells whose temperature every step prescribes.
    everything_active
        Step every cell from the beginning; else cells far from probes and held cells rest until heat reaches them.
    """
    baseline_c = np.asarray(start_c, dtype=np.float64)
    margin = math.ceil(BOX_MARGIN_MM * 1e-3 / scene.materials.spacing_m)
    box = box_around(np.concatenate([sinks.cells, held]), scene.shape, margin=margin)
    if everything_active:
        box = np.array([0, scene.shape[0], 0, scene.shape[1], 0, scene.shape[2]])
    table, fixed = scene.materials.table, scene.materials.is_fixed
    u, theta = (np.empty(scene.shape, np.float32) for _ in range(2))
    for m in np.unique(scene.index):
        here = scene.index == m
        t_c = np.full(np.count_nonzero(here), scene.materials.fixed_c[m]) if fixed[m] else baseline_c[here]
        u64 = enthalpy_u(t_c, table[m])
        u[here] = u64
        # Theta of fixed cells is never used as such (their faces are all unlike), but must not drown its neighbours'.
        theta[here] = 0 if fixed[m] else theta_w_per_m(u64, table[m])
    return Body(
        scene=scene,
        sinks=sinks,
        held=held,
        u=u.reshape(-1),
        theta=theta.reshape(-1),
        other_u=u.flatten(),
        other_theta=theta.flatten(),
        lowest_u=u.flatten(),
        start_u=u.flatten(),
        # Without resting cells nothing is fed from outside, and a start that is no steady state owes no one its heat.
        halo_w=np.zeros(scene.shape) if everything_active else _halo_w(scene, baseline_c),
        box=box.astype(np.int64),
        scratch=np.zeros((scene.shape[0], scene.shape[2]), np.float32),
    )


def box_around(cells: NDArray[np.int64], shape: tuple[int, int, int], *, margin: int) -> NDArray[np.int64]:
    """Return the box ``k0 k1 j0 j1 i0 i1`` that holds flat ``cells`` and ``margin`` cells around them."""
    if cells.size == 0:
        return np.array([0, shape[0], 0, shape[1], 0, shape[2]], dtype=np.int64)
    where = np.unravel_index(cells, shape)
    low = [max(int(w.min()) - margin, 0) for w in where]
    high = [min(int(w.max()) + 1 + margin, n) for w, n in zip(where, shape, strict=True)]
    return np.array([n for pair in zip(low, high, strict=True) for n in pair], dtype=np.int64)


def stages_for(step_s: float, rate_per_s: float) -> int:
    """Smallest s with ``2 / rate (s² + s) / 2 >= step``."""
    return max(1, math.ceil((math.sqrt(1 + 4 * step_s * rate_per_s) - 1) / 2))


def advance(body: Body, step: Step, *, tick: Callable[[], None]) -> NDArray[np.float64]:
    """Advance the body by one macro step; return the mean heat each probe gave it, shape (P,), W.

    ``tick`` is called every few stages and may raise Cancelled.
    """
    scene, sinks = body.scene, body.sinks
    h_m = scene.materials.spacing_m
    step_s = step.step_s
    grow_box(body)
    exchange = step.exchange[sinks.probe].astype(np.float32)
    conductance = sinks.conductance * exchange
    coldest_c = float(min(step.surface_from_c.min(initial=0), step.surface_to_c.min(initial=0), -100.0))
    rate_per_s = fastest_rate_per_s(scene, coldest_c=coldest_c, sink_conductance=float(conductance.max(initial=0)))
    count = stages_for(step_s, rate_per_s)
    first_weight = 2 / (count**2 + count)
    cells = int(np.prod(body.box[1::2] - body.box[::2]))
    stage = kernels.stage if cells >= body.shared_from_cells else kernels.stage_serial
    power = np.zeros((scene.shape[0], 3))
    resting_w = float(body.halo_w[body.box_slices].sum())
    heat, heat_before = np.zeros(3), np.zeros(3)
    given_j, given_before_j = np.zeros(sinks.count), np.zeros(sinks.count)
    for j in range(1, count + 1):
        mu, nu = (2 * j - 1) / j, -(j - 1) / j
        share = (j * j - j) / (count**2 + count)
        drive = _drive(body, step, share) * exchange
        weights = np.array([nu, mu * first_weight * step_s / h_m**2, scene.materials.core_c], np.float32)
        each_w = np.bincount(sinks.probe, drive - conductance * body.theta[sinks.cells], minlength=sinks.count) * h_m
        given_j, given_before_j = mu * given_j + nu * given_before_j + mu * first_weight * step_s * each_w, given_j
        stage(
            (body.u, body.theta, body.other_u, body.other_theta, body.lowest_u),
            scene.kernel_form,
            (sinks.pointer, sinks.cells, conductance, drive),
            (body.scratch, power, body.box),
            (weights[0], weights[1], weights[2]),
        )
        body.u, body.other_u = body.other_u, body.u
        body.theta, body.other_theta = body.other_theta, body.theta
        _hold(body, step, (j * j + j) / (count**2 + count))
        stage_w = power[body.box[0] : body.box[1]].sum(axis=0) * h_m
        heat, heat_before = mu * heat + nu * heat_before + mu * first_weight * step_s * stage_w, heat
        if j % PROGRESS_EVERY_STAGES == 0:
            tick()
    kernels.note_lowest(body.u, body.lowest_u, scene.shape, body.box)
    body.stages += count
    body.cell_stages += count * cells
    body.probe_j += heat[0]
    body.removed_j += abs(heat[0])
    body.supply_j += heat[1] + heat[2] - resting_w * step_s
    return given_j / step_s


def _drive(body: Body, step: Step, share: float) -> NDArray[np.float32]:
    """Conductance times theta of each sink cell's probe, plus prescribed heat, shape (N,), W/m."""
    sinks, scene = body.sinks, body.scene
    target_c = step.surface_from_c + share * (step.surface_to_c - step.surface_from_c)
    rows = scene.materials.table[scene.index.reshape(-1)[sinks.cells]]
    theta = theta_w_per_m(enthalpy_u(target_c[sinks.probe], rows), rows)
    return (sinks.conductance * theta + sinks.heat_w_per_m).astype(np.float32)


def _hold(body: Body, step: Step, share: float) -> None:
    if body.held.size == 0:
        return
    rows = body.scene.materials.table[body.scene.index.reshape(-1)[body.held]]
    u = enthalpy_u(step.held_from_c + share * (step.held_to_c - step.held_from_c), rows)
    body.u[body.held] = u
    body.theta[body.held] = theta_w_per_m(u, rows)


def grow_box(body: Body) -> None:
    """Widen the active box on every side where the body has begun to change."""
    shape = body.scene.shape
    growth = max(4, math.ceil(BOX_GROWTH_MM * 1e-3 / body.scene.materials.spacing_m))
    change = body.u.reshape(shape), body.start_u.reshape(shape)
    before = body.box.copy()
    for axis in range(3):
        low, high = int(before[2 * axis]), int(before[2 * axis + 1])
        for layer, side in ((low, 0), (high - 1, 1)):
            box = [slice(int(before[2 * a]), int(before[2 * a + 1])) for a in range(3)]
            box[axis] = slice(layer, layer + 1)
            now, start = (array[tuple(box)] for array in change)
            if np.abs(now - start).max() > BOX_THRESHOLD:
                body.box[2 * axis + side] = max(low - growth, 0) if side == 0 else min(high + growth, shape[axis])


def _halo_w(scene: Scene, t_c: NDArray[np.float64]) -> NDArray[np.float64]:
    """Heat that blood, metabolism and fixed neighbours bring each cell at the baseline, shape (K, J, I), W."""
    table, index = scene.materials.table, scene.index
    fixed = scene.materials.is_fixed[index]
    heat = table[:, PERFUSION][index] * (scene.materials.core_c - t_c) + table[:, METABOLIC][index]
    heat[fixed] = 0
    k = table[:, K_LIQUID][index]
    for axis in range(3):
        low = [slice(None)] * 3
        high = [slice(None)] * 3
        low[axis], high[axis] = slice(None, -1), slice(1, None)
        a, b = tuple(low), tuple(high)
        flux = 2 * k[a] * k[b] / (k[a] + k[b]) * (t_c[b] - t_c[a])
        heat[a] += np.where(fixed[b] & ~fixed[a], flux, 0)
        heat[b] -= np.where(fixed[a] & ~fixed[b], flux, 0)
    return np.asarray(heat * scene.materials.spacing_m)
