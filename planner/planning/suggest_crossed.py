"""Does a suggested shaft go through something critical that no rule of the path names? Then it is not suggested.

The rule set judges paths for some kinds alone; a nerve, a gland or an organ without such a rule may be crossed by a
hand that knows why. A suggestion knows nothing of that, so it crosses no structure whose role is critical, heat sink or
obstacle, with the whole thickness of the shaft. What holds the target itself is left out. Screening closes such ways
by the same distance; here it is measured exactly, for the few that are assessed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.domain.rule import Verdict
from planner.domain.structure import StructureKind, StructureRole
from planner.domain.suggestion import HardRow
from planner.planning.crossings import AVOIDED
from planner.planning.suggest_aims import core_points

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from planner.domain.geometry import Grid
    from planner.domain.identity import StructureId
    from planner.domain.plan import Plan
    from planner.domain.structure import Structure
    from planner.domain.suggestion import ShaftPassage
    from planner.domain.target import Target

_MOST_OF_IT = 0.5
_UNCROSSED = AVOIDED | {StructureRole.OBSTACLE}


def uncrossed(plan: Plan, target: Target, masks: Mapping[StructureId, NDArray[np.bool_]]) -> tuple[Structure, ...]:
    """Return the structures that no suggested shaft goes through."""
    grid, core = plan.volume.grid, core_points(target)
    return tuple(
        structure
        for structure in plan.structures
        if structure.kind is not StructureKind.SKIN
        and structure.effective_role in _UNCROSSED
        and structure.id in masks
        and _inside(core, masks[structure.id], grid).mean() <= _MOST_OF_IT
    )


def crossing_rows(
    passed: Sequence[ShaftPassage], structures: Sequence[Structure], *, radius_mm: float
) -> tuple[HardRow, ...]:
    """Return a row for everything that must not be crossed and that a shaft passes, exact to a part of a voxel."""
    ids = {structure.id for structure in structures}
    return tuple(
        HardRow(
            each.structure_id,
            each.name,
            f"{each.probe_label} path, shaft axis",
            each.distance_mm,
            "mm",
            f"≥ {radius_mm:.1f} mm, half the shaft",
            Verdict.FAIL if each.distance_mm < radius_mm else Verdict.PASS,
            is_broken=each.distance_mm < radius_mm,
        )
        for each in passed
        if each.structure_id in ids
    )


def _inside(points: NDArray[np.float64], mask: NDArray[np.bool_], grid: Grid) -> NDArray[np.bool_]:
    ijk = np.rint(grid.to_index(points)).astype(int)
    within = ((ijk >= 0) & (ijk < mask.shape[::-1])).all(axis=1)
    ijk = np.clip(ijk, 0, np.array(mask.shape[::-1]) - 1)
    return np.asarray(within & mask[ijk[:, 2], ijk[:, 1], ijk[:, 0]])
