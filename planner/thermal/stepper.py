"""How does the body get from one moment to the next? RKL1 macro steps on growing zones, with the heat accounted for.

RKL1 (Meyer, Balsara and Aslam, J. Comput. Phys. 257, 2014): s stages reach ``dt_exp (s² + s) / 2``, where ``dt_exp``
is the longest explicit step, with two registers and a fully nonlinear right-hand side in every stage.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.domain.errors import SimulationRefused
from planner.thermal import kernels, passes, zones
from planner.thermal.blocks import (
    ACTIVE_1,
    CAP,
    COLD,
    E_A,
    E_B,
    KNOWN_1,
    LOSS,
    LOWEST,
    OWN,
    RIMMED,
    SAVED,
    SEEDED,
    SPANS,
    START,
    SUPPLY,
    ZONE_ROWS,
)
from planner.thermal.cold import near_planes
from planner.thermal.lanes import LANES
from planner.thermal.properties import A_LIQUID, ENTHALPY
from planner.thermal.sources import row_pointer

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.thermal.scene import Scene
    from planner.thermal.sources import Sinks

GROWTH_MM = 4.0
"""How far the active zone reaches beyond what has changed; in warm tissue heat diffuses 4 mm in 30 s."""
CHANGED_C = 0.04
"""Change of temperature that counts as heat having arrived. Against 0.005 no isotherm moves by 0.001 mm; 0.1 % of the
heat is then still in cells that rest."""
COLD_MARGIN_MM = 1.0
"""How far the core of the cold zone reaches beyond ice; a front that outruns it is caught, and the step repeated."""
MOST_REPEATS = 8
UPDATES_AT_ONCE = 30_000_000
"""Cell updates between two looks at the clock: some tens of milliseconds, for a cancel within 250."""
SHARED_FROM_UPDATES = 10_000
"""A stage of fewer updates is over before a second thread has taken its share."""
TRIAL_STAGES = 6
# A pace that is kept from preview to preview is looked at again after a second or so: what else runs may have changed.
MOST_RUNS_UNTRIED = 500
COLD_COSTS = (3, 10)
"""A cold cell takes about this many times as long as a warm one: among its like, and at a border between tissues."""


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


@dataclass(slots=True)
class Pace:
    """Whether sharing a stage among threads pays here and now; the numbers are the same either way.

    On a busy machine threads that wait for each other can take a hundred times longer than one alone, so both are
    timed now and then on a few stages, the slower one ever more rarely.
    """

    alone_s: float = 0.0
    shared_s: float = 0.0
    runs: int = 0
    next_trial: int = 8

    def choose(self) -> tuple[bool, bool]:
        """Return whether threads shall share the next stages, and whether that is a trial of a few stages."""
        self.runs += 1
        if not self.shared_s:
            return True, True
        if not self.alone_s:
            return False, True
        sharing_pays = self.shared_s <= 0.8 * self.alone_s
        if self.runs < self.next_trial:
            return sharing_pays, False
        self.next_trial = self.runs + min(self.runs, MOST_RUNS_UNTRIED)
        return not sharing_pays, True

    def note(self, *, shared: bool, update_s: float) -> None:
        """Keep the time of one update; a bad wait for other threads is forgotten by halves only."""
        if shared:
            self.shared_s = max(update_s, self.shared_s / 2)
        else:
            self.alone_s = update_s


@dataclass(slots=True, eq=False)
class Body:
    """The changing state of one prediction.

    Parameters
    ----------
    fields
        shape (8, N), float32; rows as in :mod:`planner.thermal.blocks`.
    spans
        shape (4, K*J), int32: active and known cells of each row.
    zone, codes
        shape (4, N / 8), uint8, and (N / 8,), uint16: of chunks, as in :mod:`planner.thermal.blocks`.
    seeds
        shape (2, K*J), int32: spans of the sinks and held cells, which are always active.
    sink_form, largest_conductance
        The sinks as the kernels take them, and their largest sum in one cell.
    liquidus_c, warm_from_c
        Liquidus of each tissue, shape (M,), float32, and the highest of those that can freeze: below it a cell belongs
        to the cold zone.
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
    zone: NDArray[np.uint8]
    codes: NDArray[np.uint16]
    seeds: NDArray[np.int32]
    sink_form: tuple[NDArray[Any], ...]
    largest_conductance: float
    liquidus_c: NDArray[np.float32]
    warm_from_c: float
    held: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.uint8], NDArray[np.int64]]
    everything_active: bool
    blood_stays_off: bool = True
    near: NDArray[np.float32] | None = None
    register: int = 0
    coldest_c: float = 0.0
    inflow_w_per_m: float = 0.0
    stages: int = 0
    cell_stages: int = 0
    probe_j: float = 0.0
    supply_j: float = 0.0
    moved_j: float = 0.0
    pace: Pace = field(default_factory=Pace)

    @property
    def index(self) -> NDArray[np.uint8]:
        """Tissue of each cell by row, shape (K*J, I)."""
        return self.scene.index.reshape(-1, self.scene.shape[2])

    @property
    def cold_cells(self) -> int:
        """How many cells are in the cold zone."""
        return LANES * int(np.count_nonzero(self.codes & COLD))

    @property
    def stored_j(self) -> float:
        """Heat stored since the start in cells whose temperature is free, J."""
        table, h_m = self.scene.materials.table, self.scene.materials.spacing_m
        capacity = table[:, ENTHALPY] / table[:, A_LIQUID]
        total = passes.stored_heat(self.fields, self.spans, self.scene.layout, self.register, capacity, self.index)
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
        np.minimum(self.fields[LOWEST], self.fields[self.register], out=self.fields[LOWEST])
        return self._temperature_of(LOWEST)

    def frozen_share(self) -> NDArray[np.float32]:
        """One minus the liquid fraction of each cell, shape (K, J, I); 0 in tissue that keeps its temperature."""
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
        passes.temperatures(self.fields[row], scene.layout, scene.index, scene.table, out)
        return out


