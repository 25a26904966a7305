"""Suggestions and the plan: ghosts beside it, adopted by one edit, undone, stale after another, by keyboard alone."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from planner.domain.suggestion import with_candidate
from planner.persistence.resources import rule_set
from planner.services.ghost_tasks import GhostIce
from planner.services.probe_commands import LockProbe, MoveProbe, RemoveProbe
from planner.services.suggest_tasks import SuggestPlacements
from planner.services.target_commands import RemoveTarget
from planner.ui.steps import WorkStep
from tests.ui.real_hands import CTRL, button, click
from tests.ui.suggestion_bench import answer, keyboard_at, open_form, suggestion


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


def wait_for_ice(app, runner, count=1):
    from PySide6.QtTest import QTest

    for _ in range(60):
        app.processEvents()
        if len(runner.requests(GhostIce)) >= count:
            return runner.requests(GhostIce)[-1]
        QTest.qWait(20)
    raise AssertionError("no ice was asked for")


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


def test_other_rules_make_them_stale(told, planned, monkeypatch, app):
    monkeypatch.setattr("planner.ui.rules_now.rule_set", lambda _id: rule_set("default").rules)  # any other value
    planned.plan.show_rules()
    app.processEvents()
    assert told.loop.is_stale
    assert not told.adopt.isEnabled()
    assert planned.desk.view.ghosts == ()
