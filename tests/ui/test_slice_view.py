"""Does the hand do in a slice what it should: pick, drag, scroll, place, window, and never more?"""

from __future__ import annotations

import gc
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt

from planner.domain.geometry import point
from planner.domain.identity import ProbeId, TargetId
from planner.rendering.plane import Orientation
from planner.rendering.primitives import Label, Marker, Role
from planner.services.probe_commands import RemoveProbe
from planner.services.target_commands import RemoveTarget
from planner.ui.view_state import Tool
from tests.ui.slice_desk import AXES, LEFT, MIDDLE, RIGHT, Desk, make_session, send_move, wheel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from planner.services.session import Session

pytestmark = pytest.mark.ui

STANDARD = (Orientation.AXIAL, Orientation.CORONAL, Orientation.SAGITTAL)


@pytest.fixture(params=AXES.values(), ids=AXES.keys())
def any_session(request: pytest.FixtureRequest, tmp_path: Path) -> Session:
    return make_session(tmp_path, request.param)


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return make_session(tmp_path, AXES["head first"])


@pytest.fixture
def desk(qtbot, session: Session) -> Iterator[Desk]:
    yield Desk(qtbot, session)
    gc.collect()


@pytest.mark.parametrize("orientation", STANDARD)
def test_a_click_picks_the_voxel_that_is_seen_there(qtbot, any_session: Session, orientation: Orientation) -> None:
    any_session.apply(RemoveProbe(ProbeId("p"), "P1"), initiator="test")
    desk = Desk(qtbot, any_session)
    view = desk.view(orientation)
    grid = any_session.volume.grid
    rng = np.random.default_rng(11)
    for _ in range(5):
        voxel = rng.integers(10, 30, 3)
        wanted = grid.to_lps(voxel)
        x, y = view.plane.to_px(wanted)
        qtbot.mouseClick(view, LEFT, pos=QPoint(round(x - 0.5), round(y - 0.5)))
        in_plane = view.plane.to_px(desk.state.crosshair_lps_mm) - (x, y)
        assert np.abs(in_plane * view.plane.mm_per_px).max() <= 0.5 * min(grid.spacing_ijk_mm)


def test_wheel_moves_one_slice_to_the_head_and_fine_wheels_add_up(desk: Desk) -> None:
    view = desk.view()
    before = view.plane.centre_lps_mm
    wheel(view, 120)
    assert np.subtract(view.plane.centre_lps_mm, before) == pytest.approx((0, 0, 2.0))
    for _ in range(3):
        wheel(view, 30)
    assert np.subtract(view.plane.centre_lps_mm, before) == pytest.approx((0, 0, 2.0))
    wheel(view, 30)
    assert np.subtract(view.plane.centre_lps_mm, before) == pytest.approx((0, 0, 4.0))
    assert desk.state.crosshair_lps_mm[2] == pytest.approx(view.plane.centre_lps_mm[2])


def test_ctrl_wheel_zooms_at_the_cursor_and_moves_no_slice(desk: Desk) -> None:
    view = desk.view()
    at = QPointF(120, 90)
    under, depth = view.plane.to_lps((120, 90)), view.plane.centre_lps_mm[2]
    wheel(view, 120, Qt.KeyboardModifier.ControlModifier, at)
    assert view.plane.to_lps((120, 90)) == pytest.approx(under)
    assert view.plane.centre_lps_mm[2] == depth
    assert "Zoom" in " ".join(m.text for m in view.primitives() if isinstance(m, Label))


@pytest.mark.parametrize("orientation", STANDARD)
def test_dragging_a_tip_moves_it_by_what_the_hand_moved(desk: Desk, orientation: Orientation) -> None:
    view = desk.view(orientation)
    probe = desk.session.plan.probes[0]
    start = np.round(view.plane.to_px(probe.tip_lps_mm))
    desk.drag(view, start, start + np.array([30, -17]))
    moved = np.subtract(desk.session.plan.probes[0].tip_lps_mm, probe.tip_lps_mm)
    mm = view.plane.mm_per_px
    expected = 30 * mm * np.array(view.plane.right_lps) - 17 * mm * np.array(view.plane.down_lps)
    assert moved == pytest.approx(expected, abs=1e-6)
    assert view.plane.off_plane_mm(moved + view.plane.centre_lps_mm) == pytest.approx(0, abs=1e-9)
    assert desk.session.plan.probes[0].entry_lps_mm == probe.entry_lps_mm
    assert desk.state.selected_probe == probe.id


