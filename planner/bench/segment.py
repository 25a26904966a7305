"""How right and how quick is the automatic segmentation? Against drawn truth, other people's labels, and the clock.

The synthetic patients are compared with what they were drawn from (Dice). The real CT, where ``FROSTLINE_SHARED_DATA``
has it, with labels of another program, which cover some of the bones only: there recall counts, and Dice and precision
of all bone would mean nothing.
"""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING

import numpy as np

from planner.bench.gate import shared_data
from planner.bench.table import Row, at_least, at_most
from planner.domain.progress import silent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from planner.domain.structure import SegmentedMask
    from planner.domain.volume import Volume

PHANTOM_PAIRS = (
    ("Skin", "Skin", 0.97),
    ("Lung, right", "Lung, right", 0.97),
    ("Lung, left", "Lung, left", 0.97),
    ("Airway", "Trachea", 0.97),
    ("Bone", "Bone", 0.97),
    ("Aorta", "Descending aorta", 0.9),
)
"""Found, drawn, and the least Dice."""
REAL_CASES: Mapping[str, tuple[str, str, tuple[tuple[str, tuple[str, ...], float], ...]]] = {
    "abdomen_pelvis_ts": (
        "ct",
        "seg.dcm",
        (("Bone", ("hip", "sacrum"), 0.9), ("Bone", ("hip",), 0.9), ("Bone", ("sacrum",), 0.9)),
    ),
    "upper_abdomen_ts": (
        "ct",
        "seg.nii.gz",
        (("Bone", ("vertebra", "rib "), 0.9), ("Bone", ("vertebra",), 0.9), ("Aorta", ("aorta",), 0.9)),
    ),
    "thorax_lidc0314": ("", "", ()),
}
"""Folder to its CT, its labels, and what is compared with labels that begin with these words: least recall."""
SPEED_GOAL_S = 10.0
SPEED_VOXELS = 512 * 512 * 300


def run_segment_bench(*, quick: bool, say: Callable[[str], None]) -> list[Row]:
    """Measure; ``quick`` leaves the real CT out."""
    rows: list[Row] = []
    for case in _phantom_names():
        say(f"Phantom {case}")
        rows += _phantom_rows(case)
    folder = shared_data()
    if quick or folder is None:
        reason, why = ("left out", "quick") if quick else ("not here", "FROSTLINE_SHARED_DATA names its folder")
        return [*rows, Row("Real CT", "labels of another program", reason, note=why)]
    for case in REAL_CASES:
        say(f"Real CT {case}")
        rows += _real_rows(folder / case, case)
    return rows


def _phantom_names() -> tuple[str, ...]:
    from planner.phantoms.catalogue import CASES

    return CASES


def _phantom_rows(case: str) -> Iterator[Row]:
    from planner.phantoms.catalogue import build

    phantom = build(case, progress=silent)
    found, times = _segmented(phantom.volume)
    section = f"Phantom {case}"
    truth = {mask.name: mask.mask for mask in phantom.masks}
    for name, drawn, least in PHANTOM_PAIRS:
        if drawn in truth:
            yield from _agreement(section, f"{name} against {drawn}", found.get(name), truth[drawn], least_dice=least)
    yield from _time_rows(section, times, phantom.volume)


def _real_rows(folder: Path, case: str) -> Iterator[Row]:
    from planner.imaging.assemble import load_series
    from planner.imaging.scan import scan_folder
    from planner.segmentation.labelio.reading import read_structures

    ct, labels, pairs = REAL_CASES[case]
    section = f"Real CT {case}"
    if not (folder / ct).is_dir():
        yield Row(section, "CT", "not here")
        return
    volume, _ = load_series(scan_folder(folder / ct, progress=silent).series[0].slices, progress=silent)
    found, times = _segmented(volume)
    if labels:
        reference = read_structures(folder / labels, volume=volume).masks
        for name, words, least in pairs:
            truth = _joined(reference, words)
            what = " and ".join(word.strip() for word in words)
            yield from _agreement(section, f"{name} in {what}", found.get(name), truth, least_recall=least)
    for name, mask in found.items():
        yield Row(section, f"{name}, volume", float(mask.sum()) * volume.grid.voxel_volume_mm3 / 1000, "mL")
    yield from _time_rows(section, times, volume)


def _segmented(volume: Volume) -> tuple[dict[str, NDArray[np.bool_]], dict[str, tuple[float, float]]]:
    """Segment once; return the masks by name, and wall and processor time of each step, s."""
    from planner.segmentation.auto import segment

    marks: list[tuple[str, float, float]] = []

    def mark(done: int, total: int, phase: str) -> None:
        del done, total
        marks.append((phase, time.perf_counter(), time.process_time()))

    found = segment(volume, progress=mark)
    mark(0, 0, "end")
    times = {
        phase: (after[1] - wall_s, after[2] - cpu_s) for (phase, wall_s, cpu_s), after in itertools.pairwise(marks)
    }
    return {mask.name: mask.mask for mask in found}, times


def _joined(masks: tuple[SegmentedMask, ...], words: tuple[str, ...]) -> NDArray[np.bool_]:
    fitting = [mask.mask for mask in masks if mask.name.casefold().startswith(words)]
    return np.asarray(np.logical_or.reduce(fitting))


def _agreement(
    section: str,
    what: str,
    found: NDArray[np.bool_] | None,
    truth: NDArray[np.bool_],
    *,
    least_dice: float | None = None,
    least_recall: float | None = None,
) -> Iterator[Row]:
    """Give Dice, recall and precision; a goal only where it means something."""
    if found is None:
        yield Row(section, what, "not found")
        return
    both, mine, theirs = float((found & truth).sum()), float(found.sum()), float(truth.sum())
    note = f"precision {both / mine:.3f}, recall {both / theirs:.3f}, Dice {2 * both / (mine + theirs):.3f}"
    if least_dice is not None:
        yield Row(section, f"{what}: Dice", 2 * both / (mine + theirs), goal=at_least(least_dice), note=note)
    if least_recall is not None:
        yield Row(section, f"{what}: recall", both / theirs, goal=at_least(least_recall), note=note)


def _time_rows(section: str, times: dict[str, tuple[float, float]], volume: Volume) -> Iterator[Row]:
    """Give wall and processor time of each step; the goal holds for a whole chest or abdomen."""
    for phase, (wall_s, cpu_s) in times.items():
        yield Row(section, phase, wall_s, "s", note=f"{cpu_s:.2f} s of the processor")
    wall_s, cpu_s = (sum(pair[n] for pair in times.values()) for n in (0, 1))
    goal = at_most(SPEED_GOAL_S) if volume.hu.size > 0.5 * SPEED_VOXELS else None
    shape = " × ".join(str(count) for count in volume.hu.shape[::-1])
    yield Row(section, f"All steps, {shape}", wall_s, "s", goal=goal, note=f"{cpu_s:.2f} s of the processor")
