"""How does a wait on the network end when the user stops it, or nobody answers? The talk runs beside who waits.

The libraries below wait in calls that nothing interrupts. So they run on a thread of their own, and the caller looks
ten times a second whether the user has stopped the job, and whether the archive has been silent for too long.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, TypeVar

from planner.domain.errors import Cancelled

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.domain.progress import Progress

SILENCE_S = 60.0
_LOOK_EVERY_S = 0.1
_LAST_WORDS_S = 1.0  # what a talk that was stopped may take to clear up

T = TypeVar("T")


class Talk:
    """One conversation: what it says of its progress, and how it is broken off."""

    def __init__(self) -> None:
        self.state = (0, 0, "Calling")
        self.was_silent = False
        self._is_stopped = threading.Event()
        self._hang_up: Callable[[], object] | None = None
        self._heard_s = time.monotonic()

    def tell(self, done: int, total: int, phase: str) -> None:
        """Say how far it is; raises Cancelled once the user has stopped it."""
        if self._is_stopped.is_set():
            raise Cancelled
        self.state = (done, total, phase)

    def hear(self) -> None:
        """Note that the archive has just said something."""
        self._heard_s = time.monotonic()

    def begin(self, hang_up: Callable[[], object]) -> None:
        """Begin to watch a connection for silence; ``hang_up`` breaks it off from another thread.

        Raises Cancelled when the user has stopped while it was being made, and waited no longer: nothing is said on it.
        """
        if self._is_stopped.is_set():
            raise Cancelled
        self.hear()
        self.was_silent = False
        self._hang_up = hang_up

    def end(self) -> None:
        """End the watch."""
        self._hang_up = None

    def look(self) -> None:
        """Break off a connection that has been silent for too long, again until its owner has found it broken."""
        hang_up = self._hang_up
        if hang_up is not None and (self.was_silent or time.monotonic() - self._heard_s > SILENCE_S):
            self.was_silent = True
            hang_up()

    def stop(self) -> None:
        """Break off whatever is going on, for good."""
        self._is_stopped.set()
        hang_up = self._hang_up
        if hang_up is not None:
            hang_up()


def patiently(act: Callable[[Talk], T], *, progress: Progress) -> T:
    """Run a conversation to its end, and report it; raises what it raises, and Cancelled when the user stops it."""
    talk, answers, errors = Talk(), list[T](), list[BaseException]()

    def run() -> None:
        try:
            answers.append(act(talk))
        except BaseException as error:  # noqa: BLE001 - handed to the one who waits, below
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(_LOOK_EVERY_S)
            progress(*talk.state)
            talk.look()
    except BaseException:
        last_s = time.monotonic() + _LAST_WORDS_S
        while thread.is_alive() and time.monotonic() < last_s:
            talk.stop()
            thread.join(_LOOK_EVERY_S)
        raise
    if errors:
        raise errors[0]
    return answers[0]