def test_one_drag_is_one_undo_step(desk: Desk) -> None:
    view = desk.view()
    first = desk.session.plan
    start = view.plane.to_px(first.probes[0].entry_lps_mm)
    desk.drag(view, start, start + np.array([20, 20]))
    assert desk.session.undo_label == "move entry of P1"
    desk.session.undo()
    assert desk.session.plan == first
    assert desk.session.undo_label == ""


def test_dragging_the_shaft_moves_both_ends(desk: Desk) -> None:
    view = desk.view()
    probe = desk.session.plan.probes[0]
    middle = (view.plane.to_px(probe.entry_lps_mm) + view.plane.to_px(probe.tip_lps_mm)) / 2
    desk.drag(view, middle, middle + np.array([12, 8]))
    after = desk.session.plan.probes[0]
    assert np.subtract(after.tip_lps_mm, probe.tip_lps_mm) == pytest.approx(
        np.subtract(after.entry_lps_mm, probe.entry_lps_mm)
    )
    assert after.depth_mm == pytest.approx(probe.depth_mm)
    assert after != probe


def test_escape_during_a_drag_puts_the_probe_back(desk: Desk) -> None:
    view = desk.view()
    probe = desk.session.plan.probes[0]
    x, y = (round(v) for v in view.plane.to_px(probe.tip_lps_mm))
    desk.qtbot.mousePress(view, LEFT, pos=QPoint(x, y))
    send_move(view, QPoint(x + 40, y), LEFT, Qt.KeyboardModifier.NoModifier)
    assert desk.session.plan.probes[0] != probe
    desk.qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert desk.session.plan.probes[0].tip_lps_mm == pytest.approx(probe.tip_lps_mm)
    desk.qtbot.mouseRelease(view, LEFT, pos=QPoint(x + 40, y))


def test_an_edit_the_plan_refuses_is_said_and_changes_nothing(desk: Desk) -> None:
    """A tip on the entry is no probe: the drag stops before it."""
    view = desk.view()
    probe = desk.session.plan.probes[0]
    tip, entry = view.plane.to_px(probe.tip_lps_mm), view.plane.to_px(probe.entry_lps_mm)
    with desk.qtbot.waitSignal(view.refused) as said:
        desk.drag(view, np.round(tip), np.round(tip) + (entry - tip))
    assert "1 to 400 mm" in str(said.args[0])
    assert desk.session.plan.probes[0].depth_mm >= 1


def test_arrows_nudge_the_selected_handle_and_scroll_without_one(desk: Desk) -> None:
    view = desk.view()
    before = desk.session.plan.probes[0].tip_lps_mm
    depth = view.plane.centre_lps_mm[2]
    desk.qtbot.keyClick(view, Qt.Key.Key_Up)
    assert view.plane.centre_lps_mm[2] == pytest.approx(depth + 2.0)
    x, y = (round(v) for v in view.plane.to_px(before))
    desk.qtbot.mouseClick(view, LEFT, pos=QPoint(x, y))
    for key, modifier in (
        (Qt.Key.Key_Right, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier),
        (Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier),
    ):
        desk.qtbot.keyClick(view, key, modifier)
    moved = np.subtract(desk.session.plan.probes[0].tip_lps_mm, before)
    assert moved == pytest.approx((1.0 - 5.0, 0.1, 0.0))
    assert any(m.name == "selected handle" for m in view.primitives() if isinstance(m, Marker))


def test_keys_go_to_the_ends_and_choose_windows(desk: Desk) -> None:
    view = desk.view()
    grid = desk.session.volume.grid
    desk.qtbot.keyClick(view, Qt.Key.Key_Home)
    assert view.plane.centre_lps_mm[2] == pytest.approx(grid.corners_lps_mm()[:, 2].max())
    desk.qtbot.keyClick(view, Qt.Key.Key_PageDown)
    assert view.plane.centre_lps_mm[2] == pytest.approx(grid.corners_lps_mm()[:, 2].max() - 20.0)
    desk.qtbot.keyClick(view, Qt.Key.Key_End)
    assert view.plane.centre_lps_mm[2] == pytest.approx(grid.corners_lps_mm()[:, 2].min())
    desk.qtbot.keyClick(view, Qt.Key.Key_2)
    assert desk.state.window_hu == (1500, -600)


