"""Do the scissors cut exactly what lies behind the line, from wherever the picture is looked at?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtWidgets import QApplication

from planner.domain.identity import StructureId
from planner.domain.structure import Structure, StructureKind, StructureOrigin
from planner.persistence.blobs import BlobStore
from planner.rendering.scene3d import ViewFrom
from planner.services.jobs import InlineRunner
from planner.services.structure_commands import AddStructures
from planner.ui.desk import AppServices, Desk
from planner.ui.preferences import Preferences
from planner.ui.scene.scene_view import SceneView
from planner.ui.view_state import Tool
from tests.ui.conftest import SmallCase
from tests.ui.slice_desk import LEFT, send_move

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.ui, pytest.mark.usefixtures("app")]

NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
BLOCK = StructureId("block")


def centres() -> np.ndarray:
    """Every voxel's centre in the small case: 2 mm voxels, the first at (−49, −39, −29) mm."""
    k, j, i = np.indices((30, 40, 50))
    return np.stack([-49.0 + 2 * i, -39.0 + 2 * j, -29.0 + 2 * k], axis=-1)


@pytest.fixture
def desk(tmp_path) -> Iterator[Desk]:
    blobs = BlobStore(tmp_path / "blobs")
    blobs.folder.mkdir()
    services = AppServices(blobs, lambda _dispatch: InlineRunner(blobs), tmp_path / "plans")
    made = Desk(services, Preferences(QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)))
    case = SmallCase(blobs)
    made.open(case.session, case.shared)
    whole = np.abs(centres()).max(axis=-1) < 20
    made.apply(AddStructures((Structure(BLOCK, "Block", StructureKind.BONE, blobs.put(whole), StructureOrigin.DRAWN),)))
    made.view.set_structuring(on=True)
    made.view.select_structure(BLOCK)
    made.view.set_tool(Tool.SCISSORS)
    yield made
    made.close_session()


@pytest.fixture
def scene(qtbot, desk) -> Iterator[SceneView]:
    view = SceneView(session=desk.session, view=desk.view, painting=desk.painting)
    desk.changed.connect(lambda _: view.refresh())
    view.resize(420, 300)
    qtbot.addWidget(view)
    view.show()
    qtbot.waitUntil(lambda: view.grab() is not None and view.is_complete, timeout=20_000)
    yield view
    view.release()


def settle(view: SceneView) -> None:
    """Turn the event loop until the picture shows what the view knows."""
    for _ in range(2000):
        view.grab()
        QApplication.processEvents()
        if view.is_complete:
            return
    raise AssertionError("the 3-D view did not settle")


