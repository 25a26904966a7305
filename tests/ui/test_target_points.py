"""Does a nerve get and lose points under a real hand? A double click on the curve, Delete, undo, and what is refused.

The small case's nerve runs along x from −20 to 20 mm through the origin; points at −20, 0 and 20 mm.
"""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def axial(planned):
    planned.desk.view.select_target("t1")
    view = planned.plan.grid.views["axial"]
    planned.grab()
    return view


def spot(view, lps_mm):
    x, y = view.plane.to_px(lps_mm)
    return QPoint(round(float(x)), round(float(y)))


def points(window):
    return window.desk.session.plan.targets[0].course.points_lps_mm


def double_click(view, at):
    QTest.mouseClick(view, LEFT, pos=at)
    QTest.mouseDClick(view, LEFT, pos=at)
    QTest.mouseRelease(view, LEFT, pos=at)


def test_a_double_click_on_the_curve_adds_a_point_there_and_holds_it(planned, axial):
    double_click(axial, spot(axial, (14.0, 0.0, 0.0)))
    assert len(points(planned)) == 4
    assert points(planned)[2] == pytest.approx((14.0, 0.0, 0.0), abs=axial.plane.mm_per_px + 0.3)
    assert planned.desk.session.undo_label.startswith("add a point to")
    assert axial.selected_handle.number == 2
    assert planned.desk.view.maximised == ""
    QTest.keyClick(axial, Qt.Key.Key_Delete)
    assert points(planned) == ((-20.0, 0.0, 0.0), (0.0, 0.0, 0.0), (20.0, 0.0, 0.0))
    assert planned.desk.session.undo_label.startswith("remove point 3 of")
    planned._do("undo")
    assert len(points(planned)) == 4


def test_a_double_click_beside_the_curve_fills_the_middle_as_ever(planned, axial, qtbot):
    double_click(axial, spot(axial, (10.0, 14.0, 0.0)))
    qtbot.waitUntil(lambda: planned.desk.view.maximised == "axial")
    assert len(points(planned)) == 3


def test_the_last_two_points_stay_and_the_reason_is_said(planned, axial):
    for at in (-1, 0):
        QTest.mouseClick(axial, LEFT, pos=spot(axial, points(planned)[at]))
        QTest.keyClick(axial, Qt.Key.Key_Delete)
    assert len(points(planned)) == 2
    assert "at least two points" in planned.banners.sentence_of("REFUSED")


def test_the_curve_of_another_target_takes_no_point(planned, axial):
    planned.desk.view.select_target(None)
    double_click(axial, spot(axial, (14.0, 0.0, 0.0)))
    assert len(points(planned)) == 3


# --- the treated part in a slice -----------------------------------------------------------------------------------


def segment(window):
    return window.desk.session.plan.targets[0].course.segment_mm


def test_an_end_of_the_treated_part_is_dragged_along_the_curve_in_a_slice(planned, axial):
    """The treated part begins at x = −10 mm, 10 mm along the curve; the hand leaves the curve, the end does not."""
    QTest.mousePress(axial, LEFT, pos=spot(axial, (-10.0, 0.0, 0.0)))
    for place in ((-12.0, 1.0, 0.0), (-15.0, 4.0, 0.0)):
        QTest.mouseMove(axial, spot(axial, place))
    QTest.mouseRelease(axial, LEFT, pos=spot(axial, (-15.0, 4.0, 0.0)))
    assert segment(planned) == pytest.approx((5.0, 30.0), abs=0.6)  # the curve is sampled every half millimetre
    assert points(planned) == ((-20.0, 0.0, 0.0), (0.0, 0.0, 0.0), (20.0, 0.0, 0.0))
    assert planned.desk.session.undo_label.startswith("set the treated part of")
    planned._do("undo")
    assert segment(planned) == (10.0, 30.0)


def test_an_end_held_is_nudged_by_keys(planned, axial):
    QTest.mouseClick(axial, LEFT, pos=spot(axial, (10.0, 0.0, 0.0)))
    assert axial.selected_handle.part == "end of the treated part"
    QTest.keyClick(axial, Qt.Key.Key_Right)
    assert segment(planned) == pytest.approx((10.0, 31.0), abs=0.3)
