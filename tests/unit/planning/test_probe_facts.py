"""Facts follow the plan: another position, bore or probe is another answer, and what was not looked at is named."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.domain.gantry import Gantry
from planner.domain.geometry import PatientPosition
from planner.domain.structure import StructureKind
from planner.persistence.resources import probe_models
from planner.planning.probe_facts import facts_of_probes
from planner.planning.surface_index import SurfaceStore

MODELS = {model.id: model for model in probe_models()}


@pytest.fixture
def case(world):
    """A body 80 mm wide and 60 mm deep, a lung ball and a rib, one probe from the front."""
    box = world.box(60, 2.0)
    p = world.points(box)
    kinds = {"Skin": StructureKind.SKIN, "Lung": StructureKind.LUNG, "Rib": StructureKind.BONE}
    structures = {name: world.structure(name, kind, box) for name, kind in kinds.items()}
    masks = {
        structures["Skin"].id: (np.abs(p[..., 1]) < 30) & (np.abs(p[..., 0]) < 40),
        structures["Lung"].id: world.ball(box, 8.0, (20.0, 0.0, 0.0)),
        structures["Rib"].id: (p[..., 1] > -21) & (p[..., 1] < -15),
    }
    probe = world.probe(entry=(0.0, -30.0, 0.0), tip=(0.0, 10.0, 0.0))
    return world.plan(box, structures=structures.values(), probes=(probe,)), masks


def facts(plan, masks, store=None):
    return facts_of_probes(plan, masks, models=MODELS, surfaces=store or SurfaceStore())[plan.probes[0].id]


def test_one_answer_holds_everything_and_names_what_was_not_looked_at(case):
    plan, masks = case
    known = facts(plan, masks)
    (rib,) = known.crossings
    assert (rib.name, rib.length_mm) == ("Rib", pytest.approx(6.0, abs=0.3))
    (lung,) = known.approaches
    assert lung.distance_mm == pytest.approx(12.0, abs=0.4)
    assert known.unread == ()
    without = facts(plan, {key: mask for key, mask in masks.items() if key != "Lung"})
    assert without.unread == ("Lung",)
    assert StructureKind.LUNG not in without.avoided
    assert not without.approaches


def test_the_same_store_gives_another_answer_for_another_position_bore_or_probe(case):
    plan, masks = case
    store = SurfaceStore()
    assert facts(plan, masks, store).hub.bore is None
    wide = replace(plan, gantry=Gantry(800.0, 100.0))
    supine = facts(wide, masks, store).hub.bore
    # 175 mm usable, 40 deep: the hub ends at y = −165; the table at 30, the axis 100 above it at −70.
    assert supine.clearance_mm == pytest.approx(400 - 95, abs=1.1)
    prone = facts(replace(wide, planned_position=PatientPosition.HFP), masks, store).hub.bore
    # Down is the front: the table at −30, the axis at +70, the hub 235 mm under it.
    assert prone.clearance_mm == pytest.approx(400 - 235, abs=1.1)
    longer = replace(wide, probes=(replace(wide.probes[0], tip_lps_mm=(0.0, 20.0, 0.0)),))
    assert facts(longer, masks, store).hub.bore.clearance_mm == pytest.approx(400 - 85, abs=1.1)
    assert facts(wide, masks, store).hub.bore == supine


def test_a_prone_plan_of_a_front_entry_names_the_table_and_a_path_out_of_the_scan_is_said(case):
    plan, masks = case
    assert not facts(plan, masks).findings
    prone = facts(replace(plan, planned_position=PatientPosition.HFP), masks)
    assert [finding.code for finding in prone.findings] == ["probe-through-table"]
    far = replace(plan, probes=(replace(plan.probes[0], entry_lps_mm=(0.0, -70.0, 0.0)),))
    assert facts(far, masks).leaves_scan
    assert not facts(plan, masks).leaves_scan