def test_right_drag_windows_and_middle_drag_pans(desk: Desk) -> None:
    view = desk.view()
    plane = view.plane
    desk.drag(view, (100, 100), (150, 80), RIGHT)
    width, level = desk.state.window_hu
    assert width > 400
    assert level < 40
    assert view.plane == plane
    desk.drag(view, (100, 100), (130, 90), MIDDLE)
    assert view.plane.to_px(plane.centre_lps_mm) - (250, 200) == pytest.approx((30, -10))
    desk.qtbot.keyClick(view, Qt.Key.Key_Space)
    corners = view.plane.to_px(desk.session.volume.grid.corners_lps_mm())
    assert corners.min() >= 0
    assert (corners <= (500, 400)).all()


def test_a_plan_opens_at_its_target_at_any_size_and_a_bare_ct_as_a_whole(desk: Desk) -> None:
    view = desk.view()
    middle = desk.session.plan.targets[0].course.points_lps_mm[1]
    for size in ((500, 400), (300, 640)):
        view.resize(*size)
        assert view.plane.to_px(middle) == pytest.approx(np.array(size) / 2, abs=5.0)
        assert view.plane.mm_per_px * min(size) == pytest.approx(120.0)
    desk.session.apply(RemoveProbe(ProbeId("p"), "P1"), initiator="test")
    desk.session.apply(RemoveTarget(TargetId("t"), "Nerve"), initiator="test")
    corners = desk.session.volume.grid.corners_lps_mm()
    px = desk.view(size=(480, 480)).plane.to_px(corners)
    assert px.min() >= 0
    assert np.ptp(px, axis=0).max() > 0.9 * 480


def test_a_probe_is_placed_with_two_clicks_in_two_views(desk: Desk) -> None:
    axial, sagittal = desk.view(), desk.view(Orientation.SAGITTAL)
    desk.state.set_tool(Tool.PROBE)
    tip = axial.plane.to_lps((200.5, 150.5))
    desk.qtbot.mouseClick(axial, LEFT, pos=QPoint(200, 150))
    assert len(desk.state.draft_lps_mm) == 1
    # The other view has come to the tip: an entry clicked there lies in one of its planes.
    entry = sagittal.plane.to_lps((90.5, 110.5))
    assert entry[0] == pytest.approx(tip[0], abs=1.0)  # a slice stands on voxels
    with desk.qtbot.waitSignal(sagittal.new_probe) as made:
        desk.qtbot.mouseClick(sagittal, LEFT, pos=QPoint(90, 110))
    assert made.args[0] == pytest.approx(tip, abs=axial.plane.mm_per_px)
    assert made.args[1] == pytest.approx(entry, abs=sagittal.plane.mm_per_px)
    assert desk.state.tool is Tool.POINTER
    assert desk.state.draft_lps_mm == ()


def test_a_nerve_goes_on_over_slices_and_ends_with_enter(desk: Desk) -> None:
    view = desk.view()
    desk.state.set_tool(Tool.NERVE)
    desk.qtbot.mouseClick(view, LEFT, pos=QPoint(200, 150))
    desk.qtbot.keyClick(view, Qt.Key.Key_Return)
    assert len(desk.state.draft_lps_mm) == 1, "one point is no nerve"
    wheel(view, 120)
    desk.qtbot.mouseClick(view, LEFT, pos=QPoint(240, 160))
    with desk.qtbot.waitSignal(view.new_nerve) as made:
        desk.qtbot.keyClick(view, Qt.Key.Key_Return)
    (points,) = made.args
    assert points[1][2] - points[0][2] == pytest.approx(2.0)


def test_escape_drops_a_draft_and_never_deletes(desk: Desk) -> None:
    view = desk.view()
    plan = desk.session.plan
    desk.state.set_tool(Tool.NERVE)
    desk.qtbot.mouseClick(view, LEFT, pos=QPoint(200, 150))
    assert any(m.role is Role.DRAFT for m in view.primitives())
    desk.qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert desk.state.draft_lps_mm == ()
    assert desk.session.plan == plan


def test_a_body_is_one_click(desk: Desk) -> None:
    view = desk.view(Orientation.CORONAL)
    desk.state.set_tool(Tool.BODY)
    with desk.qtbot.waitSignal(view.new_body) as made:
        desk.qtbot.mouseClick(view, LEFT, pos=QPoint(200, 150))
    assert made.args[0] == pytest.approx(view.plane.to_lps((200.5, 150.5)), abs=view.plane.mm_per_px)


def test_nerve_points_of_the_selected_target_can_be_dragged(desk: Desk) -> None:
    view = desk.view()
    target = desk.session.plan.targets[0]
    start = np.round(view.plane.to_px(target.course.points_lps_mm[2]))
    desk.state.select_target(target.id)
    desk.drag(view, start, start + np.array([0, 25]))
    moved = np.subtract(desk.session.plan.targets[0].course.points_lps_mm, target.course.points_lps_mm)
    assert moved[2] == pytest.approx(25 * view.plane.mm_per_px * np.array(view.plane.down_lps))
    assert moved[:2] == pytest.approx(0)


