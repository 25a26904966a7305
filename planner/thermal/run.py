"""What will the tissue's temperature be, from now to the end of the protocol? The one entrance to the solver."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.errors import SimulationRefused
from planner.domain.progress import Progress, silent
from planner.domain.protocol import PhaseKind
from planner.domain.simulation import SimulationRequest, SimulationResult, SolverRecord
from planner.domain.temperature import HistoryBuilder
from planner.thermal import settings as choices
from planner.thermal.baseline import baseline_temperature_c
from planner.thermal.checks import check_energy, check_temperatures, reaches_edge
from planner.thermal.properties import K_LIQUID, PERFUSION, build_materials, unverified_words
from planner.thermal.scene import Scene, build_scene, fastest_rate_per_s
from planner.thermal.sources import Sinks, build_sinks
from planner.thermal.stepper import Body, advance, box_around, grow_box, start_body

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.domain.protocol import Phase
    from planner.thermal.settings import SolverSettings
    from planner.thermal.tissue_map import TissueMap

PHASE_WORDS = {
    PhaseKind.FREEZE: "Freezing",
    PhaseKind.PASSIVE_THAW: "Thawing",
    PhaseKind.ACTIVE_THAW: "Thawing actively",
}
SPACINGS_MM = (0.5, 1.0, 2.0)
"""1 mm for results, 2 mm for a preview, 0.5 mm for a check of the grid's influence."""
MOST_CELLS = 35_000_000
"""About 5 GiB of working arrays; a 160 mm box of 0.5 mm cells."""
MOST_FRAME_BYTES = 4 * 2**30


def simulate(request: SimulationRequest, tissue_map: TissueMap, *, progress: Progress = silent) -> SimulationResult:
    """Predict temperature over the whole protocol.

    Parameters
    ----------
    request
        Grid, probes, protocol and tissues; nothing else influences the result.
    tissue_map
        Tissue of each cell of the request's grid.
    progress
        Called several times a second with simulated and total seconds; may raise Cancelled.

    Raises
    ------
    SimulationRefused
        When a value is missing or impossible, or when the result fails one of its own checks.
    """
    began = time.perf_counter()
    _check_request(request, tissue_map)
    materials = build_materials(
        tissue_map.tissue_ids,
        tissues=request.tissues,
        conditions=request.conditions,
        spacing_mm=request.spacing_mm,
    )
    progress(0, 1, "Laying out tissue")
    scene = build_scene(tissue_map.index, materials)
    progress(0, 1, "Placing probes")
    models = tuple(request.model_of(placement) for placement in request.probes)
    sinks = build_sinks(request.probes, models, grid=request.grid, scene=scene)
    baseline_c = baseline_temperature_c(scene, progress=progress)
    march = March.start(scene, sinks, baseline_c, request=request, progress=progress)
    for phase, end_s in zip(request.protocol.phases, request.protocol.ends_s, strict=True):
        march.run_phase(phase, end_s)
    return _result(march, request, tissue_map, wall_s=time.perf_counter() - began)


