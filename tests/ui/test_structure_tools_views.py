"""Do brush, lasso and scissors, taken from the strip and worked in real views, draw and cut what they go over?"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from planner.rendering.scene3d import ViewFrom
from planner.ui.layouts import SCENE
from planner.ui.scene.scene_view import SceneView
from planner.ui.view_state import Tool
from tests.ui.slice_desk import send_move
from tests.ui.tool_bench import (
    BALL_MM,
    SHAPE_KJI,
    ball,
    choose,
    click,
    mask_of,
    open_patient,
    pick,
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


def test_a_brush_of_the_options_paints_within_its_limits(bench, qtbot):
    near = ball(BALL_MM, 6.0)
    session = open_patient(bench, {"hand": DRAWN, "near": near})
    take_tool(bench, "Brush")
    type_value(bench, "Diameter", "20")
    choose(bench, "Brush form: Sphere")
    pick(bench, "Only inside", "Near")
    view = axial_at(bench, BALL_MM)
    at = place_px(view, BALL_MM)
    click(view, at)
    qtbot.waitUntil(lambda: not bench.desk.painting.is_pending, timeout=10_000)
    np.testing.assert_array_equal(mask_of(session), DRAWN | near)  # a ball of 10 mm covers one of 6 mm
    take_tool(bench, "Erase")
    pick(bench, "Only inside", "Anywhere")
    click(view, at)
    qtbot.waitUntil(lambda: not bench.desk.painting.is_pending, timeout=10_000)
    np.testing.assert_array_equal(mask_of(session), DRAWN)
    click(bench.top._undo)
    np.testing.assert_array_equal(mask_of(session), DRAWN | near)
    click(bench.top._undo)
    np.testing.assert_array_equal(mask_of(session), DRAWN)


def test_a_lasso_round_an_area_fills_it_in_that_slice(bench, qtbot):
    session = open_patient(bench, {"hand": DRAWN})
    take_tool(bench, "Lasso")
    k = 20
    view = axial_at(bench, tuple(places_mm()[k, 30, 35]))
    # Half-way between voxel centres, so that no centre lies on the line.
    low, high = places_mm()[k, 24, 28] - (0.75, 0.75, 0.0), places_mm()[k, 36, 44] + (0.75, 0.75, 0.0)
    corners = [(low[0], low[1]), (high[0], low[1]), (high[0], high[1]), (low[0], high[1]), (low[0], low[1])]
    px = [place_px(view, (x, y, low[2])) for x, y in corners]
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=px[0])
    for a, b in pairwise(px):
        for share in (0.25, 0.5, 0.75, 1.0):
            send_move(view, a + (b - a) * share, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=px[-1])
    qtbot.waitUntil(lambda: not bench.desk.painting.is_pending, timeout=10_000)
    wanted = DRAWN.copy()
    wanted[k, 24:37, 28:45] = True
    np.testing.assert_array_equal(mask_of(session), wanted)
    click(bench.top._undo)
    np.testing.assert_array_equal(mask_of(session), DRAWN)


def test_scissors_cut_one_side_away_and_shift_keeps_it(bench, qtbot):
    """Seen from the front, the patient's left is at the right of the picture: x grows to the right."""
    right, left = ball((-25.0, 0.0, 0.0), 9.0), ball((25.0, 0.0, 0.0), 9.0)
    session = open_patient(bench, {"hand": right | left})
    take_tool(bench, "Scissors")
    qtbot.waitUntil(lambda: isinstance(bench.plan.grid.views.get(SCENE), SceneView), timeout=10_000)
    scene = bench.plan.grid.views[SCENE]
    qtbot.waitUntil(lambda: scene.grab() is not None and scene.is_complete, timeout=20_000)
    if not scene._can_draw:
        pytest.skip("no OpenGL on this screen: there is no 3-D view to cut in")
    scene.look_from(ViewFrom.ANTERIOR)
    w, h = scene.width(), scene.height()
    half = [QPoint(w // 2, 3), QPoint(w - 3, 3), QPoint(w - 3, h - 3), QPoint(w // 2, h - 3)]

    def cut(modifier):
        QTest.mousePress(scene, Qt.MouseButton.LeftButton, modifier, half[0])
        for a, b in pairwise(half):
            for share in (0.3, 0.6, 1.0):
                send_move(scene, a + (b - a) * share, Qt.MouseButton.LeftButton, modifier)
        QTest.mouseRelease(scene, Qt.MouseButton.LeftButton, modifier, half[-1])
        QApplication.processEvents()

    cut(Qt.KeyboardModifier.NoModifier)
    np.testing.assert_array_equal(mask_of(session), right)
    click(bench.top._undo)
    np.testing.assert_array_equal(mask_of(session), right | left)
    cut(Qt.KeyboardModifier.ShiftModifier)
    np.testing.assert_array_equal(mask_of(session), left)


def test_escape_takes_back_what_is_begun_and_only_then_the_tool(bench, qtbot):
    session = open_patient(bench, {"hand": DRAWN})
    view = axial_at(bench, BALL_MM)
    bench.activateWindow()
    view.setFocus()
    qtbot.waitUntil(view.hasFocus)
    take_tool(bench, "Lasso")
    view.setFocus()
    for corner in ((0.0, 0.0, 0.0), (20.0, 0.0, 0.0)):
        click(view, place_px(view, corner))
    assert any(mark.name == "corner" for mark in view.tool.marks() if hasattr(mark, "name"))
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert bench.desk.view.tool is Tool.LASSO
    assert not any(mark.name == "corner" for mark in view.tool.marks() if hasattr(mark, "name"))
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert bench.desk.view.tool is Tool.POINTER
    take_tool(bench, "Brush")
    view.setFocus()
    before = session.plan
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=place_px(view, BALL_MM))
    QTest.keyClick(view, Qt.Key.Key_Escape)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=place_px(view, BALL_MM))
    qtbot.waitUntil(lambda: not bench.desk.painting.is_pending, timeout=10_000)
    assert session.plan is before
    assert bench.desk.view.tool is Tool.BRUSH
