"""Do slab, film, inversion, mouse schemes, menu and the history of looks do what they say, and stop at a hand?"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QSettings, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QMenu

from planner.domain.geometry import point
from planner.domain.identity import ProbeId, TargetId
from planner.rendering.plane import Orientation
from planner.rendering.primitives import Label, Role
from planner.rendering.slab import SlabMode
from planner.rendering.turning import UPRIGHT
from planner.services.probe_commands import RemoveProbe
from planner.services.target_commands import RemoveTarget
from planner.ui.preferences import MOUSE_SCHEME, WINDOW_DRAG_UP, Preferences
from planner.ui.slices.schemes import SCHEMES, SchemeName, remember_mouse
from planner.ui.view_state import ViewState
from planner.ui.window_keys import key_words, remember_windows
from tests.ui.slice_desk import AXES, LEFT, MIDDLE, RIGHT, Desk, make_session, send_move, wheel

if TYPE_CHECKING:
    import pathlib

    from planner.rendering.frame_marks import FrameText
    from planner.ui.main_window import MainWindow

pytestmark = pytest.mark.ui

NO_KEY, CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
SHIFT, ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier


@pytest.fixture
def desk(qtbot, tmp_path: pathlib.Path) -> Desk:
    session = make_session(tmp_path, AXES["head first"])
    session.apply(RemoveProbe(ProbeId("p"), "P1"), initiator="test")
    session.apply(RemoveTarget(TargetId("t"), "Nerve"), initiator="test")
    return Desk(qtbot, session)


def texts(view) -> set[str]:
    return {m.text for m in view.primitives() if isinstance(m, Label)}


# --- slab and inversion ----------------------------------------------------------------------------------------------


def test_ctrl_shift_wheel_makes_a_slab_that_is_written_on_every_view_at_every_size(desk: Desk) -> None:
    view, small = desk.view(), desk.view(Orientation.CORONAL, size=(240, 160))
    before = view.plane
    wheel(view, 120 * 6, CTRL | SHIFT)
    assert desk.state.slab_mm == 10.0
    assert view.plane == before
    for one in (view, small):
        assert "MIP 10 mm" in texts(one)
    desk.state.set_flag("show_text", on=False)
    assert "MIP 10 mm" in texts(small), "what makes a picture other than a slice is never left out"
    wheel(view, -120 * 20, CTRL | SHIFT)
    assert desk.state.slab_mm == 0.0
    assert "MIP 10 mm" not in texts(view)


def test_the_grab_of_a_slab_is_the_largest_value_of_its_slices(desk: Desk) -> None:
    """2 mm slices, a slab of 8 mm round one of them: two slices on each side, both faces on slices."""
    view = desk.view(size=(400, 300))
    desk.state.set_flag("show_structures", on=False)
    desk.state.set_flag("show_crosshair", on=False)
    volume = desk.session.volume
    desk.state.set_crosshair(point(volume.grid.to_lps((36, 32, 20))))
    desk.state.set_slab(8.0, SlabMode.MIP)
    place = volume.grid.to_lps((30, 28, 20))
    zoomed = view.plane.zoomed(8.0, at_px=tuple(view.plane.to_px(place)))
    view.put_plane(zoomed, fixed_px=(0, 0))
    picture = view.grab().toImage()
    x, y = view.plane.to_px(place) * (picture.width() / 400)
    hu = float(volume.hu[18:23, 28, 30].max())
    wanted = np.clip((hu - 39.5) / 399 + 0.5, 0, 1) * 255
    assert picture.pixelColor(int(x), int(y)).red() == pytest.approx(wanted, abs=12)


def test_the_read_out_in_a_slab_says_so_and_gives_the_value_shown(desk: Desk) -> None:
    view = desk.view()
    volume = desk.session.volume
    place = volume.grid.to_lps((30, 25, 20))
    desk.state.set_crosshair(point(place))
    desk.state.set_slab(8.0, SlabMode.MINIP)
    x, y = view.plane.to_px(place)
    view.put_plane(view.plane.zoomed(40.0, at_px=(x, y)), fixed_px=(x, y))
    with desk.qtbot.waitSignal(view.cursor_moved) as told:
        send_move(view, QPoint(round(x), round(y)), Qt.MouseButton.NoButton, NO_KEY)
    (readout,) = told.args
    assert readout.hu == pytest.approx(float(volume.hu[18:23, 25, 30].min()), abs=8)
    assert "slab, MinIP 8 mm" in readout.words


def test_inverting_turns_the_greys_over_and_leaves_the_outside_black(desk: Desk) -> None:
    view = desk.view(size=(400, 300))
    for flag in ("show_structures", "show_crosshair", "show_text"):
        desk.state.set_flag(flag, on=False)
    plain = view.grab().toImage()
    desk.qtbot.keyClick(view, Qt.Key.Key_I)
    assert desk.state.is_inverted
    turned = view.grab().toImage()
    ratio = plain.width() / 400
    for x, y in ((180, 140), (215, 165), (240, 120)):
        here = (round(x * ratio), round(y * ratio))
        assert plain.pixelColor(*here).red() + turned.pixelColor(*here).red() == pytest.approx(255, abs=1)
    outside = (round(290 * ratio), round(298.6 * ratio))
    assert plain.pixelColor(*outside).red() == turned.pixelColor(*outside).red() == 0
    assert "Inverted" in texts(view)


# --- film ------------------------------------------------------------------------------------------------------------


def test_a_film_plays_every_slice_and_begins_again_after_the_last(desk: Desk) -> None:
    view = desk.view()
    desk.qtbot.keyClick(view, Qt.Key.Key_C)
    assert view.cine.is_playing
    view.cine.stop()
    depths = []
    for _ in range(41):
        view.cine.step()
        depths.append(round(view.plane.centre_lps_mm[2], 3))
    assert len(set(depths)) == 40
    assert depths[40] == depths[0]


def test_a_film_goes_on_by_itself(desk: Desk) -> None:
    view = desk.view()
    desk.state.set_cine(40.0)
    first = view.plane.centre_lps_mm[2]
    view.cine.toggle()
    desk.qtbot.waitUntil(lambda: view.plane.centre_lps_mm[2] >= first + 6.0)
    assert "Film, 40 per second" in texts(view)
    view.cine.stop()


@pytest.mark.parametrize("act", ["wheel", "press", "key", "window", "tool", "hide"])
def test_any_hand_stops_a_film(desk: Desk, act: str) -> None:
    from planner.ui.view_state import Tool

    view = desk.view()
    view.cine.toggle()
    if act == "wheel":
        wheel(view, 120)
    elif act == "press":
        desk.qtbot.mouseClick(view, LEFT, pos=QPoint(100, 100))
    elif act == "key":
        desk.qtbot.keyClick(view, Qt.Key.Key_Up)
    elif act == "window":
        desk.state.set_window((100, 50))
    elif act == "tool":
        desk.state.set_tool(Tool.NERVE)
    else:
        view.hide()
    assert not view.cine.is_playing


# --- mouse schemes ---------------------------------------------------------------------------------------------------

# What each gesture on anatomy must change, from the table of what workstations bind.
GESTURES = {
    SchemeName.RADIOLOGY: {
        (LEFT, NO_KEY): "crosshair",
        (MIDDLE, NO_KEY): "pan",
        (RIGHT, NO_KEY): "window",
        (RIGHT, CTRL): "zoom",
    },
    SchemeName.OHIF: {
        (LEFT, NO_KEY): "window",
        (MIDDLE, NO_KEY): "pan",
        (RIGHT, NO_KEY): "zoom",
        (LEFT, SHIFT): "crosshair",
    },
    SchemeName.SLICER: {
        (LEFT, NO_KEY): "window",
        (MIDDLE, NO_KEY): "pan",
        (LEFT, SHIFT): "pan",
        (RIGHT, NO_KEY): "zoom",
        (LEFT, CTRL | ALT): "turn",
    },
}


@pytest.mark.parametrize("name", SchemeName)
def test_each_scheme_does_what_its_name_promises_and_nothing_else(desk: Desk, name: SchemeName) -> None:
    view = desk.view()
    desk.state.set_mouse_scheme(name)
    for (button, keys), wanted in GESTURES[name].items():
        view.reset_view()
        desk.state.reset_frame()
        before = (desk.state.crosshair_lps_mm, view.plane, desk.state.window_hu)
        desk.drag(view, (120, 90), (150, 60), button, keys)
        changed = set()
        if desk.state.crosshair_lps_mm != before[0]:
            changed.add("crosshair")
        if view.plane.mm_per_px != before[1].mm_per_px:
            changed.add("zoom")
        elif view.plane != before[1]:
            changed.add("pan")
        if desk.state.window_hu != before[2]:
            changed.add("window")
        if desk.state.frame != UPRIGHT:
            changed.add("turn")
        assert changed == {wanted}, (button, keys)


@pytest.mark.parametrize("name", SchemeName)
def test_a_click_without_movement_is_the_crosshair_or_the_menu(desk: Desk, name: SchemeName) -> None:
    view = desk.view()
    desk.state.set_mouse_scheme(name)
    window = desk.state.window_hu
    desk.qtbot.mouseClick(view, LEFT, pos=QPoint(140, 110))
    assert view.plane.to_px(desk.state.crosshair_lps_mm) == pytest.approx((140.5, 110.5), abs=1)
    desk.qtbot.mousePress(view, RIGHT, pos=QPoint(140, 110))
    send_move(view, QPoint(142, 112), RIGHT, NO_KEY)
    desk.qtbot.mouseRelease(view, RIGHT, pos=QPoint(142, 112))
    assert desk.state.window_hu == window
    menu = view.findChild(QMenu)
    assert menu is not None
    assert menu.isVisible()
    menu.close()


def test_a_right_drag_opens_no_menu(desk: Desk) -> None:
    view = desk.view()
    desk.drag(view, (100, 100), (130, 100), RIGHT)
    assert view.findChild(QMenu) is None


def test_a_second_button_changes_nothing_about_a_drag(desk: Desk) -> None:
    view = desk.view()
    before, window = view.plane, desk.state.window_hu
    desk.qtbot.mousePress(view, MIDDLE, pos=QPoint(100, 100))
    both = MIDDLE | LEFT
    crosshair = desk.state.crosshair_lps_mm
    QApplication.sendEvent(view, button_event(view, QEvent.Type.MouseButtonPress, QPoint(100, 100), LEFT, both))
    send_move(view, QPoint(130, 100), both, NO_KEY)
    QApplication.sendEvent(view, button_event(view, QEvent.Type.MouseButtonRelease, QPoint(130, 100), LEFT, MIDDLE))
    send_move(view, QPoint(140, 100), MIDDLE, NO_KEY)
    desk.qtbot.mouseRelease(view, MIDDLE, pos=QPoint(140, 100))
    assert view.plane.to_px(before.centre_lps_mm)[0] == pytest.approx(250 + 40)
    assert desk.state.crosshair_lps_mm == crosshair
    assert desk.state.window_hu == window


def button_event(view, kind, at: QPoint, button, buttons) -> QMouseEvent:
    where = QPointF(at)
    return QMouseEvent(kind, where, view.mapToGlobal(where), button, buttons, NO_KEY)


def test_the_menu_offers_presets_slab_inversion_and_standard_planes_only_when_turned(desk: Desk) -> None:
    from planner.ui.slices.menu import slice_menu

    view = desk.view()
    entries = {action.text().split("\t")[0]: action for action in slice_menu(view).actions()}
    assert {"Window", "Slab", "Invert", "Film", "Whole slice", "Standard planes", "This view alone"} <= set(entries)
    assert not entries["Standard planes"].isEnabled()
    entries["Invert"].trigger()
    assert desk.state.is_inverted
    slab = {action.text(): action for action in entries["Slab"].menu().actions()}
    slab["Average"].trigger()
    assert (desk.state.slab_mm, desk.state.slab_mode) == (10.0, SlabMode.AVERAGE)
    desk.state.turn((1.0, 0.0, 0.0), 0.2)
    again = {action.text().split("\t")[0]: action for action in slice_menu(view).actions()}
    assert again["Standard planes"].isEnabled()


def test_the_live_window_stands_beside_the_cursor_while_windowing(desk: Desk) -> None:
    view = desk.view()
    desk.qtbot.mousePress(view, RIGHT, pos=QPoint(100, 100))
    send_move(view, QPoint(150, 100), RIGHT, NO_KEY)
    live = next(m for m in view.primitives() if isinstance(m, Label) and m.name == "live window")
    assert live.text == "W 480 L 40"
    assert live.anchor_px == (166.0, 92.0)
    desk.qtbot.mouseRelease(view, RIGHT, pos=QPoint(150, 100))
    assert not any(m.name == "live window" for m in view.primitives() if isinstance(m, Label))


@pytest.mark.parametrize("up_is_brighter", [True, False])
def test_the_direction_of_windowing_is_a_choice(desk: Desk, *, up_is_brighter: bool) -> None:
    view = desk.view()
    desk.state.set_up_is_brighter(on=up_is_brighter)
    desk.drag(view, (100, 100), (100, 60), RIGHT)
    assert (desk.state.window_hu[1] < 40) is up_is_brighter


@pytest.mark.usefixtures("app")
def test_scheme_and_direction_are_there_again_at_the_next_start(tmp_path: pathlib.Path) -> None:
    settings = QSettings(str(tmp_path / "choices.ini"), QSettings.Format.IniFormat)
    first = ViewState()
    remember_mouse(first, Preferences(settings))
    assert first.mouse_scheme is SchemeName.RADIOLOGY
    first.set_mouse_scheme(SchemeName.SLICER)
    first.set_up_is_brighter(on=False)
    again = ViewState()
    remember_mouse(again, Preferences(settings))
    assert again.mouse_scheme is SchemeName.SLICER
    assert not again.up_is_brighter
    settings.setValue(MOUSE_SCHEME, "made up by another program")
    settings.remove(WINDOW_DRAG_UP)
    odd = ViewState()
    remember_mouse(odd, Preferences(settings))
    assert odd.mouse_scheme is SchemeName.RADIOLOGY
    assert odd.up_is_brighter


@pytest.mark.parametrize("name", SchemeName)
def test_the_sheet_prints_the_active_scheme(planned: MainWindow, name: SchemeName) -> None:
    from PySide6.QtWidgets import QLabel

    from planner.ui.dialogs.shortcuts import ShortcutSheet

    planned.desk.view.set_mouse_scheme(name)
    planned.actions_by_id["shortcuts"].trigger()
    sheet = planned.findChild(ShortcutSheet)
    assert sheet is not None
    words = {one.text() for one in sheet.findChildren(QLabel)}
    assert f"Shortcuts: {SCHEMES[name].title} mouse" in words
    assert {word for pair in SCHEMES[name].words for word in pair} <= words
    sheet.close()


# --- windows on keys -------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("app")
def test_a_window_of_ones_own_stays_on_its_key_over_a_restart(desk: Desk, tmp_path: pathlib.Path) -> None:
    settings = QSettings(str(tmp_path / "choices.ini"), QSettings.Format.IniFormat)
    remember_windows(desk.state, Preferences(settings))
    view = desk.view()
    desk.state.bind_windows({"6": (220.0, -30.0)})
    desk.qtbot.keyClick(view, Qt.Key.Key_6)
    assert desk.state.window_hu == (220, -30)
    assert key_words(desk.state, "6") == "Own 220 / −30"
    again = ViewState()
    remember_windows(again, Preferences(settings))
    assert again.window_of("6") == (220, -30)
    assert again.window_of("1") == (400, 40)
    settings.setValue("views/window_keys", ["9=1/1", "nonsense", "1=0/5"])
    odd = ViewState()
    remember_windows(odd, Preferences(settings))
    assert odd.own_windows == {}


# --- history of looks ------------------------------------------------------------------------------------------------


def test_alt_arrows_go_through_the_looks_and_never_through_the_plan(desk: Desk) -> None:
    view = desk.view()
    history, plan = desk.state.history, desk.session.plan
    history.settle()
    first = (desk.state.window_hu, desk.state.crosshair_lps_mm, view.plane)
    desk.state.set_window((1500, -600))
    history.settle()
    view.zoom(3.0, at_px=(100, 100))
    wheel(view, 240)
    zoomed = view.plane
    desk.qtbot.keyClick(view, Qt.Key.Key_Left, ALT)
    assert view.plane.mm_per_px == first[2].mm_per_px
    assert desk.state.window_hu == (1500, -600)
    desk.qtbot.keyClick(view, Qt.Key.Key_Left, ALT)
    assert (desk.state.window_hu, desk.state.crosshair_lps_mm) == first[:2]
    assert view.plane.centre_lps_mm == pytest.approx(first[2].centre_lps_mm)
    desk.qtbot.keyClick(view, Qt.Key.Key_Left, ALT)  # there is nothing before the first
    assert desk.state.window_hu == first[0]
    for _ in range(2):
        desk.qtbot.keyClick(view, Qt.Key.Key_Right, ALT)
    assert view.plane.mm_per_px == pytest.approx(zoomed.mm_per_px)
    assert view.plane.centre_lps_mm == pytest.approx(zoomed.centre_lps_mm)
    assert desk.session.plan is plan


def test_a_run_of_the_wheel_is_one_look(desk: Desk) -> None:
    view = desk.view()
    desk.state.history.settle()
    start = desk.state.crosshair_lps_mm
    for _ in range(5):
        wheel(view, 120)
    assert desk.state.history.back()
    assert desk.state.crosshair_lps_mm == start


# --- texts -----------------------------------------------------------------------------------------------------------


def test_texts_drop_out_by_rank_as_a_view_shrinks_and_identity_never_does(desk: Desk) -> None:
    wanted = {
        (900, 500): {"study", "zoom", "window", "position"},
        (500, 280): {"zoom", "window", "position"},
        (300, 190): {"window", "position"},
    }
    for size, names in wanted.items():
        view = desk.view(size=size)
        marks = [m for m in view.primitives() if isinstance(m, Label)]
        assert {m.name for m in marks if m.role is Role.CORNER} - {"image"} == names
        for role in (Role.IDENTITY, Role.LETTER, Role.NAME, Role.SCALE):
            assert any(m.role is role for m in marks), (size, role)


def test_a_wide_view_writes_image_and_position_in_one_line(desk: Desk) -> None:
    view = desk.view(size=(1300, 700))
    where = next(m.text for m in view.primitives() if isinstance(m, Label) and m.name == "position")
    assert re.fullmatch(r"Slice \d+/40 · F \d+\.\d mm · 2\.0 mm", where)


def test_tube_voltage_and_kernel_are_among_the_corner_texts_and_go_first(desk: Desk) -> None:
    ref = replace(desk.session.volume.ref, acquisition="120 kVp · B30f")
    desk.session.volume = replace(desk.session.volume, ref=ref)
    wide, small = desk.view(size=(900, 600)), desk.view(size=(500, 400))
    assert "120 kVp · B30f" in texts(wide)
    assert "120 kVp · B30f" not in texts(small)


def test_what_may_name_the_patient_goes_with_the_name(planned: MainWindow) -> None:
    view = planned.plan.grid.slices[0]
    view.resize(900, 600)
    text: FrameText = view._frame.text(view.plane, None)
    assert text.study == ("2 · Block", "2026-01-02")
    planned.desk.view.set_flag("hide_identity", on=True)
    hidden = view._frame.text(view.plane, None)
    assert hidden.study == ("2 · Block",)
    assert hidden.born == ""


@pytest.mark.parametrize("factor", [1e9, 1e-9])
def test_a_drag_across_several_screens_never_zooms_beyond_what_can_be_drawn(desk: Desk, factor: float) -> None:
    view = desk.view()
    view.zoom(factor, at_px=(100.0, 100.0))
    view.grab()
    assert 0.01 < view.plane.mm_per_px < 10
