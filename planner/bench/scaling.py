"""Does the cost grow with the work, and how near is the kernel to the machine's limit? Steps of known work.

Every cell is active here and steps have a fixed length, so that work = cells × stages is known exactly; what the
growing box saves shows elsewhere.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numba
import numpy as np

from planner.bench.clock import Timing, timed
from planner.bench.prediction import FREEZE_S, PROBE_COUNT, Site, probe_model
from planner.bench.roofline import ICE_OPERATIONS, WARM_BYTES, WARM_OPERATIONS, Roofline, measure_roofline
from planner.bench.scenes import MUSCLE, TISSUE_IDS, bench_body, bench_probes, freeze_protocol
from planner.bench.table import Row, at_least
from planner.persistence import resources
from planner.thermal.properties import build_materials
from planner.thermal.scene import build_scene
from planner.thermal.sources import Needle, build_sinks
from planner.thermal.stepper import Body, Step, advance, start_body

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from planner.bench.table import Goal
    from planner.domain.geometry import Grid

STEP_S, SURFACE_C = 20.0, -120.0
EDGES = (48, 64, 96, 128, 192, 256)
QUICK_EDGES = (48, 64, 96)
COUNTS, QUICK_COUNTS = (1, 2, 3, 4, 5, 6, 7, 8), (1, 3, 8)
GOAL_G, GOAL_PERCENT = 1.9, 60.0


def kernel_rows(site: Site, *, quick: bool) -> list[Row]:
    """Measure the kernel on 96³ cells against the peaks of the same minute.

    Cells in and around ice cost several times a warm one, so both ends are shown: the body before the freeze, and as
    it is after ten minutes with three probes.
    """
    section = "Kernel against the machine, 96³ cells of 1 mm, all active"
    roofline = measure_roofline(with_dram=not quick)
    repeats = 5 if quick else 9
    plain = _active_body(np.full_like(site.body.labels, MUSCLE), site.body.grid)
    rows = [
        *_roofline_rows(section, roofline),
        Row(section, "one tissue, before the freeze", _rate_g(plain, repeats), "G cell-stages/s"),
    ]
    body = _active_body(site.body.labels, site.body.grid, count=PROBE_COUNT, start_c=site.prepared.baseline_c)
    rows.append(_kernel_row(section, "five tissues, vessel, skin, before the freeze", body, repeats))
    _freeze_on(body, FREEZE_S)
    rows.append(_kernel_row(section, "the same after 10 min", body, repeats, at_least(GOAL_G)))
    with threads(1):
        rows.append(Row(section, "  with 1 thread", _rate_g(body, repeats), "G cell-stages/s"))
    ice, rate_g = _ice_share(body), float(rows[-2].value)
    arithmetic = 100e9 * rate_g / roofline.cell_stages_per_s(ice_share=ice)
    counted = (
        f"{WARM_OPERATIONS} operations for a warm cell, {ICE_OPERATIONS} for one by the ice, "
        "at half the multiply-add peak; one of the two goals is enough"
    )
    fed = 1e-9 * roofline.fed_cell_stages_per_s
    moved = f"{WARM_BYTES} bytes a cell and stage at the triad's speed over 11 MB, which is what a stage goes through"
    return [
        *rows,
        Row(section, "  of the compute roofline", arithmetic, "%", at_least(GOAL_PERCENT), counted),
        Row(section, "  what cache and memory could feed, warm cells", fed, "G cell-stages/s", note=moved),
    ]


def _kernel_row(section: str, name: str, body: Body, repeats: int, goal: Goal | None = None) -> Row:
    note = f"{100 * _ice_share(body):.1f} % of the cells in the zone that knows freezing"
    return Row(section, name, _rate_g(body, repeats), "G cell-stages/s", goal, note)


def _ice_share(body: Body) -> float:
    """Share of the cells in the zone where freezing is computed."""
    return body.cold_cells / body.scene.index.size


def _roofline_rows(section: str, roofline: Roofline) -> list[Row]:
    together = roofline.all_gflop_per_s / (roofline.threads * roofline.one_gflop_per_s)
    quiet = "1 on a quiet machine; far below 1, other work held the cores and every figure here is too poor"
    rows = [
        Row(section, "f32 multiply-add peak, 1 thread", roofline.one_gflop_per_s, "Gflop/s"),
        Row(section, f"f32 multiply-add peak, {roofline.threads} threads", roofline.all_gflop_per_s, "Gflop/s"),
        Row(section, "  the same over that of as many single ones", together, "", note=quiet),
        Row(section, "triad over 11 MB", roofline.l3_gb_per_s, "GB/s"),
        Row(section, "triad over 32 MB", roofline.own_gb_per_s, "GB/s"),
    ]
    if roofline.dram_gb_per_s:
        rows.append(Row(section, "triad over 288 MB", roofline.dram_gb_per_s, "GB/s"))
    return rows


def size_rows(*, quick: bool) -> list[Row]:
    """Step boxes of 48³ to 256³ cells of 1 mm, all active, and fit time against work."""
    section = "Cost against work: box size, 1 mm cells, labels, all active"
    small = bench_body(1.0)
    rows, works, walls = [], [], []
    for edge in QUICK_EDGES if quick else EDGES:
        grid = small.grid.cropped((0, 0, 0), (edge, edge, edge))
        body = _active_body(_resized(small.labels, edge), grid)
        wall_s, cell_stages = _best_step(body, 4 if edge > 128 else 10)
        works.append(float(cell_stages))
        walls.append(wall_s)
        rows.append(Row(section, f"{edge}³ cells", 1e9 * wall_s / cell_stages, "ns/cell-stage"))
    return [*rows, *fit_rows(section, works, walls)]


def probe_rows(site: Site, *, quick: bool) -> list[Row]:
    """Predict the ten-minute freeze with 1 to 8 probes on the growing box, and fit time against work."""
    section = "Cost against work: probes, 10 min freeze, 96³ cells of 1 mm"
    rows, works, walls = [], [], []
    for count in QUICK_COUNTS if quick else COUNTS:
        timing, work = _freeze(site, count, repeats=2 if quick else 3)
        works.append(float(work))
        walls.append(timing.best_s)
        name = f"{count} probe" + ("s" if count > 1 else "")
        each = f"{works[-1] / 1e6:,.0f} M cell-stages, {1e9 * timing.best_s / works[-1]:.2f} ns each"
        rows.append(Row(section, name, timing.best_s, "s", note=each))
    return [*rows, *fit_rows(section, works, walls)]


def _freeze(site: Site, count: int, *, repeats: int) -> tuple[Timing, int]:
    """Return the walls of one freeze with ``count`` probes, and its cell-stages."""
    works: list[int] = []
    timing = timed(lambda: works.append(site.march(freeze_protocol(), count=count).cell_stages), repeats, warm=False)
    return timing, works[-1]


def fit_rows(section: str, works: Sequence[float], walls_s: Sequence[float]) -> list[Row]:
    """Fit ``time ~ work^n`` and ``time = a + b work``; n is 1 and R² is 1 when cost is linear in work."""
    work, wall = np.asarray(works), np.asarray(walls_s)
    exponent = float(np.polyfit(np.log(work), np.log(wall), 1)[0])
    spread = wall - np.polyval(np.polyfit(work, wall, 1), work)
    determination = 1 - float((spread**2).sum() / ((wall - wall.mean()) ** 2).sum())
    return [
        Row(section, "exponent of time over work", exponent, "", note="1 is linear"),
        Row(section, "R² of the straight line", determination, ""),
    ]


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Let compiled loops use ``count`` threads for a while."""
    before = numba.get_num_threads()
    numba.set_num_threads(count)
    try:
        yield
    finally:
        numba.set_num_threads(before)


