"""Is work ever lost? Killed at any moment, or refused by the disk at any write, a plan file holds what was kept.

H-33, H-34, H-35. FROSTLINE_KILLS sets how many times a working program is killed.
"""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys

import pytest

from planner.domain.errors import PlanFileError, PlanInvalid
from planner.persistence.blobs import BlobStore
from planner.persistence.planfile import PlanFile
from planner.persistence.planlook import open_or_look
from planner.services.history import History
from tests import random_edits
from tests.random_edits import Hand, new_session

KILLS = int(os.environ.get("FROSTLINE_KILLS", "60"))
LONGEST_S = 0.12
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")


def _plan_on_disk(path):
    file = PlanFile.open(path)  # verifies container, chain and every step
    try:
        plan = History.replay(file.steps()).plan
        blobs = BlobStore.temporary()
        file.restore_blobs((structure.mask for structure in plan.structures), blobs)  # each by its hash
        blobs.close()
        return plan
    finally:
        file.close()


def test_H_33_H_35_a_program_killed_at_any_moment_has_lost_nothing_it_had_said_was_kept(tmp_path):
    program = [sys.executable, random_edits.__file__, str(tmp_path), str(KILLS), str(LONGEST_S)]
    subprocess.run(program, check=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    acts = 0
    for seed in range(KILLS):
        path, said = tmp_path / f"{seed}.frostline", tmp_path / f"{seed}.said"
        hashes = said.read_text().split() if said.exists() else []
        if not hashes:  # killed before it had said anything
            continue
        truth = random_edits.plans_of(seed, acts=len(hashes))
        assert hashes == truth[: len(hashes)], seed
        # What was said to be kept is there; at most the act that was under way is there as well.
        assert _plan_on_disk(path).hash in truth[len(hashes) - 1 :], seed
        acts += len(hashes) - 1
    assert acts > 0, "the programs were killed before they had done anything"


def test_H_37_a_plan_can_be_looked_at_while_another_program_works_on_it(tmp_path):
    longest_s = 3.0
    program = [sys.executable, random_edits.__file__, str(tmp_path), "1", str(longest_s)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    private = tmp_path / "private"
    private.mkdir()
    seen = []
    with subprocess.Popen(program, env=environment) as working:
        while working.poll() is None:
            if (tmp_path / "0.said").exists():
                try:
                    looked = open_or_look(tmp_path / "0.frostline", folder=private)
                except PlanFileError as error:  # it wrote each time we read: said in words, and tried again
                    if error.code != "plan-locked":
                        raise
                    continue
                if looked.is_read_only:
                    seen.append(History.replay(looked.steps()).plan.hash)
                    with pytest.raises(PlanFileError, match="edits are off here"):
                        looked.append(looked.steps()[-1])
                looked.close()
    truth = random_edits.plans_of(0, acts=len((tmp_path / "0.said").read_text().split()))
    assert seen, "the other program had finished before anything could be looked at"
    assert [truth.index(plan) for plan in seen] == sorted(truth.index(plan) for plan in seen)
    assert not list(private.iterdir())


@pytest.fixture
def working(tmp_path):
    session = new_session()
    session.keep_in(tmp_path / "plan.frostline", source_folder="")
    yield session, tmp_path / "plan.frostline"
    session.close()
    session.blobs.close()


def test_H_34_a_file_that_may_not_grow_keeps_its_old_plan_and_the_new_one_can_be_copied_elsewhere(working, tmp_path):
    session, path = working
    hand = Hand(session, random.Random(34))
    kept, refusals = session.plan.hash, []
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size, old[1]))
        for _ in range(40):
            try:
                session.apply(hand.probe(), initiator="hand")
                kept = session.plan.hash
            except PlanFileError as error:
                refusals.append(str(error))
                break
            except PlanInvalid:
                hand.edit()
        assert refusals
        assert "free space" in refusals[0]
        shown = session.plan
        assert shown.hash != kept  # what was done stays in memory
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, ignored)
    session.save_copy(tmp_path / "elsewhere.frostline")
    assert _plan_on_disk(tmp_path / "elsewhere.frostline").hash == shown.hash
    session.close()
    assert _plan_on_disk(path).hash == shown.hash
