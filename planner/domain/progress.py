"""How far is it? The callbacks through which long work reports, shows what it has, and is cancelled."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called by long work at every step worth telling.

    Implementations throttle to 10 Hz and raise :class:`planner.domain.errors.Cancelled` when the user has stopped the
    job, so work simply calls it and lets the exception pass.
    """

    def __call__(self, done: int, total: int, phase: str) -> None:
        """Report ``done`` of ``total`` in a phase named by a verb phrase such as ``"Reading slices"``."""


def silent(done: int, total: int, phase: str) -> None:
    """Report to nobody."""
    del done, total, phase


class Partial(Protocol):
    """Called by long work with what it has so far, whenever that is worth showing.

    Implementations drop what comes too fast, so a partial result never matters for the final one; they raise
    :class:`planner.domain.errors.Cancelled` as :class:`Progress` does.
    """

    def __call__(self, reply: object, /) -> None:
        """Show ``reply``, of the type that the task's partial replies have."""


def ignore(reply: object) -> None:
    """Show it to nobody."""
    del reply
