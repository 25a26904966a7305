"""How does the body get from one moment to the next? RKL1 macro steps on growing zones, with the heat accounted for.

RKL1 (Meyer, Balsara and Aslam, J. Comput. Phys. 257, 2014): s stages reach ``dt_exp (s² + s) / 2``, where ``dt_exp``
is the longest explicit step, with two registers and a fully nonlinear right-hand side in every stage.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import SimulationRefused
from planner.thermal import kernels, zones
from planner.thermal.cold import ColdBlock, build_cold_block
from planner.thermal.kernels import (
    ACTIVE_0,
    ACTIVE_1,
    CAP,
    COLD_0,
    COLD_1,
    CORE_0,
    CORE_1,
    E_A,
    E_B,
    KNOWN_0,
    KNOWN_1,
    LOSS,
    LOWEST,
    SAVED,
    SPANS,
    START,
    SUPPLY,
)
from planner.thermal.properties import A_LIQUID, ENTHALPY, enthalpy_u

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.thermal.scene import Scene
    from planner.thermal.sources import Sinks

GROWTH_MM = 4.0
"""How far the active zone reaches beyond what has changed; heat diffuses about 3 mm in the longest step."""
CHANGED_C = 0.03
"""Change of temperature that counts as heat having arrived."""
COLD_MARGIN_MM = 1.0
"""How far the core of the cold zone reaches beyond ice: a front that outruns it within a step is caught, and the step repeated."""
MOST_REPEATS = 8
UPDATES_AT_ONCE = 30_000_000
"""Cell updates between two looks at the clock: some tens of milliseconds, for a cancel within 250."""
SHARED_FROM_UPDATES = 40_000
"""Threads that wait for each other cost more than a stage of fewer updates gains (measured on a busy machine)."""
COLD_COST = 6
"""A cold cell takes about this many times as long as a warm one."""


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
    """The changing state of one prediction.

    Parameters
    ----------
    fields
        shape (11, N), float32; rows as in :mod:`planner.thermal.kernels`.
    spans
        shape (8, K*J), int32: active, cold, core and known cells of each row.
    seeds
        Spans of the sinks and held cells, which are always in the cold zone.
    held
        ``(pointer (K*J+1,), column, tissue, order)`` of cells whose temperature is prescribed; order in the caller's.
    everything_active
        Every cell is stepped from the beginning, whatever the start.
    register
        Which of the two registers holds the present.
    coldest_c
        Coldest temperature prescribed so far, which bounds a conductivity that rises with cold.
    inflow_w_per_m
        Heat that flows into the active zone from the resting cells around it, over the cell's edge.
    probe_j, supply_j
        Heat from the probes (negative when freezing), and from everything else, J.
    moved_j
        Sum of |heat| that probes, and prescribed cells where there are any, gave or took: the scale of the check.
    stages, cell_stages
        How many stages were done, and how many updates of a cell.
    """

    scene: Scene
    sinks: Sinks
    fields: NDArray[np.float32]
    spans: NDArray[np.int32]
    seeds: tuple[NDArray[np.int32], NDArray[np.int32]]
    held: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.uint8], NDArray[np.int64]]
    everything_active: bool
    blood_stays_off: bool = True
    cold: ColdBlock | None = None
    register: int = 0
    coldest_c: float = 0.0
    inflow_w_per_m: float = 0.0
    stages: int = 0
    cell_stages: int = 0
    probe_j: float = 0.0
    supply_j: float = 0.0
    moved_j: float = 0.0
    _threads: int = field(default=0)

    @property
    def index(self) -> NDArray[np.uint8]:
        """Tissue of each cell by row, shape (K*J, I)."""
        return self.scene.index.reshape(-1, self.scene.shape[2])

    @property
    def stored_j(self) -> float:
        """Heat stored since the start in cells whose temperature is free, J."""
        table, h_m = self.scene.materials.table, self.scene.materials.spacing_m
        capacity = table[:, ENTHALPY] / table[:, A_LIQUID]
        total = kernels.stored_heat(self.fields, self.spans, self.scene.layout, self.register, capacity, self.index)
        return float(total) * h_m**3

    @property
    def energy_error(self) -> float:
        """Heat unaccounted for as a share of all heat that moved; 0 while none has."""
        if self.moved_j == 0:
            return 0.0
        return abs(self.stored_j - self.probe_j - self.supply_j) / self.moved_j

    def temperature_c(self) -> NDArray[np.float32]:
        """Temperature now, shape (K, J, I), float32, °C."""
        return self._temperature_of(self.register)

    def minimum_c(self) -> NDArray[np.float32]:
        """Coldest temperature of each cell so far, shape (K, J, I), float32, °C."""
        return self._temperature_of(LOWEST)

    def frozen_share(self) -> NDArray[np.float32]:
        """One minus the liquid fraction of each cell, shape (K, J, I), float32; 0 where a tissue keeps its temperature."""
        table = self.scene.materials.table
        liquidus, warm = self.scene.liquidus_c, table[:, A_LIQUID]
        e = self.scene.cells_of(self.fields[self.register])
        below = (liquidus.astype(np.float32)[self.scene.index] - e) / warm.astype(np.float32)[self.scene.index]
        share: NDArray[np.float32] = np.clip(below, 0, 1)
        share[self.scene.materials.is_fixed[self.scene.index]] = 0
        return share

    def enthalpy_u_at(self, cells: NDArray[np.int64]) -> NDArray[np.float64]:
        """Normalised enthalpy of flat cells now, shape (N,), as :mod:`planner.thermal.properties` defines it."""
        kinds = self.scene.index.reshape(-1)[cells]
        e = self.scene.cells_of(self.fields[self.register])[np.unravel_index(cells, self.scene.shape)]
        warm = self.scene.materials.table[:, A_LIQUID]
        u: NDArray[np.float64] = 1 + (e.astype(np.float64) - self.scene.liquidus_c[kinds]) / warm[kinds]
        return u

    def _temperature_of(self, row: int) -> NDArray[np.float32]:
        scene = self.scene
        out = np.empty(scene.shape, np.float32)
        kernels.temperatures(self.fields[row], scene.layout, scene.index, scene.table, out)
        return out


def start_body(
    scene: Scene,
    start_c: NDArray[np.floating],
    *,
    sinks: Sinks,
    held: NDArray[np.int64],
    everything_active: bool = False,
    blood_stays_off: bool = True,
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
    blood_stays_off
        Perfusion does not return to tissue that has been frozen (stasis); else it does on thaw.
    """
    fields = scene.fields()
    start = scene.cells_of(fields[START])
    start[:] = _enthalpy_c(scene, start_c)
    for row in (E_A, E_B, SAVED, LOWEST):
        fields[row] = fields[START]
    for row in (CAP, SUPPLY, LOSS):
        scene.cells_of(fields[row])[np.unravel_index(held, scene.shape)] = 0
    if blood_stays_off:
        frozen = start < scene.liquidus_c.astype(np.float32)[scene.index]
        for row in (SUPPLY, LOSS):
            scene.cells_of(fields[row])[frozen] = 0
    row_count = scene.shape[0] * scene.shape[1]
    cold_cells = np.flatnonzero(start.reshape(-1) < _highest_liquidus_c(scene))
    body = Body(
        scene=scene,
        sinks=sinks,
        fields=fields,
        spans=np.zeros((SPANS, row_count), np.int32),
        seeds=zones.spans_of(np.concatenate([sinks.cells, held]), scene.shape),
        held=_held_by_row(scene, held),
        everything_active=everything_active,
        blood_stays_off=blood_stays_off,
        coldest_c=float(np.min(start_c)),
    )
    body.spans[COLD_0], body.spans[COLD_1] = zones.spans_of(cold_cells, scene.shape)
    if everything_active:
        body.spans[ACTIVE_1] = scene.layout[1]
    return body


