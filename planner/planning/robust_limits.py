"""What do the limits say of one placement of the probes? The assessment's own rules, read off fast, many times over.

Rules, verdicts and what weakens them are the assessment's. What rests while the probes move is made once: distance maps
round the ice of all draws and round all their shafts. A structure beyond its map counts as at least that far.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.datum import Status
from planner.domain.robustness import CoverageValue, LimitKey, LimitValue
from planner.domain.rule import Operator, Quantity, Rule
from planner.domain.structure import StructureKind
from planner.domain.target import TargetBody
from planner.planning.clearance import NearField, crop_around, near_field, scan_end_mm
from planner.planning.cold_map import ColdMap
from planner.planning.coverage import NerveCoverage, body_coverage, nerve_coverage
from planner.planning.crowding import closest_approach, shaft_radius_mm
from planner.planning.live import MappedStructure, distance_map, frozen_part, live_margins, map_reach_mm
from planner.planning.margins import EDGE_C, ice_cloud
from planner.planning.rules import QUANTITY_WORDS, limit_words, number
from planner.planning.structure_rules import PATH, structure_rules
from planner.planning.target_checks import body_row, nerve_row
from planner.planning.trajectory import length_inside_field, shaft_points
from planner.planning.verdicts import (
    TREATMENT,
    Subject,
    if_ice_is_cut,
    if_path_leaves_scan,
    if_scan_ends,
    if_unconfirmed,
    judged,
    not_assessed,
)
from planner.spatial.box import Box, mask_box

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from planner.domain.assessment import Check
    from planner.domain.geometry import Grid
    from planner.domain.identity import StructureId
    from planner.domain.plan import Plan
    from planner.domain.preview import LiveMargin
    from planner.domain.probe import ProbeModel, ProbePlacement
    from planner.domain.rule import RuleSet
    from planner.domain.structure import Structure
    from planner.domain.target import Target


ARC_STEP_MM = 1.0
"""Along a nerve, places are told this far apart."""
PATH_BEYOND_MM = 3.0
_COLD_LIMIT_C = 20.0
_COLD_CELLS = 3
_NO_MASK = "The structure is empty, or its mask is not at hand."
_SKIN_TEMPERATURE = "How cold the skin gets is not read off for a draw; its distance from the ice is."
LEFT_OUT = (
    "Not drawn and not judged here: side, entry off the skin, usable length, hub, table, bore, tissue that gives way.",
    "Every direction across the planned axis counts as alike likely; the probes of a plan are off independently.",
)


@dataclass(frozen=True, slots=True, eq=False)
class DrawnField:
    """The ice of one draw: coldest ever, shape (K, J, I) of ``box``, °C; ``is_cut``: the cold reaches the box's rim."""

    coldest_c: NDArray[np.float32]
    box: Grid
    is_cut: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class _StructureLimit:
    """One limit of a structure; without mask it is never assessed. ``spans`` is where the mask is True, if anywhere."""

    structure: Structure
    rule: Rule
    mask: NDArray[np.bool_] | None
    spans: Box | None = None

    @property
    def subject(self) -> Subject:
        return Subject(self.structure.id, self.structure.name, self.structure.kind.value)

    def said(self, check: Check, *, is_bound: bool = False) -> LimitValue:
        """Return what a row says, weaker where nobody confirmed the structure."""
        return _said(check if self.structure.is_confirmed else if_unconfirmed(check), is_bound=is_bound)


