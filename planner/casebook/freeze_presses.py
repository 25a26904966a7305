"""What does a press put into the record? Begin, go on, stop, extend, add, take back, correct: each returns a procedure.

Times are on the record's axis (:mod:`planner.casebook.record_time`). A press is refused in words when it would put a
phase before the one that it follows, or comes so soon after the last press that a glove has bounced.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.casebook.freeze_clock import kind_words, lanes_of, row_name, timer_state
from planner.casebook.record_time import seconds_of, stamp
from planner.domain.errors import CaseInvalid
from planner.domain.procedure import DonePhase, NotedMoment, Procedure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planner.casebook.freeze_clock import Lane, LaneState
    from planner.domain.protocol import PhaseKind

BOUNCE_S = 2.0
"""A second press within this time of the last is taken for a bounce: no phase is so short. Project default."""
LONGEST_TARGET_S = 3600.0


def pressed(procedure: Procedure, states: Iterable[LaneState], *, at_s: float) -> Procedure:
    """End what runs in these lanes and begin what comes next, both at one time.

    Raises
    ------
    CaseInvalid
        Nothing to press, a bounce, a clock that reads earlier than the last press, or a record that has gone on since
        these states were seen.
    """
    states = tuple(states)
    if not states:
        raise CaseInvalid("Nothing more is planned. Add another phase to go on.", code="timer-done")
    lanes = tuple(state.lane for state in states)
    _require_as_seen(procedure, states, at_s=at_s)
    _require_no_bounce(procedure, at_s=at_s)
    procedure = _ended(procedure, lanes, at_s=at_s)
    begun = [
        DonePhase(state.next_kind, stamp(at_s), "", state.next_s, state.lane.labels, planned_number=state.next_number)
        for state in states
        if state.next_kind is not None
    ]
    return _with(procedure, (*procedure.phases, *begun))


def is_bounce(procedure: Procedure, *, at_s: float) -> bool:
    """Whether a press comes so soon after the last one that only a glove can have made it."""
    last = _last_press(procedure.phases)
    return bool(last) and -1 <= at_s - seconds_of(last) < BOUNCE_S


def stopped(procedure: Procedure, lanes: Iterable[Lane], *, at_s: float) -> Procedure:
    """End what runs in these lanes; nothing begins.

    Raises
    ------
    CaseInvalid
        When nothing runs there, or the clock reads earlier than the last press. A stop never waits for a bounce.
    """
    lanes = tuple(lanes)
    if not any(_runs_in(phase, lanes) for phase in procedure.phases):
        raise CaseInvalid("Nothing runs that could be stopped.", code="timer-nothing-runs")
    return _ended(procedure, lanes, at_s=at_s)


def extended(procedure: Procedure, lanes: Iterable[Lane], *, by_s: float) -> Procedure:
    """Let what runs in these lanes last longer, or with a negative time shorter again, but not than planned.

    A phase without a planned length gets one. What was planned stays in the record beside it.
    """
    lanes = tuple(lanes)
    if not any(_runs_in(phase, lanes) for phase in procedure.phases):
        raise CaseInvalid("Nothing runs that could be extended.", code="timer-nothing-runs")
    phases = []
    for phase in _per_lane(procedure, lanes).phases:
        longer = phase
        if _runs_in(phase, lanes):
            extended_s = max(0.0, phase.extended_s + by_s)
            if (phase.planned_s or 0.0) + extended_s > LONGEST_TARGET_S:
                raise CaseInvalid("A phase is timed for an hour at most.", code="timer-too-long")
            longer = replace(phase, extended_s=extended_s)
        phases.append(longer)
    return _with(procedure, phases)


def added(procedure: Procedure, lanes: Iterable[Lane], *, kind: PhaseKind, at_s: float) -> Procedure:
    """End what runs in these lanes and begin a phase that the plan does not have; refused as :func:`pressed`."""
    lanes = tuple(lanes)
    _require_no_bounce(procedure, at_s=at_s)
    procedure = _ended(procedure, lanes, at_s=at_s)
    begun = (DonePhase(kind, stamp(at_s), probe_labels=lane.labels) for lane in lanes)
    return _with(procedure, (*procedure.phases, *begun))


def taken_back(procedure: Procedure) -> Procedure:
    """Take the last press back: what it began is gone, what it ended runs again.

    Raises
    ------
    CaseInvalid
        When nothing was pressed.
    """
    last = _last_press(procedure.phases)
    if not last:
        raise CaseInvalid("Nothing was pressed that could be taken back.", code="timer-nothing-pressed")
    kept = (phase for phase in procedure.phases if phase.started_at != last)
    return _with(procedure, [replace(phase, ended_at="") if phase.ended_at == last else phase for phase in kept])


def press_to_take_back(procedure: Procedure) -> str:
    """Say what :func:`taken_back` takes back: ``"start of freeze 2 of 2"``; empty when nothing was pressed."""
    last = _last_press(procedure.phases)
    begun, ended = [], []
    for lane in lanes_of(procedure.planned):
        rows = tuple(sorted((row for row in procedure.phases if lane.has(row)), key=lambda row: row.started_at))
        names = [row_name(lane, rows, at) for at in range(len(rows))]
        begun += [name for name, row in zip(names, rows, strict=True) if row.started_at == last]
        ended += [name for name, row in zip(names, rows, strict=True) if row.ended_at == last]
    names = begun or ended
    if not last or not names:
        return ""
    said = " and ".join(dict.fromkeys(f"{name[:1].lower()}{name[1:]}" for name in names))
    return f"{'start' if begun else 'end'} of {said}"


@dataclass(frozen=True, slots=True)
class Boundary:
    """A time of the record that can be corrected: the beginning or end of the phase number ``at``."""

    at: int
    is_start: bool
    words: str
    at_s: float


def boundaries(procedure: Procedure) -> tuple[Boundary, ...]:
    """Return every time of the record, the earliest first; where a phase follows another at once, its beginning."""
    lanes, phases = lanes_of(procedure.planned), procedure.phases
    found = []
    for at, phase in enumerate(phases):
        lane = next((one for one in lanes if one.has(phase)), lanes[0])
        rows = tuple(row for row in phases if lane.has(row))
        name = row_name(lane, rows, rows.index(phase)) if phase in rows else kind_words(phase.kind)
        whose = f"{lane.words}: " if lane.words else ""
        words = f"{whose}{{}} of {name[:1].lower()}{name[1:]}"
        found.append(Boundary(at, True, words.format("start"), seconds_of(phase.started_at)))  # noqa: FBT003 - a field
        follows = any(
            other.started_at == phase.ended_at and other.probe_labels == phase.probe_labels for other in phases
        )
        if phase.ended_at and not follows:
            found.append(Boundary(at, False, words.format("end"), seconds_of(phase.ended_at)))  # noqa: FBT003 - a field
    return tuple(sorted(found, key=lambda one: one.at_s))


def moved(procedure: Procedure, boundary: Boundary, *, to_s: float, now_s: float) -> Procedure:
    """Put one time of the record elsewhere; refused as :func:`corrected`, and when that time is not there any more."""
    if boundary not in boundaries(procedure):
        raise CaseInvalid(
            f"The {boundary.words} is not in the record any more as it was. Choose a time anew.", code="timer-boundary"
        )
    phase = procedure.phases[boundary.at]
    ended_s = seconds_of(phase.ended_at) if phase.ended_at else None
    began_s = to_s if boundary.is_start else seconds_of(phase.started_at)
    return corrected(
        procedure, boundary.at, began_s=began_s, ended_s=ended_s if boundary.is_start else to_s, now_s=now_s
    )


def corrected(procedure: Procedure, at: int, *, began_s: float, ended_s: float | None, now_s: float) -> Procedure:
    """Give one phase other times; what ended or began with it moves along, so that no gap opens.

    Raises
    ------
    CaseInvalid
        When it would end before it begins, overlap with another phase of its probes, lie in the future, or run on
        although it has ended.
    """
    phases, old = procedure.phases, procedure.phases[at]
    new = replace(
        old, started_at=stamp(began_s), ended_at="" if ended_s is None else _stamp_after(began_s, ended_s, old.kind)
    )
    if bool(new.ended_at) != bool(old.ended_at):
        raise CaseInvalid("A correction neither ends a phase nor lets it go on: use the buttons.", code="timer-ends")
    if max(began_s, ended_s or 0.0) > now_s + 1:
        raise CaseInvalid("A time of the record is not in the future.", code="timer-future")
    moved = [_moved_along(phase, old, new) if phase is not old else new for phase in phases]
    _require_order(moved)
    return _with(procedure, moved)


def noted(procedure: Procedure, words: str, *, at_s: float, clock_jump_s: float = 0.0) -> Procedure:
    """Note something with its time."""
    moment = NotedMoment(stamp(at_s), words.strip(), clock_jump_s)
    return replace(procedure, moments=(*procedure.moments, moment))


def _ended(procedure: Procedure, lanes: tuple[Lane, ...], *, at_s: float) -> Procedure:
    """End what runs in these lanes, after a look at the time of the press."""
    procedure = _per_lane(procedure, lanes)
    last = _last_press(tuple(phase for phase in procedure.phases if any(lane.has(phase) for lane in lanes)))
    if last and int(at_s) < seconds_of(last) - 1:
        raise CaseInvalid(
            f"The computer's clock reads {stamp(at_s)}, before the last press at {last}. Set the clock, or correct "
            "that time in the record.",
            code="timer-clock-behind",
        )
    ended = []
    for phase in procedure.phases:
        # Stopped at once, a phase has lasted the one second that the record can tell.
        end_s = max(at_s, seconds_of(phase.started_at) + 1)
        ended.append(replace(phase, ended_at=stamp(end_s)) if _runs_in(phase, lanes) else phase)
    return _with(procedure, ended)


def _require_as_seen(procedure: Procedure, states: tuple[LaneState, ...], *, at_s: float) -> None:
    """Refuse a press that was made for another state: two windows would each begin the same phase (H-37)."""
    now = {state.lane: state for state in timer_state(procedure, now_s=at_s).lanes}
    for seen in states:
        found = now.get(seen.lane)
        if found is None or (found.rows, found.next_number) != (seen.rows, seen.next_number):
            raise CaseInvalid(
                "The record has gone on since this was pressed. Look, and press again.", code="timer-seen"
            )


def _require_no_bounce(procedure: Procedure, *, at_s: float) -> None:
    """Refuse a second press so soon after any other that it can only be a glove's."""
    if is_bounce(procedure, at_s=at_s):
        raise CaseInvalid(
            f"Pressed twice within {BOUNCE_S:g} s: only the first press is taken. Press again to go on.",
            code="timer-bounce",
        )


