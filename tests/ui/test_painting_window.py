"""Does drawing hold in the whole window: the tool of the strip, undo at the top, the surface after release, closing?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from planner.domain.structure import StructureKind
from planner.persistence.blobs import BlobStore
from planner.persistence.planfile import PlanFile
from planner.ui.steps import WorkStep
from planner.ui.view_state import Tool
from tests.ui.slice_desk import LEFT, send_move

if TYPE_CHECKING:
    from planner.ui.main_window import MainWindow

pytestmark = pytest.mark.ui
NONE = Qt.KeyboardModifier.NoModifier


def stroke(qtbot, view, *offsets) -> None:
    """Draw past the crosshair, by pixels from it."""
    x, y = view.plane.to_px(view.view.crosshair_lps_mm)
    places = [QPoint(round(float(x)) + dx, round(float(y)) + dy) for dx, dy in offsets]
    qtbot.mousePress(view, LEFT, NONE, places[0])
    for at in places[1:]:
        send_move(view, at, LEFT, NONE)
    qtbot.mouseRelease(view, LEFT, NONE, places[-1])


def begin(qtbot, planned: MainWindow) -> str:
    planned.go_to_step(WorkStep.STRUCTURES)
    made = planned.desk.painting.new_structure("Lymph node", StructureKind.LYMPH_NODE)
    planned.desk.look_at((0.0, 0.0, 0.0))
    planned.desk.view.set_tool(Tool.BRUSH)
    qtbot.wait(50)
    return made


def test_strokes_follow_each_other_and_undo_at_the_top_takes_them_back(qtbot, planned):
    made = begin(qtbot, planned)
    axial = planned.plan.grid.views["axial"]
    masks = [np.array(planned.desk.session.mask(made))]
    for dx in (-40, 0, 40):
        stroke(qtbot, axial, (dx, -20), (dx, 20))
        masks.append(np.array(planned.desk.painting.mask_under_hand(made)))
    qtbot.waitUntil(lambda: not planned.desk.painting.is_pending, timeout=5000)
    assert [int(m.sum()) for m in masks] == sorted({int(m.sum()) for m in masks})
    for mask in reversed(masks[:-1]):
        planned.actions_by_id["undo"].trigger()
        assert np.array_equal(planned.desk.session.mask(made), mask)
    planned.actions_by_id["redo"].trigger()
    assert np.array_equal(planned.desk.session.mask(made), masks[1])
    # The hand goes on from what the plan has now.
    stroke(qtbot, axial, (0, 60), (0, 70))
    qtbot.waitUntil(lambda: not planned.desk.painting.is_pending, timeout=5000)
    now = planned.desk.session.mask(made)
    assert (now & masks[1]).sum() == masks[1].sum()
    assert not (now & masks[3] & ~masks[1]).any()


def test_closing_at_once_keeps_the_stroke(qtbot, planned, tmp_path):
    made = begin(qtbot, planned)
    path = tmp_path / "kept.frostline"
    planned.desk.session.keep_in(path, source_folder="somewhere")
    stroke(qtbot, planned.plan.grid.views["axial"], (0, 0), (30, 0))
    drawn = np.array(planned.desk.painting.mask_under_hand(made))
    assert drawn.any()
    planned.desk.close_session()
    store = BlobStore(tmp_path / "other")
    store.folder.mkdir()
    file = PlanFile.open(path)
    last = file.steps()[-1]
    assert last.label == "brush in Lymph node"
    ref = last.plan.structure(made).mask
    file.restore_blobs([ref], store)
    file.close()
    assert np.array_equal(store.get(ref), drawn)


def test_esc_with_the_button_held_takes_the_stroke_back_and_the_next_one_is_its_own(qtbot, planned):
    made = begin(qtbot, planned)
    axial = planned.plan.grid.views["axial"]
    x, y = (round(float(v)) for v in axial.plane.to_px((0.0, 0.0, 0.0)))
    qtbot.mousePress(axial, LEFT, NONE, QPoint(x, y))
    assert planned.desk.painting.is_drawing
    qtbot.keyClick(axial, Qt.Key.Key_Escape)
    qtbot.mouseRelease(axial, LEFT, NONE, QPoint(x, y))
    assert not planned.desk.painting.is_drawing
    assert not planned.desk.session.mask(made).any()
    planned.desk.view.set_tool(Tool.BRUSH)
    stroke(qtbot, axial, (60, 0), (70, 0))
    qtbot.waitUntil(lambda: not planned.desk.painting.is_pending, timeout=5000)
    mask = planned.desk.session.mask(made)
    assert mask.any()
    assert not mask[:, 20, 25].any()  # where the first had been


def test_taking_another_tool_lets_go_of_the_working_copy(qtbot, planned):
    made = begin(qtbot, planned)
    stroke(qtbot, planned.plan.grid.views["axial"], (0, 0), (10, 0))
    qtbot.waitUntil(lambda: not planned.desk.painting.is_pending, timeout=5000)
    assert planned.desk.painting.mask_under_hand(made) is not None
    planned.go_to_step(WorkStep.TARGET)
    assert planned.desk.painting.mask_under_hand(made) is None
    assert planned.desk.session.mask(made).any()
