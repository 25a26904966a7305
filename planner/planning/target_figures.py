"""What does the freeze do to one target, in figures? Lengths at each isotherm, times held, pieces too warm or too cold.

Figures stand beside the checks and are no verdicts. How cold a nerve ever was comes from the solver's coldest-ever
field; how long it stays there comes from the stored times, between which temperature is linear.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from planner.domain.rule import Quantity
from planner.domain.target import TargetBody
from planner.domain.target_figures import LevelReach, TargetFigures
from planner.planning.coverage import (
    STEP_MM,
    BodyCoverage,
    NerveCoverage,
    body_volume_points,
    circumference_shares,
    pieces_between,
    runs_below,
    section_points,
)
from planner.planning.nerve import smooth_curve
from planner.thermal.exposure import at_points_c, time_below_s

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from planner.domain.identity import TargetId
    from planner.domain.rule import Rule, RuleSet
    from planner.domain.simulation import SimulationResult
    from planner.domain.target import Target
    from planner.domain.target_figures import Pieces
    from planner.planning.evidence import Evidence

REPORTED_C = (-20.0, -40.0, -60.0)
"""Reported beside the rules' own treatment isotherm, because the sources disagree at −20 °C (EVANS1981, ZHOU1983)."""
_WINDOW_STEP_MM = 0.1


def reported_levels_c(isotherm_c: float) -> tuple[float, ...]:
    """Return the isotherms at which a target is reported, the warmest first."""
    return tuple(sorted({isotherm_c, *REPORTED_C}, reverse=True))


def followed_points(target: Target) -> NDArray[np.float64]:
    """Return the points of a target whose temperature is followed over time, shape (N, 3), LPS mm.

    A nerve's cross-sections one after the other, a body's volume; none of a nerve of unknown diameter.
    """
    if isinstance(target.course, TargetBody):
        return body_volume_points(target.course)
    if target.diameter_mm is None:
        return np.empty((0, 3))
    return section_points(smooth_curve(target.course, step_mm=STEP_MM), target.diameter_mm).reshape(-1, 3)


def targets_over_time(targets: Sequence[Target], result: SimulationResult) -> dict[TargetId, NDArray[np.float64]]:
    """Return temperature over time at the followed points of all targets, by target, shape (times, N), °C.

    One walk through the stored times serves them all.
    """
    points = [followed_points(target) for target in targets]
    if not sum(len(each) for each in points):
        return {target.id: np.empty((len(result.times_s), 0)) for target in targets}
    over_time_c = at_points_c(result.history, result.grid, np.concatenate(points))
    parts = np.split(over_time_c, np.cumsum([len(each) for each in points])[:-1], axis=1)
    return dict(zip((target.id for target in targets), parts, strict=True))


def nerve_figures(evidence: Evidence, target: Target, coverage: NerveCoverage, *, diameter_mm: float) -> TargetFigures:
    """Return the figures of a nerve of known diameter."""
    result, rules = evidence.result, evidence.rules
    arc_mm, segment_mm = coverage.curve.arc_mm, coverage.segment_mm
    within_mm = _within(arc_mm, segment_mm)
    warmest_c = np.interp(within_mm, arc_mm, coverage.warmest_c)
    coldest_c = np.interp(within_mm, arc_mm, coverage.coldest_c)
    isotherm_c = rules.treatment_isotherm_c
    shares = circumference_shares(coverage.curve, diameter_mm, result.minimum_c, result.grid, level_c=isotherm_c)
    around = np.interp(within_mm, arc_mm, 100 * shares)
    asked_mm = _asked(rules, target, Quantity.TREATED_LENGTH_MM)
    sections_c = _sections_over_time(coverage, evidence.over_time_c[target.id])
    times = _times(result, rules, asked_c=_pieces_c(sections_c, within_mm, asked_mm), parts_c=sections_c)
    cold = _rule(rules, target, Quantity.MINIMUM_TEMPERATURE_C)
    return TargetFigures(
        target.id,
        tuple(_nerve_reach(coverage, level_c, *held) for level_c, held in times.items()),
        coldest_c=float(coldest_c.min()),
        warmest_c=float(warmest_c.max()),
        around_percent=float(around.min()),
        under_treated_mm=under_treated(coverage, rules),
        coldest_at_lps_mm=coverage.at(float(within_mm[int(np.argmin(coldest_c))])),
        warmest_at_lps_mm=coverage.at(float(within_mm[int(np.argmax(warmest_c))])),
        segment_mm=segment_mm,
        around_mean_percent=float(np.trapezoid(around, within_mm) / (segment_mm[1] - segment_mm[0])),
        caution_mm=_colder_than(coverage, None if cold is None else cold.pass_limit),
        neurotmesis_mm=_colder_than(coverage, None if cold is None else cold.fail_limit),
        asked_mm=asked_mm,
    )


def body_figures(evidence: Evidence, target: Target, coverage: BodyCoverage) -> TargetFigures:
    """Return the figures of a ganglion, plexus or gland."""
    rules, over_time_c = evidence.rules, evidence.over_time_c[target.id]
    asked_percent = _asked(rules, target, Quantity.TREATED_SHARE_PERCENT)
    times = _times(evidence.result, rules, asked_c=_coldest_share_c(over_time_c, asked_percent), parts_c=over_time_c)
    return TargetFigures(
        target.id,
        tuple(
            LevelReach(level_c, share_percent=coverage.share_percent(level_c), hold_s=hold_s, core_s=core_s)
            for level_c, (hold_s, core_s) in times.items()
        ),
        coldest_c=coverage.coldest_c,
        warmest_c=coverage.warmest_c,
        coldest_at_lps_mm=coverage.coldest_at_lps_mm,
        warmest_at_lps_mm=coverage.warmest_at_lps_mm,
        asked_percent=asked_percent,
    )


