"""What does the timer say? Captions, figures and sentences of one lane, and times of day, from its state alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from planner.casebook.freeze_clock import Stage, freeze_s, row_name
from planner.casebook.freeze_early import ON_TIME_S, short_phases, skipped_phases
from planner.domain.protocol import PhaseKind
from planner.report.numbers import minutes

if TYPE_CHECKING:
    from planner.casebook.freeze_clock import LaneState
    from planner.casebook.freeze_early import EarlyEnd
    from planner.casebook.freeze_moments import ComingMoment

NOT_BEGUN = "Not begun"
ALL_DONE = "Every planned phase is done"


@dataclass(frozen=True, slots=True)
class Figure:
    """One large number with its caption, and the token of its colour."""

    caption: str
    text: str
    tone: str = "text_1"


@dataclass(frozen=True, slots=True)
class FaceWords:
    """What one lane shows: whose it is, what runs, two figures, and a line below; ``of`` is what it counts up to."""

    whose: str
    name: str
    figures: tuple[Figure, Figure]
    line: str
    is_over: bool = False
    of: str = ""

    @property
    def lone_line(self) -> str:
        """The line where the first figure has no room of its own."""
        first = self.figures[0]
        return f"{first.caption.capitalize()} {first.text} {self.of}".rstrip()

    @property
    def spoken(self) -> str:
        """All of it as one sentence."""
        figures = ", ".join(f"{figure.caption.lower()} {figure.text}" for figure in self.figures)
        return ", ".join(part for part in (self.whose, self.name, figures, self.line) if part)


def face_words(state: LaneState, *, now_s: float) -> FaceWords:
    """Return what a lane shows."""
    whose = state.lane.words
    if state.stage is Stage.NOT_BEGUN:
        figures = (Figure("ELAPSED", "0:00", "text_3"), Figure("PLANNED", _length(state.next_s), "text_2"))
        line = f"First: {state.next_name.lower()}" if state.next_name else "Nothing is planned for these probes."
        return FaceWords(whose, NOT_BEGUN, figures, line)
    if state.stage is Stage.DONE:
        done, planned = freeze_s(state, now_s=now_s), planned_freeze_s(state)
        tone = "check" if planned - done > ON_TIME_S else "text_1"
        figures = (Figure("FROZEN IN ALL", minutes(done), tone), Figure("PLANNED", minutes(planned), "text_2"))
        return FaceWords(whose, _ended_words(state), figures, _last_line(state))
    running = state.stage in (Stage.RUNNING, Stage.WAITING)
    name = state.name if running else f"{state.name} ended"
    elapsed = Figure("ELAPSED" if running else "LASTED", minutes(state.elapsed_s or 0.0))
    of = _of_words(state)
    parts = [part for part in (of, _next_words(state)) if part]
    line = " · ".join(parts)
    return FaceWords(
        whose, name, (elapsed, _against_plan(state)), line[:1].upper() + line[1:], is_over=state.is_over, of=of
    )


def planned_freeze_s(state: LaneState) -> float:
    """Return how long the plan lets these probes freeze in all, s."""
    return sum(phase.duration_s for phase in state.lane.phases if phase.kind is PhaseKind.FREEZE)


def moment_words(moment: ComingMoment, *, is_begun: bool) -> tuple[str, str]:
    """Return when a predicted moment comes and what it is: ``("in 0:40", "at 6:20 ice within 3 mm of lung")``."""
    at = minutes(moment.at_s)
    return (
        (f"in {minutes(moment.in_s)}", f"{moment.words} (plan\N{NO-BREAK SPACE}{at})")
        if is_begun
        else (f"at {at}", moment.words)
    )


def local_clock(at_s: float, *, now_s: float) -> str:
    """Return a time of day as the clock on the wall has it, with its date when that is another day's."""
    then, now = (datetime.fromtimestamp(int(seconds)).astimezone() for seconds in (at_s, now_s))
    return f"{then:%H:%M:%S}" if then.date() == now.date() else f"{then:%H:%M:%S} on {then:%Y-%m-%d}"


def _against_plan(state: LaneState) -> Figure:
    """Return the figure beside the elapsed time: what is left, or by how much it is over."""
    left_s = state.left_s
    if state.stage is Stage.BETWEEN and state.last is not None:
        # Against the plan alone: an extension that was not used up is no less than planned.
        planned_s = state.last.planned_s
        left_s = None if planned_s is None else planned_s - (state.elapsed_s or 0.0)
    if left_s is None:
        return Figure("NO PLANNED END", "—", "text_3")
    if state.stage is Stage.BETWEEN:
        if left_s >= 0:
            tone = "check" if left_s > ON_TIME_S else "text_2"
            return Figure("SHORT OF PLAN" if left_s else "AS PLANNED", minutes(left_s), tone)
        return Figure("LONGER THAN PLAN", f"+{minutes(-left_s)}", "text_2")
    return Figure("OVER", f"+{minutes(-left_s)}", "check") if left_s < 0 else Figure("LEFT", minutes(left_s))


def _of_words(state: LaneState) -> str:
    """Say how long it is to last: ``"of 8:00 extended by 1:00"``."""
    if state.stage is Stage.WAITING:
        return f"of {_length(state.target_s)}"
    last = state.last
    if last is None or state.stage not in (Stage.RUNNING, Stage.BETWEEN):
        return ""
    given = f"of {minutes(last.planned_s)}" if last.planned_s is not None else ""
    extra = f"extended by {minutes(last.extended_s)}" if last.extended_s else ""
    return " ".join(part for part in (given, extra) if part)


def _next_words(state: LaneState) -> str:
    if not state.next_name:
        return "the last one" if state.stage is Stage.RUNNING else ""
    length = f", {minutes(state.next_s)}" if state.next_s else ""
    return f"then {state.next_name.lower()}{length}"


def early_words(early: EarlyEnd) -> str:
    """Say what a press would end before its time, and what a second one does."""
    names = " and ".join(early.names)
    return f"{names}: {minutes(early.left_s)} of the plan to go. Press again to end it now; else it goes on."


def _ended_words(state: LaneState) -> str:
    """Say how the planned phases ended: all of them, or which one short of the plan."""
    short, skipped = short_phases(state), skipped_phases(state)
    if len(short) + len(skipped) > 1:
        return f"{len(short) + len(skipped)} phases short of plan"
    if short:
        return f"{short[0].name} ended {minutes(short[0].short_s)} short of plan"
    return f"{skipped[0]} is not recorded" if skipped else ALL_DONE


def _last_line(state: LaneState) -> str:
    """Count the freezes, and name what was short, left out or extended."""
    count = sum(row.kind is PhaseKind.FREEZE for row in state.rows)
    told = [f"{count} freeze" if count == 1 else f"{count} freezes"]
    short, skipped = short_phases(state), skipped_phases(state)
    if len(short) + len(skipped) > 1:
        told += [f"{one.name.lower()} {minutes(one.short_s)} short" for one in short]
        told += [f"{name.lower()} not recorded" for name in skipped]
    told += [
        f"{row_name(state.lane, state.rows, at).lower()} extended by {minutes(row.extended_s)}"
        for at, row in enumerate(state.rows)
        if row.extended_s
    ]
    return " · ".join(told)


def _length(seconds: float | None) -> str:
    return "—" if seconds is None else minutes(seconds)
