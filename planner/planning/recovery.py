"""When may feeling and strength come back? The length to regrow over the rates of regrowth, as a range.

The frozen part degenerates down to the end organ and grows back from the last living part (Wallerian degeneration), so
the time is the distance from the frozen part to the end organ over the rate. Every rate keeps its source; the range
runs from the fastest to the slowest of all of them. It is an estimate for the talk with the patient, never a verdict.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.assessment import RecoveryEstimate
from planner.planning.rules import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain.atlas import AtlasEntry
    from planner.domain.datum import Datum
    from planner.domain.target import Target

NO_DISTANCE = "The distance to the end organ is not known. Enter it with its source."
NOT_A_NERVE = "A ganglion has no single end organ; regrowth is not estimated."
NO_RATE = "The rules hold no rate of regrowth."


def recovery(target: Target, *, rates: Sequence[Datum], entry: AtlasEntry | None = None) -> RecoveryEstimate:
    """Return how long recovery may take; without days, but with the reason, where it cannot be told.

    Parameters
    ----------
    rates
        Rates of regrowth, mm a day, each with its source.
    entry
        The target's atlas entry: what a source reports of this very nerve is quoted beside the estimate.
    """
    reported = _reported(entry)
    told = [(rate.value, rate.upper or rate.value, rate.source) for rate in rates if rate.value is not None]
    if target.is_body or target.end_organ_mm is None or not told:
        why = NOT_A_NERVE if target.is_body else NO_RATE if target.end_organ_mm is not None else NO_DISTANCE
        return RecoveryEstimate(target.id, None, None, " ".join(part for part in (why, reported) if part))
    slowest, fastest = min(low for low, _, _ in told), max(high for _, high, _ in told)
    sources = ", ".join(dict.fromkeys(source for _, _, source in told))
    sentence = (
        f"{number(target.end_organ_mm)} mm to the end organ ({target.end_organ_source}) at {number(slowest)} to "
        f"{number(fastest)} mm a day ({sources})."
    )
    return RecoveryEstimate(
        target.id,
        target.end_organ_mm / fastest,
        target.end_organ_mm / slowest,
        " ".join(part for part in (sentence, reported) if part),
    )


def _reported(entry: AtlasEntry | None) -> str:
    if entry is None or entry.recovery_months.value is None:
        return ""
    months = entry.recovery_months
    upper = f" to {number(months.upper)}" if months.upper is not None else ""
    return f"Reported of this nerve: {number(months.value or 0.0)}{upper} months ({months.source})."
