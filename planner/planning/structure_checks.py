"""What happens to each structure? A row for each of its rules, and for what its role leaves out (H-28)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from planner.domain.geometry import point
from planner.domain.rule import Operator, Quantity, Rule, Verdict
from planner.domain.structure import Structure, StructureKind, StructureRole
from planner.planning.clearance import REACH_MM, NearField, near_field, nearest, scan_end_mm
from planner.planning.margins import EDGE_C
from planner.planning.own_target import own_target_words
from planner.planning.rules import QUANTITY_WORDS
from planner.planning.structure_figures import NEAR_COLD_C
from planner.planning.structure_rules import PATH, StructureRules, barrier_words, structure_rules
from planner.planning.trajectory import length_inside_field, shaft_points
from planner.planning.verdicts import (
    Subject,
    also_says,
    if_path_leaves_scan,
    if_scan_ends,
    if_unconfirmed,
    judged,
    limited_by_prediction,
    not_assessed,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from planner.domain.assessment import Check
    from planner.domain.probe import ProbePlacement
    from planner.domain.structure_figures import StructureFigures
    from planner.planning.evidence import Evidence, PathEvidence

# Farther than the path limits (5 mm) and near enough to keep the distance map along a long shaft small.
_PATH_REACH_MM = 8.0


class _Path(NamedTuple):
    """A structure's mask and its distance map round the shafts."""

    mask: NDArray[np.bool_]
    field: NearField


def structure_checks(evidence: Evidence, structure: Structure, figures: StructureFigures | None) -> list[Check]:
    """Return one row per rule of the structure, as its role says; what was not judged, and why, stands there too.

    ``figures`` are those of the structure, which the rows are judged by; None when its mask is not at hand or empty.
    """
    subject = Subject(structure.id, structure.name, structure.kind.value)
    rules = structure_rules(structure, evidence.rules)
    rows = [
        also_says(row, rules.margin_note if row.quantity == QUANTITY_WORDS[Quantity.EDGE_DISTANCE_MM] else "")
        for row in _judged_rows(evidence, subject, figures, rules)
    ]
    left_out = [not_assessed(subject, rules.left_out_reason, rule=rule) for rule in rules.left_out]
    if not rows and not left_out:
        rows = [_unjudged_row(subject, structure)]
    if barrier_words(structure) and structure.effective_role is not StructureRole.BARRIER:
        rows.append(not_assessed(subject, barrier_words(structure), words="barrier"))
    notes = f"{rules.note} {own_target_words(evidence, structure)}".strip()
    rows = [*(also_says(row, notes) for row in rows), *left_out]
    return rows if structure.is_confirmed else [if_unconfirmed(row) for row in rows]


def path_checks(evidence: PathEvidence, structure: Structure) -> list[Check]:
    """Return those rows of a structure that rest on the shafts alone; none where no such rule judges it."""
    subject = Subject(structure.id, structure.name, structure.kind.value)
    rules = structure_rules(structure, evidence.rules)
    wanted = [rule for rule in rules.judged if rule.quantity in PATH]
    mask = evidence.masks.get(structure.id)
    if mask is None or not mask.any():
        reason = "Its mask is not at hand." if mask is None else "The structure is empty."
        rows = [not_assessed(subject, reason, rule=rule) for rule in wanted]
    else:
        rows = _path_rows(evidence, subject, wanted, mask)
    notes = f"{rules.note} {own_target_words(evidence, structure)}".strip()
    rows = [also_says(row, notes) for row in rows]
    return rows if structure.is_confirmed else [if_unconfirmed(row) for row in rows]


def _unjudged_row(subject: Subject, structure: Structure) -> Check:
    """Return the one row of a structure that no rule judges."""
    role, words = structure.effective_role, barrier_words(structure)
    if role is StructureRole.BARRIER:
        reason = words or "A barrier is not judged. Only barriers of fluid or gas change what is predicted."
        return not_assessed(subject, reason, words="barrier")
    if role is StructureRole.TARGET:
        own = "" if structure.margin_mm is None else " Its own margin is not judged."
        return not_assessed(subject, f"To be frozen: not judged as something to spare.{own}", words="target")
    return not_assessed(subject, f"There is no rule for {structure.kind.value}.", words="rule")


