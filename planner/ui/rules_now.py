"""Which rules is a plan judged by now? Their hash: what was told under other rules is stale, too (H-13, H-52)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.digest import content_hash
from planner.domain.errors import PlannerError
from planner.persistence.resources import rule_set

if TYPE_CHECKING:
    from planner.domain.plan import Plan
    from planner.domain.rule import RuleSet

_LAST: list[tuple[RuleSet, str]] = []
"""The rules asked for last with their hash: they change once in months and are asked for at every edit."""


def rules_hash_now(plan: Plan) -> str:
    """Return the hash of the rules in force for a plan; empty when they cannot be read."""
    try:
        rules = rule_set(plan.rule_set_id)
    except PlannerError:  # the banner of the rules says why
        return ""
    if not _LAST or _LAST[0][0] is not rules:
        _LAST[:] = [(rules, content_hash(rules))]
    return _LAST[0][1]


def are_rules_now(rules_hash: str, plan: Plan) -> bool:
    """Whether these are the rules in force; while those cannot be read nothing is of them."""
    now = rules_hash_now(plan)
    return bool(now) and rules_hash == now
