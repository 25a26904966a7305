"""How fast is the skin screened for ways to a target, and how fast are placements suggested? On the synthetic neck."""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from planner.bench.clock import timed
from planner.bench.suggest_search import search_rows
from planner.bench.table import Row, at_least, at_most
from planner.domain.geometry import Grid
from planner.domain.progress import silent
from planner.persistence.access_table import access_limits
from planner.persistence.blobs import BlobStore
from planner.persistence.resources import probe_models, rule_set
from planner.planning.access import skin_entries
from planner.planning.path_obstacles import ObstacleStore
from planner.planning.path_screening import PathScreen
from planner.services.demo import demo_plan
from planner.services.tasks import BuildCase, ImportStructures, OpenSeries, ScanFolder, perform

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from planner.domain.identity import StructureId
    from planner.domain.plan import Plan
    from planner.domain.probe import ProbeModel

SECTION = "Ways through the skin of the synthetic neck"
WAYS, QUICK_WAYS = 1_000_000, 200_000
GOAL_WAYS_A_SECOND, GOAL_MAP_S = 5e6, 1.0
_LARGE_KJI = (300, 512, 512)
_REACH_MM, _SPREAD_MM = 150.0, 4.0
_REPEATS = 3


class _Neck(NamedTuple):
    """The plan and its masks by structure."""

    plan: Plan
    masks: dict[StructureId, NDArray[np.bool_]]


def run_suggest_bench(*, quick: bool, say: Callable[[str], None]) -> list[Row]:
    """Screen as many ways as a suggestion does, and the skin as the window does, also on a large CT."""
    say("Building the synthetic patient")
    neck = _neck()
    rows = _screening_rows(neck, QUICK_WAYS if quick else WAYS, say)
    if not quick:
        rows += _map_rows(_enlarged(neck), "512 × 512 × 300", say)
    return rows + search_rows(quick=quick, say=say)


def _neck() -> _Neck:
    blobs = BlobStore.temporary()
    try:
        with tempfile.TemporaryDirectory() as folder:
            built = perform(BuildCase("neck", str(Path(folder))), blobs=blobs, progress=silent)
            (series,) = perform(ScanFolder(built.series_folder), blobs=blobs, progress=silent).series
            opened = perform(OpenSeries(series.slices), blobs=blobs, progress=silent)
            fresh = perform(ImportStructures(opened.volume, built.structures_file), blobs=blobs, progress=silent)
            plan = demo_plan(built, opened, fresh, name=built.title)
            return _Neck(plan, {each.id: np.array(blobs.get(each.mask)) for each in plan.structures})
    finally:
        blobs.close()


def _enlarged(neck: _Neck) -> _Neck:
    """Return the same body on the voxels of a large CT, each the nearest one's."""
    grid = neck.plan.volume.grid
    picked = [((np.arange(n) + 0.5) * old / n).astype(int) for n, old in zip(_LARGE_KJI, grid.shape_kji, strict=True)]
    steps = np.array(grid.shape_kji[::-1]) / np.array(_LARGE_KJI[::-1])
    matrix = grid.matrix
    matrix[:3, 3] = grid.to_lps(steps / 2 - 0.5)
    matrix[:3, :3] *= steps
    fine = Grid.from_matrix(_LARGE_KJI, matrix)
    structures = tuple(replace(s, mask=replace(s.mask, shape=_LARGE_KJI)) for s in neck.plan.structures)
    volume = replace(neck.plan.volume, grid=fine)
    masks = {key: np.ascontiguousarray(mask[np.ix_(*picked)]) for key, mask in neck.masks.items()}
    return _Neck(replace(neck.plan, volume=volume, structures=structures), masks)


def _model(plan: Plan) -> ProbeModel:
    return next(model for model in probe_models() if model.id == plan.probes[0].model_id)


def _screen(neck: _Neck, ends: NDArray[np.float64], store: ObstacleStore) -> PathScreen:
    rules = rule_set(neck.plan.rule_set_id)
    return PathScreen.of(neck.plan, rules, neck.masks, ends_lps_mm=ends, limits=access_limits(), store=store)


def _screening_rows(neck: _Neck, count: int, say: Callable[[str], None]) -> list[Row]:
    """Screen a fan of ways to each of many tips round the target."""
    say(f"Screening {count} ways")
    mesh, middle = skin_entries(neck.plan, neck.masks), np.array(neck.plan.probes[0].tip_lps_mm)
    near = mesh.entries_lps_mm[np.linalg.norm(mesh.entries_lps_mm - middle, axis=1) < _REACH_MM]
    tips = middle + np.random.default_rng(1).normal(0.0, _SPREAD_MM, (-(-count // len(near)), 3))
    entries, ends = np.tile(near, (len(tips), 1))[:count], np.repeat(tips, len(near), axis=0)[:count]
    screen, model = _screen(neck, np.concatenate([near, tips]), ObstacleStore()), _model(neck.plan)
    took_s = timed(lambda: screen.screen(entries, ends, model), _REPEATS).best_s
    began_s = time.process_time()
    found = screen.screen(entries, ends, model).counts()
    note = ", ".join(f"{reason.words.lower()} {many}" for reason, many in found.items() if many)
    goal = at_least(GOAL_WAYS_A_SECOND)
    worked_s = time.process_time() - began_s
    name = f"{count} ways, every limit and whose it is"
    return [
        Row(SECTION, name, count / took_s, "1/s", goal, note=note),
        Row(SECTION, "the same for a second of one core's work", count / worked_s, "1/s"),
    ]


def _map_rows(neck: _Neck, size: str, say: Callable[[str], None]) -> list[Row]:
    """Time what the window does when the skin is first asked for, and when the target is then moved."""
    say(f"Painting the skin of a CT of {size} voxels")
    middle, store, model = np.array(neck.plan.probes[0].tip_lps_mm), ObstacleStore(), _model(neck.plan)
    mesh = skin_entries(neck.plan, neck.masks)

    def paint(tip: NDArray[np.float64]) -> None:
        _screen(neck, np.vstack([mesh.entries_lps_mm, tip]), store).screen(mesh.entries_lps_mm, tip, model)

    skin_s = timed(lambda: skin_entries(neck.plan, neck.masks), 1, warm=False).best_s
    first_s = timed(lambda: paint(middle), 1, warm=False).best_s
    again_s = timed(lambda: paint(middle + 1.0), _REPEATS).best_s
    return [
        Row(SECTION, f"{size}: {len(mesh.triangles)} triangles of skin, once a mask", skin_s, "s"),
        Row(SECTION, f"{size}: distances of all structures, once a mask", first_s, "s"),
        Row(SECTION, f"{size}: another target, probe or position", again_s, "s", at_most(GOAL_MAP_S)),
    ]