def _per_lane(procedure: Procedure, lanes: tuple[Lane, ...]) -> Procedure:
    """Split what runs across lanes, so that it can end in one and go on in another."""
    everyone = lanes_of(procedure.planned)
    if len(everyone) < 2:
        return procedure
    phases: list[DonePhase] = []
    for phase in procedure.phases:
        shared = [lane for lane in everyone if lane.has(phase)]
        if phase.ended_at or len(shared) < 2 or not any(lane.has(phase) for lane in lanes):
            phases.append(phase)
            continue
        asked = set(phase.probe_labels)
        parts = (tuple(label for label in lane.labels if not asked or label in asked) for lane in shared)
        phases += [replace(phase, probe_labels=labels) for labels in parts]
    return _with(procedure, phases)


def _runs_in(phase: DonePhase, lanes: tuple[Lane, ...]) -> bool:
    return not phase.ended_at and any(lane.has(phase) for lane in lanes)


def _with(procedure: Procedure, phases: Iterable[DonePhase]) -> Procedure:
    return replace(procedure, phases=tuple(sorted(phases, key=lambda phase: phase.started_at)))


def _last_press(phases: tuple[DonePhase, ...]) -> str:
    return max((at for phase in phases for at in (phase.started_at, phase.ended_at)), default="")


