"""Do the planes turn under the hand, back again on request, and do letters and cuts tell the truth all the while?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from planner.domain.digest import array_hash
from planner.domain.geometry import Grid, PatientPosition, point
from planner.domain.identity import PatientIdentity, PlanId, ProbeId, TargetId
from planner.domain.plan import Plan
from planner.domain.volume import Volume, VolumeRef
from planner.persistence.blobs import BlobStore
from planner.rendering.plane import Orientation
from planner.rendering.primitives import Label, Marker, Path, Role
from planner.rendering.turning import UPRIGHT
from planner.services.history import History
from planner.services.probe_commands import RemoveProbe
from planner.services.session import Session
from planner.services.target_commands import RemoveTarget
from tests.ui.slice_desk import AXES, LEFT, Desk, make_session, send_move, wheel

if TYPE_CHECKING:
    import pathlib

pytestmark = pytest.mark.ui

STANDARD = (Orientation.AXIAL, Orientation.CORONAL, Orientation.SAGITTAL)
NO_KEY = Qt.KeyboardModifier.NoModifier
# Row and column direction of an axial slice as a scanner stores it, for every way of lying on the couch (LPS).
LYING = {
    "HFS": ((1, 0, 0), (0, 1, 0)),
    "HFP": ((-1, 0, 0), (0, -1, 0)),
    "HFDR": ((0, 1, 0), (-1, 0, 0)),
    "HFDL": ((0, -1, 0), (1, 0, 0)),
    "FFS": ((-1, 0, 0), (0, 1, 0)),
    "FFP": ((1, 0, 0), (0, -1, 0)),
    "FFDR": ((0, -1, 0), (-1, 0, 0)),
    "FFDL": ((0, 1, 0), (1, 0, 0)),
}
# Toward these directions of the patient the made-up CT is bright.
TOWARD = {"L": (1, 0, 0), "R": (-1, 0, 0), "P": (0, 1, 0), "A": (0, -1, 0), "H": (0, 0, 1), "F": (0, 0, -1)}


@pytest.fixture
def desk(qtbot, tmp_path: pathlib.Path) -> Desk:
    """Views of the small case without probe and target, so that only the crosshair can be taken hold of."""
    session = make_session(tmp_path, AXES["head first"])
    session.apply(RemoveProbe(ProbeId("p"), "P1"), initiator="test")
    session.apply(RemoveTarget(TargetId("t"), "Nerve"), initiator="test")
    return Desk(qtbot, session)


def sloping_session(folder: pathlib.Path, lying: str, letter: str) -> Session:
    """A CT that grows brighter toward one direction of the patient."""
    row, column = (np.array(v, dtype=float) for v in LYING[lying])
    axes = np.column_stack([row, column, np.cross(row, column)])
    shape, spacing = (20, 36, 30), (1.5, 1.25, 2.5)
    half = axes * np.array(spacing) @ ((np.array(shape[::-1]) - 1) / 2)
    grid = Grid.from_axes(shape, origin_lps_mm=-half, spacing_ijk_mm=spacing, direction=axes)
    k, j, i = np.indices(shape)
    places = np.stack([i, j, k], axis=-1) @ np.array(grid.index_to_lps)[:3, :3].T - half
    hu = (40 + 8 * places @ np.array(TOWARD[letter])).astype(np.int16)
    ref = VolumeRef(array_hash(hu), grid, PatientPosition(lying), "1.1", "1.2", "1.3")
    plan = Plan(PlanId("plan"), "Slope", ref)
    identity = PatientIdentity(patient_name="A")
    return Session(blobs=BlobStore(folder), volume=Volume(ref, hu), identity=identity, history=History(plan))


@pytest.mark.parametrize("letter", TOWARD)
@pytest.mark.parametrize("lying", LYING)
def test_the_edge_with_the_letter_is_the_side_of_the_patient(
    qtbot, tmp_path: pathlib.Path, lying: str, letter: str
) -> None:
    """In every standard view that has the letter, the picture is brighter toward the edge it stands at."""
    desk = Desk(qtbot, sloping_session(tmp_path, lying, letter))
    desk.state.set_flag("show_text", on=False)
    desk.state.set_flag("show_crosshair", on=False)
    seen = 0
    for orientation in STANDARD:
        view = desk.view(orientation, size=(240, 200))
        letters = {m.text: m.name for m in view.primitives() if m.role is Role.LETTER and isinstance(m, Label)}
        if letter not in letters:
            continue
        picture = view.grab().toImage()
        ratio = picture.width() / 240
        x, y = {"left": (-45, 0), "right": (45, 0), "top": (0, -45), "bottom": (0, 45)}[letters[letter]]
        near, far = (
            picture.pixelColor(round((120 + s * x * 0.4) * ratio), round((100 + s * y * 0.4) * ratio)).red()
            for s in (1, -1)
        )
        assert near > far + 20
        seen += 1
    assert seen == 2, "every direction of the patient lies in two of the three planes"


def end_of_line(view, share: float = 0.8) -> QPoint:
    """A place near the right end of the horizontal line of an upright view."""
    x, y = view.plane.to_px(view.view.crosshair_lps_mm)
    return QPoint(round(x + share * (view.width() - x)), round(y))


def turned_by(start: QPoint, middle, degrees: float) -> QPoint:
    """Where a hand goes that turns by an angle about the crosshair, clockwise on the screen."""
    away = np.array([start.x(), start.y()]) - middle
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return QPoint(*(round(v) for v in middle + np.array([(c, -s), (s, c)]) @ away))


@pytest.mark.parametrize("degrees", [12.0, -30.0])
def test_dragging_the_end_of_a_line_turns_the_other_planes_by_the_hands_angle(desk: Desk, degrees: float) -> None:
    axial, coronal, sagittal = (desk.view(o, size=(700, 600)) for o in STANDARD)
    before = axial.plane
    middle = axial.plane.to_px(desk.state.crosshair_lps_mm)
    start = end_of_line(axial)
    end = turned_by(start, middle, degrees)
    desk.drag(axial, (start.x(), start.y()), (end.x(), end.y()))
    assert axial.plane == before
    for turned in (coronal, sagittal):
        assert turned.plane.lean_deg == pytest.approx(abs(degrees), abs=0.3)
        assert turned.plane.off_plane_mm(desk.state.crosshair_lps_mm) == pytest.approx(0, abs=1e-6)
        assert f"oblique {turned.plane.lean_deg:.0f}°" in turned.spoken_value()
    # Right turns into down: a clockwise hand turns left into back.
    assert np.sign(coronal.plane.right_lps[1]) == np.sign(degrees)
    names = [m.text for m in coronal.primitives() if m.role is Role.NAME and isinstance(m, Label)]
    assert names == [f"CORONAL oblique {abs(degrees):.0f}°"]


def test_a_turned_view_shows_the_ct_of_its_own_places(desk: Desk) -> None:
    """Grey of the grabbed picture equals the window applied to trilinear HU at the pixel's patient point."""
    from planner.spatial.sample import trilinear

    view = desk.view(size=(400, 300))
    desk.state.set_flag("show_structures", on=False)
    desk.state.set_flag("show_crosshair", on=False)
    desk.state.turn((1.0, 0.3, 0.0), 0.5)
    picture = view.grab().toImage()
    ratio = picture.width() / 400
    volume = desk.session.volume
    for x, y in ((180, 140), (210, 161), (233, 122)):
        place = view.plane.to_lps(((np.array([x, y]) * ratio).round() + 0.5) / ratio)
        hu = trilinear(volume.hu, volume.grid, [place], outside=np.nan)[0]
        wanted = np.clip((hu - 39.5) / 399 + 0.5, 0, 1) * 255
        assert picture.pixelColor(round(x * ratio), round(y * ratio)).red() == pytest.approx(wanted, abs=2)