def _resized(labels: NDArray[np.uint8], edge: int) -> NDArray[np.uint8]:
    """Crop the middle of a cube of labels, or mirror it on beyond its faces, to ``edge``³ cells."""
    missing = edge - labels.shape[0]
    if missing <= 0:
        cut = slice(-missing // 2, -missing // 2 + edge)
        return np.ascontiguousarray(labels[cut, cut, cut])
    return np.pad(labels, missing // 2, mode="symmetric")


def _active_body(
    labels: NDArray[np.uint8], grid: Grid, *, count: int = 1, start_c: NDArray[np.float64] | None = None
) -> Body:
    """Return a body in which every cell is stepped, with ``count`` probes, at core temperature where none is given."""
    materials = build_materials(
        TISSUE_IDS,
        tissues=resources.tissues(),
        conditions=resources.body_conditions(),
        spacing_mm=grid.spacing_ijk_mm[0],
    )
    scene = build_scene(labels, materials)
    x, y, z = (float(value) for value in grid.centre_lps_mm)
    needles = [Needle.of(probe, probe_model()) for probe in bench_probes(count, shift_lps_mm=(x, y, z))]
    sinks = build_sinks(needles, grid=grid, scene=scene)
    resting_c = np.full(labels.shape, materials.core_c) if start_c is None else start_c
    return start_body(scene, resting_c, sinks=sinks, held=np.zeros(0, np.int64), everything_active=True)


def _step(body: Body, step_s: float, *, exchange: float) -> Step:
    """Freeze at a steady surface temperature with an exchange of 1, or rest with 0."""
    surface_c, nothing = np.full(body.sinks.count, SURFACE_C), np.zeros(0)
    return Step(step_s, surface_c, surface_c, np.full(body.sinks.count, exchange), nothing, nothing)


def _freeze_on(body: Body, seconds: float) -> None:
    """Freeze for a while in growing steps."""
    now_s = 0.0
    while now_s < seconds - 1e-9:
        step_s = min(max(0.2 * now_s, 1.0), STEP_S, seconds - now_s)
        advance(body, _step(body, step_s, exchange=1.0), tick=_no_tick)
        now_s += step_s


def _best_step(body: Body, repeats: int) -> tuple[float, int]:
    """Return the shortest wall of a macro step and its cell-stages; probes rest, so that ice hardly changes."""
    step = _step(body, STEP_S, exchange=0.0)
    advance(body, step, tick=_no_tick)
    best_s, cell_stages = np.inf, 0
    for _ in range(repeats):
        before, began = body.cell_stages, time.perf_counter()
        advance(body, step, tick=_no_tick)
        wall_s = time.perf_counter() - began
        if wall_s < best_s:
            best_s, cell_stages = wall_s, body.cell_stages - before
    return float(best_s), cell_stages


def _rate_g(body: Body, repeats: int) -> float:
    wall_s, cell_stages = _best_step(body, repeats)
    return cell_stages / wall_s / 1e9


def _no_tick() -> None:
    """Nobody waits for this step."""
