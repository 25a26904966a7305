"""Do plans that an older program kept still open, as they were? Real files, written by that program and never again.

``v1/targets_without_a_block`` is of 2026-11-23, before targets had a diagnostic block, probes a lock, plans a bore: two
structures, a nerve with its treated part, a body, two probes, a schedule of P2's own, warmed skin, a measurement, a
waiver, another position than scanned, a drag, an undo and a redo.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from planner.domain.geometry import PatientPosition
from planner.persistence.blobs import BlobStore
from planner.persistence.planfile import PlanFile, Step, StepKind
from planner.persistence.resources import atlas
from planner.planning.permission import open_findings
from planner.services.history import History
from planner.services.probe_commands import LockProbe

KEPT = Path(__file__).parents[2] / "golden" / "plans" / "v1" / "targets_without_a_block.frostline"
# As the older program said them when it closed the file.
HASH = "3c41b5d73a24e6571a28cff8284967e667735fb8245cf381c0bcb63b9392d89f"
JUDGED_HASH = "ca87acbd5330387e10c64f1297a55be1c947f1f17b73550fa86ac1cc4ecc6cdc"


@pytest.fixture
def path(tmp_path):
    return Path(shutil.copyfile(KEPT, tmp_path / "plan.frostline"))


@pytest.fixture
def file(path):
    opened = PlanFile.open(path)
    yield opened
    opened.close()


def test_the_plan_is_what_it_was_to_the_last_bit(file):
    history = History.replay(file.steps())
    plan = history.plan
    assert (plan.hash, plan.judged_hash) == (HASH, JUDGED_HASH)
    assert (plan.name, plan.position) == ("Kept long ago", PatientPosition.HFP)
    assert [target.name for target in plan.targets] == ["Intercostal nerve", "Coeliac plexus"]
    assert plan.targets[0].course.segment_mm == (1.0, 5.0)
    assert plan.probes[0].tip_lps_mm == (2.0, 6.0, 3.0)
    assert plan.protocol.phases_of("p2")[1].duty == 0.6
    assert plan.waivers[0].who == "Dr A"
    assert (history.undo_label, history.redo_label) == ("rename plan", "rename plan")


def test_its_masks_come_back(file):
    store = BlobStore.temporary()
    plan = History.replay(file.steps()).plan
    file.restore_blobs((structure.mask for structure in plan.structures), store)
    skin, aorta = (store.get(structure.mask) for structure in plan.structures)
    assert (int(skin.sum()), int(aorta.sum())) == (3 * 3 * 5, 3 * 3 * 5 + 7 * 8)
    store.close()


def test_what_it_did_not_know_of_is_asked_not_assumed(file):
    plan = History.replay(file.steps()).plan
    assert [(t.block, t.end_organ_mm) for t in plan.targets] == [(None, None)] * 2
    assert (plan.gantry, plan.locked_probes) == (None, ())
    assert [found.target_id for found in open_findings(plan, atlas())] == ["t1", "t2"]


def test_it_is_worked_on(file, path):
    plan = LockProbe("p1", "P1", True).apply(History.replay(file.steps()).plan)
    file.append(Step(StepKind.EDIT, "lock P1", "user", "2026-11-24T00:00:00Z", plan))
    file.close()
    again = PlanFile.open(path)
    found = History.replay(again.steps()).plan
    again.close()
    assert found == plan
    assert found.judged_hash == JUDGED_HASH