@dataclass(slots=True, eq=False)
class March:
    """The prediction on its way: body, probes, and what was stored so far."""

    body: Body
    sinks: Sinks
    settings: SolverSettings
    progress: Progress
    output_every_s: float
    total_s: float
    baseline_c: NDArray[np.float32]
    history: HistoryBuilder = field(default_factory=HistoryBuilder)
    now_s: float = 0.0

    @classmethod
    def start(
        cls,
        scene: Scene,
        sinks: Sinks,
        baseline_c: NDArray[np.float64],
        *,
        request: SimulationRequest,
        progress: Progress,
        settings: SolverSettings = choices.DEFAULT_SETTINGS,
    ) -> March:
        """Stand at time zero with the baseline stored."""
        margin = max(5, int(np.ceil(settings.box_growth_mm / request.spacing_mm)) + 1)
        body = start_body(scene, baseline_c, box=box_around(sinks, scene.shape, margin=margin))
        march = cls(
            body=body,
            sinks=sinks,
            settings=settings,
            progress=progress,
            output_every_s=request.output_every_s,
            total_s=request.protocol.total_s,
            baseline_c=body.temperature_c(body.u),
        )
        march.store()
        return march

    def run_phase(self, phase: Phase, end_s: float) -> None:
        """Advance to the end of one phase."""
        start_s = self.now_s
        goal_c = self._surface_goal_c(phase.kind)
        sinks = self.sinks if goal_c is not None else self.sinks.switched_off()
        from_c = self._tissue_at_probes_c()
        rate = fastest_rate_per_s(
            self.body.scene,
            coldest_c=float(self.sinks.surface_c.min()),
            sink_conductance=sinks.largest_conductance,
        )
        words = PHASE_WORDS[phase.kind]
        while self.now_s < end_s - 1e-9:
            elapsed_s = self.now_s - start_s
            step_s = self._step_s(elapsed_s, end_s)
            grow_box(self.body, self.settings)
            advance(
                self.body,
                sinks,
                step_s=step_s,
                rate_per_s=rate,
                drive_at=self._drive(sinks, goal_c, from_c, elapsed_s=elapsed_s, step_s=step_s),
                tick=lambda: self._tell(words),
            )
            self.now_s += step_s
            self._tell(words)
            if self._is_output(end_s):
                self.store()

    def store(self) -> None:
        """Keep the temperature now, after checking it and the energy balance."""
        t_c = self.body.temperature_c(self.body.u)
        moment = f"at {self.now_s:.0f} s"
        check_temperatures(t_c, moment=moment)
        check_energy(self.body.energy_error, moment=moment)
        self.history.add(t_c, time_s=self.now_s)

    def _surface_goal_c(self, kind: PhaseKind) -> NDArray[np.float64] | None:
        if kind is PhaseKind.PASSIVE_THAW:
            return None
        if kind is PhaseKind.FREEZE:
            return self.sinks.surface_c
        return np.full_like(self.sinks.surface_c, self.settings.active_thaw_c)

    def _tissue_at_probes_c(self) -> NDArray[np.float64]:
        """Mean temperature of each probe's disc, weighted by its exchange: where a ramp starts, shape (P,)."""
        t_c = self.body.temperature_c(self.body.u).reshape(-1)[self.sinks.cells].astype(np.float64)
        count = len(self.sinks.surface_c)
        weight = np.bincount(self.sinks.probe, self.sinks.conductance, minlength=count)
        total = np.bincount(self.sinks.probe, self.sinks.conductance * t_c, minlength=count)
        mean = np.full(count, self.body.scene.materials.core_c)
        np.divide(total, weight, out=mean, where=weight > 0)
        return mean

    def _step_s(self, elapsed_s: float, end_s: float) -> float:
        wanted = self.settings.growth * elapsed_s
        wanted = min(max(wanted, self.settings.shortest_step_s), self.settings.longest_step_s)
        next_output_s = (np.floor(self.now_s / self.output_every_s + 1e-9) + 1) * self.output_every_s
        return float(min(wanted, end_s - self.now_s, next_output_s - self.now_s))

    def _is_output(self, end_s: float) -> bool:
        whole = self.now_s / self.output_every_s
        return abs(self.now_s - end_s) < 1e-6 or abs(whole - round(whole)) < 1e-6

    def _drive(
        self,
        sinks: Sinks,
        goal_c: NDArray[np.float64] | None,
        from_c: NDArray[np.float64],
        *,
        elapsed_s: float,
        step_s: float,
    ) -> Callable[[float], NDArray[np.float32]]:
        """Return the sink drive as a function of the share of this step: ramp, then plateau."""
        if goal_c is None:
            nothing = np.zeros_like(sinks.conductance)
            return lambda _share: nothing
        ramp_s = self.settings.ramp_s
        if elapsed_s >= ramp_s:
            steady = sinks.drive(self.body.scene, goal_c)
            return lambda _share: steady

        def ramping(share: float) -> NDArray[np.float32]:
            done = min((elapsed_s + share * step_s) / ramp_s, 1.0)
            return sinks.drive(self.body.scene, from_c + done * (goal_c - from_c))

        return ramping

    def _tell(self, words: str) -> None:
        self.progress(round(self.now_s), round(self.total_s), words)


def most_frames(request: SimulationRequest) -> int:
    """Return how many times may be stored: the start, every output time and every phase end."""
    return 1 + int(request.protocol.total_s / request.output_every_s + 1e-6) + len(request.protocol.phases)


def _check_size(request: SimulationRequest) -> None:
    """Refuse what would not fit a common workstation, before anything is allocated."""
    cells = math.prod(request.grid.shape_kji)
    frame_bytes = most_frames(request) * cells * np.dtype(np.int16).itemsize
    if cells > MOST_CELLS or frame_bytes > MOST_FRAME_BYTES:
        raise SimulationRefused(
            f"{cells / 1e6:.0f} million cells over {request.protocol.total_s / 60:.0f} min would need "
            f"{frame_bytes / 2**30:.1f} GiB to store; at most {MOST_CELLS / 1e6:.0f} million cells and "
            f"{MOST_FRAME_BYTES / 2**30:.0f} GiB are predicted. Choose larger cells, a shorter protocol or fewer "
            "targets far from the probes.",
            code="prediction-too-large",
        )


