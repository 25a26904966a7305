"""How long does a prediction take, how right is it, and how much longer does plain numpy need? On the bench's body."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.bench.clock import timed
from planner.bench.explicit import PlainProbes, PlainRun, PlainSolver
from planner.bench.scenes import (
    PROBE_MODEL,
    BenchBody,
    bench_body,
    bench_probes,
    bench_properties,
    bench_request,
    freeze_protocol,
    two_cycle_protocol,
)
from planner.bench.surfaces import LEVELS_C, surface_error
from planner.bench.table import Row, at_least, at_most, number_words
from planner.domain.probe import active_zone_lps_mm
from planner.persistence import resources
from planner.thermal import Probe, predict
from planner.thermal.checks import check_body
from planner.thermal.march import Course, March
from planner.thermal.run import Prepared, prepare, simulate
from planner.thermal.scene import build_scene
from planner.thermal.schedule import Spell, build_schedule
from planner.thermal.settings import QUALITIES
from planner.thermal.sources import Needle, build_sinks
from planner.thermal.stepper import start_body

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.probe import ProbeModel
    from planner.domain.protocol import Protocol
    from planner.domain.simulation import SimulationResult
    from planner.thermal import Prediction
    from planner.thermal.settings import Quality
    from planner.thermal.stepper import Body

PROBE_COUNT = 3
FREEZE_S = 600.0
GOAL_FREEZE_S, GOAL_SURFACE_MM, GOAL_PREVIEW_SURFACE_MM, GOAL_CYCLE_S = 0.10, 0.2, 0.5, 1.0
GOAL_PEER_TIMES, GOAL_AGREEMENT_MM = 600.0, 0.1
QUICK_PEER_STEPS = 40


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """The body on one grid, laid out and warmed."""

    body: BenchBody
    prepared: Prepared

    @property
    def spacing_mm(self) -> float:
        """Edge of a cell."""
        return self.body.grid.spacing_ijk_mm[0]

    def march(self, protocol: Protocol, *, count: int = PROBE_COUNT, quality: Quality = "standard") -> Body:
        """Place the first ``count`` probes and lead the body to the protocol's end; store nothing on the way."""
        model, settings = probe_model(), QUALITIES[quality]
        needles = [Needle.of(placement, model) for placement in bench_probes(count)]
        scene = self.prepared.scene
        sinks = build_sinks(needles, grid=self.body.grid, scene=scene)
        schedule = build_schedule(
            [[Spell.of(phase) for phase in protocol.phases]] * count,
            surface_c=[float(model.surface_temperature_c.value or 0.0)] * count,
            active_thaw_c=settings.active_thaw_c,
            ramp_s=settings.ramp_s,
        )
        body = start_body(scene, self.prepared.baseline_c, sinks=sinks, held=np.zeros(0, np.int64))
        course = Course(schedule, np.full(count, np.inf))
        March(body=body, sinks=sinks, course=course, settings=settings).run(protocol.total_s)
        check_body(body, moment="at its end")
        return body

    def predicted(
        self, protocol: Protocol, *, count: int = PROBE_COUNT, output_every_s: float = 15.0
    ) -> SimulationResult:
        """Predict with the first ``count`` probes as a plan does: history, checks and record included."""
        request = bench_request(self.body, protocol, probes=bench_probes(count), output_every_s=output_every_s)
        return simulate(request, self.body.tissue_map, prepared=self.prepared)


def make_site(spacing_mm: float) -> Site:
    """Draw the body on cubes of ``spacing_mm``, lay it out and warm it."""
    return prepared_site(bench_body(spacing_mm))


def prepared_site(body: BenchBody) -> Site:
    """Lay a drawn body out and warm it."""
    request = bench_request(body, freeze_protocol(), probes=bench_probes(1))
    return Site(body, prepare(request, body.tissue_map))


