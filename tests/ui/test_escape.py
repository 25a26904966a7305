"""Does Esc give up what is under way where the keyboard or the hand is, before it means anything to the window?"""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from planner.domain.identity import ProbeId
from planner.services.probe_commands import AddProbe
from planner.ui.panels.probe_card import ProbeCard
from planner.ui.steps import WorkStep
from planner.ui.strip.nerve_strip import NerveStrip

ESC, LEFT = Qt.Key.Key_Escape, Qt.MouseButton.LeftButton


@pytest.fixture
def active(planned):
    planned.activateWindow()
    QTest.qWaitForWindowActive(planned)
    return planned


def cards(window):
    QApplication.processEvents()
    return [c for c in window.plan.probes.findChildren(ProbeCard) if not c.isHidden()]


def test_a_name_and_a_duration_that_are_being_typed_are_given_up(active):
    active.go_to_step(WorkStep.PROBES)
    card = cards(active)[0]
    card.begin_rename()
    QTest.keyClicks(card.head.name.field, "never")
    QTest.keyClick(card.head.name.field, ESC)
    assert not card.head.name.is_typing
    active.go_to_step(WorkStep.FREEZE)
    QApplication.processEvents()
    page = active.plan.pages[WorkStep.FREEZE]
    field = next(f for f in page.findChildren(QLineEdit) if f.accessibleName() == "Duration of phase 1")
    before = field.text()
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "9:59")
    QTest.keyClick(field, ESC)
    assert field.text() == before


def test_a_card_that_is_dragged_stays_where_it_was(active):
    session = active.desk.session
    first = session.plan.probes[0]
    entry, tip = ((p[0] + 9.0, p[1], p[2]) for p in (first.entry_lps_mm, first.tip_lps_mm))
    assert active.desk.apply(AddProbe(replace(first, id=ProbeId("p2"), label="P2", entry_lps_mm=entry, tip_lps_mm=tip)))
    active.go_to_step(WorkStep.PROBES)
    one, other = cards(active)
    grip = one.head.grip
    below = grip.mapFromGlobal(other.mapToGlobal(QPoint(20, other.height() - 2)))
    QTest.mousePress(grip, LEFT, pos=QPoint(8, 14))
    QTest.mouseMove(grip, below)
    QTest.keyClick(grip, ESC)
    QTest.mouseRelease(grip, LEFT, pos=below)
    assert [probe.label for probe in session.plan.probes] == ["P1", "P2"]


def test_a_phase_end_that_is_dragged_goes_back_and_leaves_no_step(active):
    plot, session = active.plan.timeline.plot, active.desk.session
    before, label = session.plan, session.undo_label
    axes = plot._axes()
    edge = QPoint(round(axes.x(120.0)), round(axes.row_top(0) + axes.row_px / 2))
    QTest.mousePress(plot, LEFT, pos=edge)
    QTest.mouseMove(plot, edge + QPoint(60, 0))
    assert session.plan != before
    QTest.keyClick(plot, ESC)
    QTest.mouseMove(plot, edge + QPoint(90, 0))
    QTest.mouseRelease(plot, LEFT, pos=edge + QPoint(90, 0))
    assert (session.plan, session.undo_label, session.is_held) == (before, label, False)


def test_an_end_of_the_treated_part_that_is_dragged_in_the_strip_goes_back(active):
    session = active.desk.session
    active.desk.view.select_target("t1")
    active.actions_by_id["layout_nerve"].trigger()
    QApplication.processEvents()
    strip, before = active.findChild(NerveStrip), session.plan
    at = QPoint(round(strip.plane.x_px(10.0)), strip.height() // 2)
    QTest.mousePress(strip, LEFT, pos=at)
    QTest.mouseMove(strip, at + QPoint(40, 0))
    assert session.plan != before
    QTest.keyClick(active, ESC)
    QTest.mouseRelease(strip, LEFT, pos=at + QPoint(40, 0))
    assert (session.plan, session.is_held) == (before, False)
