"""What does a case for the tests of its pages hold? Built from the facts, without the code that shows it."""

from __future__ import annotations

import time

from PySide6.QtTest import QTest

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


def listed(page: object) -> None:
    """Wait until the page of cases shows what the library holds now."""
    page.show_cases()
    wait_until(lambda: not page.is_busy)


def wait_until(is_there: object, patience_s: float = 20.0) -> None:
    """Turn the event loop until something is there."""
    end = time.monotonic() + patience_s
    while not is_there():
        assert time.monotonic() < end, "it never came"
        QTest.qWait(5)
