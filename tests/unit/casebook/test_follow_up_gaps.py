"""What a follow-up did not ask is told, and a sign is missed only after targets at which it can occur."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.casebook.course import due_dates
from planner.casebook.follow_up_gaps import not_asked
from planner.domain.follow_up import Recovered, Sign, SignSeen
from planner.domain.intake import Answer, Scores
from tests.followed_case import case, follow_up, plan_of, procedure, target

SCORED = follow_up("2026-02-21", 3, worst=6, interval=42)


def test_scores_alone_leave_the_signs_and_recovery_open():
    found = not_asked(case(procedure("2026-01-10"), scores=None), SCORED)
    assert found == ("neuritis", "weakness", "skin injury", "recovery")


def test_function_and_opioids_are_missed_where_the_baseline_has_them():
    """The baseline is PDI 42 and morphine 30 mg."""
    found = not_asked(case(procedure("2026-01-10")), SCORED)
    assert found[:2] == ("function", "opioids")
    told = replace(SCORED, scores=Scores(3, 6, "PDI", 30, opioid_mg_per_day=0))
    assert "function" not in not_asked(case(procedure("2026-01-10")), told)
    assert "opioids" not in not_asked(case(procedure("2026-01-10")), told)


def test_without_any_pain_score_pain_is_missed():
    assert not_asked(case(scores=None), replace(SCORED, scores=None))[0] == "pain"
    assert "pain" not in not_asked(case(scores=None), replace(SCORED, scores=Scores(worst_nrs=4)))


@pytest.mark.parametrize("atlas_id", ["stellate", "intercostal"])
def test_horners_is_missed_after_the_stellate_ganglion_alone(atlas_id):
    planned = case(plans=(replace(plan_of("patient"), atlas_ids=(atlas_id,)),), scores=None)
    assert ("Horner's syndrome" in not_asked(planned, SCORED)) == (atlas_id == "stellate")
    treated = replace(target(80, 211), atlas_id=atlas_id)
    found = not_asked(case(procedure("2026-01-10", treated), scores=None), SCORED)
    assert ("Horner's syndrome" in found) == (atlas_id == "stellate")


def test_an_interval_that_is_recorded_in_part_says_what_it_lacks():
    treated = case(procedure("2026-01-10"), follow_ups=(SCORED,), scores=None, intervals_days=(42,))
    (due,) = due_dates(treated, today="2026-03-01")
    assert due.words == "done; not asked: neuritis, weakness, skin injury, recovery"
    signs = tuple(SignSeen(sign, Answer.NO) for sign in Sign)
    whole = replace(SCORED, signs=signs, recovered=Recovered.PARTLY)
    (due,) = due_dates(replace(treated, follow_ups=(whole,)), today="2026-03-01")
    assert (due.words, due.gaps) == ("done", ())
