"""Does a probe in a slice do what the hand does? By mouse in the real window, numbers from the saved plan.

The body is a block with its front at y = −30 mm; the probe runs from (0, −30, 0) to its tip at (0, 0, 0). What is
expected is worked out here by hand from pixels, the size of a pixel, and similar triangles at the skin.
"""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from planner.domain.identity import ProbeId
from planner.rendering.primitives import Label, Marker, Role
from planner.services.probe_commands import LockProbe
from planner.ui.slices.probe_stand import PROBE_EYE
from tests.ui.probe_hands import ALT, CTRL, LEFT, PLAIN, SHIFT, Hands, drag, hold, move, pixel

P1 = ProbeId("p1")
ENTRY, TIP, FRONT_MM = (0.0, -30.0, 0.0), (0.0, 0.0, 0.0), -30.0
# Which way a pixel to the right and a pixel down go in the patient: radiological convention, seen from the feet, from
# the front, and from the patient's left with the front at the left.
SCREEN = {
    "axial": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)),
    "coronal": ((1.0, 0.0, 0.0), (0.0, 0.0, -1.0)),
    "sagittal": ((0.0, 1.0, 0.0), (0.0, 0.0, -1.0)),
}


@pytest.fixture
def hands(app, qtbot, tmp_path):
    """Slices of the small case; closed and written at the end."""
    del app
    made = Hands(qtbot, tmp_path)
    yield made
    made.session.close()


def in_patient(view, name, across_px, down_px):
    """How far a hand goes in the patient, by the size of a pixel and the convention alone."""
    right, down = (np.array(axis) for axis in SCREEN[name])
    return view.plane.mm_per_px * (across_px * right + down_px * down)


def held_words(view):
    return [mark.text for mark in view.primitives() if isinstance(mark, Label) and mark.name == "held"]


def at_skin(through):
    """Where the ray from the tip at the origin through a point meets the front, by similar triangles."""
    return np.asarray(through) * FRONT_MM / through[1]


@pytest.mark.parametrize("name", list(SCREEN))
def test_the_tip_goes_with_the_hand_and_the_entry_stays(hands, name):
    view = hands.view(name)
    start = pixel(view, TIP)
    drag(view, start, start + QPoint(24, -15))
    moved = hands.probe
    assert moved.tip_lps_mm == pytest.approx(in_patient(view, name, 24, -15), abs=1e-9)
    assert moved.entry_lps_mm == ENTRY
    hands.session.undo()
    assert hands.probe.tip_lps_mm == TIP
    assert hands.session.undo_label == ""


def test_the_entry_turns_about_the_tip_and_follows_the_skin(hands):
    view = hands.view("axial")
    start = pixel(view, ENTRY)
    drag(view, start, start + QPoint(30, -12))
    moved = hands.probe
    assert moved.tip_lps_mm == TIP
    assert moved.entry_lps_mm == pytest.approx(at_skin(np.add(ENTRY, in_patient(view, "axial", 30, -12))), abs=0.01)
    assert moved.entry_lps_mm[1] == pytest.approx(FRONT_MM, abs=0.01)
    assert "put on the skin" in hands.said[-1]
    assert f"{moved.depth_mm:.1f} mm deep" in hands.said[-1]


def test_with_alt_the_entry_leaves_the_skin_and_that_is_said(hands):
    view = hands.view("axial")
    start = pixel(view, ENTRY)
    drag(view, start, start + QPoint(30, -24), ALT)
    moved = hands.probe
    assert moved.entry_lps_mm == pytest.approx(np.add(ENTRY, in_patient(view, "axial", 30, -24)), abs=1e-9)
    outside = moved.depth_mm - np.linalg.norm(at_skin(moved.entry_lps_mm))
    assert f"{outside:.1f} mm outside the skin" in hands.said[-1]


@pytest.mark.parametrize(("part", "expected"), [("tip", ENTRY), ("entry", TIP)])
def test_with_shift_an_end_goes_along_the_shaft_only(hands, part, expected):
    view = hands.view("axial")
    start = pixel(view, TIP if part == "tip" else ENTRY)
    drag(view, start, start + QPoint(17, -20), SHIFT)
    moved = hands.probe
    along = -20 * view.plane.mm_per_px
    here, there = (moved.tip_lps_mm, moved.entry_lps_mm) if part == "tip" else (moved.entry_lps_mm, moved.tip_lps_mm)
    assert here == pytest.approx((0.0, (0.0 if part == "tip" else FRONT_MM) + along, 0.0), abs=1e-9)
    assert there == expected


