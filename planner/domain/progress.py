"""How far is it? The one callback through which long work reports and through which it is cancelled."""

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