def test_the_wheel_steps_a_turned_view_by_the_finest_voxel_along_its_normal(desk: Desk) -> None:
    view = desk.view()
    desk.state.turn((1.0, 0.0, 0.0), 0.4)
    before = np.array(desk.state.crosshair_lps_mm)
    wheel(view, 120)
    moved = np.array(desk.state.crosshair_lps_mm) - before
    assert moved == pytest.approx(1.25 * np.array(view.plane.up_lps))


def test_a_line_is_drawn_where_the_other_view_really_cuts(desk: Desk) -> None:
    axial, coronal = desk.view(), desk.view(Orientation.CORONAL)
    desk.state.turn((0.2, 0.1, 1.0), 0.6)
    line = next(m for m in axial.primitives() if m.role is Role.CROSSHAIR and m.name == "coronal")
    assert isinstance(line, Path)
    places = axial.plane.to_lps(np.concatenate(line.lines))
    assert coronal.plane.off_plane_mm(places) == pytest.approx(0, abs=1e-6)


def test_planes_go_back_with_a_double_click_on_a_line_and_with_shift_space(desk: Desk) -> None:
    view = desk.view(size=(700, 600))
    spot = end_of_line(view)
    desk.state.turn((1.0, 0.0, 0.0), 0.3)  # the horizontal line of the axial view stays where it is
    desk.qtbot.mouseDClick(view, LEFT, pos=spot)
    desk.qtbot.mouseRelease(view, LEFT, pos=spot)
    assert desk.state.frame == UPRIGHT
    desk.state.turn((1.0, 0.0, 0.0), 0.3)
    zoomed = view.plane.zoomed(2.0, at_px=(350, 300))
    view.put_plane(zoomed, fixed_px=(350, 300))
    desk.qtbot.keyClick(view, Qt.Key.Key_Space, Qt.KeyboardModifier.ShiftModifier)
    assert desk.state.frame == UPRIGHT
    assert view.plane.is_upright
    assert view.plane.mm_per_px == pytest.approx(zoomed.mm_per_px)
    # On a line of standard planes a double click is the view's own again.
    with desk.qtbot.waitSignal(view.maximise_asked):
        desk.qtbot.mouseDClick(view, LEFT, pos=spot)
        desk.qtbot.mouseRelease(view, LEFT, pos=spot)


