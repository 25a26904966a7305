"""How is a case told on paper? Days, names and typed words; without an identity none of them is (H-43)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from planner.report import numbers

MISSING = numbers.MISSING
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT(\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|\+00:00)")


@dataclass(frozen=True, slots=True)
class Teller:
    """What of a case may be told.

    Parameters
    ----------
    is_nobodys
        Names and typed words are left out, and a day is told as its distance from ``day_zero``.
    day_zero
        ISO date that days are counted from; empty when there is none, and no day is told then.
    """

    is_nobodys: bool = False
    day_zero: str = ""

    def said(self, words: str) -> str:
        """Return what somebody typed."""
        return "" if self.is_nobodys else words.strip()

    def day(self, iso: str) -> str:
        """Return an ISO date as it is, or ``"day +42"``; an em dash for none."""
        if not iso or (self.is_nobodys and not self.day_zero):
            return MISSING
        if not self.is_nobodys:
            return iso
        try:
            offset_days = (date.fromisoformat(iso[:10]) - date.fromisoformat(self.day_zero)).days
        except ValueError:  # a day somebody typed in a form of their own
            return MISSING
        return "day 0" if offset_days == 0 else f"day {'+' if offset_days > 0 else numbers.MINUS}{abs(offset_days)}"

    def when(self, at: str) -> str:
        """Return an ISO 8601 UTC time to the minute; nothing without an identity."""
        return "" if self.is_nobodys or not at else numbers.utc_minute(_whole_seconds(at))

    def clock(self, at: str) -> str:
        """Return the time of day, UTC to the second; an em dash for none, and without an identity."""
        known = _MOMENT.fullmatch(at)
        if self.is_nobodys or not at:
            return MISSING
        return known[1] if known else at


def as_entered(value: float | None, unit: str = "") -> str:
    """Print a number to its last digit as it was entered; a missing one is an em dash."""
    if value is None:
        return MISSING
    numbers.number(value, decimals=0)  # refuses what is not finite
    text = format(Decimal(repr(float(value))), "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    text = text.replace("-", numbers.MINUS)
    return f"{text} {unit}".rstrip()


def signed(value: float | None, unit: str) -> str:
    """Print a difference with its sign; a missing one is an em dash, and none at all has no sign."""
    text = numbers.measure(value, unit)
    return (
        f"+{text}" if value is not None and text[0] not in (numbers.MINUS, MISSING) and float(_figure(text)) else text
    )


def signed_minutes(seconds: float | None) -> str:
    """Print a difference of times, ``"+0:12"``."""
    if seconds is None:
        return MISSING
    text = numbers.minutes(seconds)
    return f"+{text}" if round(seconds) > 0 else text


def yes_or_no(*, is_it: bool) -> str:
    """Return the word."""
    return "yes" if is_it else "no"


def _whole_seconds(at: str) -> str:
    return re.sub(r"(T\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|\+00:00)$", r"\1Z", at)


def _figure(text: str) -> str:
    found = re.match(r"[\d.]+", text)
    return found[0] if found else "0"
