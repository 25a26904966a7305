"""Which variations of a plan are worth a look? What plan each of them is, and what its figures come to.

Freeze times, published schedules, probe models and depths, one change at a time. The limits are the assessment's own
(:mod:`planner.planning.robust_limits`) with the usable length of every probe, which a depth or a model changes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.datum import Status
from planner.domain.errors import PlanInvalid
from planner.domain.geometry import point
from planner.domain.protocol import Phase, PhaseKind
from planner.domain.robustness import LimitKey, LimitValue
from planner.domain.rule import Quantity, Verdict
from planner.domain.target import TargetBody
from planner.domain.what_if import Variation, VariationKind, WhatIfRow
from planner.planning.coverage import body_coverage, nerve_coverage
from planner.planning.phase_edits import with_schedules
from planner.planning.rules import number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from planner.domain.plan import Plan
    from planner.domain.probe import ProbeModel, ProbePlacement
    from planner.domain.protocol import Protocol
    from planner.domain.target import Target
    from planner.planning.phase_edits import Whose
    from planner.planning.robust_limits import DrawnField

FREEZE_STEPS_S = (-120.0, -60.0, 60.0, 120.0)
DEPTH_STEPS_MM = (-5.0, -2.0, 2.0, 5.0)
SHORTEST_FREEZE_S = 30.0
"""A freeze cut shorter than this is not offered: it would hardly be one."""
_LONGEST_PHASE_S = 3600.0
_USABLE = "usable length"


@dataclass(frozen=True, slots=True)
class Offered:
    """The variations of a plan in reading order, and sentences on what is not among them."""

    variations: tuple[Variation, ...]
    left_out: tuple[str, ...]


# --- which ---------------------------------------------------------------------------------------------------------


def offered(plan: Plan, *, models: Sequence[ProbeModel], presets: Sequence[Protocol]) -> Offered:
    """Return what can be varied of a plan; ``presets`` are the schedules published for nerves."""
    left_out: list[str] = []
    found = [
        *_freeze_times(plan, left_out),
        *_schedules(plan, presets),
        *_models(plan, models, left_out),
        *_depths(plan, left_out),
    ]
    return Offered(tuple(found), tuple(left_out))


def _freeze_times(plan: Plan, left_out: list[str]) -> Iterator[Variation]:
    schedules = (plan.protocol.phases, *(own.phases for own in plan.protocol.exceptions))
    freezes = [phase for phases in schedules for phase in phases if phase.kind is PhaseKind.FREEZE]
    shortest_s = min((phase.duration_s for phase in freezes), default=0.0)
    longest_s = max((phase.duration_s for phase in freezes), default=0.0)
    each = "each freeze " if len([p for p in plan.protocol.phases if p.kind is PhaseKind.FREEZE]) > 1 else ""
    for step_s in FREEZE_STEPS_S:
        minutes = number(abs(step_s) / 60)
        words = f"{each}{minutes} min {'longer' if step_s > 0 else 'shorter'}".capitalize()
        if shortest_s + step_s < SHORTEST_FREEZE_S:
            left = number(max(shortest_s + step_s, 0.0))
            left_out.append(f"{words} is not offered: of the shortest freeze {left} s would be left.")
        elif longest_s + step_s > _LONGEST_PHASE_S:
            left_out.append(f"{words} is not offered: a phase lasts 60 min at most.")
        else:
            yield Variation(VariationKind.FREEZE_TIME, words, longer_s=step_s)


def _schedules(plan: Plan, presets: Sequence[Protocol]) -> Iterator[Variation]:
    for preset in presets:
        if preset.phases != plan.protocol.phases and preset.has_freeze:
            yield Variation(VariationKind.SCHEDULE, preset.name, item_id=preset.name)


def _models(plan: Plan, models: Sequence[ProbeModel], left_out: list[str]) -> Iterator[Variation]:
    if plan.locked_probes:
        labels = " and ".join(probe.label for probe in plan.probes if plan.is_locked(probe.id))
        left_out.append(f"Other probe models are not offered: {labels} cannot be changed while locked.")
        return
    used = {probe.model_id for probe in plan.probes}
    unknown = [model for model in models if not model.can_simulate]
    for model in models:
        if model.can_simulate and used != {model.id}:
            told = "Fitted to published isotherms" if model.calibration is not None else "No isotherms published"
            yield Variation(VariationKind.MODEL, model.label, item_id=model.id, note=f"{told}. {model.boundary_words}")
    if unknown:
        left_out.append(
            f"{len(unknown)} models of the catalogue are not offered, for what a prediction needs of them is not "
            "published; a site can enter it in the Probes step from the maker’s document: "
            f"{'; '.join(model.label for model in unknown)}."
        )


def _depths(plan: Plan, left_out: list[str]) -> Iterator[Variation]:
    for probe in plan.probes:
        if plan.is_locked(probe.id):
            left_out.append(f"Other depths of {probe.label} are not offered: it is locked.")
            continue
        for step_mm in DEPTH_STEPS_MM:
            way = "deeper" if step_mm > 0 else "less deep"
            words = f"{probe.label} {number(abs(step_mm))} mm {way}"
            yield Variation(VariationKind.DEPTH, words, probe.id, deeper_mm=step_mm)


# --- what plan -----------------------------------------------------------------------------------------------------


def varied(plan: Plan, variation: Variation, *, presets: Sequence[Protocol]) -> Plan:
    """Return a plan with one thing otherwise; the protocol keeps its name here, whoever adopts it names it.

    Raises
    ------
    PlanInvalid
        When there is no such plan: a locked or missing probe, a schedule that is not known, a phase too short.
    """
    if variation.kind is VariationKind.FREEZE_TIME:
        return replace(plan, protocol=_longer(plan.protocol, variation.longer_s))
    if variation.kind is VariationKind.SCHEDULE:
        preset = next((each for each in presets if each.name == variation.item_id), None)
        if preset is None:
            raise PlanInvalid(f"There is no schedule “{variation.item_id}”.", code="what-if-schedule")
        return replace(plan, protocol=with_schedules(plan.protocol, (None,), preset.phases))
    if variation.kind is VariationKind.MODEL:
        changed = tuple(_unlocked(plan, replace(probe, model_id=variation.item_id)) for probe in plan.probes)
        return replace(plan, probes=changed)
    probe = next((each for each in plan.probes if each.id == variation.item_id), None)
    if probe is None:
        raise PlanInvalid("The probe of this variation is not in the plan any more.", code="what-if-probe")
    return plan.with_probe(_unlocked(plan, pushed(probe, variation.deeper_mm)))


def pushed(probe: ProbePlacement, inward_mm: float) -> ProbePlacement:
    """Return a probe pushed in along its shaft; the entry stays. Raises PlanInvalid beyond a shaft's length."""
    step = np.asarray(probe.direction_lps) * inward_mm
    return replace(probe, tip_lps_mm=point(np.asarray(probe.tip_lps_mm) + step))


