"""Does a hand that is followed by ice lose no place? Of moves close together the newest is taken, and none too late."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QWidget

from planner.ui.slices.hand_pace import STEP_MS, HandPace


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
