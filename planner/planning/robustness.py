"""What do many draws say of a plan? Shares with their intervals, which limit fails first and most, coverage.

Shares have Wilson's 95 % interval, which is right also near 0 and 100 %. A draw counts as held when every limit was
told and none failed; what could not be told counts on its own.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from planner.domain.robustness import (
    PERCENTILES,
    CoverageValue,
    Draw,
    DrawOutcome,
    FineCheck,
    LimitKey,
    LimitSummary,
    LimitValue,
    QuantityDifference,
    Share,
    TargetCoverage,
)
from planner.domain.rule import Quantity, Verdict
from planner.domain.target import TargetBody
from planner.planning.nerve import treatment_segment_mm
from planner.planning.robust_limits import arc_places_mm
from planner.planning.structure_rules import PATH

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from planner.domain.robustness import RobustnessTable
    from planner.domain.target import Target

_Sort: TypeAlias = tuple[Quantity, bool]  # and whether of targets

NORMAL_95 = 1.959963984540054


def wilson(count: int, of: int) -> Share:
    """Return a share of draws with Wilson's 95 % interval; without a draw the interval is everything."""
    if of == 0:
        return Share(0, 0, 0.0, 0.0, 100.0)
    share, z2 = count / of, NORMAL_95**2
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = NORMAL_95 * math.sqrt(share * (1 - share) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    low = 0.0 if count == 0 else max(middle - half, 0.0)
    high = 1.0 if count == of else min(middle + half, 1.0)
    return Share(count, of, 100 * share, 100 * low, 100 * high)


def outcome_of(
    draw: Draw, values: tuple[LimitValue, ...], coverages: tuple[CoverageValue, ...] = (), *, reason: str = ""
) -> DrawOutcome:
    """Judge one draw by all its limits; ``reason`` says why nothing could be computed."""
    if reason:
        return DrawOutcome(draw, Verdict.NOT_ASSESSED, reason=reason)
    verdicts = {value.verdict for value in values}
    order = (Verdict.FAIL, Verdict.NOT_ASSESSED, Verdict.CHECK, Verdict.PASS)
    verdict = next((each for each in order if each in verdicts), Verdict.NOT_ASSESSED)
    return DrawOutcome(draw, verdict, values, coverages)


def limit_summaries(
    keys: Sequence[LimitKey], planned: DrawOutcome, outcomes: Sequence[DrawOutcome]
) -> tuple[LimitSummary, ...]:
    """Return how each limit fared."""
    return tuple(_summary(place, key, planned, outcomes) for place, key in enumerate(keys))


def _summary(place: int, key: LimitKey, planned: DrawOutcome, outcomes: Sequence[DrawOutcome]) -> LimitSummary:
    told = [(outcome, outcome.values[place]) for outcome in outcomes if outcome.values]
    count = {verdict: sum(value.verdict is verdict for _, value in told) for verdict in Verdict}
    failing = [outcome.draw.largest_error_mm for outcome, value in told if value.verdict is Verdict.FAIL]
    numbers = [(value, outcome.draw.number) for outcome, value in told if value.value is not None]
    worst = min(numbers, key=lambda pair: badness(key, pair[0].value or 0.0), default=None)
    return LimitSummary(
        key=key,
        planned=planned.values[place] if planned.values else LimitValue(Verdict.NOT_ASSESSED, reason=planned.reason),
        passed=count[Verdict.PASS],
        checked=count[Verdict.CHECK],
        failed=count[Verdict.FAIL],
        not_assessed=count[Verdict.NOT_ASSESSED] + len(outcomes) - len(told),
        first_fails_mm=min(failing, default=None),
        worst=None if worst is None else worst[0],
        worst_draw=None if worst is None else worst[1],
    )


def badness(key: LimitKey, value: float) -> float:
    """Return a value so that less is worse, by the side of the limit that is good."""
    return sign_of(key) * value


def sign_of(key: LimitKey) -> float:
    """Return 1 where more is better and −1 where less is."""
    return 1.0 if key.more_is_better else -1.0


def fails_most(limits: Sequence[LimitSummary]) -> int | None:
    """Return the place of the limit that fails in the most draws; of equals the one that fails at the least error."""
    failing = [place for place, limit in enumerate(limits) if limit.failed]
    return max(failing, key=lambda n: (limits[n].failed, -(limits[n].first_fails_mm or 0.0)), default=None)


def fails_first(limits: Sequence[LimitSummary]) -> int | None:
    """Return the place of the limit that fails at the smallest tip error; of equals the one that fails most often."""
    failing = [place for place, limit in enumerate(limits) if limit.failed]
    return min(failing, key=lambda n: (limits[n].first_fails_mm or 0.0, -limits[n].failed), default=None)


def target_coverages(targets: Sequence[Target], outcomes: Sequence[DrawOutcome]) -> tuple[TargetCoverage, ...]:
    """Return percentiles of the coverage of each target, and along nerves the probability of being treated."""
    return tuple(_coverage(target, outcomes) for target in targets)


def _coverage(target: Target, outcomes: Sequence[DrawOutcome]) -> TargetCoverage:
    values = [value for outcome in outcomes for value in outcome.coverages if value.target_id == target.id]
    told = [value for value in values if value.covered_percent is not None]
    percents = [value.covered_percent for value in told if value.covered_percent is not None]
    lengths = [value.treated_mm for value in told if value.treated_mm is not None]
    found = TargetCoverage(target.id, target.words, len(told), _percentiles(percents), _percentiles(lengths))
    if isinstance(target.course, TargetBody):
        return found
    segment_mm = treatment_segment_mm(target.course)
    found = replace(found, segment_mm=segment_mm[1] - segment_mm[0])
    rows = [value.is_treated for value in told if value.is_treated]
    if not rows:
        return found
    return replace(
        found,
        arc_mm=tuple(float(arc) for arc in arc_places_mm(segment_mm)),
        probability=tuple(float(share) for share in np.mean(np.array(rows, dtype=np.float64), axis=0)),
    )


def _percentiles(values: Sequence[float]) -> tuple[float, ...]:
    return tuple(float(value) for value in np.percentile(values, PERCENTILES)) if values else ()


def verdict_words(held: Share, not_assessed: Share, table: RobustnessTable) -> str:
    """Say a share, its interval and the limits that it is judged by."""
    flag = "; ".join(sorted({datum.flag for datum in (table.pass_percent, table.check_percent) if datum.flag}))
    left = f"; {not_assessed.share_percent:.0f} % not assessed" if not_assessed.count else ""
    return (
        f"All limits hold in {held.share_percent:.1f} % of {held.of} draws (95 % interval {held.low_percent:.1f} to "
        f"{held.high_percent:.1f} %, Wilson){left}; PASS ≥ {table.pass_percent.value:g} %, CHECK ≥ "
        f"{table.check_percent.value:g} %" + (f" ({flag})." if flag else ".")
    )


def fine_check(
    keys: Sequence[LimitKey],
    coarse: Sequence[DrawOutcome],
    fine: Sequence[DrawOutcome],
    *,
    spacing_mm: float,
) -> FineCheck:
    """Compare some draws on fine cells with the same on coarse ones, and say what that leaves of the share.

    ``coarse`` are all draws, ``fine`` some of them.
    """
    by_number = {outcome.draw.number: outcome for outcome in coarse}
    pairs = [(by_number[outcome.draw.number], outcome) for outcome in fine]
    pairs = [(one, other) for one, other in pairs if one.values and other.values]
    apart: dict[_Sort, list[float]] = {}
    for one, other in pairs:
        for key, a, b in zip(keys, one.values, other.values, strict=True):
            if a.value is None or b.value is None or a.is_bound or b.is_bound or key.quantity in PATH:
                continue  # paths know no cells
            apart.setdefault(_sort(key), []).append(abs(b.value - a.value))
    largest = {sort: max(values) for sort, values in apart.items()}
    held_worse, held_better = (_held_if_off(keys, coarse, largest, sign=sign) for sign in (-1.0, 1.0))
    return FineCheck(
        spacing_mm,
        tuple(outcome.draw.number for outcome in fine),
        sum(one.is_held is not other.is_held for one, other in pairs),
        tuple(
            QuantityDifference(sort[0], sort[1], sort[0].unit, len(values), max(values))
            for sort, values in apart.items()
        ),
        wilson(held_worse, len(coarse)).share_percent,
        wilson(held_better, len(coarse)).share_percent,
    )


def _sort(key: LimitKey) -> _Sort:
    return key.quantity, key.subject_kind.startswith("target ")


def _held_if_off(
    keys: Sequence[LimitKey], outcomes: Sequence[DrawOutcome], off: Mapping[_Sort, float], *, sign: float
) -> int:
    """Count the draws that hold when every value of the ice is off by the largest difference, worse or better."""
    return sum(_holds_if_off(keys, outcome, off, sign=sign) for outcome in outcomes)


def _holds_if_off(keys: Sequence[LimitKey], outcome: DrawOutcome, off: Mapping[_Sort, float], *, sign: float) -> bool:
    if not outcome.values:
        return False
    for key, value in zip(keys, outcome.values, strict=True):
        if value.verdict is Verdict.NOT_ASSESSED or value.value is None:
            return False
        if key.fail_limit is None or value.is_bound:
            if value.verdict is Verdict.FAIL:
                return False
            continue
        shifted = badness(key, value.value) + sign * off.get(_sort(key), 0.0)
        if shifted < badness(key, key.fail_limit):
            return False
    return True
