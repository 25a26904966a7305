"""What stands against freezing a target, who answered it, and when an answer no longer holds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.domain.digest import canonical_json
from planner.domain.errors import PlanInvalid
from planner.domain.geometry import Side
from planner.domain.identity import TargetId
from planner.domain.plan import Plan
from planner.domain.review import Severity
from planner.domain.target import DiagnosticBlock, Target, TargetBody
from planner.persistence.codec import decode
from planner.persistence.resources import atlas
from planner.planning.permission import (
    NO_BLOCK,
    OFF_LABEL,
    missing_answers,
    open_findings,
    require_answers,
    target_findings,
    title_words,
)
from planner.services.prediction import preview_request_for, request_for
from planner.services.target_commands import Acknowledge, PutTarget, RemoveTarget, WithdrawAcknowledgement

BLOCK = DiagnosticBlock("2025-11-03", "bupivacaine", 80.0, "6 h")
BALL = TargetBody((0.0, 0.0, 0.0), (0.0, 0.0, 1.0), 10.0, 10.0)
WHEN = "2026-01-02T03:04:05Z"


def body(atlas_id, *, target_id="t", side=Side.LEFT, **more):
    return Target(TargetId(target_id), "Some target", atlas_id, side, BALL, **more)


@pytest.fixture
def plan_of(world):
    return lambda *targets: world.plan(world.box(), targets=targets)


def codes(plan):
    return [(found.target_id, found.finding.code) for found in target_findings(plan, atlas())]


def accept(plan, **said):
    """The plan after every open finding is accepted, one command each."""
    words = {"who": "A. Reader", "reason": "trial", "when": WHEN} | said
    for found in open_findings(plan, atlas()):
        plan = Acknowledge(found.accepted(**words)).apply(plan)
    return plan


def test_each_target_is_asked_for_itself(plan_of):
    plan = plan_of(
        body("stellate", target_id="a"),
        body("stellate", target_id="b", block=BLOCK),
        body("superior_hypogastric", target_id="c"),
        body("trigeminal_sphenopalatine", target_id="d", block=BLOCK),
        body("adrenal", target_id="e"),
        body("no such nerve", target_id="f"),
    )
    expected = [("a", NO_BLOCK), ("c", OFF_LABEL), ("c", NO_BLOCK), ("d", OFF_LABEL), ("f", NO_BLOCK)]
    assert codes(plan) == expected
    assert all(found.finding.severity is Severity.ACK for found in target_findings(plan, atlas()))
    assert title_words(plan, atlas()) == ("OFF-LABEL TARGET", "BLOCK NOT RECORDED")


def test_every_target_of_the_atlas_is_asked_for_a_block_but_the_gland(plan_of):
    asked = {e.id for e in atlas() if ("t", NO_BLOCK) in codes(plan_of(body(e.id)))}
    assert {e.id for e in atlas()} - asked == {"adrenal"}


def test_the_sentence_names_the_target_the_source_and_what_to_do(plan_of):
    plan = plan_of(body("pudendal", side=Side.RIGHT, level="S3"), body("stellate", target_id="u"))
    sentence = missing_answers(plan, atlas())
    assert sentence.startswith("Right some target S3: no diagnostic block is recorded.")
    assert "(PUD-AHP)" in sentence
    assert "Record the block" in sentence
    assert sentence.endswith("1 more finding needs an answer.")


def test_without_targets_or_with_the_block_recorded_nothing_is_asked(plan_of):
    for plan in (plan_of(), plan_of(body("stellate", block=BLOCK))):
        assert target_findings(plan, atlas()) == ()
        assert missing_answers(plan, atlas()) == ""
        require_answers(plan, atlas())


def test_no_request_leaves_before_the_answer(world):
    plan = world.plan(world.box(100, 4.0), targets=(body("superior_hypogastric"),))
    for ask in (request_for, preview_request_for):
        with pytest.raises(PlanInvalid) as refusal:
            ask(plan)
        assert refusal.value.code == "target-open"
        assert "Some target" in str(refusal.value) or "some target" in str(refusal.value)
    answered = accept(plan)
    assert request_for(answered).probes == plan.probes
    assert preview_request_for(answered).probes == plan.probes
    assert title_words(answered, atlas()) == ("OFF-LABEL TARGET", "BLOCK NOT RECORDED")


def test_an_answer_needs_a_name_and_a_reason(plan_of):
    (found,) = open_findings(plan_of(body("stellate")), atlas())
    for who, reason in (("", "why"), ("A. Reader", " "), ("  ", "")):
        with pytest.raises(PlanInvalid, match="name and a reason"):
            found.accepted(who=who, reason=reason, when=WHEN)


@pytest.mark.parametrize(
    "edit",
    [{"side": Side.RIGHT}, {"level": "T9"}, {"name": "Other"}, {"level": ""}, {"atlas_id": "impar", "name": "I"}],
)
def test_H_16_another_nerve_side_or_level_asks_again(plan_of, edit):
    plan = accept(plan_of(body("stellate", level="T8")))
    assert open_findings(plan, atlas()) == ()
    changed = PutTarget(replace(plan.targets[0], **edit)).apply(plan)
    assert [found.finding.code for found in open_findings(changed, atlas())] == [NO_BLOCK]
    back = PutTarget(plan.targets[0]).apply(changed)
    assert open_findings(back, atlas()) == ()


def test_moving_or_resizing_the_target_keeps_the_answer(plan_of):
    plan = accept(plan_of(body("stellate")))
    moved = replace(plan.targets[0], course=replace(BALL, centre_lps_mm=(3.0, 2.0, 1.0), width_mm=8.0))
    assert open_findings(PutTarget(moved).apply(plan), atlas()) == ()


def test_an_answer_for_one_target_does_not_serve_another(plan_of):
    left, right = body("stellate", target_id="l"), body("stellate", target_id="r", side=Side.RIGHT)
    plan = plan_of(left, right)
    first = open_findings(plan, atlas())[0]
    plan = Acknowledge(first.accepted(who="A. Reader", reason="why", when=WHEN)).apply(plan)
    assert [found.target_id for found in open_findings(plan, atlas())] == ["r"]
    assert accept(plan).acknowledgements[0].subject_id == "l"


def test_a_withdrawn_answer_or_a_removed_target_takes_it_along(plan_of):
    plan = accept(plan_of(body("superior_hypogastric")))
    without = WithdrawAcknowledgement(OFF_LABEL, TargetId("t")).apply(plan)
    assert [found.finding.code for found in open_findings(without, atlas())] == [OFF_LABEL]
    assert RemoveTarget(TargetId("t"), "it").apply(plan).acknowledgements == ()


def test_a_block_recorded_later_leaves_nothing_to_accept(plan_of):
    plan = accept(plan_of(body("stellate")))
    recorded = PutTarget(replace(plan.targets[0], block=BLOCK)).apply(plan)
    assert title_words(plan, atlas()) == ("BLOCK NOT RECORDED",)
    assert title_words(recorded, atlas()) == ()


def test_a_plan_kept_before_blocks_were_asked_for_opens_and_says_what_is_missing(plan_of):
    plan = plan_of(body("stellate"))
    kept = canonical_json(plan)
    assert b'"block"' not in kept
    assert b"end_organ" not in kept
    opened = decode(kept, Plan, where="plan.json")
    assert opened == plan
    assert "no diagnostic block is recorded" in missing_answers(opened, atlas())
