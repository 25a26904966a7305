"""Does the target step do what a radiologist does there? Real clicks and keys in a real window on the small block.

The block fills y from −30 to 30 mm; its nerve t1 runs along x from −20 to 20 mm, treated from 10 to 30 mm of it. Its
middle is at x = 0, so what lies at positive x lies on the patient's left.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDoubleSpinBox, QLabel, QLineEdit

from planner.domain.geometry import Side
from planner.domain.identity import StructureId
from planner.domain.structure import Structure, StructureKind, StructureOrigin
from planner.domain.target import DiagnosticBlock, NerveCurve, TargetBody
from planner.persistence.resources import atlas, rule_set
from planner.planning.landmarks import landmark_course
from planner.planning.permission import NO_BLOCK, OFF_LABEL, open_findings
from planner.services.structure_commands import AddStructures
from planner.services.target_commands import PutTarget
from planner.ui.panels.target_card import Fold, statements_of
from planner.ui.steps import WorkStep
from planner.ui.view_state import Tool

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def panel(planned, qtbot):
    planned.go_to_step(WorkStep.TARGET)
    planned.desk.view.select_target("t1")
    planned.desk.apply(PutTarget(replace(target_of(planned), block=None)))
    qtbot.waitUntil(lambda: not planned.plan.target.sides.is_busy)
    return planned.plan.target


def target_of(window, at=0):
    return window.desk.session.plan.targets[at]


def seen(root, kind, name):
    QApplication.processEvents()
    found = [w for w in root.findChildren(kind) if w.isVisible() and name in (w.accessibleName(), w.text())]
    assert len(found) == 1, [(w.accessibleName(), w.text()) for w in root.findChildren(kind) if w.isVisible()]
    return found[0]


def press(root, text):
    QTest.mouseClick(seen(root, QAbstractButton, text), LEFT)
    QApplication.processEvents()


def write(root, name, text, kind=QLineEdit):
    field = seen(root, kind, name)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    is_length = kind is QDoubleSpinBox or name.startswith(("Source", "Treated"))
    QTest.keyClick(field, Qt.Key.Key_Return if is_length else Qt.Key.Key_Tab)


def spot(view, lps_mm):
    x, y = view.plane.to_px(lps_mm)
    return QPoint(round(float(x)), round(float(y)))


# --- the block and the answers -------------------------------------------------------------------------------------


def test_a_block_is_recorded_in_place_and_asked_for_no_more(planned, panel):
    assert [f.finding.code for f in open_findings(planned.desk.session.plan, atlas())] == [NO_BLOCK]
    press(panel, "Record it")
    write(panel, "Day of the block", "2026-01-14")
    write(panel, "Agent of the block", "5 mL lidocaine 1 %")
    write(panel, "Relief by the block", "80", QDoubleSpinBox)
    write(panel, "How long the block lasted", "3 h")
    press(panel, "Keep the block")
    assert target_of(planned).block == DiagnosticBlock("2026-01-14", "5 mL lidocaine 1 %", 80.0, "3 h")
    assert not open_findings(planned.desk.session.plan, atlas())
    assert planned.desk.session.undo_label.startswith("record the block of")
    assert panel.editor.block.form is None
    planned._do("undo")
    assert target_of(planned).block is None
    assert len(panel.editor.block.answers) == 1


def test_a_block_without_its_day_is_not_kept_and_nothing_typed_is_lost(planned, panel):
    press(panel, "Record it")
    write(panel, "Agent of the block", "lidocaine")
    press(panel, "Keep the block")
    assert target_of(planned).block is None
    assert "when" in planned.status.sentence.whole_text()
    assert seen(panel, QLineEdit, "Agent of the block").text() == "lidocaine"


def test_relief_not_said_is_none_and_no_relief_is_nought(planned, panel):
    press(panel, "Record it")
    write(panel, "Day of the block", "2026-01-14")
    press(panel, "Keep the block")
    assert target_of(planned).block.relief_percent is None
    press(panel, "Change: diagnostic block")
    write(panel, "Relief by the block", "0", QDoubleSpinBox)
    press(panel, "Keep the block")
    assert target_of(planned).block.relief_percent == 0.0


def test_a_block_not_done_is_answered_by_name_and_reason_and_can_be_taken_back(planned, panel):
    press(panel, "Not done")
    name = "block not recorded, Midline intercostal nerve T8"
    press(panel, "Acknowledge")
    assert "why" in planned.status.sentence.whole_text()
    write(panel, f"Reason: {name}", "Cancer pain, days to live")
    write(panel, f"Your name: {name}", "Dr. Roe")
    press(panel, "Acknowledge")
    answer = planned.desk.session.plan.acknowledgements[-1]
    assert (answer.finding_code, answer.who, answer.reason) == (NO_BLOCK, "Dr. Roe", "Cancer pain, days to live")
    assert answer.subject_id == "t1"
    assert not open_findings(planned.desk.session.plan, atlas())
    press(panel, "Withdraw")
    assert len(open_findings(planned.desk.session.plan, atlas())) == 1


def test_the_keyboard_stays_with_the_answer_that_was_given(planned, panel, qtbot):
    press(panel, "Not done")
    write(panel, "Reason: block not recorded, " + target_of(planned).words, "none possible")
    name = seen(panel, QLineEdit, "Your name: block not recorded, " + target_of(planned).words)
    name.setText("A. Reader")
    name.setFocus()
    QTest.keyClick(name, Qt.Key.Key_Return)
    assert not open_findings(planned.desk.session.plan, atlas())
    qtbot.waitUntil(lambda: isinstance(planned.focusWidget(), QAbstractButton))
    assert panel.editor.block.isAncestorOf(planned.focusWidget())


def test_one_answer_is_given_at_a_time(panel):
    press(panel, "Not done")
    assert panel.editor.block.answers[0].form is not None
    press(panel, "Record it")
    assert panel.editor.block.answers[0].form is None
    assert panel.editor.block.form is not None
    press(panel, "Not done")
    assert panel.editor.block.form is None


def test_an_off_label_target_is_answered_for_itself(planned, panel):
    body = TargetBody((0.0, 10.0, 0.0), (0.0, 0.0, 1.0), 20.0, 10.0)
    off = replace(target_of(planned), atlas_id="superior_hypogastric", name="Superior hypogastric plexus", course=body)
    planned.desk.apply(PutTarget(off))
    codes = [answer.found.finding.code for answer in panel.editor.block.answers]
    assert codes[0] == OFF_LABEL
    answer = panel.editor.block.answers[0]
    press(answer, "Acknowledge")
    name = f"off-label target, {off.words}"
    write(answer, f"Reason: {name}", "Last resort")
    write(answer, f"Your name: {name}", "Dr. Roe")
    QTest.keyClick(seen(answer, QLineEdit, f"Your name: {name}"), Qt.Key.Key_Return)
    left = [f.finding.code for f in open_findings(planned.desk.session.plan, atlas())]
    assert OFF_LABEL not in left


# --- lengths with their reason -------------------------------------------------------------------------------------


def test_no_diameter_is_used_before_somebody_says_where_it_comes_from(planned, panel):
    planned.desk.apply(PutTarget(replace(target_of(planned), diameter_mm=None, diameter_source="")))
    assert "NOT ASSESSED" in panel.editor.diameter.note.text()
    write(panel, "Diameter", "2.5", QDoubleSpinBox)
    assert target_of(planned).diameter_mm is None
    assert "where the diameter comes from" in planned.status.sentence.whole_text()
    write(panel, "Source of the diameter", "Ultrasound, 2026-01-10")
    assert (target_of(planned).diameter_mm, target_of(planned).diameter_source) == (2.5, "Ultrasound, 2026-01-10")


def test_the_atlas_figure_is_taken_with_its_source_when_asked(planned, panel):
    planned.desk.apply(PutTarget(replace(target_of(planned), atlas_id="pudendal", name="Pudendal nerve")))
    press(panel, "Use the atlas's diameter")
    entry = next(e for e in atlas() if e.id == "pudendal")
    assert target_of(planned).diameter_mm == entry.diameter_mm.value
    assert entry.diameter_mm.source in target_of(planned).diameter_source


def test_the_end_organ_is_optional_and_needs_its_source_too(planned, panel):
    assert "Recovery is NOT ASSESSED" in panel.editor.organ.note.text()
    write(panel, "End organ", "120", QDoubleSpinBox)
    assert target_of(planned).end_organ_mm is None
    write(panel, "Source of the end organ", "Along the rib on CT")
    assert (target_of(planned).end_organ_mm, target_of(planned).end_organ_source) == (120.0, "Along the rib on CT")
    rates = rule_set(planned.desk.session.plan.rule_set_id).regrowth_mm_per_day
    fastest, slowest = max(r.upper or r.value for r in rates), min(r.value for r in rates)
    told = panel.editor.organ.note.text()
    assert told.startswith(f"Recovery {120 / fastest:.0f} to {120 / slowest:.0f} days (")


# --- the treated part ----------------------------------------------------------------------------------------------


def test_the_treated_part_is_typed(planned, panel):
    write(panel, "Treated from", "12.5", QDoubleSpinBox)
    assert target_of(planned).course.segment_mm == (12.5, 30.0)
    write(panel, "Treated to", "99", QDoubleSpinBox)
    assert target_of(planned).course.segment_mm == pytest.approx((12.5, 40.0))
    press(panel, "Whole")
    assert target_of(planned).course.segment_mm is None


def test_a_bracket_of_the_bar_is_dragged_in_one_undo_step(planned, panel):
    bar = panel.editor.segment.bar
    begin, end = (QPoint(round(bar.x_px(mm)), bar.height() // 2) for mm in (10.0, 4.0))
    QTest.mousePress(bar, LEFT, pos=begin)
    for share in (0.3, 0.6, 1.0):
        QTest.mouseMove(bar, begin + (end - begin) * share)
    assert target_of(planned).course.segment_mm == (10.0, 30.0)
    QTest.mouseRelease(bar, LEFT, pos=end)
    px_mm = 40.0 / bar.width()
    assert target_of(planned).course.segment_mm == pytest.approx((4.0, 30.0), abs=1.5 * px_mm)
    assert planned.desk.session.undo_label.startswith("set the treated part of")
    planned._do("undo")
    assert target_of(planned).course.segment_mm == (10.0, 30.0)


def test_a_bracket_never_passes_the_other(planned, panel):
    bar = panel.editor.segment.bar
    QTest.mousePress(bar, LEFT, pos=QPoint(round(bar.x_px(10.0)), 8))
    QTest.mouseMove(bar, QPoint(bar.width() - 2, 8))
    QTest.mouseRelease(bar, LEFT, pos=QPoint(bar.width() - 2, 8))
    assert target_of(planned).course.segment_mm == (29.0, 30.0)


@pytest.mark.parametrize("layout", ["four-up", "nerve"])
def test_a_nerve_shortened_beyond_its_treated_part_is_drawn_and_said(planned, panel, layout):
    """The part begins 10 mm along; the curve is then only 8 mm long: pictures go on, the form asks."""
    planned.desk.view.set_layout(layout)
    short = NerveCurve(((-20.0, 0.0, 0.0), (-12.0, 0.0, 0.0)), (10.0, 30.0))
    planned.desk.apply(PutTarget(replace(target_of(planned), course=short)))
    planned.grab()
    assert panel._model.rows[0].state.words == "Treated part beyond the curve"
    assert "choose it anew" in panel.editor.segment._words.text()
    press(panel, "Whole")
    assert target_of(planned).course.segment_mm is None


# --- marking -------------------------------------------------------------------------------------------------------


def test_landmarks_are_clicked_one_after_the_other_and_a_template_appears(planned, panel):
    axial = planned.plan.grid.views["axial"]
    entry = next(e for e in atlas() if e.id == "intercostal")
    press(panel.editor.ways, "Landmarks")
    view = planned.desk.view
    assert view.tool is Tool.LANDMARKS
    assert view.prompts == tuple(mark.name for mark in entry.landmarks)
    spread = [(-25.0, -12.0), (-5.0, 15.0), (22.0, -8.0), (30.0, 18.0)][: len(entry.landmarks)]
    for number, (x, y) in enumerate(spread):
        assert axial.tool.hint().startswith(f"{number + 1} of {len(spread)}: ")
        QApplication.processEvents()
        assert planned.plan.target.guide.isVisible()
        words = [w.text() for w in panel.guide.findChildren(QLabel) if w.isVisible()]
        assert any(entry.landmarks[number].name.lower() in word.lower() for word in words)
        QTest.mouseClick(axial, LEFT, pos=spot(axial, (x, y, 0.0)))
    assert view.tool is Tool.POINTER
    assert not panel.guide.isVisible()
    clicked = [tuple(axial.plane.to_lps((p.x(), p.y()))) for p in (spot(axial, (*xy, 0.0)) for xy in spread)]
    truth = landmark_course(entry, clicked, target_of(planned).side)
    assert np.allclose(target_of(planned).course.points_lps_mm, truth, atol=0.01)
    assert planned.desk.session.undo_label.startswith("redraw")


def test_escape_drops_the_marks_and_stop_puts_the_tool_down(planned, panel):
    axial = planned.plan.grid.views["axial"]
    press(panel.editor.ways, "Landmarks")
    QTest.mouseClick(axial, LEFT, pos=spot(axial, (-25.0, -12.0, 0.0)))
    assert len(planned.desk.view.draft_lps_mm) == 1
    QTest.keyClick(axial, Qt.Key.Key_Escape)
    assert planned.desk.view.draft_lps_mm == ()
    assert planned.desk.view.tool is Tool.LANDMARKS
    press(panel.guide, "Stop")
    assert planned.desk.view.tool is Tool.POINTER
    assert len(target_of(planned).course.points_lps_mm) == 3


def test_a_course_follows_a_structure_between_two_clicks(planned, panel, case, qtbot):
    grid = planned.desk.session.plan.volume.grid
    k, j, i = np.indices(grid.shape_kji)
    places = grid.to_lps(np.stack([i, j, k], axis=-1))
    rod = np.hypot(places[..., 1] - 10.0, places[..., 2]) <= 5.0
    ref = case.blobs.put(rod)
    bone = Structure(StructureId("b1"), "Rib 8", StructureKind.BONE, ref, StructureOrigin.DRAWN)
    planned.desk.apply(AddStructures((bone,)))
    axial = planned.plan.grid.views["axial"]
    press(panel, "Along a structure")
    write(panel, "Distance from the structure's surface", "3", QDoubleSpinBox)
    press(panel, "Click both ends")
    assert planned.desk.view.tool is Tool.PATH
    for x in (-30.0, 30.0):
        QTest.mouseClick(axial, LEFT, pos=spot(axial, (x, 2.0, 0.0)))
    qtbot.waitUntil(lambda: not panel.marking.is_finding, timeout=20000)
    course = target_of(planned).course
    points = np.asarray(course.points_lps_mm)
    assert points[0, :2] == pytest.approx((-30.0, 2.0), abs=axial.plane.mm_per_px)
    assert np.hypot(points[:, 1] - 10.0, points[:, 2]) == pytest.approx(8.0, abs=1.0)
    assert course.segment_mm is None
    assert "drag them onto the nerve" in planned.status.sentence.whole_text()


def test_a_refused_course_is_said_and_nothing_changes(planned, panel, case, qtbot):
    grid = planned.desk.session.plan.volume.grid
    far = np.zeros(grid.shape_kji, np.bool_)
    far[2:5, 2:5, 2:5] = True
    bone = Structure(StructureId("b1"), "Rib 8", StructureKind.BONE, case.blobs.put(far), StructureOrigin.DRAWN)
    planned.desk.apply(AddStructures((bone,)))
    before = target_of(planned)
    axial = planned.plan.grid.views["axial"]
    press(panel, "Along a structure")
    press(panel, "Click both ends")
    for x in (0.0, 30.0):
        QTest.mouseClick(axial, LEFT, pos=spot(axial, (x, 20.0, 0.0)))
    qtbot.waitUntil(lambda: not panel.marking.is_finding, timeout=20000)
    assert planned.banners.sentence_of("REFUSED")
    assert target_of(planned) == before


def test_a_tool_taken_before_a_nerve_is_chosen_leads_to_the_choice(planned, panel, qtbot):
    planned.go_to_step(WorkStep.PROBES)
    planned.desk.view.set_tool(Tool.NERVE)
    qtbot.waitUntil(lambda: planned.desk.view.tool is Tool.POINTER)
    assert planned.plan.rail.current is WorkStep.TARGET
    assert panel.new.isVisible()
    assert planned.status.sentence.whole_text() == "Choose the nerve or ganglion."


def test_what_was_edited_while_the_nerve_was_redrawn_is_kept(planned, panel):
    panel._redraw()
    planned.desk.apply(PutTarget(replace(target_of(planned), level="T7")))
    planned.plan.grid.new_nerve.emit(((-20.0, 5.0, 0.0), (20.0, 5.0, 0.0)))
    assert target_of(planned).level == "T7"
    assert target_of(planned).course.points_lps_mm == ((-20.0, 5.0, 0.0), (20.0, 5.0, 0.0))
    assert "whole of it is treated" in planned.status.sentence.whole_text()


def test_a_redraw_that_was_given_up_is_forgotten(planned, panel, qtbot):
    panel._redraw()
    planned.desk.view.set_tool(Tool.POINTER)
    qtbot.waitUntil(lambda: panel.marking.wanted is None)
    planned.desk.view.set_tool(Tool.NERVE)
    qtbot.waitUntil(lambda: planned.desk.view.tool is Tool.POINTER)  # nothing to mark: the form asks


# --- several targets -----------------------------------------------------------------------------------------------


def test_the_other_side_is_mirrored_at_the_bodys_middle(planned, panel, qtbot):
    right = NerveCurve(((-40.0, 5.0, 0.0), (-25.0, 5.0, 0.0), (-15.0, 5.0, 2.0)))
    planned.desk.apply(PutTarget(replace(target_of(planned), side=Side.RIGHT, course=right)))
    panel.editor.mirror_asked.emit()
    qtbot.waitUntil(lambda: len(planned.desk.session.plan.targets) == 2)
    left = target_of(planned, 1)
    assert left.side is Side.LEFT
    assert np.allclose(left.course.points_lps_mm, np.asarray(right.points_lps_mm) * (-1, 1, 1), atol=1.1)
    assert left.block is None
    assert planned.desk.view.selected_target == left.id
    qtbot.waitUntil(lambda: not panel.sides.is_busy)
    assert "left, as typed" in panel.editor._side_says.text()


def test_another_level_is_placed_with_one_click(planned, panel):
    axial = planned.plan.grid.views["axial"]
    panel.editor.level_asked.emit("T9")
    assert planned.desk.view.tool is Tool.LANDMARKS
    QTest.mouseClick(axial, LEFT, pos=spot(axial, (-20.0, 12.0, 0.0)))
    copy = target_of(planned, 1)
    assert copy.level == "T9"
    shift = np.subtract(copy.course.points_lps_mm, target_of(planned).course.points_lps_mm)
    assert np.allclose(shift, shift[0])
    assert shift[0][:2] == pytest.approx((0.0, 12.0), abs=axial.plane.mm_per_px)
    assert [row.target.level for row in panel._model.rows] == ["T8", "T9"]


def test_rows_are_walked_by_keys_and_delete_removes(planned, panel):
    other = replace(target_of(planned), id="t2", level="T9")
    planned.desk.apply(PutTarget(other))
    panel.list.setFocus()
    QTest.keyClick(panel.list, Qt.Key.Key_Down)
    assert planned.desk.view.selected_target == "t2"
    assert panel.editor.level.text() == "T9"
    QTest.keyClick(panel.list, Qt.Key.Key_Delete)
    assert [t.id for t in planned.desk.session.plan.targets] == ["t1"]
    planned._do("undo")
    assert len(planned.desk.session.plan.targets) == 2


def test_a_wrong_side_is_told_from_the_anatomy_and_a_right_one_too(planned, panel, qtbot):
    """H-16: typed right, but the nerve lies 30 mm to the left of the body's middle."""
    left = NerveCurve(((20.0, 0.0, 0.0), (40.0, 0.0, 0.0)))
    planned.desk.apply(PutTarget(replace(target_of(planned), side=Side.RIGHT, course=left)))
    qtbot.waitUntil(lambda: not panel.sides.is_busy)
    assert panel._model.rows[0].state.style.word == "CHECK SIDE"
    assert "Correct the side" in panel.editor._side_says.text()
    side = panel.editor.side
    side.setCurrentIndex(side.findData(Side.LEFT))
    side.activated.emit(side.currentIndex())
    qtbot.waitUntil(lambda: not panel.sides.is_busy)
    assert target_of(planned).side is Side.LEFT
    assert panel._model.rows[0].state.style.word == "ANSWER"


