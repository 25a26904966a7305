"""Does the rail say what is there, what is missing, and never a bare green word?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.domain.protocol import Phase, PhaseKind, Protocol
from planner.domain.rule import Verdict
from planner.domain.waiver import Waiver
from planner.persistence.resources import atlas
from planner.planning.expected import expected_near
from planner.planning.permission import open_findings
from planner.services.commands import SetProtocol
from planner.services.probe_commands import RemoveProbe
from planner.services.structure_commands import ConfirmStructure, WaiveExpected
from planner.services.target_commands import Acknowledge, PutTarget, RemoveTarget
from planner.ui.steps import (
    ATTENTION,
    DONE,
    WorkStep,
    missing_for_prediction,
    missing_for_report,
    step_states,
    verdict_counts,
)


def _line(session, step):
    return next(state.line for state in step_states(session) if state.step is step)


def test_lines_of_a_complete_plan(case):
    session = case.session
    assert _line(session, WorkStep.STUDY) == "30 slices, 2.0 mm"
    assert _line(session, WorkStep.STRUCTURES) == "0 of 1 confirmed, 3 missing"
    assert _line(session, WorkStep.TARGET) == "Midline intercostal nerve T8"
    assert _line(session, WorkStep.PROBES) == "1 placed"
    assert _line(session, WorkStep.FREEZE) == "1 freeze, 3:00 min"
    assert _line(session, WorkStep.ASSESS) == "Not computed yet"


def test_what_is_missing_is_named(case):
    session = case.session
    session.apply(RemoveTarget("t1", "x"), initiator="test")
    session.apply(SetProtocol(Protocol("Thaw", (Phase(PhaseKind.PASSIVE_THAW, 60.0),))), initiator="test")
    assert _line(session, WorkStep.TARGET) == "Needs a target"
    assert missing_for_prediction(session.plan) == "No prediction: the protocol has no freeze phase."
    assert _line(session, WorkStep.ASSESS) == "Needs a freeze phase"
    session.apply(RemoveProbe("p1", "P1"), initiator="test")
    assert _line(session, WorkStep.ASSESS) == "Needs a probe"
    assert _line(session, WorkStep.REPORT) == "Needs a probe"
    assert missing_for_report(session) == "No report: no probe is placed."


def test_a_target_without_its_block_says_so_in_place_of_a_prediction(case):
    session = case.session
    session.apply(PutTarget(replace(session.plan.targets[0], block=None)), initiator="test")
    missing = missing_for_prediction(session.plan)
    assert missing.startswith("No prediction: Midline intercostal nerve T8: no diagnostic block is recorded.")
    assert missing_for_report(session) == missing.replace("No prediction", "No report")
    (found,) = open_findings(session.plan, atlas())
    session.apply(Acknowledge(found.accepted(who="A. Reader", reason="trial", when="2026-01-02")), initiator="test")
    assert missing_for_prediction(session.plan) == ""


def test_a_stale_result_has_no_verdict(case):
    session, prediction = case.session, case.prediction()
    assert session.show_prediction(prediction.result.open(case.blobs), prediction.assessment)
    assert _line(session, WorkStep.ASSESS) == "1 FAIL, 1 NOT ASSESSED"
    assert missing_for_report(session) == ""
    session.apply(RemoveTarget("t1", "x"), initiator="test")
    assert _line(session, WorkStep.ASSESS) == "STALE"
    assert "older than the plan" in missing_for_report(session)


def test_passes_never_hide_what_was_not_assessed(case):
    assessment = case.prediction().assessment
    kept = tuple(check for check in assessment.checks if check.verdict in (Verdict.PASS, Verdict.NOT_ASSESSED))
    assert verdict_counts(replace(assessment, checks=kept)) == "1 NOT ASSESSED"
    passed = tuple(check for check in kept if check.verdict is Verdict.PASS)
    assert verdict_counts(replace(assessment, checks=passed)) == "1 PASS"


@pytest.mark.parametrize("step", list(WorkStep))
def test_next_walks_through_all_steps(step):
    order = list(WorkStep)
    assert step.next is (order[order.index(step) + 1] if step is not WorkStep.REPORT else None)


def test_what_is_expected_and_missing_is_counted_until_it_is_waived_by_name(case):
    session = case.session

    def state():
        return next(state for state in step_states(session) if state.step is WorkStep.STRUCTURES)

    assert state().note == "1 structure is unconfirmed and 3 expected structures are missing; the report will say so."
    skin = session.plan.structures[0]
    session.apply(ConfirmStructure(skin.id, skin.name, "Dr Ada", "2026-01-02T03:04:05Z"), initiator="user")
    for row in expected_near(session.plan, atlas()):
        if row.is_missing:
            waiver = Waiver(row.expected.name, row.expected.kind, "Dr Ada", "2026-01-02T03:04:05Z", "not in the scan")
            session.apply(WaiveExpected(waiver), initiator="user")
    assert (state().style, state().line, state().note) == (DONE, "1 of 1 confirmed", "")


def _target_state(session):
    return next(state for state in step_states(session) if state.step is WorkStep.TARGET)


def test_a_target_without_a_recorded_block_asks_and_an_answer_by_name_settles_it(case):
    session = case.session
    target = session.plan.targets[0]
    session.apply(PutTarget(replace(target, block=None), "take the block out"), initiator="test")
    state = _target_state(session)
    assert (state.style, state.line) == (ATTENTION, "Block not recorded")
    assert "no diagnostic block is recorded" in state.note
    assert missing_for_prediction(session.plan) == f"No prediction: {state.note}"
    assert _line(session, WorkStep.ASSESS) == _line(session, WorkStep.REPORT) == "Needs an answer: target"
    (found,) = open_findings(session.plan, atlas())
    answer = found.accepted(who="Dr Ada", reason="done elsewhere", when="2026-01-02T03:04:05Z")
    session.apply(Acknowledge(answer), initiator="test")
    assert (_target_state(session).style, missing_for_prediction(session.plan)) == (DONE, "")


def test_a_nerve_without_a_diameter_says_what_it_costs(case):
    session = case.session
    target = replace(session.plan.targets[0], diameter_mm=None, diameter_source="")
    session.apply(PutTarget(target, "clear the diameter"), initiator="test")
    state = _target_state(session)
    assert (state.style, state.line) == (ATTENTION, "No diameter yet")
    assert "NOT ASSESSED" in state.note
    assert missing_for_prediction(session.plan) == ""


def test_no_step_is_silent_about_what_it_lacks(case):
    """A step that is not done says in one line what is missing, and in a sentence what that costs or how to mend it."""
    session = case.session
    for command in (RemoveTarget("t1", "x"), RemoveProbe("p1", "P1"), SetProtocol(Protocol("None", ()))):
        session.apply(command, initiator="test")
        for state in step_states(session):
            assert state.line
            assert state.note or state.style is DONE or state.step is WorkStep.ASSESS
