"""Does a drawn barrier change the prediction, and in the way its material must?"""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.protocol import Phase, PhaseKind, Protocol
from planner.domain.structure import StructureKind
from planner.persistence import resources
from planner.planning.request import is_complete
from planner.spatial.sample import trilinear
from planner.thermal import run
from planner.thermal.tissue_map import STAND_INS, build_tissue_map

FREEZE = Protocol("freeze", (Phase(PhaseKind.FREEZE, 300.0),))
NEAR_PROBE, BEHIND = (3.0, 1.0, 0.0), (11.0, 1.0, 0.0)


def predict(world):
    tissues = tuple(tissue for tissue in resources.tissues() if is_complete(tissue))
    request = world.request(tissues=tissues, protocol=FREEZE)
    tissue_map = build_tissue_map(request, volume=world.volume, masks=world.masks)
    result = run.simulate(request, tissue_map)
    at = trilinear(result.minimum_c, result.grid, np.array([NEAR_PROBE, BEHIND]), outside=np.nan)
    return request.input_hash, at, tissue_map.notes


@pytest.fixture
def slab(world):
    """A layer from 5 to 9 mm on the patient's left of the probe, as high and long as the box."""
    mask = np.zeros(world.hu.shape, bool)
    mask[:, :, 35:39] = True
    return mask


def test_gas_insulates_and_fluid_must_freeze_first(world, slab):
    bare_hash, bare, _ = predict(world)
    world.add(StructureKind.GAS_BARRIER, slab)
    gas_hash, gas, gas_notes = predict(world)
    world.regions.clear()
    world.add(StructureKind.FLUID_BARRIER, slab)
    fluid_hash, fluid, fluid_notes = predict(world)
    assert len({bare_hash, gas_hash, fluid_hash}) == 3
    # Carbon dioxide conducts some thirty times less than tissue: behind it hardly anything cools, before it more does.
    assert gas[1] > bare[1] + 3.0
    assert gas[0] < bare[0]
    # Saline is not perfused, so it lets more cold through than perfused muscle, but it is no insulator.
    assert abs(fluid[1] - bare[1]) > 0.1
    assert fluid[1] < gas[1]
    assert STAND_INS[StructureKind.GAS_BARRIER] in gas_notes
    assert STAND_INS[StructureKind.FLUID_BARRIER] in fluid_notes
