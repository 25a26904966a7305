"""Places, sides and merging against cuboids whose numbers are counted by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.domain.geometry import Grid, PatientPosition, Side
from planner.domain.identity import BlobRef, PlanId, Sha256, StructureId, TargetId
from planner.domain.plan import Plan
from planner.domain.structure import Structure, StructureKind, StructureOrigin, StructureRole
from planner.domain.target import NerveCurve, Target
from planner.domain.volume import VolumeRef
from planner.services.structure_merging import merged
from planner.services.structure_places import place_of, side_remark

# x runs from −49 to 49 mm, y from −39 to 39, z from 0 to 58.
GRID = Grid.from_axes((30, 40, 50), origin_lps_mm=(-49, -39, 0), spacing_ijk_mm=(2, 2, 2))


def _structure(name, kind, *, side=None, sha="a", origin=StructureOrigin.AUTOMATIC, **facts):
    ref = BlobRef(Sha256(sha * 64), GRID.shape_kji, "bool")
    return Structure(StructureId(f"id {name} {sha}"), name, kind, ref, origin, side, **facts)


def _plan(*structures, targets=()):
    ref = VolumeRef(Sha256("f" * 64), GRID, PatientPosition.HFS, "1.2", "1.3", "1.4")
    return Plan(PlanId("p"), "Plan", ref, structures, targets)


def _box(k, j, i):
    mask = np.zeros(GRID.shape_kji, dtype=bool)
    mask[k, j, i] = True
    return mask


def test_a_box_has_its_counted_volume_and_its_middle():
    place = place_of(_box(slice(10, 15), slice(5, 10), slice(30, 35)), GRID)
    assert place.volume_ml == pytest.approx(125 * 8 / 1000)
    # Middle voxel (32, 7, 12): −49 + 64, −39 + 14, 24.
    assert place.centre_lps_mm == pytest.approx((15.0, -25.0, 24.0))


def test_the_place_to_look_at_lies_inside_the_largest_slice_also_of_a_ring():
    mask = _box(slice(3, 4), slice(10, 12), slice(10, 12))
    mask[20, 10:21, 10:21] = True
    mask[20, 12:19, 12:19] = False  # the ring's middle is empty
    look_at = place_of(mask, GRID).look_at_lps_mm
    i, j, k = np.rint(GRID.to_index(look_at)).astype(int)
    assert k == 20
    assert mask[k, j, i]


def test_an_empty_mask_has_no_place():
    place = place_of(np.zeros(GRID.shape_kji, dtype=bool), GRID)
    assert (place.volume_ml, place.look_at_lps_mm, place.centre_lps_mm) == (0.0, None, None)


@pytest.mark.parametrize(("said", "column", "is_told"), [
    (Side.LEFT, 5, True), (Side.RIGHT, 5, False), (Side.LEFT, 45, False), (Side.RIGHT, 45, True),
    (Side.LEFT, 24, False), (None, 5, False), (Side.MIDLINE, 5, False),
])  # fmt: skip
def test_a_side_that_the_geometry_contradicts_is_a_sentence(said, column, is_told):
    # The cord runs along x = 0 ± 1 (columns 24, 25); patient left is +x, so high columns.
    cord = _structure("Cord", StructureKind.SPINAL_CORD, sha="b")
    kidney = _structure("Kidney", StructureKind.KIDNEY, side=said)
    cord_mask = _box(slice(0, 30), slice(18, 22), slice(24, 26))
    place = place_of(_box(slice(14, 16), slice(18, 22), slice(column, column + 1)), GRID)
    said_words = side_remark(kidney, place, _plan(cord, kidney), {cord.id: cord_mask})
    assert bool(said_words) is is_told
    if is_told:
        assert f"{abs(-49 + 2 * column)} mm {'right' if column < 24 else 'left'}" in said_words


def test_no_side_is_told_from_itself_or_in_one_limb():
    bone = _structure("Bone", StructureKind.BONE, side=Side.LEFT)
    mask = _box(slice(0, 30), slice(18, 22), slice(2, 6))
    assert side_remark(bone, place_of(mask, GRID), _plan(bone), {bone.id: mask}) == ""
    skin = _structure("Skin", StructureKind.SKIN, sha="c")
    body = _box(slice(0, 30), slice(1, 39), slice(1, 49))
    assert side_remark(bone, place_of(mask, GRID), _plan(bone, skin), {skin.id: body})
    curve = NerveCurve(((0.0, 0.0, 10.0), (0.0, 0.0, 20.0)))
    tibial = Target(TargetId("t"), "Tibial nerve", "posterior_tibial", Side.LEFT, curve)
    assert side_remark(bone, place_of(mask, GRID), _plan(bone, skin, targets=(tibial,)), {skin.id: body}) == ""


def test_finding_twice_replaces_what_nobody_touched_and_keeps_what_was_said_of_it():
    old = replace(_structure("Bone", StructureKind.BONE), role=StructureRole.PASSABLE, colour="#e69f00")
    new = replace(_structure("Bone", StructureKind.BONE, sha="b"), method="again")
    (put,) = merged([new], _plan(old))
    assert (put.id, put.mask, put.method) == (old.id, new.mask, "again")
    assert (put.role, put.colour) == (StructureRole.PASSABLE, "#e69f00")


def test_what_is_confirmed_or_edited_is_never_replaced():
    for facts in ({"confirmed_by": "Dr Ada"}, {"method": "threshold; edited: brush"}):
        old = _structure("Bone", StructureKind.BONE, **facts)
        new = _structure("Bone", StructureKind.BONE, sha="b")
        assert merged([new], _plan(old)) == (new,)


def test_the_same_voxels_are_not_added_again():
    old = _structure("Bone", StructureKind.BONE, confirmed_by="Dr Ada")
    again = replace(old, id=StructureId("other"), confirmed_by="")
    assert merged([again], _plan(old)) == ()


def test_two_fresh_ones_of_a_name_do_not_share_a_place():
    old = _structure("Cyst", StructureKind.OTHER)
    fresh = [_structure("Cyst", StructureKind.OTHER, sha=sha) for sha in "bc"]
    put = merged(fresh, _plan(old))
    assert [structure.id for structure in put] == [old.id, fresh[1].id]