def probe_model() -> ProbeModel:
    """Return the catalogue entry of the bench's probes."""
    return next(model for model in resources.probe_models() if model.id == PROBE_MODEL)


def freeze_rows(site: Site, *, repeats: int) -> list[Row]:
    """Time the ten-minute freeze: the prediction proper, with its history, and what goes before."""
    section = f"10 min freeze, {PROBE_COUNT} probes, 96³ cells of 1 mm, five tissues, vessel and skin"
    proper = timed(lambda: site.march(freeze_protocol()), repeats)
    few = max(2, repeats // 3)
    complete = timed(lambda: site.predicted(freeze_protocol()), few, warm=False)
    layout = timed(lambda: build_scene(site.body.labels, site.prepared.scene.materials), few)
    preparing = timed(lambda: prepared_site(site.body), few, warm=False)
    body = site.march(freeze_protocol())
    active = body.cell_stages / body.stages / site.body.labels.size
    rate_g = body.cell_stages / proper.best_s / 1e9
    taken = f"best of {repeats}: probes placed, 10 min stepped, the last field checked; body laid out before"
    return [
        Row(section, "prediction, best", proper.best_s, "s", at_most(GOAL_FREEZE_S), taken),
        Row(section, "prediction, median", proper.p50_s, "s"),
        Row(section, "with history every 15 s and its record, best", complete.best_s, "s"),
        Row(section, "before: laying out tissue", layout.best_s, "s"),
        Row(section, "before: laying out tissue and warming the body", preparing.best_s, "s"),
        Row(section, "stages", body.stages),
        Row(section, "mean share of cells that are active", 100 * active, "%"),
        Row(section, "all cell-stages over the whole wall", rate_g, "G cell-stages/s"),
        Row(section, "heat unaccounted for", 100 * body.energy_error, "%", at_most(0.5)),
    ]


def error_rows(
    site: Site, field_c: NDArray[Any], reference: tuple[BenchBody, NDArray[Any]], goal_mm: float
) -> list[Row]:
    """Hold the isotherms of one field against those of a finer grid."""
    body, reference_c = reference
    fine_mm = body.grid.spacing_ijk_mm[0]
    section = f"Surface after 10 min, {PROBE_COUNT} probes: {site.spacing_mm:g} mm against {fine_mm:g} mm"
    rows = []
    for level_c in LEVELS_C:
        error = surface_error(field_c, site.body.grid, level_c, reference_c=reference_c, reference_grid=body.grid)
        more = f"mean {error.mean_mm:+.3f}, median {error.p50_mm:.3f}, largest {error.largest_mm:.2f} mm"
        name = f"{level_c:g} °C, 95th percentile"
        rows.append(Row(section, name, error.p95_mm, "mm", at_most(goal_mm), more))
        rows.append(Row(section, f"{level_c:g} °C, volume", error.volume_percent, "%"))
    return rows


def cycle_rows(site: Site, *, repeats: int) -> list[Row]:
    """Time the long protocol."""
    section = f"Two cycles of 10 min freeze and 5 min thaw and one more minute, {PROBE_COUNT} probes, 1 mm"
    proper = timed(lambda: site.march(two_cycle_protocol()), repeats, warm=False)
    return [
        Row(section, "prediction, best", proper.best_s, "s", at_most(GOAL_CYCLE_S), f"best of {repeats}"),
        Row(section, "prediction, median", proper.p50_s, "s"),
    ]


def peer_rows(site: Site, freeze_s: float, *, quick: bool) -> list[Row]:
    """Time the plain solver on the same first minute; compare cost, and where the ice is.

    ``freeze_s`` is our best wall of the ten-minute freeze. A quick run times some steps on 1 mm and compares the ice
    on a 2 mm grid, where a minute is cheap.
    """
    section = "Against plain numpy: explicit enthalpy, float64, whole box, same tissues and probe sinks, 1 mm"
    minute = timed(lambda: site.march(freeze_protocol(minutes=1.0)), 9)
    plain = plain_run(site, most_steps=QUICK_PEER_STEPS if quick else 0)
    first, whole = plain.per_minute_s / minute.best_s, 10 * plain.per_minute_s / freeze_s
    limit_ms, best_ms = 1e3 * plain.step_s, 1e3 * plain.per_step_s
    stepped = f"{plain.steps} Euler steps of {limit_ms:.0f} ms at their limit, each {best_ms:.1f} ms at best"
    rows = [
        Row(section, "plain numpy, one simulated minute", plain.per_minute_s, "s", note=stepped),
        Row(section, "ours, the first minute", minute.best_s, "s"),
        Row(section, "ratio, first minute", first, "times", at_least(GOAL_PEER_TIMES)),
        Row(section, "ratio, ten minutes", whole, "times", note="the plain minute times ten: its cost does not change"),
    ]
    where, judged = (make_site(2.0), None) if quick else (site, plain)
    return [*rows, *_agreement_rows(section, where, judged)]


def _agreement_rows(section: str, site: Site, plain: PlainRun | None) -> list[Row]:
    plain = plain or plain_run(site)
    ours_c = plain_prediction(site, seconds=60.0).temperature_c[-1]
    rows = []
    for level_c in LEVELS_C:
        error = surface_error(
            ours_c, site.body.grid, level_c, reference_c=plain.temperature_c, reference_grid=site.body.grid
        )
        name = f"{level_c:g} °C at 60 s, {site.spacing_mm:g} mm: radius of equal volume apart by"
        note = f"signed {error.radius_mm:+.3f} mm; surfaces 95th percentile {number_words(error.p95_mm)} mm"
        rows.append(Row(section, name, abs(error.radius_mm), "mm", at_most(GOAL_AGREEMENT_MM), note))
    return rows


def plain_prediction(site: Site, *, seconds: float, quality: Quality = "standard") -> Prediction:
    """Predict through the public function, all probes cold at once."""
    model = probe_model()
    probes = []
    for placement in bench_probes(PROBE_COUNT):
        deep_mm, shallow_mm = active_zone_lps_mm(placement, model)
        diameter_mm, surface_c = model.shaft_diameter_mm.value, model.surface_temperature_c.value
        probes.append(Probe(deep_mm, shallow_mm, diameter_mm or 0.0, surface_c or 0.0, placement.label))
    conditions = resources.body_conditions()
    return predict(
        site.body.labels,
        bench_properties(),
        spacing_mm=site.spacing_mm,
        affine=site.body.grid.matrix,
        probes=probes,
        phases=(("freeze", seconds),),
        core_c=conditions.core_temperature_c,
        air_c=conditions.air_temperature_c,
        skin_convection_w_per_m2_k=conditions.skin_convection_w_per_m2_k,
        quality=quality,
    )


def plain_run(site: Site, *, seconds: float = 60.0, most_steps: int = 0) -> PlainRun:
    """Freeze with the plain solver from the same resting temperature, all probes cold at once."""
    model, scene = probe_model(), site.prepared.scene
    needles = [Needle.of(placement, model) for placement in bench_probes(PROBE_COUNT)]
    sinks = build_sinks(needles, grid=site.body.grid, scene=scene)
    surface_c = np.full(sinks.cells.size, model.surface_temperature_c.value or 0.0)
    probes = PlainProbes(sinks.cells, sinks.conductance.astype(np.float64), surface_c)
    conditions = resources.body_conditions()
    solver = PlainSolver(
        site.body.labels,
        bench_properties(),
        spacing_mm=site.spacing_mm,
        core_c=conditions.core_temperature_c,
        air_c=conditions.air_temperature_c,
        convection_w_per_m2_k=conditions.skin_convection_w_per_m2_k,
    )
    return solver.run(site.prepared.baseline_c, probes, seconds=seconds, most_steps=most_steps)
