"""Would a press end something long before its planned time, and was that meant? What ended short is named after it.

On time or late, one press is enough. Before, a second one within some seconds says that the first was no slip: a freeze
that is ended by a brush of a sleeve is a lesion too small. The times are those of the record's axis.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.casebook.freeze_clock import Stage, row_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planner.casebook.freeze_clock import Lane, LaneState
    from planner.domain.procedure import DonePhase

ON_TIME_S = 10.0
"""A phase that ends by so little before its planned time was ended on time. Project default."""
AGAIN_FROM_S, AGAIN_UNTIL_S = 0.6, 6.0
"""A second press is meant from so long after the first, where a glove no longer bounces, until so long. Default."""


@dataclass(frozen=True, slots=True)
class EarlyEnd:
    """A press that would end phases before their planned time.

    Parameters
    ----------
    deed
        Which button it was; a press of another one is none of the same.
    ends
        The lanes and phases that it would end.
    names
        What they are called: ``("Freeze 1 of 2",)``, with several lanes ``("P2: freeze 1 of 2",)``.
    left_s
        How long the one with most left was still to last by the plan.
    at_s
        When it was pressed, s since 1970-01-01 UTC.
    """

    deed: str
    ends: tuple[tuple[Lane, str], ...]
    names: tuple[str, ...]
    left_s: float
    at_s: float

    def is_meant_by(self, again: EarlyEnd) -> bool:
        """Whether another press is the second one of this."""
        return self.is_same_as(again) and AGAIN_FROM_S <= again.at_s - self.at_s <= AGAIN_UNTIL_S

    def is_same_as(self, other: EarlyEnd) -> bool:
        """Whether another press is of the same button and would end the same."""
        return (self.deed, self.ends) == (other.deed, other.ends)

    def waits(self, *, now_s: float) -> bool:
        """Whether the second press is still waited for."""
        return 0 <= now_s - self.at_s <= AGAIN_UNTIL_S


def early_end(states: Iterable[LaneState], *, deed: str, at_s: float) -> EarlyEnd | None:
    """Return what a press on these lanes would end before its planned time; None when it would nothing."""
    found = [(state, left_s) for state in states if (left_s := plan_left_s(state)) > ON_TIME_S]
    if not found:
        return None
    ends = tuple((state.lane, state.rows[-1].started_at) for state, _ in found)
    names = tuple(dict.fromkeys(_name(state) for state, _ in found))
    return EarlyEnd(deed, ends, names, max(left_s for _, left_s in found), at_s)


def _name(state: LaneState) -> str:
    whose = state.lane.words
    return f"{whose}: {state.name[:1].lower()}{state.name[1:]}" if whose else state.name


def plan_left_s(state: LaneState) -> float:
    """Return how long what runs is still to last by the plan alone, s; 0 when nothing planned runs or it is over."""
    last = state.last
    if state.stage is not Stage.RUNNING or last is None or last.planned_s is None:
        return 0.0
    return max(0.0, last.planned_s - (state.elapsed_s or 0.0))


@dataclass(frozen=True, slots=True)
class ShortPhase:
    """A planned phase that was ended before its time: its name, and by how much."""

    name: str
    short_s: float


def short_phases(state: LaneState) -> tuple[ShortPhase, ...]:
    """Return the planned phases of a lane that were ended short of the plan, in order."""
    return tuple(
        ShortPhase(row_name(state.lane, state.rows, at), short_s)
        for at, row in enumerate(state.rows)
        if (short_s := _short_s(row)) > ON_TIME_S
    )


def skipped_phases(state: LaneState) -> tuple[str, ...]:
    """Return the planned phases of a lane, up to the last one pressed, that the record does not have."""
    numbers = {row.planned_number for row in state.rows}
    until = max((number for number in numbers if number is not None), default=0)
    return tuple(
        state.lane.name_of(number) for number in range(state.lane.first_number, until + 1) if number not in numbers
    )


def _short_s(row: DonePhase) -> float:
    lasted_s = row.lasted_s
    return 0.0 if row.planned_s is None or lasted_s is None else row.planned_s - lasted_s
