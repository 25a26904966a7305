"""Is what holds another target of the plan in the way, while what holds the wanted one is entered?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.domain.access import PathReason
from planner.domain.geometry import Grid
from planner.domain.identity import TargetId
from planner.services.access import AccessMaker, AccessQuestion

GRID = Grid.from_axes((40, 40, 40), origin_lps_mm=(-39.0,) * 3, spacing_ijk_mm=(2.0,) * 3)


class Store:
    """Masks by structure, as a store has them by content."""

    def __init__(self, masks):
        self._masks = masks

    def get(self, ref):
        return self._masks[ref.sha256]


@pytest.mark.parametrize(("wanted", "is_open"), [("Deep nerve", False), ("Shallow nerve", True)])
def test_the_nerve_of_another_target_is_no_way(world, wanted, is_open):
    """A shaft from the front to what lies 12 mm behind an outlined nerve, itself another target of the plan."""
    skin, plexus = world.structure("Skin", "skin", GRID), world.structure("Plexus", "nerve", GRID)
    masks = {"Skin": world.ball(GRID, 30.0, (0.0, 0.0, 0.0)), "Plexus": world.ball(GRID, 6.0, (0.0, 0.0, 0.0))}
    shallow = replace(world.nerve(points=((-4.0, 0.0, 0.0), (4.0, 0.0, 0.0))), name="Shallow nerve")
    deep = replace(world.nerve(points=((-4.0, 12.0, 0.0), (4.0, 12.0, 0.0))), name="Deep nerve", id=TargetId("d"))
    target = next(each for each in (shallow, deep) if each.name == wanted)
    tip = (0.0, 12.0 if target is deep else 0.0, 0.0)
    plan = world.plan(GRID, structures=(skin, plexus), targets=(shallow, deep), probes=())
    question = AccessQuestion.of(plan, tip_lps_mm=tip, tip_words=target.words, model_id="generic-17g-short")
    found = AccessMaker().answer(question, plan, Store(masks))
    front = int(np.argmin(np.linalg.norm(found.mesh.entries_lps_mm - (0.0, -30.0, 0.0), axis=1)))
    assert bool(found.found.is_open[front]) is is_open
    assert (found.found.reason[front] == PathReason.STRUCTURE) != is_open