def test_shift_move_takes_the_crosshair_along(desk: Desk) -> None:
    axial, coronal = desk.view(), desk.view(Orientation.CORONAL)
    send_move(axial, QPoint(210, 170), Qt.MouseButton.NoButton, Qt.KeyboardModifier.ShiftModifier)
    there = axial.plane.to_lps((210, 170))
    assert desk.state.crosshair_lps_mm == pytest.approx(there)
    assert abs(coronal.plane.off_plane_mm(there)) <= 1.25 / 2 + 1e-9


def test_the_read_out_says_hu_place_and_structure(desk: Desk) -> None:
    view = desk.view()
    grid = desk.session.volume.grid
    place = grid.to_lps((30, 25, 20))
    desk.state.set_crosshair(point(place))
    x, y = view.plane.to_px(place)
    with desk.qtbot.waitSignal(view.cursor_moved) as told:
        send_move(view, QPoint(round(x), round(y)), Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier)
    (readout,) = told.args
    assert readout.hu == int(desk.session.volume.hu[20, 25, 30])
    assert readout.structures == ("Block",)
    assert readout.words.startswith(f"HU {readout.hu}".replace("-", "−"))
    assert "· F " in readout.words


def test_identity_is_shown_or_said_to_be_hidden(desk: Desk) -> None:
    view = desk.view()

    def shown() -> str:
        return next(m.text for m in view.primitives() if m.role is Role.IDENTITY)

    assert shown() == desk.session.identity.label
    desk.state.set_flag("hide_identity", on=True)
    assert shown() == "Name hidden"


def test_double_click_asks_for_this_view_alone(desk: Desk) -> None:
    view = desk.view(Orientation.SAGITTAL)
    with desk.qtbot.waitSignal(view.maximise_asked) as asked:
        desk.qtbot.mouseDClick(view, LEFT, pos=QPoint(250, 300))
        desk.qtbot.mouseRelease(view, LEFT, pos=QPoint(250, 300))  # Qt Test leaves the button down
    assert asked.args == ["sagittal"]


def test_the_grab_is_the_ct_under_the_marks(desk: Desk) -> None:
    """Grey of the pixels away from marks equals the window applied to the voxel there."""
    view = desk.view()
    view.zoom(4.0, at_px=(250, 200))
    desk.state.set_flag("show_structures", on=False)
    picture = view.grab().toImage()
    ratio = view.devicePixelRatioF()
    place = view.plane.to_lps((330.5, 120.5))
    neighbours = [view.plane.to_lps((330.5 + dx, 120.5 + dy)) for dx in (-9, 0, 9) for dy in (-9, 0, 9)]
    index = [np.round(desk.session.volume.grid.to_index(p)).astype(int) for p in (place, *neighbours)]
    greys = [np.clip((float(desk.session.volume.hu[k, j, i]) - 39.5) / 399 + 0.5, 0, 1) * 255 for i, j, k in index]
    seen = picture.pixelColor(round(330 * ratio), round(120 * ratio))
    assert seen.red() == seen.green() == seen.blue()
    assert min(greys) - 2 <= seen.red() <= max(greys) + 2


def test_screen_readers_hear_where_the_slice_is(desk: Desk) -> None:
    view = desk.view()
    assert view.accessibleName() == "Axial slice"
    assert "Axial, F " in view.spoken_value()
    assert "/40" in view.spoken_value()


def test_hiding_a_view_keeps_the_points_clicked(desk: Desk) -> None:
    view = desk.view()
    desk.state.set_tool(Tool.NERVE)
    desk.qtbot.mouseClick(view, LEFT, pos=QPoint(200, 150))
    view.hide()
    assert len(desk.state.draft_lps_mm) == 1


def test_a_removed_probe_takes_its_selected_handle_along(desk: Desk) -> None:
    view = desk.view()
    probe = desk.session.plan.probes[0]
    x, y = (round(v) for v in view.plane.to_px(probe.tip_lps_mm))
    desk.qtbot.mouseClick(view, LEFT, pos=QPoint(x, y))
    desk.session.apply(RemoveProbe(probe.id, probe.label), initiator="user")
    assert view.selected_handle is None
    assert replace(desk.session.plan, probes=()) == desk.session.plan