def _unlocked(plan: Plan, probe: ProbePlacement) -> ProbePlacement:
    if plan.is_locked(probe.id):
        raise PlanInvalid(f"{probe.label} is locked. Unlock it in the Probes step first.", code="probe-locked")
    return probe


def _longer(protocol: Protocol, seconds: float) -> Protocol:
    """Return a protocol with every freeze of every schedule longer, or shorter."""
    whose: list[Whose] = [(None,), *((own.probe_id,) for own in protocol.exceptions)]
    changed = protocol
    for one in whose:
        phases = protocol.phases if one[0] is None else protocol.phases_of(one[0])
        if phases:
            changed = with_schedules(changed, one, tuple(_longer_phase(phase, seconds) for phase in phases))
    return changed


def _longer_phase(phase: Phase, seconds: float) -> Phase:
    is_freeze = phase.kind is PhaseKind.FREEZE
    return replace(phase, duration_s=phase.duration_s + seconds) if is_freeze else phase


# --- what figures --------------------------------------------------------------------------------------------------


def coldest_in_targets_c(targets: Sequence[Target], ice: DrawnField) -> float | None:
    """Return the coldest temperature in any target, °C; None where no target has an extent to look in."""
    found = []
    for target in targets:
        if isinstance(target.course, TargetBody):
            found.append(body_coverage(target.course, ice.coldest_c, ice.box).coldest_c)
        elif target.diameter_mm is not None:
            nerve = nerve_coverage(target.course, target.diameter_mm, ice.coldest_c, ice.box)
            found.append(nerve.coldest_of_all_c)
    return min(found, default=None)


