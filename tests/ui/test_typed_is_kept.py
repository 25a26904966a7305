"""Is anything typed lost, put elsewhere, or said to be done when it was not? Fields of the plan under interruption."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit

from planner.domain.errors import PlanInvalid
from planner.domain.identity import PlanId
from planner.services.history import History
from planner.services.session import Session
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
