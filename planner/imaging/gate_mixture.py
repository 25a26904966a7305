"""Is a regular stack one volume, or slices of several that happen to fit together? Checks used by the gate (H-02).

Two reconstructions whose slices lie halfway between each other's look like one regular stack of half the spacing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from planner.domain.review import Finding, Severity
from planner.imaging.gate_headers import refuse
from planner.imaging.marks import MARKS, alternating_marks

if TYPE_CHECKING:
    from planner.imaging.stack import Stack

Findings = Iterator[Finding]


def interleaved(stack: Stack) -> Findings:
    """Refuse slices that alternate between acquisitions, phases or reconstructions."""
    marks = alternating_marks(stack.ordered)
    if marks:
        kinds = len({marks[0].value(header) for header in stack.ordered})
        yield refuse(
            "interleaved",
            f"Slices of {kinds} volumes alternate along the stack (by {marks[0].words}), and they cannot be told apart "
            "completely. Send one acquisition and reconstruction at a time.",
            value=kinds,
        )


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
