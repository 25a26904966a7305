"""What if, by mouse and keyboard: asked for, filling up, one row at 1 mm, adopted, undone, stale, cancelled."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from planner.domain.digest import content_hash
from planner.domain.errors import PlanInvalid
from planner.domain.identity import Sha256, TargetId
from planner.domain.robustness import CoverageValue, LimitKey, LimitValue
from planner.domain.rule import Quantity, Verdict
from planner.domain.what_if import Variation, VariationKind, WhatIfRow, WhatIfTable
from planner.persistence.resources import rule_set
from planner.services.protocol_commands import WarmSkin
from planner.services.tasks import Predict
from planner.services.what_if import AdoptWhatIf
from planner.services.what_if_tasks import CompareWhatIf
from planner.ui.steps import WorkStep
from tests.ui.real_hands import CTRL, Keyboard, button, click, has_button

LONGER = Variation(VariationKind.FREEZE_TIME, "1 min longer", longer_s=60.0)
DEEPER = Variation(VariationKind.DEPTH, "P1 2 mm deeper", "p1", deeper_mm=2.0)
KEYS = (
    LimitKey("t1", "Intercostal nerve", "target nerve", Quantity.TREATED_LENGTH_MM, "treated length", "mm", "", 4, 2),
    LimitKey("s1", "Skin", "skin", Quantity.EDGE_DISTANCE_MM, "0 °C edge", "mm", "≥ 10 mm; fail < 5 mm", 10.0, 5.0),
)


def _row(variation, edge_mm, percent, verdict=Verdict.CHECK, reason=""):
    if reason:
        return WhatIfRow(variation, reason=reason)
    values = (LimitValue(Verdict.PASS, percent / 5), LimitValue(verdict, edge_mm))
    return WhatIfRow(variation, values, (CoverageValue(TargetId("t1"), percent, percent / 5),), -60.0)


def _table(plan, *, rows=3):
    every = (
        _row(None, 7.0, 60.0),
        _row(LONGER, 4.0, 75.0, Verdict.FAIL),
        _row(DEEPER, 8.0, 50.0),
        _row(
            replace(DEEPER, deeper_mm=5.0, words="P1 5 mm deeper"), 0, 0, reason="The active zone of P1 lies outside."
        ),
    )
    return WhatIfTable(
        plan.judged_hash,
        content_hash(rule_set()),
        2.0,
        KEYS,
        every[:rows],
        ("Other depths of P2 are not offered: it is locked.",),
    )


@pytest.fixture
def view(planned, app, case):
    """The small plan with a prediction, and the variations asked for with the key."""
    prediction = case.prediction()
    case.session.show_prediction(prediction.result.open(case.blobs), prediction.assessment)
    app.processEvents()
    Keyboard(planned).press(Qt.Key.Key_I, CTRL)
    assert planned.plan.rail.current is WorkStep.FREEZE
    return planned.plan.freeze.what_if


@pytest.fixture
def filled(view, runner, case, app):
    """The table has come."""
    job = runner.requests(CompareWhatIf)[0]
    job.on_done(_table(case.session.plan, rows=4))
    app.processEvents()
    return view


def lines(view):
    return view.list.model().rows


def press(view, key, modifiers=Qt.KeyboardModifier.NoModifier):
    QTest.keyClick(view.list, key, modifiers)


def test_the_key_asks_and_rows_come_one_by_one(view, runner, case, app):
    (job,) = runner.requests(CompareWhatIf)
    assert job.request.plan == case.session.plan
    assert not view.list.isVisible()
    job.on_progress(1, 4, "Comparing variations")
    job.on_partial(_table(case.session.plan, rows=2))
    app.processEvents()
    assert [line.name for line in lines(view)] == ["As planned", "1 min longer"]
    assert has_button(view, "Cancel")
    job.on_done(_table(case.session.plan))
    app.processEvents()
    assert len(lines(view)) == 3
    assert not has_button(view, "Cancel")
    assert has_button(view, "Compare again")
    assert "Other depths of P2" in view._left_out.text()


def test_a_row_says_its_figures_in_words(filled):
    planned, longer, deeper, refused = lines(filled)
    assert planned.spoken == "As planned: Treated 60 %, Worst margin 7.0 mm, Coldest −60 °C (Skin). 1 CHECK"
    assert longer.heading == "Freeze time"
    assert longer.spoken.endswith("1 FAIL")
    assert "Treated 75 %, best" in longer.spoken
    assert "Worst margin 8.0 mm, best" in deeper.spoken
    assert refused.spoken == "P1 5 mm deeper: The active zone of P1 lies outside."
    press(filled, Qt.Key.Key_Down)
    assert "Skin, 0 °C edge: 7.0 mm → 4.0 mm, CHECK → FAIL." in filled._said.text()


def test_the_plan_as_it_is_and_refused_rows_are_not_adopted(filled, case):
    before = case.session.plan
    for downs in (0, 3):
        for _ in range(downs):
            press(filled, Qt.Key.Key_Down)
        assert not filled.adopt.isEnabled()
        assert filled.adopt.toolTip()
        press(filled, Qt.Key.Key_Return, CTRL)
    assert case.session.plan == before


def test_adopting_is_one_edit_that_undo_takes_back(filled, case, planned, app):
    before = case.session.plan
    press(filled, Qt.Key.Key_Down)
    click(button(filled, "Adopt"))
    assert case.session.plan == AdoptWhatIf(LONGER).apply(before)
    assert case.session.undo_label == "adopt “1 min longer”"
    assert all(line.is_stale for line in lines(filled))
    assert "STALE" in lines(filled)[1].spoken
    assert "FAIL" not in lines(filled)[1].spoken, "no verdict of a plan that is not there any more"
    assert not filled.adopt.isEnabled()
    Keyboard(planned).press(Qt.Key.Key_Z, CTRL)
    app.processEvents()
    assert case.session.plan == before
    assert not any(line.is_stale for line in lines(filled)), "undo brings the rows back at once"


def test_enter_computes_a_row_at_1_mm_as_it_would_be_adopted(filled, runner, case, app):
    press(filled, Qt.Key.Key_Down)
    press(filled, Qt.Key.Key_Return)
    job = [job for job in runner.requests(Predict) if job.request.plan != case.session.plan][-1]
    assert job.request.plan == AdoptWhatIf(LONGER).apply(case.session.plan)
    assert job.request.spacing_mm == 1.0
    assert filled.fine.text() == "Computing …"
    job.on_done(case.prediction(edge_mm=12.0))
    app.processEvents()
    said = filled._said.text()
    assert "At 1 mm, all rows of the assessment: 1 PASS, 1 FAIL, 1 NOT ASSESSED." in said
    assert case.session.result_is_current, "the plan's own result is untouched"
    assert case.session.assessment.checks[1].value == 3.0
    press(filled, Qt.Key.Key_Down)
    assert "At 1 mm" not in filled._said.text(), "said of its own row alone"


def test_an_edit_ends_it_and_a_late_answer_is_dropped(view, runner, case, planned, app):
    (job,) = runner.requests(CompareWhatIf)
    job.on_partial(_table(case.session.plan, rows=2))
    before = case.session.plan
    planned.desk.apply(AdoptWhatIf(DEEPER))
    app.processEvents()
    assert job.cancelled
    assert view.loop.is_stale
    job.on_done(_table(before, rows=4))
    app.processEvents()
    assert len(lines(view)) == 2
    assert all(line.is_stale for line in lines(view))
    click(button(view, "Compare again"))
    assert runner.requests(CompareWhatIf)[-1].request.plan == case.session.plan


def test_warm_skin_makes_it_stale_too(filled, planned, app):
    from planner.domain.protocol import SkinWarming

    planned.desk.apply(WarmSkin(SkinWarming(40.0, 100.0)))
    app.processEvents()
    assert filled.loop.is_stale


def test_cancel_keeps_what_is_there(view, runner, case, app):
    (job,) = runner.requests(CompareWhatIf)
    job.on_partial(_table(case.session.plan, rows=2))
    app.processEvents()
    click(button(view, "Cancel"))
    assert job.cancelled
    assert len(lines(view)) == 2
    assert has_button(view, "Compare again")


def test_a_refusal_is_said_in_its_place(view, runner, app):
    runner.requests(CompareWhatIf)[0].on_failed(PlanInvalid("The active zone of P1 lies outside the scan.", code="x"))
    app.processEvents()
    assert "outside the scan" in view._empty.text()
    assert has_button(view, "Compare variations")


def test_without_a_probe_it_says_what_is_missing(planned, app, runner):
    from planner.services.probe_commands import RemoveProbe

    planned.desk.apply(RemoveProbe(planned.desk.session.plan.probes[0].id, "P1"))
    app.processEvents()
    Keyboard(planned).press(Qt.Key.Key_I, CTRL)
    view = planned.plan.freeze.what_if
    assert not view.compare.isEnabled()
    assert "probe" in view._empty.text().lower()
    assert not runner.requests(CompareWhatIf)


def test_another_plan_takes_nothing_over(filled, planned, case, app):
    planned.desk.open(case.session, case.shared)
    app.processEvents()
    assert filled.loop.table is None


def test_the_button_leads_back_to_the_fields(filled, planned):
    panel = planned.plan.freeze
    click(button(panel, "Protocol"))
    assert not filled.isVisible()
    assert panel._scroll.isVisible()
    click(button(panel, "What if"))
    assert filled.isVisible()


def test_rows_judged_by_other_rules_are_stale(filled, case, app):
    other = replace(_table(case.session.plan), rules_hash=Sha256("f" * 64))
    filled.loop._receive(other)
    app.processEvents()
    assert filled.loop.is_stale
    assert not filled.adopt.isEnabled()
