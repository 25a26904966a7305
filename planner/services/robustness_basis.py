"""By what was a plan's robustness judged that is not in the plan? The rules in force and the probes' figures (H-13).

Rules and figures are a site's to change, and a newer program may judge otherwise: what was kept is then of another
state, though not a point of the plan has moved.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from planner.domain.digest import content_hash
from planner.domain.errors import PlannerError
from planner.persistence.resources import probe_models, rule_set

if TYPE_CHECKING:
    from planner.domain.identity import Sha256
    from planner.domain.plan import Plan
    from planner.domain.probe import ProbeModel
    from planner.domain.robustness import Robustness
    from planner.domain.rule import RuleSet

ROBUSTNESS_VERSION = 1
"""Raised whenever the same draws may be judged otherwise."""


def basis_hash(plan: Plan) -> Sha256:
    """Return the hash of the rules in force, of what is known of the plan's probe models, and of how draws are judged.

    Raises
    ------
    ResourceInvalid
        When the rules cannot be read.
    """
    used = frozenset(probe.model_id for probe in plan.probes)
    models = tuple(model for model in probe_models() if model.id in used)
    return _hash_of(rule_set(plan.rule_set_id), models)


def is_of_now(told: Robustness, plan: Plan) -> bool:
    """Whether a result is of exactly this plan, by the rules and figures in force.

    One that does not say by which goes by its plan; without readable rules nothing is of now.
    """
    if told.plan_hash != plan.judged_hash:
        return False
    try:
        return told.basis_hash in ("", basis_hash(plan))
    except PlannerError:
        return False


@lru_cache(maxsize=8)
def _hash_of(rules: RuleSet, models: tuple[ProbeModel, ...]) -> Sha256:
    return content_hash((rules, models, ROBUSTNESS_VERSION))
