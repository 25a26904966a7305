"""Through where, and from where, may a probe be sent to a target? Very many shafts, the same for the same seed.

A shaft is told by its aim, the place of the middle of its active zone in or beside the target, and by its entry on the
skin. Aims fill the target and its surroundings evenly; every entry within reach is tried with every aim.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.target import TargetBody
from planner.planning.coverage import body_volume_points
from planner.planning.nerve import smooth_curve, treatment_segment_mm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.domain.probe import ProbeModel, ProbePlacement
    from planner.domain.target import Target

AIMS = 160
"""Places tried for the middle of the active zone."""
PATHS = 1_000_000
"""Shafts screened for one probe, at least, where the skin within reach has places enough."""
BESIDE_MM = 9.0
"""Aims lie as far from the target's axis as this at most: farther away a probe does not treat it alone."""
REACH_MM = 220.0
"""Entries farther from the target than this are not tried, however long the shaft."""
MOVED = 200
NEARBY_ENTRY_MM, NEARBY_AIM_MM = 12.0, 2.0
_GOLDEN = 0.8191725133961645, 0.6710436067037893, 0.5497004779019703
"""Inverse powers of the root of x⁴ = x + 1: steps of an even filling of three dimensions (Roberts' sequence)."""


@dataclass(frozen=True, slots=True, eq=False)
class Fan:
    """Very many shafts of one model, aim after aim.

    Parameters
    ----------
    entries_lps_mm, tips_lps_mm
        shape (N, 3), float64, LPS mm.
    aim
        shape (N,), int32: which aim a shaft belongs to.
    """

    entries_lps_mm: NDArray[np.float64]
    tips_lps_mm: NDArray[np.float64]
    aim: NDArray[np.int32]

    def __len__(self) -> int:
        """How many."""
        return len(self.aim)

    def taken(self, which: NDArray[np.intp] | NDArray[np.bool_]) -> Fan:
        """Return some of the shafts."""
        return Fan(self.entries_lps_mm[which], self.tips_lps_mm[which], self.aim[which])

    @property
    def directions_lps(self) -> NDArray[np.float64]:
        """Unit vectors from entry to tip, shape (N, 3)."""
        way = self.tips_lps_mm - self.entries_lps_mm
        return np.asarray(way / np.linalg.norm(way, axis=1, keepdims=True))

    @property
    def lengths_mm(self) -> NDArray[np.float64]:
        """Entry to tip, shape (N,)."""
        return np.asarray(np.linalg.norm(self.tips_lps_mm - self.entries_lps_mm, axis=1))


def core_points(target: Target, *, most: int = 400) -> NDArray[np.float64]:
    """Return points of what is to be treated: a nerve's marked axis or a body's volume, shape (N, 3), LPS mm."""
    course = target.course
    if isinstance(course, TargetBody):
        points = body_volume_points(course)
    else:
        curve = smooth_curve(course)
        start, end = treatment_segment_mm(course)
        points = curve.points_lps_mm[(curve.arc_mm >= start - 1e-9) & (curve.arc_mm <= end + 1e-9)]
    step = max(1, -(-len(points) // most))
    return np.asarray(points[::step], dtype=np.float64)


def aims_lps_mm(target: Target, *, seed: int, count: int = AIMS) -> NDArray[np.float64]:
    """Return places for the middle of an active zone, evenly in and round the target, shape (count, 3), LPS mm.

    The first is the target's middle; the others are a place of its core and a step of at most ``BESIDE_MM`` away.
    """
    core = core_points(target)
    start = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, 1]))).random(4)
    number = np.arange(1, count)[:, None]
    share = (start[None, :3] + number * np.asarray(_GOLDEN)[None]) % 1.0
    place = core[((start[3] + number[:, 0] * (np.sqrt(5) - 1) / 2) % 1.0 * len(core)).astype(int)]
    height, angle = 2 * share[:, 0] - 1, 2 * np.pi * share[:, 1]
    radius = BESIDE_MM * np.cbrt(share[:, 2])
    across = np.sqrt(1 - height**2)
    step = radius[:, None] * np.stack((across * np.cos(angle), across * np.sin(angle), height), axis=1)
    middle = core[np.argmin(np.linalg.norm(core - core.mean(axis=0), axis=1))]
    return np.concatenate((middle[None], place + step))


def beyond_aim_mm(model: ProbeModel) -> float:
    """Return how far the tip lies beyond the middle of the active zone."""
    return (model.tip_to_active_mm.value or 0.0) + (model.active_tip_mm.value or 0.0) / 2


def fan(
    aims: NDArray[np.float64], entries_lps_mm: NDArray[np.float64], model: ProbeModel, *, paths: int = PATHS
) -> Fan:
    """Return the shafts of a model from the entries within reach through every aim.

    Parameters
    ----------
    aims, entries_lps_mm
        shape (A, 3) and (E, 3), LPS mm. Of more entries than ``paths`` needs every other, third and so on is taken.
    """
    beyond = beyond_aim_mm(model)
    usable = model.usable_length_mm.value
    reach = REACH_MM if usable is None else min(usable, REACH_MM)
    middle = aims.mean(axis=0)
    near = entries_lps_mm[np.linalg.norm(entries_lps_mm - middle, axis=1) <= reach]
    each = max(1, len(near) // max(1, -(-paths // len(aims))))
    near = near[::each]
    entries = np.tile(near, (len(aims), 1))
    at = np.repeat(aims, len(near), axis=0)
    way = at - entries
    length = np.linalg.norm(way, axis=1, keepdims=True)
    kept = length[:, 0] > 1.0
    tips = at + beyond * way / np.maximum(length, 1e-9)
    aim = np.repeat(np.arange(len(aims), dtype=np.int32), len(near))
    return Fan(entries[kept], tips[kept], aim[kept])


def fan_of(probes: Sequence[ProbePlacement]) -> Fan:
    """Return the shafts of some probes, each its own aim."""
    entries = np.array([probe.entry_lps_mm for probe in probes], dtype=np.float64)
    tips = np.array([probe.tip_lps_mm for probe in probes], dtype=np.float64)
    return Fan(entries, tips, np.arange(len(probes), dtype=np.int32))


def moved_shafts(
    probes: Sequence[ProbePlacement],
    entries_lps_mm: NDArray[np.float64],
    model: ProbeModel,
    *,
    seed: Sequence[int],
    count: int = MOVED,
) -> tuple[Fan, ...]:
    """Return shafts near each of some probes: the middle of the zone moved a little, another entry close by.

    Parameters
    ----------
    entries_lps_mm
        shape (E, 3): places on the skin.

    Returns
    -------
    One fan of ``count`` shafts per probe; number n of each belong together.
    """
    found = []
    beyond = beyond_aim_mm(model)
    for number, probe in enumerate(probes):
        stream = np.random.Generator(np.random.PCG64(np.random.SeedSequence([*(abs(part) for part in seed), number])))
        entry, tip = np.asarray(probe.entry_lps_mm), np.asarray(probe.tip_lps_mm)
        middle = tip - beyond * np.asarray(probe.direction_lps)
        close = entries_lps_mm[np.linalg.norm(entries_lps_mm - entry, axis=1) <= NEARBY_ENTRY_MM]
        close = np.concatenate((entry[None], close))
        chosen = close[(stream.random(count) * len(close)).astype(int)]
        aims = middle + NEARBY_AIM_MM * (2 * stream.random((count, 3)) - 1)
        way = aims - chosen
        tips = aims + beyond * way / np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-9)
        found.append(Fan(chosen, tips, np.arange(count, dtype=np.int32)))
    return tuple(found)
