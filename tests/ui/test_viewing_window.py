"""Do the window's actions reach the views, and does another plan begin without anything of the last one?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QApplication, QToolButton

from planner.rendering.plane import Orientation
from planner.rendering.primitives import Label
from planner.rendering.scene3d import ViewFrom
from planner.rendering.turning import UPRIGHT
from planner.rendering.volume3d import CloudPreset

if TYPE_CHECKING:
    from planner.ui.main_window import MainWindow

pytestmark = pytest.mark.ui


def test_the_windows_actions_reach_the_views(planned: MainWindow) -> None:
    view, actions = planned.desk.view, planned.actions_by_id
    first = planned.plan.grid.slices[0]
    actions["film"].trigger()
    assert [one.cine.is_playing for one in planned.plan.grid.slices].count(True) == 1
    actions["film"].trigger()
    assert not any(one.cine.is_playing for one in planned.plan.grid.slices)
    assert not actions["standard_planes"].isEnabled()
    view.turn((1.0, 0.0, 0.0), 0.3)
    assert actions["standard_planes"].isEnabled()
    actions["standard_planes"].trigger()
    assert view.frame == UPRIGHT
    actions["slab_thicker"].trigger()
    actions["slab_thicker"].trigger()
    assert view.slab_mm == 2.0
    actions["slab_thinner"].trigger()
    actions["slab_thinner"].trigger()
    actions["slab_thinner"].trigger()
    assert view.slab_mm == 0.0
    actions["invert"].trigger()
    assert view.is_inverted
    assert "Inverted" in {m.text for m in first.primitives() if isinstance(m, Label)}


def test_opening_another_plan_starts_upright_plain_and_without_looks(planned: MainWindow, case) -> None:
    view = planned.desk.view
    view.turn((1.0, 0.0, 0.0), 0.3)
    view.set_slab(10.0)
    view.set_inverted(on=True)
    view.set_second_share(0.9)
    view.set_cloud(CloudPreset.BONE)
    view.toggle_cut(Orientation.AXIAL)
    view.set_probe_roll(20.0)
    view.set_draft(((0.0, 0.0, 0.0),))
    view.reset(case.session.volume.ref, case.session.volume.grid.centre_lps_mm)
    assert (view.frame, view.slab_mm, view.is_inverted) == (UPRIGHT, 0.0, False)
    assert (view.second_share, view.cloud, view.cuts, view.probe_roll_deg) == (0.5, None, frozenset(), 0.0)
    assert view.draft_lps_mm == ()
    assert not view.history.back()


def test_views_of_a_plan_that_is_gone_follow_nothing(planned: MainWindow) -> None:
    """Their places and magnifications must not come back as looks at the next patient."""
    view, old = planned.desk.view, list(planned.plan.grid.slices)
    planned.plan.grid.clear()
    view.history.clear()
    before = [one.plane for one in old]
    view.set_crosshair((1.0, 2.0, 3.0))
    view.turn((1.0, 0.0, 0.0), 0.3)
    assert old
    assert [one.plane for one in old] == before
    view.history.settle()
    view.set_inverted(on=True)
    heard = []
    view.history.restored.connect(heard.append)
    assert view.history.back()
    assert heard[0].poses == ()
    planned.plan.grid.build()


def test_a_film_round_the_shaft_goes_on_round(planned: MainWindow) -> None:
    planned.actions_by_id["layout_probe"].trigger()
    planned.grab()
    along, view = planned.plan.grid.views["along-0"], planned.desk.view
    rolls = []
    for _ in range(4):
        along.cine.step()
        rolls.append(view.probe_roll_deg)
    assert rolls == [5.0, 10.0, 15.0, 20.0]


def test_what_the_3d_view_offers_is_in_the_toolbar_too_where_there_is_one(planned: MainWindow) -> None:
    view, bar = planned.desk.view, planned.plan.toolbar
    button = next(b for b in bar.findChildren(QToolButton) if b.text() == "3-D")
    heard: list[object] = []
    bar.look_asked.connect(heard.append)
    button.menu().aboutToShow.emit()
    offered = {action.text(): action for action in button.menu().actions()}
    offered["Bone"].trigger()
    offered["Cut at the axial slice"].trigger()
    offered["From the feet (F)"].trigger()
    assert (view.cloud, view.cuts, heard) == (CloudPreset.BONE, {Orientation.AXIAL}, [ViewFrom.FEET])
    assert button.isEnabled()
    view.set_maximised("axial")
    assert not button.isEnabled()
    assert "no 3-D view" in button.toolTip()
    view.set_maximised("")
    planned.resize(planned.minimumSize())
    QApplication.processEvents()
    assert bar.minimumSizeHint().width() <= bar.width()
    edges = [w.geometry().right() for w in bar.findChildren(QToolButton) if w.isVisible()]
    assert max(edges) <= bar.width()
