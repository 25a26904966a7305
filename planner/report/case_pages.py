"""Which pages of a case are printed, and what do they say? The case's facts and what follows from them, in words.

What follows from the records - what is missing, differences, the goal - is worked out elsewhere and comes as
:class:`CaseFigures`; here it only becomes text.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from planner.domain.digest import short_hash
from planner.domain.errors import ReportRefused
from planner.report.case_follow_up import FollowUpFigures, printed_follow_ups
from planner.report.case_intake import printed_intake
from planner.report.case_printed import CaseReport, PrintedCase, PrintedCasePlan, Said
from planner.report.case_procedure import Compared, printed_form, printed_procedure
from planner.report.case_words import Teller
from planner.report.printed import Fact
from planner.report.statements import load_statements

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from planner.domain.case import Case
    from planner.domain.case_print import CaseParts
    from planner.domain.identity import ProcedureId
    from planner.domain.intake import IntakeTemplate
    from planner.domain.procedure import PlannedProcedure
    from planner.report.case_printed import PrintedIntake
    from planner.report.printed import Attachment

UNNAMED = "Case"
CASE_FACT = "Case"
JOINT = " · "


@dataclass(frozen=True, slots=True)
class CaseFigures:
    """What follows from the records of a case.

    Parameters
    ----------
    state, reason
        What the case waits for, and what that rests on; ``progress`` says how many questions are answered.
    is_complete
        Whether nothing is open at this state: only then is it printed as done.
    block
        What the intake says of the block, in a sentence.
    missing
        Ids of the questions that are asked of this case and open.
    compared
        Planned against done, by procedure.
    planned
        The plan that an empty record is printed for; None for an empty one.
    """

    template: IntakeTemplate
    state: str
    reason: str
    progress: str
    is_complete: bool = False
    block: str = ""
    missing: Collection[str] = ()
    compared: Mapping[ProcedureId, Compared] = field(default_factory=lambda: MappingProxyType({}))
    follow_ups: FollowUpFigures = FollowUpFigures()  # noqa: RUF009 - a frozen value
    planned: PlannedProcedure | None = None


def printed_case(case: Case, figures: CaseFigures, parts: CaseParts) -> PrintedCase:
    """Word the wanted pages of a case."""
    tell = Teller(parts.is_nobodys, _day_zero(case))
    return PrintedCase(
        pseudonym="" if parts.is_nobodys else case.pseudonym,
        problem=tell.said(case.problem),
        state=figures.state,
        is_complete=figures.is_complete,
        reason="" if parts.is_nobodys else figures.reason,
        progress=figures.progress,
        facts=_facts(case, tell),
        plans=_plans(case, tell),
        intake=_intake(case, figures, tell) if parts.intake else None,
        procedures=tuple(
            printed_procedure(one, figures.compared.get(one.id, Compared()), tell=tell)
            for one in case.procedures
            if parts.procedure
        ),
        form=printed_form(figures.planned) if parts.form else None,
        follow_ups=printed_follow_ups(case.follow_ups, figures.follow_ups, tell=tell) if parts.follow_up else None,
        has_procedures=parts.procedure,
    )


def case_fact(case: Case, figures: CaseFigures, parts: CaseParts) -> Fact:
    """Return the line of the first page: which case, what it waits for, and how much is missing."""
    count = len(figures.missing)
    missing = f"{count} question{'' if count == 1 else 's'} open" if count else "no question open"
    is_counted = JOINT in figures.state
    name = () if parts.is_nobodys else (case.pseudonym,)
    return Fact(CASE_FACT, JOINT.join((*name, figures.state, *(() if is_counted else (missing,)))))


def case_report(
    case: Case,
    figures: CaseFigures,
    parts: CaseParts,
    *,
    made_at: str,
    version: str,
    attached: Sequence[Attachment] = (),
) -> CaseReport:
    """Gather a case printed by itself.

    Raises
    ------
    ReportRefused
        When no page of it is wanted.
    """
    if not (parts.intake or parts.procedure or parts.follow_up or parts.form):
        raise ReportRefused(
            "No page of the case is wanted. Choose intake, procedure, follow-up or form.", code="case-parts"
        )
    printed = printed_case(case, figures, parts)
    statements = load_statements()
    page = printed.follow_ups
    signs = page.signs if page is not None and (page.visits or page.due) else ()
    return CaseReport(
        title=printed.problem or UNNAMED,
        made_at=made_at,
        version=version,
        disclaimer=statements.disclaimer,
        sources=statements.cited_in(fact.text for fact in signs),
        mark=mark_of(case),
        case=printed,
        attachments=tuple(attached),
    )


def mark_of(case: Case) -> str:
    """Return TRAINING or DEMO for a case of a synthetic patient (H-20), else nothing.

    DEMO where all that tells so are the program's own patients to look at.
    """
    if case.is_of_a_patient:
        return ""
    kinds = {plan.case_kind for plan in case.plans}
    kinds |= {one.planned.case_kind for one in case.procedures if one.planned is not None}
    return "DEMO" if "demo" in kinds and kinds <= {"demo", "patient"} else "TRAINING"


def _intake(case: Case, figures: CaseFigures, tell: Teller) -> PrintedIntake:
    page = printed_intake(case.intake, figures.template, missing=figures.missing, progress=figures.progress, tell=tell)
    return replace(page, reason="" if tell.is_nobodys else figures.block)


def _facts(case: Case, tell: Teller) -> tuple[Fact | Said, ...]:
    lines: tuple[Fact | Said, ...] = (
        Said("Problem", tell.said(case.problem)),
        Said("Opened", tell.when(case.opened_at)),
        Said("Notes", tell.said(case.note)),
    )
    return tuple(line for line in lines if line.text)


def _plans(case: Case, tell: Teller) -> tuple[PrintedCasePlan, ...]:
    return tuple(
        PrintedCasePlan(
            " · ".join(part for part in (tell.said(plan.name), short_hash(plan.plan_hash)) if part), plan.targets
        )
        for plan in case.plans
        if plan.plan_hash
    )


def _day_zero(case: Case) -> str:
    return min((one.day for one in case.procedures), default="")
