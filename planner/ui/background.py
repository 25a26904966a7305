"""How is a moment of trusted arithmetic kept off the window's thread? One pool, one callback, the last one wins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal

from planner.domain.errors import PlannerError

if TYPE_CHECKING:
    from collections.abc import Callable


_NOTHING = object()


class _Work(QRunnable):
    def __init__(self, background: Background, ticket: int, work: Callable[[], Any]) -> None:
        super().__init__()
        self._background, self._ticket, self._work = background, ticket, work

    def run(self) -> None:
        value: Any = _NOTHING
        try:
            value = self._work()
        except PlannerError:
            pass
        finally:  # a failure that nobody foresaw is told by the interpreter, and leaves nothing busy
            self._background.finished.emit(self._ticket, value)


class Background(QObject):
    """Runs pure functions in a thread. Only the newest answer is delivered; older ones are dropped.

    Functions given here must not touch Qt. One that refuses delivers nothing: what it would have shown stays away, and
    the refusal is told where the plan is judged.
    """

    finished = Signal(int, object)

    def __init__(self, parent: QObject, deliver: Callable[[Any], None]) -> None:
        super().__init__(parent)
        self._deliver = deliver
        self._newest = self._answered = 0
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self.finished.connect(self._receive)

    def ask(self, work: Callable[[], Any]) -> None:
        """Run ``work`` and deliver its value, unless another call comes first."""
        self._newest += 1
        self._pool.clear()
        self._pool.start(_Work(self, self._newest, work))

    @property
    def is_busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._newest != self._answered

    def drop(self) -> None:
        """Forget what is under way."""
        self._newest += 1
        self._answered = self._newest
        self._pool.clear()

    def wait(self) -> None:
        """Wait until the thread is idle, before the window goes."""
        self._pool.waitForDone()

    def _receive(self, ticket: int, value: object) -> None:
        if ticket == self._newest:
            self._answered = ticket
            if value is _NOTHING:
                return
            self._deliver(value)
