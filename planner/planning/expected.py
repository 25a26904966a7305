"""What should be segmented near a target, and is it? The one answer for the assessment and for the list on screen.

An expected structure is found when one of its kind is in the plan, with something drawn, not on the other side, and by
name where a body has many of the kind. One that is not found may be waived by name; it stays listed all the same
(H-28).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.domain.geometry import Side
from planner.domain.structure import Structure, StructureKind
from planner.planning.verdicts import Subject, not_assessed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from planner.domain.assessment import Check
    from planner.domain.atlas import AtlasEntry, ExpectedStructure
    from planner.domain.plan import Plan
    from planner.domain.target import Target
    from planner.domain.waiver import Waiver

# Kinds of which a body has many: a structure of the kind satisfies the atlas only when its name shares a word.
_MANY = (
    StructureKind.ARTERY,
    StructureKind.VEIN,
    StructureKind.NERVE,
    StructureKind.BOWEL,
    StructureKind.TENDON,
    StructureKind.LIGAMENT,
    StructureKind.LYMPH_NODE,
)
_COMMON_WORDS = frozenset(
    re.findall(
        r"\w+",
        "a an and or of the artery arteries vein veins nerve nerves vessel vessels root roots left right bowel tendon "
        "tendons main common internal external superior inferior posterior anterior deep ligament ligaments",
    )
)


@dataclass(frozen=True, slots=True)
class ExpectedRow:
    """One structure that the atlas expects near one target of the plan.

    Parameters
    ----------
    target_words
        The target as printed, such as ``"Left intercostal nerve T9"``.
    found
        Structures of the plan that are the expected one; empty while it is missing.
    waiver
        Who answers for its absence; kept also when it was segmented meanwhile.
    """

    target_words: str
    expected: ExpectedStructure
    found: tuple[Structure, ...]
    waiver: Waiver | None

    @property
    def is_missing(self) -> bool:
        """Whether nothing in the plan is this structure; a waiver does not change that."""
        return not self.found


def expected_near(plan: Plan, atlas: Sequence[AtlasEntry]) -> tuple[ExpectedRow, ...]:
    """Return a row for each structure expected near each target, in the order of the targets and of the atlas."""
    return _rows(plan, {entry.id: entry for entry in atlas})


def missing_structure_checks(plan: Plan, atlas: Mapping[str, AtlasEntry]) -> list[Check]:
    """Return a NOT ASSESSED row for each expected structure that nobody segmented, waived or not."""
    rows: dict[tuple[str, str], Check] = {}
    for row in _rows(plan, atlas):
        if not row.is_missing:
            continue
        expected = row.expected
        subject = Subject(f"expected:{expected.name}", _capital(expected.name), expected.kind)
        where = f"Expected near the {row.target_words[:1].lower()}{row.target_words[1:]}."
        said = "Not segmented" if row.waiver is None else row.waiver.words
        reason = f"{said.rstrip('.')}. {where}"
        rows.setdefault((expected.name, expected.kind), not_assessed(subject, reason, words="not segmented"))
    return list(rows.values())


def _rows(plan: Plan, atlas: Mapping[str, AtlasEntry]) -> tuple[ExpectedRow, ...]:
    rows = []
    for target in plan.targets:
        entry = atlas.get(target.atlas_id)
        for expected in entry.expected if entry else ():
            found = tuple(structure for structure in plan.structures if _is(structure, expected, target))
            waiver = next((w for w in plan.waivers if w.is_for(expected.name, expected.kind)), None)
            rows.append(ExpectedRow(target.words, expected, found, waiver))
    return tuple(rows)


def _is(structure: Structure, expected: ExpectedStructure, target: Target) -> bool:
    """Whether a structure is the expected one: its kind, not the other side, by name where many exist."""
    if structure.kind.value not in _kinds(expected) or structure.is_blank:
        return False
    opposite = {Side.LEFT: Side.RIGHT, Side.RIGHT: Side.LEFT}.get(target.side)
    if structure.side is not None and structure.side is opposite:
        return False
    if structure.kind not in _MANY:
        return True
    wanted = _words(expected.name)
    return not wanted or bool(wanted & _words(structure.name))


def _kinds(expected: ExpectedStructure) -> frozenset[str]:
    """Return the kinds that satisfy an expectation: its own, and any that its words offer ("liver or spleen")."""
    offered = set(expected.name.split(" or ")) & {kind.value for kind in StructureKind}
    return frozenset((expected.kind, *offered))


def _words(name: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z0-9]+", name.lower())) - _COMMON_WORDS


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
