"""Do the day and the times of a record fit together, and are they past? In days of the clock on the wall."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from planner.domain.errors import CaseInvalid
from planner.domain.moment import seconds_between
from planner.ui.case.clock_texts import clock_words

if TYPE_CHECKING:
    from planner.domain.procedure import Procedure

_ROUNDED_S = 60.0
"""Times are typed in minutes: one rounded up to the next minute is not in the future."""
_PAST_MIDNIGHT_S = 12 * 3600.0
"""A time so soon after a phase of the record's day belongs to the same procedure. Project default."""


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


def other_day(procedure: Procedure, at: str) -> str:
    """Return the day of a time where that is not the record's, ISO; empty where it is, and for no time.

    Past midnight a procedure goes on: a time soon after a phase of the record's day is that day's.
    """
    day = day_of(at) if at else procedure.day
    if day == procedure.day:
        return ""
    next_day = (date.fromisoformat(procedure.day) + timedelta(days=1)).isoformat()
    own = (one.started_at for one in procedure.phases if day_of(one.started_at) == procedure.day)
    goes_on = day == next_day and any(0 <= seconds_between(start, at) < _PAST_MIDNIGHT_S for start in own)
    return "" if goes_on else day


def day_remark(procedure: Procedure, at: str) -> str:
    """Say that a time is of another day than the record; empty when it is not."""
    day = other_day(procedure, at)
    return f"On {day}, not on the record’s day." if day else ""


def day_doubt(procedure: Procedure) -> tuple[str, str]:
    """Return a sentence when times are of another day than the record, and that day when all are of it; else empty."""
    begun = {one.started_at for one in procedure.phases}
    days = {at: other_day(procedure, at) for at in begun | _noted(procedure)}
    others = sorted({day for day in days.values() if day})
    if not others:
        return "", ""
    is_timed_only = all(at in begun for at, day in days.items() if day)
    what = "Freeze and thaw" if is_timed_only else "Times"
    told = f"{what} are of {' and '.join(others)}, the record is of {procedure.day}."
    return told, others[0] if len(others) == 1 and all(days.values()) else ""


def put_on_day(procedure: Procedure, day: str) -> Procedure:
    """Return a record of which every time lies as much later or earlier that the first one is of ``day``, ISO."""
    times = _times(procedure)
    if not times:
        return procedure
    by = date.fromisoformat(day) - date.fromisoformat(day_of(min(times)))

    def put(at: str) -> str:
        if not at:
            return ""
        then = datetime.fromisoformat(at).astimezone().replace(tzinfo=None) + by  # the clock on the wall stays
        return then.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    ice = procedure.ice
    return replace(
        procedure,
        phases=tuple(
            replace(one, started_at=put(one.started_at), ended_at=put(one.ended_at)) for one in procedure.phases
        ),
        temperatures=tuple(replace(one, at=put(one.at)) for one in procedure.temperatures),
        monitoring=tuple(replace(one, at=put(one.at)) for one in procedure.monitoring),
        moments=tuple(replace(one, at=put(one.at)) for one in procedure.moments),
        ice=None if ice is None else replace(ice, at=put(ice.at)),
    )


def zone_words(at: str) -> str:
    """Return how this computer's clock is ahead of UTC at a moment: ``"UTC+1"``, ``"UTC"``, ``"UTC+5:30"``."""
    ahead = datetime.fromisoformat(at).astimezone().utcoffset() or timedelta()
    minutes = round(ahead.total_seconds() / 60)
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '−'}{hours}{f':{rest:02d}' if rest else ''}"


def _days(procedure: Procedure) -> set[str]:
    return {day for day in (procedure.day, *(one.day for one in procedure.complications)) if day}


def _times(procedure: Procedure) -> set[str]:
    spans = (at for phase in procedure.phases for at in (phase.started_at, phase.ended_at))
    return {at for at in spans if at} | _noted(procedure)


def _noted(procedure: Procedure) -> set[str]:
    """Return the times of readings, findings and the measured ice."""
    noted = (*procedure.temperatures, *procedure.monitoring, *(() if procedure.ice is None else (procedure.ice,)))
    return {one.at for one in noted if one.at}
