"""When was it? Days and times of a case's records: one form each, so that their order is that of their texts."""

from __future__ import annotations

from datetime import date, datetime

from planner.domain.errors import CaseInvalid

_MOMENT = "%Y-%m-%dT%H:%M:%SZ"


def seconds_between(start: str, end: str) -> float:
    """Return the time from one moment to another, both ISO 8601 UTC, s; negative when the end comes first."""
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()


def require_moment(at: str, what: str, *, may_be_empty: bool = False) -> None:
    """Raise CaseInvalid unless a text is a time in UTC to the second: ``"2026-11-23T10:04:00Z"``."""
    if may_be_empty and not at:
        return
    try:
        # Other forms of ISO 8601 would stand in the wrong order beside this one.
        is_ours = datetime.fromisoformat(at).strftime(_MOMENT) == at
    except ValueError:
        is_ours = False
    if not is_ours:
        raise CaseInvalid(f"The time of {what} is written 2026-11-23T10:04:00Z, not “{at[:40]}”.", code="moment-form")


def require_day(day: str, what: str, *, may_be_empty: bool = False) -> None:
    """Raise CaseInvalid unless a text is an ISO date: ``"2026-11-23"``."""
    if may_be_empty and not day:
        return
    try:
        is_iso = date.fromisoformat(day).isoformat() == day
    except ValueError:
        is_iso = False
    if not is_iso:
        raise CaseInvalid(f"The day of {what} is written 2026-11-23, not “{day[:40]}”.", code="day-form")
