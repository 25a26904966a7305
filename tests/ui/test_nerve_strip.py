"""Is the nerve laid out straight under the hand: clicks, locator, temperatures, and when there is nothing to show?

The small case's nerve runs along x from −20 to 20 mm through the origin, its treated part from 10 to 30 mm along it;
the made-up ice is a ball of −80 °C at the origin, 8 °C warmer each mm.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtTest import QTest

from planner.domain.geometry import Side
from planner.domain.identity import ProbeId, TargetId
from planner.domain.target import NerveCurve, Target
from planner.rendering.primitives import Label, Marker, Path, Role
from planner.services.probe_commands import MoveProbe
from planner.services.target_commands import PutTarget, RemoveTarget
from planner.ui.layouts import NERVE
from planner.ui.strip.course import course_of, end_words, nerve_of
from planner.ui.strip.temperatures import nerve_temperatures, why_none

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


@pytest.fixture
def nerve(planned):
    planned.actions_by_id[f"layout_{NERVE}"].trigger()
    planned.grab()
    return planned


@pytest.fixture
def predicted(nerve, case):
    prediction = case.prediction()
    assert nerve.desk.session.show_prediction(prediction.result.open(case.blobs), prediction.assessment)
    nerve.grab()
    return nerve


def _pane(window):
    return window.plan.grid.views["nerve-strip"]


def _crosshair(window):
    return window.desk.view.crosshair_lps_mm


def _wheel(widget, notches, modifier=Qt.KeyboardModifier.NoModifier):
    middle = QPointF(widget.width() / 2, widget.height() / 2)
    event = QWheelEvent(
        middle,
        widget.mapToGlobal(middle),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        modifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    widget.wheelEvent(event)


def test_a_click_in_strip_or_curve_goes_to_that_point_of_the_nerve(nerve):
    pane = _pane(nerve)
    plane = pane.strip.plane
    x = round(plane.x_px(27.0))
    QTest.mouseClick(pane.strip, LEFT, pos=QPoint(x, 30))
    assert _crosshair(nerve) == pytest.approx((7.0, 0.0, 0.0), abs=plane.mm_per_px)
    x = round(plane.x_px(5.0))
    QTest.mouseClick(pane.plot, LEFT, pos=QPoint(x, 50))
    assert _crosshair(nerve) == pytest.approx((-15.0, 0.0, 0.0), abs=plane.mm_per_px)
    assert "5.0 of 40.0 mm" in pane.strip.spoken_value()


def test_dragging_takes_locator_and_cross_section_along(nerve):
    pane, views = _pane(nerve), nerve.plan.grid.views
    plane = pane.strip.plane
    QTest.mousePress(pane.strip, LEFT, pos=QPoint(round(plane.x_px(12.0)), 40))  # beside the brackets at 10 and 30
    for arc in (14.0, 22.0, 33.0):
        QTest.mouseMove(pane.strip, QPoint(round(plane.x_px(arc)), 40))
    QTest.mouseRelease(pane.strip, LEFT, pos=QPoint(round(plane.x_px(33.0)), 40))
    assert _crosshair(nerve)[0] == pytest.approx(13.0, abs=plane.mm_per_px)
    across, locator = views["across-nerve"], views["locator"]
    assert across.plane.normal_lps == pytest.approx((1, 0, 0))
    assert across.plane.off_plane_mm(_crosshair(nerve)) == pytest.approx(0, abs=1e-6)
    # Stored images lie at odd millimetres: the locator shows the nearest one, and rings the nerve's point on it.
    assert abs(locator.plane.off_plane_mm(_crosshair(nerve))) <= 1.0
    marks = locator.stand.marks(locator.plane, session=locator.session, view=locator.view)
    ring = next(m for m in marks if isinstance(m, Marker))
    assert ring.centre_px == pytest.approx(locator.plane.to_px(_crosshair(nerve)), abs=0.01)


def test_the_crosshair_elsewhere_is_shown_at_its_nearest_point(nerve):
    strip = _pane(nerve).strip
    nerve.desk.view.set_crosshair((5.0, 0.0, 4.0))
    line, ring = (m for m in strip.primitives() if m.role is Role.CROSSHAIR)
    assert line.lines[0][:, 0] == pytest.approx([strip.plane.x_px(25.0)] * 2)
    assert line.pen.dash_px == ()
    assert ring.centre_px == pytest.approx(strip.plane.to_px((25.0, 4.0)))
    nerve.desk.view.set_crosshair((5.0, 20.0, 4.0))
    (line,) = (m for m in strip.primitives() if m.role is Role.CROSSHAIR)
    assert line.pen.dash_px, "20 mm behind the strip is not in it"


def test_wheel_and_keys_go_along_the_nerve(nerve):
    strip = _pane(nerve).strip
    nerve.desk.view.set_crosshair((0.0, 0.0, 0.0))
    _wheel(strip, 3)
    assert _crosshair(nerve) == pytest.approx((3.0, 0.0, 0.0))
    QTest.keyClick(strip, Qt.Key.Key_Left)
    QTest.keyClick(strip, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    assert _crosshair(nerve) == pytest.approx((7.0, 0.0, 0.0))
    QTest.keyClick(strip, Qt.Key.Key_End)
    assert _crosshair(nerve) == pytest.approx((20.0, 0.0, 0.0))
    _wheel(strip, 2)
    assert _crosshair(nerve) == pytest.approx((20.0, 0.0, 0.0)), "held to the nerve"
    nerve.plan.grid.views["across-nerve"].step_slices(-4)
    assert _crosshair(nerve) == pytest.approx((16.0, 0.0, 0.0))


def test_shift_and_wheel_look_from_another_side(nerve):
    strip = _pane(nerve).strip

    def tops():
        return {m.text for m in strip.primitives() if isinstance(m, Label) and m.name == "top"}

    assert tops() == {"H"}
    _wheel(strip, 9, Qt.KeyboardModifier.ShiftModifier)
    assert tops() == {"P"}
    assert any("turned 90°" in m.text for m in strip.primitives() if isinstance(m, Label))
    QTest.keyClick(strip, Qt.Key.Key_Space)
    assert tops() == {"H"}


def test_the_right_button_windows(nerve):
    strip, view = _pane(nerve).strip, nerve.desk.view
    before = view.window_hu
    QTest.mousePress(strip, RIGHT, pos=QPoint(50, 50))
    QTest.mouseMove(strip, QPoint(90, 50))
    QTest.mouseRelease(strip, RIGHT, pos=QPoint(90, 50))
    assert view.window_hu[0] > before[0]
    assert view.window_hu[1] == before[1]


def test_the_cursor_reads_out_the_patient(nerve):
    strip, words = _pane(nerve).strip, []
    nerve.plan.grid.cursor_words.connect(words.append)
    x, y = (round(v) for v in strip.plane.to_px((25.0, 3.0)))
    QTest.mouseMove(strip, QPoint(x, y))
    assert "L 5.0 · P 0.0 · H 3.0 mm" in words[-1] or words[-1].startswith("HU 0 · L ")
    assert "Skin" in words[-1]


def test_the_frame_says_what_it_shows(nerve):
    texts = [m.text for m in _pane(nerve).strip.primitives() if isinstance(m, Label)]
    assert "NERVE STRIP, straightened along T8" in texts
    assert "Treatment segment 20.0 mm" in texts
    assert {"R", "L", "H", "F"} <= set(texts)
    assert any("Doe" in text for text in texts), "identity at every size"
    nerve.desk.view.set_flag("hide_identity", on=True)
    assert not any("Doe" in m.text for m in _pane(nerve).strip.primitives() if isinstance(m, Label))


def test_curves_are_the_ice_along_the_nerve(predicted):
    curves = nerve_temperatures(predicted.desk.session, predicted.desk.view)
    away = np.abs(curves.arc_mm - 20.0)
    inner = (away > 2.0) & (away < 9.0)  # clear of the tip of the cone and of what is warm
    assert curves.centre_c[inner] == pytest.approx(-80 + 8 * away[inner], abs=1.5)
    assert curves.warmest_c[inner] == pytest.approx(-80 + 8 * np.hypot(away[inner], 1.0), abs=1.5)
    assert curves.when == "coldest reached"
    predicted.desk.view.set_crosshair((5.0, 0.0, 0.0))
    assert _pane(predicted).plot.spoken_value().startswith("at 25.0 mm: centre −40 °C, warmest −39 °C")


def test_curve_and_strip_share_one_axis(predicted):
    pane = _pane(predicted)
    assert pane.plot._plane is pane.strip.plane
    assert pane.plot.width() == pane.strip.width()
    predicted.resize(1366, 768)
    predicted.grab()
    assert pane.plot._plane is pane.strip.plane
    assert pane.strip.plane.size_px == (pane.strip.width(), pane.strip.height())
    edge = next(m for m in pane.strip.primitives() if isinstance(m, Path) and m.name == "0 °C edge")
    x = np.concatenate(edge.lines)[:, 0]
    # 0 °C lies 10 mm from the middle of the ball: at 10 and 30 mm along the nerve.
    assert (x.min(), x.max()) == pytest.approx((pane.strip.plane.x_px(10.0), pane.strip.plane.x_px(30.0)), abs=5)


def test_time_and_staleness_are_said(predicted):
    session, view = predicted.desk.session, predicted.desk.view
    view.set_time(120.0)
    assert nerve_temperatures(session, view).when == "at 2:00"
    view.set_time(None)
    session.apply(MoveProbe(ProbeId("p1"), "P1", (0.0, -30.0, 0.0), (0.0, 1.0, 0.0), "tip"), initiator="user")
    curves = nerve_temperatures(session, view)
    assert curves.grade == "STALE"
    assert any(m.role is Role.STALE for m in _pane(predicted).strip.primitives())


def test_without_ice_a_sentence_says_why(nerve):
    session, view = nerve.desk.session, nerve.desk.view
    assert nerve_temperatures(session, view) is None
    assert (
        why_none(session, view) == _pane(nerve).plot.spoken_value().split(": ")[-1] == "No prediction of this plan yet."
    )
    view.set_flag("show_ice", on=False)
    assert "Press O" in _pane(nerve).plot.spoken_value()


def test_the_strip_shows_the_nerve_that_is_chosen(nerve):
    session, view = nerve.desk.session, nerve.desk.view
    course = NerveCurve(((0.0, -10.0, 20.0), (0.0, 10.0, 20.0)))
    other = Target(TargetId("t2"), "Other", "intercostal", Side.LEFT, course, "T9", 2.0, "test")
    session.apply(PutTarget(other), initiator="user")
    assert nerve_of(session, view).id == "t1"
    view.select_target(TargetId("t2"))
    assert course_of(session, view).length_mm == pytest.approx(20.0)
    assert _pane(nerve).strip.plane.course.length_mm == pytest.approx(20.0)
    session.apply(RemoveTarget(TargetId("t2"), "Other"), initiator="user")
    assert _pane(nerve).strip.plane.course.length_mm == pytest.approx(40.0)


def test_moving_a_point_moves_the_strip(nerve):
    session = nerve.desk.session
    target = session.plan.targets[0]
    course = replace(target.course, points_lps_mm=((-20.0, 0.0, 0.0), (0.0, 0.0, 0.0), (0.0, 20.0, 0.0)))
    session.apply(PutTarget(replace(target, course=course)), initiator="user")
    assert _pane(nerve).strip.plane.course.length_mm > 40.5, "round the corner is longer than the chords"
    nerve.grab()


def test_lateral_and_medial_are_named_where_the_side_is_known(nerve):
    session, view = nerve.desk.session, nerve.desk.view
    target, course = nerve_of(session, view), course_of(session, view)
    assert end_words(target, course) == ("", ""), "a midline nerve has neither"
    assert end_words(replace(target, side=Side.LEFT), course) == ("medial", "lateral")
    assert end_words(replace(target, side=Side.RIGHT), course) == ("lateral", "medial")


def test_it_paints_the_ct_and_black_beyond_it(nerve):
    """The block is 0 HU inside y ± 30 mm: mid-grey everywhere along the nerve, black where the view is wider."""
    strip = _pane(nerve).strip
    image = strip.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    ratio = image.devicePixelRatio()
    x, y = strip.plane.to_px((4.0, -6.0)) * ratio
    level = image.pixelColor(round(x), round(y)).lightness()
    assert level == pytest.approx((0 - (40 - 200)) / 400 * 255, abs=3)


def test_the_locators_ring_says_when_the_nerve_lies_in_another_slice(nerve):
    locator, view = nerve.plan.grid.views["locator"], nerve.desk.view
    course = course_of(nerve.desk.session, view)

    def dash() -> tuple[float, ...]:
        (ring,) = (m for m in locator.primitives() if isinstance(m, Marker) and m.name == "place on the nerve")
        return ring.pen.dash_px

    here = course.to_lps([20.0], [0.0])[0]
    view.set_crosshair(tuple(here))
    assert dash() == ()
    view.set_crosshair(tuple(here + np.array([0.0, 0.0, 12.0])))
    assert dash() != ()


def test_an_inverted_strip_says_so_with_and_without_corner_texts(nerve):
    strip, view = _pane(nerve).strip, nerve.desk.view
    view.set_inverted(on=True)
    for on in (True, False):
        view.set_flag("show_text", on=on)
        assert "Inverted" in {m.text for m in strip.primitives() if isinstance(m, Label)}


@pytest.mark.parametrize("height", [96, 140, 200, 300])
def test_no_label_of_the_ice_stands_on_the_nerve(predicted, height):
    strip = _pane(predicted).strip
    strip.resize(strip.width(), height)
    labels = [m for m in strip.primitives() if isinstance(m, Label) and m.role is Role.ICE_LABEL]
    assert labels
    for words in labels:
        middle = words.anchor_px[1] - 0.36 * words.size_px
        assert abs(middle - height / 2) > 8, words.text


# --- the treated part under the hand -------------------------------------------------------------------------------


def _segment(window):
    return window.desk.session.plan.targets[0].course.segment_mm


@pytest.mark.parametrize("where", ["strip", "plot"])
def test_a_bracket_dragged_in_strip_or_curve_is_one_undo_step(predicted, where):
    pane = _pane(predicted)
    widget, plane = getattr(pane, where), pane.strip.plane
    before = predicted.desk.session.undo_label
    at = [QPoint(round(plane.x_px(arc)), 40) for arc in (30.0, 33.0, 37.0)]
    QTest.mousePress(widget, LEFT, pos=at[0])
    QTest.mouseMove(widget, at[1])
    assert _segment(predicted) == pytest.approx((10.0, 33.0), abs=0.11)  # seen at once in all views
    QTest.mouseMove(widget, at[2])
    QTest.mouseRelease(widget, LEFT, pos=at[2])
    assert _segment(predicted) == pytest.approx((10.0, 37.0), abs=0.11)
    assert predicted.desk.session.undo_label.startswith("set the treated part of")
    predicted._do("undo")
    assert _segment(predicted) == (10.0, 30.0)
    assert predicted.desk.session.undo_label == before
    assert _crosshair(predicted)[0] == 0.0


def test_escape_puts_a_bracket_back_and_leaves_no_step(nerve):
    pane = _pane(nerve)
    plane, before = pane.strip.plane, nerve.desk.session.undo_label
    QTest.mousePress(pane.strip, LEFT, pos=QPoint(round(plane.x_px(10.0)), 40))
    QTest.mouseMove(pane.strip, QPoint(round(plane.x_px(5.0)), 40))
    assert _segment(nerve) == pytest.approx((5.0, 30.0), abs=0.11)
    QTest.keyClick(pane.strip, Qt.Key.Key_Escape)
    QTest.mouseRelease(pane.strip, LEFT, pos=QPoint(round(plane.x_px(5.0)), 40))
    assert _segment(nerve) == (10.0, 30.0)
    assert nerve.desk.session.undo_label == before


def test_the_spread_of_each_cross_section_is_told(predicted):
    """In a ball of cold the coldest of a 2 mm nerve's section lies on its axis, the warmest on its rim, 1 mm off.

    The eight voxels round the origin lie √3/2 mm away from it, and between them the field is flat: 8 °C × 0.866 warmer.
    """
    curves = nerve_temperatures(predicted.desk.session, predicted.desk.view)
    centre, warmest, coldest = curves.at(20.0)
    assert centre == pytest.approx(-80.0 + 8.0 * np.sqrt(0.75), abs=0.1)
    assert centre < warmest < centre + 8.0
    assert coldest == pytest.approx(centre, abs=0.1)
    assert "coldest" in _pane(predicted).plot.spoken_value()


def test_without_a_diameter_the_curve_stands_alone(predicted):
    target = predicted.desk.session.plan.targets[0]
    predicted.desk.apply(PutTarget(replace(target, diameter_mm=None, diameter_source="")))
    curves = nerve_temperatures(predicted.desk.session, predicted.desk.view)
    assert curves is not None
    assert not curves.has_diameter
    assert "warmest" not in _pane(predicted).plot.spoken_value()


def test_one_of_several_nerves_is_chosen_over_the_strip(nerve):
    pane = _pane(nerve)
    assert not pane.choice.isVisible()
    first = nerve.desk.session.plan.targets[0]
    points = ((0.0, -20.0, 0.0), (0.0, 20.0, 0.0))
    other = replace(first, id=TargetId("t2"), level="T9", course=NerveCurve(points))
    nerve.desk.apply(PutTarget(other))
    assert pane.choice.isVisible()
    buttons = {b.text(): b for b in pane.choice._group.buttons()}
    assert set(buttons) == {"T8 midline", "T9 midline"}
    QTest.mouseClick(buttons["T9 midline"], LEFT)
    assert nerve.desk.view.selected_target == "t2"
    assert "T9" in pane.strip.spoken_value()
    assert buttons["T9 midline"].isChecked()
