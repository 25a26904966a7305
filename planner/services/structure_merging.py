"""What becomes of structures that are found or read a second time? They take the place of those nobody has touched."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planner.domain.plan import Plan
    from planner.domain.structure import Structure


def merged(fresh: Iterable[Structure], plan: Plan) -> tuple[Structure, ...]:
    """Return what is to be put into the plan so that finding or reading twice leaves nothing double.

    A fresh structure takes the place of one of the same name, kind, side and origin that is neither confirmed nor
    edited, and keeps what was said of that one (role, margin, colour). One whose voxels are already there under that
    name is left out. Anything else is new.
    """
    put: list[Structure] = []
    taken: set[str] = set()
    for new in fresh:
        twins = [s for s in plan.structures if _alike(s, new) and s.id not in taken]
        if any(twin.mask == new.mask for twin in twins):
            continue
        open_twin = next((s for s in twins if not s.is_confirmed and not s.is_edited), None)
        if open_twin is None:
            put.append(new)
        else:
            taken.add(open_twin.id)
            put.append(replace(open_twin, mask=new.mask, method=new.method))
    return tuple(put)


def _alike(one: Structure, other: Structure) -> bool:
    return (one.name, one.kind, one.side, one.origin) == (other.name, other.kind, other.side, other.origin)
