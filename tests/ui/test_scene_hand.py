"""Does a probe in 3-D do what the hand does? By mouse on the real picture, numbers from the saved plan.

The camera stands straight in front of the patient or at his side, so that the plane through a handle parallel to the
screen is an anatomical one; how many millimetres a pixel is there follows from the camera's distance and view angle
alone.
"""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from planner.domain.identity import ProbeId
from planner.rendering.primitives import Label, Marker, Path, Role
from planner.rendering.scene3d import ViewFrom
from planner.services.probe_commands import LockProbe
from planner.ui.scene.scene_view import SceneView
from planner.ui.view_state import Tool
from tests.ui.probe_hands import ALT, CTRL, LEFT, PLAIN, SHIFT, Hands, drag, hold, move

pytestmark = pytest.mark.ui
P1 = ProbeId("p1")
ENTRY, TIP, FRONT_MM = np.array([0.0, -30.0, 0.0]), np.array([0.0, 0.0, 0.0]), -30.0
NONE = Qt.MouseButton.NoButton


@pytest.fixture
def hands(app, qtbot, tmp_path):
    """The small case in a 3-D view, seen from the patient's left: the front is at the left, the head above."""
    del app
    made = Hands(qtbot, tmp_path)
    scene = SceneView(session=made.session, view=made.state)
    scene.resize(460, 420)
    qtbot.addWidget(scene)
    made.session.subscribe(lambda _: scene.refresh())
    scene.said.connect(made.said.append)
    scene.refused.connect(lambda error: made.refused.append(str(error)))
    made.scene = scene
    scene.show()
    settle(qtbot, scene)
    scene.look_from(ViewFrom.LEFT)
    settle(qtbot, scene)
    yield made
    scene.release()
    made.session.close()


def settle(qtbot, scene):
    scene.refresh()
    qtbot.waitUntil(lambda: scene.grab() is not None and scene.is_complete, timeout=20_000)


def seen_px(scene, lps_mm):
    """Where a point is in the picture, from the camera's place, axes and view angle: a pinhole, worked out here."""
    camera = scene.stage._renderer.GetActiveCamera()
    eye, focus = np.array(camera.GetPosition()), np.array(camera.GetFocalPoint())
    away = (focus - eye) / np.linalg.norm(focus - eye)
    up = np.array(camera.GetViewUp())
    right = np.cross(away, up) / np.linalg.norm(np.cross(away, up))
    up = np.cross(right, away)
    offset = np.asarray(lps_mm, float) - eye
    per_mm = scene.height() / 2 / np.tan(np.radians(camera.GetViewAngle() / 2)) / (offset @ away)
    return np.array(
        [scene.width() / 2 + per_mm * (offset @ right), scene.height() / 2 - per_mm * (offset @ up)]
    ), per_mm


def at(scene, lps_mm):
    x, y = seen_px(scene, lps_mm)[0]
    return QPoint(round(x), round(y))


def held_words(scene):
    return [mark.text for mark in scene.primitives() if isinstance(mark, Label) and mark.name == "held"]


def test_handles_are_drawn_where_the_probe_is_and_named_under_the_hand(hands):
    scene = hands.scene
    drawn = {mark.name: mark.centre_px for mark in scene.primitives() if isinstance(mark, Marker)}
    for name, place in (("P1 tip", TIP), ("P1 entry", ENTRY), ("P1 shaft", (TIP + ENTRY) / 2)):
        assert drawn[name] == pytest.approx(tuple(seen_px(scene, place)[0]), abs=0.1)
        for aside in (QPoint(0, 0), QPoint(0, 12), QPoint(0, -12)):
            move(scene, at(scene, place) + aside, buttons=NONE)
            assert held_words(scene) == [name]
            assert scene.cursor().shape() == Qt.CursorShape.OpenHandCursor
    move(scene, at(scene, (0.0, 20.0, 20.0)), buttons=NONE)
    assert held_words(scene) == []
    assert scene.cursor().shape() == Qt.CursorShape.ArrowCursor


def test_the_tip_goes_parallel_to_the_screen(hands):
    """Seen from the left, a pixel to the right is toward the back and a pixel down toward the feet."""
    scene = hands.scene
    per_mm = seen_px(scene, TIP)[1]
    camera = scene.stage.to_picture((460, 420))
    drag(scene, at(scene, TIP), at(scene, TIP) + QPoint(22, 16))
    assert hands.probe.tip_lps_mm == pytest.approx((0.0, 22 / per_mm, -16 / per_mm), abs=1e-6)
    assert hands.probe.entry_lps_mm == tuple(ENTRY)
    assert scene.stage.to_picture((460, 420)) == pytest.approx(camera), "the camera stays"
    assert hands.session.undo_label == "move tip of P1"
    hands.session.undo()
    assert hands.probe.tip_lps_mm == tuple(TIP)
    assert hands.session.undo_label == ""


