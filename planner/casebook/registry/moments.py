"""How is a time told without its date? As days from the case's day 0, or seconds from the first phase."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from planner.domain.intake import ItemKind

if TYPE_CHECKING:
    from planner.domain.case import Case
    from planner.domain.procedure import Procedure

FIRST_PROCEDURE, BASELINE, CASE_OPENED = "first procedure", "baseline", "case opened"


@dataclass(frozen=True, slots=True)
class DayZero:
    """The day that the offsets of one case count from, and what it was."""

    what: str
    day: date | None

    def days_to(self, text: str) -> int | None:
        """Return the offset of an ISO date or moment, days; None for a text that is no date, which does not leave."""
        found = _day(text)
        return None if found is None or self.day is None else (found - self.day).days


def day_zero(case: Case) -> DayZero:
    """Return day 0: the first procedure, else the baseline, else the day on which the case was opened."""
    if case.procedures:
        return DayZero(FIRST_PROCEDURE, _day(min(one.day for one in case.procedures)))
    baseline = case.intake.answer_of(ItemKind.SCORES)
    if baseline is not None and baseline.scores is not None:
        return DayZero(BASELINE, _day(baseline.at))
    return DayZero(CASE_OPENED, _day(case.opened_at))


def seconds_into(procedure: Procedure, at: str) -> float | None:
    """Return a moment from the start of the first phase, s; None without a phase, or for a text that is no moment."""
    starts = [start for phase in procedure.phases if (start := _moment(phase.started_at)) is not None]
    found = _moment(at)
    return None if found is None or not starts else (found - min(starts)).total_seconds()


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
