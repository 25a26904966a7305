"""Which faults are there, and which of them are tried? All injectors, all cases, and a fixed share of them."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from planner.bench.faults import combining, facing, mixing, positions, storing, tagging, tilting
from planner.bench.faults.case import Case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.bench.faults.case import Injector

INJECTORS: tuple[Injector, ...] = (
    *positions.INJECTORS,
    *tilting.INJECTORS,
    *facing.INJECTORS,
    *tagging.INJECTORS,
    *storing.INJECTORS,
    *mixing.INJECTORS,
    *combining.INJECTORS,
)


def all_cases() -> Iterator[Case]:
    """Yield every case of every injector, in a fixed order."""
    for injector in INJECTORS:
        for parameters in injector.grid:
            yield Case(injector, parameters)


def some_cases(count: int, *, seed: int) -> list[Case]:
    """Return at most ``count`` cases: an equal share of every injector, at least one, chosen by the seed."""
    cases = list(all_cases())
    if count >= len(cases):
        return cases
    rng = random.Random(seed)
    chosen: list[Case] = []
    for injector in INJECTORS:
        own = [case for case in cases if case.injector is injector]
        chosen += rng.sample(own, max(1, round(len(own) * count / len(cases))))
    return chosen
