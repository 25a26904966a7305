"""The state of a case counts what is open before the needle, and speaks of record and follow-ups after it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.casebook.next_step import next_step
from planner.casebook.readiness import readiness
from planner.domain.follow_up import Recovered, Sign, SignSeen
from planner.domain.intake import Answer, Intake, IntakeAnswer, ItemKind
from planner.domain.procedure import DonePhase
from planner.domain.protocol import PhaseKind
from planner.domain.target import DiagnosticBlock
from planner.persistence.intake_template import shipped_intake_template
from tests.followed_case import AT, case, follow_up, plan_of, procedure

TEMPLATE = shipped_intake_template()
ALWAYS = 19
"""Questions of the shipped intake that are asked of every case, counted in the file by hand."""
BLOCK = DiagnosticBlock("2026-01-04", "lidocaine", 80.0, "6 h")


def answer(item):
    more = {}
    if item.kind is ItemKind.TEXT:
        more = {"text": "words"}
    answered = Answer.YES
    if item.kind is ItemKind.SCORES:
        answered = Answer.NOT_APPLICABLE
    if item.kind is ItemKind.BLOCK:
        more = {"block": BLOCK}
    return IntakeAnswer(item.id, item.question, item.kind, answered, "A. Bell", AT, **more)


def with_answers(one, *ids):
    items = [item for item in TEMPLATE.asked_of(()) if item.id in ids]
    return replace(one, intake=Intake("Shipped", tuple(answer(item) for item in items)))


def step(one, today):
    return next_step(one, readiness(one, TEMPLATE), today=today)


def finished(day, **facts):
    return replace(procedure(day, **facts), finished_at=AT, finished_by="A. Bell", no_complication_by="A. Bell")


def test_ready_counts_what_is_open_and_is_complete_only_without_it():
    found = step(with_answers(case(), "block"), "2026-01-10")
    assert (found.stage, found.words) == ("READY", f"READY · {ALWAYS - 1} of {ALWAYS} not answered")
    assert not found.is_complete
    assert found.reason == "Block recorded: 2026-01-04, lidocaine, 80 % relief, for 6 h."
    every = [item.id for item in TEMPLATE.asked_of(())]
    assert len(every) == ALWAYS
    found = step(with_answers(case(), *every), "2026-01-10")
    assert (found.words, found.is_complete) == ("READY", True)
    found = step(with_answers(case(), *every[:-1]), "2026-01-10")
    assert (found.words, found.is_complete) == (f"READY · 1 of {ALWAYS} not answered", False)


def test_not_ready_says_what_it_waits_for():
    found = step(case(scores=None), "2026-01-10")
    assert (found.stage, found.words, found.is_complete) == ("NOT READY", "NOT READY", False)
    assert found.reason.startswith("No diagnostic block is recorded")
    assert found.is_before_procedure


@pytest.mark.parametrize(
    ("today", "words", "reason"),
    [
        ("2026-01-11", "FOLLOW-UP LATER", "1 week: due 2026-01-17, in 6 days."),
        ("2026-01-17", "FOLLOW-UP DUE", "1 week: due today."),
        ("2026-01-25", "FOLLOW-UP OVERDUE", "1 week: overdue since 2026-01-17."),
    ],
)
def test_after_the_procedure_the_word_is_about_the_follow_up(today, words, reason):
    found = step(case(finished("2026-01-10"), scores=None), today)
    assert (found.words, found.reason) == (words, reason)
    assert not found.is_before_procedure


def test_all_follow_ups_recorded_is_said_so():
    done = tuple(follow_up(day, 3, interval=days) for day, days in (("2026-01-17", 7), ("2026-02-21", 42)))
    found = step(case(finished("2026-01-10"), follow_ups=done, intervals_days=(7, 42)), "2026-03-01")
    assert (found.words, found.is_complete) == ("FOLLOWED UP", False)
    assert found.reason.endswith("some questions were not asked.")
    signs = tuple(SignSeen(sign, Answer.NO) for sign in Sign)
    whole = tuple(replace(one, signs=signs, recovered=Recovered.NOT_YET) for one in done)
    found = step(case(finished("2026-01-10"), scores=None, follow_ups=whole, intervals_days=(7, 42)), "2026-03-01")
    assert (found.words, found.is_complete) == ("FOLLOWED UP", True)


def test_a_record_that_nobody_finished_comes_before_a_follow_up_far_ahead():
    found = step(case(procedure("2026-01-10")), "2026-01-11")
    assert (found.words, found.reason) == ("RECORD OPEN", "The record of the procedure of 2026-01-10 is not finished.")


def test_a_record_begun_today_with_nothing_in_it_hides_no_not_ready():
    begun = procedure("2026-01-10")
    assert step(case(begun, scores=None), "2026-01-10").words == "NOT READY"
    phase = DonePhase(PhaseKind.FREEZE, "2026-01-10T09:00:00Z", "2026-01-10T09:08:00Z")
    assert step(case(replace(begun, phases=(phase,)), scores=None), "2026-01-10").words == "RECORD OPEN"


def test_a_plan_that_came_after_the_procedure_asks_for_ready_again():
    before, after = plan_of("patient"), plan_of("patient")
    assert before.added_at[:10] < "2026-01-10"
    treated = case(finished("2026-01-10"), scores=None, plans=(before,))
    assert step(treated, "2026-01-11").words == "FOLLOW-UP LATER"
    anew = replace(treated, plans=(replace(after, added_at="2026-03-01T08:00:00Z"),))
    assert step(anew, "2026-03-02").words == "NOT READY"
