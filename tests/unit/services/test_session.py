import numpy as np
import pytest

from planner.domain.errors import PlanFileError, PlanInvalid
from planner.domain.geometry import Grid, PatientPosition
from planner.domain.identity import BlobRef, PatientIdentity
from planner.domain.plan import Plan
from planner.domain.preview import IcePreview
from planner.domain.probe import ProbePlacement
from planner.domain.protocol import Phase, PhaseKind, ProbeSchedule, Protocol
from planner.domain.structure import Structure, StructureKind, StructureOrigin
from planner.domain.volume import Volume, VolumeRef
from planner.persistence.blobs import BlobStore
from planner.persistence.planfile import PlanFile
from planner.services.commands import RenamePlan, SetProtocol
from planner.services.history import History
from planner.services.probe_commands import AddProbe, MoveProbe, RemoveProbe
from planner.services.session import ChangeKind, Session
from planner.services.structure_commands import AddStructures, ConfirmStructure

GRID = Grid.from_axes((4, 5, 6), origin_lps_mm=(0, 0, 0), spacing_ijk_mm=(1, 1, 1))
REF = VolumeRef("a" * 64, GRID, PatientPosition.HFS, "1", "2", "3")
P1 = ProbePlacement("id-1", "P1", "generic-17g-short", (0.0, 0.0, 0.0), (0.0, 30.0, 0.0))


def volume(ref=REF):
    return Volume(ref, np.zeros(GRID.shape_kji, np.int16))


@pytest.fixture
def session():
    blobs = BlobStore.temporary()
    session = Session(
        blobs=blobs, volume=volume(), identity=PatientIdentity(patient_id="T"), history=History(Plan("p", "plan", REF))
    )
    yield session
    session.close()
    blobs.close()


def move(y_mm, part="tip"):
    return MoveProbe("id-1", "P1", P1.entry_lps_mm, (0.0, float(y_mm), 0.0), part)


def test_one_edit_tells_every_observer_once_with_what_changed(session):
    heard = []
    session.subscribe(heard.append)
    session.apply(AddProbe(P1), initiator="test")
    assert [(change.kinds, change.initiator) for change in heard] == [({ChangeKind.PROBES}, "test")]
    assert heard[0].plan_hash == session.plan.hash


def test_an_edit_that_changes_nothing_is_no_step(session):
    session.apply(RenamePlan("plan"), initiator="test")
    assert session.undo_label == ""


def test_a_refused_edit_changes_nothing(session):
    before = session.plan
    with pytest.raises(PlanInvalid):
        session.apply(RemoveProbe("nobody", "P9"), initiator="test")
    assert session.plan is before


def test_undo_and_redo_walk_the_same_plans_by_name(session):
    empty = session.plan
    session.apply(AddProbe(P1), initiator="test")
    placed = session.plan
    session.undo()
    assert (session.plan, session.redo_label) == (empty, "add P1")
    session.redo()
    assert (session.plan, session.undo_label) == (placed, "add P1")


def test_one_drag_is_one_undo_step_and_two_drags_are_two(session):
    session.apply(AddProbe(P1), initiator="test")
    for end in (40, 50):
        with session.gesture():
            for y in range(31, end + 1):
                session.apply(move(y), initiator="drag")
    assert session.plan.probes[0].tip_lps_mm[1] == 50
    session.undo()
    assert session.plan.probes[0].tip_lps_mm[1] == 40
    session.undo()
    assert session.plan.probes[0].tip_lps_mm[1] == 30


def test_everything_comes_back_after_reopening_including_undo(session, tmp_path):
    path = tmp_path / "p.frostline"
    session.keep_in(path, source_folder="/ct")
    session.apply(AddProbe(P1), initiator="test")
    with session.gesture():
        session.apply(move(33), initiator="drag")
        session.apply(move(35), initiator="drag")
    session.undo()
    session.redo()
    expected = session.plan
    session.close()
    file = PlanFile.open(path)
    try:
        history = History.replay(file.steps())
        assert len(file.steps()) == 5  # start, add, one drag, undo, redo
    finally:
        file.close()
    assert history.plan == expected
    assert history.undo_label == "move tip of P1"
    history.undo()
    assert history.plan.probes == (P1,)


def test_masks_of_the_plan_are_kept_in_its_file(session, tmp_path):
    mask = np.zeros(GRID.shape_kji, bool)
    mask[1:3, 2:4, 2:5] = True
    ref = session.blobs.put(mask)
    session.keep_in(tmp_path / "p.frostline", source_folder="/ct")
    structure = Structure("s1", "Bone", StructureKind.BONE, ref, StructureOrigin.AUTOMATIC)
    session.apply(AddStructures((structure,)), initiator="test")
    session.apply(ConfirmStructure("s1", "Bone", "Dr Test", "2026-11-22T12:00:00Z"), initiator="test")
    session.close()
    other = BlobStore.temporary()
    file = PlanFile.open(tmp_path / "p.frostline")
    try:
        kept = file.steps()[-1].plan.structures[0]
        file.restore_blobs([kept.mask], other)
        assert kept.confirmed_by == "Dr Test"
        assert other.get(kept.mask).sum() == 2 * 2 * 3
    finally:
        file.close()
        other.close()


