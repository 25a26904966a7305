"""Does the timeline show the right moment, and is dragging a phase edge one edit?"""

from __future__ import annotations

from unittest.mock import Mock

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from planner.domain.protocol import Phase, PhaseKind
from planner.services.session import Change, ChangeKind
from planner.ui.scene.wanted import wanted_on_stage
from planner.ui.widgets.timeline_curves import on_surface
from planner.ui.widgets.timeline_rows import phase_names


def test_repeated_phases_are_numbered():
    kinds = (PhaseKind.FREEZE, PhaseKind.PASSIVE_THAW, PhaseKind.FREEZE)
    assert phase_names(tuple(Phase(kind, 60.0) for kind in kinds)) == ("Freeze 1", "Passive thaw", "Freeze 2")


def test_a_freeze_at_a_duty_is_called_a_hold():
    phases = (
        Phase(PhaseKind.FREEZE, 60.0),
        Phase(PhaseKind.FREEZE, 60.0, 0.6),
        Phase(PhaseKind.ACTIVE_THAW, 30.0, 0.5),
    )
    assert phase_names(phases) == ("Freeze", "Hold 60 %", "Active thaw 50 %")


def test_colours_are_darkened_until_they_read_on_light_surfaces_only():
    assert on_surface("#f0e442", "#14171b") == "#f0e442"
    assert on_surface("#f0e442", "#f7f8fa") != "#f0e442"


def _x(plot, time_s):
    axes = plot._axes()
    return round(axes.x(time_s))


def test_a_click_chooses_the_time_and_c_goes_back_to_coldest(planned):
    plot = planned.plan.timeline.plot
    QTest.mouseClick(plot, Qt.MouseButton.LeftButton, pos=QPoint(_x(plot, 90.0), plot.height() // 2))
    assert planned.desk.view.time_s == pytest.approx(90.0, abs=0.5)
    planned.desk.view.set_time(None)
    assert plot.spoken_value().startswith("coldest reached")


def test_arrow_keys_move_by_five_seconds_and_stop_at_the_ends(planned):
    plot = planned.plan.timeline.plot
    planned.desk.view.set_time(100.0)
    QTest.keyClick(plot, Qt.Key.Key_Right)
    assert planned.desk.view.time_s == 105.0
    QTest.keyClick(plot, Qt.Key.Key_End)
    QTest.keyClick(plot, Qt.Key.Key_Right)
    assert planned.desk.view.time_s == 180.0


def test_dragging_a_phase_edge_is_one_undo_step(planned):
    plot, session = planned.plan.timeline.plot, planned.desk.session
    y = 34  # middle of the phase blocks
    start = QPoint(_x(plot, 120.0), y)
    QTest.mousePress(plot, Qt.MouseButton.LeftButton, pos=start)
    for time_s in (110.0, 100.0, 90.0):
        QTest.mouseMove(plot, QPoint(_x(plot, time_s), y))
    QTest.mouseRelease(plot, Qt.MouseButton.LeftButton, pos=QPoint(_x(plot, 90.0), y))
    shortened = session.plan.protocol.phases[0].duration_s
    assert shortened < 120.0
    assert shortened % 5 == 0
    session.undo()
    assert session.plan.protocol.phases[0].duration_s == 120.0
    assert session.undo_label == ""


def test_playing_ends_at_the_end(planned, case):
    prediction = case.prediction()
    planned.desk.session.show_prediction(prediction.result.open(case.blobs), prediction.assessment)
    planned.actions_by_id["play"].trigger()
    assert planned.desk.view.time_s == 0.0
    timeline = planned.plan.timeline
    for _ in range(200):
        timeline._advance()
    assert planned.desk.view.time_s == 180.0
    assert not planned.actions_by_id["play"].isChecked()


def test_H_13_curves_of_an_older_prediction_are_stale_until_those_of_the_new_one_are_read(planned, case, qtbot):
    session, timeline = planned.desk.session, planned.plan.timeline
    timeline.plot.show_time(None)
    planned.desk.view.set_watched(((0.0, 0.0, 0.0),))
    first, second = case.prediction(), case.prediction()
    session.show_prediction(first.result.open(case.blobs), first.assessment)
    qtbot.waitUntil(lambda: not timeline.is_waiting, timeout=20_000)
    assert not timeline.plot._stale
    assert "W1" in timeline.plot.spoken_value()
    session.show_prediction(second.result.open(case.blobs), second.assessment)
    # The event loop has not turned: what is drawn is still the first prediction's.
    assert timeline.plot._stale
    assert "prediction is stale" in timeline.plot.spoken_value()
    assert "°C" not in timeline.plot.spoken_value()
    qtbot.waitUntil(lambda: not timeline.is_waiting, timeout=20_000)
    assert not timeline.plot._stale
    # Told of the same result again (its range is there): nothing is read twice.
    before = timeline._curves
    timeline._on_change(Change(frozenset((ChangeKind.RESULT,)), "range", session.plan_hash))
    assert not timeline.is_waiting
    assert timeline._curves is before


def test_the_slider_shows_the_ice_grow_and_thaw_in_slices_and_in_space(planned, case, app):
    """Colder than −10 °C within 2.875 mm at 60 s, 8.75 mm at 120 s and 7.5 mm at 150 s (−80 + 8 r °C at 120 s)."""
    prediction = case.prediction()
    result = prediction.result.open(case.blobs)
    session, view = planned.desk.session, planned.desk.view
    session.show_prediction(result, prediction.assessment)
    k, j, i = np.indices(result.grid.shape_kji)
    radius = np.linalg.norm(result.grid.to_lps(np.stack((i, j, k), axis=-1).astype(float)), axis=-1)
    makers = Mock()
    makers.surfaces.mesh.return_value = None
    in_space = []
    for time_s, reach_mm in ((60.0, 2.875), (120.0, 8.75), (150.0, 7.5)):
        view.set_time(time_s)
        app.processEvents()
        for shown in planned.plan.grid.slices:
            assert ((shown.content.ice.field_c <= -10.0) == (radius <= reach_mm)).all()
            assert f"at {int(time_s) // 60}:{int(time_s) % 60:02d}" in shown.content.ice.grade
        in_space.append({key for key in wanted_on_stage(session, view, makers=makers, standing=()) if key[0] == "ice"})
    assert len(set.union(*in_space)) == 3
