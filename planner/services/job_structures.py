"""What does a headless job say of its structures? Facts, who confirmed them, and what is waived, each as an edit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.domain.errors import InputRefused
from planner.domain.geometry import Side
from planner.domain.structure import StructureKind, StructureRole
from planner.domain.waiver import Waiver
from planner.services.structure_commands import ConfirmStructure, EditStructure, WaiveExpected

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from planner.domain.atlas import AtlasEntry
    from planner.domain.structure import Structure


@dataclass(frozen=True, slots=True)
class JobFacts:
    """What is said of one structure by its name; a field left out stays as it was found or imported."""

    name: str
    kind: StructureKind | None = None
    side: Side | None = None
    role: StructureRole | None = None
    margin_mm: float | None = None
    margin_reason: str = ""


@dataclass(frozen=True, slots=True)
class JobWaiver:
    """One structure that the atlas expects near a target, as the atlas words it, and who answers for its absence."""

    name: str
    who: str
    reason: str


def fact_edits(facts: Iterable[JobFacts], structures: Sequence[Structure]) -> tuple[EditStructure, ...]:
    """Return the edits that a user would make by hand.

    Raises InputRefused when no structure, or more than one, has the name.
    """
    edits: list[EditStructure] = []
    for number, fact in enumerate(facts):
        if any(edit.structure.name == fact.name for edit in edits):
            raise InputRefused(f"Field “structures.facts” speaks twice of “{fact.name}”.", code="job-twice")
        found = _only_one(fact.name, structures, field=f"structures.facts[{number}].name")
        edits.append(EditStructure(_said(found, fact), "describe"))
    return tuple(edits)


def confirm_edits(
    names: Iterable[str], structures: Sequence[Structure], *, who: str, at: str
) -> tuple[ConfirmStructure, ...]:
    """Return the confirmations; ``at`` is ISO 8601 UTC.

    Raises InputRefused when no structure, or more than one, has the name, or nobody says that they looked (H-28).
    """
    confirmed = tuple(names)
    if confirmed and not who.strip():
        raise InputRefused(
            "Field “structures.confirmed” needs a name in “structures.confirmed_by”: who looked at them.",
            code="job-nobody",
        )
    return tuple(
        ConfirmStructure(_only_one(name, structures, field=f"structures.confirmed[{number}]").id, name, who, at)
        for number, name in enumerate(confirmed)
    )


def waiver_edits(
    waived: Iterable[JobWaiver], atlas: Sequence[AtlasEntry], *, atlas_ids: Iterable[str], at: str
) -> tuple[WaiveExpected, ...]:
    """Return the waivers as edits; ``atlas_ids`` are the job's targets.

    Raises InputRefused when the atlas does not expect a structure of that name near them.
    """
    wanted = set(atlas_ids)
    kinds = {item.name: item.kind for entry in atlas if entry.id in wanted for item in entry.expected}
    edits: list[WaiveExpected] = []
    for number, waiver in enumerate(waived):
        if any(edit.waiver.name == waiver.name for edit in edits):
            raise InputRefused(f"Field “structures.waived” speaks twice of “{waiver.name}”.", code="job-twice")
        if waiver.name not in kinds:
            raise InputRefused(
                f"Field “structures.waived[{number}].name” is “{waiver.name}”, which the atlas does not expect near "
                f"the targets; it expects {', '.join(kinds) or 'nothing'}.",
                code="job-unknown",
            )
        edits.append(WaiveExpected(Waiver(waiver.name, kinds[waiver.name], waiver.who, at, waiver.reason)))
    return tuple(edits)


def _only_one(name: str, structures: Sequence[Structure], *, field: str) -> Structure:
    """Return the structure of that name; InputRefused when none has it, or several."""
    found = [structure for structure in structures if structure.name == name]
    if len(found) == 1:
        return found[0]
    there = ", ".join(structure.name for structure in structures) or "none"
    count = "none has" if not found else f"{len(found)} structures have"
    raise InputRefused(f"Field “{field}” is “{name}”, which {count}; there are {there}.", code="job-unknown")


def _said(structure: Structure, fact: JobFacts) -> Structure:
    return replace(
        structure,
        kind=fact.kind or structure.kind,
        side=fact.side or structure.side,
        role=fact.role or structure.role,
        margin_mm=structure.margin_mm if fact.margin_mm is None else fact.margin_mm,
        margin_reason=fact.margin_reason or structure.margin_reason,
    )
