"""Does a drag that is put back leave nothing: no step, nothing in the file, and what was undone can be redone?"""

import numpy as np
import pytest

from planner.domain.geometry import Grid, PatientPosition
from planner.domain.identity import PatientIdentity
from planner.domain.plan import Plan
from planner.domain.probe import ProbePlacement
from planner.domain.volume import Volume, VolumeRef
from planner.persistence.blobs import BlobStore
from planner.persistence.planfile import PlanFile
from planner.services.commands import RenamePlan
from planner.services.history import History
from planner.services.probe_commands import AddProbe, MoveProbe
from planner.services.session import ChangeKind, Session

GRID = Grid.from_axes((4, 5, 6), origin_lps_mm=(0, 0, 0), spacing_ijk_mm=(1, 1, 1))
REF = VolumeRef("a" * 64, GRID, PatientPosition.HFS, "1", "2", "3")
P1 = ProbePlacement("id-1", "P1", "generic-17g-short", (0.0, 0.0, 0.0), (0.0, 30.0, 0.0))


@pytest.fixture
def session(tmp_path):
    blobs = BlobStore.temporary()
    volume = Volume(REF, np.zeros(GRID.shape_kji, np.int16))
    made = Session(
        blobs=blobs, volume=volume, identity=PatientIdentity(patient_id="7"), history=History(Plan("p", "plan", REF))
    )
    made.keep_in(tmp_path / "kept.frostline", source_folder="somewhere")
    made.apply(AddProbe(P1), initiator="test")
    yield made
    made.close()
    blobs.close()


def drag(session, *tips_y_mm, part="tip"):
    session.begin_gesture()
    for y_mm in tips_y_mm:
        session.apply(MoveProbe("id-1", "P1", P1.entry_lps_mm, (0.0, y_mm, 0.0), part), initiator="user")


def in_file(session, tmp_path):
    copy = tmp_path / f"copy-{len(list(tmp_path.iterdir()))}.frostline"
    session.save_copy(copy)
    file = PlanFile.open(copy)
    try:
        history = History.replay(file.steps())
        return history.plan, history.undo_label, history.redo_label, len(file.steps())
    finally:
        file.close()


def test_nothing_is_left_of_it(session, tmp_path):
    session.apply(RenamePlan("another"), initiator="test")
    session.undo()
    before, kept = session.plan, in_file(session, tmp_path)
    heard = []
    session.subscribe(heard.append)
    drag(session, 31.0, 32.0, 33.0)
    assert session.plan != before
    session.cancel_gesture()
    assert session.plan == before
    assert not session.is_held
    assert (session.undo_label, session.redo_label) == ("add P1", "rename plan")
    assert in_file(session, tmp_path) == kept
    assert [set(change.kinds) for change in heard[-2:]] == [{ChangeKind.PROBES}, {ChangeKind.GESTURE}]
    session.redo()
    assert session.plan.name == "another"


def test_a_drag_that_has_not_moved_yet_takes_nothing_back(session, tmp_path):
    before = in_file(session, tmp_path)
    session.begin_gesture()
    session.cancel_gesture()
    assert in_file(session, tmp_path) == before
    assert session.undo_label == "add P1"


def test_another_edit_in_between_stays(session):
    drag(session, 31.0)
    session.apply(RenamePlan("another"), initiator="test")
    session.cancel_gesture()
    assert session.plan.name == "another"
    assert session.undo_label == "rename plan"
    session.undo()
    assert session.plan.probes[0].tip_lps_mm == (0.0, 31.0, 0.0)


def test_the_next_drag_is_one_step_of_its_own(session, tmp_path):
    drag(session, 31.0)
    session.cancel_gesture()
    drag(session, 40.0, 41.0)
    session.end_gesture()
    assert in_file(session, tmp_path)[:2] == (session.plan, "move tip of P1")
    session.undo()
    assert session.plan.probes[0] == P1