def stages_for(step_s: float, rate_per_s: float) -> int:
    """Smallest s with ``2 / rate (s² + s) / 2 >= step``."""
    return max(1, math.ceil((math.sqrt(1 + 4 * step_s * rate_per_s) - 1) / 2))


def advance(body: Body, step: Step, *, tick: Callable[[], None]) -> NDArray[np.float64]:
    """Advance the body by one macro step; return the mean heat each probe gave it, shape (P,), W.

    ``tick`` is called every few stages and may raise Cancelled.

    Raises
    ------
    SimulationRefused
        When the ice outruns its zone within one step, however wide.
    """
    now_c = [body.coldest_c, *step.surface_from_c, *step.surface_to_c, *step.held_from_c, *step.held_to_c]
    body.coldest_c = float(min(now_c))
    _widen_active(body)
    began = body.register
    kernels.copy_active(body.fields, body.spans, body.scene.layout, began, SAVED)
    margin = max(1, math.ceil(COLD_MARGIN_MM * 1e-3 / body.scene.materials.spacing_m - 1e-9))
    for _ in range(MOST_REPEATS):
        _place_cold(body, margin)
        heat_j, lowest_warm_c = _run(body, step, tick)
        if lowest_warm_c >= _highest_liquidus_c(body.scene):
            break
        body.register = began
        kernels.copy_active(body.fields, body.spans, body.scene.layout, SAVED, began)
        margin *= 2
    else:
        raise SimulationRefused(
            "The prediction broke down: ice spread faster than the time step allows. No result is shown.",
            code="front-outran-step",
        )
    liquidus_c = body.scene.liquidus_c.astype(np.float32)
    kernels.note_lowest(
        body.fields, body.spans, body.scene.layout, body.register, liquidus_c, body.index, body.blood_stays_off
    )
    h_m = body.scene.materials.spacing_m
    supply_j = float(heat_j[-1]) + body.inflow_w_per_m * h_m * step.step_s
    body.probe_j += float(heat_j[:-1].sum())
    body.supply_j += supply_j
    body.moved_j += float(np.abs(heat_j[:-1]).sum()) + (abs(supply_j) if body.everything_active else 0.0)
    if body.held[1].size:
        body.moved_j += kernels.exchanged(body.fields, body.scene.layout, body.register, body.held) * h_m * step.step_s
    result: NDArray[np.float64] = heat_j[:-1] / step.step_s
    return result


