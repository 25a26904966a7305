"""Is what was not assessed never said to be kept, and is the plan's own row its own while it is the plan?"""

from __future__ import annotations

from dataclasses import replace

from planner.domain.suggestion import WorstMargin
from planner.ui.suggest.suggest_view import _lines, _present_words
from planner.ui.suggest.suggest_words import margin_words, searched_words
from tests.ui.suggestion_bench import figures, suggestion


def test_what_was_not_assessed_is_not_said_to_be_kept(planned):
    told = replace(suggestion(planned.desk.session.plan), present_broken=())
    (sentence,) = _present_words(told)
    assert "12 rows of its assessment are NOT ASSESSED" in sentence
    assert "broke no hard limit" in searched_words(told)
    assert "kept" not in searched_words(told)


def test_a_margin_is_not_rounded_onto_what_it_needs():
    assert "4.96 mm from the largest ice" in margin_words(WorstMargin("s", "Skin", 4.96, 6.0, 5.0))
    assert "5.0 mm from the largest ice" in margin_words(WorstMargin("s", "Skin", 5.0, 6.0, 5.0))


def test_the_plans_own_row_stays_current_where_a_candidate_is_the_plan_already(planned):
    plan = planned.desk.session.plan
    told = suggestion(plan)
    same = replace(told, candidates=(replace(told.candidates[0], plan_hash=told.plan_hash), *told.candidates[1:]))
    assert not _lines(same, is_stale=False, adopted="A")[0].is_stale
    assert _lines(told, is_stale=False, adopted="A")[0].is_stale
    assert figures() == told.candidates[0].figures
