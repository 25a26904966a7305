"""What does a prediction cost besides time? Memory, the wait for the compiler; and whether the bytes are the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import tracemalloc
from typing import TYPE_CHECKING

import numba

from planner.bench.prediction import PROBE_COUNT, Site, make_site, prepared_site
from planner.bench.scaling import threads
from planner.bench.scenes import bench_body, freeze_protocol
from planner.bench.table import Row, at_most
from planner.domain.digest import array_hash

if TYPE_CHECKING:
    from planner.thermal.stepper import Body

GOAL_MB, GOAL_CACHED_S = 60.0, 0.5
FIRST_USE = "import json; from planner.bench.first_use import first_use; print(json.dumps(first_use()))"


def memory_rows() -> list[Row]:
    """Trace what numpy allocates while a 96³ body is laid out, warmed and predicted; nothing of it is history."""
    section = f"Memory, 96³ cells, {PROBE_COUNT} probes, without the stored history"
    body = bench_body(1.0)
    make_site(2.0).march(freeze_protocol(minutes=1.0))  # what is imported and compiled on first use is not counted
    tracemalloc.start()
    try:
        site = prepared_site(body)
        kept, while_preparing = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        site.march(freeze_protocol())
        _, while_predicting = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    how = "numpy arrays as traced by tracemalloc, over the labels themselves"
    return [
        Row(section, "peak while predicting", while_predicting / 1e6, "MB", at_most(GOAL_MB), how),
        Row(section, "of it kept between predictions of one body", kept / 1e6, "MB"),
        Row(section, "peak while laying out and warming the body", while_preparing / 1e6, "MB", at_most(GOAL_MB)),
    ]


def same_bytes_rows(site: Site) -> list[Row]:
    """Predict the same three times, once with another number of threads, and compare every byte."""
    section = "Determinism, 10 min freeze"
    protocol = freeze_protocol()
    used = numba.get_num_threads()
    first, again = _field_hash(site.march(protocol)), _field_hash(site.march(protocol))
    with threads(1):
        alone = _field_hash(site.march(protocol))
    return [
        Row(section, "two predictions", _equal_words(first == again), note="coldest field and last field"),
        Row(section, f"1 thread and {used} threads", _equal_words(first == alone)),
    ]


def _field_hash(body: Body) -> tuple[str, str]:
    return array_hash(body.temperature_c()), array_hash(body.minimum_c())


def _equal_words(is_equal: bool) -> str:  # noqa: FBT001 - the one thing it is asked
    return "equal" if is_equal else "DIFFERENT"


def first_use_rows() -> list[Row]:
    """Start two fresh processes with an empty compiler cache: the second finds what the first has compiled."""
    section = "First use, in a fresh process"
    with tempfile.TemporaryDirectory() as cache:
        installed, later = _first_use_of_child(cache), _first_use_of_child(cache)
    name = "warm-up after installation: everything is compiled"
    worker = f"{installed['processor_s']:.1f} s of processor time, in the worker while the window starts"
    loading = f"{later['processor_s']:.2f} s of processor time"
    residue = "nothing is left to compile when the user moves a probe"
    beyond_s = [times["first_s"] - times["next_s"] for times in (installed, later)]
    return [
        Row(section, name, installed["warm_up_s"], "s", note=worker),
        Row(
            section, "warm-up later: compiled code is loaded", later["warm_up_s"], "s", at_most(GOAL_CACHED_S), loading
        ),
        Row(section, "before it: importing numba", later["import_s"], "s"),
        Row(section, "first preview beyond the next, after installation", beyond_s[0], "s", note=residue),
        Row(section, "first preview beyond the next, later", beyond_s[1], "s"),
    ]


def _first_use_of_child(cache: str) -> dict[str, float]:
    environment = os.environ | {"NUMBA_CACHE_DIR": cache}
    command = [sys.executable, "-c", FIRST_USE]
    done = subprocess.run(command, env=environment, capture_output=True, check=True, text=True)  # noqa: S603 - own code
    answer: dict[str, float] = json.loads(done.stdout)
    return answer
