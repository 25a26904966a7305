"""How often does a hand step while ice follows it? Thirty times a second: of moves between only the newest counts.

Every step edits the plan and paints every view. A mouse sends up to a thousand a second, and steps that nobody can see
would take the time of the ice that follows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QMouseEvent
    from PySide6.QtWidgets import QWidget

STEP_MS = 30


class HandPace(QObject):
    """Passes moves of the mouse on: at once while nothing is held, else the newest every ``STEP_MS``."""

    def __init__(self, owner: QWidget, work: Callable[[QMouseEvent], None]) -> None:
        super().__init__(owner)
        self._work = work
        self._late: QMouseEvent | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(STEP_MS)
        self._timer.timeout.connect(self._go_on)

    def take(self, event: QMouseEvent, *, is_held: bool) -> None:
        """Pass a move on, now or when the step before it is old enough."""
        if is_held and self._timer.isActive():
            self._late = event.clone()
            return
        self._late = None
        if is_held:
            self._timer.start()
        self._work(event)

    def catch_up(self) -> None:
        """Pass on what waits, before anything else that the hand does."""
        self._timer.stop()
        late, self._late = self._late, None
        if late is not None:
            self._work(late)

    def drop(self) -> None:
        """Forget what waits."""
        self._timer.stop()
        self._late = None

    def _go_on(self) -> None:
        if self._late is not None:
            self._timer.start()
            late, self._late = self._late, None
            self._work(late)
