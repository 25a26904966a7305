"""How long does a fresh process wait before its first prediction? Run in a child, which imports nothing before."""

from __future__ import annotations

import time


def first_use() -> dict[str, float]:
    """Time what a worker does first, s: importing the compiler, warming up, and its first two previews."""
    began = time.perf_counter()
    import numba  # noqa: F401 - its import is what is timed

    imported = time.perf_counter()
    from planner.thermal.warm import warm_up

    before_s = time.process_time()
    warm_up()
    warmed = time.perf_counter()
    processor_s = time.process_time() - before_s
    walls = _preview_walls_s()
    return {
        "import_s": imported - began,
        "warm_up_s": warmed - imported,
        "processor_s": processor_s,
        "first_s": walls[0],
        "next_s": walls[1],
    }


def _preview_walls_s() -> list[float]:
    from planner.bench.scenes import bench_body, bench_probes, bench_request, freeze_protocol
    from planner.thermal.run import prepare, preview_c

    body = bench_body(2.0)
    request = bench_request(body, freeze_protocol(), probes=bench_probes(1))
    prepared = prepare(request, body.tissue_map)
    walls = []
    for _ in range(2):
        began = time.perf_counter()
        preview_c(request, prepared)
        walls.append(time.perf_counter() - began)
    return walls
