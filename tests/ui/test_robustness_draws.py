"""Is a failing draw shown as a ghost beside the plan, in words, and gone when it should be? And the nerve's shares?"""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from planner.rendering.content import GhostLayer
from planner.services.ghost_tasks import GhostIce
from tests.drawn_plan import drawn
from tests.ui.robust_bench import assess, ghost_marks, make_ice, press_draw, run


@pytest.fixture
def section(planned, case):
    """The section of the Assess step, with a prediction of the plan."""
    return assess(planned, case)


@pytest.fixture
def told(planned):
    return drawn(planned.desk.session.plan)


@pytest.fixture
def known(planned, section, runner, told):
    """The window after a run, its details unfolded."""
    run(section, runner, told)
    section.fold.setChecked(True)
    return planned


def test_a_press_shows_a_draw_as_a_ghost_with_its_words_and_its_ice(known, section, runner):
    press_draw(section, 0)
    assert known.banners.words() == ("NOT THE PLAN",)
    assert known.banners.sentence_of("NOT THE PLAN").startswith("Draw 3, not the plan: tip 2.5 mm off")
    (ghost,) = known.desk.view.ghosts
    assert ghost.name == "Draw 3"
    assert ghost.probes[0].placement.tip_lps_mm == (2.5, 0.0, 0.0)
    assert ghost.ice is None
    asked = runner.requests(GhostIce)[-1].request
    assert asked.plan.probes[0].tip_lps_mm == (2.5, 0.0, 0.0)
    make_ice(known, runner)
    assert known.desk.view.ghosts[0].ice is not None
    assert {"Draw 3, 0 °C edge", "Draw 3"} <= set(ghost_marks(known))
    assert section._details._model.rows[0].is_shown
    assert known.desk.session.plan.probes[0].tip_lps_mm == (0.0, 0.0, 0.0)


def test_another_press_shows_another_draw_and_drops_the_first_ones_late_ice(known, section, runner):
    press_draw(section, 0)
    first = runner.requests(GhostIce)[-1]
    press_draw(section, 1)
    assert first.cancelled
    assert [ghost.name for ghost in known.desk.view.ghosts] == ["Draw 5"]
    make_ice(known, runner)
    assert known.desk.view.ghosts[0].name.startswith("Draw 5")


def test_keys_go_through_the_list_show_and_hide(known, section):
    draws = section._details.draws
    known.activateWindow()
    draws.setFocus()
    draws.setCurrentIndex(draws.model().index(0, 0))
    QTest.keyClick(draws, Qt.Key.Key_Down)
    QTest.keyClick(draws, Qt.Key.Key_Return)
    assert section.loop.shown_draw == 5
    QTest.keyClick(draws, Qt.Key.Key_Delete)
    assert section.loop.shown_draw is None
    assert known.desk.view.ghosts == ()
    assert known.banners.words() == ()


def test_esc_takes_the_ghost_away_before_anything_else(known, section):
    press_draw(section, 0)
    known.actions_by_id["cancel"].trigger()
    assert known.desk.view.ghosts == ()
    assert section.loop.shown_draw is None


def test_an_edit_takes_the_ghost_away(known, section):
    press_draw(section, 0)
    known.actions_by_id["slide_in"].trigger()
    assert known.desk.view.ghosts == ()
    assert "NOT THE PLAN" not in known.banners.words()


def test_somebody_elses_ghost_takes_its_place_and_its_words_go(known, section):
    press_draw(section, 0)
    known.desk.view.set_ghosts((GhostLayer("B"),))
    assert section.loop.shown_draw is None
    assert "NOT THE PLAN" not in known.banners.words()
    assert not section.loop.hide_draw()
    assert known.desk.view.ghosts[0].name == "B"  # it is not this one's to take away


def test_how_often_each_place_is_treated_is_drawn_until_it_is_switched_off_or_stale(known, section):
    axial = known.plan.grid.slices[0]

    def shares():
        return [mark.name for mark in axial.primitives() if "treated in" in getattr(mark, "name", "")]

    assert len(shares()) == 3
    QTest.mouseClick(section._details.colour, Qt.MouseButton.LeftButton, pos=QPoint(8, 10))
    assert shares() == []
    known.desk.view.set_flag("show_shares", on=True)
    assert section._details.colour.isChecked()
    assert len(shares()) == 3
    known.actions_by_id["slide_in"].trigger()
    assert shares() == []
