"""What does a class name of TotalSegmentator mean here? Name, kind, role and side, from the table of its classes.

Any other label means what its codes and words say, by :mod:`planner.segmentation.vocabulary`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from planner.domain.errors import ResourceInvalid
from planner.domain.geometry import Side
from planner.domain.structure import USUAL_ROLE, StructureKind, StructureRole
from planner.segmentation import vocabulary
from planner.segmentation.tables import read_table

if TYPE_CHECKING:
    from planner.segmentation.labelio.label_image import LabelName

TABLE = "totalsegmentator"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a label stands for; ``role`` is ``None`` where it is the kind's usual one, ``doubt`` says what is open."""

    name: str
    kind: StructureKind
    side: Side | None
    role: StructureRole | None = None
    doubt: str = ""


@cache
def known_classes() -> dict[str, Meaning]:
    """Return the meaning of every class of TotalSegmentator's task *total*, by class name, in the order of labels.

    Raises ResourceInvalid when the table has an entry that is not understood.
    """
    classes = read_table(TABLE)["classes"]
    return {name: _meaning(name, said) for name, said in classes.items()}


def _meaning(name: str, said: dict[str, Any]) -> Meaning:
    try:
        kind, role = StructureKind(said["kind"]), StructureRole(said["role"])
        side = None if said["side"] is None else Side(said["side"])
        extra = set(said) - {"name", "kind", "role", "side"}
    except (ValueError, LookupError, TypeError) as error:
        raise ResourceInvalid(f"The class is not understood ({error}).", code="resource-class", where=name) from error
    if extra or not isinstance(said["name"], str) or not said["name"].strip():
        raise ResourceInvalid("A class has name, kind, role and side.", code="resource-class", where=name)
    is_usual = USUAL_ROLE.get(kind, StructureRole.CRITICAL) is role
    return Meaning(said["name"], kind, side, None if is_usual else role)


def meaning_of(said: LabelName) -> Meaning:
    """Return what a label with a name stands for: a known class, else its codes, else its words."""
    known = known_classes().get(said.name)
    if known is not None:
        return known
    kind = vocabulary.kind_of_code(said.type_code, said.name) if said.type_code else None
    if kind is None:
        kind = vocabulary.kind_of_label(said.name)
    if kind is StructureKind.OTHER and said.type_meaning:
        kind = vocabulary.kind_of_label(said.type_meaning)
    by_label, by_code = vocabulary.side_of_label(said.name), vocabulary.SIDE_OF_CODE.get(said.side_code)
    if by_label and by_code and by_label is not by_code:
        doubt = f"its name says {by_label.value} but its code says {by_code.value}, so the side is left open"
        return Meaning(said.name, kind, None, doubt=doubt)
    return Meaning(said.name, kind, by_code or by_label)
