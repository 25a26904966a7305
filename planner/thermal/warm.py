"""How does a worker pay for compilation before the user waits? By predicting a very small freeze once."""

from __future__ import annotations

import numpy as np

from planner.domain.geometry import isotropic_box
from planner.domain.progress import silent

CELLS, CORE_C, AIR_C = 16, 37.0, 22.0


def warm_up() -> None:
    """Compile every kernel, or load it from numba's cache; 10 to 30 s the first time, under a second after."""
    from planner.thermal import passes
    from planner.thermal.baseline import baseline_temperature_c
    from planner.thermal.properties import OUTSIDE_AIR, Materials
    from planner.thermal.scene import build_scene
    from planner.thermal.sources import Needle, build_sinks
    from planner.thermal.stepper import Step, advance, start_body

    tissue = [-8.0, 7.0, 100.0, 70.0, 2.0, 0.5, 0.0, 3e8, 2.5e-3, 1e-3, 0.0]
    air = [-1000.0, 1.0, 1.0, 1.0, 0.005, 0.005, 0.0, 1.0, 0.0, 0.0, 1.0]
    materials = Materials(
        ("tissue", OUTSIDE_AIR), np.array([tissue, air]), np.array([np.nan, AIR_C]), core_c=CORE_C, spacing_m=1e-3
    )
    index = np.zeros((CELLS, CELLS, CELLS), np.uint8)
    index[0] = 1
    scene = build_scene(index, materials)
    grid = isotropic_box((0, 0, 0), extent_mm=(CELLS, CELLS, CELLS), spacing_mm=1.0)
    needle = Needle("warm-up", (0.0, 0.0, 1.0), (0.0, 0.0, -1.0), 1.5)
    sinks = build_sinks([needle], grid=grid, scene=scene)
    body = start_body(scene, baseline_temperature_c(scene, progress=silent), sinks=sinks, held=np.zeros(0, np.int64))
    surface_c, nothing = np.full(1, -100.0), np.zeros(0)
    advance(body, Step(1.0, surface_c, surface_c, np.ones(1), nothing, nothing), tick=lambda: None)
    passes.restore(body.fields, body.spans, scene.layout, body.register)
    body.temperature_c()
    body.energy_error  # noqa: B018 - its kernel is compiled with the rest
