"""Is the skin painted by where a shaft may enter, and does a click on it place the probe? By key and mouse in 3-D.

The small plan: skin in front at y = −30 mm, the target's middle at the origin. A rib from x = 8 to 20 and y = −20 to
−14 mm shades the skin from x = 12 to 43 mm; an artery of radius 4 lies at (−30, −10) along the body.
"""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel

from planner.domain.access import PathReason
from planner.domain.identity import StructureId
from planner.domain.structure import Structure, StructureKind, StructureOrigin
from planner.rendering.access_scene import ACCESS_CLASSES
from planner.rendering.primitives import Label, Role
from planner.rendering.scene3d import ViewFrom
from planner.services.probe_commands import MoveProbe
from planner.services.structure_commands import AddStructures
from planner.ui.panels.probes_access import AccessLegend
from planner.ui.steps import WorkStep

pytestmark = pytest.mark.ui


def add_structure(window, name, kind, inside):
    session = window.desk.session
    grid = session.plan.volume.grid
    centres = grid.to_lps(np.stack(np.indices(grid.shape_kji)[::-1], axis=-1))
    mask = session.blobs.put(np.ascontiguousarray(inside(centres)))
    drawn = Structure(StructureId(name), name, kind, mask, StructureOrigin.DRAWN, method="brush", confirmed_by="A. R.")
    assert window.desk.apply(AddStructures((drawn,)))


def rib(p):
    return (p[..., 0] > 8) & (p[..., 0] < 20) & (p[..., 1] > -20) & (p[..., 1] < -14)


@pytest.fixture
def anatomy(planned, qtbot):
    """The window in the Probes step with rib and artery, its 3-D view made and looking from the front."""
    add_structure(planned, "Rib 8", StructureKind.BONE, rib)
    add_structure(planned, "Artery", StructureKind.ARTERY, lambda p: np.hypot(p[..., 0] + 30, p[..., 1] + 10) <= 4.0)
    planned.go_to_step(WorkStep.PROBES)
    qtbot.waitUntil(lambda: planned.plan.grid._scene is not None, timeout=20_000)
    scene = planned.plan.grid._scene
    qtbot.waitUntil(lambda: scene.grab() is not None and scene._image is not None, timeout=20_000)
    scene.look_from(ViewFrom.ANTERIOR)
    return planned


def ask(window, qtbot):
    press_key(window, qtbot)
    wait(window, qtbot)


def press_key(window, qtbot):
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=10_000)
    window.plan.grid._scene.setFocus()
    QTest.keyClick(window.plan.grid._scene, Qt.Key.Key_S)


def wait(window, qtbot):
    section = window.plan.probes.access
    qtbot.waitUntil(lambda: not section.is_waiting and section.shown is not None, timeout=60_000)


def pixel(scene, lps_mm):
    x, y, _, w = scene.stage.to_picture((scene.width(), scene.height())) @ np.array([*lps_mm, 1.0])
    return QPoint(round(x / w), round(y / w))


def point_at(window, lps_mm, *, patience=250):
    """Move the mouse over a place of the skin and return what is written there."""
    scene, at = window.plan.grid._scene, window.desk.view.access_at
    QTest.mouseMove(scene, pixel(scene, lps_mm))
    for _ in range(patience):  # the screen tells of the mouse when it gets to it
        if window.desk.view.access_at not in (None, at):
            break
        QTest.qWait(20)
    return " ".join(m.text for m in scene.primitives() if isinstance(m, Label) and m.name == "why")


def test_the_key_paints_the_skin_and_every_place_says_why(anatomy, qtbot):
    view, section = anatomy.desk.view, anatomy.plan.probes.access
    assert view.access is None
    ask(anatomy, qtbot)
    found, layer = section.shown, view.access
    assert not layer.is_stale
    # Front skin, worked out by hand: shaded by the rib, near the artery, else open; the back is the table's.
    x, y, z = found.mesh.entries_lps_mm.T
    front = (y < 0) & (np.abs(z) < 15)
    shaded = front & (x > 14) & (x < 38)
    assert (found.found.reason[shaded] == PathReason.STRUCTURE).all()
    assert found.found.is_open[front & (np.abs(x) < 9)].all()
    assert set(found.found.reason[(y > 0) & (np.abs(z) < 20) & (np.abs(x) < 20)].tolist()) == {PathReason.TABLE}
    assert point_at(anatomy, (-4.0, -30.0, 0.0)).startswith("Open: 30 mm deep; ")
    assert point_at(anatomy, (26.0, -30.0, 0.0)) == "Closed: through Rib 8."
    texts = [each.text() for each in section.findChildren(QLabel) if not each.isHidden()]
    assert "Closed: through Rib 8." in texts
    assert "Generic 17G, 15 mm active to the middle of Midline intercostal nerve T8." in texts
    assert found.summary().endswith("cm² of skin in reach are open.")
    scene = anatomy.plan.grid._scene
    legend = [
        m.text for m in scene.primitives() if isinstance(m, Label) and m.role is Role.ACCESS and m.name == "legend"
    ]
    assert "Structure in the way" in legend
    assert section.findChild(AccessLegend).isVisible()
    press_key(anatomy, qtbot)
    assert view.access is None
    assert not [m for m in scene.primitives() if isinstance(m, Label) and m.role is Role.ACCESS]


