"""How long does it take? Repeated wall times, because one time on a shared machine says nothing."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Timing:
    """Wall times of the same work, s, in the order they were taken."""

    walls_s: tuple[float, ...]

    @property
    def best_s(self) -> float:
        """The least disturbed: what the machine can do."""
        return min(self.walls_s)

    @property
    def p50_s(self) -> float:
        """The median: what a user gets."""
        return float(np.percentile(self.walls_s, 50))

    @property
    def p95_s(self) -> float:
        """What a user still gets on a bad moment."""
        return float(np.percentile(self.walls_s, 95))


def timed(work: Callable[[], Any], repeats: int, *, warm: bool = True) -> Timing:
    """Run ``work`` several times; ``warm`` runs it once before, uncounted, for caches and first-use work."""
    if warm:
        work()
    walls = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        walls.append(time.perf_counter() - began)
    return Timing(tuple(walls))
