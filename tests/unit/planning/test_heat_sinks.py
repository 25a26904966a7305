"""Is what a vessel takes from the ice told by a difference of two fields whose answer is known?"""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from planner.domain.geometry import Side
from planner.domain.identity import TargetId
from planner.domain.structure import StructureKind
from planner.domain.structure_figures import StructureFigures
from planner.domain.target import Target, TargetBody
from planner.planning.heat_sinks import (
    HEART,
    NEAR_MM,
    THIN,
    Freeze,
    Vessel,
    cost_of,
    not_modelled,
    vessels_near,
    without,
)
from planner.thermal.tissue_map import TissueMap

TISSUES = ("muscle", "blood", "fat_subcutaneous", "lung_inflated", "outside air")
MUSCLE, BLOOD, FAT, LUNG, AIR = range(5)


def assessment_with(**edges_mm):
    figures = {name: StructureFigures(name, 37.0, edge_mm=edge) for name, edge in edges_mm.items()}
    return SimpleNamespace(figures_of=figures.get)


def test_the_loss_is_the_gap_between_two_balls(world):
    box = world.box(30, spacing=2.0)
    ct = world.box(30)
    nerve, ganglion = world.nerve(), None
    ganglion = Target(TargetId("g"), "G", "celiac", Side.LEFT, TargetBody((0.0, 0.0, 0.0), (0, 0, 1.0), 16.0, 16.0))
    plan = world.plan(ct, targets=(nerve, ganglion))
    slope = 4.0
    shrunk, whole = (Freeze(world.ball_field(box, r, slope=slope), box, -20.0) for r in (11.0, 14.0))
    vessel = Vessel(world.structure("a", "artery", ct), 1.5, np.zeros(box.shape_kji, bool))
    found = cost_of((vessel,), plan, with_c=shrunk, without_c=whole)
    assert found.edge_lost_mm == pytest.approx(3.0, abs=0.25)
    # The ball of −20 °C is 3 cells wide: a field read along straight lines knows its surface to a sixth of one.
    assert found.treatment_lost_mm == pytest.approx(3.0, abs=0.35)
    volume_ml = 4 / 3 * math.pi / 1000
    assert found.frozen_lost_ml == pytest.approx(volume_ml * (14**3 - 11**3), rel=0.03)
    assert found.treated_lost_ml == pytest.approx(volume_ml * (9**3 - 6**3), rel=0.03)
    assert np.linalg.norm(found.edge_at_lps_mm) == pytest.approx(14.0, abs=0.5)
    lost_nerve, lost_body = found.targets
    # The nerve is 2 mm thick: its outer wall is treated to where the ball of −20 °C is 1 mm from the axis.
    before, after = (2 * math.sqrt(r * r - 1) for r in (9.0, 6.0))
    assert lost_nerve.unit == "mm"
    assert lost_nerve.before == pytest.approx(before, abs=0.5)
    assert lost_nerve.lost == pytest.approx(before - after, abs=0.5)
    assert (lost_body.unit, lost_body.before) == ("%", pytest.approx(100.0))
    assert lost_body.lost == pytest.approx(100 * (1 - (6 / 8) ** 3), abs=4.0)
    assert (found.name, found.gap_mm, found.is_modelled) == ("a", 1.5, True)


def test_the_same_freeze_loses_nothing(world):
    box = world.box(20, spacing=2.0)
    freeze = Freeze(world.ball_field(box, 9.3, centre=(0.4, 0.7, 0.2)), box, -20.0)
    vessel = Vessel(world.structure("a", "artery", world.box(20)), 4.0, np.zeros(box.shape_kji, bool))
    found = cost_of((vessel,), world.plan(world.box(20)), with_c=freeze, without_c=freeze)
    assert (found.edge_lost_mm, found.treatment_lost_mm) == (0.0, 0.0)
    assert (found.frozen_lost_ml, found.treated_lost_ml) == (0.0, 0.0)


def test_vessels_take_the_cells_that_hold_their_blood_and_far_ones_are_left_out(world):
    ct, grid = world.box(20), world.box(20, spacing=2.0)
    x = world.points(ct)[..., 0]
    masks = {"a": np.abs(x + 8) <= 3, "v": np.abs(x - 8) <= 3, "far": x > 16}
    structures = [world.structure(n, kind, ct) for n, kind in (("a", "artery"), ("v", "vein"), ("far", "vein"))]
    structures += [world.structure("h", "heart", ct), world.structure("thin", "artery", ct)]
    masks |= {"h": np.abs(x) <= 1, "thin": np.abs(x - 13.5) <= 0.6}
    index = np.zeros(grid.shape_kji, np.uint8)
    gx = world.points(grid)[..., 0]
    index[(np.abs(gx + 8) <= 3) | (np.abs(gx - 8) <= 3)] = BLOOD
    tissue_map = TissueMap(index, TISSUES)
    told = assessment_with(a=4.0, v=1.0, far=NEAR_MM + 1, h=3.0, thin=2.0)
    near = vessels_near(world.plan(ct, structures=structures), told, masks=masks, tissue_map=tissue_map, grid=grid)
    assert [vessel.structure.id for vessel in near] == ["v", "thin", "h", "a"]
    cells = {vessel.structure.id: vessel.cells for vessel in near}
    assert cells["h"] is None
    assert cells["thin"] is None
    assert (cells["a"] == ((index == BLOOD) & (gx < 0))).all()
    assert (cells["v"] == ((index == BLOOD) & (gx > 0))).all()
    reasons = {v.structure.id: not_modelled(v).reason for v in near if v.cells is None}
    assert reasons == {"h": HEART, "thin": THIN}


def test_the_nearest_soft_tissue_takes_a_vessels_place_and_never_gas_or_another_vessel():
    index = np.full((9, 9, 12), MUSCLE, np.uint8)
    index[:, :, 8:] = LUNG
    index[:, :, 7] = BLOOD
    index[:, :, :2] = FAT
    index[4, 4, 3:5] = BLOOD
    tissue_map = TissueMap(index, TISSUES)
    wall = Vessel(SimpleNamespace(), 1.0, index == BLOOD)
    gone = without(tissue_map, (wall,))
    assert not (gone.index == BLOOD).any()
    assert (gone.index[:, :, 7] == MUSCLE).all()
    assert (gone.index[index != BLOOD] == index[index != BLOOD]).all()
    only = np.zeros(index.shape, bool)
    only[4, 4, 3:5] = True
    assert (without(tissue_map, (Vessel(SimpleNamespace(), 1.0, only),)).index[:, :, 7] == BLOOD).all()


def test_a_vessel_of_another_kind_says_so(world):
    structure = world.structure("o", "other", world.box(5))
    assert "its warmth is not modelled" in not_modelled(Vessel(structure, 2.0, None)).reason
    assert structure.kind is StructureKind.OTHER
