"""How long does a suggestion take, and how many placements a second are computed? On the synthetic neck."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from planner.bench.table import Row, at_most
from planner.domain.digest import canonical_json
from planner.domain.progress import silent
from planner.domain.suggestion import SuggestAxis, SuggestWish
from planner.persistence.blobs import BlobStore
from planner.services.demo import demo_plan
from planner.services.local_processes import local_executor, usable_cores
from planner.services.suggest import suggest
from planner.services.suggest_tasks import SuggestPlacements
from planner.services.tasks import BuildCase, ImportStructures, OpenSeries, ScanFolder, perform

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.domain.plan import Plan
    from planner.domain.suggestion import Suggestion
    from planner.services.shared import SharedVolume

SECTION = "Suggestions for the synthetic neck"
GOALS_S = {1: 10.0, 3: 45.0}
"""On two quiet cores."""


class _Timed(NamedTuple):
    """A suggestion, with seconds on the clock and of all processors."""

    told: Suggestion
    wall_s: float
    cpu_s: float


def search_rows(*, quick: bool, say: Callable[[str], None]) -> list[Row]:
    """Suggest one probe, and three; say what the best one is beside the plan as it is."""
    blobs = BlobStore.temporary()
    try:
        with tempfile.TemporaryDirectory() as folder:
            plan, volume = _neck(Path(folder), blobs)
            rows: list[Row] = []
            for probes in (1,) if quick else (1, 3):
                say(f"Suggesting {probes} probe{'s' if probes > 1 else ''} in {usable_cores()} processes")
                rows += _rows(_timed(plan, volume, blobs, probes=probes), probes)
            return rows
    finally:
        blobs.close()


def _neck(folder: Path, blobs: BlobStore) -> tuple[Plan, SharedVolume]:
    built = perform(BuildCase("neck", str(folder)), blobs=blobs, progress=silent)
    (series,) = perform(ScanFolder(built.series_folder), blobs=blobs, progress=silent).series
    opened = perform(OpenSeries(series.slices), blobs=blobs, progress=silent)
    fresh = perform(ImportStructures(opened.volume, built.structures_file), blobs=blobs, progress=silent)
    return demo_plan(built, opened, fresh, name=built.title), opened.volume


def _timed(plan: Plan, volume: SharedVolume, blobs: BlobStore, *, probes: int) -> _Timed:
    """Time the whole of it, fresh processes included."""
    wish = SuggestWish(plan.targets[0].id, (plan.probes[0].model_id,), probes)
    began_s, before_s = time.perf_counter(), _cpu_s()
    with local_executor(usable_cores()) as executor:
        told = suggest(SuggestPlacements(volume, plan, wish), executor=executor, blobs=blobs, progress=silent)
    return _Timed(told, time.perf_counter() - began_s, _cpu_s() - before_s)


def _cpu_s() -> float:
    """Processor time of this process and of those it has waited for."""
    if sys.platform == "win32":
        return time.process_time()
    import resource

    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def _rows(found: _Timed, probes: int) -> list[Row]:
    told, counts = found.told, found.told.counts
    words = f"up to {probes} probe{'s' if probes > 1 else ''}"
    goal = at_most(GOALS_S[probes])
    best = told.candidates[0].figures if told.candidates else None
    axes = "; ".join(
        f"{axis.value} {value:.1f} {axis.unit}".strip()
        for axis in SuggestAxis
        if best is not None and (value := best.on(axis)) is not None
    )
    return [
        Row(SECTION, f"{words}: on the clock", found.wall_s, "s", goal, note="goal for two quiet cores"),
        Row(SECTION, f"{words}: of all processors", found.cpu_s, "s"),
        Row(SECTION, f"{words}: shafts screened", counts.paths, ""),
        Row(
            SECTION, f"{words}: simulations", counts.simulations, "", note=f"{counts.fine} placements assessed on 1 mm"
        ),
        Row(SECTION, f"{words}: simulations a second", counts.simulations / found.wall_s, "1/s"),
        Row(SECTION, f"{words}: candidates", len(told.candidates), "", note=axes),
        Row(SECTION, f"{words}: answer as JSON", len(canonical_json(told)) / 1024, "kB"),
    ]
