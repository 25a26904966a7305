"""Does every undo come back to exactly what was, and does a reopened file hold exactly what was on screen (H-22)?

The truth is a list of plans kept beside the program: snapshots and a position, as in any text editor.
FROSTLINE_SEQUENCES sets how many sequences are tried.
"""

from __future__ import annotations

import os
import random
import tempfile
from pathlib import Path

import pytest

from planner.domain.digest import content_hash
from planner.persistence.blobs import BlobStore
from planner.persistence.planfile import PlanFile
from planner.services.history import History
from tests.random_edits import Hand, new_session

SEQUENCES = int(os.environ.get("FROSTLINE_SEQUENCES", "400"))
ACTS = 25
# A file costs a write for every step.
KEPT_EVERY = 20
# Twenty thousand sequences take minutes, and much longer beside other work.
pytestmark = pytest.mark.timeout(max(300, SEQUENCES // 5))
MEMORY = Path("/dev/shm")  # noqa: S108 - holds a folder of its own


@pytest.fixture
def quick_folder(tmp_path):
    """A folder in memory where there is one: here a file is asked what it holds, not whether it outlives a crash."""
    if not os.access(MEMORY, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        yield Path(folder)


@pytest.fixture
def blobs():
    store = BlobStore.temporary()
    yield store
    store.close()


def test_H_22_undo_and_redo_walk_along_the_very_plans_that_were(blobs):
    for seed in range(SEQUENCES):
        session = new_session(blobs)
        seen, at = [session.plan], 0
        hand = Hand(session, random.Random(seed))
        for _ in range(ACTS):
            before = session.plan
            could_redo = bool(session.redo_label)
            done = hand.act()
            if done == "undo":
                at = max(at - 1, 0)
            elif done == "redo":
                at = min(at + 1, len(seen) - 1) if could_redo else at
            elif session.plan is not before:
                seen, at = [*seen[: at + 1], session.plan], at + 1
            assert session.plan == seen[at], (seed, done)
        for there in range(at - 1, -1, -1):
            session.undo()
            assert session.plan is seen[there] or content_hash(session.plan) == content_hash(seen[there]), seed
        assert session.undo_label == ""
        for plan in seen[1:]:
            session.redo()
            assert session.plan == plan, seed
        assert session.redo_label == ""
        session.close()


def test_H_22_a_reopened_file_holds_the_plan_and_its_undo(blobs, quick_folder):
    for seed in range(0, SEQUENCES, KEPT_EVERY):
        session = new_session(blobs)
        path = quick_folder / f"{seed}.frostline"
        session.keep_in(path, source_folder="")
        hand = Hand(session, random.Random(seed))
        for _ in range(ACTS):
            hand.act()
        plan, undo, redo = session.plan, session.undo_label, session.redo_label
        session.close()
        file = PlanFile.open(path)
        try:
            history = History.replay(file.steps())
            assert (history.plan, history.undo_label, history.redo_label) == (plan, undo, redo), seed
            other = BlobStore.temporary()
            file.restore_blobs((s.mask for s in plan.structures), other)
            for structure in plan.structures:
                assert (other.get(structure.mask) == blobs.get(structure.mask)).all()
            other.close()
        finally:
            file.close()
            path.unlink()
