"""A job says of structures what a hand would: facts before confirmations, waivers only of what is expected."""

from __future__ import annotations

import pytest

from planner.domain.errors import InputRefused, PlanInvalid
from planner.domain.geometry import Grid, PatientPosition, Side
from planner.domain.identity import BlobRef
from planner.domain.plan import Plan
from planner.domain.structure import Structure, StructureKind, StructureOrigin, StructureRole
from planner.domain.volume import VolumeRef
from planner.persistence.codec import decode
from planner.persistence.resources import atlas
from planner.services.job_structures import confirm_edits, fact_edits, waiver_edits
from planner.services.jobfile import Job

GRID = Grid.from_axes((4, 5, 6), origin_lps_mm=(0, 0, 0), spacing_ijk_mm=(1, 1, 1))
REF = VolumeRef("a" * 64, GRID, PatientPosition.HFS, "1", "2", "3")
MASK = BlobRef("b" * 64, GRID.shape_kji, "bool")
AT = "2026-11-22T12:00:00Z"
TEXT = """
{"name": "n", "series": {"folder": "ct"}, "targets": [], "probes": [], "protocol": {"phases": []},
 "structures": {"facts": [{"name": "Structure 7", "kind": "bowel", "side": "left", "role": "obstacle"},
                          {"name": "Skin", "margin_mm": 12, "margin_reason": "scar"}],
                "waived": [{"name": "lung", "who": "Dr A", "reason": "far away"}]}}
"""


def structure(structure_id, name, kind=StructureKind.OTHER):
    return Structure(structure_id, name, kind, MASK, StructureOrigin.IMPORTED)


PLAN = Plan("p", "plan", REF, structures=(structure("s7", "Structure 7"), structure("s1", "Skin", StructureKind.SKIN)))


def facts_of(text=TEXT):
    return decode(text, Job, where="job.json").structures.facts


def test_facts_of_a_job_reach_the_plan_and_leave_out_what_is_not_said():
    plan = PLAN
    for edit in fact_edits(facts_of(), PLAN.structures):
        plan = edit.apply(plan)
    bowel, skin = plan.structures
    assert (bowel.kind, bowel.side, bowel.role) == (StructureKind.BOWEL, Side.LEFT, StructureRole.OBSTACLE)
    assert (bowel.margin_mm, bowel.origin) == (None, StructureOrigin.IMPORTED)
    assert (skin.kind, skin.role, skin.margin_mm, skin.margin_reason) == (StructureKind.SKIN, None, 12.0, "scar")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("Structure 7", "Structure 8", "which none has; there are Structure 7, Skin"),
        ("Structure 7", "Skin", "speaks twice of “Skin”"),
    ],
)
def test_a_name_that_means_no_one_structure_is_refused(old, new, says):
    with pytest.raises(InputRefused, match=says):
        fact_edits(facts_of(TEXT.replace(old, new)), PLAN.structures)


def test_two_structures_of_one_name_are_refused():
    twins = (*PLAN.structures, structure("s8", "Skin"))
    with pytest.raises(InputRefused, match="2 structures"):
        fact_edits(facts_of(), twins)


def test_a_margin_without_a_reason_is_refused():
    with pytest.raises(PlanInvalid, match="needs a reason"):
        fact_edits(facts_of(TEXT.replace('"scar"', '""')), PLAN.structures)


def test_H_28_only_what_the_atlas_expects_near_the_targets_can_be_waived():
    waived = decode(TEXT, Job, where="job.json").structures.waived
    (edit,) = waiver_edits(waived, atlas(), atlas_ids=["intercostal"], at=AT)
    (waiver,) = edit.apply(PLAN).waivers
    assert (waiver.name, waiver.kind, waiver.who, waiver.at, waiver.reason) == ("lung", "lung", "Dr A", AT, "far away")
    with pytest.raises(InputRefused, match="does not expect near the targets; it expects gluteal artery"):
        waiver_edits(waived, atlas(), atlas_ids=["sciatic"], at=AT)
    with pytest.raises(InputRefused, match="speaks twice of “lung”"):
        waiver_edits(waived * 2, atlas(), atlas_ids=["intercostal"], at=AT)


def test_H_28_a_confirmation_is_of_one_structure_and_has_a_name():
    (edit,) = confirm_edits(["Skin"], PLAN.structures, who="Dr A", at=AT)
    confirmed = edit.apply(PLAN).structure("s1")
    assert (confirmed.confirmed_by, confirmed.confirmed_at) == ("Dr A", AT)
    assert confirm_edits([], PLAN.structures, who="", at=AT) == ()
    twins = (*PLAN.structures, structure("s8", "Skin"))
    for names, there, who, says in (
        (["Skin"], PLAN.structures, " ", "who looked at them"),
        (["Lung"], PLAN.structures, "Dr A", "“Lung”, which none has; there are Structure 7, Skin"),
        (["Skin"], twins, "Dr A", r"confirmed\[0\]” is “Skin”, which 2 structures have"),
    ):
        with pytest.raises(InputRefused, match=says):
            confirm_edits(names, there, who=who, at=AT)
