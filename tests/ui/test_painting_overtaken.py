"""Is a stroke kept whatever else is asked for while it is drawn, or on its way into the plan?"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from planner.domain.mask_edit import Margin
from planner.domain.structure import StructureKind, StructureOrigin
from planner.services.strokes import StrokeKeeper
from planner.services.structure_merging import merged
from planner.services.tasks import EditedMask, FreshMasks
from planner.ui.steps import WorkStep
from planner.ui.view_state import Tool
from tests.ui.conftest import SmallCase
from tests.ui.slice_desk import LEFT, send_move

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.ui.main_window import MainWindow

pytestmark = pytest.mark.ui
NONE = Qt.KeyboardModifier.NoModifier


class Hand:
    """A mouse over the axial view, with the brush, beside the crosshair."""

    def __init__(self, qtbot, window: MainWindow) -> None:
        self.qtbot, self.desk = qtbot, window.desk
        self.view = window.plan.grid.views["axial"]
        self.panel = window.plan.pages[WorkStep.STRUCTURES]
        self.options = window.plan.options

    def at(self, dx: int) -> QPoint:
        x, y = self.view.plane.to_px(self.desk.view.crosshair_lps_mm)
        return QPoint(round(float(x)) + dx, round(float(y)))

    def down(self, dx: int) -> None:
        self.qtbot.mousePress(self.view, LEFT, NONE, self.at(dx))
        send_move(self.view, self.at(dx + 20), LEFT, NONE)

    def up(self, dx: int) -> None:
        self.qtbot.mouseRelease(self.view, LEFT, NONE, self.at(dx + 20))

    def stroke(self, dx: int) -> np.ndarray:
        """Draw, and return what is then seen of the structure."""
        self.down(dx)
        drawn = np.array(self.desk.painting.mask_under_hand(self.desk.view.selected_structure))
        self.up(dx)
        return drawn

    def settle(self) -> None:
        self.qtbot.waitUntil(lambda: not self.desk.painting.is_pending, timeout=5000)
        self.qtbot.wait(20)

    def mask(self, structure_id: str) -> np.ndarray:
        return np.array(self.desk.session.mask(structure_id))


@pytest.fixture
def hand(qtbot, bench, monkeypatch) -> Iterator[Hand]:
    """An empty structure, and strokes that take their time to be kept, as on a large CT."""
    keep = StrokeKeeper.keep

    def slowly(self, stroke):
        time.sleep(0.05)
        return keep(self, stroke)

    monkeypatch.setattr(StrokeKeeper, "keep", slowly)
    case = SmallCase(bench.desk.blobs)
    bench.desk.open(case.session, case.shared)
    bench.resize(1920, 1080)
    bench.go_to_step(WorkStep.STRUCTURES)
    bench.desk.painting.new_structure("Lymph node", StructureKind.LYMPH_NODE)
    bench.desk.look_at((0.0, 0.0, 0.0))
    bench.desk.view.set_tool(Tool.BRUSH)
    qtbot.wait(50)
    made = Hand(qtbot, bench)
    yield made
    made.settle()


def test_an_edit_of_the_whole_mask_waits_for_the_hand(hand):
    desk = hand.desk
    made = desk.view.selected_structure
    hand.down(0)
    desk.painting.run(Margin(4.0))
    assert not desk.session.mask(made).any()
    drawn = np.array(desk.painting.mask_under_hand(made))
    hand.up(0)
    hand.settle()
    grown = hand.mask(made)
    assert drawn.any()
    assert (grown & drawn).sum() == drawn.sum() < grown.sum()
    desk.undo()
    assert np.array_equal(desk.session.mask(made), drawn)


def test_an_edit_that_is_done_while_the_hand_draws_takes_no_stroke_away(hand, monkeypatch):
    desk = hand.desk
    made = desk.view.selected_structure
    first = hand.stroke(-60)
    hand.settle()
    answers = []
    monkeypatch.setattr(desk.jobs, "start", lambda _request, *, on_done, **_: answers.append(on_done))
    desk.painting.run(Margin(4.0))
    hand.down(20)
    answers[0](EditedMask(desk.blobs.put(np.ones(first.shape, dtype=bool)), 1))
    drawn = np.array(desk.painting.mask_under_hand(made))
    said = []
    desk.said.connect(said.append)
    hand.up(20)
    hand.settle()
    assert drawn.sum() > first.sum()
    assert np.array_equal(hand.mask(made), drawn)
    assert any("changed meanwhile" in sentence for sentence in said)


def test_an_edit_asked_for_under_a_stroke_that_is_taken_back_is_done_all_the_same(hand):
    desk = hand.desk
    made = desk.view.selected_structure
    drawn = hand.stroke(-40)
    hand.settle()
    hand.down(20)
    desk.painting.run(Margin(4.0))
    hand.qtbot.keyClick(hand.view, Qt.Key.Key_Escape)
    hand.up(20)
    hand.settle()
    assert hand.mask(made).sum() > drawn.sum()
    assert desk.session.undo_label == f"{Margin(4.0).words} in Lymph node"


def test_redo_under_the_hand_takes_no_stroke_away(hand):
    desk = hand.desk
    made = desk.view.selected_structure
    hand.stroke(-60)
    hand.settle()
    desk.undo()
    hand.down(20)
    desk.redo()
    drawn = np.array(desk.painting.mask_under_hand(made))
    hand.up(20)
    hand.settle()
    assert drawn.any()
    assert np.array_equal(hand.mask(made), drawn)


def test_a_structure_removed_at_once_comes_back_with_its_last_stroke(hand):
    desk = hand.desk
    made = desk.view.selected_structure
    drawn = hand.stroke(0)
    assert desk.painting.is_pending
    hand.panel.remove(made)
    hand.settle()
    assert made not in [s.id for s in desk.session.plan.structures]
    desk.undo()
    assert drawn.any()
    assert np.array_equal(desk.session.mask(made), drawn)


def test_what_is_confirmed_or_copied_at_once_is_what_was_seen(hand):
    desk = hand.desk
    made = desk.view.selected_structure
    hand.stroke(-40)
    hand.settle()
    hand.qtbot.waitUntil(lambda: hand.panel.measures.place_of(desk.session.plan.structure(made)) is not None)
    drawn = hand.stroke(20)
    hand.panel.form.who.setText("A. Reader")
    hand.qtbot.mouseClick(hand.panel.form.confirm_button, LEFT)
    hand.settle()
    assert np.array_equal(desk.session.mask(made), drawn)
    assert desk.session.plan.structure(made).confirmed_by == "A. Reader"
    desk.view.select_structure(made)
    desk.view.set_tool(Tool.BRUSH)
    drawn = hand.stroke(60)
    hand.panel.copy(desk.session.plan.structure(made))
    hand.settle()
    copied = desk.session.plan.structures[-1]
    assert copied.name == "Lymph node copy"
    assert not copied.is_confirmed
    assert np.array_equal(desk.session.mask(copied.id), drawn)


def test_found_structures_do_not_replace_the_one_under_the_hand(hand, monkeypatch):
    desk = hand.desk
    made = desk.view.selected_structure
    answers = []
    monkeypatch.setattr(desk.jobs, "start", lambda _request, *, on_done, **_: answers.append(on_done))
    came = desk.session.plan.structure(made)
    assert came.origin is StructureOrigin.DRAWN

    class Found:
        """What a reader gives: here the empty structure itself, with another mask."""

        def as_structure(self):
            full = desk.blobs.put(np.ones(desk.session.plan.volume.grid.shape_kji, dtype=bool))
            return type(came)("other", came.name, came.kind, full, came.origin)

    assert merged([Found().as_structure()], desk.session.plan)[0].id == made  # untouched, it would be replaced
    hand.panel.work.find_all()
    hand.down(0)
    answers[0](FreshMasks((Found(),)))
    drawn = np.array(desk.painting.mask_under_hand(made))
    hand.up(0)
    hand.settle()
    assert drawn.any()
    assert np.array_equal(hand.mask(made), drawn)


def test_another_structure_is_added_with_its_last_stroke(hand):
    desk = hand.desk
    first = desk.view.selected_structure
    second = desk.painting.new_structure("Bowel", StructureKind.BOWEL)
    desk.view.select_structure(first)
    drawn = hand.stroke(0)
    desk.view.select_structure(second)
    desk.view.set_tool(Tool.BOOLEAN)
    page = hand.options.pages[Tool.BOOLEAN]
    page.other.select_data(first)
    assert desk.painting.is_pending
    hand.qtbot.mouseClick(hand.options.apply_button, LEFT)
    hand.settle()
    assert drawn.any()
    assert np.array_equal(hand.mask(second), drawn)


def test_a_stroke_for_which_memory_runs_out_is_refused_and_holds_nothing_up(hand, monkeypatch):
    desk = hand.desk
    made = desk.view.selected_structure
    hand.stroke(-40)
    hand.settle()
    kept = hand.mask(made)

    def out_of_memory(_self, _stroke):
        raise MemoryError

    monkeypatch.setattr(StrokeKeeper, "keep", out_of_memory)
    noticed = []
    desk.noticed.connect(noticed.append)
    hand.stroke(20)
    hand.settle()
    assert "memory" in noticed[-1].sentence
    assert np.array_equal(hand.mask(made), kept)
    desk.undo()
    assert not desk.session.mask(made).any()
