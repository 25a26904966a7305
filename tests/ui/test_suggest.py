"""Suggestions by mouse and keyboard: wished for, searched, compared, looked at as ghosts, adopted, undone, stale."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox

from planner.domain.errors import PlanInvalid
from planner.domain.suggestion import SuggestWish, with_candidate
from planner.services.ghost_tasks import GhostIce
from planner.services.probe_commands import LockProbe, MoveProbe, RemoveProbe
from planner.services.suggest_tasks import SuggestPlacements
from planner.services.target_commands import RemoveTarget
from planner.ui.steps import WorkStep
from planner.ui.suggest.suggest_words import compared, excluded_words, searched_words
from tests.ui.real_hands import CTRL, Keyboard, button, choose, click, has_button, named
from tests.ui.suggestion_bench import NUMBERS, figures, suggestion


@pytest.fixture
def hand(planned, app, case):
    """The small plan with a prediction, and the keyboard."""
    prediction = case.prediction()
    case.session.show_prediction(prediction.result.open(case.blobs), prediction.assessment)
    app.processEvents()
    return Keyboard(planned)


@pytest.fixture
def view(hand, planned):
    """The form."""
    hand.press(Qt.Key.Key_G, CTRL)
    assert planned.plan.rail.current is WorkStep.PROBES
    return planned.plan.probes.suggestions


@pytest.fixture
def told(view, runner, case, app):
    """The answer has come."""
    click(button(view, "Search placements"))
    runner.requests(SuggestPlacements)[0].on_done(suggestion(case.session.plan))
    app.processEvents()
    return view


def rows(view):
    return view.list.model().rows


def wait_for_ice(app, runner, count=1):
    from PySide6.QtTest import QTest

    for _ in range(60):
        app.processEvents()
        if len(runner.requests(GhostIce)) >= count:
            return runner.requests(GhostIce)[-1]
        QTest.qWait(20)
    raise AssertionError("no ice was asked for")


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


def test_candidates_are_ghosts_and_the_plan_stays(told, planned, case, runner, app):
    before = case.session.plan
    ghosts = planned.desk.view.ghosts
    assert [(ghost.name, ghost.is_solid) for ghost in ghosts] == [("Suggestion A", True), ("B", False), ("C", False)]
    assert "Suggestions A, B, C are drawn" in planned.banners.sentence_of("NOT THE PLAN")
    assert told.list.chosen_key() == "A"
    job = wait_for_ice(app, runner)
    assert job.request.plan == with_candidate(before, suggestion(before).candidates[0])
    assert case.session.plan == before
    planned.go_to_step(WorkStep.FREEZE)
    assert planned.desk.view.ghosts == (), "out of sight, out of the views"
    planned.go_to_step(WorkStep.PROBES)
    assert len(planned.desk.view.ghosts) == 3


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


def test_adopting_is_one_edit_that_undo_takes_back(told, case, planned, app):
    before = case.session.plan
    candidate = told.loop.told.candidates[1]
    told.list.choose("B")
    click(button(told, "Adopt B"))
    assert case.session.plan == with_candidate(before, candidate)
    assert case.session.undo_label == "adopt suggestion B"
    assert planned.desk.view.crosshair_lps_mm == candidate.probes[0].tip_lps_mm
    assert told._state_words.text() == "Suggestion B is the plan now."
    assert not told.adopt.isEnabled()
    assert [ghost.name for ghost in planned.desk.view.ghosts] == ["A", "C"]
    told.list.choose("A")
    assert told.adopt.isEnabled(), "another one may take its place"
    planned.desk.undo()
    app.processEvents()
    assert case.session.plan == before
    assert told._state.isHidden()


def test_an_edit_makes_them_stale_and_takes_the_ghosts_away(told, case, planned, app):
    probe = case.session.plan.probes[0]
    planned.desk.apply(MoveProbe(probe.id, probe.label, probe.entry_lps_mm, (1.0, 1.0, 0.0), "tip"))
    app.processEvents()
    assert told.loop.is_stale
    assert "changed" in told._state_words.text()
    assert all(row.is_stale and row.spoken.startswith("STALE") for row in rows(told))
    assert planned.desk.view.ghosts == ()
    assert not told.adopt.isEnabled()
    assert "Search again" in told.adopt.toolTip()
    planned.desk.undo()
    app.processEvents()
    assert not told.loop.is_stale
    assert len(planned.desk.view.ghosts) == 3


def test_an_edit_ends_a_search_and_its_late_answer_is_dropped(view, runner, case, planned, app):
    click(button(view, "Search placements"))
    (job,) = runner.requests(SuggestPlacements)
    before = case.session.plan
    planned.desk.apply(LockProbe(before.probes[0].id, "P1", is_locked=True))
    app.processEvents()
    job.on_done(suggestion(before))
    app.processEvents()
    assert view.loop.told is None or not view.loop.is_stale
    assert "P1 is locked and stays." in view.form._hint.text()


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


def test_by_keyboard_alone(hand, planned, runner, case, app):
    hand.press(Qt.Key.Key_G, CTRL)
    hand.tab_to("Search placements")
    hand.press(Qt.Key.Key_Space)
    runner.requests(SuggestPlacements)[0].on_done(suggestion(case.session.plan))
    app.processEvents()
    before, view = case.session.plan, planned.plan.probes.suggestions
    assert hand.focus is view.list
    hand.press(Qt.Key.Key_Down)
    hand.press(Qt.Key.Key_Return)
    assert planned.desk.view.crosshair_lps_mm == view.loop.told.candidates[1].probes[0].tip_lps_mm
    hand.press(Qt.Key.Key_Return, CTRL)
    assert case.session.plan == with_candidate(before, view.loop.told.candidates[1])
    hand.press(Qt.Key.Key_Z, CTRL)
    assert case.session.plan == before


def test_an_empty_plan_offers_it_and_one_without_a_target_says_why(planned, case, app):
    plan = case.session.plan
    planned.go_to_step(WorkStep.PROBES)
    planned.desk.apply(RemoveProbe(plan.probes[0].id, "P1"))
    app.processEvents()
    click(button(planned.plan.probes, "Suggest placements"))
    assert planned.plan.probes.is_suggesting
    click(button(planned.plan.probes, "Back to probes"))
    assert not planned.plan.probes.is_suggesting
    assert planned.plan.assess.isVisible()
    planned.desk.apply(RemoveTarget(plan.targets[0].id, "x"))
    app.processEvents()
    assert not planned.actions_by_id["suggest"].isEnabled()
    assert "no target" in planned.actions_by_id["suggest"].toolTip()