def test_a_click_on_open_skin_places_the_probe_in_one_step_and_closed_skin_does_not(anatomy, qtbot):
    ask(anatomy, qtbot)
    session, scene = anatomy.desk.session, anatomy.plan.grid._scene
    before = session.plan.probes[0]
    said = []
    anatomy.desk.said.connect(said.append)
    QTest.mouseClick(scene, Qt.MouseButton.LeftButton, pos=pixel(scene, (26.0, -30.0, 0.0)))
    assert session.plan.probes[0] == before
    assert said[-1] == "Closed: through Rib 8."
    QTest.mouseClick(scene, Qt.MouseButton.LeftButton, pos=pixel(scene, (-7.0, -30.0, 10.0)))
    placed = session.plan.probes[0]
    assert np.linalg.norm(np.subtract(placed.entry_lps_mm, (-7.0, -30.0, 10.0))) < 4
    assert placed.tip_lps_mm == pytest.approx((0.0, 0.0, 0.0), abs=1e-6)
    assert "P1: enters here" in said[-1]
    wait(anatomy, qtbot)  # another place of the probe asks no other question
    assert not anatomy.desk.view.access.is_stale
    anatomy.desk.undo()
    assert session.plan.probes[0] == before


def test_the_tip_may_stay_where_the_probes_is(anatomy, qtbot):
    ask(anatomy, qtbot)
    session, section = anatomy.desk.session, anatomy.plan.probes.access
    probe = session.plan.probes[0]
    off = MoveProbe(probe.id, probe.label, probe.entry_lps_mm, (-28.0, -10.0, 0.0), "tip")
    assert anatomy.desk.apply(off)
    assert section.shown is not None  # the middle of the target is where it was
    choice = next(c for c in section.findChildren(QComboBox) if c.accessibleName() == "Where the tip shall be")
    choice.setCurrentIndex(1)
    choice.activated.emit(1)
    wait(anatomy, qtbot)
    assert section.shown.question.tip_lps_mm == (-28.0, -10.0, 0.0)
    texts = [each.text() for each in section.findChildren(QLabel) if not each.isHidden()]
    assert "No way can be open: the tip itself is too near to through Artery." not in texts
    assert "No way can be open: the tip itself would lie in Artery." in texts
    assert not section.shown.found.is_open.any()


def test_an_answer_to_another_question_is_never_shown_as_current(anatomy, qtbot):
    """H-13: an edit makes the skin grey at once; an old answer that comes late stays away."""
    ask(anatomy, qtbot)
    view, section = anatomy.desk.view, anatomy.plan.probes.access
    old = section.shown
    add_structure(anatomy, "Rib 9", StructureKind.BONE, lambda p: rib(p * (-1, 1, 1)))
    assert view.access.is_stale
    assert section.shown is None
    section._take(old)
    assert view.access.is_stale
    assert point_at(anatomy, (-26.0, -30.0, 0.0), patience=10) == ""
    wait(anatomy, qtbot)
    assert section.shown is not old
    assert "Rib 9" in point_at(anatomy, (-24.0, -30.0, 3.0))
    anatomy.desk.undo()
    wait(anatomy, qtbot)
    np.testing.assert_array_equal(view.access.classes, _classes(old))


def _classes(found):
    from planner.rendering.access_scene import access_classes

    return access_classes(found.found.reason, found.found.worst_clearance_mm)


def test_without_target_it_says_so(planned):
    planned.desk.session.apply(_no_target(planned.desk.session.plan), initiator="test")
    assert not planned.actions_by_id["show_access"].isEnabled()
    assert "No target yet" in planned.actions_by_id["show_access"].toolTip()


def _no_target(plan):
    from planner.services.target_commands import RemoveTarget

    target = plan.targets[0]
    return RemoveTarget(target.id, target.words)


def test_every_class_differs_from_the_others_without_its_colour():
    """H-18: closed classes differ by stripes or darkness from open ones, and labels are all there."""
    labels = [each.label for each in ACCESS_CLASSES]
    assert len(set(labels)) == len(labels)
    assert {each.reason for each in ACCESS_CLASSES} == set(PathReason)

    def luminance(colour):
        return np.array([int(colour[n : n + 2], 16) for n in (1, 3, 5)]) @ (0.2126, 0.7152, 0.0722)

    striped = [each for each in ACCESS_CLASSES if not each.is_open and each.reason is not PathReason.LENGTH]
    assert all(abs(luminance(each.colour) - luminance(each.dark)) > 25 for each in striped)
    opens = [luminance(each.colour) for each in ACCESS_CLASSES if each.is_open]
    assert opens == sorted(opens, reverse=True)
