"""Is anything lost when the plan's own place refuses it? Elsewhere all of its history is written, undo too (H-34)."""

from __future__ import annotations

import random

import numpy as np
import pytest

from planner.domain.errors import PlanFileError
from planner.domain.structure import Structure, StructureKind, StructureOrigin
from planner.persistence.blobs import BlobStore
from planner.persistence.planfile import PlanFile
from planner.services.history import History
from planner.services.structure_commands import AddStructures
from tests.random_edits import GRID, Hand, new_session


@pytest.fixture
def session():
    made = new_session()
    yield made
    made.close()
    made.blobs.close()


def _refuse(monkeypatch):
    """Let no plan file below this name take a step, as a full disk would."""

    def full(self, step):
        if self.path.name == "plan.frostline":
            raise PlanFileError("The disk is full.", code="plan-io")
        return kept(self, step)

    kept = PlanFile.append
    monkeypatch.setattr(PlanFile, "append", full)


def _reopened(path):
    file = PlanFile.open(path)
    try:
        steps = file.steps()
        store = BlobStore.temporary()
        for step in steps:  # every step's masks are there, so that undo may come back to it
            file.restore_blobs((structure.mask for structure in step.plan.structures), store)
        store.close()
        return History.replay(steps)
    finally:
        file.close()


def _edit(session, times, *, may_refuse=False):
    """Let a random hand work; every act of it, refused by the disk or not, is in memory."""
    hand = Hand(session, random.Random(7))
    for _ in range(times):
        try:
            hand.edit()
        except PlanFileError:
            assert may_refuse


def _same(one, other):
    assert one.plan.hash == other.plan.hash
    while one.undo_label or other.undo_label:
        assert one.undo_label == other.undo_label
        assert one.undo()
        assert other.undo()
        assert one.plan.hash == other.plan.hash


def test_H_34_what_the_disk_refused_is_counted_and_goes_into_a_copy_elsewhere(session, tmp_path, monkeypatch):
    session.keep_in(tmp_path / "plan.frostline", source_folder="/ct")
    _edit(session, 6)
    assert session.unkept_edits == 0
    _refuse(monkeypatch)
    before = session.edits_made
    _edit(session, 8, may_refuse=True)
    assert session.unkept_edits == session.edits_made - before > 0
    session.save_copy(tmp_path / "copy.frostline")
    _same(_reopened(tmp_path / "copy.frostline"), session._history)
    monkeypatch.undo()
    session.keep_now()
    assert session.unkept_edits == 0
    session.close()
    _same(_reopened(tmp_path / "plan.frostline"), _reopened(tmp_path / "copy.frostline"))


def test_H_34_a_plan_whose_folder_took_no_file_finds_a_home_elsewhere_with_its_history(session, tmp_path):
    (tmp_path / "taken").write_text("a file where the folder should be")
    with pytest.raises(PlanFileError):
        session.keep_in(tmp_path / "taken" / "plan.frostline", source_folder="/ct")
    _edit(session, 12)
    session.undo()
    assert session.unkept_edits > 0
    session.save_copy(tmp_path / "home.frostline")
    assert session.file_path == tmp_path / "home.frostline"
    assert (session.unkept_edits, session.source_folder) == (0, "/ct")
    _edit(session, 4)
    truth = session._history
    session.close()
    _same(_reopened(tmp_path / "home.frostline"), truth)


@pytest.mark.parametrize("share", [0.0, 0.4], ids=["both empty", "read twice"])
@pytest.mark.parametrize("is_kept_first", [True, False])
def test_two_structures_of_one_mask_are_kept(session, tmp_path, share, is_kept_first):
    """A mask lies in the file once, however many structures have it; the plan was refused as damaged."""
    path = tmp_path / "plan.frostline"
    bits = np.random.default_rng(3).random(GRID.shape_kji) < share
    ref = session.blobs.put(bits)
    session.blobs.packed(ref)
    twins = tuple(Structure(name, name, StructureKind.NERVE, ref, StructureOrigin.IMPORTED) for name in ("a", "b"))
    if is_kept_first:
        session.keep_in(path, source_folder="")
    session.apply(AddStructures(twins), initiator="user")
    if not is_kept_first:
        session.keep_in(path, source_folder="")
    assert session.unkept_edits == 0
    session.close()
    assert [structure.mask for structure in _reopened(path).plan.structures] == [ref, ref]


def test_H_34_a_disk_that_is_full_before_the_masks_are_in_leaves_no_file_without_them(session, tmp_path, monkeypatch):
    """A file without its masks would be taken for the plan's home, and every copy of it would lack them too."""
    ref = session.blobs.put(np.random.default_rng(3).random(GRID.shape_kji) < 0.4)
    session.blobs.packed(ref)
    aorta = Structure("a", "Aorta", StructureKind.ARTERY, ref, StructureOrigin.IMPORTED)
    session.apply(AddStructures((aorta,)), initiator="user")

    def full(self, refs, store):
        del self, store
        if tuple(refs):
            raise PlanFileError("The disk is full.", code="plan-io")

    monkeypatch.setattr(PlanFile, "keep_blobs", full)
    with pytest.raises(PlanFileError):
        session.keep_in(tmp_path / "plan.frostline", source_folder="/ct")
    assert session.has_no_home
    assert session.file_path is None
    assert list(tmp_path.iterdir()) == []
    monkeypatch.undo()
    session.save_copy(tmp_path / "home.frostline")
    assert not session.has_no_home
    session.close()
    assert [structure.mask for structure in _reopened(tmp_path / "home.frostline").plan.structures] == [ref]