@pytest.mark.parametrize("is_free", [False, True], ids=["on the skin", "Alt: off the skin"])
def test_the_entry_follows_the_skin(hands, is_free):
    scene = hands.scene
    per_mm = seen_px(scene, ENTRY)[1]
    drag(scene, at(scene, ENTRY), at(scene, ENTRY) + QPoint(-9, -24), ALT if is_free else PLAIN)
    hand = ENTRY + np.array([0.0, -9 / per_mm, 24 / per_mm])
    on_skin = hand * FRONT_MM / hand[1]
    assert hands.probe.entry_lps_mm == pytest.approx(hand if is_free else on_skin, abs=1e-6 if is_free else 0.02)
    assert hands.probe.tip_lps_mm == tuple(TIP)
    assert ("outside the skin" if is_free else "put on the skin") in hands.said[-1]


@pytest.mark.parametrize("key", [PLAIN, SHIFT, CTRL], ids=["moves", "slides", "turns"])
def test_the_shaft_moves_slides_and_turns(hands, key):
    scene, middle = hands.scene, (TIP + ENTRY) / 2
    per_mm = seen_px(scene, middle)[1]
    drag(scene, at(scene, middle), at(scene, middle) + QPoint(10, -18), key)
    shift = np.array([0.0, 10 / per_mm, 18 / per_mm])
    expected = {
        PLAIN: (ENTRY + shift, TIP + shift),
        SHIFT: (ENTRY, TIP + np.array([0.0, shift[1], 0.0])),
        CTRL: ((middle + shift) * FRONT_MM / (middle + shift)[1], TIP),
    }[key]
    assert hands.probe.entry_lps_mm == pytest.approx(expected[0], abs=0.02)
    assert hands.probe.tip_lps_mm == pytest.approx(expected[1], abs=1e-6)


def test_arrows_nudge_what_was_held_parallel_to_the_screen(hands):
    """Seen from the left: right is toward the back, up toward the head."""
    scene = hands.scene
    QTest.keyClick(scene, Qt.Key.Key_Right)
    assert hands.probe.tip_lps_mm == tuple(TIP), "nothing was held yet"
    QTest.mouseClick(scene, LEFT, PLAIN, at(scene, TIP))
    for key, modifier in ((Qt.Key.Key_Right, PLAIN), (Qt.Key.Key_Up, SHIFT), (Qt.Key.Key_Left, CTRL)):
        QTest.keyClick(scene, key, modifier)
    assert hands.probe.tip_lps_mm == pytest.approx((0.0, 1.0 - 5.0, 0.1), abs=1e-9)
    assert hands.probe.entry_lps_mm == tuple(ENTRY)
    assert hands.said[-1].startswith("P1: 26.0 mm deep.")


def test_a_moved_probe_is_drawn_at_once_and_once(hands, qtbot):
    """While the picture waits for its turn, the probe is drawn over it; the picture holds no second one for long."""
    scene = hands.scene
    assert not [m for m in scene.primitives() if isinstance(m, Path) and m.name == "P1"]
    hold(scene, at(scene, TIP), at(scene, TIP) + QPoint(30, 10))
    lines = [m for m in scene.primitives() if isinstance(m, Path) and m.name == "P1"]
    tip = hands.session.plan.probes[0].tip_lps_mm
    assert any(np.hypot(*(line.lines[0][0] - seen_px(scene, tip)[0])) < 0.1 for line in lines)
    qtbot.waitUntil(lambda: scene.grab() is not None and not [k for k in scene.stage.keys if k[0] == "probe"])
    numbers, _, hint = held_words(scene)
    assert numbers.startswith(f"{np.linalg.norm(np.subtract(tip, ENTRY)):.1f} mm deep · moved ")
    assert hint == "Shift: along the shaft"
    QTest.mouseRelease(scene, LEFT, PLAIN, at(scene, TIP) + QPoint(30, 10))
    settle(qtbot, scene)
    assert [k[2] for k in scene.stage.keys if k[0] == "probe"] == [tip]
    assert not [m for m in scene.primitives() if isinstance(m, Path) and m.name == "P1"]


def test_escape_puts_back_and_leaves_no_step(hands):
    scene = hands.scene
    hold(scene, at(scene, TIP), at(scene, TIP) + QPoint(30, 10))
    QTest.keyClick(scene, Qt.Key.Key_Escape)
    QTest.mouseRelease(scene, LEFT, PLAIN, at(scene, TIP) + QPoint(30, 10))
    assert hands.probe.tip_lps_mm == tuple(TIP)
    assert hands.session.undo_label == ""


