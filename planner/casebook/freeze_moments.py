"""What does the prediction expect soon, at the pace at which it is really frozen? Planned moments on the record's time.

A moment was predicted for a time of the plan. It is put where the same stretch of the same phase lies in what was done:
late presses move it along, a phase stopped before it takes it away. The prediction itself is that of the planned times.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.casebook.freeze_clock import Stage
from planner.casebook.record_time import seconds_of
from planner.domain.protocol import ends_of

if TYPE_CHECKING:
    from planner.casebook.freeze_clock import LaneState, TimerState
    from planner.domain.procedure import PlannedMoment, PlannedProcedure


@dataclass(frozen=True, slots=True)
class ComingMoment:
    """One moment: its time in the plan, and in how many seconds from now it is; negative once it has passed."""

    at_s: float
    words: str
    in_s: float


def coming_moments(planned: PlannedProcedure | None, state: TimerState, *, now_s: float) -> tuple[ComingMoment, ...]:
    """Return what is still ahead of what the plan predicts, the next first; before the first press from now on."""
    if planned is None:
        return ()
    lane = next((one for one in state.lanes if one.lane.phases == planned.phases), state.lanes[0])
    placed = ((moment, _place_s(moment, lane, state=state, now_s=now_s)) for moment in planned.moments)
    coming = [
        ComingMoment(moment.at_s, moment.words, place_s - now_s)
        for moment, place_s in placed
        if place_s is not None and place_s >= now_s
    ]
    return tuple(sorted(coming, key=lambda moment: moment.in_s))


def _place_s(moment: PlannedMoment, lane: LaneState, *, state: TimerState, now_s: float) -> float | None:
    """Return when a moment comes, s since 1970-01-01 UTC; None when what it belonged to ended before it."""
    phases, ends_s = lane.lane.phases, ends_of(lane.lane.phases)
    shift_s = ends_s[0] if lane.lane.first_number == 2 and not lane.lane.wait_s else 0.0
    number = next((at for at, end_s in enumerate(ends_s, start=1) if moment.at_s <= end_s), None)
    if number is None:
        return None
    into_s = moment.at_s - (ends_s[number - 1] - phases[number - 1].duration_s)
    row = next((row for row in lane.rows if row.planned_number == number), None)
    if row is not None:
        at_s = seconds_of(row.started_at) + into_s
        return at_s if not row.ended_at or at_s <= seconds_of(row.ended_at) else None
    if not lane.rows:
        return (now_s if state.began_s is None else state.began_s) + moment.at_s - shift_s
    if lane.next_number is None or number < lane.next_number:
        return None
    waits_s = max(now_s, lane.ends_at_s) if lane.stage is Stage.RUNNING and lane.target_s is not None else now_s
    between_s = sum(phase.duration_s for phase in phases[lane.next_number - 1 : number - 1])
    return waits_s + between_s + into_s