def _judged_rows(
    evidence: Evidence, subject: Subject, figures: StructureFigures | None, rules: StructureRules
) -> list[Check]:
    if figures is None:
        has_mask = subject.id in evidence.masks
        reason = "The structure is empty." if has_mask else "Its mask is not at hand."
        return [not_assessed(subject, reason, rule=rule) for rule in rules.judged]
    # A row that has nothing to say gives way where the structure has another.
    has_others = len(rules.judged) + len(rules.left_out) > 1
    rows = [
        _ice_row(evidence, subject, rule, figures)
        for rule in rules.judged
        if rule.quantity not in PATH and not (has_others and _is_idle(evidence, rule, figures))
    ]
    mask = evidence.masks[figures.structure_id]
    return rows + _path_rows(evidence, subject, [rule for rule in rules.judged if rule.quantity in PATH], mask)


def _ice_row(evidence: Evidence, subject: Subject, rule: Rule, figures: StructureFigures) -> Check:
    frozen = figures.volume_at(EDGE_C)
    if rule.quantity is Quantity.EDGE_DISTANCE_MM:
        row = _edge_row(evidence, subject, rule, figures)
    elif rule.quantity is Quantity.FROZEN_VOLUME_ML and frozen is not None:
        row = judged(subject, rule, frozen.volume_ml, at=figures.minimum_at_lps_mm if frozen.volume_ml > 0 else None)
    elif rule.quantity is Quantity.MINIMUM_TEMPERATURE_C and figures.minimum_c is not None:
        reason = "Outside the predicted box, whose rim is not colder than this." if figures.minimum_is_bound else ""
        row = judged(subject, rule, figures.minimum_c, at=figures.minimum_at_lps_mm, reason=reason)
    else:
        return not_assessed(subject, "This rule is for targets, not for structures.", rule=rule)
    if not evidence.ice.is_empty:
        needed_mm = (rule.pass_limit or 0.0) if rule.quantity is Quantity.EDGE_DISTANCE_MM else 0.0
        row = if_scan_ends(row, evidence.ice_to_scan_end_mm, needed_mm=needed_mm)
    return limited_by_prediction(row, rule, evidence)


def _is_idle(evidence: Evidence, rule: Rule, figures: StructureFigures) -> bool:
    """Whether a value without a limit has nothing to say: the ice is far, or the structure stays out of the cold."""
    if rule.pass_limit is not None or evidence.ice.is_empty:
        return False
    if rule.quantity is Quantity.MINIMUM_TEMPERATURE_C:
        return figures.minimum_c is None or figures.minimum_c > NEAR_COLD_C
    is_edge = rule.quantity is Quantity.EDGE_DISTANCE_MM
    return is_edge and figures.edge_mm is not None and figures.edge_mm >= REACH_MM


def _edge_row(evidence: Evidence, subject: Subject, rule: Rule, figures: StructureFigures) -> Check:
    if evidence.ice.is_empty:
        return not_assessed(subject, "No ice is predicted.", rule=rule)
    if figures.edge_mm is None:
        return not_assessed(subject, "Its surface is not in the scan.", rule=rule)
    row = judged(subject, rule, figures.edge_mm, at=figures.edge_at_lps_mm)
    near_skin = subject.kind == StructureKind.SKIN.value and row.verdict in (Verdict.CHECK, Verdict.FAIL)
    return also_says(row, _warming_words(evidence)) if near_skin else row


def _warming_words(evidence: Evidence) -> str:
    """Say whether the plan warms the skin, beside the rule's prompt to do so."""
    warming = evidence.plan.protocol.skin_warming
    return "The plan warms no skin: enter how in the Freeze step." if warming is None else warming.words


def _path_rows(evidence: PathEvidence, subject: Subject, rules: list[Rule], mask: NDArray[np.bool_]) -> list[Check]:
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


def _path_row(evidence: PathEvidence, subject: Subject, rule: Rule, probe: ProbePlacement, path: _Path) -> Check:
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
