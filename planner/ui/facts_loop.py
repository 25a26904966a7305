"""How does something worked out follow a hand without falling behind or holding it up? One question at a time.

The newest question waits until the one before is answered: every answer is shown, none is queued. While a hand holds
something questions are no more frequent than ``pause_ms`` says, so that the drawing keeps the processor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer

from planner.ui.background import Background

if TYPE_CHECKING:
    from collections.abc import Callable

HELD_PAUSE_MS = 400


class FactsLoop(QObject):
    """Asks ``work()`` in a thread whenever :meth:`ask` was called since it last began, and delivers each answer."""

    def __init__(self, parent: QObject, deliver: Callable[[Any], None], *, pause_ms: int = HELD_PAUSE_MS) -> None:
        super().__init__(parent)
        self._background = Background(self, deliver)
        self._background.finished.connect(lambda _ticket, _value: self._next())
        self._waiting: Callable[[], Any] | None = None
        self._is_held = False
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(pause_ms)
        self._pause.timeout.connect(self._next)

    def ask(self, work: Callable[[], Any], *, is_held: bool = False) -> None:
        """Have ``work`` done next, in place of what still waits; ``is_held``: a hand is dragging, so not too often."""
        self._waiting, self._is_held = work, is_held
        if not is_held:
            self._pause.stop()
        self._next()

    def drop(self) -> None:
        """Forget what waits and what is under way."""
        self._waiting = None
        self._pause.stop()
        self._background.drop()

    @property
    def is_busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._waiting is not None or self._background.is_busy

    def _next(self) -> None:
        if self._waiting is None or self._background.is_busy or self._pause.isActive():
            return
        work, self._waiting = self._waiting, None
        if self._is_held:
            self._pause.start()
        self._background.ask(work)
