"""Does the ice follow the hand? A probe moves a little, and the field at the end of the first freeze is there again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from planner.bench.clock import Timing, timed
from planner.bench.prediction import GOAL_PREVIEW_SURFACE_MM, Site
from planner.bench.scenes import BenchBody, bench_probes, bench_request, freeze_protocol
from planner.bench.surfaces import LEVELS_C, surface_error
from planner.bench.table import Row, at_most
from planner.rendering.isosurface import isotherm_mesh
from planner.thermal.run import preview_c

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

GOAL_DRAG_S = 0.033
MOVE_MM = 3.0
COUNTS = (1, 2, 3, 4)


def drag_rows(site: Site, *, moves: int, reference: Callable[[int], tuple[BenchBody, NDArray[Any]]]) -> list[Row]:
    """Time previews after random small moves of 1 to 4 probes, and hold one of each against a finer grid.

    Parameters
    ----------
    site
        The body on 2 mm cells.
    reference
        Returns the finer body and its field, °C, after 10 min with this many probes.
    """
    section = f"Drag: real physics on {site.body.labels.shape[0]}³ cells of 2 mm, ice after 10 min"
    rows = []
    for count in COUNTS:
        timing = _moves_timing(site, count, moves)
        field_c = _preview(site, count, (0.0, 0.0, 0.0))
        name = f"{count} probe" + ("s" if count > 1 else "")
        median = f"median {1e3 * timing.p50_s:.1f} ms over {moves} random moves"
        rows.append(
            Row(section, f"{name}, new field, p95", 1e3 * timing.p95_s, "ms", at_most(1e3 * GOAL_DRAG_S), median)
        )
        rows.append(_error_row(section, name, site, field_c, reference(count)))
    field_c = _preview(site, 3, (0.0, 0.0, 0.0))
    meshes = timed(lambda: [isotherm_mesh(field_c, site.body.grid, level_c) for level_c in LEVELS_C], moves)
    return [*rows, Row(section, "surfaces of 0, −20 and −40 °C, median", 1e3 * meshes.p50_s, "ms")]


def _moves_timing(site: Site, count: int, moves: int) -> Timing:
    """Wall of each of ``moves`` previews, every one at another random place."""
    shifts = iter(np.random.default_rng(count).uniform(-MOVE_MM, MOVE_MM, (moves + 1, 3)))

    def work() -> None:
        _preview(site, count, next(shifts))

    return timed(work, moves)


def _preview(site: Site, count: int, shift_mm: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float32]:
    x, y, z = (float(value) for value in shift_mm)
    probes = bench_probes(count, shift_lps_mm=(x, y, z))
    return preview_c(bench_request(site.body, freeze_protocol(), probes=probes), site.prepared)


def _error_row(
    section: str, name: str, site: Site, field_c: NDArray[np.float32], reference: tuple[BenchBody, NDArray[Any]]
) -> Row:
    body, reference_c = reference
    errors = [
        surface_error(field_c, site.body.grid, level_c, reference_c=reference_c, reference_grid=body.grid)
        for level_c in LEVELS_C
    ]
    each = ", ".join(
        f"{level_c:g} °C {error.p95_mm:.2f} mm {error.volume_percent:+.1f} %"
        for level_c, error in zip(LEVELS_C, errors, strict=True)
    )
    worst_mm = max(error.p95_mm for error in errors)
    against = f"{name}, surfaces against {body.grid.spacing_ijk_mm[0]:g} mm, p95 of the worst level"
    return Row(section, against, worst_mm, "mm", at_most(GOAL_PREVIEW_SURFACE_MM), f"p95 and volume: {each}")
