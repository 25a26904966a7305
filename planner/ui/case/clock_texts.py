"""How is a time of a record typed and shown? As the clock on the wall; kept as UTC."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

from planner.domain.errors import CaseInvalid

_CLOCK = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)(?:[:.]([0-5]\d))?")


def clock_words(at: str) -> str:
    """Return a moment of a record, ISO 8601 UTC, as this computer's clock shows it: ``"10:42:30"``; empty stays so."""
    if not at:
        return ""
    then = datetime.fromisoformat(at).astimezone()
    return then.strftime("%H:%M:%S")


def moment_of(text: str, *, day: str, near: str = "", after: str = "") -> str:
    """Read a time of day, ``10:42`` or ``10:42:30``, as ISO 8601 UTC; empty stays empty.

    Parameters
    ----------
    day
        The procedure's ISO day, on which the time lies when nothing else says so.
    near
        The moment that it replaces: its day is kept.
    after
        A moment that it follows: past midnight it lies on the next day.

    Raises
    ------
    CaseInvalid
        When it is no time of day.
    """
    asked = text.strip()
    if not asked:
        return ""
    read = _CLOCK.fullmatch(asked)
    if read is None:
        raise CaseInvalid(f"“{asked[:40]}” is no time. Type hours and minutes as 10:42.", code="clock-unreadable")
    clock = time(int(read[1]), int(read[2]), int(read[3] or 0))
    own_day = date.fromisoformat(day)
    if near or after:
        own_day = datetime.fromisoformat(near or after).astimezone().date()
    then = datetime.combine(own_day, clock).astimezone()
    if after and not near and then < datetime.fromisoformat(after):
        then += timedelta(days=1)
    return then.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def minute_words(at: str) -> str:
    """Return a moment with its day as this computer's clock shows it: ``"2026-03-02 10:42"``."""
    return datetime.fromisoformat(at).astimezone().strftime("%Y-%m-%d %H:%M")