def under_treated(coverage: NerveCoverage, rules: RuleSet) -> Pieces:
    """Return the pieces of the treated part that get cold, but not to the treatment isotherm: neurapraxia.

    Empty where the rules hold no neurapraxia band.
    """
    warmest_allowed_c = rules.neurapraxia_c.upper
    if warmest_allowed_c is None or warmest_allowed_c <= rules.treatment_isotherm_c:
        return ()
    return tuple(
        pieces_between(
            coverage.curve.arc_mm,
            coverage.warmest_c,
            coverage.segment_mm,
            above_c=rules.treatment_isotherm_c,
            upto_c=warmest_allowed_c,
        )
    )


def _nerve_reach(coverage: NerveCoverage, level_c: float, hold_s: float | None, core_s: float | None) -> LevelReach:
    runs = runs_below(coverage.curve.arc_mm, coverage.warmest_c - level_c, coverage.segment_mm)
    lengths = [end - start for start, end in runs]
    return LevelReach(level_c, float(sum(lengths)), max(lengths, default=0.0), hold_s=hold_s, core_s=core_s)


def _colder_than(coverage: NerveCoverage, limit_c: float | None) -> Pieces:
    """Return the pieces of the nerve as drawn that are anywhere colder than a limit, at which a rule still passes."""
    if limit_c is None:
        return ()
    excess = coverage.coldest_c - np.nextafter(limit_c, -np.inf)
    return tuple(runs_below(coverage.curve.arc_mm, excess, (0.0, coverage.curve.length_mm)))


def _rule(rules: RuleSet, target: Target, quantity: Quantity) -> Rule | None:
    return next((rule for rule in rules.for_subject(target.subject_kind) if rule.quantity is quantity), None)


def _asked(rules: RuleSet, target: Target, quantity: Quantity) -> float | None:
    rule = _rule(rules, target, quantity)
    return None if rule is None else rule.pass_limit


def _within(arc_mm: NDArray[np.float64], segment_mm: tuple[float, float]) -> NDArray[np.float64]:
    """Return the arc lengths of the samples within a segment, and of its two ends."""
    start, end = segment_mm
    return np.concatenate(([start], arc_mm[(arc_mm > start) & (arc_mm < end)], [end]))


# --- time ------------------------------------------------------------------------------------------------------------


def _sections_over_time(coverage: NerveCoverage, over_time_c: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the warmest point of each cross-section of the treated part at the stored times, shape (N, M), °C."""
    arc_mm = coverage.curve.arc_mm
    warmest_c = over_time_c.reshape(len(over_time_c), len(arc_mm), -1).max(axis=2)
    within_mm = _within(arc_mm, coverage.segment_mm)
    return np.stack([np.interp(within_mm, arc_mm, row) for row in warmest_c])


def _pieces_c(
    sections_c: NDArray[np.float64], within_mm: NDArray[np.float64], asked_mm: float | None
) -> NDArray[np.float64] | None:
    """Return, over time, the warmest temperature of every unbroken piece as long as asked, shape (N, pieces), °C.

    None where nothing is asked, or the treated part is shorter. A piece stays where it is: two freezes that each reach
    another piece hold neither of them for both.
    """
    start, end = float(within_mm[0]), float(within_mm[-1])
    if asked_mm is None or asked_mm <= 0 or end - start < asked_mm - 1e-6:
        return None
    steps = int(np.ceil(asked_mm / _WINDOW_STEP_MM))
    step_mm = asked_mm / steps
    even_mm = start + step_mm * np.arange(int((end - start) / step_mm + 1e-6) + 1)
    even_c = np.stack([np.interp(even_mm, within_mm, row) for row in sections_c])
    pieces_c = np.lib.stride_tricks.sliding_window_view(even_c, steps + 1, axis=1)
    return np.asarray(pieces_c.max(axis=2))


def _coldest_share_c(points_c: NDArray[np.float64], asked_percent: float | None) -> NDArray[np.float64] | None:
    """Return, over time, the temperature that the share asked for does not exceed, shape (N, 1), °C."""
    if asked_percent is None:
        return None
    last = int(np.clip(np.ceil(points_c.shape[1] * asked_percent / 100), 1, points_c.shape[1])) - 1
    return np.partition(points_c, last, axis=1)[:, last : last + 1]


def _times(
    result: SimulationResult, rules: RuleSet, *, asked_c: NDArray[np.float64] | None, parts_c: NDArray[np.float64]
) -> dict[float, tuple[float | None, float | None]]:
    """Return, by isotherm, how long what is asked for and how long the best part is at or below it, s."""
    levels_c = reported_levels_c(rules.treatment_isotherm_c)
    best = _longest_s(result, parts_c, levels_c)
    asked = [None] * len(levels_c) if asked_c is None else _longest_s(result, asked_c, levels_c)
    return dict(zip(levels_c, zip(asked, best, strict=True), strict=True))


def _longest_s(
    result: SimulationResult, parts_c: NDArray[np.float64], levels_c: tuple[float, ...]
) -> list[float | None]:
    """Return the time at or below each level of the part that stays longest, s; None where none gets there."""
    below_s = time_below_s(result.times_s, parts_c, levels_c=levels_c)
    return [float(row.max()) or None for row in below_s]
