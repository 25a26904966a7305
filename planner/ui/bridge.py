"""How does the window hear of things? Session changes become one signal; workers' callbacks reach the main thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.services.session import Change, Session


class MainThread(QObject):
    """Runs callables on the thread that made it, in the order they were given; any thread may call it."""

    _asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._asked.connect(self._run, Qt.ConnectionType.QueuedConnection)

    def __call__(self, work: Callable[[], None]) -> None:
        """Run ``work`` at the event loop's next turn."""
        self._asked.emit(work)

    @Slot(object)
    def _run(self, work: Callable[[], None]) -> None:
        work()


class Bridge(QObject):
    """Follows the open session. ``changed`` carries one Change per edit; it is sent on the main thread."""

    changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._forget: Callable[[], None] | None = None

    def follow(self, session: Session | None) -> None:
        """Listen to another session, or to none."""
        if self._forget is not None:
            self._forget()
        self._forget = session.subscribe(self._hear) if session is not None else None

    def _hear(self, change: Change) -> None:
        self.changed.emit(change)
