"""Do the tools worked by clicks in real slices draw what they say: a connected region, a tube along points?"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from planner.domain.mask_edit import Combine
from planner.ui.slices.tools.connected import region_at
from planner.ui.slices.tools.tube import tube_of
from planner.ui.view_state import Tool
from tests.ui.tool_bench import (
    BALL_MM,
    BALL_RADIUS_MM,
    SHAPE_KJI,
    apply,
    ball,
    choose,
    click,
    make_hu,
    mask_of,
    open_patient,
    place_px,
    places_mm,
    take_tool,
    type_value,
)

DRAWN = np.zeros(SHAPE_KJI, bool)
DRAWN[2:5, 2:5, 2:5] = True


def axial_at(window, lps_mm):
    """Return the axial view, looking at a point."""
    window.desk.look_at(lps_mm)
    QApplication.processEvents()
    return window.plan.grid.slices[0]


def hover(view, at: QPoint) -> None:
    QTest.mouseMove(view, at)
    QApplication.processEvents()


def test_a_click_takes_the_region_that_hangs_together(bench):
    session = open_patient(bench, {"hand": DRAWN})
    take_tool(bench, "Region")
    type_value(bench, "Tolerance", "30")
    view = axial_at(bench, BALL_MM)
    click(view, place_px(view, BALL_MM))
    # The second ball of 300 HU does not hang together with the first.
    np.testing.assert_array_equal(mask_of(session), DRAWN | ball(BALL_MM, BALL_RADIUS_MM))
    assert bench.desk.view.tool is Tool.CONNECTED
    click(bench.top._undo)
    np.testing.assert_array_equal(mask_of(session), DRAWN)


def test_remove_and_shift_take_the_region_away(bench):
    whole = ball(BALL_MM, BALL_RADIUS_MM + 4)
    session = open_patient(bench, {"hand": whole})
    take_tool(bench, "Region")
    choose(bench, "New voxels: Remove")
    view = axial_at(bench, BALL_MM)
    click(view, place_px(view, BALL_MM))
    shell = whole & ~ball(BALL_MM, BALL_RADIUS_MM)
    np.testing.assert_array_equal(mask_of(session), shell)
    click(bench.top._undo)
    choose(bench, "New voxels: Add")
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, place_px(view, BALL_MM))
    QApplication.processEvents()
    np.testing.assert_array_equal(mask_of(session), shell)


def test_the_reach_holds_the_region_back(bench):
    session = open_patient(bench, {"hand": DRAWN})
    take_tool(bench, "Region")
    type_value(bench, "Reach", "6")
    view = axial_at(bench, BALL_MM)
    at = place_px(view, BALL_MM)
    click(view, at)
    seed = np.asarray(view.plane.to_lps((at.x(), at.y())))  # the pixel clicked, not quite the point meant
    apart = np.linalg.norm(places_mm() - seed, axis=-1)
    made = mask_of(session) & ~DRAWN
    assert made[(apart < 5.99) & (make_hu() == 300)].all()
    assert not made[apart > 6.01].any()


def test_the_range_is_around_the_neighbourhood_and_holds_the_clicked_voxel(bench):
    """By hand: 26 neighbours of 0 HU and the voxel of 270 HU have the mean 10; ± 40 is −30 to 50, widened to 270."""
    session = open_patient(bench, {"hand": DRAWN})
    hu = np.zeros(SHAPE_KJI, np.int16)
    hu[20, 30, 35] = 270
    volume = type(session.volume)(session.volume.ref, hu)
    seed = tuple(places_mm()[20, 30, 35])
    paint = bench.desk.view.paint
    assert region_at(seed, volume=volume, paint=paint).range_hu == (-30.0, 270.0)
    assert region_at((0.0, 0.0, 500.0), volume=volume, paint=paint) is None
    padding = np.zeros(SHAPE_KJI, bool)
    padding[20, 30, 35] = True
    assert region_at(seed, volume=type(session.volume)(session.volume.ref, hu, padding), paint=paint) is None


def test_clicks_along_a_line_and_enter_make_a_tube(bench):
    session = open_patient(bench, {"hand": DRAWN})
    take_tool(bench, "Tube")
    type_value(bench, "Diameter", "9")
    view = axial_at(bench, (0.0, 0.0, 0.0))
    ends = [(-24.0, -12.0, 0.0), (6.0, -12.0, 0.0), (27.0, -12.0, 0.0)]
    hover(view, place_px(view, ends[0]))
    clicked = []
    for end in ends:
        at = place_px(view, end)
        click(view, at)
        clicked.append(view.plane.to_lps((at.x(), at.y())))
    assert tube_of(bench.desk.view).radius_mm == 4.5
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Return)
    QApplication.processEvents()
    made = mask_of(session) & ~DRAWN
    apart = apart_mm(places_mm(), clicked[0], clicked[-1])
    along = (places_mm() - clicked[0]) @ unit(clicked[-1] - clicked[0])
    between = (along > 3) & (along < np.linalg.norm(clicked[-1] - clicked[0]) - 3)
    assert made[(apart < 4.5 - 1.3) & between].all()  # half a voxel's diagonal is 1.46 mm, its inscribed ball 0.75 mm
    assert not made[apart > 4.5 + 1.5].any()
    assert (bench.desk.view.tool, bench.desk.view.draft_lps_mm) == (Tool.TUBE, ())
    click(bench.top._undo)
    np.testing.assert_array_equal(mask_of(session), DRAWN)


def test_finish_ends_a_tube_and_a_double_click_too(bench):
    session = open_patient(bench, {"hand": DRAWN})
    take_tool(bench, "Tube")
    view = axial_at(bench, (0.0, 0.0, 0.0))
    first, last = place_px(view, (-20.0, 0.0, 0.0)), place_px(view, (20.0, 0.0, 0.0))
    click(view, first)
    click(view, last)
    apply(bench)
    once = mask_of(session)
    assert np.count_nonzero(once) > 2 * np.count_nonzero(DRAWN)
    click(bench.top._undo)
    click(view, first)
    click(view, last)
    QTest.mouseDClick(view, Qt.MouseButton.LeftButton, pos=last)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=last)
    QApplication.processEvents()
    np.testing.assert_array_equal(mask_of(session), once)


def test_two_clicks_at_one_place_are_no_tube(bench):
    open_patient(bench, {"hand": DRAWN})
    view = bench.desk.view
    view.set_draft(((0.0, 0.0, 0.0), (0.05, 0.0, 0.0)))
    assert tube_of(view) is None
    view.set_draft(((0.0, 0.0, 0.0), (0.05, 0.0, 0.0), (0.0, 9.0, 0.0)))
    assert tube_of(view).centreline_lps_mm == ((0.0, 0.0, 0.0), (0.0, 9.0, 0.0))
    assert tube_of(view).combine is Combine.ADD


def test_nothing_is_drawn_into_a_structure_that_is_not_chosen(bench):
    session = open_patient(bench, {"hand": DRAWN})
    bench.desk.view.select_structure(None)
    before = session.plan
    take_tool(bench, "Region")
    view = axial_at(bench, BALL_MM)
    click(view, place_px(view, BALL_MM))
    assert session.plan is before
    assert "structure in the list first" in bench.status.sentence.whole_text()


def unit(vector):
    return vector / np.linalg.norm(vector)


def apart_mm(places, a, b):
    """Distance of points to the segment from a to b."""
    along = np.clip((places - a) @ (b - a) / ((b - a) @ (b - a)), 0, 1)
    return np.linalg.norm(places - (a + along[..., None] * (b - a)), axis=-1)