def test_dragging_a_line_or_its_middle_takes_the_crosshair_along_and_a_click_on_it_goes_there(desk: Desk) -> None:
    view = desk.view(size=(700, 600))
    first = np.array(desk.state.crosshair_lps_mm)
    middle = view.plane.to_px(first)
    mm = view.plane.mm_per_px
    desk.drag(view, np.add(middle, (4, 3)), np.add(middle, (34, -17)))
    assert np.array(desk.state.crosshair_lps_mm)[:2] - first[:2] == pytest.approx((30 * mm, -20 * mm), abs=mm)
    assert desk.state.frame == UPRIGHT
    now = view.plane.to_px(desk.state.crosshair_lps_mm)
    spot = QPoint(round(now[0] + 250), round(now[1]))
    desk.qtbot.mouseClick(view, LEFT, pos=spot)
    assert view.plane.to_px(desk.state.crosshair_lps_mm) == pytest.approx((spot.x() + 0.5, spot.y() + 0.5), abs=1)
    assert desk.state.frame == UPRIGHT


def test_escape_during_a_turn_puts_the_planes_back(desk: Desk) -> None:
    view = desk.view(size=(700, 600))
    start = end_of_line(view)
    desk.qtbot.mousePress(view, LEFT, pos=start)
    send_move(view, start + QPoint(0, 80), LEFT, NO_KEY)
    assert desk.state.frame != UPRIGHT
    assert any(m.name == "turn" for m in view.primitives() if isinstance(m, Label))
    desk.qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert desk.state.frame == UPRIGHT
    desk.qtbot.mouseRelease(view, LEFT, pos=start + QPoint(0, 80))
    assert desk.state.frame == UPRIGHT


