"""What should be segmented near a target, and is it? The one answer for the assessment and for the list on screen.

An expected structure is found when one of its kind is in the plan, with something drawn, not on the other side, and by
name where a body has many of the kind. One that is not found may be waived by name; it stays listed all the same
(H-28).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
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

# Kinds of which a body has many: a structure of the kind satisfies the atlas only when it is called so.
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
        "a an and or of the artery arteries vein veins nerve nerves vessel vessels root roots trunk left right bowel "
        "tendon tendons ligament ligaments main",
    )
)
# Which of several of one name: the inferior mesenteric artery is not the superior one.
_PLACES = frozenset(
    re.findall(
        r"\w+",
        "common internal external superior inferior posterior anterior medial lateral deep superficial upper lower",
    )
)
# What makes another structure of a name: the femoral nerve is no femoral cutaneous nerve.
_BRANCHES = frozenset({"cutaneous", "circumflex"})
# How else a word is written: another spelling, or an abbreviation of radiology reports that stands for one name only.
_SPELT = {
    "celiac": "coeliac",
    "fibular": "peroneal",
    "postcava": "inferior vena cava",
    "ivc": "inferior vena cava",
    "svc": "superior vena cava",
    "sma": "superior mesenteric artery",
    "ima": "inferior mesenteric artery",
    "ijv": "internal jugular vein",
    "ejv": "external jugular vein",
    "cca": "common carotid artery",
    "cia": "common iliac artery",
    "civ": "common iliac vein",
    "cfa": "common femoral artery",
    "cfv": "common femoral vein",
    "sfa": "superficial femoral artery",
    "rln": "recurrent laryngeal nerve",
}


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
    by_structure: dict[ExpectedStructure, list[ExpectedRow]] = {}
    for row in _rows(plan, atlas):
        if row.is_missing:
            by_structure.setdefault(row.expected, []).append(row)
    return [_missing_check(expected, rows) for expected, rows in by_structure.items()]


def _missing_check(expected: ExpectedStructure, rows: Sequence[ExpectedRow]) -> Check:
    """Return the one row of a structure that is missing near some targets; each of them is named."""
    subject = Subject(f"expected:{expected.name}", _capital(expected.name), expected.kind)
    targets = dict.fromkeys(f"the {row.target_words[:1].lower()}{row.target_words[1:]}" for row in rows)
    waiver = rows[0].waiver
    said = "Not segmented" if waiver is None else waiver.words
    return not_assessed(subject, f"{said.rstrip('.')}. Expected near {' and '.join(targets)}.", words="not segmented")


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
    said = _words(structure.name)
    return any(_is_called(_words(one), said) for one in re.split(r",| or ", expected.name))


def _is_called(wanted: frozenset[str], said: frozenset[str]) -> bool:
    """Whether a structure's words name what is wanted: all its words, no other place of it, and no branch of it."""
    places = said & _PLACES
    is_elsewhere = bool(places) and bool(wanted & _PLACES) and not places & wanted
    return not is_elsewhere and not (said & _BRANCHES) - wanted and wanted - _PLACES <= said


@cache
def _kinds(expected: ExpectedStructure) -> frozenset[str]:
    """Return the kinds that satisfy an expectation: its own, and any that its words offer ("liver or spleen")."""
    offered = set(expected.name.split(" or ")) & {kind.value for kind in StructureKind}
    return frozenset((expected.kind, *offered))


@cache
def _words(name: str) -> frozenset[str]:
    said = " ".join(_SPELT.get(word, word) for word in re.findall(r"[a-z0-9]+", name.lower()))
    return frozenset(said.split()) - _COMMON_WORDS


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
