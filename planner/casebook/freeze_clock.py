"""How far is the freeze? What every probe does now, since when, until when, and what comes next: a pure function.

The state follows from three things alone: what was planned, what the record holds, and the time. So it is the same
after a window was closed, a crash or a night's sleep. Probes with one schedule form a lane; nothing goes on by itself,
because the gas is worked by hand: a phase that lasts longer than planned runs over until somebody presses.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby
from typing import TYPE_CHECKING

from planner.casebook.record_time import seconds_of
from planner.domain.protocol import PhaseKind, ends_of
from planner.planning.phase_edits import delay_s, phase_words

if TYPE_CHECKING:
    from planner.domain.procedure import DonePhase, PlannedProcedure, Procedure
    from planner.domain.protocol import Phase

_SAME_TIME_S = 0.5
_KIND_WORDS = {
    PhaseKind.FREEZE: "freeze",
    PhaseKind.PASSIVE_THAW: "passive thaw",
    PhaseKind.ACTIVE_THAW: "active thaw",
}


class Stage(StrEnum):
    """How far one lane is."""

    NOT_BEGUN = "not begun"
    WAITING = "waiting"
    RUNNING = "running"
    BETWEEN = "between phases"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Lane:
    """Probes that follow one schedule; no labels stand for all probes.

    ``phases`` are the planned ones, empty without a plan. ``wait_s`` is how long these probes wait after the first
    ones have begun; a planned wait is a leading passive thaw and has no row in the record.
    """

    labels: tuple[str, ...] = ()
    phases: tuple[Phase, ...] = ()
    wait_s: float = 0.0

    @property
    def words(self) -> str:
        """Whose lane it is: ``"P1, P3"``; empty for all probes."""
        return ", ".join(self.labels)

    @property
    def first_number(self) -> int:
        """Number of the first phase that is pressed: 2 behind a planned wait, else 1."""
        return 2 if delay_s(self.phases) and len(self.phases) > 1 else 1

    def has(self, phase: DonePhase) -> bool:
        """Whether a phase of the record is one of these probes'."""
        return not self.labels or not phase.probe_labels or bool(set(self.labels) & set(phase.probe_labels))

    def name_of(self, number: int) -> str:
        """Name a planned phase: ``"Freeze 2 of 2"``."""
        words = [phase_words(phase) for phase in self.phases]
        word = words[number - 1]
        counted = words[self.first_number - 1 :]
        count = counted.count(word)
        return f"{word} {counted[: number - self.first_number + 1].count(word)} of {count}" if count > 1 else word


@dataclass(frozen=True, slots=True)
class LaneState:
    """One lane at one time.

    Parameters
    ----------
    rows
        Its phases of the record, the earliest first.
    name
        What runs, or what ran last; ``"Wait"`` while it waits.
    elapsed_s
        Of what runs, or how long the last one took; None before the first.
    target_s
        How long it is to last: planned and extended. None when nobody said.
    ends_at_s
        When that is over, s since 1970-01-01 UTC; infinite without a target or when nothing runs.
    next_name
        What a press begins; empty when it only ends what runs.
    """

    lane: Lane
    stage: Stage
    rows: tuple[DonePhase, ...]
    name: str = ""
    elapsed_s: float | None = None
    target_s: float | None = None
    ends_at_s: float = math.inf
    next_number: int | None = None
    next_kind: PhaseKind | None = None
    next_name: str = ""
    next_s: float | None = None

    @property
    def last(self) -> DonePhase | None:
        """The phase that runs or ran last."""
        return self.rows[-1] if self.rows else None

    @property
    def left_s(self) -> float | None:
        """How long it still goes on; negative when it runs over. None without a target."""
        return None if self.target_s is None or self.elapsed_s is None else self.target_s - self.elapsed_s

    @property
    def is_over(self) -> bool:
        """Whether what runs has lasted longer than planned."""
        return self.stage in (Stage.RUNNING, Stage.WAITING) and self.left_s is not None and self.left_s < 0


