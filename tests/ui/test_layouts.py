"""Are the views where the user put them: every layout, one alone, after a restart, and when what they show is gone?"""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QSettings, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QSplitter, QToolButton

from planner.domain.geometry import point
from planner.domain.identity import ProbeId, TargetId
from planner.rendering.turning import turned_frame
from planner.services.probe_commands import AddProbe, MoveProbe, RemoveProbe
from planner.services.target_commands import RemoveTarget
from planner.ui.layouts import FOUR_UP, LAYOUTS, NERVE, ONE_UP, PROBE_TRIPLET, RememberedLayout, layout_of, view_words
from planner.ui.preferences import LAYOUT, Preferences
from planner.ui.slices.probe_stand import NO_PROBE
from planner.ui.strip.course import NO_NERVE
from planner.ui.view_grid import stands
from planner.ui.view_state import Tool

KEYS = [layout.key for layout in LAYOUTS]
LEFT = Qt.MouseButton.LeftButton


def _choose(window, key):
    window.actions_by_id[f"layout_{key}"].trigger()
    window.grab()


def _view(window, name):
    return window.plan.grid.views[name]


def _preferences(folder):
    return Preferences(QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat))


def _double_click(widget):
    QTest.mouseDClick(widget, LEFT, pos=QPoint(5, 60))
    QTest.mouseRelease(widget, LEFT, pos=QPoint(5, 60))  # Qt Test leaves the button down


# --- as data ---------------------------------------------------------------------------------------------------------


def test_every_layout_names_views_that_exist():
    known = {*stands(), "scene", "nerve-strip"}
    for layout in LAYOUTS:
        assert set(layout.views) <= known
        assert len(set(layout.views)) == len(layout.views), "one view is in one place"
    assert set(ONE_UP) <= known
    assert len(set(KEYS)) == len(KEYS)
    assert layout_of("of another version").key == FOUR_UP
    assert all(view_words(name) != name for name in known), "every view has words of its own"


@pytest.mark.parametrize(
    "kept",
    [
        "no JSON",
        "[1, 2]",
        '{"layout": 3, "alone": 4, "shares": 5}',
        '{"layout": "gone", "shares": {"four-up": [[0.5, 0.5]]}}',
        '{"shares": {"four-up": [[0.5, 0.5], [0.99, 0.01], [0.5, 0.5]]}}',
        '{"shares": {"four-up": [["a", 0.5], [0.5, 0.5], [0.5, 0.5]], "gone": [[1]]}}',
    ],
)
def test_settings_that_make_no_sense_are_left_out(tmp_path, kept):
    preferences = _preferences(tmp_path)
    preferences.set_text(LAYOUT, kept)
    assert RememberedLayout.read(preferences) == RememberedLayout()


def test_what_was_left_is_read_back(tmp_path):
    shares = ((0.3, 0.7), (0.5, 0.5), (0.25, 0.75))
    RememberedLayout(NERVE, "axial", {FOUR_UP: shares}).write(_preferences(tmp_path))
    assert RememberedLayout.read(_preferences(tmp_path)) == RememberedLayout(NERVE, "axial", {FOUR_UP: shares})


# --- in the window ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(1920, 1080), (1366, 768)])
def test_every_layout_shows_its_views_whole(planned, size):
    planned.resize(*size)
    grid = planned.plan.grid
    for layout in LAYOUTS:
        _choose(planned, layout.key)
        assert grid.shown == layout.views
        for name in layout.views:
            view = grid._panes[name] if grid.sentence_of(name) else _view(planned, name)
            assert view.isVisible(), name
            assert view.width() >= view.minimumWidth(), name
            assert view.height() >= view.minimumHeight(), name
            inside = grid.rect().contains(view.mapTo(grid, QPoint(0, 0)))
            assert inside
            assert grid.rect().contains(view.mapTo(grid, view.rect().bottomRight())), name
        assert grid.bar.isVisible() == any(name.startswith(("along", "probe")) for name in layout.views)
    hidden = set(grid.views) - set(LAYOUTS[-1].views)
    assert hidden
    assert not any(grid.views[name].isVisible() for name in hidden)


def test_double_click_fills_the_middle_and_restores(planned, qtbot):
    grid, view = planned.plan.grid, planned.desk.view
    _choose(planned, "one-and-three")
    _double_click(_view(planned, "coronal"))
    qtbot.waitUntil(lambda: view.maximised == "coronal")
    assert grid.shown == ("coronal",)
    planned.grab()
    assert _view(planned, "coronal").width() == grid.width()
    _double_click(_view(planned, "coronal"))
    qtbot.waitUntil(lambda: view.maximised == "")
    assert grid.shown == layout_of("one-and-three").views