def start_body(  # noqa: PLR0913 - what it starts from, and how it steps
    scene: Scene,
    start_c: NDArray[np.floating],
    *,
    sinks: Sinks,
    held: NDArray[np.int64],
    everything_active: bool = False,
    blood_stays_off: bool = True,
    pace: Pace | None = None,
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
    pace
        What an earlier run in this place found out about sharing stages among threads.
    """
    fields = scene.fields()
    fixed_c = np.nan_to_num(scene.materials.fixed_c).astype(np.float32)
    start_c = np.ascontiguousarray(start_c, dtype=np.float32)
    passes.enthalpies(start_c, fixed_c, scene.layout, scene.index, scene.table, fields[START])
    for row in (E_A, E_B, SAVED, LOWEST):
        fields[row] = fields[START]
    for row in (CAP, SUPPLY, LOSS):
        scene.cells_of(fields[row])[np.unravel_index(held, scene.shape)] = 0
    warm_from_c = float(scene.liquidus_c[~scene.materials.is_fixed].max(initial=-1000.0))
    start = scene.cells_of(fields[START])
    seeds = np.concatenate([sinks.cells, held])
    spans = np.zeros((SPANS, scene.shape[0] * scene.shape[1]), np.int32)
    zone, codes = np.zeros((ZONE_ROWS, len(scene.codes)), np.uint8), scene.codes.copy()
    zone[SEEDED] = zones.bits_of(seeds, scene.layout, scene.shape)
    codes[zones.bits_of(held, scene.layout, scene.shape) > 0] |= OWN
    cold = np.flatnonzero(start < np.float32(warm_from_c))
    codes[zones.bits_of(cold, scene.layout, scene.shape) > 0] |= COLD
    if cold.size:
        spans[KNOWN_1] = scene.layout[1]
    if everything_active:
        spans[ACTIVE_1] = scene.layout[1]
    body = Body(
        scene=scene,
        sinks=sinks,
        fields=fields,
        spans=spans,
        zone=zone,
        codes=codes,
        seeds=zones.spans_of(seeds, scene.shape),
        sink_form=sinks.kernel_form(scene),
        largest_conductance=sinks.largest_conductance,
        liquidus_c=scene.liquidus_c.astype(np.float32),
        warm_from_c=warm_from_c,
        held=_held_by_row(scene, held),
        everything_active=everything_active,
        blood_stays_off=blood_stays_off,
        coldest_c=float(start_c.min()),
        pace=Pace() if pace is None else pace,
    )
    _stop_blood(body)
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
    scene = body.scene
    place = (scene.layout, scene.shape)
    if not body.everything_active:
        growth = max(2, math.ceil(GROWTH_MM * 1e-3 / scene.materials.spacing_m - 1e-9))
        body.inflow_w_per_m += zones.grow_active(
            body.fields, scene.faces, body.spans, place, body.register, np.float32(CHANGED_C), body.seeds, growth
        )
    began = body.register
    passes.keep(body.fields, body.spans, scene.layout, began)
    margin = max(1, math.ceil(COLD_MARGIN_MM * 1e-3 / scene.materials.spacing_m - 1e-9))
    for _ in range(MOST_REPEATS):
        _place_cold(body, margin)
        heat_j, rim_c = _run(body, step, tick)
        if rim_c >= body.warm_from_c:
            break
        body.register = began
        passes.restore(body.fields, body.spans, scene.layout, began)
        margin *= 2
    else:
        raise SimulationRefused(
            "The prediction broke down: ice spread faster than the time step allows. No result is shown.",
            code="front-outran-step",
        )
    _stop_blood(body)
    h_m = scene.materials.spacing_m
    supply_j = float(heat_j[-1]) + body.inflow_w_per_m * h_m * step.step_s
    body.probe_j += float(heat_j[:-1].sum())
    body.supply_j += supply_j
    body.moved_j += float(np.abs(heat_j[:-1]).sum()) + (abs(supply_j) if body.everything_active else 0.0)
    if body.held[1].size:
        body.moved_j += (
            passes.exchanged(body.fields, scene.faces, scene.layout, body.register, body.held) * h_m * step.step_s
        )
    result: NDArray[np.float64] = heat_j[:-1] / step.step_s
    return result


def _run(body: Body, step: Step, tick: Callable[[], None]) -> tuple[NDArray[np.float64], float]:
    """Do all stages of a step; return the heat of each probe and of the rest, J, and the rim's lowest enthalpy, °C."""
    scene, probes = body.scene, body.sinks.count
    rate_per_s = scene.fastest_rate_per_s(
        frozen=int(zones.tissues_in(body.zone[RIMMED], body.codes, scene.labels)),
        coldest_c=body.coldest_c,
        sink_conductance=body.largest_conductance if step.exchange.any() else 0.0,
    )
    count = stages_for(step.step_s, rate_per_s)
    cells, updates, shared_cuts = _shares(body)
    chunk = max(1, UPDATES_AT_ONCE // updates)
    work = (
        _near(body, threads=len(shared_cuts) - 1),
        np.zeros((scene.shape[0], probes + 1)),
        np.zeros((2, probes + 1)),
    )
    pointer, columns, kinds, order = body.held
    sources = (
        body.sink_form,
        (pointer, columns, kinds),
        step.exchange.astype(np.float32),
        step.surface_from_c,
        step.surface_to_c,
        step.held_from_c[order],
        step.held_to_c[order],
    )
    laid_out = (scene.layout, scene.labels, scene.table, scene.of_tissues, body.codes, scene.patterns)
    alone_cuts = np.array([0, scene.shape[0]])
    lowest = math.inf
    done = 0
    while done < count:
        shared, is_trial = body.pace.choose() if len(shared_cuts) > 2 else (False, False)
        last = min(done + (TRIAL_STAGES if is_trial else chunk), count)
        stages = (body.register, done + 1, last, count, step.step_s)
        cuts = shared_cuts if shared else alone_cuts
        began_s = time.perf_counter()
        reached = kernels.run_stages(body.fields, laid_out, body.zone, body.spans, sources, work, stages, cuts)
        if len(shared_cuts) > 2:
            body.pace.note(shared=shared, update_s=(time.perf_counter() - began_s) / (updates * (last - done)))
        lowest = min(lowest, float(reached))
        body.register ^= (last - done) & 1
        done = last
        tick()
    body.stages += count
    body.cell_stages += count * cells
    return work[2][0] * scene.materials.spacing_m, lowest


def _shares(body: Body) -> tuple[int, int, NDArray[np.int64]]:
    """Return the active cells, the cost of a stage in warm cells, and the planes where each thread's share ends."""
    from numba import get_num_threads

    threads = min(get_num_threads(), body.scene.shape[0])
    cells, updates, cuts = zones.shares(body.spans, body.codes, body.scene.layout, COLD_COSTS, threads)
    if updates < SHARED_FROM_UPDATES:
        cuts = np.array([0, body.scene.shape[0]])
    return cells, max(updates, 1), cuts


def _place_cold(body: Body, margin: int) -> None:
    """Lay the cold zone around the ice, the probes and the held cells."""
    scene = body.scene
    body.inflow_w_per_m += zones.place_cold(
        body.fields,
        scene.faces,
        body.spans,
        body.zone,
        body.codes,
        (scene.layout, scene.shape),
        body.register,
        np.float32(body.warm_from_c),
        margin,
    )


def _near(body: Body, *, threads: int) -> NDArray[np.float32]:
    """Return room for the planes near the ice, for at least so many threads."""
    if body.near is None or len(body.near) < threads:
        body.near = near_planes(body.scene.layout, threads=threads)
    return body.near


def _stop_blood(body: Body) -> None:
    if body.blood_stays_off:
        scene = body.scene
        passes.stop_blood(
            body.fields,
            body.codes,
            body.spans,
            scene.layout,
            body.register,
            body.liquidus_c,
            (scene.labels, scene.of_tissues),
        )


def _held_by_row(
    scene: Scene, held: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.uint8], NDArray[np.int64]]:
    order = np.argsort(held, kind="stable")
    cells = held[order]
    width = scene.shape[2]
    pointer = row_pointer(cells, rows=scene.shape[0] * scene.shape[1], width=width)
    return pointer, (cells % width).astype(np.int32), scene.index.reshape(-1)[cells], order.astype(np.int64)
