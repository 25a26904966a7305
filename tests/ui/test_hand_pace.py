"""Does a hand that is followed by ice lose no place? Of moves close together the newest is taken, and none too late."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QWidget

from planner.domain.digest import array_hash
from planner.domain.preview import IcePreview
from planner.ui.slices.hand_pace import STEP_MS, HandPace
from tests.ui.slice_desk import AXES, LEFT, Desk, make_session, send_move, wheel


@pytest.fixture
def paced(app, no_leaks):  # noqa: ARG001 - a widget needs both
    owner = QWidget()
    seen: list[float] = []
    pace = HandPace(owner, lambda event: seen.append(event.position().x()))
    yield pace, seen
    pace.drop()
    owner.deleteLater()


def _move(x):
    at, left, none = QPointF(x, 5.0), Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    return QMouseEvent(QEvent.Type.MouseMove, at, at, none, left, Qt.KeyboardModifier.NoModifier)


def test_every_move_counts_while_no_ice_follows(paced):
    pace, seen = paced
    for x in (1.0, 2.0, 3.0):
        pace.take(_move(x), is_held=False)
    assert seen == [1.0, 2.0, 3.0]


def test_of_moves_close_together_the_first_and_the_newest_are_taken(paced, qtbot):
    pace, seen = paced
    for x in (1.0, 2.0, 3.0, 4.0):
        pace.take(_move(x), is_held=True)
    assert seen == [1.0]
    qtbot.waitUntil(lambda: len(seen) > 1, timeout=3000)
    assert seen == [1.0, 4.0]
    qtbot.wait(3 * STEP_MS)
    assert seen == [1.0, 4.0]


def test_what_waits_comes_before_anything_else_or_never(paced):
    pace, seen = paced
    pace.take(_move(1.0), is_held=True)
    pace.take(_move(2.0), is_held=True)
    pace.catch_up()
    pace.catch_up()
    assert seen == [1.0, 2.0]
    pace.take(_move(3.0), is_held=True)
    pace.take(_move(4.0), is_held=True)
    pace.drop()
    pace.catch_up()
    assert seen == [1.0, 2.0, 3.0]


@pytest.fixture
def dragged(qtbot, tmp_path):
    """A view with ice that follows a probe in the hand: 20 px from where it was taken, and 40 px a moment later."""
    session = make_session(tmp_path, AXES["head first"])
    view = Desk(qtbot, session).view()
    grid = session.volume.grid
    warm = np.full(grid.shape_kji, 37.0, dtype=np.float32)
    x, y = (round(float(v)) for v in view.plane.to_px(session.plan.probes[0].tip_lps_mm))
    qtbot.mousePress(view, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(x, y))
    before, per_px = session.plan.probes[0].tip_lps_mm, view.plane.mm_per_px
    for shift_px in (10, 20, 40):
        session.preview = IcePreview(session.judged_hash, grid, 600.0, warm, False, array_hash(warm))
        send_move(view, QPoint(x + shift_px, y), LEFT, Qt.KeyboardModifier.NoModifier)
    assert _shift(session, before) == pytest.approx((20 * per_px, 0, 0), abs=0.01)
    yield view, session, before, per_px
    qtbot.mouseRelease(view, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(x + 40, y))


def _shift(session, before):
    return tuple(np.subtract(session.plan.probes[0].tip_lps_mm, before))


def test_a_view_that_goes_out_of_sight_ends_the_drag_where_the_hand_was_last(dragged):
    view, session, before, per_px = dragged
    view.hide()
    assert not session.is_held
    assert _shift(session, before) == pytest.approx((40 * per_px, 0, 0), abs=0.01)


def test_the_wheel_takes_no_move_along_that_was_meant_for_the_slice_before(dragged, qtbot):
    view, session, before, per_px = dragged
    wheel(view, 120)
    qtbot.wait(3 * STEP_MS)
    assert _shift(session, before) == pytest.approx((40 * per_px, 0, 0), abs=0.01)


def test_a_view_that_is_given_up_edits_no_plan_later(dragged, qtbot):
    view, session, before, per_px = dragged
    view.release()
    qtbot.wait(3 * STEP_MS)
    assert _shift(session, before) == pytest.approx((20 * per_px, 0, 0), abs=0.01)