@dataclass(frozen=True, slots=True, eq=False)
class IceLimits:
    """The limits that the ice decides: targets first, then structures.

    Parameters
    ----------
    grid
        Of the CT; ``window`` is the part of it round the ice, which the masks of ``limits`` are cut to.
    """

    rules: RuleSet
    targets: tuple[tuple[Target, Rule], ...]
    limits: tuple[_StructureLimit, ...]
    mapped: tuple[MappedStructure, ...]
    grid: Grid
    window: Grid
    all_targets: tuple[Target, ...]

    @classmethod
    def of(
        cls, plan: Plan, rules: RuleSet, masks: Mapping[StructureId, NDArray[np.bool_]], *, round_ice: Grid
    ) -> IceLimits:
        """Prepare the limits of a plan for ice anywhere in a box."""
        grid = plan.volume.grid
        targets = tuple(
            (target, rule)
            for target in plan.targets
            for rule in rules.for_subject(target.subject_kind)
            if rule.pass_limit is not None
        )
        limits, mapped = [], []
        window = grid
        for structure in plan.structures:
            mask = masks.get(structure.id)
            mask = mask if mask is not None and mask.any() else None
            found = [rule for rule in _limits_of(structure, rules) if rule.quantity not in PATH]
            if mask is not None and any(rule.quantity is Quantity.EDGE_DISTANCE_MM for rule in found):
                edge = next(rule for rule in found if rule.quantity is Quantity.EDGE_DISTANCE_MM)
                there = distance_map(mask, grid, round_ice, reach_mm=map_reach_mm(edge))
                mapped.append(MappedStructure(structure, there, edge.pass_limit))
            part = None
            if mask is not None:
                cut = crop_around(round_ice.corners_lps_mm(), mask, grid, reach_mm=max(grid.spacing_ijk_mm))
                part, window = cut if cut is not None else (mask, window)
            spans = None if part is None or part.shape != window.shape_kji else mask_box(part)
            limits += [_StructureLimit(structure, rule, part, spans) for rule in found]
        return cls(rules, targets, tuple(limits), tuple(mapped), grid, window, plan.targets)

    @property
    def keys(self) -> tuple[LimitKey, ...]:
        """What the values are of, in their order."""
        isotherm = number(self.rules.treatment_isotherm_c)
        keys = []
        for target, rule in self.targets:
            words = QUANTITY_WORDS[rule.quantity] + (f" at {isotherm} °C" if rule.quantity in TREATMENT else "")
            keys.append(_key(Subject.of_target(target), rule, words))
        return (*keys, *(_key(limit.subject, limit.rule, QUANTITY_WORDS[limit.rule.quantity]) for limit in self.limits))

    def values(self, ice: DrawnField) -> tuple[tuple[LimitValue, ...], tuple[CoverageValue, ...]]:
        """Return what every limit says of a field, and how much of every target it treats."""
        told = {target.id: self._target(target, ice) for target in self.all_targets}
        rows = [_said(_limited(told[target.id][0][rule.id], rule, ice)) for target, rule in self.targets]
        rows += self._structures(ice)
        return tuple(rows), tuple(coverage for _, coverage in told.values())

    def _target(self, target: Target, ice: DrawnField) -> tuple[dict[str, Check], CoverageValue]:
        subject, rules = Subject.of_target(target), self.rules
        wanted = [rule for other, rule in self.targets if other is target]
        isotherm_c = rules.treatment_isotherm_c
        if isinstance(target.course, TargetBody):
            body = body_coverage(target.course, ice.coldest_c, ice.box)
            checks = {rule.id: body_row(rules, subject, rule, body) for rule in wanted}
            return checks, CoverageValue(target.id, None if ice.is_cut else body.share_percent(isotherm_c))
        if target.diameter_mm is None:
            reason = "The nerve's diameter is not known. Enter it with its source."
            return {rule.id: not_assessed(subject, reason, rule=rule) for rule in wanted}, CoverageValue(
                target.id, None
            )
        nerve = nerve_coverage(target.course, target.diameter_mm, ice.coldest_c, ice.box)
        checks = {rule.id: nerve_row(rules, subject, rule, nerve) for rule in wanted}
        return checks, CoverageValue(target.id, None) if ice.is_cut else _nerve_value(target, nerve, isotherm_c)

    def _structures(self, ice: DrawnField) -> list[LimitValue]:
        part = frozen_part(ice.coldest_c, ice.box)
        margins = {
            margin.subject_id: margin for margin in live_margins(ice.coldest_c, ice.box, self.mapped, ct_grid=self.grid)
        }
        cold = _ColdPart.of(self, ice)
        scan_end = _ScanEnd(part, self.grid)
        rows = []
        for limit in self.limits:
            if limit.mask is None:
                rows.append(_said(not_assessed(limit.subject, _NO_MASK, rule=limit.rule)))
                continue
            if limit.rule.quantity is Quantity.EDGE_DISTANCE_MM:
                check, is_bound = _edge(limit, margins.get(limit.structure.id))
            else:
                check, is_bound = cold.row(limit)
            is_edge = limit.rule.quantity is Quantity.EDGE_DISTANCE_MM
            needed_mm = (limit.rule.pass_limit or 0.0) if is_edge else 0.0
            if part is not None:
                check = if_scan_ends(check, scan_end.at_least(needed_mm), needed_mm=needed_mm)
            rows.append(limit.said(_limited(check, limit.rule, ice), is_bound=is_bound))
        return rows


