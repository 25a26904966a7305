"""How is a time told without its date? As days from the case's day 0, or seconds from the first phase."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from planner.domain.intake import ItemKind
from planner.domain.moment import seconds_between

if TYPE_CHECKING:
    from planner.domain.case import Case
    from planner.domain.procedure import Procedure

FIRST_PROCEDURE, BASELINE, CASE_OPENED = "first procedure", "baseline", "case opened"


@dataclass(frozen=True, slots=True)
class DayZero:
    """The day that the offsets of one case count from, and what it was."""

    what: str
    day: date

    def days_to(self, text: str) -> int | None:
        """Return the offset of an ISO date or moment, days; None for a text that is no date, which does not leave."""
        try:
            return (date.fromisoformat(text[:10]) - self.day).days
        except ValueError:
            return None


def day_zero(case: Case) -> DayZero:
    """Return day 0: the first procedure, else the baseline, else the day on which the case was opened."""
    if case.procedures:
        return DayZero(FIRST_PROCEDURE, _day_of(min(one.day for one in case.procedures)))
    baseline = case.intake.answer_of(ItemKind.SCORES)
    if baseline is not None and baseline.scores is not None:
        return DayZero(BASELINE, _day_of(baseline.at))
    return DayZero(CASE_OPENED, _day_of(case.opened_at))


def seconds_into(procedure: Procedure, at: str) -> float | None:
    """Return a moment from the start of the first phase, s; None without a phase, or where no time was noted."""
    began = min((phase.started_at for phase in procedure.phases), default="")
    return seconds_between(began, at) if began and at else None


def _day_of(text: str) -> date:
    return date.fromisoformat(text[:10])