def test_the_shaft_takes_the_whole_probe_along(hands):
    view = hands.view("axial")
    start = pixel(view, (0.0, -15.0, 0.0))
    drag(view, start, start + QPoint(11, 9))
    shift = in_patient(view, "axial", 11, 9)
    assert hands.probe.tip_lps_mm == pytest.approx(shift, abs=1e-9)
    assert hands.probe.entry_lps_mm == pytest.approx(np.add(ENTRY, shift), abs=1e-9)
    assert "below the skin; Shift+E puts it there" in hands.said[-1]


def test_with_shift_the_probe_slides_through_its_hole_in_the_skin(hands):
    view = hands.view("axial")
    start = pixel(view, (0.0, -15.0, 0.0))
    drag(view, start, start + QPoint(8, 14), SHIFT)
    assert hands.probe.tip_lps_mm == pytest.approx((0.0, 14 * view.plane.mm_per_px, 0.0), abs=1e-9)
    assert hands.probe.entry_lps_mm == ENTRY


def test_with_ctrl_the_shaft_turns_about_the_tip(hands):
    view = hands.view("axial")
    start = pixel(view, (0.0, -15.0, 0.0))
    drag(view, start, start + QPoint(18, 0), CTRL)
    # The point of the shaft that was held is the one nearest to the pixel that was pressed.
    held_mm = view.plane.to_lps((start.x(), start.y()))[1]
    through = (18 * view.plane.mm_per_px, held_mm, 0.0)
    assert hands.probe.entry_lps_mm == pytest.approx(at_skin(through), abs=0.02)
    assert hands.probe.tip_lps_mm == TIP


def test_letting_a_key_go_in_a_drag_takes_back_what_it_did(hands):
    view = hands.view("axial")
    start = pixel(view, ENTRY)
    end = start + QPoint(25, -10)
    hold(view, start, end, ALT)
    move(view, end)
    QTest.mouseRelease(view, LEFT, PLAIN, end)
    assert hands.probe.entry_lps_mm == pytest.approx(
        at_skin(np.add(ENTRY, in_patient(view, "axial", 25, -10))), abs=0.01
    )
    hands.session.undo()
    assert hands.probe.entry_lps_mm == ENTRY


def test_escape_puts_back_and_leaves_no_step(hands):
    view, session = hands.view("axial"), hands.session
    start = pixel(view, TIP)
    drag(view, start, start + QPoint(10, 0))
    hands.session.undo()
    before, redo = session.plan, session.redo_label
    hold(view, pixel(view, ENTRY), pixel(view, ENTRY) + QPoint(30, 5))
    assert session.plan != before
    QTest.keyClick(view, Qt.Key.Key_Escape)
    QTest.mouseRelease(view, LEFT, PLAIN, start + QPoint(30, 5))
    assert session.plan == before == hands.saved
    assert session.undo_label == ""
    assert session.redo_label == redo == "move tip of P1"


def test_the_numbers_and_the_keys_stand_beside_the_hand(hands):
    view = hands.view("axial")
    start = pixel(view, ENTRY)
    QTest.mousePress(view, LEFT, PLAIN, start)
    assert held_words(view)[-1] == "Shift: along the shaft · Alt: off the skin"
    end = start + QPoint(30, 0)
    for share in (0.3, 0.6, 1.0):
        move(view, start + (end - start) * share)
    x = 30 * view.plane.mm_per_px
    numbers, angles, _ = held_words(view)
    assert numbers == f"{np.hypot(30, x):.1f} mm deep · moved {x:.1f} mm"
    assert angles == f"in-plane {np.degrees(np.arctan2(x, 30)):.1f}° L · tilt 0.0°"
    move(view, end, ALT)
    assert held_words(view)[-1] == "Off the skin"
    QTest.mouseRelease(view, LEFT, PLAIN, end)
    assert held_words(view) in ([], ["P1 entry"])


def test_a_probe_is_named_under_the_hand_before_it_is_held(hands):
    view = hands.view("axial")
    move(view, pixel(view, TIP), buttons=Qt.MouseButton.NoButton)
    assert held_words(view) == ["P1 tip"]
    assert view.cursor().shape() == Qt.CursorShape.OpenHandCursor
    move(view, pixel(view, (20.0, 20.0, 0.0)), buttons=Qt.MouseButton.NoButton)
    assert held_words(view) == []
    assert view.cursor().shape() == Qt.CursorShape.ArrowCursor