@dataclass(frozen=True, slots=True, eq=False)
class PathLimits:
    """The limits that the shafts alone decide: needle paths, and shafts in each other's place."""

    limits: tuple[_StructureLimit, ...]
    fields: tuple[NearField | None, ...]
    grid: Grid
    models: Mapping[str, ProbeModel]
    probes: tuple[ProbePlacement, ...]

    @classmethod
    def of(
        cls,
        plan: Plan,
        rules: RuleSet,
        masks: Mapping[StructureId, NDArray[np.bool_]],
        *,
        models: Mapping[str, ProbeModel],
        ends_lps_mm: NDArray[np.float64],
    ) -> PathLimits:
        """Prepare the limits of a plan for shafts between some ends, shape (N, 3), LPS mm."""
        limits: list[_StructureLimit] = []
        fields: list[NearField | None] = []
        for structure in plan.structures:
            found = [rule for rule in _limits_of(structure, rules) if rule.quantity in PATH]
            if not found:
                continue
            mask = masks.get(structure.id)
            mask = mask if mask is not None and mask.any() else None
            reach_mm = max((rule.pass_limit or 0.0) for rule in found) + PATH_BEYOND_MM
            there = None if mask is None else near_field(ends_lps_mm, mask, plan.volume.grid, reach_mm=reach_mm)
            limits += [_StructureLimit(structure, rule, mask) for rule in found]
            fields += [there] * len(found)
        return cls(tuple(limits), tuple(fields), plan.volume.grid, models, plan.probes)

    @property
    def keys(self) -> tuple[LimitKey, ...]:
        """What the values are of, in their order."""
        keys = [_key(limit.subject, limit.rule, QUANTITY_WORDS[limit.rule.quantity]) for limit in self.limits]
        apart = [
            _key(_probe_subject(probe), _apart_rule(probe, self.models, self.probes), "axis to the other shafts")
            for probe in self.probes
            if len(self.probes) > 1
        ]
        return (*keys, *apart)

    def values(self, probes: Sequence[ProbePlacement]) -> tuple[LimitValue, ...]:
        """Return what every limit says of some placement of the plan's probes."""
        shafts = [shaft_points(probe)[0] for probe in probes]
        ends_mm = [scan_end_mm(points, self.grid) for points in shafts]
        rows = []
        for limit, there in zip(self.limits, self.fields, strict=True):
            if limit.mask is None or there is None or not probes:
                rows.append(_said(not_assessed(limit.subject, _NO_MASK, rule=limit.rule)))
                continue
            sign = 1.0 if limit.rule.operator is Operator.AT_LEAST else -1.0
            found = []
            for probe, points, end_mm in zip(probes, shafts, ends_mm, strict=True):
                check, is_bound = _path(limit, probe, points, there)
                found.append((if_path_leaves_scan(check, end_mm), is_bound))
            worst = min(found, key=lambda one: (-one[0].verdict.rank, sign * (one[0].value or 0.0)))
            rows.append(limit.said(worst[0], is_bound=worst[1]))
        if len(probes) > 1:
            rows += [_apart(probe, probes, self.models) for probe in probes]
        return tuple(rows)


