"""What does a case for the tests of its pages hold? Built from the facts, without the code that shows it."""

from __future__ import annotations

from planner.domain.case import Case, CasePlan
from planner.domain.identity import CaseId, PlanId, Sha256

AT = "2026-03-01T08:00:00Z"
PROBLEM = "Intercostal neuralgia, right"


def a_case(number: int = 1, **facts: object) -> Case:
    """Return a case; ``number`` tells its id and pseudonym apart."""
    given = {"problem": PROBLEM, "opened_at": AT} | facts
    return Case(CaseId(f"{number:032x}"), f"FL-TEST-{number:03d}", **given)


def a_plan(number: int = 1, **facts: object) -> CasePlan:
    """Return a plan of a case."""
    given = {
        "plan_id": PlanId(f"{number:032x}"),
        "name": f"T8 right, plan {number}",
        "path": f"/plans/{number}.frostline",
        "plan_hash": Sha256("0" * 64),
        "case_kind": "patient",
        "targets": ("Right intercostal nerve T8",),
        "atlas_ids": ("intercostal",),
        "added_at": AT,
    } | facts
    return CasePlan(**given)


def add_case(window: object, case: Case) -> Case:
    """Keep a case in the window's library and show it."""
    window.case_desk.library.add(case, at=AT)
    assert window.case_desk.open(case.id)
    return case
