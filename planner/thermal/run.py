"""What will the tissue's temperature be, from now to the end of the protocol? A plan's request led through the solver.

Outsiders call :func:`planner.thermal.predict` with plain arrays; both go through :mod:`planner.thermal.march`.
"""

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
from planner.thermal.admission import MOST_CELLS, MOST_STORED_BYTES
from planner.thermal.baseline import TOLERANCE_K, baseline_temperature_c
from planner.thermal.checks import check_body, check_temperatures, reaches_edge
from planner.thermal.contact import judge
from planner.thermal.frame_error import USUAL_PERCENT, FrameError
from planner.thermal.march import Course, March
from planner.thermal.properties import K_LIQUID, PERFUSION, build_materials, unverified_words
from planner.thermal.scene import Scene, build_scene
from planner.thermal.schedule import Schedule, Spell, build_schedule, distinct
from planner.thermal.sources import Needle, build_sinks
from planner.thermal.stepper import Pace, start_body

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.domain.probe import ProbeModel
    from planner.thermal.settings import SolverSettings
    from planner.thermal.stepper import Body
    from planner.thermal.tissue_map import TissueMap

SPACINGS_MM = (0.5, 1.0, 2.0)
"""1 mm for results, 2 mm for a preview, 0.5 mm for a check of the grid's influence."""


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """What a prediction needs before any probe is placed: the tissue laid out and the body's temperature at rest.

    Parameters
    ----------
    request
        The request it was made for; probes, models and protocol may change, the rest may not.
    baseline_c
        shape (K, J, I), float64, °C.
    pace
        Of previews: each goes on with what the one before found out about this machine.
    """

    request: SimulationRequest
    tissue_map: TissueMap
    scene: Scene
    baseline_c: NDArray[np.float64]
    pace: Pace = field(default_factory=Pace)

    def fits(self, request: SimulationRequest) -> bool:
        """Whether a request asks about the same body on the same grid."""
        mine = self.request
        return (
            request.grid == mine.grid
            and request.pixel_hash == mine.pixel_hash
            and request.regions == mine.regions
            and request.conditions == mine.conditions
            and request.tissues == mine.tissues
        )


def prepare(request: SimulationRequest, tissue_map: TissueMap, *, progress: Progress = silent) -> Prepared:
    """Lay out the tissue and warm the body; the same for every placement of probes in this box.

    Raises
    ------
    SimulationRefused
        When grid, tissue map, tissues or conditions cannot be used.
    """
    _check_grid(request, tissue_map)
    progress(0, 1, "Laying out tissue")
    materials = build_materials(
        tissue_map.tissue_ids,
        tissues=request.tissues,
        conditions=request.conditions,
        spacing_mm=request.spacing_mm,
    )
    scene = build_scene(tissue_map.index, materials)
    return Prepared(request, tissue_map, scene, baseline_temperature_c(scene, progress=progress))


def simulate(
    request: SimulationRequest,
    tissue_map: TissueMap,
    *,
    prepared: Prepared | None = None,
    progress: Progress = silent,
) -> SimulationResult:
    """Predict temperature over the whole protocol.

    Parameters
    ----------
    request
        Grid, probes, protocol and tissues; nothing else influences the result.
    tissue_map
        Tissue of each cell of the request's grid.
    prepared
        From :func:`prepare` for the same body and box, when it is there already.
    progress
        Called several times a second with simulated and total seconds; may raise Cancelled.

    Raises
    ------
    SimulationRefused
        When a value is missing or impossible, or when the result fails one of its own checks.
    """
    began = time.perf_counter()
    _check_request(request)
    ready = prepare(request, tissue_map, progress=progress) if prepared is None else _fitting(prepared, request)
    progress(0, 1, "Placing probes")
    needles = _needles(request)
    findings = judge(needles, grid=request.grid, scene=ready.scene)
    history = HistoryBuilder()
    march = _march(request, ready, needles, outputs_s=stored_times_s(request), progress=progress)
    body = march.body
    error = FrameError(body, march.sinks)

    def store(time_s: float) -> None:
        history.add(check_body(body, moment=f"at {time_s:.0f} s"), time_s=time_s)

    error.note(0.0)
    march.store, march.after_step = store, error.note
    march.run(request.protocol.total_s)
    minimum_c = body.minimum_c()
    check_temperatures(minimum_c, moment="at its coldest")
    finished = history.finish()
    errors_c = error.errors_c(finished.times_s.tolist())
    record = SolverRecord(
        solver_version=choices.SOLVER_VERSION,
        method=choices.METHOD,
        cells=math.prod(request.grid.shape_kji),
        stages=body.stages,
        energy_error_percent=100 * float(body.energy_error),
        wall_s=time.perf_counter() - began,
        reaches_boundary=reaches_edge(finished.start_c, minimum_c, body.temperature_c()),
        unverified=_unverified(request, ready.tissue_map),
        notes=(*ready.tissue_map.notes, *_notes(request, march.settings), *_perfusion_notes(ready.scene)),
        convergence=_convergence(body, errors_c),
        temporal_error_c=None if errors_c is None else errors_c[0],
        findings=findings,
    )
    return SimulationResult(
        input_hash=request.input_hash,
        grid=request.grid,
        history=finished,
        minimum_c=minimum_c,
        tissue_index=ready.tissue_map.index,
        tissue_ids=ready.tissue_map.tissue_ids,
        record=record,
    )


