"""What can be done to the targets of a plan? Mark them, and accept by name what stands against freezing them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.domain.errors import PlanInvalid
from planner.domain.identity import TargetId

if TYPE_CHECKING:
    from planner.domain.plan import Plan
    from planner.domain.review import Acknowledgement
    from planner.domain.target import Target


@dataclass(frozen=True, slots=True)
class PutTarget:
    """Add a target, or replace the one of the same id; ``what`` is done to it, such as ``"add a point of"``."""

    target: Target
    merge_key: str = ""
    what: str = "edit target"

    @property
    def label(self) -> str:
        """Verb phrase."""
        words = self.target.words
        return f"{self.what} {words[:1].lower()}{words[1:]}"

    def apply(self, plan: Plan) -> Plan:
        """Put it."""
        return plan.with_target(self.target)


@dataclass(frozen=True, slots=True)
class RemoveTarget:
    """Take a target out of the plan."""

    target_id: TargetId
    name: str
    merge_key: str = ""

    @property
    def label(self) -> str:
        """Verb phrase."""
        return f"remove target {self.name}"

    def apply(self, plan: Plan) -> Plan:
        """Drop it, and what somebody has accepted of it."""
        plan.target(self.target_id)
        left = tuple(t for t in plan.targets if t.id != self.target_id)
        answers = tuple(ack for ack in plan.acknowledgements if ack.subject_id != self.target_id)
        return replace(plan, targets=left, acknowledgements=answers)


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Accept a finding about a target, by name and for a reason; a new acceptance replaces an older one."""

    acknowledgement: Acknowledgement
    merge_key: str = ""

    @property
    def label(self) -> str:
        """Verb phrase."""
        return f"acknowledge {self.acknowledgement.finding_code.replace('-', ' ')}"

    def apply(self, plan: Plan) -> Plan:
        """Put it; raises PlanInvalid when the target is not in the plan."""
        new = self.acknowledgement
        if new.subject_id:
            plan.target(TargetId(new.subject_id))
        kept = tuple(ack for ack in plan.acknowledgements if not _is_about(ack, new.finding_code, new.subject_id))
        return replace(plan, acknowledgements=(*kept, new))


@dataclass(frozen=True, slots=True)
class WithdrawAcknowledgement:
    """Take back what was accepted about a target."""

    finding_code: str
    subject_id: TargetId
    merge_key: str = ""

    @property
    def label(self) -> str:
        """Verb phrase."""
        return f"withdraw the acknowledgement of {self.finding_code.replace('-', ' ')}"

    def apply(self, plan: Plan) -> Plan:
        """Drop it; raises PlanInvalid when nobody has accepted it."""
        kept = tuple(a for a in plan.acknowledgements if not _is_about(a, self.finding_code, self.subject_id))
        if len(kept) == len(plan.acknowledgements):
            raise PlanInvalid(
                f"Nobody has acknowledged {self.finding_code.replace('-', ' ')}.", code="acknowledgement-unknown"
            )
        return replace(plan, acknowledgements=kept)


def _is_about(acknowledgement: Acknowledgement, finding_code: str, subject_id: str) -> bool:
    return acknowledgement.finding_code == finding_code and acknowledgement.subject_id == subject_id
