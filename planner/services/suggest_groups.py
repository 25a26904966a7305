"""Which placements are worth computing coarsely? Single ways and groups of them, by a rough shape of the ice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.domain.uncertainty import IceCase
from planner.planning.suggest_pick import Scene, Shapes, Ways, picked_groups, picked_singles, pool
from planner.planning.suggest_shape import IceShape
from planner.planning.suggest_surroundings import surroundings
from planner.services.suggest_places import Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain.probe import ProbePlacement
    from planner.services.suggest_places import PlacesPlan, ShapeTold
    from planner.services.suggest_search import Search

POOL = 160
"""Ways of one model that placements of several probes are built from."""


def placements_to_try(search: Search, plan: PlacesPlan) -> list[tuple[ProbePlacement, ...]]:
    """Return the placements to compute coarsely, model by model, of one probe and of more."""
    judged = surroundings(search.plan, search.target, rules=search.rules, masks=search.masks)
    found: list[tuple[ProbePlacement, ...]] = []
    count, effort = len(search.ways), search.effort
    for ways, shapes in zip(search.ways, _shapes(search, plan), strict=True):
        if shapes is None:
            continue
        scene = Scene.of(ways, shapes, judged)
        singles = picked_singles(ways, scene.rough(), most=max(effort.singles // count, 4))
        found += [search.placed(ways, (place,)) for place in singles]
        if search.asked.wish.most_probes > 1:
            found += _several(search, ways, scene, most=max(effort.groups // count, 4))
    return found


def _several(search: Search, ways: Ways, scene: Scene, *, most: int) -> list[tuple[ProbePlacement, ...]]:
    """Return placements of two and more probes, built from a pool of different ways."""
    chosen = pool(ways, scene, most=POOL)
    few = Ways(ways.fan.taken(chosen), ways.model, ways.middles_lps_mm[chosen], ways.axes_lps[chosen])
    found = []
    for probes in range(2, search.asked.wish.most_probes + 1):
        groups = picked_groups(few, scene.few(chosen), probes=probes, most=most)
        found += [search.placed(few, group) for group in groups]
    return found


def _shapes(search: Search, plan: PlacesPlan) -> list[Shapes | None]:
    """Return per model the round shapes of the ice at the stops of the first family, of two ways averaged."""
    family, cases = search.families[0], (IceCase.NOMINAL, IceCase.LARGEST)
    places = [
        Place(0, search.placed(ways, (way,)), family.run, case, stops_s=family.stops_s)
        for ways in search.ways
        for case in cases
        for way in _references(ways)
    ]
    told = search.work.shapes(plan, places, phase="Computing the shape of the ice")
    found: list[Shapes | None] = []
    for number in range(len(search.ways)):
        nominal, largest = (_averaged(told[first : first + 2]) for first in (4 * number, 4 * number + 2))
        found.append(Shapes(nominal, largest) if nominal and largest else None)
    return found


def _references(ways: Ways) -> tuple[int, int]:
    """Return two ways that freeze near the middle of the target, far from each other in the fan."""
    aim = ways.fan.aim.min()
    near = np.flatnonzero(ways.fan.aim == aim)
    return int(near[0]), int(near[len(near) // 2])


def _averaged(told: Sequence[ShapeTold]) -> tuple[IceShape, ...]:
    """Return the mean shape at each stop of those that could be computed; empty when none could."""
    good = [each for each in told if not each.reason]
    if not good:
        return ()
    drop, edge_mm = np.mean([each.opened() for each in good], axis=0).swapaxes(0, 1)
    rest_c = np.mean([each.rest_c for each in good], axis=0)
    return tuple(IceShape(*three) for three in zip(drop, edge_mm, rest_c.tolist(), strict=True))