def test_a_nerve_drawn_outside_the_body_is_remarked(planned, panel, qtbot):
    out = NerveCurve(((0.0, 20.0, 0.0), (0.0, 38.0, 0.0)))
    planned.desk.apply(PutTarget(replace(target_of(planned), course=out, block=DiagnosticBlock("2026-01-14"))))
    qtbot.waitUntil(lambda: not panel.sides.is_busy)
    assert "outside the body" in panel.editor._place_says.text()
    assert panel._model.rows[0].state.words == "Lies outside the body"


# --- the atlas -----------------------------------------------------------------------------------------------------


def test_everything_the_atlas_says_is_in_the_card_with_source_and_status():
    for entry in atlas():
        groups = dict(statements_of(entry))
        said = [s for group in groups.values() for s in group]
        for text in (*entry.levels, *entry.approaches, *entry.risks, *entry.protocols, *entry.outcomes):
            shown = next((s for s in said if s.text == text.text), None)
            assert shown is not None or text.status.value == "missing", (entry.id, text)
            if shown is not None:
                assert text.source in shown.origin
                assert text.status.value in shown.origin
                assert shown.is_verified is text.status.is_verified
        assert len(groups["Landmarks"]) == len(entry.landmarks)
        assert {s.text.lower() for s in groups["Nearby"]} == {e.name.lower() for e in entry.expected}


def test_a_fold_opens_in_place_and_stays_open_for_the_next_target(planned, panel):
    card = panel.editor.card
    fold = next(f for f in card.findChildren(Fold) if f.button.text() == "Risks")
    assert not fold._body.isVisibleTo(fold)
    fold.button.click()
    assert fold._body.isVisibleTo(fold)
    planned.desk.apply(PutTarget(replace(target_of(planned), atlas_id="pudendal", name="Pudendal nerve")))
    QApplication.processEvents()
    again = next(f for f in card.findChildren(Fold) if f.button.text() == "Risks" and f.isVisibleTo(card))
    assert again._body.isVisibleTo(again)
