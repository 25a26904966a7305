"""Which clocks does this computer have? The one that people set, and one that nobody can set and that counts sleep."""

from __future__ import annotations

import time

_COUNTS_SLEEP = ("CLOCK_BOOTTIME", "CLOCK_MONOTONIC")
"""Of Linux, then of macOS, where ``time.monotonic`` stands still in a sleeping machine."""


class SystemClock:
    """The computer's two clocks: the wall's, and a steady one on which a sleeping machine does not lose its freeze."""

    def wall_s(self) -> float:
        """Return seconds since 1970-01-01 UTC as the computer shows them."""
        return time.time()

    def steady_s(self) -> float:
        """Return seconds since some moment; sleep counts."""
        which: int | None = next((getattr(time, name) for name in _COUNTS_SLEEP if hasattr(time, name)), None)
        # Windows has neither; there this one counts sleep.
        return time.monotonic() if which is None else time.clock_gettime(which)
