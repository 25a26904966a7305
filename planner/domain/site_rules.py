"""Which limits has a site changed, and may it? Changes laid over the shipped rules, the shipped ones never lost.

A site may move a limit, either way; it may not switch a rule off. Every change names a document, a person and a reason
(H-52), and a rule of a site carries the status “site” wherever it is printed.
"""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.domain.datum import Status
from planner.domain.digest import content_hash, short_hash
from planner.domain.errors import InputRefused
from planner.domain.rule import Operator, Quantity, Rule, RuleSet

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST_TEXT = 200
PLAUSIBLE: dict[Quantity, tuple[float, float]] = {
    Quantity.EDGE_DISTANCE_MM: (0.0, 50.0),
    Quantity.MINIMUM_TEMPERATURE_C: (-150.0, 37.0),
    Quantity.FROZEN_VOLUME_ML: (0.0, 200.0),
    Quantity.PATH_DISTANCE_MM: (0.0, 50.0),
    Quantity.PATH_LENGTH_INSIDE_MM: (0.0, 50.0),
    Quantity.TREATED_LENGTH_MM: (1.0, 100.0),
    Quantity.NEURAPRAXIA_LENGTH_MM: (0.0, 100.0),
    Quantity.TREATED_SHARE_PERCENT: (10.0, 100.0),
    Quantity.TREATED_DIAMETER_PERCENT: (10.0, 100.0),
    Quantity.BLOCK_RELIEF_PERCENT: (10.0, 100.0),
}
"""What a limit of a site may be (project default): slips of unit and of a digit fall outside, judgement does not."""


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One entry of a site's history of rules.

    Parameters
    ----------
    pass_limit, fail_limit
        The new limits, in the unit of the rule's quantity; both ``None`` when the shipped rule is put back.
    source
        Document of the site that the limits stand in; empty when the shipped rule is put back.
    who, why
        Who answers for it, and for which reason.
    at
        When, ISO 8601 UTC.
    puts_back
        Whether the shipped rule holds again.
    """

    rule_id: str
    pass_limit: float | None
    fail_limit: float | None
    source: str
    who: str
    why: str
    at: str
    puts_back: bool = False


def with_changes(shipped: RuleSet, changes: Iterable[RuleChange]) -> RuleSet:
    """Return the rules in force: of each rule its last change, else the shipped one.

    Raises
    ------
    InputRefused
        When a change is of an unknown rule, or :func:`refuse_change` says no.
    """
    by_id = {rule.id: rule for rule in shipped.rules}
    in_force = dict(by_id)
    for change in changes:
        default = by_id.get(change.rule_id)
        if default is None:
            raise InputRefused(f"There is no rule “{change.rule_id}” in this version.", code="site-rule-unknown")
        refuse_change(default, change)
        in_force[change.rule_id] = default if change.puts_back else changed_rule(default, change)
    return replace(shipped, rules=tuple(in_force.values()))


def changed_rule(default: Rule, change: RuleChange) -> Rule:
    """Return a shipped rule with the site's limits, source and status."""
    return replace(
        default,
        pass_limit=change.pass_limit,
        fail_limit=change.fail_limit,
        source=change.source,
        status=Status.SITE,
    )


def refuse_change(default: Rule, change: RuleChange) -> None:
    """Raise InputRefused, with what is wrong and what to do, unless the change can stand."""
    for words, text in (("who changes it", change.who), ("why it is changed", change.why)):
        _require_text(words, text)
    if change.puts_back:
        return
    _require_text("the document of your site that the limits stand in", change.source)
    _require_limits(default, change)
    low, high = PLAUSIBLE[default.quantity]
    unit = default.quantity.unit
    for word, value in (("pass", change.pass_limit), ("fail", change.fail_limit)):
        if value is not None and not (math.isfinite(value) and low <= value <= high):
            raise InputRefused(
                f"The {word} limit {value:g} {unit} is outside {low:g} to {high:g} {unit}; check its unit and digits.",
                code="site-rule-range",
            )
    good, bad = change.pass_limit, change.fail_limit
    if good is None or bad is None:
        return
    if (bad > good) if default.operator is Operator.AT_LEAST else (bad < good):
        side = "below" if default.operator is Operator.AT_LEAST else "above"
        raise InputRefused(
            f"The fail limit {bad:g} {unit} must not lie on the passing side of {good:g} {unit}: enter one {side} it, "
            "or the same.",
            code="site-rule-order",
        )


