"""The panel of structures by mouse and keyboard in a real window: list, review, confirming, eyes, removing."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from planner.domain.identity import StructureId
from planner.domain.structure import StructureKind, StructureOrigin
from planner.ui.theme.tokens import PANEL_NARROW_PX
from planner.ui.view_state import Tool
from tests.ui.structure_panel_case import LEFT, by_name, open_panel, place, press, rows, structures


@pytest.fixture
def panel(planned, case, qtbot):
    return open_panel(planned, case, qtbot)


def test_rows_say_role_margin_and_volume(panel):
    assert [row.second_line for row in rows(panel)] == [
        "Critical · margin 10 mm",
        "Obstacle for the shaft",
        "Heat sink · not in path",
        "Critical · margin none",
    ]
    # 16 × 5 × 10 voxels of 8 mm³.
    assert rows(panel)[1].volume_ml == pytest.approx(6.4)
    spoken = panel.list.model().index(1).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "Bone, bone, Obstacle for the shaft, 6.4 mL, unconfirmed"


def test_a_click_on_a_row_chooses_the_structure_for_all_views(panel):
    press(panel, 2)
    assert panel.desk.view.selected_structure == "Aorta"
    assert panel.form.name.text() == "Aorta"
    QTest.keyClick(panel.list, Qt.Key.Key_Up)
    assert panel.desk.view.selected_structure == "Bone"
    panel.desk.view.select_structure(StructureId("Kidney, left"))
    assert panel.list.currentIndex().row() == 3
    panel.desk.view.select_structure(None)
    assert not panel.list.currentIndex().isValid()
    assert not panel.form.isVisible()


def test_a_double_click_puts_the_largest_slice_into_the_views(panel):
    row = place(panel, 3)
    where = row.topLeft() + QPoint(70, 14)
    QTest.mouseClick(panel.list.viewport(), LEFT, pos=where)
    QTest.mouseDClick(panel.list.viewport(), LEFT, pos=where)
    QTest.mouseRelease(panel.list.viewport(), LEFT, pos=where)  # Qt leaves the button down
    mask = panel.desk.session.mask("Kidney, left")
    i, j, k = np.rint(panel.desk.session.volume.grid.to_index(panel.desk.view.crosshair_lps_mm)).astype(int)
    assert mask[k, j, i]


def test_review_each_goes_round_the_unconfirmed(panel):
    assert panel.unconfirmed.sentence.whole_text() == "4 structures are unconfirmed."
    seen = []
    for _ in range(4):
        QTest.mouseClick(panel.unconfirmed.review, LEFT)
        seen.append(panel.form.name.text())
    assert seen == ["Bone", "Aorta", "Kidney, left", "Skin"]
    grid = panel.desk.session.volume.grid
    i, j, k = np.rint(grid.to_index(panel.desk.view.crosshair_lps_mm)).astype(int)
    assert panel.desk.session.mask("s1")[k, j, i]


def test_one_name_and_one_click_each_confirm_all(panel, planned):
    QTest.mouseClick(panel.form.confirm_button, LEFT)
    assert not structures(panel)[0].is_confirmed
    assert "name" in planned.status.sentence.whole_text()
    QTest.keyClicks(panel.form.who, "Dr Ada")
    for _ in range(4):
        QTest.mouseClick(panel.form.confirm_button, LEFT)
    assert [s.confirmed_by for s in structures(panel)] == ["Dr Ada"] * 4
    assert all(s.confirmed_at.endswith("Z") for s in structures(panel))
    assert not panel.unconfirmed.isVisible()
    assert planned.status.sentence.whole_text() == "Every structure is confirmed by name."
    panel.desk.undo()
    assert not by_name(panel, "Kidney, left").is_confirmed
    assert panel.unconfirmed.sentence.whole_text() == "1 structure is unconfirmed."


def test_a_confirmation_is_withdrawn_by_the_same_button(panel):
    QTest.keyClicks(panel.form.who, "Dr Ada")
    QTest.mouseClick(panel.form.confirm_button, LEFT)
    press(panel, 0)
    assert panel.form.confirm_button.text() == "Withdraw"
    QTest.mouseClick(panel.form.confirm_button, LEFT)
    assert not structures(panel)[0].is_confirmed


def test_ctrl_enter_in_the_list_confirms_and_goes_on(panel):
    QTest.keyClicks(panel.form.who, "Dr Ada")
    press(panel, 1)
    QTest.keyClick(panel.list, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert by_name(panel, "Bone").confirmed_by == "Dr Ada"
    assert panel.desk.view.selected_structure == "Aorta"


def test_an_empty_structure_is_not_confirmed(panel, planned, qtbot):
    panel.begin(StructureKind.URETER)
    qtbot.waitUntil(lambda: rows(panel)[-1].is_empty)
    QTest.keyClicks(panel.form.who, "Dr Ada")
    QTest.mouseClick(panel.form.confirm_button, LEFT)
    assert not structures(panel)[-1].is_confirmed
    assert "Ureter is empty" in planned.status.sentence.whole_text()
    assert rows(panel)[-1].second_line == "Empty: draw it"


@pytest.mark.parametrize("modifier", [Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier])
def test_an_eye_with_alt_or_ctrl_leaves_one_alone_and_brings_all_back(panel, modifier):
    press(panel, 1, modifier=modifier, on_eye=True)
    assert panel.desk.view.hidden_structures == {"s1", "Aorta", "Kidney, left"}
    press(panel, 1, modifier=modifier, on_eye=True)
    assert not panel.desk.view.hidden_structures


def test_going_to_a_hidden_structure_shows_it_until_the_next(panel):
    panel.desk.view.hide_structures(frozenset({"Bone"}))
    panel.go_to("Bone")
    assert not panel.desk.view.hidden_structures
    panel.go_to("Aorta")
    assert panel.desk.view.hidden_structures == {"Bone"}


def test_delete_removes_the_chosen_and_undo_brings_it_back(panel, planned):
    press(panel, 1)
    QTest.keyClick(panel.list, Qt.Key.Key_Delete)
    assert [s.name for s in structures(panel)] == ["Skin", "Aorta", "Kidney, left"]
    assert panel.desk.view.selected_structure == "Aorta"
    assert "Bone removed" in planned.status.sentence.whole_text()
    panel.desk.undo()
    assert len(structures(panel)) == 4


def test_the_menu_of_a_row_copies_renames_and_hides_others(panel, app):
    def choose(words):
        panel.list.menu_asked.emit("Bone", panel.mapToGlobal(QPoint(10, 10)))
        menu = app.activePopupWidget()
        action = next(a for a in menu.actions() if a.text() == words)
        QTest.mouseClick(menu, LEFT, pos=menu.actionGeometry(action).center())
        app.processEvents()

    press(panel, 1)
    choose("Copy")
    copied = structures(panel)[-1]
    assert (copied.name, copied.mask, copied.is_confirmed) == ("Bone copy", by_name(panel, "Bone").mask, False)
    press(panel, 1)
    choose("Hide others")
    assert "Aorta" in panel.desk.view.hidden_structures
    choose("Rename")
    QTest.keyClicks(panel.form.name, "Spine")
    QTest.keyClick(panel.form.name, Qt.Key.Key_Return)
    assert by_name(panel, "Spine").id == "Bone"
    assert panel.desk.session.undo_label == "rename Spine"


def test_the_new_menu_makes_an_empty_structure_with_the_brush_in_hand(panel, app):
    button = next(b for b in panel.findChildren(QPushButton) if b.accessibleName() == "New structure")
    menu = button.menu()
    menu.popup(panel.mapToGlobal(QPoint(10, 50)))
    action = next(a for a in menu.actions() if a.text() == "Fluid barrier")
    QTest.mouseClick(menu, LEFT, pos=menu.actionGeometry(action).center())
    app.processEvents()
    made = structures(panel)[-1]
    assert (made.name, made.kind, made.origin) == ("Fluid barrier", StructureKind.FLUID_BARRIER, StructureOrigin.DRAWN)
    assert panel.desk.view.selected_structure == made.id
    assert panel.desk.view.tool is Tool.BRUSH
    assert "again before freezing" in panel.barriers.sentence.text()
    assert panel.barriers.isVisible()
    panel.begin(StructureKind.FLUID_BARRIER)
    assert structures(panel)[-1].name == "Fluid barrier 2"
    while len(structures(panel)) > 4:
        panel.desk.undo()
    assert not panel.barriers.isVisible()


def test_nothing_of_the_form_is_squeezed_in_the_smallest_window(panel, planned, qtbot):
    planned.resize(1366, 768)
    qtbot.waitUntil(lambda: panel.width() == PANEL_NARROW_PX)
    panel.form.distance.figure.setText("123.4 mm inside")
    panel.form._hu.setText("−801 ± 155 HU, range −1000 to 2224 HU and more of it")
    qtbot.waitUntil(lambda: panel.form.height() == panel.form.heightForWidth(panel.form.width()))
    field, rule = panel.form.margin.margin, panel.form.margin._rule
    assert field.geometry().bottom() < rule.geometry().top()
    assert rule.height() >= rule.heightForWidth(rule.width())
    find = next(b for b in panel.findChildren(QPushButton) if b.text() == "Find all")
    qtbot.waitUntil(lambda: find.width() >= find.sizeHint().width())
