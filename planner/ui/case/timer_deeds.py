"""What does each button and key of the timer do? A label, a time, and what becomes of the record."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from planner.casebook.freeze_clock import Stage, kind_words, press_words
from planner.casebook.freeze_early import early_end
from planner.casebook.freeze_presses import added, extended, is_bounce, moved, noted, pressed, stopped
from planner.ui.case.timer_keys import EXTEND_S, PRESS, STOP, extendable, lane_deed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from planner.casebook.freeze_clock import Lane, LaneState, TimerState
    from planner.casebook.freeze_early import EarlyEnd
    from planner.casebook.freeze_presses import Boundary
    from planner.domain.procedure import Procedure
    from planner.domain.protocol import PhaseKind
    from planner.ui.case.timer_record import Deed, TimerRecord


class TimerDeeds:
    """Deeds on the record in front, none while there is none. ``then`` is called after each, done or refused.

    A press has the time at which it came, not that at which the disk has it. One that would end a planned phase long
    before its time waits for a second one (:mod:`planner.casebook.freeze_early`), and has the time of the first.
    """

    def __init__(self, then: Callable[[], None]) -> None:
        self.record: TimerRecord | None = None
        self._then = then
        self._early: EarlyEnd | None = None

    @property
    def state(self) -> TimerState | None:
        """How far the freezing is; None without a record."""
        return self.record.state() if self.record is not None else None

    @property
    def procedure(self) -> Procedure | None:
        """The procedure in front."""
        return self.record.procedure if self.record is not None else None

    def now_s(self) -> float:
        """Return the time on the record's axis; 0 without one."""
        return self.record.now_s() if self.record is not None else 0.0

    @property
    def early(self) -> EarlyEnd | None:
        """The press that waits for a second one; None when none does."""
        early = self._early
        return early if early is not None and early.waits(now_s=self.now_s()) else None

    def give_up_early(self) -> None:
        """Wait for no second press any more: what runs goes on."""
        self._early = None
        self._then()

    def press(self) -> None:
        """Do what the large button says."""
        state = self.state
        if state is not None and state.pressed:
            self._press(state.pressed, of_all=len(state.pressed) == len(state.lanes), deed=PRESS)

    def press_lane(self, number: int) -> None:
        """Go on with one lane."""
        state = self.state
        if state is not None:
            deed = lane_deed(PRESS, number, of=len(state.lanes))
            self._press((state.lanes[number],), of_all=len(state.lanes) == 1, deed=deed)

    def stop(self) -> None:
        """End everything that runs; nothing follows."""
        state = self.state
        if state is not None:
            self._stop(state.lanes, deed=STOP)

    def stop_lane(self, number: int) -> None:
        """End what runs in one lane."""
        state = self.state
        if state is not None:
            self._stop((state.lanes[number],), deed=lane_deed(STOP, number, of=len(state.lanes)))

    def extend(self) -> None:
        """Give what is due first a minute more."""
        state = self.state
        if state is not None:
            states = extendable(state)
            lanes = tuple(one.lane for one in states)
            self._do(f"extend {_names(states)} by 1:00", lambda now: extended(now, lanes, by_s=EXTEND_S))

    def note(self, words: str, *, at_s: float) -> None:
        """Note something with the time at which it was marked."""
        self._do("note a moment", lambda now: noted(now, words, at_s=at_s))

    def add(self, lanes: tuple[Lane, ...], kind: PhaseKind) -> bool:
        """Begin a phase that the plan does not have."""
        at_s, words = self.now_s(), kind_words(kind)
        article = "an" if words[0] in "aeiou" else "a"
        return self._do(f"add {article} {words}", lambda now: added(now, lanes, kind=kind, at_s=at_s))

    def correct(self, boundary: Boundary, to_s: float) -> bool:
        """Put one time of the record elsewhere; no number is a time that could not be read."""
        now_s = self.now_s()
        if self.record is not None and math.isnan(to_s):
            self.record.refusal = "A time of day is written 10:02:11."
            self._then()
            return False
        label = f"correct the {boundary.words}"
        return self._do(label, lambda now: moved(now, boundary, to_s=to_s, now_s=now_s))

    def undo(self) -> None:
        """Take the last press back."""
        self._with_record(lambda record: record.undo())

    def redo(self) -> None:
        """Do again what was taken back last."""
        self._with_record(lambda record: record.redo())

    def keep_again(self) -> None:
        """Try once more to keep what the library refused."""
        self._with_record(lambda record: record.keep_again())

    def drop(self) -> None:
        """Forget what the library refused."""
        self._with_record(lambda record: record.drop())

    def _press(self, states: tuple[LaneState, ...], *, of_all: bool, deed: str) -> None:
        procedure, now_s = self.procedure, self.now_s()
        is_refused = procedure is not None and is_bounce(procedure, at_s=now_s)
        at_s = now_s if is_refused else self._meant_s(states, deed=deed, now_s=now_s)
        if at_s is None:
            return
        words = press_words(states, of_all=of_all)
        label = words if ": " in words else words[:1].lower() + words[1:]
        self._do(label, lambda now: pressed(now, states, at_s=at_s))

    def _stop(self, states: tuple[LaneState, ...], *, deed: str) -> None:
        at_s = self._meant_s(states, deed=deed, now_s=self.now_s())
        if at_s is None:
            return
        lanes = tuple(one.lane for one in states)
        names = _names(one for one in states if one.stage is Stage.RUNNING)
        self._do(f"stop {names}", lambda now: stopped(now, lanes, at_s=at_s))

    def _meant_s(self, states: tuple[LaneState, ...], *, deed: str, now_s: float) -> float | None:
        """Return when a press counts; None for one that would end something early and waits for a second one."""
        first, now = self._early, early_end(states, deed=deed, at_s=now_s)
        if now is None:
            return now_s
        if first is not None and first.is_meant_by(now):
            return first.at_s
        if first is None or not first.is_same_as(now) or not first.waits(now_s=now_s):
            self._early = now  # a bounce of the first press does not put the second one off
        if self.record is not None:
            self.record.refusal = ""
        self._then()
        return None

    def _do(self, label: str, deed: Deed) -> bool:
        self._early = None
        is_done = self.record is not None and self.record.do(label, deed)
        self._then()
        return is_done

    def _with_record(self, act: Callable[[TimerRecord], object]) -> None:
        self._early = None
        if self.record is not None:
            act(self.record)
            self._then()


def _names(states: Iterable[LaneState]) -> str:
    return " and ".join(dict.fromkeys(one.name[:1].lower() + one.name[1:] for one in states))
