"""By which rules is a plan judged? By those in force here; a plan notes them, and taking others over is an edit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.domain.digest import content_hash
from planner.persistence.resources import rule_set

if TYPE_CHECKING:
    from planner.domain.identity import Sha256
    from planner.domain.plan import Plan


@dataclass(frozen=True, slots=True)
class UseRules:
    """Note the rules in force as those that the plan is judged by: its verdicts are made anew."""

    rule_set_hash: Sha256
    merge_key: str = ""

    @property
    def label(self) -> str:
        """Verb phrase."""
        return "judge by the rules in force"

    def apply(self, plan: Plan) -> Plan:
        """Note it; raises PlanInvalid when it is no hash."""
        return replace(plan, rule_set_hash=self.rule_set_hash)


def rules_in_force(plan: Plan) -> UseRules:
    """Return the edit that takes the rules in force over."""
    return UseRules(content_hash(rule_set(plan.rule_set_id)))
