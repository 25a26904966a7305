"""What is a case allowed to be? Each invariant by its sentence, and order kept when records are put in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.domain.case import DEFAULT_INTERVALS_DAYS, Case, CasePlan
from planner.domain.errors import CaseInvalid
from planner.domain.follow_up import FollowUp
from planner.domain.identity import CaseId, FollowUpId, PlanId, ProcedureId, Sha256
from planner.domain.procedure import Procedure

AT = "2026-03-01T08:00:00Z"
CASE = Case(CaseId("1" * 32), "FL-7K3Q-2M4A", "Neuralgia", AT)


def a_plan(name: str, **facts: object) -> CasePlan:
    given = {"path": "", "plan_hash": Sha256("0" * 64), "case_kind": "patient", "targets": (), "atlas_ids": ()}
    return CasePlan(PlanId(name), name, added_at=AT, **(given | facts))


@pytest.mark.parametrize(
    "name", ["", "F", "FL", "fl-1234", "-FL1", "FL 123", "FL-1_2", "FL-" + "A" * 30, "ÄL-123", "FL-1\n"]
)
def test_a_pseudonym_is_3_to_32_capitals_digits_and_hyphens(name):
    with pytest.raises(CaseInvalid, match="3 to 32 capitals"):
        replace(CASE, pseudonym=name)


@pytest.mark.parametrize("name", ["ABC", "0-1", "TRAIN-7K3Q-2M4A", "A" * 32])
def test_a_sites_own_pseudonyms_are_taken(name):
    assert replace(CASE, pseudonym=name).pseudonym == name


@pytest.mark.parametrize("problem", ["", "   ", "x" * 201])
def test_a_case_says_what_the_problem_is(problem):
    with pytest.raises(CaseInvalid, match="at most 200 characters"):
        replace(CASE, problem=problem)


@pytest.mark.parametrize("days", [(0,), (-7, 7), (42, 7), (7, 7), (7, 3651)])
def test_intervals_are_days_after_a_procedure_increasing_each_once(days):
    with pytest.raises(CaseInvalid, match="1 to 3650 days"):
        replace(CASE, intervals_days=days)


def test_intervals_may_be_none_at_all():
    assert replace(CASE, intervals_days=()).intervals_days == ()
    assert CASE.intervals_days == DEFAULT_INTERVALS_DAYS


def test_no_two_records_share_an_id():
    one = Procedure(ProcedureId("p"), "2026-02-03")
    seen = FollowUp(FollowUpId("f"), "2026-03-04", "Dr A", AT)
    for twice in ({"plans": (a_plan("a"),) * 2}, {"procedures": (one, one)}, {"follow_ups": (seen, seen)}):
        with pytest.raises(CaseInvalid, match="share the id"):
            replace(CASE, **twice)


def test_a_record_put_in_again_replaces_itself_and_days_stay_in_order():
    days = ("2026-05-06", "2026-02-03", "2026-03-04")
    case = CASE
    for name, day in zip("abc", days, strict=True):
        case = case.with_procedure(Procedure(ProcedureId(name), day))
        case = case.with_follow_up(FollowUp(FollowUpId(name), day, "Dr A", AT))
    assert [one.id for one in case.procedures] == [one.id for one in case.follow_ups] == ["b", "c", "a"]
    case = case.with_procedure(Procedure(ProcedureId("b"), "2026-12-31", operator="Dr B"))
    assert [(one.id, one.operator) for one in case.procedures] == [("c", ""), ("a", ""), ("b", "Dr B")]


def test_a_plan_seen_again_keeps_its_place():
    case = CASE.with_plan(a_plan("a", path="/old")).with_plan(a_plan("b")).with_plan(a_plan("a", path="/new"))
    assert [(plan.name, plan.path) for plan in case.plans] == [("a", "/new"), ("b", "")]


def test_what_is_not_in_the_case_is_said_or_none():
    assert CASE.plan(PlanId("a")) is None
    with pytest.raises(CaseInvalid, match="no procedure x"):
        CASE.procedure(ProcedureId("x"))
    with pytest.raises(CaseInvalid, match="no follow-up x"):
        CASE.follow_up(FollowUpId("x"))


def test_targets_of_all_plans_decide_what_is_asked():
    case = CASE.with_plan(a_plan("a", atlas_ids=("intercostal",))).with_plan(
        a_plan("b", atlas_ids=("coeliac", "intercostal"))
    )
    assert case.atlas_ids == {"intercostal", "coeliac"}


def test_a_record_keeps_its_place_among_those_of_its_day_when_it_is_edited():
    first, second = Procedure(ProcedureId("a"), "2026-02-03"), Procedure(ProcedureId("b"), "2026-02-03")
    case = CASE.with_procedure(first).with_procedure(second)
    assert [one.id for one in case.with_procedure(replace(first, note="x")).procedures] == ["a", "b"]
    seen = [FollowUp(FollowUpId(name), "2026-03-04", "Dr A", AT) for name in "ab"]
    case = case.with_follow_up(seen[0]).with_follow_up(seen[1])
    assert [one.id for one in case.with_follow_up(replace(seen[0], note="x")).follow_ups] == ["a", "b"]
