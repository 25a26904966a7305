"""Does the hand draw in the window what it means, can all of it be undone, and is it kept?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QSettings, Qt

from planner.domain.identity import StructureId
from planner.domain.progress import silent
from planner.domain.structure import StructureKind
from planner.persistence.blobs import BlobStore
from planner.persistence.planfile import PlanFile
from planner.rendering.plane import Orientation
from planner.rendering.primitives import Label, Marker, Path, Role
from planner.services.jobs import InlineRunner
from planner.services.opening import prepare_plan, resume_session
from planner.services.structure_commands import ConfirmStructure
from planner.services.tasks import OpenedSeries, PreparePlan
from planner.ui.desk import AppServices, Desk
from planner.ui.preferences import Preferences
from planner.ui.slices.slice_view import SliceView
from planner.ui.slices.stand import StandardStand
from planner.ui.view_state import Tool
from tests.ui.conftest import SmallCase
from tests.ui.slice_desk import LEFT, send_move, wheel

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.ui, pytest.mark.usefixtures("app")]

SHIFT = Qt.KeyboardModifier.ShiftModifier
NONE = Qt.KeyboardModifier.NoModifier


class Drawing:
    """A desk with the small case and its three slices, at the Structures step: the window without what is around it."""

    def __init__(self, qtbot, services, preferences) -> None:
        self.desk = desk = Desk(services, preferences)
        case = SmallCase(desk.blobs)
        desk.open(case.session, case.shared)
        desk.view.set_structuring(on=True)
        self.views = {}
        for orientation in (Orientation.AXIAL, Orientation.CORONAL, Orientation.SAGITTAL):
            stand = StandardStand(orientation)
            view = SliceView(stand, session=case.session, view=desk.view, painting=desk.painting)
            view.resize(500, 400)
            qtbot.addWidget(view)
            view.show()
            self.views[orientation] = view
        desk.changed.connect(lambda _: [view.refresh() for view in self.views.values()])

    def close(self) -> None:
        for view in self.views.values():
            view.release()
        self.desk.close_session()


@pytest.fixture
def drawing(qtbot, tmp_path) -> Iterator[Drawing]:
    """An empty structure selected and the brush in the hand."""
    blobs = BlobStore(tmp_path / "blobs")
    blobs.folder.mkdir()
    services = AppServices(blobs, lambda _dispatch: InlineRunner(blobs), tmp_path / "plans")
    preferences = Preferences(QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat))
    made = Drawing(qtbot, services, preferences)
    prepare(made.desk)
    yield made
    made.close()


def prepare(desk: Desk) -> None:
    """Add an empty structure and take a brush of 12 mm."""
    made = desk.painting.new_structure("Effusion", StructureKind.EFFUSION)
    assert desk.view.selected_structure == made
    desk.look_at((0.0, 0.0, 0.0))
    desk.view.set_tool(Tool.BRUSH)
    desk.view.set_paint(replace(desk.view.paint, diameter_mm=12.0))


def axial(drawing: Drawing, orientation: Orientation = Orientation.AXIAL) -> SliceView:
    return drawing.views[orientation]


def px(view: SliceView, lps_mm) -> QPoint:
    x, y = view.plane.to_px(lps_mm)
    return QPoint(round(float(x)), round(float(y)))


def draw(qtbot, view: SliceView, *points_lps_mm, keys=NONE) -> list[np.ndarray]:
    """Press, move through and let go; return where the hand really was, LPS mm, at the whole pixels of the mouse."""
    pixels = [px(view, p) for p in points_lps_mm]
    qtbot.mousePress(view, LEFT, keys, pixels[0])
    for at in pixels[1:]:
        send_move(view, at, LEFT, keys)
    qtbot.mouseRelease(view, LEFT, keys, pixels[-1])
    return [np.asarray(view.plane.to_lps((float(p.x()), float(p.y())))) for p in pixels]


def settled(qtbot, window: Drawing) -> None:
    qtbot.waitUntil(lambda: not window.desk.painting.is_pending, timeout=5000)


def mask_of(window: Drawing) -> np.ndarray:
    chosen = window.desk.view.selected_structure
    return np.array(window.desk.session.mask(chosen))


def centres() -> np.ndarray:
    """Every voxel's centre in the small case: 2 mm voxels, the first at (−49, −39, −29) mm."""
    k, j, i = np.indices((30, 40, 50))
    return np.stack([-49.0 + 2 * i, -39.0 + 2 * j, -29.0 + 2 * k], axis=-1)


