"""What does a case keep of a plan? Where it lies and what it is for, and what was planned when a procedure began."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from uuid import uuid4

from planner.domain.case import CasePlan
from planner.domain.errors import PlanFileError
from planner.domain.identity import ProcedureId
from planner.domain.procedure import AS_PLANNED, PlannedProbe, PlannedProcedure, PlannedTarget, Procedure, UsedProbe
from planner.persistence.planglance import glance_at
from planner.persistence.planlook import NOT_OURS, open_or_look
from planner.persistence.resources import atlas, probe_models, rule_set
from planner.planning.ice_axes import ice_axes_mm
from planner.planning.moments import near_moments, treated_moments
from planner.planning.recovery import recovery

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from planner.domain.assessment import Assessment
    from planner.domain.identity import StructureId
    from planner.domain.plan import Plan
    from planner.domain.procedure import PlannedMoment
    from planner.domain.rule import RuleSet
    from planner.domain.simulation import SimulationResult
    from planner.domain.target import Target

    MaskOf = Callable[[StructureId], NDArray[np.bool_]]


def case_plan(plan: Plan, path: Path | str, *, at: str) -> CasePlan:
    """Return what a case keeps of a plan.

    Parameters
    ----------
    path
        Where the plan's file lies; empty for one without a file.
    at
        When it is added, ISO 8601 UTC.
    """
    return CasePlan(
        plan_id=plan.id,
        name=plan.name,
        path=str(path),
        plan_hash=plan.hash,
        case_kind=plan.case_kind,
        targets=tuple(target.words for target in plan.targets),
        atlas_ids=tuple(dict.fromkeys(target.atlas_id for target in plan.targets)),
        added_at=at,
    )


def case_plan_of_file(path: Path, *, at: str) -> CasePlan:
    """Return what a case keeps of the plan in a file; raise PlanFileError when it cannot be read."""
    return case_plan(glance_at(path).plan, path, at=at)


def planned_procedure(
    plan: Plan,
    result: SimulationResult | None = None,
    assessment: Assessment | None = None,
    *,
    mask_of: MaskOf | None = None,
) -> PlannedProcedure:
    """Return a copy of what was planned, for a record to keep.

    Parameters
    ----------
    result, assessment
        The prediction of exactly this plan and its verdicts; None leaves out the ice and the moments.
    mask_of
        Gives a structure's mask; None leaves out when the ice comes near the structures.
    """
    rules = rule_set(plan.rule_set_id)
    axes = None if result is None else ice_axes_mm(result.at_time_c(plan.protocol.freeze_end_s), result.grid)
    long_mm, short_mm = axes if axes is not None else (None, None)
    return PlannedProcedure(
        plan_id=plan.id,
        plan_name=plan.name,
        plan_hash=plan.hash,
        protocol=plan.protocol.title,
        probes=_probes(plan),
        targets=tuple(_target(target, rules) for target in plan.targets),
        phases=plan.protocol.phases,
        moments=_moments(plan, result, assessment, rules=rules, mask_of=mask_of),
        ice_long_mm=long_mm,
        ice_short_mm=short_mm,
        case_kind=plan.case_kind,
    )


def planned_in_file(path: Path) -> PlannedProcedure:
    """Return what the plan in a file says, without a prediction; one that another window holds is read as a copy.

    Raises
    ------
    PlanFileError
        When it cannot be read.
    """
    try:
        return planned_procedure(glance_at(path).plan)
    except PlanFileError as error:
        if error.code not in NOT_OURS:
            raise
    with TemporaryDirectory(prefix="frostline-") as folder:
        file = open_or_look(path, folder=Path(folder))
        try:
            return planned_procedure(file.steps()[-1].plan)
        finally:
            file.close()


def new_procedure(planned: PlannedProcedure | None, *, day: str, operator: str = "") -> Procedure:
    """Return an open record of a new id; nothing is filled in as done."""
    return Procedure(ProcedureId(uuid4().hex), day=day, operator=operator, planned=planned)


def as_planned(planned: PlannedProbe) -> UsedProbe:
    """Return a probe as used exactly where it was planned, for whoever states so."""
    return UsedProbe(
        label=planned.label,
        model_name=planned.model_name,
        planned_label=planned.label,
        tip_lps_mm=planned.tip_lps_mm,
        entry_lps_mm=planned.entry_lps_mm,
        depth_mm=planned.depth_mm,
        source=AS_PLANNED,
    )


def _probes(plan: Plan) -> tuple[PlannedProbe, ...]:
    names = {model.id: model.label for model in probe_models()}
    return tuple(
        PlannedProbe(
            probe_id=probe.id,
            label=probe.label,
            model_id=probe.model_id,
            model_name=names.get(probe.model_id, probe.model_id),
            tip_lps_mm=probe.tip_lps_mm,
            entry_lps_mm=probe.entry_lps_mm,
            depth_mm=probe.depth_mm,
            phases=plan.protocol.phases_of(probe.id),
        )
        for probe in plan.probes
    )


def _target(target: Target, rules: RuleSet) -> PlannedTarget:
    entry = next((entry for entry in atlas() if entry.id == target.atlas_id), None)
    told = recovery(target, rates=rules.regrowth_mm_per_day, entry=entry)
    return PlannedTarget(
        target_id=target.id,
        atlas_id=target.atlas_id,
        words=target.words,
        recovery_low_days=told.fastest_days,
        recovery_high_days=told.slowest_days,
        recovery_words=told.sentence,
    )


def _moments(
    plan: Plan,
    result: SimulationResult | None,
    assessment: Assessment | None,
    *,
    rules: RuleSet,
    mask_of: MaskOf | None,
) -> tuple[PlannedMoment, ...]:
    """Return what is expected when, in the order of time."""
    if result is None:
        return ()
    found = list(treated_moments(plan, result, isotherm_c=rules.treatment_isotherm_c))
    if assessment is not None and mask_of is not None:
        found.extend(near_moments(plan, result, assessment, mask_of))
    return tuple(sorted(found, key=lambda moment: (moment.at_s, moment.words)))