def preview_c(request: SimulationRequest, prepared: Prepared, *, progress: Progress = silent) -> NDArray[np.float32]:
    """Return the temperature at the end of the first freeze phase, shape (K, J, I), float32, °C.

    With schedules of single probes it is the time at which the last of them has ended its first freeze. Steps are
    those of the preview; nothing is stored on the way. Raises SimulationRefused like :func:`simulate`.
    """
    _check_request(request)
    needles, ready = _needles(request), _fitting(prepared, request)
    judge(needles, grid=request.grid, scene=ready.scene)
    march = _march(request, ready, needles, quality="preview", progress=progress)
    march.run(request.protocol.first_freeze_end_s(placement.id for placement in request.probes))
    return check_body(march.body, moment="in the preview")


def coldest_c(
    request: SimulationRequest,
    prepared: Prepared,
    *,
    quality: choices.Quality = "preview",
    progress: Progress = silent,
) -> NDArray[np.float32]:
    """Return how cold each cell ever gets over the whole protocol, shape (K, J, I), float32, °C; nothing else is kept.

    With standard steps, which then end at the same times, it is the coldest-ever field of :func:`simulate` to the bit.
    Raises SimulationRefused like it.
    """
    _check_request(request)
    needles, ready = _needles(request), _fitting(prepared, request)
    judge(needles, grid=request.grid, scene=ready.scene)
    stops_s = () if quality == "preview" else stored_times_s(request)
    march = _march(request, ready, needles, outputs_s=stops_s, quality=quality, progress=progress)
    march.run(request.protocol.total_s)
    check_body(march.body, moment="at the end of the protocol")
    minimum_c = march.body.minimum_c()
    check_temperatures(minimum_c, moment="at its coldest")
    return minimum_c


def coldest_until_c(
    request: SimulationRequest,
    prepared: Prepared,
    times_s: Sequence[float],
    *,
    quality: choices.Quality = "preview",
    progress: Progress = silent,
) -> tuple[NDArray[np.float32], ...]:
    """Return how cold each cell gets until each of some increasing times, from one run; see :func:`coldest_c`.

    Of a protocol that freezes until the last of them, it is what protocols that end earlier do, on the same cells.
    """
    _check_request(request)
    needles, ready = _needles(request), _fitting(prepared, request)
    judge(needles, grid=request.grid, scene=ready.scene)
    march = _march(request, ready, needles, quality=quality, progress=progress)
    found = []
    for time_s in times_s:
        march.run(time_s)
        check_body(march.body, moment=f"at {time_s:.0f} s")
        minimum_c = np.array(march.body.minimum_c())
        check_temperatures(minimum_c, moment="at its coldest")
        found.append(minimum_c)
    return tuple(found)


def stored_times_s(request: SimulationRequest) -> tuple[float, ...]:
    """Return when a result is stored: the start, every output time and every end of a phase."""
    protocol = request.protocol
    count = int(protocol.total_s / request.output_every_s + 1e-6)
    regular = {n * request.output_every_s for n in range(count + 1)}
    return distinct({*regular, *protocol.breaks_s})


def _needles(request: SimulationRequest) -> list[Needle]:
    return [Needle.of(placement, request.model_of(placement)) for placement in request.probes]