def projected(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    homogeneous = np.concatenate([points, np.ones((*points.shape[:-1], 1))], axis=-1) @ matrix.T
    return homogeneous[..., :2] / homogeneous[..., 3:]


@pytest.mark.parametrize("stand", [ViewFrom.ANTERIOR, ViewFrom.LEFT, ViewFrom.HEAD])
def test_points_are_where_the_picture_shows_them(scene, stand):
    scene.look_from(stand)
    settle(scene)
    stage = scene.stage
    points = np.random.default_rng(3).uniform(-30, 30, (20, 3))
    ours = projected(stage.to_picture((scene.width(), scene.height())), points)
    renderer, ratio = stage._renderer, scene.devicePixelRatioF()
    for at, place in zip(ours, points, strict=True):
        renderer.SetWorldPoint(*place, 1.0)
        renderer.WorldToDisplay()
        x, y, _ = renderer.GetDisplayPoint()
        # VTK counts device pixels from the bottom left, and takes a pixel's centre for the pixel.
        height = stage._window.GetSize()[1]
        assert at == pytest.approx(((x + 0.5) / ratio, (height - y - 0.5) / ratio), abs=1.0)


def test_the_matrix_is_that_of_a_pinhole_camera(scene):
    """By hand: from the front x grows to the patient's left, which is the picture's right; the head is up."""
    scene.look_from(ViewFrom.ANTERIOR)
    settle(scene)
    stage = scene.stage
    camera = stage._renderer.GetActiveCamera()
    eye = np.array(camera.GetPosition())
    width, height = scene.width(), scene.height()
    focal = height / 2 / np.tan(np.radians(camera.GetViewAngle()) / 2)
    points = np.array([[12.0, -5.0, 7.0], [-20.0, 10.0, -11.0], [3.0, 25.0, 18.0]])
    away = points - eye
    expected = np.column_stack(
        [width / 2 + focal * away[:, 0] / away[:, 1], height / 2 - focal * away[:, 2] / away[:, 1]]
    )
    assert projected(stage.to_picture((width, height)), points) == pytest.approx(expected, abs=1e-6)


def cut(qtbot, scene: SceneView, corners, keys=NONE) -> np.ndarray:
    """Draw round corners with the button held; return them as the whole pixels of the mouse."""
    pixels = [QPoint(round(x), round(y)) for x, y in corners]
    qtbot.mousePress(scene, LEFT, keys, pixels[0])
    for at in pixels[1:]:
        send_move(scene, at, LEFT, keys)
    qtbot.mouseRelease(scene, LEFT, keys, pixels[-1])
    return np.array([[p.x(), p.y()] for p in pixels], dtype=float)


def within(at: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Even-odd by walking the edges."""
    x, y = at[..., 0], at[..., 1]
    inside = np.zeros(x.shape, bool)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if y0 != y1:
            inside ^= ((y0 > y) != (y1 > y)) & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0))
    return inside


@pytest.mark.parametrize("keys", [NONE, SHIFT])
def test_what_lies_behind_the_line_is_cut_and_undo_brings_it_back(qtbot, desk, scene, keys):
    scene.look_from(ViewFrom.LEFT)
    settle(scene)
    before = np.array(desk.session.mask(BLOCK))
    matrix = scene.stage.to_picture((scene.width(), scene.height()))
    around = projected(matrix, np.array([[0.0, -30, 30], [0, 4, 30], [0, 4, -5], [0, -30, -5]]))
    corners = cut(qtbot, scene, around, keys)
    behind = within(projected(matrix, centres()), corners)
    expected = before & (behind if keys else ~behind)
    assert 0 < expected.sum() < before.sum()
    assert np.array_equal(desk.session.mask(BLOCK), expected)
    desk.undo()
    assert np.array_equal(desk.session.mask(BLOCK), before)
    assert desk.session.plan.structure(BLOCK).mask == desk.blobs.put(before)


def test_the_surface_follows_after_the_cut_and_never_goes_meanwhile(qtbot, desk, scene):
    def standing() -> list[tuple]:
        return [key for key in scene.stage.keys if key[0] == "structure" and key[1] == BLOCK]

    first = standing()
    assert len(first) == 1
    cut(qtbot, scene, [(150, 60), (260, 60), (260, 150), (150, 150)])
    assert desk.session.undo_label == "cut with scissors in Block"
    scene._take_picture()
    assert len(standing()) == 1
    settle(scene)
    assert len(standing()) == 1
    assert standing() != first


def test_a_click_cuts_nothing_and_esc_drops_the_line(qtbot, desk, scene):
    label = desk.session.undo_label
    qtbot.mouseClick(scene, LEFT, NONE, QPoint(200, 150))
    qtbot.mousePress(scene, LEFT, NONE, QPoint(150, 60))
    send_move(scene, QPoint(260, 60), LEFT, NONE)
    send_move(scene, QPoint(260, 150), LEFT, NONE)
    assert any(getattr(m, "name", "") == "scissors" for m in scene.primitives())
    qtbot.keyClick(scene, Qt.Key.Key_Escape)
    qtbot.mouseRelease(scene, LEFT, NONE, QPoint(260, 150))
    assert desk.session.undo_label == label


def test_without_a_selected_structure_words_say_why(qtbot, desk, scene):
    said: list[str] = []
    desk.said.connect(said.append)
    desk.view.select_structure(None)
    cut(qtbot, scene, [(150, 60), (260, 60), (260, 150)])
    assert "Select a structure" in said[-1]