def reach_keys(probes: Sequence[ProbePlacement]) -> tuple[LimitKey, ...]:
    """Return the limit of each probe's usable length; its figure is that of the row's own model."""
    return tuple(
        LimitKey(
            probe.id, probe.label, "probe", Quantity.PATH_LENGTH_INSIDE_MM, _USABLE, "mm", "≤ the model’s", None, None,
            more_is_better=False,
        )
        for probe in probes
    )  # fmt: skip


def reach_values(probes: Sequence[ProbePlacement], models: Mapping[str, ProbeModel]) -> tuple[LimitValue, ...]:
    """Judge each probe's depth by its model's usable length, as an assessment does."""
    rows = []
    for probe in probes:
        model = models.get(probe.model_id)
        usable_mm = None if model is None else model.usable_length_mm.value
        if usable_mm is None or (model is not None and model.usable_length_mm.status is Status.MISSING):
            name = "this probe" if model is None else model.label
            rows.append(LimitValue(Verdict.NOT_ASSESSED, reason=f"The usable length of {name} is not known."))
        else:
            rows.append(LimitValue(Verdict.PASS if probe.depth_mm <= usable_mm else Verdict.FAIL, probe.depth_mm))
    return tuple(rows)


@dataclass(frozen=True, slots=True)
class Margin:
    """The margin of a row that is nearest to its limit, or farthest beyond it."""

    key: LimitKey
    value: LimitValue


@dataclass(frozen=True, slots=True)
class RowFigures:
    """What a row comes to.

    Parameters
    ----------
    covered_percent
        Of the target of which least is treated; None where that could not be told of every target.
    margin
        None where no structure's margin to the ice was told.
    """

    covered_percent: float | None
    coldest_c: float | None
    margin: Margin | None
    counts: Mapping[Verdict, int]


def figures_of(limits: Sequence[LimitKey], row: WhatIfRow) -> RowFigures:
    """Return the columns of one row."""
    told = [value.covered_percent for value in row.coverages]
    percents = [value for value in told if value is not None]
    counts = {verdict: sum(value.verdict is verdict for value in row.values) for verdict in Verdict}
    covered = min(percents) if percents and len(percents) == len(told) else None
    return RowFigures(covered, row.coldest_c, worst_margin(limits, row.values), counts)


def worst_margin(limits: Sequence[LimitKey], values: Sequence[LimitValue]) -> Margin | None:
    """Return the margin with the worst verdict, and of those the one with the least room to its limit."""
    margins = [
        Margin(key, value)
        for key, value in zip(limits, values, strict=False)
        if key.quantity is Quantity.EDGE_DISTANCE_MM and value.value is not None
    ]
    order = (Verdict.FAIL, Verdict.CHECK, Verdict.PASS, Verdict.NOT_ASSESSED)
    return min(margins, key=lambda each: (order.index(each.value.verdict), _room(each)), default=None)


def _room(margin: Margin) -> float:
    return (margin.value.value or 0.0) - (margin.key.pass_limit or 0.0)


@dataclass(frozen=True, slots=True)
class Difference:
    """A limit that comes out otherwise than in the plan as it is."""

    key: LimitKey
    planned: LimitValue
    now: LimitValue

    @property
    def is_worse(self) -> bool:
        """Whether the verdict is a worse one."""
        return self.now.verdict.rank > self.planned.verdict.rank


def differences(limits: Sequence[LimitKey], planned: WhatIfRow, row: WhatIfRow) -> tuple[Difference, ...]:
    """Return the limits whose verdict changes, the worse ones first."""
    found = [
        Difference(key, before, now)
        for key, before, now in zip(limits, planned.values, row.values, strict=False)
        if before.verdict is not now.verdict
    ]
    return tuple(sorted(found, key=lambda each: -each.now.verdict.rank))