def _march(
    request: SimulationRequest,
    prepared: Prepared,
    needles: list[Needle],
    *,
    outputs_s: tuple[float, ...] = (),
    quality: choices.Quality = "standard",
    progress: Progress,
) -> March:
    """Place the probes and stand at time zero."""
    settings = choices.QUALITIES[quality]
    models = tuple(request.model_of(placement) for placement in request.probes)
    sinks = build_sinks(needles, grid=request.grid, scene=prepared.scene)
    limits_w = [math.inf if model.power_limit_w.value is None else model.power_limit_w.value for model in models]
    return March(
        body=start_body(
            prepared.scene,
            prepared.baseline_c,
            sinks=sinks,
            held=np.zeros(0, np.int64),
            pace=prepared.pace if quality == "preview" else None,
        ),
        sinks=sinks,
        course=Course(_schedule(request, models, settings), np.array(limits_w, dtype=np.float64)),
        settings=settings,
        outputs_s=outputs_s,
        progress=progress,
    )


def _schedule(request: SimulationRequest, models: tuple[ProbeModel, ...], settings: SolverSettings) -> Schedule:
    protocol = request.protocol
    known = {placement.id for placement in request.probes}
    lost = [schedule.probe_id for schedule in protocol.exceptions if schedule.probe_id not in known]
    if lost:
        raise SimulationRefused(
            f"The protocol has a schedule for the probe {lost[0]}, which is not placed. Remove that schedule.",
            code="schedule-unknown",
        )
    return build_schedule(
        [[Spell.of(phase) for phase in protocol.phases_of(placement.id)] for placement in request.probes],
        surface_c=[float(model.surface_temperature_c.value or 0.0) for model in models],
        active_thaw_c=settings.active_thaw_c,
        ramp_s=settings.ramp_s,
    )


def _fitting(prepared: Prepared, request: SimulationRequest) -> Prepared:
    if not prepared.fits(request):
        raise SimulationRefused(
            "The body that was laid out is not the one of this request: grid, CT, structures, tissues or conditions "
            "differ. Prepare it again.",
            code="prepared-other",
        )
    return prepared


def _check_request(request: SimulationRequest) -> None:
    """Refuse what gives no prediction, and what would not fit a common workstation, before anything is allocated."""
    if not request.probes:
        raise SimulationRefused("The request has no probe; there is nothing to predict.", code="probe-count")
    own = (phase for placement in request.probes for phase in request.protocol.phases_of(placement.id))
    if not any(phase.kind is PhaseKind.FREEZE for phase in own):
        raise SimulationRefused("The protocol has no freeze phase; there is nothing to predict.", code="no-freeze")
    if not 1 <= request.output_every_s <= 600:
        raise SimulationRefused(
            f"Results are stored every 1 to 600 s, not {request.output_every_s:g} s.", code="output-interval"
        )
    cells = math.prod(request.grid.shape_kji)
    stored_bytes = len(stored_times_s(request)) * cells * np.dtype(np.int16).itemsize
    if cells > MOST_CELLS or stored_bytes > MOST_STORED_BYTES:
        raise SimulationRefused(
            f"{cells / 1e6:.0f} million cells over {request.protocol.total_s / 60:.0f} min would need "
            f"{stored_bytes / 2**30:.1f} GiB to store; at most {MOST_CELLS / 1e6:.0f} million cells and "
            f"{MOST_STORED_BYTES / 2**30:.0f} GiB are predicted. Choose larger cells, a shorter protocol or fewer "
            "targets far from the probes.",
            code="prediction-too-large",
        )


def _check_grid(request: SimulationRequest, tissue_map: TissueMap) -> None:
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


def _convergence(body: Body, errors_c: tuple[float, float] | None) -> str:
    """Say how far the numbers of this run are settled: at rest, in heat, and between the stored times."""
    words = f"Baseline settled to {TOLERANCE_K:g} K, energy balance closed to {100 * body.energy_error:.3f} %"
    if errors_c is None:
        return f"{words}."
    return (
        f"{words}; {USUAL_PERCENT:g} % of the temperatures near the ice that are read between stored times are within "
        f"{errors_c[1]:.1f} °C."
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
    used = dict.fromkeys(request.model_of(placement) for placement in request.probes)
    notes = [f"{model.label}: {model.boundary_words}" for model in used]
    notes += [f"Probe surfaces reach their temperature in {settings.ramp_s:g} s (project default)."]
    phases = [phase for placement in request.probes for phase in request.protocol.phases_of(placement.id)]
    if any(phase.kind is PhaseKind.ACTIVE_THAW for phase in phases):
        notes.append(f"Active thaw holds the probe surface at {settings.active_thaw_c:+g} °C (project default).")
    if any(phase.duty < 1 for phase in phases):
        notes.append("A duty below 100 % scales a probe's heat exchange evenly over its on and off times.")
    notes += [
        f"{model.label} takes at most {model.power_limit_w.value:g} W."
        for model in used
        if model.power_limit_w.value is not None
    ]
    notes += request.conditions.notes
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