def slab(view: SliceView, axis: int) -> np.ndarray:
    """Whether a voxel is cut by the view's plane, which lies across a patient axis."""
    at = view.plane.centre_lps_mm[axis]
    return np.abs(centres()[..., axis] - at) < 1.0


@pytest.mark.parametrize(
    ("orientation", "axis"), [(Orientation.AXIAL, 2), (Orientation.CORONAL, 1), (Orientation.SAGITTAL, 0)]
)
def test_a_dab_draws_the_voxels_whose_centres_lie_in_the_disc(qtbot, drawing, orientation, axis):
    view = axial(drawing, orientation)
    (hand,) = draw(qtbot, view, (3.0, 5.0, 1.0))
    settled(qtbot, drawing)
    away = centres() - hand
    away[..., axis] = 0
    expected = (np.linalg.norm(away, axis=-1) <= 6.0) & slab(view, axis)
    assert expected.sum() > 20
    assert np.array_equal(mask_of(drawing), expected)
    assert drawing.desk.session.undo_label == "brush in Effusion"


def test_a_stroke_without_gaps_is_one_step_and_shift_erases(qtbot, drawing):
    view = axial(drawing)
    before = mask_of(drawing)
    draw(qtbot, view, (-20.0, 0.0, 1.0), (20.0, 0.0, 1.0))
    settled(qtbot, drawing)
    drawn = mask_of(drawing)
    here = drawn[np.argmax(drawn.any(axis=(1, 2)))]
    assert here[:, 15:35].any(axis=0).all()
    draw(qtbot, view, (0.0, 0.0, 1.0), keys=SHIFT)
    settled(qtbot, drawing)
    erased = mask_of(drawing)
    assert 0 < erased.sum() < drawn.sum()
    assert not (erased & ~drawn).any()
    desk = drawing.desk
    desk.undo()
    assert np.array_equal(mask_of(drawing), drawn)
    desk.undo()
    assert np.array_equal(mask_of(drawing), before)
    desk.redo()
    desk.redo()
    assert np.array_equal(mask_of(drawing), erased)


def test_undo_pressed_at_once_waits_for_the_stroke(qtbot, drawing):
    view = axial(drawing)
    for x in (-20.0, 0.0, 20.0):
        draw(qtbot, view, (x, 0.0, 1.0))
    drawing.desk.undo()
    drawing.desk.undo()
    settled(qtbot, drawing)
    mask = mask_of(drawing)
    across = np.flatnonzero(mask.any(axis=(0, 1))) * 2.0 - 49
    assert mask.any()
    assert across.max() < -10
    draw(qtbot, view, (0.0, 10.0, 1.0))
    settled(qtbot, drawing)
    assert mask_of(drawing).sum() > mask.sum()
    assert not drawing.desk.session.redo_label


def test_two_structures_drawn_in_turn_lose_no_stroke(qtbot, drawing):
    desk, view = drawing.desk, axial(drawing)
    first = desk.view.selected_structure
    second = desk.painting.new_structure("Bowel", StructureKind.BOWEL)
    drawn = {first: 0, second: 0}
    for x in (-30.0, -10.0, 10.0, 30.0):
        for structure in (first, second):
            desk.view.select_structure(structure)
            draw(qtbot, view, (x, 0.0, 1.0))
            now = int(desk.painting.mask_under_hand(structure).sum())
            assert now > drawn[structure]
            drawn[structure] = now
    settled(qtbot, drawing)
    assert {structure: int(desk.session.mask(structure).sum()) for structure in drawn} == drawn


def test_a_ball_goes_through_all_slices_and_both_limits_hold(qtbot, drawing):
    desk = drawing.desk
    view = axial(drawing)
    skin = StructureId("s1")
    desk.view.set_paint(replace(desk.view.paint, is_sphere=True, inside=skin, low_hu=-10.0, diameter_mm=20.0))
    (hand,) = draw(qtbot, view, (0.0, -27.0, 1.0))
    settled(qtbot, drawing)
    ball = np.linalg.norm(centres() - hand, axis=-1) <= 10.0
    inside = ball & (np.abs(centres()[..., 1]) < 30)
    assert 0 < inside.sum() < ball.sum()
    assert np.array_equal(mask_of(drawing), inside)
    desk.view.set_paint(replace(desk.view.paint, low_hu=5.0, inside=None))
    draw(qtbot, view, (0.0, 10.0, 1.0))
    settled(qtbot, drawing)
    assert np.array_equal(mask_of(drawing), inside)


