"""Is a regular stack one volume, or slices of several that happen to fit together? Checks used by the gate (H-02).

Two reconstructions whose slices lie halfway between each other's look like one regular stack of half the spacing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from planner.domain.review import Finding, Severity
from planner.imaging.gate_geometry import FEWEST_SLICES
from planner.imaging.gate_headers import refuse
from planner.imaging.marks import MARKS, Mark, is_to_and_fro

if TYPE_CHECKING:
    from planner.imaging.stack import Stack

Findings = Iterator[Finding]


def interleaved(stack: Stack) -> Findings:
    """Refuse slices that alternate between acquisitions, phases or reconstructions."""
    for mark in MARKS:
        if _is_judged(mark, stack) and is_to_and_fro(stack.ordered, mark, fewest=FEWEST_SLICES):
            kinds = len({mark.value(header) for header in stack.ordered})
            yield refuse(
                "interleaved",
                f"Slices of {kinds} volumes alternate along the stack (by {mark.words}), and they cannot be told apart "
                "completely. Send one acquisition and reconstruction at a time.",
                value=kinds,
            )
            return


def changes(stack: Stack) -> Findings:
    """Ask where a reconstruction changes within a stack that is otherwise one volume."""
    for mark in MARKS:
        kinds = len({mark.value(header) for header in stack.ordered})
        if mark.is_constant and kinds > 1:
            yield Finding(
                "mixed-reconstructions",
                Severity.ACK,
                f"The slices differ in {mark.words}: {kinds} kinds in one stack. Grey values and sharpness may change "
                "between them; make sure that they are one scan.",
                value=float(kinds),
            )


def _is_judged(mark: Mark, stack: Stack) -> bool:
    """MR images are taken in turns, so times and acquisitions go to and fro within one volume."""
    return mark.is_constant or (mark.is_ordered and stack.ordered[0].modality == "CT")