def is_looser(rule: Rule, default: Rule) -> bool:
    """Whether a rule lets something pass, or spares it a FAIL, that the shipped one does not."""
    sign = 1.0 if default.operator is Operator.AT_LEAST else -1.0

    def gives_way(limits: tuple[float | None, float | None]) -> bool:
        now, shipped = limits
        return shipped is not None and (now is None or sign * now < sign * shipped)

    # A limit where none was shipped can let pass what was never judged.
    newly_passes = default.pass_limit is None and rule.pass_limit is not None
    return (
        newly_passes
        or gives_way((rule.pass_limit, default.pass_limit))
        or gives_way((rule.fail_limit, default.fail_limit))
    )


def site_rules(rules: RuleSet) -> tuple[Rule, ...]:
    """Return the rules that the site has changed, in order."""
    return tuple(rule for rule in rules.rules if rule.status is Status.SITE)


def rule_set_words(rules: RuleSet) -> str:
    """Return which rules these are: ``"shipped rules"`` or ``"site rules, 2 of 61 changed by the site"``."""
    changed = len(site_rules(rules))
    return f"site rules, {changed} of {len(rules.rules)} changed by the site" if changed else "shipped rules"


def other_rules_sentence(rule_set_hash: str, rules: RuleSet) -> str:
    """Say that a plan notes other rules than those it is judged by here, those in force; else empty.

    Verdicts are always made by the rules in force, so what is other is what the plan was last known to be judged by. A
    plan that never noted its own has nothing to say.
    """
    in_force = content_hash(rules)
    if not rule_set_hash or rule_set_hash == in_force:
        return ""
    return (
        f"The plan notes other rules ({short_hash(rule_set_hash)}). It is judged here by the rules in force, "
        f"{rule_set_words(rules)} ({short_hash(in_force)})."
    )


def stale_verdicts_sentence(judged_hash: str, rules: RuleSet) -> str:
    """Say that the verdicts shown are by other rules than those in force; empty when they are not."""
    in_force = content_hash(rules)
    if judged_hash == in_force:
        return ""
    return (
        f"The verdicts are by other rules ({short_hash(judged_hash)}). In force are {rule_set_words(rules)} "
        f"({short_hash(in_force)})."
    )


def _require_limits(default: Rule, change: RuleChange) -> None:
    """Refuse to switch off what the shipped rule judges: no check can be turned off."""
    if change.pass_limit is None:
        raise InputRefused(
            "A rule needs the limit it passes at; it can be moved, but not switched off.", code="site-rule-off"
        )
    if change.fail_limit is None and default.fail_limit is not None:
        raise InputRefused(
            f"The shipped rule fails at {default.fail_limit:g} {default.quantity.unit}; enter the limit at which it "
            "fails at your site.",
            code="site-rule-off",
        )


def _require_text(words: str, text: str) -> None:
    if not text.strip():
        raise InputRefused(f"Enter {words}.", code="site-rule-text")
    if len(text) > LONGEST_TEXT:
        raise InputRefused(
            f"{words[:1].upper()}{words[1:]}: {len(text)} characters are too many; at most {LONGEST_TEXT} fit.",
            code="site-rule-text",
        )
    if any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in text):
        raise InputRefused(
            f"{words[:1].upper()}{words[1:]}: write it on one line, without control characters.", code="site-rule-text"
        )
