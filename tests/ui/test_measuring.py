"""Does the hand measure what lies under it, in one slice and across several, and can every measurement be undone?"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from planner.domain.measurement import MeasurementKind
from planner.rendering.plane import Orientation
from planner.rendering.primitives import Label, Role
from planner.rendering.slab import SlabMode
from planner.services.probe_commands import RemoveProbe
from planner.ui.view_state import Tool
from tests.ui.slice_desk import AXES, LEFT, Desk, make_session

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from planner.ui.slices.slice_view import SliceView

pytestmark = pytest.mark.ui


@pytest.fixture(params=sorted(AXES))
def desk(qtbot, tmp_path: Path, request) -> Iterator[Desk]:
    session = make_session(tmp_path, AXES[request.param])
    session.apply(RemoveProbe("p", "P1"), initiator="test")
    yield Desk(qtbot, session)
    gc.collect()


def click(desk: Desk, view: SliceView, x: int, y: int) -> None:
    desk.qtbot.mouseClick(view, LEFT, pos=QPoint(x, y))


def written(view: SliceView) -> list[str]:
    return [m.text for m in view.primitives() if isinstance(m, Label) and m.role is Role.MEASUREMENT]


@pytest.mark.parametrize("orientation", [Orientation.AXIAL, Orientation.CORONAL, Orientation.SAGITTAL])
def test_two_clicks_measure_what_the_scale_says(desk: Desk, orientation: Orientation) -> None:
    view = desk.view(orientation)
    desk.state.set_tool(Tool.DISTANCE)
    click(desk, view, 60, 70)
    click(desk, view, 180, 120)
    (measured,) = desk.session.plan.measurements
    assert measured.length_mm == pytest.approx(np.hypot(120, 50) * view.plane.mm_per_px, rel=1e-6)
    assert desk.state.tool is Tool.POINTER
    assert written(view) == [f"M1  {measured.length_mm:.1f} mm"]
    view.step_slices(1)
    assert written(view) == []  # it was made on another image
    view.step_slices(-1)
    assert len(written(view)) == 1


def test_a_line_drawn_in_one_go_counts_too(desk: Desk) -> None:
    view = desk.view()
    desk.state.set_tool(Tool.DISTANCE)
    desk.drag(view, np.array([60.0, 70.0]), np.array([160.0, 70.0]))
    (measured,) = desk.session.plan.measurements
    assert measured.length_mm == pytest.approx(100 * view.plane.mm_per_px, rel=0.02)


def test_a_distance_reaches_from_one_slice_into_another(desk: Desk) -> None:
    view = desk.view()
    first = view.plane
    desk.state.set_tool(Tool.DISTANCE)
    click(desk, view, 60, 70)
    view.step_slices(4)
    away_mm = abs(float(first.off_plane_mm(view.plane.centre_lps_mm)))
    assert away_mm > 4
    click(desk, view, 90, 110)
    (measured,) = desk.session.plan.measurements
    flat_mm = np.hypot(30, 40) * view.plane.mm_per_px
    assert measured.length_mm == pytest.approx(np.hypot(flat_mm, away_mm), rel=1e-6)
    assert len(written(view)) == 1


def test_three_clicks_measure_an_angle(desk: Desk) -> None:
    view = desk.view()
    desk.state.set_tool(Tool.ANGLE)
    for x, y in ((160, 100), (100, 100), (100, 40)):
        click(desk, view, x, y)
    (measured,) = desk.session.plan.measurements
    assert measured.kind is MeasurementKind.ANGLE
    assert written(view) == ["M1  90.0°"]


def test_a_circle_says_the_hu_of_the_voxels_that_are_seen_in_it(desk: Desk) -> None:
    """Counted by looking at every voxel of the slice on the screen."""
    view = desk.view()
    desk.state.set_tool(Tool.CIRCLE)
    click(desk, view, 120, 100)
    click(desk, view, 145, 100)
    grid, hu = desk.session.volume.grid, desk.session.volume.hu
    k, j, i = np.indices(hu.shape)
    centres = grid.to_lps(np.stack([i, j, k], axis=-1))
    on_slice = np.abs(view.plane.off_plane_mm(centres)) < 1e-6
    (measured,) = desk.session.plan.measurements
    away_mm = np.linalg.norm(centres - np.array(measured.points_lps_mm[0]), axis=-1)
    inside = hu[on_slice & (away_mm <= measured.length_mm)]
    shown = written(view)
    mean = f"{inside.mean():.0f}".replace("-", "−")
    assert shown[0] == f"M1  mean {mean} HU · SD {inside.std(ddof=1):.0f}"
    assert shown[2].endswith(f"{inside.size} voxels")
    assert inside.size > 20


@pytest.mark.parametrize("desk", ["head first"], indirect=True)
def test_in_a_slab_a_circle_says_that_its_hu_are_those_of_the_slice(desk: Desk) -> None:
    view = desk.view()
    desk.state.set_tool(Tool.CIRCLE)
    click(desk, view, 120, 100)
    click(desk, view, 145, 100)
    plain = written(view)
    desk.state.set_slab(10.0, SlabMode.MIP)
    assert written(view) == [*plain, "of the CT slice, not of the slab"]
    before = view.grab().toImage()
    desk.state.set_slab(0.0)
    assert written(view) == plain
    desk.state.set_slab(10.0, SlabMode.AVERAGE)
    desk.state.set_slab(10.0, SlabMode.MIP)
    assert view.grab().toImage() == before, "the painted words follow the slab"
    desk.state.set_tool(Tool.DISTANCE)
    click(desk, view, 60, 200)
    click(desk, view, 160, 200)
    assert sum("slab" in text for text in written(view)) == 1, "millimetres are the same in a slab"


def test_a_point_is_dragged_and_the_drag_is_one_step(desk: Desk) -> None:
    view = desk.view()
    desk.state.set_tool(Tool.DISTANCE)
    click(desk, view, 60, 70)
    click(desk, view, 160, 70)
    before = desk.session.plan.measurements[0]
    desk.drag(view, np.array([160.0, 70.0]), np.array([160.0, 110.0]))
    after = desk.session.plan.measurements[0]
    assert after.points_lps_mm[0] == before.points_lps_mm[0]
    assert after.length_mm == pytest.approx(np.hypot(100, 40) * view.plane.mm_per_px, rel=0.02)
    assert desk.session.undo_label == "move distance M1"
    desk.session.undo()
    assert desk.session.plan.measurements == (before,)
    desk.session.undo()
    assert desk.session.plan.measurements == ()


def test_a_circle_is_moved_by_its_middle_and_keeps_its_size(desk: Desk) -> None:
    view = desk.view()
    desk.state.set_tool(Tool.CIRCLE)
    click(desk, view, 100, 100)
    click(desk, view, 140, 100)
    radius_mm = desk.session.plan.measurements[0].length_mm
    desk.drag(view, np.array([100.0, 100.0]), np.array([120.0, 90.0]))
    moved = desk.session.plan.measurements[0]
    assert moved.length_mm == pytest.approx(radius_mm)
    assert view.plane.to_px(moved.points_lps_mm[0]) == pytest.approx((120, 90), abs=1.5)


def test_delete_takes_the_held_measurement_and_nothing_else(desk: Desk) -> None:
    view = desk.view()
    for y in (60, 120):
        desk.state.set_tool(Tool.DISTANCE)
        click(desk, view, 60, y)
        click(desk, view, 160, y)
    targets = desk.session.plan.targets
    desk.qtbot.keyClick(view, Qt.Key.Key_Delete)
    held = desk.session.plan.measurements
    click(desk, view, 60, 60)
    desk.qtbot.keyClick(view, Qt.Key.Key_Delete)
    assert [m.name for m in desk.session.plan.measurements] == [m.name for m in held if m.name != "M1"] == ["M2"]
    assert desk.session.plan.targets is targets
    desk.session.undo()
    assert len(desk.session.plan.measurements) == 2


def test_escape_drops_what_was_begun(desk: Desk) -> None:
    view = desk.view()
    desk.state.set_tool(Tool.ANGLE)
    click(desk, view, 60, 70)
    click(desk, view, 160, 70)
    desk.qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert desk.session.plan.measurements == ()
    assert desk.state.draft_lps_mm == ()