def test_a_view_keeps_pan_zoom_and_turn_while_layouts_come_and_go(planned):
    axial, view = _view(planned, "axial"), planned.desk.view
    view.set_frame(turned_frame(view.frame, (0.0, 1.0, 0.0), np.radians(20)))
    axial.zoom(2.0, at_px=(100.0, 80.0))
    frame, scale = view.frame, axial.plane.mm_per_px
    centre = axial.plane.centre_lps_mm
    for key in (NERVE, PROBE_TRIPLET, "one-and-three", FOUR_UP):
        _choose(planned, key)
    view.set_maximised("axial")
    planned.grab()
    view.set_maximised("")
    planned.grab()
    assert _view(planned, "axial") is axial
    assert view.frame == frame
    assert axial.plane.mm_per_px == scale
    assert axial.plane.centre_lps_mm == pytest.approx(centre, abs=1e-6)


def test_the_keyboard_stays_in_its_view(planned):
    axial = _view(planned, "axial")
    planned.activateWindow()
    axial.setFocus()
    planned.desk.view.set_maximised("axial")
    assert planned.focusWidget() is axial
    planned.desk.view.set_maximised("")
    assert planned.focusWidget() is axial
    _choose(planned, NERVE)
    assert planned.plan.grid.focus_target.isVisible()
    assert all(region.isVisible() for region in planned.plan.regions())


def test_layout_and_sizes_survive_a_restart(app, planned, case, tmp_path, runner):
    from planner.ui.app import make_window
    from planner.ui.desk import AppServices

    _choose(planned, "one-and-three")
    outer = _view(planned, "axial").parent().parent()
    assert isinstance(outer, QSplitter)
    whole = sum(outer.sizes())
    outer.moveSplitter(round(whole * 0.4), 1)
    planned.desk.view.set_maximised("sagittal")
    planned.close()
    kept = json.loads(_preferences(tmp_path).text(LAYOUT))
    assert kept["layout"] == "one-and-three"
    assert kept["shares"]["one-and-three"][0][0] == pytest.approx(0.4, abs=0.02)

    services = AppServices(planned.desk.blobs, lambda _dispatch: runner, tmp_path / "plans")
    again = make_window(services, settings=QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat))
    try:
        again.show()
        again.desk.open(type(case)(again.desk.blobs).session, case.shared)
        again.grab()
        assert again.plan.grid.shown == ("sagittal",)
        again.actions_by_id["four_up"].trigger()
        again.grab()
        assert again.plan.grid.shown == layout_of("one-and-three").views
        axial = _view(again, "axial")
        assert axial.width() / again.plan.grid.width() == pytest.approx(0.4, abs=0.03)
    finally:
        again.close()
        again.deleteLater()
        app.processEvents()


# --- when what is shown is not there ---------------------------------------------------------------------------------


def test_without_a_probe_its_views_say_so_and_come_back(planned):
    grid, session = planned.plan.grid, planned.desk.session
    _choose(planned, PROBE_TRIPLET)
    session.apply(RemoveProbe(ProbeId("p1"), "P1"), initiator="user")
    planned.grab()
    for name in ("along-0", "along-90", "probe-eye"):
        assert grid.sentence_of(name) == NO_PROBE
        assert not _view(planned, name).isVisible()
    assert not grid.bar.depth_field.isEnabled()
    session.undo()
    planned.grab()
    assert grid.sentence_of("along-0") == ""
    assert _view(planned, "along-0").isVisible()
    assert grid.bar.depth_field.isEnabled()


def test_the_way_out_leads_to_slices_to_click_in(planned):
    session, view = planned.desk.session, planned.desk.view
    session.apply(RemoveProbe(ProbeId("p1"), "P1"), initiator="user")
    _choose(planned, PROBE_TRIPLET)
    button = next(b for b in planned.plan.grid.findChildren(QPushButton) if b.isVisible() and "probe" in b.text())
    QTest.mouseClick(button, LEFT)
    assert view.tool is Tool.PROBE
    assert layout_of(view.layout).key == FOUR_UP


