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
from planner.bench.roofline import OPERATIONS_PER_CELL_STAGE, Roofline, measure_roofline
from planner.bench.scenes import MUSCLE, PROBE_MODEL, TISSUE_IDS, bench_body, bench_probes, freeze_protocol
from planner.bench.table import Row, at_least
from planner.persistence import resources
from planner.thermal.properties import build_materials
from planner.thermal.scene import build_scene
from planner.thermal.sources import Needle, build_sinks
from planner.thermal.stepper import Body, Step, advance, start_body

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from planner.bench.prediction import Site
    from planner.domain.geometry import Grid

STEP_S = 20.0
EDGES = (48, 64, 96, 128, 192, 256)
QUICK_EDGES = (48, 64, 96)
COUNTS, QUICK_COUNTS = (1, 2, 3, 4, 5, 6, 7, 8), (1, 3, 8)
GOAL_G, GOAL_PERCENT = 1.9, 60.0


def kernel_rows(*, quick: bool) -> list[Row]:
    """Measure the kernel on 96³ cells against the roofline of the same minute."""
    section = "Kernel against the machine, 96³ cells of 1 mm, all active"
    body = bench_body(1.0)
    roofline = measure_roofline(with_dram=not quick)
    labelled = _active_body(body.labels, body.grid)
    plain = _active_body(np.full_like(body.labels, MUSCLE), body.grid)
    repeats = 6 if quick else 20
    with_labels, homogeneous = _rate_g(labelled, repeats), _rate_g(plain, repeats)
    with threads(1):
        alone = _rate_g(labelled, repeats)
    percent = 100e9 * with_labels / roofline.all_cell_stages_per_s
    used = f"{roofline.threads} threads"
    counted = (
        f"{OPERATIONS_PER_CELL_STAGE} operations a cell and stage at half the multiply-add peak; one of the two goals"
    )
    return [
        *_roofline_rows(section, roofline),
        Row(section, f"five tissues, vessel, skin, {used}", with_labels, "G cell-stages/s", at_least(GOAL_G)),
        Row(
            section, "  the same, of the compute roofline", percent, "%", at_least(GOAL_PERCENT), f"{counted} is enough"
        ),
        Row(section, "  the same, 1 thread", alone, "G cell-stages/s"),
        Row(section, f"one tissue, {used}", homogeneous, "G cell-stages/s"),
    ]


def _roofline_rows(section: str, roofline: Roofline) -> list[Row]:
    together = roofline.all_gflop_per_s / (roofline.threads * roofline.one_gflop_per_s)
    quiet = "1 on a quiet machine; far below 1, other work held the cores and every figure here is too poor"
    rows = [
        Row(section, "f32 multiply-add peak, 1 thread", roofline.one_gflop_per_s, "Gflop/s"),
        Row(section, f"f32 multiply-add peak, {roofline.threads} threads", roofline.all_gflop_per_s, "Gflop/s"),
        Row(section, "  the same over that of as many single ones", together, "", note=quiet),
        Row(section, "triad within 11 MB", roofline.l3_gb_per_s, "GB/s"),
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


def _active_body(labels: NDArray[np.uint8], grid: Grid) -> Body:
    """Return a body of one probe in which every cell is stepped, at core temperature."""
    materials = build_materials(
        TISSUE_IDS,
        tissues=resources.tissues(),
        conditions=resources.body_conditions(),
        spacing_mm=grid.spacing_ijk_mm[0],
    )
    scene = build_scene(labels, materials)
    model = next(model for model in resources.probe_models() if model.id == PROBE_MODEL)
    middle = grid.centre_lps_mm
    (probe,) = bench_probes(1, shift_lps_mm=(float(middle[0]), float(middle[1]), float(middle[2])))
    sinks = build_sinks([Needle.of(probe, model)], grid=grid, scene=scene)
    start_c = np.full(labels.shape, materials.core_c)
    return start_body(scene, start_c, sinks=sinks, held=np.zeros(0, np.int64), everything_active=True)


def _step() -> Step:
    """Freeze at a steady surface temperature for :data:`STEP_S`."""
    surface_c, nothing = np.array([-120.0]), np.zeros(0)
    return Step(STEP_S, surface_c, surface_c, np.ones(1), nothing, nothing)


def _best_step(body: Body, repeats: int) -> tuple[float, int]:
    """Return the shortest wall of one macro step and its cell-stages."""
    step = _step()
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