class _ColdPart:
    """The cold part of a field, in which structures' coldest points and frozen volumes are looked for."""

    def __init__(self, level_c: float, cold: ColdMap | None) -> None:
        self._level_c, self._cold = level_c, cold

    @classmethod
    def of(cls, limits: IceLimits, ice: DrawnField) -> _ColdPart:
        """Cut a field to what is colder than any limit asks for, and a few cells more."""
        asked = [
            limit.rule.pass_limit or 0.0
            for limit in limits.limits
            if limit.rule.quantity is Quantity.MINIMUM_TEMPERATURE_C
        ]
        level_c = max([_COLD_LIMIT_C, *(value + 1.0 for value in asked)])
        spans = []
        is_cold = ice.coldest_c <= level_c
        for axis in range(3):
            hits = np.flatnonzero(is_cold.any(axis=tuple(other for other in range(3) if other != axis)))
            if not hits.size:
                return cls(level_c, None)
            spans.append(slice(max(int(hits[0]) - _COLD_CELLS, 0), int(hits[-1]) + 1 + _COLD_CELLS))
        k, j, i = (span.start for span in spans)
        part = ice.coldest_c[tuple(spans)]
        return cls(level_c, ColdMap.of(part, ice.box.cropped((i, j, k), part.shape), limits.window))

    def row(self, limit: _StructureLimit) -> tuple[Check, bool]:
        """Return the row of a coldest point or of a frozen volume, and whether its value is only a bound."""
        subject, rule = limit.subject, limit.rule
        if rule.quantity is Quantity.MINIMUM_TEMPERATURE_C and limit.structure.kind is StructureKind.SKIN:
            return not_assessed(subject, _SKIN_TEMPERATURE, rule=rule), False
        if rule.quantity not in (Quantity.MINIMUM_TEMPERATURE_C, Quantity.FROZEN_VOLUME_ML):
            return not_assessed(subject, "This rule is for targets, not for structures.", rule=rule), False
        told = None
        if self._cold is not None and limit.mask is not None and _meet(limit.spans, self._cold.window):
            told = self._cold.survey(limit.mask, (EDGE_C,))
        if rule.quantity is Quantity.FROZEN_VOLUME_ML:
            return judged(subject, rule, 0.0 if told is None else told.below_ml[0]), False
        if told is None or told.lowest is None or told.lowest > self._level_c:
            return judged(subject, rule, self._level_c), True
        return judged(subject, rule, told.lowest), False


class _ScanEnd:
    """How far a field's ice stays from the ends of the scan: a bound first, the ice itself only where that matters."""

    def __init__(self, part: tuple[NDArray[np.float32], Grid] | None, grid: Grid) -> None:
        self._part, self._grid = part, grid
        self._bound_mm = np.inf if part is None else scan_end_mm(part[1].corners_lps_mm(), grid)
        self._exact_mm: float | None = None

    def at_least(self, needed_mm: float) -> float:
        """Return the distance, or a bound of it that is enough."""
        if self._part is None or self._bound_mm >= needed_mm:
            return float(self._bound_mm)
        if self._exact_mm is None:
            self._exact_mm = scan_end_mm(ice_cloud(*self._part).points_lps_mm, self._grid)
        return self._exact_mm


def _meet(spans: Box | None, window: Box | None) -> bool:
    """Whether two blocks of voxels have one in common."""
    if spans is None or window is None:
        return False
    return all(a.start < b.stop and b.start < a.stop for a, b in zip(spans, window, strict=True))


def _limits_of(structure: Structure, rules: RuleSet) -> tuple[Rule, ...]:
    return tuple(rule for rule in structure_rules(structure, rules).judged if rule.pass_limit is not None)


def _edge(limit: _StructureLimit, margin: LiveMargin | None) -> tuple[Check, bool]:
    if margin is None or margin.distance_mm is None:
        return not_assessed(limit.subject, "No ice is predicted.", rule=limit.rule), False
    return judged(limit.subject, limit.rule, margin.distance_mm), margin.is_bound