@dataclass(frozen=True, slots=True)
class TimerState:
    """The timer at one time.

    ``began_s`` is when the first phase began, s since 1970-01-01 UTC; None before. ``pressed`` are the lanes for which
    the large button is; empty when every planned phase is done.
    """

    lanes: tuple[LaneState, ...]
    began_s: float | None
    pressed: tuple[LaneState, ...]

    @property
    def is_running(self) -> bool:
        """Whether any probe freezes or thaws."""
        return any(state.stage is Stage.RUNNING for state in self.lanes)

    @property
    def has_begun(self) -> bool:
        """Whether anything was pressed."""
        return self.began_s is not None


def lanes_of(planned: PlannedProcedure | None) -> tuple[Lane, ...]:
    """Return one lane for each schedule, in the order of the probes; one for all probes when all do the same."""
    if planned is None:
        return (Lane(),)
    followed: dict[tuple[Phase, ...], list[str]] = {}
    for probe in planned.probes:
        followed.setdefault(probe.phases or planned.phases, []).append(probe.label)
    if len(followed) < 2:
        return (Lane((), next(iter(followed), planned.phases)),)
    # When all wait, the first press is for those that wait least.
    shortest_s = min(delay_s(phases) for phases in followed)
    return tuple(Lane(tuple(labels), phases, delay_s(phases) - shortest_s) for phases, labels in followed.items())


def timer_state(procedure: Procedure, *, now_s: float) -> TimerState:
    """Return how far a procedure's freezing is at a time (s since 1970-01-01 UTC, on the record's axis)."""
    began_s = min((seconds_of(phase.started_at) for phase in procedure.phases), default=None)
    lanes = lanes_of(procedure.planned)
    states = tuple(_lane_state(lane, procedure.phases, now_s=now_s, began_s=began_s) for lane in lanes)
    return TimerState(states, began_s, _pressed(states))


def press_words(states: tuple[LaneState, ...], *, of_all: bool) -> str:
    """Say what a press does: ``"Start freeze 1 of 2"``, ``"P2: start passive thaw"``, ``"End passive thaw"``."""
    texts = []
    for words, group in groupby(states, key=_deed_words):
        labels = ", ".join(label for state in group for label in state.lane.labels)
        texts.append(words if of_all or not labels else f"{labels}: {words}")
    text = " · ".join(texts)
    return text if ": " in text else text[:1].upper() + text[1:]


def freeze_s(state: LaneState, *, now_s: float) -> float:
    """Return how long a lane has frozen in all, s."""
    return sum(
        max(0.0, (seconds_of(row.ended_at) if row.ended_at else now_s) - seconds_of(row.started_at))
        for row in state.rows
        if row.kind is PhaseKind.FREEZE
    )


def kind_words(kind: PhaseKind) -> str:
    """Return a kind within a sentence: ``"passive thaw"``."""
    return _KIND_WORDS[kind]


def row_name(lane: Lane, rows: tuple[DonePhase, ...], at: int) -> str:
    """Name a phase of the record: as planned, ``"Extra freeze"``, or without a plan ``"Freeze 2"``."""
    row = rows[at]
    if row.planned_number is not None and 1 <= row.planned_number <= len(lane.phases):
        return lane.name_of(row.planned_number)
    alike = [other for other in rows if other.kind is row.kind and other.planned_number is None]
    number = alike.index(row) + 1
    words = kind_words(row.kind)
    name = f"extra {words}" if lane.phases else words
    name = f"{name} {number}" if len(alike) > 1 or not lane.phases else name
    return name[:1].upper() + name[1:]


