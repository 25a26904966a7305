"""READY waits for the block, or for somebody's word for going without; nothing else is forced, and all is listed."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from planner.casebook.readiness import WAITING, missing_items, readiness
from planner.domain.case import Case, CasePlan
from planner.domain.errors import CaseInvalid
from planner.domain.identity import CaseId, PlanId, Sha256
from planner.domain.intake import Answer, Intake, IntakeAnswer, IntakeItem, IntakeSection, IntakeTemplate, ItemKind
from planner.domain.review import Acknowledgement
from planner.domain.target import DiagnosticBlock
from planner.persistence.intake_template import shipped_intake_template
from planner.persistence.resources import resources_dir

AT = "2026-03-01T08:12:00Z"
BLOCK = DiagnosticBlock("2026-01-14", "bupivacaine", 80.0, "6 h")


def question(item_id, kind=ItemKind.CHECK, **more):
    return IntakeItem(item_id, f"{item_id}?", kind, **more)


TEMPLATE = IntakeTemplate(
    "Test",
    (
        IntakeSection("A", (question("thinners"), question("diagnosis", ItemKind.TEXT))),
        IntakeSection(
            "B",
            (
                question("alert", only_for=("adrenal",), is_alert=True),
                question("horner", only_for=("stellate",)),
                question("block", ItemKind.BLOCK),
            ),
        ),
    ),
)


def answered(item_id, answer=Answer.YES, **more):
    kind = next(item.kind for item in TEMPLATE.items if item.id == item_id)
    return IntakeAnswer(item_id, f"{item_id}?", kind, answer, "Dr A", AT, **more)


def a_case(*answers, atlas_ids=(), plan_id="p1"):
    plan = CasePlan(PlanId(plan_id), "Plan", "", Sha256("0" * 64), "patient", (), tuple(atlas_ids), AT)
    return Case(CaseId("c"), "FL-TEST", "Pain", AT, plans=(plan,), intake=Intake("Test", answers))


def a_plan(*targets, acknowledgements=(), plan_id="p1"):
    return SimpleNamespace(id=plan_id, targets=targets, acknowledgements=acknowledgements)


def a_target(target_id="t1", words="Right intercostal nerve T8", block=None):
    return SimpleNamespace(id=target_id, words=words, block=block)


def accepted(target_id="t1", words="Right intercostal nerve T8"):
    sentence = f"{words}: no diagnostic block is recorded."
    return Acknowledgement("block-not-recorded", sentence, "Dr B", "a second session", AT, target_id)


def test_an_empty_intake_is_not_ready_and_lists_every_question_asked():
    found = readiness(a_case(), TEMPLATE)
    assert (found.state, found.reason) == ("NOT READY", WAITING)
    assert (found.answered, found.asked, found.progress) == (0, 3, "0 of 3 answered")
    assert [item.id for item in found.missing] == ["thinners", "diagnosis", "block"]


def test_a_block_alone_makes_it_ready_though_all_else_is_missing():
    found = readiness(a_case(answered("block", block=BLOCK)), TEMPLATE)
    assert found.is_ready
    assert found.reason == "Block recorded: 2026-01-14, bupivacaine, 80 % relief, for 6 h."
    assert [item.id for item in found.missing] == ["thinners", "diagnosis"]


def test_everything_but_the_block_is_not_ready():
    found = readiness(a_case(answered("thinners"), answered("diagnosis", text="x")), TEMPLATE)
    assert (found.state, found.answered) == ("NOT READY", 2)


@pytest.mark.parametrize("answer", [Answer.NO, Answer.NOT_APPLICABLE])
def test_the_absence_of_a_block_makes_it_ready_when_somebody_says_why(answer):
    found = readiness(a_case(answered("block", answer, text="treated before with success")), TEMPLATE)
    assert found.is_ready
    assert found.reason == "No block, acknowledged by Dr A, 2026-03-01: treated before with success"
    with pytest.raises(CaseInvalid, match="give the reason"):
        answered("block", answer)


def test_questions_of_a_target_are_asked_when_a_plan_of_the_case_has_it():
    adrenal = a_case(atlas_ids=("adrenal",))
    assert [item.id for item in missing_items(adrenal, TEMPLATE)] == ["thinners", "diagnosis", "alert", "block"]
    assert [item.id for item in readiness(adrenal, TEMPLATE).open_alerts] == ["alert"]
    assert "horner" in {item.id for item in missing_items(a_case(atlas_ids=("stellate",)), TEMPLATE)}


def test_an_answer_to_a_question_that_is_not_asked_is_not_counted():
    found = readiness(a_case(answered("horner")), TEMPLATE)
    assert (found.answered, found.asked) == (0, 3)


@pytest.mark.parametrize(
    ("targets", "acknowledged", "is_ready"),
    [
        ((), (), False),
        ((a_target(),), (), False),
        ((a_target(block=BLOCK),), (), True),
        ((a_target(),), (accepted(),), True),
        ((a_target(block=BLOCK), a_target("t2", "Left one")), (), False),
        ((a_target(block=BLOCK), a_target("t2", "Left one")), (accepted("t2", "Left one"),), True),
        ((a_target(words="Left intercostal nerve T8"),), (accepted(),), False),  # another side asks again (H-16)
    ],
)
def test_the_plans_own_blocks_count_when_every_target_has_one_or_its_absence_is_answered(
    targets, acknowledged, is_ready
):
    plan = a_plan(*targets, acknowledgements=acknowledged)
    assert readiness(a_case(), TEMPLATE, plan).is_ready is is_ready
    assert not readiness(a_case(plan_id="other"), TEMPLATE, plan).is_ready


def test_another_finding_answered_in_the_plan_is_no_answer_for_the_block():
    other = replace(accepted(), finding_code="block-only")
    assert not readiness(a_case(), TEMPLATE, a_plan(a_target(), acknowledgements=(other,))).is_ready


def test_the_shipped_questions_hold_every_point_of_the_interview():
    """Requirements S11, S12, S14, S16 and L8, L10, each by the ids of the file as it lies on the disk."""
    data = json.loads((resources_dir() / "intake" / "default.json").read_text(encoding="utf-8"))
    asked = {item["id"]: item for section in data["sections"] for item in section["items"]}
    always = {
        *("diagnosis", "pain-where", "pain-one-finger", "pain-quality", "pain-radiation", "pain-helps"),
        *("baseline", "imaging-reviewed", "examination", "blood-thinners", "chronic-conditions", "allergies"),
        *("block", "alternatives", "consent", "expect-half", "expect-neuritis", "expect-skin"),
    }
    assert always <= {name for name, item in asked.items() if "only_for" not in item}
    assert asked["anaesthesia-alert"]["only_for"] == ["adrenal"]
    assert asked["anaesthesia-alert"]["is_alert"] is True
    assert "FINTELMANN2016" in asked["anaesthesia-alert"]["source"]
    assert asked["expect-horner"]["only_for"] == ["stellate"]
    assert {"femoral", "obturator", "sciatic", "brachial_plexus"} <= set(asked["expect-weakness"]["only_for"])
    assert asked["expect-tendons"]["only_for"] == ["posterior_tibial"]
    assert {name: item["kind"] for name, item in asked.items() if item.get("kind") in ("scores", "block")} == {
        "baseline": "scores",
        "block": "block",
    }
    recalled = {name for name, item in asked.items() if item.get("source") == "R-ANATOMY"}
    assert recalled
    assert all(asked[name]["status"] == "recalled" for name in recalled)
    shown = {item.id: item.origin for item in shipped_intake_template().items}
    assert all(shown[name] == "R-ANATOMY, unverified" for name in recalled)
    assert shown["allergies"] == "project default"