def _check_request(request: SimulationRequest, tissue_map: TissueMap) -> None:
    spacing = request.grid.spacing_ijk_mm
    if max(spacing) - min(spacing) > 1e-6 or not any(abs(spacing[0] - mm) < 1e-6 for mm in SPACINGS_MM):
        raise SimulationRefused(
            f"The solver's grid has cubes of 0.5, 1 or 2 mm, not {' × '.join(f'{mm:g}' for mm in spacing)} mm.",
            code="grid-spacing",
        )
    if tissue_map.index.shape != request.grid.shape_kji:
        raise SimulationRefused(
            f"The tissue map is {tissue_map.index.shape} but the box is {request.grid.shape_kji}.",
            code="tissue-map-shape",
        )
    if int(tissue_map.index.max()) >= len(tissue_map.tissue_ids):
        raise SimulationRefused("The tissue map holds a number without a tissue.", code="tissue-map-index")
    if not request.protocol.has_freeze:
        raise SimulationRefused("The protocol has no freeze phase; there is nothing to predict.", code="no-freeze")
    if not 1 <= request.output_every_s <= 600:
        raise SimulationRefused(
            f"Results are stored every 1 to 600 s, not {request.output_every_s:g} s.", code="output-interval"
        )
    _check_size(request)


def _result(march: March, request: SimulationRequest, tissue_map: TissueMap, *, wall_s: float) -> SimulationResult:
    body = march.body
    minimum_c = body.temperature_c(body.lowest_u)
    check_temperatures(minimum_c, moment="at its coldest")
    record = SolverRecord(
        solver_version=choices.SOLVER_VERSION,
        method=choices.METHOD,
        cells=int(np.prod(request.grid.shape_kji)),
        stages=body.stages,
        energy_error_percent=100 * body.energy_error,
        wall_s=wall_s,
        reaches_boundary=reaches_edge(march.baseline_c, minimum_c, body.temperature_c(body.u)),
        unverified=_unverified(request, tissue_map),
        notes=(*tissue_map.notes, *_notes(request, march.settings), *_perfusion_notes(body.scene)),
    )
    return SimulationResult(
        input_hash=request.input_hash,
        grid=request.grid,
        history=march.history.finish(),
        minimum_c=minimum_c,
        tissue_index=tissue_map.index,
        tissue_ids=tissue_map.tissue_ids,
        record=record,
    )


def _unverified(request: SimulationRequest, tissue_map: TissueMap) -> tuple[str, ...]:
    words = [*unverified_words(tissue_map.tissue_ids, request.tissues), *request.conditions.unverified]
    for placement in request.probes:
        model = request.model_of(placement)
        named = {
            "shaft diameter": model.shaft_diameter_mm,
            "active tip length": model.active_tip_mm,
            "surface temperature": model.surface_temperature_c,
        }
        words += [f"{model.label}: {word}" for word, datum in named.items() if not datum.status.is_verified]
        if model.tip_to_active_mm.value is None:
            words.append(f"{model.label}: tip to active zone (not known, taken as 0 mm)")
        elif not model.tip_to_active_mm.status.is_verified:
            words.append(f"{model.label}: tip to active zone")
    return tuple(dict.fromkeys(words))


def _notes(request: SimulationRequest, settings: SolverSettings) -> tuple[str, ...]:
    notes = [f"Probe surfaces reach their temperature in {settings.ramp_s:g} s (project default)."]
    if any(phase.kind is PhaseKind.ACTIVE_THAW for phase in request.protocol.phases):
        notes.append(f"Active thaw holds the probe surface at {settings.active_thaw_c:+g} °C (project default).")
    notes.append("Perfusion and metabolic heat stop where tissue has frozen and do not return on thaw.")
    return tuple(notes)


def _perfusion_notes(scene: Scene) -> tuple[str, ...]:
    """Name tissues whose blood changes the temperature within two cells: there the grid draws ice too small."""
    table, h_m = scene.materials.table, scene.materials.spacing_m
    notes = []
    for m, tissue_id in enumerate(scene.materials.ids):
        if scene.materials.is_fixed[m] or table[m, PERFUSION] == 0:
            continue
        length_mm = 1e3 * h_m * float(np.sqrt(table[m, K_LIQUID] / table[m, PERFUSION]))
        if length_mm < 2e3 * h_m:
            notes.append(
                f"Blood flow in {tissue_id.replace('_', ' ')} acts over {length_mm:.1f} mm: the ice edge there may be "
                f"drawn up to {0.6e3 * h_m:.1f} mm too small on this grid."
            )
    return tuple(notes)
