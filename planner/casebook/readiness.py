"""Is this case ready to be treated, and what was not asked yet? READY needs the block, or somebody's word for none.

Nothing else is forced: what is missing is listed and printed, and READY does not wait for it (S11). A block counts
where it was recorded, in the intake or at every target of the case's plan; so does its absence, acknowledged by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from planner.domain.intake import Answer, ItemKind
from planner.planning.permission import NO_BLOCK

if TYPE_CHECKING:
    from planner.domain.case import Case
    from planner.domain.intake import IntakeAnswer, IntakeItem, IntakeTemplate
    from planner.domain.plan import Plan
    from planner.domain.review import Acknowledgement
    from planner.domain.target import DiagnosticBlock, Target

WAITING = "No diagnostic block is recorded, and nobody has answered for going without."


class ReadyState(StrEnum):
    """State of a case as it is shown and printed."""

    READY = "READY"
    NOT_READY = "NOT READY"


@dataclass(frozen=True, slots=True)
class Readiness:
    """How far a case is before the needle.

    Parameters
    ----------
    reason
        One sentence: what makes it ready, or what it waits for.
    answered, asked
        How many of the questions asked of this case's targets are answered.
    missing
        Those without an answer, in their order.
    """

    state: ReadyState
    reason: str
    answered: int
    asked: int
    missing: tuple[IntakeItem, ...]

    @property
    def is_ready(self) -> bool:
        """Whether it is READY."""
        return self.state is ReadyState.READY

    @property
    def progress(self) -> str:
        """Such as ``"12 of 24 answered"``."""
        return f"{self.answered} of {self.asked} answered"

    @property
    def open_alerts(self) -> tuple[IntakeItem, ...]:
        """Missing questions that stand out until they are answered."""
        return tuple(item for item in self.missing if item.is_alert)


def missing_items(case: Case, template: IntakeTemplate) -> tuple[IntakeItem, ...]:
    """Return the questions asked of this case's targets that have no answer, in their order."""
    asked = template.asked_of(case.atlas_ids)
    return tuple(item for item in asked if case.intake.answer_to(item.id) is None)


def readiness(case: Case, template: IntakeTemplate, plan: Plan | None = None) -> Readiness:
    """Return whether a case is ready, and what is missing.

    ``plan`` is the plan on the desk, if there is one: it counts when it is one of the case.
    """
    asked, missing = template.asked_of(case.atlas_ids), missing_items(case, template)
    reason = _said_in_intake(case) or ("" if plan is None else _said_in_plan(case, plan))
    state = ReadyState.READY if reason else ReadyState.NOT_READY
    return Readiness(state, reason or WAITING, len(asked) - len(missing), len(asked), missing)


def _said_in_intake(case: Case) -> str:
    answer = case.intake.answer_of(ItemKind.BLOCK)
    if answer is None:
        return ""
    if answer.answer is Answer.YES and answer.block is not None:
        return f"Block recorded: {block_line(answer.block)}."
    return f"No block, {_answered_for(answer)}"


def _answered_for(answer: IntakeAnswer) -> str:
    return f"acknowledged by {answer.who}, {answer.at[:10]}: {answer.text}"


def _said_in_plan(case: Case, plan: Plan) -> str:
    """Return what the plan says of every target; empty while one has neither a block nor an answer for none."""
    if case.plan(plan.id) is None or not plan.targets:
        return ""
    for target in plan.targets:
        if target.block is None and _acknowledged(plan, target) is None:
            return ""
    first = plan.targets[0]
    if first.block is not None:
        return f"Block recorded in the plan: {block_line(first.block)}."
    accepted = _acknowledged(plan, first)
    return "" if accepted is None else f"No block, acknowledged in the plan by {accepted.who}: {accepted.reason}"


def _acknowledged(plan: Plan, target: Target) -> Acknowledgement | None:
    """Return the named answer for going without a block; it holds for the target as it was named (H-16)."""
    answers = (ack for ack in plan.acknowledgements if (ack.finding_code, ack.subject_id) == (NO_BLOCK, target.id))
    return next((ack for ack in answers if ack.sentence.startswith(f"{target.words}:")), None)


def block_line(block: DiagnosticBlock) -> str:
    """Return a block in a line: ``"2026-01-14, bupivacaine, 80 % relief, for 6 h"``."""
    relief = "" if block.relief_percent is None else f"{block.relief_percent:g} % relief"
    lasted = f"for {block.lasted}" if block.lasted else ""
    return ", ".join(part for part in (block.day, block.agent, relief, lasted) if part)