def _path(
    limit: _StructureLimit, probe: ProbePlacement, points: NDArray[np.float64], there: NearField
) -> tuple[Check, bool]:
    distances = there.at(points)
    lowest_mm = float(distances.min())
    if limit.rule.quantity is Quantity.PATH_LENGTH_INSIDE_MM:
        inside_mm = length_inside_field(probe, there) if lowest_mm < 0 else 0.0
        return judged(limit.subject, limit.rule, inside_mm), False
    return judged(limit.subject, limit.rule, min(lowest_mm, there.reach_mm)), lowest_mm >= there.reach_mm


def _probe_subject(probe: ProbePlacement) -> Subject:
    return Subject(probe.id, probe.label, "probe")


def _apart_rule(probe: ProbePlacement, models: Mapping[str, ProbeModel], probes: Sequence[ProbePlacement]) -> Rule:
    """Return the limit at which a shaft touches the thickest other one, as a rule of its own."""
    radii = [shaft_radius_mm(other, models) or 0.0 for other in probes if other.id != probe.id]
    touching_mm = (shaft_radius_mm(probe, models) or 0.0) + max(radii, default=0.0)
    return Rule(
        "probes-apart",
        "probe",
        Quantity.PATH_DISTANCE_MM,
        Operator.AT_LEAST,
        touching_mm,
        touching_mm,
        "",
        Status.DERIVED,
        "The two shafts would be in each other’s place.",
    )


def _apart(probe: ProbePlacement, probes: Sequence[ProbePlacement], models: Mapping[str, ProbeModel]) -> LimitValue:
    """Return how near a shaft comes to the others, judged by where the two shafts touch as in an assessment."""
    own_mm = shaft_radius_mm(probe, models)
    rows = []
    for other in probes:
        if other.id == probe.id:
            continue
        other_mm, rule = shaft_radius_mm(other, models), _apart_rule(probe, models, (probe, other))
        check = judged(_probe_subject(probe), rule, closest_approach(probe, other).distance_mm)
        if (own_mm is None or other_mm is None) and check.verdict.rank == 0:
            check = not_assessed(_probe_subject(probe), "The diameter of a shaft is not known.", rule=rule)
        rows.append(check)
    return _said(min(rows, key=lambda row: (-row.verdict.rank, row.value or 0.0)))


def _limited(check: Check, rule: Rule, ice: DrawnField) -> Check:
    return if_ice_is_cut(check, rule) if ice.is_cut else check


def _said(check: Check, *, is_bound: bool = False) -> LimitValue:
    reason = check.reason if check.value is None or check.verdict.rank == 1 else ""
    return LimitValue(check.verdict, check.value, reason, is_bound)


def _key(subject: Subject, rule: Rule, words: str) -> LimitKey:
    return LimitKey(
        subject.id,
        subject.name,
        subject.kind,
        rule.quantity,
        words,
        rule.quantity.unit,
        limit_words(rule),
        rule.pass_limit,
        rule.fail_limit,
        more_is_better=rule.operator is Operator.AT_LEAST,
    )


def arc_places_mm(segment_mm: tuple[float, float]) -> NDArray[np.float64]:
    """Return places along the marked part of a nerve, both ends among them, at most 1 mm apart."""
    start, end = segment_mm
    return np.linspace(start, end, max(int(np.ceil((end - start) / ARC_STEP_MM - 1e-9)), 1) + 1)


def _nerve_value(target: Target, nerve: NerveCoverage, isotherm_c: float) -> CoverageValue:
    start, end = nerve.segment_mm
    treated_mm = nerve.treated_mm(isotherm_c)[0]
    warmest_c = np.interp(arc_places_mm(nerve.segment_mm), nerve.curve.arc_mm, nerve.warmest_c)
    return CoverageValue(
        target.id,
        100 * treated_mm / (end - start) if end > start else None,
        treated_mm,
        tuple(bool(cold) for cold in warmest_c <= isotherm_c),
    )
