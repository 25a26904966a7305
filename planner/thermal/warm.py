"""How does a worker pay for compilation before the user waits? By predicting a very small freeze once."""

from __future__ import annotations

import numpy as np

from planner.domain.progress import silent
from planner.domain.simulation import BodyConditions


def warm_up() -> None:
    """Compile every kernel, or load it from numba's cache; 10 to 30 s the first time, under a second after."""
    from planner.thermal.baseline import baseline_temperature_c
    from planner.thermal.kernels import cylinder_fraction
    from planner.thermal.properties import OUTSIDE_AIR, Materials, enthalpy_u
    from planner.thermal.scene import build_scene
    from planner.thermal.sources import SAMPLES_PER_EDGE, pack_sinks
    from planner.thermal.stepper import SHARED_FROM_CELLS, advance, start_body

    tissue = [-8.0, 7.0, 100.0, 70.0, 2.0, 0.5, 0.0, 3e8, 2.5e-3, 1e-3, 0.0]
    air = [-1000.0, 1.0, 1.0, 1.0, 0.005, 0.005, 0.0, 1.0, 0.0, 0.0, 1.0]
    conditions = BodyConditions(37.0, 22.0, 10.0)
    materials = Materials(
        ("tissue", OUTSIDE_AIR),
        np.array([tissue, air]),
        np.array([np.nan, conditions.air_temperature_c]),
        conditions.core_temperature_c,
        1e-3,
    )
    index = np.zeros((4, 4, 4), np.uint8)
    index[0] = 1
    scene = build_scene(index, materials)
    baseline_c = baseline_temperature_c(scene, progress=silent)
    share = np.zeros((4, 4, 4))
    cylinder_fraction(share, ((1.0, 1.5, 2.0), (0.0, 0.0, 1.0), 2.0, 1.0), SAMPLES_PER_EDGE)
    share[0] = 0
    sinks = pack_sinks(share, np.zeros(index.shape, np.int64), np.array([-100.0]))
    body = start_body(scene, baseline_c, box=np.array([0, 4, 0, 4, 0, 4]))
    drive = sinks.drive(scene, sinks.surface_c)
    for cells in (0, SHARED_FROM_CELLS):
        body.shared_from_cells = cells
        advance(body, sinks, step_s=1.0, rate_per_s=13.0, drive_at=lambda _share: drive, tick=lambda: None)
    body.temperature_c(body.u)
    enthalpy_u(baseline_c, materials.table[0])
