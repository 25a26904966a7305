"""Form, expected structures, import and export of the structures panel by mouse and keyboard in a real window."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QPushButton

from planner.domain.exchange import ExportForm
from planner.domain.geometry import Side
from planner.domain.structure import StructureKind, StructureOrigin, StructureRole
from planner.domain.structure_numbers import StructureNumbers, StructuresApart
from planner.domain.waiver import Waiver
from planner.services.history import History
from planner.services.session import Session
from planner.services.shared import SharedMask
from planner.services.structure_commands import WaiveExpected
from planner.services.tasks import (
    ApartStructures,
    Exported,
    ExportStructures,
    FreshMasks,
    ImportStructures,
    MeasuredStructures,
    MeasureStructures,
    SegmentVolume,
)
from planner.ui.dialogs.export_structures import ExportDialog
from planner.ui.view_state import Tool
from tests.ui.structure_panel_case import LEFT, by_name, open_panel, press, structures


@pytest.fixture
def panel(planned, case, qtbot):
    return open_panel(planned, case, qtbot)


def pick(box, data):
    """Choose an entry as a hand does, by its data."""
    box.setCurrentIndex(box.findData(data))
    box.activated.emit(box.currentIndex())


def type_into(field, text):
    QTest.mouseClick(field, LEFT)
    field.selectAll()
    QTest.keyClick(field, Qt.Key.Key_Delete)
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def button(parent, text):
    return next(b for b in parent.findChildren(QPushButton) if b.text() == text and b.isVisible())


def said(planned):
    return planned.status.sentence.whole_text()


def test_kind_role_and_side_are_one_step_each(panel):
    press(panel, 2)
    undo = []
    pick(panel.form.kind, StructureKind.VEIN.value)
    undo.append(panel.desk.session.undo_label)
    pick(panel.form.role, StructureRole.CRITICAL.value)
    undo.append(panel.desk.session.undo_label)
    pick(panel.form.side, Side.LEFT.value)
    undo.append(panel.desk.session.undo_label)
    aorta = by_name(panel, "Aorta")
    assert (aorta.kind, aorta.role, aorta.side) == (StructureKind.VEIN, StructureRole.CRITICAL, Side.LEFT)
    assert undo == ["change kind of Aorta", "change role of Aorta", "change side of Aorta"]
    for _ in range(3):
        panel.desk.undo()
    aorta = by_name(panel, "Aorta")
    assert (aorta.kind, aorta.role, aorta.side) == (StructureKind.ARTERY, None, None)
    assert panel.form.kind.kind is StructureKind.ARTERY


def test_another_kind_takes_the_name_off_and_says_so(panel, planned):
    press(panel, 1)
    QTest.keyClicks(panel.form.who, "Dr Ada")
    QTest.mouseClick(panel.form.confirm_button, LEFT)
    press(panel, 1)
    pick(panel.form.kind, StructureKind.CARTILAGE.value)
    assert not structures(panel)[1].is_confirmed
    assert "Cartilage is unconfirmed again" in said(planned)  # it was named by its kind


def test_an_own_margin_needs_a_reason_and_an_empty_one_is_the_rules(panel, planned):
    press(panel, 3)
    margin, reason = panel.form.margin.margin, panel.form.margin.reason
    assert margin.placeholderText() == "by rule: none"
    assert not reason.isVisible()
    type_into(margin, "7,5")
    assert "Write why" in said(planned)
    assert by_name(panel, "Kidney, left").margin_mm is None
    assert reason.isVisible()
    type_into(reason, "single kidney")
    kidney = by_name(panel, "Kidney, left")
    assert (kidney.margin_mm, kidney.margin_reason) == (7.5, "single kidney")
    assert panel.list.model().rows[3].second_line == "Critical · own margin 7.5 mm"
    type_into(margin, "80")
    assert "0 to 50 mm" in said(planned)
    assert by_name(panel, "Kidney, left").margin_mm == 7.5
    type_into(margin, "")
    assert by_name(panel, "Kidney, left").margin_mm is None


def test_the_rule_is_shown_with_figure_source_and_status(panel):
    press(panel, 0)
    assert panel.form.margin.margin.placeholderText() == "by rule: 10 mm"
    words = panel.form.margin._rule.text()
    assert words == "Rule: PASS from 10 mm, FAIL below 5 mm · SKIN-CUREUS, CORNELIS2017 · project default"


def test_a_blue_is_refused_in_words_and_another_colour_is_taken(panel, planned):
    press(panel, 1)
    panel.form.colour.offer("#4fb3ff")
    assert by_name(panel, "Bone").colour == ""
    assert "ice" in said(planned)
    pick(panel.form.colour, "#e69f00")
    assert by_name(panel, "Bone").colour == "#e69f00"
    panel.desk.undo()
    assert by_name(panel, "Bone").colour == ""


def test_a_side_that_the_ct_contradicts_is_said(panel, qtbot):
    press(panel, 3)
    assert not panel.form._remark_row.isVisible()
    pick(panel.form.side, Side.RIGHT.value)
    qtbot.waitUntil(panel.form._remark_row.isVisible)
    # The kidney's middle is column 41.5: x = 34; the bone's is column 24.5: x = 0.
    assert "It says right; its middle lies 34 mm left of the midline (Bone)" in panel.form._remark.text()
    assert panel.list.model().rows[3].second_line == "Check the side"
    panel.desk.undo()
    qtbot.waitUntil(lambda: not panel.form._remark_row.isVisible())


def test_numbers_come_from_the_worker_and_distances_on_request(panel, runner, qtbot):
    press(panel, 1)
    bone, aorta = by_name(panel, "Bone"), by_name(panel, "Aorta")
    qtbot.waitUntil(lambda: any(j.request.masks == (bone.mask,) for j in runner.requests(MeasureStructures)))
    job = next(j for j in runner.requests(MeasureStructures) if j.request.masks == (bone.mask,))
    job.on_done(MeasuredStructures((StructureNumbers(6.4, 22.0, 310.4, 41.6, 300.0, -28.0, 580.0),)))
    assert panel.form._size.text() == "6.4 mL, surface 22.0 cm²"
    assert panel.form._hu.text() == "310 ± 42 HU, range −28 to 580 HU"
    pick(panel.form.distance.choice, f"structure {aorta.id}")
    asked = runner.requests(ApartStructures)[-1]
    assert (asked.request.a, asked.request.b) == (bone.mask, aorta.mask)
    asked.on_done(StructuresApart(1.96, (9.0, 10.0, 1.0), (11.0, 10.0, 1.0)))
    assert panel.form.distance.figure.text() == "2.0 mm"
    QTest.mouseClick(panel.form.distance.figure, LEFT)
    assert panel.desk.view.crosshair_lps_mm == (9.0, 10.0, 1.0)


def test_the_distance_to_the_target_is_the_one_to_begin_with(panel, qtbot):
    press(panel, 1)
    # The nerve runs along y = 0, z = 0; the bone's nearest voxel centres lie at y = 11, so its face at 10 mm.
    qtbot.waitUntil(lambda: panel.form.distance.figure.text() != "—")
    assert panel.form.distance.choice.currentText().startswith("Intercostal nerve T8")
    assert float(panel.form.distance.figure.text().removesuffix(" mm")) == pytest.approx(10.0, abs=0.5)


def _row(panel, start):
    QApplication.processEvents()  # new rows are shown by the event loop
    found = [w for w in panel.expected.children() if getattr(w, "accessibleName", str)().startswith(start)]
    return next(w for w in found if w.isVisible())


def test_a_missing_structure_is_waived_by_name_with_a_reason_and_withdrawn(panel, planned, qtbot):
    name, other = [r.expected for r in panel.expected._rows if r.is_missing][:2]
    name, other = name.name, Waiver(other.name, other.kind, "Dr Bo", "2026-01-02T03:04:05Z", "resected")
    shown = name[:1].upper() + name[1:]
    QTest.mouseClick(button(_row(panel, shown), "Waive…"), LEFT)
    form = _row(panel, f"Waive {name}")
    fields = {f.accessibleName(): f for f in form.findChildren(QLineEdit)}
    qtbot.waitUntil(lambda: planned.focusWidget() is fields[f"Reason: Waive {name}"])
    QTest.mouseClick(button(form, "Waive"), LEFT)
    assert "write why" in said(planned)
    QTest.keyClicks(fields[f"Reason: Waive {name}"], "outside ")
    # Another edit builds the rows anew; what is half typed stays, and so does the keyboard.
    assert panel.desk.apply(WaiveExpected(other))
    panel.desk.undo()
    form = _row(panel, f"Waive {name}")
    fields = {f.accessibleName(): f for f in form.findChildren(QLineEdit)}
    qtbot.waitUntil(lambda: planned.focusWidget() is fields[f"Reason: Waive {name}"])
    QTest.keyClicks(fields[f"Reason: Waive {name}"], "the scan")
    QTest.keyClicks(fields[f"Your name: Waive {name}"], "Dr Ada")
    QTest.keyClick(fields[f"Your name: Waive {name}"], Qt.Key.Key_Return)
    (waiver,) = panel.desk.session.plan.waivers
    assert (waiver.name, waiver.who, waiver.reason) == (name, "Dr Ada", "outside the scan")
    assert _row(panel, shown).accessibleName() == f"{shown}: waived by Dr Ada"
    QTest.mouseClick(button(_row(panel, shown), "Withdraw"), LEFT)
    assert not panel.desk.session.plan.waivers
    assert _row(panel, shown).accessibleName() == f"{shown}: missing"


def test_new_from_a_missing_row_makes_the_expected_structure(panel, qtbot):
    row = next(r for r in panel.expected._rows if r.is_missing)
    shown = row.expected.name[:1].upper() + row.expected.name[1:]
    QTest.mouseClick(button(_row(panel, shown), "New"), LEFT)
    made = structures(panel)[-1]
    assert (made.name, made.kind.value) == (shown, row.expected.kind)
    assert panel.desk.view.selected_structure == made.id
    assert panel.desk.view.tool is Tool.BRUSH
    wanted = f"{shown}: begun, empty"
    qtbot.waitUntil(lambda: wanted in [getattr(w, "accessibleName", str)() for w in panel.expected.children()])


def _fresh(case, name="Bone"):
    mask = np.zeros((30, 40, 50), dtype=bool)
    mask[2:5, 20:24, 20:30] = True
    ref = case.blobs.put(mask)
    return FreshMasks((SharedMask(name, StructureKind.BONE, None, ref, StructureOrigin.AUTOMATIC, "again"),))


def test_finding_twice_leaves_nothing_double(panel, planned, runner, case):
    for _ in range(2):
        QTest.mouseClick(button(panel, "Find all"), LEFT)
        assert not button(panel, "Find all").isEnabled()
        assert "being found" in button(panel, "Find all").toolTip()
        runner.requests(SegmentVolume)[-1].on_done(_fresh(case))
        assert button(panel, "Find all").isEnabled()
    assert [s.name for s in structures(panel)] == ["Skin", "Bone", "Aorta", "Kidney, left"]
    assert by_name(panel, "Bone").method == "again"
    assert "in the plan already" in said(planned)


def test_a_file_dropped_on_the_panel_is_read(panel, runner, case, planned):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/ct/lung.nii.gz")])
    actions, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    drop = QDropEvent(QPointF(50, 50), actions, data, Qt.MouseButton.LeftButton, none)
    panel.dropEvent(drop)
    (job,) = runner.requests(ImportStructures)
    assert job.request.path == "/ct/lung.nii.gz"
    job.on_done(FreshMasks(_fresh(case, "Rib").masks, ("It names no frame of reference.",)))
    assert by_name(panel, "Rib").kind is StructureKind.BONE
    assert planned.banners.sentence_of("NOTE") == "It names no frame of reference."


def test_confirmed_structures_are_exported_as_asked(panel, runner, planned, monkeypatch, tmp_path, app):
    QTest.keyClicks(panel.form.who, "Dr Ada")
    QTest.mouseClick(panel.form.confirm_button, LEFT)
    place = str(tmp_path / "out")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, **_k: (place, ""))
    panel.export()
    dialog = planned.findChild(ExportDialog)
    dialog.which.setCurrentIndex(1)
    dialog.form_choice.select_data(ExportForm.SEG_NRRD.value)
    dialog.form_choice.currentIndexChanged.emit(dialog.form_choice.currentIndex())
    assert "3D Slicer" in dialog._words.text()
    QTest.mouseClick(button(dialog, "Choose place…"), LEFT)
    (job,) = runner.requests(ExportStructures)
    assert job.request.structure_ids == ("s1",)
    assert (job.request.path, job.request.form) == (place, ExportForm.SEG_NRRD)
    job.on_done(Exported((f"{place}.seg.nrrd",)))
    assert said(planned) == f"Written in {tmp_path}: out.seg.nrrd."
    app.processEvents()


def test_figures_under_way_when_the_plan_was_closed_are_asked_for_again(panel, planned, case, runner, qtbot):
    def asked():
        kinds = (MeasureStructures, ApartStructures)
        return [j for kind in kinds for j in runner.requests(kind) if not j.cancelled]

    press(panel, 1)
    structure = panel.current
    pick(panel.form.distance.choice, f"structure {structures(panel)[-1].id}")
    qtbot.waitUntil(lambda: len({type(j.request) for j in asked()}) == 2)
    session, volume = planned.desk.session, planned.desk.volume
    planned.desk.close_session()
    assert not asked()
    again = Session(blobs=case.blobs, volume=session.volume, identity=session.identity, history=History(session.plan))
    planned.desk.open(again, volume)
    planned.desk.view.select_structure(structure.id)
    qtbot.waitUntil(lambda: len({type(j.request) for j in asked()}) == 2)
    assert any(structure.mask in getattr(j.request, "masks", ()) for j in asked())
