"""Which cases does a list show, and what of each? How far it is, its last procedure, and what is due next."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from planner.casebook.course import last_procedure, next_due
from planner.casebook.library import CaseState
from planner.casebook.next_step import CaseStage, next_step
from planner.casebook.readiness import readiness

if TYPE_CHECKING:
    from planner.casebook.course import Due
    from planner.casebook.library import CaseLibrary, CaseRow
    from planner.casebook.next_step import NextStep
    from planner.casebook.readiness import Readiness
    from planner.domain.case import Case
    from planner.domain.intake import IntakeTemplate
    from planner.domain.procedure import Procedure


class CaseFilter(StrEnum):
    """Which cases a list shows; all but the last two leave the archive out."""

    OPEN = "open"
    DUE = "due"
    """A follow-up should have been recorded by now."""
    NOT_READY = "not ready"
    """Before a procedure for which the block, or somebody's word for none, is missing."""
    ARCHIVED = "archived"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class ListedCase:
    """One row: the case, when it was last edited (ISO 8601 UTC), how far it is.

    ``step`` is what it waits for; ``last_procedure`` is None before the first, ``next_due`` when nothing is to come.
    """

    case: Case
    number: int
    edited_at: str
    readiness: Readiness
    step: NextStep
    last_procedure: Procedure | None
    next_due: Due | None


def listed_cases(
    library: CaseLibrary,
    shown: CaseFilter,
    *,
    today: str,
    template: IntakeTemplate,
    query: str = "",
    with_identity: bool = False,
) -> tuple[ListedCase, ...]:
    """Return the rows of a list, the last edited first.

    Parameters
    ----------
    today
        ISO date of the calendar that the user counts in.
    query, with_identity
        As in :meth:`planner.casebook.library.CaseLibrary.rows`.

    Raises
    ------
    CaseFileError
        When the library cannot be read; single cases that cannot be are in ``library.unreadable``.
    """
    state = {CaseFilter.ARCHIVED: CaseState.ARCHIVED, CaseFilter.ALL: CaseState.ALL}.get(shown, CaseState.OPEN)
    found = library.rows(query, state=state, with_identity=with_identity)
    rows = (listed_case(row, today=today, template=template) for row in found)
    return tuple(row for row in rows if _is_shown(row, shown))


def listed_case(row: CaseRow, *, today: str, template: IntakeTemplate) -> ListedCase:
    """Return the row of one case; see :func:`listed_cases`."""
    ready = readiness(row.case, template)
    return ListedCase(
        row.case,
        row.number,
        row.edited_at,
        ready,
        next_step(row.case, ready, today=today),
        last_procedure(row.case),
        next_due(row.case, today=today),
    )


def _is_shown(row: ListedCase, shown: CaseFilter) -> bool:
    if shown is CaseFilter.DUE:
        return row.next_due is not None and row.next_due.is_waiting
    if shown is CaseFilter.NOT_READY:
        return row.step.stage is CaseStage.NOT_READY
    return True
