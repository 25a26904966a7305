"""Suggestions by mouse and keyboard: wished for, searched, listed, explained, side by side, refused in words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox

from planner.domain.errors import PlanInvalid
from planner.domain.suggestion import SuggestWish
from planner.services.suggest_tasks import SuggestPlacements
from planner.ui.suggest.suggest_words import compared, excluded_words, searched_words
from tests.ui.real_hands import button, choose, click, has_button, named
from tests.ui.suggestion_bench import NUMBERS, answer, figures, keyboard_at, open_form, suggestion


@pytest.fixture
def hand(planned, app, case):
    return keyboard_at(planned, app, case)


@pytest.fixture
def view(hand, planned):
    return open_form(hand, planned)


@pytest.fixture
def told(view, runner, case, app):
    return answer(view, runner, case.session.plan, app)


def rows(view):
    return view.list.model().rows


def test_the_wish_is_what_the_form_says(view, runner, case, planned):
    assert planned.plan.assess.isHidden(), "the whole panel is the suggestions'"
    assert view.form.target.currentText() == case.session.plan.targets[0].words
    choose(named(view, "Probes", QComboBox), "1 to 3")
    boxes = list(view.form.models.values())
    assert [box.isChecked() for box in boxes] == [True] + [False] * (len(boxes) - 1), "the plan's own model"
    click(boxes[1])
    click(button(view, "Search placements"))
    (job,) = runner.requests(SuggestPlacements)
    assert job.request.plan == case.session.plan
    assert job.request.wish == SuggestWish(
        case.session.plan.targets[0].id, tuple(view.form.models)[:2], 3, technique_id="freehand-out-of-plane"
    )


def test_without_a_model_it_says_so_and_loses_nothing(view, runner):
    choose(named(view, "Probes", QComboBox), "1 to 2")
    for box in view.form.models.values():
        if box.isChecked():
            click(box)
    click(button(view, "Search placements"))
    assert not runner.requests(SuggestPlacements)
    assert "at least one" in view.form._message.text()
    assert view.form.probes.currentData() == 2


def test_progress_and_cancel(view, runner, app):
    click(button(view, "Search placements"))
    (job,) = runner.requests(SuggestPlacements)
    job.on_progress(40, 100, "Screening shafts")
    app.processEvents()
    assert "Screening shafts 40 of 100" in view._progress_words.text()
    assert view._bar.value() == 40
    click(button(view, "Cancel"))
    assert job.cancelled
    assert has_button(view, "Search placements")
    assert view.isAncestorOf(app.focusWidget()), "the keyboard stays here"


def test_candidates_are_listed_with_the_best_marked(told):
    plan, first, second, third = rows(told)
    assert plan.spoken.startswith("Plan: Treated 92 %, Worst margin −0.6 mm")
    assert first.spoken.startswith("Suggestion A: Treated 99 %, best, Worst margin 1.2 mm, Longest path 62 mm")
    assert "Probes 1, Freeze 8.0 min" in first.spoken, "on which all are the same none is best"
    assert "Worst margin 3.4 mm, best" in second.spoken
    assert "Worst margin 3.3 mm, best" in third.spoken, "as good as the best"
    assert "Draws that hold —" in third.spoken
    assert "Leads the others." in " ".join(told._why_said)
    assert told.list.chosen_key() == "A"


def test_not_assessed_is_said(told, hand):
    hand.press(Qt.Key.Key_Down, times=2)
    assert told.list.chosen_key() == "C"
    assert "NOT ASSESSED: the usable length" in " ".join(told._why_said)
    click(button(told, "Hard limits"))
    assert "Vagus nerve, left, 0 °C edge, largest ice: 4.4 mm, ≥ 5 mm: PASS." in told._hard_words.text()
    assert "NOT ASSESSED. Not segmented." in told._hard_words.text()


def test_what_was_excluded_is_told(told, case):
    click(button(told, "What was excluded"))
    words = told._excluded_words.text()
    assert words.startswith(searched_words(suggestion(case.session.plan)))
    assert "612\u202f345  crosses bone. Lower the margin" in words
    assert "Placements that fail on 1 mm cells:\n· 5  treats too little." in words
    assert excluded_words(suggestion(case.session.plan)) in words


def test_side_by_side_with_the_plan_and_with_another(told):
    click(button(told, "Side by side"))
    assert told._with.currentText() == "The plan as it was"
    assert told.pair.isVisible()
    assert "Against the plan" in told.pair.words.text()
    choose(named(told, "Compare with", QComboBox), "Suggestion B")
    assert "Against B" in told.pair.words.text()


def test_differences_are_signed_and_say_which_is_better():
    one, other = figures(NUMBERS[0]), figures(NUMBERS[1])
    told = {row.name: row for row in compared(one, other)}
    assert (told["Treated"].difference, told["Treated"].is_better) == ("+4 %", True)
    assert (told["Worst margin"].difference, told["Worst margin"].is_better) == ("−2.2 mm", False)
    assert (told["Longest path"].difference, told["Longest path"].is_better) == ("−9 mm", True)
    assert (told["Out of plane"].difference, told["Out of plane"].is_better) == ("+12°", False)
    assert (told["Freeze"].difference, told["Freeze"].is_better) == ("0.0 min", None)
    assert told["CHECK"].difference == "+2"
    untold = {row.name: row for row in compared(one, figures(NUMBERS[2]))}
    assert untold["Draws that hold"].difference == "—"


def test_none_found_says_why_and_what_to_do(view, runner, case, app):
    click(button(view, "Search placements"))
    runner.requests(SuggestPlacements)[0].on_done(replace(suggestion(case.session.plan, count=0)))
    app.processEvents()
    assert view._name.whole_text() == "No placement keeps every hard limit"
    assert "Try a shorter freeze." in " ".join(view._why_said)
    assert view._excluded_words.isVisible(), "open at once"
    assert not view.adopt.isEnabled()


def test_a_refusal_stands_at_the_form(view, runner, app):
    click(button(view, "Search placements"))
    runner.requests(SuggestPlacements)[0].on_failed(PlanInvalid("The skin is not segmented. Segment it.", code="x"))
    app.processEvents()
    assert "skin is not segmented" in view.form._message.text()
    assert has_button(view, "Search placements")
