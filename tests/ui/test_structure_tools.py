"""Is the strip of tools there in its step alone, with its keys, and does each ask for the edit its fields say?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication

from planner.domain.mask_edit import (
    Boolean,
    BooleanKind,
    Combine,
    FillBetween,
    FillHoles,
    Grow,
    Islands,
    Margin,
    Smooth,
    Threshold,
)
from planner.services.structure_commands import AddStructures
from planner.services.tasks import EditMask
from planner.ui.actions import ACTIONS, STRUCTURES, keys_of
from planner.ui.steps import WorkStep
from planner.ui.structure_tools import STRUCTURE_TOOLS
from planner.ui.view_state import Tool
from tests.ui.tool_bench import (
    HAND,
    SHAPE_KJI,
    apply,
    ball,
    choose,
    click,
    open_patient,
    pick,
    seen,
    take_tool,
    type_value,
)


@pytest.fixture
def drawing(window):
    """The window in its Structures step, with a ball under the hand and another structure."""
    block = np.zeros(SHAPE_KJI, bool)
    block[5:9, 10:20, 10:20] = True
    open_patient(window, {"hand": ball((0.0, 0.0, 0.0), 15.0), "other": block})
    return window


def asked(runner):
    return runner.requests(EditMask)[-1].request


def end(runner):
    """End the last edit; what the panel has had measured meanwhile is none."""
    runner.requests(EditMask)[-1].on_failed(_cancelled())


def test_the_strip_is_there_in_its_step_alone_and_takes_the_timelines_place(drawing):
    page = drawing.plan
    assert page.strip.isVisible()
    assert not page.timeline.isVisible()
    take_tool(drawing, "Brush")
    assert (page.options.isVisible(), page.toolbar.isVisible()) == (True, False)
    drawing.go_to_step(WorkStep.TARGET)
    assert not page.strip.isVisible()
    assert page.timeline.isVisible()
    assert (page.options.isVisible(), page.toolbar.isVisible()) == (False, True)
    assert drawing.desk.view.tool is Tool.POINTER


def test_each_button_takes_its_tool_and_shows_its_options(drawing):
    strip, options = drawing.plan.strip, drawing.plan.options
    for entry in STRUCTURE_TOOLS:
        take_tool(drawing, entry.caption)
        assert drawing.desk.view.tool is entry.tool
        assert {page for page in options.pages.values() if page.isVisible()} == {options.pages[entry.tool]}
        down = [b.accessibleName() for b in strip.findChildren(QAbstractButton) if b.isChecked()]
        assert down == [entry.caption]
        take_tool(drawing, entry.caption)  # a second press is no second meaning
        assert drawing.desk.view.tool is entry.tool
        assert [b.accessibleName() for b in strip.findChildren(QAbstractButton) if b.isChecked()] == down
    take_tool(drawing, "Pointer")
    assert drawing.desk.view.tool is Tool.POINTER
    assert drawing.plan.toolbar.isVisible()


def test_escape_drops_the_points_first_and_then_the_tool(drawing):
    take_tool(drawing, "Tube")
    drawing.desk.view.set_draft(((0.0, 0.0, 0.0),))
    drawing.actions_by_id["cancel"].trigger()
    assert (drawing.desk.view.tool, drawing.desk.view.draft_lps_mm) == (Tool.TUBE, ())
    drawing.actions_by_id["cancel"].trigger()
    assert drawing.desk.view.tool is Tool.POINTER


def test_no_key_means_two_things_in_any_step():
    for is_structuring in (False, True):
        keys = [key for spec in ACTIONS for key in keys_of(spec, is_structuring=is_structuring)]
        assert len(set(keys)) == len(keys)
    assert not [spec.id for spec in ACTIONS if spec.group == STRUCTURES and keys_of(spec, is_structuring=False)]


def test_a_key_takes_the_brush_here_and_places_the_target_elsewhere(drawing, qtbot):
    axial = drawing.plan.grid.slices[0]
    drawing.activateWindow()
    axial.setFocus()
    qtbot.waitUntil(axial.hasFocus)
    QTest.keyClick(axial, Qt.Key.Key_B)
    assert drawing.desk.view.tool is Tool.BRUSH
    QTest.keyClick(axial, Qt.Key.Key_E)
    assert drawing.desk.view.tool is Tool.ERASE
    size = drawing.desk.view.paint.diameter_mm
    QTest.keyClick(axial, Qt.Key.Key_BracketRight)
    assert drawing.desk.view.paint.diameter_mm > size
    QTest.keyClick(axial, Qt.Key.Key_BracketLeft)
    QTest.keyClick(axial, Qt.Key.Key_BracketLeft)
    assert drawing.desk.view.paint.diameter_mm < size
    assert f"{drawing.desk.view.paint.diameter_mm:.1f} mm" in drawing.plan.options.pages[Tool.ERASE].diameter.text()
    QTest.keyClick(axial, Qt.Key.Key_Escape)
    assert drawing.desk.view.tool is Tool.POINTER
    drawing.go_to_step(WorkStep.PROBES)
    axial.setFocus()
    QTest.keyClick(axial, Qt.Key.Key_B)
    assert drawing.plan.rail.current is WorkStep.TARGET


def test_a_button_says_its_name_its_key_and_what_it_does(drawing):
    brush = seen(drawing.plan.strip, QAbstractButton, "Brush")
    assert brush.toolTip() == "Brush, B\nPaint with a round brush, in a slice or as a ball"
    assert brush.text() == "Brush"


def test_what_is_off_says_why(drawing):
    assert drawing.actions_by_id["size_larger"].toolTip().endswith("first.")
    drawing.go_to_step(WorkStep.FREEZE)
    for entry in STRUCTURE_TOOLS:
        action = drawing.actions_by_id[entry.action_id]
        assert not action.isEnabled()
        assert "Go to the Structures step first." in action.toolTip()
    drawing.go_to_step(WorkStep.STRUCTURES)
    take_tool(drawing, "Tube")
    assert not drawing.plan.options.apply_button.isEnabled()
    assert "two points" in drawing.plan.options.apply_button.toolTip()


def test_the_brush_and_its_limits_are_what_the_fields_say(drawing):
    take_tool(drawing, "Brush")
    type_value(drawing, "Diameter", "5.5")
    choose(drawing, "Brush form: Sphere")
    pick(drawing, "Only inside", "Other")
    only_hu = drawing.plan.options.limits.only_hu
    click(only_hu, only_hu.rect().topLeft() + only_hu.rect().center() / 4)
    type_value(drawing, "Only HU from", "-35")
    type_value(drawing, "Only HU to", "80")
    paint = drawing.desk.view.paint
    assert (paint.diameter_mm, paint.is_sphere, paint.inside, paint.low_hu, paint.high_hu) == (
        5.5,
        True,
        "other",
        -35.0,
        80.0,
    )
    type_value(drawing, "Only HU from", "200")  # an end that passes the other takes it along
    assert (drawing.desk.view.paint.low_hu, drawing.desk.view.paint.high_hu) == (200.0, 200.0)
    choose(drawing, "Brush form: 2-D")
    assert not drawing.desk.view.paint.is_sphere
    take_tool(drawing, "Margin")
    assert drawing.plan.options.limits.isVisible()  # what limits the brush limits this, too, and is seen


def test_a_limit_goes_with_its_structure(drawing):
    from planner.services.structure_commands import RemoveStructure

    take_tool(drawing, "Brush")
    pick(drawing, "Only inside", "Other")
    assert drawing.desk.view.paint.inside == "other"
    drawing.desk.apply(RemoveStructure("other", "Other"))
    assert drawing.desk.view.paint.inside is None
    assert drawing.plan.options.limits.inside.currentText() == "Anywhere"


@pytest.mark.parametrize(("method", "combine"), [("", Combine.REPLACE), ("edited: brush", Combine.ADD)])
def test_a_threshold_adds_to_what_is_drawn_unless_told_otherwise(drawing, runner, method, combine):
    structure = drawing.desk.session.plan.structure(HAND)
    drawing.desk.apply(AddStructures((replace(structure, method=method),)))
    take_tool(drawing, "Threshold")
    apply(drawing)
    assert asked(runner).edit.combine is combine


def test_threshold_is_seen_before_it_is_applied(drawing, runner):
    painting = drawing.desk.painting
    assert painting.preview_hu is None
    take_tool(drawing, "Threshold")
    assert painting.preview_hu == (200.0, 3071.0)
    type_value(drawing, "Threshold from", "150")
    assert painting.preview_hu == (150.0, 3071.0)
    type_value(drawing, "Threshold to", "400")
    assert painting.preview_hu == (150.0, 400.0)
    assert not runner.requests(EditMask)
    pick(drawing, "New voxels", "Add")
    apply(drawing)
    request = asked(runner)
    assert request.edit == Threshold((150.0, 400.0), Combine.ADD)
    assert request.edit.combine is Combine.ADD  # not a text that is equal to it
    assert request.mask == drawing.desk.session.plan.structure(HAND).mask
    assert painting.preview_hu is None
    type_value(drawing, "Threshold to", "500")
    assert painting.preview_hu == (150.0, 500.0)
    take_tool(drawing, "Pointer")
    assert painting.preview_hu is None


def test_the_range_is_seen_while_it_is_typed_and_applied_as_it_stands(drawing, runner):
    take_tool(drawing, "Threshold")
    options = drawing.plan.options
    low = options.pages[Tool.THRESHOLD].range.low
    click(low)
    low.selectAll()
    shown = []
    for digit in "-120":
        QTest.keyClicks(low, digit)
        shown.append(drawing.desk.painting.preview_hu)
    assert shown[-3:] == [(-1.0, 3071.0), (-12.0, 3071.0), (-120.0, 3071.0)]
    QTest.keyClick(low, Qt.Key.Key_Up)
    assert drawing.desk.painting.preview_hu == (-110.0, 3071.0)
    low.selectAll()
    QTest.keyClicks(low, "60")
    options.apply()  # the press itself, without the focus going to the button
    assert asked(runner).edit == Threshold((60.0, 3071.0))


def test_the_tint_keeps_to_the_limit_in_hu(drawing):
    take_tool(drawing, "Threshold")
    only_hu = drawing.plan.options.limits.only_hu
    click(only_hu, only_hu.rect().center() / 4)
    type_value(drawing, "Only HU to", "500")
    type_value(drawing, "Only HU from", "300")
    assert drawing.desk.painting.preview_hu == (300.0, 500.0)
    click(only_hu, only_hu.rect().center() / 4)
    assert drawing.desk.painting.preview_hu == (200.0, 3071.0)


def test_ready_ranges_are_in_the_menu(drawing, runner):
    take_tool(drawing, "Threshold")
    menu = drawing.plan.options.pages[Tool.THRESHOLD].presets.menu()
    menu.aboutToShow.emit()
    names = [entry.text() for entry in menu.actions()]
    for wanted in ("Bone", "Fat", "Soft tissue", "Lung", "Gas", "Contrast"):
        assert any(name.startswith(wanted) for name in names)
    next(entry for entry in menu.actions() if entry.text().startswith("Fat")).trigger()
    assert drawing.desk.painting.preview_hu == (-190.0, -30.0)
    apply(drawing)
    assert asked(runner).edit == Threshold((-190.0, -30.0))


def test_a_range_can_become_the_limit_of_the_brush(drawing):
    take_tool(drawing, "Threshold")
    type_value(drawing, "Threshold from", "-40")
    type_value(drawing, "Threshold to", "90")
    menu = drawing.plan.options.pages[Tool.THRESHOLD].presets.menu()
    menu.aboutToShow.emit()
    next(entry for entry in menu.actions() if entry.text() == "Draw only from −40 to 90 HU").trigger()
    view = drawing.desk.view
    assert (view.tool, view.paint.low_hu, view.paint.high_hu) == (Tool.BRUSH, -40.0, 90.0)
    assert drawing.plan.options.limits.only_hu.isChecked()
    assert drawing.plan.options.limits.range.hu == (-40.0, 90.0)


def test_every_whole_mask_tool_asks_for_what_its_fields_say(drawing, runner):
    other = drawing.desk.session.plan.structure("other")
    take_tool(drawing, "Grow")
    type_value(drawing, "Reach", "22")
    apply(drawing)
    assert asked(runner).edit == Grow(22.0, (other.mask,))
    take_tool(drawing, "Margin")
    choose(drawing, "Direction: Shrink")
    type_value(drawing, "Distance", "2.5")
    end(runner)
    apply(drawing)
    assert asked(runner).edit == Margin(-2.5)
    take_tool(drawing, "Smooth")
    type_value(drawing, "Size", "3")
    end(runner)
    apply(drawing)
    assert asked(runner).edit == Smooth(3.0)
    take_tool(drawing, "Islands")
    end(runner)
    apply(drawing)
    assert asked(runner).edit == Islands(None)
    choose(drawing, "Islands: Remove below")
    type_value(drawing, "Smallest part", "0.25")
    end(runner)
    apply(drawing)
    assert asked(runner).edit == Islands(0.25)
    take_tool(drawing, "Fill holes")
    choose(drawing, "Holes: In each slice")
    end(runner)
    apply(drawing)
    assert asked(runner).edit == FillHoles(in_slices=True)
    take_tool(drawing, "Boolean")
    choose(drawing, "Operation: Subtract")
    end(runner)
    apply(drawing)
    assert asked(runner).edit == Boolean(BooleanKind.SUBTRACT, other.mask, "Other")


def test_between_finds_the_axis_by_itself(window, runner, qtbot):
    drawn = np.zeros(SHAPE_KJI, bool)
    drawn[10:30, 20, 15:25] = drawn[10:30, 32, 15:25] = True  # two coronal slices
    open_patient(window, {"hand": drawn})
    take_tool(window, "Between")
    options = window.plan.options
    qtbot.waitUntil(lambda: "to fill" in options.pages[Tool.BETWEEN].words.text())
    assert options.pages[Tool.BETWEEN].words.text() == "2 coronal slices drawn, 11 to fill"
    apply(window)
    assert asked(runner).edit == FillBetween(1)


def test_between_says_when_there_is_nothing_to_fill(drawing, qtbot):
    take_tool(drawing, "Between")
    options = drawing.plan.options
    qtbot.waitUntil(lambda: not options.apply_button.isEnabled())
    assert "Nothing to fill" in options.apply_button.toolTip()


def test_without_a_structure_it_says_what_to_do(drawing, runner):
    drawing.desk.view.select_structure(None)
    take_tool(drawing, "Smooth")
    apply(drawing)
    assert not runner.requests(EditMask)
    assert "structure in the list first" in drawing.status.sentence.whole_text()


def test_the_points_of_a_tube_stay_while_nothing_can_be_done_with_them(drawing, runner):
    view, points = drawing.desk.view, ((0.0, 0.0, 0.0), (0.0, 9.0, 0.0))
    take_tool(drawing, "Tube")
    view.set_draft(points)
    view.toggle_structure(HAND)
    apply(drawing)
    assert not runner.requests(EditMask)
    assert view.draft_lps_mm == points
    view.toggle_structure(HAND)
    apply(drawing)
    assert view.draft_lps_mm == ()
    view.set_draft(points)
    apply(drawing)  # the first one is still under way
    assert len(runner.requests(EditMask)) == 1
    assert view.draft_lps_mm == points


def test_a_running_edit_is_seen_and_can_be_cancelled(drawing, runner):
    take_tool(drawing, "Smooth")
    apply(drawing)
    before = drawing.desk.session.plan
    (job,) = [job for job in drawing.desk.jobs.running if not job.is_quiet]
    assert "moothed" in job.verb
    drawing.desk.jobs.cancel(job)
    assert runner.requests(EditMask)[-1].cancelled
    assert drawing.desk.session.plan is before


def test_views_keep_their_share_and_nothing_is_cut_off(drawing, qtbot):
    options = drawing.plan.options
    heights = set()
    for width, height in ((1366, 768), (1920, 1080)):
        drawing.resize(width, height)
        for entry in STRUCTURE_TOOLS:
            take_tool(drawing, entry.caption)
            QApplication.processEvents()
            assert drawing.plan.grid.width() >= 0.6 * width
            assert max(w.geometry().right() for w in (options._window, options._layout)) <= options.width()
            page = options.pages[entry.tool]
            qtbot.waitUntil(lambda page=page: page.width() >= page.sizeHint().width())
            heights.add((width, options.height()))
            assert options.limits.width() >= options.limits.sizeHint().width()
            assert drawing.width() == width
        bottom = seen(drawing.plan.strip, QAbstractButton, "Boolean").geometry().bottom()
        assert bottom <= drawing.plan.strip.height()
    assert heights == {(1366, 74), (1920, 40)}  # the views do not jump from tool to tool


def _cancelled():
    from planner.domain.errors import Cancelled

    return Cancelled()
