"""Are watched points put by a click, marked in every view, plotted, kept over a new prediction, and taken off again?"""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton

from planner.rendering.primitives import Label, Role
from planner.rendering.watch_marks import watch_space_marks
from planner.ui.view_state import Tool


def axial(window):
    return next(view for view in window.plan.grid.slices if view.stand.name == "axial")


def click(view, lps_mm):
    x, y = view.plane.to_px(lps_mm)
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(round(float(x)), round(float(y))))


def names(view):
    return [m.text for m in view.primitives() if isinstance(m, Label) and m.role is Role.WATCHED]


def crosses(view):
    return [m.name for m in view.primitives() if m.role is Role.WATCHED and not isinstance(m, Label)]


@pytest.fixture
def watching(planned, app):
    """The small plan with the tool in the hand, looked at from the axial slice at the nerve."""
    planned.desk.look_at((0.0, 0.0, 0.0))
    planned.actions_by_id["tool_watch"].trigger()
    app.processEvents()
    return planned


def test_clicks_add_points_that_every_slice_marks_and_a_fifth_is_not_taken(watching):
    view = axial(watching)
    places = [(5.0, -10.0, 0.0), (-10.0, 5.0, 0.0), (10.0, 10.0, 0.0), (-20.0, -5.0, 0.0)]
    before = watching.desk.session.plan
    for place in places:
        click(view, place)
    # The slice nearest to 0 lies at 1 mm: the click is where the slice is. A pixel is about a third of a mm.
    half_px = view.plane.mm_per_px
    for found, place in zip(watching.desk.view.watched_lps_mm, places, strict=True):
        assert found[:2] == pytest.approx(place[:2], abs=half_px)
        assert found[2] == pytest.approx(view.plane.centre_lps_mm[2])
    assert names(view) == ["W1", "W2", "W3", "W4"]
    for other in watching.plan.grid.slices:
        if other.isVisible():
            assert crosses(other) == ["W1", "W2", "W3", "W4"]
    held = watching.desk.view.watched_lps_mm
    click(view, (0.0, 20.0, 0.0))
    assert watching.desk.view.watched_lps_mm == held
    assert "4 points are watched already" in view.tool.hint()
    assert watching.desk.session.plan == before
    assert watching.desk.view.tool is Tool.WATCH
    watching.actions_by_id["cancel"].trigger()
    assert watching.desk.view.tool is Tool.POINTER
    assert watching.desk.view.watched_lps_mm == held


def test_values_are_read_at_the_sliders_time_and_survive_another_prediction(watching, case, qtbot):
    session, timeline = watching.desk.session, watching.plan.timeline
    watching.desk.view.set_watched(((5.0, 0.0, 0.0), (0.0, 0.0, 25.0)))
    for _ in range(2):
        prediction = case.prediction()
        session.show_prediction(prediction.result.open(case.blobs), prediction.assessment)
        qtbot.waitUntil(lambda: not timeline.is_waiting, timeout=20_000)
        # The eight cells round the first point lie √(4.5² + 2 · 0.5²) and √(5.5² + 2 · 0.5²) mm from the middle, 5.05
        # in the mean: −80 + 8 · 5.05 = −39.6 °C at 120 s; 37 °C at 0 s, so −1.3 °C at 60 s. The second point is 10 mm
        # outside the predicted box.
        watching.desk.view.set_time(120.0)
        assert "W1 −40 °C, W2 outside" in timeline.plot.spoken_value()
        watching.desk.view.set_time(60.0)
        assert "W1 −1 °C, W2 outside" in timeline.plot.spoken_value()
    assert [line.name for line in timeline._all.lines][:4] == ["Nerve coldest", "Nerve warmest", "W1", "W2"]


def test_points_are_listed_in_the_head_gone_to_and_taken_off(watching, app):
    watching.desk.view.set_watched(((5.0, 0.0, 0.0), (0.0, 9.0, 3.0), (1.0, 2.0, 3.0)))
    app.processEvents()

    def button(name):
        return next(
            b for b in watching.plan.timeline.findChildren(QToolButton) if b.accessibleName() == name and b.isVisible()
        )

    QTest.mouseClick(button("Go to watched point 2"), Qt.MouseButton.LeftButton)
    assert watching.desk.view.crosshair_lps_mm == (0.0, 9.0, 3.0)
    QTest.mouseClick(button("Remove watched point 1"), Qt.MouseButton.LeftButton)
    assert watching.desk.view.watched_lps_mm == ((0.0, 9.0, 3.0), (1.0, 2.0, 3.0))
    app.processEvents()
    assert button("Go to watched point 2").toolTip() == "Go to W2: L 1.0 · P 2.0 · H 3.0 mm"


def test_points_in_space_lie_where_the_camera_sees_them_and_none_behind_it():
    # A camera along −z: x and y in px from the middle of 200 × 100, w = 10 − z in front of the eye at z = 10.
    to_picture = np.array([[1.0, 0, 0, 100], [0, -1.0, 0, 50], [0, 0, 1.0, 0], [0, 0, -1.0, 10]])
    marks = watch_space_marks(((3.0, 4.0, 8.0), (0.0, 0.0, 12.0)), to_picture)
    (words,) = [m for m in marks if isinstance(m, Label)]
    # ((3 + 100) / 2, (−4 + 50) / 2) = (51.5, 23), the name 9 right and 6 up.
    assert words.text == "W1"
    assert words.anchor_px == pytest.approx((60.5, 17.0))
