"""What is printed of the rules? Those that the site has changed, each beside the shipped one, so that both are seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.site_rules import is_looser, site_rules
from planner.persistence.resources import shipped_rule_set
from planner.planning.rules import QUANTITY_WORDS, limit_words
from planner.report import numbers
from planner.report.printed import PrintedRule

if TYPE_CHECKING:
    from planner.domain.rule import RuleSet

LOOSER = "Lets pass, or spares a FAIL, where the shipped rule does not."


def printed_site_rules(rules: RuleSet) -> tuple[PrintedRule, ...]:
    """List every rule that the site has changed; nothing where the shipped ones are in force (H-52)."""
    changed = site_rules(rules)
    if not changed:
        return ()
    shipped = {rule.id: rule for rule in shipped_rule_set(rules.id).rules}
    printed = []
    for rule in changed:
        default = shipped.get(rule.id)
        printed.append(
            PrintedRule(
                subject=rule.subject,
                quantity=QUANTITY_WORDS[rule.quantity],
                site=limit_words(rule),
                shipped=numbers.MISSING if default is None else limit_words(default),
                warning=LOOSER if default is not None and is_looser(rule, default) else "",
            )
        )
    return tuple(printed)
