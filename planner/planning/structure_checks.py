"""What happens to each structure? Every rule of its kind, and every expected structure that is not there (H-28)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from planner.domain.geometry import Side, point
from planner.domain.rule import Operator, Quantity, Rule
from planner.domain.structure import Structure, StructureKind
from planner.planning.clearance import REACH_MM, NearField, near_field, nearest, scan_end_mm
from planner.planning.margins import coldest_in, edge_to_skin, edge_to_structure, frozen_volume_ml, ice_to_scan_end_mm
from planner.planning.trajectory import length_inside_field, shaft_points
from planner.planning.verdicts import (
    Subject,
    if_path_leaves_scan,
    if_scan_ends,
    if_unconfirmed,
    judged,
    limited_by_prediction,
    not_assessed,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from planner.domain.assessment import Check
    from planner.domain.atlas import AtlasEntry, ExpectedStructure
    from planner.domain.plan import Plan
    from planner.domain.probe import ProbePlacement
    from planner.domain.target import Target
    from planner.planning.evidence import Evidence

_PATH = (Quantity.PATH_DISTANCE_MM, Quantity.PATH_LENGTH_INSIDE_MM)
# Farther than the path limits (5 mm) and near enough to keep the distance map along a long shaft small.
_PATH_REACH_MM = 8.0
# Kinds of which a body has many: a structure of the kind satisfies the atlas only when its name shares a word.
_MANY = (StructureKind.ARTERY, StructureKind.VEIN, StructureKind.NERVE, StructureKind.BOWEL, StructureKind.TENDON)
_COMMON_WORDS = frozenset(
    re.findall(
        r"\w+",
        "a an and or of the artery arteries vein veins nerve nerves vessel vessels root roots left right bowel tendon "
        "tendons main common internal external superior inferior posterior anterior deep",
    )
)


class _Path(NamedTuple):
    """A structure's mask and its distance map round the shafts."""

    mask: NDArray[np.bool_]
    field: NearField


def structure_checks(evidence: Evidence, structure: Structure) -> list[Check]:
    """Return one row per rule of the structure's kind; one NOT ASSESSED row when there is no rule or no mask."""
    subject = Subject(structure.id, structure.name, structure.kind.value)
    rules = evidence.rules.for_subject(structure.kind.value)
    if not rules:
        return [not_assessed(subject, f"There is no rule for {structure.kind.value}.", words="rule")]
    mask = evidence.masks.get(structure.id)
    if mask is None or not mask.any():
        reason = "Its mask is not at hand." if mask is None else "The structure is empty."
        return [not_assessed(subject, reason, rule=rule) for rule in rules]
    rows = [
        _ice_row(evidence, subject, rule, mask)
        for rule in rules
        if rule.quantity not in _PATH and not (len(rules) > 1 and _is_idle(evidence, rule, mask))
    ]
    rows += _path_rows(evidence, subject, [rule for rule in rules if rule.quantity in _PATH], mask)
    return rows if structure.is_confirmed else [if_unconfirmed(row) for row in rows]


def missing_structure_checks(plan: Plan, atlas: Mapping[str, AtlasEntry]) -> list[Check]:
    """Return a NOT ASSESSED row for each structure the atlas expects near a target and nobody segmented."""
    rows: dict[tuple[str, str], Check] = {}
    for target in plan.targets:
        entry = atlas.get(target.atlas_id)
        for expected in entry.expected if entry else ():
            if any(_satisfies(structure, expected, target) for structure in plan.structures):
                continue
            name = expected.name[:1].upper() + expected.name[1:]
            subject = Subject(f"expected:{expected.name}", name, expected.kind)
            reason = f"Not segmented. Expected near the {target.words[:1].lower()}{target.words[1:]}."
            rows.setdefault((expected.name, expected.kind), not_assessed(subject, reason, words="not segmented"))
    return list(rows.values())


def _ice_row(evidence: Evidence, subject: Subject, rule: Rule, mask: NDArray[np.bool_]) -> Check:
    if rule.quantity is Quantity.EDGE_DISTANCE_MM:
        row = _edge_row(evidence, subject, rule, mask)
    elif rule.quantity is Quantity.FROZEN_VOLUME_ML:
        volume_ml, at = frozen_volume_ml(evidence.ice, mask, evidence.ct_grid)
        row = judged(subject, rule, volume_ml, at=at)
    elif rule.quantity is Quantity.MINIMUM_TEMPERATURE_C:
        row = _coldest_row(evidence, subject, rule, mask)
    else:
        return not_assessed(subject, "This rule is for targets, not for structures.", rule=rule)
    if not evidence.ice.is_empty:
        needed_mm = (rule.pass_limit or 0.0) if rule.quantity is Quantity.EDGE_DISTANCE_MM else 0.0
        row = if_scan_ends(row, ice_to_scan_end_mm(evidence.ice, evidence.ct_grid), needed_mm=needed_mm)
    return limited_by_prediction(row, rule, evidence)


