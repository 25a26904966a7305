"""Which of many good placements are shown? None that another beats on every axis, and none near to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

from planner.domain.suggestion import SuggestAxis, dominates

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from planner.domain.probe import ProbePlacement
    from planner.domain.suggestion import SuggestFigures

APART_MM = 4.0
"""Placements whose tips and entries are all nearer to each other than this are one and the same to a hand."""
APART_DEG = 6.0
"""Unless their shafts are this far apart in direction."""
APART_FREEZE_S = 60.0

_Item = TypeVar("_Item")


def non_dominated(items: Sequence[_Item], figures_of: Callable[[_Item], SuggestFigures]) -> list[_Item]:
    """Return the items that no other is at least as good as on every axis and better on one, in their order.

    Of items that are the same on every axis the first stays. Values near to each other count as the same, so items may
    beat each other in a ring, each by a little; of a ring that nothing else beats the first stays, too.
    """
    figures = [figures_of(item) for item in items]
    beats = [[n for n, other in enumerate(figures) if dominates(own, other)] for own in figures]
    behind = [_behind(place, beats) for place in range(len(figures))]
    kept: list[int] = []
    for place, own in enumerate(figures):
        ahead = [n for n, each in enumerate(behind) if place in each]
        is_beaten = any(n not in behind[place] for n in ahead)
        if not is_beaten and not any(n in kept for n in ahead) and not any(_same(figures[n], own) for n in kept):
            kept.append(place)
    return [items[place] for place in kept]


def _behind(place: int, beats: Sequence[Sequence[int]]) -> set[int]:
    """Return all that an item beats, and what these beat in turn; itself among them where it is in a ring."""
    found: set[int] = set()
    ahead = list(beats[place])
    while ahead:
        new = ahead.pop()
        if new not in found:
            found.add(new)
            ahead += beats[new]
    return found


def _same(one: SuggestFigures, other: SuggestFigures) -> bool:
    pairs = [(one.on(axis), other.on(axis), axis.told_apart) for axis in SuggestAxis]
    return all(a == b or (a is not None and b is not None and abs(a - b) <= apart / 2) for a, b, apart in pairs)


def are_near(
    one: Sequence[ProbePlacement], other: Sequence[ProbePlacement], *, one_freeze_s: float, other_freeze_s: float
) -> bool:
    """Whether a hand could not tell two placements apart: as many probes, each beside one of the other, as long."""
    if len(one) != len(other) or abs(one_freeze_s - other_freeze_s) >= APART_FREEZE_S:
        return False
    if {probe.model_id for probe in one} != {probe.model_id for probe in other}:
        return False
    left = list(other)
    for probe in one:
        match = next((each for each in left if _is_beside(probe, each)), None)
        if match is None:
            return False
        left.remove(match)
    return True


def _is_beside(one: ProbePlacement, other: ProbePlacement) -> bool:
    tips = np.linalg.norm(np.subtract(one.tip_lps_mm, other.tip_lps_mm))
    cosine = float(np.dot(one.direction_lps, other.direction_lps))
    return bool(tips < APART_MM and cosine > np.cos(np.radians(APART_DEG)))


def spread(
    order: NDArray[np.intp],
    *,
    tips_lps_mm: NDArray[np.float64],
    directions_lps: NDArray[np.float64],
    most: int,
    apart_mm: float = APART_MM,
) -> list[int]:
    """Return the first of an order that are all apart from each other, in tip or in direction.

    Parameters
    ----------
    tips_lps_mm, directions_lps
        shape (N, 3), of all; ``order`` names some of them, the best first.
    """
    cosine = np.cos(np.radians(APART_DEG))
    chosen: list[int] = []
    for place in order:
        if len(chosen) >= most:
            break
        if chosen:
            near = np.linalg.norm(tips_lps_mm[chosen] - tips_lps_mm[place], axis=1) < apart_mm
            if (near & (directions_lps[chosen] @ directions_lps[place] > cosine)).any():
                continue
        chosen.append(int(place))
    return chosen
