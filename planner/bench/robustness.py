"""How long do the draws of a plan's robustness take, and how far are they off? On the synthetic neck."""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from planner.bench.table import Row, at_most
from planner.domain.digest import canonical_json
from planner.domain.progress import silent
from planner.persistence.blobs import BlobStore
from planner.persistence.technique_table import robustness_table
from planner.services.demo import demo_plan
from planner.services.local_processes import local_executor, usable_cores
from planner.services.robustness import robustness
from planner.services.robustness_tasks import AssessRobustness
from planner.services.tasks import BuildCase, ImportStructures, OpenSeries, ScanFolder, perform

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.domain.robustness import Robustness

DRAWS, QUICK_DRAWS, FINE = 500, 60, 16
GOAL_S = 20.0
SECTION = "Robustness of the synthetic neck"


def run_robustness_bench(*, quick: bool, say: Callable[[str], None]) -> list[Row]:
    """Draw as often as the command does, in one process and in all, then every technique."""
    blobs = BlobStore.temporary()
    try:
        with tempfile.TemporaryDirectory() as folder:
            say("Building the synthetic patient")
            asked = _asked(Path(folder), blobs)
            return _rows(replace(asked, draws=QUICK_DRAWS if quick else DRAWS), blobs, say)
    finally:
        blobs.close()


def _asked(folder: Path, blobs: BlobStore) -> AssessRobustness:
    built = perform(BuildCase("neck", str(folder)), blobs=blobs, progress=silent)
    (series,) = perform(ScanFolder(built.series_folder), blobs=blobs, progress=silent).series
    opened = perform(OpenSeries(series.slices), blobs=blobs, progress=silent)
    fresh = perform(ImportStructures(opened.volume, built.structures_file), blobs=blobs, progress=silent)
    plan = demo_plan(built, opened, fresh, name=built.title)
    return AssessRobustness(opened.volume, plan, robustness_table().techniques[0], fine=0)


def _rows(asked: AssessRobustness, blobs: BlobStore, say: Callable[[str], None]) -> list[Row]:
    cores, count = usable_cores(), asked.draws
    say(f"{count} draws in {cores} processes")
    all_s, told = _timed(asked, cores, blobs)
    say(f"{FINE} draws in one process, and {FINE} on fine cells")
    fine_s, fine = _timed(replace(asked, draws=FINE, fine=FINE), cores, blobs)
    _, alone = _timed(replace(asked, draws=FINE), 1, blobs)
    _, again = _timed(replace(asked, draws=FINE), cores, blobs)
    is_same = canonical_json(alone) == canonical_json(again)
    rows = [
        Row(SECTION, f"{count} draws, {cores} processes", all_s, "s", at_most(GOAL_S) if count == DRAWS else None),
        Row(SECTION, "draws a second", count / all_s, "1/s"),
        Row(SECTION, f"{FINE} draws and {FINE} on fine cells", fine_s, "s"),
        Row(SECTION, "one process and several: same bytes", "yes" if is_same else "no"),
        Row(SECTION, "held", told.held.share_percent, "%", note=told.verdict_words),
    ]
    if fine.fine is not None:
        rows += [
            Row(SECTION, f"2 mm against 1 mm: {each.words}", each.largest, each.unit) for each in fine.fine.differences
        ]
    for technique in robustness_table().techniques[1:]:
        say(technique.label)
        _, told = _timed(replace(asked, technique=technique), cores, blobs)
        rows.append(Row("Other techniques", technique.label, told.held.share_percent, "%", note=told.verdict_words))
    return rows


def _timed(asked: AssessRobustness, processes: int, blobs: BlobStore) -> tuple[float, Robustness]:
    """Time the whole of it, fresh processes included."""
    began_s = time.perf_counter()
    with local_executor(processes) as executor:
        told = robustness(asked, executor=executor, blobs=blobs, progress=silent)
    return time.perf_counter() - began_s, told
