"""How is a case edited? One frozen command per edit: ``apply(case) -> case``, with the words that undo shows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from planner.domain.errors import CaseInvalid

if TYPE_CHECKING:
    from planner.domain.case import Case, CasePlan
    from planner.domain.follow_up import FollowUp
    from planner.domain.identity import FollowUpId, PlanId, ProcedureId
    from planner.domain.intake import IntakeAnswer
    from planner.domain.procedure import Procedure


class CaseCommand(Protocol):
    """One edit of a case."""

    @property
    def label(self) -> str:
        """Verb phrase for undo: ``"answer “Blood thinners”"``."""

    def apply(self, case: Case) -> Case:
        """Return the next case; raise CaseInvalid, with the offending values, to refuse."""


@dataclass(frozen=True, slots=True)
class AnswerItem:
    """Answer a question of the intake."""

    answer: IntakeAnswer
    template_name: str

    @property
    def label(self) -> str:
        """What undo shows."""
        return f"answer “{self.answer.question}”"

    def apply(self, case: Case) -> Case:
        """Put the answer in the place of an earlier one."""
        return replace(case, intake=case.intake.with_answer(self.answer, template_name=self.template_name))


@dataclass(frozen=True, slots=True)
class ClearAnswer:
    """Take an answer back: the question is open again."""

    item_id: str
    label: str = "clear an answer"

    def apply(self, case: Case) -> Case:
        """Return the case without it."""
        return replace(case, intake=case.intake.without_answer(self.item_id))


@dataclass(frozen=True, slots=True)
class PutCasePlan:
    """Add a plan to the case; of one that ``is_known`` there, note where it lies now and what it looks like."""

    plan: CasePlan
    is_known: bool = False

    @property
    def label(self) -> str:
        """What undo shows."""
        return f"note changes of plan “{self.plan.name}”" if self.is_known else f"add plan “{self.plan.name}”"

    def apply(self, case: Case) -> Case:
        """Return the case with the plan."""
        return case.with_plan(self.plan)


@dataclass(frozen=True, slots=True)
class TakePlanOut:
    """Take a plan out of the case; its file is not touched."""

    plan_id: PlanId
    label: str = "take a plan out"

    def apply(self, case: Case) -> Case:
        """Return the case without it."""
        return replace(case, plans=tuple(plan for plan in case.plans if plan.plan_id != self.plan_id))


@dataclass(frozen=True, slots=True)
class PutProcedure:
    """Add a procedure, or replace the one of that id; ``label`` says what was edited in it."""

    procedure: Procedure
    label: str = "add a procedure"

    def apply(self, case: Case) -> Case:
        """Return the case with the procedure."""
        return case.with_procedure(self.procedure)


@dataclass(frozen=True, slots=True)
class RemoveProcedure:
    """Remove a procedure; the case stays."""

    procedure_id: ProcedureId
    label: str = "remove a procedure"

    def apply(self, case: Case) -> Case:
        """Return the case without it."""
        case.procedure(self.procedure_id)
        return replace(case, procedures=tuple(one for one in case.procedures if one.id != self.procedure_id))


@dataclass(frozen=True, slots=True)
class PutFollowUp:
    """Add a follow-up, or replace the one of that id."""

    follow_up: FollowUp
    label: str = "record a follow-up"

    def apply(self, case: Case) -> Case:
        """Return the case with the follow-up."""
        return case.with_follow_up(self.follow_up)


@dataclass(frozen=True, slots=True)
class RemoveFollowUp:
    """Remove a follow-up."""

    follow_up_id: FollowUpId
    label: str = "remove a follow-up"

    def apply(self, case: Case) -> Case:
        """Return the case without it."""
        case.follow_up(self.follow_up_id)
        return replace(case, follow_ups=tuple(one for one in case.follow_ups if one.id != self.follow_up_id))


@dataclass(frozen=True, slots=True)
class SetIntervals:
    """Choose after how many days a follow-up is due."""

    intervals_days: tuple[int, ...]
    label: str = "choose the follow-up intervals"

    def apply(self, case: Case) -> Case:
        """Return the case with them."""
        return replace(case, intervals_days=self.intervals_days)


@dataclass(frozen=True, slots=True)
class NameCase:
    """Say what the problem is, and note something about the case."""

    problem: str
    note: str = ""
    label: str = "name the case"

    def apply(self, case: Case) -> Case:
        """Return the case with these words."""
        return replace(case, problem=self.problem.strip(), note=self.note)


@dataclass(frozen=True, slots=True)
class ArchiveCase:
    """Put a case into the archive, or take it out again."""

    is_archived: bool

    @property
    def label(self) -> str:
        """What undo shows."""
        return "archive the case" if self.is_archived else "take the case out of the archive"

    def apply(self, case: Case) -> Case:
        """Return the case with that state; a case that has it already is refused."""
        if case.is_archived == self.is_archived:
            state = "in the archive already" if self.is_archived else "not in the archive"
            raise CaseInvalid(f"{case.pseudonym} is {state}.", code="case-archived")
        return replace(case, is_archived=self.is_archived)
