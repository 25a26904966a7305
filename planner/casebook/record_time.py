"""What time is it on a record's axis? Wall-clock stamps that a clock set in the middle of a freeze does not falsify.

The record keeps wall-clock times (ISO 8601 UTC, whole seconds). While the timer is open, time goes on by a clock that
nobody can set and that counts sleep; the wall clock is only compared with it. Where both differ, the computer's clock
was set: that is told once and noted, and the record goes on by the clock as it was.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from planner.domain.errors import CaseInvalid

if TYPE_CHECKING:
    from planner.domain.procedure import Procedure

SMALLEST_JUMP_S = 3.0
"""Both clocks are read one after the other and stamps are whole seconds: less than this is no jump. Project default."""
_FORM = "%Y-%m-%dT%H:%M:%SZ"


class Clock(Protocol):
    """Two clocks of a computer."""

    def wall_s(self) -> float:
        """Return seconds since 1970-01-01 UTC as the computer shows them; anybody can set it."""

    def steady_s(self) -> float:
        """Return seconds since some moment; nobody can set it, and sleep counts."""


class RecordTime:
    """Time on the axis of one record, from when its timer was opened.

    Parameters
    ----------
    jumped_s
        By how much the computer's clock is ahead of the record's axis since earlier: see :func:`jumped_s`.
    """

    def __init__(self, clock: Clock, *, jumped_s: float = 0.0) -> None:
        self._clock = clock
        self._began_steady_s = clock.steady_s()
        self._began_s = clock.wall_s() - jumped_s
        self._jumped_s = jumped_s

    def now_s(self) -> float:
        """Return the time on the record's axis, s since 1970-01-01 UTC."""
        return self._began_s + self._clock.steady_s() - self._began_steady_s

    def take_jump_s(self) -> float:
        """Return by how much the computer's clock was set since it was last asked; 0 when it was not."""
        jump_s = self._clock.wall_s() - self.now_s() - self._jumped_s
        if abs(jump_s) < SMALLEST_JUMP_S:
            return 0.0
        self._jumped_s += jump_s
        return float(round(jump_s))


def jumped_s(procedure: Procedure) -> float:
    """Return by how much the computer's clock was set since the first phase began, as far as it was noted.

    A freeze that goes on after the window was closed keeps its axis.
    """
    since = min((phase.started_at for phase in procedure.phases), default="")
    return sum(moment.clock_jump_s for moment in procedure.moments if since and moment.at >= since)


def stamp(at_s: float) -> str:
    """Write a time as the record keeps it: ``"2026-11-23T10:02:11Z"``; parts of a second are cut off."""
    return datetime.fromtimestamp(int(at_s), UTC).strftime(_FORM)


def seconds_of(at: str) -> float:
    """Return seconds since 1970-01-01 UTC of a time of the record; a time without a zone is taken as UTC.

    Raises
    ------
    CaseInvalid
        When the text is no time.
    """
    try:
        then = datetime.fromisoformat(at)
    except ValueError:
        raise CaseInvalid(
            f"A time is written 2026-11-23T10:02:11Z, not “{at[:40]}”. Correct it in the record.", code="record-time"
        ) from None
    return (then if then.tzinfo else then.replace(tzinfo=UTC)).timestamp()