@pytest.mark.parametrize(
    "other",
    [
        VolumeRef("b" * 64, GRID, PatientPosition.HFS, "1", "2", "3"),
        VolumeRef("a" * 64, GRID, PatientPosition.HFS, "1", "2", "4"),
    ],
)
def test_H_12_a_plan_refuses_any_other_ct(other):
    blobs = BlobStore.temporary()
    try:
        with pytest.raises(PlanInvalid, match="another CT"):
            Session(
                blobs=blobs, volume=volume(other), identity=PatientIdentity(), history=History(Plan("p", "plan", REF))
            )
    finally:
        blobs.close()


def test_a_mask_of_another_size_is_refused():
    structure = Structure("s", "Bone", StructureKind.BONE, BlobRef("0" * 64, (1, 1, 1), "bool"), StructureOrigin.DRAWN)
    with pytest.raises(PlanInvalid, match=r"\(1, 1, 1\)"):
        Plan("p", "plan", REF, structures=(structure,))


class FullDisk:
    """A plan file that refuses until there is room again."""

    path = None
    is_read_only = False

    def __init__(self):
        self.is_full, self.kept = True, []

    def append(self, step):
        if self.is_full:
            raise PlanFileError("The disk is full.", code="plan-io")
        self.kept.append(step.plan.name)

    def keep_blobs(self, refs, blobs):
        del refs, blobs

    def count_edits(self):
        return len(self.kept)

    def close(self):
        pass


def test_H_34_a_step_that_cannot_be_kept_is_kept_later_in_order_and_observers_know_the_plan(session):
    file, heard = FullDisk(), []
    session.attach(file)
    session.subscribe(heard.append)
    for name in ("a", "b"):
        with pytest.raises(PlanFileError):
            session.apply(RenamePlan(name), initiator="test")
    assert [change.plan_hash for change in heard][-1] == session.plan.hash
    file.is_full = False
    session.apply(RenamePlan("c"), initiator="test")
    assert file.kept == ["a", "b", "c"]


def test_H_12_the_same_pixels_elsewhere_are_another_ct(session):
    moved = Grid.from_axes(GRID.shape_kji, origin_lps_mm=(5, 0, 0), spacing_ijk_mm=(1, 1, 1))
    ref = VolumeRef("a" * 64, moved, PatientPosition.HFS, "1", "2", "3")
    with pytest.raises(PlanInvalid, match="another CT"):
        Session(
            blobs=session.blobs, volume=volume(ref), identity=PatientIdentity(), history=History(Plan("p", "plan", REF))
        )


def test_a_probe_that_is_taken_out_takes_its_own_schedule_along(session):
    own = ProbeSchedule(P1.id, (Phase(PhaseKind.FREEZE, 60.0),))
    session.apply(AddProbe(P1), initiator="test")
    protocol = Protocol("p", (Phase(PhaseKind.FREEZE, 600.0),), exceptions=(own,))
    session.apply(SetProtocol(protocol), initiator="test")
    heard = []
    session.subscribe(heard.append)
    session.apply(RemoveProbe("id-1", "P1"), initiator="test")
    assert session.plan.protocol == Protocol("p", protocol.phases)
    assert heard[0].kinds == {ChangeKind.PROBES, ChangeKind.PROTOCOL}
    session.undo(initiator="test")
    assert session.plan.protocol == protocol


def preview_of(plan_hash):
    return IcePreview(plan_hash, GRID, 60.0, np.zeros(GRID.shape_kji, np.float32), reaches_boundary=False, key="k")


def test_a_preview_follows_a_moving_probe_and_ends_with_any_other_change(session):
    session.apply(AddProbe(P1), initiator="user")
    passed = session.plan.hash
    heard = []
    session.subscribe(lambda change: heard.append(change.kinds))
    with session.gesture():
        session.apply(move(31), initiator="user")
        assert session.show_preview(preview_of(passed))
        assert not session.preview_is_current
        assert session.show_preview(preview_of(session.plan.hash))
        assert session.preview_is_current
        session.apply(move(32), initiator="user")
        assert session.preview is not None
        assert not session.preview_is_current
        assert session.is_held
    assert not session.is_held
    probes, preview, gesture = ({kind} for kind in (ChangeKind.PROBES, ChangeKind.PREVIEW, ChangeKind.GESTURE))
    assert heard == [probes, preview, preview, probes, gesture]
    assert not session.result_is_current
    session.apply(RenamePlan("other"), initiator="user")
    assert session.preview is None
    assert not session.show_preview(preview_of(passed))


def test_a_preview_of_an_undone_place_is_dropped(session):
    session.apply(AddProbe(P1), initiator="user")
    session.apply(move(31), initiator="user")
    undone = session.plan.hash
    session.show_preview(preview_of(undone))
    session.undo()
    assert session.preview is None
    assert not session.show_preview(preview_of(undone))
    assert session.show_preview(preview_of(session.plan.hash))
    session.drop_preview()
    assert session.preview is None


def test_the_hash_of_the_plan_follows_every_edit(session):
    for y_mm in (31, 32):
        before = session.plan_hash
        session.apply(AddProbe(P1) if y_mm == 31 else move(y_mm), initiator="user")
        assert session.plan_hash == session.plan.hash != before
