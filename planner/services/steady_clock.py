"""Which clocks does this computer have? The one that people set, and one that nobody can set and that counts sleep."""

from __future__ import annotations

import sys
import time


class SystemClock:
    """The computer's two clocks: the wall's, and a steady one on which a sleeping machine does not lose its freeze.

    Python's ``time.monotonic`` stands still in a suspended Linux or macOS machine; there another clock of the system
    goes on. On Windows it goes on by itself.
    """

    def wall_s(self) -> float:
        """Return seconds since 1970-01-01 UTC as the computer shows them."""
        return time.time()

    def steady_s(self) -> float:
        """Return seconds since some moment; sleep counts."""
        if sys.platform == "linux":
            return time.clock_gettime(time.CLOCK_BOOTTIME)
        if sys.platform == "darwin":
            return time.clock_gettime(time.CLOCK_MONOTONIC)
        return time.monotonic()
