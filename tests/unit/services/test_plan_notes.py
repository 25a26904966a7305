"""Does a plan arrive whole when only its probes travel, and is its hash that of its whole text?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.domain.digest import content_hash
from planner.domain.errors import WorkerFailed
from planner.domain.geometry import Grid, PatientPosition, Side
from planner.domain.identity import PlanId, ProbeId, StructureId, TargetId
from planner.domain.plan import Plan
from planner.domain.probe import ProbePlacement
from planner.domain.structure import Structure, StructureKind, StructureOrigin
from planner.domain.target import NerveCurve, Target
from planner.domain.volume import VolumeRef
from planner.persistence.blobs import BlobStore
from planner.services.plan_notes import PlanNotes

GRID = Grid.from_axes((4, 4, 4), origin_lps_mm=(0, 0, 0), spacing_ijk_mm=(1, 1, 1))


@pytest.fixture
def blobs(tmp_path):
    return BlobStore(tmp_path)


def _plan(blobs):
    mask = blobs.put(np.ones(GRID.shape_kji, bool))
    structures = tuple(
        Structure(StructureId(name), name, StructureKind.NERVE, mask, StructureOrigin.DRAWN, method="“brush”")
        for name in ("N. vagus", "N. phrenicus")
    )
    nerve = NerveCurve(((0.0, 0.0, 0.0), (2.0, 0.0, 0.1 + 0.2)))
    target = Target(TargetId("t"), "Nerve", "genicular", Side.LEFT, nerve, "", 2.0, "measured")
    ref = VolumeRef("ct", GRID, PatientPosition.HFS, "1.1", "1.2", "1.3")
    probes = tuple(ProbePlacement(ProbeId(f"p{n}"), f"P{n}", "m", (0.0, -30.0, n), (0.0, 0.0, n)) for n in (1, 2))
    return Plan(PlanId("p"), "Plan", ref, structures, (target,), probes)


def _moved(plan, step):
    probe = replace(plan.probes[0], tip_lps_mm=(0.1 * step, 0.0, 1.0))
    return plan.with_probe(probe)


def test_steps_of_a_drag_share_one_note_and_arrive_whole(blobs):
    plan, sender, receiver = _plan(blobs), PlanNotes(blobs), PlanNotes(blobs)
    names = set()
    for step in range(5):
        moved = _moved(plan, step)
        name = sender.name_of(moved)
        names.add(name)
        assert receiver.plan(name, probes=moved.probes, locked=moved.locked_probes) == moved
    assert len(names) == 1
    assert len(list(blobs.folder.glob("plan-*.json"))) == 1


def test_any_other_edit_has_a_note_of_its_own(blobs):
    plan, sender, receiver = _plan(blobs), PlanNotes(blobs), PlanNotes(blobs)
    first = sender.name_of(plan)
    renamed = replace(plan, name="Another")
    second = sender.name_of(renamed)
    assert second != first
    assert receiver.plan(second, probes=plan.probes, locked=()).name == "Another"
    assert receiver.plan(first, probes=plan.probes, locked=()).name == "Plan"
    locked = replace(plan, locked_probes=(plan.probes[0].id,))
    assert receiver.plan(sender.name_of(locked), probes=locked.probes, locked=locked.locked_probes) == locked


def test_a_note_that_is_gone_is_a_sentence(blobs):
    with pytest.raises(WorkerFailed, match="not handed on"):
        PlanNotes(blobs).plan("plan-gone.json", probes=(), locked=())


def test_the_composed_hash_is_that_of_the_whole_text(blobs):
    plan = _plan(blobs)
    for other in (
        plan,
        replace(plan, structures=()),
        replace(plan, targets=(), probes=()),
        replace(plan, name="Ä “quoted” \\ name"),
        replace(plan, locked_probes=(plan.probes[1].id,)),
        *(_moved(plan, step) for step in range(3)),
    ):
        assert other.hash == content_hash(other)
        assert other.hash == other.hash
