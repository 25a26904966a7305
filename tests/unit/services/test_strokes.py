"""Does every stroke become the mask that was drawn, and does undo find each of them, also after the plan was closed?"""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.errors import InputRefused
from planner.domain.geometry import Grid, PatientPosition
from planner.domain.identity import PatientIdentity, StructureId
from planner.domain.plan import Plan
from planner.domain.progress import silent
from planner.domain.structure import Structure, StructureKind, StructureOrigin
from planner.domain.volume import Volume, VolumeRef
from planner.persistence.blobs import BlobStore
from planner.persistence.planfile import PlanFile
from planner.services.history import History
from planner.services.mask_draft import MaskDraft
from planner.services.opening import prepare_plan
from planner.services.session import Session
from planner.services.strokes import StrokeKeeper
from planner.services.structure_commands import AddStructures, ReplaceMask
from planner.services.tasks import PreparePlan

GRID = Grid.from_axes((20, 60, 60), origin_lps_mm=(0, 0, 0), spacing_ijk_mm=(1, 1, 1))
REF = VolumeRef("a" * 64, GRID, PatientPosition.HFS, "1", "2", "3")
ID = StructureId("s")


@pytest.fixture
def session(tmp_path):
    blobs = BlobStore.temporary()
    volume = Volume(REF, np.zeros(GRID.shape_kji, np.int16))
    made = Session(blobs=blobs, volume=volume, identity=PatientIdentity(), history=History(Plan("p", "plan", REF)))
    made.keep_in(tmp_path / "plan.frostline", source_folder="")
    empty = blobs.put(np.zeros(GRID.shape_kji, bool))
    structure = Structure(ID, "Liver", StructureKind.LIVER, empty, StructureOrigin.DRAWN)
    made.apply(AddStructures((structure,)), initiator="test")
    yield made
    made.close()
    blobs.close()


def draw(session: Session, count: int) -> list[np.ndarray]:
    """Draw strokes at random; return the masks one after the other, as copies of what was under the hand."""
    rng = np.random.default_rng(count)
    before = session.plan.structure(ID).mask
    draft, keeper = MaskDraft(session.volume, session.mask(ID)), StrokeKeeper(session.blobs, before)
    masks, strokes = [np.array(session.mask(ID))], []
    for _ in range(count):
        at = tuple(float(v) for v in rng.uniform((5, 5, 3), (55, 55, 16)))
        draft.stamp([at], float(rng.uniform(2, 6)), plane_normal=None, erase=bool(rng.random() < 0.3))
        stroke = draft.take_stroke()
        if stroke is not None:
            strokes.append(stroke)
            masks.append(draft.mask.copy())
    for stroke in strokes:  # kept only after the hand has gone on
        session.apply(ReplaceMask(ID, keeper.keep(stroke), "brush", "Liver"), initiator="test")
    return masks


def test_strokes_kept_after_the_hand_has_gone_on_are_what_was_drawn(session):
    masks = draw(session, 12)
    assert len(masks) > 6
    assert np.array_equal(session.mask(ID), masks[-1])
    for mask in reversed(masks[:-1]):
        session.undo()
        assert np.array_equal(session.mask(ID), mask)
    for mask in masks[1:]:
        session.redo()
        assert np.array_equal(session.mask(ID), mask)


def test_masks_that_only_undo_comes_back_to_are_kept_compressed(session):
    draw(session, 12)
    laid_out = [file for file in session.blobs.folder.iterdir() if file.suffix in (".npy", ".box")]
    assert len(laid_out) <= 5  # the plan's, the last three for undo, and the empty one that nobody had packed
    session.undo()
    assert session.blobs.get(session.plan.structure(ID).mask).any()


def reopened(session: Session, folder, *, spoil: bool = False) -> Session:
    path = session.file_path
    session.close()
    blobs = BlobStore(folder)
    blobs.folder.mkdir()
    prepare_plan(PreparePlan(str(path)), blobs=blobs, progress=silent)
    if spoil:
        packed = sorted(blobs.folder.glob("*.packed"), key=lambda file: file.stat().st_size)
        for file in packed[1:-1]:
            file.write_bytes(packed[-1].read_bytes())
    file = PlanFile.open(path)
    volume = Volume(REF, np.zeros(GRID.shape_kji, np.int16))
    again = Session(blobs=blobs, volume=volume, identity=PatientIdentity(), history=History.replay(file.steps()))
    again.attach(file)
    return again


def test_a_reopened_plan_undoes_stroke_by_stroke(session, tmp_path):
    masks = draw(session, 9)
    again = reopened(session, tmp_path / "again")
    for mask in reversed(masks):
        assert np.array_equal(again.mask(ID), mask)
        again.undo()
    again.close()


def test_a_mask_altered_in_the_file_stops_undo_in_words_and_the_plan_stays(session, tmp_path):
    masks = draw(session, 6)
    again = reopened(session, tmp_path / "again", spoil=True)
    seen = [again.plan]

    def undo_all() -> None:
        for _ in masks:
            again.undo()
            seen.append(again.plan)

    with pytest.raises(InputRefused, match="missing or altered"):
        undo_all()
    assert again.plan is seen[-1]
    assert again.mask(ID).shape == GRID.shape_kji
    again.close()
