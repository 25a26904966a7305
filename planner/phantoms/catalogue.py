"""Which synthetic patients are there, and how is one built? Two cases, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.errors import InputRefused

if TYPE_CHECKING:
    from planner.domain.progress import Progress
    from planner.phantoms.phantom import Phantom

CASES: tuple[str, ...] = ("neck", "chest-wall")


def build(case: str, *, progress: Progress) -> Phantom:
    """Build one phantom; the same case gives the same bytes every time.

    Raises
    ------
    InputRefused
        When there is no such case.
    Cancelled
        When ``progress`` says so, between two steps.
    """
    if case not in CASES:
        raise InputRefused(f"There is no phantom “{case}”. Choose one of: {', '.join(CASES)}.", code="phantom-unknown")
    from planner.phantoms import chest_wall, neck
    from planner.phantoms.case import finish

    module = {"neck": neck, "chest-wall": chest_wall}[case]
    return finish(module.CARD, module.paint(progress), progress)
