import numpy as np
import pytest

from planner.domain.errors import PlanFileError, PlanInvalid
from planner.domain.geometry import Grid, PatientPosition
from planner.domain.identity import PatientIdentity
from planner.domain.progress import silent
from planner.domain.structure import Structure, StructureKind, StructureOrigin
from planner.domain.volume import Volume, VolumeRef
from planner.persistence.blobs import BlobStore
from planner.persistence.planfile import PlanFile
from planner.services.commands import RenamePlan
from planner.services.opening import empty_plan, new_session, prepare_plan, resume_session
from planner.services.shared import SharedVolume
from planner.services.structure_commands import AddStructures
from planner.services.tasks import OpenedSeries, PreparePlan

GRID = Grid.from_axes((4, 5, 6), origin_lps_mm=(0, 0, 0), spacing_ijk_mm=(1, 1, 1))


def opened_series(blobs, *, value=0):
    ref = VolumeRef(f"{value:x}" * 64, GRID, PatientPosition.HFS, "1", "2", "3")
    volume = Volume(ref, np.full(GRID.shape_kji, value, np.int16))
    return OpenedSeries(SharedVolume.of(volume, blobs), PatientIdentity(patient_id="T"))


@pytest.fixture
def stores():
    both = BlobStore.temporary(), BlobStore.temporary()
    yield both
    for store in both:
        store.close()


@pytest.fixture
def kept(stores, tmp_path):
    """A plan file with one structure and one edit, closed."""
    blobs, _ = stores
    opened = opened_series(blobs)
    session = new_session(opened, empty_plan(opened, name="first"), blobs=blobs)
    path = tmp_path / "plan.frostline"
    session.keep_in(path, source_folder="/ct")
    mask = np.zeros(GRID.shape_kji, bool)
    mask[1, 2, 3] = True
    bone = Structure("s", "Bone", StructureKind.BONE, blobs.put(mask), StructureOrigin.AUTOMATIC)
    session.apply(AddStructures((bone,)), initiator="test")
    session.apply(RenamePlan("second"), initiator="test")
    session.close()
    return path


def test_a_kept_plan_comes_back_on_its_ct_with_masks_and_undo(stores, kept):
    _, fresh = stores
    prepared = prepare_plan(PreparePlan(str(kept)), blobs=fresh, progress=silent)
    assert (prepared.source_folder, prepared.series_instance_uid) == ("/ct", "2")
    session = resume_session(PlanFile.open(kept), opened_series(fresh), blobs=fresh)
    try:
        assert session.plan.name == "second"
        assert np.argwhere(session.mask("s")).tolist() == [[1, 2, 3]]
        session.undo()
        assert session.plan.name == "first"
    finally:
        session.close()


def test_H_12_a_kept_plan_refuses_another_ct(stores, kept):
    _, fresh = stores
    file = PlanFile.open(kept)
    try:
        with pytest.raises(PlanInvalid, match="another CT"):
            resume_session(file, opened_series(fresh, value=1), blobs=fresh)
    finally:
        file.close()


def test_what_is_no_plan_is_refused_and_left_alone(stores, tmp_path):
    path = tmp_path / "x.frostline"
    path.write_bytes(b"hello")
    with pytest.raises(PlanFileError, match="not a Frostline plan"):
        prepare_plan(PreparePlan(str(path)), blobs=stores[0], progress=silent)
    assert path.read_bytes() == b"hello"


def test_history_begins_with_the_plan_a_session_is_given(stores):
    blobs, _ = stores
    opened = opened_series(blobs)
    session = new_session(opened, empty_plan(opened, name="finished", case_kind="demo"), blobs=blobs)
    assert session.undo_label == ""
    session.undo()
    assert session.plan.name == "finished"