def test_a_locked_probe_refuses_in_words(hands):
    hands.session.apply(LockProbe(P1, "P1", is_locked=True), initiator="test")
    view, before = hands.view("axial"), hands.saved
    start = pixel(view, TIP)
    hold(view, start, start + QPoint(30, 10))
    assert held_words(view) == ["P1 is locked"]
    assert view.cursor().shape() == Qt.CursorShape.ForbiddenCursor
    QTest.mouseRelease(view, LEFT, PLAIN, start + QPoint(30, 10))
    assert hands.refused == ["P1 is locked. Unlock it in the Probes step first."], "once for a drag, not for each step"
    assert hands.saved == before
    assert hands.state.selected_probe == P1
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert hands.saved == before


def test_a_hidden_probe_is_neither_drawn_nor_held(hands):
    view = hands.view("axial")
    hands.state.set_crosshair((5.0, 5.0, 0.0))
    hands.state.show_probe(P1, on=False)
    assert not [m for m in view.primitives() if isinstance(m, Marker) and m.role is Role.HANDLE]
    before = hands.saved
    start = pixel(view, TIP)
    drag(view, start, start + QPoint(30, 10))
    assert hands.saved == before
    assert hands.state.crosshair_lps_mm == pytest.approx(view.plane.to_lps((start.x() + 30, start.y() + 10)))


@pytest.mark.parametrize("scheme", ["ohif", "slicer"])
def test_a_probe_is_held_with_shift_in_every_mouse_scheme(hands, scheme):
    from planner.ui.slices.schemes import SchemeName

    hands.state.set_mouse_scheme(SchemeName(scheme))
    view = hands.view("axial")
    start = pixel(view, TIP)
    drag(view, start, start + QPoint(6, -12), SHIFT)
    assert hands.probe.tip_lps_mm == pytest.approx((0.0, -12 * view.plane.mm_per_px, 0.0), abs=1e-9)


# --- the probe's eye -------------------------------------------------------------------------------------------------


@pytest.fixture
def eye(hands):
    hands.state.select_probe(P1)
    return hands.view(PROBE_EYE)


def test_from_the_probes_eye_the_direction_is_chosen_and_the_tip_stays(hands, eye):
    """Half way down the shaft the plane lies at y = −15: the entry goes twice as far as the hand."""
    hands.state.set_probe_depth(15.0)
    middle = pixel(eye, (0.0, -15.0, 0.0))
    drag(eye, middle, middle + QPoint(20, -12))
    mm = eye.plane.mm_per_px
    moved = hands.probe
    assert moved.tip_lps_mm == TIP
    # Seen from the front toward the back, head up: the patient's left is at the right.
    assert moved.entry_lps_mm == pytest.approx((40 * mm, FRONT_MM, 24 * mm), abs=0.02)


def test_from_the_probes_eye_the_whole_probe_moves_with_ctrl(hands, eye):
    hands.state.set_probe_depth(15.0)
    middle = pixel(eye, (0.0, -15.0, 0.0))
    mm = eye.plane.mm_per_px
    drag(eye, middle, middle + QPoint(20, 0), CTRL)
    assert hands.probe.tip_lps_mm == pytest.approx((20 * mm, 0.0, 0.0), abs=1e-6)
    assert hands.probe.entry_lps_mm == pytest.approx((20 * mm, FRONT_MM, 0.0), abs=1e-6)


def test_from_the_probes_eye_at_the_tip_the_tip_moves(hands, eye):
    hands.state.set_probe_depth(None)
    middle = pixel(eye, TIP)
    mm = eye.plane.mm_per_px
    drag(eye, middle, middle + QPoint(-14, 0))
    assert hands.probe.tip_lps_mm == pytest.approx((-14 * mm, 0.0, 0.0), abs=1e-6)
    assert hands.probe.entry_lps_mm == ENTRY


def test_along_the_probe_the_entry_is_held_while_its_view_stands_still(hands):
    along = hands.view("along-0")
    plane = along.plane
    start = pixel(along, ENTRY)
    hold(along, start, start + QPoint(20, 0))
    assert along.plane == plane, "or the entry would run away from the hand"
    QTest.mouseRelease(along, LEFT, PLAIN, start + QPoint(20, 0))
    x = 20 * plane.mm_per_px
    assert np.abs(hands.probe.entry_lps_mm) == pytest.approx((x, 30.0, 0.0), abs=0.02)
    assert along.plane != plane
