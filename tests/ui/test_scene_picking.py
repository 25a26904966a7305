"""Does the 3-D view pick what is seen, cut where the slices are, show the CT, and stay quiet without OpenGL?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QPoint, Qt

from planner.domain.digest import array_hash
from planner.domain.geometry import PatientPosition, isotropic_box
from planner.domain.identity import PatientIdentity, PlanId, StructureId
from planner.domain.plan import Plan
from planner.domain.structure import Structure, StructureKind, StructureOrigin
from planner.domain.volume import Volume, VolumeRef
from planner.persistence.blobs import BlobStore
from planner.rendering.plane import Orientation
from planner.rendering.primitives import Label, Role
from planner.rendering.scene3d import ViewFrom
from planner.rendering.volume3d import CloudPreset, make_cloud
from planner.services.history import History
from planner.services.session import Session
from planner.ui.scene import scene_view
from planner.ui.scene.opengl import NO_OPENGL, OpenGlCheck
from planner.ui.scene.scene_view import SceneView
from planner.ui.view_state import ViewState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.ui

LEFT = Qt.MouseButton.LeftButton
RADIUS_MM = 20.0
BALL_LPS_MM = np.array([12.0, -4.0, 9.0])
CUBE_MM = 2.0


def make_session(folder: Path, *, with_bone: bool) -> Session:
    """A ball of bone in air; outlined, or only in the CT."""
    grid = isotropic_box((0.0, 0.0, 0.0), extent_mm=(100, 90, 80), spacing_mm=CUBE_MM)
    k, j, i = np.indices(grid.shape_kji)
    mask = ((grid.to_lps(np.stack([i, j, k], axis=-1)) - BALL_LPS_MM) ** 2).sum(axis=-1) < RADIUS_MM**2
    hu = np.where(mask, 1000, -1000).astype(np.int16)
    blobs = BlobStore(folder)
    ref = VolumeRef(array_hash(hu), grid, PatientPosition.HFS, "1.1", "1.2", "1.3")
    bone = Structure(StructureId("b"), "Bone", StructureKind.BONE, blobs.put(mask), StructureOrigin.DRAWN)
    plan = Plan(PlanId("plan"), "Test", ref, structures=(bone,) if with_bone else ())
    return Session(blobs=blobs, volume=Volume(ref, hu), identity=PatientIdentity(), history=History(plan))


@pytest.fixture
def make(qtbot, tmp_path: Path) -> Iterator[Callable[..., SceneView]]:
    made: list[SceneView] = []

    def build(*, with_bone: bool) -> SceneView:
        view = SceneView(session=make_session(tmp_path, with_bone=with_bone), view=ViewState())
        view.resize(420, 400)
        qtbot.addWidget(view)
        view.show()
        made.append(view)
        return view

    yield build
    for view in made:
        view.release()


def settle(qtbot, view: SceneView) -> None:
    view.refresh()
    qtbot.waitUntil(lambda: view.grab() is not None and view.is_complete, timeout=20_000)


def click_middle(qtbot, view: SceneView) -> np.ndarray:
    qtbot.mouseClick(view, LEFT, pos=QPoint(view.width() // 2, view.height() // 2))
    return np.array(view.view.crosshair_lps_mm)


@pytest.mark.parametrize("with_bone", [True, False], ids=["outlined", "in the CT only"])
@pytest.mark.parametrize("stand", list(ViewFrom))
def test_a_click_brings_the_crosshair_to_the_surface_under_it(qtbot, make, with_bone, stand):
    """The picture's middle looks at the CT's middle; the ray meets the ball where the sphere's formula says."""
    view = make(with_bone=with_bone)
    if not with_bone:
        view.view.set_cloud(CloudPreset.BONE)
    settle(qtbot, view)
    view.look_from(stand)
    settle(qtbot, view)
    toward = {"A": (0, -1, 0), "P": (0, 1, 0), "L": (1, 0, 0), "R": (-1, 0, 0), "H": (0, 0, 1), "F": (0, 0, -1)}
    direction = -np.array(toward[stand.value], float)
    middle = view.session.volume.grid.centre_lps_mm
    beside = (middle - BALL_LPS_MM) - ((middle - BALL_LPS_MM) @ direction) * direction
    expected = BALL_LPS_MM + beside - np.sqrt(RADIUS_MM**2 - beside @ beside) * direction
    # Half a cube of the averaged volume, and the ray of a pixel beside the exact middle.
    assert click_middle(qtbot, view) == pytest.approx(expected, abs=CUBE_MM)


