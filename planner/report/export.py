"""What travels with the report? The plan and its assessment as canonical JSON, byte for byte what was hashed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.digest import canonical_json

if TYPE_CHECKING:
    from planner.domain.assessment import Assessment
    from planner.domain.plan import Plan


def plan_json(plan: Plan) -> bytes:
    """Return the plan's canonical JSON; its sha256 is the plan hash, so ``sha256sum plan.json`` checks it."""
    return canonical_json(plan)


def assessment_json(assessment: Assessment) -> bytes:
    """Return the assessment's canonical JSON; it names the plan, the prediction and the rules it was made from."""
    return canonical_json(assessment)
