"""The probes' panel by mouse and keys: what the shaft meets, lock, eye, names, order, bore; off the window's thread."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLineEdit

from planner.domain.errors import PlanInvalid
from planner.domain.gantry import Gantry
from planner.domain.identity import ProbeId, StructureId
from planner.domain.structure import Structure, StructureKind, StructureOrigin
from planner.services.probe_commands import AddProbe, MoveProbe
from planner.services.structure_commands import AddStructures
from planner.ui.panels import probes as panel_module
from planner.ui.panels.probe_card import ProbeCard
from planner.ui.steps import WorkStep
from planner.ui.widgets.fields import NumberField


def add_structure(window, name, kind, inside):
    """Put a structure into the plan whose mask is a formula of the voxels' places."""
    session = window.desk.session
    grid = session.plan.volume.grid
    centres = grid.to_lps(np.stack(np.indices(grid.shape_kji)[::-1], axis=-1))
    mask = session.blobs.put(np.ascontiguousarray(inside(centres)))
    drawn = Structure(StructureId(name), name, kind, mask, StructureOrigin.DRAWN, method="brush")
    assert window.desk.apply(AddStructures((drawn,)))


def add_probes(window, count):
    session = window.desk.session
    first = session.plan.probes[0]
    for at in range(1, count):
        entry, tip = ((p[0] + 9.0 * at, p[1], p[2]) for p in (first.entry_lps_mm, first.tip_lps_mm))
        another = replace(first, id=ProbeId(f"p{at + 1}"), label=f"P{at + 1}", entry_lps_mm=entry, tip_lps_mm=tip)
        assert window.desk.apply(AddProbe(another))


def settled(window, qtbot):
    window.go_to_step(WorkStep.PROBES)
    QTest.qWait(1)
    qtbot.waitUntil(lambda: not window.plan.probes.is_waiting, timeout=20_000)


def card(window, label="P1"):
    return next(c for c in window.plan.probes.findChildren(ProbeCard) if c.probe.label == label and not c.isHidden())


def button(window, name):
    return next(b for b in window.plan.probes.findChildren(QAbstractButton) if b.accessibleName() == name)


def press(widget):
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def order(window):
    return [probe.label for probe in window.desk.session.plan.probes]


@pytest.fixture
def anatomy(planned, qtbot):
    """A bone across the shaft from y = −20 to −14 mm, a lung ball 12 mm beside it, an artery far off."""
    add_structure(planned, "Rib 8", StructureKind.BONE, lambda p: (p[..., 1] > -20) & (p[..., 1] < -14))
    add_structure(planned, "Lung", StructureKind.LUNG, lambda p: np.linalg.norm(p - (20.0, -2.0, 0.0), axis=-1) <= 8.0)
    add_structure(
        planned, "Artery", StructureKind.ARTERY, lambda p: np.linalg.norm(p - (-30.0, 10.0, 0.0), axis=-1) <= 5.0
    )
    settled(planned, qtbot)
    return planned


def test_the_card_says_what_is_crossed_and_passed_also_while_a_hand_drags(anatomy, qtbot, monkeypatch):
    window, session = anatomy, anatomy.desk.session
    facts = card(window).facts
    # The bone's voxels, 2 mm wide, fill y from −20 to −14: 6 mm of the shaft, 10 mm from the entry at y = −30.
    assert facts.crossing.text() == "Crosses Rib 8 for 6.0 mm at 10 mm depth. No lung."
    rows = facts.nearest.rows
    spoken = [rows.item(at).data(Qt.ItemDataRole.AccessibleTextRole) for at in range(rows.count())]
    assert [words.split(",")[0] for words in spoken] == ["Lung", "Artery"]
    distance_mm = float(spoken[0].split(", ")[1].split(" mm")[0])
    assert distance_mm == pytest.approx(12.0, abs=0.6)

    threads = set()
    real = panel_module.facts_of_probes
    monkeypatch.setattr(
        panel_module, "facts_of_probes", lambda *a, **k: (threads.add(threading.get_ident()), real(*a, **k))[1]
    )
    probe = session.plan.probes[0]
    session.begin_gesture()
    for at in range(8):
        tip = (2.0 * (at + 1), 0.0, 0.0)
        entry = (2.0 * (at + 1), -30.0, 0.0)
        assert window.desk.apply(MoveProbe(probe.id, probe.label, entry, tip, "shaft"))
        QTest.qWait(5)
    qtbot.waitUntil(lambda: not window.plan.probes.is_waiting, timeout=20_000)
    # 16 mm to the left: inside the ball of 8 mm about (20, −2, 0), whose chord 4 mm off its middle starts at −8.93.
    assert "Lung for" in facts.crossing.text()
    assert "inside it" in rows.item(0).data(Qt.ItemDataRole.AccessibleTextRole)
    session.end_gesture()
    qtbot.waitUntil(lambda: not window.plan.probes.is_waiting, timeout=20_000)
    assert threads
    assert threading.get_ident() not in threads
    assert session.undo_label == "move P1"