def _is_idle(evidence: Evidence, rule: Rule, mask: NDArray[np.bool_]) -> bool:
    """Whether a distance without a limit has nothing to say: the ice is far, so a heat sink there does not matter."""
    if rule.quantity is not Quantity.EDGE_DISTANCE_MM or rule.pass_limit is not None or evidence.ice.is_empty:
        return False
    points = evidence.ice.points_lps_mm
    return float(near_field(points, mask, evidence.ct_grid).at(points).min()) >= REACH_MM


def _edge_row(evidence: Evidence, subject: Subject, rule: Rule, mask: NDArray[np.bool_]) -> Check:
    if evidence.ice.is_empty:
        return not_assessed(subject, "No ice is predicted.", rule=rule)
    search = edge_to_skin if subject.kind == StructureKind.SKIN.value else edge_to_structure
    found = search(evidence.ice, mask, evidence.ct_grid)
    if found is None:
        return not_assessed(subject, "Its surface is not in the scan.", rule=rule)
    return judged(subject, rule, found.distance_mm, at=found.at_lps_mm)


def _coldest_row(evidence: Evidence, subject: Subject, rule: Rule, mask: NDArray[np.bool_]) -> Check:
    spot = coldest_in(evidence.minimum_c, evidence.box, mask, evidence.ct_grid, rim_c=evidence.rim_c)
    if spot is None:
        return not_assessed(subject, "The structure is empty.", rule=rule)
    reason = "Outside the predicted box, whose rim is not colder than this." if spot.is_bound else ""
    return judged(subject, rule, spot.temperature_c, at=spot.at_lps_mm, reason=reason)


def _path_rows(evidence: Evidence, subject: Subject, rules: list[Rule], mask: NDArray[np.bool_]) -> list[Check]:
    """Return the row of the worst probe for each path rule; one distance map serves all shafts."""
    probes = evidence.plan.probes
    if not rules or not probes:
        return [not_assessed(subject, "The plan has no probe.", rule=rule) for rule in rules]
    points = np.concatenate([shaft_points(probe)[0] for probe in probes])
    field = near_field(points, mask, evidence.ct_grid, reach_mm=_PATH_REACH_MM)
    rows = []
    for rule in rules:
        sign = 1.0 if rule.operator is Operator.AT_LEAST else -1.0
        candidates = [_path_row(evidence, subject, rule, probe, _Path(mask, field)) for probe in probes]
        # The verdict first: a path of which nothing is known must not hide behind one that passes.
        rows.append(min(candidates, key=lambda row: (-row.verdict.rank, sign * (row.value or 0.0))))
    return rows


def _path_row(evidence: Evidence, subject: Subject, rule: Rule, probe: ProbePlacement, path: _Path) -> Check:
    points, _ = shaft_points(probe)
    if rule.quantity is Quantity.PATH_LENGTH_INSIDE_MM:
        inside_mm = length_inside_field(probe, path.field)
        deepest = point(points[int(np.argmin(path.field.at(points)))]) if inside_mm > 0 else None
        row = judged(subject, rule, inside_mm, at=deepest, words=f"{probe.label} path inside")
    else:
        found = nearest(points, path.field, mask=path.mask, grid=evidence.ct_grid, from_inside=False)
        if found is None:
            return not_assessed(subject, "Its surface is not in the scan.", rule=rule)
        row = judged(subject, rule, found.distance_mm, at=found.at_lps_mm, words=f"{probe.label} path, shaft axis")
    return if_path_leaves_scan(row, scan_end_mm(points, evidence.ct_grid))


def _satisfies(structure: Structure, expected: ExpectedStructure, target: Target) -> bool:
    """Whether a segmented structure is the expected one: its kind, not the other side, by name where many exist."""
    if structure.kind.value != expected.kind:
        return False
    opposite = {Side.LEFT: Side.RIGHT, Side.RIGHT: Side.LEFT}.get(target.side)
    if structure.side is not None and structure.side is opposite:
        return False
    if structure.kind not in _MANY:
        return True
    wanted = _words(expected.name)
    return not wanted or bool(wanted & _words(structure.name))


def _words(name: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z0-9]+", name.lower())) - _COMMON_WORDS
