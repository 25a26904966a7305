"""Edits of structures: a confirmation never outlives what it was given for, and the method tells what was done."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.domain.digest import canonical_json
from planner.domain.errors import PlanInvalid
from planner.domain.geometry import Grid, PatientPosition, Side
from planner.domain.identity import BlobRef
from planner.domain.plan import Plan
from planner.domain.structure import Structure, StructureKind, StructureOrigin, StructureRole
from planner.domain.volume import VolumeRef
from planner.domain.waiver import Waiver
from planner.persistence.codec import decode
from planner.services.structure_commands import (
    MOST_EDIT_CHARACTERS,
    AddStructures,
    ConfirmStructure,
    EditStructure,
    RemoveStructure,
    ReplaceMask,
    WaiveExpected,
    WithdrawWaiver,
    edited_method,
)

GRID = Grid.from_axes((4, 5, 6), origin_lps_mm=(0, 0, 0), spacing_ijk_mm=(1, 1, 1))
REF = VolumeRef("a" * 64, GRID, PatientPosition.HFS, "1", "2", "3")
AT = "2026-11-22T12:00:00Z"


def mask(letter):
    return BlobRef(letter * 64, GRID.shape_kji, "bool")


LUNG = Structure(
    "s1", "Lung, left", StructureKind.LUNG, mask("b"), StructureOrigin.AUTOMATIC, Side.LEFT, "threshold −400 HU"
)
PLAN = Plan("p", "plan", REF, structures=(LUNG,))
WAIVER = Waiver("vertebral artery", "artery", "A. Reader", AT, "not in the field of view")


@pytest.fixture
def confirmed():
    return ConfirmStructure("s1", "Lung, left", " A. Reader ", AT).apply(PLAN)


def test_a_confirmation_has_a_name_and_a_time_and_can_be_withdrawn(confirmed):
    (lung,) = confirmed.structures
    assert (lung.confirmed_by, lung.confirmed_at, lung.is_confirmed) == ("A. Reader", AT, True)
    withdrawn = ConfirmStructure("s1", "Lung, left", "", AT)
    assert withdrawn.label == "unconfirm Lung, left"
    assert withdrawn.apply(confirmed) == PLAN
    with pytest.raises(PlanInvalid, match="time"):
        ConfirmStructure("s1", "Lung, left", "A. Reader", "").apply(PLAN)


@pytest.mark.parametrize(
    ("change", "stays"),
    [
        ({"name": "Left lung"}, True),
        ({"role": StructureRole.CRITICAL}, True),  # as usual for a lung
        ({"role": StructureRole.OBSTACLE}, False),
        ({"role": StructureRole.BARRIER}, False),
        ({"margin_mm": 12.0, "margin_reason": "emphysema"}, True),
        ({"colour": "#ffcc00"}, True),
        ({"kind": StructureKind.BOWEL}, False),
        ({"side": Side.RIGHT}, False),
        ({"side": None}, False),
    ],
)
def test_H_28_another_kind_side_or_role_takes_the_name_off(confirmed, change, stays):
    (lung,) = confirmed.structures
    (edited,) = EditStructure(replace(lung, **change), "change").apply(confirmed).structures
    assert (edited.confirmed_by, edited.confirmed_at) == (("A. Reader", AT) if stays else ("", ""))
    assert {name: getattr(edited, name) for name in change} == change


def test_facts_are_edited_and_nothing_else(confirmed):
    (lung,) = confirmed.structures
    forged = replace(lung, method="drawn by hand", origin=StructureOrigin.DRAWN, confirmed_by="Somebody else")
    assert EditStructure(forged, "rename").apply(confirmed) == confirmed
    with pytest.raises(PlanInvalid, match="outline changed"):
        EditStructure(replace(lung, mask=mask("c")), "rename").apply(confirmed)
    with pytest.raises(PlanInvalid, match="taken for ice"):
        EditStructure(replace(lung, colour="#4fb3ff"), "change colour").apply(confirmed)
    assert EditStructure(lung, "change role").label == "change role of Lung, left"
    assert EditStructure(lung, "rename").label == "rename Lung, left"


def test_H_28_a_redrawn_structure_is_unconfirmed_and_its_method_says_so(confirmed):
    plan = confirmed
    for letter, words in (("c", "brush"), ("d", "brush"), ("e", "smoothed by 1 mm"), ("f", "brush")):
        command = ReplaceMask("s1", mask(letter), words, "Lung, left")
        assert command.label == f"{words} in Lung, left"
        plan = command.apply(plan)
    (lung,) = plan.structures
    assert lung.mask == mask("f")
    assert lung.origin is StructureOrigin.AUTOMATIC
    assert not lung.is_confirmed
    assert lung.confirmed_at == ""
    assert lung.method == "threshold −400 HU; edited: brush ×2; smoothed by 1 mm; brush"
    assert ReplaceMask("s1", mask("b"), "brush").apply(confirmed) is confirmed


def test_the_method_of_a_long_day_stays_short():
    method = "threshold 300 HU"
    for n in range(200):
        method = edited_method(method, f"grown by {n} mm")
    assert method.startswith("threshold 300 HU; edited: …; ")
    assert method.endswith("; grown by 198 mm; grown by 199 mm")
    assert len(method) <= len("threshold 300 HU; edited: ") + MOST_EDIT_CHARACTERS
    for _ in range(2500):
        method = edited_method(method, "brush")
    assert method.endswith("; brush ×2500")
    assert edited_method("", "brush") == "edited: brush"
    assert edited_method("edited: brush", "brush") == "edited: brush ×2"
    assert edited_method("edited: paint brush", "brush") == "edited: paint brush; brush"


def test_waivers_are_put_replaced_and_withdrawn():
    waived = WaiveExpected(WAIVER).apply(PLAN)
    assert waived.waivers == (WAIVER,)
    other = replace(WAIVER, kind="vein")
    again = replace(WAIVER, reason="occluded")
    both = WaiveExpected(again).apply(WaiveExpected(other).apply(waived))
    assert both.waivers == (other, again)
    assert WithdrawWaiver("vertebral artery", "artery").apply(both).waivers == (other,)
    with pytest.raises(PlanInvalid, match="not waived"):
        WithdrawWaiver("lung", "lung").apply(both)
    with pytest.raises(PlanInvalid, match="waived twice"):
        replace(PLAN, waivers=(WAIVER, again))
    assert WaiveExpected(WAIVER).label == "waive vertebral artery"


@pytest.mark.parametrize("empty", ["who", "at", "reason", "name", "kind"])
def test_H_28_no_waiver_without_name_time_and_reason(empty):
    with pytest.raises(PlanInvalid):
        replace(WAIVER, **{empty: " "})


def test_waivers_come_back_from_json_and_plans_without_any_are_as_before():
    waived = WaiveExpected(WAIVER).apply(PLAN)
    assert decode(canonical_json(waived), Plan, where="test") == waived
    assert b"waivers" not in canonical_json(PLAN)
    assert b"confirmed_at" not in canonical_json(PLAN)
    assert waived.hash != PLAN.hash
    assert waived.judged_hash != PLAN.judged_hash


def test_a_colour_changes_the_plan_and_no_verdict():
    (lung,) = PLAN.structures
    coloured = EditStructure(replace(lung, colour="#ffcc00"), "change colour").apply(PLAN)
    assert coloured.hash != PLAN.hash
    assert coloured.judged_hash == PLAN.judged_hash == PLAN.hash
    assert PLAN.as_judged is PLAN
    role = EditStructure(replace(lung, role=StructureRole.PASSABLE), "change role").apply(PLAN)
    assert role.judged_hash != PLAN.judged_hash


def test_adding_and_removing_is_said_by_name():
    bone = replace(LUNG, id="s2", name="Bone", kind=StructureKind.BONE)
    assert AddStructures((bone,)).label == "add Bone"
    assert AddStructures((bone, LUNG)).label == "add 2 structures"
    grown = AddStructures((bone,)).apply(PLAN)
    assert RemoveStructure("s2", "Bone").apply(grown) == PLAN
    with pytest.raises(PlanInvalid):
        RemoveStructure("s3", "Nobody").apply(grown)