def test_hovering_a_line_shows_its_handles_and_another_cursor(desk: Desk) -> None:
    view = desk.view(size=(700, 600))
    assert not any(m.name == "turn handle" for m in view.primitives() if isinstance(m, Marker))
    send_move(view, end_of_line(view), Qt.MouseButton.NoButton, NO_KEY)
    assert sum(m.name == "turn handle" for m in view.primitives() if isinstance(m, Marker)) == 2
    assert view.cursor().shape() == Qt.CursorShape.OpenHandCursor
    send_move(view, QPoint(20, 20), Qt.MouseButton.NoButton, NO_KEY)
    assert not any(m.name == "turn handle" for m in view.primitives() if isinstance(m, Marker))
    assert view.cursor().shape() == Qt.CursorShape.ArrowCursor


def test_a_hidden_crosshair_cannot_be_taken_hold_of(desk: Desk) -> None:
    view = desk.view(size=(700, 600))
    desk.state.set_flag("show_crosshair", on=False)
    start = end_of_line(view)
    desk.drag(view, (start.x(), start.y()), (start.x(), start.y() + 90))
    assert desk.state.frame == UPRIGHT


def test_a_plan_is_never_touched_by_looking(desk: Desk) -> None:
    view = desk.view(size=(700, 600))
    plan = desk.session.plan
    start = end_of_line(view)
    desk.drag(view, (start.x(), start.y()), (start.x(), start.y() + 60))
    for modifier in (NO_KEY, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier):
        wheel(view, 240, modifier)
    wheel(view, 240, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    desk.state.set_crosshair(point(np.add(desk.state.crosshair_lps_mm, 1.0)))
    assert desk.session.plan is plan


@pytest.mark.parametrize("turn_rad", [0.0, 0.5])
def test_a_ball_looks_round_in_every_plane_of_an_anisotropic_volume_stored_obliquely(
    qtbot, tmp_path: pathlib.Path, turn_rad: float
) -> None:
    """Slices 2.5 mm apart, tipped by 15°: a ball of 36 mm is 36 mm wide and high on the screen, turned or not."""
    c, s = np.cos(np.radians(15)), np.sin(np.radians(15))
    axes = np.array([(1.0, 0, 0), (0, c, -s), (0, s, c)])
    shape, spacing = (36, 70, 90), (0.8, 1.1, 2.5)
    half = axes * np.array(spacing) @ ((np.array(shape[::-1]) - 1) / 2)
    grid = Grid.from_axes(shape, origin_lps_mm=-half, spacing_ijk_mm=spacing, direction=axes)
    k, j, i = np.indices(shape)
    places = np.stack([i, j, k], axis=-1) @ np.array(grid.index_to_lps)[:3, :3].T - half
    hu = np.where(np.linalg.norm(places, axis=-1) <= 18.0, 1000, -1000).astype(np.int16)
    ref = VolumeRef(array_hash(hu), grid, PatientPosition.HFS, "1.1", "1.2", "1.3")
    session = Session(
        blobs=BlobStore(tmp_path),
        volume=Volume(ref, hu),
        identity=PatientIdentity(),
        history=History(Plan(PlanId("plan"), "Ball", ref)),
    )
    desk = Desk(qtbot, session)
    desk.state.set_window((1, 0))
    for flag in ("show_text", "show_crosshair"):
        desk.state.set_flag(flag, on=False)
    desk.state.set_crosshair((0.0, 0.0, 0.0))
    desk.state.turn((1.0, 0.7, 0.2), turn_rad)
    for orientation in STANDARD:
        view = desk.view(orientation, size=(420, 420))
        view.show_region((0.0, 0.0, 0.0), radius_mm=35.0)
        picture = view.grab().toImage()
        px = picture.width() / 420 / view.plane.mm_per_px  # device pixels per mm
        middle, reach = picture.width() // 2, round(26 * px)
        inside = range(middle - reach, middle + reach)
        row = sum(picture.pixelColor(x, middle).red() > 127 for x in inside) / px
        column = sum(picture.pixelColor(middle, y).red() > 127 for y in inside) / px
        assert row == pytest.approx(36.0, abs=2.5)
        assert column == pytest.approx(36.0, abs=2.5)