def test_a_row_leads_to_its_place_by_mouse_and_by_key(anatomy):
    rows = card(anatomy).facts.nearest.rows
    QTest.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=rows.visualItemRect(rows.item(0)).center())
    at = np.asarray(anatomy.desk.view.crosshair_lps_mm)
    assert np.linalg.norm(at - (20.0, -2.0, 0.0)) == pytest.approx(8.0, abs=1.0)
    rows.setFocus()
    QTest.keyClick(rows, Qt.Key.Key_Down)
    QTest.keyClick(rows, Qt.Key.Key_Return)
    at = np.asarray(anatomy.desk.view.crosshair_lps_mm)
    assert np.linalg.norm(at - (-30.0, 10.0, 0.0)) == pytest.approx(5.0, abs=1.0)


def test_a_locked_probe_has_its_fields_off_with_the_reason_and_a_hidden_one_says_so(planned):
    session = planned.desk.session
    planned.go_to_step(WorkStep.PROBES)
    press(button(planned, "Lock P1"))
    probe_id = session.plan.probes[0].id
    assert session.plan.is_locked(probe_id)
    fields = card(planned).findChildren(NumberField)
    assert len(fields) == 3
    for field in fields:
        assert not field.isEnabled()
        assert "Locked" in field.toolTip()
    assert "locked" in card(planned).accessibleName()
    assert not planned.desk.apply(MoveProbe(probe_id, "P1", (1.0, -30.0, 0.0), (1.0, 0.0, 0.0), "shaft"))
    entries = {words: act for words, _, act in card(planned).deeds.entries()}
    assert entries["Remove (locked)"] is None
    press(button(planned, "Unlock P1"))
    assert all(field.isEnabled() for field in fields)
    press(button(planned, "Hide P1"))
    assert probe_id in planned.desk.view.hidden_probes
    assert "hidden" in card(planned).accessibleName()
    press(button(planned, "Show P1"))
    assert not planned.desk.view.hidden_probes


def test_a_probe_is_renamed_by_double_click_and_by_f2_and_a_taken_name_is_refused(planned, qtbot):
    add_probes(planned, 2)
    planned.go_to_step(WorkStep.PROBES)
    name = card(planned).head.name
    QTest.mouseDClick(name.shown, Qt.MouseButton.LeftButton)
    QTest.mouseRelease(name.shown, Qt.MouseButton.LeftButton)  # Qt Test leaves the button down
    qtbot.waitUntil(lambda: name.is_typing)
    QTest.keyClicks(name.field, "medial")
    QTest.keyClick(name.field, Qt.Key.Key_Return)
    assert order(planned) == ["medial", "P2"]
    assert planned.desk.session.undo_label == "rename P1"
    depth = next(f for f in card(planned, "medial").findChildren(NumberField) if f.accessibleName() == "Depth")
    depth.setFocus()
    before = planned.desk.session.plan.name
    QTest.keyClick(depth, Qt.Key.Key_F2)
    assert name.is_typing
    assert planned.desk.session.plan.name == before
    QTest.keyClicks(name.field, "never")
    QTest.keyClick(name.field, Qt.Key.Key_Escape)
    assert order(planned) == ["medial", "P2"]
    card(planned, "medial").begin_rename()
    QTest.keyClicks(name.field, "P2")
    QTest.keyClick(name.field, Qt.Key.Key_Return)
    assert order(planned) == ["medial", "P2"]
    assert "already called P2" in planned.banners.sentence_of("REFUSED")


