"""What an active zone lies in: refused outside the body and in gas, told in bone, silent in tissue."""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.errors import SimulationRefused
from planner.domain.geometry import isotropic_box
from planner.domain.simulation import BodyConditions
from planner.thermal import contact
from planner.thermal.properties import OUTSIDE_AIR, build_materials
from planner.thermal.scene import build_scene
from planner.thermal.sources import Needle

IDS = ("muscle", "bone_cortical", "air", OUTSIDE_AIR, "blood", "lung_inflated")
GRID = isotropic_box((5.0, -3.0, 11.0), extent_mm=(40, 40, 40), spacing_mm=1.0)


@pytest.fixture
def judged(tissues):
    """Judge one 20 mm active zone along x whose shallow part lies in another material."""
    materials = build_materials(IDS, tissues=tissues, conditions=BodyConditions(37.0, 22.0, 10.0), spacing_mm=1.0)

    def judge(material, share, *, turn=False):
        index = np.zeros(GRID.shape_kji, np.uint8)
        # Cell faces of the grid lie at whole mm from its corner; the zone runs from 10 to 30 mm.
        edge = 10 + round(20 * (1 - share))
        index[:, :, edge:] = IDS.index(material)
        corner = GRID.origin_lps_mm - 0.5
        ends = np.array([(10, 20.3, 19.8), (30, 20.3, 19.8)])
        if turn:
            index, ends = index.transpose(2, 1, 0), ends[:, ::-1]
        needle = Needle("Probe 1", tuple(corner + ends[0]), tuple(corner + ends[1]), 1.5)
        return contact.judge([needle], grid=GRID, scene=build_scene(np.ascontiguousarray(index), materials))

    return judge


@pytest.mark.parametrize("turn", [False, True])
def test_bone_is_told_with_its_share(judged, turn):
    assert judged("bone_cortical", 0.25, turn=turn) == (
        "25% of the active zone of Probe 1 lies in bone: freezing there was not validated.",
    )
    assert judged("bone_cortical", 1.0, turn=turn)[0].startswith("100% ")


def test_soft_tissue_and_lung_need_no_word(judged):
    assert judged("muscle", 1.0) == ()
    assert judged("lung_inflated", 1.0) == ()


def test_a_tenth_outside_the_body_is_told_and_more_is_refused(judged):
    (finding,) = judged(OUTSIDE_AIR, 0.1)
    assert finding.startswith("10% of the active zone of Probe 1 lies outside the body")
    with pytest.raises(SimulationRefused, match="15% of the active zone of Probe 1 lies outside the body") as refusal:
        judged(OUTSIDE_AIR, 0.15)
    assert refusal.value.code == "probe-outside-body"


def test_half_in_gas_is_told_and_more_is_refused(judged):
    (finding,) = judged("air", 0.5)
    assert finding.startswith("50% of the active zone of Probe 1 lies in gas")
    with pytest.raises(SimulationRefused, match="55% of the active zone of Probe 1 lies in gas") as refusal:
        judged("air", 0.55)
    assert refusal.value.code == "probe-in-gas"


def test_a_vessel_is_told(judged):
    (finding,) = judged("blood", 0.3)
    assert finding.startswith("30% of the active zone of Probe 1 lies in a vessel")


def test_a_zone_off_the_grid_is_refused(tissues):
    materials = build_materials(IDS, tissues=tissues, conditions=BodyConditions(37.0, 22.0, 10.0), spacing_mm=1.0)
    scene = build_scene(np.zeros(GRID.shape_kji, np.uint8), materials)
    needle = Needle("P9", (500.0, 0.0, 0.0), (510.0, 0.0, 0.0), 1.5)
    with pytest.raises(SimulationRefused, match="P9 lies outside the simulated box"):
        contact.judge([needle], grid=GRID, scene=scene)
