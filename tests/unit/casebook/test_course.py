"""Are follow-ups due on the right days, and do the points of a course lie where the calendar says?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.casebook.course import (
    DueState,
    course,
    days_between,
    due_dates,
    follow_ups_after,
    interval_words,
    next_due,
    procedure_before,
    reminders,
)
from planner.domain.identity import CaseId, ProcedureId
from planner.domain.intake import Scores
from tests.followed_case import BASELINE, case, follow_up, plan_of, procedure

TREATED = "2026-01-10"
# Counted on a calendar by hand: 10 January + 7, 42, 90, 180 and 365 days.
DAYS = ("2026-01-17", "2026-02-21", "2026-04-10", "2026-07-09", "2027-01-10")


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (1, "1 day"),
        (7, "1 week"),
        (10, "10 days"),
        (30, "30 days"),
        (42, "6 weeks"),
        (60, "2 months"),
        (84, "12 weeks"),
        (90, "3 months"),
        (180, "6 months"),
        (365, "1 year"),
        (730, "2 years"),
        (400, "400 days"),
    ],
)
def test_intervals_are_written_as_people_say_them(days, words):
    assert interval_words(days) == words


def test_days_count_over_a_leap_day():
    assert days_between("2028-02-28", "2028-03-01") == 2
    assert days_between("2026-03-01", "2026-02-28") == -1


def test_nothing_is_due_before_the_first_procedure():
    assert due_dates(case(), today="2026-05-01") == ()
    assert next_due(case(), today="2026-05-01") is None


def test_due_days_are_counted_from_the_procedure():
    dues = due_dates(case(procedure(TREATED)), today=TREATED)
    assert tuple(due.day for due in dues) == DAYS
    assert {due.state for due in dues} == {DueState.LATER}
    assert [due.days_ahead for due in dues] == [7, 42, 90, 180, 365]


@pytest.mark.parametrize(
    ("today", "states"),
    [
        ("2026-01-16", "later later later later later"),
        ("2026-01-17", "due later later later later"),
        ("2026-01-24", "due later later later later"),  # the seventh day after it
        ("2026-01-25", "overdue later later later later"),
        ("2026-02-20", "overdue later later later later"),
        ("2026-02-21", "missed due later later later"),
        ("2027-01-10", "missed missed missed missed due"),
        ("2030-01-01", "missed missed missed missed overdue"),
    ],
)
def test_states_change_on_the_day(today, states):
    dues = due_dates(case(procedure(TREATED)), today=today)
    assert " ".join(due.state for due in dues) == states


def test_what_was_recorded_is_done_and_what_lies_before_it_is_missed():
    seen = follow_up("2026-02-25", 3, interval=42)
    dues = due_dates(case(procedure(TREATED), follow_ups=(seen,)), today="2026-02-26")
    assert " ".join(due.state for due in dues) == "missed done later later later"
    assert dues[1].follow_up_id == seen.id
    assert next_due(case(procedure(TREATED), follow_ups=(seen,)), today="2026-02-26").interval_days == 90


def test_a_follow_up_outside_the_intervals_answers_none():
    seen = follow_up("2026-01-18", 3)
    dues = due_dates(case(procedure(TREATED), follow_ups=(seen,)), today="2026-01-18")
    assert dues[0].state is DueState.DUE


def test_a_second_procedure_starts_the_intervals_anew():
    first = follow_up("2026-01-17", 3, interval=7)
    both = case(procedure(TREATED), procedure("2026-06-01", name="p2"), follow_ups=(first,))
    dues = due_dates(both, today="2026-06-08")
    assert (dues[0].day, dues[0].state) == ("2026-06-08", DueState.DUE)


def test_a_follow_up_on_the_day_of_a_repeat_answers_for_the_treatment_before():
    same_day = follow_up("2026-07-09", 5, interval=180)
    both = case(procedure(TREATED), procedure("2026-07-09", name="p2"), follow_ups=(same_day,))
    assert procedure_before(both, "2026-07-09").id == "p1"
    assert procedure_before(both, TREATED).id == "p1"
    assert procedure_before(both, "2026-01-09") is None
    assert follow_ups_after(both, ProcedureId("p2")) == ()
    assert due_dates(both, today="2026-07-10")[3].state is DueState.LATER


def test_a_case_can_choose_its_intervals():
    dues = due_dates(replace(case(procedure(TREATED)), intervals_days=(14,)), today="2026-01-25")
    assert [(due.name, due.day, due.words) for due in dues] == [("2 weeks", "2026-01-24", "due since 2026-01-24")]


@pytest.mark.parametrize(
    ("today", "words"),
    [
        ("2026-01-16", "due 2026-01-17, in 1 day"),
        ("2026-01-17", "due today"),
        ("2026-01-18", "due since 2026-01-17"),
        ("2026-02-01", "overdue since 2026-01-17"),
        ("2026-03-01", "missed, was due 2026-01-17"),
    ],
)
def test_a_due_date_says_how_it_stands(today, words):
    assert due_dates(case(procedure(TREATED)), today=today)[0].words == words


def test_reminders_hold_what_waits_longest_first_and_nothing_of_the_archive():
    waiting = case(procedure("2026-01-10"))
    later = replace(case(procedure("2026-01-12")), id=CaseId("c2"), pseudonym="FL-AAAA")
    trained = replace(case(procedure("2026-01-05"), plans=(plan_of("demo"),)), id=CaseId("c3"))
    put_away = replace(case(procedure("2026-01-01")), id=CaseId("c4"), is_archived=True)
    fresh = replace(case(procedure("2026-01-19")), id=CaseId("c5"))
    found = reminders((later, waiting, put_away, trained, fresh), "2026-01-20")
    assert [(one.case_id, one.due.day, one.due.state, one.is_training) for one in found] == [
        ("c3", "2026-01-12", DueState.OVERDUE, True),
        ("c1", "2026-01-17", DueState.DUE, False),
        ("c2", "2026-01-19", DueState.DUE, False),
    ]
    assert reminders((), "2026-01-20") == ()


def test_a_course_counts_from_the_first_procedure():
    seen = (follow_up("2026-02-21", 3), follow_up("2026-01-17", 5), follow_up("2026-03-01"))
    shown = course(case(procedure("2026-06-01", name="p2"), procedure(TREATED), follow_ups=seen))
    assert shown.day_zero == TREATED
    assert (shown.baseline.day, shown.baseline.days, shown.baseline.scores) == ("2026-01-02", -8, BASELINE)
    assert [(point.days, point.scores.average_nrs) for point in shown.points] == [(7, 5), (42, 3)]
    assert shown.procedures == (0, 142)
    assert not shown.is_baseline_late


def test_a_course_without_a_procedure_counts_from_its_first_scores():
    shown = course(case(follow_ups=(follow_up("2026-01-12", 5),)))
    assert (shown.day_zero, shown.baseline.days, shown.points[0].days) == ("2026-01-02", 0, 10)
    shown = course(case(follow_ups=(follow_up("2026-01-12", 5),), scores=None))
    assert (shown.day_zero, shown.baseline, shown.points[0].days) == ("2026-01-12", None, 0)
    assert course(case(scores=None)).day_zero == ""


def test_scores_before_treatment_that_were_written_down_after_it_say_so():
    assert course(case(procedure(TREATED), baseline_at="2026-01-11T00:00:00Z")).is_baseline_late
    assert not course(case(procedure(TREATED), baseline_at="2026-01-10T07:00:00Z")).is_baseline_late


def test_a_scale_without_a_score_is_no_point():
    named = replace(follow_up("2026-01-17"), scores=Scores(function_scale="ODI"))
    scored = replace(follow_up("2026-01-18"), scores=Scores(function_scale="ODI", function_score=40))
    told = replace(follow_up("2026-01-19"), scores=Scores(opioid="none"))
    shown = course(case(procedure(TREATED), follow_ups=(named, scored, told)))
    assert [point.days for point in shown.points] == [8, 9]