@pytest.mark.parametrize("with_bone", [True, False], ids=["outlined", "in the CT only"])
def test_what_is_cut_away_is_not_picked(qtbot, make, with_bone):
    """Cut at the coronal slice through the ball's middle and seen from the front, the click lands on that slice."""
    view = make(with_bone=with_bone)
    view.view.set_cloud(CloudPreset.BONE)
    view.view.set_crosshair(tuple(BALL_LPS_MM))
    view.view.toggle_cut(Orientation.CORONAL)
    settle(qtbot, view)
    view.look_from(ViewFrom.ANTERIOR)
    settle(qtbot, view)
    at = click_middle(qtbot, view)
    assert at[1] == pytest.approx(BALL_LPS_MM[1], abs=1.0)


def test_a_click_on_nothing_moves_nothing(qtbot, make):
    view = make(with_bone=True)
    settle(qtbot, view)
    view.look_from(ViewFrom.ANTERIOR)
    settle(qtbot, view)
    before = view.view.crosshair_lps_mm
    qtbot.mouseClick(view, LEFT, pos=QPoint(view.width() - 30, view.height() // 3))
    assert view.view.crosshair_lps_mm == before


def test_a_click_on_an_arm_turns_there_and_the_letters_agree(qtbot, make):
    view = make(with_bone=True)
    settle(qtbot, view)
    view.look_from(ViewFrom.ANTERIOR)
    settle(qtbot, view)
    arms = {m.text: m.anchor_px for m in view.primitives() if isinstance(m, Label) and m.role is Role.GIZMO}
    assert set(arms) == {"L", "R", "H", "F"}  # A and P point straight at the eye and away
    assert arms["L"][0] > arms["R"][0]
    assert arms["H"][1] < arms["F"][1]
    qtbot.mouseClick(view, LEFT, pos=QPoint(round(arms["L"][0]), round(arms["L"][1] - 4)))
    settle(qtbot, view)
    letters = "".join(m.text for m in view.primitives() if m.role is Role.LETTER)
    assert letters == "APHF"


def test_the_ct_itself_is_seen_and_named(qtbot, make):
    view = make(with_bone=False)
    view.view.set_flag("show_crosshair", on=False)
    settle(qtbot, view)
    view.look_from(ViewFrom.ANTERIOR)
    settle(qtbot, view)
    dark = view.grab().toImage().pixelColor(view.width() // 2, view.height() // 2).lightness()
    view.view.set_cloud(CloudPreset.BONE)
    settle(qtbot, view)
    bright = view.grab().toImage().pixelColor(view.width() // 2, view.height() // 2).lightness()
    assert bright > dark + 60
    assert "CT: bone" in view.spoken_value()


def test_padding_is_never_a_body_in_the_cloud():
    """Some writers mark what was never imaged by their largest value: it would stand there as bone."""
    grid = isotropic_box((0.0, 0.0, 0.0), extent_mm=(40, 40, 40), spacing_mm=CUBE_MM)
    hu = np.full(grid.shape_kji, 40, np.int16)
    padding = np.zeros(grid.shape_kji, dtype=bool)
    padding[:, :, :8] = True
    hu[padding] = 3000
    ref = VolumeRef(array_hash(hu), grid, PatientPosition.HFS, "1.1", "1.2", "1.3")
    cloud = make_cloud(Volume(ref, hu, padding))
    assert cloud.hu.max() == 40
    assert cloud.hu.min() == -1024


def test_a_released_view_draws_nothing_and_takes_any_hand(qtbot, make):
    view = make(with_bone=True)
    settle(qtbot, view)
    view.release()
    view.release()
    view.look_from(ViewFrom.LEFT)
    view.frame_plan()
    view.view.set_crosshair((1.0, 2.0, 3.0))
    qtbot.mouseClick(view, LEFT, pos=QPoint(50, 50))
    view.grab()
    assert view._stage is None


def test_what_is_cut_open_is_said(make):
    view = make(with_bone=True)
    view.view.toggle_cut(Orientation.CORONAL)
    view.view.toggle_cut(Orientation.AXIAL)
    assert view.spoken_value().endswith("cut at axial and coronal")


def test_without_opengl_the_view_says_so_and_takes_any_hand(qtbot, make, monkeypatch):
    """The trial is a real process that really fails: a module that does not exist."""
    failing = OpenGlCheck(QCoreApplication.instance(), module="planner.rendering.no_such_module")
    monkeypatch.setattr(scene_view, "opengl_check", lambda: failing)
    view = make(with_bone=True)
    qtbot.waitUntil(lambda: failing.works is False, timeout=20_000)
    qtbot.waitUntil(lambda: view.is_complete, timeout=5_000)
    view.grab()
    assert view.spoken_value() == NO_OPENGL
    view.look_from(ViewFrom.HEAD)
    view.frame_plan()
    click_middle(qtbot, view)
    qtbot.keyClick(view, Qt.Key.Key_Home)
    view.grab()
    failing.deleteLater()
