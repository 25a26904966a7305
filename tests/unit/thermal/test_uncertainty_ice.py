"""Is the smallest ice inside the nominal, and that inside the largest, whatever the tissue around the probe?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.domain.identity import ProbeId
from planner.domain.probe import ProbePlacement
from planner.domain.protocol import Phase, PhaseKind, Protocol
from planner.domain.uncertainty import IceCase
from planner.persistence.resources import tissues
from planner.persistence.uncertainty import uncertainty_ranges
from planner.planning.request import is_complete
from planner.thermal.run import simulate
from planner.thermal.tissue_map import TissueMap
from planner.thermal.uncertainty import variants

LEVELS_C = (0.0, -20.0, -40.0)
CYCLES = Protocol(
    "two cycles",
    (Phase(PhaseKind.FREEZE, 180.0), Phase(PhaseKind.PASSIVE_THAW, 60.0), Phase(PhaseKind.FREEZE, 180.0)),
)


def patchwork(rng, shape_kji, ids):
    """Tissues in slabs and blocks at random places: every pair of neighbours may occur."""
    index = np.zeros(shape_kji, np.uint8)
    for label in range(1, len(ids)):
        low = rng.integers(0, np.array(shape_kji) - 6)
        high = low + rng.integers(3, 12, size=3)
        index[tuple(slice(a, b) for a, b in zip(low, high, strict=True))] = label
    return TissueMap(index, ids)


def random_probe(rng, number):
    """A probe through the middle part of the box, any way round."""
    direction = rng.normal(size=3)
    direction /= np.linalg.norm(direction)
    middle = rng.uniform(-4, 4, size=3)
    tip, entry = middle + 8 * direction, middle - 12 * direction
    return ProbePlacement(ProbeId(str(number)), f"P{number}", "p", tuple(map(float, entry)), tuple(map(float, tip)))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_isotherm_of_the_smallest_lies_in_the_nominal_and_that_in_the_largest(world, seed):
    rng = np.random.default_rng(seed)
    mixture = next(tissue.id for tissue in tissues() if tissue.parts)
    ids = ("muscle", "fat_subcutaneous", "nerve", "bone_cortical", mixture, "kidney", "saline")[: 4 + seed]
    request = replace(
        world.request(extent_mm=48.0, protocol=CYCLES, tissues=tuple(t for t in tissues() if is_complete(t))),
        probes=tuple(random_probe(rng, number) for number in range(1 + seed % 2)),
    )
    tissue_map = patchwork(rng, request.grid.shape_kji, ids)
    coldest = {
        case: simulate(varied, tissue_map).minimum_c for case, varied in variants(request, uncertainty_ranges()).items()
    }
    for smaller, larger in ((IceCase.SMALLEST, IceCase.NOMINAL), (IceCase.NOMINAL, IceCase.LARGEST)):
        for level_c in LEVELS_C:
            inside, around = coldest[smaller] <= level_c, coldest[larger] <= level_c
            assert not (inside & ~around).any()
            assert inside.sum() < around.sum()
