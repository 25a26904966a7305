"""How does a press come into the record, and what if the disk refuses it? One procedure, its time and edits.

Every press is kept at once. One that the library refuses stays here with the time at which it was pressed: the timer
goes on with it, and it is kept as soon as somebody asks again (H-34, H-37).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.casebook.freeze_clock import TimerState, timer_state
from planner.casebook.freeze_presses import noted, press_to_take_back, taken_back
from planner.casebook.record_time import RecordTime, jumped_s, seconds_of
from planner.domain.errors import CaseInvalid
from planner.report.numbers import minutes
from planner.services.case_commands import PutProcedure

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.casebook.record_time import Clock
    from planner.domain.identity import ProcedureId
    from planner.domain.procedure import Procedure
    from planner.ui.case.case_desk import CaseDesk

    Deed = Callable[[Procedure], Procedure]

_CLOCK_SET = "note that the clock was set"
_TAKE_BACK = "take back the "


@dataclass(frozen=True, slots=True)
class Press:
    """What was done, and what it makes of the record as it stands then."""

    label: str
    deed: Deed


class TimerRecord:
    """One procedure under the timer.

    Parameters
    ----------
    clock
        The computer's two clocks.
    """

    def __init__(self, case_desk: CaseDesk, procedure_id: ProcedureId, clock: Clock) -> None:
        self._case_desk, self._clock = case_desk, clock
        self.procedure_id = procedure_id
        self.unkept: list[Press] = []
        self.refusal = ""
        self._labels: set[str] = set()
        self._time = self._new_time()

    def _new_time(self) -> RecordTime:
        """Return the axis of what runs; else that of the clock, unless it reads earlier than the last press."""
        procedure = self._kept()
        if procedure is None:
            return RecordTime(self._clock)
        last_s = max((seconds_of(phase.ended_at or phase.started_at) for phase in procedure.phases), default=0.0)
        is_behind = self._clock.wall_s() < last_s
        return RecordTime(self._clock, jumped_s=jumped_s(procedure) if procedure.all_running or is_behind else 0.0)

    # --- reading -----------------------------------------------------------------------------------------------------

    @property
    def procedure(self) -> Procedure | None:
        """The procedure with every press, kept or not; None when the case does not have it any more."""
        procedure = self._kept()
        return None if procedure is None else self._with_unkept(procedure)

    def now_s(self) -> float:
        """Return the time on the record's axis, s since 1970-01-01 UTC."""
        return self._time.now_s()

    def state(self) -> TimerState | None:
        """Return how far the freezing is, in whole seconds as the record counts; None without a procedure."""
        procedure = self.procedure
        return None if procedure is None else timer_state(procedure, now_s=float(int(self.now_s())))

    def undo_words(self) -> str:
        """Say what :meth:`undo` takes back; empty when there is nothing."""
        label = self._own_undo()
        procedure = self.procedure
        if self.unkept or label:
            return self.unkept[-1].label if self.unkept else label
        return "" if procedure is None else press_to_take_back(procedure)

    def _kept(self) -> Procedure | None:
        case = self._case_desk.case
        return next((one for one in case.procedures if one.id == self.procedure_id), None) if case is not None else None

    def _with_unkept(self, procedure: Procedure) -> Procedure:
        for press in self.unkept:
            try:
                procedure = press.deed(procedure)
            except CaseInvalid as error:  # another window has done it meanwhile
                self.refusal = f"{press.label.capitalize()} does not fit the record any more. {error}"
        return procedure

    def _own_undo(self) -> str:
        """Return what the case would undo when that was done here; else nothing: it is not the timer's to undo."""
        opened = self._case_desk.open_case
        label = opened.undo_label if opened is not None else ""
        return label if label in self._labels else ""

    # --- acting ------------------------------------------------------------------------------------------------------

    def do(self, label: str, deed: Deed) -> bool:
        """Do something to the record; False when it was refused in words (:attr:`refusal`) and nothing is changed."""
        procedure = self.procedure
        if procedure is None:
            return False
        self.refusal = ""
        try:
            after = deed(procedure)
        except CaseInvalid as error:
            self.refusal = str(error)
            return False
        if after != procedure:
            self.unkept.append(Press(label, deed))
            self.keep()
        return True

    def keep(self) -> bool:
        """Put every press into the library; False when it refuses: they stay here."""
        procedure = self._kept()
        if procedure is None or not self.unkept:
            return not self.unkept
        presses = tuple(self.unkept)
        label = " and ".join(press.label for press in presses)
        case_desk = self._case_desk
        made = self._with_unkept(procedure).marked(at=case_desk.now(), by=case_desk.desk.who)
        # Away first: who listens to the case looks at the record while it is being kept.
        self.unkept.clear()
        self._labels.add(label)
        if not case_desk.apply(PutProcedure(made, label)):
            self._labels.discard(label)
            self.unkept[:] = presses
            return False
        return True

    def keep_again(self) -> bool:
        """Try once more, at last on the record as another window has left it."""
        if self.keep():
            return True
        self._case_desk.show_anew()
        return self.keep()

    def drop(self) -> None:
        """Forget the presses that are not kept."""
        self.unkept.clear()
        self.refusal = ""

    def undo(self) -> bool:
        """Take the last press back; also one from before the window was opened. False when there is none."""
        self.refusal = ""
        if self.unkept:
            self.unkept.pop()
            return True
        if self._own_undo():
            self._case_desk.undo()
            return True
        words = self.undo_words()
        return bool(words) and self._take_back(words)

    def _take_back(self, words: str) -> bool:
        # Not one of the labels: undoing it again would only press anew what was taken back.
        label = _TAKE_BACK + words
        is_done = self.do(label, taken_back)
        self._labels.discard(label)
        return is_done

    def redo(self) -> None:
        """Repeat what was taken back last, when that was done here."""
        opened = self._case_desk.open_case
        if opened is not None and opened.redo_label in self._labels:
            self._case_desk.redo()

    def watch_clock(self) -> None:
        """Note when the computer's clock was set while a freeze is under way; before and after it, follow the clock."""
        state = self.state()
        if state is None:
            return
        jump_s = self._time.take_jump_s()
        if not jump_s:
            return
        if not state.has_begun or not state.pressed:
            self._time = self._new_time()
            return
        at_s, way = self.now_s(), "ahead" if jump_s > 0 else "back"
        words = f"The computer's clock was set {minutes(abs(jump_s))} min {way}; the timer counts on without that."
        self.do(_CLOCK_SET, lambda procedure: noted(procedure, words, at_s=at_s, clock_jump_s=jump_s))
        self._labels.discard(_CLOCK_SET)

    def follow(self) -> None:
        """Go on after the timer was out of sight: a freeze under way by its own axis, else by the clock."""
        state = self.state()
        if state is None or not state.has_begun or not state.pressed:
            self._time = self._new_time()