def _moved_along(phase: DonePhase, old: DonePhase, new: DonePhase) -> DonePhase:
    """Return a phase of the same probes with the end or beginning that it shared with the corrected one."""
    if phase.probe_labels != old.probe_labels:
        return phase
    ended_at = new.started_at if phase.ended_at == old.started_at else phase.ended_at
    started_at = new.ended_at if old.ended_at and phase.started_at == old.ended_at else phase.started_at
    if (started_at, ended_at) == (phase.started_at, phase.ended_at):
        return phase
    end = ended_at and _stamp_after(seconds_of(started_at), seconds_of(ended_at), phase.kind)
    return replace(phase, started_at=started_at, ended_at=end)


def _stamp_after(began_s: float, ended_s: float, kind: PhaseKind) -> str:
    if int(ended_s) <= int(began_s):
        raise CaseInvalid(
            f"The {kind_words(kind)} would end at {stamp(ended_s)}, not after its beginning at {stamp(began_s)}. "
            "Correct one of them.",
            code="timer-order",
        )
    return stamp(ended_s)


def _require_order(phases: list[DonePhase]) -> None:
    """Raise CaseInvalid when a probe would have two phases at once."""
    for at, one in enumerate(phases):
        for other in phases[at + 1 :]:
            share = not one.probe_labels or not other.probe_labels or set(one.probe_labels) & set(other.probe_labels)
            first, second = sorted((one, other), key=lambda phase: phase.started_at)
            if share and (not first.ended_at or first.ended_at > second.started_at):
                until = first.ended_at or "now"
                raise CaseInvalid(
                    f"The {kind_words(first.kind)} from {first.started_at} to {until} would overlap with the "
                    f"{kind_words(second.kind)} that begins at {second.started_at}.",
                    code="timer-overlap",
                )
