"""How fast and how right is the solver on this machine? Ratios within one run, and the analytic cases as a table.

No number here is asserted by a test: speed depends on the machine and on what else it does.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from planner.thermal import analytic, cases, oracle
from planner.thermal.properties import enthalpy_u
from planner.thermal.scene import fastest_rate_per_s
from planner.thermal.sources import pack_sinks
from planner.thermal.stepper import advance, stages_for, start_body

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.domain.tissue import Tissue
    from planner.thermal.scene import Scene
    from planner.thermal.sources import Sinks

CELLS = 64
STEP_S = 10.0

# Radii of the 0, −20 and −40 °C isotherms, mm, around a 1.5 mm wall at −120 °C in gel at 37 °C (case AN-08).
CYLINDER_MM = {60.0: (5.604, 3.963, 2.829), 300.0: (10.364, 6.618, 4.268), 600.0: (13.656, 8.331, 5.132)}


def run_thermal_bench() -> list[dict[str, Any]]:
    """Return one row per measurement: name, value, unit and what it is compared with."""
    return [*_speed_rows(), *_planar_rows(), *_line_rows(), *_cylinder_rows()]


def _row(name: str, value: float, unit: str, *, reference: float | str) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, "reference": reference}


def _speed_rows() -> list[dict[str, Any]]:
    """Time one macro step on 64³ cells of three tissues: compiled, in plain numpy, and the Euler steps it replaces."""
    scene, sinks = _mixed_scene()
    start_c = np.full(scene.shape, 37.0)
    drive = sinks.drive(scene, sinks.surface_c)
    rate = fastest_rate_per_s(scene, coldest_c=-120.0, sink_conductance=sinks.largest_conductance)
    stages = stages_for(STEP_S, rate)
    body = start_body(scene, start_c, box=np.array([0, CELLS] * 3))

    def compiled() -> None:
        advance(body, sinks, step_s=STEP_S, rate_per_s=rate, drive_at=lambda _share: drive, tick=lambda: None)

    strength, heat = np.zeros(scene.shape), np.zeros(scene.shape)
    strength.reshape(-1)[sinks.cells] = sinks.conductance
    heat.reshape(-1)[sinks.cells] = drive
    u = enthalpy_u(start_c, scene.rows)
    exchange = oracle.Exchange(strength, heat)

    def plain() -> None:
        oracle.macro_step(u, u, scene, exchange, step_s=STEP_S / 10, stages=1)

    compiled_s = _shortest_s(compiled, repeats=5) / stages
    plain_s = _shortest_s(plain, repeats=2)
    cells = CELLS**3
    return [
        _row("cell-stage updates", cells / compiled_s / 1e9, "1e9/s", reference="3.2 is this method's compute bound"),
        _row("compiled against numpy, one stage", plain_s / compiled_s, "times faster", reference="same scheme"),
        _row("RKL1 against Euler, one 10 s step", STEP_S * rate / 2 / stages, "times fewer stages", reference="Euler"),
    ]


def _mixed_scene() -> tuple[Scene, Sinks]:
    index = np.zeros((CELLS, CELLS, CELLS), np.uint8)
    index[:, : CELLS // 4] = 1
    index[:, :, CELLS // 2 :: 8] = 2
    tissues: list[Tissue] = [
        cases.sharp_tissue(medium, tissue_id=name)
        for name, medium in (
            ("gel", analytic.GEL),
            ("fat", analytic.SharpMedium(0.33, 0.21, 1900.0, 2348.0, 911.0, 70100.0, -4.0)),
            ("bone", analytic.SharpMedium(0.32, 0.32, 1313.0, 1313.0, 1908.0, 40100.0, -4.0)),
        )
    ]
    scene = cases.scene_of(index, tissues, spacing_mm=1.0)
    strength = np.zeros(scene.shape)
    strength[20:44, 30:34, 30:34] = 0.5
    return scene, pack_sinks(strength, np.zeros(scene.shape, np.int64), np.array([-120.0]))


def _shortest_s(work: Callable[[], None], *, repeats: int) -> float:
    work()
    best = np.inf
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - began)
    return float(best)


def _planar_rows() -> list[dict[str, Any]]:
    rows = []
    for spacing_mm in (2.0, 1.0, 0.5, 0.25):
        ((front_mm, _),) = cases.planar_fronts_mm(
            analytic.GEL, spacing_mm=spacing_mm, length_mm=150.0, wall_c=-100.0, start_c=37.0, times_s=(600.0,)
        )
        exact_mm = analytic.planar_front_mm(analytic.GEL, 600.0, start_c=37.0, wall_c=-100.0)
        rows.append(_row(f"planar front, 600 s, {spacing_mm:g} mm cells", front_mm, "mm", reference=exact_mm))
    return rows


def _line_rows() -> list[dict[str, Any]]:
    rows = []
    tissue = cases.sharp_tissue(analytic.GEL)
    for spacing_mm in (1.0, 0.5):
        runs = cases.line_sink_bodies(tissue, spacing_mm=spacing_mm, half_mm=60.0, heat_w_per_m=400.0, times_s=(600.0,))
        for time_s, body in runs:
            radius_mm = float(np.sqrt(4 * cases.frozen_share(body).sum() / np.pi) * spacing_mm)
            exact_mm = analytic.line_sink_radius_mm(analytic.GEL, time_s, start_c=37.0, heat_w_per_m=400.0)
            name = f"line sink 400 W/m, {spacing_mm:g} mm cells"
            rows.append(_row(f"{name}, radius", radius_mm, "mm", reference=exact_mm))
            rows.append(_row(f"{name}, heat unaccounted for", 100 * body.energy_error, "%", reference=0.0))
    return rows


def _cylinder_rows() -> list[dict[str, Any]]:
    rows = []
    tissue = cases.sharp_tissue(analytic.GEL)
    for spacing_mm in (2.0, 1.0):
        runs = cases.disc_probe_bodies(tissue, spacing_mm=spacing_mm, half_mm=70.0, times_s=tuple(CYLINDER_MM))
        for time_s, body in runs:
            for level_c, exact_mm in zip((0.0, -20.0, -40.0), CYLINDER_MM[time_s], strict=True):
                name = f"probe −120 °C, {time_s:.0f} s, {level_c:g} °C, {spacing_mm:g} mm cells"
                rows.append(_row(name, cases.area_radius_mm(body, level_c), "mm", reference=exact_mm))
    return rows