def test_without_a_nerve_its_views_say_so(planned):
    grid, session = planned.plan.grid, planned.desk.session
    _choose(planned, NERVE)
    session.apply(RemoveTarget(TargetId("t1"), "nerve"), initiator="user")
    planned.grab()
    assert grid.sentence_of("nerve-strip") == grid.sentence_of("across-nerve") == NO_NERVE
    assert grid.sentence_of("locator") == "", "the locator is an axial slice all the same"
    session.undo()
    planned.grab()
    assert grid.sentence_of("nerve-strip") == ""


# --- on the probe ----------------------------------------------------------------------------------------------------


@pytest.fixture
def triplet(planned):
    _choose(planned, PROBE_TRIPLET)
    return planned


def _shift(window, entry=(0.0, -30.0, 0.0), tip=(0.0, 0.0, 0.0)):
    window.desk.session.apply(MoveProbe(ProbeId("p1"), "P1", entry, tip, "tip"), initiator="user")


def test_planes_along_hold_the_shaft_with_the_entry_above(triplet):
    """The probe of the small case enters at the front and points straight to the back."""
    for name, away in (("along-0", (0, 0, 1)), ("along-90", (1, 0, 0))):
        plane = _view(triplet, name).plane
        assert plane.normal_lps == pytest.approx(away, abs=1e-12)
        assert plane.off_plane_mm([(0, -30, 0), (0, 0, 0)]) == pytest.approx([0, 0], abs=1e-9)
        entry, tip = plane.to_px((0, -30, 0)), plane.to_px((0, 0, 0))
        assert entry[0] == pytest.approx(tip[0])
        assert tip[1] - entry[1] == pytest.approx(30 / plane.mm_per_px)
        assert plane.edge_letters().top == "A"
    assert _view(triplet, "along-0").plane.edge_letters().left == "R", "as an axial slice: right of the patient at left"


def test_roll_turns_both_planes_about_the_shaft(triplet):
    triplet.desk.view.set_probe_roll(30.0)
    for name, turned in (("along-0", 30.0), ("along-90", 120.0)):
        view = _view(triplet, name)
        # Thumb toward the tip (to the back, +y): from the head (+z) toward the patient's left (+x).
        expected = (np.sin(np.radians(turned)), 0.0, np.cos(np.radians(turned)))
        assert view.plane.normal_lps == pytest.approx(expected, abs=1e-9)
        assert view.plane.off_plane_mm([(0, -30, 0), (0, 0, 0)]) == pytest.approx([0, 0], abs=1e-9)
        assert view.stand.caption(view.session, view.view) == f"ALONG P1, {turned:.0f}°"
    _view(triplet, "along-0").step_slices(1)
    assert triplet.desk.view.probe_roll_deg == pytest.approx(35.0)
    assert triplet.plan.grid.bar.roll_field.value() == pytest.approx(35.0)


def test_the_plane_across_lies_at_its_depth_seen_from_the_entry(triplet):
    view, eye = triplet.desk.view, _view(triplet, "probe-eye")
    assert eye.plane.normal_lps == pytest.approx((0, 1, 0))
    assert eye.plane.off_plane_mm((0, 0, 0)) == pytest.approx(0), "at the tip at first"
    assert eye.plane.edge_letters().top == "H"
    view.set_probe_depth(12.0)
    assert eye.plane.off_plane_mm((0, -18, 0)) == pytest.approx(0)
    assert eye.stand.corner(eye.session, view) == "12.0 mm deep"
    eye.step_slices(3)
    assert view.probe_depth_mm == pytest.approx(15.0)
    assert view.crosshair_lps_mm == pytest.approx((0, -15, 0)), "every slice comes along"
    view.set_probe_depth(1000.0)
    assert eye.stand.corner(eye.session, view) == "40.0 mm beyond the tip"


def test_ticks_stand_every_ten_millimetres_from_the_entry(triplet):
    along = _view(triplet, "along-0")
    marks = along.stand.marks(along.plane, session=along.session, view=along.view)
    ticks = next(mark for mark in marks if getattr(mark, "name", "") == "depth ticks")
    places = [line.mean(axis=0) for line in ticks.lines]
    assert np.array(places) == pytest.approx(along.plane.to_px([(0, -30, 0), (0, -20, 0), (0, -10, 0)]), abs=0.01)


def test_views_follow_a_probe_that_moves(triplet):
    eye, along = _view(triplet, "probe-eye"), _view(triplet, "along-90")
    _shift(triplet, tip=(10.0, 0.0, 6.0))
    direction = np.array([10.0, 30.0, 6.0]) / np.linalg.norm([10.0, 30.0, 6.0])
    assert eye.plane.normal_lps == pytest.approx(direction)
    assert along.plane.off_plane_mm([(0, -30, 0), (10, 0, 6)]) == pytest.approx([0, 0], abs=1e-9)
    assert triplet.plan.grid.bar.depth_field.value() == pytest.approx(np.linalg.norm([10, 30, 6]), abs=0.06)