def test_cards_are_reordered_by_their_handle_and_by_keys_each_as_one_step(planned):
    add_probes(planned, 3)
    planned.go_to_step(WorkStep.PROBES)
    QTest.qWait(20)
    grip, last = card(planned, "P1").head.grip, card(planned, "P3")
    below = grip.mapFromGlobal(last.mapToGlobal(QPoint(20, last.height() - 2)))
    QTest.mousePress(grip, Qt.MouseButton.LeftButton, pos=QPoint(8, 14))
    QTest.mouseMove(grip, QPoint(8, 40))
    QTest.mouseMove(grip, below)
    QTest.mouseRelease(grip, Qt.MouseButton.LeftButton, pos=below)
    assert order(planned) == ["P2", "P3", "P1"]
    assert planned.desk.session.undo_label == "reorder P1"
    planned.desk.undo()
    assert order(planned) == ["P1", "P2", "P3"]
    first = card(planned, "P1")
    first.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(first, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert order(planned) == ["P2", "P1", "P3"]
    first.head.grip.setFocus()
    QTest.keyClick(first.head.grip, Qt.Key.Key_Up)
    assert order(planned) == ["P1", "P2", "P3"]
    QTest.keyClick(first.head.grip, Qt.Key.Key_Up)  # at the end nothing happens
    assert order(planned) == ["P1", "P2", "P3"]
    depth = next(f for f in first.findChildren(NumberField) if f.accessibleName() == "Depth")
    depth.setFocus()
    QTest.keyClick(depth, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)  # from within a field, whose value stays
    assert (order(planned), depth.value()) == (["P2", "P1", "P3"], pytest.approx(30.0))
    planned.desk.undo()
    other = card(planned, "P3")
    other.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(other, Qt.Key.Key_Return)
    assert planned.desk.view.selected_probe == other.probe.id
    QTest.keyClick(other, Qt.Key.Key_Delete)
    assert order(planned) == ["P1", "P2"]


def _type(field: QLineEdit, text):
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def test_the_bore_is_typed_once_for_the_plan_and_each_card_answers(planned, qtbot):
    session, gantry = planned.desk.session, planned.plan.probes.gantry
    settled(planned, qtbot)
    assert "no bore in the plan" in card(planned).facts.words()
    press(button(planned, "Change the scanner’s bore"))
    _type(gantry.bore, "700")
    assert session.plan.gantry is None
    _type(gantry.axis, "160,5")
    assert session.plan.gantry == Gantry(700.0, 160.5)
    _type(gantry.hub, "40")
    assert session.plan.gantry == Gantry(700.0, 160.5, 40.0)
    _type(gantry.bore, "70")
    assert session.plan.gantry.bore_mm == 700.0
    said = " ".join(one.text() for one in gantry.findChildren(type(gantry._said)))
    assert "300 to 1200 mm" in said
    settled(planned, qtbot)
    # The block fills the scan from side to side, so its middle is not known, and that is said.
    assert "NOT ASSESSED: the scan ends inside the body at the side" in card(planned).facts.words()
    press(next(b for b in gantry.findChildren(QAbstractButton) if b.text() == "Forget the bore"))
    assert session.plan.gantry is None
    planned.desk.undo()
    assert session.plan.gantry.hub_mm == 40.0


def test_eight_probes_are_all_there_and_the_nearest_pairs_are_said(planned, qtbot):
    add_probes(planned, 4)
    settled(planned, qtbot)
    said = next(
        one.text() for one in planned.plan.probes.findChildren(type(planned.plan.probes._tips)) if "apart" in one.text()
    )
    assert said.splitlines()[0] == "P1–P2: tips 9.0 mm, shafts 9.0 mm apart"
    assert said.splitlines()[-1] == "3 more pairs, all farther apart"


def test_what_a_plan_refuses_is_not_left_standing_in_the_fields(planned, monkeypatch):
    """A plan that another window holds takes no edit: the fields say again what is in it (H-37)."""
    planned.go_to_step(WorkStep.PROBES)
    session = planned.desk.session

    def refuse():
        raise PlanInvalid("Open in another window.", code="read-only")

    monkeypatch.setattr(session, "require_writable", refuse)
    one, gantry = card(planned), planned.plan.probes.gantry
    other = next(
        at
        for at in range(one.head.choice.count())
        if one.head.choice.itemData(at) != one.probe.model_id and "missing" not in one.head.choice.itemText(at)
    )
    one.head.choice.setCurrentIndex(other)
    one.head.choice.activated.emit(other)
    assert one.head.choice.currentData() == one.probe.model_id
    press(button(planned, "Change the scanner’s bore"))
    _type(gantry.bore, "700")
    _type(gantry.axis, "160")
    assert (gantry.bore.text(), session.plan.gantry) == ("", None)
    depth = next(f for f in one.findChildren(NumberField) if f.accessibleName() == "Depth")
    _type(depth.lineEdit(), "44")
    assert depth.value() == pytest.approx(30.0)
    assert "another window" in planned.banners.sentence_of("REFUSED")
