"""What a hand does while it looks at a plan: hide what veils, rename, go round the probes, zoom to the target."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from planner.domain.identity import ProbeId, StructureId
from planner.domain.target import NerveCurve
from planner.services.probe_commands import AddProbe
from planner.services.target_commands import RemoveTarget
from planner.ui.panels.structure_list import StructureList, eye_box
from planner.ui.slices.layers import layers_of
from planner.ui.steps import WorkStep
from planner.ui.theme.fonts import BODY_PX, SMALL_PX, ui_font
from planner.ui.theme.tokens import PANEL_PX
from planner.ui.widgets.banner import Notice

SKIN = StructureId("s1")


@pytest.fixture
def structures(planned):
    planned.go_to_step(WorkStep.STRUCTURES)
    planned.grab()
    return planned.plan.pages[WorkStep.STRUCTURES].findChild(StructureList)


def _drawn(window):
    return [layer.name for layer in layers_of(window.desk.session).structures(window.desk.session, window.desk.view)]


def test_the_eye_hides_a_structure_in_the_views_and_not_in_the_plan(planned, structures):
    assert _drawn(planned) == ["Skin"]
    before = planned.desk.session.plan
    eye = eye_box(structures.visualRect(structures.model().index(0)))
    QTest.mouseClick(structures.viewport(), Qt.MouseButton.LeftButton, pos=eye.center())
    assert _drawn(planned) == []
    assert planned.plan.grid.slices[0].content.structures == ()
    assert "hidden" in structures.model().index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert planned.desk.session.plan is before


def test_space_hides_and_shows_the_chosen_structure(planned, structures):
    structures.setCurrentIndex(structures.model().index(0))
    QTest.keyClick(structures, Qt.Key.Key_Space)
    assert planned.desk.view.hidden_structures == {SKIN}
    QTest.keyClick(structures, Qt.Key.Key_Space)
    assert _drawn(planned) == ["Skin"]


def test_a_click_beside_the_eye_only_selects(planned, structures):
    row = structures.visualRect(structures.model().index(0))
    QTest.mouseClick(structures.viewport(), Qt.MouseButton.LeftButton, pos=row.topLeft() + QPoint(60, 10))
    assert structures.currentIndex().row() == 0
    assert not planned.desk.view.hidden_structures


def test_another_ct_hides_nothing(planned, case):
    planned.desk.view.toggle_structure(SKIN)
    planned.desk.view.reset(case.session.volume.ref, (0, 0, 0))
    assert not planned.desk.view.hidden_structures


def test_f2_renames_the_plan_and_undo_takes_it_back(planned):
    planned._do("rename")
    field = next(f for f in planned.plan.study.findChildren(QLineEdit) if f.accessibleName() == "Plan name")
    assert planned.plan.rail.current is WorkStep.STUDY
    assert field.selectedText() == "Small"
    QTest.keyClicks(field, "T8 right")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert planned.desk.session.plan.name == "T8 right"
    assert "T8 right" in planned.top.study.whole_text()
    planned.desk.undo()
    assert field.text() == "Small"


def test_a_plan_keeps_its_name_when_none_is_typed(planned):
    planned._do("rename")
    field = next(f for f in planned.plan.study.findChildren(QLineEdit) if f.accessibleName() == "Plan name")
    field.clear()
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.text() == planned.desk.session.plan.name == "Small"


def test_a_double_click_on_the_name_renames(planned):
    planned.grab()
    QTest.mouseDClick(planned.top, Qt.MouseButton.LeftButton, pos=planned.top.study.geometry().center())
    QTest.mouseRelease(
        planned.top, Qt.MouseButton.LeftButton, pos=planned.top.study.geometry().center()
    )  # Qt Test leaves the button down
    assert planned.plan.rail.current is WorkStep.STUDY


def test_tab_in_a_view_goes_round_the_probes(planned):
    session, view = planned.desk.session, planned.desk.view
    second = replace(session.plan.probes[0], id=ProbeId("p2"), label="P2", tip_lps_mm=(10.0, 0.0, 0.0))
    planned.desk.apply(AddProbe(second))
    axial = planned.plan.grid.slices[0]
    view.select_probe(ProbeId("p1"))
    QTest.keyClick(axial, Qt.Key.Key_Tab)
    assert view.selected_probe == "p2"
    assert view.crosshair_lps_mm == pytest.approx((10, 0, 0))
    QTest.keyClick(axial, Qt.Key.Key_Tab)
    assert view.selected_probe == "p1"
    QTest.keyClick(axial, Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert view.selected_probe == "p2"


def test_the_first_target_brings_every_view_to_planning_zoom(planned):
    axial, session = planned.plan.grid.slices[0], planned.desk.session
    planned.desk.apply(RemoveTarget(session.plan.targets[0].id, "the target"))
    for view in planned.plan.grid.slices:
        view.reset_view()
    far = axial.plane.mm_per_px
    panel = planned.plan.target
    panel.new.atlas.setCurrentIndex(panel.new.atlas.findData("intercostal"))
    panel.new.side.setCurrentIndex(2)
    panel.place_nerve(((-20.0, 10.0, 0.0), (0.0, 10.0, 0.0), (20.0, 10.0, 0.0)))
    assert isinstance(session.plan.targets[0].course, NerveCurve)
    middle = np.array([axial.width() / 2, axial.height() / 2])
    assert np.linalg.norm(np.asarray(axial.plane.to_px((0.0, 10.0, 0.0))) - middle) < 3
    assert axial.plane.mm_per_px == pytest.approx(2 * 60 / min(axial.width(), axial.height()))
    axial.reset_view()
    assert axial.plane.mm_per_px == pytest.approx(far)
    planned._do("frame")
    assert axial.plane.mm_per_px == pytest.approx(2 * 60 / min(axial.width(), axial.height()))


def test_enter_takes_the_first_nerve_that_contains_what_was_typed(planned):
    planned.go_to_step(WorkStep.TARGET)
    field = planned.plan.target.new.atlas
    QTest.keyClicks(field.lineEdit(), "intercost")
    QTest.keyClick(field.lineEdit(), Qt.Key.Key_Return)
    assert planned.plan.target.entry.id == "intercostal"


@pytest.mark.usefixtures("app")
def test_the_assessment_has_room_for_the_longest_names():
    """Beside the longest verdict, its icon, the swatch and the scroll bar; names as the neck's anatomy has them."""
    names, word = QFontMetrics(ui_font(BODY_PX, 500)), QFontMetrics(ui_font(SMALL_PX, 600))
    taken = 34 + 12 + 12 + 8 + 14 + 4 + word.horizontalAdvance("NOT ASSESSED")
    for name in ("Brachial plexus, left", "Left stellate ganglion C7–T1", "Recurrent laryngeal nerve, left"):
        assert names.horizontalAdvance(name) <= PANEL_PX - taken


def test_a_banner_waits_until_the_hand_lets_go(planned, qtbot):
    """Or the views would move under a probe that is being dragged, and the probe with them."""
    axial = planned.plan.grid.slices[0]
    planned.grab()
    top = axial.mapToGlobal(QPoint(0, 0))
    QTest.mousePress(axial, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    planned.banners.show_notice(Notice("NOTE", "Something to know.", "check"))
    QTest.qWait(120)
    assert axial.mapToGlobal(QPoint(0, 0)) == top
    QTest.mouseRelease(axial, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    qtbot.waitUntil(planned.banners.isVisible)
