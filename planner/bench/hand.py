"""Does the ice follow the hand in the window? Figures of drags in a real window, held against their goals.

The window itself is driven from above (:mod:`planner.ui.moving_hand`); here its figures become rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.bench.clock import Timing
from planner.bench.drag import GOAL_DRAG_S
from planner.bench.table import Row, at_least, at_most

if TYPE_CHECKING:
    from collections.abc import Sequence

COUNTS = (1, 2, 4)
GOAL_DRAWN_PER_S = 15.0
GOAL_BLOCK_S = 0.1
GOAL_RELEASE_S = {"single freeze": 0.5, "two freezes": 1.0}


@dataclass(frozen=True, slots=True)
class HandFigures:
    """What was seen of one drag.

    Parameters
    ----------
    probes
        How many probes stand in the plan; one of them was dragged.
    held_s
        How long the hand moved without a rest.
    computed_s
        Time of each preview in its process: field, margins, coverage.
    drawn_s
        Time of each preview from the hand's step to the painted slices.
    spaces
        Pictures of space that were drawn meanwhile.
    steps
        Steps of the hand.
    longest_block_s, usual_block_s
        Longest time in which the window did nothing else, and what 99 of 100 times stay below.
    first_s
        From the first step to the first ice of the drag.
    cpu_s
        Processor time of the window's process meanwhile.
    """

    probes: int
    held_s: float
    computed_s: tuple[float, ...]
    drawn_s: tuple[float, ...]
    spaces: int
    steps: int
    longest_block_s: float
    usual_block_s: float
    first_s: float
    cpu_s: float


@dataclass(frozen=True, slots=True)
class ReleaseFigures:
    """Times from letting go to the 1 mm result with its verdicts, s, for one protocol."""

    probes: int
    protocol: str
    words: str
    walls_s: tuple[float, ...]


def hand_rows(case: str, drags: Sequence[HandFigures], releases: Sequence[ReleaseFigures]) -> list[Row]:
    """Return the table: a section for each number of probes, then the releases."""
    rows: list[Row] = []
    for figures in drags:
        rows += _drag_rows(f"{case}: {_probes(figures.probes)}, four-up, dragged for {figures.held_s:.0f} s", figures)
    section = f"{case}: release to the 1 mm result with its verdicts"
    for release in releases:
        timing = Timing(release.walls_s)
        name = f"{_probes(release.probes)}, {release.protocol}, median"
        note = f"{release.words}; {len(release.walls_s)} releases, slowest {max(release.walls_s):.2f} s"
        rows.append(Row(section, name, timing.p50_s, "s", at_most(GOAL_RELEASE_S[release.protocol]), note))
    return rows


def _drag_rows(section: str, figures: HandFigures) -> list[Row]:
    computed, drawn = Timing(figures.computed_s), Timing(figures.drawn_s)
    goal = at_most(1e3 * GOAL_DRAG_S)
    note = f"{len(figures.computed_s)} previews with margins and coverage for {figures.steps} steps of the hand"
    return [
        Row(section, "compute, p50", 1e3 * computed.p50_s, "ms", None, note),
        Row(section, "compute, p95", 1e3 * computed.p95_s, "ms", goal),
        Row(section, "compute + render, p50", 1e3 * drawn.p50_s, "ms", None, "asked for → painted in the slices"),
        Row(section, "compute + render, p95", 1e3 * drawn.p95_s, "ms"),
        Row(
            section, "new ice drawn in slices", len(figures.drawn_s) / figures.held_s, "1/s", at_least(GOAL_DRAWN_PER_S)
        ),
        Row(section, "new ice drawn in 3-D", figures.spaces / figures.held_s, "1/s", at_least(GOAL_DRAWN_PER_S)),
        Row(section, "first ice of the drag", 1e3 * figures.first_s, "ms"),
        Row(
            section,
            "longest block of the window",
            1e3 * figures.longest_block_s,
            "ms",
            at_most(1e3 * GOAL_BLOCK_S),
            f"99 % below {1e3 * figures.usual_block_s:.0f} ms",
        ),
        Row(section, "window's processor time", 100 * figures.cpu_s / figures.held_s, "% of a core"),
    ]


def _probes(count: int) -> str:
    return f"{count} probe" + ("s" if count > 1 else "")
