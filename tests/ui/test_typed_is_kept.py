"""Is anything typed lost, put elsewhere, or said to be done when it was not? Fields of the plan under interruption."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit

from planner.domain.errors import PlanInvalid
from planner.domain.identity import PlanId
from planner.services.history import History
from planner.services.probe_commands import RenameProbe
from planner.services.session import ChangeKind, Session
from planner.services.target_commands import PutTarget
from planner.ui.facts_loop import FactsLoop
from planner.ui.panels.probe_card import ProbeCard
from planner.ui.steps import WorkStep
from planner.ui.widgets.fields import NumberField
from planner.ui.widgets.typed_field import duration_field


def field_of(root, name, kind=QLineEdit):
    QApplication.processEvents()
    return next(w for w in root.findChildren(kind) if w.accessibleName() == name and w.isVisible())


def button_of(root, name):
    QApplication.processEvents()
    return next(
        b for b in root.findChildren(QAbstractButton) if b.isVisible() and name in (b.accessibleName(), b.text())
    )


def card_of(window):
    return next(c for c in window.plan.probes.findChildren(ProbeCard) if not c.isHidden())


def test_a_question_that_fails_unforeseen_ends_and_the_next_is_answered(app, qtbot):
    came = []
    loop = FactsLoop(app, came.append, pause_ms=0)

    def fail():
        raise ZeroDivisionError("unforeseen")

    with qtbot.captureExceptions() as told:
        loop.ask(fail)
        qtbot.waitUntil(lambda: not loop.is_busy)
        loop.ask(lambda: "after")
        qtbot.waitUntil(lambda: not loop.is_busy)
    assert came == ["after"]
    assert [kind for kind, *_ in told] == [ZeroDivisionError]
    loop.deleteLater()


def test_an_arrow_steps_from_what_is_typed_and_not_from_what_was_there(qtbot):
    field = duration_field("Duration")
    qtbot.addWidget(field)
    told, refused = [], []
    field.typed.connect(told.append)
    field.refused.connect(refused.append)
    field.show_value(480.0)
    field.show()
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "9:00")
    QTest.keyClick(field, Qt.Key.Key_Up)
    assert told == [545.0]
    field.selectAll()
    QTest.keyClicks(field, "soon")
    QTest.keyClick(field, Qt.Key.Key_Down)
    assert told == [545.0]
    assert "no duration" in str(refused[0])


def test_f2_within_a_name_that_is_being_typed_keeps_it(planned):
    planned.go_to_step(WorkStep.PROBES)
    name = card_of(planned).head.name
    card_of(planned).begin_rename()
    QTest.keyClicks(name.field, "medial")
    QTest.keyClick(name.field, Qt.Key.Key_F2)
    assert name.field.text() == "medial"


def test_an_angle_that_was_refused_is_not_said_to_be_set(planned, monkeypatch):
    planned.go_to_step(WorkStep.PROBES)

    def refuse():
        raise PlanInvalid("Open in another window.", code="read-only")

    monkeypatch.setattr(planned.desk.session, "require_writable", refuse)
    said = []
    planned.desk.said.connect(said.append)
    angle = field_of(card_of(planned), "In-plane", NumberField)
    angle.setFocus()
    angle.selectAll()
    QTest.keyClicks(angle, "20")
    QTest.keyClick(angle, Qt.Key.Key_Return)
    assert "another window" in planned.banners.sentence_of("REFUSED")
    assert said == []


def test_half_a_bore_is_not_taken_along_into_another_plan(planned, case):
    planned.go_to_step(WorkStep.PROBES)
    gantry = planned.plan.probes.gantry
    QTest.mouseClick(button_of(planned.plan.probes, "Change the scanner’s bore"), Qt.MouseButton.LeftButton)
    gantry.bore.setFocus()
    QTest.keyClicks(gantry.bore, "700")
    QTest.keyClick(gantry.bore, Qt.Key.Key_Return)
    session = case.session
    other = replace(session.plan, id=PlanId("other"), name="Other")
    planned.desk.open(
        Session(blobs=case.blobs, volume=session.volume, identity=session.identity, history=History(other)), case.shared
    )
    planned.go_to_step(WorkStep.PROBES)
    assert gantry.bore.text() == ""


@pytest.fixture
def without_diameter(planned, qtbot):
    planned.go_to_step(WorkStep.TARGET)
    planned.desk.view.select_target("t1")
    target = planned.desk.session.plan.targets[0]
    planned.desk.apply(PutTarget(replace(target, diameter_mm=None, diameter_source="")))
    qtbot.waitUntil(lambda: not planned.plan.target.sides.is_busy)
    return planned


def test_a_diameter_waits_for_its_source_while_a_prediction_comes(without_diameter):
    window, panel = without_diameter, without_diameter.plan.target
    diameter, source = field_of(panel, "Diameter", NumberField), field_of(panel, "Source of the diameter")
    diameter.setFocus()
    diameter.selectAll()
    QTest.keyClicks(diameter, "2.5")
    QTest.keyClick(diameter, Qt.Key.Key_Return)
    panel.refresh(frozenset({ChangeKind.RESULT, ChangeKind.ASSESSMENT}))
    source.setFocus()
    QTest.keyClicks(source, "ultrasound")
    panel.refresh(frozenset({ChangeKind.RESULT, ChangeKind.ASSESSMENT}))
    QTest.keyClick(source, Qt.Key.Key_Return)
    target = window.desk.session.plan.targets[0]
    assert (target.diameter_mm, target.diameter_source) == (2.5, "ultrasound")


def test_half_a_diameter_is_not_given_to_another_target(without_diameter):
    window, panel = without_diameter, without_diameter.plan.target
    first = window.desk.session.plan.targets[0]
    window.desk.apply(PutTarget(replace(first, id="t2", level="T9")))
    window.desk.view.select_target("t1")
    diameter, source = field_of(panel, "Diameter", NumberField), field_of(panel, "Source of the diameter")
    diameter.setFocus()
    diameter.selectAll()
    QTest.keyClicks(diameter, "2.5")
    QTest.keyClick(diameter, Qt.Key.Key_Return)
    source.setFocus()
    QTest.keyClicks(source, "ultra")
    window.desk.view.select_target("t2")
    assert (diameter.value(), source.text()) == (0.0, "")
    QTest.keyClick(source, Qt.Key.Key_Return)
    assert all(target.diameter_mm is None for target in window.desk.session.plan.targets)


def test_a_block_that_is_being_typed_survives_another_level(without_diameter):
    panel = without_diameter.plan.target
    target = without_diameter.desk.session.plan.targets[0]
    without_diameter.desk.apply(PutTarget(replace(target, block=None)))
    QTest.mouseClick(button_of(panel, "Record it"), Qt.MouseButton.LeftButton)
    agent = field_of(panel, "Agent of the block")
    agent.setFocus()
    QTest.keyClicks(agent, "lidocaine")
    level = field_of(panel, "Level")
    level.setFocus()
    level.selectAll()
    QTest.keyClicks(level, "T9")
    QTest.keyClick(level, Qt.Key.Key_Return)
    assert field_of(panel, "Agent of the block").text() == "lidocaine"


def test_leaving_a_diameter_unchanged_keeps_its_last_digit(planned):
    planned.go_to_step(WorkStep.TARGET)
    planned.desk.view.select_target("t1")
    target = planned.desk.session.plan.targets[0]
    planned.desk.apply(PutTarget(replace(target, diameter_mm=1.15, diameter_source="atlas: X")))
    diameter = field_of(planned.plan.target, "Diameter", NumberField)
    diameter.setFocus()
    QTest.keyClick(diameter, Qt.Key.Key_Return)
    assert planned.desk.session.plan.targets[0].diameter_mm == 1.15


def test_a_name_that_looks_like_a_tag_is_written_as_it_is(planned):
    planned.go_to_step(WorkStep.PROBES)
    probe = planned.desk.session.plan.probes[0]
    assert planned.desk.apply(RenameProbe(probe.id, probe.label, "<b>P</b>"))
    head = card_of(planned).head
    for widget in (head.eye, head.lock, head.menu, head.grip):
        assert "&lt;b&gt;" in widget.toolTip()
