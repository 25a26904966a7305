"""What is printed of the structures? Role, limits and their rules, origin, and whose name is on each (H-28)."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from planner.domain.rule import Quantity
from planner.domain.structure import StructureKind, StructureRole
from planner.planning.rules import QUANTITY_WORDS, limit_words
from planner.planning.structure_rules import BARRIER_MATERIAL, barrier_words, role_words, structure_rules
from planner.rendering.palette import style_for
from planner.report import numbers
from planner.report.printed import PrintedStructure, PrintedSwatch, PrintedWaiver

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planner.domain.assessment import Assessment, Check
    from planner.domain.plan import Plan
    from planner.domain.rule import RuleSet
    from planner.domain.structure import Structure

_NOT_SEGMENTED = "not segmented"
_WAIVED = "Waived by "
FEWEST_SHARING = 3
"""Structures that must say the same of their outline before it is said once for all of them."""
MOST_NAMED = 12
"""Names in one sentence of the head; the table below has them all."""


def printed_structures(plan: Plan, rules: RuleSet) -> tuple[PrintedStructure, ...]:
    """List every structure of the plan, in its order; what many outlines have in common is told apart, as shared."""
    said = Counter(sentence for structure in plan.structures for sentence in set(_sentences(structure.method)))
    common = frozenset(sentence for sentence, times in said.items() if times >= FEWEST_SHARING)
    return tuple(_printed(structure, rules, common=common) for structure in plan.structures)


def printed_waivers(plan: Plan, assessment: Assessment) -> tuple[PrintedWaiver, ...]:
    """List every expected structure that somebody waived, with the name; one that no row needs any more says so."""
    missing = {(check.subject_id, check.subject_kind) for check in _missing(assessment)}
    return tuple(
        PrintedWaiver(
            name=waiver.name[:1].upper() + waiver.name[1:],
            kind=waiver.kind,
            who=waiver.who,
            reason=waiver.reason,
            when=numbers.utc_minute(waiver.at),
            note=""
            if (f"expected:{waiver.name}", waiver.kind) in missing
            else "Nothing rests on it: segmented meanwhile, or not expected near the targets.",
        )
        for waiver in plan.waivers
    )


def head_notes(plan: Plan, assessment: Assessment) -> tuple[str, ...]:
    """Return what a reader must know of the anatomy before any verdict: unconfirmed, absent, waived, only drawn."""
    return tuple(
        note
        for note in (
            _unconfirmed_note(plan),
            *_absent_notes(assessment),
            *_barrier_notes(plan),
        )
        if note
    )


def printed_swatch(kind: StructureKind, colour: str = "") -> PrintedSwatch:
    """Return the line a structure is drawn with; ``colour`` is its own, empty for its kind's."""
    style = style_for(kind, colour)
    return PrintedSwatch(style.colour, " ".join(f"{length:g}" for length in style.dash_px), style.has_ticks)


def _sentences(method: str) -> list[str]:
    return [part if part.endswith(".") else f"{part}." for part in re.split(r"(?<=\.)\s+", method) if part]


def _printed(structure: Structure, rules: RuleSet, *, common: frozenset[str]) -> PrintedStructure:
    told = _sentences(structure.method)
    side = structure.side.value if structure.side else ""
    return PrintedStructure(
        swatch=printed_swatch(structure.kind, structure.colour),
        name=structure.name,
        # What the name says already is not said again.
        kind=", ".join(part for part in (structure.kind.value, side) if part and part not in structure.name.lower()),
        role=role_words(structure),
        margins=_margins(structure, rules),
        origin=structure.origin.value,
        method=" ".join(sentence for sentence in told if sentence not in common).rstrip("."),
        shared=" ".join(sentence for sentence in told if sentence in common),
        reminder=barrier_words(structure),
        confirmed_by=structure.confirmed_by if structure.is_confirmed else "",
        confirmed_at=numbers.utc_minute(structure.confirmed_at).removesuffix(" UTC") if structure.is_confirmed else "",
    )


def _margins(structure: Structure, rules: RuleSet) -> tuple[str, ...]:
    """Return the limits that a structure is judged by, each with its source, and what its role leaves out."""
    if structure.effective_role in (StructureRole.BARRIER, StructureRole.TARGET):
        return ("not judged",)
    found = structure_rules(structure, rules)
    judged = [f"{QUANTITY_WORDS[rule.quantity]} {limit_words(rule)}" for rule in found.judged]
    left_out = [f"{QUANTITY_WORDS[rule.quantity]} not judged, by its role" for rule in found.left_out]
    if not any(rule.quantity is Quantity.EDGE_DISTANCE_MM for rule in (*found.judged, *found.left_out)):
        left_out.insert(0, "no rule for a margin")
    return (*judged, *left_out)


def _unconfirmed_note(plan: Plan) -> str:
    loose = [structure.name for structure in plan.structures if not structure.is_confirmed]
    if not loose:
        return ""
    count, total = len(loose), len(plan.structures)
    which = "No structure is confirmed" if count == total else f"{count} of {total} structures are unconfirmed"
    return f"{which}: {_named(loose)}. Nobody has put a name to these outlines, so no margin to them passes."


def _absent_notes(assessment: Assessment) -> tuple[str, ...]:
    missing = _missing(assessment)
    waived = [check.subject_name for check in missing if check.reason.startswith(_WAIVED)]
    absent = [check.subject_name for check in missing if not check.reason.startswith(_WAIVED)]
    return (
        f"Expected near the target and not segmented: {_named(absent)}." if absent else "",
        f"Expected near the target and waived by name: {_named(waived)}." if waived else "",
    )


def _barrier_notes(plan: Plan) -> tuple[str, ...]:
    notes = []
    for kind, material in BARRIER_MATERIAL.items():
        drawn = [structure.name for structure in plan.structures if structure.kind is kind]
        if drawn:
            notes.append(
                f"The prediction counts on {material} that was drawn: {_named(drawn)}. Image the real {material} again "
                "before freezing, and predict with it."
            )
    return tuple(notes)


def _missing(assessment: Assessment) -> list[Check]:
    return [
        check
        for check in assessment.checks
        if check.subject_id.startswith("expected:") and check.quantity == _NOT_SEGMENTED
    ]


def _named(names: Iterable[str]) -> str:
    every = list(names)
    more = len(every) - MOST_NAMED
    return "; ".join(every[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