def test_a_locked_probe_refuses_and_a_hidden_one_is_the_cameras(hands):
    scene = hands.scene
    hands.session.apply(LockProbe(P1, "P1", is_locked=True), initiator="test")
    drag(scene, at(scene, TIP), at(scene, TIP) + QPoint(30, 10))
    assert hands.refused == ["P1 is locked. Unlock it in the Probes step first."]
    assert hands.probe.tip_lps_mm == tuple(TIP)
    hands.state.show_probe(P1, on=False)
    assert not [m for m in scene.primitives() if isinstance(m, Marker) and m.role is Role.HANDLE]
    camera = scene.stage.to_picture((460, 420))
    drag(scene, at(scene, TIP), at(scene, TIP) + QPoint(60, 10))
    assert np.abs(scene.stage.to_picture((460, 420)) - camera).max() > 0.1, "the trackball has turned"
    assert hands.probe.tip_lps_mm == tuple(TIP)


def test_beside_a_handle_and_with_the_other_buttons_the_camera_turns(hands):
    scene = hands.scene
    camera = scene.stage.to_picture((460, 420))
    drag(scene, QPoint(60, 340), QPoint(110, 330))
    turned = scene.stage.to_picture((460, 420))
    assert np.abs(turned - camera).max() > 0.1
    QTest.mousePress(scene, Qt.MouseButton.RightButton, PLAIN, at(scene, TIP))
    move(scene, at(scene, TIP) + QPoint(0, 40), buttons=Qt.MouseButton.RightButton)
    QTest.mouseRelease(scene, Qt.MouseButton.RightButton, PLAIN, at(scene, TIP) + QPoint(0, 40))
    assert np.abs(scene.stage.to_picture((460, 420)) - turned).max() > 0.01
    assert hands.probe.tip_lps_mm == tuple(TIP)


@pytest.mark.parametrize("first", ["slice", "3-D"])
def test_a_probe_is_placed_by_target_and_skin_in_3d_and_mixed(hands, qtbot, first):
    """The nerve lies along x at the height of the origin; seen from the front a click on the body meets its front."""
    scene = hands.scene
    scene.look_from(ViewFrom.ANTERIOR)
    settle(qtbot, scene)
    hands.state.set_tool(Tool.PROBE)
    if first == "slice":
        axial = hands.view("axial")
        x, y = axial.plane.to_px((12.0, 4.0, 0.0))
        QTest.mouseClick(axial, LEFT, PLAIN, QPoint(round(float(x)), round(float(y))))
    else:
        QTest.mouseClick(scene, LEFT, PLAIN, at(scene, (-14.0, 0.0, 0.0)))
    (tip,) = hands.state.draft_lps_mm
    if first == "3-D":
        # On the nerve's tube, whose radius is 1 mm, where the eye meets it: at its front.
        assert tip == pytest.approx((-14.0, -1.0, 0.0), abs=0.6)
    move(scene, at(scene, (5.0, FRONT_MM, 12.0)), buttons=NONE)
    assert held_words(scene) == ["Click the entry; Alt: off the skin"]
    with qtbot.waitSignal(scene.new_probe) as made:
        QTest.mouseClick(scene, LEFT, PLAIN, at(scene, (5.0, FRONT_MM, 12.0)))
    per_mm = seen_px(scene, (5.0, FRONT_MM, 12.0))[1]
    assert made.args[0] == tip
    assert made.args[1] == pytest.approx((5.0, FRONT_MM, 12.0), abs=0.75 / per_mm + 0.02)
    assert hands.state.tool is Tool.POINTER


def test_a_click_on_nothing_is_said_and_escape_drops_the_first_point(hands):
    scene = hands.scene
    scene.stage._renderer.GetActiveCamera().Zoom(0.3)
    hands.state.set_tool(Tool.PROBE)
    QTest.mouseClick(scene, LEFT, PLAIN, QPoint(8, 210))
    assert "Nothing is seen there" in hands.said[-1]
    QTest.mouseClick(scene, LEFT, PLAIN, at(scene, TIP))
    assert len(hands.state.draft_lps_mm) == 1
    QTest.mouseClick(scene, LEFT, PLAIN, QPoint(8, 210))
    assert "misses the skin" in hands.said[-1]
    QTest.keyClick(scene, Qt.Key.Key_Escape)
    assert hands.state.draft_lps_mm == ()
    assert len(hands.saved.probes) == 1
