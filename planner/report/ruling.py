"""What is printed of the rules? Those that the site has changed, each beside the shipped one, so that both are seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.site_rules import is_looser, site_rules
from planner.persistence.resources import shipped_rule_set
from planner.planning.rules import QUANTITY_WORDS, limit_words
from planner.report import numbers
from planner.report.printed import PrintedRule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planner.domain.rule import Rule, RuleSet
    from planner.domain.site_rules import RuleChange

LOOSER = "Lets pass, or spares a FAIL, where the shipped rule does not."


def printed_site_rules(rules: RuleSet, changes: Iterable[RuleChange] = ()) -> tuple[PrintedRule, ...]:
    """List every rule that the site has changed; nothing where the shipped ones are in force (H-52).

    ``changes`` is the site's record, the oldest first: each rule says who changed it last, when and why.
    """
    changed = site_rules(rules)
    if not changed:
        return ()
    shipped, last = _shipped(rules), {change.rule_id: change for change in changes}
    printed = []
    for rule in changed:
        default, change = shipped.get(rule.id), last.get(rule.id)
        printed.append(
            PrintedRule(
                subject=rule.subject,
                quantity=QUANTITY_WORDS[rule.quantity],
                site=limit_words(rule),
                shipped=numbers.MISSING if default is None else limit_words(default),
                warning=LOOSER if default is not None and is_looser(rule, default) else "",
                who="" if change is None else change.who,
                when="" if change is None else numbers.utc_minute(change.at),
                why="" if change is None else change.why,
            )
        )
    return tuple(printed)


def site_rules_sentence(rules: RuleSet) -> str:
    """Say for the first page how many rules are the site's, and how many of them looser; empty without any (H-52)."""
    changed = site_rules(rules)
    if not changed:
        return ""
    shipped = _shipped(rules)
    looser = sum(rule.id in shipped and is_looser(rule, shipped[rule.id]) for rule in changed)
    return f"Judged by site rules: {len(changed)} of {len(rules.rules)} changed, {looser or 'none'} looser."


def _shipped(rules: RuleSet) -> dict[str, Rule]:
    return {rule.id: rule for rule in shipped_rule_set(rules.id).rules}