def test_esc_takes_the_stroke_under_the_hand_back(qtbot, drawing):
    view = axial(drawing)
    label = drawing.desk.session.undo_label
    qtbot.mousePress(view, LEFT, NONE, px(view, (0, 0, 0)))
    assert drawing.desk.painting.mask_under_hand(drawing.desk.view.selected_structure).any()
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    qtbot.mouseRelease(view, LEFT, NONE, px(view, (0, 0, 0)))
    settled(qtbot, drawing)
    assert not mask_of(drawing).any()
    assert drawing.desk.session.undo_label == label


def test_undo_under_the_hand_takes_back_the_stroke_alone(qtbot, drawing):
    view, desk = axial(drawing), drawing.desk
    draw(qtbot, view, (-20, 0, 0))
    settled(qtbot, drawing)
    before = mask_of(drawing)
    qtbot.mousePress(view, LEFT, NONE, px(view, (20, 0, 0)))
    desk.undo()
    qtbot.mouseRelease(view, LEFT, NONE, px(view, (20, 0, 0)))
    settled(qtbot, drawing)
    assert before.any()
    assert np.array_equal(mask_of(drawing), before)
    assert np.array_equal(desk.painting.mask_under_hand(desk.view.selected_structure), before)


def test_without_a_seen_structure_nothing_is_drawn_and_words_say_why(qtbot, drawing):
    view, desk = axial(drawing), drawing.desk
    said: list[str] = []
    desk.said.connect(said.append)
    chosen = desk.view.selected_structure
    desk.view.select_structure(None)
    draw(qtbot, view, (0, 0, 0))
    assert "Select a structure" in said[-1]
    desk.view.select_structure(chosen)
    desk.view.toggle_structure(chosen)
    draw(qtbot, view, (0, 0, 0))
    assert "Effusion is hidden" in said[-1]
    settled(qtbot, drawing)
    assert not mask_of(drawing).any()


def test_drawing_in_a_confirmed_structure_withdraws_its_confirmation_and_says_so(qtbot, drawing):

    desk = drawing.desk
    said: list[str] = []
    desk.said.connect(said.append)
    chosen = desk.view.selected_structure
    desk.apply(ConfirmStructure(chosen, "Effusion", "Dr Roe", "2026-01-02T03:04:05Z"))
    draw(qtbot, axial(drawing), (0, 0, 0))
    settled(qtbot, drawing)
    structure = desk.session.plan.structure(chosen)
    assert not structure.is_confirmed
    assert "edited: brush" in structure.method
    assert "Effusion is unconfirmed again" in said[-1]


def test_the_cursor_is_a_circle_of_the_brush_with_its_width_and_the_hu(qtbot, drawing):
    view, desk = axial(drawing), drawing.desk
    send_move(view, px(view, (0, 0, 0)), Qt.MouseButton.NoButton, NONE)
    circle = next(m for m in view.tool.marks() if isinstance(m, Marker))
    assert circle.size_px == pytest.approx(12.0 / view.plane.mm_per_px)
    assert next(m.text for m in view.tool.marks() if isinstance(m, Label)) == "Ø 12.0 mm · HU 0"
    wheel(view, 120, SHIFT)
    assert desk.view.paint.diameter_mm == 15.0
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Minus)
    qtbot.keyClick(view, Qt.Key.Key_Minus)
    assert desk.view.paint.diameter_mm == 10.0
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert desk.view.paint.diameter_mm == 12.0
    before = view.plane
    send_move(view, px(view, (4, 0, 0)), Qt.MouseButton.NoButton, SHIFT)
    assert view.plane == before
    assert next(m.text for m in view.tool.marks() if isinstance(m, Label)).startswith("Erase Ø 12.0 mm")


def test_a_dab_is_seen_at_once_in_all_slices_and_filled_more_strongly(qtbot, drawing):
    views = [axial(drawing, o) for o in (Orientation.AXIAL, Orientation.CORONAL, Orientation.SAGITTAL)]

    def fills() -> list[float]:
        marks = [m for view in views for m in view.primitives()]
        return [
            m.fill_opacity for m in marks if isinstance(m, Path) and m.role is Role.STRUCTURE and m.name == "Effusion"
        ]

    assert not fills()
    drawing.desk.view.set_paint(replace(drawing.desk.view.paint, is_sphere=True))
    qtbot.mousePress(views[0], LEFT, NONE, px(views[0], (0, 0, 0)))
    assert fills() == [0.24] * 3
    qtbot.mouseRelease(views[0], LEFT, NONE, px(views[0], (0, 0, 0)))
    settled(qtbot, drawing)
    assert fills() == [0.24] * 3
    drawing.desk.view.set_structuring(on=False)
    assert fills() == [0.10] * 3


