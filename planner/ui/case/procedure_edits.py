"""How is a procedure record edited? One edit, one label, kept at once; a refusal comes back as a sentence."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from planner.domain.errors import PlannerError
from planner.services.case_commands import PutProcedure
from planner.ui.case.record_days import require_past

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.domain.identity import ProcedureId
    from planner.domain.procedure import Procedure
    from planner.ui.case.case_desk import CaseDesk

NAME_FIRST = "Write your name under “Recorded by” first."
_FINISHED = "This record is finished, and a later edit carries a name. " + NAME_FIRST
_NOT_KEPT = "This is not kept yet; the message above says why."
_Item = TypeVar("_Item")


class ProcedureEdits:
    """Edits of one record of the open case."""

    def __init__(self, case_desk: CaseDesk, procedure_id: ProcedureId) -> None:
        self.case_desk = case_desk
        self.procedure_id = procedure_id

    @property
    def procedure(self) -> Procedure | None:
        """The record as it stands; None when it is not in the open case."""
        case = self.case_desk.case
        if case is None:
            return None
        return next((one for one in case.procedures if one.id == self.procedure_id), None)

    @property
    def who(self) -> str:
        """By whom is recorded; empty while nobody said."""
        return self.case_desk.desk.who.strip()

    def edit(self, make: Callable[[Procedure], Procedure], label: str) -> str:
        """Run one edit; the sentence that says why it was refused, empty when it is kept."""
        before = self.procedure
        if before is None:
            return _NOT_KEPT
        try:
            after = make(before)
            require_past(before, after, today=self.case_desk.today(), now=self.case_desk.now())
        except PlannerError as error:
            return str(error)
        if after == before:
            return ""
        if before.is_finished and not self.who:
            return _FINISHED
        marked = after.marked(at=self.case_desk.now(), by=self.who) if before.is_finished else after
        return "" if self.case_desk.apply(PutProcedure(marked, label)) else _NOT_KEPT

    def state_no_complication(self) -> str:
        """State by name that there was no complication."""
        who = self.who
        if not who:
            return NAME_FIRST
        return self.edit(lambda record: replace(record, no_complication_by=who), "state that no complication occurred")

    def why_not_finished(self) -> str:
        """Return why the record cannot be finished now; empty when it can."""
        if not self.who:
            return NAME_FIRST
        before = self.procedure
        if before is not None and before.running is not None:
            return f"The {before.running.kind.value} is still running. End it in the timer first."
        return ""

    def finish(self) -> str:
        """Close the record by name; refused while a phase runs."""
        who, now = self.who, self.case_desk.now()
        return self.why_not_finished() or self.edit(
            lambda record: replace(record, finished_at=now, finished_by=who), "finish the record"
        )


def put_at(items: tuple[_Item, ...], at: int, item: _Item) -> tuple[_Item, ...]:
    """Return items in which one is replaced, or to which one is added."""
    return (*items[:at], item, *items[at + 1 :])


def without(items: tuple[_Item, ...], at: int) -> tuple[_Item, ...]:
    """Return items without one."""
    return (*items[:at], *items[at + 1 :])
