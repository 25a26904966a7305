"""Which rules is a structure judged by? Those of its kind, as its role says; its own margin replaces the rule's.

What a role takes away is never silent: such a rule stays in the assessment as NOT ASSESSED, with the role as its reason
(H-28).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.domain.datum import Status
from planner.domain.rule import Operator, Quantity, Rule
from planner.domain.structure import USUAL_ROLE, Structure, StructureKind, StructureRole

if TYPE_CHECKING:
    from planner.domain.rule import RuleSet

PATH = (Quantity.PATH_DISTANCE_MM, Quantity.PATH_LENGTH_INSIDE_MM)
ANY_OBSTACLE = "obstacle"
"""Subject of the path rule for an obstacle whose kind has none."""
BARRIER_MATERIAL: dict[StructureKind, str] = {StructureKind.FLUID_BARRIER: "fluid", StructureKind.GAS_BARRIER: "gas"}
"""Kinds that are put there for the treatment, and what they are made of."""
_TAKEN_AS: dict[StructureRole, str] = {
    StructureRole.CRITICAL: "critical",
    StructureRole.HEAT_SINK: "a heat sink",
    StructureRole.BARRIER: "a barrier",
    StructureRole.OBSTACLE: "an obstacle for the shaft",
    StructureRole.PASSABLE: "passable",
    StructureRole.TARGET: "a target",
}


@dataclass(frozen=True, slots=True)
class StructureRules:
    """The rules of one structure.

    Parameters
    ----------
    judged
        Rules that give a row with a value.
    left_out
        Rules of the kind that the role takes away; each keeps a NOT ASSESSED row.
    left_out_reason
        Why, with a role other than the usual one named.
    note
        What is said beside every other row: a role other than the usual one; empty for most.
    margin_note
        What is said beside the row of a margin of its own.
    """

    judged: tuple[Rule, ...]
    left_out: tuple[Rule, ...] = ()
    left_out_reason: str = ""
    note: str = ""
    margin_note: str = ""


def structure_rules(structure: Structure, rules: RuleSet) -> StructureRules:
    """Return what a structure is judged by.

    CRITICAL, HEAT_SINK: every rule of the kind. OBSTACLE: its path rules, else the rule set's for any obstacle; rules
    without a limit stay, for they only show a value. PASSABLE: every rule but those of the path. BARRIER, TARGET: none.
    A margin of its own is judged in every role but those two.
    """
    role, of_kind = structure.effective_role, rules.for_subject(structure.kind.value)
    note = _role_note(structure)
    if role in (StructureRole.BARRIER, StructureRole.TARGET):
        return StructureRules((), note=note)
    edge = next((rule for rule in of_kind if rule.quantity is Quantity.EDGE_DISTANCE_MM), None)
    own = own_margin_rule(structure, edge)
    left_out: tuple[Rule, ...] = ()
    reason = ""
    if role is StructureRole.OBSTACLE:
        left_out = tuple(rule for rule in of_kind if rule.quantity not in PATH and rule.pass_limit is not None)
        reason = "Taken as an obstacle for the shaft: the ice may reach it."
        if not any(rule.quantity in PATH for rule in of_kind):
            of_kind = (*of_kind, *rules.for_subject(ANY_OBSTACLE))
    elif role is StructureRole.PASSABLE:
        left_out = tuple(rule for rule in of_kind if rule.quantity in PATH)
        reason = "Taken as passable: the needle may cross it."
    judged = tuple(rule for rule in of_kind if rule not in left_out)
    if own is not None:
        judged, left_out = _with_own(judged, own, edge), tuple(rule for rule in left_out if rule is not edge)
    return StructureRules(
        judged,
        left_out,
        f"{reason} {_usual_note(structure)}".strip() if left_out else "",
        note,
        "" if own is None else _margin_note(edge),
    )


def own_margin_rule(structure: Structure, edge: Rule | None) -> Rule | None:
    """Return the rule that a structure's own margin makes; None without one.

    It passes from the margin on. It fails where the rule set's does, but never where the own margin passes.
    """
    margin_mm = structure.margin_mm
    if margin_mm is None:
        return None
    fail_limit = None if edge is None or edge.fail_limit is None else min(edge.fail_limit, margin_mm)
    return Rule(
        id=f"own-margin-{structure.id}",
        subject=structure.kind.value,
        quantity=Quantity.EDGE_DISTANCE_MM,
        operator=Operator.AT_LEAST,
        pass_limit=margin_mm,
        fail_limit=fail_limit,
        source=f"own margin: {structure.margin_reason}",
        status=Status.SITE,
        note="" if edge is None else edge.note,
    )


def margin_rule(structure: Structure, rules: RuleSet) -> Rule | None:
    """Return the rule that a structure's distance from the ice is judged by; None when none is."""
    judged = structure_rules(structure, rules).judged
    return next((rule for rule in judged if rule.quantity is Quantity.EDGE_DISTANCE_MM), None)


def barrier_words(structure: Structure) -> str:
    """Return the reminder that belongs to a drawn barrier; empty for any other structure."""
    material = BARRIER_MATERIAL.get(structure.kind)
    if material is None:
        return ""
    return (
        f"The prediction takes this {material} as in place and as drawn, and organs where the CT shows them. Image "
        f"the real {material} again before freezing, and predict with it."
    )


def role_words(structure: Structure) -> str:
    """Return the role as printed, with the kind's usual one where it differs: ``"passable (usual: critical)"``."""
    usual, role = _usual(structure), structure.effective_role
    return role.value if role is usual else f"{role.value} (usual: {usual.value})"


def _usual(structure: Structure) -> StructureRole:
    return USUAL_ROLE.get(structure.kind, StructureRole.CRITICAL)


def _role_note(structure: Structure) -> str:
    usual = _usual_note(structure)
    return f"Taken as {_TAKEN_AS[structure.effective_role]}. {usual}" if usual else ""


def _usual_note(structure: Structure) -> str:
    usual, kind = _usual(structure), structure.kind.value
    if structure.effective_role is usual:
        return ""
    return f"{kind[:1].upper()}{kind[1:]} usually is {_TAKEN_AS[usual]}."


def _margin_note(edge: Rule | None) -> str:
    if edge is None or edge.pass_limit is None:
        return "Own margin; the rule set has none for this kind."
    return f"Own margin in place of the rule set's {edge.pass_limit:g} mm."


def _with_own(judged: tuple[Rule, ...], own: Rule, edge: Rule | None) -> tuple[Rule, ...]:
    if edge is not None and edge in judged:
        return tuple(own if rule is edge else rule for rule in judged)
    return (own, *judged)
