"""How do the variations of a plan compare? Each computed on the same coarse cells and judged by the plan's own limits.

One body at rest serves all of them: they differ in probes, models and schedule alone. What is adopted is computed anew
like every edit; a row is never a verdict of the plan (H-26).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.digest import content_hash
from planner.domain.errors import PlanInvalid, SimulationRefused
from planner.domain.progress import silent
from planner.domain.what_if import Variation, VariationKind, WhatIfRow, WhatIfTable
from planner.services.protocol_commands import ChooseProtocol, named
from planner.services.robustness_draws import require_within_scan

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from planner.domain.geometry import Grid
    from planner.domain.plan import Plan
    from planner.domain.probe import ProbeModel
    from planner.domain.progress import Partial, Progress
    from planner.domain.protocol import Protocol
    from planner.domain.simulation import SimulationRequest
    from planner.persistence.blobs import BlobStore
    from planner.planning.robust_limits import IceLimits, PathLimits
    from planner.services.what_if_tasks import CompareWhatIf
    from planner.thermal.run import Prepared

SPACING_MM = 2.0
_PHASE = "Comparing variations"


@dataclass(frozen=True, slots=True)
class AdoptWhatIf:
    """Make one variation the plan."""

    variation: Variation
    merge_key: str = ""

    @property
    def label(self) -> str:
        """Verb phrase."""
        words = self.variation.words
        return f"adopt “{words}”"

    def apply(self, plan: Plan) -> Plan:
        """Change that one thing; raises PlanInvalid when the plan does not allow it (any more)."""
        from planner.planning.what_if import varied

        presets = nerve_presets()
        if self.variation.kind is VariationKind.SCHEDULE:
            preset = next((each for each in presets if each.name == self.variation.item_id), None)
            if preset is not None:
                return ChooseProtocol(preset).apply(plan)
        changed = varied(plan, self.variation, presets=presets)
        if changed.protocol == plan.protocol:
            return changed
        return replace(changed, protocol=named(changed.protocol, before=plan.protocol))


def nerve_presets() -> tuple[Protocol, ...]:
    """Return the schedules published for nerves that can be chosen."""
    from planner.persistence.protocol_table import PresetGroup
    from planner.persistence.resources import presets

    return tuple(
        preset.protocol for preset in presets() if preset.group is PresetGroup.NERVE and preset.protocol is not None
    )


def compare_what_if(request: CompareWhatIf, *, blobs: BlobStore, progress: Progress, partial: Partial) -> WhatIfTable:
    """Task: compute every variation of a plan; ``partial`` gets the table as it grows.

    Raises
    ------
    PlanInvalid
        With the sentence why the plan as it is cannot be predicted.
    """
    from planner.persistence.resources import atlas, probe_models, rule_set
    from planner.planning.permission import require_answers
    from planner.planning.what_if import offered

    plan = request.plan
    require_answers(plan, atlas())
    models = probe_models()
    choice = offered(plan, models=models, presets=nerve_presets())
    progress(0, len(choice.variations) + 1, _PHASE)
    tried = [(None, plan, ""), *((variation, *_applied(plan, variation)) for variation in choice.variations)]
    bench = _Bench.of(request, [changed for _, changed, _ in tried], models=models, blobs=blobs)
    rules_hash = content_hash(rule_set(plan.rule_set_id))
    rows: list[WhatIfRow] = []
    for number, (variation, changed, refusal) in enumerate(tried):
        progress(number, len(tried), _PHASE)
        row = WhatIfRow(variation, reason=refusal) if refusal else bench.row(variation, changed)
        if variation is None and row.reason:
            raise PlanInvalid(row.reason, code="what-if-plan")
        rows.append(row)
        table = WhatIfTable(plan.judged_hash, rules_hash, SPACING_MM, bench.limits, tuple(rows), choice.left_out)
        partial(table)
    return table


def _applied(plan: Plan, variation: Variation) -> tuple[Plan, str]:
    """Return the plan of a variation, or the plan as it is and why there is none."""
    try:
        return AdoptWhatIf(variation).apply(plan), ""
    except PlanInvalid as refusal:
        return plan, str(refusal)


class _Bench:
    """A plan laid out for all its variations: one box, one body at rest, one set of distance maps."""

    def __init__(
        self, box: Grid, ice: IceLimits, paths: PathLimits, *, rest: Callable[[SimulationRequest], Prepared]
    ) -> None:
        from planner.planning.what_if import reach_keys

        self._box, self._ice, self._paths, self._rest = box, ice, paths, rest
        self.limits = (*ice.keys, *paths.keys, *reach_keys(paths.probes))

    @classmethod
    def of(
        cls, request: CompareWhatIf, plans: Sequence[Plan], *, models: Sequence[ProbeModel], blobs: BlobStore
    ) -> _Bench:
        """Lay out box and limits for the plans that can be predicted at all."""
        from planner.persistence.resources import rule_set
        from planner.planning.request import common_box
        from planner.planning.robust_limits import IceLimits, PathLimits
        from planner.services.prediction import body_at_rest

        plan, known = request.plan, {model.id: model for model in models}
        require_within_scan(plan.probes, known, plan.volume.grid)
        fitting = [each for each in plans if _is_within(each, known)]
        box = common_box([plan, *fitting], models=models, spacing_mm=SPACING_MM)
        masks = {structure.id: blobs.get(structure.mask) for structure in plan.structures}
        rules = rule_set(plan.rule_set_id)
        ends = [end for each in plans for probe in each.probes for end in (probe.entry_lps_mm, probe.tip_lps_mm)]
        ice = IceLimits.of(plan, rules, masks, round_ice=box)
        paths = PathLimits.of(plan, rules, masks, models=known, ends_lps_mm=np.asarray(ends, dtype=np.float64))
        return cls(
            box, ice, paths, rest=lambda asked: body_at_rest(asked, request.volume, blobs=blobs, progress=silent)
        )

    def row(self, variation: Variation | None, plan: Plan) -> WhatIfRow:
        """Compute one plan and read the limits off; what cannot be computed says so."""
        from planner.persistence.resources import body_conditions, probe_models, tissues
        from planner.planning.request import boxed_request
        from planner.planning.robust_limits import DrawnField
        from planner.planning.what_if import coldest_in_targets_c, reach_values
        from planner.thermal.checks import reaches_edge
        from planner.thermal.run import coldest_c

        models = probe_models()
        try:
            asked = boxed_request(plan, self._box, models=models, tissues=tissues(), conditions=body_conditions())
            body = self._rest(asked)
            field_c = coldest_c(asked, body)
        except (PlanInvalid, SimulationRefused) as refusal:
            return WhatIfRow(variation, reason=str(refusal))
        ice = DrawnField(field_c, self._box, reaches_edge(body.baseline_c, field_c, field_c))
        values, coverages = self._ice.values(ice)
        reach = reach_values(plan.probes, {model.id: model for model in models})
        return WhatIfRow(
            variation,
            (*values, *self._paths.values(plan.probes), *reach),
            coverages,
            coldest_in_targets_c(plan.targets, ice),
        )


def _is_within(plan: Plan, models: dict[str, ProbeModel]) -> bool:
    try:
        require_within_scan(plan.probes, models, plan.volume.grid)
    except PlanInvalid:
        return False
    return True
