"""Do the computer's clocks read what they should, and does each system have one that counts sleep?"""

from __future__ import annotations

import time
from datetime import UTC, datetime

from planner.services.steady_clock import SystemClock


def test_the_wall_clock_is_utc_and_the_steady_one_never_goes_back() -> None:
    clock = SystemClock()
    assert abs(clock.wall_s() - datetime.now(UTC).timestamp()) < 3600
    first_s = clock.steady_s()
    assert clock.steady_s() >= first_s


def test_of_several_clocks_the_one_that_counts_sleep_is_read(monkeypatch) -> None:
    names = {1: 100.0, 7: 200.0}
    monkeypatch.setattr(time, "CLOCK_MONOTONIC", 1, raising=False)
    monkeypatch.setattr(time, "CLOCK_BOOTTIME", 7, raising=False)
    monkeypatch.setattr(time, "clock_gettime", names.__getitem__, raising=False)
    assert SystemClock().steady_s() == 200.0
    monkeypatch.delattr(time, "CLOCK_BOOTTIME")
    assert SystemClock().steady_s() == 100.0
    monkeypatch.delattr(time, "CLOCK_MONOTONIC")
    monkeypatch.setattr(time, "monotonic", lambda: 300.0)
    assert SystemClock().steady_s() == 300.0
