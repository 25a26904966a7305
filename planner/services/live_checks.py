"""What stands in the assessment while a probe moves? Its rows with the preview's numbers, and no verdict in any.

The rows are those of the last assessment, in its order, so that nothing jumps when the hand takes hold or lets go; a
plan that was never judged gets one for every margin and every target.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.domain.assessment import Check
from planner.domain.rule import Quantity, Rule, Verdict
from planner.planning.rules import QUANTITY_WORDS, limit_words, number
from planner.planning.structure_rules import margin_rule
from planner.report.numbers import judged, measure, mm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain.plan import Plan
    from planner.domain.preview import LiveCoverage, LiveMargin, LiveNumbers
    from planner.domain.rule import RuleSet
    from planner.domain.target import Target

NOT_JUDGED = "PREVIEW 2 mm: a value to steer by, not judged."
_AFTER = "Judged when the 1 mm result is there."
_EDGE = QUANTITY_WORDS[Quantity.EDGE_DISTANCE_MM]
_COLDEST = QUANTITY_WORDS[Quantity.MINIMUM_TEMPERATURE_C]
_TREATED = {
    Quantity.TREATED_LENGTH_MM: QUANTITY_WORDS[Quantity.TREATED_LENGTH_MM],
    Quantity.TREATED_SHARE_PERCENT: QUANTITY_WORDS[Quantity.TREATED_SHARE_PERCENT],
}
_READ_OFF = (*_TREATED, Quantity.MINIMUM_TEMPERATURE_C)


@dataclass(frozen=True, slots=True)
class LiveCheck:
    """One row while a probe moves: a check without verdict, and whether its value is only a bound."""

    check: Check
    is_bound: bool = False

    @property
    def value_words(self) -> str:
        """The value as printed; ``"> 15.0 mm"`` for a bound, an em dash where there is none."""
        check = self.check
        words = judged(check.value, check.unit, limits=(check.pass_limit, check.fail_limit))
        return _bounded(words, check.value, self.is_bound and check.value is not None)


def live_checks(
    plan: Plan, live: LiveNumbers | None, *, before: Sequence[Check], rules: RuleSet
) -> tuple[LiveCheck, ...]:
    """Return the rows to show; without numbers each stands there with an em dash.

    Parameters
    ----------
    before
        The last assessment's checks, in the order shown; empty when the plan was never judged.
    """
    if before:
        return tuple(_refilled(check, live) for check in before)
    return _fresh(plan, live, rules) if live is not None else ()


def worst_words(plan: Plan, live: LiveNumbers) -> str:
    """Return the margin nearest to failing its limit and each target's coverage, for one line."""
    known = [margin for margin in live.margins if margin.distance_mm is not None]
    parts = []
    if known:
        worst = min(known, key=_room_mm)
        parts.append(f"{worst.name} {_bounded(measure(worst.distance_mm, 'mm'), worst.distance_mm, worst.is_bound)}")
    at = f"≤ {number(live.isotherm_c)} °C"
    for target in plan.targets:
        covered = live.coverage_of(target.id)
        name = target.words if len(plan.targets) > 1 else "target"
        if covered is not None and covered.share_percent is not None:
            parts.append(f"{name} {measure(covered.share_percent, '%')} {at}")
        elif covered is not None and covered.treated_mm is not None and covered.segment_mm is not None:
            parts.append(f"{name} {mm(covered.treated_mm)} of {mm(covered.segment_mm)} {at}")
    return " · ".join(parts)


def _room_mm(margin: LiveMargin) -> tuple[bool, float]:
    """How near a margin is to its limit; those without a limit come after all with one."""
    limit_mm = margin.pass_limit_mm
    return limit_mm is None, (margin.distance_mm or 0.0) - (limit_mm or 0.0)


def _bounded(words: str, value: float | None, is_bound: bool) -> str:  # noqa: FBT001 - a fact of the value
    return f"{'<' if (value or 0.0) < 0 else '>'} {words}" if is_bound else words


def _refilled(check: Check, live: LiveNumbers | None) -> LiveCheck:
    """Return a row of the last assessment with what the preview says instead, or with nothing."""
    value, at, is_bound = None, None, False
    if live is not None:
        margin, coverage = live.margin_of(check.subject_id), live.coverage_of(check.subject_id)
        if margin is not None and check.quantity == _EDGE:
            value, at, is_bound = margin.distance_mm, margin.at_lps_mm, margin.is_bound
        elif coverage is not None:
            value = _covered(check.quantity, coverage)
    refilled = replace(check, verdict=Verdict.NOT_ASSESSED, value=value, reason=_reason(value), worst_point_lps_mm=at)
    return LiveCheck(refilled, is_bound)


def _covered(quantity: str, coverage: LiveCoverage) -> float | None:
    if quantity.startswith(_TREATED[Quantity.TREATED_LENGTH_MM]):
        return coverage.treated_mm
    if quantity.startswith(_TREATED[Quantity.TREATED_SHARE_PERCENT]):
        return coverage.share_percent
    return coverage.coldest_c if quantity == _COLDEST else None


def _reason(value: float | None) -> str:
    return NOT_JUDGED if value is not None else f"Not read off a preview. {_AFTER}"


def _fresh(plan: Plan, live: LiveNumbers, rules: RuleSet) -> tuple[LiveCheck, ...]:
    """Return a row for every target and every margin of a plan that was never judged."""
    rows = [row for target in plan.targets for row in _target_rows(target, live.coverage_of(target.id), rules)]
    for structure in plan.structures:
        margin, rule = live.margin_of(structure.id), margin_rule(structure, rules)
        if margin is not None and rule is not None:
            rows.append(_margin_row(margin, rule))
    return tuple(rows)


def _margin_row(margin: LiveMargin, rule: Rule) -> LiveCheck:
    check = Check(
        subject_id=margin.subject_id,
        subject_name=margin.name,
        subject_kind=margin.kind.value,
        quantity=_EDGE,
        verdict=Verdict.NOT_ASSESSED,
        value=margin.distance_mm,
        unit="mm",
        limit=limit_words(rule),
        reason=_reason(margin.distance_mm),
        worst_point_lps_mm=margin.at_lps_mm,
        pass_limit=rule.pass_limit,
        fail_limit=rule.fail_limit,
    )
    return LiveCheck(check, margin.is_bound)


def _target_rows(target: Target, coverage: LiveCoverage | None, rules: RuleSet) -> list[LiveCheck]:
    if coverage is None:
        return []
    rows = []
    for rule in rules.for_subject(target.subject_kind):
        if rule.quantity not in _READ_OFF:
            continue
        words = QUANTITY_WORDS[rule.quantity]
        value = _covered(words, coverage)
        if rule.quantity in _TREATED:
            words += f" at {number(rules.treatment_isotherm_c)} °C"
        check = Check(
            subject_id=target.id,
            subject_name=target.words,
            subject_kind=target.subject_kind,
            quantity=words,
            verdict=Verdict.NOT_ASSESSED,
            value=value,
            unit=rule.quantity.unit,
            limit=limit_words(rule),
            reason=_reason(value),
            pass_limit=rule.pass_limit,
            fail_limit=rule.fail_limit,
        )
        rows.append(LiveCheck(check))
    return rows