def _lane_state(lane: Lane, phases: tuple[DonePhase, ...], *, now_s: float, began_s: float | None) -> LaneState:
    rows = tuple(sorted((phase for phase in phases if lane.has(phase)), key=_order))
    number, kind, name, next_s = _next(lane, rows)
    state = LaneState(lane, Stage.NOT_BEGUN, rows, next_number=number, next_kind=kind, next_name=name, next_s=next_s)
    if not rows:
        return _before_first(state, now_s=now_s, began_s=began_s)
    last = rows[-1]
    started_s = seconds_of(last.started_at)
    given_s = (last.planned_s or 0.0) + last.extended_s
    target_s = given_s if given_s > 0 else None
    until_s = seconds_of(last.ended_at) if last.ended_at else now_s
    stage = Stage.RUNNING if not last.ended_at else Stage.BETWEEN if kind is not None else Stage.DONE
    return replace(
        state,
        stage=stage,
        name=row_name(lane, rows, len(rows) - 1),
        # A clock that was set back while the window was closed must not count down from nothing.
        elapsed_s=max(0.0, until_s - started_s),
        target_s=target_s,
        ends_at_s=started_s + target_s if stage is Stage.RUNNING and target_s is not None else math.inf,
    )


def _before_first(state: LaneState, *, now_s: float, began_s: float | None) -> LaneState:
    """Return a lane of which nothing was pressed: it waits for its planned beginning once others have begun."""
    lane = state.lane
    if began_s is None or not lane.wait_s:
        return state
    return replace(
        state,
        stage=Stage.WAITING,
        name="Wait",
        elapsed_s=max(0.0, now_s - began_s),
        target_s=lane.wait_s,
        ends_at_s=began_s + lane.wait_s,
    )


def _next(lane: Lane, rows: tuple[DonePhase, ...]) -> tuple[int | None, PhaseKind | None, str, float | None]:
    """Return number, kind, name and planned length of what a press begins; without a plan freeze and thaw alternate."""
    if not lane.phases:
        freezes = bool(rows) and rows[-1].kind is PhaseKind.FREEZE and not rows[-1].ended_at
        kind = PhaseKind.PASSIVE_THAW if freezes else PhaseKind.FREEZE
        count = sum(row.kind is kind for row in rows) + 1
        return None, kind, f"{kind_words(kind).capitalize()} {count}", None
    done = [row.planned_number for row in rows if row.planned_number is not None]
    number = max(done, default=lane.first_number - 1) + 1
    if number > len(lane.phases):
        return None, None, "", None
    phase = lane.phases[number - 1]
    return number, phase.kind, lane.name_of(number), phase.duration_s


def _pressed(states: tuple[LaneState, ...]) -> tuple[LaneState, ...]:
    """Return the lanes that one press takes on: all that begin; then those that are due first by the plan.

    A lane that was stopped is begun again by its own button while others run: it must not stand in their way. Nor must
    one that waits and is not begun after all, once what runs lasts longer than planned.
    """
    if all(state.stage is Stage.NOT_BEGUN for state in states):
        return tuple(state for state in states if not state.lane.wait_s and state.next_kind is not None)
    going = [state for state in states if state.stage in (Stage.RUNNING, Stage.WAITING)]
    if not going:
        return tuple(state for state in states if state.stage in (Stage.BETWEEN, Stage.NOT_BEGUN))
    runs_over = any(state.is_over and state.stage is Stage.RUNNING for state in going)
    first = min(going, key=lambda state: (runs_over and state.stage is Stage.WAITING, state.ends_at_s))
    planned_s = _planned_end_s(first)
    if planned_s is None:
        return (first,)
    ends_s = [(state, _planned_end_s(state)) for state in going]
    return tuple(state for state, end_s in ends_s if end_s is not None and abs(end_s - planned_s) < _SAME_TIME_S)


def _planned_end_s(state: LaneState) -> float | None:
    """Return when the plan ends what a lane does now, s from its beginning; None for what the plan does not have."""
    if state.stage is Stage.WAITING:
        return delay_s(state.lane.phases)
    number = state.last.planned_number if state.last is not None else None
    if number is None or not 1 <= number <= len(state.lane.phases):
        return None
    return ends_of(state.lane.phases)[number - 1]


def _deed_words(state: LaneState) -> str:
    if state.next_name:
        return f"start {state.next_name[:1].lower()}{state.next_name[1:]}"
    return f"end {state.name[:1].lower()}{state.name[1:]}"


def _order(phase: DonePhase) -> tuple[bool, str]:
    # What runs is last, whatever was typed beside it.
    return (not phase.ended_at, phase.started_at)
