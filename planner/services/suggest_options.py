"""Which of the computed placements go on? Different ones, each good at something, chosen the same way every time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.domain.probe import ProbePlacement
from planner.domain.protocol import Protocol
from planner.domain.suggestion import HardRow, ShaftPassage, SuggestFigures
from planner.planning.suggest_choice import are_near
from planner.planning.suggest_figures import Read
from planner.planning.suggest_limits import broken

if TYPE_CHECKING:
    from collections.abc import Sequence

WEIGHTS = (
    (1.0, 2.0, 0.15, 0.15, 8.0, 1.0),
    (3.0, 0.3, 0.02, 0.02, 1.0, 0.1),
    (1.0, 6.0, 0.02, 0.02, 1.0, 0.1),
    (1.0, 1.0, 0.80, 0.05, 4.0, 0.5),
    (1.0, 1.0, 0.05, 0.80, 4.0, 0.5),
    (1.0, 1.0, 0.10, 0.10, 4.0, 6.0),
    (1.0, 1.0, 0.10, 0.10, 25.0, 1.0),
    (1.0, 3.0, 0.40, 0.02, 4.0, 1.0),
)
"""What one % of coverage, one mm of margin up to ``ENOUGH_MM``, one mm of path, one ° of tilt, one probe and one minute
of freeze are worth, in turn: only which placements are computed finely depends on it, never which of these is shown."""
ENOUGH_MM = 6.0


@dataclass(frozen=True, slots=True)
class Option:
    """One placement with one protocol, and what is known of it so far.

    ``group`` is the number of the placement among those computed; options of one group differ in the freeze alone.
    """

    group: int
    probes: tuple[ProbePlacement, ...]
    protocol: Protocol
    read: Read
    figures: SuggestFigures
    rows: tuple[HardRow, ...] = ()
    passed: tuple[ShaftPassage, ...] = ()

    @property
    def broken(self) -> tuple[HardRow, ...]:
        """Hard limits that it breaks."""
        return broken(self.rows)

    def is_near(self, other: Option) -> bool:
        """Whether a hand could not tell the two apart."""
        return are_near(
            self.probes,
            other.probes,
            one_freeze_s=self.figures.freeze_s,
            other_freeze_s=other.figures.freeze_s,
        )


def worth(figures: SuggestFigures, weights: tuple[float, ...]) -> float:
    """Return how much a placement is worth to one set of weights."""
    spare = -20.0 if figures.margin is None else figures.margin.spare_mm
    if figures.margin is None or figures.margin.is_bound:
        spare = ENOUGH_MM
    coverage, margin, length, tilt, probes, freeze = weights
    return (
        coverage * (figures.covered_percent or 0.0)
        + margin * min(spare, ENOUGH_MM)
        - length * figures.longest_mm
        - tilt * figures.tilt_deg
        - probes * figures.probes
        - freeze * figures.freeze_s / 60
    )


def chosen_groups(options: Sequence[Option], *, most: int) -> list[int]:
    """Return the numbers of the placements worth computing further, in turn by each set of weights."""
    orders = [sorted(options, key=lambda one: (-worth(one.figures, weights), one.group)) for weights in WEIGHTS]
    chosen: dict[int, None] = {}
    for place in range(len(options)):
        for order in orders:
            if len(chosen) < most:
                chosen.setdefault(order[place].group)
    return list(chosen)


def best_groups(options: Sequence[Option], *, most: int) -> list[Option]:
    """Return one option of each of the best placements, also where all of them break something: the least first."""
    orders = [
        sorted(options, key=lambda one: (len(one.broken), -worth(one.figures, weights), one.group))
        for weights in WEIGHTS
    ]
    chosen: dict[int, Option] = {}
    for place in range(len(options)):
        for order in orders:
            if len(chosen) < most:
                chosen.setdefault(order[place].group, order[place])
    return list(chosen.values())


def chosen_options(options: Sequence[Option], *, most: int) -> list[Option]:
    """Return options that are all apart from each other, the best to each set of weights in turn."""
    chosen: list[Option] = []
    orders = [sorted(options, key=lambda one: (-worth(one.figures, weights), one.group)) for weights in WEIGHTS]
    for _ in range(most):
        for order in orders:
            if len(chosen) >= most:
                return chosen
            found = next((one for one in order if not any(one.is_near(other) for other in chosen)), None)
            if found is None:
                return chosen
            chosen.append(found)
    return chosen
