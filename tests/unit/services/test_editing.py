"""Do edits and measurements run as tasks? Through the store and its references, with words of how far they are."""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain.digest import array_hash, to_plain
from planner.domain.errors import GeometryRefused, InputRefused, PlanInvalid
from planner.domain.geometry import Grid, PatientPosition
from planner.domain.mask_edit import Boolean, BooleanKind, EditLimit, FillHoles, Grow, Margin, Threshold
from planner.domain.progress import silent
from planner.domain.volume import Volume, VolumeRef
from planner.persistence import codec
from planner.persistence.blobs import BlobStore
from planner.services.shared import SharedVolume
from planner.services.tasks import REPLIES, ApartStructures, EditMask, MeasureStructures, perform

GRID = Grid.from_axes((16, 20, 24), origin_lps_mm=(-5, 4, 30), spacing_ijk_mm=(0.8, 0.8, 1.5))


@pytest.fixture
def blobs():
    store = BlobStore.temporary()
    yield store
    store.close()


@pytest.fixture
def volume(blobs) -> SharedVolume:
    hu = np.full(GRID.shape_kji, -80, np.int16)
    hu[4:12, 5:15, 6:18] = 55
    ref = VolumeRef(array_hash(hu), GRID, PatientPosition.HFS, "1.2", "1.3", "1.4")
    return SharedVolume.of(Volume(ref, hu), blobs)


def _block(first, last) -> np.ndarray:
    mask = np.zeros(GRID.shape_kji, bool)
    mask[tuple(slice(a, b) for a, b in zip(first, last, strict=True))] = True
    return mask


def _through_json(reply):
    return codec.from_plain(to_plain(reply), REPLIES[type(reply).__name__.replace("EditedMask", "EditMask")], where="")


def test_an_edit_of_nothing_draws_a_new_mask_and_packs_it(blobs, volume) -> None:
    told = []
    reply = perform(
        EditMask(volume, None, Threshold((0.0, 100.0))),
        blobs=blobs,
        progress=lambda done, total, phase: told.append((done, total, phase)),
    )
    np.testing.assert_array_equal(blobs.get(reply.mask), _block((4, 5, 6), (12, 15, 18)))
    assert reply.changed == 8 * 10 * 12
    assert _through_json(reply) == reply
    assert blobs.packed(reply.mask)
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    assert {phase for _, _, phase in told} >= {"Looking at the structure", "Keeping the result"}


def test_named_masks_and_limits_are_taken_from_the_store(blobs, volume) -> None:
    mask, other, inside = (
        blobs.put(_block(*span))
        for span in (((2, 2, 2), (8, 8, 8)), ((4, 4, 4), (12, 12, 12)), ((0, 0, 0), (16, 6, 24)))
    )
    edit = Boolean(BooleanKind.UNION, other, "Bone")
    reply = perform(EditMask(volume, mask, edit, EditLimit(inside=inside)), blobs=blobs, progress=silent)
    expected = blobs.get(mask) | (blobs.get(other) & blobs.get(inside))
    np.testing.assert_array_equal(blobs.get(reply.mask), expected)
    assert reply.changed == np.count_nonzero(expected != blobs.get(mask))
    grown = perform(EditMask(volume, mask, Grow(3.0, (other,))), blobs=blobs, progress=silent)
    assert not (blobs.get(grown.mask) & blobs.get(other) & ~blobs.get(mask)).any()


def test_an_edit_that_changes_nothing_says_so_with_the_mask_as_it_was(blobs, volume) -> None:
    mask = blobs.put(_block((2, 2, 2), (8, 8, 8)))
    reply = perform(EditMask(volume, mask, FillHoles(in_slices=False)), blobs=blobs, progress=silent)
    assert (reply.mask, reply.changed) == (mask, 0)


def test_refusals_reach_the_caller(blobs, volume) -> None:
    with pytest.raises(PlanInvalid, match="nothing drawn yet"):
        perform(EditMask(volume, None, Margin(2.0)), blobs=blobs, progress=silent)
    foreign = blobs.put(np.ones((3, 3, 3), bool))
    with pytest.raises(GeometryRefused, match="do not belong together"):
        perform(EditMask(volume, foreign, Margin(2.0)), blobs=blobs, progress=silent)
    with pytest.raises(GeometryRefused, match="do not belong together"):
        perform(MeasureStructures(volume, (foreign,)), blobs=blobs, progress=silent)
    with pytest.raises(InputRefused, match="No voxel"):
        perform(EditMask(volume, None, Threshold((900.0, 901.0))), blobs=blobs, progress=silent)


def test_structures_are_measured_in_the_order_asked(blobs, volume) -> None:
    small, large = blobs.put(_block((4, 5, 6), (6, 8, 10))), blobs.put(_block((1, 1, 1), (15, 19, 23)))
    reply = perform(MeasureStructures(volume, (large, small)), blobs=blobs, progress=silent)
    assert [number.voxels for number in reply.numbers] == [14 * 18 * 22, 2 * 3 * 4]
    assert reply.numbers[1].volume_ml == pytest.approx(24 * 0.96 / 1000)
    assert reply.numbers[1].mean_hu == 55.0


def test_two_structures_are_apart_by_their_gap(blobs, volume) -> None:
    a, b = blobs.put(_block((3, 4, 2), (12, 15, 8))), blobs.put(_block((3, 4, 15), (12, 15, 22)))
    reply = perform(ApartStructures(volume, a, b), blobs=blobs, progress=silent)
    assert reply.distance_mm == pytest.approx(7 * 0.8, abs=0.15)
    with pytest.raises(PlanInvalid, match="holds nothing yet"):
        perform(ApartStructures(volume, a, blobs.put(np.zeros(GRID.shape_kji, bool))), blobs=blobs, progress=silent)