def _run(body: Body, step: Step, tick: Callable[[], None]) -> tuple[NDArray[np.float64], float]:
    """Do all stages of a step; return the heat of each probe and of the surroundings, J, and the lowest warm value."""
    scene, sinks = body.scene, body.sinks
    assert body.cold is not None
    rate_per_s = scene.fastest_rate_per_s(
        frozen=int(zones.tissues_in(body.spans, body.index)),
        coldest_c=body.coldest_c,
        sink_conductance=sinks.largest_conductance if step.exchange.any() else 0.0,
    )
    count = stages_for(step.step_s, rate_per_s)
    updates, cuts = _shares(body)
    chunk = max(1, UPDATES_AT_ONCE // updates)
    probes = sinks.count
    work = (
        np.empty((len(cuts) - 1, 2, scene.layout[1]), np.float32),
        np.zeros((scene.shape[0], probes + 1)),
        np.zeros((2, probes + 1)),
    )
    pointer, columns, kinds, order = body.held
    sources = (
        sinks.kernel_form(scene),
        (pointer, columns, kinds),
        scene.table,
        step.exchange.astype(np.float32),
        step.surface_from_c,
        step.surface_to_c,
        step.held_from_c[order],
        step.held_to_c[order],
    )
    lowest = math.inf
    for first in range(1, count + 1, chunk):
        last = min(first + chunk - 1, count)
        stages = (body.register, first, last, count, step.step_s)
        reached = kernels.run_stages(
            body.fields, body.cold.fields, scene.layout, body.cold.box, body.spans, sources, work, stages, cuts
        )
        lowest = min(lowest, float(reached))
        body.register ^= (last - first + 1) & 1
        tick()
    body.stages += count
    body.cell_stages += count * int((body.spans[ACTIVE_1] - body.spans[ACTIVE_0]).sum())
    return work[2][0] * scene.materials.spacing_m, lowest


def _shares(body: Body) -> tuple[int, NDArray[np.int64]]:
    """Return the updates of one stage, in warm cells, and the planes where one thread's share ends."""
    from numba import get_num_threads

    cost = body.spans[ACTIVE_1] - body.spans[ACTIVE_0] + COLD_COST * (body.spans[COLD_1] - body.spans[COLD_0])
    depth = body.scene.shape[0]
    total = np.cumsum(cost.reshape(depth, -1).sum(axis=1))
    updates = int(total[-1])
    threads = min(get_num_threads(), depth) if updates >= SHARED_FROM_UPDATES else 1
    inner = np.searchsorted(total, updates * np.arange(1, threads) / threads)
    return max(updates, 1), np.concatenate([[0], inner, [depth]]).astype(np.int64)


def _widen_active(body: Body) -> None:
    """Take into the active zone every cell near one that has begun to change."""
    if body.everything_active:
        return
    low, high = (np.empty(body.spans.shape[1], np.int32) for _ in range(2))
    layout = body.scene.layout
    zones.changed_spans(body.fields, body.spans, layout, body.register, np.float32(CHANGED_C), low, high)
    _include(low, high, body.seeds)
    growth = max(2, math.ceil(GROWTH_MM * 1e-3 / body.scene.materials.spacing_m - 1e-9))
    zones.dilate(low, high, body.scene.shape, growth)
    body.inflow_w_per_m += zones.widen_active(body.fields, body.spans, layout, low, high)


def _place_cold(body: Body, margin: int) -> None:
    """Lay the cold zone around the ice, the probes and the held cells."""
    scene, spans = body.scene, body.spans
    low, high = (np.empty(spans.shape[1], np.int32) for _ in range(2))
    zones.cold_spans(
        body.fields,
        spans,
        scene.layout,
        body.register,
        np.float32(_highest_liquidus_c(scene)),
        scene.shape[2],
        low,
        high,
    )
    _include(low, high, body.seeds)
    zones.dilate(low, high, scene.shape, margin)
    spans[CORE_0], spans[CORE_1] = low, high
    zones.dilate(low, high, scene.shape, 1)
    spans[COLD_0], spans[COLD_1] = low, high
    zones.dilate(low, high, scene.shape, 1)
    spans[KNOWN_0], spans[KNOWN_1] = low, high
    body.inflow_w_per_m += zones.widen_active(body.fields, spans, scene.layout, low, high)
    known = zones.bounding_box(low, high, scene.shape[1])
    known = np.zeros(6, np.int64) if known is None else known
    if body.cold is None or not body.cold.holds(known):
        body.cold = build_cold_block(scene, body.fields, known)
    kernels.evaluate(body.fields, body.cold.fields, scene.layout, body.cold.box, spans)


def _include(
    low: NDArray[np.int32], high: NDArray[np.int32], more: tuple[NDArray[np.int32], NDArray[np.int32]]
) -> None:
    """Widen spans in place to the hull with others; an empty span counts for nothing."""
    empty, adds = low >= high, more[0] < more[1]
    low[:] = np.where(adds, np.where(empty, more[0], np.minimum(low, more[0])), low)
    high[:] = np.where(adds, np.where(empty, more[1], np.maximum(high, more[1])), high)


def _highest_liquidus_c(scene: Scene) -> float:
    """Highest liquidus of the tissues that can freeze: below it, a cell belongs to the cold zone."""
    return float(scene.liquidus_c[~scene.materials.is_fixed].max(initial=-1000.0))


def _enthalpy_c(scene: Scene, start_c: NDArray[np.floating]) -> NDArray[np.float32]:
    """Enthalpy temperature of a field of temperatures, shape (K, J, I); fixed tissues take their own temperature."""
    e = np.asarray(start_c, dtype=np.float64).copy()
    table, fixed_c = scene.materials.table, scene.materials.fixed_c
    liquidus = scene.liquidus_c
    for m in range(len(table)):
        here = None
        if np.isfinite(fixed_c[m]):
            e[scene.index == m] = fixed_c[m]
        here = (scene.index == m) & (e < liquidus[m])
        if here.any():
            e[here] = liquidus[m] + table[m, A_LIQUID] * (enthalpy_u(e[here], table[m]) - 1)
    return e.astype(np.float32)


def _held_by_row(
    scene: Scene, held: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.uint8], NDArray[np.int64]]:
    order = np.argsort(held, kind="stable")
    cells = held[order]
    width = scene.shape[2]
    pointer = np.searchsorted(cells, np.arange(scene.shape[0] * scene.shape[1] + 1) * width).astype(np.int64)
    return pointer, (cells % width).astype(np.int32), scene.index.reshape(-1)[cells], order.astype(np.int64)