def corners_say_inside(x: np.ndarray, y: np.ndarray, corners: list[tuple[float, float]]) -> np.ndarray:
    """Even-odd by walking the edges, at many points."""
    inside = np.zeros(x.shape, bool)
    for (x0, y0), (x1, y1) in zip(corners, [*corners[1:], corners[0]], strict=True):
        if y0 == y1:
            continue
        crosses = ((y0 > y) != (y1 > y)) & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0))
        inside ^= crosses
    return inside


def test_a_lasso_drawn_in_one_go_fills_what_it_goes_around(qtbot, drawing):
    drawing.desk.view.set_tool(Tool.LASSO)
    view = axial(drawing)
    corners = [(-20.0, -10.0, 0), (15.0, -14.0, 0), (18.0, 12.0, 0), (0.0, -2.0, 0), (-17.0, 15.0, 0)]
    hand = draw(qtbot, view, *corners)
    settled(qtbot, drawing)
    at = centres()
    around = corners_say_inside(at[..., 0], at[..., 1], [(p[0], p[1]) for p in hand])
    assert np.array_equal(mask_of(drawing), around & slab(view, 2))
    assert drawing.desk.session.undo_label == "lasso in Effusion"
    draw(qtbot, view, *corners, keys=SHIFT)
    settled(qtbot, drawing)
    assert not mask_of(drawing).any()
    drawing.desk.undo()
    assert mask_of(drawing).any()


def test_clicked_corners_are_filled_at_enter(qtbot, drawing):
    drawing.desk.view.set_tool(Tool.LASSO)
    view = axial(drawing)
    view.setFocus()
    for corner in ((-10.0, -10.0, 0), (10.0, -10.0, 0), (10.0, 10.0, 0)):
        qtbot.mouseClick(view, LEFT, NONE, px(view, corner))
    assert not mask_of(drawing).any()
    qtbot.keyClick(view, Qt.Key.Key_Return)
    settled(qtbot, drawing)
    assert 40 < mask_of(drawing).sum() < 60


def test_a_reopened_plan_holds_the_very_mask_and_undo_goes_back_through_the_strokes(qtbot, drawing, tmp_path):

    session = drawing.desk.session
    session.keep_in(tmp_path / "kept.frostline", source_folder="somewhere")
    view = axial(drawing)
    draw(qtbot, view, (-10.0, 0.0, 0.0))
    settled(qtbot, drawing)
    first = mask_of(drawing)
    draw(qtbot, view, (10.0, 0.0, 0.0))
    chosen, shared = drawing.desk.view.selected_structure, drawing.desk.volume
    last = np.array(drawing.desk.painting.mask_under_hand(chosen))
    drawing.desk.close_session()

    store = BlobStore(tmp_path / "other")
    store.folder.mkdir()
    prepare_plan(PreparePlan(str(tmp_path / "kept.frostline")), blobs=store, progress=silent)
    for ref in (shared.hu,):
        store.put(drawing.desk.blobs.get(ref))
    file = PlanFile.open(tmp_path / "kept.frostline")
    again = resume_session(file, OpenedSeries(shared, session.identity), blobs=store)
    assert np.array_equal(again.mask(chosen), last)
    again.undo()
    assert np.array_equal(again.mask(chosen), first)
    again.redo()
    assert np.array_equal(again.mask(chosen), last)
    again.close()


def test_a_threshold_tried_out_tints_its_voxels_and_changes_no_plan(drawing):
    view, desk = axial(drawing), drawing.desk
    before = desk.session.plan
    bare = view.grab().toImage()
    desk.painting.show_preview((-100.0, 100.0))
    tinted = view.grab().toImage()
    inside, outside = px(view, (30.0, 20.0, 0.0)), px(view, (30.0, 36.0, 0.0))
    assert tinted.pixelColor(inside) != bare.pixelColor(inside)
    assert tinted.pixelColor(outside) == bare.pixelColor(outside)
    desk.view.set_paint(replace(desk.view.paint, inside=desk.view.selected_structure))
    assert view.grab().toImage().pixelColor(inside) == bare.pixelColor(inside)  # nothing lies inside an empty one
    desk.view.set_paint(replace(desk.view.paint, inside=StructureId("s1")))
    assert view.grab().toImage().pixelColor(inside) == tinted.pixelColor(inside)
    desk.view.set_paint(replace(desk.view.paint, inside=None))
    desk.painting.show_preview(None)
    assert view.grab().toImage() == bare
    assert desk.session.plan is before
