"""Do the day and the times of a record fit together, and are they past? In days of the clock on the wall."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from planner.domain.errors import CaseInvalid
from planner.domain.moment import seconds_between
from planner.ui.case.clock_texts import clock_words

if TYPE_CHECKING:
    from planner.domain.procedure import DonePhase, Procedure

_ROUNDED_S = 60.0
"""Times are typed in minutes: one rounded up to the next minute is not in the future."""
_PAST_MIDNIGHT_S = 12 * 3600.0
"""A phase so soon after one of the record's day belongs to the same procedure. Project default."""


def require_past(before: Procedure, after: Procedure, *, today: str, now: str) -> None:
    """Raise CaseInvalid when an edit brings in a day after today, or a time after now.

    What was in the record before stays editable whatever its times are.

    Parameters
    ----------
    today
        The calendar day here, ISO.
    now
        ISO 8601 UTC.
    """
    for day in sorted(_days(after) - _days(before)):
        if day > today:
            raise CaseInvalid(
                f"{day} is in the future. A record is of what was done: type today, {today}, or an earlier day.",
                code="record-future-day",
            )
    for at in sorted(_times(after) - _times(before)):
        if seconds_between(now, at) > _ROUNDED_S:
            raise CaseInvalid(
                f"{clock_words(at)} on {day_of(at)} is in the future. Correct the time, or the day of the record.",
                code="record-future-time",
            )


def day_of(at: str) -> str:
    """Return on which calendar day here a moment lies, ISO; ``at`` is ISO 8601 UTC."""
    return datetime.fromisoformat(at).astimezone().date().isoformat()


def other_days(procedure: Procedure) -> tuple[str, ...]:
    """Return for each phase the day on which it began where that is not the record's; empty where it is.

    Past midnight a procedure goes on: a phase soon after one of the record's day is that day's.
    """
    phases = procedure.phases
    own = [one for one in phases if day_of(one.started_at) == procedure.day]
    return tuple("" if _belongs(one, own, day=procedure.day) else day_of(one.started_at) for one in phases)


def day_doubt(procedure: Procedure) -> tuple[str, str]:
    """Return a sentence when phases are of another day than the record, and that day when it is one; else empty."""
    days = sorted({day for day in other_days(procedure) if day})
    if not days:
        return "", ""
    of_all = all(other_days(procedure)) and len(days) == 1
    told = f"Freeze and thaw are of {' and '.join(days)}, the record is of {procedure.day}."
    return told, days[0] if of_all else ""


def zone_words(at: str) -> str:
    """Return how this computer's clock is ahead of UTC at a moment: ``"UTC+1"``, ``"UTC"``, ``"UTC+5:30"``."""
    ahead = datetime.fromisoformat(at).astimezone().utcoffset() or timedelta()
    minutes = round(ahead.total_seconds() / 60)
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '−'}{hours}{f':{rest:02d}' if rest else ''}"


def _belongs(phase: DonePhase, own: list[DonePhase], *, day: str) -> bool:
    if phase in own:
        return True
    next_day = (date.fromisoformat(day) + timedelta(days=1)).isoformat()
    soon = any(0 <= seconds_between(one.started_at, phase.started_at) < _PAST_MIDNIGHT_S for one in own)
    return day_of(phase.started_at) == next_day and soon


def _days(procedure: Procedure) -> set[str]:
    return {day for day in (procedure.day, *(one.day for one in procedure.complications)) if day}


def _times(procedure: Procedure) -> set[str]:
    timed = (*procedure.temperatures, *procedure.monitoring, *(() if procedure.ice is None else (procedure.ice,)))
    spans = (at for phase in procedure.phases for at in (phase.started_at, phase.ended_at))
    return {at for at in (*spans, *(one.at for one in timed)) if at}