def test_a_view_does_not_turn_under_the_hand_that_drags_its_probe(triplet):
    along = _view(triplet, "along-0")
    before = along.plane
    tip = QPoint(*(round(v) for v in before.to_px((0, 0, 0))))
    QTest.mousePress(along, LEFT, pos=tip)
    try:
        for step in (10, 25, 40):
            QTest.mouseMove(along, tip + QPoint(step, 0))
        assert along.plane == before
        moved = triplet.desk.session.plan.probes[0].tip_lps_mm
        shift = 40 * before.mm_per_px * np.asarray(before.right_lps)
        assert moved == pytest.approx(point(shift), abs=2 * before.mm_per_px)
    finally:
        QTest.mouseRelease(along, LEFT, pos=tip + QPoint(40, 0))
    x = along.plane.to_px([(0, -30, 0), moved])[:, 0]
    assert x[0] == pytest.approx(x[1], abs=1e-6), "let go, it is upright again"


def _claims(view, key):
    """Whether a view keeps a key from the window's shortcuts."""
    asked = QKeyEvent(QEvent.Type.ShortcutOverride, key, Qt.KeyboardModifier.NoModifier)
    asked.ignore()
    QCoreApplication.sendEvent(view, asked)
    return asked.isAccepted()


def test_brackets_slide_the_view_across_and_elsewhere_the_probe(triplet):
    session, view = triplet.desk.session, triplet.desk.view
    eye, along = _view(triplet, "probe-eye"), _view(triplet, "along-0")
    assert _claims(eye, Qt.Key.Key_BracketLeft)
    assert not _claims(along, Qt.Key.Key_BracketLeft)
    assert not _claims(eye, Qt.Key.Key_T)
    view.set_probe_depth(20.0)
    before = session.plan
    QTest.keyClick(eye, Qt.Key.Key_BracketLeft)
    assert view.probe_depth_mm == pytest.approx(19.0)
    assert session.plan is before


def test_the_row_sets_depth_and_roll(triplet):
    bar, view = triplet.plan.grid.bar, triplet.desk.view
    for field, text in ((bar.depth_field, "17.5"), (bar.roll_field, "-40")):
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field.lineEdit(), text)
        QTest.keyClick(field.lineEdit(), Qt.Key.Key_Return)
    assert view.probe_depth_mm == pytest.approx(17.5)
    assert view.probe_roll_deg == pytest.approx(-40.0)
    assert [button.text() for button in bar._group.buttons()] == ["P1"]


def test_f_shows_the_probe_views_and_goes_back(planned):
    _choose(planned, "one-and-three")
    planned.actions_by_id["probe_eye"].trigger()
    assert layout_of(planned.desk.view.layout).key == PROBE_TRIPLET
    planned.actions_by_id["probe_eye"].trigger()
    assert layout_of(planned.desk.view.layout).key == "one-and-three"


def test_a_view_on_a_probe_opens_where_the_probe_is_now(triplet):
    along, view = _view(triplet, "along-0"), triplet.desk.view
    _shift(triplet, entry=(30.0, -30.0, 10.0), tip=(30.0, 0.0, 10.0))
    for alone in ("along-0", ""):
        view.set_maximised(alone)
        triplet.grab()
        x, y = along.plane.to_px((30.0, -15.0, 10.0))
        assert (x, y) == pytest.approx((along.width() / 2, along.height() / 2), abs=1.0)


def test_another_probe_is_looked_at_from_its_tip(triplet):
    session, view = triplet.desk.session, triplet.desk.view
    second = replace(session.plan.probes[0], id=ProbeId("p2"), label="P2", tip_lps_mm=(5.0, 5.0, 0.0))
    session.apply(AddProbe(second), initiator="user")
    view.set_probe_depth(3.0)
    button = triplet.plan.grid.bar.findChildren(QToolButton)[-1]
    assert button.text() == "P2"
    QTest.mouseClick(button, LEFT)
    assert view.selected_probe == "p2"
    eye = _view(triplet, "probe-eye")
    assert eye.plane.off_plane_mm((5.0, 5.0, 0.0)) == pytest.approx(0, abs=1e-9)
    assert eye.stand.caption(session, view) == "PERPENDICULAR TO P2"
