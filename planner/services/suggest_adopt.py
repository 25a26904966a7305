"""How does a suggestion become the plan? By one edit that somebody makes, and undo takes back (H-31)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.domain.suggestion import with_candidate

if TYPE_CHECKING:
    from planner.domain.plan import Plan
    from planner.domain.suggestion import SuggestCandidate


@dataclass(frozen=True, slots=True)
class AdoptSuggestion:
    """Put a candidate's probes and protocol in place of the plan's; locked probes stay."""

    candidate: SuggestCandidate
    merge_key: str = ""

    @property
    def label(self) -> str:
        """Verb phrase."""
        return f"adopt suggestion {self.candidate.name}"

    def apply(self, plan: Plan) -> Plan:
        """Put them; raises PlanInvalid when the plan would hold too many probes."""
        return with_candidate(plan, self.candidate)


def is_what_was_judged(plan: Plan, candidate: SuggestCandidate) -> bool:
    """Whether adopting a candidate now gives exactly the plan that its figures were computed of (H-13)."""
    return with_candidate(plan, candidate).judged_hash == candidate.plan_hash
