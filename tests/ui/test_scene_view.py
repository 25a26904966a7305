"""Is the 3-D view right, does it stay where it was turned, and does it let go of VTK?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent

from planner.domain.digest import array_hash
from planner.domain.geometry import PatientPosition, isotropic_box
from planner.domain.identity import PatientIdentity, PlanId, ProbeId, StructureId
from planner.domain.plan import Plan
from planner.domain.probe import ProbePlacement
from planner.domain.structure import Structure, StructureKind, StructureOrigin
from planner.domain.volume import Volume, VolumeRef
from planner.persistence.blobs import BlobStore
from planner.rendering.primitives import Role
from planner.rendering.scene3d import ViewFrom
from planner.services.history import History
from planner.services.probe_commands import MoveProbe
from planner.services.session import Session
from planner.ui.scene.scene_view import SceneView
from planner.ui.view_state import ViewState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.ui

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def session(tmp_path: Path) -> Session:
    grid = isotropic_box((0.0, 0.0, 0.0), extent_mm=(80, 80, 80), spacing_mm=2.0)
    hu = np.zeros(grid.shape_kji, dtype=np.int16)
    k, j, i = np.indices(grid.shape_kji)
    mask = (((grid.to_lps(np.stack([i, j, k], axis=-1)) - (15.0, 0, 15)) ** 2).sum(axis=-1)) < 15.0**2
    blobs = BlobStore(tmp_path)
    ref = VolumeRef(array_hash(hu), grid, PatientPosition.HFS, "1.1", "1.2", "1.3")
    bone = Structure(StructureId("b"), "Bone", StructureKind.BONE, blobs.put(mask), StructureOrigin.DRAWN)
    probe = ProbePlacement(ProbeId("p"), "P1", "none", (-30.0, -30.0, 0.0), (-10.0, 0.0, 0.0))
    plan = Plan(PlanId("plan"), "Test", ref, structures=(bone,), probes=(probe,))
    return Session(blobs=blobs, volume=Volume(ref, hu), identity=PatientIdentity("DOE^JANE"), history=History(plan))


@pytest.fixture
def scene(qtbot, session: Session) -> Iterator[SceneView]:
    view = SceneView(session=session, view=ViewState())
    session.subscribe(lambda _: view.refresh())
    view.resize(320, 240)
    qtbot.addWidget(view)
    view.show()
    view.grab()
    qtbot.waitUntil(lambda: view.grab() is not None and view.is_complete, timeout=20_000)
    yield view
    view.release()


def settle(view: SceneView) -> None:
    """Turn the event loop until the picture shows what the view knows."""
    from PySide6.QtWidgets import QApplication

    for _ in range(500):
        view.grab()
        QApplication.processEvents()
        if view.is_complete:
            return
    raise AssertionError("the 3-D view did not settle")


def pixels(view: SceneView) -> np.ndarray:
    """What is painted once settled, shape (H, W, 3), int."""
    settle(view)
    image = view.grab().toImage().convertToFormat(view.grab().toImage().Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(int)


def bone_middle(view: SceneView) -> np.ndarray:
    """(column, row) of bone-coloured pixels inside the frame of letters."""
    inner = pixels(view)[40:-30, 30:-30]
    is_bone = (inner[..., 0] > 90) & (inner[..., 0] - inner[..., 2] > 8)
    assert is_bone.sum() > 100
    return np.argwhere(is_bone).mean(axis=0)[::-1] + np.array([30, 40])


def letters(view: SceneView) -> str:
    return "".join(mark.text for mark in view.primitives() if mark.role is Role.LETTER)


def send(view: SceneView, kind: QMouseEvent.Type, at: QPoint, *, buttons=LEFT) -> None:
    from PySide6.QtWidgets import QApplication

    where = QPointF(at)
    button = Qt.MouseButton.NoButton if kind == QMouseEvent.Type.MouseMove else LEFT
    event = QMouseEvent(kind, where, view.mapToGlobal(where), button, buttons, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(view, event)


def test_left_and_head_are_where_the_letters_say(scene: SceneView) -> None:
    """The bone lies to the patient's left and toward the head: from the front that is up and to the right."""
    scene.look_from(ViewFrom.ANTERIOR)
    assert letters(scene) == "RLHF"
    column, row = bone_middle(scene)
    assert column > 170
    assert row < 115
    scene.look_from(ViewFrom.POSTERIOR)
    assert letters(scene) == "LRHF"
    assert bone_middle(scene)[0] < 150


def test_the_trackball_turns_and_refreshing_does_not(scene: SceneView, session: Session) -> None:
    before = pixels(scene)
    send(scene, QMouseEvent.Type.MouseButtonPress, QPoint(160, 120))
    send(scene, QMouseEvent.Type.MouseMove, QPoint(235, 120))
    send(scene, QMouseEvent.Type.MouseButtonRelease, QPoint(235, 120), buttons=Qt.MouseButton.NoButton)
    turned = letters(scene)
    assert turned != "RLHF"
    assert np.abs(pixels(scene) - before).max() > 50
    where = bone_middle(scene)
    probe = session.plan.probes[0]
    session.apply(MoveProbe(probe.id, probe.label, probe.entry_lps_mm, (-12.0, 0.0, 0.0), "tip"), initiator="user")
    scene.grab()
    assert letters(scene) == turned
    assert bone_middle(scene) == pytest.approx(where, abs=1.0)


def test_structures_can_be_hidden_and_come_back(scene: SceneView) -> None:
    scene.view.set_flag("show_structures", on=False)
    inner = pixels(scene)[40:-30, 200:-30]
    assert ((inner[..., 0] > 90) & (inner[..., 0] - inner[..., 2] > 8)).sum() == 0
    scene.view.set_flag("show_structures", on=True)
    bone_middle(scene)


def test_name_and_identity_are_written(scene: SceneView) -> None:
    shown = {mark.role: mark.text for mark in scene.primitives() if hasattr(mark, "text")}
    assert shown[Role.IDENTITY] == "DOE, JANE"
    assert scene.spoken_value() == "Bone"
    scene.view.set_flag("hide_identity", on=True)
    assert "Name hidden" in {mark.text for mark in scene.primitives() if hasattr(mark, "text")}


def test_double_click_asks_for_this_view_alone(scene: SceneView, qtbot) -> None:
    with qtbot.waitSignal(scene.maximise_asked) as asked:
        qtbot.mouseDClick(scene, LEFT, pos=QPoint(100, 100))
        qtbot.mouseRelease(scene, LEFT, pos=QPoint(100, 100))  # Qt Test leaves the button down
    assert asked.args == ["scene"]


def test_letting_go_twice_is_harmless(scene: SceneView) -> None:
    scene.release()
    scene.release()
